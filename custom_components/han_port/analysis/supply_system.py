"""Which kind of net a meter stands in: with a neutral, without, or with one phase only.

What currents may be added and what a voltage is measured against hangs on it, and no telegram says it. Where one of
three currents is left out, the meter has two elements and the net no neutral. Where all three are sent, power decides:
with a neutral S is the sum of U times I, without it that sum is 1.73 to 2 times S, for U is then measured from line to
line. (Three equal loads between three lines: the square root of 3. One load between two lines: 2.)
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from ..decoder.quantities import PHASES, Quantity
from .power import MIN_POWER_AGAINST_CURRENTS, apparent_powers

RATIOS_WITH_NEUTRAL, RATIOS_WITHOUT_NEUTRAL = (0.9, 1.15), (1.65, 2.1)
"""Between which limits the ratio speaks for a net. Solar cells on one phase make any larger ratio, so only one speaks
without doubt: a net without neutral never shows a ratio near 1."""
VOTES_WITH_NEUTRAL, VOTES_WITHOUT_NEUTRAL = 20, 400
"""Readings that decide. Against the neutral none may speak, and for so long that the sun goes down in between."""

_BEYOND_L1 = frozenset(quantity for phase in PHASES[1:] for quantity in (phase.voltage, phase.current))


class SupplySystem(StrEnum):
    """A kind of net."""

    TN = "tn"
    """Three phases and a neutral, 230 V from phase to neutral."""
    IT = "it"
    """Three lines without neutral (IT, or TT), 230 V from line to line."""
    ONE_PHASE = "one_phase"

    @property
    def has_neutral(self) -> bool:
        """Whether a voltage is measured against a neutral."""
        return self is not SupplySystem.IT


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
        powers = apparent_powers(values)
        if powers and powers.phases == len(PHASES) and powers.by_powers >= MIN_POWER_AGAINST_CURRENTS:
            ratio = powers.by_currents / powers.by_powers
            self._votes[SupplySystem.TN] += RATIOS_WITH_NEUTRAL[0] <= ratio <= RATIOS_WITH_NEUTRAL[1]
            self._votes[SupplySystem.IT] += RATIOS_WITHOUT_NEUTRAL[0] <= ratio <= RATIOS_WITHOUT_NEUTRAL[1]
        if self._votes[SupplySystem.TN] >= VOTES_WITH_NEUTRAL:
            self.found = SupplySystem.TN
        elif self._votes[SupplySystem.IT] >= VOTES_WITHOUT_NEUTRAL and not self._votes[SupplySystem.TN]:
            self.found = SupplySystem.IT
