"""What a power adds up to: over silences, over quarters of an hour, and when the clock is set back."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.han_port.analysis.integral import MAX_MARKS, Integral, Sum
from custom_components.han_port.analysis.periods import QUARTER

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    """Return so many seconds."""
    return timedelta(seconds=count)


def integral(*powers: tuple[float, float]) -> Integral:
    """Return what was told, from seconds after ten o'clock and watts."""
    made = Integral()
    for at, watts in powers:
        made.add(watts, TEN + seconds(at))
    return made


@pytest.mark.parametrize(("gap", "energy"), [(10, 10.0), (300, 300.0), (301, 0.0)])
def test_over_more_than_five_minutes_a_power_says_nothing(gap: int, energy: float) -> None:
    """Neither backwards nor forwards."""
    made = integral((0, 3_600.0), (gap, 3_600.0))
    assert made.sum == pytest.approx((energy, energy))
    assert integral((0, 3_600.0)).extrapolated(TEN + seconds(gap)) == pytest.approx((energy, energy))


def test_nothing_is_ahead_of_no_power_and_behind_the_last_one() -> None:
    """A time before the last reading is a clock that was set back."""
    assert Integral().extrapolated(TEN) == (0.0, 0.0)
    made = integral((0, 3_600.0), (10, 3_600.0))
    assert made.extrapolated(TEN + seconds(10)) == made.extrapolated(TEN) == made.sum


def test_the_power_goes_straight_from_one_reading_to_the_next_over_a_quarter() -> None:
    """From nothing to 3600 W in 20 s, of which the hour gets the second half, three times as much as the first."""
    made = integral((-910, 0.0), *((at, 0.0) for at in range(-850, 0, 60)), (-10, 0.0), (10, 3_600.0))
    assert made.sum.energy == pytest.approx(10.0)
    told = made.between(TEN - QUARTER, TEN)
    assert told == pytest.approx((2.5, 900.0))
    assert made.between(TEN, TEN + QUARTER) is None


def test_a_clock_that_is_set_back_a_little_is_waited_for() -> None:
    """What it tells until then would be counted twice. Of more than five minutes it is the new time."""
    assert integral((0, 3_600.0), (-300, 7_200.0), (60, 3_600.0)).sum == pytest.approx((60.0, 60.0))
    assert integral((0, 3_600.0), (-301, 7_200.0), (-291, 7_200.0)).sum == pytest.approx((20.0, 10.0))


def test_marks_are_kept_from_one_on_and_not_for_ever() -> None:
    """The one that is asked for is among them."""
    made = integral(*((at, 3_600.0) for at in range(0, 3_601, 300)))
    made.forget_before(TEN + 2 * QUARTER)
    assert list(made.marks) == [TEN + number * QUARTER for number in (2, 3, 4)]
    made = integral((0, 1.0), (86_400 * 40, 1.0))
    assert len(made.marks) == MAX_MARKS
    assert max(made.marks) == TEN + timedelta(days=40)


def test_what_a_clock_that_is_set_back_has_marked_is_forgotten() -> None:
    """Of the time to come; and where it was ahead, of the silence that was none. What was before it stays."""

    def marks(*times: int) -> list[int]:
        made = integral(*((at, 3_600.0) for at in times))
        return [int((mark - TEN).total_seconds()) // 60 for mark in made.marks]

    hour = range(0, 3_601, 300)
    assert marks(*hour) == [15, 30, 45, 60]
    assert marks(*hour, 3_600 - 1_000) == [15, 30]
    assert marks(*hour, 10_000) == [15, 30, 45, 60, 75, 90, 105, 120, 135, 150, 165]
    assert marks(*hour, 10_000, 3_900) == [15, 30, 45, 60]
    assert marks(*hour, 10_000, *range(10_200, 12_000, 300), 11_000) == [*range(15, 184, 15)]


def test_what_was_added_up_is_in_another_scale_from_now_on() -> None:
    """The last power too: the next one goes on from there."""
    made = integral((0, 3_600.0), (300, 3_600.0))
    made.rescale(10.0)
    made.add(36_000.0, TEN + seconds(310))
    assert made.sum == pytest.approx((3_100.0, 310.0))
    assert made.marks == {}
    made = integral((-10, 3_600.0), (0, 3_600.0))
    made.rescale(0.5)
    assert made.marks == {TEN: pytest.approx((5.0, 10.0))}


@pytest.mark.parametrize(
    ("second", "energy"),
    [(180, 0.0), (185, 5.0), (190, 10.0), (195, 20.0), (200, 30.0), (80, 0.0), (79, 30.0), (201, 30.0), (-900, 7.0)],
)
def test_the_sum_of_two_minutes_is_known_at_each_second(second: int, energy: float) -> None:
    """Between two readings, as if the power were even. Longer ago at full quarters; else it is that of now."""
    made = integral((80, 0.0), *((at, 0.0) for at in range(90, 181, 10)), (190, 7_200.0), (200, 7_200.0))
    made.marks[TEN - QUARTER] = Sum(7.0, 0.0)
    assert made.when(TEN + seconds(second)).energy == pytest.approx(energy)


@pytest.mark.parametrize(
    ("over", "hidden", "energy"), [(10, 0.0, 30.0), (5, 0.0, 22.5), (0, 0.0, 15.0), (20, 0.0, 30.0), (10, 4.0, 34.0)]
)
def test_a_mean_holds_over_its_time_and_changes_evenly_before(over: int, hidden: float, energy: float) -> None:
    """10800 W after nothing for 10 s; over longer than since the last one it is not the mean of."""
    made = integral((0, 0.0))
    made.add_mean(10_800.0, TEN + seconds(10), seconds(over), hidden)
    assert made.sum == pytest.approx((energy, 10.0))


def test_a_mean_over_a_quarter_is_parted_by_it() -> None:
    made = integral((-4, 0.0))
    made.add_mean(3_600.0, TEN + seconds(6), seconds(10), 0.0)
    assert made.marks[TEN] == pytest.approx((4.0, 4.0))


def test_a_mean_that_comes_late_or_first_adds_nothing() -> None:
    """Of the time before the first there is nothing that it could be added to; an earlier one was counted."""
    made = Integral()
    made.add_mean(3_600.0, TEN, seconds(10), 5.0)
    assert made.sum == (0.0, 0.0)
    made.add_mean(3_600.0, TEN - seconds(10), seconds(10), 5.0)
    assert made.sum == (0.0, 0.0)
    made.add_mean(3_600.0, TEN + seconds(301), seconds(10), 0.0)
    assert made.sum.covered in (0.0, 301.0)
