"""The periods of this month and of the last, kept from one to the next, and over restarts.

All of them are kept, and not only the highest: a correction may remove the highest of a day, and then the next one
counts; and another rule finds others. A month has up to 744 hours, or 2976 quarters of an hour.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Self

from .origin import Origin
from .rules import Series
from .stored import finite
from .tariff import Month, Peak, Period, PeriodHeadroom, headroom_of_period, highest, month_of, weigh


@dataclass(slots=True)
class Peaks:
    """Follows one series of peaks from period to period."""

    series: Series
    zone: tzinfo
    month: Month
    """The current month. Set by `update_month`, not derived from the periods: a month's last comes in the next."""
    holidays: frozenset[date] = frozenset()
    _months: dict[Month, dict[datetime, Peak]] = field(default_factory=dict, init=False, repr=False)
    _removed: set[datetime] = field(default_factory=set, init=False, repr=False)
    """The starts of the periods that the user has removed."""
    _highest: dict[Month, tuple[Peak, ...]] = field(default_factory=dict, init=False, repr=False)
    _headroom: tuple[datetime, PeriodHeadroom] | None = field(default=None, init=False, repr=False)

    @property
    def current(self) -> tuple[Peak, ...]:
        """The peaks of this month, the highest first."""
        return self._peaks(self.month)

    @property
    def previous(self) -> tuple[Peak, ...]:
        """The peaks of the month before, to compare with the bill."""
        return self._peaks(self.month.before)

    def update_month(self, now: datetime) -> None:
        """Make the month that `now` is in the current one. To be called at local midnight at the latest.

        No period is forgotten yet: a computer whose clock is wrong until it has asked for the time would lose a month.
        """
        self.month = month_of(now, self.zone)

    def move_to(self, zone: tzinfo, now: datetime) -> None:
        """Weigh all known periods anew in another time zone: it says which day, hour and month each is of."""
        known = [peak for periods in self._months.values() for peak in periods.values()]
        self.zone, self._months = zone, {}
        self.update_month(now)
        for peak in known:
            self._keep(Period(peak.start, peak.kw, peak.origin))
        self._forget_answers()

    def add(self, period: Period) -> bool:
        """Add a finished period, or a better value of one. Return False if it is not of this month or the last."""
        month = month_of(period.start, self.zone)
        if month not in (self.month, self.month.before):
            return False
        for old in [kept for kept in self._months if kept < self.month.before]:
            del self._months[old]
        self._removed = {start for start in self._removed if month_of(start, self.zone) >= self.month.before}
        self._removed.discard(period.start)
        self._keep(period)
        return True

    def remove(self, start: datetime) -> bool:
        """Remove the period that began at a moment, because it was wrong. Return whether there was one."""
        periods = self._months.get(month_of(start, self.zone), {})
        self._forget_answers()
        self._removed.add(start.astimezone(UTC))
        return periods.pop(start.astimezone(UTC), None) is not None

    def set_holidays(self, holidays: Collection[date]) -> None:
        """Weigh all periods with other public holidays."""
        self.holidays = frozenset(holidays)
        for peak in [peak for periods in self._months.values() for peak in periods.values()]:
            self._keep(Period(peak.start, peak.kw, peak.origin))

    def budget(self, start: datetime, target_kw: float) -> float | None:
        """Return the highest mean (kW) of the period from `start` for a target (kW): see `PeriodHeadroom.budget`."""
        return self._headroom_at(start).budget(target_kw)

    def cautious_budget(self, start: datetime, target_kw: float) -> float | None:
        """Return the same, and while the month has too few peaks no more than the target allows (kW)."""
        if len(self._peaks(month_of(start, self.zone))) >= self.series.peaks:
            return self.budget(start, target_kw)
        return self._headroom_at(start).cautious_budget(target_kw)

    def _headroom_at(self, start: datetime) -> PeriodHeadroom:
        if self._headroom is None or self._headroom[0] != start.astimezone(UTC):
            this = weigh(self.series, Period(start, 0.0), self.zone, self.holidays)
            periods = self._months.get(month_of(start, self.zone), {})
            self._headroom = this.start, headroom_of_period(self.series, periods.values(), this)
        return self._headroom[1]

    def as_dict(self) -> dict[str, Any]:
        """Return the periods as plain JSON types. The rule is stored elsewhere: it is one of the user's options."""
        return {
            "minutes": self.series.period // timedelta(minutes=1),
            "periods": [
                [int(peak.start.timestamp()), peak.kw, str(peak.origin)]
                for periods in self._months.values()
                for peak in periods.values()
            ],
            "removed": [int(start.timestamp()) for start in sorted(self._removed)],
        }

    def restore(self, state: Mapping[str, Any]) -> bool:
        """Restore what `as_dict` wrote, unless its periods are of another length: quarters do not follow from hours.

        A period that has been added meanwhile is newer and stays, unless the stored one is the user's own. Returns
        whether they are of this length.
        """
        if timedelta(minutes=state["minutes"]) != self.series.period:
            return False
        known = {start for periods in self._months.values() for start in periods}
        for seconds, kw, origin in state["periods"]:
            period = Period(datetime.fromtimestamp(finite(seconds), UTC), finite(kw), Origin(origin))
            if period.origin is Origin.MANUAL or period.start not in known:
                self._keep(period)
        for seconds in state.get("removed", ()):
            self.remove(datetime.fromtimestamp(finite(seconds), UTC))
        return True

    @classmethod
    def at(cls, now: datetime, series: Series, zone: tzinfo, holidays: Collection[date] = ()) -> Self:
        """Return an empty series in the month that `now` is in."""
        return cls(series, zone, month_of(now, zone), frozenset(holidays))

    def _keep(self, period: Period) -> None:
        peak = weigh(self.series, period, self.zone, self.holidays)
        self._months.setdefault(Month(peak.day.year, peak.day.month), {})[peak.start] = peak
        self._forget_answers()

    def _peaks(self, month: Month) -> tuple[Peak, ...]:
        if month not in self._highest:
            self._highest[month] = highest(self.series, self._months.get(month, {}).values())
        return self._highest[month]

    def _forget_answers(self) -> None:
        self._highest.clear()
        self._headroom = None
