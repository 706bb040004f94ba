"""How much a car may charge with: what the main fuse has left, and the hour's budget if the user wants that.

The charger's own current is in what the meter measures, so it is added back. How it adds to the rest is not known: the
meter tells sizes, and not angles. So the answer is one that is right for every angle up to a right one. What is
recommended falls at once and rises slowly. Nothing known, a value that the user has chosen is recommended: a charger
that is left alone with its last one would go on with it.

Currents are A in front of the transformers, times seconds of one clock that never steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import math

from .fuse import LINES, NOMINAL_VOLTAGE
from .supply_system import SupplySystem

MIN_CHARGING_CURRENT = 6
"""A: a car charges with no less (IEC 61851-1)."""
MAX_RISE, RISE_AFTER = 2, 60.0
"""A by which the recommendation rises at most, and seconds for which there must have been room for it."""
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


def maximum_current(fuse: float, current: float, own: float) -> float:
    """Return the greatest current (A) of a charger that keeps a line within a fuse.

    `current` is the line's, negative if it exports, `own` what of it is the charger's. If both are at an angle of 0 the
    rest of the house is their difference; at a right one its square is the difference of theirs. To raise the charger's
    current the former is the worse case, to lower it the latter: then most of what is too much is not the charger's.
    """
    in_line = fuse - current + own
    if current <= 0:
        return in_line
    rest = max(0.0, current**2 - own**2)
    return min(in_line, math.sqrt(max(0.0, fuse**2 - rest)))


def recommend(
    settings: ChargerSettings, fuse: float, currents: Mapping[int, float], own: float, tariff: float | None
) -> Recommendation:
    """Return with how much the charger may charge just now; `tariff` is how much that the hour's budget allows (A).

    Lines that are not measured are not watched. With none of the charger's among the measured it is fail-safe.
    """
    usable = fuse - settings.margin
    maxima = {line: maximum_current(usable, currents[line], own) for line in settings.wiring.lines if line in currents}
    if not maxima:
        return Recommendation(settings.fail_safe, Limit.FAIL_SAFE)
    line = min(maxima, key=lambda each: maxima[each])
    amperes, limit = min(maxima[line], usable), Limit.FUSE
    if tariff is not None and tariff < amperes:
        amperes, limit = tariff, Limit.TARIFF
    if settings.maximum < amperes:
        amperes, limit = settings.maximum, Limit.CHARGER
    whole = math.floor(amperes + 1e-6)
    return Recommendation(whole if whole >= MIN_CHARGING_CURRENT else 0, limit, line if limit is Limit.FUSE else None)


class Charging:
    """Follows what there is room for, and says what to charge with: less at once, more after a while."""

    def __init__(self, settings: ChargerSettings) -> None:
        """Begin with nothing known."""
        self.settings = settings
        self.recommended = self._fail_safe
        """What is recommended now."""
        self._possible: Recommendation | None = None
        """The least that there was room for since `_since`, as long as it is more than what is recommended."""
        self._since = 0.0

    @property
    def _fail_safe(self) -> Recommendation:
        return Recommendation(self.settings.fail_safe, Limit.FAIL_SAFE)

    def update(self, possible: Recommendation, at: float) -> None:
        """Take what there is room for at a time."""
        if possible.limit is Limit.FAIL_SAFE:
            self.fail()
        elif possible.amperes <= self.recommended.amperes:
            self.recommended, self._possible = possible, None
        else:
            self._wait(possible, at)

    def fail(self) -> None:
        """Nothing is known any more."""
        self.recommended, self._possible = self._fail_safe, None

    def _wait(self, possible: Recommendation, at: float) -> None:
        if self._possible is None:
            self._possible, self._since = possible, at
            self.recommended = Recommendation(self.recommended.amperes, possible.limit, possible.line)
        self._possible = min(self._possible, possible, key=lambda each: each.amperes)
        if at - self._since < RISE_AFTER:
            return
        risen = min(self._possible.amperes, max(self.recommended.amperes + MAX_RISE, MIN_CHARGING_CURRENT))
        self.recommended = Recommendation(risen, self._possible.limit, self._possible.line)
        self._possible, self._since = possible if possible.amperes > risen else None, at
