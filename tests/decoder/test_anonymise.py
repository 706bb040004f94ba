"""A capture is written down with other numbers, with right checksums, and with nothing else changed."""

from collections.abc import Callable, Iterable
import re

import pytest

from custom_components.han_port.decoder.anonymise import MIN_DIGITS, WIDTH, Names, anonymised, masked
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


def a_list(number: bytes, serial: bytes = b"7359990000000017") -> bytes:
    """Return a data-notification with two numbers and a value."""
    elements = (
        axdr.structure(axdr.octet_string(axdr.logical_name("1-0:96.1.0")), axdr.visible_string(serial.decode())),
        axdr.structure(axdr.octet_string(axdr.logical_name("0-0:42.0.0")), number),
        axdr.structure(
            axdr.octet_string(axdr.logical_name("1-0:1.7.0")), axdr.double_long_unsigned(1234), axdr.scaler_unit(0, 27)
        ),
    )
    return b"\x0f" + bytes(5) + axdr.array(*elements)


def number_in_a_list(number: bytes, serial: bytes = b"7359990000000017") -> bytes:
    """Return the same in a frame."""
    return frame(LLC + a_list(number, serial), ADDRESSES)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("12345", True), ("123456", False), ("A123456", False), ("A12345B", True)],
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
    """Four bytes end at 4294967295."""
    assert Names(str(2**32), "1" * 20).replace_known(b"\x06" + bytes(4)) == b"\x06" + bytes(4)


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
        ("0-0:96.1.1(12345)", "0-0:96.1.1(12345)"),
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
        ("0-0:96.13.0(123456(7)", "0-0:96.13.0(123456(7)"),
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


def test_damaged_bytes_are_shown_without_what_may_be_a_part_of_a_number() -> None:
    """Four digits are enough: the rest may be lost. A title keeps the letters of its maker."""
    names = Names("K8X12Y", "12345678")
    damaged = b"\x7e 123 1234 K8X12Y \x06" + (12345678).to_bytes(4) + b" \xdb\x08KAM\x45\x01\x02\x03\x04\x30"
    expected = b"\x7e 123 0000 000000 \x06" + (2).to_bytes(4) + b" \xdb\x08KAM" + bytes(5) + b"\x30"
    assert bytes.fromhex(masked(damaged, names)) == expected
    assert masked(b"\xab\xcd", names) == "ABCD"
    assert masked(b"\xdc\x08LGZ" + bytes(range(5)), names) == (b"\xdc\x08LGZ" + bytes(5)).hex().upper()
