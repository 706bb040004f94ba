"""Tagged DLMS data to plain values, and what is refused."""

from hypothesis import given, strategies as st
import pytest

from custom_components.han_port.decoder import DataError, hdlc
from custom_components.han_port.decoder.dlms import (
    CutShortError,
    NotAvailable,
    Value,
    read_length,
    read_notification,
    read_notification_from,
    read_value,
)
from custom_components.han_port.decoder.framing import without_llc
from tests.captures import load
from tools.simulator import axdr

CLOCK = bytes.fromhex("07EA010F040E000AFF800000")
HEAD = b"\x0f\x40\x00\x00\x00"


def value_of(data: bytes) -> Value:
    """Read one value to the end of the data."""
    value, end = read_value(data, 0)
    assert end == len(data)
    return value


# --- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (axdr.null_data(), None),
        (axdr.boolean(value=False), False),
        (axdr.boolean(value=True), True),
        (b"\x03\xff", True),
        (axdr.bit_string("0101"), "0101"),
        (axdr.bit_string("110000001"), "110000001"),
        (axdr.bit_string(""), ""),
        (axdr.double_long(-2_147_483_648), -2_147_483_648),
        (axdr.double_long_unsigned(4_294_967_295), 4_294_967_295),
        (axdr.octet_string(b"KFM_001"), b"KFM_001"),
        (axdr.octet_string(b""), b""),
        (axdr.visible_string("AIDON_V0001"), "AIDON_V0001"),
        (axdr.utf8_string("Målar"), "Målar"),
        (axdr.bcd(0x42), 0x42),
        (axdr.integer(-128), -128),
        (axdr.long(-250), -250),
        (axdr.unsigned(255), 255),
        (axdr.long_unsigned(65_535), 65_535),
        (axdr.long64(-(2**63)), -(2**63)),
        (axdr.long64_unsigned(2**64 - 1), 2**64 - 1),
        (axdr.enum(27), 27),
        (axdr.float32(-0.5), -0.5),
        (axdr.float64(230.1), 230.1),
        (axdr.date_time(CLOCK), CLOCK),
        (axdr.date(CLOCK[:5]), CLOCK[:5]),
        (axdr.time(CLOCK[5:9]), CLOCK[5:9]),
        (axdr.array(axdr.integer(1), axdr.integer(2)), [1, 2]),
        (axdr.structure(axdr.integer(1), axdr.integer(2)), (1, 2)),
        (axdr.array(), []),
        (axdr.structure(axdr.null_data(), axdr.array(axdr.structure())), (None, [()])),
    ],
    ids=lambda data: data.hex() if isinstance(data, bytes) else "",
)
def test_every_type_becomes_its_plain_value(data: bytes, expected: Value) -> None:
    """An array is a list, a structure a tuple; an octet-string is bytes, a visible one a str. Lists differ in it.

    The highest or lowest of an integer's type is that integer still, marked as not available.
    """
    value = value_of(data)
    assert value == expected
    assert type(value) in (type(expected), NotAvailable)


@given(st.integers(-(2**15), 2**15 - 1))
def test_every_signed_current_is_read(raw: int) -> None:
    """A peer loses the leading zeros of the second byte: 25.6 A became 1.6 A, and -25.0 A became 408.6 A."""
    assert value_of(b"\x10" + raw.to_bytes(2, signed=True)) == raw


def test_a_text_that_is_no_utf_8_is_read_all_the_same() -> None:
    """It is a label. A broken letter in it must not cost the values beside it."""
    assert value_of(b"\x0a\x03A\xffB") == "A\N{REPLACEMENT CHARACTER}B"


def test_a_value_is_read_where_it_stands() -> None:
    """What comes before and behind it is not looked at."""
    assert read_value(b"\xff\xff\x12\x01\x02\xff", 2) == (258, 5)


# --- lengths -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("00", 0),
        ("7f", 127),
        ("81 05", 5),
        ("81 80", 128),
        ("81 ff", 255),
        ("82 0005", 5),
        ("82 0100", 256),
        ("84 00000005", 5),
        ("84 ffffffff", 4_294_967_295),
    ],
)
def test_a_length_has_four_forms(length: str, expected: int) -> None:
    """One byte below 0x80, else 0x81, 0x82 or 0x84 and as many bytes; a long form may hold a short length."""
    data = bytes.fromhex(length)
    assert read_length(data, 0) == (expected, len(data))


@pytest.mark.parametrize("first", ["80", "83", "85", "88", "ff"])
def test_a_length_of_another_form_is_refused(first: str) -> None:
    """No meter sends one, so it is no length."""
    with pytest.raises(DataError, match=f"length: {first}"):
        read_length(bytes.fromhex(first) + bytes(200), 0)


@pytest.mark.parametrize("form", ["81 03", "82 0003", "84 00000003"])
def test_every_form_of_length_counts_octets_bits_and_elements(form: str) -> None:
    """Wherever a length stands, the same reader reads it."""
    length = bytes.fromhex(form)
    assert value_of(b"\x09" + length + b"abc") == b"abc"
    assert value_of(b"\x0a" + length + b"abc") == "abc"
    assert value_of(b"\x04" + length + b"\xa0") == "101"
    assert value_of(b"\x01" + length + bytes(3)) == [None, None, None]
    assert value_of(b"\x02" + length + b"\x11\x01\x11\x02\x11\x03") == (1, 2, 3)


def test_strings_of_long_lengths_are_read() -> None:
    """Encrypted lists and descriptors are longer than 127 and 255 bytes."""
    for size in (127, 128, 255, 256, 1000):
        assert value_of(axdr.octet_string(bytes(size))) == bytes(size)


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", [0x07, 0x08, 0x0B, 0x0E, 0x13, 0x1C, 0x7E, 0xFF])
def test_an_unknown_type_is_refused(tag: int) -> None:
    """Its length is not known, so nothing behind it can be."""
    with pytest.raises(DataError, match=f"{tag:#04x}"):
        read_value(bytes((tag,)) + bytes(20), 0)


@pytest.mark.parametrize("name", ["aidon_no_l2_4w", "kaifa_no_l3_3p", "kamstrup_no_l2_1p", "kaifa_se_obis"])
def test_a_message_cut_anywhere_is_cut_short(name: str) -> None:
    """More bytes might mend it, which is what a message without a frame waits for."""
    found = hdlc.read(bytearray(load(name)), 0, ended=True)
    assert found is not None
    apdu = without_llc(found.content)
    assert read_notification(apdu).body
    for size in range(1, len(apdu)):
        with pytest.raises(CutShortError):
            read_notification(apdu[:size])


@pytest.mark.parametrize(
    "data",
    ["", "03", "04", "04 09 ff", "05 000000", "09", "09 81", "09 82 00", "09 02 00", "0a 01", "19 07ea", "01 01", "02"],
)
def test_a_value_cut_inside_is_cut_short(data: str) -> None:
    """Each kind of value looks before it takes."""
    with pytest.raises(CutShortError, match="end inside a value"):
        read_value(bytes.fromhex(data), 0)


def test_bytes_left_over_are_refused() -> None:
    """No real message has any: they mean that something was read wrongly."""
    whole = HEAD + b"\x00" + axdr.structure(axdr.integer(1))
    assert read_notification(whole).body == (1,)
    with pytest.raises(DataError, match="1 bytes are left over"):
        read_notification(whole + b"\x00")


def test_a_list_nested_deeper_than_any_is_refused() -> None:
    """Real lists nest three deep. The interpreter's own limit must not be what ends it."""
    nested = axdr.integer(1)
    for _ in range(8):
        nested = axdr.structure(nested)
    assert value_of(nested) == ((((((((1,),),),),),),),)
    with pytest.raises(DataError, match="too deep"):
        read_value(axdr.array(nested), 0)
    with pytest.raises(DataError, match="too deep"):
        read_value(b"\x01\x01" * 1000, 0)


def test_a_list_of_more_elements_than_any_is_refused() -> None:
    """The longest real list has 65."""
    assert value_of(axdr.array(*[axdr.null_data()] * 256)) == [None] * 256
    with pytest.raises(DataError, match="257 elements"):
        read_value(axdr.array(*[axdr.null_data()] * 257), 0)


# --- the data-notification around it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date_time", "sent_at", "tagged"),
    [
        (b"\x00", None, False),
        (b"\x0c" + CLOCK, CLOCK, False),
        (b"\x09\x0c" + CLOCK, CLOCK, True),
        (b"\x19" + CLOCK, CLOCK, False),
    ],
    ids=["absent", "bare", "tagged", "date-time"],
)
def test_the_date_time_comes_in_four_shapes(date_time: bytes, sent_at: bytes | None, tagged: bool) -> None:
    """Aidon sends none, Kamstrup the standard's, Kaifa an octet-string; other decoders have seen the fourth."""
    found = read_notification(HEAD + date_time + axdr.structure(axdr.integer(7)))
    assert (found.sent_at, found.tagged, found.body) == (sent_at, tagged, (7,))


@pytest.mark.parametrize("date_time", ["0b", "0d", "ff", "09 00", "09 0b", "09 19", "09 09"])
def test_a_date_time_of_another_shape_is_refused(date_time: str) -> None:
    """Where it ends would be a guess, and so would be all values behind it."""
    with pytest.raises(DataError, match="date-time of an unknown form"):
        read_notification(HEAD + bytes.fromhex(date_time) + bytes(40))


@pytest.mark.parametrize("invoke_id", ["00000000", "40000000", "00000d7e", "ffffffff"])
def test_the_invoke_id_is_not_looked_at(invoke_id: str) -> None:
    """Some meters count in it, others send one number for ever."""
    assert read_notification(b"\x0f" + bytes.fromhex(invoke_id) + b"\x00\x11\x05").body == 5


@pytest.mark.parametrize("first", ["", "0e", "e0", "c2", "01"])
def test_anything_but_a_data_notification_is_refused(first: str) -> None:
    """A block of a transfer and an answer to a question come in frames as well."""
    with pytest.raises(DataError, match=first or "nothing"):
        read_notification(bytes.fromhex(first) + bytes(bool(first)) * 20)


def test_a_list_tells_the_types_of_its_elements_a_letter_each() -> None:
    """By them lists without codes are told apart. A type that no such list has is any other."""
    elements = [
        axdr.null_data(),
        axdr.array(axdr.integer(1)),
        axdr.structure(axdr.integer(1), axdr.integer(2)),
        axdr.double_long_unsigned(1),
        axdr.octet_string(b"KFM_001"),
        axdr.visible_string("AIDON_V0001"),
        axdr.long(-1),
        axdr.unsigned(1),
        axdr.long_unsigned(1),
        axdr.long64_unsigned(1),
        axdr.enum(27),
        axdr.float32(0.5),
        axdr.boolean(value=True),
    ]
    assert read_notification(HEAD + b"\x00" + axdr.structure(*elements)).types == "-ASlosiuwLe?b"


def test_what_stands_behind_a_message_is_no_part_of_it() -> None:
    """Without a frame the next message follows at once."""
    body = axdr.structure(axdr.integer(7))
    message = HEAD + b"\x00" + body
    found, end = read_notification_from(message + b"\xe6\xe7\x00" + message)
    assert (found.body, found.encoded, found.types, end) == ((7,), body, "?", len(message))
