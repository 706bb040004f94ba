"""Hourly energies as grid companies hand them out: tables as text, each with other columns and other formats.

What is not understood for certain is left out and counted, with the reason; a table of which it is not certain what is
what is not read at all. Lines of quarters of an hour are added up to hours, or taken as they are for a tariff of
quarters. Times are local unless they have an offset or the heading says UTC.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
import math
from types import MappingProxyType
from typing import NamedTuple

from .periods import HOUR, QUARTER, period_start
from .table_cells import cut, number_in, without_unit
from .table_columns import Columns, Problem, UnclearTableError, find_columns
from .table_times import Line, dated
from .table_words import UNITS, is_estimated, is_export, is_missing, length_in, unit_in

_QUARTERS = HOUR // QUARTER


class LeftOut(StrEnum):
    """Why a line of a table is left out."""

    NO_TIME = "no_time"
    NO_ENERGY = "no_energy"
    MISSING = "missing"
    EXPORT = "export"
    UNIT = "unit"
    LENGTH = "length"
    INCOMPLETE = "incomplete_hour"
    CONFLICT = "conflicting"
    REPEATED = "repeated"
    CLOCK_CHANGE = "clock_change"
    CELLS = "too_many_cells"


@dataclass(frozen=True, slots=True)
class About:
    """What was understood of a table, and what was left out of it."""

    column: str = ""
    """The heading of the energy; empty without one."""
    units: tuple[str, ...] = ()
    """Empty: no unit is named, and kWh was assumed."""
    estimated: int = 0
    """How many of the lines that were read are marked as estimated."""
    left_out: Mapping[LeftOut, int] = MappingProxyType({})
    problem: Problem | None = None


class Table(NamedTuple):
    """Start (UTC) -> energy (kWh) of the periods of a table, and what was understood of it."""

    energies: dict[datetime, float]
    about: About


def read_table(text: str, zone: tzinfo, period: timedelta = HOUR) -> Table:
    """Return the hours of a table, or its quarters of an hour."""
    rows = cut(text)
    try:
        columns, begin = find_columns(rows)
        lines, left_out = _lines(rows[begin:], columns)
        known = dated(lines, columns, zone)
    except UnclearTableError as error:
        return Table({}, About(problem=error.problem))
    left_out[LeftOut.NO_TIME] += known.without_time
    left_out[LeftOut.CLOCK_CHANGE] += known.in_clock_change
    found = _without_conflicts(known.lines, left_out)
    energies = _energies(found, period, left_out)
    taken = [line for start, line in found.items() if start in energies or period_start(start, period) in energies]
    about = About(
        columns.name,
        tuple(sorted({line.unit for line in taken if line.unit})),
        sum(line.is_estimated for line in taken),
        {reason: count for reason, count in left_out.items() if count},
        None if energies else Problem.NO_HOURS,
    )
    return Table(energies, about)


def _without_conflicts(lines: Iterable[tuple[datetime, Line]], left_out: Counter[LeftOut]) -> dict[datetime, Line]:
    """Return the lines by their starts, without those that say two things of one period."""
    found: dict[datetime, Line] = {}
    wrong: set[datetime] = set()
    for start, line in lines:
        before = found.setdefault(start, line)
        if before is line:
            continue
        is_same = (before.energy, before.length) == (line.energy, line.length)
        left_out[LeftOut.REPEATED if is_same else LeftOut.CONFLICT] += 1
        if not is_same:
            wrong.add(start)
    left_out[LeftOut.CONFLICT] += len(wrong)
    return {start: line for start, line in found.items() if start not in wrong}


def _energies(found: Mapping[datetime, Line], period: timedelta, left_out: Counter[LeftOut]) -> dict[datetime, float]:
    """Return the energies (kWh) of the periods of one length. Quarters of an hour give hours, but not the reverse."""
    lengths = _lengths(found)
    by_length = {
        length: {start: line.energy for start, line in found.items() if lengths[start] == length}
        for length in (HOUR, QUARTER)
    }
    left_out[LeftOut.LENGTH] += len(found) - sum(map(len, by_length.values()))
    if period != HOUR:
        left_out[LeftOut.LENGTH] += len(by_length[HOUR])
        return by_length[QUARTER]
    hours = _hours_of(by_length[QUARTER])
    left_out[LeftOut.INCOMPLETE] += len(by_length[QUARTER]) - _QUARTERS * len(hours)
    return by_length[HOUR] | {start: energy for start, energy in hours.items() if start not in by_length[HOUR]}


def _lengths(found: Mapping[datetime, Line]) -> dict[datetime, timedelta]:
    """Return the length of each line: what it says, or what its neighbours make of it.

    A line at the full hour may be a quarter whose hour is not complete. It is if most lines are quarters, if others of
    its hour are, or if it is beside an hour of quarters.
    """
    unsaid = {start for start, line in found.items() if line.length is None}
    counts = Counter(period_start(start, HOUR) for start in unsaid)
    strays = {period_start(start, HOUR) for start in unsaid if start.minute}
    whole = {hour for hour, count in counts.items() if count == _QUARTERS}
    are_quarters = 2 * sum(bool(start.minute) for start in unsaid) >= len(unsaid)
    lengths = {start: line.length for start, line in found.items() if line.length is not None}
    for start in unsaid:
        hour = period_start(start, HOUR)
        is_quarter = are_quarters or hour in strays or {hour - HOUR, hour + HOUR} & whole
        lengths[start] = QUARTER if is_quarter else HOUR
    return lengths


def _hours_of(quarters: Mapping[datetime, float]) -> dict[datetime, float]:
    """Return the energies (kWh) of the hours of which all four quarters are there."""
    counts = Counter(period_start(start, HOUR) for start in quarters)
    whole = [hour for hour, count in counts.items() if count == _QUARTERS]
    return {hour: math.fsum(quarters[hour + number * QUARTER] for number in range(_QUARTERS)) for hour in whole}


def _lines(rows: Iterable[list[str]], columns: Columns) -> tuple[list[Line], Counter[LeftOut]]:
    """Return the lines that hold a value, and why others are left out. Raises UnclearTableError."""
    lines, left_out, separators = [], Counter[LeftOut](), set()
    for row in rows:
        line = _line(row, columns)
        if isinstance(line, LeftOut):
            left_out[line] += 1
            continue
        lines.append(line)
        separators |= {line.separator} - {""}
    if len(separators) > 1 or _may_group(lines, separators):
        raise UnclearTableError(Problem.ENERGY)
    return lines, left_out


def _may_group(lines: list[Line], separators: set[str]) -> bool:
    """Return whether `1,234` may be a thousand and more: Wh with three decimals are too exact."""
    return bool(separators) and any(line.unit == "wh" and line.decimals == 3 for line in lines)  # noqa: PLR2004 - digits


def _line(row: list[str], columns: Columns) -> Line | LeftOut:
    """Return what a line of a table holds, or why it is left out."""

    def cell(column: int | None) -> str:
        return row[column] if column is not None and column < len(row) else ""

    text, others = cell(columns.energy), [each for number, each in enumerate(row) if number != columns.energy]
    number = number_in(text)
    named = {unit for unit in (unit_in(text), unit_in(cell(columns.unit)), columns.table_unit) if unit}
    is_other_unit = bool(cell(columns.unit)) and not unit_in(cell(columns.unit))
    length = columns.table_length if columns.length is None else length_in(cell(columns.length))
    reasons = (
        (columns.width is not None and len(row) > columns.width, LeftOut.CELLS),
        (any(map(is_missing, row)), LeftOut.MISSING),
        (any(map(is_export, others)) or (number is not None and number.value < 0), LeftOut.EXPORT),
        (number is None, LeftOut.NO_ENERGY),
        (is_other_unit or len(named) > 1, LeftOut.UNIT),
        (columns.length is not None and length is None, LeftOut.LENGTH),
    )
    reason = next((reason for applies, reason in reasons if applies), None)
    if reason or number is None:
        return reason or LeftOut.NO_ENERGY
    unit = next(iter(named), "")
    return Line(
        (cell(columns.start), cell(columns.clock), cell(columns.end)),
        round(number.value * UNITS[unit or "kwh"], 9),
        unit,
        length,
        number.separator,
        len(without_unit(text).rpartition(number.separator)[2]) if number.separator else 0,
        is_estimated=any(map(is_estimated, others)),
    )
