"""Several chargers in the loop: they share what there is, by priority or in turn."""

import pytest

from custom_components.han_port.analysis.charge_control import ChargeControl
from custom_components.han_port.analysis.charger_group import ChargerGroup
from custom_components.han_port.analysis.charging import (
    Allowance,
    ChargerSettings,
    ChargingMode,
    Limit,
    Situation,
    Wiring,
)
from custom_components.han_port.analysis.fuse import NOMINAL_VOLTAGE
from custom_components.han_port.analysis.supply_system import SupplySystem
from tests.support.charging import FUSE, run_several
from tests.support.charging_houses import HOUR, constant, wild
from tests.support.charging_leads import Place
from tools.simulator.charger import ChargerKind

ONE, NEVER = Place(), Place(arrives=10**6)


@pytest.mark.parametrize(("house", "each"), [(0.0, 12), (6.0, 9), (10.0, 7), (12.0, 6)])
def test_two_equal_chargers_get_the_same(house: float, each: int) -> None:
    """The fuse is 25 A, 1 A of it is left."""
    runs = run_several(constant(house), [ONE, ONE])
    assert [run.said for run in runs] == [each, each]
    assert max(run.changes_after(600) for run in runs) == 0
    assert [run.starts for run in runs] == [1, 1]


@pytest.mark.slow
def test_three_chargers_use_all_that_there_is() -> None:
    runs = run_several(constant(2.0), [ONE, ONE, ONE], seed=3)
    assert sorted(run.said for run in runs) == [7, 7, 8]


@pytest.mark.slow
def test_a_charger_of_higher_priority_gets_what_is_left_beside_the_minimum_of_the_other() -> None:
    low = Place(settings=ChargerSettings(priority=2))
    for house, said in ((0.0, 18), (6.0, 12), (10.0, 8)):
        assert [run.said for run in run_several(constant(house), [low, ONE])] == [6, said], house


def test_what_is_not_enough_for_two_goes_to_the_one_of_higher_priority() -> None:
    low = Place(settings=ChargerSettings(priority=2))
    assert [run.said for run in run_several(constant(14.0), [low, ONE])] == [0, 10]


def test_what_is_not_enough_for_two_equal_ones_is_used_in_turn() -> None:
    """A quarter of an hour each, so two hours are four turns for each of them."""
    runs = run_several(constant(14.0), [ONE, ONE])
    assert sorted(run.said for run in runs) == [0, 10]
    assert [run.starts for run in runs] == [pytest.approx(4, abs=1)] * 2
    assert all(run.energy == pytest.approx(9, abs=1.5) for run in runs)


@pytest.mark.slow
def test_nothing_is_kept_free_for_a_charger_without_a_car() -> None:
    with_car, without = run_several(constant(4.0), [ONE, NEVER], seed=3)
    assert with_car.said == 20
    assert without.said == 6, "so that a car that comes begins"


def test_a_car_that_comes_has_its_share_two_minutes_later() -> None:
    first, second = run_several(constant(4.0), [ONE, Place(arrives=HOUR)], seed=3)
    assert (first.said, second.said) == (10, 10)
    assert [when for when, _ in first.changes if when > HOUR] == [HOUR + 20]
    assert [when for when, _ in second.changes if when > HOUR] == [HOUR + 80]
    assert first.much_above <= 30


@pytest.mark.slow
def test_what_a_car_does_not_take_is_left_to_the_other() -> None:
    small, other = run_several(constant(0.0), [Place(ChargerKind(car_takes=7.0)), ONE], seed=3)
    assert (small.said, other.said) == (9, 15), "2 A more than it takes, of 24"


@pytest.mark.slow
def test_the_breaker_of_the_circuit_limits_the_chargers_and_not_the_house() -> None:
    assert [run.said for run in run_several(constant(0.0), [ONE, ONE], circuit=16.0)] == [8, 8]
    assert [run.said for run in run_several(constant(0.0), [ONE], circuit=10.0)] == [10]


@pytest.mark.slow
def test_in_a_wild_house_two_chargers_keep_the_fuse() -> None:
    for seed in range(3):
        for run in run_several(wild(seed, 3 * HOUR), [ONE, Place(ChargerKind(lines=(1,)))], hours=3, seed=seed):
            assert run.much_above <= 60, seed
            assert run.starts / 3 <= 6, seed


def test_a_charger_that_is_switched_off_leaves_all_to_the_other() -> None:
    off, other = run_several(constant(4.0), [Place(mode=ChargingMode.OFF), ONE])
    assert (off.said, off.energy, other.said) == (0, 0.0, 20)


# --- by the sun ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "exporting", "drawing"),
    [(ChargingMode.OFF, 0, 0), (ChargingMode.SOLAR, 10, 0), (ChargingMode.SOLAR_MINIMUM, 10, 6)],
)
def test_a_mode_uses_of_the_sun_what_it_may(mode: ChargingMode, exporting: int, drawing: int) -> None:
    """A house that exports 10 A in each line, and one that draws 3 A."""
    assert run_several(constant(-10.0), [Place(mode=mode)])[0].said == exporting
    assert run_several(constant(3.0), [Place(mode=mode)])[0].said == drawing


def test_two_chargers_share_the_sun() -> None:
    by_sun = Place(mode=ChargingMode.SOLAR)
    assert [run.said for run in run_several(constant(-20.0), [by_sun, by_sun])] == [10, 10]


def test_a_cloud_of_some_minutes_stops_no_car() -> None:
    """For five minutes it is given 6 A without the sun, then it is paused."""

    def house(second: int) -> tuple[float, float, float]:
        amperes = -12.0 if second % HOUR < 1800 or second > HOUR else 2.0
        return (-12.0,) * 3 if 1800 <= second % HOUR < 2000 else (amperes,) * 3

    run = run_several(house, [Place(mode=ChargingMode.SOLAR)], hours=1)[0]
    fell = [(when, said) for when, said in run.changes if when > 2000]
    assert [said for _, said in fell] == [6, 0]
    assert fell[0][0] == pytest.approx(2070, abs=20)
    assert fell[1][0] == pytest.approx(2370, abs=40)


def test_without_a_known_power_nothing_is_taken_for_surplus() -> None:
    control = ChargeControl(ChargerSettings(), FUSE)
    control.mode = ChargingMode.SOLAR
    for number in range(60):
        ChargerGroup([control]).update(Situation({1: -5.0, 2: -5.0, 3: -5.0}, 10.0 * number))
    assert control.recommended.amperes == 0


# --- why -----------------------------------------------------------------------------------------------------------


def limits(*controls: ChargeControl, amperes: float, circuit: float | None = None, lists: int = 60) -> list[Limit]:
    """Return what limits some chargers after a while in a house whose lines draw so much, cars included."""
    group = ChargerGroup(controls, circuit)
    for number in range(lists):
        group.update(Situation(dict.fromkeys((1, 2, 3), amperes), 10.0 * number))
    return [control.recommended.limit for control in controls]


def test_what_limits_a_charger_is_told() -> None:
    one = ChargerSettings(maximum=16)
    assert limits(ChargeControl(one, FUSE), amperes=2.0, lists=3) == [Limit.WAITING]
    assert limits(ChargeControl(one, FUSE), amperes=2.0, lists=10) == [Limit.CHARGER]
    assert limits(ChargeControl(one, FUSE), amperes=2.0, lists=99) == [Limit.CAR]
    assert limits(ChargeControl(one, FUSE), amperes=24.0, lists=3) == [Limit.FUSE]
    off = ChargeControl(one, FUSE)
    off.mode = ChargingMode.OFF
    assert limits(off, amperes=2.0) == [Limit.MODE]
    by_sun = ChargeControl(one, FUSE)
    by_sun.mode = ChargingMode.SOLAR
    assert limits(by_sun, amperes=2.0) == [Limit.SOLAR]


def live(
    group: ChargerGroup,
    house: tuple[float, float, float],
    lists: range = range(90),
    takes: tuple[float, ...] = (32.0, 32.0, 32.0),
    most_watts: float | None = None,
) -> list[int]:
    """Let a group live for some lists; return what is recommended then.

    One car after the other comes, and takes what it may at once, up to what it can.
    """
    for number in lists:
        currents = dict(enumerate(house, 1))
        for place, charger in enumerate(group.controls, 1):
            amperes = min(charger.recommended.amperes, takes[place - 1]) if number >= 15 * place else 0.0
            for line in charger.settings.wiring.lines:
                currents[line] += amperes
        power = NOMINAL_VOLTAGE * sum(currents.values())
        allowances = (Allowance(most_watts - power, Limit.TARIFF),) if most_watts is not None else ()
        group.update(Situation(currents, 10.0 * number, {}, SupplySystem.TN, allowances, power))
    return [each.recommended.amperes for each in group.controls]


def reasons(group: ChargerGroup, house: tuple[float, float, float]) -> list[tuple[Limit, int | None]]:
    """Return what limits each charger of a group after a quarter of an hour, and the line."""
    live(group, house)
    return [(each.recommended.limit, each.recommended.line) for each in group.controls]


def test_a_line_that_has_no_more_for_two_equal_chargers_is_what_limits_both() -> None:
    """24 A less 8 A of the house in L2: 8 A each. Nobody could have more for less of the other's."""
    group = ChargerGroup([ChargeControl(ChargerSettings(), FUSE), ChargeControl(ChargerSettings(), FUSE)])
    assert reasons(group, (2.0, 8.0, 5.0)) == [(Limit.FUSE, 2)] * 2
    assert [each.recommended.amperes for each in group.controls] == [8, 8]


def test_a_charger_of_lower_priority_is_limited_by_the_other_and_that_by_the_line() -> None:
    """18 A and the minimum of 6 A. Where two minima are all that there is, it is the line that limits both."""
    high, low = ChargerSettings(), ChargerSettings(priority=2)
    group = ChargerGroup([ChargeControl(low, FUSE), ChargeControl(high, FUSE)])
    assert reasons(group, (0.0, 0.0, 0.0)) == [(Limit.SHARED, None), (Limit.FUSE, 1)]
    assert [each.recommended.amperes for each in group.controls] == [6, 18]
    group = ChargerGroup([ChargeControl(low, FUSE), ChargeControl(high, FUSE)])
    assert reasons(group, (12.0, 4.0, 12.0)) == [(Limit.FUSE, 1)] * 2


def test_a_charger_that_waits_for_its_turn_or_for_its_priority_is_limited_by_the_other() -> None:
    """10 A are enough for one."""
    for priority in (1, 2):
        second = ChargeControl(ChargerSettings(priority=priority), FUSE)
        group = ChargerGroup([ChargeControl(ChargerSettings(), FUSE), second])
        assert reasons(group, (0.0, 14.0, 0.0)) == [(Limit.FUSE, 2), (Limit.SHARED, None)]
        assert [each.recommended.amperes for each in group.controls] == [10, 0]


def test_what_is_not_enough_for_one_is_no_matter_of_the_others() -> None:
    """5 A of L3. And a charger alone on its line is limited by that, whatever the others draw from theirs."""
    group = ChargerGroup([ChargeControl(ChargerSettings(), FUSE), ChargeControl(ChargerSettings(), FUSE)])
    assert reasons(group, (0.0, 0.0, 19.0)) == [(Limit.FUSE, 3)] * 2
    alone = ChargeControl(ChargerSettings(Wiring.L3, priority=2), FUSE)
    group = ChargerGroup([ChargeControl(ChargerSettings(Wiring.L1), FUSE), alone])
    assert reasons(group, (10.0, 0.0, 15.0)) == [(Limit.FUSE, 1), (Limit.FUSE, 3)]
    assert [each.recommended.amperes for each in group.controls] == [14, 9]


# --- in a few lists ------------------------------------------------------------------------------------------------


def group_of(*settings: ChargerSettings, circuit: float | None = None) -> ChargerGroup:
    """Return a group of chargers with these settings."""
    return ChargerGroup([ChargeControl(each, FUSE) for each in settings], circuit)


USUAL = ChargerSettings()


def test_of_a_breaker_whole_amperes_are_shared() -> None:
    group = group_of(USUAL, USUAL, circuit=16.6)
    assert live(group, (0.0, 0.0, 0.0)) == [8, 8]
    assert [each.recommended.limit for each in group.controls] == [Limit.CIRCUIT] * 2
    assert live(group_of(USUAL, circuit=10.9), (0.0, 0.0, 0.0)) == [10]


def test_the_tariff_is_shared_by_power() -> None:
    """13 800 W less 2 760 W of the house are 16 A in three lines of 230 V."""
    group = group_of(USUAL, USUAL)
    assert live(group, (4.0, 4.0, 4.0), most_watts=13_800.0) == [8, 8]
    assert [each.recommended.limit for each in group.controls] == [Limit.TARIFF] * 2


def test_a_line_that_nobody_measures_counts_with_its_bound() -> None:
    """In an IT system L2 may draw up to the sum of the two others."""
    control = ChargeControl(ChargerSettings(Wiring.L1_L2, maximum=32), 50.0)
    for number in range(30):
        ChargerGroup([control]).update(Situation({1: 20.0, 3: 20.0}, 10.0 * number, bounds={2: 40.0}))
    assert control.recommended.amperes == 9, "50 A less 1 A of margin and 40 A"


def test_what_all_chargers_may_draw_is_told_by_line() -> None:
    three, one = ChargeControl(ChargerSettings(fail_safe=8), FUSE), ChargeControl(ChargerSettings(Wiring.L2), FUSE)
    assert ChargerGroup((three, one)).currents == {1: 8, 2: 14, 3: 8}
