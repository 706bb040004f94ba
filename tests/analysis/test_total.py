"""A running total: which registers are new, and how it goes on where they do not."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.han_port.analysis.total import Total

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("register", "at", "is_new"),
    [
        (1_000.0, TEN, False),
        (1_000.0, TEN - HOUR, False),
        (900.0, TEN, False),
        (1_001.0, TEN, True),
        (1_001.0, TEN - HOUR, True),
        (1_000.0, TEN + HOUR, True),
        (900.0, TEN + HOUR, True),
    ],
)
def test_a_register_is_new_that_is_later_or_greater(register: float, at: datetime, is_new: bool) -> None:
    """Some meters repeat the list of the hour before, clock and all. An hour of nothing has the same register."""
    total = Total()
    assert total.update_register(1_000.0, TEN, is_often=False) is True
    assert total.update_register(register, at, is_often=False) is is_new
    assert total.at() == (register if is_new else 1_000.0)


@pytest.mark.parametrize("at", [TEN - HOUR, TEN, TEN + HOUR])
def test_the_next_register_of_another_count_goes_on_from_the_total(at: datetime) -> None:
    """A new meter begins low, and its first list may be one that was sent at the same hour."""
    total = Total()
    total.update_register(1_000.0, TEN, is_often=False)
    assert total.at() == 1_000.0
    total.start_new_count()
    assert total.at() == 1_000.0
    assert total.update_register(5.0, at, is_often=False) is True
    assert total.at() == 1_000.0
    total.update_register(7.5, at + HOUR, is_often=False)
    assert total.at() == 1_002.5


def test_a_total_that_nobody_has_seen_begins_with_the_next_register() -> None:
    """There is nothing that it could go on from."""
    total = Total()
    total.start_new_count()
    total.update_register(5.0, TEN, is_often=False)
    assert total.at() == 5.0


def test_a_total_goes_on_by_the_power_until_the_other_count_begins() -> None:
    """A new meter's first register comes up to an hour after its first power: that hour must not be missing."""
    total = Total()
    total.update_register(1_000.0, TEN, is_often=False)
    for minute in range(0, 121, 5):
        if minute == 30:
            total.start_new_count()
        total.update_power(6_000.0, TEN + minute * timedelta(minutes=1))
    assert total.at() == 13_000.0
    assert total.since_register() == ((12_000.0, 7_200.0), TEN)
    total.update_register(5.0, TEN + HOUR, is_often=False)
    assert total.at() == 13_000.0, "6 kWh at the register's hour, and 6 kWh since"
    total.update_register(6_505.0, TEN + 2 * HOUR, is_often=False)
    assert total.at() == 13_500.0


def test_a_total_of_which_the_power_is_rescaled_stays_and_then_grows_in_the_new_scale() -> None:
    """What is known of the power since the register was in the old scale."""
    total = Total()
    total.update_register(1_000.0, TEN, is_often=False)
    total.update_power(3_000.0, TEN)
    total.update_power(3_000.0, TEN + timedelta(minutes=4))
    assert total.at() == 1_200.0
    total.rescale(20.0)
    assert total.at() == 1_200.0
    total.update_power(60_000.0, TEN + timedelta(minutes=5))
    assert total.at() == 2_200.0
