"""The table of what can be measured."""

import re

import pytest

from custom_components.han_port.decoder.quantities import BY_KEY, BY_OBIS, Quantity, Unit, quantity_of

REGISTERS = {
    Quantity.ENERGY_IMPORT,
    Quantity.ENERGY_EXPORT,
    Quantity.REACTIVE_ENERGY_IMPORT,
    Quantity.REACTIVE_ENERGY_EXPORT,
}


def test_every_quantity_has_a_code_of_its_own() -> None:
    """Two lines with one code would be one member of the enumeration, and a sensor would go missing in silence."""
    assert len(Quantity) == 26
    assert len({quantity.code for quantity in Quantity}) == 26
    assert len(BY_OBIS) == 26
    assert all(re.fullmatch(r"\d{1,2}\.[78]\.0", quantity.code) for quantity in Quantity)


def test_keys_are_the_names_in_lower_case() -> None:
    """Entities, translations and other people's integrations hang on them."""
    assert BY_KEY["power_import"] is Quantity.POWER_IMPORT
    assert BY_KEY["reactive_power_export_l3"] is Quantity.REACTIVE_POWER_EXPORT_L3
    assert set(BY_KEY) == {name.lower() for name in Quantity.__members__}


@pytest.mark.parametrize("quantity", Quantity, ids=lambda quantity: quantity.key)
def test_the_unit_follows_from_the_code(quantity: Quantity) -> None:
    """Group C is the kind and the phase (20 a phase), group D is 7 for the moment and 8 for the total."""
    kind, processing, _ = map(int, quantity.code.split("."))
    phase, kind = divmod(kind, 20) if kind > 20 else (0, kind)
    units = {
        (1, 7): Unit.WATT,
        (2, 7): Unit.WATT,
        (3, 7): Unit.VAR,
        (4, 7): Unit.VAR,
        (11, 7): Unit.AMPERE,
        (12, 7): Unit.VOLT,
        (1, 8): Unit.WATT_HOUR,
        (2, 8): Unit.WATT_HOUR,
        (3, 8): Unit.VAR_HOUR,
        (4, 8): Unit.VAR_HOUR,
    }
    assert units[kind, processing] is quantity.unit
    assert quantity.key.endswith(f"_l{phase}") is bool(phase)
    assert ("export" in quantity.key) is (kind in {2, 4})


def test_registers_are_the_running_totals() -> None:
    """They may only grow, live for hours and belong to an hour."""
    assert {quantity for quantity in Quantity if quantity.is_register} == REGISTERS


def test_units_are_those_of_the_standard() -> None:
    """The numbers of the DLMS enumeration."""
    assert {unit.symbol: unit.dlms for unit in Unit} == {"W": 27, "var": 29, "Wh": 30, "varh": 32, "A": 33, "V": 35}


@pytest.mark.parametrize("group_b", [0, 1, 65, 255])
def test_group_b_is_the_makers_choice(group_b: int) -> None:
    """1-0 is Aidon's, 1-1 is Kamstrup's; a peer that compared it lost a meter."""
    assert quantity_of(bytes((1, group_b, 1, 7, 0, 255))) is Quantity.POWER_IMPORT


@pytest.mark.parametrize(
    "code",
    ["0000010700FF", "0700010700FF", "010001070000", "010001070080", "010001070100", "010063070000", "0100010701FF"],
)
def test_another_medium_and_another_period_are_no_quantity(code: str) -> None:
    """Group A is 1 (electricity) and group F is 255 (now); 1.7.1 is a tariff's."""
    assert quantity_of(bytes.fromhex(code)) is None


def test_members_are_told_apart_in_a_mapping() -> None:
    """Their hash is the identity's, for speed; it must stay a hash."""
    values = {quantity: number for number, quantity in enumerate(Quantity)}
    assert len(values) == 26
    assert values[Quantity.VOLTAGE_L3] == values[BY_KEY["voltage_l3"]] == list(Quantity).index(Quantity.VOLTAGE_L3)
