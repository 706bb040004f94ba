"""Whether lists tell means: their registers say."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.han_port.analysis.hour import Hours
from custom_components.han_port.analysis.means_check import MeansCheck
from custom_components.han_port.decoder.quantities import Quantity

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)


def check_after(*hours: tuple[float, float]) -> bool:
    """Return what is found after hours of which moments and means missed so many Wh."""
    check = MeansCheck()
    for moments, means in hours:
        check.add(moments, means)
        check = MeansCheck.from_list(json.loads(json.dumps(check.as_list())))
    return check.are_means


UP, DOWN = (20.0, 2.0), (-20.0, 2.0)
COARSE = ((120.0, 100.0), (-120.0, -100.0), (-80.0, -100.0), (80.0, 100.0))


@pytest.mark.parametrize(
    ("hours", "are_means"),
    [
        ((UP, DOWN) * 6, True),
        ((UP, DOWN) * 5, False),
        ((UP, DOWN, (3.0, 3.4)) * 5, False),
        (((2.0, 20.0), (2.0, -20.0)) * 6, False),
        (((10.0, -10.0), (-10.0, 10.0)) * 6, False),
        (COARSE * 50, False),
        (COARSE * 240, True),
        ((UP, DOWN) * 6 + ((2.0, 20.0), (2.0, -20.0)) * 40, False),
    ],
    ids=["means", "few", "the same", "moments", "between", "coarse", "coarse and long", "changed"],
)
def test_what_moments_miss_is_what_they_differ_by_if_lists_tell_means(
    hours: tuple[tuple[float, float], ...], are_means: bool
) -> None:
    """Twelve hours say so at the soonest, and registers of 200 Wh after weeks."""
    assert check_after(*hours) is are_means


@pytest.mark.parametrize(
    ("hours", "are_means"),
    [
        ((), True),
        (COARSE * 50, True),
        (((2.0, 20.0), (2.0, -20.0)) * 5, True),
        (((2.0, 20.0), (2.0, -20.0)) * 6, False),
        (((10.0, -10.0), (-10.0, 10.0)) * 6, True),
    ],
    ids=["none", "coarse", "few", "moments", "between"],
)
def test_what_is_known_of_a_maker_holds_until_registers_say_otherwise(
    hours: tuple[tuple[float, float], ...], are_means: bool
) -> None:
    """It is said with each list. Of registers of 200 Wh weeks say nothing, of fine ones twelve hours are enough."""
    check = MeansCheck()
    for moments, means in hours:
        check.expect()
        check.add(moments, means)
    check.expect()
    assert check.are_means is are_means


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize(("changes_at", "are_means"), [(0, True), (5, False)])
def test_the_registers_choose_how_lists_are_taken(changes_at: int, are_means: bool, is_restarted: bool) -> None:
    """12 kW each second hour, from its first second or its sixth on; lists tell the mean of ten seconds, or the moment.

    Either is exact if taken so. Means taken for moments miss 16.7 Wh an hour until the registers of twelve say so.
    """
    hours, missed, energy, at_hour = Hours(), [], 7.0, 0.0
    for second in range(0, 18 * 3_600, 10):
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
    assert [round(abs(each), 1) for each in missed[2:]] == ([16.7] * 12 + [0.0] * 4 if are_means else [0.0] * 16)
