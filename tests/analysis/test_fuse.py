"""The main fuse: what it has left, and when it has too much."""

import math

import pytest

from custom_components.han_port.analysis.fuse import Guard, allowed_seconds, available_power, line_currents, utilisation
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.decoder.quantities import Quantity

I1, I2, I3 = Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3
IMPORT, EXPORT = Quantity.POWER_IMPORT, Quantity.POWER_EXPORT
IMPORT_1, EXPORT_1 = Quantity.POWER_IMPORT_L1, Quantity.POWER_EXPORT_L1


# --- which way a current flows -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "told"),
    [
        (SupplySystem.TN, {1: -21.3, 2: 4.0, 3: 5.0}),
        (SupplySystem.IT, {1: 21.3, 2: 4.0, 3: 5.0}),
        (None, {1: 21.3, 2: 4.0, 3: 5.0}),
    ],
)
def test_a_negative_current_is_export_only_where_there_is_a_neutral(
    system: SupplySystem | None, told: dict[int, float]
) -> None:
    """In an IT system it is that of a measuring element's power: an Aidon says -7.4 A while it imports."""
    assert line_currents({I1: -21.3, I2: 4.0, I3: 5.0}, system) == told


def test_a_line_exports_if_its_powers_say_so() -> None:
    """P1 meters tell sizes of currents, and the power of each phase."""
    values = {I1: 8.0, I2: 3.0, IMPORT_1: 0.0, EXPORT_1: 1800.0}
    assert line_currents(values, SupplySystem.TN) == {1: -8.0, 2: 3.0}
    assert line_currents(values | {EXPORT_1: 0.0, IMPORT_1: 1800.0}, SupplySystem.TN) == {1: 8.0, 2: 3.0}
    assert line_currents(values, SupplySystem.IT) == {1: 8.0, 2: 3.0}
    assert line_currents(values | {I1: -8.0}, SupplySystem.TN) == {1: -8.0, 2: 3.0}, "some tell the sign as well"


def test_the_power_of_the_house_says_it_only_where_there_is_one_phase() -> None:
    assert line_currents({I1: 8.0, IMPORT: 0.0, EXPORT: 1800.0}, SupplySystem.ONE_PHASE) == {1: -8.0}
    assert line_currents({I1: 8.0, I2: 1.0, IMPORT: 0.0, EXPORT: 1800.0}, SupplySystem.TN) == {1: 8.0, 2: 1.0}


def test_a_line_that_is_not_measured_is_not_there() -> None:
    assert line_currents({I1: 8.0, I3: 9.0, IMPORT: 2000.0}, SupplySystem.IT) == {1: 8.0, 3: 9.0}
    assert line_currents({IMPORT: 2000.0}, SupplySystem.IT) == {}


# --- what is left ---------------------------------------------------------------------------------------------------


def test_utilisation_is_that_of_the_greatest_current_whichever_way_it_flows() -> None:
    assert utilisation({1: 10.0, 2: -20.0, 3: 5.0}, 25.0) == 80.0


@pytest.mark.parametrize(
    ("system", "left", "volts", "watts"),
    [
        (SupplySystem.TN, {1: 10.0, 2: 5.0, 3: 1.0}, {1: 230.0, 2: 231.0, 3: 229.0}, 690.0),
        (SupplySystem.TN, {1: 28.0, 2: 20.0, 3: 17.0}, {}, 3 * 230.0 * 17.0),
        (SupplySystem.TN, {1: 10.0, 3: 5.0}, {}, 2 * 230.0 * 5.0),
        (SupplySystem.IT, {1: 10.0, 3: 5.0}, {1: 232.0, 3: 228.0}, math.sqrt(3) * 228.0 * 5.0),
        (SupplySystem.IT, {1: 10.0, 2: 2.0, 3: 5.0}, {}, math.sqrt(3) * 230.0 * 2.0),
        (SupplySystem.ONE_PHASE, {1: 12.0}, {1: 225.0}, 2700.0),
        (None, {1: 10.0, 2: 5.0, 3: 1.0}, {1: 230.0}, math.sqrt(3) * 230.0),
    ],
)
def test_available_power_is_what_the_worst_line_allows(
    system: SupplySystem | None, left: dict[int, float], volts: dict[int, float], watts: float
) -> None:
    """A load that is spread over the lines adds the same to each, and one of them is full first."""
    assert available_power(left, volts, system) == pytest.approx(watts)


@pytest.mark.parametrize(
    ("system", "left", "watts"),
    [
        (SupplySystem.TN, {1: -6.0, 2: 21.0, 3: 20.0}, -6.0 * 3 * 230.0),
        (SupplySystem.TN, {1: 10.0, 2: 5.0, 3: -0.1}, -69.0),
        (SupplySystem.IT, {1: -3.0, 3: 5.0}, -3.0 * math.sqrt(3) * 230.0),
        (SupplySystem.ONE_PHASE, {1: -1.0}, -230.0),
        (None, {1: 10.0, 2: -2.0, 3: 5.0}, -2.0 * math.sqrt(3) * 230.0),
        (SupplySystem.TN, {1: 0.0, 2: 5.0, 3: 5.0}, 0.0),
    ],
)
def test_as_soon_as_one_line_is_above_the_fuse_the_house_must_draw_less(
    system: SupplySystem | None, left: dict[int, float], watts: float
) -> None:
    assert available_power(left, {}, system) == pytest.approx(watts)


# --- overload -------------------------------------------------------------------------------------------------------


def overloads(fuse: float, *readings: tuple[float, float]) -> list[bool]:
    """Return whether there is an overload after each reading: its time, and the current of L1."""
    guard, told = Guard(fuse), []
    for now, amperes in readings:
        guard.update({1: amperes, 2: 1.0, 3: -2.0}, now)
        told.append(guard.overload is not None)
    return told


def test_an_overload_is_one_from_its_tenth_second_on() -> None:
    assert overloads(25, (0, 20), (2.5, 26), (5, 26), (7.5, 26), (10, 26), (12.4, 26)) == [False] * 5 + [True]
    assert overloads(25, (0, 26), (10, 26)) == [False, True]


def test_one_reading_below_the_fuse_begins_it_anew() -> None:
    assert overloads(25, (0, 26), (5, 24), (10, 26), (15, 26), (20, 26)) == [False] * 4 + [True]


def test_exactly_the_fuse_is_no_overload() -> None:
    assert overloads(25, (0, 25), (10, 25), (20, 25)) == [False] * 3


def test_export_blows_a_fuse_too() -> None:
    assert overloads(25, (0, -26), (10, -26)) == [False, True]


def test_an_overload_ends_after_thirty_seconds_below() -> None:
    said = overloads(25, (0, 26), (10, 26), (20, 20), (30, 20), (40, 26), (50, 20), (60, 20), (70, 20), (80, 20))
    assert said == [False, True, True, True, True, True, True, True, False]


def test_one_reading_is_no_overload_however_much_it_is() -> None:
    """A motor that starts takes many times its current for less than a second."""
    assert overloads(25, (0, 10), (10, 80), (20, 10)) == [False] * 3
    assert overloads(25, (0, 10), (60, 26), (120, 26)) == [False, False, True]


def test_an_overload_tells_its_line_excess_duration_and_risk() -> None:
    """26 A of 25 are borne for an hour, 30 A for half a minute."""
    guard = Guard(25.0)
    for now, amperes in ((0, 26.0), (10, 26.0), (20, 30.0)):
        guard.update({1: 3.0, 3: amperes}, now)
    told = guard.overload
    assert told is not None
    assert (told.line, told.excess, told.seconds) == (3, 5.0, 20.0)
    assert told.risk == pytest.approx(10 / 3600 + 10 / 30)


def test_the_risk_of_an_overload_begins_with_it() -> None:
    guard = Guard(25.0)
    for now, amperes in ((0, 26.0), (10, 26.0), (20, 1.0), (30, 1.0), (50, 1.0), (60, 26.0), (70, 26.0)):
        guard.update({1: amperes}, now)
    assert guard.overload is not None
    assert (guard.overload.seconds, guard.overload.risk) == (10.0, pytest.approx(10 / 3600))


@pytest.mark.parametrize(("amperes", "seconds"), [(28.25, 3600), (28.3, 30), (35, 30), (36, 10), (50, 10), (51, 1)])
def test_more_is_borne_for_less_long(amperes: float, seconds: float) -> None:
    assert allowed_seconds(amperes, 25.0) == seconds
    assert allowed_seconds(-amperes, 25.0) == seconds


def test_nothing_heard_for_too_long_is_no_overload_any_more() -> None:
    guard = Guard(25.0)
    for now in (0, 10, 40):
        guard.update({1: 26.0}, now)
    assert guard.overload
    assert guard.is_near
    guard.forget()
    assert (guard.overload, guard.is_near) == (None, False)
    guard.update({1: 26.0}, 1000)
    assert guard.overload is None, "what was before is not counted"


def test_near_the_fuse_is_above_nine_tenths_for_half_a_minute() -> None:
    guard, told = Guard(20.0), []
    for now, amperes in (
        (0, 18.1),
        (10, 18.1),
        (20, 18.1),
        (30, 18.1),
        (40, 17),
        (50, 19),
        (60, 17),
        (80, 17),
        (90, 17),
    ):
        guard.update({2: amperes}, now)
        told.append(guard.is_near)
    assert told == [False, False, False, True, True, True, True, True, False]


def test_nine_tenths_are_not_near() -> None:
    guard = Guard(20.0)
    for now in range(0, 100, 10):
        guard.update({1: 18.0}, now)
    assert not guard.is_near


def lasting(guard: Guard, amperes: float, *times: float) -> Guard:
    """Let a current be told at some seconds."""
    for now in times:
        guard.update({1: amperes}, now)
    return guard


@pytest.mark.parametrize(("seconds", "is_overload"), [(9.46, False), (9.5, True), (9.6, True)])
def test_a_list_may_come_half_a_second_too_early_to_begin_an_overload(seconds: float, is_overload: bool) -> None:
    """It comes every ten seconds, and the line takes its time now and then."""
    assert bool(lasting(Guard(25.0), 30.0, 0.0, seconds).overload) is is_overload


@pytest.mark.parametrize(("seconds", "is_overload"), [(29.46, True), (29.5, False), (29.6, False)])
def test_a_list_may_come_half_a_second_too_early_to_end_an_overload(seconds: float, is_overload: bool) -> None:
    """Thirty seconds below the fuse, and not since its last reading above."""
    guard = lasting(Guard(25.0), 30.0, 0.0, 10.0)
    assert bool(lasting(guard, 10.0, 20.0, 20.0 + seconds).overload) is is_overload


@pytest.mark.parametrize(("seconds", "is_near"), [(29.46, False), (29.5, True), (29.6, True)])
def test_a_list_may_come_half_a_second_too_early_to_be_near(seconds: float, is_near: bool) -> None:
    """As for an overload."""
    assert lasting(Guard(25.0), 24.0, 0.0, seconds).is_near is is_near


def test_a_line_without_one_of_its_powers_exports_if_the_other_says_so() -> None:
    """A meter may leave out what is nothing."""
    assert line_currents({I1: 8.0, IMPORT_1: 0.0}, SupplySystem.TN) == {1: 8.0}
    assert line_currents({I1: 8.0, EXPORT_1: 0.5}, SupplySystem.TN) == {1: -8.0}
