"""What is known of a charger, and what it is told: its wiring, its settings, a recommendation and what limits that.

Currents are A, primary. How a recommendation is found is in `charge_control`, what several chargers share in
`charger_group`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import math

from .electricity import current_l2
from .fuse import LINES, NOMINAL_VOLTAGE
from .power import Values
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

    def fits(self, system: SupplySystem | None) -> bool:
        """Return whether a charger can be connected so in a supply system; all may be if that is not known."""
        match system:
            case None:
                return True
            case SupplySystem.ONE_PHASE:
                return self is Wiring.L1
            case SupplySystem.TN:
                return len(self.lines) != 2  # noqa: PLR2004 - between two lines there are 400 V
            case SupplySystem.IT:
                return len(self.lines) > 1  # there is no neutral


def watts_per_ampere(lines: tuple[int, ...], system: SupplySystem | None) -> float:
    """Return the power (W) of 1 A in each of the lines, at the nominal voltage to neutral or else between lines.

    If the supply system is not known, the larger power is returned: it makes the fewest amperes of a power.
    """
    if len(lines) < len(LINES):
        return NOMINAL_VOLTAGE
    return (3 if system in (SupplySystem.TN, None) else math.sqrt(3)) * NOMINAL_VOLTAGE


class ChargingMode(StrEnum):
    """What the user wants a charger to use. The values are stored, and are the keys of texts."""

    OFF = "off"
    SOLAR = "solar"
    """Only what would be exported."""
    SOLAR_MINIMUM = "solar_minimum"
    """What would be exported, but always the minimum that a car charges with."""
    FAST = "fast"
    """All that the fuse allows."""


BY_THE_SUN = (ChargingMode.SOLAR, ChargingMode.SOLAR_MINIMUM)


class Limit(StrEnum):
    """What a recommendation is limited by."""

    FUSE = "fuse"
    CIRCUIT = "circuit"
    """The breaker of the circuit that several chargers share."""
    SHARED = "shared"
    """What another charger has been given first, by priority or in turn."""
    TARIFF = "tariff"
    TARGET = "target"
    """The user's own target of the capacity tariff."""
    SOLAR = "solar"
    """What would be exported."""
    WAITING = "waiting"
    """There is headroom; it has to last for a while."""
    CHARGER = "charger"
    """Its own maximum current: the fuse would allow more."""
    CAR = "car"
    """The car takes less than it is offered, or there is none."""
    MODE = "mode"
    """Charging is switched off."""
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
    minimum: int = MIN_CHARGING_CURRENT
    """Minimum current that it is to charge with."""
    priority: int = 1
    """The lowest number is served first, equal ones in turn."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """The current to charge with, in whole A in each of the charger's lines; 0 is a pause."""

    amperes: int
    limit: Limit
    line: int | None = None
    """The line with the least headroom, if the fuse is the limit."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """By how much the power of the house may still rise, or must fall."""

    watts: float
    limit: Limit
    at_least: int = 0
    """A that may be drawn in any case."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a list tells, and what it may not exceed."""

    currents: Mapping[int, float]
    """Line -> A, negative where it exports."""
    at: float
    bounds: Mapping[int, float] = field(default_factory=dict)
    """Line -> A that a line without a measured current draws at most."""
    system: SupplySystem | None = None
    allowances: tuple[Allowance, ...] = ()
    """Of the capacity tariff."""
    power: float | None = None
    """W that the house draws from the grid, negative if it exports."""

    @property
    def limits(self) -> dict[int, float]:
        """What each line draws, or may: line -> A."""
        return {**self.bounds, **self.currents}

    def rise_per_ampere(self, line: int, lines: Collection[int]) -> int:
        """Return by how much (A) what a line draws, or may, rises for each A of a charger in some lines.

        What a line that is not measured may draw is the sum of the others: it rises by as much as each of these.
        """
        is_own = int(line in lines)
        return is_own if line in self.currents else max(is_own, sum(each in self.currents for each in lines))


@dataclass(frozen=True, slots=True)
class Others:
    """What other chargers leave to one of them."""

    share: float | None = None
    """A that it may have; None if there are no others."""
    limit: Limit = Limit.SHARED
    """What its share is limited by."""
    line: int | None = None
    """The line that has no more, if that is the fuse."""
    claims: Mapping[int, float] = field(default_factory=dict)
    """Line -> A that the others may draw in addition to what they do, negative if they are about to draw less."""
    reliefs: Mapping[int, float] = field(default_factory=dict)
    """Line -> A that the others have been told to give back, and have not yet."""
    may_rise: bool = True
    """Whether no other one has been told something just now: two steps at a time could not be told apart."""


ALONE = Others()


def wirings_of(wiring: Wiring) -> tuple[tuple[int, ...], ...]:
    """Return the lines that a charger may draw from: a one-phase car on a three-phase charger uses one of them."""
    return (LINES, *((line,) for line in LINES)) if wiring is Wiring.THREE_PHASE else (wiring.lines,)


def bounds_of_unmeasured(
    values: Values, measured: Mapping[int, float], system: SupplySystem | None
) -> dict[int, float]:
    """Return what an L2 that is not measured draws at most (A): a charger may be on it, whoever watches it."""
    if system is not SupplySystem.IT or measured.keys() != {1, 3}:
        return {}
    upper = abs(measured[1]) + abs(measured[3])
    estimate = current_l2(values, system)
    return {2: min(max(estimate.candidates) * ESTIMATE_FACTOR, upper) if estimate else upper}
