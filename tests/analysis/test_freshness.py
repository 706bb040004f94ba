"""Which values may still be shown."""

import pytest

from custom_components.han_port.analysis.freshness import LIVE_FOR, REGISTER_FOR, Freshness
from custom_components.han_port.decoder.quantities import Quantity

POWER, VOLTAGE, REGISTER = Quantity.POWER_IMPORT, Quantity.VOLTAGE_L1, Quantity.ENERGY_IMPORT


def heard_every(seconds: float, times: int, quantity: Quantity = POWER) -> tuple[Freshness, float]:
    """Return what follows from a quantity at a steady pace, and when it came last."""
    freshness = Freshness()
    for number in range(times):
        freshness.update([quantity], number * seconds)
    return freshness, (times - 1) * seconds


def test_what_was_never_heard_does_not_hold() -> None:
    """There is nothing to show."""
    freshness = Freshness()
    assert not freshness.is_fresh(POWER, 0.0)
    assert freshness.last_heard(POWER) is None


@pytest.mark.parametrize("seconds", [2.0, 2.5, 10.0])
def test_a_momentary_value_holds_for_half_a_minute(seconds: float) -> None:
    """However often it comes: a list or two may be lost on the way."""
    freshness, last = heard_every(seconds, 20)
    assert LIVE_FOR == 30.0
    assert freshness.last_heard(POWER) == last
    assert freshness.is_fresh(POWER, last + 30.0)
    assert not freshness.is_fresh(POWER, last + 30.1)


def test_a_value_heard_once_holds_for_half_a_minute() -> None:
    """Its interval is not known yet."""
    freshness, last = heard_every(10.0, 1)
    assert freshness.is_fresh(POWER, last + 30.0)
    assert not freshness.is_fresh(POWER, last + 30.1)


def test_a_slow_meter_is_given_three_of_its_intervals() -> None:
    """Else a meter that sends once a minute would come and go every minute."""
    freshness, last = heard_every(60.0, 10)
    assert freshness.is_fresh(POWER, last + 180.0)
    assert not freshness.is_fresh(POWER, last + 180.1)


def test_a_line_that_speaks_now_and_then_is_not_believed_for_half_an_hour() -> None:
    """A fuse is guarded by what is live. Two long gaps in a row are no slow meter but a bad line."""
    freshness, last = heard_every(600.0, 10)
    assert freshness.is_fresh(POWER, last + 300.0)
    assert not freshness.is_fresh(POWER, last + 300.1)


def test_an_interval_is_known_after_two_gaps() -> None:
    """One gap alone may be an outage."""
    freshness, last = heard_every(60.0, 2)
    assert freshness.interval(POWER) == 0.0
    assert not freshness.is_fresh(POWER, last + 30.1)
    freshness, last = heard_every(60.0, 3)
    assert freshness.interval(POWER) == 60.0
    assert freshness.is_fresh(POWER, last + 180.0)


def test_one_long_gap_does_not_make_a_dead_line_look_alive() -> None:
    """An outage of an hour, and then the line dies again: half a minute later nothing holds."""
    freshness, last = heard_every(10.0, 20)
    for gap in (3600.0, 10.0, 3600.0):
        last += gap
        freshness.update([POWER], last)
        assert freshness.interval(POWER) == 10.0
        assert freshness.is_fresh(POWER, last + 30.0)
        assert not freshness.is_fresh(POWER, last + 30.1)


def test_lost_messages_do_not_make_a_slow_meter() -> None:
    """Of a meter with lists of ten seconds, two of three are lost for a minute and a half. Then the line dies."""
    freshness, last = heard_every(10.0, 20)
    for gap in (30.0, 30.0, 10.0, 30.0, 30.0, 10.0, 20.0, 20.0):
        last += gap
        freshness.update([POWER], last)
        assert freshness.interval(POWER) == 10.0
        assert freshness.is_fresh(POWER, last + 30.0)
        assert not freshness.is_fresh(POWER, last + 30.1)


def test_a_list_between_the_usual_ones_does_not_make_a_fast_meter() -> None:
    """Once an hour a list with the registers comes a few seconds after the one of the minute."""
    freshness, last = heard_every(60.0, 10)
    for gap in (5.0, 55.0, 60.0, 60.0, 60.0, 60.0):
        last += gap
        freshness.update([POWER], last)
        assert freshness.is_fresh(POWER, last + 165.0)


def test_a_register_holds_for_two_hours_and_ten_minutes() -> None:
    """Norwegian meters send it once an hour, and one list may be lost."""
    freshness, last = heard_every(3600.0, 3, REGISTER)
    assert REGISTER_FOR == 7800.0
    assert freshness.is_fresh(REGISTER, last + 7800.0)
    assert not freshness.is_fresh(REGISTER, last + 7800.1)


def test_a_register_that_comes_all_the_time_holds_as_long() -> None:
    """A running total does not become wrong by standing still."""
    freshness, last = heard_every(10.0, 20, REGISTER)
    assert freshness.is_fresh(REGISTER, last + 7800.0)


def test_every_quantity_has_its_own_time() -> None:
    """The power of the short list is fresh while the voltage of the long one is not."""
    freshness = Freshness()
    freshness.update([POWER, VOLTAGE], 0.0)
    for second in range(2, 60, 2):
        freshness.update([POWER], second)
    assert freshness.is_fresh(POWER, 60.0)
    assert not freshness.is_fresh(VOLTAGE, 60.0)
    assert freshness.last_heard(VOLTAGE) == 0.0


def test_a_restored_value_is_as_old_as_it_is() -> None:
    """What was measured before a restart does not become fresh by it."""
    freshness = Freshness()
    freshness.restore(REGISTER, -7000.0)
    freshness.restore(POWER, -31.0)
    assert freshness.is_fresh(REGISTER, 800.0)
    assert not freshness.is_fresh(REGISTER, 801.0)
    assert not freshness.is_fresh(POWER, 0.0)


def test_the_pause_over_a_restart_is_no_interval() -> None:
    """A home that was down for ten minutes must not show a dead line's power for half an hour."""
    freshness = Freshness()
    freshness.restore(POWER, 0.0)
    freshness.update([POWER], 600.0)
    assert not freshness.is_fresh(POWER, 630.1)
    freshness.update([POWER], 610.0)
    assert freshness.is_fresh(POWER, 640.0)
    assert not freshness.is_fresh(POWER, 640.1)
