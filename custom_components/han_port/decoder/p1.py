"""The lines of a P1 telegram: codes, values, units and the clock. How a telegram comes down a line: p1_frame.py."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
import re
from types import MappingProxyType
from typing import NamedTuple

from .clock import Dialect, MeterClock
from .errors import DataError


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
_CONTINUED = re.compile(r"\)[\r\n]{1,2}\(")
FILLER = b"\xff"
"""Fills the place of a text that is not there, in a meter of Sanxing."""
_STRAY_BYTE = re.compile(rb"(?:\A|\))[^()]*[\x80-\xff]")


def has_stray_byte(text: bytes) -> bool:
    """Return whether a text has bytes above 127 outside of brackets. In them they may be letters, or filler."""
    return not text.isascii() and bool(_STRAY_BYTE.search(text))


def parse(content: bytes) -> Telegram:
    """Return the lines of a telegram's text ("/" to "!"). Raises DataError if it has no such beginning and end.

    Malformed lines are kept apart: there are meters that send some with a right checksum (NES: 1-0:4:24.7.0).
    """
    if not (content.startswith(b"/") and content.endswith(b"!")) or has_stray_byte(content):
        raise DataError("not a P1 telegram")
    text = content[:-1].replace(FILLER, b"").decode("latin-1")
    if "\n(" in text or "\r(" in text:  # DSMR 2 and 3 put the value of a gas meter into a line of its own.
        text = _CONTINUED.sub(")(", text)
    first, *rest = text.replace("\r", "\n").split("\n")
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
        "gwh": ("Wh", 9),
        "varh": ("varh", 0),
        "kvarh": ("varh", 3),
        "mvarh": ("varh", 6),
        "gvarh": ("varh", 9),
        "v": ("V", 0),
        "kv": ("V", 3),
        "a": ("A", 0),
        "ma": ("A", -3),
        "ka": ("A", 3),
        "hz": ("Hz", 0),
        "khz": ("Hz", 3),
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
    known = UNITS.get(unit and unit.replace(" ", "").lower())  # Holley pads a unit with blanks
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
