"""Register values at a point in time, read or interpolated. Wh, primary; times UTC."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from ..decoder.quantities import BY_KEY, Quantity
from .origin import Origin
from .periods import QUARTER, period_start
from .stored import finite, moment

MAX_GAP_IF_OFTEN = timedelta(minutes=2)
"""Between two registers that come all the time."""
MAX_SHARED_TIME = timedelta(days=31)
"""The difference of two registers farther apart than this is not shared out over the hours between them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Registers (Wh) at a point in time, usually at a full hour."""

    at: datetime
    registers: Mapping[Quantity, float]
    is_exact: bool = True
    """Whether they were read then, and not interpolated between registers that are far apart."""

    def as_list(self) -> list[Any]:
        """Return it as plain JSON types."""
        return [self.at.isoformat(), by_key(self.registers), self.is_exact]

    @classmethod
    def from_list(cls, state: Sequence[Any]) -> Self:
        """Return what `as_list` wrote."""
        return cls(moment(state[0]), from_keys(state[1]), bool(state[2]))


class FinishedQuarter(NamedTuple):
    """What passed through the meter in the quarter of an hour that began at `start`, by register in Wh."""

    start: datetime
    energy: Mapping[Quantity, float]
    origin: Origin


def snapshots_between(before: Snapshot, after: Snapshot, length: timedelta) -> Iterator[Snapshot]:
    """Yield the snapshots at the full hours, or quarters, that come after one reading, up to and including another."""
    last = period_start(after.at, length)
    mark = max(period_start(before.at, length) + length, last - MAX_SHARED_TIME)
    while mark <= last:
        yield _interpolated(before, after, mark)
        mark += length


def finished_quarter(before: Snapshot, after: Snapshot) -> FinishedQuarter | None:
    """Return what passed between two snapshots (Wh), if they are a quarter of an hour apart."""
    if after.at - before.at != QUARTER:
        return None
    common = before.registers.keys() & after.registers.keys()
    energy = {register: after.registers[register] - before.registers[register] for register in common}
    is_exact = before.is_exact and after.is_exact
    grown = {register: value for register, value in energy.items() if value >= 0}  # a new meter begins low
    return FinishedQuarter(before.at, grown, Origin.REGISTER if is_exact else Origin.MIXED)


def _interpolated(before: Snapshot, after: Snapshot, at: datetime) -> Snapshot:
    """Return the registers at a time between two readings, as if they had grown evenly."""
    elapsed = after.at - before.at
    part = (at - before.at) / elapsed
    registers = {
        register: before.registers[register] + (value - before.registers[register]) * part
        for register, value in after.registers.items()
        if register in before.registers
    }
    return Snapshot(at, registers, elapsed <= MAX_GAP_IF_OFTEN)


def by_key(values: Mapping[Quantity, float]) -> dict[str, float]:
    """Return values by their quantity's key, as JSON has them."""
    return {quantity.key: value for quantity, value in values.items()}


def from_keys(values: Mapping[str, float]) -> dict[Quantity, float]:
    """Return what `by_key` wrote, without unknown keys. Raises ValueError if a value is no number."""
    return {BY_KEY[key]: finite(value) for key, value in values.items() if key in BY_KEY}
