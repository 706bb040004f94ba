"""Rules and months by chance, and how the engine is held against the reference with them.

Both the tests and `scripts/figures hour` use this.
"""

from datetime import UTC, date, datetime
from functools import cache
import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.han_port.analysis.peaks import Peaks
from custom_components.han_port.analysis.rules import MONTHS, WEEKDAYS, Series
from custom_components.han_port.analysis.tariff import Period, average, peaks, step

from . import tariff_reference as reference

OSLO = ZoneInfo("Europe/Oslo")
HELSINKI = ZoneInfo("Europe/Helsinki")
ZONES = {1: OSLO, 2: HELSINKI}
CLOCKS = ("00:00", "06:00", "07:00", "06:15", "19:00", "22:00", "23:45")


def any_window(chance: random.Random) -> dict[str, Any]:
    """Return a window in which a month has at least a chance to count."""
    return {
        "months": sorted(chance.sample(MONTHS, chance.choice((12, 12, 9, 5)))),
        "weekdays": sorted(chance.sample(WEEKDAYS, chance.choice((7, 5, 5, 3)))),
        "holidays": chance.choice(("any", "any", "never", "only")),
        "begins": chance.choice(CLOCKS),
        "ends": chance.choice(CLOCKS),
        "weight": chance.choice((1, 1, 0.5, 0.25, 2, 0)),
    }


def any_series(chance: random.Random) -> Series:
    """Return one of the rules that a user could build."""
    data = {
        "peaks": chance.choice((1, 2, 3, 3, 5, 10)),
        "one_per_day": chance.random() < 0.6,
        "period": chance.choice((60, 60, 60, 15)),
        "windows": [any_window(chance) for _ in range(chance.choice((0, 1, 1, 2, 3)))],
        "steps": [{"from_kw": kw} for kw in (0, 2, 5, 7.5, 10)],
        "threshold_belongs_to_higher": chance.random() < 0.5,
    }
    return Series.from_dict(data)


@cache
def starts_of(year: int, month: int, length: int, east: int) -> list[int]:
    """Return the seconds at which the periods of a month begin."""
    before = int(datetime(year, month, 1, tzinfo=UTC).timestamp()) - 6 * 3600
    walls = [(second, reference.local(second, east)) for second in range(before, before + 32 * 86400, length)]
    return [second for second, on_wall in walls if (on_wall.year, on_wall.month) == (year, month)]


def any_month(chance: random.Random, series: Series, east: int, share: float) -> dict[int, float]:
    """Return the watts of a share of the periods of a month; often coarse, so that there are ties and thresholds."""
    year, month = chance.choice((2024, 2025, 2026)), chance.choice((*MONTHS, 3, 3, 10, 10))
    starts = starts_of(year, month, int(series.period.total_seconds()), east)
    coarse = chance.choice((1, 500, 2500))
    known = sorted(chance.sample(starts, max(1, round(share * len(starts)))))
    return {second: chance.randrange(0, 15_000, coarse) for second in known}


def any_holidays(chance: random.Random, powers: dict[int, float], east: int) -> set[str]:
    """Return some of the days of a month."""
    days = sorted({str(reference.local(second, east))[:10] for second in powers})
    return set(chance.sample(days, min(len(days), chance.choice((0, 2, 8)))))


def as_periods(powers: dict[int, float]) -> list[Period]:
    """Return what the engine is given."""
    return [Period(datetime.fromtimestamp(second, UTC), watts / 1000) for second, watts in powers.items()]


def check_month(series: Series, east: int, powers: dict[int, float], holidays: set[str]) -> None:
    """Compare peaks, average and step of a month."""
    days = {date.fromisoformat(day) for day in holidays}
    expected = reference.peaks(series.as_dict(), powers, east, holidays)
    found = peaks(series, as_periods(powers), ZONES[east], days)
    assert [(peak.start.timestamp(), peak.kw * 1000, peak.weight * 4) for peak in found] == [
        (second, pytest.approx(watts), weight) for second, watts, weight in expected
    ]
    shown_mean, exact = average(series, found), reference.mean(expected)
    if shown_mean is None or exact is None:
        assert shown_mean is exact
        return
    assert shown_mean.kw * 1000 == pytest.approx(float(exact), abs=0.001)
    assert shown_mean.complete is (len(expected) == series.peaks)
    level = step(series, shown_mean.kw)
    assert level
    assert level.index == reference.step(series.as_dict(), exact)


def check_budget(
    series: Series, east: int, powers: dict[int, float], holidays: set[str], second: int, target: float
) -> None:
    """Compare what the period from `second` may have, with the others of its month known."""
    start, days = datetime.fromtimestamp(second, UTC), {date.fromisoformat(day) for day in holidays}
    state = Peaks.at(start, series, ZONES[east], days)
    assert all(state.add(period) for period in as_periods(powers))
    expected = reference.budget(series.as_dict(), powers, second, target * 1000, east, holidays)
    allowed = state.budget(start, target)
    assert (allowed is None) is (expected is None)
    if allowed is not None and expected is not None:
        assert allowed * 1000 == pytest.approx(expected, abs=0.001)
