"""Encoders against bytes written by hand from the standard."""

from datetime import UTC, datetime

import pytest

from tools.simulator import axdr

WINTER = datetime(2026, 1, 15, 13, 0, 10, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (axdr.null_data(), "00"),
        (axdr.array(axdr.unsigned(1), axdr.unsigned(2)), "01 02 1101 1102"),
        (axdr.structure(axdr.null_data()), "02 01 00"),
        (axdr.boolean(value=True), "03 01"),
        (axdr.bit_string("10000000 01".replace(" ", "")), "04 0a 8040"),
        (axdr.double_long(-2), "05 fffffffe"),
        (axdr.double_long_unsigned(3210), "06 00000c8a"),
        (axdr.octet_string(b"\x01\x02"), "09 02 0102"),
        (axdr.visible_string("6534"), "0a 04 36353334"),
        (axdr.utf8_string("Å"), "0c 02 c385"),
        (axdr.bcd(0x42), "0d 42"),
        (axdr.integer(-1), "0f ff"),
        (axdr.long(-74), "10 ffb6"),
        (axdr.unsigned(200), "11 c8"),
        (axdr.long_unsigned(2301), "12 08fd"),
        (axdr.long64(-1), "14 ffffffffffffffff"),
        (axdr.long64_unsigned(12345678), "15 0000000000bc614e"),
        (axdr.enum(27), "16 1b"),
        (axdr.float32(1.5), "17 3fc00000"),
        (axdr.float64(-2.0), "18 c000000000000000"),
        (axdr.date_time(bytes(12)), "19 000000000000000000000000"),
        (axdr.date(bytes(5)), "1a 0000000000"),
        (axdr.time(bytes(4)), "1b 00000000"),
        (axdr.scaler_unit(-1, 33), "02 02 0fff 1621"),
        (axdr.logical_name("1-0:51.7.0"), "01 00 33 07 00 ff"),
    ],
)
def test_each_type_is_tagged_and_written_big_endian(encoded: bytes, expected: str) -> None:
    assert encoded == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "00"), (127, "7f"), (128, "81 80"), (255, "81 ff"), (256, "82 0100")]
)
def test_a_length_of_128_or_more_says_how_many_bytes_it_takes(count: int, expected: str) -> None:
    assert axdr.length(count) == bytes.fromhex(expected)


@pytest.mark.parametrize(
    ("dialect", "winter", "summer"),
    [
        (axdr.Clock.AIDON, "07ea010f 00 0e000a 00 0000 00", "07ea070f 00 0d000a 00 0000 00"),
        (axdr.Clock.AIDON_OLDER, "07ea010f 04 0e000a ff 8000 ff", "07ea070f 03 0d000a ff 8000 ff"),
        (axdr.Clock.KAIFA, "07ea010f 04 0e000a ff 8000 00", "07ea070f 03 0e000a ff 8000 00"),
        (axdr.Clock.KAIFA_SE, "07ea010f 04 0e000a ff ffc4 00", "07ea070f 03 0d000a ff ffc4 00"),
        (axdr.Clock.KAMSTRUP, "07ea010f 04 0e000a ff 8000 00", "07ea070f 03 0d000a ff 8000 80"),
        (axdr.Clock.SAGEMCOM, "07ea010f 04 0e000a ff ffc4 02", "07ea070f 03 0e000a ff ff88 02"),
        (axdr.Clock.TRUE, "07ea010f 04 0e000a 00 ffc4 00", "07ea070f 03 0e000a 00 ff88 80"),
    ],
)
def test_each_meter_has_its_own_idea_of_summer_time(dialect: axdr.Clock, winter: str, summer: str) -> None:
    """Both moments are 14:00:10 to people in Norway; half of the meters say 13 in summer."""
    assert axdr.clock(WINTER, dialect) == bytes.fromhex(winter)
    assert axdr.clock(SUMMER, dialect) == bytes.fromhex(summer)


def test_a_value_that_does_not_fit_its_type_is_an_error() -> None:
    with pytest.raises(Exception, match="format requires"):
        axdr.long(40_000)
