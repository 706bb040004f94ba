"""What the voltages of a meter show: undervoltage, overvoltage, a lost phase, a broken neutral.

Norway's rules for the quality of supply (leveringskvalitetsforskriften § 3-3) demand a mean of each minute between 207
and 253 V. A meter sends one value every few seconds, so a shorter dip is not seen, and one value alone never raises an
alarm. Without its neutral a three-phase house floats: the voltage rises where little is drawn, and falls where much is.

Voltages are secondary; their nominal value is 230 V in every supply system. Times are seconds of one clock that never
steps; a reading with the same or an earlier one does not count. What is kept is bounded. Figures without a source are
chosen, and tried on simulated days and faults, not measured.
"""

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
import math
from statistics import fmean

from ..decoder.quantities import PHASES, Quantity
from .supply_system import SupplySystem

PRESENT_ABOVE = 150.0
"""V above which a phase exists. After voltage transformers (57.7, 63.5, 110 V) no phase ever gets so high."""
LOST_BELOW, BACK_ABOVE = 115.0, 184.0
"""V below which a phase is lost, and above which it is back: 50 and 80 % of 230 V."""
OPPOSITE = 207.0, 253.0
"""V. With one phase below the first and another above the second, the neutral is suspected, whatever limits are set."""
MAX_SPREAD = 40.0
"""V between the lowest and the highest phase with a sound neutral."""
MIN_IN_ROW = 2
"""How many readings in a row decide, where a mean does not."""
MEAN_WINDOW, MIN_SPAN_OF_MEAN, MIN_VALUES_OF_MEAN = 60.0, 40.0, 3
"""Seconds that a mean is of, seconds that its values must span, and how many values it must have."""
HYSTERESIS = 1.0
"""V by which a mean must be back within the limits."""
MAX_GAP_BETWEEN_VOLTAGES = 60.0
"""Seconds without a voltage after which nothing is concluded from earlier ones."""
QUIET_AT_START = 60.0
"""Seconds after the first voltage in which nothing is reported."""

_MIN_SPACING = 0.5
"""Seconds between the values of a mean. If more come, some are left out, to bound the memory."""


class Trouble(StrEnum):
    """What can be wrong. The values are keys of entities and events."""

    UNDERVOLTAGE = "undervoltage"
    OVERVOLTAGE = "overvoltage"
    PHASE_LOSS = "phase_loss"
    NEUTRAL_FAULT = "neutral_fault"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits (V) of the mean of a minute."""

    low: float = 207.0
    high: float = 253.0


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong."""

    trouble: Trouble
    since: float
    """The second at which the first value outside came."""
    phases: tuple[int, ...]
    values: Mapping[int, float]
    """Phase -> V, as they were when they decided."""
    reason: str
    """Which rule decided: mean, below_half, opposite, spread."""


@dataclass(frozen=True, slots=True)
class Change:
    """A trouble that began or ended. One that spreads to more phases, or leaves some of them, does neither."""

    trouble: Trouble
    began: bool
    found: Found


def unbalance(line_voltages: Sequence[float]) -> float | None:
    """Return the negative by the positive sequence (IEC 61000-4-30) in %; None if there is no such triangle.

    It takes the three voltages from line to line (V). Those from phase to neutral do not make a triangle.
    """
    whole = sum(volts**2 for volts in line_voltages) ** 2
    if len(line_voltages) != len(PHASES) or not whole:
        return None
    area = 3 - 6 * sum(volts**4 for volts in line_voltages) / whole
    if area < 0:
        return None
    root = min(1.0, math.sqrt(area))  # for three equal voltages, rounding may make it exceed 1
    return 100 * math.sqrt((1 - root) / (1 + root))


@dataclass(slots=True)
class _Run:
    """Readings in a row that have something in common."""

    count: int = 0
    since: float = 0.0

    def update(self, now: float, *, holds: bool) -> None:
        if holds and not self.count:
            self.since = now
        self.count = self.count + 1 if holds else 0


class _Follower:
    """Follows one thing in the order of time, and begins anew after a gap."""

    def __init__(self) -> None:
        self._last = -math.inf
        self.forget(self._last)

    def accepts(self, now: float) -> bool:
        """Return whether what came at a second counts. What came late, or again, does not."""
        if abs(now - self._last) > MAX_GAP_BETWEEN_VOLTAGES:
            self.forget(now)
        elif now <= self._last:
            return False
        self._last = now
        return True

    def forget(self, now: float) -> None:
        """Conclude nothing from what came until a second."""
        self._last = now


class _Phase(_Follower):
    """The last minute of one phase."""

    def __init__(self) -> None:
        super().__init__()
        self.known = False
        """Whether it has been there since the start. One reading alone may be damaged."""
        self.volts = self.without_highest = self.without_lowest = 0.0
        """The last value, and the mean without its highest and lowest one, so that no single reading decides."""

    def forget(self, now: float) -> None:
        super().forget(now)
        self.low, self.good, self._there = _Run(), _Run(), _Run()
        self._values: deque[tuple[float, float]] = deque()
        self.mean: float | None = None

    def update(self, volts: float, now: float) -> None:
        self.volts = volts
        self.low.update(now, holds=volts < LOST_BELOW)
        self.good.update(now, holds=volts > BACK_ABOVE)
        self._there.update(now, holds=volts > PRESENT_ABOVE)
        came = not self.known and self._there.count >= MIN_IN_ROW
        self.known = self.known or came
        if came or (self.known and self.low.count >= MIN_IN_ROW):
            self._values.clear()  # while the phase is lost it has no mean, and what came before is no undervoltage
        elif not self._values or now - self._values[-1][0] >= _MIN_SPACING:
            self._values.append((now, volts))
        self._average(now)

    def outside(self, limits: Limits) -> float:
        """Return the second of the first value of this mean that is outside the limits on the same side as the mean."""
        high = self.without_highest > limits.high
        return min(when for when, volts in self._values if (volts > limits.high if high else volts < limits.low))

    def _average(self, now: float) -> None:
        self.mean = None
        while self._values and now - self._values[0][0] > MEAN_WINDOW:
            self._values.popleft()
        if len(self._values) < MIN_VALUES_OF_MEAN or self._values[-1][0] - self._values[0][0] < MIN_SPAN_OF_MEAN:
            return
        volts = sorted(volts for _, volts in self._values)
        self.mean, self.without_highest, self.without_lowest = fmean(volts), fmean(volts[:-1]), fmean(volts[1:])


class _Neutral(_Follower):
    """What three voltages of the same moment say about the neutral."""

    def forget(self, now: float) -> None:
        super().forget(now)
        self.spread, self.opposite, self.calm = _Run(), _Run(), _Run()

    def update(self, volts: Collection[float], now: float) -> None:
        """Update with three voltages of a second that count."""
        lowest, highest = min(volts), max(volts)
        whole = lowest >= LOST_BELOW  # a lost phase explains everything, and proves nothing
        self.spread.update(now, holds=whole and highest - lowest > MAX_SPREAD)
        self.opposite.update(now, holds=whole and lowest < OPPOSITE[0] and highest > OPPOSITE[1])
        self.calm.update(now, holds=whole and highest - lowest <= MAX_SPREAD)


class VoltageWatch:
    """Follows the voltages of one meter."""

    def __init__(self, limits: Limits) -> None:
        """Begin without any trouble."""
        self.counts: Counter[Trouble] = Counter()
        """How often each trouble has begun."""
        self._limits = limits
        self._phases = {phase.number: _Phase() for phase in PHASES}
        self._neutral = _Neutral()
        self._found: dict[Trouble, Found] = {}
        self._earlier: set[int] = set()
        self._begun = math.inf
        self._started = False

    @property
    def found(self) -> Mapping[Trouble, Found]:
        """What is wrong now."""
        return dict(self._found)

    def mean(self, quantity: Quantity) -> float | None:
        """Return the mean (V) of the minute up to the last reading; None if it is lost or too few values came."""
        return next((self._phases[phase.number].mean for phase in PHASES if phase.voltage is quantity), None)

    def forget(self, now: float) -> None:
        """Conclude nothing from what came until a second. A trouble stays until good values end it."""
        for follower in (*self._phases.values(), self._neutral):
            follower.forget(now)

    def update(
        self, values: Mapping[Quantity, float], now: float, system: SupplySystem | None, seen: Collection[Quantity]
    ) -> list[Change]:
        """Update with a reading of a second, and the quantities ever seen measured; return what began or ended."""
        volts = {phase.number: values[phase.voltage] for phase in PHASES if phase.voltage in values}
        if not any(volts.values()):
            return []  # no voltages; a meter without any supply would not send
        if self._begun == math.inf:
            # Only what this reading cannot have added itself: a terminal without a phase often has a few volts.
            self._earlier = {p.number for p in PHASES if p.voltage in seen and not values.get(p.voltage)}
        self._begun = min(self._begun, now)
        self._started = self._started or now - self._begun >= QUIET_AT_START
        before = dict(self._found)
        counting = {number: self._phases[number] for number in volts if self._phases[number].accepts(now)}
        for number, phase in counting.items():
            phase.update(volts[number], now)
        for number, phase in counting.items():
            self._judge_loss(number, phase, now)
            self._judge_mean(number, phase)
        if len(volts) == len(PHASES) and self._neutral.accepts(now):
            self._judge_neutral(volts, now, system)
        return self._changes(before)

    def _judge_loss(self, number: int, phase: _Phase, now: float) -> None:
        if phase.low.count >= MIN_IN_ROW and (phase.known or number in self._earlier):
            self._begin(Trouble.PHASE_LOSS, {number: phase.volts}, phase.low.since, "below_half")
            self._end(Trouble.UNDERVOLTAGE, number)  # it is the same thing, only less
            self._end(Trouble.OVERVOLTAGE, number)
        elif phase.good.count >= MIN_IN_ROW and self._on(Trouble.PHASE_LOSS, number):
            self._end(Trouble.PHASE_LOSS, number)
            phase.forget(now)  # what came between lost and back is no undervoltage

    def _judge_mean(self, number: int, phase: _Phase) -> None:
        if phase.mean is None or not phase.known:
            return
        limits, decided = self._limits, {number: phase.mean}
        if phase.without_highest > limits.high:
            self._begin(Trouble.OVERVOLTAGE, decided, phase.outside(limits), "mean")
        elif phase.without_lowest < limits.high - HYSTERESIS:
            self._end(Trouble.OVERVOLTAGE, number)
        if phase.without_lowest < limits.low and not self._on(Trouble.PHASE_LOSS, number):
            self._begin(Trouble.UNDERVOLTAGE, decided, phase.outside(limits), "mean")
        elif phase.without_highest > limits.low + HYSTERESIS:
            self._end(Trouble.UNDERVOLTAGE, number)

    def _judge_neutral(self, volts: Mapping[int, float], now: float, system: SupplySystem | None) -> None:
        neutral = self._neutral
        neutral.update(volts.values(), now)
        if neutral.spread.count >= MIN_IN_ROW and system is SupplySystem.TN:
            reason = "opposite" if neutral.opposite.count >= MIN_IN_ROW else "spread"
            self._begin(Trouble.NEUTRAL_FAULT, volts, neutral.spread.since, reason)
        elif neutral.calm.count >= MIN_VALUES_OF_MEAN and now - neutral.calm.since >= MEAN_WINDOW:
            self._end(Trouble.NEUTRAL_FAULT, *volts)

    def _on(self, trouble: Trouble, number: int) -> bool:
        return trouble in self._found and number in self._found[trouble].values

    def _begin(self, trouble: Trouble, volts: Mapping[int, float], since: float, reason: str) -> None:
        """Add phases to a trouble, which may be new, unless it is too early to say."""
        if not self._started or not any(phase.known for phase in self._phases.values()):
            return
        had = self._found.get(trouble)
        if had:
            volts, since, reason = {**volts, **had.values}, had.since, had.reason
        self._found[trouble] = Found(trouble, since, tuple(sorted(volts)), dict(volts), reason)

    def _end(self, trouble: Trouble, *numbers: int) -> None:
        """Remove phases from a trouble, which ends with the last."""
        had = self._found.pop(trouble, None)
        left = {number: volts for number, volts in had.values.items() if number not in numbers} if had else {}
        if had and left:
            self._found[trouble] = replace(had, phases=tuple(sorted(left)), values=left)

    def _changes(self, before: Mapping[Trouble, Found]) -> list[Change]:
        began = [found for trouble, found in self._found.items() if trouble not in before]
        ended = [found for trouble, found in before.items() if trouble not in self._found]
        self.counts.update(found.trouble for found in began)
        return [Change(found.trouble, found in began, found) for found in began + ended]
