"""Makers' lists: names, scales, and everything that must not become a number with a unit."""

import math

import pytest

from custom_components.han_port.decoder import (
    DataError,
    Maker,
    Quantity,
    Reading,
    Reason,
    UnknownListError,
    hourly_quantities,
    tells_means,
)
from custom_components.han_port.decoder.clock import Dialect
from custom_components.han_port.decoder.profiles import MAKERS_BY_FLAG, PROFILES, Layout
from tools.simulator import axdr
from tools.simulator.hdlc import frame

from .three_ways import error_of, reading_of

CLOCK = bytes.fromhex("07EA010F040E000AFF800000")
UNTIMED, BARE, TAGGED = b"\x00", b"\x0c" + CLOCK, b"\x09\x0c" + CLOCK
WATT, VAR, WATT_HOUR, AMPERE, VOLT = 27, 29, 30, 33, 35
REGISTERS = (
    Quantity.ENERGY_IMPORT,
    Quantity.ENERGY_EXPORT,
    Quantity.REACTIVE_ENERGY_IMPORT,
    Quantity.REACTIVE_ENERGY_EXPORT,
)


def framed(body: bytes, time: bytes = UNTIMED, llc: bytes = b"\xe6\xe7\x00") -> bytes:
    """Wrap the body of a data-notification in all that stands around it."""
    return frame(llc + b"\x0f\x40\x00\x00\x00" + time + body, bytes.fromhex("41 0883"))


def code(obis: str) -> bytes:
    """Encode an OBIS code as a value."""
    return axdr.octet_string(axdr.logical_name(obis))


def element(obis: str, value: bytes, scaler: int | None = None, unit: int = WATT) -> bytes:
    """Make an element of a self-describing list."""
    scale = () if scaler is None else (axdr.scaler_unit(scaler, unit),)
    return axdr.structure(code(obis), value, *scale)


POWER = element("1-0:1.7.0", axdr.double_long_unsigned(100), 0)


def described(*elements: bytes) -> bytes:
    """Make a self-describing list."""
    return framed(axdr.array(*elements))


def kamstrup(model: str | None, *pairs: tuple[bytes, ...], list_id: str = "Kamstrup_V0001") -> bytes:
    """Make a list of codes and values in turn."""
    named = () if model is None else (named_by(model),)
    values = [value for pair in (*named, *pairs) for value in pair]
    return framed(axdr.structure(axdr.visible_string(list_id), *values), BARE)


def named_by(model: str) -> tuple[bytes, bytes]:
    """Make the code and the value of such a list's model."""
    return code("1-1:96.1.1"), axdr.visible_string(model)


def pair(obis: str, raw: int) -> tuple[bytes, bytes]:
    """Make the code and the value of any number of such a list."""
    return code(obis), axdr.double_long_unsigned(raw)


def kaifa(*values: bytes, list_id: str = "KFM_001", time: bytes = TAGGED) -> bytes:
    """Make a list of values alone behind the three texts of its head."""
    texts = (list_id, "6970631400000017", "MA304H4")
    return framed(axdr.structure(*(axdr.octet_string(text.encode()) for text in texts), *values), time)


def numbers(count: int, first: int = 1) -> list[bytes]:
    """Make numbers that are all different, so that a wrong place shows."""
    return [axdr.double_long_unsigned(first + number) for number in range(count)]


# --- lists that explain themselves ---------------------------------------------------------------------------------


def test_a_list_says_its_own_scales() -> None:
    """Every scaler of a real meter, of values with and without a sign."""
    reading = reading_of(
        described(
            element("1-0:1.7.0", axdr.double_long_unsigned(2148), 0),
            element("1-0:31.7.0", axdr.long(-47), -1, AMPERE),
            element("1-0:71.7.0", axdr.long(812), -2, AMPERE),
            element("1-0:32.7.0", axdr.long_unsigned(2301), -1, VOLT),
            element("1-0:1.8.0", axdr.double_long_unsigned(1_234_567), 1, WATT_HOUR),
        )
    )
    assert reading.values == {
        Quantity.POWER_IMPORT: 2148.0,
        Quantity.CURRENT_L1: -4.7,
        Quantity.CURRENT_L3: 8.12,
        Quantity.VOLTAGE_L1: 230.1,
        Quantity.ENERGY_IMPORT: 12_345_670.0,
    }
    assert all(type(value) is float for value in reading.values.values())


def test_a_count_or_a_code_of_an_event_needs_no_scale() -> None:
    """It is the number itself, whatever list it is in."""
    tamper = code("0-0:96.11.1"), axdr.long_unsigned(41)
    for sample in (described(POWER, axdr.structure(*tamper)), kamstrup("6841131BN243101040", tamper)):
        assert reading_of(sample).values[Quantity.EVENT_CODE_1] == 41.0


def test_numbers_are_nearest_to_the_truth() -> None:
    """35 hundredths are 0.35 and not 0.35000000000000003: divided by 100, not multiplied by a hundredth."""
    reading = reading_of(described(element("1-0:31.7.0", axdr.long(35), -2, AMPERE)))
    assert repr(reading.values[Quantity.CURRENT_L1]) == "0.35"


@pytest.mark.parametrize(("scaler", "is_one"), [(-129, False), (-128, True), (127, True), (128, False)])
def test_a_scaler_is_one_byte_with_a_sign(scaler: int, is_one: bool) -> None:
    """Whatever its type says: a larger one would ask for a power of ten that never ends. A zero fits any."""
    scale = axdr.structure(axdr.long(scaler), axdr.enum(WATT))
    sample = described(axdr.structure(code("1-0:1.7.0"), axdr.double_long_unsigned(0), scale))
    if is_one:
        assert reading_of(sample).values == {Quantity.POWER_IMPORT: 0.0}
    else:
        assert isinstance(error_of(sample), UnknownListError)


def test_an_unknown_list_that_explains_itself_still_gives_its_values() -> None:
    """A meter "changed its format" after an update of a grid company, and peers fell silent."""
    reading = reading_of(
        described(
            axdr.structure(code("1-1:0.2.129"), axdr.visible_string("NOBODY_V9999")),
            axdr.structure(code("0-0:96.1.0"), axdr.visible_string("7350000000000017")),
            axdr.structure(code("0-0:96.1.7"), axdr.visible_string("X1")),
            POWER,
        )
    )
    assert reading.values == {Quantity.POWER_IMPORT: 100.0}
    assert (reading.maker, reading.list_id, reading.serial, reading.model) == (
        None,
        "NOBODY_V9999",
        "7350000000000017",
        "X1",
    )


def test_the_order_of_a_list_that_explains_itself_does_not_matter() -> None:
    """Nor what is left out: a three-wire Aidon leaves out the current of L2, which shifts all behind it."""
    elements = [element(f"1-0:{c}.7.0", axdr.long(c), -1, AMPERE) for c in (31, 71)]
    forward, backward = reading_of(described(*elements)), reading_of(described(*reversed(elements)))
    assert forward.values == backward.values == {Quantity.CURRENT_L1: 3.1, Quantity.CURRENT_L3: 7.1}


def test_a_value_that_looks_like_a_code_is_a_value() -> None:
    """A peer searches the bytes for codes: a six-byte serial number then is one."""
    reading = reading_of(described(element("0-0:96.1.0", axdr.octet_string(axdr.logical_name("1-0:2.7.0"))), POWER))
    assert reading.values == {Quantity.POWER_IMPORT: 100.0}
    assert reading.serial == "0100020700ff"


def test_a_code_without_a_name_is_kept_with_its_value_and_scale() -> None:
    """For the bug report that will give it a name; power factor is 15.7.0 and unit 255 is none."""
    reading = reading_of(described(POWER, element("1-0:15.7.0", axdr.long_unsigned(98), -2, 255)))
    assert reading.values == {Quantity.POWER_IMPORT: 100.0}
    assert reading.unnamed == {"1-0:15.7.0": (98, -2, 255)}


def test_a_unit_that_does_not_fit_its_quantity_makes_no_value() -> None:
    """A voltage in ampere is neither. A meter behind voltage transformers may send kVA."""
    reading = reading_of(described(POWER, element("1-0:32.7.0", axdr.long_unsigned(2301), -1, AMPERE)))
    assert reading.values == {Quantity.POWER_IMPORT: 100.0}
    assert reading.unnamed == {"1-0:32.7.0": (2301, -1, AMPERE)}


def test_a_value_without_a_scale_makes_no_value_in_a_list_of_nobody() -> None:
    """2301 may be volts, tenths or hundredths. Zero as well: whether anything is measured there is not known."""
    reading = reading_of(
        described(
            POWER,
            element("1-0:32.7.0", axdr.long_unsigned(2301)),
            element("1-0:31.7.0", axdr.long_unsigned(0)),
        )
    )
    assert reading.values == {Quantity.POWER_IMPORT: 100.0}
    assert reading.unnamed == {"1-0:32.7.0": 2301, "1-0:31.7.0": 0}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (axdr.null_data(), None),
        (axdr.boolean(value=True), True),
        (axdr.visible_string("100"), "100"),
        (axdr.octet_string(b"100"), b"100"),
        (axdr.array(), []),
    ],
    ids=["null", "boolean", "text", "octets", "array"],
)
def test_what_is_no_number_makes_no_value(value: bytes, kept: object) -> None:
    """Null means "not sent", and neither True nor "100" is a power; a scale says nothing of them."""
    reading = reading_of(described(element("1-0:2.7.0", value, 0), POWER))
    assert reading.values == {Quantity.POWER_IMPORT: 100.0}
    assert reading.unnamed == {"1-0:2.7.0": kept}


def test_sound_data_without_a_known_value_are_an_unknown_list() -> None:
    """Not an empty reading: nothing could be shown of it, and somebody should report it."""
    error = error_of(described(element("1-0:16.7.0", axdr.long_unsigned(500), -1, 44)))
    assert isinstance(error, UnknownListError)
    assert isinstance(error_of(described()), UnknownListError)


@pytest.mark.parametrize(
    "odd",
    [
        axdr.integer(1),
        axdr.structure(),
        axdr.structure(code("1-0:1.7.0")),
        axdr.structure(axdr.octet_string(bytes(5)), axdr.integer(1)),
        axdr.structure(axdr.octet_string(bytes(5)), axdr.integer(1), axdr.scaler_unit(0, WATT)),
        axdr.structure(axdr.visible_string("ABCDEF"), axdr.integer(1)),
        axdr.structure(code("1-0:1.7.0"), axdr.integer(1), axdr.integer(0)),
        axdr.structure(code("1-0:1.7.0"), axdr.integer(1), axdr.structure(axdr.integer(0))),
        axdr.structure(code("1-0:1.7.0"), axdr.integer(1), axdr.structure(axdr.float32(0.5), axdr.enum(WATT))),
        axdr.structure(code("1-0:1.7.0"), axdr.integer(1), axdr.scaler_unit(0, WATT), axdr.null_data()),
    ],
    ids=lambda odd: odd.hex(),
)
def test_an_array_of_anything_else_is_nobodys_list(odd: bytes) -> None:
    """One element that does not explain itself, and the rest is not trusted either."""
    error = error_of(described(POWER, odd))
    assert isinstance(error, UnknownListError)
    assert "element 1 has no OBIS code" in str(error)


def test_a_scaler_that_no_scaler_can_be_makes_no_value() -> None:
    """It is one signed byte. An eight-byte one asks for a power of ten that fills the memory: the reader would hang."""
    scale = axdr.structure(axdr.long_unsigned(1000), axdr.enum(WATT))
    error = error_of(described(axdr.structure(code("1-0:1.7.0"), axdr.double_long_unsigned(0), scale)))
    assert isinstance(error, (DataError, UnknownListError))


# --- what cannot be ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300, -1e300], ids=str)
@pytest.mark.parametrize("obis", ["1-0:1.7.0", "1-0:3.7.0", "1-0:31.7.0", "1-0:32.7.0", "1-0:1.8.0", "1-0:3.8.0"])
def test_a_value_that_cannot_be_is_left_out_and_the_rest_is_read(bad: float, obis: str) -> None:
    """The checksum was right, so the other values are what the meter measured."""
    units = {"1.7": WATT, "3.7": VAR, "31.7": AMPERE, "32.7": VOLT, "1.8": WATT_HOUR, "3.8": 32}
    unit = units[obis[4:-2]]
    reading = reading_of(described(element("1-0:2.7.0", axdr.integer(1), 0), element(obis, axdr.float64(bad), 0, unit)))
    assert reading.values == {Quantity.POWER_EXPORT: 1.0}
    (left_out,) = reading.left_out
    assert left_out.quantity.code == obis[4:]
    assert str(left_out.value) == str(bad)
    assert left_out.reason is (Reason.NOT_AVAILABLE if math.isnan(bad) else Reason.OUT_OF_BOUNDS)


@pytest.mark.parametrize(
    ("obis", "raw", "scaler", "unit", "value"),
    [
        ("1-0:2.7.0", 4_294_967_295, 0, WATT, 4_294_967_295.0),
        ("1-0:2.7.0", 1, 127, WATT, 1e127),
        ("1-0:32.7.0", -5, 0, VOLT, -5.0),
        ("1-0:32.7.0", 10_001, -1, VOLT, 1000.1),
        ("1-0:31.7.0", -100_001, -1, AMPERE, -10_000.1),
        ("1-0:1.8.0", -1, 0, WATT_HOUR, -1.0),
        ("1-0:1.8.0", 2**63 - 2, 1, WATT_HOUR, 1e1 * (2**63 - 2)),
    ],
)
def test_a_value_out_of_all_bounds_is_left_out(obis: str, raw: int, scaler: int, unit: int, value: float) -> None:
    """A peer showed 268 442 398 W. A register and a voltage have no sign."""
    reading = reading_of(described(POWER, element(obis, axdr.long64(raw), scaler, unit)))
    assert reading.values == {Quantity.POWER_IMPORT: 100.0}
    assert [(each.quantity.code, each.value, each.reason) for each in reading.left_out] == [
        (obis[4:], value, Reason.OUT_OF_BOUNDS)
    ]


def test_a_list_of_which_nothing_is_left_is_refused_with_the_reasons() -> None:
    """Which value it was, and what was wrong with it."""
    volts = element("1-0:32.7.0", axdr.long_unsigned(6553), 0, VOLT)
    error = error_of(described(element("1-0:1.7.0", axdr.double_long_unsigned(2**32 - 1), 0), volts))
    assert isinstance(error, DataError)
    assert not isinstance(error, UnknownListError)
    assert "power_import of 4294967295 (not_available), voltage_l1 of 6553.0 (out_of_bounds)" in str(error)


@pytest.mark.parametrize(
    ("obis", "raw", "scaler", "unit", "value"),
    [
        ("1-0:1.7.0", 1_000_000, 0, WATT, 1e6),
        ("1-0:1.7.0", -1_000_000, 0, WATT, -1e6),
        ("1-0:32.7.0", 0, 0, VOLT, 0.0),
        ("1-0:32.7.0", 10_000, -1, VOLT, 1000.0),
        ("1-0:31.7.0", -100_000, -1, AMPERE, -10_000.0),
        ("1-0:1.8.0", 0, 0, WATT_HOUR, 0.0),
        ("1-0:1.8.0", 10**12, 1, WATT_HOUR, 1e13),
        ("1-0:1.8.0", 7, -128, WATT_HOUR, 7e-128),
    ],
)
def test_a_value_at_its_bound_is_read(obis: str, raw: int, scaler: int, unit: int, value: float) -> None:
    """The bounds are wide: they are there to find misread values, not large houses. And zero is a reading."""
    quantity = next(quantity for quantity in Quantity if obis == f"1-0:{quantity.code}")
    assert reading_of(described(element(obis, axdr.long64(raw), scaler, unit))).values == {quantity: value}


def test_every_value_may_be_zero() -> None:
    """A peer shows a register of 0 kWh as unknown."""
    reading = reading_of(kaifa(*[axdr.double_long_unsigned(0)] * 10))
    assert len(reading.values) == 10
    assert set(reading.values.values()) == {0.0}


# --- Aidon and Landis+Gyr ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "serial"),
    [
        ("1000017" + 9 * "\0", "1000017"),
        ("  1000017 ", "1000017"),
        ("\0\0\0\0", None),
        ("", None),
        ("7359990000000017", "7359990000000017"),
    ],
)
def test_the_padding_of_a_name_is_no_part_of_it(sent: str, serial: str | None) -> None:
    """Embriq pads with NULs, and sends four of them for a model it does not know."""
    reading = reading_of(
        described(
            axdr.structure(code("1-1:0.2.129"), axdr.visible_string("EMBRIQ_V1_1")),
            axdr.structure(code("0-0:96.1.0"), axdr.visible_string(sent)),
            axdr.structure(code("0-0:96.1.7"), axdr.visible_string(sent)),
            POWER,
        )
    )
    assert (reading.maker, reading.serial, reading.model) == (Maker.LANDIS_GYR, serial, serial)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (axdr.octet_string(b"7359992890941742"), "7359992890941742"),
        (axdr.octet_string(b"\x01\xff"), "01ff"),
        (axdr.double_long_unsigned(30_000_017), "30000017"),
        (axdr.null_data(), None),
        (axdr.boolean(value=True), None),
        (axdr.structure(), None),
    ],
    ids=["octets", "bytes", "number", "null", "boolean", "structure"],
)
def test_a_meter_number_may_come_as_any_type(value: bytes, text: str | None) -> None:
    """It is a label: no maker's choice of it may cost the values, and none of it is calculated with."""
    assert reading_of(described(axdr.structure(code("0-0:96.1.0"), value), POWER)).serial == text


def test_the_short_list_belongs_to_nobody() -> None:
    """Aidon's and Embriq's are the same 44 bytes: the maker shows with the next list."""
    reading = reading_of(described(POWER))
    assert (reading.maker, reading.list_id, reading.model, reading.serial, reading.sent_at) == (None,) * 5


def test_the_clock_among_the_values_is_the_one_that_counts() -> None:
    """The registers are dated by it: the message itself is sent ten seconds later, or an hour by mistake."""
    clock = element("0-0:1.0.0", axdr.octet_string(bytes.fromhex("07EA010F000E000000000000")))
    reading = reading_of(framed(axdr.array(POWER, clock), BARE))
    assert reading.sent_at is not None
    assert reading.sent_at.local.isoformat() == "2026-01-15T14:00:00"
    assert reading.sent_at.usual_dialect is Dialect.CODED
    reading = reading_of(framed(axdr.array(POWER), BARE))
    assert reading.sent_at is not None
    assert reading.sent_at.local.isoformat() == "2026-01-15T14:00:10"


@pytest.mark.parametrize("value", [axdr.octet_string(bytes(12)), axdr.octet_string(b"now"), axdr.integer(1)])
def test_a_clock_that_shows_nothing_costs_no_value(value: bytes) -> None:
    """Only the hour of the registers is not known then."""
    reading = reading_of(described(element("0-0:1.0.0", value), POWER))
    assert reading.sent_at is None
    assert reading.values == {Quantity.POWER_IMPORT: 100.0}


# --- Kaifa ---------------------------------------------------------------------------------------------------------

HEAD = (
    Quantity.POWER_IMPORT,
    Quantity.POWER_EXPORT,
    Quantity.REACTIVE_POWER_IMPORT,
    Quantity.REACTIVE_POWER_EXPORT,
)
CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)
VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)


@pytest.mark.parametrize(
    ("places", "hourly"),
    [
        ((*HEAD, Quantity.CURRENT_L1, Quantity.VOLTAGE_L1), False),
        ((*HEAD, *CURRENTS, *VOLTAGES), False),
        ((*HEAD, Quantity.CURRENT_L1, Quantity.VOLTAGE_L1), True),
        ((*HEAD, *CURRENTS, *VOLTAGES), True),
    ],
    ids=["9", "13", "14", "18"],
)
def test_a_place_and_the_number_of_elements_say_what_a_value_is(
    places: tuple[Quantity, ...],
    hourly: bool,
) -> None:
    """Kaifa sends no codes. Every value here is another number, so that a wrong place would show."""
    hour = [axdr.octet_string(CLOCK), *numbers(4, 5001)] if hourly else []
    reading = reading_of(kaifa(*numbers(len(places), 1001), *hour))
    factors = {"W": 1, "var": 1, "A": 1000, "V": 10}
    expected = {q: (1001 + place) / factors[q.unit.symbol] for place, q in enumerate(places)}
    if hourly:
        expected |= {quantity: 5001.0 + place for place, quantity in enumerate(REGISTERS)}
    assert reading.values == expected
    assert (reading.maker, reading.list_id) == (Maker.KAIFA, "KFM_001")
    assert (reading.serial, reading.model) == ("6970631400000017", "MA304H4")


@pytest.mark.parametrize(("raw", "volts"), [(0, 0.0), (577, 57.7), (1000, 100.0), (2301, 230.1)])
def test_kaifas_voltages_are_tenths_of_any_size(raw: int, volts: float) -> None:
    """Behind voltage transformers, or of a phase that is nearly lost, they are small: 57.7 V is not 577 V."""
    reading = reading_of(kaifa(*numbers(5), axdr.double_long_unsigned(raw)))
    assert reading.values[Quantity.VOLTAGE_L1] == volts


def test_a_bare_number_behind_a_tagged_date_time_is_kaifas_list_1() -> None:
    """The tag is against the standard, and nobody else's habit."""
    reading = reading_of(framed(axdr.structure(axdr.double_long_unsigned(3059)), TAGGED))
    assert reading.values == {Quantity.POWER_IMPORT: 3059.0}
    assert (reading.maker, reading.list_id) == (Maker.KAIFA, None)


@pytest.mark.parametrize("time", [UNTIMED, BARE, b"\x19" + CLOCK], ids=["none", "bare", "date-time"])
def test_a_bare_number_behind_any_other_date_time_is_nobodys_list(time: bytes) -> None:
    """It could be anything."""
    error = error_of(framed(axdr.structure(axdr.double_long_unsigned(3059)), time))
    assert isinstance(error, UnknownListError)
    assert "a structure of 1: int" in str(error)


@pytest.mark.parametrize("list_id", ["KFM_002", "", "ISK1030700000017", "KFM_001x"])
def test_values_without_codes_behind_another_name_are_nobodys_list(list_id: str) -> None:
    """Nine elements are Kaifa's if Kaifa says so. Iskraemeco sends nine as well, and they are others."""
    error = error_of(kaifa(*numbers(6), list_id=list_id))
    assert isinstance(error, UnknownListError)
    assert str(error).endswith("the shape of a structure of 9: bytes, bytes, bytes, int")


def test_values_alone_are_nobodys_list() -> None:
    """Nine numbers, none of which is a name. One that is not available is a number too."""
    values = [axdr.double_long_unsigned(0xFFFF_FFFF), *numbers(8)]
    error = error_of(framed(axdr.structure(*values), TAGGED))
    assert isinstance(error, UnknownListError)
    assert str(error).endswith("a structure of 9: int, int, int, int")


@pytest.mark.parametrize("count", [3, 4, 8, 10, 11, 12, 15, 16, 17, 19, 25])
def test_kaifas_list_of_another_length_is_unknown(count: int) -> None:
    """What stands where is not known, so nothing of it is. A peer reads it at fixed places all the same."""
    error = error_of(kaifa(*numbers(count - 3)))
    assert isinstance(error, UnknownListError)
    assert f"a structure of {count}: bytes, bytes, bytes" in str(error)


def test_a_name_where_a_number_belongs_is_not_kaifas_list() -> None:
    """The places would not be what they were taken for, none of them."""
    values = [*numbers(5), axdr.visible_string("230")]
    error = error_of(kaifa(*values))
    assert isinstance(error, UnknownListError)
    assert str(error).endswith("the shape of a structure of 9: bytes, bytes, bytes, int")


def test_the_length_of_a_name_shifts_nothing() -> None:
    """MA304H4 has seven characters, MA304H3E eight: a peer that counts bytes read 100 000 000 W."""
    for model in (b"MA304H4", b"MA304H3E", b""):
        texts = [axdr.octet_string(text) for text in (b"KFM_001", b"6970631400000017", model)]
        reading = reading_of(framed(axdr.structure(*texts, *numbers(10, 1001)), TAGGED))
        assert reading.values[Quantity.POWER_IMPORT] == 1001.0
        assert reading.values[Quantity.VOLTAGE_L3] == 101.0


def test_kaifas_registers_may_have_eight_bytes() -> None:
    """The large meter in Sweden sends them so: 10 TWh do not fit four."""
    clock = axdr.octet_string(CLOCK)
    registers = (axdr.long64_unsigned(9_999_999_999_999), *(axdr.long64_unsigned(number) for number in range(3)))
    reading = reading_of(kaifa(*numbers(10), clock, *registers))
    assert reading.values[Quantity.ENERGY_IMPORT] == 9_999_999_999_999.0


# --- Kamstrup ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "current", "energy"),
    [
        ("6841131BN243101040", 5.37, 12_345_670.0),
        ("6841121BN243101040", 5.37, 12_345_670.0),
        ("6861111BN242101040", 5.37, 12_345_670.0),
        ("6851131BN243101040", 0.537, 12_345_670.0),
        ("6851121BN243101040", 0.537, 12_345_670.0),
        ("6841138BN243101010", 5.37, 12_345_670.0),
        ("6841138BN243101013", 5.37, 12_345_670.0),
        ("6841131BN245101090", 5.37, 1_234_567.0),
        ("6841131BN245101092", 5.37, 1_234_567.0),
        ("6851131BN245101092", 0.537, 1_234_567.0),
    ],
)
def test_kamstrups_scales_go_by_the_model(model: str, current: float, energy: float) -> None:
    """A 685 is behind current transformers and counts in mA; Norway and Denmark count in 10 Wh, Sweden in 1 Wh.

    A peer has the rule for the 685 under a code that no meter can send, and reads ten times too much.
    """
    reading = reading_of(
        kamstrup(
            model,
            pair("1-1:1.7.0", 1230),
            pair("1-1:3.7.0", 144),
            pair("1-1:31.7.0", 537),
            pair("1-1:1.8.0", 1_234_567),
            pair("1-1:3.8.0", 1_234_567),
        )
    )
    assert reading.values == {
        Quantity.POWER_IMPORT: 1230.0,
        Quantity.REACTIVE_POWER_IMPORT: 144.0,
        Quantity.CURRENT_L1: current,
        Quantity.ENERGY_IMPORT: energy,
        Quantity.REACTIVE_ENERGY_IMPORT: energy,
    }
    assert (reading.maker, reading.model, reading.unnamed) == (Maker.KAMSTRUP, model, {})


@pytest.mark.parametrize(
    "model",
    ["6841131BN243101084", "6841131BN243101014", "6841131BN243101093", "6841131BN2431010400", "6841131040", "684"],
)
def test_the_registers_of_an_unknown_country_keep_no_name(model: str) -> None:
    """Ten times too much on a bill is worse than nothing. A zero is zero in every scale, and keeps its name."""
    reading = reading_of(kamstrup(model, pair("1-1:31.7.0", 537), pair("1-1:1.8.0", 1_234_567), pair("1-1:2.8.0", 0)))
    assert reading.values == {Quantity.CURRENT_L1: 5.37, Quantity.ENERGY_EXPORT: 0.0}
    assert reading.unnamed == {"1-1:1.8.0": 1_234_567}


@pytest.mark.parametrize("model", ["6871131BN243101040", "382131", "X", None])
def test_the_currents_of_an_unknown_model_keep_no_name(model: str | None) -> None:
    """Hundredths or thousandths: nobody knows. The powers are in watt in every model."""
    reading = reading_of(kamstrup(model, pair("1-1:1.7.0", 1230), pair("1-1:31.7.0", 537), pair("1-1:51.7.0", 0)))
    assert reading.values == {Quantity.POWER_IMPORT: 1230.0, Quantity.CURRENT_L2: 0.0}
    assert reading.unnamed == {"1-1:31.7.0": 537}


@pytest.mark.parametrize(
    ("raw", "volts"),
    [
        (0, 0.0),
        (231, 231.0),
        (1000, 1000.0),
        (1001, 100.1),
        (2310, 231.0),
        (10_000, 1000.0),
        (10_001, 100.01),
        (22_199, 221.99),
    ],
)
def test_the_size_of_kamstrups_voltage_shows_its_scale(raw: int, volts: float) -> None:
    """Most send whole volts, one Danish meter hundredths: 22199 is 221.99 V and can be nothing else."""
    reading = reading_of(kamstrup("6841131BN243101040", (code("1-1:32.7.0"), axdr.long_unsigned(raw))))
    assert reading.values == {Quantity.VOLTAGE_L1: volts}


def test_a_voltage_that_fits_no_scale_is_left_out_and_decides_no_scale() -> None:
    """Not even hundredths make 1000 V of it. The other one is whole volts, as ever."""
    reading = reading_of(kamstrup("6841131BN243101040", pair("1-1:52.7.0", 231), pair("1-1:32.7.0", 100_001)))
    assert reading.values == {Quantity.VOLTAGE_L2: 231.0}
    assert reading.left_out == ((Quantity.VOLTAGE_L1, 100_001.0, Reason.OUT_OF_BOUNDS),)


def test_a_pair_of_nulls_is_nothing_sent() -> None:
    """A one-phase meter has them for what it does not have. They are no zeros."""
    nulls = (axdr.null_data(), axdr.null_data())
    reading = reading_of(
        kamstrup("6861111BN242101040", pair("1-1:31.7.0", 537), nulls, nulls, pair("1-1:32.7.0", 231), nulls)
    )
    assert reading.values == {Quantity.CURRENT_L1: 5.37, Quantity.VOLTAGE_L1: 231.0}


@pytest.mark.parametrize("odd", [(axdr.null_data(), axdr.integer(1)), (axdr.integer(1), axdr.null_data())])
def test_half_a_pair_is_nobodys_list(odd: tuple[bytes, bytes]) -> None:
    """Codes and values have changed places somewhere before it."""
    error = error_of(kamstrup("6861111BN242101040", pair("1-1:1.7.0", 100), odd))
    assert isinstance(error, UnknownListError)
    assert "has no OBIS code" in str(error)


def test_an_odd_number_of_codes_and_values_is_nobodys_list() -> None:
    """One of them has no partner, and which one cannot be said."""
    error = error_of(kamstrup("6841131BN243101040", pair("1-1:1.7.0", 100), (axdr.integer(1),)))
    assert isinstance(error, UnknownListError)
    assert "a structure of 6: str, bytes, str, bytes" in str(error)


def test_six_bytes_at_the_end_are_a_number_and_no_code() -> None:
    """Nothing stands behind them that they could name."""
    reading = reading_of(kamstrup("6841131BN243101040", pair("1-1:1.7.0", 100), (axdr.octet_string(b"300017"),)))
    assert (reading.values, reading.serial) == ({Quantity.POWER_IMPORT: 100.0}, "300017")


def test_a_code_that_kamstrup_adds_costs_nothing() -> None:
    """A peer fails on 15.7.0 and 0.0.1, which real meters send."""
    reading = reading_of(
        kamstrup(
            "6841131BN243101040",
            pair("1-1:15.7.0", 98),
            pair("1-1:0.0.1", 30_000_017),
            pair("1-1:21.9.0", 4711),
            pair("1-1:1.7.0", 1230),
        )
    )
    assert reading.values == {Quantity.POWER_IMPORT: 1230.0}
    assert reading.unnamed == {"1-1:15.7.0": 98, "1-1:21.9.0": 4711}
    assert reading.serial == "30000017"


def test_the_order_of_codes_and_values_does_not_matter() -> None:
    """The model may come behind the values whose scale it decides."""
    reading = reading_of(kamstrup(None, pair("1-1:31.7.0", 537), named_by("6851131BN243101040")))
    assert reading.values == {Quantity.CURRENT_L1: 0.537}


def test_codes_and_values_of_nobody_are_an_unknown_list() -> None:
    """The codes name the values, but nothing says their scale, and a zero may be a place without a meter."""
    sample = kamstrup("6841131BN243101040", pair("1-1:1.7.0", 100), pair("1-1:2.7.0", 0), list_id="Kamstrup_V0002")
    assert isinstance(error_of(sample), UnknownListError)


@pytest.mark.parametrize("time", [UNTIMED, BARE, TAGGED], ids=["none", "bare", "tagged"])
def test_the_shape_of_the_date_time_says_nothing_of_kamstrup(time: bytes) -> None:
    """Its old firmware has Kaifa's habit."""
    body = axdr.structure(axdr.visible_string("Kamstrup_V0001"), *pair("1-1:1.7.0", 100))
    reading = reading_of(framed(body, time))
    assert (reading.maker, reading.values) == (Maker.KAMSTRUP, {Quantity.POWER_IMPORT: 100.0})


# --- the table -----------------------------------------------------------------------------------------------------


def test_no_two_profiles_are_for_the_same_list() -> None:
    """The second would never be used."""
    assert len({(profile.list_id, profile.flag) for profile in PROFILES}) == len(PROFILES) == 7


def test_every_maker_has_a_profile() -> None:
    """Or letters by which it is known: one that the user can choose and that is never read would be a promise."""
    assert {profile.maker for profile in PROFILES} | set(MAKERS_BY_FLAG.values()) == set(Maker)


@pytest.mark.parametrize(
    ("list_id", "expected"),
    [
        ("AIDON_V0001", REGISTERS),
        ("KFM_001", REGISTERS),
        ("Kamstrup_V0001", REGISTERS),
        ("EMBRIQ_V1_1", ()),
        ("aidon_v0001", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_registers_that_come_once_an_hour_are_expected_before_they_are_seen(
    list_id: str | None, expected: tuple[Quantity, ...]
) -> None:
    """Where an hourly list is known to come. Nobody has seen one of Embriq's, and nobody's list promises nothing."""
    assert hourly_quantities(list_id) == expected


@pytest.mark.parametrize(
    ("list_id", "expected"),
    [("AIDON_V0001", True), ("KFM_001", False), ("Kamstrup_V0001", False), ("", False), (None, False)],
)
def test_only_of_aidons_list_it_is_known_that_it_tells_means(list_id: str | None, expected: bool) -> None:
    assert tells_means(list_id) is expected


def test_a_number_and_an_array_of_anything_else_are_nobodys_list() -> None:
    """It has the shape of a list in which each value has the descriptor of its attribute, and no descriptor."""
    error = error_of(framed(axdr.structure(axdr.enum(1), axdr.array(axdr.long_unsigned(5))), TAGGED))
    assert isinstance(error, UnknownListError)
    assert "a structure of 2: int, list" in str(error)


LAYOUTS = [layout for profile in PROFILES for layout in profile.layouts]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.types)
def test_a_layout_names_each_of_its_places_once(layout: Layout) -> None:
    """One too few, and all that follow would be called by their neighbour's name."""
    named = [field for field in layout.fields if field is not None]
    assert len(layout.fields) == len(layout.types)
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("types", "texts"),
    [
        ("oollllwll", (b"ISK1030700000017", b"ISK70000017")),
        ("oollllwwll", (b"ISK1030700000017", b"ISK70000017")),
        ("oowwwwwwllll", (b"ISK1030700000017", b"UP_3f")),
    ],
)
def test_a_list_of_the_same_types_with_another_text_in_front_is_unknown(types: str, texts: tuple[bytes, ...]) -> None:
    """Both texts are needed: types alone are too little to know a list by."""
    numbers = {"l": axdr.double_long_unsigned(1), "w": axdr.long_unsigned(2300)}

    def list_with(*texts: bytes) -> bytes:
        elements = (*map(axdr.octet_string, texts), *(numbers[letter] for letter in types[len(texts) :]))
        return framed(axdr.structure(*elements))

    assert reading_of(list_with(*texts)).maker is Maker.ISKRAEMECO
    first, second = texts
    assert isinstance(error_of(list_with(b"other", second)), UnknownListError)
    assert isinstance(error_of(list_with(first, b"other")), UnknownListError)


def test_no_two_layouts_can_be_mistaken_for_each_other() -> None:
    """They differ in the types of their elements, or in a name that both must hold."""
    assert len({(layout.types, *sorted(layout.marks)) for layout in LAYOUTS}) == len(LAYOUTS) >= 17


def test_readings_of_the_same_list_are_equal() -> None:
    """And nothing in one can be changed behind another's back: two meters share nothing."""
    first, second = reading_of(kaifa(*numbers(10))), reading_of(kaifa(*numbers(10)))
    assert first == second
    assert first.values is not second.values
    assert isinstance(first, Reading)
    with pytest.raises(AttributeError):
        first.maker = None  # type: ignore[misc]  # that is the point
