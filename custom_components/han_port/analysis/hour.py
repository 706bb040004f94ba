"""Energy in its right hour: what each finished hour took, and a total that is right in between.

A register belongs to the hour that the meter's clock names, and not to the moment of its arrival: Norwegian meters
send theirs 5 to 55 seconds after the hour, and some Aidon meters now and then repeat the list of the hour before, clock
and all. An hour whose register is missing is known by its power until the next register comes; that one is then shared
out over the hours since the last. Nothing is invented: where no register follows, an hour without power has no energy.

Values are in front of the transformers: W, Wh. Times are UTC.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from ..decoder.quantities import BY_KEY, Quantity
from .fields import finite, moment
from .integral import Sum
from .origin import Origin
from .periods import HOUR, QUARTER, period_start
from .snapshot import (
    LONGEST_SHARE,
    OFTEN,
    FinishedQuarter,
    Snapshot,
    finished_quarter,
    keyed,
    quantities_of,
    snapshots_between,
)
from .total import Total

LATEST = timedelta(minutes=5)
"""A stand this long after the hour is still that hour's: it is what slow lines and slow meters need."""
EARLIEST = timedelta(minutes=70)
"""A list may be this old: some meters repeat that of the hour before. A clock that is off by more says nothing."""
ROW = 10
"""Registers that come shortly one after the other, after which they always do."""
COVERED = 0.9
"""Of an hour, how much must be known by its power for that to be its energy."""
LONGEST_DOUBT = timedelta(hours=2)
KEPT = timedelta(days=62)
"""How long finished hours are kept: this month and the last."""
POWERS = {Quantity.ENERGY_IMPORT: Quantity.POWER_IMPORT, Quantity.ENERGY_EXPORT: Quantity.POWER_EXPORT}
"""A register -> the power that it adds up."""


@dataclass(frozen=True, slots=True)
class FinishedHour:
    """What passed through the meter in the hour that began at `start`."""

    start: datetime
    energy: Mapping[Quantity, float]
    origin: Origin

    def scaled(self, factor: float) -> Self:
        """Return so many times the energy."""
        return replace(self, energy={register: value * factor for register, value in self.energy.items()})

    def as_list(self) -> list[Any]:
        """Return it as plain JSON types."""
        return [self.start.isoformat(), keyed(self.energy), self.origin.value]

    @classmethod
    def from_list(cls, state: Sequence[Any]) -> Self:
        """Return what `as_list` wrote."""
        return cls(moment(state[0]), quantities_of(state[1]), Origin(state[2]))


@dataclass(slots=True)
class Hours:
    """Follows the registers and powers of one meter from hour to hour."""

    totals: dict[Quantity, Total] = field(default_factory=lambda: {register: Total() for register in POWERS})
    snapshot: Snapshot | None = None
    finished: dict[datetime, FinishedHour] = field(default_factory=dict)
    """The finished hours by their start, in order."""
    quarters: list[FinishedQuarter] = field(default_factory=list)
    """Those that the last reading has finished by its registers; only where these come all the time."""
    _hour: datetime | None = None
    _in_row: int = 0
    """How many registers have come shortly after the one before."""
    _last: Snapshot | None = None
    """The last registers, and at which moment they came."""
    _quarter: Snapshot | None = None
    """The registers at the last quarter of an hour, where they come all the time."""
    _agreed: bool = False
    """Whether our clock and the meter's did."""
    _doubt: tuple[datetime, datetime] | None = None
    """What both said when they did not any more."""
    _leapt: Snapshot | None = None
    """The stand before the last time of which nothing was read: where to go on if it was no time, but a wrong clock."""

    def update(self, values: Mapping[Quantity, float], now: datetime, clock: datetime | None) -> list[FinishedHour]:
        """Take a reading and the time by the meter's clock if it told one; return the hours it finished, in order."""
        self.quarters = []
        if self.snapshot and clock and self.snapshot.at - now > EARLIEST and _agree(clock, now):
            self._go_back(now)
        self._update_powers(values, now)
        changed = {} if self._doubts_time else {hour.start: hour for hour in self._passed(now)}
        registers = {register: values[register] for register in POWERS if register in values}
        if registers:
            changed |= {hour.start: hour for hour in self._update_registers(Snapshot(now, registers), clock)}
        if changed:
            kept = self.finished | changed
            self.finished = {start: kept[start] for start in sorted(kept) if now - start <= KEPT}
        return [changed[start] for start in sorted(changed)]

    @property
    def tells_quarters(self) -> bool:
        """Whether quarters of an hour are known by registers, and not only by their power."""
        return self._quarter is not None

    def start_new_count(self) -> None:
        """Let the next registers be those of another count: the totals go on from where they are."""
        for total in self.totals.values():
            total.start_new_count()
        self.snapshot = self._last = self._quarter = None
        self._in_row = 0

    def rescale(self, registers: float, powers: float) -> None:
        """Multiply what has been taken by what registers and powers are from now on; the totals go on as they are."""
        self.start_new_count()
        for total in self.totals.values():
            total.integral.rescale(powers)
        self.finished = {
            start: hour.scaled(powers if hour.origin is Origin.INTEGRATED else registers)
            for start, hour in self.finished.items()
        }

    def _go_back(self, now: datetime) -> None:
        """Forget what was dated by a clock that was ahead and has been set back, as the meter's own says."""
        self._hour = self._last = self._quarter = None
        self.snapshot = self._leapt if self._leapt and self._leapt.at <= now else None
        end = min(period_start(now, HOUR), self.snapshot.at) if self.snapshot else period_start(now, HOUR)
        self.finished = {start: hour for start, hour in self.finished.items() if start < end}

    # --- by power ----------------------------------------------------------------------------------------------

    def _update_powers(self, values: Mapping[Quantity, float], now: datetime) -> None:
        for register, power in POWERS.items():
            value = values.get(power)
            if value is None and power is Quantity.POWER_EXPORT and values.get(Quantity.POWER_IMPORT):
                value = 0.0  # a short list tells import alone, and a house does not do both
            if value is not None:
                self.totals[register].update_power(value, now)

    def _passed(self, now: datetime) -> Iterator[FinishedHour]:
        """Yield the hours that are over, by their power: their register may come yet."""
        before, self._hour = self._hour, period_start(now, HOUR)
        if before is None or now - before > LONGEST_SHARE:
            return
        while before < self._hour:
            sums = {register: total.integral.between(before, before + HOUR) for register, total in self.totals.items()}
            energy = {register: added.energy for register, added in sums.items() if added and _is_known(added)}
            if Quantity.ENERGY_IMPORT in energy and before not in self.finished:
                yield FinishedHour(before, energy, Origin.INTEGRATED)
            before += HOUR
            if self.snapshot is None:
                self._forget_before(before)

    def _forget_before(self, hour: datetime) -> None:
        for total in self.totals.values():
            total.integral.forget_before(hour - HOUR)

    # --- by register -------------------------------------------------------------------------------------------

    def _update_registers(self, after: Snapshot, clock: datetime | None) -> Iterator[FinishedHour]:
        """Take registers that came just now; the meter's clock counts where they come once in an hour."""
        if clock and self._is_in_doubt(clock, after.at):
            self._update_totals(after.registers, after.at)
            return
        before, self._last = self._last, after
        if self._comes_often(before, after):
            self._update_totals(after.registers, after.at)
            if before:
                self._update_quarters(before, after)
                for snapshot in snapshots_between(before, after, HOUR):
                    yield from self._book(snapshot)
            return
        at = clock if clock and _agree(clock, after.at) else after.at
        hour = period_start(at, HOUR)
        if at - hour > LATEST:
            self._update_totals(after.registers, after.at)
        elif self._update_totals(after.registers, hour):
            yield from self._book(Snapshot(hour, dict(after.registers)))

    def _is_in_doubt(self, clock: datetime, now: datetime) -> bool:
        """Tell whether nobody knows when something was: two clocks agreed, and now one of them is wrong.

        Mostly it is that of a computer that has just been started and has not asked for the time yet. One that stays so
        for hours is lived with.
        """
        if _agree(clock, now):
            self._agreed, self._doubt = True, None
        elif self._agreed:
            since = self._doubt = self._doubt or (clock, now)
            self._agreed = max(abs(clock - since[0]), abs(now - since[1])) <= LONGEST_DOUBT
        return self._doubts_time

    @property
    def _doubts_time(self) -> bool:
        return self._agreed and self._doubt is not None

    def _comes_often(self, before: Snapshot | None, after: Snapshot) -> bool:
        """Tell whether registers come all the time, and not once in an hour; a few in a row do not make it so."""
        if before and after.at - before.at <= OFTEN:
            self._in_row += 1
            if self._in_row == ROW:
                self.snapshot = None  # it was read at some time, and taken for that of the hour
        elif self._in_row < ROW:
            self._in_row = 0
        return self._in_row >= ROW

    def _update_quarters(self, before: Snapshot, after: Snapshot) -> None:
        for snapshot in snapshots_between(before, after, QUARTER):
            if self._quarter and (finished := finished_quarter(self._quarter, snapshot)):
                self.quarters.append(finished)
            self._quarter = snapshot

    def _update_totals(self, registers: Mapping[Quantity, float], at: datetime) -> bool:
        is_often = self._in_row >= ROW
        are_new = [
            self.totals[register].update_register(value, at, is_often=is_often) for register, value in registers.items()
        ]
        return any(are_new)

    def _book(self, after: Snapshot) -> Iterator[FinishedHour]:
        before = self.snapshot
        if before and after.at <= before.at:
            return  # a later look at the same hour, or a clock that was set back
        self.snapshot = after
        if before and (after.at - before.at > HOUR or before.is_exact > after.is_exact):
            self._leapt = before
        if before and after.at - before.at <= LONGEST_SHARE:
            yield from self._finished(before, after)
        self._forget_before(after.at)

    def _finished(self, before: Snapshot, after: Snapshot) -> Iterator[FinishedHour]:
        hours = [before.at + number * HOUR for number in range((after.at - before.at) // HOUR)]
        shares = {
            register: self.totals[register].integral.split(value - before.registers[register], hours, HOUR)
            for register, value in after.registers.items()
            if value >= before.registers.get(register, value + 1)
        }
        is_exact = len(hours) == 1 and before.is_exact and after.is_exact
        for number, start in enumerate(hours):
            energy = {register: share[number] for register, share in shares.items()}
            yield FinishedHour(start, energy, Origin.REGISTER if is_exact else Origin.MIXED)

    # --- over a restart ----------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types, without the finished hours: those change seldom, and are many."""
        return {
            "totals": {register.key: total.as_dict() for register, total in self.totals.items()},
            "stand": self.snapshot and self.snapshot.as_list(),
            "hour": self._hour and self._hour.isoformat(),
            "in_row": self._in_row,
            "last": self._last and self._last.as_list(),
            "quarter": self._quarter and self._quarter.as_list(),
            "agreed": self._agreed,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any], finished: Iterable[Sequence[Any]] = ()) -> Self:
        """Return what `as_dict` wrote, with the finished hours as `finished_as_list` did."""
        snapshot, last, quarter = state["stand"], state["last"], state.get("quarter")
        kept = {BY_KEY[key]: Total.from_dict(total) for key, total in state["totals"].items()}
        return cls(
            {register: kept[register] for register in POWERS},
            Snapshot.from_list(snapshot) if snapshot else None,
            {hour.start: hour for hour in map(FinishedHour.from_list, finished)},
            [],
            moment(state["hour"]) if state["hour"] else None,
            int(finite(state["in_row"])),
            Snapshot.from_list(last) if last else None,
            Snapshot.from_list(quarter) if quarter else None,
            bool(state.get("agreed")),
        )

    def finished_as_list(self) -> list[list[Any]]:
        """Return the finished hours as plain JSON types."""
        return [hour.as_list() for hour in self.finished.values()]


def _agree(clock: datetime, now: datetime) -> bool:
    """Tell whether the meter's clock may say what it does at a time by our own: a list comes late, if not once more."""
    return -EARLIEST <= clock - now <= LATEST


def _is_known(added: Sum) -> bool:
    return added.covered >= COVERED * HOUR.total_seconds()
