"""The main fuse: how much each line may still take, and when it takes too much.

A fuse does not ask where a current flows to, so an overload is one of the current's size. What may be added is another
question: where a line exports, a new load first takes what is exported. Whether it does, a meter tells in different
ways, and in a net without neutral not at all: there the sign of a current is that of an element's power.

Currents are A in front of the transformers, times seconds of one clock that never steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from types import MappingProxyType

from ..decoder.quantities import PHASES, Quantity
from .power import ACTIVE
from .supply_system import SupplySystem

LINES = tuple(phase.number for phase in PHASES)
CURRENTS = MappingProxyType({phase.number: phase.current for phase in PHASES})
VOLTAGES = MappingProxyType({phase.number: phase.voltage for phase in PHASES})
NOMINAL_VOLTAGE = 230.0
"""V, from a line to the neutral, or to another line where there is none."""
OVERLOAD_BEGINS_AFTER, OVERLOAD_ENDS_AFTER = 10.0, 30.0
"""Seconds above the fuse that are an overload, and below it that are its end."""
NEAR_PERCENT, NEAR_FOR = 90.0, 30.0
"""Per cent of the fuse that are near it, and seconds for which they have to last, both to begin and to end."""
MAX_EARLY = 0.5
"""Seconds by which a list may come too early to be the next one."""
TRIP_CURVE = ((1.13, 60.0), (1.4, 30.0), (2.0, 10.0), (math.inf, 1.0))
"""Up to how many times the fuse -> how many seconds that is borne. A breaker of characteristic B or C (IEC 60898) bears
each of them for longer; what was warm before bears less."""


def line_currents(values: Mapping[Quantity, float], system: SupplySystem | None) -> dict[int, float]:
    """Return line -> current (A), negative where the line is known to export."""
    measured = {line: values[current] for line, current in CURRENTS.items() if current in values}
    if system is None or not system.has_neutral:
        return {line: abs(current) for line, current in measured.items()}
    return {line: -abs(current) if _exports(values, line, system) else current for line, current in measured.items()}


def _exports(values: Mapping[Quantity, float], line: int, system: SupplySystem) -> bool:
    """Tell whether the powers say that a line exports: those of the line or, with one phase, those of the house."""
    imported, exported = ACTIVE[None if system is SupplySystem.ONE_PHASE else line]
    return values.get(exported, 0.0) > values.get(imported, 0.0)


def utilisation(currents: Mapping[int, float], fuse: float) -> float:
    """Return how much of the fuse (A) the line with the greatest current takes, in %."""
    return 100 * max(map(abs, currents.values())) / fuse


def available_power(
    headrooms: Mapping[int, float], voltages: Mapping[int, float], system: SupplySystem | None
) -> float:
    """Return what the house may take in addition (W), from line -> A that are left and line -> V.

    With a neutral each line gives what it has left. Without one a load on all three lines alike is meant, so the line
    that has the least left says how much. So it is too where the net is not known, and then for the lesser of both.
    """
    left = {line: max(0.0, amperes) for line, amperes in headrooms.items()}
    if system is not None and system.has_neutral:
        return sum(amperes * voltages.get(line, NOMINAL_VOLTAGE) for line, amperes in left.items())
    volts = min(voltages.values(), default=NOMINAL_VOLTAGE)
    return math.sqrt(3) * volts * min(left.values())


def allowed_seconds(current: float, fuse: float) -> float:
    """Return how long a fuse bears a current above it at least."""
    times = round(abs(current) / fuse, 6)
    return next(seconds for most, seconds in TRIP_CURVE if times <= most)


@dataclass(frozen=True, slots=True)
class Overload:
    """More than the fuse."""

    line: int
    """The one with the greatest current."""
    excess: float
    """A above the fuse."""
    seconds: float
    """Since it was seen first."""
    risk: float
    """How much of the time that the fuse bears is over: at 1 it may break the circuit at any moment."""


@dataclass(slots=True)
class Guard:
    """Follows the currents of all lines from reading to reading."""

    fuse: float
    """A."""
    overload: Overload | None = None
    """The overload, from its tenth second until 30 s below the fuse are over."""
    is_near: bool = False
    _above: float | None = None
    """Since when it has been above the fuse."""
    _below: float = -math.inf
    _risk: float = 0.0
    _last: tuple[float, float] | None = field(default=None, repr=False)
    """The last reading: its time, and how long the fuse bears it; infinite if it is below."""
    _near_since: float | None = None
    """Since when it has been near the fuse or, while it is near, no longer."""

    def update(self, currents: Mapping[int, float], now: float) -> None:
        """Take the currents of a reading, of one line at least."""
        line = max(currents, key=lambda each: abs(currents[each]))
        current = abs(currents[line])
        self._update_near(100 * current / self.fuse > NEAR_PERCENT, now)
        if current > self.fuse:
            self._update_above(line, current, now)
        else:
            self._update_below(now)

    def forget(self) -> None:
        """Forget what went on: nothing has been heard for too long."""
        self.overload, self.is_near = None, False
        self._above = self._last = self._near_since = None

    def _update_above(self, line: int, current: float, now: float) -> None:
        step = now - self._last[0] if self._last else 0.0
        if self._above is None:
            self._above, self._risk = now, 0.0
        bears = allowed_seconds(current, self.fuse)
        if self._last and self._last[1] < math.inf:
            self._risk += step / min(bears, self._last[1])
        self._last, self._below = (now, bears), math.inf
        seconds = now - self._above
        if seconds >= OVERLOAD_BEGINS_AFTER - MAX_EARLY:
            self.overload = Overload(line, current - self.fuse, seconds, self._risk)

    def _update_below(self, now: float) -> None:
        self._last = now, math.inf
        self._below = min(self._below, now)
        if self.overload is None:
            self._above = None
        elif now - self._below >= OVERLOAD_ENDS_AFTER - MAX_EARLY:
            self.overload = self._above = None

    def _update_near(self, is_near: bool, now: float) -> None:  # noqa: FBT001 - read as "take that it is near"
        if is_near == self.is_near:
            self._near_since = None
            return
        if self._near_since is None:
            self._near_since = now
        if now - self._near_since >= NEAR_FOR - MAX_EARLY:
            self.is_near, self._near_since = is_near, None
