"""What registers were at a time: read then, or reckoned from readings before and after it.

Registers are Wh in front of the transformers, times UTC.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from ..decoder.quantities import BY_KEY, Quantity
from .fields import finite, moment
from .origin import Origin
from .periods import QUARTER, period_start

OFTEN = timedelta(minutes=2)
"""Between two registers that come all the time."""
LONGEST_SHARE = timedelta(days=31)
"""Over more time than this no register is shared out."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Registers at a time, mostly at a full hour."""

    at: datetime
    registers: Mapping[Quantity, float]
    is_exact: bool = True
    """Whether they were read then, and not reckoned from registers long before and after."""

    def as_list(self) -> list[Any]:
        """Return it as plain JSON types."""
        return [self.at.isoformat(), keyed(self.registers), self.is_exact]

    @classmethod
    def from_list(cls, state: Sequence[Any]) -> Self:
        """Return what `as_list` wrote."""
        return cls(moment(state[0]), quantities_of(state[1]), bool(state[2]))


class FinishedQuarter(NamedTuple):
    """What passed through the meter in the quarter of an hour that began at `start`, by its registers."""

    start: datetime
    energy: Mapping[Quantity, float]
    origin: Origin


def snapshots_between(before: Snapshot, after: Snapshot, length: timedelta) -> Iterator[Snapshot]:
    """Yield what registers were at the full hours, or quarters, after one reading, up to and with another."""
    last = period_start(after.at, length)
    mark = max(period_start(before.at, length) + length, last - LONGEST_SHARE)
    while mark <= last:
        yield _interpolated(before, after, mark)
        mark += length


def finished_quarter(before: Snapshot, after: Snapshot) -> FinishedQuarter | None:
    """Return what passed between two stands, if they are a quarter of an hour apart."""
    if after.at - before.at != QUARTER:
        return None
    common = before.registers.keys() & after.registers.keys()
    energy = {register: after.registers[register] - before.registers[register] for register in common}
    is_exact = before.is_exact and after.is_exact
    grown = {register: value for register, value in energy.items() if value >= 0}  # a meter that is replaced begins low
    return FinishedQuarter(before.at, grown, Origin.REGISTER if is_exact else Origin.MIXED)


def _interpolated(before: Snapshot, after: Snapshot, at: datetime) -> Snapshot:
    """Return what registers were at a time between two readings."""
    elapsed = after.at - before.at
    part = (at - before.at) / elapsed
    registers = {
        register: before.registers[register] + (value - before.registers[register]) * part
        for register, value in after.registers.items()
        if register in before.registers
    }
    return Snapshot(at, registers, elapsed <= OFTEN)


def keyed(values: Mapping[Quantity, float]) -> dict[str, float]:
    """Return values by their quantity's key, as JSON has them."""
    return {quantity.key: value for quantity, value in values.items()}


def quantities_of(values: Mapping[str, float]) -> dict[Quantity, float]:
    """Return what `keyed` wrote."""
    return {BY_KEY[key]: finite(value) for key, value in values.items() if key in BY_KEY}
