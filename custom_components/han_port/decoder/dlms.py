"""Tagged DLMS data (A-XDR, IEC 61334-6) to plain Python values. Knows no meaning.

    structure -> tuple    array -> list    null -> None    octet-string, date, time -> bytes
    visible-, utf8-, bit-string -> str    boolean -> bool    integers, bcd, enum -> int    floats -> float

A structure and an array are kept apart, and so are octet-string and visible-string: makers' lists differ in it.
"""

from collections.abc import Callable, Iterator, Mapping
import struct
from types import MappingProxyType
from typing import NamedTuple

from .errors import DataError

type Value = bool | int | float | str | bytes | list[Value] | tuple[Value, ...] | None

DATA_NOTIFICATION = b"\x0f"
CIPHERED = (b"\xdb", b"\xdc")
"""General-glo- and general-ded-ciphering."""

_MAX_DEPTH = 8  # real lists nest three deep
_MAX_ELEMENTS = 256  # the longest real list has 65
_INVOKE_ID_SIZE = 4
_DATE_TIME_SIZE = 12


class Notification(NamedTuple):
    """A data-notification APDU."""

    sent_at: bytes | None
    """The twelve bytes of its date-time."""
    tagged: bool
    """Whether the date-time came with an octet-string's tag in front, against the standard: Kaifa's habit."""
    body: Value
    encoded: bytes
    """The body as it came."""

    @property
    def types(self) -> str:
        """The types of the elements of a structure or array, a letter each (see `_LETTERS`)."""
        return "".join(_types(self.encoded))


def read_notification(apdu: bytes) -> Notification:
    """Read a data-notification to its very end.

    Raises DataError for anything else, bytes behind it included.
    """
    notification, end = read_notification_from(apdu)
    if end != len(apdu):
        raise DataError(f"{len(apdu) - end} bytes are left over behind the data-notification")
    return notification


def read_notification_from(apdu: bytes) -> tuple[Notification, int]:
    """Read the data-notification that `apdu` begins with, and the place behind it.

    Raises DataError, and its child `CutShortError` where more bytes might mend it.
    """
    if not apdu.startswith(DATA_NOTIFICATION):
        raise DataError(f"not a data-notification: begins with {apdu[:1].hex() or 'nothing'}")
    at = 1 + _INVOKE_ID_SIZE
    tagged = apdu[at : at + 1] == b"\x09"
    at += tagged
    length = apdu[at : at + 1]
    if not length:
        raise CutShortError
    at += 1
    if length == b"\x00" and not tagged:
        sent_at = None
    elif length == b"\x0c" or (length == b"\x19" and not tagged):
        sent_at = apdu[at : at + _DATE_TIME_SIZE]
        at += _DATE_TIME_SIZE
    else:
        raise DataError(f"date-time of an unknown form: {length.hex()}")
    body, end = read_value(apdu, at)
    return Notification(sent_at, tagged, body, apdu[at:end]), end


class CutShortError(DataError):
    """The bytes end inside a value."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("the data end inside a value")


def read_value(data: bytes, at: int) -> tuple[Value, int]:
    """Read the tagged value at `at`; return it and the place behind it. Raises DataError or its child CutShortError."""
    try:
        return _READERS[data[at]](data, at + 1, _MAX_DEPTH)
    except IndexError, struct.error:
        raise CutShortError from None


_LETTERS = MappingProxyType(
    {
        0x00: "-",
        0x01: "A",
        0x02: "S",
        0x06: "l",
        0x09: "o",
        0x0A: "s",
        0x10: "i",
        0x11: "u",
        0x12: "w",
        0x15: "L",
        0x16: "e",
    }
)
"""Of the types that tell lists without codes apart: l is 4 bytes, w 2, u 1 and L 8 without sign, i 2 with; o and s are
octet- and visible-string, e is enum."""


def _types(encoded: bytes) -> Iterator[str]:
    count, at = read_length(encoded, 1)
    for _ in range(count):
        tag = encoded[at]
        yield _LETTERS.get(tag, "?")
        at = _READERS[tag](encoded, at + 1, _MAX_DEPTH)[1]


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """Read an A-XDR length (one byte below 0x80, else 0x81, 0x82 or 0x84 and as many bytes)."""
    try:
        first = data[at]
    except IndexError:
        raise CutShortError from None
    if first < 0x80:  # noqa: PLR2004 - see above
        return first, at + 1
    count = first & 0x7F
    if count not in (1, 2, 4):
        raise DataError(f"unknown form of a length: {first:02x}")
    digits, at = _take(data, at + 1, count)
    return int.from_bytes(digits), at


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    taken = data[at : at + size]
    if len(taken) < size:
        raise CutShortError
    return taken, at + size


# --- one type each: a reader is given the place behind the tag, and how deep it may go -------------------------------

type _Read = Callable[[bytes, int, int], tuple[Value, int]]


def _unknown(data: bytes, at: int, _depth: int) -> tuple[Value, int]:
    raise DataError(f"unknown data type {data[at - 1]:#04x}")


def _null(_data: bytes, at: int, _depth: int) -> tuple[None, int]:
    return None, at


def _boolean(data: bytes, at: int, _depth: int) -> tuple[bool, int]:
    return data[at] != 0, at + 1


def _byte(data: bytes, at: int, _depth: int) -> tuple[int, int]:
    return data[at], at + 1


def _number(form: str) -> _Read:
    layout = struct.Struct(form)
    unpack, size = layout.unpack_from, layout.size

    def read(data: bytes, at: int, _depth: int) -> tuple[Value, int]:
        return unpack(data, at)[0], at + size

    return read


def _octets_of(size: int) -> _Read:
    return lambda data, at, _depth: _take(data, at, size)


def _octets(data: bytes, at: int, _depth: int) -> tuple[bytes, int]:
    size, at = read_length(data, at)
    return _take(data, at, size)


def _text(data: bytes, at: int, depth: int) -> tuple[str, int]:
    octets, at = _octets(data, at, depth)
    return octets.decode("utf-8", "replace"), at


def _bits(data: bytes, at: int, _depth: int) -> tuple[str, int]:
    count, at = read_length(data, at)
    octets, at = _take(data, at, (count + 7) // 8)
    return "".join(f"{octet:08b}" for octet in octets)[:count], at


def _array(data: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    count, at = read_length(data, at)
    if count > _MAX_ELEMENTS:
        raise DataError(f"{count} elements")
    if not depth:
        raise DataError("nested too deep")
    elements = []
    for _ in range(count):
        element, at = _READERS[data[at]](data, at + 1, depth - 1)
        elements.append(element)
    return elements, at


def _structure(data: bytes, at: int, depth: int) -> tuple[tuple[Value, ...], int]:
    elements, at = _array(data, at, depth)
    return tuple(elements), at


_BY_TAG: Mapping[int, _Read] = MappingProxyType(
    {
        0x00: _null,
        0x01: _array,
        0x02: _structure,
        0x03: _boolean,
        0x04: _bits,
        0x05: _number(">i"),
        0x06: _number(">I"),
        0x09: _octets,
        0x0A: _text,
        0x0C: _text,
        0x0D: _byte,  # bcd
        0x0F: _number(">b"),
        0x10: _number(">h"),
        0x11: _byte,
        0x12: _number(">H"),
        0x14: _number(">q"),
        0x15: _number(">Q"),
        0x16: _byte,  # enum
        0x17: _number(">f"),
        0x18: _number(">d"),
        0x19: _octets_of(12),  # date-time
        0x1A: _octets_of(5),  # date
        0x1B: _octets_of(4),  # time
    }
)
_READERS = tuple(_BY_TAG.get(tag, _unknown) for tag in range(0x100))
