"""Values that came with a right checksum and are not believed: no value sent, or two values for one quantity."""

from collections.abc import Callable
import math

import pytest

from custom_components.han_port.decoder import DataError, Quantity, Reading, Reason
from custom_components.han_port.decoder.profiles import PROFILES
from custom_components.han_port.decoder.quantities import Unit
from custom_components.han_port.decoder.telegrams import read_telegram
from tools.simulator import axdr
from tools.simulator.hdlc import frame

from .three_ways import error_of, reading_of

Q = Quantity
INTEGERS: dict[str, tuple[Callable[[int], bytes], tuple[int, ...]]] = {
    "integer": (axdr.integer, (0x7F, -0x80)),
    "long": (axdr.long, (0x7FFF, -0x8000)),
    "double-long": (axdr.double_long, (0x7FFF_FFFF, -0x8000_0000)),
    "long64": (axdr.long64, (2**63 - 1, -(2**63))),
    "unsigned": (axdr.unsigned, (0xFF,)),
    "long-unsigned": (axdr.long_unsigned, (0xFFFF,)),
    "double-long-unsigned": (axdr.double_long_unsigned, (0xFFFF_FFFF,)),
    "long64-unsigned": (axdr.long64_unsigned, (2**64 - 1,)),
    "enum": (axdr.enum, (0xFF,)),
}
"""Type -> how a number of it is encoded, and which of its numbers stand for "no value"."""
PATTERNS = [(encode, raw) for encode, patterns in INTEGERS.values() for raw in patterns]
CLOCK = bytes.fromhex("07EA010F040E000AFF800000")


def of_list(body: bytes, time: bytes = b"\x00") -> bytes:
    """Make a frame of the body of a list."""
    return frame(b"\xe6\xe7\x00\x0f\x40\x00\x00\x00" + time + body, bytes.fromhex("41 0883"))


def code_of(quantity: Quantity) -> bytes:
    """Encode the OBIS code of a quantity as a value."""
    group_a = int(quantity.code.startswith(("96.", "17."))) ^ 1
    return axdr.octet_string(axdr.logical_name(f"{group_a}-0:{quantity.code}"))


def element(quantity: Quantity, value: bytes, *scale: bytes) -> bytes:
    """Make an element of a list with codes: with a scale, if one is given."""
    return axdr.structure(code_of(quantity), value, *scale)


def scaled(quantity: Quantity, value: bytes, scaler: int = -3) -> bytes:
    """Make an element with its scale."""
    return element(quantity, value, axdr.scaler_unit(scaler, quantity.unit.dlms))


def another(quantity: Quantity) -> Quantity:
    """Return a quantity that is not this one."""
    return Q.POWER_EXPORT if quantity is Q.POWER_IMPORT else Q.POWER_IMPORT


def kamstrup(*pairs: bytes) -> bytes:
    """Make a list of codes and values in turn, of a Norwegian meter."""
    model = (axdr.octet_string(axdr.logical_name("1-1:96.1.1")), axdr.visible_string("6841131BN243101040"))
    return of_list(axdr.structure(axdr.visible_string("Kamstrup_V0001"), *model, *pairs), b"\x0c" + CLOCK)


def telegram(*lines: str) -> bytes:
    """Make a P1 telegram ("/" to "!")."""
    return "\r\n".join(("/HLY5\\D545-METER", "", *lines, "!")).encode()


def read(*lines: str) -> Reading:
    """Read a telegram whose checksum was right."""
    return read_telegram(telegram(*lines), trusted=True)


# --- patterns in lists ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", Quantity, ids=lambda quantity: quantity.key)
def test_what_is_not_available_is_no_value_in_any_type_with_or_without_a_scale(quantity: Quantity) -> None:
    """A register of 0xFFFFFFFF would be 4 294 967 kWh in one hour."""
    known = scaled(another(quantity), axdr.integer(5), 0)
    for encode, raw in PATTERNS:
        for bad in (element(quantity, encode(raw)), scaled(quantity, encode(raw))):
            reading = reading_of(of_list(axdr.array(bad, known)))
            assert reading.values == {another(quantity): 5.0}, raw
            assert reading.left_out == ((quantity, raw, Reason.NOT_AVAILABLE),), raw


@pytest.mark.parametrize("name", INTEGERS)
def test_a_number_beside_a_pattern_is_a_value(name: str) -> None:
    """And so is -1, which has all bits of a signed type."""
    encode, patterns = INTEGERS[name]
    beside = [raw - 1 if raw > 0 else raw + 1 for raw in patterns] + [-1] * (min(patterns) < 0)
    for raw in beside:
        reading = reading_of(of_list(axdr.array(scaled(Q.POWER_IMPORT, encode(raw), -16))))
        assert reading.values == {Q.POWER_IMPORT: pytest.approx(raw / 1e16)}
        assert reading.left_out == ()


def test_a_quantity_that_is_never_negative_leaves_minus_one_out() -> None:
    """All ones of a signed type, as a voltage and as a register."""
    volts, register = scaled(Q.VOLTAGE_L1, axdr.long(-1), -1), scaled(Q.ENERGY_IMPORT, axdr.double_long(-1), 0)
    reading = reading_of(of_list(axdr.array(volts, register, scaled(Q.POWER_IMPORT, axdr.long(-1), 0))))
    assert reading.values == {Q.POWER_IMPORT: -1.0}
    assert [each.quantity for each in reading.left_out] == [Q.VOLTAGE_L1, Q.ENERGY_IMPORT]


def test_a_voltage_that_is_not_available_does_not_scale_the_others() -> None:
    """65535 is a voltage in hundredths only, and 231 V would become 2.31 V."""
    volts = [
        part
        for quantity, raw in ((Q.VOLTAGE_L1, 231), (Q.VOLTAGE_L2, 0xFFFF), (Q.VOLTAGE_L3, 229))
        for part in (code_of(quantity), axdr.long_unsigned(raw))
    ]
    reading = reading_of(kamstrup(*volts))
    assert reading.values == {Q.VOLTAGE_L1: 231.0, Q.VOLTAGE_L3: 229.0}
    assert reading.left_out == ((Q.VOLTAGE_L2, 0xFFFF, Reason.NOT_AVAILABLE),)


PLACED = [
    (layout, profile.maker.value)
    for profile in PROFILES
    for layout in profile.layouts
    if layout.tagged or all("ISK" in mark.pattern or "KFM" in mark.pattern for mark in layout.marks)
]


@pytest.mark.parametrize(("layout", "maker"), PLACED, ids=lambda each: getattr(each, "types", each))
def test_a_place_that_is_not_available_is_no_value(layout: object, maker: str) -> None:
    """In lists without codes each number in turn is all ones of its type."""
    encoders = {
        "w": (axdr.long_unsigned, 0xFFFF),
        "l": (axdr.double_long_unsigned, 0xFFFF_FFFF),
        "L": (axdr.long64_unsigned, 2**64 - 1),
        "e": (axdr.enum, 0xFF),
        "b": (lambda _: axdr.boolean(value=True), True),
        "A": (lambda _: axdr.array(), ()),
    }
    marks = {mark.place: mark.pattern.rstrip("$") for mark in layout.marks}  # type: ignore[attr-defined]
    for bad, field in enumerate(layout.fields):  # type: ignore[attr-defined]
        if not isinstance(field, Quantity):
            continue
        values = []
        for place, letter in enumerate(layout.types):  # type: ignore[attr-defined]
            if letter == "o":
                mark = marks.get(place, "12345678")
                values.append(axdr.octet_string(("ISK12345678" if "ISK" in mark else mark).encode()))
            else:
                encode, pattern = encoders[letter]
                values.append(encode(pattern if place == bad else 1))
        message = of_list(axdr.structure(*values), b"\x09\x0c" + CLOCK)
        if len(values) == 1:
            assert isinstance(error_of(message), DataError)
            continue
        reading = reading_of(message)
        assert reading.maker
        assert reading.maker.value == maker
        assert field not in reading.values
        assert reading.left_out == ((field, encoders[layout.types[bad]][1], Reason.NOT_AVAILABLE),)  # type: ignore[attr-defined]


def test_a_described_list_leaves_out_what_is_not_available() -> None:
    """The list of a Landis+Gyr E450, which begins with what its values are."""
    objects = [
        axdr.structure(
            axdr.long_unsigned(40),
            axdr.octet_string(axdr.logical_name("0-8:25.9.0")),
            axdr.integer(2),
            axdr.long_unsigned(0),
        ),
        *(
            axdr.structure(axdr.long_unsigned(3), code_of(quantity), axdr.integer(2), axdr.long_unsigned(0))
            for quantity in (Q.POWER_IMPORT, Q.ENERGY_IMPORT)
        ),
    ]
    body = axdr.structure(axdr.array(*objects), axdr.double_long_unsigned(362), axdr.double_long_unsigned(0xFFFF_FFFF))
    reading = reading_of(of_list(body))
    assert reading.values == {Q.POWER_IMPORT: 362.0}
    assert reading.left_out == ((Q.ENERGY_IMPORT, 0xFFFF_FFFF, Reason.NOT_AVAILABLE),)


def test_a_number_of_a_meter_that_is_not_available_is_no_number() -> None:
    """A meter that was never given one."""
    serial = axdr.structure(axdr.octet_string(axdr.logical_name("0-0:96.1.0")), axdr.double_long_unsigned(0xFFFF_FFFF))
    assert reading_of(of_list(axdr.array(serial, scaled(Q.POWER_IMPORT, axdr.long(7), 0)))).serial is None


# --- patterns in telegrams -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Q.ENERGY_IMPORT, "999999.999*kWh"),
        (Q.ENERGY_EXPORT, "99999999.999*kWh"),
        (Q.ENERGY_IMPORT, "4294967.295*kWh"),
        (Q.REACTIVE_ENERGY_IMPORT, "999999999*varh"),
        (Q.POWER_IMPORT, "99.999*kW"),
        (Q.POWER_EXPORT_L2, "999.999*kW"),
        (Q.REACTIVE_POWER_IMPORT, "99.999*kvar"),
        (Q.VOLTAGE_L1, "999.9*V"),
        (Q.CURRENT_L3, "999*A"),
        (Q.FREQUENCY, "99.99*Hz"),
        (Q.POWER_FAILURES, "99999"),
        (Q.POWER_FAILURES, "4294967295"),
    ],
)
def test_all_nines_of_a_field_that_no_house_can_have_are_no_value(quantity: Quantity, text: str) -> None:
    """Text has no bits: its highest number stands for "no value"."""
    code = f"{'0' if quantity.unit is Unit.COUNT else '1'}-0:{quantity.code}"
    reading = read("1-0:2.7.0(0.120*kW)", f"{code}({text})")
    assert reading.values == {Q.POWER_EXPORT: 120.0}
    assert reading.left_out == ((quantity, float(text.partition("*")[0]), Reason.NOT_AVAILABLE),)


@pytest.mark.parametrize("quantity", [one for one in Quantity if one is not Q.POWER_EXPORT], ids=lambda one: one.key)
def test_empty_brackets_are_no_value(quantity: Quantity) -> None:
    """With a unit and without."""
    code = f"{'0' if quantity.code.startswith(('96.', '17.')) else '1'}-0:{quantity.code}"
    for empty in ("()", "(*kW)"):
        reading = read("1-0:2.7.0(0.120*kW)", code + empty)
        assert reading.values == {Q.POWER_EXPORT: 120.0}
        assert reading.left_out == ((quantity, "", Reason.NOT_AVAILABLE),)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("1-0:1.7.0(9.999*kW)", 9999.0),
        ("1-0:1.7.0(999*W)", 999.0),
        ("1-0:31.7.0(99.9*A)", 99.9),
        ("1-0:1.8.0(000999.999*kWh)", 999_999.0),
        ("1-0:1.8.0(999999.998*kWh)", 999_999_998.0),
        ("0-0:96.7.21(00999)", 999.0),
        ("1-0:1.7.0(65.535*kW)", 65_535.0),
    ],
)
def test_nines_that_a_house_can_have_are_a_value(line: str, value: float) -> None:
    """A house may well take 9.999 kW."""
    assert [*read(line).values.values()] == [value]


# --- twice ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [True, False], ids=["scaled", "by the maker"])
def test_a_quantity_that_comes_twice_in_a_list_with_other_values_has_none(scale: bool) -> None:
    """Nobody knows which one is right. With the same value it is fine."""
    values = [
        (Q.POWER_IMPORT, 100),
        (Q.VOLTAGE_L1, 231),
        (Q.POWER_IMPORT, 200),
        (Q.VOLTAGE_L1, 231),
        (Q.POWER_IMPORT, 100),
        (Q.POWER_IMPORT, 300),
    ]
    if scale:
        message = of_list(axdr.array(*(scaled(each, axdr.long(raw), 0) for each, raw in values)))
    else:
        message = kamstrup(*(part for each, raw in values for part in (code_of(each), axdr.long_unsigned(raw))))
    reading = reading_of(message)
    assert reading.values == {Q.VOLTAGE_L1: 231.0}
    assert {(each.quantity, each.value, each.reason) for each in reading.left_out} == {
        (Q.POWER_IMPORT, 100.0, Reason.CONTRADICTORY),
        (Q.POWER_IMPORT, 200.0, Reason.CONTRADICTORY),
        (Q.POWER_IMPORT, 300.0, Reason.CONTRADICTORY),
    }


def test_a_line_that_comes_twice_with_other_values_is_no_value() -> None:
    """Neither the first nor the last. Watts and kilowatts are the same."""
    reading = read("1-0:1.8.0(3668.743*kWh)", "1-0:1.7.0(1.200*kW)", "1-0:1.8.0(3600.100*kWh)", "1-0:1.7.0(1200*W)")
    assert reading.values == {Q.POWER_IMPORT: 1200.0}
    assert [(each.quantity, each.value) for each in reading.left_out] == [
        (Q.ENERGY_IMPORT, 3_600_100.0),
        (Q.ENERGY_IMPORT, 3_668_743.0),
    ]
    assert {each.reason for each in reading.left_out} == {Reason.CONTRADICTORY}


NOW = ("0-0:1.0.0(220203113815W)", "1-0:1.8.0(3668.743*kWh)", "1-0:31.7.0(004.1*A)")
THEN = ("0-0:1.0.0(220201000000T)", "1-0:1.8.0(3600.100*kWh)", "1-0:2.8.0(3400.200*kWh)")
AFTER = "1-0:2.7.0(0.120*kW)"


@pytest.mark.parametrize(
    ("block", "rest"),
    [
        (("0-0:98.1.0", "(", *THEN, ")"), (AFTER,)),
        (("0-0:98.1.0(", *THEN, ")"), (AFTER,)),
        (("0-0:98.1.0", f"({THEN[0]}", *THEN[1:], ")"), (AFTER,)),
        (("0-0:98.1.0", "(", *THEN[:-1], THEN[-1] + ")"), (AFTER,)),
        (("0-0:98.1.0", *(f"({line})" for line in THEN)), (AFTER,)),
        (("(", *THEN, ")"), (AFTER,)),
        (("0-0:98.1.0", "(", *THEN), ()),
        (("0-0:98.1.0", *THEN), ()),
        (THEN, ()),
        (("1-0:1.8.0(220201000000W)(3600.100*kWh)",), (AFTER,)),
        (("0-0:98.1.0", "(", *THEN, ")", "0-0:98.1.0", "(", *THEN, ")"), (AFTER,)),
    ],
)
def test_a_block_of_a_date_of_its_own_holds_no_current_values(block: tuple[str, ...], rest: tuple[str, ...]) -> None:
    """A Holley sends the registers at the end of the last month once more."""
    reading = read(*NOW, *block, *rest)
    assert reading.values == {Q.ENERGY_IMPORT: 3_668_743.0, Q.CURRENT_L1: 4.1} | (
        {Q.POWER_EXPORT: 120.0} if rest else {}
    )
    assert reading.left_out == ()
    assert reading.sent_at
    assert reading.sent_at.local.day == 3


def test_a_block_before_the_current_lines_takes_none_of_them() -> None:
    """It ends where its bracket closes."""
    reading = read("0-0:98.1.0", "(", *THEN, ")", *NOW)
    assert reading.values == {Q.ENERGY_IMPORT: 3_668_743.0, Q.CURRENT_L1: 4.1}


def test_a_clock_that_is_sent_twice_begins_no_block() -> None:
    """The same time, or a later one, is that of now."""
    reading = read(*NOW, NOW[0], "0-0:1.0.0(220203113816W)", AFTER)
    assert reading.values == {Q.ENERGY_IMPORT: 3_668_743.0, Q.CURRENT_L1: 4.1, Q.POWER_EXPORT: 120.0}


def test_a_float_that_is_no_number_is_left_out() -> None:
    """The pattern of floats for "no value"."""
    bad = scaled(Q.VOLTAGE_L1, axdr.float32(math.nan), 0)
    reading = reading_of(of_list(axdr.array(bad, scaled(Q.POWER_IMPORT, axdr.long(7), 0))))
    assert reading.values == {Q.POWER_IMPORT: 7.0}
    assert [each.quantity for each in reading.left_out] == [Q.VOLTAGE_L1]
