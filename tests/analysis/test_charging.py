"""With how much a car may charge: never more than a line bears, less at once, more after a while."""

import math
from random import Random

from hypothesis import given, strategies as st
import pytest

from custom_components.han_port.analysis.charging import (
    ChargerSettings,
    Charging,
    Limit,
    Recommendation,
    Wiring,
    maximum_current,
    recommend,
)
from custom_components.han_port.analysis.supply_system import SupplySystem
from tests.analysis.lines_reference import any_loads, charger, currents, wirings

THREE = ChargerSettings()


def at_fuse(amperes: int, line: int | None = 1) -> Recommendation:
    return Recommendation(amperes, Limit.FUSE, line)


# --- how much there is room for --------------------------------------------------------------------------------------


def test_the_line_with_the_least_left_says_how_much_in_whole_amperes() -> None:
    """25 A less a margin of 1, less 9.6."""
    assert recommend(THREE, 25, {1: 4.0, 2: 9.6, 3: 0.0}, 0.0, None) == at_fuse(14, 2)


def test_what_the_charger_takes_itself_is_added_back() -> None:
    assert recommend(THREE, 25, {1: 20.0, 2: 18.0, 3: 17.0}, 16.0, None) == at_fuse(20, 1)


@pytest.mark.parametrize(("house", "amperes"), [(18.0, 6), (18.1, 0), (30.0, 0)])
def test_below_six_amperes_a_car_does_not_charge(house: float, amperes: int) -> None:
    assert recommend(THREE, 25, {1: house}, 0.0, None) == at_fuse(amperes)


@pytest.mark.parametrize(
    ("wiring", "expected"),
    [
        (Wiring.L1, at_fuse(22, 1)),
        (Wiring.L2, at_fuse(4 * 0, 2)),
        (Wiring.L1_L2, at_fuse(0, 2)),
        (Wiring.L1_L3, at_fuse(14, 3)),
        (Wiring.THREE_PHASE, at_fuse(0, 2)),
    ],
)
def test_a_charger_is_limited_by_its_own_lines_alone(wiring: Wiring, expected: Recommendation) -> None:
    """Between two lines it loads both of them."""
    assert recommend(ChargerSettings(wiring), 25, {1: 2.0, 2: 19.0, 3: 10.0}, 0.0, None) == expected


def test_more_than_the_fuse_or_the_charger_bears_is_not_recommended() -> None:
    """Where a line exports, a new load first takes what is exported; yet the clouds may come."""
    assert recommend(ChargerSettings(Wiring.L1), 25, {1: -20.0}, 0.0, None) == at_fuse(24)
    assert recommend(ChargerSettings(Wiring.L1, maximum=16), 25, {1: 2.0}, 0.0, None) == Recommendation(
        16, Limit.CHARGER
    )
    assert recommend(THREE, 63, {1: 2.0}, 0.0, None) == Recommendation(32, Limit.CHARGER)


@pytest.mark.parametrize(("current", "own", "expected"), [(-1.0, 5.0, 26.0), (0.0, 5.0, 25.0), (1.0, 5.0, 20.0)])
def test_a_line_that_takes_nothing_leaves_all_of_the_fuse(current: float, own: float, expected: float) -> None:
    """And for what the charger takes itself. Where it takes something, that may be at an angle."""
    assert maximum_current(20.0, current, own) == expected


def test_of_two_equal_limits_the_one_of_the_house_is_named() -> None:
    """Where nothing but the fuse helps, nobody is sent to another limit."""
    assert recommend(THREE, 25, {1: 8.0}, 0.0, 16.0) == at_fuse(16)
    assert recommend(ChargerSettings(maximum=16), 25, {1: 8.0}, 0.0, None) == at_fuse(16)
    assert recommend(ChargerSettings(maximum=12), 25, {1: 8.0}, 0.0, 12.0) == Recommendation(12, Limit.TARIFF)


def test_the_hours_budget_limits_too() -> None:
    assert recommend(THREE, 25, {1: 2.0}, 0.0, 9.7) == Recommendation(9, Limit.TARIFF)
    assert recommend(THREE, 25, {1: 2.0}, 0.0, -3.0) == Recommendation(0, Limit.TARIFF)
    assert recommend(THREE, 25, {1: 15.0}, 0.0, 12.0) == at_fuse(9)


def test_without_any_of_its_lines_nothing_is_known() -> None:
    assert recommend(ChargerSettings(Wiring.L2, fail_safe=8), 25, {1: 2.0, 3: 3.0}, 0.0, None) == Recommendation(
        8, Limit.FAIL_SAFE
    )


def test_a_line_that_is_not_measured_is_not_watched() -> None:
    assert recommend(ChargerSettings(Wiring.L1_L2), 25, {1: 4.0, 3: 20.0}, 0.0, None) == at_fuse(20)


# --- against phasors -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("system", ["tn", "it", "one_phase"])
def test_no_recommendation_overloads_a_line(system: str) -> None:
    """Random houses and chargers: with what is recommended no line has more than the fuse, unless it has without any.

    Currents are told as sizes in tenths of an ampere, as meters do; the margin of 1 A is for the rest.
    """
    chance = Random(f"charging {system}")
    raised = lowered = 0
    for _ in range(4000):
        fuse, wiring = chance.choice((16, 20, 25, 32, 35, 40, 63)), chance.choice(wirings(system))
        loads, own = any_loads(chance, system), chance.choice((0.0, chance.uniform(6, 32)))
        now = currents(system, [*loads, *charger(system, wiring, own)])
        told = {line + 1: round(abs(each), 1) for line, each in enumerate(now) if system != "one_phase" or line == 0}
        found = recommend(ChargerSettings(Wiring(wiring)), fuse, told, round(own, 1), None)
        then = currents(system, [*loads, *charger(system, wiring, found.amperes)])
        assert found.amperes == 0 or max(map(abs, then)) <= fuse or _is_of_another_line(then, wiring, fuse)
        raised, lowered = raised + (found.amperes > own > 0), lowered + (found.amperes < own)
    assert raised > 400
    assert lowered > 400


def _is_of_another_line(lines: list[complex], wiring: str, fuse: float) -> bool:
    """Tell whether only lines that the charger is not connected to have too much."""
    return all(abs(lines[line - 1]) <= fuse for line in Wiring(wiring).lines)


@pytest.mark.parametrize("system", ["tn", "it"])
def test_no_room_is_wasted_where_the_house_takes_no_reactive_power_in_the_same_lines(system: str) -> None:
    """With loads like the charger the recommendation is exact: what is left, rounded down."""
    for house in range(18):
        loads = charger(system, "three_phase", house)
        with_charger = currents(system, [*loads, *charger(system, "three_phase", 6)])
        told = {line + 1: abs(each) for line, each in enumerate(with_charger)}
        assert recommend(THREE, 25, told, 6.0, None).amperes == 24 - house


@given(st.floats(6, 80), st.floats(0, 80), st.floats(0, 32), st.floats(0, math.pi / 2))
def test_the_room_is_right_for_every_angle_up_to_a_right_one(
    fuse: float, rest: float, own: float, angle: float
) -> None:
    """What the meter measures is the sum of the rest and of the charger's own current, which are at some angle."""
    measured = abs(rest * complex(math.cos(angle), math.sin(angle)) + own)
    found = max(0.0, maximum_current(fuse, measured, own))
    then = abs(rest * complex(math.cos(angle), math.sin(angle)) + found)
    assert then <= fuse + 1e-6 or found == 0


# --- in time ---------------------------------------------------------------------------------------------------------


def followed(charging: Charging, *room_at: tuple[float, int]) -> list[int]:
    """Return what is recommended after each time with so much room."""
    told = []
    for at, amperes in room_at:
        charging.update(at_fuse(amperes), at)
        told.append(charging.recommended.amperes)
    return told


def test_nothing_known_yet_is_fail_safe() -> None:
    assert Charging(ChargerSettings(fail_safe=10)).recommended == Recommendation(10, Limit.FAIL_SAFE)


def test_it_falls_at_once_and_rises_by_two_amperes_a_minute() -> None:
    rising = [(second, 20) for second in range(0, 200, 20)]
    assert followed(Charging(THREE), *rising) == [6, 6, 6, 8, 8, 8, 10, 10, 10, 12]
    assert followed(Charging(THREE), (0, 20), (60, 20), (70, 7), (80, 0)) == [6, 8, 7, 0]


def test_it_rises_to_no_more_than_there_was_room_for_all_the_time() -> None:
    assert followed(Charging(THREE), (0, 20), (30, 7), (60, 20), (130, 20), (200, 20)) == [6, 6, 7, 9, 11]


def test_from_a_pause_it_rises_to_the_least_that_a_car_can() -> None:
    assert followed(Charging(THREE), (0, 0), (10, 20), (69, 20), (70, 20)) == [0, 0, 0, 6]


def test_a_pause_lasts_until_there_has_been_room_for_a_minute() -> None:
    assert followed(Charging(THREE), (0, 0), (10, 7), (40, 0), (80, 7), (139, 7), (140, 7)) == [0, 0, 0, 0, 0, 6]


def test_when_data_stops_it_is_fail_safe_at_once_and_says_so() -> None:
    charging = Charging(ChargerSettings(fail_safe=8))
    followed(charging, (0, 20), (60, 20), (120, 20), (180, 20))
    assert charging.recommended == at_fuse(14)
    charging.fail()
    assert charging.recommended == Recommendation(8, Limit.FAIL_SAFE)
    charging.update(at_fuse(20), 500)
    assert charging.recommended == at_fuse(8), "it is known again, and rises from here"
    charging.update(Recommendation(8, Limit.FAIL_SAFE), 510)
    assert charging.recommended.limit is Limit.FAIL_SAFE


@pytest.mark.parametrize(
    ("wiring", "system", "watts"),
    [
        (Wiring.THREE_PHASE, SupplySystem.TN, 690.0),
        (Wiring.THREE_PHASE, SupplySystem.IT, 398.37),
        (Wiring.THREE_PHASE, None, 690.0),
        (Wiring.L1, SupplySystem.TN, 230.0),
        (Wiring.L1_L3, SupplySystem.IT, 230.0),
        (Wiring.L1, SupplySystem.ONE_PHASE, 230.0),
    ],
)
def test_an_ampere_is_so_many_watts(wiring: Wiring, system: SupplySystem | None, watts: float) -> None:
    assert wiring.watts_per_ampere(system) == pytest.approx(watts, abs=0.01)


def test_more_room_is_waited_for_from_when_it_is_there() -> None:
    """Not from when there was as much as is recommended: a minute of it, and after each rise another minute."""
    assert followed(
        Charging(ChargerSettings()), (0, 6), (30, 10), (89.9, 10), (90, 8), (95, 8), (100, 12), (159.9, 12), (160, 12)
    ) == [6, 6, 6, 8, 8, 8, 8, 10]
    assert followed(Charging(ChargerSettings()), (0, 8), (60, 8), (70, 10), (129.9, 10), (130, 10)) == [6, 8, 8, 8, 10]
