"""Which kind of net a meter stands in: with a neutral, without, or with one phase only.

What currents may be added and what a voltage is measured against hangs on it, and no telegram says it. Where one of
three currents is left out, the meter has two elements and the net no neutral. Where all three are sent, power decides:
with a neutral S is the sum of U times I, without it that sum is 1.73 to 2 times S, for U is then measured from line to
line. (Three equal loads between three lines: the square root of 3. One load between two lines: 2.)
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
import math

from ..decoder.quantities import Quantity

LEAST_POWER = 300.0
"""VA by P and Q: of less, the last digit of the currents is too large a part."""
WITH_NEUTRAL, WITHOUT = (0.9, 1.15), (1.65, 2.1)
"""Between which limits the ratio speaks for a net. Solar cells on one phase make any larger ratio, so only one speaks
without doubt: a net without neutral never shows a ratio near 1."""
ENOUGH_WITH, ENOUGH_WITHOUT = 20, 400
"""Readings that decide. Against the neutral none may speak, and for so long that the sun goes down in between."""

_PHASES = tuple((Quantity[f"VOLTAGE_L{phase}"], Quantity[f"CURRENT_L{phase}"]) for phase in (1, 2, 3))
_BEYOND_L1 = {quantity for pair in _PHASES[1:] for quantity in pair}


class SupplySystem(StrEnum):
    """A kind of net."""

    TN = "tn"
    """Three phases and a neutral, 230 V from phase to neutral."""
    IT = "it"
    """Three lines without neutral (IT, or TT), 230 V from line to line."""
    ONE_PHASE = "one_phase"


class SupplySystemCheck:
    """Listens to the readings of one meter until the net is known."""

    def __init__(self, found: SupplySystem | None = None) -> None:
        """Begin with what was found in an earlier life."""
        self.found = found
        self._votes = {SupplySystem.TN: 0, SupplySystem.IT: 0}

    def update(self, values: Mapping[Quantity, float], seen: Collection[Quantity]) -> None:
        """Take one reading, and which quantities the meter has ever been seen to measure."""
        if Quantity.VOLTAGE_L1 not in values or Quantity.CURRENT_L1 not in values:
            return
        if not _BEYOND_L1.intersection(seen):
            self.found = SupplySystem.ONE_PHASE
        elif Quantity.CURRENT_L3 in seen and Quantity.CURRENT_L2 not in seen and Quantity.CURRENT_L2 not in values:
            self.found = SupplySystem.IT
        elif self.found not in (SupplySystem.TN, SupplySystem.IT):
            # One of L2 that has always been 0 may stand for one that is left out, and then the others say nothing.
            self._vote(values if Quantity.CURRENT_L2 in seen else {})

    def _vote(self, values: Mapping[Quantity, float]) -> None:
        self.found = None  # it has more phases than it seemed to have
        ratio = _ratio(values)
        if WITH_NEUTRAL[0] <= ratio <= WITH_NEUTRAL[1]:
            self._votes[SupplySystem.TN] += 1
        elif WITHOUT[0] <= ratio <= WITHOUT[1]:
            self._votes[SupplySystem.IT] += 1
        if self._votes[SupplySystem.TN] >= ENOUGH_WITH:
            self.found = SupplySystem.TN
        elif self._votes[SupplySystem.IT] >= ENOUGH_WITHOUT and not self._votes[SupplySystem.TN]:
            self.found = SupplySystem.IT


def _ratio(values: Mapping[Quantity, float]) -> float:
    """Return the sum of U times I by S; 0 if one of it is not told, or too small."""
    pairs = [(values.get(voltage), values.get(current)) for voltage, current in _PHASES]
    parts = [abs(voltage * current) for voltage, current in pairs if voltage is not None and current is not None]
    active = values.get(Quantity.POWER_IMPORT, 0.0) - values.get(Quantity.POWER_EXPORT, 0.0)
    reactive = values.get(Quantity.REACTIVE_POWER_IMPORT, 0.0) - values.get(Quantity.REACTIVE_POWER_EXPORT, 0.0)
    apparent = math.hypot(active, reactive)
    return sum(parts) / apparent if len(parts) == len(_PHASES) and apparent >= LEAST_POWER else 0.0
