"""The supply system of a house, found in simulated days of houses."""

from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random

import pytest

from custom_components.han_port.analysis.phases import Measured
from custom_components.han_port.analysis.supply_system import SupplySystem, SupplySystemCheck
from custom_components.han_port.decoder.quantities import Quantity
from tests.analysis.lines_reference import Load, any_loads, currents, terminals
from tools.simulator import household
from tools.simulator.household import House, Supply

type Values = dict[Quantity, float]

START = datetime(2026, 6, 15, tzinfo=UTC)
STANDS = (12_345_670, 1_234_560, 4_560, 789_010)
VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)


@cache
def day(net: household.Net, solar: bool, seed: int) -> tuple[Supply, ...]:
    house = House(START, net=net, seed=seed, solar=solar, stands=STANDS)
    return tuple(house.at(START + timedelta(seconds=second)) for second in range(0, 86_400, 10))


def told(supply: Supply) -> Values:
    """Return what a meter with three elements sends."""
    return {
        Quantity.POWER_IMPORT: supply.active_import,
        Quantity.POWER_EXPORT: supply.active_export,
        Quantity.REACTIVE_POWER_IMPORT: supply.reactive_import,
        Quantity.REACTIVE_POWER_EXPORT: supply.reactive_export,
        **{quantity: round(volts, 1) for quantity, volts in zip(VOLTAGES, supply.voltage, strict=False)},
        **{quantity: round(each, 1) for quantity, each in zip(CURRENTS, supply.current, strict=False)},
    }


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("solar", [False, True])
@pytest.mark.parametrize("net", household.Net)
def test_within_a_day_the_system_is_found_and_never_a_wrong_one(net: household.Net, solar: bool, seed: int) -> None:
    check, found = SupplySystemCheck(), set()
    for supply in day(net, solar, seed):
        values = told(supply)
        check.update(values, values)
        found.add(check.found)
    right = {household.Net.TN: SupplySystem.TN, household.Net.IT: SupplySystem.IT}.get(net, SupplySystem.ONE_PHASE)
    assert found - {None} == {right}
    assert check.found is right


def test_a_meter_that_leaves_the_current_of_l2_out_is_in_an_it_system() -> None:
    check = SupplySystemCheck()
    values = {
        Quantity.VOLTAGE_L1: 230.0,
        Quantity.CURRENT_L1: 1.0,
        Quantity.VOLTAGE_L3: 230.0,
        Quantity.CURRENT_L3: 2.0,
    }
    check.update(values, values)
    assert check.found is SupplySystem.IT


@pytest.mark.parametrize("beyond", [*VOLTAGES[1:], CURRENTS[1]])
def test_a_meter_with_anything_of_another_phase_has_more_than_one(beyond: Quantity) -> None:
    check = SupplySystemCheck()
    values = {Quantity.VOLTAGE_L1: 230.0, Quantity.CURRENT_L1: 1.0}
    check.update(values, {*values, beyond})
    assert check.found is None


def test_a_short_list_says_nothing() -> None:
    check = SupplySystemCheck()
    check.update({Quantity.POWER_IMPORT: 1000.0}, {Quantity.POWER_IMPORT})
    assert check.found is None


def test_one_phase_is_taken_back_when_there_are_more() -> None:
    check = SupplySystemCheck(SupplySystem.ONE_PHASE)
    values = told(day(household.Net.TN, False, 0)[0])
    check.update(values, values)
    assert check.found is None


def test_what_was_found_earlier_holds() -> None:
    check = SupplySystemCheck(SupplySystem.IT)
    for supply in day(household.Net.TN, False, 0):
        check.update(told(supply), told(supply))
    assert check.found is SupplySystem.IT


def test_of_a_small_power_nothing_is_concluded() -> None:
    check = SupplySystemCheck()
    values = dict.fromkeys(VOLTAGES, 230.0) | dict.fromkeys(CURRENTS, 0.4) | {Quantity.POWER_IMPORT: 276.0}
    for _ in range(100):
        check.update(values, values)
    assert check.found is None
    values |= dict.fromkeys(CURRENTS, 0.44) | {Quantity.POWER_IMPORT: 300.0}
    for _ in range(20):
        check.update(values, values)
    assert check.found is SupplySystem.TN


@pytest.mark.parametrize(
    "values",
    [
        {Quantity.VOLTAGE_L1: 230.0},
        {Quantity.CURRENT_L1: 4.0},
        dict.fromkeys(VOLTAGES, 230.0),
        {**dict.fromkeys(VOLTAGES, 230.0), Quantity.CURRENT_L1: 4.0},
        {Quantity.VOLTAGE_L1: 230.0, Quantity.VOLTAGE_L2: 230.0, Quantity.CURRENT_L1: 4.0},
        {Quantity.POWER_IMPORT: 1_000.0},
    ],
    ids=["voltage", "current", "voltages", "voltages and a current", "two phases", "power"],
)
def test_what_tells_too_little_speaks_for_no_net(values: Values) -> None:
    """A short list has no current of L2 either, and one without L2 and L3 may be short."""
    check = SupplySystemCheck()
    for _ in range(500):
        check.update(values, set(values))
    assert check.found is None


def three_phases(ratio: float, sign: int = 1) -> Values:
    """Return what a meter tells whose voltages times currents are so many times its apparent power."""
    currents = dict.fromkeys(CURRENTS, 4.0 * sign)
    return {**dict.fromkeys(VOLTAGES, 230.0), **currents, Quantity.POWER_IMPORT: 3 * 230.0 * 4.0 / ratio}


@pytest.mark.parametrize(
    ("ratio", "sign", "count", "system"),
    [
        (1.0, 1, 19, None),
        (1.0, 1, 20, SupplySystem.TN),
        (1.0, -1, 20, SupplySystem.TN),
        (0.91, 1, 20, SupplySystem.TN),
        (1.14, 1, 20, SupplySystem.TN),
        (0.89, 1, 500, None),
        (1.16, 1, 500, None),
        (1.64, 1, 500, None),
        (1.66, 1, 399, None),
        (1.66, 1, 400, SupplySystem.IT),
        (1.9, -1, 400, SupplySystem.IT),
        (2.09, 1, 400, SupplySystem.IT),
        (2.11, 1, 500, None),
    ],
)
def test_twenty_readings_speak_for_a_neutral_and_four_hundred_against(
    ratio: float, sign: int, count: int, system: SupplySystem | None
) -> None:
    """Whichever way the currents are said to flow."""
    check = SupplySystemCheck()
    values = three_phases(ratio, sign)
    for _ in range(count):
        check.update(values, set(values))
    assert check.found is system


def test_one_reading_that_speaks_for_a_neutral_outweighs_all_against() -> None:
    """An IT system never shows one."""
    check = SupplySystemCheck()
    for ratio in [1.0, *[1.9] * 500]:
        check.update(three_phases(ratio), set(three_phases(ratio)))
    assert check.found is None


def test_a_reading_without_one_of_its_values_speaks_for_no_net() -> None:
    """Lists take turns, and not each has all."""
    check = SupplySystemCheck()
    for whole in (three_phases(1.0), three_phases(1.5)):
        for left_out in (Quantity.CURRENT_L3, Quantity.VOLTAGE_L2):
            for _ in range(30):
                part = {quantity: value for quantity, value in whole.items() if quantity is not left_out}
                check.update(part, set(whole))
    assert check.found is None


def two_elements(loads: list[Load]) -> Values:
    """Return what a meter with two elements sends that tells 0 for the current of L2, but its voltage."""
    volts, lines = terminals("it"), currents("it", loads)
    one, three = ((volts[line] - volts[1]) * lines[line].conjugate() for line in (0, 2))
    told = dict.fromkeys(VOLTAGES, 230.0) | dict(zip(CURRENTS, (abs(lines[0]), 0.0, abs(lines[2])), strict=True))
    return told | {Quantity.POWER_IMPORT: (one + three).real, Quantity.REACTIVE_POWER_IMPORT: (one + three).imag}


def test_a_meter_that_tells_no_current_of_l2_by_a_zero_is_not_taken_for_one_with_a_neutral() -> None:
    """A Kamstrup in an IT system does so. With a neutral, an element that exports would leave headroom in L3."""
    for seed in range(4):
        chance, check, measured = Random(seed), SupplySystemCheck(), Measured()
        for _ in range(500):
            check.update(measured.of(two_elements(any_loads(chance, "it")), check.found), measured.seen)
            assert check.found is None
        left = measured.of(two_elements(any_loads(chance, "it")), SupplySystem.IT)
        assert Quantity.CURRENT_L2 not in left, "once the user has said which net it is, nothing is watched there"


def test_a_current_of_l2_that_flows_at_last_lets_the_others_speak() -> None:
    check, measured = SupplySystemCheck(), Measured()
    unused = three_phases(1.0) | {Quantity.CURRENT_L2: 0.0, Quantity.POWER_IMPORT: 2 * 230.0 * 4.0}
    for values, count, system in (
        (unused, 30, None),
        (three_phases(1.0), 19, None),
        (three_phases(1.0), 1, SupplySystem.TN),
    ):
        for _ in range(count):
            check.update(measured.of(values, check.found), measured.seen)
        assert check.found is system


def test_a_list_without_a_current_of_l2_that_has_been_seen_speaks_for_no_net() -> None:
    check, whole = SupplySystemCheck(), three_phases(1.0)
    check.update({each: value for each, value in whole.items() if each is not Quantity.CURRENT_L2}, set(whole))
    assert check.found is None


@pytest.mark.parametrize(
    ("system", "is_seen"),
    [(SupplySystem.TN, True), (SupplySystem.ONE_PHASE, True), (SupplySystem.IT, False), (None, False)],
)
def test_with_a_neutral_a_current_of_l2_that_does_not_flow_is_measured(
    system: SupplySystem | None, is_seen: bool
) -> None:
    measured = Measured()
    measured.of(three_phases(1.0) | {Quantity.CURRENT_L2: 0.0}, system)
    assert (Quantity.CURRENT_L2 in measured.seen) is is_seen
