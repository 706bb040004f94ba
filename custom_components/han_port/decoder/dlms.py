"""Tagged DLMS data (A-XDR, IEC 61334-6) to plain Python values. Knows no meaning.

    structure -> tuple    array -> list    null -> None    octet-string, date, time -> bytes
    visible-, utf8-, bit-string -> str    boolean -> bool    integers, bcd, enum -> int    floats -> float

A structure and an array are kept apart, and so are octet-string and visible-string: makers' lists differ in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import Struct

from .errors import DataError

type Value = bool | int | float | str | bytes | list[Value] | tuple[Value, ...] | None

DATA_NOTIFICATION = 0x0F
CIPHERED = (b"\xdb", b"\xdc")
"""General-glo- and general-ded-ciphering."""

_MAX_DEPTH = 8  # real lists nest three deep
_MAX_ELEMENTS = 256  # the longest real list has 65
_INVOKE_ID = 4
_DATE_TIME = 12

_FIXED = {
    0x05: Struct(">i"),
    0x06: Struct(">I"),
    0x0D: Struct(">B"),
    0x0F: Struct(">b"),
    0x10: Struct(">h"),
    0x11: Struct(">B"),
    0x12: Struct(">H"),
    0x14: Struct(">q"),
    0x15: Struct(">Q"),
    0x16: Struct(">B"),
    0x17: Struct(">f"),
    0x18: Struct(">d"),
}
_BYTES = {0x19: 12, 0x1A: 5, 0x1B: 4}  # date-time, date, time


@dataclass(frozen=True, slots=True)
class Notification:
    """A data-notification APDU."""

    sent_at: bytes | None
    """The twelve bytes of its date-time."""
    tagged: bool
    """Whether the date-time came with an octet-string's tag in front, against the standard: Kaifa's habit."""
    body: Value
    encoded: bytes = b""
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
    if apdu[:1] != bytes((DATA_NOTIFICATION,)):
        raise DataError(f"not a data-notification: begins with {apdu[:1].hex() or 'nothing'}")
    at = 1 + _INVOKE_ID
    tagged = apdu[at : at + 1] == b"\x09"
    at += tagged
    length = apdu[at : at + 1]
    if not length:
        raise CutShortError
    at += 1
    if length == b"\x00" and not tagged:
        sent_at = None
    elif length == b"\x0c" or (length == b"\x19" and not tagged):
        sent_at = apdu[at : at + _DATE_TIME]
        at += _DATE_TIME
    else:
        raise DataError(f"date-time of an unknown form: {length.hex()}")
    body, end = read_value(apdu, at)
    return Notification(sent_at, tagged, body, apdu[at:end]), end


class CutShortError(DataError):
    """The bytes end inside a value."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__("the data end inside a value")


def read_value(data: bytes, at: int, depth: int = _MAX_DEPTH) -> tuple[Value, int]:
    """Read the tagged value at `at`; return it and the place behind it. Raises DataError or its child CutShortError."""
    try:
        tag = data[at]
    except IndexError:
        raise CutShortError from None
    at += 1
    if fixed := _FIXED.get(tag):
        end = at + fixed.size
        if end > len(data):
            raise CutShortError
        return fixed.unpack_from(data, at)[0], end
    if reader := _READERS.get(tag):
        return reader(data, at, depth)
    if size := _BYTES.get(tag):
        return _take(data, at, size)
    raise DataError(f"unknown data type {tag:#04x}")


_LETTERS = {
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
"""Of the types that tell lists without codes apart: l is 4 bytes, w 2, u 1 and L 8 without sign, i 2 with; o and s are
octet- and visible-string, e is enum."""


def _types(encoded: bytes) -> Iterator[str]:
    count, at = read_length(encoded, 1)
    for _ in range(count):
        yield _LETTERS.get(encoded[at], "?")
        at = read_value(encoded, at)[1]


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
    end = at + size
    if end > len(data):
        raise CutShortError
    return data[at:end], end


def _null(_data: bytes, at: int, _depth: int) -> tuple[None, int]:
    return None, at


def _boolean(data: bytes, at: int, _depth: int) -> tuple[bool, int]:
    byte, at = _take(data, at, 1)
    return byte != b"\x00", at


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


def _elements(data: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    count, at = read_length(data, at)
    if count > _MAX_ELEMENTS:
        raise DataError(f"{count} elements")
    if not depth:
        raise DataError("nested too deep")
    elements = []
    for _ in range(count):
        element, at = read_value(data, at, depth - 1)
        elements.append(element)
    return elements, at


def _structure(data: bytes, at: int, depth: int) -> tuple[tuple[Value, ...], int]:
    elements, at = _elements(data, at, depth)
    return tuple(elements), at


_READERS: dict[int, Callable[[bytes, int, int], tuple[Value, int]]] = {
    0x00: _null,
    0x01: _elements,
    0x02: _structure,
    0x03: _boolean,
    0x04: _bits,
    0x09: _octets,
    0x0A: _text,
    0x0C: _text,
}
