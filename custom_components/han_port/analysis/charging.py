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
"""By which an estimated current counts: against meters that measure it, it is some per cent too low."""


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
        """Return the power of 1 A in each of its lines, at a voltage to neutral or, without one, between lines.

        Where the net is not known it is the greater one: of a power that makes the fewest amperes.
        """
        if self is not Wiring.THREE_PHASE:
            return volts
        return 3 * volts if system in (SupplySystem.TN, None) else math.sqrt(3) * volts


class Limit(StrEnum):
    """What a recommendation is limited by."""

    FUSE = "fuse"
    TARIFF = "tariff"
    CHARGER = "charger"
    """Its own greatest current: there is room for more."""
    FAIL_SAFE = "fail_safe"
    """Nothing is known of the currents, so it is what the user has chosen for that."""


@dataclass(frozen=True, slots=True)
class ChargerSettings:
    """What the user has said of his charger."""

    wiring: Wiring = Wiring.THREE_PHASE
    maximum: int = 32
    """A that it may take."""
    margin: float = 1.0
    """A of the fuse that are left alone."""
    fail_safe: int = MIN_CHARGING_CURRENT
    """A when nothing is known."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """With how much to charge: whole A in each of the charger's lines; 0 is a pause."""

    amperes: int
    limit: Limit
    line: int | None = None
    """The line that has the least left, if the fuse is the limit."""


def wirings_of(wiring: Wiring) -> tuple[tuple[int, ...], ...]:
    """Return the lines that a charger may draw from: a one-phase car on a three-phase charger uses one of them."""
    return (LINES, *((line,) for line in LINES)) if wiring is Wiring.THREE_PHASE else (wiring.lines,)
