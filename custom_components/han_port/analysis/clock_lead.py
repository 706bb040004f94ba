"""By how much the meter's clock is ahead of ours.

Some meters have their clock in each list. A list comes later than its clock says by the time that it takes, and never
earlier: so of some lists the one that took the shortest tells most.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from .periods import HOUR
from .stored import finite

MIN_LISTS = 5
"""From which on the lead is known."""
MAX_LISTS = 30
MAX_CHANGE = timedelta(seconds=30)
"""From one list to the next. If there is more, one of the clocks was set. Chosen, not measured."""
MIN_LEAD = timedelta(seconds=2)
"""What is less may be the line, and a clock of whole seconds."""


@dataclass(slots=True)
class ClockLead:
    """Follows the clock of a meter from list to list."""

    _leads: deque[timedelta] = field(default_factory=lambda: deque(maxlen=MAX_LISTS))

    def add(self, clock: datetime, now: datetime) -> None:
        """Add what the meter's clock says in a list that has just come."""
        lead = clock - now
        if self._leads and abs(lead - self._leads[-1]) > MAX_CHANGE:
            self._leads.clear()
        self._leads.append(lead)

    @property
    def of_hours(self) -> timedelta:
        """How long before our full hours the meter's are; negative: after them. Nothing if that is not known.

        By how many hours its clock is wrong does not matter here.
        """
        if len(self._leads) < MIN_LISTS:
            return timedelta()
        lead = max(self._leads)
        within = lead - round(lead / HOUR) * HOUR
        return within if abs(within) >= MIN_LEAD else timedelta()

    def as_list(self) -> list[float]:
        """Return the state as plain JSON types."""
        return [lead.total_seconds() for lead in self._leads]

    @classmethod
    def from_list(cls, state: Sequence[float]) -> Self:
        """Return what `as_list` wrote."""
        return cls(deque((timedelta(seconds=finite(lead)) for lead in state), MAX_LISTS))
