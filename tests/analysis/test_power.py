"""The powers of one moment, against figures worked out by hand."""

from collections.abc import Callable

import pytest

from custom_components.han_port.analysis.power import (
    active,
    apparent_power,
    apparent_powers,
    exports,
    power_factor,
    quadrant,
    reactive,
    signed,
)
from custom_components.han_port.decoder.quantities import Quantity
from tests.analysis.values import CURRENTS, VOLTAGES, Values, phases, powers, without


@pytest.mark.parametrize(
    ("power_import", "power_export", "expected"),
    [
        (2148.0, 0.0, 2148.0),
        (0.0, 1500.0, -1500.0),
        (0.0, 0.0, 0.0),
        (2148.0, None, 2148.0),
        (0.0, None, 0.0),
        (None, 1500.0, None),
        (None, None, None),
        (300.0, 1500.0, 300.0),
    ],
)
def test_export_is_negative(power_import: float | None, power_export: float | None, expected: float | None) -> None:
    """One of the two is zero. If both are not, the export is from the list before and is over."""
    assert signed(power_import, power_export) == expected


def test_nothing_is_not_a_negative_nothing() -> None:
    """A state of "-0.0" looks like a fault."""
    assert str(signed(0.0, 0.0)) == "0.0"
    assert str(signed(0.0, None)) == "0.0"


def test_export_of_either_power_is_negative() -> None:
    values = powers(-1500.0, -250.0)
    assert active(values) == -1500.0
    assert reactive(values) == -250.0
    values = powers(1500.0, 250.0)
    assert active(values) == 1500.0
    assert reactive(values) == 250.0


@pytest.mark.parametrize(("taken", "given", "is_so"), [(0.0, 1.0, True), (1.0, 0.0, False), (0.0, 0.0, False)])
def test_a_house_that_gives_more_than_it_takes_exports(*, taken: float, given: float, is_so: bool) -> None:
    assert exports({Quantity.POWER_IMPORT: taken, Quantity.POWER_EXPORT: given}) is is_so
    assert exports({}) is False


def test_reactive_power_that_flows_both_ways_at_a_time_is_netted() -> None:
    values = {Quantity.REACTIVE_POWER_IMPORT: 27.0, Quantity.REACTIVE_POWER_EXPORT: 152.0}
    assert reactive(values) == -125.0


def test_an_active_export_beside_an_import_is_of_an_earlier_list() -> None:
    assert active({Quantity.POWER_IMPORT: 300.0, Quantity.POWER_EXPORT: 1500.0}) == 300.0


def test_a_meter_without_export_has_import_alone() -> None:
    assert active({Quantity.POWER_IMPORT: 300.0}) == 300.0
    assert reactive({Quantity.REACTIVE_POWER_IMPORT: 40.0}) == 40.0


def test_without_import_a_power_is_not_known() -> None:
    assert active({Quantity.POWER_EXPORT: 300.0}) is None
    assert reactive({Quantity.REACTIVE_POWER_EXPORT: 40.0}) is None


@pytest.mark.parametrize(("p", "q"), [(300.0, 400.0), (-300.0, 400.0), (-300.0, -400.0), (300.0, -400.0)])
def test_apparent_power_and_power_factor_have_no_sign(p: float, q: float) -> None:
    assert apparent_power(powers(p, q)) == 500.0
    assert power_factor(powers(p, q)) == 0.6


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [
        (300.0, 400.0, 1),
        (-300.0, 400.0, 2),
        (-300.0, -400.0, 3),
        (300.0, -400.0, 4),
        (300.0, 0.0, 1),
        (-300.0, 0.0, 2),
        (0.0, 300.0, 1),
        (0.0, -300.0, 4),
    ],
)
def test_the_quadrant_is_that_of_the_standard(p: float, q: float, expected: int) -> None:
    """IEC 62053-23. A power of zero counts as import."""
    assert quadrant(powers(p, q)) == expected


def test_below_fifty_volt_amperes_there_is_no_angle() -> None:
    least, less = powers(-30.0, 40.0), powers(-30.0, 39.0)
    assert (apparent_power(least), power_factor(least), quadrant(least)) == (50.0, 0.6, 2)
    assert (power_factor(less), quadrant(less)) == (None, None)
    assert apparent_power(less) == pytest.approx(49.204, abs=0.001)


@pytest.mark.parametrize("missing", [Quantity.POWER_IMPORT, Quantity.REACTIVE_POWER_IMPORT])
@pytest.mark.parametrize("function", [apparent_power, power_factor, quadrant])
def test_without_one_of_the_powers_there_is_no_angle(
    function: Callable[[Values], float | None], missing: Quantity
) -> None:
    assert function(without(powers(300.0, 400.0), missing)) is None


def test_a_phase_has_its_own_powers_where_the_meter_tells_them() -> None:
    """300 W and 400 var of L2, whatever the house takes."""
    of_phase = {
        Quantity.POWER_IMPORT_L2: 0.0,
        Quantity.POWER_EXPORT_L2: 300.0,
        Quantity.REACTIVE_POWER_IMPORT_L2: 400.0,
        Quantity.REACTIVE_POWER_EXPORT_L2: 0.0,
    }
    values = powers(5000.0, 0.0) | of_phase
    assert (active(values, 2), reactive(values, 2), apparent_power(values, 2)) == (-300.0, 400.0, 500.0)
    assert (power_factor(values, 2), quadrant(values, 2)) == (0.6, 2)
    assert (power_factor(values, 1), quadrant(values, 1)) == (None, None)


def test_of_nothing_nothing_follows() -> None:
    alone = (active, reactive, apparent_power, power_factor, quadrant, apparent_powers)
    assert [function({}) for function in alone] == [None] * 6


# --- the same in two ways ------------------------------------------------------------------------------------------


def test_the_apparent_power_is_found_by_powers_and_by_currents() -> None:
    """Only phases that have both are counted, and neither a sign nor an export changes a size."""
    values = powers(-300.0, 400.0) | phases(VOLTAGES, 230.0, 231.0, 232.0) | phases(CURRENTS, 2.0, -3.0, None)
    assert apparent_powers(values) == (500.0, 460.0 + 693.0, 2)


def test_a_meter_that_sends_no_reactive_power_is_taken_to_have_none() -> None:
    values = {Quantity.POWER_IMPORT: 300.0, Quantity.REACTIVE_POWER_EXPORT: 400.0}
    assert apparent_powers(values) == (300.0, 0.0, 0)


def test_without_an_active_power_there_is_nothing_to_compare() -> None:
    assert apparent_powers(without(powers(300.0, 400.0), Quantity.POWER_IMPORT)) is None
