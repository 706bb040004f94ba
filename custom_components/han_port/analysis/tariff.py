"""Capacity tariffs: the peaks of a month, their average, the step it is in, and the budget of a period.

A grid company measures the mean power of every clock hour, or quarter of an hour, and bills by the highest of a month.
A period is identified by the moment at which it began (UTC). The local time zone says which hour, day and month that
is: a day of 25 hours has two periods that begin at 02:00. Powers are mean powers in kW, of import alone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
import math
from typing import NamedTuple

from .origin import Origin
from .rules import Series

BILL_RESOLUTION = 0.01
"""kW by which an average must stay below a threshold that belongs to the step above: bills have two decimals."""
_DECIMALS = 6
"""Of an average in kW, so to a milliwatt: the error of added floats must not lift it over a threshold, or below one."""


class Month(NamedTuple):
    """A calendar month in local time."""

    year: int
    number: int

    @property
    def before(self) -> Month:
        """Return the month before."""
        return Month(self.year, self.number - 1) if self.number > 1 else Month(self.year - 1, 12)


def month_of(moment: datetime, zone: tzinfo) -> Month:
    """Return the month that a moment is in."""
    local = moment.astimezone(zone)
    return Month(local.year, local.month)


@dataclass(frozen=True, slots=True)
class Period:
    """A finished hour or quarter, or as much of it as is known."""

    start: datetime
    kw: float
    origin: Origin = Origin.REGISTER

    def __post_init__(self) -> None:
        """Refuse what is no mean power of import: it could be the highest of its month. Raises ValueError."""
        if self.start.tzinfo is None:
            raise ValueError("a period starts at a moment with an offset")
        if not (math.isfinite(self.kw) and self.kw >= 0):
            raise ValueError(f"no mean power of import is {self.kw} kW")
        # The two local times that are the same in autumn would compare as equal.
        object.__setattr__(self, "start", self.start.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Peak:
    """A period with its weight."""

    start: datetime
    day: date
    """The local day on which the period began."""
    kw: float
    weight: float
    origin: Origin

    @property
    def weighted_kw(self) -> float:
        """Return the power (kW) that goes into the average."""
        return self.kw * self.weight


@dataclass(frozen=True, slots=True)
class Average:
    """The mean (kW) of the highest peaks; not complete while there are fewer of them than the rule averages."""

    kw: float
    complete: bool


@dataclass(frozen=True, slots=True)
class Level:
    """The step that an average is in."""

    index: int
    lower_kw: float
    upper_kw: float | None
    """None in the highest step."""
    price: float | None
    """For one month, in whatever currency the user thinks in; None if he has not said."""
    target_kw: float | None
    """The highest average that stays in the step; None in the highest step."""


@dataclass(frozen=True, slots=True)
class PeriodHeadroom:
    """What the other periods of the month leave to one period, before its own power is known."""

    weight: float
    peaks: int
    """How many peaks will be in the average, including this period."""
    taken_kw: float
    """The weighted sum of the others in it."""
    free_kw: float
    """Up to this weighted power the period changes nothing: its own day, or enough others, were higher already."""

    def budget(self, target_kw: float) -> float | None:
        """Return the highest mean (kW) of the period with which the average of the month is at most the target (kW).

        If no mean can bring the average there any more, it is the highest one that does not raise the average. None:
        the period does not count, so there is no limit. To stay in a step, the target is its `Level.target_kw`, as a
        threshold that belongs to the step above must not be reached.
        """
        if not self.weight:
            return None
        return max(self.peaks * target_kw - self.taken_kw, self.free_kw) / self.weight

    def cautious_budget(self, target_kw: float) -> float | None:
        """Return the budget (kW) while the month has fewer peaks than the rule averages.

        Low peaks so far promise nothing beyond the target: those that are still to come may be higher.
        """
        if (budget := self.budget(target_kw)) is None:
            return None
        return min(budget, max(target_kw, self.free_kw) / self.weight)


def weigh(series: Series, period: Period, zone: tzinfo, holidays: Collection[date] = ()) -> Peak:
    """Return a period with its local day and its weight, which is 0 if it does not count."""
    local = period.start.astimezone(zone)
    return Peak(period.start, local.date(), period.kw, series.weight(local, frozenset(holidays)), period.origin)


def peaks(series: Series, periods: Iterable[Period], zone: tzinfo, holidays: Collection[date] = ()) -> tuple[Peak, ...]:
    """Return the peaks among the periods of one month, the highest first; of equal ones the earlier is the higher."""
    known = frozenset(holidays)
    return highest(series, [weigh(series, period, zone, known) for period in periods])


def highest(series: Series, weighed: Iterable[Peak]) -> tuple[Peak, ...]:
    """Return the peaks among the weighed periods of one month, as `peaks` does."""
    return tuple(_ranked(series, weighed)[: series.peaks])


def average(series: Series, found: Collection[Peak]) -> Average | None:
    """Return the mean (kW) of the peaks so far; None if there are none yet."""
    if not found:
        return None
    mean = math.fsum(peak.weighted_kw for peak in found) / len(found)
    return Average(round(mean, _DECIMALS), len(found) >= series.peaks)


def step(series: Series, average_kw: float) -> Level | None:
    """Return the step that an average (kW) is in; None if the rule has no steps."""
    if not series.steps:
        return None
    higher = series.threshold_belongs_to_higher
    passed = [s for s in series.steps if (average_kw >= s.from_kw if higher else average_kw > s.from_kw)]
    return _level(series, max(len(passed) - 1, 0))  # 0 is in the first step, whichever step a threshold belongs to


def step_from(series: Series, from_kw: float) -> Level | None:
    """Return the step that begins at a power (kW), or else the last that begins below; None if there are no steps."""
    if not series.steps:
        return None
    return _level(series, max(sum(each.from_kw <= from_kw for each in series.steps) - 1, 0))


def _level(series: Series, index: int) -> Level:
    own, higher = series.steps[index], series.threshold_belongs_to_higher
    if index + 1 == len(series.steps):
        return Level(index, own.from_kw, None, own.price, None)
    upper = series.steps[index + 1].from_kw
    return Level(index, own.from_kw, upper, own.price, round(upper - BILL_RESOLUTION, _DECIMALS) if higher else upper)


def fee(series: Series, average_kw: float | None, month: int) -> float | None:
    """Return the price of an average (kW) in a month (1 to 12); None if prices or average are not known.

    It is in the currency of the rule's prices. A month in which no period counts has no peak, and costs what 0 kW cost.
    """
    if average_kw is None:
        if series.counts_in(month):
            return None
        average_kw = 0.0
    if level := step(series, average_kw):
        return level.price
    if not series.prices:
        return None
    per_kw = next((price.per_kw for price in series.prices if month in price.months), 0.0)
    return per_kw * max(0.0, max(average_kw, series.minimum_kw) - series.allowance_kw)


def headroom_of_period(series: Series, weighed: Iterable[Peak], this: Peak) -> PeriodHeadroom:
    """Return what the other periods of the month leave to `this` one; its own power so far plays no part.

    While there are fewer peaks than the rule averages, the mean of those present is kept at the target: that is the
    average that is shown.
    """
    others, same_day = [], [0.0]
    for peak in weighed:
        if peak.start == this.start:
            continue
        if series.one_per_day and peak.day == this.day:
            same_day.append(peak.weighted_kw)
        else:
            others.append(peak)
    values = [peak.weighted_kw for peak in _ranked(series, others)[: series.peaks]]
    displaced = values.pop() if len(values) == series.peaks else 0.0
    return PeriodHeadroom(this.weight, len(values) + 1, math.fsum(values), max(*same_day, displaced))


def _ranked(series: Series, weighed: Iterable[Peak]) -> list[Peak]:
    """Return the periods that count, the highest first, and only one of each day if the rule says so."""
    ranked = sorted((peak for peak in weighed if peak.weight), key=lambda peak: (-peak.weighted_kw, peak.start))
    if not series.one_per_day:
        return ranked
    of_day: dict[date, Peak] = {}
    for peak in ranked:
        of_day.setdefault(peak.day, peak)
    return list(of_day.values())
