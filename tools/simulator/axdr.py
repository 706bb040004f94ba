"""A-XDR: values as tagged bytes (IEC 61334-6), one function per data type of DLMS/COSEM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from enum import Enum
import struct
from zoneinfo import ZoneInfo


def length(count: int) -> bytes:
    """Encode a length or a count: one byte below 128, else the number of bytes that follow."""
    if count < 0x80:
        return bytes([count])
    size = (count.bit_length() + 7) // 8
    return bytes([0x80 | size]) + count.to_bytes(size, "big")


def null_data() -> bytes:
    return b"\x00"


def array(*elements: bytes) -> bytes:
    return b"\x01" + length(len(elements)) + b"".join(elements)


def structure(*elements: bytes) -> bytes:
    return b"\x02" + length(len(elements)) + b"".join(elements)


def boolean(*, value: bool) -> bytes:
    return struct.pack(">BB", 0x03, value)


def bit_string(bits: str) -> bytes:
    """Encode bits written as "0101", first bit first."""
    padded = bits.ljust((len(bits) + 7) // 8 * 8, "0")
    packed = (int(padded[start : start + 8], 2) for start in range(0, len(padded), 8))
    return b"\x04" + length(len(bits)) + bytes(packed)


def double_long(value: int) -> bytes:
    return struct.pack(">Bi", 0x05, value)


def double_long_unsigned(value: int) -> bytes:
    return struct.pack(">BI", 0x06, value)


def octet_string(value: bytes) -> bytes:
    return b"\x09" + length(len(value)) + value


def visible_string(value: str) -> bytes:
    return b"\x0a" + length(len(value)) + value.encode("ascii")


def utf8_string(value: str) -> bytes:
    encoded = value.encode()
    return b"\x0c" + length(len(encoded)) + encoded


def bcd(value: int) -> bytes:
    return struct.pack(">BB", 0x0D, value)


def integer(value: int) -> bytes:
    return struct.pack(">Bb", 0x0F, value)


def long(value: int) -> bytes:
    return struct.pack(">Bh", 0x10, value)


def unsigned(value: int) -> bytes:
    return struct.pack(">BB", 0x11, value)


def long_unsigned(value: int) -> bytes:
    return struct.pack(">BH", 0x12, value)


def long64(value: int) -> bytes:
    return struct.pack(">Bq", 0x14, value)


def long64_unsigned(value: int) -> bytes:
    return struct.pack(">BQ", 0x15, value)


def enum(value: int) -> bytes:
    return struct.pack(">BB", 0x16, value)


def float32(value: float) -> bytes:
    return struct.pack(">Bf", 0x17, value)


def float64(value: float) -> bytes:
    return struct.pack(">Bd", 0x18, value)


def date_time(value: bytes) -> bytes:
    return b"\x19" + value


def date(value: bytes) -> bytes:
    return b"\x1a" + value


def time(value: bytes) -> bytes:
    return b"\x1b" + value


def logical_name(code: str) -> bytes:
    """Turn an OBIS code written as "1-0:1.7.0" into its six bytes; the sixth group is always 255."""
    medium_channel, _, quantity = code.partition(":")
    groups = (*medium_channel.split("-"), *quantity.split("."))
    return bytes([*map(int, groups), 255])


def scaler_unit(scaler: int, unit: int) -> bytes:
    return structure(integer(scaler), enum(unit))


STANDARD_TIME = timezone(timedelta(hours=1))
CIVIL_TIME = ZoneInfo("Europe/Oslo")
DEVIATION_UNSPECIFIED = -0x8000
UNSPECIFIED = 0xFF
DAYLIGHT_SAVING = 0x80


@dataclass(frozen=True)
class Dialect:
    """How one kind of meter fills in the twelve bytes of its clock.

    Where the deviation or the status is None, the field tells the truth; a number is sent whatever the truth.
    """

    zone: tzinfo
    deviation: int | None = DEVIATION_UNSPECIFIED
    status: int | None = 0
    hundredths: int = UNSPECIFIED
    weekday: bool = True


class Clock(Enum):
    """The dialects seen on the wire. Several of them are plainly wrong; so are the meters."""

    AIDON = Dialect(STANDARD_TIME, deviation=0, hundredths=0, weekday=False)
    AIDON_OLDER = Dialect(STANDARD_TIME, status=UNSPECIFIED)
    # Landis+Gyr in Switzerland fills in the same.
    KAIFA = Dialect(CIVIL_TIME)
    KAIFA_SE = Dialect(STANDARD_TIME, deviation=None)
    # The flag for daylight saving is set in summer although the hour is not moved.
    KAMSTRUP = Dialect(STANDARD_TIME, status=None)
    SAGEMCOM = Dialect(CIVIL_TIME, deviation=None, status=0x02)
    TRUE = Dialect(CIVIL_TIME, deviation=None, status=None, hundredths=0)


def clock(moment: datetime, dialect: Clock) -> bytes:
    """Say an aware moment in a meter's dialect."""
    spoken = dialect.value
    local = moment.astimezone(spoken.zone)
    deviation, status = spoken.deviation, spoken.status
    if deviation is None:
        # The standard counts from local time to UTC, so that it is negative east of Greenwich.
        deviation = -int((local.utcoffset() or timedelta()).total_seconds()) // 60
    if status is None:
        status = DAYLIGHT_SAVING if moment.astimezone(CIVIL_TIME).dst() else 0
    return struct.pack(
        ">HBBBBBBBhB",
        *(local.year, local.month, local.day, local.isoweekday() if spoken.weekday else 0),
        *(local.hour, local.minute, local.second, spoken.hundredths, deviation, status),
    )
