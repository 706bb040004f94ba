"""Whether a momentary value can be that of a house: a checksum says how it came, and not what the meter put into it.

What is known decides: the main fuse; else the currents and the power of one list, which physics ties together; else
the value before. A value that nothing else in its list agrees with is left out. Where the whole list agrees with itself
it is a setting that is wrong (a fuse, a ratio), and others look for that.

Values are primary (W, var, A, V).
"""

from collections.abc import Mapping, Set as AbstractSet
import math

from ..decoder.quantities import PHASES, Quantity, Unit
from .fuse import NOMINAL_VOLTAGE
from .power import apparent_powers

FUSE_MARGIN = 4.0
"""How many times its current a main fuse may carry for the seconds of a list. Half of that breaks it within ten."""
MAX_POWER = 100_000.0
"""W of a house whose main fuse is not known, times the ratio of its transformers: no house has more for an hour. For
some seconds, what is above it must have been there in the list before."""
AGREE = 3.0
"""Up to which quotient the two apparent powers of a list agree: without a neutral one is 1.73 to 2 times the other."""
MARGIN_POWER = 5_000.0
"""VA by which they may differ beyond that: they are not measured at the same moment."""
_POWERS = (Unit.WATT, Unit.VAR)


class PlausibleValues:
    """Follows the momentary values of one meter, and finds those that no house can have."""

    def __init__(self, fuse: float | None, ratio: float) -> None:
        """Take the main fuse (A), if it is known, and by how much the transformers multiply a power."""
        self.max_power = FUSE_MARGIN * fuse * len(PHASES) * NOMINAL_VOLTAGE if fuse else MAX_POWER * ratio
        """W that the house never exceeds: behind its main fuse in any supply system, if that is known."""
        self._fuse = fuse
        self._high: set[Quantity] = set()
        """What was too high in the last list, while the main fuse is not known."""

    def impossible(self, values: Mapping[Quantity, float], live: Mapping[Quantity, float]) -> AbstractSet[Quantity]:
        """Return the quantities of a reading that cannot be right; `live`: the values that are fresh before it."""
        high = {quantity for quantity, value in values.items() if abs(value) > self._limit(quantity)}
        if self._fuse is None:
            before = self._high
            self._high = high | before.difference(values)
            high = high - before  # what was there in the list before is no slip
        contradictory = _too_high(values)
        if contradictory is not None and not contradictory:
            return set()
        # A scale that is wrong contradicts in every list: what was measured just before must have agreed.
        return high | contradictory if contradictory and _too_high(live) == set() else high

    def _limit(self, quantity: Quantity) -> float:
        if quantity.unit in _POWERS and quantity is not Quantity.LIMITER_THRESHOLD:
            return self.max_power
        if quantity.unit is Unit.AMPERE:
            return FUSE_MARGIN * self._fuse if self._fuse else self.max_power / NOMINAL_VOLTAGE
        return math.inf


def _too_high(values: Mapping[Quantity, float]) -> set[Quantity] | None:
    """Return what is too high beside the other values of its moment; None if there is nothing to compare."""
    powers = apparent_powers(values)
    if powers is None or not powers.phases:
        return None
    if powers.by_powers > AGREE * powers.by_currents + MARGIN_POWER:
        return {each for each in (Quantity.POWER_IMPORT, Quantity.POWER_EXPORT) if values.get(each)}
    products = {
        phase.current: values[phase.voltage] * abs(values[phase.current])
        for phase in PHASES
        if phase.voltage in values and phase.current in values
    }
    # Phases may feed each other, so one may carry the house's power and all that the others feed in.
    in_all = powers.by_powers + powers.by_currents
    return {current for current, one in products.items() if one > AGREE * (in_all - one) + MARGIN_POWER}
