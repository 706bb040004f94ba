"""Energy in its right hour: what passed in each finished hour, and a total that is right in between.

    10:00     10:00:10                         11:00     11:00:10                  13:00     13:00:10       time →
    ──┼─────────┼────────── · · · ───────────────┼─────────┼──────── · · · ──────────┼─────────┼───────────────────
    power    x  x  x  x  x  (a list each 10 s)   x  x  x  x  x  x  x  x  x  x  x  x  x  x  x  x  x
    registers   R(10)                                     R(11)       R(12) lost               R(13)
    total       R(10) + integral since 10:00 ───────────→ R(11) + integral since 11:00 ──────→ R(13) + …
    hour 10                                      │         └ by register: R(11) - R(10), REGISTER
                                                 └ by power: the integral of the hour, INTEGRATED, if 90 % is covered
    hours 11 and 12                              R(13) - R(11), shared in proportion to the power of each, MIXED ┘

So an hour is finished twice: by its power as soon as it is over, and by its registers when these come. Registers belong
to the hour that the meter's clock names, not to the moment at which they come: `register_time` says which. Nothing is
invented: where no register follows, an hour without power has no energy.

Values are primary, in W and Wh. Times are UTC.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Self

from ..decoder.quantities import BY_KEY, Quantity
from .flow import Flow
from .integral import Sum
from .means_check import MeansCheck
from .origin import Origin
from .periods import HOUR, period_start
from .register_time import RegisterTime, was_ahead
from .snapshot import (
    MAX_SHARED_TIME,
    FinishedQuarter,
    Snapshot,
    by_key,
    finished_quarter,
    from_keys,
)
from .stored import moment
from .total import Total

MIN_COVERED = 0.9
"""Part of an hour that must be known by its power for the integral to be its energy."""
MAX_WAIT = timedelta(days=1)
"""How long a register is waited for that is missing in lists that have another one."""
KEEP_HOURS_FOR = timedelta(days=62)
"""How long finished hours are kept: this month and the last."""
POWERS: Mapping[Quantity, Quantity] = MappingProxyType(
    {Quantity.ENERGY_IMPORT: Quantity.POWER_IMPORT, Quantity.ENERGY_EXPORT: Quantity.POWER_EXPORT}
)
"""A register -> the power that it adds up."""
REGISTERS: Mapping[Quantity, Quantity] = MappingProxyType({power: register for register, power in POWERS.items()})
"""A power -> the register that adds it up."""


@dataclass(frozen=True, slots=True)
class FinishedHour:
    """What passed through the meter in the hour that began at `start`, by register in Wh."""

    start: datetime
    energy: Mapping[Quantity, float]
    origin: Origin

    def scaled(self, factor: float) -> Self:
        """Return the same hour with its energies (Wh) multiplied by a factor."""
        return replace(self, energy={register: value * factor for register, value in self.energy.items()})

    def as_list(self) -> list[Any]:
        """Return it as plain JSON types."""
        return [self.start.isoformat(), by_key(self.energy), self.origin.value]

    @classmethod
    def from_list(cls, state: Sequence[Any]) -> Self:
        """Return what `as_list` wrote."""
        return cls(moment(state[0]), from_keys(state[1]), Origin(state[2]))


@dataclass(slots=True)
class Hours:
    """Follows the registers and powers of one meter from hour to hour."""

    totals: dict[Quantity, Total] = field(default_factory=lambda: {register: Total() for register in POWERS})
    snapshot: Snapshot | None = None
    """The registers at the last full hour at which they are known: the next hour begins with them."""
    finished: dict[datetime, FinishedHour] = field(default_factory=dict)
    """The finished hours by their start, in order."""
    quarters: list[FinishedQuarter] = field(default_factory=list)
    """Those that the last reading has finished by its registers; only where these come all the time."""
    _flow: Flow = field(default_factory=Flow)
    _means: MeansCheck = field(default_factory=MeansCheck)
    _time: RegisterTime = field(default_factory=RegisterTime)
    _hour: datetime | None = None
    """The hour that our clock was in at the last reading."""
    _quarter: Snapshot | None = None
    """The registers at the last quarter of an hour, where they come all the time."""
    _before_gap: Snapshot | None = None
    """The snapshot before the last gap: where to go on if there was no gap, but a clock that was ahead."""

    def update(self, values: Mapping[Quantity, float], now: datetime, clock: datetime | None) -> list[FinishedHour]:
        """Update with a reading (W, Wh) and the meter's clock if it was sent; return the hours it finished, in order.

        An hour that was finished by its power comes once more when its register does, with another origin.
        """
        self.quarters = []
        if self.snapshot and clock and was_ahead(self.snapshot.at, clock, now):
            self._go_back(now)
        for each in self._flow.update(values, now):
            total, are_means = self.totals[REGISTERS[each.quantity]], self._means.are_means
            total.update_power(each.power, each.at, each.mean_over, each.hidden, are_means=are_means)
        changed = {} if self._time.is_unknown else {hour.start: hour for hour in self._finished_by_power(now)}
        registers = {register: values[register] for register in POWERS if register in values}
        if registers and not self._lacks_one(registers, now):
            changed |= {hour.start: hour for hour in self._update_registers(Snapshot(now, registers), clock)}
        elif clock:
            self._time.hear(clock, now)
        if changed:
            kept = self.finished | changed
            self.finished = {start: kept[start] for start in sorted(kept) if now - start <= KEEP_HOURS_FOR}
        return [changed[start] for start in sorted(changed)]

    def expect_means(self) -> None:
        """Take the powers of lists for means of the time before them, until registers have said otherwise."""
        self._means.expect()

    @property
    def tells_quarters(self) -> bool:
        """Whether quarters of an hour are known by registers, and not only by their power."""
        return self._quarter is not None

    @property
    def known_totals(self) -> int:
        """How many totals are known: those whose first register has come."""
        return sum(total.since_register() is not None for total in self.totals.values())

    def start_new_count(self) -> None:
        """Let the next registers be those of another meter or scale: the totals go on from where they are."""
        for total in self.totals.values():
            total.start_new_count()
        self.snapshot = self._quarter = None
        self._time.start_new_count()

    def rescale(self, registers: float, powers: float) -> None:
        """Multiply what is known by the factors by which registers and powers change; the totals go on as they are.

        A finished hour is multiplied by that of its origin.
        """
        self.start_new_count()
        self._flow = Flow()
        for total in self.totals.values():
            total.rescale(powers)
        self.finished = {
            start: hour.scaled(powers if hour.origin is Origin.INTEGRATED else registers)
            for start, hour in self.finished.items()
        }

    def _go_back(self, now: datetime) -> None:
        """Forget what was dated by a clock that was ahead and has been set back."""
        self._hour = self._quarter = None
        self._time.forget_last()
        self.snapshot = self._before_gap if self._before_gap and self._before_gap.at <= now else None
        hour = period_start(now, HOUR)
        end = min(hour, self.snapshot.at) if self.snapshot else hour
        self.finished = {start: hour for start, hour in self.finished.items() if start < end}

    # --- by power ----------------------------------------------------------------------------------------------

    def _finished_by_power(self, now: datetime) -> Iterator[FinishedHour]:
        """Yield the hours that are over, by their power: their register may come yet."""
        before, self._hour = self._hour, period_start(now, HOUR)
        if before is None or now - before > MAX_SHARED_TIME:
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
            total.forget_before(hour - HOUR)

    # --- by register -------------------------------------------------------------------------------------------

    def _lacks_one(self, registers: Mapping[Quantity, float], now: datetime) -> bool:
        """Return whether a register is not there that was there lately: an hour is booked by all, or by none.

        The hours meanwhile are known by their power, and are shared out once the register comes again.
        """
        before = self.snapshot
        return before is not None and now - before.at <= MAX_WAIT and not before.registers.keys() <= registers.keys()

    def _update_registers(self, now: Snapshot, clock: datetime | None) -> Iterator[FinishedHour]:
        """Update with registers that came just now; yield the hours that they finish."""
        was_often = self._time.is_often
        timed = self._time.update(now, clock)
        is_often = self._time.is_often
        if is_often and not was_often:
            self.snapshot = None  # it was read at any time, and dated to the full hour
        are_new = [
            self.totals[register].update_register(value, timed.at, is_often=is_often, lead=timed.lead)
            for register, value in now.registers.items()
        ]
        new = [self.totals[register] for register, is_new in zip(now.registers, are_new, strict=True) if is_new]
        for each in new:
            if each.missed:
                self._means.add(*each.missed[:: -1 if self._means.are_means else 1])
        for snapshot in timed.quarters:
            if self._quarter and (finished := finished_quarter(self._quarter, snapshot)):
                self.quarters.append(finished)
            self._quarter = snapshot
        if is_often or new:
            for snapshot in timed.hours:
                yield from self._book(snapshot)

    def _book(self, after: Snapshot) -> Iterator[FinishedHour]:
        """Yield the hours between the last snapshot and another one, which takes its place."""
        before = self.snapshot
        if before and after.at <= before.at:
            return  # a later look at the same hour, or a clock that was set back
        self.snapshot = after
        if before and (after.at - before.at > HOUR or before.is_exact > after.is_exact):
            self._before_gap = before
        if before and after.at - before.at <= MAX_SHARED_TIME:
            yield from self._finished_by_register(before, after)
        self._forget_before(after.at)

    def _finished_by_register(self, before: Snapshot, after: Snapshot) -> Iterator[FinishedHour]:
        hours = [before.at + number * HOUR for number in range((after.at - before.at) // HOUR)]
        shares = {
            register: self.totals[register].integral.split(value - before.registers[register], hours, HOUR)
            for register, value in after.registers.items()
            if value >= before.registers.get(register, value + 1)
        }
        lost = [each for each, total in self.totals.items() if each not in shares and total.since_register()]
        is_exact = len(hours) == 1 and before.is_exact and after.is_exact
        for number, start in enumerate(hours):
            energy = {register: share[number] for register, share in shares.items()}
            if lost and (known := self.finished.get(start)):
                energy |= {register: known.energy[register] for register in lost if register in known.energy}
            if energy:
                yield FinishedHour(start, energy, Origin.REGISTER if is_exact and not lost else Origin.MIXED)

    # --- over a restart ----------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types, without the finished hours: those change seldom, and are many."""
        return {
            "totals": {register.key: total.as_dict() for register, total in self.totals.items()},
            "stand": self.snapshot and self.snapshot.as_list(),
            "hour": self._hour and self._hour.isoformat(),
            "quarter": self._quarter and self._quarter.as_list(),
            "flow": self._flow.as_dict(),
            "means": self._means.as_list(),
            **self._time.as_dict(),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any], finished: Iterable[Sequence[Any]] = ()) -> Self:
        """Return what `as_dict` wrote, with the finished hours as `finished_as_list` did."""
        snapshot, quarter, flow = state["stand"], state.get("quarter"), state.get("flow")
        kept = {BY_KEY[key]: Total.from_dict(total) for key, total in state["totals"].items()}
        return cls(
            totals={register: kept[register] for register in POWERS},
            snapshot=Snapshot.from_list(snapshot) if snapshot else None,
            finished={hour.start: hour for hour in map(FinishedHour.from_list, finished)},
            _flow=Flow.from_dict(flow) if flow else Flow(),
            _means=MeansCheck.from_list(state["means"]) if "means" in state else MeansCheck(),
            _time=RegisterTime.from_dict(state),
            _hour=moment(state["hour"]) if state["hour"] else None,
            _quarter=Snapshot.from_list(quarter) if quarter else None,
        )

    def finished_as_list(self) -> list[list[Any]]:
        """Return the finished hours as plain JSON types."""
        return [hour.as_list() for hour in self.finished.values()]


def _is_known(added: Sum) -> bool:
    return added.covered >= MIN_COVERED * HOUR.total_seconds()
