"""The rule of a capacity tariff: which periods count and how much, how many peaks are averaged, what the average costs.

A rule is data, as there is no common one: Norway has one with few exceptions, Sweden one for every grid company, and a
user can write his own. All of it is checked when it is made, and goes to and from plain JSON types. Powers are kW,
prices are for one month, in whatever currency the user thinks in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
import math
from types import MappingProxyType
from typing import Any, Self

from .fields import RuleError, integer, integers, items, known, number, one_of, truth
from .periods import HOUR, QUARTER

MONTHS = tuple(range(1, 13))
WEEKDAYS = tuple(range(1, 8))
"""As in ISO 8601: Monday is 1."""
PERIODS: Mapping[int, timedelta] = MappingProxyType({60: HOUR, 15: QUARTER})
"""Minutes -> the length of a period."""
MIDNIGHT = time(0)
MAX_PEAKS = 31
"""One for each day of a month: with one per day there are never more."""
MAX_SERIES = 2
"""That a user can set up and see. No tariff is known that has more."""


class Holidays(StrEnum):
    """How a window treats public holidays."""

    ANY = "any"
    """As the weekday that they fall on."""
    NEVER = "never"
    """They are outside the window, whatever weekday they fall on."""
    ONLY = "only"
    """Only holidays are inside, if they fall on a weekday of the window."""


def _check_all_in(field: str, chosen: tuple[int, ...], allowed: tuple[int, ...]) -> None:
    if not chosen:
        raise RuleError(field, "at least one is needed")
    if not set(chosen) <= set(allowed):
        raise RuleError(field, f"must be {allowed[0]} to {allowed[-1]}")


def _check_amount(field: str, amount: float) -> None:
    if not (math.isfinite(amount) and amount >= 0):
        raise RuleError(field, "must be a number of 0 or more")


@dataclass(frozen=True, slots=True)
class Window:
    """When a period counts, by the local time at which it begins, and with which weight.

    It lasts from `begins` up to, but not including, `ends`. One that ends before it begins holds the hours around
    midnight of each of its days: on a Friday, from 0:00 to `ends` and from `begins` to 24:00, both of that Friday.
    Equal times hold the whole day.
    """

    months: tuple[int, ...] = MONTHS
    weekdays: tuple[int, ...] = WEEKDAYS
    holidays: Holidays = Holidays.ANY
    begins: time = MIDNIGHT
    ends: time = MIDNIGHT
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what can never hold. Raises RuleError."""
        _check_all_in("months", self.months, MONTHS)
        _check_all_in("weekdays", self.weekdays, WEEKDAYS)
        _check_amount("weight", self.weight)
        for field, moment in (("begins", self.begins), ("ends", self.ends)):
            if moment.tzinfo:
                raise RuleError(field, "is local time, without an offset")

    def holds(self, local: datetime, holidays: frozenset[date]) -> bool:
        """Return whether the period that begins at a local time is inside."""
        if local.month not in self.months or local.isoweekday() not in self.weekdays:
            return False
        if self.holidays is not Holidays.ANY and (local.date() in holidays) is not (self.holidays is Holidays.ONLY):
            return False
        moment = local.time()
        if self.begins < self.ends:
            return self.begins <= moment < self.ends
        return moment >= self.begins or moment < self.ends

    def as_dict(self) -> dict[str, Any]:
        """Return the window as plain JSON types."""
        return {
            "months": list(self.months),
            "weekdays": list(self.weekdays),
            "holidays": str(self.holidays),
            "begins": self.begins.isoformat(),
            "ends": self.ends.isoformat(),
            "weight": self.weight,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_dict`, or a user, wrote; what is left out is as in `Window()`. Raises RuleError."""
        known(data, cls)
        return cls(
            integers(data, "months", MONTHS),
            integers(data, "weekdays", WEEKDAYS),
            Holidays(one_of(data, "holidays", Holidays, Holidays.ANY)),
            _time_of_day(data, "begins"),
            _time_of_day(data, "ends"),
            number(data, "weight", 1.0),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """An average of at least `from_kw` costs `price` a month, None if the user has not said."""

    from_kw: float
    price: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no tariff has. Raises RuleError."""
        _check_amount("from_kw", self.from_kw)
        if self.price is not None:
            _check_amount("price", self.price)

    def as_dict(self) -> dict[str, Any]:
        """Return the step as plain JSON types."""
        return {"from_kw": self.from_kw, "price": self.price}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        known(data, cls)
        return cls(number(data, "from_kw"), None if data.get("price") is None else number(data, "price"))


@dataclass(frozen=True, slots=True)
class Price:
    """What a kW of the average costs a month, in some months (1 to 12)."""

    per_kw: float
    months: tuple[int, ...] = MONTHS

    def __post_init__(self) -> None:
        """Refuse what no tariff has. Raises RuleError."""
        _check_amount("per_kw", self.per_kw)
        _check_all_in("months", self.months, MONTHS)

    def as_dict(self) -> dict[str, Any]:
        """Return the price as plain JSON types."""
        return {"per_kw": self.per_kw, "months": list(self.months)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        known(data, cls)
        return cls(number(data, "per_kw"), integers(data, "months", MONTHS))


@dataclass(frozen=True, slots=True)
class Series:
    """Peaks of a month that are averaged, and what the average costs: by steps, or by kW.

    The first window that holds a period gives its weight. A period outside all windows does not count; without windows
    all count. The first price whose months match is used. By kW, the average (or the minimum, if that is higher) minus
    the allowance is paid for.
    """

    peaks: int = 3
    one_per_day: bool = True
    period: timedelta = PERIODS[60]
    windows: tuple[Window, ...] = ()
    steps: tuple[Step, ...] = ()
    threshold_belongs_to_higher: bool = True
    """Whether 5.00 kW is in the step from 5, and not in the one below. Only 5 of 74 Norwegian tariffs say below."""
    prices: tuple[Price, ...] = ()
    allowance_kw: float = 0.0
    minimum_kw: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be computed, or would be computed in a way that nobody meant. Raises RuleError."""
        if not 1 <= self.peaks <= MAX_PEAKS:
            raise RuleError("peaks", f"must be 1 to {MAX_PEAKS}")
        if self.period not in PERIODS.values():
            raise RuleError("period", f"must be one of {', '.join(map(str, PERIODS))} minutes")
        thresholds = [step.from_kw for step in self.steps]
        if thresholds and thresholds[0] != 0:
            raise RuleError("steps", "the first must be from 0 kW")
        if thresholds != sorted(set(thresholds)):
            raise RuleError("steps", "each must be from more kW than the one before")
        if self.steps and self.prices:
            raise RuleError("prices", "either steps cost something or a kW does")
        _check_amount("allowance_kw", self.allowance_kw)
        _check_amount("minimum_kw", self.minimum_kw)

    def weight(self, local: datetime, holidays: frozenset[date]) -> float:
        """Return the factor by which the power of a period counts that begins at a local time; 0: not at all."""
        if not self.windows:
            return 1.0
        return next((window.weight for window in self.windows if window.holds(local, holidays)), 0.0)

    def counts_in(self, month: int) -> bool:
        """Return whether any period of a month (1 to 12) can count."""
        return not self.windows or any(window.weight and month in window.months for window in self.windows)

    def as_dict(self) -> dict[str, Any]:
        """Return the series as plain JSON types."""
        return {
            "peaks": self.peaks,
            "one_per_day": self.one_per_day,
            "period": self.period // timedelta(minutes=1),
            "windows": [window.as_dict() for window in self.windows],
            "steps": [step.as_dict() for step in self.steps],
            "threshold_belongs_to_higher": self.threshold_belongs_to_higher,
            "prices": [price.as_dict() for price in self.prices],
            "allowance_kw": self.allowance_kw,
            "minimum_kw": self.minimum_kw,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_dict`, or a user, wrote; what is left out is as in `Series()`. Raises RuleError."""
        known(data, cls)
        return cls(
            peaks=integer(data, "peaks", 3),
            one_per_day=truth(data, "one_per_day", default=True),
            period=PERIODS[one_of(data, "period", PERIODS, 60)],
            windows=items(data, "windows", Window.from_dict),
            steps=items(data, "steps", Step.from_dict),
            threshold_belongs_to_higher=truth(data, "threshold_belongs_to_higher", default=True),
            prices=items(data, "prices", Price.from_dict),
            allowance_kw=number(data, "allowance_kw", 0.0),
            minimum_kw=number(data, "minimum_kw", 0.0),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A tariff: one series of peaks or, with some grid companies, several that are paid for side by side."""

    series: tuple[Series, ...] = (Series(),)

    def __post_init__(self) -> None:
        """Refuse a rule without a series. Raises RuleError."""
        if not self.series:
            raise RuleError("series", "at least one is needed")

    def with_price(self, per_kw: float) -> Self:
        """Return the rule with this price of a kW for each series that has neither steps nor prices."""
        price = (Price(per_kw),)
        return replace(
            self,
            series=tuple(each if each.steps or each.prices else replace(each, prices=price) for each in self.series),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the rule as plain JSON types."""
        return {"series": [series.as_dict() for series in self.series]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `as_dict`, or a user, wrote. Raises RuleError with the field that is wrong."""
        known(data, cls)
        return cls(items(data, "series", Series.from_dict))


def _time_of_day(data: Mapping[str, Any], field: str) -> time:
    try:
        return time.fromisoformat(data.get(field, "00:00"))
    except TypeError, ValueError:
        raise RuleError(field, "must be a time of day such as 06:00") from None
