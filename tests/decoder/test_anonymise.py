"""A capture is written down with other numbers, with right checksums, and with nothing else changed."""

from collections.abc import Callable, Iterable
import re

import pytest

from custom_components.han_port.decoder import DataError, FrameError, MissingKeyError, Rejected, UnknownListError
from custom_components.han_port.decoder.anonymise import MIN_DIGITS, WIDTH, Names, anonymised, masked, rewritten
from custom_components.han_port.decoder.masking import Masked
from tests.captures import load
from tools.simulator import axdr
from tools.simulator.hdlc import back_to_back, frame

from .three_ways import NOISE, readings
from .wrapping import ADDRESSES, KEYS, LLC, blocks, in_blocks, in_hdlc, in_mbus, seal, with_checksum

AIDON = load("aidon_no_l2_4w")
APDU = AIDON[AIDON.index(LLC) + len(LLC) : -3]
TELEGRAM = load("p1_se_kam5")


def written(lines: Iterable[str]) -> bytes:
    """Return the bytes of a capture, without its comments."""
    return bytes.fromhex(re.sub(r"#.*", "", "\n".join(lines)))


def comments(lines: Iterable[str]) -> list[str]:
    """Return the comments of a capture."""
    return [line for line in lines if line.startswith("#")]


def telegram(*lines: str, ident: str = "ABC5") -> bytes:
    """Return a telegram up to its "!", with some lines and a power."""
    return "\r\n".join((f"/{ident}", "", *lines, "1-0:1.7.0(0001.870*kW)", "!")).encode()


# --- the framings --------------------------------------------------------------------------------------------------

WRAPPED: dict[str, Callable[[bytes], bytes]] = {
    "hdlc": lambda apdu: frame(LLC + apdu, ADDRESSES),
    "hdlc segments": lambda apdu: b"".join(in_hdlc(apdu)),
    "m-bus": lambda apdu: b"".join(in_mbus(apdu)),
    "blocks in hdlc": lambda apdu: b"".join(in_blocks(apdu)),
    "blocks": lambda apdu: b"".join(blocks(apdu)),
    "bare": lambda apdu: apdu,
    "bare, with llc": lambda apdu: LLC + apdu,
}


def test_the_content_is_the_one_that_is_meant() -> None:
    """A data-notification to its end."""
    assert AIDON.endswith(APDU + AIDON[-3:])
    assert APDU.startswith(b"\x0f")
    (reading,) = readings(APDU)
    assert reading.serial == "7359990000000017"


@pytest.mark.parametrize("framing", WRAPPED)
def test_every_framing_is_kept_with_right_checksums(framing: str) -> None:
    """The number is another one, and no other byte of the content changes."""
    data = WRAPPED[framing](APDU)
    (before,) = readings(data)
    lines = [*anonymised(data)]
    assert not comments(lines)
    after = written(lines)
    assert len(after) == len(data)
    (reading,) = readings(after)
    assert reading.serial == "0000000000000001"
    assert (reading.values, reading.list_id, reading.model) == (before.values, before.list_id, before.model)
    assert b"7359990000000017" not in after


def test_frames_that_share_a_flag_are_written_with_a_flag_each() -> None:
    """Each is a frame by itself then."""
    assert written(anonymised(back_to_back(in_hdlc(APDU)))) == written(anonymised(b"".join(in_hdlc(APDU))))


def test_only_the_number_and_the_checksum_of_a_frame_change() -> None:
    """Addresses, control, flags and the rest of the content stay."""
    after = written(anonymised(AIDON))
    number = AIDON.index(b"7359990000000017")
    changed = {at for at, (old, new) in enumerate(zip(AIDON, after, strict=True)) if old != new}
    assert changed <= {*range(number, number + 16), len(AIDON) - 3, len(AIDON) - 2}


def test_a_telegram_has_its_checksum_only_if_it_had_one() -> None:
    """With one that was never there it would be another meter's."""
    text = telegram("0-0:96.1.1(4B383132333435)", ident=r"ISK9\2M55")
    expected = text.replace(b"4B383132333435", b"00000000000001")
    assert written(anonymised(with_checksum(text))) == with_checksum(expected)
    assert written(anonymised(text + b"\r\n")) == expected + b"\r\n"


def test_hex_text_is_written_as_what_it_stands_for() -> None:
    """A capture is hex anyway."""
    data = b"\r\n".join((AIDON.hex().encode(), TELEGRAM.hex(" ").encode()))
    assert written(anonymised(data)) == written(anonymised(AIDON + TELEGRAM))


def test_frames_follow_each_other_in_lines_of_a_width() -> None:
    """Each frame begins a line."""
    lines = [*anonymised(b"".join(in_blocks(APDU, 200)))]
    assert [len(line) for line in lines if line.startswith("7E")] == [WIDTH, WIDTH]
    assert max(map(len, lines)) == WIDTH == 96
    assert all(line == line.upper() for line in lines)


# --- numbers -------------------------------------------------------------------------------------------------------


def test_a_number_is_replaced_by_one_of_its_length_and_always_by_the_same() -> None:
    """They are counted from 1, so that a reader sees which are equal."""
    names = Names()
    assert names.replacement_of(b"123456") == b"000001"
    assert names.replacement_of(b"7654321") == b"0000002"
    assert names.replacement_of(b"123456") == b"000001"
    assert names.replacement_of(b"K8123456") == b"00000003"


def test_known_numbers_are_counted_first() -> None:
    """Those of a meter are known before its frames are read; None is none."""
    names = Names(None, "123456", "", "7654321")
    assert names.replacement_of(b"7654321") == b"0000002"
    assert names.replacement_of(b"999999") == b"000003"


def test_names_are_shared_by_captures_that_are_given_them() -> None:
    """Frames are kept one by one, and are of one meter."""
    names = Names()
    first, second = (written(anonymised(data, names=names)) for data in (load("kamstrup_no_l2"), AIDON))
    assert b"0000000000000001" in first
    assert b"0000000000000002" in second
    assert written(anonymised(AIDON, names=names)) == second


def a_list(number: bytes, serial: bytes = b"7359990000000017", code: str = "0-0:96.99.0") -> bytes:
    """Return a data-notification with two numbers and a value."""
    elements = (
        axdr.structure(axdr.octet_string(axdr.logical_name("1-0:96.1.0")), axdr.visible_string(serial.decode())),
        axdr.structure(axdr.octet_string(axdr.logical_name(code)), number),
        axdr.structure(
            axdr.octet_string(axdr.logical_name("1-0:1.7.0")), axdr.double_long_unsigned(1234), axdr.scaler_unit(0, 27)
        ),
    )
    return b"\x0f" + bytes(5) + axdr.array(*elements)


def number_in_a_list(number: bytes, serial: bytes = b"7359990000000017", code: str = "0-0:96.99.0") -> bytes:
    """Return the same in a frame."""
    return frame(LLC + a_list(number, serial, code), ADDRESSES)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("12345", True), ("123456", False), ("A123456", False), ("A1234B", True), ("A12345B", False), ("B_V1234", True)],
)
def test_digits_in_a_text_are_a_number_from_six_on(text: str, kept: bool) -> None:
    """Fewer are a value, a type or a part of a date."""
    after = written(anonymised(number_in_a_list(axdr.visible_string(text))))
    assert (text.encode() in after) is kept
    assert MIN_DIGITS == 6


@pytest.mark.parametrize("name", ["kamstrup_no_l2", "aidon_no_l2_4w", "kaifa_no_l2_3p"])
def test_the_names_of_list_and_model_stay(name: str) -> None:
    """They name no meter, and without them the list could not be read."""
    (before,), (after,) = readings(load(name)), readings(written(anonymised(load(name))))
    assert (after.model, after.list_id) == (before.model, before.list_id)
    assert after.serial != before.serial


def test_the_meters_number_is_replaced_where_it_is_an_integer_too() -> None:
    """Four bytes behind their tag; other integers stay."""
    serial = b"12345678"
    integer = axdr.double_long_unsigned(12345678)
    after = written(anonymised(number_in_a_list(integer, serial)))
    assert integer not in after
    assert axdr.double_long_unsigned(1) in after
    assert axdr.double_long_unsigned(1234) in after
    other = axdr.double_long_unsigned(12345679)
    assert other in written(anonymised(number_in_a_list(other, serial)))


@pytest.mark.parametrize(
    ("number", "replaced"),
    [(100000, True), (99999, False), (2**32 - 1, True)],
)
def test_a_known_integer_of_six_digits_is_a_number(number: int, replaced: bool) -> None:
    """Fewer digits could be a value."""
    integer = axdr.double_long_unsigned(number)
    assert (integer not in Names(str(number)).replace_known(integer)) is replaced
    assert (integer not in Names(f"000{number}").replace_known(integer)) is replaced


def test_a_number_that_fits_into_no_integer_is_looked_for_as_text_alone() -> None:
    """Eight bytes end at 18446744073709551615."""
    names = Names("1" * 25, str(2**32))
    assert names.replace_known(b"\x06" + bytes(4)) == b"\x06" + bytes(4)
    assert names.replace_known((1 << 32).to_bytes(8)) == (2).to_bytes(8)
    assert names.replace_known(b"1" * 25) == b"1" * 25


def test_a_known_number_with_letters_is_replaced_wherever_it_is() -> None:
    """Its digits alone may be too few to be one."""
    names = Names("KFM00A", "LGZ12", "123456")
    assert names.replace_known(b"<KFM00A> <LGZ12> <123456>") == b"<000001> <LGZ12> <123456>"


def test_the_number_of_the_reading_is_replaced_if_it_has_letters() -> None:
    """It is known from the reading alone."""
    after = written(anonymised(number_in_a_list(axdr.null_data(), b"K8X12Y34")))
    assert b"K8X12Y34" not in after
    (reading,) = readings(after)
    assert reading.serial == "00000001"


def test_a_list_without_a_number_is_written_as_it_is() -> None:
    """There is nothing in it to replace."""
    assert written(anonymised(load("aidon_no_l1"))) == load("aidon_no_l1")


# --- telegrams -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0-0:96.1.1(4B38313233)", "0-0:96.1.1(0000000001)"),
        ("0-0:96.1.1(K81-23/4)", "0-0:96.1.1(00000001)"),
        ("0-0:96.1.1(12345)", "0-0:96.1.1(00001)"),
        ("0-0:96.1.1(7)", "0-0:96.1.1(1)"),
        ("0-0:96.1.1()", "0-0:96.1.1()"),
        ("0-0:96.1.1(123.45)", "0-0:96.1.1(000001)"),
        ("0-0:96.1.1*255(260115140010W)", "0-0:96.1.1*255(0000000000001)"),
        ("0-1:96.1.0(1-0:1)(12*kWh)", "0-1:96.1.0(00001)(000002)"),
        ("0-1:96.1.0\r\n(4730)\r\n(47)", "0-1:96.1.0\r\n(0001)\r\n(02)"),
        ("0-2:96.2.5(AB)", "0-2:96.2.5(01)"),
        ("96.13.0(Hi you)", "96.13.0(000001)"),
        ("0-0:96.13.1(4F4B)", "0-0:96.13.1(0001)"),
        ("C.1.0(ABC)", "C.1.0(001)"),
        ("0-0:42.0.0(KAM12)", "0-0:42.0.0(KAM01)"),
        ("1-0:0.0.0(1234)", "1-0:0.0.0(0001)"),
        ("0-0:96.1.1 K81", "0-0:96.1.1 001"),
        ("a line without brackets: 123456", "a line without brackets: 000001"),
        ("0-0:96.14.0(0001)", "0-0:96.14.0(0001)"),
        ("1-0:42.7.0(0000.000*kW)", "1-0:42.7.0(0000.000*kW)"),
        ("0-0:96.7.21(00010)", "0-0:96.7.21(00010)"),
        ("0-0:96.1.1(123456)", "0-0:96.1.1(000001)"),
        ("0-0:1.0.0(260115140010W)", "0-0:1.0.0(260115140010W)"),
        ("0-0:1.0.0(260715140010S)", "0-0:1.0.0(260715140010S)"),
        ("0-0:1.0.0(260115140010)", "0-0:1.0.0(000000000001)"),
        ("1-0:1.8.0(00012345.678*kWh)", "1-0:1.8.0(00012345.678*kWh)"),
        ("0-0:17.0.0(-12345.678)", "0-0:17.0.0(-12345.678)"),
        ("0-0:17.0.0(12.345.678)", "0-0:17.0.0(0000000001)"),
        ("1-0:99.97.0(1)(0-0:96.7.19)", "1-0:99.97.0(1)(0-0:96.7.19)"),
        ("1-0:99.97.0(1)(0-0x96.7.19)", "1-0:99.97.0(1)(00000000001)"),
        ("0-1:24.2.1(260115140010W)(00012345)", "0-1:24.2.1(260115140010W)(00000001)"),
        ("0-0:96.13.0(123456(7)", "0-0:96.13.0(000001(2)"),
        ("0-0:96.99.0(123456(7)", "0-0:96.99.0(123456(7)"),
    ],
)
def test_a_value_without_a_unit_is_a_number_unless_it_is_a_time_a_decimal_or_a_code(value: str, expected: str) -> None:
    """Text as hex digits is a number too."""
    data = with_checksum(telegram(value))
    assert written(anonymised(data)) == with_checksum(telegram(expected))


def test_equal_numbers_of_a_telegram_stay_equal() -> None:
    """One sees what belongs together; the number of the first line is counted first."""
    data = telegram("0-0:96.1.1(4B38313233)", "0-1:96.1.0(4B38313233)", ident=r"ISK5\2M550E-123456789")
    after = written(anonymised(with_checksum(data)))
    assert after.startswith(b"/ISK5\\2M550E-000000001\r\n")
    assert after.count(b"(0000000002)") == 2


@pytest.mark.parametrize(
    ("ident", "expected"),
    [
        ("KMP5 KA6U001660297912", "KMP5 KA6U000000000001"),
        ("KMP5 ZABF001587315111", "KMP5 ZABF000000000001"),
        (r"ABC5\K8X12Y34", r"ABC5\00000001"),
        (r"ISK5\2M550E-1012", r"ISK5\2M550E-1012"),
        ("KFM5KAIFA-METER", "KFM5KAIFA-METER"),
        ("XMX5LGBBFFB231216240", "XMX5LGBBFFB000000001"),
    ],
)
def test_a_number_with_letters_in_a_first_line_is_replaced_and_a_model_stays(ident: str, expected: str) -> None:
    """Damaged ones too, where four digits are enough."""
    after = written(anonymised(with_checksum(telegram(ident=ident))))
    assert after.startswith(f"/{expected}\r\n".encode())
    shown = bytes.fromhex(masked(f"/{ident}\r\n".encode(), Names()))
    assert shown == f"/{re.sub('[0-9]{4,}', lambda digits: '0' * len(digits[0]), expected)}\r\n".encode()


def test_a_model_of_digits_is_a_number_in_a_telegram() -> None:
    """The rest of a first line is all the model there is, and may be the number."""
    after = written(anonymised(with_checksum(telegram(ident="KFM5123456789"))))
    assert after.startswith(b"/KFM0000000001\r\n")


# --- what is encrypted, and what is damaged ------------------------------------------------------------------------


def test_an_encrypted_message_is_written_in_clear_or_left_out() -> None:
    """Its header holds the meter's number."""
    data = frame(LLC + seal(APDU), ADDRESSES)
    (left_out,) = anonymised(data)
    assert left_out == f"# left out: a message of {len(data)} bytes: the content is encrypted and there is no key"
    lines = [*anonymised(data, KEYS)]
    assert lines[0] == "# it was encrypted"
    assert comments(lines) == lines[:1]
    assert written(lines) == written(anonymised(APDU))


@pytest.mark.parametrize("llc", [b"", LLC], ids=["alone", "llc"])
def test_what_was_encrypted_is_written_without_its_number(llc: bytes) -> None:
    """The reading is of the encrypted message, which only the keys open."""
    after = written(anonymised(seal(llc + a_list(axdr.null_data(), b"K8X12Y34")), KEYS))
    assert b"K8X12Y34" not in after
    assert readings(after)[0].serial == "00000001"


def test_damage_is_left_out_with_its_reason() -> None:
    """Nobody knows which of its bytes are a number. Noise is not mentioned."""
    damaged = bytes((*AIDON[:50], AIDON[50] ^ 1, *AIDON[51:]))
    lines = [*anonymised(NOISE + damaged + AIDON + AIDON[:99])]
    assert comments(lines) == [
        "# left out: 288 bytes: HDLC frame checksum (FCS) is wrong",
        "# left out: 99 bytes: HDLC frame: the rest never came",
    ]
    assert written(lines) == written(anonymised(AIDON))


def test_a_list_that_nobody_knows_is_written_with_other_numbers() -> None:
    """It is what a bug report is about."""
    data = frame(LLC + b"\x0f" + bytes(5) + axdr.structure(axdr.visible_string("123456")), ADDRESSES)
    assert readings(data) == []
    assert written(anonymised(data)) == frame(
        LLC + b"\x0f" + bytes(5) + axdr.structure(axdr.visible_string("000001")), ADDRESSES
    )


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("0-0:96.1.0", axdr.long_unsigned(4711), axdr.long_unsigned(2)),
        ("0-1:96.1.1", axdr.double_long_unsigned(4711), axdr.double_long_unsigned(2)),
        ("0-0:96.2.1", b"\x11\x2f", b"\x11\x02"),
        ("0-0:96.1.5", b"\x15" + (1 << 40).to_bytes(8), b"\x15" + (2).to_bytes(8)),
        ("0-0:96.1.5", b"\x10\xff\x00", b"\x10\x00\x02"),
        ("0-0:96.1.4", axdr.octet_string(b"\x8a\x00\xff"), axdr.octet_string(b"002")),
        ("0-0:96.1.4", axdr.octet_string(b""), axdr.octet_string(b"")),
        ("0-0:96.13.0", axdr.visible_string("Hi Ola"), axdr.visible_string("000002")),
        ("0-0:96.13.1", b"\x0c\x04Olav", b"\x0c\x040002"),
        ("0-0:42.0.0", axdr.octet_string(b"KAM12"), axdr.octet_string(b"KAM02")),
        ("0-0:42.0.0", axdr.visible_string(" \0K81 \0"), axdr.visible_string(" \x00002 \0")),
        ("1-0:0.0.1", axdr.visible_string("7"), axdr.visible_string("2")),
        ("0-0:96.1.2", b"\x04\x0c\xab\xc0", b"\x04\x0c\0\0"),
        ("0-0:96.1.2", b"\x17\x12\x34\x56\x78", b"\x17" + bytes(4)),
        ("0-0:96.1.2", b"\x19" + bytes(range(12)), b"\x19" + bytes(12)),
        ("0-0:96.1.2", b"\x03\xff", b"\x03\x00"),
        (
            "0-0:96.1.2",
            axdr.structure(axdr.visible_string("K8"), b"\x11\x08"),
            axdr.structure(axdr.visible_string("02"), b"\x11\x03"),
        ),
        ("0-0:96.1.2", axdr.structure(), axdr.structure()),
        ("0-0:96.1.2", axdr.null_data(), axdr.null_data()),
        ("0-0:96.14.0", axdr.double_long_unsigned(4711), axdr.double_long_unsigned(4711)),
        ("1-0:42.7.0", axdr.double_long_unsigned(4711), axdr.double_long_unsigned(4711)),
        ("0-0:96.7.21", axdr.visible_string("K81"), axdr.visible_string("K81")),
    ],
)
def test_what_a_code_says_to_be_a_number_or_a_message_is_replaced_whatever_its_type(
    code: str, value: bytes, expected: bytes
) -> None:
    """The number of the meter is the first in the list."""
    after = written(anonymised(number_in_a_list(value, code=code)))
    assert after == number_in_a_list(expected, b"0000000000000001", code)


def test_a_value_beside_its_code_and_in_a_list_that_is_described_first_is_replaced_too() -> None:
    """As Landis+Gyr and Kaifa send them. The descriptions stay, or nobody could read the list."""

    def described(code: str, attribute: int = 2) -> bytes:
        return axdr.structure(
            axdr.long_unsigned(1),
            axdr.octet_string(axdr.logical_name(code)),
            bytes((0x0F, attribute)),
            axdr.long_unsigned(0),
        )

    def in_a_frame(*elements: bytes) -> bytes:
        return frame(LLC + b"\x0f" + bytes(5) + axdr.structure(*elements), ADDRESSES)

    power = axdr.double_long_unsigned(1234)
    codes = ("0-0:96.1.0", "1-0:1.7.0")
    own = described("0-0:25.9.0")
    first = axdr.array(own, *map(described, codes))
    for objects in (first, axdr.array(*map(described, codes))):
        data = in_a_frame(objects, axdr.double_long_unsigned(4711), power)
        assert written(anonymised(data)) == in_a_frame(objects, axdr.double_long_unsigned(1), power)
    other = axdr.array(*map(described, codes), described("0-0:96.1.1"), described("0-0:96.1.2"))
    assert written(anonymised(in_a_frame(other, power))) == in_a_frame(other, power)
    beside = [axdr.octet_string(axdr.logical_name(code)) for code in codes]
    data = in_a_frame(axdr.visible_string("K_V0001"), beside[0], axdr.long_unsigned(4711), beside[1], power)
    expected = in_a_frame(axdr.visible_string("K_V0001"), beside[0], axdr.long_unsigned(1), beside[1], power)
    assert written(anonymised(data)) == expected


def test_the_number_of_a_list_by_place_is_replaced_even_if_it_is_short() -> None:
    """Its place says what it is. The letters of the maker stay: without them the list would not be known."""
    for serial, expected in ((b"ISK5", b"ISK1"), (b"ISK1030700000017", b"ISK0000000000001")):
        elements = [axdr.octet_string(serial), *[axdr.double_long_unsigned(each) for each in range(8)]]
        data = frame(LLC + b"\x0f" + bytes(5) + axdr.structure(*elements), ADDRESSES)
        (reading,) = readings(data)
        assert reading.serial == serial.decode()
        (after,) = readings(written(anonymised(data)))
        assert (after.serial, after.values) == (expected.decode(), reading.values)


def test_content_of_another_kind_is_masked_and_keeps_its_size() -> None:
    """Nobody knows what it is."""
    content = b"\x0f" + bytes(5) + b"\xee 12345 K8X12Y34 \x06" + (12345678).to_bytes(4)
    expected = b"\x0f" + bytes(5) + b"\xee 00000 00000000 \x06" + bytes(4)
    assert written(anonymised(frame(LLC + content, ADDRESSES))) == frame(LLC + expected, ADDRESSES)


# --- damage --------------------------------------------------------------------------------------------------------


def test_damaged_bytes_are_shown_without_what_may_be_a_part_of_a_number() -> None:
    """Four digits are enough: the rest may be lost. A title keeps the letters of its maker."""
    names = Names("K8X12Y", "12345678")
    damaged = b"\x7e 123 1234 K8X12Y \x06" + (12345678).to_bytes(4) + b" \xdb\x08KAM\x45\x01\x02\x03\x04\x30"
    expected = b"\x7e 123 0000 000000 \x06" + (2).to_bytes(4) + b" \xdb\x08KAM" + bytes(5) + b"\x30"
    assert bytes.fromhex(masked(damaged, names)) == expected
    assert masked(b"\xab\xcd", names) == "ABCD"
    for tag, cut in (
        (b"\xdb\x09LGZ", 5),
        (b"\xda\x09LGZ", 5),
        (b"\xd9\x08LGZ", 5),
        (b"\xdb\x08LG\xda", 5),
        (b"\xdb\x08LGZ", 3),
    ):
        title = tag + bytes(range(0xF1, 0xF6))[:cut]
        assert bytes.fromhex(masked(title, names)) == tag + bytes(cut), "a title that is damaged, or cut short"
    assert masked(b"\xdc\x08LGZ" + bytes(range(5)), names) == (b"\xdc\x08LGZ" + bytes(5)).hex().upper()


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        ("/ISK5\\2M550E-12345 a1", "/ISK5\\2M550E-00000 a1"),
        ("0-1:96.1.0(4730)", "0-1:96.1.0(0000)"),
        ("0-1:96.1.0(12)(4711*m3)", "0-1:96.1.0(00)(0000000)"),
        ("0-0:96.13.0(Hi Ola)", "0-0:96.13.0(000000)"),
        ("0-1:24.2.1(260115140010W)(00981.443*m3)", "0-1:24.2.1(0000000000000)(00981.443*m3)"),
        ("1-0:1.7.0(0001.870*kW)", "1-0:1.7.0(0001.870*kW)"),
        ("1-0:2.7.0(-1*kW)", "1-0:2.7.0(-1*kW)"),
        ("1-0:1.7.0(12345678901*kW)", "1-0:1.7.0(00000000000000)"),
        ("0-0:56.1.0(K81)", "0-0:56.1.0(000)"),
        ("0-0:96.1.0(K81", "0-0:00.0.0(000"),
        ("0-0:96.1.0 K81)", "0-0:00.0.0 000)"),
        ("K81-23/4)", "000-00/0)"),
        ("(K81)", "(000)"),
        ("1,0:1.7.0(K81)", "0,0:0.0.0(000)"),
        ("!1B46", "!0000"),
        ("", ""),
    ],
)
def test_in_a_damaged_telegram_only_codes_and_numbers_with_a_unit_stay(damaged: str, expected: str) -> None:
    """And only of lines that are whole."""
    head = "/KAM5\r\n\r\n1-0:1.7.0(0001.870*kW)\r\n"
    assert bytes.fromhex(masked((head + damaged).encode(), Names())) == (head + expected).encode()


def test_a_damaged_telegram_is_masked_as_text_where_it_was_cut_and_where_its_bits_are_others() -> None:
    """A piece may begin anywhere. With 7 bits and parity read as 8 bits, half of the bytes are above 127."""
    text = b"56789)\r\n0-0:96.1.0(K81)\r\n1-0:1.7.0(0001.870*kW)\r\n"
    expected = b"00000)\r\n0-0:96.1.0(000)\r\n1-0:1.7.0(0001.870*kW)\r\n"
    assert bytes.fromhex(masked(text, Names())) == expected
    parity = bytes(each | (each.bit_count() & 1) << 7 for each in text)
    shown = bytes.fromhex(masked(parity, Names()))
    assert bytes(each & 0x7F for each in shown) == expected
    assert len(shown) == len(parity)


def test_a_known_number_with_letters_is_masked_in_the_first_line_of_a_damaged_telegram() -> None:
    """It may be the model, too."""
    assert bytes.fromhex(masked(b"/KMP5 KxUaab\r\n", Names("KxUaab"))) == b"/KMP5 000001\r\n"[:5] + b" 000000\r\n"


def test_a_damaged_list_is_masked_by_code_to_the_next_code() -> None:
    """Whatever its length says."""
    own, next_code = (
        axdr.octet_string(axdr.logical_name("0-0:96.13.0")),
        axdr.octet_string(axdr.logical_name("1-0:1.7.0")),
    )
    damaged = b"\x7e\xa0\x10" + own + b"\x0a\x05\xc5se\x11\x07\x02\x03" + next_code + b"\x12\x04\xd2\x7e"
    expected = b"\x7e\xa0\x10" + own + bytes(9) + next_code + b"\x12\x04\xd2\x7e"
    assert bytes.fromhex(masked(damaged, Names())) == expected
    assert bytes.fromhex(masked(b"\x7e\xa0" + own + b"\x0a\x01x\x7e", Names())) == b"\x7e\xa0" + own + bytes(4)


def test_a_damaged_list_that_is_described_first_is_masked_after_its_descriptions() -> None:
    """The number is somewhere there; its place cannot be counted."""
    objects = b"".join(
        axdr.structure(
            axdr.long_unsigned(1), axdr.octet_string(axdr.logical_name(code)), b"\x0f\x02", axdr.long_unsigned(0)
        )
        for code in ("1-0:1.7.0", "0-0:96.1.0", "1-0:2.7.0")
    )
    damaged = b"\x7e\xa0" + objects + b"\x12\x04\xd2\x11\x07\x09\x02K8\x7e"
    shown = bytes.fromhex(masked(damaged, Names()))
    assert shown.endswith(bytes(11))
    assert len(shown) == len(damaged)
    other = damaged.replace(axdr.logical_name("0-0:96.1.0"), axdr.logical_name("1-0:3.7.0"))
    assert bytes.fromhex(masked(other, Names())) == other


@pytest.mark.parametrize(
    ("damaged", "expected"),
    [
        (b"\xff\x06" + (100_000).to_bytes(4), b"\xff\x06" + bytes(4)),
        (b"\xff\x05" + (99_999).to_bytes(4), b"\xff\x05" + (99_999).to_bytes(4)),
        (b"\xff\x15" + (1 << 40).to_bytes(8), b"\xff\x15" + bytes(8)),
        (b"\xff\x14\x00\x00\x00\x01", b"\xff\x14\x00\x00\x00\x01"),
        (b"\xff\x06\xff\xff\xff", b"\xff\x06\x00\x00\x00"),
        (b"\xff\x09\x06\x01\x00\x01\x07\x00\xff", b"\xff\x09\x06\x01\x00\x01\x07\x00\xff"),
        (b"\xff\x0a\x07K8X12Y3\xff", b"\xff\x0a\x070000000\xff"),
        (b"\xff\x0a\x06K8X12Y\xff", b"\xff\x0a\x06\0\0\0\x0000\xff"),
        (b"\xff\x0a\x06Hi Ola\xff", b"\xff\x0a\x06\0\0\0\x0000\xff"),
        (b"\xff\x0a\x08Hi, Ola!\xff", b"\xff\x0a\x0800, 000!\xff"),
        (b"\xff\x0a\x07KFM_001\xff", b"\xff\x0a\x07KFM_001\xff"),
    ],
)
def test_integers_and_texts_of_a_damaged_list_that_may_be_a_number_are_masked(damaged: bytes, expected: bytes) -> None:
    """An integer from six digits on; a word; a text of four signs with a digit. The name of a known list stays."""
    assert bytes.fromhex(masked(damaged, Names())) == expected


def test_damaged_bytes_are_masked_for_a_log_when_it_is_written() -> None:
    """With the numbers that are known by then; most logs are not kept."""
    assert str(Masked(b"\xff <K8X12Y>", "K8X12Y", None)) == (b"\xff <000000>").hex().upper()


def test_a_rejected_message_that_is_whole_is_written_with_other_numbers_and_any_other_is_masked() -> None:
    """A list that nobody knows has to be seen as it is, or nobody could add it."""
    unknown = frame(
        LLC + b"\x0f" + bytes(5) + axdr.structure(axdr.visible_string("123456"), axdr.double_long_unsigned(654321)),
        ADDRESSES,
    )
    expected = unknown.replace(b"123456", b"000001")[:-3].hex().upper()
    assert rewritten(Rejected(UnknownListError("?"), unknown), None, Names())[: len(expected)] == expected
    damaged = unknown[:-1]
    assert rewritten(Rejected(FrameError("?"), damaged), None, Names()) == masked(damaged, Names())
    encrypted = frame(LLC + seal(APDU), ADDRESSES)
    for error in (MissingKeyError("?"), DataError("?")):
        assert rewritten(Rejected(error, encrypted), None, Names()) == masked(encrypted, Names())
