"""What time registers are of: whose clock to believe, and whether they come every hour or all the time.

Three things can be said of registers that have just come. Norwegian meters send theirs once an hour, 5 to 55 s late,
and mean the full hour that their own clock names. Swedish and Danish ones come with every telegram and mean the moment
at which they come. And while two clocks that agreed before do not agree any more, nobody knows. Times are UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from .clock_lead import ClockLead
from .periods import HOUR, QUARTER, period_start
from .snapshot import MAX_GAP_IF_OFTEN, Snapshot, snapshots_between
from .stored import finite, moment

MAX_AFTER_HOUR = timedelta(minutes=5)
"""Registers that come this long after a full hour are still of that hour: slow lines and slow meters need it."""
MAX_CLOCK_LEAD = timedelta(minutes=5)
"""How far the meter's clock may be ahead of ours. Beyond that the clock is ignored."""
MAX_CLOCK_LAG = timedelta(minutes=70)
"""How far the meter's clock may lag ours: some meters resend the previous hourly list. Beyond that it is ignored."""
MAX_DISAGREEMENT = timedelta(hours=2)
"""How long clocks that agreed before may disagree before our own is believed again."""
OFTEN_AFTER = 10
"""Registers in a row, each shortly after the one before, from which on they count as coming all the time."""


class TimedRegisters(NamedTuple):
    """Registers that have just come, with the time that they are of."""

    at: datetime
    """When they were right, as far as totals go."""
    hours: tuple[Snapshot, ...] = ()
    """The registers at the full hours that have passed; empty where it is not known what they were."""
    quarters: tuple[Snapshot, ...] = ()
    """The same at quarters of an hour; only where registers come all the time."""
    lead: timedelta = timedelta()
    """How long before `at`, by our clock, they were right: the meter's clock is ahead. Negative: after it."""


@dataclass(slots=True)
class RegisterTime:
    """Follows the clocks and the pace of the registers of one meter."""

    _in_row: int = 0
    """How many registers have come shortly after the one before."""
    _last: Snapshot | None = None
    """The last registers, and the moment at which they came."""
    _has_agreed: bool = False
    """Whether our clock and the meter's did agree, and are to do so again."""
    _disagree_since: tuple[datetime, datetime] | None = None
    """What the meter's clock and ours said when they first disagreed."""

    _clock: tuple[datetime, datetime] | None = None
    """What the meter's clock and ours said when registers came last."""
    _lead: ClockLead = field(default_factory=ClockLead)

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows what time it is: two clocks agreed, and now one of them is wrong.

        Usually it is that of a computer that has just started and has not asked for the time yet.
        """
        return self._has_agreed and self._disagree_since is not None

    @property
    def is_often(self) -> bool:
        """Whether registers come all the time, and not once an hour."""
        return self._in_row >= OFTEN_AFTER

    def update(self, now: Snapshot, clock: datetime | None) -> TimedRegisters:
        """Return what time registers are of that came just now, with what the meter's clock says if it was sent."""
        if clock:
            self._compare(clock, now.at)
            if self.is_unknown:
                return TimedRegisters(now.at)
        is_behind = self._runs_behind(now.at, clock)
        before, self._last = self._last, now
        self._count(before, now)
        if self.is_often:
            if before is None:
                return TimedRegisters(now.at)
            hours, quarters = (tuple(snapshots_between(before, now, length)) for length in (HOUR, QUARTER))
            return TimedRegisters(now.at, hours, quarters)
        lead = self._lead.of_hours
        believed = clock if clock and not is_behind and is_plausible(clock, now.at) else now.at + lead
        hour = period_start(believed, HOUR)
        if believed - hour > MAX_AFTER_HOUR:
            return TimedRegisters(now.at)
        return TimedRegisters(hour, (Snapshot(hour, dict(now.registers)),), lead=lead)

    def hear(self, clock: datetime, now: datetime) -> None:
        """Note what the meter's clock says in a list without registers: that of registers may be an old one."""
        self._lead.add(clock, now)

    def forget_last(self) -> None:
        """Forget when registers came last: our clock was ahead then."""
        self._last = None

    def start_new_count(self) -> None:
        """Let the next registers be those of another count, of which it is not known how often they come."""
        self._last, self._in_row = None, 0

    def _runs_behind(self, now: datetime, clock: datetime | None) -> bool:
        """Return whether the meter's clock lags ours and runs with it: a repeated list is one whose clock stands."""
        before, self._clock = self._clock, (clock, now) if clock else None
        if not clock or not before or now - clock <= MAX_AFTER_HOUR:
            return False
        moved = clock - before[0]
        return moved > timedelta() and abs(moved - (now - before[1])) <= MAX_AFTER_HOUR

    def _compare(self, clock: datetime, now: datetime) -> None:
        if is_plausible(clock, now):
            self._has_agreed, self._disagree_since = True, None
        elif self._has_agreed:
            since = self._disagree_since = self._disagree_since or (clock, now)
            # Clocks that disagree for hours will go on doing so, and the hours must go on too.
            self._has_agreed = max(abs(clock - since[0]), abs(now - since[1])) <= MAX_DISAGREEMENT

    def _count(self, before: Snapshot | None, now: Snapshot) -> None:
        """Count registers that come shortly one after the other. Once they come often, a pause changes nothing."""
        if before and now.at - before.at <= MAX_GAP_IF_OFTEN:
            self._in_row += 1
        elif not self.is_often:
            self._in_row = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types, without a disagreement: after a restart our clock may be right."""
        return {
            "in_row": self._in_row,
            "last": self._last and self._last.as_list(),
            "agreed": self._has_agreed,
            "clock": self._clock and [each.isoformat() for each in self._clock],
            "leads": self._lead.as_list(),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        last, clock = state["last"], state.get("clock")
        return cls(
            int(finite(state["in_row"])),
            Snapshot.from_list(last) if last else None,
            bool(state.get("agreed")),
            _clock=(moment(clock[0]), moment(clock[1])) if clock else None,
            _lead=ClockLead.from_list(state.get("leads", ())),
        )


def is_plausible(clock: datetime, now: datetime) -> bool:
    """Return whether the meter's clock is plausible: at most 5 minutes ahead of ours, at most 70 behind."""
    return -MAX_CLOCK_LAG <= clock - now <= MAX_CLOCK_LEAD


def was_ahead(dated: datetime, clock: datetime, now: datetime) -> bool:
    """Return whether our clock was ahead when something was dated, and has been set back since.

    The meter's clock must agree that it is not that late yet.
    """
    return dated - now > MAX_CLOCK_LAG and is_plausible(clock, now)
