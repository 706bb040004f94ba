"""When hours and quarters of an hour begin."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.han_port.analysis.periods import HOUR, QUARTER, end_at_hand, period_start

TEN = datetime(2026, 1, 15, 10, tzinfo=UTC)


def at(minute: float) -> datetime:
    return TEN + timedelta(minutes=minute)


@pytest.mark.parametrize(
    ("moment", "length", "start"),
    [(at(59), HOUR, at(0)), (at(60), HOUR, at(60)), (at(44.9), QUARTER, at(30)), (at(45), QUARTER, at(45))],
)
def test_a_period_begins_at_the_hour_or_at_a_quarter(moment: datetime, length: timedelta, start: datetime) -> None:
    assert period_start(moment, length) == start


def test_a_period_begins_to_the_microsecond() -> None:
    moment = TEN + timedelta(minutes=44, seconds=59, microseconds=999_999)
    assert period_start(moment, QUARTER) == at(30)
    assert period_start(moment, HOUR) == TEN


def test_a_timer_that_comes_late_looks_not_ahead_to_the_end_of_the_next_quarter() -> None:
    """A total would be shown with a quarter of an hour of the present power, and never steps back."""
    half = datetime(2026, 1, 15, 12, 30, tzinfo=UTC)
    assert end_at_hand(half - timedelta(seconds=1)) == half
    assert end_at_hand(half - timedelta(seconds=2)) == half
    for late in (timedelta(), timedelta(seconds=0.2), timedelta(minutes=5)):
        assert end_at_hand(half + late) == half + late
