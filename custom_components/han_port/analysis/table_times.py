"""When the lines of a table are: their start in UTC, over changes of the clocks too, and their length."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from .periods import HOUR, QUARTER
from .table_cells import Stamp, stamp_in
from .table_columns import Columns, Problem, UnclearTableError


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table that holds a value: its energy (kWh), and its times as they are written."""

    times: tuple[str, str, str]
    """Start, time of day, end; empty where there is no such column."""
    energy: float
    unit: str
    """As it is named, in lower case; empty if it is not."""
    length: timedelta | None
    separator: str
    decimals: int
    is_estimated: bool


class Dated(NamedTuple):
    """The lines with their starts (UTC), and how many have none."""

    lines: list[tuple[datetime, Line]]
    without_time: int
    in_clock_change: int
    """How many are of an hour that a change of the clocks leaves out, or that may be either of two."""


def dated(lines: Sequence[Line], columns: Columns, zone: tzinfo) -> Dated:
    """Return when the lines begin. Raises UnclearTableError if the times cannot be local ones."""
    local: list[tuple[datetime, Line, Stamp]] = []
    for line in lines:
        stamp = _stamp(line, columns)
        if stamp is not None and stamp.day is not None and stamp.minutes is not None:
            begin = datetime.combine(stamp.day, time()) + timedelta(minutes=stamp.minutes)
            local.append((begin, line, stamp))
    if len(local) > 1 and all(begin.time() == time() for begin, _, _ in local):
        raise UnclearTableError(Problem.NO_HOURS)  # they are days
    starts = _starts(local, UTC if columns.is_utc else zone)
    found = [
        (start, _with_length(line, stamp, start, zone))
        for start, (_, line, stamp) in zip(starts, local, strict=True)
        if start is not None
    ]
    if columns.are_ends:
        found = _begun(found)
    return Dated(found, len(lines) - len(local), starts.count(None))


def _stamp(line: Line, columns: Columns) -> Stamp | None:
    stamp = stamp_in(line.times[0])
    if stamp is None or columns.clock is None:
        return stamp
    if columns.first_number is not None:
        text = line.times[1]
        hours = int(text) - columns.first_number if text.isdecimal() else -1
        return Stamp(stamp.day, 60 * hours, None, None) if 0 <= hours < 24 else None  # noqa: PLR2004 - hours
    clock = stamp_in(line.times[1])
    return None if clock is None or clock.day else clock._replace(day=stamp.day)


def _starts(local: Sequence[tuple[datetime, Line, Stamp]], zone: tzinfo) -> list[datetime | None]:
    """Return the moments (UTC) of local times; None for one that does not exist, or may be either of two.

    A local hour that is there twice is once before and once after the clocks were set back.
    """
    is_backwards = len(local) > 1 and local[0][0] > local[-1][0]
    places: dict[datetime, list[int]] = defaultdict(list)
    starts: list[datetime | None] = []
    for number, (begin, line, stamp) in enumerate(local):
        if stamp.offset is not None:
            starts.append((begin - stamp.offset).replace(tzinfo=UTC))
            continue
        first, second = (begin.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        exists = first.astimezone(zone).replace(tzinfo=None) == begin
        if not exists and line.energy > 0 and not line.times[2]:
            raise UnclearTableError(Problem.TIME)  # these are times of a clock that is never changed
        if first != second and exists:
            places[begin].append(number)
        starts.append(first if first == second else None)
    for begin, numbers in places.items():
        if len(numbers) == 2:  # noqa: PLR2004 - before and after
            for fold, number in enumerate(reversed(numbers) if is_backwards else numbers):
                starts[number] = begin.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    return starts


def _with_length(line: Line, stamp: Stamp, start: datetime, zone: tzinfo) -> Line:
    """Return a line with the length that its range or its end gives it."""
    length = stamp.length
    if line.times[2]:
        end = stamp_in(line.times[2])
        length = _length(start, end, zone) if end and end.minutes is not None else length
    if length is None:
        return line
    return replace(line, length=length if line.length in (None, length) else timedelta())


def _length(start: datetime, end: Stamp, zone: tzinfo) -> timedelta:
    """Return how long a period is, of the lengths that its end allows when the clocks are changed."""
    day = end.day or start.astimezone(zone).date()
    local = datetime.combine(day, time()) + timedelta(minutes=end.minutes or 0)
    if end.offset is not None:
        return (local - end.offset).replace(tzinfo=UTC) - start
    ends = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) - start for fold in (0, 1)]
    ends.append(local - start.astimezone(zone).replace(tzinfo=None))
    return next((length for length in ends if length in (HOUR, QUARTER)), ends[0])


def _begun(found: list[tuple[datetime, Line]]) -> list[tuple[datetime, Line]]:
    """Return the lines by their starts, where those that are known are when they end."""
    usual = QUARTER if 2 * sum(bool(end.minute) for end, _ in found) >= len(found) else HOUR
    return [(end - (line.length or usual), replace(line, length=line.length or usual)) for end, line in found]
