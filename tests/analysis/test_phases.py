"""What a three-wire meter leaves out, and what must not be left out."""

import pytest

from custom_components.han_port.analysis.phases import Measured
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.decoder.quantities import Quantity
from tests.captures import load
from tests.decoder.three_ways import reading_of

VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)


def phases(voltages: tuple[float, ...], currents: tuple[float, ...]) -> dict[Quantity, float]:
    """Return the values of three phases."""
    return dict(zip(VOLTAGES, voltages, strict=True)) | dict(zip(CURRENTS, currents, strict=True))


def test_all_of_a_meter_that_measures_all_is_kept() -> None:
    """Nothing is missing, so nothing is touched."""
    values = phases((230.1, 231.2, 229.8), (4.7, -0.3, 8.1))
    measured = Measured()
    assert measured.of(values) == values
    assert measured.seen == {*VOLTAGES, *CURRENTS}


def test_a_voltage_that_was_never_there_is_not_measured() -> None:
    """Kaifa's three-wire meter sends a voltage of 0 for L2, and a current that it has calculated."""
    values = reading_of(load("kaifa_no_l2_it")).values
    kept = Measured().of(values)
    assert Quantity.VOLTAGE_L2 not in kept
    assert kept[Quantity.CURRENT_L2] == 3.812
    assert len(kept) == len(values) - 1 == 9


def test_the_current_of_such_a_phase_is_not_measured_if_it_is_zero_too() -> None:
    """Landis+Gyr's three-wire meter sends 0 for both."""
    values = reading_of(load("embriq_no_l2")).values
    kept = Measured().of(values)
    assert Quantity.VOLTAGE_L2 not in kept
    assert Quantity.CURRENT_L2 not in kept
    assert kept[Quantity.CURRENT_L1] == 8.12
    assert len(kept) == len(values) - 2 == 8


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_a_phase_that_fails_is_shown(phase: int) -> None:
    """Its voltage was there and is now 0: that is a fault, and what a fault looks like must be seen."""
    measured = Measured()
    measured.of(phases((230.0, 231.0, 232.0), (1.0, 2.0, 3.0)))
    failed = phases((230.0, 231.0, 232.0), (1.0, 2.0, 3.0)) | {VOLTAGES[phase]: 0.0, CURRENTS[phase]: 0.0}
    assert measured.of(failed) == failed


def test_what_was_seen_in_an_earlier_life_counts() -> None:
    """A phase that fails while Home Assistant is away is still a phase that failed."""
    values = phases((230.0, 0.0, 232.0), (1.0, 0.0, 3.0))
    assert Measured([Quantity.VOLTAGE_L2, Quantity.CURRENT_L2]).of(values) == values
    assert Quantity.VOLTAGE_L2 not in Measured([Quantity.VOLTAGE_L1]).of(values)


def test_a_current_of_zero_is_a_current() -> None:
    """Where there is a voltage, nothing but the current is switched off."""
    values = phases((230.0, 231.0, 232.0), (0.0, 0.0, 0.0))
    assert Measured().of(values) == values


def test_a_current_that_was_seen_is_kept_without_its_voltage() -> None:
    """Kaifa's calculated current may well be 0 at night."""
    measured = Measured()
    measured.of(phases((230.0, 0.0, 232.0), (1.0, 0.8, 3.0)))
    kept = measured.of(phases((230.0, 0.0, 232.0), (1.0, 0.0, 3.0)))
    assert kept[Quantity.CURRENT_L2] == 0.0
    assert Quantity.VOLTAGE_L2 not in kept


def test_a_phase_that_comes_later_is_taken_in() -> None:
    """A meter that was first heard while a phase was out. From then on its zero is a fault."""
    measured = Measured()
    out = phases((230.0, 0.0, 232.0), (1.0, 0.0, 3.0))
    assert len(measured.of(out)) == 4
    assert len(measured.of(phases((230.0, 231.0, 232.0), (1.0, 2.0, 3.0)))) == 6
    assert measured.of(out) == out


def test_other_quantities_are_not_asked_about() -> None:
    """A power and a register of 0 are what they are, from the first list on."""
    values = {quantity: 0.0 for quantity in Quantity if quantity not in (*VOLTAGES, *CURRENTS)}
    measured = Measured()
    assert measured.of(values) == values
    assert measured.seen == set(values)


def test_a_list_without_phases_forgets_none() -> None:
    """The short list carries a power alone, and comes four times as often."""
    measured = Measured()
    measured.of(phases((230.0, 231.0, 232.0), (1.0, 2.0, 3.0)))
    assert measured.of({Quantity.POWER_IMPORT: 5.0}) == {Quantity.POWER_IMPORT: 5.0}
    assert len(measured.seen) == 7


def test_the_values_that_were_given_are_left_alone() -> None:
    """They belong to a reading."""
    values = phases((230.0, 0.0, 232.0), (1.0, 0.0, 3.0))
    before = dict(values)
    Measured().of(values)
    assert values == before


def test_in_an_it_system_a_current_of_l2_that_was_always_zero_is_not_measured() -> None:
    """Whatever its voltage is. Once it was there, a zero is a reading."""
    zero, one = phases((230.0, 231.0, 232.0), (1.0, 0.0, 3.0)), phases((230.0, 231.0, 232.0), (1.0, 1.0, 3.0))
    measured = Measured()
    assert measured.of(zero, SupplySystem.TN) == zero
    measured = Measured()
    left = {quantity: value for quantity, value in zero.items() if quantity is not Quantity.CURRENT_L2}
    assert measured.of(zero, SupplySystem.IT) == left
    assert measured.of(one, SupplySystem.IT) == one
    assert measured.of(zero, SupplySystem.IT) == zero


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_any_phase_may_be_the_one_that_is_not_measured(phase: int) -> None:
    values = phases((230.0, 231.0, 232.0), (1.0, 2.0, 3.0)) | {VOLTAGES[phase]: 0.0, CURRENTS[phase]: 0.0}
    kept = Measured().of(values)
    assert kept.keys() == values.keys() - {VOLTAGES[phase], CURRENTS[phase]}
