"""Ratios of transformers: what people write, and what it multiplies."""

import pytest

from custom_components.han_port.analysis.ratios import Counted, Ratios, corrected, parse_ratio
from custom_components.han_port.decoder.quantities import Quantity, Unit


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("1", 1.0),
        ("20", 20.0),
        ("100:5", 20.0),
        ("100/5", 20.0),
        ("200:5", 40.0),
        ("300 : 5", 60.0),
        (" 50:1 ", 50.0),
        ("600/1", 600.0),
        ("22000:110", 200.0),
        ("2,5", 2.5),
        ("2.5", 2.5),
        ("62,5:2,5", 25.0),
        ("1:2", 0.5),
        ("0.5", 0.5),
        ("10000", 10_000.0),
    ],
)
def test_a_ratio_is_read_as_people_write_it(text: str, factor: float) -> None:
    """As it is printed on the installation, or as a factor; with the decimal comma of these countries too."""
    assert parse_ratio(text) == factor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x",
        "100:",
        ":5",
        "100:5:1",
        "100-5",
        "-20",
        "+20",
        "1e3",
        "1.000,5",
        "100 5",
        "100:x",
        "20x",
        "nan",
        "inf",
    ],
)
def test_what_is_no_ratio_is_refused(text: str) -> None:
    """With the text, for the log."""
    with pytest.raises(ValueError, match="not a ratio"):
        parse_ratio(text)


@pytest.mark.parametrize("text", ["0", "0:5", "5:0", "0:0", "10001", "20000:1", "9" * 400, f"{'9' * 400}:{'9' * 400}"])
def test_what_no_transformer_has_is_refused(text: str) -> None:
    """Nothing is multiplied by nothing, and no division by zero reaches the user."""
    with pytest.raises(ValueError, match="no possible ratio"):
        parse_ratio(text)


def test_currents_voltages_and_what_both_make_have_their_own_factors() -> None:
    """Power and energy count both ratios, a current only its own, a voltage only its own."""
    ratios = Ratios(current=20.0, voltage=200.0)
    factors = {quantity: ratios.of(quantity) for quantity in Quantity}
    assert {factors[q] for q in Quantity if q.unit is Unit.AMPERE} == {20.0}
    assert {factors[q] for q in Quantity if q.unit is Unit.VOLT} == {200.0}
    both = (Unit.WATT, Unit.VAR, Unit.WATT_HOUR, Unit.VAR_HOUR)
    assert {factors[q] for q in Quantity if q.unit in both} == {4000.0}
    neither = (Unit.RATIO, Unit.COUNT, Unit.HERTZ)
    assert {factors[q] for q in Quantity if q.unit in neither} == {1.0}


def test_without_transformers_nothing_is_multiplied() -> None:
    """Nearly every home."""
    assert {Ratios().of(quantity) for quantity in Quantity} == {1.0}


# --- which values count the ratio -----------------------------------------------------------------------------------


def test_a_ratio_multiplies_what_the_user_says() -> None:
    """Some meters send primary currents and secondary powers, or the other way about."""
    some = Ratios(20.0, 2.0, frozenset({Counted.CURRENT, Counted.ENERGY}))
    told = [some.of(quantity) for quantity in (Quantity.CURRENT_L1, Quantity.POWER_IMPORT, Quantity.ENERGY_IMPORT)]
    assert told == [20.0, 2.0, 40.0]
    assert some.of(Quantity.VOLTAGE_L1) == 2.0
    assert some.of(Quantity.FREQUENCY) == 1.0


@pytest.mark.parametrize(
    ("exponent", "raw", "right"), [(0, 35, 35.0), (2, 35, 3500.0), (-2, 35, 0.35), (-3, 2300, 2.3), (-1, 7, 0.7)]
)
def test_a_scale_that_the_user_corrects_moves_the_point(exponent: int, raw: float, right: float) -> None:
    """Divided by a whole power, not multiplied by a part: 35 hundredths are 0.35."""
    told = corrected({Quantity.CURRENT_L1: raw, Quantity.VOLTAGE_L1: 230.0}, {Unit.AMPERE: exponent})
    assert told == {Quantity.CURRENT_L1: right, Quantity.VOLTAGE_L1: 230.0}
    assert {type(value) for value in told.values()} == {float}


def test_what_the_meter_has_counted_is_taken_off_again_where_values_are_compared() -> None:
    """At its terminals are 2 A, 230 V and 460 W of 40 A and 9200 W."""
    told = {Quantity.CURRENT_L1: 2.0, Quantity.VOLTAGE_L1: 230.0, Quantity.POWER_IMPORT: 9200.0}
    bare = told | {Quantity.POWER_IMPORT: 460.0}
    assert Ratios(20.0, 1.0, frozenset({Counted.CURRENT})).secondary(told) == bare
    assert Ratios(20.0, 200.0, frozenset({Counted.CURRENT})).secondary(told) == bare
    assert Ratios(20.0).secondary(bare) == bare
    assert Ratios(20.0, 1.0, frozenset({Counted.POWER})).secondary(told | {Quantity.CURRENT_L1: 40.0})[
        Quantity.CURRENT_L1
    ] == pytest.approx(2.0)
