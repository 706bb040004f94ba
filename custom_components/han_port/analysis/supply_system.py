"""The supply system of a house: TN, IT (or TT without a neutral), or one phase.

Which currents may be added, and what a voltage is measured against, depends on it, and no telegram says it. If one of
three currents is left out, the meter has two measuring elements and there is no neutral. If all three are sent, power
decides: with a neutral, the apparent power S is the sum of U times I; without one, U is measured from line to line and
that sum is 1.73 to 2 times S. (Three equal loads between three lines: the square root of 3. One load between two: 2.)
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from ..decoder.quantities import PHASES, Quantity
from .power import MIN_POWER_AGAINST_CURRENTS, apparent_powers

RATIOS_WITH_NEUTRAL, RATIOS_WITHOUT_NEUTRAL = (0.9, 1.15), (1.65, 2.1)
"""Limits of ΣU·I by S that speak for a system. Without a neutral the ratio is never near 1, so the first limits are
certain. With one, solar cells on a single phase make any higher ratio, so the second are not. The margins for rounding
and uneven voltages were tried on simulated days (tests/analysis/test_supply_system.py), not measured."""
VOTES_WITH_NEUTRAL, VOTES_WITHOUT_NEUTRAL = 20, 400
"""Readings that decide. Without a neutral more are needed: over an hour of 10 s lists, in which not one may speak for a
neutral. Chosen, and tried on the same days."""

_BEYOND_L1 = frozenset(quantity for phase in PHASES[1:] for quantity in (phase.voltage, phase.current))


class SupplySystem(StrEnum):
    """How a house is supplied. The values are stored, and are the keys of texts."""

    TN = "tn"
    """Three phases and a neutral, 230 V from phase to neutral."""
    IT = "it"
    """Three lines without a neutral (IT, or TT), 230 V from line to line."""
    ONE_PHASE = "one_phase"

    @property
    def has_neutral(self) -> bool:
        """Whether a voltage is measured against a neutral."""
        return self is not SupplySystem.IT


class SupplySystemCheck:
    """Follows the readings of one meter until its supply system is known."""

    def __init__(self, found: SupplySystem | None = None) -> None:
        """Begin with what was found before a restart."""
        self.found = found
        self._votes = {SupplySystem.TN: 0, SupplySystem.IT: 0}

    def update(self, values: Mapping[Quantity, float], seen: Collection[Quantity]) -> None:
        """Update with a reading (secondary values), and the quantities that the meter has ever been seen to measure."""
        if Quantity.VOLTAGE_L1 not in values or Quantity.CURRENT_L1 not in values:
            return
        if not _BEYOND_L1.intersection(seen):
            self.found = SupplySystem.ONE_PHASE
        elif Quantity.CURRENT_L3 in seen and Quantity.CURRENT_L2 not in seen and Quantity.CURRENT_L2 not in values:
            self.found = SupplySystem.IT
        elif self.found not in (SupplySystem.TN, SupplySystem.IT):
            # A current of L2 that has always been 0 may stand for one that is left out: then the others say nothing.
            self._vote(values if Quantity.CURRENT_L2 in seen else {})

    def _vote(self, values: Mapping[Quantity, float]) -> None:
        self.found = None  # it may have been taken for one phase before
        powers = apparent_powers(values)
        if powers and powers.phases == len(PHASES) and powers.by_powers >= MIN_POWER_AGAINST_CURRENTS:
            ratio = powers.by_currents / powers.by_powers
            self._votes[SupplySystem.TN] += RATIOS_WITH_NEUTRAL[0] <= ratio <= RATIOS_WITH_NEUTRAL[1]
            self._votes[SupplySystem.IT] += RATIOS_WITHOUT_NEUTRAL[0] <= ratio <= RATIOS_WITHOUT_NEUTRAL[1]
        if self._votes[SupplySystem.TN] >= VOTES_WITH_NEUTRAL:
            self.found = SupplySystem.TN
        elif self._votes[SupplySystem.IT] >= VOTES_WITHOUT_NEUTRAL and not self._votes[SupplySystem.TN]:
            self.found = SupplySystem.IT
