"""Which column of a table of hours is what, by its heading; without one, by what can be nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from .table_cells import DAY_MINUTES, is_month_first, number_in, stamp_in
from .table_words import Role, is_utc, length_of_registers, role_of, unit_in

LOOKED_AT_ROWS = 200
"""How many lines are looked at to know the columns."""
MAX_PLAIN = 20
"""Above this, whole numbers of no unit, in a table without a heading, may be Wh as well as kWh."""

type Rows = Sequence[Sequence[str]]


class Problem(StrEnum):
    """Why a table is not read at all. Each is the key of a translated error."""

    NO_HOURS = "no_hours_in_table"
    ENERGY = "energy_column_unclear"
    TIME = "time_column_unclear"


class UnclearTableError(ValueError):
    """A table of which nobody can say what is what."""

    def __init__(self, problem: Problem) -> None:
        """Name the problem."""
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, counted from 0; None: there is none."""

    start: int
    energy: int
    clock: int | None = None
    """The time of day, where `start` holds only the day."""
    end: int | None = None
    unit: int | None = None
    length: int | None = None
    width: int | None = None
    """How many columns the heading has."""
    name: str = ""
    """The heading of the column of the energy."""
    table_unit: str | None = None
    table_length: timedelta | None = None
    is_utc: bool = False
    are_ends: bool = False
    """Whether `start` is when each period ends."""
    first_number: int | None = None
    """The number of the first hour of a day, where the time of day is a number."""


def find_columns(rows: Rows) -> tuple[Columns, int]:
    """Return the columns of a table, and with which line its data begin. Raises UnclearTableError."""
    first = next((number for number, row in enumerate(rows) if _is_data(row)), None)
    if first is None:
        raise UnclearTableError(Problem.NO_HOURS)
    begin = next((n for n in range(first, 0, -1) if not any(_holds_day(cell) for cell in rows[n - 1])), 0)
    heading = [*rows[begin - 1]] if begin else []
    is_heading = len(heading) > 1 and len(heading) >= len(rows[first]) - 1
    data = [row for row in rows[begin : begin + LOOKED_AT_ROWS] if _is_data(row)]
    roles = [role_of(cell) for cell in heading] if is_heading else []
    if all(role is Role.UNKNOWN for role in roles):
        if is_heading and not any(number_in(cell) or cell[:1].isdigit() for cell in heading):
            raise UnclearTableError(Problem.ENERGY)  # in words that are not known
        roles, heading = [], []
    return _columns(_Parts(heading, roles, data)), begin


@dataclass(frozen=True, slots=True)
class _Parts:
    heading: Sequence[str]
    roles: Sequence[Role]
    data: Rows

    @property
    def width(self) -> int:
        return max(len(row) for row in self.data)

    def role(self, column: int) -> Role:
        return self.roles[column] if column < len(self.roles) else Role.UNKNOWN

    def name(self, column: int | None) -> str:
        """Return the heading of a column; empty where there is none: lines may be longer than the heading."""
        return self.heading[column] if column is not None and column < len(self.heading) else ""

    def first_of(self, role: Role) -> int | None:
        return next((column for column, each in enumerate(self.roles) if each is role), None)

    def cells(self, column: int) -> list[str]:
        return [row[column] for row in self.data if column < len(row)]


def _holds_day(cell: str) -> bool:
    stamp = stamp_in(cell)
    return bool(stamp and stamp.day)


def _is_data(row: Sequence[str]) -> bool:
    has_day = any(map(_holds_day, row))
    return has_day and any(number_in(cell) and not stamp_in(cell) for cell in row)


def _columns(parts: _Parts) -> Columns:
    if any(is_month_first(cell) for row in parts.data for cell in row):
        raise UnclearTableError(Problem.TIME)
    start, clock, end, are_ends = _times(parts)
    energy = _energy(parts, {start, clock, end})
    heading = parts.name(energy)
    named = " ".join(map(parts.name, (start, clock)))
    return Columns(
        start,
        energy,
        clock,
        end,
        parts.first_of(Role.UNIT) if parts.roles else _unit_column(parts),
        parts.first_of(Role.LENGTH),
        len(parts.heading) or None,
        heading,
        unit_in(heading),
        length_of_registers(heading),
        is_utc(named),
        are_ends,
        _first_number(parts, clock),
    )


def _unit_column(parts: _Parts) -> int | None:
    return next((n for n in range(parts.width) if any(unit_in(c) and not number_in(c) for c in parts.cells(n))), None)


def _times(parts: _Parts) -> tuple[int, int | None, int | None, bool]:
    """Return the columns of start, time of day and end, and whether the first is when each period ends."""
    days: list[int] = []
    clocks: list[int] = []
    for column in range(parts.width):
        stamps = [stamp_in(cell) for cell in parts.cells(column)]
        known = [stamp for stamp in stamps if stamp]
        if 2 * len(known) <= len(stamps) or parts.role(column) is Role.OTHER:
            continue
        (days if known[0].day else clocks).append(column)
    begins = [column for column in days if parts.role(column) is not Role.END]
    ends = [column for column in days if parts.role(column) is Role.END]
    named = [column for column in begins if parts.role(column) is Role.START]
    if len(begins) == 2 and not parts.roles:  # noqa: PLR2004 - from and to
        begins, ends = begins[:1], begins[1:]
    begins = named if len(begins) > 1 and named else begins
    if len(begins) > 1 or len(ends) > 1 or not days:
        raise UnclearTableError(Problem.TIME)
    start, are_ends = (begins[0], False) if begins else (ends[0], True)
    begun = [stamp for cell in parts.cells(start) if (stamp := stamp_in(cell))]
    clock = None
    if all(each.minutes is None for each in begun):
        clock = _clock(parts, clocks)
        begun = [stamp for cell in parts.cells(clock) if (stamp := stamp_in(cell))]
    minutes = {each.minutes for each in begun if each.length is None}
    if DAY_MINUTES in minutes:  # the last period of a day ends at 24:00
        are_ends = True
        if 0 in minutes:
            raise UnclearTableError(Problem.TIME)
    end = ends[0] if begins and ends else None
    has_times = end is not None and any(s.minutes is not None for c in parts.cells(end) if (s := stamp_in(c)))
    return start, clock, end if has_times else None, are_ends


def _clock(parts: _Parts, clocks: Sequence[int]) -> int:
    """Return the column of the time of day: the only one, or the one that is not named as an end."""
    begins = [column for column in clocks if parts.role(column) is not Role.END]
    if not begins and not clocks:
        begins = [n for n, role in enumerate(parts.roles) if role is Role.TIME and _are_hours(parts.cells(n))]
    named = [column for column in begins if parts.role(column) is Role.START]
    begins = named if len(begins) > 1 and named else begins
    if len(begins) != 1:
        raise UnclearTableError(Problem.TIME)
    return begins[0]


def _are_hours(cells: Sequence[str]) -> bool:
    return bool(cells) and all(cell.isdecimal() and int(cell) <= 25 for cell in cells)  # noqa: PLR2004 - a long day


def _first_number(parts: _Parts, clock: int | None) -> int | None:
    """Return with which number the hours of a day begin, if the time of day is a number. Raises UnclearTableError."""
    if clock is None or not _are_hours(parts.cells(clock)):
        return None
    numbers = {int(cell) for cell in parts.cells(clock)}
    begins_at_0, begins_at_1 = 0 in numbers, bool(numbers & {24, 25})
    if begins_at_0 == begins_at_1:
        raise UnclearTableError(Problem.TIME)
    return int(begins_at_1)


def _energy(parts: _Parts, times: set[int | None]) -> int:
    """Return the column of the energy that was taken from the grid. Raises UnclearTableError."""
    columns = [n for n in range(parts.width) if n not in times and any(map(number_in, parts.cells(n)))]
    if not parts.roles:
        columns = [n for n in columns if not _is_plain(parts.cells(n))] if len(columns) > 1 else columns
        if len(columns) != 1 or _may_be_wh(parts, columns[0]):
            raise UnclearTableError(Problem.ENERGY)
        return columns[0]
    for role in (Role.ENERGY, Role.QUANTITY):
        named = [column for column in columns if parts.role(column) is role]
        if len(named) > 1:
            break
        if named:
            return named[0]
    raise UnclearTableError(Problem.ENERGY)


def _is_plain(cells: Sequence[str]) -> bool:
    """Return whether cells hold the number of a meter: one and the same, of at least six digits."""
    return len({*cells}) == 1 and cells[0].isdecimal() and len(cells[0]) > 5  # noqa: PLR2004 - digits


def _may_be_wh(parts: _Parts, column: int) -> bool:
    cells = parts.cells(column)
    numbers = [number for cell in cells if (number := number_in(cell))]
    is_named = any(unit_in(cell) for row in parts.data for cell in row)
    return not is_named and all(not n.separator for n in numbers) and any(n.value > MAX_PLAIN for n in numbers)
