r"""P1 telegrams: 7-bit text between "/" and "!" (IEC 62056-21, in the dialects of DSMR and of the Nordic ports).

    /KAM5 CR LF, CR LF, lines such as 1-0:1.7.0(0001.870*kW) CR LF, then ! and four hex digits of CRC, CR LF

An identification holds no "/", "!" or bracket, and a "/" in a value has a bracket behind it before the line ends.
So where an identification begins, all before it is over: each byte is looked at for one telegram, whatever comes.
The reader remembers nothing, so while a telegram is open each call looks it through again, with searches that cost
about half a nanosecond a byte: for 700 bytes, fed one by one, that is as much as the calls themselves.
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
from .framing import Frame, NotAFrame, require_more

SLASH = 0x2F
MAX_TELEGRAM_SIZE = 8192
"""Bytes from "/" to "!". Telegrams of 1100 bytes are known, and logs of power failures may make them longer."""
MAX_IDENT_SIZE = 100

# One Iskraemeco sends a byte 2 where others write a backslash and a 2, and its checksum is over that byte.
_IN_IDENT = rb"[\x02\t \"-'*-.0-~]"
_IDENT = re.compile(rb"/[A-Za-z]{3}%b{0,94}\r?\n" % _IN_IDENT)
_IDENT_SO_FAR = re.compile(rb"/(?:[A-Za-z]{0,2}|[A-Za-z]{3}%b*\r?)" % _IN_IDENT)
_CLOSING = re.compile(rb"!([0-9A-Fa-f]{0,4})(\r?\n|\r?\Z)")
_TEXT = b"\t\r\n" + bytes(range(0x20, 0x7F))
_CRC_DIGITS = 4
_LAST_LINE = 0x21
# In Poland the lines are encrypted: an empty system title, a length of two bytes, and what it counts.
_SEALED = re.compile(rb"\r?\n\x00\x82([\x00-\xff]{2})")
_SEALED_SO_FAR = re.compile(rb"\r?\n\x00(?:\x82[\x00-\xff]?)?")

# --- the frame -----------------------------------------------------------------------------------------------------


def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
    """Read the telegram whose "/" is at `at` (the contract is in framing.py); its content is "/" to "!".

    The next telegram is looked for first: it bounds the search for the end of this one.
    """
    ident = _IDENT.match(buffer, at)
    if not ident:
        if ended or len(buffer) - at >= MAX_IDENT_SIZE or not _IDENT_SO_FAR.fullmatch(buffer, at):
            raise NotAFrame
        return None
    body = ident.end()
    most = min(len(buffer), at + MAX_TELEGRAM_SIZE)
    if _SEALED_SO_FAR.fullmatch(buffer, body, most):
        require_more(ended, "P1 telegram")
        return None
    if sealed := _SEALED.match(buffer, body, most):
        return _read_sealed(buffer, at, sealed, ended)
    other = _IDENT.search(buffer, body, most)
    end = buffer.find(b"\n!", body - 1, other.start() if other else most) + 1
    if end:
        return _close(buffer, at, body, end, ended)
    if other:
        raise FrameError("P1 telegram: broken off, since the next one begins in it")
    if most - at == MAX_TELEGRAM_SIZE:
        raise FrameError("P1 telegram: longer than any that is known")
    if not bytes(buffer[body:]).isascii():
        raise _no_text(buffer[body:])
    require_more(ended, "P1 telegram")
    return None


def _read_sealed(buffer: bytearray, at: int, sealed: re.Match[bytes], ended: bool) -> Frame | None:  # noqa: FBT001
    """Return a telegram with encrypted lines: they are data, in which nothing is looked for but the next telegram."""
    end = sealed.end() + int.from_bytes(sealed[1])
    if _IDENT.search(buffer, sealed.end(), end):
        raise FrameError("P1 telegram: broken off, since the next one begins in it")
    if end - at > MAX_TELEGRAM_SIZE or (len(buffer) > end and buffer[end] != _LAST_LINE):
        raise FrameError("P1 telegram: its encrypted part does not end where its length says")
    if len(buffer) <= end:
        require_more(ended, "P1 telegram")
        return None
    return _close_text(buffer, at, end, ended)


def _close(buffer: bytearray, at: int, body: int, end: int, ended: bool) -> Frame | None:  # noqa: FBT001 - as above
    """Return the telegram whose "!" is at `end`, or say what is wrong with it.

    Where the line has ended its last line end may be missing: some gateways strip it, and the checksum is there.
    """
    if buffer[body:end].translate(None, _TEXT):
        raise _no_text(buffer[body:end])
    return _close_text(buffer, at, end, ended)


def _close_text(buffer: bytearray, at: int, end: int, ended: bool) -> Frame | None:  # noqa: FBT001 - as above
    """Return the telegram whose "!" is at `end`, if the checksum behind it is right."""
    closing = _CLOSING.match(buffer, end)
    if not closing:
        raise FrameError("P1 telegram: its last line is no checksum")
    digits, line_end = closing.groups()
    if not line_end.endswith(b"\n") and not (ended and digits):
        require_more(ended, "P1 telegram")
        return None
    text = bytes(buffer[at : end + 1])
    # Some print their checksum without its zeros in front. Cut short is another thing, and agrees with nothing.
    is_whole = len(digits) == _CRC_DIGITS or not digits.startswith(b"0")
    if digits and not (is_whole and arc_is_right(text + int(digits, 16).to_bytes(2, "little"))):
        raise FrameError("P1 telegram checksum (CRC) is wrong")
    raw = bytes(buffer[at : closing.end()])
    return Frame(raw, text, len(raw), guarded=bool(digits))


def _no_text(data: bytearray) -> FrameError:
    """Say what bytes that are no text are likely to be."""
    if data.isascii():
        return FrameError("P1 telegram: bytes in it that are no text")
    return FrameError("P1 telegram: bytes above 127, as when a line of 7 bits and parity is read as 8 bits")


def sealed_in(content: bytes) -> tuple[bytes, bytes] | None:
    """Return the first line and the encrypted lines of a telegram (with its empty system title), if it has such."""
    ident = _IDENT.match(content)
    sealed = ident and _SEALED.match(content, ident.end())
    return (content[: sealed.start()], content[sealed.start() :].lstrip(b"\r\n")[:-1]) if sealed else None


def replace_content(raw: bytes, content: bytes) -> bytes:
    """Return a telegram whose text ends with these bytes, with the CRC for them if it had one (see `Framing`)."""
    end = raw.rindex(b"!") + 1
    changed = raw[: end - len(content)] + content
    digits = f"{crc_16_arc(changed):04X}" if raw[end:].strip() else ""
    return changed + f"{digits}\r\n".encode()


# --- the lines -----------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """One line: what is measured, and the values in its brackets."""

    code: bytes
    """The six groups of the OBIS code. A and B are 0 and F is 255 where they are not written."""
    values: tuple[str, ...]
    """What stands in each pair of brackets, without the unit of the last."""
    unit: str | None
    """The unit of the last value, as written."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """The lines of a telegram."""

    ident: str
    """The first line without its "/"."""
    lines: tuple[Line, ...]
    malformed: tuple[str, ...] = ()
    """Lines of another form, as they came."""


_GROUP = r"([0-9]{1,3})"
# A draft of DSMR writes group F behind a dot, and meters have followed it.
_CODE = re.compile(rf"(?:{_GROUP}-{_GROUP}:)?{_GROUP}\.{_GROUP}\.{_GROUP}(?:[*.]{_GROUP})?")
_USUAL_GROUPS = ("0", "0", "", "", "", "255")
_CONTINUED = re.compile(r"\)\r?\n\(")


def parse(content: bytes) -> Telegram:
    """Take a telegram's text ("/" to "!") apart. A malformed line is kept apart, and the others go on.

    Meters with a right checksum and a malformed line exist (NES: 1-0:4:24.7.0).
    """
    if not (content.startswith(b"/") and content.endswith(b"!") and content.isascii()):
        raise DataError("no P1 telegram")
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
    """Read one line; None if it has another form."""
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
    """Read an OBIS code; None if it is none. A meter writes the same few for ever."""
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
        "kva": ("var", 3),  # A document's slip of the pen for kvar. Real apparent power has codes of its own.
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
"""A unit in lower case -> the symbol of its base unit, and its power of ten. Some write kVArh and some kvarh."""

_MAX_NUMBER_LENGTH = 24


def scaled(text: str, unit: str | None) -> tuple[int, int, str]:
    """Return a number as a whole one, the power of ten that makes it the value in the base unit, and that unit.

    The numbers are exact. 12345.678 kWh is (12345678, 0) in Wh, and 230.1 V is (2301, -1): 2301 / 10 is the nearest
    float. The unit is told by its symbol, "" for a bare number.
    """
    whole, _, decimals = text.partition(".")
    if len(text) > _MAX_NUMBER_LENGTH or not (whole.removeprefix("-") + decimals).isdecimal():
        raise DataError(f"no number: {text[:_MAX_NUMBER_LENGTH]}")
    symbol, power = _unit(unit)
    return int(whole + decimals), power - len(decimals), symbol


@lru_cache(64)
def _unit(unit: str | None) -> tuple[str, int]:
    """Look a unit up. A meter writes the same few for ever."""
    known = UNITS.get(unit and unit.lower())
    if known is None:
        raise DataError(f"unknown unit: {unit}")
    return known


# --- the clock -----------------------------------------------------------------------------------------------------

_DATE_TIME_CODE, _TIME_CODE, _DATE_CODE = bytes((1, 0, 0)), bytes((0, 9, 1)), bytes((0, 9, 2))
_HANDS = re.compile(r"(?:20(?=[0-9]{6} ))?(..)(..)(..) ?(..):?(..):?(..)([WS]?)")
_SUMMER = MappingProxyType({"W": False, "S": True})


def clock_of(telegram: Telegram) -> MeterClock | None:
    """Return the telegram's time: YYMMDDhhmmss and perhaps a letter, as NES writes it, or date and time apart.

    W says winter. Aidon, Kaifa and Landis+Gyr send it all year and keep standard time; S and none are civil time.
    """
    text = _first(telegram, _DATE_TIME_CODE) or _first(telegram, _DATE_CODE) + _first(telegram, _TIME_CODE)
    hands = _HANDS.fullmatch(text)
    if not hands:
        return None
    *fields, letter = hands.groups()
    try:
        year, month, day, hour, minute, second = map(int, fields)
        local = datetime(2000 + year, month, day, hour, minute, second)  # noqa: DTZ001 - see MeterClock.local
    except ValueError:
        return None
    told = Dialect.STANDARD if letter == "W" else Dialect.CIVIL
    return MeterClock(local, None, _SUMMER.get(letter), told)


def _first(telegram: Telegram, code: bytes) -> str:
    """Return the first value of the line with this code (groups C, D and E), or nothing."""
    return next((line.values[0] for line in telegram.lines if line.code[2:5] == code), "")
