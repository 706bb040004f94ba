"""What is known of a charger, and what it is told: its wiring, its settings, a recommendation and what limits that.

Currents are A, primary. How a recommendation is found is in `charge_control`.
"""

from dataclasses import dataclass
from enum import StrEnum
import math

from .fuse import LINES, NOMINAL_VOLTAGE
from .supply_system import SupplySystem

MIN_CHARGING_CURRENT = 6
"""A: a car charges with no less (IEC 61851-1)."""
ESTIMATE_FACTOR = 1.1
"""Factor for an estimated current: compared with meters that measure it, it is some per cent too low."""


class Wiring(StrEnum):
    """What a charger is connected to."""

    THREE_PHASE = "three_phase"
    L1 = "l1"
    L2 = "l2"
    L3 = "l3"
    L1_L2 = "l1_l2"
    L2_L3 = "l2_l3"
    L1_L3 = "l1_l3"

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines that its current flows in."""
        return LINES if self is Wiring.THREE_PHASE else tuple(line for line in LINES if str(line) in self.value)

    def watts_per_ampere(self, system: SupplySystem | None, volts: float = NOMINAL_VOLTAGE) -> float:
        """Return the power (W) of 1 A in each of its lines, at a voltage (V) to neutral or, without one, between lines.

        If the supply system is not known, the larger power is returned: it makes the fewest amperes of a power.
        """
        if self is not Wiring.THREE_PHASE:
            return volts
        return 3 * volts if system in (SupplySystem.TN, None) else math.sqrt(3) * volts


class Limit(StrEnum):
    """What a recommendation is limited by."""

    FUSE = "fuse"
    TARIFF = "tariff"
    CHARGER = "charger"
    """Its own maximum current: the fuse would allow more."""
    FAIL_SAFE = "fail_safe"
    """Without data it is the value that the user has chosen for that, or the last one if that was lower."""


@dataclass(frozen=True, slots=True)
class ChargerSettings:
    """What the user has entered about the charger. Currents in A."""

    wiring: Wiring = Wiring.THREE_PHASE
    maximum: int = 32
    """Maximum current of the charger."""
    margin: float = 1.0
    """Part of the fuse that is never used."""
    fail_safe: int = MIN_CHARGING_CURRENT
    """Current while there are no data."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The current to charge with, in whole A in each of the charger's lines; 0 is a pause."""

    amperes: int
    limit: Limit
    line: int | None = None
    """The line with the least headroom, if the fuse is the limit."""


def wirings_of(wiring: Wiring) -> tuple[tuple[int, ...], ...]:
    """Return the lines that a charger may draw from: a one-phase car on a three-phase charger uses one of them."""
    return (LINES, *((line,) for line in LINES)) if wiring is Wiring.THREE_PHASE else (wiring.lines,)
