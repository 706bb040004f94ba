"""A charger in the loop: it settles, keeps the fuse, and no word of a cloud leads it astray."""

import pytest

from custom_components.han_port.analysis.charge_control import MAX_STARTS, ChargeControl
from custom_components.han_port.analysis.charger_group import ChargerGroup
from custom_components.han_port.analysis.charging import (
    Allowance,
    ChargerSettings,
    Limit,
    Recommendation,
    Situation,
    Wiring,
)
from custom_components.han_port.analysis.supply_system import SupplySystem
from tests.support.charging import ENTITIES, run
from tests.support.charging_houses import constant, wild
from tools.simulator.charger import ChargerKind

HOUSES = (0, 4, 9, 14, 17, 18)
"""A in each line; the fuse is 25 A and the margin 1 A."""


@pytest.mark.slow
@pytest.mark.parametrize("entity", ENTITIES)
def test_in_a_house_that_does_not_change_it_settles_on_what_there_is_room_for(entity: str) -> None:
    """Whatever the charger says of itself: nothing of that is subtracted."""
    for amperes in HOUSES:
        result = run(constant(float(amperes)), ChargerKind(), entity, seed=amperes)
        assert result.said == 24 - amperes, (entity, amperes)
        assert result.changes_after(600) == 0, (entity, amperes)
        assert result.starts == 1, (entity, amperes)


@pytest.mark.parametrize(
    ("kind", "wiring"),
    [
        (ChargerKind(lines=(1,)), Wiring.THREE_PHASE),
        (ChargerKind(lines=(3,)), Wiring.THREE_PHASE),
        (ChargerKind(lines=(2,)), Wiring.L2),
        (ChargerKind(delay=(2.0, 2.0)), Wiring.THREE_PHASE),
        (ChargerKind(delay=(55.0, 60.0)), Wiring.THREE_PHASE),
        (ChargerKind(ignores=0.1), Wiring.THREE_PHASE),
    ],
)
def test_chargers_of_other_kinds_settle_too(kind: ChargerKind, wiring: Wiring) -> None:
    """A car of one phase at a charger of three, a quick one, one that takes a minute, one that loses commands."""
    for amperes in HOUSES:
        result = run(constant(float(amperes)), kind, wiring=wiring, seed=amperes)
        assert 24 - amperes - 1 <= result.said <= 24 - amperes, amperes
        assert result.changes_after(900) <= 1, amperes


@pytest.mark.parametrize("amperes", [20, 22, 24])
def test_where_there_is_no_room_for_six_amperes_nothing_is_charged(amperes: int) -> None:
    """What the fail-safe value has begun is held for five minutes at most, and only where the fuse bears it."""
    result = run(constant(float(amperes)), ChargerKind(), seed=amperes)
    assert result.said == 0
    assert result.changes_after(420) == 0
    assert result.much_above <= 30


@pytest.mark.parametrize(
    ("kind", "wiring", "share", "much_above"),
    [
        (ChargerKind(), Wiring.THREE_PHASE, 90, 60),
        (ChargerKind(lines=(1,)), Wiring.THREE_PHASE, 80, 60),
        (ChargerKind(lines=(1,)), Wiring.L1, 80, 60),
        (ChargerKind(delay=(55.0, 60.0)), Wiring.THREE_PHASE, 80, 100),
        (ChargerKind(ignores=0.1), Wiring.THREE_PHASE, 80, 140),
    ],
)
def test_in_a_wild_house_little_energy_is_lost_and_the_fuse_is_kept(
    kind: ChargerKind, wiring: Wiring, share: int, much_above: int
) -> None:
    """Compared with a controller that knows everything. A breaker bears 1.13 times its size for an hour."""
    for seed in range(2):
        result = run(wild(seed, 3 * 3600), kind, wiring=wiring, hours=3, seed=seed)
        assert result.share >= share, seed
        assert result.much_above <= much_above, seed
        assert result.starts / 3 <= MAX_STARTS, seed


def hear(control: ChargeControl, now: Situation) -> None:
    """Let a charger that is alone hear a list."""
    ChargerGroup([control]).update(now)


def told(control: ChargeControl, *lists: tuple[float, float, float], begin: float = 0.0) -> Recommendation:
    """Let a control hear lists, ten seconds each."""
    for number, amperes in enumerate(lists):
        hear(control, Situation(dict(enumerate(amperes, 1)), begin + 10.0 * number))
    return control.recommended


def test_before_the_first_list_it_is_fail_safe() -> None:
    control = ChargeControl(ChargerSettings(fail_safe=8), 25.0)
    assert control.recommended == Recommendation(8, Limit.FAIL_SAFE)


def test_when_data_stops_it_is_the_lesser_of_what_was_said_and_fail_safe() -> None:
    """A paused car is never started in the dark."""
    control = ChargeControl(ChargerSettings(fail_safe=8), 25.0)
    assert told(control, *[(3.0, 3.0, 3.0)] * 20).amperes == 21
    control.fail(300.0)
    assert control.recommended == Recommendation(8, Limit.FAIL_SAFE)
    assert told(control, *[(33.0, 33.0, 33.0)] * 8, begin=310.0).amperes == 0, "it does not help"
    control.fail(500.0)
    assert control.recommended == Recommendation(0, Limit.FAIL_SAFE)


def test_above_the_fuse_it_falls_at_the_next_list_and_not_again_while_that_is_under_way() -> None:
    """The car draws 16 of 20 A, and then an oven of 9 A comes: 29 A. What is commanded takes its time."""
    control = ChargeControl(ChargerSettings(fail_safe=16, maximum=16), 25.0)
    for second in range(0, 100, 10):
        control.witness(16.0, second, SupplySystem.TN, is_power=False)
    told(control, *[(4.0, 4.0, 4.0)] * 3, *[(20.0, 20.0, 20.0)] * 10)
    assert told(control, (29.0, 29.0, 29.0), begin=200.0).amperes == 11
    assert told(control, (29.0, 29.0, 29.0), begin=210.0).amperes == 11
    assert told(control, (24.0, 24.0, 24.0), begin=220.0).amperes == 11


def test_six_amperes_are_not_held_where_the_lines_stay_far_above_the_fuse() -> None:
    """Whatever is believed of the car: 30 of 25 A are more than a fuse bears for five minutes."""
    control = ChargeControl(ChargerSettings(fail_safe=16, maximum=16), 25.0)
    told(control, *[(4.0, 4.0, 4.0)] * 3, *[(20.0, 20.0, 20.0)] * 10)
    assert told(control, *[(30.0, 30.0, 30.0)] * 9, begin=200.0).amperes == 0


def test_a_line_that_nobody_measures_is_not_watched() -> None:
    control = ChargeControl(ChargerSettings(Wiring.L2, fail_safe=7), 25.0)
    hear(control, Situation({1: 3.0, 3: 4.0}, 0.0))
    assert control.recommended == Recommendation(7, Limit.FAIL_SAFE)


def test_the_budget_of_the_hour_limits_too() -> None:
    control, budget = ChargeControl(ChargerSettings(fail_safe=16), 25.0), Allowance(9 * 690.0, Limit.TARIFF)
    for number in range(20):
        hear(control, Situation({1: 2.0, 2: 2.0, 3: 2.0}, 10.0 * number, allowances=(budget,)))
    assert (control.recommended.amperes, control.recommended.limit) == (9, Limit.TARIFF)


def test_no_more_than_the_charger_bears_is_recommended() -> None:
    control = ChargeControl(ChargerSettings(maximum=16), 25.0)
    assert told(control, *[(2.0, 2.0, 2.0)] * 20) == Recommendation(16, Limit.CHARGER)
