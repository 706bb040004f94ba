"""Scales that physics contradicts, and above all those that it does not."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from custom_components.han_port.analysis.scale import ScaleCheck, fits
from custom_components.han_port.decoder.quantities import Quantity, Unit
from tools.simulator.household import House, Net, Supply

type Values = dict[Quantity, float]
type Timed = tuple[float, Mapping[Quantity, float]]

START = datetime(2026, 6, 15, tzinfo=UTC)
NETS = pytest.mark.parametrize("net", Net)
SOLAR = pytest.mark.parametrize("solar", [False, True])
STANDS = {False: (12_345_670, 0, 4_560, 789_010), True: (12_345_670, 1_234_560, 4_560, 789_010)}

POWER, EXPORT = Quantity.POWER_IMPORT, Quantity.POWER_EXPORT
REACTIVE, REACTIVE_EXPORT = Quantity.REACTIVE_POWER_IMPORT, Quantity.REACTIVE_POWER_EXPORT
REGISTER, EXPORTED = Quantity.ENERGY_IMPORT, Quantity.ENERGY_EXPORT
VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)
SHARES = (Quantity.POWER_IMPORT_L1, Quantity.POWER_IMPORT_L2, Quantity.POWER_IMPORT_L3)


def heard(readings: Iterable[Timed]) -> Mapping[Unit, float]:
    """Return what is contradicted after these readings."""
    check = ScaleCheck()
    for now, values in readings:
        check.update(values, now)
    return check.contradictions


# --- whole days of houses ------------------------------------------------------------------------------------------


@cache
def day(net: Net, solar: bool) -> tuple[Supply, ...]:
    house = House(START, net=net, seed=3, solar=solar, stands=STANDS[solar])
    return tuple(house.at(START + timedelta(seconds=second)) for second in range(0, 86_400, 10))


def told(supply: Supply, amperes: float = 1, watt_hours: float = 1) -> Values:
    """Return what a meter sends that counts in 0.01 A and 10 Wh, with currents and registers multiplied."""
    return {
        POWER: supply.active_import,
        EXPORT: supply.active_export,
        REACTIVE: supply.reactive_import,
        REACTIVE_EXPORT: supply.reactive_export,
        REGISTER: supply.energy_import // 10 * 10 * watt_hours,
        EXPORTED: supply.energy_export // 10 * 10 * watt_hours,
        **{quantity: round(volts) for quantity, volts in zip(VOLTAGES, supply.voltage, strict=False)},
        **{quantity: round(each, 2) * amperes for quantity, each in zip(CURRENTS, supply.current, strict=False)},
    }


def told_all_day(
    net: Net, *, solar: bool = False, amperes: float = 1, watt_hours: float = 1, without: Iterable[Quantity] = ()
) -> Iterator[Timed]:
    for number, supply in enumerate(day(net, solar)):
        values = told(supply, amperes, watt_hours)
        yield 10.0 * number, {quantity: value for quantity, value in values.items() if quantity not in without}


def hourly(readings: Iterable[Timed]) -> Iterator[Timed]:
    """Leave the registers to the first reading of each hour, which comes 5, 15 or 25 seconds late."""
    for now, values in readings:
        late = 10 * (now // 3600 % 3)
        if now % 3600 == late:
            yield now + 5, values
        else:
            yield now, {quantity: value for quantity, value in values.items() if quantity not in (REGISTER, EXPORTED)}


@NETS
@SOLAR
def test_an_honest_day_contradicts_nothing(net: Net, solar: bool) -> None:
    """With solar cells some phases feed the others: large currents and next to no power, for hours."""
    assert heard(told_all_day(net, solar=solar)) == {}
    assert heard(hourly(told_all_day(net, solar=solar))) == {}


@NETS
@SOLAR
@pytest.mark.parametrize("wrong", [0.01, 0.1])
def test_currents_that_are_too_small_are_found_in_a_day(net: Net, solar: bool, wrong: float) -> None:
    """No power can be larger than its currents allow, solar cells or not."""
    assert heard(told_all_day(net, solar=solar, amperes=wrong)) == {Unit.AMPERE: pytest.approx(1 / wrong)}


@NETS
@pytest.mark.parametrize("wrong", [10, 100])
def test_currents_that_are_too_large_are_found_in_a_day(net: Net, wrong: float) -> None:
    """A house that has never exported has nothing that could hide a power."""
    assert heard(told_all_day(net, amperes=wrong)) == {Unit.AMPERE: 1 / wrong}


@pytest.mark.parametrize("net", [Net.TN, Net.IT])
def test_with_solar_cells_currents_may_be_as_large_as_they_like(net: Net) -> None:
    """Three phases may cancel each other, so nothing is beyond doubt."""
    assert heard(told_all_day(net, solar=True, amperes=10)) == {}


def test_with_solar_cells_on_the_only_phase_there_is_nothing_to_cancel() -> None:
    """What flows through one meter and one phase is the power."""
    assert heard(told_all_day(Net.ONE_PHASE, solar=True, amperes=10)) == {Unit.AMPERE: 0.1}


@NETS
@SOLAR
@pytest.mark.parametrize("wrong", [0.01, 0.1, 10, 100])
def test_registers_that_are_wrong_are_found_in_a_day(net: Net, solar: bool, wrong: float) -> None:
    """At every reading and at every hour."""
    expected = {Unit.WATT_HOUR: pytest.approx(1 / wrong)}
    assert heard(told_all_day(net, solar=solar, watt_hours=wrong)) == expected
    assert heard(hourly(told_all_day(net, solar=solar, watt_hours=wrong))) == expected


def test_both_can_be_wrong_at_once() -> None:
    assert heard(told_all_day(Net.TN, amperes=0.1, watt_hours=10)) == {
        Unit.AMPERE: pytest.approx(10),
        Unit.WATT_HOUR: pytest.approx(0.1),
    }


@pytest.mark.parametrize("missing", [CURRENTS[1], VOLTAGES[1]])
@pytest.mark.parametrize(("wrong", "expected"), [(1, {}), (0.1, {Unit.AMPERE: 10.0}), (10, {Unit.AMPERE: 0.1})])
def test_a_three_wire_meter_is_judged_by_what_it_measures(
    missing: Quantity, wrong: float, expected: dict[Unit, float]
) -> None:
    """It leaves out the current of L2, or its voltage."""
    assert heard(told_all_day(Net.IT, amperes=wrong, without=[missing])) == expected


def test_a_day_in_which_everything_starts_anew_every_hour_says_nothing_of_registers() -> None:
    """A restart forgets what was gathered, and invents nothing."""
    check = ScaleCheck()
    for now, values in told_all_day(Net.TN, watt_hours=10):
        if now % 3600 == 0:
            check = ScaleCheck()
        check.update(values, now)
        assert check.contradictions == {}


# --- currents ------------------------------------------------------------------------------------------------------


def one_phase(power: float, amperes: float, **more: float) -> Values:
    """Return a reading of a house with one phase of 230 V."""
    values = {POWER: power, EXPORT: 0.0, REACTIVE: 0.0, VOLTAGES[0]: 230.0, CURRENTS[0]: amperes}
    return values | {Quantity[key.upper()]: value for key, value in more.items()}


def three_phases(power: float, currents: tuple[float, float, float], **more: float) -> Values:
    values = one_phase(power, currents[0], **more)
    return values | dict.fromkeys(VOLTAGES, 230.0) | dict(zip(CURRENTS, currents, strict=True))


def every(seconds: float, readings: Iterable[Mapping[Quantity, float]]) -> Iterator[Timed]:
    yield from ((seconds * number, values) for number, values in enumerate(readings))


def currents_after(readings: Iterable[Mapping[Quantity, float]], seconds: float = 30.0) -> float | None:
    return heard(every(seconds, readings)).get(Unit.AMPERE)


SMALL = one_phase(2300.0, 1.0)
LARGE = one_phase(2300.0, 100.0)
RIGHT = one_phase(2300.0, 10.0)


def test_thirty_readings_over_ten_minutes_are_enough() -> None:
    assert currents_after([SMALL] * 30) == 10.0
    assert currents_after([LARGE] * 30) == 0.1
    assert currents_after([SMALL] * 61, 10.0) == 10.0


def test_fewer_readings_or_a_shorter_time_are_not() -> None:
    assert currents_after([SMALL] * 29, 3600.0) is None
    assert currents_after([SMALL] * 60, 10.0) is None


def test_one_reading_that_is_right_takes_all_evidence_away() -> None:
    assert currents_after([*[SMALL] * 29, RIGHT, *[SMALL] * 29]) is None
    assert currents_after([*[SMALL] * 29, RIGHT, *[SMALL] * 30]) == 10.0
    assert currents_after([*[SMALL] * 60, RIGHT, *[SMALL] * 60], 10.0) is None


def test_one_reading_between_two_powers_of_ten_does_too() -> None:
    """Wrong by three is wrong, but not by a scale."""
    assert currents_after([*[SMALL] * 29, one_phase(2300.0, 3.3), *[SMALL] * 29]) is None


def test_all_readings_have_to_point_at_the_same_power_of_ten() -> None:
    hundred = one_phase(2300.0, 0.1)
    assert currents_after([SMALL, hundred] * 60) is None
    assert currents_after([*[SMALL] * 29, *[hundred] * 30]) == 100.0


@pytest.mark.parametrize(
    ("power", "expected"),
    [(230 * 4.4, None), (230 * 4.5, 10.0), (230 * 22.3, 10.0), (230 * 22.5, None), (230 * 44.7, 100.0)],
)
def test_a_ratio_may_be_a_third_of_a_decade_from_its_power_of_ten(power: float, expected: float | None) -> None:
    assert currents_after([one_phase(power, 1.0)] * 30) == expected


def test_too_little_power_says_nothing() -> None:
    """Neither for nor against."""
    assert currents_after([one_phase(299.0, 0.1)] * 60) is None
    assert currents_after([one_phase(300.0, 0.1)] * 30) == 10.0
    assert currents_after([*[SMALL] * 29, one_phase(299.0, 1.3), SMALL]) == 10.0


def test_reactive_power_and_export_count_too() -> None:
    """3 kW and 3 kvar make 4.24 kVA, which are five times 848 VA; either alone is only three and a half times that."""
    values = one_phase(0.0, 3.69, power_export=3000.0, reactive_power_export=3000.0)
    assert currents_after([values] * 30) == 10.0
    assert currents_after([values | {EXPORT: 0.0}] * 30) is None
    assert currents_after([values | {REACTIVE_EXPORT: 0.0}] * 30) is None


def test_a_current_has_a_sign_in_some_nets() -> None:
    assert currents_after([three_phases(5290.0, (10.0, -10.0, 3.0))] * 30) is None
    assert currents_after([three_phases(5290.0, (1.0, -1.0, 0.3))] * 30) == 10.0


def test_currents_of_zero_are_too_coarse_to_judge() -> None:
    """Whole amperes, rounded down: 500 W can be three times nothing."""
    assert currents_after([three_phases(500.0, (0.0, 0.0, 0.0))] * 60) is None


@pytest.mark.parametrize("missing", [POWER, VOLTAGES[0], CURRENTS[0]])
def test_a_reading_that_lacks_a_part_says_nothing(missing: Quantity) -> None:
    """The short list is a power alone, and comes between the long ones."""
    part = {quantity: value for quantity, value in SMALL.items() if quantity is not missing}
    assert currents_after([part] * 60) is None
    assert currents_after([SMALL, part] * 30, 15.0) == 10.0


@pytest.mark.parametrize("missing", [EXPORT, REACTIVE])
def test_large_currents_may_be_right_where_export_or_reactive_power_is_not_told(missing: Quantity) -> None:
    part = {quantity: value for quantity, value in LARGE.items() if quantity is not missing}
    assert currents_after([part] * 60) is None


def test_large_currents_may_be_right_while_power_flows_out() -> None:
    values = three_phases(0.0, (100.0, 0.0, 0.0), power_export=2300.0, energy_export=0.0)
    assert currents_after([values] * 60) is None


NETTED = three_phases(400.0, (10.0, 10.0, 1.0))
"""2300 W in through L1, 2130 W out through L2, 230 W in through L3: all of it is honest."""


def test_large_currents_may_be_right_where_phases_can_cancel_each_other() -> None:
    assert currents_after([NETTED] * 60) is None
    assert currents_after([NETTED | {EXPORTED: 10.0}] * 60) is None
    assert currents_after([NETTED | dict(zip(SHARES, (2300.0, 0.0, 230.0), strict=True))] * 60) is None


def test_a_battery_that_holds_the_power_at_nothing_makes_no_evidence() -> None:
    """Solar cells on L1 feed L2 and L3 all day, and the meter counts next to nothing. It may never have exported."""
    values = three_phases(3.0, (10.0, 5.0, 5.0), energy_export=0.0, reactive_power_import=280.0)
    assert currents_after([values] * 1000) is None


def test_large_currents_are_wrong_where_nothing_was_ever_exported() -> None:
    """The register may come in a list of its own, once an hour."""
    values = three_phases(4600.0, (100.0, 50.0, 50.0))
    assert currents_after([{EXPORTED: 0.0}, *[values] * 30]) == 0.1
    assert currents_after([{EXPORTED: 0.0}, *[values] * 29, {EXPORTED: 10.0}, *[values] * 30]) is None


def test_large_currents_are_wrong_where_the_powers_of_the_phases_add_up() -> None:
    values = three_phases(4600.0, (100.0, 50.0, 50.0), energy_export=5e6)
    assert currents_after([values | dict(zip(SHARES, (2300.0, 1150.0, 850.0), strict=True))] * 60) is None
    assert currents_after([values | dict(zip(SHARES, (2300.0, 1150.0, 1149.0), strict=True))] * 30) == 0.1
    assert currents_after([values | dict(zip(SHARES, (2300.0, 1150.0, 1380.0), strict=True))] * 30) == 0.1
    assert currents_after([values | dict(zip(SHARES, (2300.0, 1150.0, 1381.0), strict=True))] * 60) is None
    assert currents_after([values | dict(zip(SHARES[:2], (2300.0, 2300.0), strict=False))] * 60) is None


def test_what_was_found_is_not_taken_back() -> None:
    """It is said once. What happens with it is up to people."""
    check = ScaleCheck()
    for now, values in every(30.0, [*[SMALL] * 30, *[RIGHT] * 60, *[LARGE] * 60]):
        check.update(values, now)
    assert check.contradictions == {Unit.AMPERE: 10.0}


# --- registers -----------------------------------------------------------------------------------------------------


def hours(*steps: float, power: float = 2000.0, pause: float = 10.0, first: float = 5e6) -> Iterator[Timed]:
    """Yield a register at the start and after each hour, and a power every `pause` seconds between."""
    stand = first
    yield 0.0, {POWER: power, REGISTER: stand}
    for hour, step in enumerate(steps):
        yield from ((hour * 3600 + second * pause, {POWER: power}) for second in range(1, int(3600 / pause)))
        stand += step
        yield (hour + 1) * 3600.0, {POWER: power, REGISTER: stand}


def registers_after(readings: Iterable[Timed]) -> float | None:
    return heard(readings).get(Unit.WATT_HOUR)


def later(seconds: float, readings: Iterable[Timed]) -> list[Timed]:
    return [(now + seconds, values) for now, values in readings]


@pytest.mark.parametrize(
    ("step", "expected"),
    [(200.0, 10.0), (20_000.0, 0.1), (20.0, 100.0), (200_000.0, 0.01), (2000.0, None), (0.0, None)],
)
def test_two_hours_that_agree_are_enough(step: float, expected: float | None) -> None:
    assert registers_after(hours(step)) is None
    assert registers_after(hours(step, step)) == expected


def test_a_stretch_begins_with_a_register_while_a_power_is_known() -> None:
    """What flowed since one that came before the first power is not known."""
    first, *others = hours(200.0, 200.0, 200.0)
    without_power = (first[0], {REGISTER: first[1][REGISTER]})
    at_two = [(now, values) for now, values in others if now <= 2 * 3600]
    assert registers_after([without_power, *at_two]) is None
    assert registers_after([without_power, *others]) == 10.0


@pytest.mark.parametrize(
    ("step", "expected"), [(126.0, None), (127.0, 10.0), (316.0, 10.0), (318.0, None), (1261.0, None), (3170.0, None)]
)
def test_a_step_may_be_a_fifth_of_a_decade_from_its_power_of_ten(step: float, expected: float | None) -> None:
    assert registers_after(hours(step, step)) == expected


@pytest.mark.parametrize("other", [2000.0, 630.0, 20_000.0])
def test_two_hours_have_to_follow_each_other(other: float) -> None:
    """An hour that is right, or wrong in another way, begins the count anew."""
    assert registers_after(hours(200.0, other, 200.0)) is None
    assert registers_after(hours(200.0, other, 200.0, 200.0)) == 10.0


def test_a_stretch_grows_until_enough_has_flowed() -> None:
    """300 W take four hours for 1 kWh; a register that is ten times too large shows it in one."""
    assert registers_after(hours(*[30.0] * 7, power=300.0)) is None
    assert registers_after(hours(*[30.0] * 8, power=300.0)) == 10.0
    assert registers_after(hours(3000.0, 3000.0, power=300.0)) == 0.1
    assert registers_after(hours(1000.0, 1000.0, power=100.0)) == 0.1
    assert registers_after(hours(999.0, 999.0, power=100.0)) is None


def test_a_house_that_only_exports_says_nothing() -> None:
    assert registers_after(hours(*[0.0] * 12, power=0.0)) is None


def test_a_register_that_grows_without_any_power_says_nothing() -> None:
    """That is a fault of another kind."""
    assert registers_after(hours(*[2000.0] * 12, power=0.0)) is None
    assert registers_after(hours(*[1000.0] * 12, power=0.0)) is None


def test_a_power_with_a_sign_counts_as_what_flows() -> None:
    assert registers_after(hours(200.0, 200.0, power=-2000.0)) == 10.0


def test_an_hourly_message_may_come_ten_seconds_early() -> None:
    def jitter(early: float) -> Iterator[Timed]:
        for now, values in hours(200.0, 200.0):
            yield (now - early * now / 3600, values) if REGISTER in values else (now, values)

    assert registers_after(jitter(10.0)) == 10.0
    assert registers_after(jitter(10.1)) is None


@pytest.mark.parametrize(("pause", "expected"), [(30.0, 10.0), (30.1, None)])
def test_a_power_holds_for_half_a_minute(pause: float, expected: float | None) -> None:
    """One that comes more seldom does not tell what flowed."""
    stretches = [(now * pause / 30.0, values) for now, values in hours(200.0, 200.0, pause=30.0)]
    assert registers_after(stretches) == expected


def test_a_gap_ends_a_stretch_but_not_what_the_one_before_said() -> None:
    """A day without a line is a register step without any power of its own."""
    before = list(hours(200.0))
    assert registers_after([*before, *later(86_400.0, hours(2000.0, first=5e6 + 4800))]) is None
    assert registers_after([*before, *later(86_400.0, hours(200.0, first=5e6 + 4800))]) == 10.0
    silent = [reading for reading in hours(200.0, 200.0) if not 5000 < reading[0] < 5040]
    assert registers_after(silent) is None
    half = [reading if not 5000 < reading[0] < 5040 else (reading[0], {}) for reading in hours(200.0, 200.0)]
    assert registers_after(half) is None


def test_a_register_that_comes_before_any_power_after_a_gap_begins_no_stretch() -> None:
    """The hour before the first power would count as one in which nothing flowed."""

    def awake_for_seconds() -> Iterator[Timed]:
        for number in range(4):
            stand = 5e6 + 2000.0 * number
            yield 4000.0 * number, {REGISTER: stand}
            yield 4000.0 * number + 3580, {POWER: 2000.0}
            yield 4000.0 * number + 3600, {POWER: 2000.0, REGISTER: stand + 1111}

    assert registers_after(awake_for_seconds()) is None


def test_a_register_that_steps_back_begins_all_anew() -> None:
    """Somebody put another meter there."""
    other = later(3610.0, hours(200.0, first=70.0))
    assert registers_after([*hours(200.0), *other]) is None
    assert registers_after([*hours(200.0), *later(3610.0, hours(200.0, 200.0, first=70.0))]) == 10.0


def test_lists_may_take_turns() -> None:
    """Some meters send the registers in a list without a power."""

    def apart() -> Iterator[Timed]:
        for now, values in hours(200.0, 200.0):
            yield now, {POWER: values[POWER]}
            if REGISTER in values:
                yield now + 5, {REGISTER: values[REGISTER]}

    assert registers_after(apart()) == 10.0


def test_registers_without_any_power_say_nothing() -> None:
    assert registers_after((now, {REGISTER: now}) for now in range(0, 86_400, 10)) is None


@pytest.mark.parametrize(
    ("factor", "ratio"), [(10.0, 20.0), (0.1, 20.0), (10.0, 5.0), (100.0, 40.0), (10.0, 50.0), (10.0, 2.0)]
)
def test_what_is_near_the_ratio_of_transformers_may_be_that(factor: float, ratio: float) -> None:
    """A phase that is not measured, or voltages between lines, make it up to twice as large or small on both sides."""
    assert fits(factor, ratio)


@pytest.mark.parametrize(("factor", "ratio"), [(10.0, 51.0), (0.1, 51.0), (100.0, 19.9), (10.0, 1.99)])
def test_what_is_far_from_the_ratio_of_transformers_is_another_matter(factor: float, ratio: float) -> None:
    assert not fits(factor, ratio)
