"""What the running hour comes to."""

from datetime import UTC, datetime, timedelta
from typing import Self, override

import pytest

from custom_components.han_port.analysis.forecast import Forecast, Running, Status
from custom_components.han_port.analysis.integral import Integral
from custom_components.han_port.analysis.periods import HOUR, QUARTER
from tests.support.houses import EVERY, SteadyHouse

TEN = datetime(2026, 1, 15, 10, tzinfo=UTC)


def at(minute: float) -> datetime:
    return TEN + timedelta(minutes=minute)


class House(SteadyHouse):
    """A house of which the running period is forecast."""

    def __init__(self, begin: datetime, length: timedelta = HOUR) -> None:
        super().__init__(begin)
        self.integral, self.running = Integral(), Running(length)

    @override
    def until(self, moment: datetime, watts: float, *, dark: bool = False) -> Self:
        """Let time pass at a power, with what is heard at that moment too."""
        return super().until(moment + timedelta(microseconds=1), watts, dark=dark)

    @override
    def hear(self) -> None:
        self.integral.add(self.watts, self.now)
        self.running.update(self.integral, self.now)

    @property
    def forecast(self) -> Forecast:
        found = self.running.forecast(self.integral, self.now - EVERY)
        assert found is not None
        return found


def test_half_an_hour_at_two_kilowatts_and_now_four_make_three() -> None:
    forecast = House(at(-5)).until(at(30), 2_000.0).until(at(32), 4_000.0).forecast
    assert forecast.so_far == pytest.approx(1_000 + 4_000 * 2 / 60, abs=6)
    assert forecast.power == pytest.approx(4_000.0, rel=0.05)
    assert forecast.mean == pytest.approx(forecast.so_far + 4_000 * 28 / 60, rel=0.03)
    assert forecast.low == pytest.approx(forecast.so_far + 2_000 * 28 / 60, abs=10)
    assert forecast.high == pytest.approx(forecast.mean)


def test_what_is_left_of_a_budget_is_what_may_still_be_used_and_how_fast() -> None:
    forecast = House(at(-5)).until(at(30), 2_000.0).forecast
    assert forecast.remaining(5_000.0) == pytest.approx(4_000.0, abs=1)
    assert forecast.available(5_000.0) == pytest.approx(8_000 - 2_000, abs=5)
    assert forecast.remaining(500.0) == 0.0
    assert forecast.available(500.0) == pytest.approx(-1_000 - 2_000, abs=5), "it must fall below nothing"


def test_in_the_last_minute_little_energy_is_not_made_much_power() -> None:
    forecast = House(at(-5)).until(at(59.5), 2_000.0).forecast
    assert forecast.available(2_100.0) == pytest.approx((2_100 - forecast.so_far) * 60 - 2_000, abs=1)


@pytest.mark.parametrize(
    ("budget", "status"),
    [(2_600.0, Status.OK), (2_400.0, Status.WARNING), (1_900.0, Status.ALARM)],
)
def test_the_status_is_what_the_forecast_says_of_the_budget(budget: float, status: Status) -> None:
    assert House(at(-5)).until(at(20), 2_000.0).forecast.status(budget) is status


def test_an_hour_that_was_entered_in_its_middle_counts_what_is_known_for_the_rest() -> None:
    forecast = House(at(20)).until(at(40), 3_000.0).forecast
    assert forecast.so_far == pytest.approx(2_000.0, rel=0.01)
    assert forecast.mean == pytest.approx(3_000.0, rel=0.01)


def test_a_quarter_has_its_own_forecast() -> None:
    forecast = House(at(-5), QUARTER).until(at(16), 4_000.0).forecast
    assert forecast.start == at(15)
    assert forecast.so_far == pytest.approx(4_000 / 60, rel=0.01)
    assert forecast.mean == pytest.approx(4_000.0, rel=0.01)
    assert forecast.available(4_000.0) == pytest.approx(0.0, abs=1)


def test_after_a_minute_of_silence_nothing_is_forecast() -> None:
    house = House(at(0)).until(at(20), 2_000.0)
    assert house.running.forecast(house.integral, at(21.0)) is not None
    assert house.running.forecast(house.integral, at(21.01)) is None


def test_a_single_reading_is_no_forecast() -> None:
    house = House(at(0)).until(at(0), 2_000.0)
    assert house.running.forecast(house.integral, at(0)) is None


def test_after_a_long_silence_the_power_of_now_begins_anew() -> None:
    house = House(at(0)).until(at(10), 8_000.0)
    house.now = at(30)
    forecast = house.until(at(31), 1_000.0).forecast
    assert forecast.power == pytest.approx(1_000.0)
    assert (forecast.low, forecast.high) == (pytest.approx(forecast.mean), pytest.approx(forecast.mean))


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(minutes=-4)])
def test_a_clock_that_is_set_begins_the_mean_power_anew(jump: timedelta) -> None:
    """It would wait for the time that was left, for a day."""
    house = House(at(-5)).until(at(20), 2_000.0)
    house.now += jump
    forecast = house.until(house.now + timedelta(minutes=15), 4_000.0).forecast
    assert forecast.power == pytest.approx(4_000.0)
    assert forecast.mean > 3_000.0


@pytest.mark.parametrize(
    ("mean", "status"),
    [(2_000.0, Status.OK), (2_000.1, Status.WARNING), (2_500.0, Status.WARNING), (2_500.1, Status.ALARM)],
)
def test_the_warning_is_the_last_half_kilowatt_below_the_budget(mean: float, status: Status) -> None:
    forecast = Forecast(TEN, 0.0, mean, mean, mean, mean, HOUR, HOUR)
    assert forecast.status(2_500.0) is status


def test_the_power_of_now_is_the_mean_of_two_minutes() -> None:
    """From one reading to the next it goes straight: of the 120 seconds, ten are halfway."""
    house = House(at(0)).until(at(20), 1_000.0).until(at(21), 5_000.0)
    assert house.forecast.power == pytest.approx((60 * 1_000 + 10 * 3_000 + 50 * 5_000) / 120)
    assert house.until(at(22), 5_000.0).forecast.power == pytest.approx((10 * 3_000 + 110 * 5_000) / 120)
    assert house.until(at(22.2), 5_000.0).forecast.power == pytest.approx(5_000.0)


def test_of_a_slow_meter_the_power_of_now_is_that_between_its_last_two_readings() -> None:
    integral, running = Integral(), Running(HOUR)
    for minute, watts in ((0, 1_000.0), (3, 2_000.0), (6, 4_000.0), (9, 8_000.0)):
        integral.add(watts, at(minute))
        running.update(integral, at(minute))
    forecast = running.forecast(integral, at(9))
    assert forecast is not None
    assert forecast.power == pytest.approx(6_000.0)
    assert forecast.low == pytest.approx(forecast.so_far + 1_500 * 51 / 60)


def test_a_reading_that_is_just_more_than_two_minutes_old_is_not_of_now() -> None:
    integral, running = Integral(), Running(HOUR)
    for second, watts in ((0.0, 1_000.0), (60.0, 1_000.0), (120.5, 7_000.0)):
        integral.add(watts, TEN + timedelta(seconds=second))
        running.update(integral, TEN + timedelta(seconds=second))
    forecast = running.forecast(integral, TEN + timedelta(seconds=120.5))
    assert forecast is not None
    assert forecast.power == pytest.approx(4_000.0)


def test_one_second_is_enough_for_a_power_of_now() -> None:
    integral, running = Integral(), Running(HOUR)
    for second in (0, 1):
        integral.add(2_000.0, TEN + timedelta(seconds=second))
        running.update(integral, TEN + timedelta(seconds=second))
    forecast = running.forecast(integral, TEN + timedelta(seconds=1))
    assert forecast is not None
    assert forecast.power == pytest.approx(2_000.0)


def test_the_band_is_that_of_the_last_ten_minutes() -> None:
    house = House(at(0)).until(at(10), 1_000.0).until(at(20), 5_000.0)
    forecast = house.forecast
    assert forecast.low == pytest.approx(forecast.so_far + 1_000 * 40 / 60)
    assert forecast.high == pytest.approx(forecast.mean) == pytest.approx(forecast.so_far + 5_000 * 40 / 60)
    forecast = house.until(house.now, 5_000.0).forecast
    least = (110 * 1_000 + 10 * 3_000) / 120
    assert forecast.low == pytest.approx(forecast.so_far + least * (3_600 - 1_210) / 3_600)


@pytest.mark.parametrize(("minutes", "is_known"), [(5.0, True), (5.1, False)])
def test_over_five_minutes_of_silence_the_band_is_kept_and_over_more_it_begins_anew(
    minutes: float, is_known: bool
) -> None:
    """As the energy is."""
    house = House(at(0)).until(at(10), 8_000.0)
    house.now = at(10 + minutes)
    house.until(house.now, 1_000.0)
    assert (house.running.forecast(house.integral, at(10 + minutes)) is not None) is is_known
    forecast = house.until(at(16), 1_000.0).forecast
    assert forecast.high == pytest.approx(forecast.so_far + (8_000 if is_known else 1_000) * forecast.left / HOUR)


def test_two_readings_of_one_instant_take_nothing_from_the_band() -> None:
    house = House(at(-5)).until(at(30), 2_000.0).until(at(32), 4_000.0)
    house.running.update(house.integral, house.now - timedelta(seconds=10))
    assert house.forecast.low == pytest.approx(house.forecast.so_far + 2_000 * 28 / 60, abs=10)


def test_an_even_power_is_the_forecast_to_the_watt() -> None:
    """From the first second of a period on, in which nothing has flowed yet."""
    house = House(at(-5)).until(at(0), 2_000.0)
    assert (house.forecast.start, house.forecast.so_far) == (TEN, 0.0)
    for minute in (0, 30, 59):
        forecast = house.until(at(minute), 2_000.0).forecast
        assert (forecast.low, forecast.mean, forecast.high) == pytest.approx((2_000.0, 2_000.0, 2_000.0))


def solar(imported: float, exported: float, minutes: int) -> Forecast:
    """Return the forecast some minutes into an hour of even powers (W)."""
    taken, given, running = Integral(), Integral(), Running(HOUR)
    for second in range(-300, minutes * 60 + 1, 10):
        now = TEN + timedelta(seconds=second)
        taken.add(imported, now)
        given.add(exported, now)
        running.update(taken, now, given)
    found = running.forecast(taken, at(minutes))
    assert found is not None
    return found


def test_what_is_exported_can_be_used_before_anything_is_taken() -> None:
    """Nothing was taken of 2 kWh in half an hour: 4 kW from the grid, and the 6 kW that are given away."""
    forecast = solar(0.0, 6_000.0, 30)
    assert forecast.export == pytest.approx(6_000.0)
    assert forecast.available(2_000.0) == pytest.approx(4_000 + 6_000)
    assert forecast.available(0.0) == pytest.approx(6_000.0), "a budget that is used up switches nothing off"
    assert forecast.mean == 0.0


def test_a_house_with_two_phases_in_and_one_out_has_the_difference() -> None:
    """Some meters tell both at once."""
    assert solar(1_500.0, 2_500.0, 15).available(1_500.0) == pytest.approx(1_500 - (1_500 - 2_500))


@pytest.mark.parametrize(("minute", "is_estimated"), [(21, True), (39, True), (40, False), (59, False)])
def test_an_hour_is_an_estimate_until_half_of_it_was_heard(minute: int, is_estimated: bool) -> None:
    assert House(at(20)).until(at(minute), 3_000.0).forecast.is_estimated is is_estimated
