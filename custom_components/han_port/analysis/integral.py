"""The integral of a power over time, and its value at each quarter of an hour.

Between two readings the power is taken to change evenly from one to the other. Over a longer silence it is not known,
and nothing is added; the covered time says how much of a period was known. Times are UTC, powers W, energies Wh.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple, Self

from .periods import QUARTER, period_start
from .stored import finite, moment

MAX_GAP_BETWEEN_POWERS = timedelta(minutes=5)
"""Between two readings; over a longer gap the power is not known. Chosen, not measured."""
MAX_MARKS = 400
"""How many quarters of an hour are kept at most: a little over four days."""
RECENT = timedelta(minutes=2)
"""For how long the sum at each reading is kept: a register comes within a minute of the time it is of."""


class Sum(NamedTuple):
    """The energy that has been added up, and over how much time."""

    energy: float
    """Wh."""
    covered: float
    """Seconds in which the power was known."""

    def since(self, before: Sum) -> Sum:
        """Return what was added since another sum."""
        return Sum(self.energy - before.energy, self.covered - before.covered)

    def scaled(self, factor: float) -> Sum:
        """Return the energy (Wh) multiplied by a factor, over the same time."""
        return Sum(self.energy * factor, self.covered)


NOTHING = Sum(0.0, 0.0)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Integral:
    """The integral of one power."""

    sum: Sum = NOTHING
    marks: dict[datetime, Sum] = field(default_factory=dict)
    """Quarter of an hour -> the sum at it, in order."""
    _power: float | None = None
    _at: datetime = _LONG_AGO
    _gap: tuple[datetime, datetime] = (_LONG_AGO, _LONG_AGO)
    """The last silence over which the power was not known."""
    _recent: deque[tuple[datetime, Sum]] = field(default_factory=deque, compare=False, repr=False)
    """The sums at the last readings. They are not stored: after a restart that of now is as near."""

    def add_mean(self, power: float, at: datetime, over: timedelta, hidden: float) -> None:
        """Add a power (W) that is the mean over a time until `at`; before that it has changed evenly.

        `hidden` (Wh) is what the mean before it hid.
        """
        if self._power is not None and at > self._at:
            self.sum = Sum(self.sum.energy + hidden, self.sum.covered)
            if at - over > self._at:
                self.add(power, at - over)
            if at - self._at <= MAX_GAP_BETWEEN_POWERS:
                self._power = power
        self.add(power, at)

    def add(self, power: float, at: datetime) -> None:
        """Add a power (W) that was read at a time. One that is not later than the last is left out.

        If it is earlier by more than a gap, the clock was set back: the integral goes on from there, without the marks
        that the clock had not reached yet.
        """
        before, since = self._power, self._at
        if before is not None and at <= since:
            if since - at > MAX_GAP_BETWEEN_POWERS:
                self._power, self._at = power, at
                self._recent.clear()
                gap_start, gap_end = self._gap
                end = gap_start if gap_start <= at <= gap_end else at  # there was no gap, but a clock that was ahead
                self.marks = {mark: value for mark, value in self.marks.items() if mark <= end}
            return
        self._power, self._at = power, at
        if before is None:
            self._remember(at)
            return
        begin = self.sum
        is_known = at - since <= MAX_GAP_BETWEEN_POWERS
        if not is_known:
            self._gap = since, at
        seconds = (at - since).total_seconds()
        mark = period_start(since, QUARTER) + QUARTER
        if at - mark > MAX_MARKS * QUARTER:
            mark = period_start(at, QUARTER) - MAX_MARKS * QUARTER
        while mark <= at:
            until = (mark - since).total_seconds()
            self._keep(mark, _part(begin, before, power, until, seconds) if is_known else begin)
            mark += QUARTER
        if is_known:
            self.sum = _part(begin, before, power, seconds, seconds)
        self._remember(at)

    def _remember(self, at: datetime) -> None:
        self._recent.append((at, self.sum))
        while at - self._recent[0][0] > RECENT:
            self._recent.popleft()

    def when(self, moment: datetime) -> Sum:
        """Return the sum (Wh, s) at a full quarter of an hour, or a time of the last two minutes; else that of now."""
        if kept := self.marks.get(moment):
            return kept
        for (before, old), (after, new) in pairwise(self._recent):
            if before <= moment <= after:
                part, added = (moment - before) / (after - before), new.since(old)
                return Sum(old.energy + added.energy * part, old.covered + added.covered * part)
        return self.sum

    def extrapolated(self, at: datetime) -> Sum:
        """Return the sum (Wh, s) at a later time if the last power goes on until then; over a gap, the sum as it is."""
        wait = at - self._at
        if self._power is None or not timedelta() < wait <= MAX_GAP_BETWEEN_POWERS:
            return self.sum
        return _part(self.sum, self._power, self._power, wait.total_seconds(), wait.total_seconds())

    def between(self, start: datetime, end: datetime) -> Sum | None:
        """Return what was added (Wh, s) between two quarters of an hour; None if one of them is not kept."""
        first, last = self.marks.get(start), self.marks.get(end)
        return last.since(first) if first and last else None

    def split(self, energy: float, starts: Sequence[datetime], length: timedelta) -> list[float]:
        """Split an energy (Wh) over periods in proportion to the integrated power; return the part of each (Wh).

        Any remainder goes evenly to the time without data.
        """
        if len(starts) <= 1:
            return [energy] * len(starts)
        known = [self.between(start, start + length) or NOTHING for start in starts]
        integrated = sum(each.energy for each in known)
        unknown = [length.total_seconds() - min(each.covered, length.total_seconds()) for each in known]
        if integrated and (energy < integrated or not any(unknown)):
            return [energy * each.energy / integrated for each in known]
        if not any(unknown):
            return [energy / len(starts)] * len(starts)
        per_second = (energy - integrated) / sum(unknown)
        return [each.energy + per_second * seconds for each, seconds in zip(known, unknown, strict=True)]

    def rescale(self, factor: float) -> None:
        """Multiply all that is known by a factor: the powers to come are multiplied by it too."""
        self._power = None if self._power is None else self._power * factor
        self.sum = self.sum.scaled(factor)
        self._recent.clear()
        self.marks = {mark: value.scaled(factor) for mark, value in self.marks.items()}

    def forget_before(self, mark: datetime) -> None:
        """Forget the marks before one."""
        self.marks = {kept: value for kept, value in self.marks.items() if kept >= mark}

    def _keep(self, mark: datetime, value: Sum) -> None:
        self.marks[mark] = value
        while len(self.marks) > MAX_MARKS:
            del self.marks[next(iter(self.marks))]

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        return {
            "sum": list(self.sum),
            "marks": {mark.isoformat(): list(value) for mark, value in self.marks.items()},
            "power": self._power,
            "at": self._at.isoformat(),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        marks = {moment(mark): Sum(*map(finite, value)) for mark, value in state["marks"].items()}
        power = state["power"]
        return cls(
            Sum(*map(finite, state["sum"])), marks, None if power is None else finite(power), moment(state["at"])
        )


def _part(begin: Sum, before: float, after: float, seconds: float, in_all: float) -> Sum:
    """Return the sum some seconds into an even change from one power (W) to another that lasts `in_all` seconds."""
    then = before + (after - before) * seconds / in_all
    return Sum(begin.energy + (before + then) / 2 * seconds / 3600, begin.covered + seconds)
