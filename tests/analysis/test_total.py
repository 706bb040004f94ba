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
