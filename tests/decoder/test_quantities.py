"""The table of what can be measured."""

import re

import pytest

from custom_components.han_port.decoder.quantities import BY_KEY, BY_OBIS, PHASES, Phase, Quantity, Unit, quantity_of


def test_every_quantity_has_a_code_of_its_own() -> None:
    """Two lines with one code would be one member of the enumeration, and a sensor would go missing in silence."""
    assert len(Quantity) == 79
    assert len({quantity.code for quantity in Quantity}) == 79
    assert len(BY_OBIS) == 79
    assert all(re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{1,2}", quantity.code) for quantity in Quantity)


def test_keys_are_the_names_in_lower_case() -> None:
    """Entities, translations and other people's integrations hang on them."""
    assert BY_KEY["power_import"] is Quantity.POWER_IMPORT
    assert BY_KEY["reactive_power_export_l3"] is Quantity.REACTIVE_POWER_EXPORT_L3
    assert set(BY_KEY) == {name.lower() for name in Quantity.__members__}


def test_the_phases_hold_every_quantity_of_a_phase() -> None:
    """Each in the phase of its number, under its own name, so that nobody has to put these names together."""
    assert [phase.number for phase in PHASES] == [1, 2, 3]
    for phase in PHASES:
        for field, quantity in zip(Phase._fields[1:], phase[1:], strict=True):
            assert quantity.key == f"{field}_l{phase.number}"
    held = {quantity for phase in PHASES for quantity in phase[1:]}
    assert held == {quantity for quantity in Quantity if re.search(r"_L\d$", quantity.name)}


OF_PHASES = [
    quantity for quantity in Quantity if quantity.code.split(".")[1] in ("7", "8") and quantity.code[:2] != "96"
]


@pytest.mark.parametrize("quantity", OF_PHASES, ids=lambda quantity: quantity.key)
def test_the_unit_follows_from_the_code(quantity: Quantity) -> None:
    """Group C is the kind and the phase (20 a phase, 91 the neutral), group D is 7 for the moment, 8 for the total."""
    kind, processing, tariff = map(int, quantity.code.split("."))
    phase, kind = divmod(kind, 20) if 20 < kind < 80 else (0, kind % 80)
    units = {
        (1, 7): Unit.WATT,
        (2, 7): Unit.WATT,
        (3, 7): Unit.VAR,
        (4, 7): Unit.VAR,
        (11, 7): Unit.AMPERE,
        (12, 7): Unit.VOLT,
        (13, 7): Unit.RATIO,
        (14, 7): Unit.HERTZ,
        (1, 8): Unit.WATT_HOUR,
        (2, 8): Unit.WATT_HOUR,
        **{(quadrant, 8): Unit.VAR_HOUR for quadrant in range(3, 9)},
    }
    assert units[kind, processing] is quantity.unit
    assert re.search(r"_l\d$", quantity.key) is None if not phase else quantity.key.endswith(f"_l{phase}")
    assert quantity.key.endswith(f"_t{tariff}") is bool(tariff)
    assert ("export" in quantity.key) is (kind in {2, 4})


def test_registers_are_the_running_totals() -> None:
    """They may only grow, live for hours and belong to an hour."""
    registers = {quantity for quantity in Quantity if quantity.code.split(".")[1] == "8"}
    assert {quantity for quantity in Quantity if quantity.is_register} == registers
    assert len(registers) == 30


@pytest.mark.parametrize(
    ("obis", "expected"),
    [
        ("0000600715FF", Quantity.POWER_FAILURES),
        ("0000110000FF", Quantity.LIMITER_THRESHOLD),
        ("0100600715FF", None),  # behind the group of electricity
        ("000160030AFF", None),  # the valve of a gas meter
        ("0200600715FF", None),
    ],
)
def test_what_has_no_medium_stands_behind_group_a_of_zero(obis: str, expected: Quantity | None) -> None:
    """And behind group B of zero: others are the meters of gas and water that ours collects."""
    assert quantity_of(bytes.fromhex(obis)) is expected


def test_units_are_those_of_the_standard() -> None:
    """The numbers of the DLMS enumeration."""
    assert {unit.name: unit.dlms for unit in Unit} == {
        "WATT": 27,
        "VAR": 29,
        "WATT_HOUR": 30,
        "VAR_HOUR": 32,
        "AMPERE": 33,
        "VOLT": 35,
        "HERTZ": 44,
        "RATIO": 255,
        "COUNT": 255,
    }


@pytest.mark.parametrize(
    ("unit", "symbol", "minimum", "maximum"),
    [
        (Unit.WATT, "W", -1e6, 1e6),
        (Unit.VAR, "var", -1e6, 1e6),
        (Unit.WATT_HOUR, "Wh", 0.0, 1e13),
        (Unit.VAR_HOUR, "varh", 0.0, 1e13),
        (Unit.AMPERE, "A", -1e4, 1e4),
        (Unit.VOLT, "V", 0.0, 1e3),
        (Unit.HERTZ, "Hz", 0.0, 100.0),
        (Unit.RATIO, "", 0.0, 1.0),
        (Unit.COUNT, "", 0.0, 1e9),
    ],
)
def test_a_unit_says_what_a_real_meter_can_say_in_it(unit: Unit, symbol: str, minimum: float, maximum: float) -> None:
    """A megawatt, ten thousand amperes, a thousand volts; a register of ten digits in kWh, and never below nothing."""
    assert (unit.symbol, unit.minimum, unit.maximum) == (symbol, minimum, maximum)


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
    assert len(values) == 79
    assert values[Quantity.VOLTAGE_L3] == values[BY_KEY["voltage_l3"]] == list(Quantity).index(Quantity.VOLTAGE_L3)
