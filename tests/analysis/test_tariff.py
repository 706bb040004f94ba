"""Capacity tariffs: months by hand, and months by chance against a reference that shares nothing with the engine."""

from datetime import UTC, date, datetime, time, timedelta, timezone
import json
import random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.peaks import Peaks
from custom_components.han_port.analysis.presets import PRESETS
from custom_components.han_port.analysis.rules import (
    MONTHS,
    PERIODS,
    WEEKDAYS,
    Holidays,
    Price,
    Rule,
    Series,
    Step,
    Window,
)
from custom_components.han_port.analysis.tariff import (
    Average,
    Level,
    Month,
    Peak,
    Period,
    PeriodHeadroom,
    average,
    fee,
    headroom_of_period,
    month_of,
    peaks,
    step,
    weigh,
)

from . import tariff_reference as reference
from .tariff_by_chance import any_holidays, any_month, any_series, check_budget, check_month

OSLO = ZoneInfo("Europe/Oslo")
NORWAY = PRESETS["no_three_days"].series[0]
QUARTER = PERIODS[15]


def wall(text: str, fold: int = 0) -> datetime:
    """Return a moment by the clock on the wall in Oslo, of 2026: "03-29 14:00"."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=OSLO, fold=fold)


def periods(powers: dict[str, float]) -> list[Period]:
    """Return periods by the clock on the wall in Oslo."""
    return [Period(wall(text), kw) for text, kw in powers.items()]


def shown(series: Series, powers: dict[str, float], holidays: tuple[date, ...] = ()) -> list[tuple[str, float]]:
    """Return the peaks as (local time, weighted kW)."""
    found = peaks(series, periods(powers), OSLO, holidays)
    return [(f"{peak.start.astimezone(OSLO):%m-%d %H:%M}", peak.weighted_kw) for peak in found]


def mean(series: Series, powers: dict[str, float]) -> Average | None:
    """Return the average of a month."""
    return average(series, peaks(series, periods(powers), OSLO))


def budget(series: Series, powers: dict[str, float], start: str, target: float) -> float | None:
    """Return what the period that begins at `start` may have."""
    known = followed(series, powers)
    return known.budget(wall(start), target)


def followed(series: Series, powers: dict[str, float]) -> Peaks:
    """Return the state after these periods, in the month of the last of them."""
    state = Peaks.at(wall(max(powers, default="01-01 00:00")), series, OSLO)
    assert all(state.add(period) for period in periods(powers))
    return state


# --- Norway --------------------------------------------------------------------------------------------------------


JANUARY = {
    "01-05 08:00": 7.2,
    "01-05 09:00": 6.9,  # the second highest of the month, of the same day as the highest
    "01-09 17:00": 6.1,
    "01-10 17:00": 0.0,
    "01-20 18:00": 5.0,
    "01-21 18:00": 5.0,
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_price_of_a_kilowatt_is_for_what_has_no_price_yet(name: str) -> None:
    """A rule with steps is paid by them; one of two series has the price in each."""
    rule = PRESETS[name]
    priced = rule.with_price(50.0)
    assert [each.prices for each in priced.series] == [() if each.steps else (Price(50.0),) for each in rule.series]
    assert priced.with_price(70.0) == priced
    paid = [each for each in priced.series if each.prices and not each.allowance_kw]
    assert all(fee(each, 10.0, 1) == 500.0 for each in paid)


def test_norway_takes_the_highest_hours_of_three_days() -> None:
    """7.2 + 6.1 + 5.0 = 18.3, by three is 6.1: between 5 and 10 kW. Of two equal days the earlier is named."""
    assert shown(NORWAY, JANUARY) == [("01-05 08:00", 7.2), ("01-09 17:00", 6.1), ("01-20 18:00", 5.0)]
    assert mean(NORWAY, JANUARY) == Average(6.1, complete=True)
    assert step(NORWAY, 6.1) == Level(2, 5.0, 10.0, None, 9.99)


def test_a_peak_tells_its_local_day_and_where_it_is_from() -> None:
    """23:00 UTC of the 4th is midnight of the 5th in Oslo."""
    start = datetime(2026, 1, 4, 23, tzinfo=UTC)
    found = peaks(NORWAY, [Period(start, 7.2, Origin.MIXED)], OSLO)
    assert found == (Peak(start, date(2026, 1, 5), 7.2, 1.0, Origin.MIXED),)


@pytest.mark.parametrize(
    ("belongs_to_higher", "expected"),
    [(True, Level(2, 5.0, 10.0, None, 9.99)), (False, Level(1, 2.0, 5.0, None, 5.0))],
)
def test_five_kw_are_in_the_step_above_with_most_and_below_with_some(belongs_to_higher: bool, expected: Level) -> None:
    """5.1 + 5.6 + 4.3 = 15, by three is 5 whatever floats make of it."""
    series = Series(steps=NORWAY.steps, threshold_belongs_to_higher=belongs_to_higher)
    months_mean = mean(series, {"01-05 08:00": 5.1, "01-06 08:00": 5.6, "01-07 08:00": 4.3})
    assert months_mean == Average(5.0, complete=True)
    assert step(series, months_mean.kw) == expected


@pytest.mark.parametrize("belongs_to_higher", [True, False])
def test_the_lowest_and_the_highest_step_have_their_ends(belongs_to_higher: bool) -> None:
    """0 kW is in the first step in any case; above the last threshold there is no limit."""
    series = Series(steps=(Step(0, 100), Step(2, 200), Step(5, 300)), threshold_belongs_to_higher=belongs_to_higher)
    lowest = step(series, 0.0)
    assert lowest
    assert (lowest.index, lowest.lower_kw, lowest.upper_kw, lowest.price) == (0, 0, 2, 100)
    assert step(series, 5.01) == Level(2, 5, None, 300, None)


def test_the_target_of_a_step_keeps_the_month_in_it() -> None:
    """Each house that stays at the target of its step stays in its step, on whichever side the threshold is."""
    for belongs_to_higher in (True, False):
        series = Series(steps=NORWAY.steps, threshold_belongs_to_higher=belongs_to_higher)
        level = step(series, 4.2)
        assert level
        assert level.target_kw
        allowed = budget(series, {"01-05 08:00": 5.1, "01-06 08:00": 5.6}, "01-07 08:00", level.target_kw)
        assert allowed
        after = mean(series, {"01-05 08:00": 5.1, "01-06 08:00": 5.6, "01-07 08:00": allowed})
        assert after
        assert after.kw == level.target_kw
        assert step(series, after.kw) == level


def test_without_steps_there_is_none() -> None:
    """Nothing is guessed."""
    assert step(Series(), 5.0) is None


def test_an_average_of_fewer_peaks_says_so() -> None:
    """Mean of those present: 7 and 4 are 5.5."""
    assert mean(NORWAY, {}) is None
    assert mean(NORWAY, {"01-05 08:00": 7.0, "01-06 08:00": 4.0}) == Average(5.5, complete=False)
    assert mean(Series(peaks=2), {"01-05 08:00": 7.0, "01-06 08:00": 4.0}) == Average(5.5, complete=True)


def test_an_hour_without_consumption_is_a_peak_where_there_is_no_higher() -> None:
    """A cabin that nobody is in has an average of 0, and not none."""
    assert mean(NORWAY, {"01-05 08:00": 0.0}) == Average(0.0, complete=False)


# --- Sweden --------------------------------------------------------------------------------------------------------


def test_ellevio_counts_half_of_the_night() -> None:
    """11 kW at 22:00 are 5.5; those at 06:00 and at 21:00 are whole."""
    series = PRESETS["se_ellevio"].series[0]
    powers = {"05-04 22:00": 11.0, "05-05 05:00": 9.0, "05-06 06:00": 5.0, "05-07 21:00": 4.0, "05-05 12:00": 4.4}
    assert shown(series, powers) == [("05-04 22:00", 5.5), ("05-06 06:00", 5.0), ("05-05 05:00", 4.5)]
    assert mean(series, powers) == Average(5.0, complete=True)


def test_seom_counts_working_days_from_7_to_19_and_several_hours_of_a_day() -> None:
    """Epiphany, a Tuesday, does not count, nor does Saturday, 06:00 or 19:00."""
    series = PRESETS["se_seom"].series[0]
    powers = {
        "01-06 12:00": 20.0,
        "01-10 12:00": 19.0,
        "01-07 06:00": 18.0,
        "01-07 19:00": 17.0,
        "01-07 07:00": 6.0,
        "01-07 08:00": 5.0,
        "01-07 18:00": 4.0,
        "01-08 12:00": 3.0,
    }
    expected = [("01-07 07:00", 6.0), ("01-07 08:00", 5.0), ("01-07 18:00", 4.0)]
    assert shown(series, powers, (date(2026, 1, 6),)) == expected
    assert shown(series, powers) == [("01-06 12:00", 20.0), *expected[:2]]


def test_a_tariff_of_winter_has_no_peak_in_summer_and_costs_nothing() -> None:
    """Falkenberg: November to March. In a winter month without any hour yet, the fee is not known."""
    series = Series(windows=PRESETS["se_falkenberg"].series[0].windows, prices=(Price(50.0),))
    assert shown(series, {"04-01 12:00": 9.0, "10-30 12:00": 9.0}) == []
    assert shown(series, {"03-31 06:00": 9.0}) == [("03-31 06:00", 9.0)]
    assert fee(series, None, 4) == 0.0
    assert fee(series, None, 3) is None
    free_in_april = Series(windows=(Window((4,), weight=0), Window((5,))), prices=(Price(50.0),))
    assert [fee(free_in_april, None, month) for month in (4, 5)] == [0.0, None]


def test_karlstad_has_two_peaks_side_by_side() -> None:
    """The highest of all hours, and the highest of winter's working days from 6 to 18."""
    first, second = PRESETS["se_karlstad"].series
    powers = {"11-01 20:00": 9.0, "11-02 18:00": 8.0, "11-02 17:00": 7.0}
    assert shown(first, powers) == [("11-01 20:00", 9.0)]
    assert shown(second, powers) == [("11-02 17:00", 7.0)]


def test_the_first_window_that_fits_counts() -> None:
    """A holiday for nothing, the night for a quarter, the rest for its whole."""
    series = Series(
        peaks=9,
        one_per_day=False,
        windows=(
            Window(holidays=Holidays.ONLY, weight=0),
            Window(begins=time(22), ends=time(6), weight=0.25),
            Window(),
        ),
    )
    powers = {"12-25 12:00": 9.0, "12-25 23:00": 9.0, "12-26 23:00": 8.0, "12-26 12:00": 3.0}
    assert shown(series, powers, (date(2026, 12, 25),)) == [("12-26 12:00", 3.0), ("12-26 23:00", 2.0)]


def test_a_window_over_midnight_holds_both_ends_of_its_own_days() -> None:
    """Of Friday (15 May): its first hours and its last. Saturday's first hours are Saturday's."""
    night = {"begins": "22:00", "ends": "06:00", "weekdays": [5]}
    series = Series.from_dict({"peaks": 9, "one_per_day": False, "windows": [night]})
    powers = {"05-15 05:00": 1.0, "05-15 06:00": 9.0, "05-15 21:00": 9.0, "05-15 22:00": 2.0, "05-16 05:00": 9.0}
    assert shown(series, powers) == [("05-15 22:00", 2.0), ("05-15 05:00", 1.0)]


# --- Finland, Belgium, money ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kw", "expected"), [(7.9, 0.0), (8.0, 0.0), (11.2, 16.0)])
def test_finland_pays_for_what_is_above_eight_kw(kw: float, expected: float) -> None:
    """At 5 euro per kW, 3.2 kW above cost 16."""
    finland = PRESETS["fi_60min_8kw"].series[0]
    series = Series(peaks=finland.peaks, allowance_kw=finland.allowance_kw, prices=(Price(5.0),))
    assert fee(series, kw, 1) == pytest.approx(expected)
    assert fee(finland, kw, 1) is None


def test_belgium_takes_the_highest_quarter() -> None:
    """Of the quarters of one hour, with 6 kW in the mean, the one of 9."""
    series = PRESETS["be_15min"].series[0]
    powers = {"05-04 18:00": 3.0, "05-04 18:15": 9.0, "05-04 18:30": 8.0, "05-04 18:45": 4.0}
    assert shown(series, powers) == [("05-04 18:15", 9.0)]
    assert budget(series, powers, "05-04 19:00", 5.0) == 9.0
    assert budget(series, powers, "05-04 19:00", 10.0) == 10.0


def test_a_kw_costs_what_its_month_says_and_no_less_than_the_minimum() -> None:
    """Twice as much in winter; 2.5 kW are paid for even by who has less."""
    series = Series(prices=(Price(80.0, (11, 12, 1, 2, 3)), Price(40.0)), minimum_kw=2.5)
    assert fee(series, 4.0, 1) == 320.0
    assert fee(series, 4.0, 4) == 160.0
    assert fee(series, 1.0, 4) == 100.0
    assert fee(Series(prices=(Price(80.0, (1,)),)), 4.0, 2) == 0.0


def test_a_step_costs_what_the_user_said() -> None:
    """Steps without prices cost nobody knows what."""
    series = Series(steps=(Step(0, 100.0), Step(2, 152.0), Step(5)))
    assert [fee(series, kw, 1) for kw in (1.0, 2.0, 5.0)] == [100.0, 152.0, None]
    assert fee(Series(), 1.0, 1) is None


# --- both changes of the hour --------------------------------------------------------------------------------------


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    """25 October has two that begin at 02:00: for several peaks a day both count, for one a day the higher does."""
    powers = [Period(wall("10-25 02:00", fold=0), 6.0), Period(wall("10-25 02:00", fold=1), 7.0)]
    starts = [peak.start for peak in peaks(Series(one_per_day=False), powers, OSLO)]
    assert starts == [datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)]
    assert [peak.kw for peak in peaks(Series(), powers, OSLO)] == [7.0]


@pytest.mark.parametrize(("day", "hours"), [("03-29", 23), ("10-25", 25), ("10-24", 24)])
def test_a_day_has_as_many_hours_as_the_clock_makes(day: str, hours: int) -> None:
    """All of them are of that day, and the one after is not."""
    first = wall(f"{day} 00:00").astimezone(UTC)
    weighed = [weigh(NORWAY, Period(first + timedelta(hours=n), 1.0), OSLO) for n in range(-1, hours + 1)]
    own = date.fromisoformat(f"2026-{day}")
    assert [peak.day == own for peak in weighed] == [False, *[True] * hours, False]


def test_a_window_is_of_local_time_in_summer_and_in_winter() -> None:
    """07:00 is 05:00 UTC on the Friday before the change in October, 06:00 UTC on the Monday after."""
    series = PRESETS["se_malarenergi"].series[0]
    for start, weight in (
        (datetime(2026, 10, 23, 4, tzinfo=UTC), 0),
        (datetime(2026, 10, 23, 5, tzinfo=UTC), 1),
        (datetime(2026, 10, 26, 5, tzinfo=UTC), 0),
        (datetime(2026, 10, 26, 6, tzinfo=UTC), 1),
    ):
        assert weigh(series, Period(start, 1.0), OSLO).weight == weight


def test_a_month_begins_at_local_midnight() -> None:
    """And is the one after December in January."""
    assert month_of(datetime(2025, 12, 31, 22, 59, tzinfo=UTC), OSLO) == Month(2025, 12)
    assert month_of(datetime(2025, 12, 31, 23, 0, tzinfo=UTC), OSLO) == Month(2026, 1)
    assert month_of(datetime(2026, 6, 30, 22, 0, tzinfo=UTC), OSLO) == Month(2026, 7)
    assert Month(2026, 1).before == Month(2025, 12)
    assert Month(2026, 7).before == Month(2026, 6)


# --- what this hour may have ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("powers", "target", "expected"),
    [
        # 15 − 5.1 − 5.6, and 30 − 12 − 10: users' own sums.
        ({"01-05 08:00": 5.1, "01-06 08:00": 5.6}, 5.0, 4.3),
        ({"01-05 08:00": 12.0, "01-06 08:00": 10.0}, 10.0, 8.0),
        # With three days of others only the highest two stand in the way.
        ({"01-05 08:00": 5.1, "01-06 08:00": 5.6, "01-07 08:00": 3.0}, 5.0, 4.3),
        # Nobody was before it: the target. With one peak of two it is the mean of the two that is shown.
        ({}, 5.0, 5.0),
        ({"01-05 08:00": 3.0}, 5.0, 7.0),
        ({"01-05 08:00": 7.0}, 5.0, 3.0),
        # What its own day has reached already is free, whether above or below what is left.
        ({"01-05 08:00": 5.1, "01-06 08:00": 5.6, "01-10 02:00": 4.8}, 5.0, 4.8),
        ({"01-05 08:00": 5.1, "01-06 08:00": 5.6, "01-10 02:00": 2.0}, 5.0, 4.3),
        ({"01-10 02:00": 6.0}, 5.0, 6.0),
        # Out of reach: what makes it no worse, which is its own day, or the third of three other days.
        ({"01-05 08:00": 12.0, "01-06 08:00": 10.0}, 5.0, 0.0),
        ({"01-05 08:00": 12.0, "01-06 08:00": 10.0, "01-10 02:00": 1.5}, 5.0, 1.5),
        ({"01-05 08:00": 8.0, "01-06 08:00": 8.0, "01-07 08:00": 7.0, "01-10 02:00": 1.5}, 5.0, 7.0),
        ({"01-05 08:00": 12.0}, 5.0, 0.0),
    ],
)
def test_the_budget_of_an_hour_of_three_days(powers: dict[str, float], target: float, expected: float) -> None:
    """The highest mean that this hour may reach with the average at the target."""
    assert budget(NORWAY, powers, "01-10 18:00", target) == pytest.approx(expected, abs=1e-9)


def test_the_budget_without_one_per_day_looks_at_hours() -> None:
    """10 and 2 of the same day are both in the average of three: 18 − 12 is left, and with 7 too, 2 are free."""
    series = Series(one_per_day=False)
    powers = {"01-10 02:00": 10.0, "01-10 03:00": 2.0}
    assert budget(series, powers, "01-10 18:00", 6.0) == 6.0
    assert budget(series, powers, "01-10 18:00", 4.0) == 0.0
    assert budget(series, {**powers, "01-10 04:00": 7.0}, "01-10 18:00", 4.0) == 2.0


def test_the_budget_of_an_hour_that_counts_half_is_twice_as_high() -> None:
    """At night, with nothing before, 5 kW in the average are 10; an hour that does not count is free."""
    series = PRESETS["se_ellevio"].series[0]
    assert budget(series, {}, "01-10 23:00", 5.0) == 10.0
    assert budget(series, {"01-05 08:00": 5.0, "01-06 08:00": 6.0}, "01-10 23:00", 5.0) == 8.0
    assert budget(PRESETS["se_seom"].series[0], {}, "01-09 19:00", 5.0) is None


def test_an_earlier_guess_at_an_hour_does_not_limit_it() -> None:
    """The same hour, added when it was not yet finished, is not another hour."""
    state = followed(NORWAY, {"01-05 08:00": 5.1, "01-06 08:00": 5.6, "01-10 18:00": 4.9})
    assert state.budget(wall("01-10 18:00"), 5.0) == pytest.approx(4.3)
    assert state.budget(wall("01-10 19:00"), 5.0) == pytest.approx(4.9)


def test_the_budget_follows_what_becomes_known() -> None:
    """What an hour finds is computed once, until a period comes or goes; the target may be another each time."""
    state = followed(NORWAY, {"01-05 08:00": 5.1, "01-06 08:00": 5.6})
    now = wall("01-10 18:00")
    assert [state.budget(now, target) for target in (5.0, 6.0)] == pytest.approx([4.3, 7.3])
    state.add(Period(wall("01-05 08:00"), 5.0))
    assert state.budget(now, 5.0) == pytest.approx(4.4)
    state.remove(wall("01-06 08:00"))
    assert state.budget(now, 5.0) == pytest.approx(5.0)


def test_the_first_hour_of_a_month_finds_nothing_of_the_last() -> None:
    """Its month is that of its own beginning, whether `begin` was called or not."""
    state = followed(NORWAY, {"01-05 08:00": 5.1, "01-06 08:00": 5.6})
    assert state.budget(wall("02-01 00:00"), 5.0) == 5.0


def test_what_an_hour_finds_may_be_looked_at() -> None:
    """Two of three places are taken, by 10.7 kW; its own day was at 2 kW."""
    known = periods({"01-05 08:00": 5.0, "01-06 08:00": 5.5, "01-07 08:00": 1.0, "01-10 02:00": 2.0})
    weighed = [weigh(NORWAY, period, OSLO) for period in known]
    this = weigh(NORWAY, Period(wall("01-10 18:00"), 0.0), OSLO)
    assert headroom_of_period(NORWAY, weighed, this) == PeriodHeadroom(weight=1.0, peaks=3, taken_kw=10.5, free_kw=2.0)


# --- from period to period -----------------------------------------------------------------------------------------


def kws(found: tuple[Peak, ...]) -> list[float]:
    """Return the powers of peaks."""
    return [peak.kw for peak in found]


def test_a_corrected_hour_takes_the_place_of_the_guess() -> None:
    """The integral said 8.1, the register says 7.2."""
    state = Peaks.at(wall("01-05 10:00"), NORWAY, OSLO)
    assert state.add(Period(wall("01-05 08:00"), 8.1, Origin.INTEGRATED))
    assert kws(state.current) == [8.1]
    assert state.add(Period(wall("01-05 08:00"), 7.2, Origin.REGISTER))
    assert [(peak.kw, peak.origin) for peak in state.current] == [(7.2, Origin.REGISTER)]


def test_a_day_whose_highest_hour_is_corrected_has_another() -> None:
    """Below the false 20 kW there were 6.9, which the day falls back to, down or away."""
    state = followed(NORWAY, {"01-05 08:00": 20.0, "01-05 09:00": 6.9, "01-06 08:00": 1.0})
    state.add(Period(wall("01-05 08:00"), 0.4))
    assert kws(state.current) == [6.9, 1.0]
    assert state.remove(wall("01-05 09:00"))
    assert kws(state.current) == [1.0, 0.4]
    assert not state.remove(wall("01-05 09:00"))
    assert not state.remove(wall("05-05 09:00"))


def test_a_new_month_begins_empty_and_keeps_the_last() -> None:
    """What comes late still goes to the month it belongs to."""
    state = followed(NORWAY, {"01-05 08:00": 5.0, "01-31 22:00": 6.0})
    state.update_month(wall("02-01 00:00"))
    assert (kws(state.current), kws(state.previous)) == ([], [6.0, 5.0])
    assert state.add(Period(wall("01-31 23:00"), 7.0))
    assert state.add(Period(wall("02-01 00:00"), 2.0))
    assert (kws(state.current), kws(state.previous)) == ([2.0], [7.0, 5.0])
    state.update_month(wall("03-01 00:00"))
    assert (kws(state.current), kws(state.previous)) == ([], [2.0])


def test_what_is_older_than_the_last_month_is_not_taken_and_not_kept() -> None:
    """Nor is what is of a month to come: one of the two clocks is wrong."""
    state = followed(NORWAY, {"01-05 08:00": 5.0, "02-05 08:00": 6.0, "01-06 08:00": 4.0})
    state.update_month(wall("03-01 00:00"))
    assert not state.add(Period(wall("01-07 08:00"), 9.0))
    assert not state.add(Period(wall("04-01 00:00"), 9.0))
    assert len(state.as_dict()["periods"]) == 3
    assert state.add(Period(wall("03-01 00:00"), 1.0))
    assert len(state.as_dict()["periods"]) == 2


@pytest.mark.parametrize("wrong", [datetime(1970, 1, 1, tzinfo=UTC), datetime(2099, 5, 1, tzinfo=UTC)])
def test_a_clock_that_was_wrong_for_a_while_costs_nothing(wrong: datetime) -> None:
    """A computer without a battery starts in 1970 and asks for the time a little later."""
    state = followed(NORWAY, {"01-05 08:00": 5.0})
    state.update_month(wrong)
    assert not state.add(Period(wall("01-05 09:00"), 6.0))
    assert state.current == ()
    state.update_month(wall("01-05 10:00"))
    assert kws(state.current) == [5.0]


def test_a_late_hour_under_a_clock_that_is_behind_costs_no_newer_month() -> None:
    """Nothing is thrown away but what is older than the month before the one that is believed to be now."""
    state = followed(NORWAY, {"03-05 08:00": 5.0})
    state.update_month(wall("02-01 00:00"))
    assert state.add(Period(wall("01-31 23:00"), 6.0))
    state.update_month(wall("03-05 09:00"))
    assert kws(state.current) == [5.0]


def test_the_state_survives_a_restart() -> None:
    """As plain JSON, with both months."""
    state = followed(NORWAY, {"01-05 08:00": 5.0, "02-05 08:00": 6.25})
    state.add(Period(wall("02-06 08:00"), 7.125, Origin.MANUAL))
    stored = json.loads(json.dumps(state.as_dict()))
    assert stored["periods"][0] == [1767596400, 5.0, "register"]
    other = Peaks.at(wall("02-07 00:00"), NORWAY, OSLO)
    other.restore(stored)
    assert other.current == state.current
    assert other.previous == state.previous
    assert other.as_dict() == state.as_dict()


def test_the_users_word_outlives_what_the_hours_are_kept_as() -> None:
    """After a restart these are taken first. What was stored counts only where they know nothing, or he has said it."""
    state = followed(NORWAY, {"01-05 08:00": 9.0, "01-06 08:00": 5.0, "01-07 08:00": 2.0, "01-08 08:00": 1.0})
    assert state.remove(wall("01-05 08:00"))
    state.remove(wall("01-04 08:00"))
    state.add(Period(wall("01-06 08:00"), 4.0, Origin.MANUAL))
    stored = json.loads(json.dumps(state.as_dict()))
    assert stored["removed"] == [1767510000, 1767596400]
    assert {type(second) for second in stored["removed"]} == {int}
    other = followed(NORWAY, {"01-05 08:00": 9.0, "01-06 08:00": 5.0, "01-07 08:00": 3.0})
    other.restore(stored)
    assert [(peak.kw, peak.origin) for peak in other.current] == [
        (4.0, Origin.MANUAL),
        (3.0, Origin.REGISTER),
        (1.0, Origin.REGISTER),
    ]
    assert other.as_dict()["removed"] == stored["removed"]
    del stored["removed"]
    older = Peaks.at(wall("01-09 00:00"), NORWAY, OSLO)
    older.restore(stored)
    assert kws(older.current) == [4.0, 2.0, 1.0]


def test_what_the_user_has_removed_is_known_as_long_as_its_month() -> None:
    """A period that is said anew is none of them any more."""
    state = followed(NORWAY, {"01-05 08:00": 9.0, "02-05 08:00": 5.0, "02-06 08:00": 4.0})
    for start in ("01-05 08:00", "02-05 08:00", "02-06 08:00"):
        state.remove(wall(start))
    state.add(Period(wall("02-06 08:00"), 4.0))
    assert state.as_dict()["removed"] == [1767596400, 1770274800]
    state.update_month(wall("03-01 09:00"))
    state.add(Period(wall("03-01 08:00"), 1.0))
    assert state.as_dict()["removed"] == [1770274800]


def test_hours_are_not_restored_as_quarters() -> None:
    """Who changes the rule to quarters begins anew. Any other change finds its peaks among what is kept."""
    stored = followed(NORWAY, {"01-05 08:00": 5.0, "01-05 09:00": 4.0}).as_dict()
    quarters = Peaks.at(wall("01-06 00:00"), Series(period=QUARTER), OSLO)
    quarters.restore(stored)
    assert quarters.current == ()
    several = Peaks.at(wall("01-06 00:00"), Series(one_per_day=False), OSLO)
    several.restore(stored)
    assert kws(several.current) == [5.0, 4.0]


def test_a_calendar_of_holidays_holds_for_what_was_before() -> None:
    """Who chooses one in the middle of a month sees all of the month by it, and by another one later."""
    state = followed(PRESETS["se_seom"].series[0], {"01-06 12:00": 9.0, "01-07 12:00": 5.0})
    assert kws(state.current) == [9.0, 5.0]
    state.set_holidays({date(2026, 1, 6)})
    assert kws(state.current) == [5.0]
    assert state.budget(wall("01-06 13:00"), 5.0) is None
    state.set_holidays([])
    assert kws(state.current) == [9.0, 5.0]


@pytest.mark.parametrize("kw", [-0.1, float("nan"), float("inf")])
def test_what_is_no_power_of_import_is_refused(kw: float) -> None:
    """It would be the highest of its month, or the lowest, or compare with nothing."""
    with pytest.raises(ValueError, match="no mean power of import"):
        Period(wall("01-05 08:00"), kw)
    with pytest.raises(ValueError, match="with an offset"):
        Period(wall("01-05 08:00").replace(tzinfo=None), 1.0)


def test_the_same_moment_is_the_same_period_in_any_zone() -> None:
    """Even of the hour that comes twice, which compares as unequal to itself elsewhere."""
    state = Peaks.at(wall("10-26 00:00"), NORWAY, OSLO)
    state.add(Period(wall("10-25 02:00", fold=1), 3.0))
    state.add(Period(datetime(2026, 10, 25, 3, tzinfo=timezone(timedelta(hours=2))), 4.0))
    assert kws(state.current) == [4.0]
    assert state.budget(wall("10-25 02:00", fold=1), 5.0) == 5.0
    assert state.remove(wall("10-25 02:00", fold=1))
    assert state.current == ()


# --- rules as data -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_goes_through_json_and_back(name: str) -> None:
    """It is the start of who builds a rule of his own."""
    rule = PRESETS[name]
    assert Rule.from_dict(json.loads(json.dumps(rule.as_dict()))) == rule


STEPS = [{"from_kw": kw} for kw in (0, 2, 5, 10, 15, 20, 25, 50, 75, 100)]
WINTER = [11, 12, 1, 2, 3]
WORKDAYS = {"weekdays": [1, 2, 3, 4, 5]}
WRITTEN: dict[str, list[dict[str, Any]]] = {
    "no_three_days": [{"peaks": 3, "one_per_day": True, "steps": STEPS}],
    "no_single_hour": [{"peaks": 1, "steps": STEPS}],
    "se_goteborg": [{"peaks": 3}],
    "se_ellevio": [{"windows": [{"begins": "22:00", "ends": "06:00", "weight": 0.5}, {}]}],
    "se_seom": [
        {"one_per_day": False, "windows": [WORKDAYS | {"holidays": "never", "begins": "07:00", "ends": "19:00"}]}
    ],
    "se_falkenberg": [
        {"windows": [WORKDAYS | {"months": WINTER, "holidays": "never", "begins": "06:00", "ends": "20:00"}]}
    ],
    "se_malarenergi": [{"peaks": 1, "windows": [WORKDAYS | {"holidays": "never", "begins": "07:00", "ends": "19:00"}]}],
    "se_skovde": [{"peaks": 1, "windows": [WORKDAYS | {"months": WINTER, "begins": "06:00", "ends": "22:00"}]}],
    "se_karlstad": [
        {"peaks": 1},
        {"peaks": 1, "windows": [WORKDAYS | {"months": WINTER, "begins": "06:00", "ends": "18:00"}]},
    ],
    "se_linde": [
        {"peaks": 1},
        {"peaks": 1, "windows": [WORKDAYS | {"months": WINTER, "begins": "07:00", "ends": "19:00"}]},
    ],
    "se_five_days": [{"peaks": 5}],
    "fi_60min_8kw": [{"peaks": 1, "allowance_kw": 8.0}],
    "be_15min": [{"peaks": 1, "period": 15}],
}


def test_each_preset_is_what_a_user_would_write() -> None:
    """The table a second time, in the words of who builds a rule of his own."""
    assert {name: Rule.from_dict({"series": series}) for name, series in WRITTEN.items()} == dict(PRESETS)


def test_a_rule_with_prices_goes_through_json_and_back() -> None:
    steps = Series(steps=(Step(0.0, 125.0), Step(2.0, 206.5)), threshold_belongs_to_higher=False)
    by_kw = Series(peaks=31, prices=(Price(81.25, (1, 2)), Price(40.5)), allowance_kw=2.0, minimum_kw=2.5)
    rule = Rule((steps, by_kw))
    assert Rule.from_dict(json.loads(json.dumps(rule.as_dict()))) == rule


def test_without_windows_every_month_can_have_peaks() -> None:
    """So a month without any has no average yet, and is not free. With windows those count that have a weight."""
    assert all(Series().counts_in(month) for month in range(1, 13))
    winter = Series(windows=(Window(months=(6,), weight=0.0), Window(months=(1, 2))))
    assert [month for month in range(1, 13) if winter.counts_in(month)] == [1, 2]


def test_what_a_user_leaves_out_is_the_usual() -> None:
    """Three days, hours, no windows."""
    assert Rule.from_dict({"series": [{}]}) == Rule() == PRESETS["se_goteborg"]
    assert (Window.from_dict({}), Price.from_dict({"per_kw": 1})) == (Window(), Price(1.0))
    assert (Window().begins, Window().ends) == (time(0), time(0))
    typed = {"series": [{"windows": [{"begins": "22:00", "ends": "24:00"}], "steps": [{"from_kw": 0}]}]}
    series = Rule.from_dict(typed).series[0]
    assert series.windows[0].as_dict()["begins"] == "22:00:00"
    assert (series.windows[0].weight, series.steps[0].price) == (1.0, None)


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"peaks": 0}, "peaks", "1 to 31"),
    ({"peaks": 2.5}, "peaks", "whole number"),
    ({"peaks": True}, "peaks", "whole number"),
    ({"one_per_day": 1}, "one_per_day", "true or false"),
    ({"period": 30}, "period", "one of 60, 15"),
    ({"period": [60]}, "period", "one of 60, 15"),
    ({"windows": {}}, "windows", "list"),
    ({"windows": [[]]}, "windows[0]", "mapping"),
    ({"windows": [{}, {"months": []}]}, "windows[1].months", "at least one"),
    ({"windows": [{"months": [0]}]}, "windows[0].months", "1 to 12"),
    ({"windows": [{"months": "may"}]}, "windows[0].months", "whole numbers"),
    ({"windows": [{"weekdays": [8]}]}, "windows[0].weekdays", "1 to 7"),
    ({"windows": [{"weekdays": ["1"]}]}, "windows[0].weekdays", "whole numbers"),
    ({"windows": [{"holidays": "often"}]}, "windows[0].holidays", "any, never, only"),
    ({"windows": [{"begins": "25:00"}]}, "windows[0].begins", "time of day"),
    ({"windows": [{"ends": 7}]}, "windows[0].ends", "time of day"),
    ({"windows": [{"ends": "07:00+01:00"}]}, "windows[0].ends", "without an offset"),
    ({"windows": [{"weight": -1}]}, "windows[0].weight", "0 or more"),
    ({"windows": [{"weight": float("nan")}]}, "windows[0].weight", "0 or more"),
    ({"windows": [{"weight": "half"}]}, "windows[0].weight", "number"),
    ({"windows": [{"mass": 1}]}, "windows[0].mass", "not known"),
    ({"steps": [{"price": 1}]}, "steps[0].from_kw", "number"),
    ({"steps": [{"from_kw": 2}]}, "steps", "from 0 kW"),
    ({"steps": [{"from_kw": 0}, {"from_kw": 5}, {"from_kw": 5}]}, "steps", "more kW than"),
    ({"steps": [{"from_kw": 0}, {"from_kw": 5}, {"from_kw": 2}]}, "steps", "more kW than"),
    ({"steps": [{"from_kw": 0, "price": -1}]}, "steps[0].price", "0 or more"),
    ({"threshold_belongs_to_higher": None}, "threshold_belongs_to_higher", "true or false"),
    ({"peaks": 32}, "peaks", "1 to 31"),
    ({"windows": [{"begins": "07:00+01:00"}]}, "windows[0].begins", "without an offset"),
    ({"steps": [{"from_kw": -1}]}, "steps[0].from_kw", "0 or more"),
    ({"steps": [{"from_kw": 0, "up_to": 5}]}, "steps[0].up_to", "not known"),
    ({"prices": [{"per_kw": 1, "price": 5}]}, "prices[0].price", "not known"),
    ({"prices": [{"per_kw": -1}]}, "prices[0].per_kw", "0 or more"),
    ({"prices": [{"per_kw": True}]}, "prices[0].per_kw", "number"),
    ({"prices": [{"per_kw": 10**400}]}, "prices[0].per_kw", "too large"),
    ({"prices": [{"per_kw": 1, "months": [13]}]}, "prices[0].months", "1 to 12"),
    ({"prices": [{"per_kw": 1}], "steps": [{"from_kw": 0}]}, "prices", "either"),
    ({"allowance_kw": -8}, "allowance_kw", "0 or more"),
    ({"minimum_kw": float("inf")}, "minimum_kw", "0 or more"),
    ({"name": "mine"}, "name", "not known"),
]


@pytest.mark.parametrize(("series", "field", "reason"), WRONG)
def test_an_error_names_the_field(series: dict[str, Any], field: str, reason: str) -> None:
    """Who types a rule is told where it is wrong, and what would be right."""
    with pytest.raises(ValueError, match=reason) as error:
        Rule.from_dict({"series": [{}, series]})
    assert str(error.value).startswith(f"series[1].{field}: ")
    assert getattr(error.value, "field", None) == f"series[1].{field}"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "series: at least one"),
        ({"series": 3}, "series: must be a list"),
        ([], "must be a mapping"),
        ({"rows": []}, "rows: is not known"),
    ],
)
def test_a_rule_has_series(data: Any, message: str) -> None:
    """And nothing else."""
    with pytest.raises(ValueError, match=f"^{message}"):
        Rule.from_dict(data)


def test_a_series_made_in_code_is_checked_too() -> None:
    """Any period that is no hour and no quarter would be none that the meter has."""
    with pytest.raises(ValueError, match="period: must be one of 60, 15 minutes"):
        Series(period=timedelta(minutes=30))


# --- by chance, against the reference ------------------------------------------------------------------------------


@pytest.mark.slow
def test_thousands_of_months_agree_with_the_reference() -> None:
    """Each with a rule of its own, of two zones, two of seven with a change of the hour, most with many holes."""
    for seed in range(2500):
        chance = random.Random(seed)
        series, east = any_series(chance), chance.choice((1, 2))
        powers = any_month(chance, series, east, chance.choice((1, 0.3, 0.1, 0.1, 0.1, 0.02, 0.02, 0.02)))
        check_month(series, east, powers, any_holidays(chance, powers, east))


@pytest.mark.slow
def test_a_thousand_budgets_are_what_halving_finds() -> None:
    """The reference tries one mean after the other and computes the whole average of each."""
    for seed in range(1000):
        chance = random.Random(seed)
        series, east = any_series(chance), chance.choice((1, 2))
        powers = any_month(chance, series, east, 0.002 * chance.choice((1, 5, 20)))
        second = chance.choice(sorted(powers))
        if chance.random() < 0.8:
            del powers[second]  # else it is known already, as a guess
        holidays = any_holidays(chance, powers, east)
        check_budget(series, east, powers, holidays, second, chance.choice((1, 2.5, 5, 9.99, 12)))


SOME_SERIES = st.builds(
    Series,
    peaks=st.integers(1, 4),
    one_per_day=st.booleans(),
    windows=st.lists(
        st.builds(
            Window,
            weekdays=st.sampled_from((WEEKDAYS, (1, 2, 3, 4, 5), (6, 7))),
            holidays=st.sampled_from(Holidays),
            begins=st.sampled_from((time(0), time(2), time(6))),
            ends=st.sampled_from((time(0), time(2), time(3), time(22))),
            weight=st.sampled_from((1.0, 0.5, 0.0)),
        ),
        max_size=2,
    ).map(tuple),
    steps=st.just(NORWAY.steps),
    threshold_belongs_to_higher=st.booleans(),
)
SOME_HOURS = st.dictionaries(st.integers(-30, 100), st.sampled_from((0, 2500, 5000, 5001, 9000)), max_size=12)


@settings(max_examples=200, deadline=None)
@given(
    SOME_SERIES,
    SOME_HOURS,
    st.sampled_from(("03-28", "10-24")),
    st.integers(-30, 100),
    st.sampled_from((2.0, 5.0, 7.5)),
)
def test_whatever_chance_brings_around_a_change_of_the_hour_agrees(
    series: Series, hours: dict[int, float], day: str, this: int, target: float
) -> None:
    """The same with hypothesis, which would name the simplest month that does not. The Monday after is a holiday."""
    origin = int(wall(f"{day} 12:00").timestamp())
    turned = f"{wall(day) + timedelta(days=2):%F}"
    powers = {
        second: watts
        for hour, watts in hours.items()
        if reference.local(second := origin + 3600 * hour, 1).month == int(day[:2])
    }
    check_month(series, 1, powers, {turned})
    second = origin + 3600 * this
    if reference.local(second, 1).month == int(day[:2]):
        check_budget(series, 1, powers, {turned}, second, target)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-40, 40), st.sampled_from((0, 1, 2.5, 4, 9, None)), st.booleans()), max_size=60),
    st.integers(0, 3),
)
def test_adding_correcting_removing_and_restarting_end_where_a_fresh_look_does(
    doings: list[tuple[int, float | None, bool]], kind: int
) -> None:
    """Around the turn from October to November: what is kept is the periods, in whatever order they came."""
    series = (NORWAY, PRESETS["se_ellevio"].series[0], PRESETS["se_seom"].series[0], Series(peaks=2))[kind]
    turn = wall("11-01 00:00").astimezone(UTC)
    state, known = Peaks.at(turn, series, OSLO), dict[datetime, Period]()
    for hour, kw, restart in doings:
        start = turn + timedelta(hours=5 * hour)
        if kw is None:
            assert state.remove(start) is (known.pop(start, None) is not None)
        else:
            known[start] = Period(start, kw)
            assert state.add(known[start])
        if restart:
            stored, state = json.dumps(state.as_dict()), Peaks.at(turn, series, OSLO)
            state.restore(json.loads(stored))
    assert state.current == peaks(series, [p for p in known.values() if p.start >= turn], OSLO)
    assert state.previous == peaks(series, [p for p in known.values() if p.start < turn], OSLO)


@given(st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_any_rule_goes_through_json_and_back(chance: random.Random) -> None:
    """What a user built is what he finds again."""
    priced = Series(prices=(Price(chance.random(), (chance.choice(MONTHS),)), Price(chance.random())))
    rule = Rule((any_series(chance), priced))
    assert Rule.from_dict(json.loads(json.dumps(rule.as_dict()))) == rule
