r"""P1 telegrams: 7-bit text between "/" and "!" (IEC 62056-21, as DSMR and the Nordic ports use it).

    /KAM5 CR LF, CR LF, lines such as 1-0:1.7.0(0001.870*kW) CR LF, then ! and the CRC in four hex digits, CR LF

An identification contains no "/", "!" or bracket, and a "/" in a value is followed by a bracket in the same line. So
where an identification begins, a telegram before it is over: each byte belongs to one telegram only, whatever comes.
The reader keeps no state, so while a telegram is open each call searches it again. The searches cost about half a
nanosecond per byte: for 700 bytes, received one by one, as much as the calls themselves.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
import re
from types import MappingProxyType
from typing import NamedTuple

from .checksums import arc_is_right, crc_16_arc
from .clock import Dialect, MeterClock
from .errors import DataError, FrameError
from .framing import Frame, NotAFrame, raise_if_ended

SLASH = 0x2F
MAX_TELEGRAM_SIZE = 8192
"""Bytes from "/" to "!". Telegrams of 1100 bytes are known, and logs of power failures can make them longer."""
MAX_IDENT_SIZE = 100
"""Bytes of the first line, with "/" and line end."""

# An Iskraemeco sends the byte 2 where others send a backslash and a 2, and its checksum includes that byte.
_IN_IDENT = rb"[\x02\t \"-'*-.0-~]"
_IDENT = re.compile(rb"/[A-Za-z]{3}%b{0,94}\r?\n" % _IN_IDENT)
_IDENT_SO_FAR = re.compile(rb"/(?:[A-Za-z]{0,2}|[A-Za-z]{3}%b*\r?)" % _IN_IDENT)
_CLOSING = re.compile(rb"!([0-9A-Fa-f]{0,4})(\r?\n|\r?\Z)")
_TEXT = b"\t\r\n" + bytes(range(0x20, 0x7F))
_CRC_DIGITS = 4
_LAST_LINE = 0x21
# In Poland the lines are encrypted: an empty system title (00), then a length (82 and two bytes) and as many bytes.
_ENCRYPTED_LINES = re.compile(rb"\r?\n\x00\x82([\x00-\xff]{2})")
_ENCRYPTED_LINES_SO_FAR = re.compile(rb"\r?\n\x00(?:\x82[\x00-\xff]?)?")

# --- the frame -----------------------------------------------------------------------------------------------------


def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
    """Read the telegram with its "/" at `at` (the contract is in framing.py). Its content is "/" to "!".

    The beginning of the next telegram is searched first: the end of this one must come before it.
    """
    ident = _IDENT.match(buffer, at)
    if not ident:
        if ended or len(buffer) - at >= MAX_IDENT_SIZE or not _IDENT_SO_FAR.fullmatch(buffer, at):
            raise NotAFrame
        return None
    body = ident.end()
    limit = min(len(buffer), at + MAX_TELEGRAM_SIZE)
    if _ENCRYPTED_LINES_SO_FAR.fullmatch(buffer, body, limit):
        raise_if_ended(ended, "P1 telegram")
        return None
    if encrypted := _ENCRYPTED_LINES.match(buffer, body, limit):
        return _read_encrypted(buffer, at, encrypted, ended)
    other = _IDENT.search(buffer, body, limit)
    end = buffer.find(b"\n!", body - 1, other.start() if other else limit) + 1
    if end:
        return _close(buffer, at, body, end, ended)
    if other:
        raise FrameError("P1 telegram: broken off, since the next one begins in it")
    if limit - at == MAX_TELEGRAM_SIZE:
        raise FrameError("P1 telegram: longer than any that is known")
    if not bytes(buffer[body:]).isascii():
        raise _not_text(buffer[body:])
    raise_if_ended(ended, "P1 telegram")
    return None


def _read_encrypted(buffer: bytearray, at: int, encrypted: re.Match[bytes], ended: bool) -> Frame | None:  # noqa: FBT001 - as in `read`
    """Return a telegram with encrypted lines. In them nothing is searched but the beginning of the next telegram."""
    end = encrypted.end() + int.from_bytes(encrypted[1])
    if _IDENT.search(buffer, encrypted.end(), end):
        raise FrameError("P1 telegram: broken off, since the next one begins in it")
    if end - at > MAX_TELEGRAM_SIZE or (len(buffer) > end and buffer[end] != _LAST_LINE):
        raise FrameError("P1 telegram: its encrypted part does not end where its length says")
    if len(buffer) <= end:
        raise_if_ended(ended, "P1 telegram")
        return None
    return _close_text(buffer, at, end, ended)


def _close(buffer: bytearray, at: int, body: int, end: int, ended: bool) -> Frame | None:  # noqa: FBT001 - as above
    """Return the telegram with its "!" at `end`, or raise FrameError.

    If the line has ended, the last line end may be missing: some gateways strip it, and the checksum is complete.
    """
    if buffer[body:end].translate(None, _TEXT):
        raise _not_text(buffer[body:end])
    return _close_text(buffer, at, end, ended)


def _close_text(buffer: bytearray, at: int, end: int, ended: bool) -> Frame | None:  # noqa: FBT001 - as above
    """Return the telegram with its "!" at `end`, if the checksum after that is right."""
    closing = _CLOSING.match(buffer, end)
    if not closing:
        raise FrameError("P1 telegram: no checksum in its last line")
    digits, line_end = closing.groups()
    if not line_end.endswith(b"\n") and not (ended and digits):
        raise_if_ended(ended, "P1 telegram")
        return None
    text = bytes(buffer[at : end + 1])
    # Some meters print the checksum without leading zeros. One that was cut short does not fit.
    is_whole = len(digits) == _CRC_DIGITS or not digits.startswith(b"0")
    if digits and not (is_whole and arc_is_right(text + int(digits, 16).to_bytes(2, "little"))):
        raise FrameError("P1 telegram checksum (CRC) is wrong")
    raw = bytes(buffer[at : closing.end()])
    return Frame(raw, text, len(raw), trusted=bool(digits))


def _not_text(data: bytearray) -> FrameError:
    """Return an error that says what bytes other than text are likely to be."""
    if data.isascii():
        return FrameError("P1 telegram: it contains bytes that are not text")
    return FrameError("P1 telegram: it contains bytes above 127, as when a line of 7 bits and parity is read as 8 bits")


def split_encrypted(content: bytes) -> tuple[bytes, bytes] | None:
    """Return the first line of a telegram, and its encrypted lines from the empty system title on; None if in clear."""
    ident = _IDENT.match(content)
    encrypted = ident and _ENCRYPTED_LINES.match(content, ident.end())
    return (content[: encrypted.start()], content[encrypted.start() :].lstrip(b"\r\n")[:-1]) if encrypted else None


def replace_content(raw: bytes, content: bytes) -> bytes:
    """Return a telegram whose text ends with these bytes, with the CRC for them if it had one (see `Framing`)."""
    end = raw.rindex(b"!") + 1
    changed = raw[: end - len(content)] + content
    digits = f"{crc_16_arc(changed):04X}" if raw[end:].strip() else ""
    return changed + f"{digits}\r\n".encode()


# --- the lines -----------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """One line of a telegram: an OBIS code and the values in its brackets."""

    code: bytes
    """The six groups of the OBIS code. If not written, A and B are 0 and F is 255."""
    values: tuple[str, ...]
    """The text in each pair of brackets, without the unit of the last."""
    unit: str | None
    """The unit of the last value, as written."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """A telegram, taken apart into its lines."""

    ident: str
    """The first line without its "/"."""
    lines: tuple[Line, ...]
    malformed: tuple[str, ...] = ()
    """Lines of another form, as they came."""


_GROUP = r"([0-9]{1,3})"
# A draft of DSMR writes group F after a dot, and there are meters that do.
_CODE = re.compile(rf"(?:{_GROUP}-{_GROUP}:)?{_GROUP}\.{_GROUP}\.{_GROUP}(?:[*.]{_GROUP})?")
_USUAL_GROUPS = ("0", "0", "", "", "", "255")
_CONTINUED = re.compile(r"\)\r?\n\(")


def parse(content: bytes) -> Telegram:
    """Return the lines of a telegram's text ("/" to "!"). Raises DataError if it has no such beginning and end.

    Malformed lines are kept apart: there are meters that send some with a right checksum (NES: 1-0:4:24.7.0).
    """
    if not (content.startswith(b"/") and content.endswith(b"!") and content.isascii()):
        raise DataError("not a P1 telegram")
    text = content[:-1].decode()
    if "\n(" in text:  # DSMR 2 and 3 put the value of a gas meter into a line of its own.
        text = _CONTINUED.sub(")(", text)
    first, *rest = text.splitlines()
    lines, malformed = [], []
    for each in rest:
        if line := _line(each):
            lines.append(line)
        elif each.strip():
            malformed.append(each)
    return Telegram(first[1:], tuple(lines), tuple(malformed))


def _line(text: str) -> Line | None:
    """Return one line, or None if it is malformed."""
    name, _, inner = text.partition("(")
    code = _code(name)
    if not (code and inner.endswith(")")):
        return None
    others, last = [], inner[:-1]
    if "(" in last or ")" in last:
        *others, last = last.split(")(")
        if any("(" in each or ")" in each for each in (*others, last)):
            return None
    number, star, unit = last.partition("*")
    return Line(code, (*others, number), unit if star else None)


@lru_cache(512)
def _code(text: str) -> bytes | None:
    """Return the six groups of an OBIS code, or None if it is malformed. Cached: a meter sends the same few codes."""
    groups = _CODE.fullmatch(text)
    if not groups:
        return None
    numbers = [int(group or usual) for group, usual in zip(groups.groups(), _USUAL_GROUPS, strict=True)]
    return bytes(numbers) if max(numbers) <= 0xFF else None  # noqa: PLR2004 - a byte each


# --- values --------------------------------------------------------------------------------------------------------

UNITS = MappingProxyType(
    {
        None: ("", 0),
        "w": ("W", 0),
        "kw": ("W", 3),
        "mw": ("W", 6),
        "var": ("var", 0),
        "kvar": ("var", 3),
        "mvar": ("var", 6),
        "kva": ("var", 3),  # a slip in a document, for kvar: apparent power has codes of its own
        "wh": ("Wh", 0),
        "kwh": ("Wh", 3),
        "mwh": ("Wh", 6),
        "varh": ("varh", 0),
        "kvarh": ("varh", 3),
        "mvarh": ("varh", 6),
        "v": ("V", 0),
        "a": ("A", 0),
        "hz": ("Hz", 0),
        "s": ("s", 0),
    }
)
"""Unit in lower case (some write kVArh, some kvarh) -> symbol of its base unit, and the power of ten to it."""

_MAX_NUMBER_LENGTH = 24


def scaled(text: str, unit: str | None) -> tuple[int, int, str]:
    """Return the number in a text as an integer, its power of ten, and the symbol of its base unit ("" if it has none).

    The value in the base unit is integer x 10^power, exactly: 12345.678 kWh is (12345678, 0, "Wh"), and 230.1 V is
    (2301, -1, "V"). Raises DataError if the text is not a number, or the unit is unknown.
    """
    whole, _, decimals = text.partition(".")
    if len(text) > _MAX_NUMBER_LENGTH or not (whole.removeprefix("-") + decimals).isdecimal():
        raise DataError(f"not a number: {text[:_MAX_NUMBER_LENGTH]}")
    symbol, power = _unit(unit)
    return int(whole + decimals), power - len(decimals), symbol


@lru_cache(64)
def _unit(unit: str | None) -> tuple[str, int]:
    """Return the row of UNITS for a unit. Cached: a meter sends the same few units."""
    known = UNITS.get(unit and unit.lower())
    if known is None:
        raise DataError(f"unknown unit: {unit}")
    return known


# --- the clock -----------------------------------------------------------------------------------------------------

_DATE_TIME_CODE, _TIME_CODE, _DATE_CODE = bytes((1, 0, 0)), bytes((0, 9, 1)), bytes((0, 9, 2))
_CLOCK_TEXT = re.compile(r"(?:20(?=[0-9]{6} ))?(..)(..)(..) ?(..):?(..):?(..)([WS]?)")
_SUMMER = MappingProxyType({"W": False, "S": True})


def clock_of(telegram: Telegram) -> MeterClock | None:
    """Return the time of a telegram, or None: YYMMDDhhmmss and perhaps a letter, with separators, or in two lines.

    The letter W means winter. Aidon, Kaifa and Landis+Gyr send it all year and keep standard time. With S, or without a
    letter, it is civil time.
    """
    text = _first(telegram, _DATE_TIME_CODE) or _first(telegram, _DATE_CODE) + _first(telegram, _TIME_CODE)
    match = _CLOCK_TEXT.fullmatch(text)
    if not match:
        return None
    *fields, letter = match.groups()
    try:
        year, month, day, hour, minute, second = map(int, fields)
        local = datetime(2000 + year, month, day, hour, minute, second)  # noqa: DTZ001 - see MeterClock.local
    except ValueError:
        return None
    usual_dialect = Dialect.STANDARD if letter == "W" else Dialect.CIVIL
    return MeterClock(local, None, _SUMMER.get(letter), usual_dialect)


def _first(telegram: Telegram, code: bytes) -> str:
    """Return the first value of the line with this code (groups C, D and E), or ""."""
    return next((line.values[0] for line in telegram.lines if line.code[2:5] == code), "")
