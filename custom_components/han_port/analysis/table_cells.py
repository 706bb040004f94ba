"""The cells of a table of hours: lines cut into cells, and numbers and times as they are written in them."""

import csv
from datetime import date, timedelta
import re
from typing import NamedTuple

YEARS = range(2000, 2100)
"""Years that tables may be of. In the very first and last year of the calendar, times cannot be converted to UTC."""
DAY_MINUTES = 24 * 60
_BLANKS = " \u00a0\u202f\u2009"
_NUMBER = re.compile(
    rf"[-−]?(?:(?:\d{{1,3}}(?:[{_BLANKS}]\d{{3}})+|\d{{1,9}})(?:[.,]\d{{1,9}})?"
    r"|\d{1,3}(?:\.\d{3})+,\d{1,9}|\d{1,3}(?:,\d{3})+\.\d{1,9})"
)
_DAY = re.compile(
    r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)"
    r"|(?P<d2>\d{1,2})(?P<s2>[-/.])(?P<m2>\d{1,2})(?P=s2)(?P<y2>\d{4})(?!\d)"
    r"|(?P<y3>\d{4})(?P<m3>\d{2})(?P<d3>\d{2})(?!\d)"
)
_CLOCK = r"(\d{1,2})(?:[:.](\d{2})(?:[:.](\d{2})(?:[.,]0+)?)?)?"
_REST = re.compile(
    rf"{_CLOCK}(?:\s*[-–—]\s*(?:[0-9./-]{{8,10}}[T ,]+)?(?P<until>{_CLOCK}))?"
    r"\s*(?P<offset>Z|UTC|\+\d{2}(?::?\d{2})?)?(?:\[[\w/]+\])?"
)


class Number(NamedTuple):
    """A number as it is written: its value, and what separates its decimals."""

    value: float
    separator: str


class Stamp(NamedTuple):
    """A time as it is written: a day, a time of day, or both, or a range of them."""

    day: date | None
    minutes: int | None
    """Since midnight; None if only a day is written. 24:00 is the end of the day."""
    length: timedelta | None
    """From the start to the end of a range; None if it is none."""
    offset: timedelta | None
    """From UTC; None if none is written."""


def cut(text: str) -> list[list[str]]:
    """Return the lines of a table that are not empty, each cut into its cells."""
    lines = [line for line in map(str.strip, text.replace("\ufeff", "").splitlines()) if line]
    counts = {mark: sum(mark in line for line in lines) for mark in ";\t"}
    mark = next((mark for mark in ";\t" if 2 * counts[mark] > len(lines)), ",")
    return [_cells(line, mark) for line in lines]


def _cells(line: str, mark: str) -> list[str]:
    try:
        row = next(csv.reader([line], delimiter=mark, skipinitialspace=True), [])
        if len(row) == 1 and mark in row[0]:  # the whole line was in quotes
            row = next(csv.reader([row[0]], delimiter=mark, skipinitialspace=True), [])
    except csv.Error:  # a cell that does not end
        return []
    cells = [cell.strip().strip('"').strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def without_unit(cell: str) -> str:
    """Return a cell without a unit of energy behind its number."""
    return re.sub(r"(?<=\d)\s*[km]?wh$", "", cell, flags=re.IGNORECASE)


def number_in(cell: str) -> Number | None:
    """Return the number that a cell holds, with or without a unit of energy; None if it holds something else."""
    bare = without_unit(cell)
    if not _NUMBER.fullmatch(bare):
        return None
    bare = re.sub(f"[{_BLANKS}]", "", bare).replace("−", "-")
    marks = [sign for sign in bare if sign in ".,"]
    if not marks:
        return Number(float(bare), "")
    whole, _, decimals = bare.rpartition(marks[-1])
    return Number(float(f"{re.sub('[.,]', '', whole)}.{decimals}"), marks[-1])


def stamp_in(cell: str) -> Stamp | None:
    """Return the time that a cell holds; None if it holds something else, or a time that does not exist."""
    found = _DAY.match(cell)
    if found is None:
        return _of_day(None, cell) if ":" in cell or re.fullmatch(r"\d{2} ?[-–—] ?\d{2}", cell) else None
    day = _day_of(found)
    rest = cell[found.end() :].lstrip("T ,")
    if day is None or not rest:
        is_compact = found["y3"] is not None
        return None if day is None or is_compact else Stamp(day, None, None, None)
    return _of_day(day, rest)


def is_month_first(cell: str) -> bool:
    """Return whether a cell holds a date that only exists if its month is written before its day."""
    found = _DAY.match(cell)
    return bool(found and found["s2"] == "/" and int(found["m2"]) > 12 >= int(found["d2"]) > 0)  # noqa: PLR2004 - months


def _day_of(found: re.Match[str]) -> date | None:
    parts = next((found[f"y{n}"], found[f"m{n}"], found[f"d{n}"]) for n in ("", "2", "3") if found[f"y{n}"])
    year, month, day = map(int, parts)
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _of_day(day: date | None, text: str) -> Stamp | None:
    found = _REST.fullmatch(text)
    if found is None:
        return None
    begin, end = _minutes(found[1], found[2], found[3]), None
    if found["until"]:
        parts = [part for part in re.split("[:.]", found["until"]) if part]
        end = _minutes(*[*parts, None, None][:3])
        if end is None:
            return None
    if begin is None:
        return None
    length = None if end is None else timedelta(minutes=(end - begin) % DAY_MINUTES)
    return Stamp(day, begin, length, _offset(found["offset"]))


def _minutes(hour: str | None, minute: str | None, second: str | None) -> int | None:
    minutes = 60 * int(hour or 0) + int(minute or 0)
    is_whole = int(second or 0) == 0 and int(minute or 0) % 15 == 0
    return minutes if is_whole and minutes <= DAY_MINUTES else None


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    digits = re.sub(r"\D", "", text)
    return timedelta(hours=int(digits[:2] or 0), minutes=int(digits[2:] or 0))
