"""Whether lists tell means: their registers say."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.han_port.analysis.hour import Hours
from custom_components.han_port.analysis.means_check import MeansCheck
from custom_components.han_port.decoder.quantities import Quantity

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("taken", "otherwise", "hours", "are_means"),
    [
        (20.0, 5.0, 6, True),
        (20.0, 5.0, 5, False),
        (20.0, 14.1, 24, False),
        (20.0, 13.9, 24, True),
        (2.0, 0.0, 24, False),
        (5.0, 20.0, 24, False),
    ],
)
def test_from_six_hours_on_the_way_is_taken_that_misses_less(
    taken: float, otherwise: float, hours: int, are_means: bool
) -> None:
    """By a third, and by more than a few watt hours."""
    check = MeansCheck()
    for number in range(hours):
        assert not check.are_means, f"after {number} hours"
        check.add(taken, otherwise)
        check = MeansCheck.from_dict(json.loads(json.dumps(check.as_dict())))
        if check.are_means and hours > 6:
            break
    assert check.are_means is are_means


def test_what_was_chosen_wrongly_is_chosen_back() -> None:
    """The hours before it was chosen do not count."""
    check = MeansCheck()
    for _ in range(6):
        check.add(20.0, 5.0)
    assert check.are_means
    for _ in range(5):
        check.add(20.0, 5.0)
    assert check.are_means
    check.add(20.0, 5.0)
    assert not check.are_means


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize(("changes_at", "are_means"), [(0, True), (5, False)])
def test_the_registers_choose_how_lists_are_taken(changes_at: int, are_means: bool, is_restarted: bool) -> None:
    """12 kW each second hour, from its first second or its sixth on; lists tell the mean of ten seconds, or the moment.

    Either is exact if taken so. Means taken for moments miss 16.7 Wh an hour, until the registers of six have said so.
    """
    hours, missed, energy, at_hour = Hours(), [], 0.0, 0.0
    for second in range(0, 12 * 3_600, 10):
        now, is_hourly = TEN + timedelta(seconds=second), second % 3_600 == 10
        on = [(each - changes_at) // 3_600 % 2 for each in range(second - 10, second + 1)]
        energy += 12_000 / 3_600 * sum(on[:-1]) if second else 0.0
        if second % 3_600 == 0:
            at_hour = energy
            missed.append((hours.totals[Quantity.ENERGY_IMPORT].at(now) or 0.0) - energy)
        values = {Quantity.POWER_IMPORT: 12_000.0 * (on[0] if are_means else on[-1])}
        values |= {Quantity.ENERGY_IMPORT: at_hour} if is_hourly else {}
        hours.update(values, now, TEN + timedelta(seconds=second - 10) if is_hourly else None)
        if is_restarted and is_hourly:
            hours = Hours.from_dict(json.loads(json.dumps(hours.as_dict())))
    assert [round(abs(each), 1) for each in missed[2:]] == ([16.7] * 6 + [0.0] * 4 if are_means else [0.0] * 10)
