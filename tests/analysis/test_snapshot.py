"""What registers were at a time between two readings, and what passed in a quarter of an hour."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.periods import QUARTER
from custom_components.han_port.analysis.snapshot import FinishedQuarter, Snapshot, finished_quarter, snapshots_between
from custom_components.han_port.decoder.quantities import Quantity

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
IMPORT, EXPORT = Quantity.ENERGY_IMPORT, Quantity.ENERGY_EXPORT


@pytest.mark.parametrize(
    ("before", "after", "energy"),
    [
        ({IMPORT: 1_000.0, EXPORT: 50.0}, {IMPORT: 1_250.0, EXPORT: 50.0}, {IMPORT: 250.0, EXPORT: 0.0}),
        ({IMPORT: 1_000.0, EXPORT: 50.0}, {IMPORT: 1_000.0}, {IMPORT: 0.0}),
        ({IMPORT: 1_000.0}, {IMPORT: 1_000.5, EXPORT: 50.0}, {IMPORT: 0.5}),
        ({IMPORT: 1_000.0}, {IMPORT: 3.0}, {}),
    ],
)
def test_a_quarter_takes_what_its_two_registers_differ_by(
    before: Mapping[Quantity, float], after: Mapping[Quantity, float], energy: Mapping[Quantity, float]
) -> None:
    """Nothing is a number too. A register that came or went, or that begins anew, tells nothing."""
    quarter = finished_quarter(Snapshot(TEN, before), Snapshot(TEN + QUARTER, after))
    assert quarter == FinishedQuarter(TEN, energy, Origin.REGISTER)
    assert finished_quarter(Snapshot(TEN, before), Snapshot(TEN + 2 * QUARTER, after)) is None


@pytest.mark.parametrize(("apart", "is_exact"), [(120, True), (121, False)])
def test_a_stand_between_readings_two_minutes_apart_is_as_good_as_read(apart: int, is_exact: bool) -> None:
    """A quarter of the way lies in front of the hour."""
    before = Snapshot(TEN - timedelta(seconds=apart / 4), {IMPORT: 1_000.0, EXPORT: 1.0})
    after = Snapshot(TEN + timedelta(seconds=apart * 3 / 4), {IMPORT: 1_100.0})
    assert list(snapshots_between(before, after, QUARTER)) == [Snapshot(TEN, {IMPORT: 1_025.0}, is_exact)]
    assert finished_quarter(Snapshot(TEN - QUARTER, {IMPORT: 1.0}), Snapshot(TEN, {IMPORT: 2.0}, is_exact)) == (
        TEN - QUARTER,
        {IMPORT: 1.0},
        Origin.REGISTER if is_exact else Origin.MIXED,
    )
