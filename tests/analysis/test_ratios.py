"""Ratios of transformers: what people write, and what it multiplies."""

import pytest

from custom_components.han_port.analysis.ratios import Ratios, parse_ratio
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
