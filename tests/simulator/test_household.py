"""The house obeys physics. If it did not, tests that compare P, Q, U and I would prove nothing."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
import math
from time import process_time

import pytest

from tools.simulator.household import House, Net, Supply, steady

START = datetime(2026, 6, 15, tzinfo=UTC)
NETS = pytest.mark.parametrize("net", Net)
STANDS = (0, 0, 0, 0)


@cache
def day(net: Net, seconds: int = 60) -> list[Supply]:
    house = House(START, net=net, seed=5, solar=True)
    return [house.at(START + timedelta(seconds=second)) for second in range(0, 86_400, seconds)]


@NETS
def test_the_phases_or_measuring_elements_add_up_to_the_total(net: Net) -> None:
    for supply in day(net):
        assert sum(supply.active_power_by_phase) == pytest.approx(supply.active_power, abs=1e-6)
        assert sum(supply.reactive_power_by_phase) == pytest.approx(supply.reactive_power, abs=1e-6)


@pytest.mark.parametrize("net", [Net.TN, Net.ONE_PHASE])
def test_voltage_times_current_is_the_apparent_power_of_each_phase(net: Net) -> None:
    for supply in day(net):
        phases = zip(supply.active_power_by_phase, supply.reactive_power_by_phase, strict=True)
        apparent = [math.hypot(*phase) for phase in phases]
        product = [volts * amperes for volts, amperes in zip(supply.voltage, supply.current, strict=True)]
        assert product == pytest.approx(apparent)


def test_in_an_it_net_each_measuring_element_sees_its_line_voltage_and_current() -> None:
    for supply in day(Net.IT):
        elements = (0, supply.voltage[0]), (2, supply.voltage[2])
        for line, volts in elements:
            power = math.hypot(supply.active_power_by_phase[line], supply.reactive_power_by_phase[line])
            assert volts * supply.current[line] == pytest.approx(power)


def test_in_an_it_net_three_currents_and_three_voltages_close_a_triangle() -> None:
    """Kirchhoff: without a neutral the currents add up to nothing, and so do the voltages all round."""
    for supply in day(Net.IT):
        for triangle in (supply.current, supply.voltage):
            longest = max(triangle)
            assert longest <= sum(triangle) - longest + 1e-9


def test_in_an_it_net_the_second_current_follows_from_what_a_three_wire_meter_knows() -> None:
    """Two elements whose powers add up to the total leave two answers for I2, of which one is true."""
    for supply in day(Net.IT):
        u12, u13, u23 = supply.voltage
        i1, i2, i3 = supply.current
        first, third = u12 * i1, u23 * i3
        total = math.hypot(supply.active_power, supply.reactive_power)
        between_powers = math.acos((total**2 - first**2 - third**2) / (2 * first * third))
        between_voltages = math.acos((u12**2 + u23**2 - u13**2) / (2 * u12 * u23))
        angles = between_voltages + between_powers, between_voltages - between_powers
        answers = [math.sqrt(i1**2 + i3**2 + 2 * i1 * i3 * math.cos(angle)) for angle in angles]
        assert min(abs(answer - i2) for answer in answers) < 1e-4


def test_in_an_it_net_a_load_between_l1_and_l3_leaves_l2_without_current() -> None:
    house = House(START, net=Net.IT, appliances=(steady((0, 0, 4000)),))
    first, second, third = house.at(START).current
    assert first == pytest.approx(third)
    assert second == pytest.approx(0, abs=1e-9)


def test_in_an_it_net_a_symmetrical_load_draws_the_same_from_all_lines() -> None:
    supply = House(START, net=Net.IT, appliances=(steady((2000, 2000, 2000)),)).at(START)
    apparent = math.sqrt(3) * supply.voltage[0] * supply.current[0]
    assert supply.current == pytest.approx([supply.current[0]] * 3, rel=0.02)
    assert apparent == pytest.approx(6000, rel=0.02)


def test_a_current_of_an_it_net_is_negative_where_its_element_sees_negative_power() -> None:
    """A capacitor does it without any export, and Aidon meters show the sign."""
    house = House(START, net=Net.IT, appliances=(steady((0, 0, 100), (0, 0, 3000)),))
    supply = house.at(START)
    assert supply.active_power > 0
    assert min(supply.signed_current) < 0


@NETS
def test_import_and_export_are_never_both_there(net: Net) -> None:
    supplies = day(net)
    assert all(supply.active_import * supply.active_export == 0 for supply in supplies)
    assert all(supply.reactive_import * supply.reactive_export == 0 for supply in supplies)
    assert any(supply.active_export for supply in supplies)
    assert any(supply.active_import for supply in supplies)


@NETS
def test_voltages_stay_where_a_grid_company_keeps_them(net: Net) -> None:
    for supply in day(net):
        assert all(207 < volts < 253 for volts in supply.voltage)


@NETS
def test_a_register_counts_only_while_its_own_direction_flows(net: Net) -> None:
    for before, after in pairwise(day(net, seconds=10)):
        imported = after.energy_import - before.energy_import
        exported = after.energy_export - before.energy_export
        assert imported >= 0
        assert exported >= 0


@NETS
def test_the_quadrants_share_out_the_reactive_registers_by_the_direction_of_active_power(net: Net) -> None:
    for before, after in pairwise(day(net)):
        first, second, third, fourth = quadrants = after.reactive_energy_by_quadrant
        assert first + second == pytest.approx(after.reactive_energy_import)
        assert third + fourth == pytest.approx(after.reactive_energy_export)
        pairs = zip(before.reactive_energy_by_quadrant, quadrants, (False, True, True, False), strict=True)
        for old, new, exports in pairs:
            register = "energy_export" if exports else "energy_import"
            assert old == new or getattr(before, register) < getattr(after, register)
    assert second + third > 0


@pytest.mark.parametrize("watts", [1234, -1234])
def test_registers_integrate_constant_power_without_error(watts: int) -> None:
    house = House(START, appliances=(steady((watts, 0, 0), (0, -watts, 0)),), stands=STANDS)
    supply = house.at(START + timedelta(days=100, seconds=36))
    energy = 1234 * (100 * 86_400 + 36) / 3600
    assert max(supply.energy_import, supply.energy_export) == energy
    assert max(supply.reactive_energy_import, supply.reactive_energy_export) == energy
    assert (supply.energy_import == 0) is (watts < 0)


def test_opposite_phases_are_netted_before_they_are_counted() -> None:
    house = House(START, appliances=(steady((3000, -2000, 0)),), stands=STANDS)
    supply = house.at(START + timedelta(hours=1))
    assert (supply.energy_import, supply.energy_export) == (1000, 0)


@NETS
def test_registers_equal_integrated_power_however_often_anyone_looks(net: Net) -> None:
    supplies = day(net, seconds=10)
    watt_seconds = sum(10 * supply.active_power for supply in supplies[:-1])
    first, last = supplies[0], supplies[-1]
    counted = (last.energy_import - first.energy_import) - (last.energy_export - first.energy_export)
    # Between two looks something may switch, so that the sum is only near; what is counted is exact.
    assert counted == pytest.approx(watt_seconds / 3600, abs=100)
    assert House(START, net=net, seed=5, solar=True).at(last.moment) == last


def test_the_same_seed_is_the_same_house_and_another_seed_is_another() -> None:
    noon = START + timedelta(hours=12)
    assert House(START, seed=1).at(noon) == House(START, seed=1).at(noon)
    assert House(START, seed=1).at(noon) != House(START, seed=2).at(noon)


def test_the_past_can_be_asked_for_again() -> None:
    house = House(START, seed=1)
    morning = house.at(START + timedelta(hours=6))
    house.at(START + timedelta(hours=12))
    assert house.at(morning.moment) == morning


def test_there_is_nothing_before_the_start() -> None:
    with pytest.raises(ValueError, match="begins at"):
        House(START).at(START - timedelta(seconds=1))


def test_without_solar_panels_nothing_is_exported_and_nothing_else_changes() -> None:
    night, noon = START + timedelta(hours=1), START + timedelta(hours=11)
    with_panels, without = House(START, seed=1, solar=True), House(START, seed=1)
    assert with_panels.at(night).active_power == without.at(night).active_power
    assert with_panels.at(noon).active_power < without.at(noon).active_power
    assert without.at(noon).active_export == 0


def test_two_days_at_ten_second_steps_take_a_fraction_of_a_second() -> None:
    """A month then takes some seconds. The limit is generous, for machines that are busy."""
    house = House(START, net=Net.IT, solar=True)
    began = process_time()
    for step in range(2 * 8640):
        house.at(START + timedelta(seconds=10 * step))
    assert process_time() - began < 3
