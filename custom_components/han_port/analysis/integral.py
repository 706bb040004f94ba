"""What a power adds up to, and how much of it was there at each quarter of an hour.

Between two readings the power is taken to go straight from one to the other. Over a longer silence nothing is known and
nothing is added; how much of a time was covered is told. Times are UTC, powers W, energies Wh.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from .periods import QUARTER, period_start
from .stored import finite, moment

MAX_GAP_BETWEEN_POWERS = timedelta(minutes=5)
"""Between two readings; over more than this a power says nothing."""
MAX_MARKS = 400
"""Quarters of an hour that are kept at most: a little more than four days."""


class Sum(NamedTuple):
    """What has been added up."""

    energy: float
    covered: float
    """Seconds of which something was known."""

    def since(self, before: Sum) -> Sum:
        """Return what was added since then."""
        return Sum(self.energy - before.energy, self.covered - before.covered)

    def scaled(self, factor: float) -> Sum:
        """Return so many times the energy, of the same time."""
        return Sum(self.energy * factor, self.covered)


NOTHING = Sum(0.0, 0.0)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Integral:
    """The sum of one power."""

    sum: Sum = NOTHING
    marks: dict[datetime, Sum] = field(default_factory=dict)
    """What the sum was at the quarters of an hour, in their order."""
    _power: float | None = None
    _at: datetime = _LONG_AGO
    _dark: tuple[datetime, datetime] = (_LONG_AGO, _LONG_AGO)
    """The last silence over which nothing was known."""

    def add(self, power: float, at: datetime) -> None:
        """Take a power that was read at a time; one before the last is left out: the clock was set back."""
        before, since = self._power, self._at
        if before is not None and at <= since:
            if since - at > MAX_GAP_BETWEEN_POWERS:
                self._power, self._at = power, at
                fell_silent, spoke = self._dark
                end = fell_silent if fell_silent <= at <= spoke else at  # no silence then, but a clock that was ahead
                self.marks = {mark: value for mark, value in self.marks.items() if mark <= end}
            return
        self._power, self._at = power, at
        if before is None:
            return
        begin = self.sum
        is_known = at - since <= MAX_GAP_BETWEEN_POWERS
        if not is_known:
            self._dark = since, at
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

    def extrapolated(self, at: datetime) -> Sum:
        """Return what the sum will be at a time, if the last power goes on until then and that is not long."""
        wait = at - self._at
        if self._power is None or not timedelta() < wait <= MAX_GAP_BETWEEN_POWERS:
            return self.sum
        return _part(self.sum, self._power, self._power, wait.total_seconds(), wait.total_seconds())

    def between(self, start: datetime, end: datetime) -> Sum | None:
        """Return what was added between two quarters of an hour; None if one of them was not kept."""
        first, last = self.marks.get(start), self.marks.get(end)
        return last.since(first) if first and last else None

    def split(self, energy: float, starts: Sequence[datetime], length: timedelta) -> list[float]:
        """Share an energy out over periods: as the power says, and what that does not explain over the unknown time."""
        if len(starts) <= 1:
            return [energy] * len(starts)
        known = [self.between(start, start + length) or NOTHING for start in starts]
        told = sum(each.energy for each in known)
        dark = [length.total_seconds() - min(each.covered, length.total_seconds()) for each in known]
        if told and (energy < told or not any(dark)):
            return [energy * each.energy / told for each in known]
        if not any(dark):
            return [energy / len(starts)] * len(starts)
        rest = (energy - told) / sum(dark)
        return [each.energy + rest * seconds for each, seconds in zip(known, dark, strict=True)]

    def rescale(self, factor: float) -> None:
        """Multiply what has been taken: the powers that come are so much greater."""
        self._power = None if self._power is None else self._power * factor
        self.sum = self.sum.scaled(factor)
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
    """Return the sum some seconds into a straight line from one power to another."""
    then = before + (after - before) * seconds / in_all
    return Sum(begin.energy + (before + then) / 2 * seconds / 3600, begin.covered + seconds)
