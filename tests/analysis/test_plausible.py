"""Momentary values that no house can have: what is left out, and what only looks like it."""

import pytest

from custom_components.han_port.analysis.plausible import PlausibleValues
from custom_components.han_port.decoder.quantities import PHASES, Quantity

POWER, EXPORT = Quantity.POWER_IMPORT, Quantity.POWER_EXPORT
L1, L2, L3 = (phase.current for phase in PHASES)


def of_house(power: float, *amperes: float, volts: float = 230.0) -> dict[Quantity, float]:
    """Return a list of a house with a neutral: its power (W) and its currents (A)."""
    currents = {phase.current: each for phase, each in zip(PHASES, amperes, strict=False)}
    return {POWER: power, EXPORT: 0.0, **{phase.voltage: volts for phase in PHASES[: len(amperes)]}, **currents}


QUIET = of_house(3_200.0, 4.7, 5.0, 4.2)


@pytest.mark.parametrize(
    ("fuse", "values", "impossible"),
    [
        (63.0, {POWER: 999_999.0}, {POWER}),
        (None, {POWER: 999_999.0}, {POWER}),
        (25.0, {EXPORT: 70_000.0}, {EXPORT}),
        (25.0, {EXPORT: 60_000.0}, set()),
        (25.0, QUIET | {L2: 2_550.0}, {L2}),
        (None, QUIET | {L2: 2_550.0}, {L2}),
        (None, QUIET | {L2: 100.0}, {L2}),
        (None, QUIET | {L2: 80.0}, set()),
        (None, QUIET | {L1: -470.0}, {L1}),
        (None, QUIET | {POWER: 32_000.0}, {POWER}),
        (63.0, QUIET | {POWER: 32_000.0}, {POWER}),
        (25.0, {Quantity.CURRENT_N: 101.0}, {Quantity.CURRENT_N}),
        (25.0, {Quantity.CURRENT_N: 99.0}, set()),
        (25.0, {Quantity.REACTIVE_POWER_IMPORT: 999_999.0}, {Quantity.REACTIVE_POWER_IMPORT}),
        (25.0, {Quantity.POWER_IMPORT_L2: 999_999.0}, {Quantity.POWER_IMPORT_L2}),
        (25.0, {Quantity.LIMITER_THRESHOLD: 999_999.0, Quantity.ENERGY_IMPORT: 1e9}, set()),
        (25.0, of_house(17_000.0, 24.0, 25.0, 25.0), set()),
        (25.0, of_house(24_000.0, 35.0, 35.0, 34.0), set()),
    ],
)
def test_a_value_that_no_house_has_is_found_in_one_list(
    fuse: float | None, values: dict[Quantity, float], impossible: set[Quantity]
) -> None:
    """By the main fuse; without it by the rest of the list, and at last by 100 kW."""
    assert PlausibleValues(fuse, 1.0).impossible(values, QUIET) == impossible


def test_what_the_whole_list_agrees_with_is_a_setting_that_is_wrong() -> None:
    """A fuse that was mistyped must not hide an overload."""
    assert PlausibleValues(2.0, 1.0).impossible(of_house(17_000.0, 24.0, 25.0, 25.0), {}) == set()


def test_a_scale_that_is_wrong_contradicts_in_each_list_and_is_asked_about_elsewhere() -> None:
    """Currents of ten times the true ones, from the first list on."""
    wrong = of_house(3_200.0, 47.0, 50.0, 42.0)
    checked = PlausibleValues(None, 1.0)
    assert checked.impossible(wrong, {}) == set()
    assert checked.impossible(wrong, wrong) == set()


def test_phases_that_feed_each_other_agree() -> None:
    """Solar cells on L1, a kettle on L2: 20 A each, and nearly nothing in all."""
    fed = of_house(100.0, 40.0, 40.0, 0.5)
    assert PlausibleValues(None, 1.0).impossible(fed, QUIET) == set()


def test_a_net_without_a_neutral_agrees_though_its_product_is_twice_the_power() -> None:
    """Voltages from line to line, and the third current left out."""
    checked = PlausibleValues(25.0, 1.0)
    both = {POWER: 9_000.0, EXPORT: 0.0, PHASES[0].voltage: 230.0, PHASES[2].voltage: 230.0, L1: 24.0, L3: 24.0}
    assert checked.impossible(both, both) == set()


def test_a_large_building_of_which_nothing_is_known_is_believed_at_its_second_list() -> None:
    """Its first one could be a slip; a list of another kind in between says nothing of it."""
    checked = PlausibleValues(None, 1.0)
    assert checked.impossible({POWER: 250_000.0}, {}) == {POWER}
    assert checked.impossible({L1: 5.0}, {}) == set()
    assert checked.impossible({POWER: 240_000.0}, {}) == set()
    assert checked.impossible({POWER: 3_000.0}, {}) == set()
    assert checked.impossible({POWER: 250_000.0}, {}) == {POWER}


def test_transformers_multiply_what_a_house_may_have() -> None:
    assert PlausibleValues(None, 20.0).impossible({POWER: 1_900_000.0}, {}) == set()
    assert PlausibleValues(None, 20.0).impossible({POWER: 2_100_000.0}, {}) == {POWER}
