"""What lists say of the power between them."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.han_port.analysis.flow import MAX_GAP_OF_MEANS, Flow, Net, hidden
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


# --- means ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("powers", "wh"),
    [
        ((3_600, 900, -3_600), 3.75),
        ((-3_600, 900, 3_600), 3.75),
        ((3_600, -900, -3_600), 3.75),
        ((7_200, 0, -3_600), 20 / 3),
        ((3_600, 900, 300), 0.0),
        ((3_600, 4_000, -3_600), 0.0),
        ((3_600, -4_000, -3_600), 0.0),
        ((3_600, 0, 0), 0.0),
    ],
)
def test_a_mean_between_import_and_export_hides_as_much_of_both(powers: tuple[float, ...], wh: float) -> None:
    """900 W of 3600 and -3600 are 6.25 s of one and 3.75 s of the other: 6.25 Wh of import, of which 2.5 show."""
    nets = [Net(power, TEN + timedelta(seconds=10 * number)) for number, power in enumerate(powers)]
    assert hidden(*nets) == pytest.approx(wh)
    late = nets[2]._replace(at=nets[1].at + MAX_GAP_OF_MEANS + timedelta(seconds=1))
    assert hidden(nets[0], nets[1], late) == 0.0


@pytest.mark.parametrize(
    ("second", "imported", "exported", "wh"),
    [(20, 0, 3_600, 3.75), (20, 0, None, 0.0), (30, 0, 3_600, 0.0), (20, None, 3_600, 0.0)],
)
def test_what_a_mean_hid_is_known_with_the_next_full_list(
    second: int, imported: float | None, exported: float | None, wh: float
) -> None:
    flow = Flow()
    for before, power in ((0, 3_600.0), (10, 900.0)):
        list(flow.update({IMPORT: power}, TEN + timedelta(seconds=before)))
    powers = {IMPORT: imported, EXPORT: exported}
    values = {quantity: power for quantity, power in powers.items() if power is not None}
    assert {each.hidden for each in flow.update(values, TEN + timedelta(seconds=second))} == {wh}


@pytest.mark.parametrize(
    ("seconds", "over"),
    [
        ((0,), [10]),
        ((0, 10, 20, 30), [10, 10, 10, 10]),
        ((0, 10, 20, 42), [10, 10, 10, 22]),
        ((0, 10, 20, 43), [10, 10, 10, 10]),
        ((0, 2, 4, 6, 8, 16), [10, 2, 2, 2, 2, 2]),
        ((0, 2, 2, 1), [10, 2, 2, 2]),
    ],
)
def test_a_list_is_the_mean_since_the_one_before_if_none_was_lost(seconds: tuple[int, ...], over: list[float]) -> None:
    """After a longer time than usual it is the mean of the usual time."""
    flow = Flow()
    found = [next(flow.update({IMPORT: 1.0}, TEN + timedelta(seconds=second))) for second in seconds]
    assert [each.mean_over.total_seconds() for each in found] == over
