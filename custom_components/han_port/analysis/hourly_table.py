"""Hourly energies as grid companies hand them out: tables as text, each with other columns and other formats.

What is read is what they have in common: the first time in a line is the start of an hour, local unless it has an
offset, and the first plain number after it is the energy in kWh. In a table of quarters of an hour, the four of an hour
are added up. Lines without both, such as the heading, are left out and counted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
import csv
from datetime import UTC, date, datetime, tzinfo
import math
import re

from .periods import HOUR, QUARTER

_FORMS = ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%Y/%m/%d %H:%M", "%Y%m%d %H:%M")
YEARS = range(2000, 2100)
"""Years that tables may be of. In the very first and last year of the calendar, times cannot be converted to UTC."""
_QUARTERS = HOUR // QUARTER
_NUMBER = re.compile(r"-?\d{1,9}(?:[.,]\d{1,9})?")


def read_table(text: str, zone: tzinfo) -> tuple[dict[datetime, float], int]:
    """Return start (UTC) -> energy (kWh), and how many lines were left out.

    A local hour that comes a second time is the one after the clocks were set back.
    """
    energies: dict[datetime, float] = {}
    seen: set[datetime] = set()
    left_out = 0
    for line in filter(None, map(str.strip, text.splitlines())):
        if (row := _row(line)) is None:
            left_out += 1
            continue
        start, energy = row
        if start.tzinfo is None:
            local, start = start, start.replace(tzinfo=zone, fold=start in seen)
            seen.add(local)
        energies[start.astimezone(UTC)] = energy
    if not any(start.minute for start in energies):
        return energies, left_out
    hours = _hours_of(energies)
    return hours, left_out + len(energies) - _QUARTERS * len(hours)


def _hours_of(quarters: Mapping[datetime, float]) -> dict[datetime, float]:
    """Return the energies (kWh) of the hours of which all four quarters are there."""
    counts = Counter(start.replace(minute=0) for start in quarters)
    whole = [hour for hour, count in counts.items() if count == _QUARTERS]
    return {hour: math.fsum(quarters[hour + number * QUARTER] for number in range(_QUARTERS)) for hour in whole}


def _row(line: str) -> tuple[datetime, float] | None:
    separator = next((each for each in (";", "\t") if each in line), ",")
    try:
        row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a cell that does not end
        return None
    cells = (cell.strip().strip('"') for cell in row)
    start = next(filter(None, map(_start_of, cells)), None)
    energy = next(_numbers(cells), None)
    return None if start is None or energy is None or energy < 0 else (start, energy)


def _numbers(cells: Iterator[str]) -> Iterator[float]:
    for cell in cells:
        if _NUMBER.fullmatch(cell):
            yield float(cell.replace(",", "."))


def _start_of(cell: str) -> datetime | None:
    with suppress(ValueError):
        date.fromisoformat(cell)
        return None  # it is a whole day
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        found = None
    for form in _FORMS if found is None else ():
        with suppress(ValueError):
            found = datetime.strptime(cell, form)  # noqa: DTZ007 - it is local, and the caller knows the zone
    if found is None or found.year not in YEARS:
        return None
    is_quarter = found.minute % 15 == 0 and found.second == found.microsecond == 0
    return found if is_quarter else None
