"""Reads tagged DLMS data (A-XDR, IEC 61334-6) into plain Python values. What they mean is not known here.

    structure -> tuple    array -> list    null -> None    octet-string, date, time -> bytes
    visible-, utf8-, bit-string -> str    boolean -> bool    integers, bcd, enum -> int    floats -> float

Structures differ from arrays, and octet-strings from visible-strings, since makers' lists are told apart by that.
"""

from collections.abc import Callable, Iterator, Mapping
import struct
from types import MappingProxyType
from typing import NamedTuple

from . import attributes
from .errors import CutShortError, DataError

type Value = bool | int | float | str | bytes | list[Value] | tuple[Value, ...] | None

DATA_NOTIFICATION = b"\x0f"
CIPHERED = (b"\xdb", b"\xdc")
"""The tags of general-glo-ciphering and general-ded-ciphering."""


class NotAvailable(int):
    """An integer that has the pattern of its type that stands for "no value". It still counts as the integer sent.

    Unsigned, that is all ones. Signed, it is the highest and the lowest number: all ones is -1, which may be measured.
    """


_MAX_DEPTH = 8  # real lists nest three deep
_MAX_ELEMENTS = 256  # the longest real list has 65
_INVOKE_ID_SIZE = 4
_DATE_TIME_SIZE = 12


class Notification(NamedTuple):
    """A data-notification APDU."""

    sent_at: bytes | None
    """The twelve bytes of its date-time, or None (see clock.py)."""
    tagged: bool
    """Whether the date-time has the tag of an octet-string, which is against the standard: Kaifa sends it."""
    body: Value
    encoded: bytes
    """The bytes of the body."""

    @property
    def types(self) -> str:
        """The types of the elements of the body, which is a structure or array: a letter for each (`_LETTERS`)."""
        return "".join(_types(self.encoded))


def read_notification(apdu: bytes) -> Notification:
    """Read a data-notification. Raises DataError if it is anything else, or if bytes are left over after it."""
    notification, end = read_notification_from(apdu)
    if end != len(apdu):
        raise DataError(f"{len(apdu) - end} bytes are left over after the data-notification")
    return notification


def read_notification_from(apdu: bytes) -> tuple[Notification, int]:
    """Read the data-notification at the beginning of `apdu`. Return it and the place after it.

    Raises DataError, or its child `CutShortError` if more bytes may complete it.
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
    body, end = _read_body(apdu, at)
    return Notification(sent_at, tagged, body, apdu[at:end]), end


def _read_body(data: bytes, at: int) -> tuple[Value, int]:
    if not attributes.begin(data, at):
        return read_value(data, at)
    kind, entries, end = attributes.read(data, at, read_value)
    return (kind, [*entries]), end


def read_value(data: bytes, at: int) -> tuple[Value, int]:
    """Return the tagged value at `at`, and the place after it. Raises DataError or its child CutShortError."""
    try:
        return _READERS[data[at]](data, at + 1, _MAX_DEPTH)
    except IndexError, struct.error:
        raise CutShortError from None


_LETTERS = MappingProxyType(
    {
        0x00: "-",
        0x01: "A",
        0x02: "S",
        0x03: "b",
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
"""Tag -> the letter of a type in `Layout.types`. Unsigned numbers: u is 1 byte, w 2, l 4, L 8; i is 2 bytes with sign;
o is octet-string, s visible-string, e enum, b Boolean, A array, S structure, - null."""


def _types(encoded: bytes) -> Iterator[str]:
    count, at = read_length(encoded, 1)
    for _ in range(count):
        tag = encoded[at]
        yield _LETTERS.get(tag, "?")
        at = at + 1 + _SIZES[tag] if tag in _SIZES else _READERS[tag](encoded, at + 1, _MAX_DEPTH)[1]


def read_length(data: bytes, at: int) -> tuple[int, int]:
    """Return the A-XDR length at `at`, and the place after it.

    A length below 0x80 is one byte. Otherwise the first byte is 0x81, 0x82 or 0x84, and 1, 2 or 4 bytes follow.
    """
    try:
        first = data[at]
    except IndexError:
        raise CutShortError from None
    if first < 0x80:  # noqa: PLR2004 - see above
        return first, at + 1
    count = first & 0x7F
    if count not in (1, 2, 4):
        raise DataError(f"unknown form of a length: {first:02x}")
    digits, at = _slice(data, at + 1, count)
    return int.from_bytes(digits), at


def _slice(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    part = data[at : at + size]
    if len(part) < size:
        raise CutShortError
    return part, at + size


# --- a reader for each type: its arguments are the data, the place after the tag, and how deep values may be nested ---

type _Read = Callable[[bytes, int, int], tuple[Value, int]]


def _unknown(data: bytes, at: int, _depth: int) -> tuple[Value, int]:
    raise DataError(f"unknown data type {data[at - 1]:#04x}")


def _null(_data: bytes, at: int, _depth: int) -> tuple[None, int]:
    return None, at


def _boolean(data: bytes, at: int, _depth: int) -> tuple[bool, int]:
    return data[at] != 0, at + 1


_BYTES = (*range(0xFF), NotAvailable(0xFF))
_SIGNED_BYTES = (*range(0x7F), NotAvailable(0x7F), NotAvailable(-0x80), *range(-0x7F, 0))


def _byte(data: bytes, at: int, _depth: int) -> tuple[int, int]:
    return _BYTES[data[at]], at + 1


def _signed_byte(data: bytes, at: int, _depth: int) -> tuple[int, int]:
    return _SIGNED_BYTES[data[at]], at + 1


def _unsigned(form: str) -> _Read:
    layout = struct.Struct(form)
    unpack, size = layout.unpack_from, layout.size
    all_ones = (1 << 8 * size) - 1
    not_available = NotAvailable(all_ones)

    def read(data: bytes, at: int, _depth: int) -> tuple[Value, int]:
        value = unpack(data, at)[0]
        return value if value != all_ones else not_available, at + size

    return read


def _signed(form: str) -> _Read:
    layout = struct.Struct(form)
    unpack, size = layout.unpack_from, layout.size
    highest = (1 << 8 * size - 1) - 1
    lowest = -highest - 1

    def read(data: bytes, at: int, _depth: int) -> tuple[Value, int]:
        value = unpack(data, at)[0]
        return value if lowest < value < highest else NotAvailable(value), at + size

    return read


def _float(form: str) -> _Read:
    layout = struct.Struct(form)
    unpack, size = layout.unpack_from, layout.size

    def read(data: bytes, at: int, _depth: int) -> tuple[Value, int]:
        return unpack(data, at)[0], at + size

    return read


def _octets_of(size: int) -> _Read:
    return lambda data, at, _depth: _slice(data, at, size)


def _octets(data: bytes, at: int, _depth: int) -> tuple[bytes, int]:
    size, at = read_length(data, at)
    return _slice(data, at, size)


def _text(data: bytes, at: int, depth: int) -> tuple[str, int]:
    octets, at = _octets(data, at, depth)
    return octets.decode("utf-8", "replace"), at


def _bits(data: bytes, at: int, _depth: int) -> tuple[str, int]:
    count, at = read_length(data, at)
    octets, at = _slice(data, at, (count + 7) // 8)
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
        0x05: _signed(">i"),
        0x06: _unsigned(">I"),
        0x09: _octets,
        0x0A: _text,
        0x0C: _text,
        0x0D: _byte,  # bcd
        0x0F: _signed_byte,
        0x10: _signed(">h"),
        0x11: _byte,
        0x12: _unsigned(">H"),
        0x14: _signed(">q"),
        0x15: _unsigned(">Q"),
        0x16: _byte,  # enum
        0x17: _float(">f"),
        0x18: _float(">d"),
        0x19: _octets_of(12),  # date-time
        0x1A: _octets_of(5),  # date
        0x1B: _octets_of(4),  # time
    }
)
_SIZES = MappingProxyType({0x06: 4, 0x12: 2, 0x15: 8})
"""Tag -> bytes of a value, for the types that lists without codes are full of: they need not be read to be passed."""
_READERS = tuple(_BY_TAG.get(tag, _unknown) for tag in range(0x100))
