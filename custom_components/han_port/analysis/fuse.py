"""The main fuse: the current of each line, what the house may draw in addition, and overloads.

A line is L1, L2 or L3, by its number. A fuse carries a current whichever way it flows, so an overload is judged by the
size of the current. What may be added is another question: where a line exports, a new load first uses what would be
exported. Meters say in different ways that a line exports, and without a neutral they do not say it at all: there the
sign of a current is that of the power of a measuring element.

Currents are A, primary; times are seconds of one clock that never steps.
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
MAX_FUSE = 2000
"""A: larger ones belong to no house."""
NOMINAL_VOLTAGE = 230.0
"""V, from a line to the neutral, or to another line where there is none."""
OVERLOAD_BEGINS_AFTER, OVERLOAD_ENDS_AFTER = 10.0, 30.0
"""Seconds above the fuse until it is an overload, and below it until the overload is over. Chosen, not measured."""
AVAILABLE_DURING_OVERLOAD = -1.0
"""W, at most. An overload lasts for a while after the currents have fallen below the fuse, and one by export may leave
room for a load: nothing may be added until it is over, and what is hardly negative switches nothing more off."""
NEAR_PERCENT, NEAR_FOR = 90.0, 30.0
"""Per cent of the fuse above which a current is near it, and seconds until that counts, to begin and to end. Chosen,
not measured."""
MAX_EARLY = 0.5
"""Seconds by which a list may come early and still be taken for the next one."""
TRIP_CURVE = ((1.13, 3600.0), (1.4, 30.0), (2.0, 10.0), (math.inf, 1.0))
"""Up to this multiple of the fuse -> seconds that it carries so much. A breaker of characteristic B or C (IEC 60898)
does not trip within an hour up to 1.13 times. The other figures are those of evse-load-balancer, and are cautious: a
breaker carries each for longer; one that was warm before carries it for less."""


def line_currents(values: Mapping[Quantity, float], system: SupplySystem | None) -> dict[int, float]:
    """Return line -> current (A), negative where the line is known to export. Lines without a value are left out."""
    measured = {line: values[current] for line, current in CURRENTS.items() if current in values}
    if system is None or not system.has_neutral:
        return {line: abs(current) for line, current in measured.items()}
    return {line: -abs(current) if _exports(values, line, system) else current for line, current in measured.items()}


def _exports(values: Mapping[Quantity, float], line: int, system: SupplySystem) -> bool:
    """Return whether a line exports, by its own powers or, with one phase, by those of the house."""
    imported, exported = ACTIVE[None if system is SupplySystem.ONE_PHASE else line]
    return values.get(exported, 0.0) > values.get(imported, 0.0)


def utilisation(currents: Mapping[int, float], fuse: float) -> float:
    """Return the current of the line with the highest one in % of the fuse (A)."""
    return 100 * max(map(abs, currents.values())) / fuse


def available_power(
    headrooms: Mapping[int, float], voltages: Mapping[int, float], system: SupplySystem | None
) -> float:
    """Return what the house may draw in addition (W), from line -> headroom (A) and line -> voltage (V).

    A new load may be on any line, so the line with the least headroom (I) says how much. It is the power that a load on
    all measured lines alike may have: with a neutral I · (U1 + U2 + U3), without one √3 · I · U. A load on the worst
    line alone may have I · U. A system that is not known is taken for one without a neutral, which allows less.
    Negative as soon as a line is above the fuse: by how much such a load must fall.
    """
    smallest = min(headrooms.values())
    if system is not None and system.has_neutral:
        return smallest * sum(voltages.get(line, NOMINAL_VOLTAGE) for line in headrooms)
    return smallest * math.sqrt(3) * min(voltages.values(), default=NOMINAL_VOLTAGE)


def allowed_seconds(current: float, fuse: float) -> float:
    """Return for how long (s) a fuse (A) carries at least a current (A) that is above it."""
    times = round(abs(current) / fuse, 6)
    return next(seconds for multiple, seconds in TRIP_CURVE if times <= multiple)


@dataclass(frozen=True, slots=True)
class Overload:
    """A current above the fuse."""

    line: int
    """The one with the highest current."""
    excess: float
    """A above the fuse."""
    seconds: float
    """Since it was first seen."""
    risk: float
    """Part of the time for which the fuse carries it that is over: at 1 it may break the circuit at any moment."""


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
    """The last reading: its time, and for how long (s) the fuse carries it; infinite if it is below."""
    _near_since: float | None = None
    """Since when it has been near the fuse or, while `is_near`, since when it has not."""

    def update(self, currents: Mapping[int, float], now: float) -> None:
        """Update with the currents of a reading (line -> A, at least one) that came at a second."""
        line = max(currents, key=lambda each: abs(currents[each]))
        current = abs(currents[line])
        self._update_near(100 * current / self.fuse > NEAR_PERCENT, now)
        if current > self.fuse:
            self._update_above(line, current, now)
        else:
            self._update_below(now)

    def forget(self) -> None:
        """Forget everything: no reading has come for too long."""
        self.overload, self.is_near = None, False
        self._above = self._last = self._near_since = None

    def _update_above(self, line: int, current: float, now: float) -> None:
        step = now - self._last[0] if self._last else 0.0
        if self._above is None:
            self._above, self._risk = now, 0.0
        allowed = allowed_seconds(current, self.fuse)
        if self._last and self._last[1] < math.inf:
            self._risk += step / min(allowed, self._last[1])
        self._last, self._below = (now, allowed), math.inf
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

    def _update_near(self, is_near: bool, now: float) -> None:  # noqa: FBT001 - read as "update near: it is"
        if is_near == self.is_near:
            self._near_since = None
            return
        if self._near_since is None:
            self._near_since = now
        if now - self._near_since >= NEAR_FOR - MAX_EARLY:
            self.is_near, self._near_since = is_near, None
