"""What lists say of the power between them."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.han_port.analysis.flow import Flow
from custom_components.han_port.analysis.hour import Hours
from custom_components.han_port.decoder.quantities import Quantity

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
IMPORT, EXPORT = Quantity.POWER_IMPORT, Quantity.POWER_EXPORT

type Lists = tuple[tuple[float, float | None, float | None], ...]
"""Seconds after ten, import and export (W); None: not in the list."""


def exports(lists: Lists, *, is_restarted: bool = False) -> list[tuple[float, float]]:
    """Return the exports that go into the integral: seconds after ten, and W."""
    flow, found = Flow(), []
    for second, imported, exported in lists:
        powers = {IMPORT: imported, EXPORT: exported}
        values = {quantity: power for quantity, power in powers.items() if power is not None}
        found += [
            ((each.at - TEN).total_seconds(), each.power)
            for each in flow.update(values, TEN + timedelta(seconds=second))
            if each.quantity is EXPORT
        ]
        if is_restarted:
            flow = Flow.from_dict(json.loads(json.dumps(flow.as_dict())))
    return found


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize(
    ("lists", "found"),
    [
        (((0, 500, 0), (2, 0, None), (4, 0, None), (10, 0, 3_000)), [(0, 0), (2, 3_000), (10, 3_000)]),
        (((0, 0, 3_000), (2, 0, None), (4, 0, None), (6, 500, None)), [(0, 3_000), (4, 3_000), (6, 0)]),
        (((0, 0, 3_000), (2, 0, None), (10, 500, 0)), [(0, 3_000), (2, 3_000), (10, 0)]),
        (((0, 0, 3_000), (2, 0, None), (10, 0, 1_000)), [(0, 3_000), (10, 1_000)]),
        (((0, 0, 0), (2, 0, None), (10, 0, 0)), [(0, 0), (10, 0)]),
        (((0, 500, None), (2, 0, None), (62, 0, 3_000)), [(0, 0), (2, 3_000), (62, 3_000)]),
        (((0, 500, None), (2, 0, None), (63, 0, 3_000)), [(0, 0), (63, 3_000)]),
        (((0, 0, None), (10, 0, 3_000)), [(10, 3_000)]),
        (((0, 0, None), (2, 0, None)), []),
        (((0, None, 3_000), (10, 0, 3_000)), [(0, 3_000), (10, 3_000)]),
    ],
    ids=[
        "begins",
        "ends",
        "ends in a full list",
        "changes",
        "is none",
        "a minute",
        "longer",
        "first",
        "unknown",
        "alone",
    ],
)
def test_lists_of_an_import_of_nothing_say_when_an_export_began_and_ended(
    lists: Lists, found: list[tuple[float, float]], is_restarted: bool
) -> None:
    """For a minute at most. From one export to another it changes evenly, as any power does."""
    assert exports(lists, is_restarted=is_restarted) == found


def test_an_export_that_began_between_two_full_lists_is_booked_from_there_on() -> None:
    """3600 W from 2 s on, up from nothing in the 2 s before; evenly from 0 to 10 s it would be 5 Wh."""
    hours = Hours()
    for second, values in ((0, {IMPORT: 500.0, EXPORT: 0.0}), (2, {IMPORT: 0.0}), (10, {IMPORT: 0.0, EXPORT: 3_600.0})):
        hours.update(values, TEN + timedelta(seconds=second), None)
    assert hours.totals[Quantity.ENERGY_EXPORT].integral.sum.energy == pytest.approx(9.0)
