"""Registers that cannot be believed: what is left out once, what is asked about, and what comes back by itself."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.han_port.analysis.integral import Sum
from custom_components.han_port.analysis.register_check import DECIDED_AFTER, RegisterCheck, Suspects, max_growth
from custom_components.han_port.decoder.quantities import Quantity

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
IMPORT, EXPORT = Quantity.ENERGY_IMPORT, Quantity.ENERGY_EXPORT
JUMPED, FELL, RIGHT = Suspects(jumped=frozenset((IMPORT,))), Suspects(fallen=frozenset((IMPORT,))), Suspects()


class Lists:
    """A meter with a list each hour, whose register may grow by 5 kWh in an hour."""

    def __init__(self, check: RegisterCheck | None = None) -> None:
        self.check = check or RegisterCheck()
        self.believed = {IMPORT: 100_000.0}
        self.at, self.heard_at = TEN, TEN

    def say(self, register: float) -> Suspects:
        """Let an hour pass and a list come; return what is not believed of it."""
        self.at += timedelta(hours=1)
        hours = (self.at - self.heard_at) / timedelta(hours=1)
        suspects = self.check.update(self.believed, {IMPORT: register}, lambda _register: 5_000.0 * hours, self.at)
        if not suspects.all:
            self.believed[IMPORT], self.heard_at = register, self.at
        return suspects


@pytest.mark.parametrize(
    ("flowed", "elapsed", "most"),
    [
        (Sum(2_000.0, 3_600.0), 3_600.0, 4_500.0),
        (Sum(2_000.0, 3_610.0), 3_600.0, 4_500.0),
        (Sum(1_000.0, 1_800.0), 3_600.0, 53_000.0),
        (None, 3_600.0, 101_500.0),
        (Sum(-5.0, 10.0), 10.0, 1_500.0),
    ],
)
def test_a_register_may_grow_by_the_power_and_by_the_most_where_that_is_not_known(
    flowed: Sum | None, elapsed: float, most: float
) -> None:
    """Half as much again as the power says, and a kilowatt-hour and a half."""
    assert max_growth(flowed, elapsed, 100_000.0) == most


def test_a_register_that_is_misread_once_is_left_out_and_nobody_is_asked() -> None:
    """The true one comes an hour later."""
    lists = Lists()
    said = [lists.say(register) for register in (103_000, 6_653_600_000, 106_000, 109_000)]
    assert said == [RIGHT, JUMPED, RIGHT, RIGHT]
    assert not lists.check.is_asked


@pytest.mark.parametrize(("to", "suspects"), [(1_000_000.0, JUMPED), (5.0, FELL)])
def test_a_register_that_goes_on_from_another_value_is_asked_about_at_its_third_list(
    to: float, suspects: Suspects
) -> None:
    """However much its house may have drawn meanwhile: what goes on from there stays in suspects."""
    lists = Lists()
    lists.say(103_000)
    assert (lists.say(to), lists.check.is_asked) == (suspects, False)
    assert (lists.say(to + 1_000), lists.check.is_asked) == (suspects, False)
    assert (lists.say(to + 2_000), lists.check.is_asked) == (suspects, True)
    for hour in range(3, 400):
        assert lists.say(to + 1_000 * hour) == (
            suspects if to + 1_000 * hour < 103_000 or suspects is JUMPED else RIGHT
        )


def test_a_register_that_comes_back_settles_the_question() -> None:
    """It was the meter's own fault."""
    lists = Lists()
    for register in (1_000_000, 1_001_000, 1_002_000):
        lists.say(register)
    assert lists.check.is_asked
    assert lists.say(104_000) == RIGHT
    assert not lists.check.is_asked
    assert not lists.check.held


def test_a_register_that_jumps_to_and_fro_never_goes_on_from_anywhere() -> None:
    """Each lower one is another value, and its lists are counted from 1."""
    lists = Lists()
    for register in (9_000_000, 8_000_000, 7_000_000, 6_000_000, 5_000_000):
        assert lists.say(register) == JUMPED
        assert not lists.check.is_asked
    lists.say(5_001_000)
    lists.say(5_002_000)
    assert lists.check.is_asked
    assert lists.check.held == {IMPORT: 5_000_000}


def test_a_question_that_nobody_answers_is_decided_after_a_week() -> None:
    """And not before: it says so each list until then."""
    lists = Lists()
    for hour in range(1, 24 * 7 + 2):
        lists.say(1_000_000 + 1_000 * hour)
        assert lists.check.is_decided(lists.at) is (lists.at - TEN - timedelta(hours=1) >= DECIDED_AFTER)
    lists.check.forget()
    assert not lists.check.is_decided(lists.at)
    assert not lists.check.held


def test_what_is_asked_is_known_after_a_restart() -> None:
    """A restart is no answer."""
    lists = Lists()
    for register in (1_000_000, 1_001_000, 1_002_000):
        lists.say(register)
    restored = RegisterCheck.from_dict(json.loads(json.dumps(lists.check.as_dict())))
    assert restored == lists.check
    assert restored.is_asked
    assert restored.update(lists.believed, {IMPORT: 1_003_000.0}, lambda _register: 1e9, lists.at) == JUMPED


def test_one_register_is_in_doubt_for_itself() -> None:
    """Another one of the same list is as it was."""
    check = RegisterCheck()
    believed = {IMPORT: 1_000.0, EXPORT: 2_000.0}
    most = {IMPORT: 100.0, EXPORT: 100.0}
    assert check.update(believed, {IMPORT: 1_050.0, EXPORT: 9_000.0}, most.__getitem__, TEN).all == {EXPORT}
    assert check.update(believed, {IMPORT: 500.0, EXPORT: 9_000.0}, most.__getitem__, TEN) == (
        frozenset((IMPORT,)),
        frozenset((EXPORT,)),
    )
    assert check.update({}, {IMPORT: 1e9}, most.__getitem__, TEN) == RIGHT, "the first one of all is believed"


def test_a_list_without_the_register_in_question_answers_nothing() -> None:
    """Some meters send the tariffs' registers in a list of their own."""
    check = RegisterCheck()
    believed = {IMPORT: 1_000.0, EXPORT: 2_000.0}
    for _list in range(3):
        assert check.update(believed, {EXPORT: 500.0}, lambda _register: 0.0, TEN).fallen == {EXPORT}
        assert check.update(believed, {IMPORT: 1_000.0}, lambda _register: 0.0, TEN) == RIGHT
    assert check.is_asked
    assert check.update(believed, {EXPORT: 2_000.0}, lambda _register: 0.0, TEN) == RIGHT
    assert not check.is_asked
    for _list in range(3):
        assert check.update(believed, {EXPORT: 99_000.0}, lambda _register: 0.0, TEN).jumped == {EXPORT}
        assert check.update(believed, {IMPORT: 1_000.0}, lambda _register: 0.0, TEN) == RIGHT
    assert check.is_asked
