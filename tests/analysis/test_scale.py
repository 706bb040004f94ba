"""Honest meters are never doubted, in any net; a scale that is ten times off is, with the right factor."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.han_port.analysis.scale import READINGS, SECONDS, ScaleCheck
from custom_components.han_port.decoder import Quantity, Unit
from tests.simulator.household import House, Net, Supply, steady

Q = Quantity
START = datetime(2026, 1, 15, tzinfo=UTC)

type Values = dict[Quantity, float]


def measured(supply: Supply, *, registers: bool = True) -> Values:
    """Return what a meter says of a moment."""
    names = (1,) if supply.net is Net.ONE_PHASE else (1, 2, 3)
    values: Values = {
        Q.POWER_IMPORT: float(supply.active_import),
        Q.POWER_EXPORT: float(supply.active_export),
        Q.REACTIVE_POWER_IMPORT: float(supply.reactive_import),
        Q.REACTIVE_POWER_EXPORT: float(supply.reactive_export),
        **{Q[f"VOLTAGE_L{n}"]: round(volts, 1) for n, volts in zip(names, supply.voltage, strict=True)},
        **{Q[f"CURRENT_L{n}"]: round(amperes, 2) for n, amperes in zip(names, supply.current, strict=True)},
    }
    if supply.net is Net.IT:
        del values[Q.CURRENT_L2]  # Aidon's habit
        values[Q.VOLTAGE_L2] = 0.0  # and Kaifa's
    if registers:
        values |= {
            Q.ENERGY_IMPORT: float(supply.energy_import // 10 * 10),
            Q.ENERGY_EXPORT: float(supply.energy_export // 10 * 10),
        }
    return values


def day(house: House, *, hourly: bool = False, hours: int = 24, scale: Values | None = None) -> ScaleCheck:
    """Return what a check makes of some hours of readings, one every ten seconds; values are multiplied by a scale."""
    check, factors = ScaleCheck(), scale or {}
    for second in range(0, hours * 3600, 10):
        values = measured(house.at(START + timedelta(seconds=second)), registers=not hourly or second % 3600 == 10)
        check.take({q: value * factors.get(q, 1.0) for q, value in values.items()}, float(second))
    return check


def times(factor: float, *names: str) -> Values:
    """Return a scale that is wrong for quantities whose names begin so."""
    return {quantity: factor for quantity in Q if quantity.name.startswith(names)}


@pytest.mark.parametrize("net", list(Net))
@pytest.mark.parametrize("solar", [False, True])
@pytest.mark.parametrize("hourly", [False, True])
def test_an_honest_meter_is_never_doubted(net: Net, solar: bool, hourly: bool) -> None:
    """A January's or with the sun of June: a whole day of it."""
    for seed in range(2):
        house = House(START if not solar else START.replace(month=6), net=net, solar=solar, seed=seed)
        check = ScaleCheck()
        for second in range(0, 86_400, 10):
            supply = house.at(house.start + timedelta(seconds=second))
            check.take(measured(supply, registers=not hourly or second % 3600 == 10), float(second))
        assert check.contradictions == {}


@pytest.mark.parametrize("net", list(Net))
@pytest.mark.parametrize("factor", [0.01, 0.1, 10.0])
def test_currents_in_a_wrong_scale_are_told_with_the_factor_that_mends_them(net: Net, factor: float) -> None:
    """A house that exports nothing: its phases cannot cancel each other."""
    check = day(House(START, net=net), hours=6, scale=times(factor, "CURRENT"))
    assert check.contradictions == {Unit.AMPERE: pytest.approx(1 / factor)}


@pytest.mark.parametrize("hourly", [False, True])
@pytest.mark.parametrize("factor", [0.1, 10.0])
def test_registers_in_a_wrong_scale_are_told_with_the_factor_that_mends_them(hourly: bool, factor: float) -> None:
    """10 Wh taken for 1 Wh, or the other way round. Two hours must say so."""
    house = House(START, car=False, appliances=(steady((800, 700, 600)),))
    check = day(house, hourly=hourly, hours=4, scale=times(factor, "ENERGY"))
    assert check.contradictions == {Unit.WATT_HOUR: pytest.approx(1 / factor)}
    assert day(house, hourly=hourly, hours=1, scale=times(factor, "ENERGY")).contradictions == {}


HONEST = {
    Q.POWER_IMPORT: 2300.0,
    Q.POWER_EXPORT: 0.0,
    Q.REACTIVE_POWER_IMPORT: 0.0,
    Q.REACTIVE_POWER_EXPORT: 0.0,
    Q.VOLTAGE_L1: 230.0,
    Q.CURRENT_L1: 10.0,
}
SMALL = HONEST | {Q.CURRENT_L1: 1.0}
LARGE = HONEST | {Q.CURRENT_L1: 100.0}


def heard(*readings: Values, every: float = SECONDS / (READINGS - 1)) -> ScaleCheck:
    """Return a check that has heard these, one after the other."""
    check = ScaleCheck()
    for number, reading in enumerate(readings):
        check.take(reading, number * every)
    return check


def test_it_takes_thirty_readings_over_ten_minutes() -> None:
    """And not one less of either."""
    assert heard(*[SMALL] * READINGS).contradictions == {Unit.AMPERE: 10.0}
    assert heard(*[SMALL] * (READINGS - 1), every=60.0).contradictions == {}
    assert heard(*[SMALL] * 100, every=5.9).contradictions == {}


def test_one_reading_that_fits_begins_it_anew() -> None:
    """What contradicts must always contradict."""
    assert heard(*[SMALL] * 29, HONEST, *[SMALL] * 29).contradictions == {}
    assert heard(*[SMALL] * 29, LARGE, *[SMALL] * 29).contradictions == {}
    assert heard(*[SMALL] * 40, HONEST).contradictions == {}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({Q.CURRENT_L1: 0.0}, id="no-current"),
        pytest.param({Q.POWER_IMPORT: 0.0, Q.CURRENT_L1: 5.0}, id="no-power"),
        pytest.param({Q.POWER_IMPORT: 250.0, Q.CURRENT_L1: 0.1}, id="too-little"),
        pytest.param({Q.CURRENT_L1: 3.3}, id="between-two-powers-of-ten"),
    ],
)
def test_a_reading_that_does_not_tell_neither_proves_nor_disproves(changed: Values) -> None:
    """It is as if it had not come."""
    assert heard(*[HONEST | changed] * 100).contradictions == {}
    assert heard(*[SMALL, HONEST | changed] * 40).contradictions == {Unit.AMPERE: 10.0}


def test_currents_may_be_large_where_phases_may_cancel_each_other() -> None:
    """Solar cells on one phase and a car on another: much current, and little power in all."""
    cancelled = LARGE | {Q.VOLTAGE_L2: 230.0, Q.CURRENT_L2: 100.0}
    assert heard(*[LARGE] * 40).contradictions == {Unit.AMPERE: 0.1}
    assert heard(*[LARGE | {Q.POWER_EXPORT: 4600.0}] * 40).contradictions == {}
    assert (
        heard(*[{q: value for q, value in LARGE.items() if q is not Q.REACTIVE_POWER_IMPORT}] * 40).contradictions == {}
    )
    assert heard(*[cancelled] * 40).contradictions == {}
    assert heard({Q.ENERGY_EXPORT: 5.0}, *[cancelled] * 40).contradictions == {}
    phases = {Q.POWER_IMPORT_L1: 1100.0, Q.POWER_IMPORT_L2: 1200.0}
    for more in ({Q.ENERGY_EXPORT: 0.0}, phases):
        assert heard(more, *[cancelled | more] * 40).contradictions == {Unit.AMPERE: pytest.approx(0.1)}
    assert heard(*[cancelled | phases | {Q.POWER_IMPORT_L1: 9000.0}] * 40).contradictions == {}


def hours(*steps: float, power: float = 2000.0, gap_at: int = -1) -> ScaleCheck:
    """Return a check that has heard hourly registers that grew by these steps, and the power between them."""
    check, now, register = ScaleCheck(), 0.0, 50_000.0
    check.take({Q.ENERGY_IMPORT: register}, now)
    for number, step in enumerate(steps):
        for _ in range(360):
            now += 60.0 if number == gap_at else 10.0
            check.take({Q.POWER_IMPORT: power}, now)
        register += step
        check.take({Q.ENERGY_IMPORT: register}, now)
    return check


def test_two_hours_in_a_row_must_agree() -> None:
    """The first register only begins the first hour."""
    assert hours(20_000.0).contradictions == {}
    assert hours(20_000.0, 20_000.0).contradictions == {Unit.WATT_HOUR: 0.1}
    assert hours(200.0, 200.0).contradictions == {Unit.WATT_HOUR: 10.0}
    assert hours(20_000.0, 2000.0, 20_000.0).contradictions == {}
    assert hours(20_000.0, 200.0).contradictions == {}
    assert hours(8000.0, 8000.0).contradictions == {}, "a factor of four is no power of ten"


def test_a_gap_a_lower_register_or_too_little_energy_says_nothing() -> None:
    """Without every power of the hour nobody knows what flowed."""
    assert hours(20_000.0, 20_000.0, gap_at=1).contradictions == {}
    assert hours(20_000.0, -30_000.0, 20_000.0).contradictions == {}
    assert hours(20_000.0, 20_000.0, power=0.0).contradictions == {}
    assert hours(0.0, 0.0, 0.0).contradictions == {}
    assert hours(500.0, 500.0, power=50.0).contradictions == {}
    assert hours(500.0, 500.0, 500.0, 500.0, power=50.0).contradictions == {Unit.WATT_HOUR: 0.1}
