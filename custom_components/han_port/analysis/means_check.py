"""Whether the power of a list is that of its moment, or the mean since the list before: the registers say.

Of most meters nobody knows, and of a maker of whom it is known the registers may say otherwise. So the power is added
up both ways. In what the two differ from hour to hour, the energy by
moments differs from the registers too if lists tell means; if they do not, that difference is in no relation to it. So
the slope of the one over the other is 1 or 0, however coarse the registers are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import math
from typing import Self

from .stored import finite

MIN_HOURS = 12
"""Of a register, from which on they have said enough; those in which the two ways are the same say nothing."""
MIN_APART = 0.5
"""Wh. What is less is the same."""
MAX_HOURS = 1000
"""From which on the older ones count ever less: some weeks."""
CERTAINTY = 3.0
"""By how many times its standard error the slope is to be above a half, or below. Chosen: of 2, moments were now and
then taken for means."""


@dataclass(slots=True)
class MeansCheck:
    """Follows how far the two ways are from the registers, from hour to hour."""

    are_means: bool = False
    """Whether lists are taken to tell means."""
    _hours: float = 0.0
    _missed: float = 0.0
    """The sum of the squares of what moments missed (Wh²); the other two are those of the slope."""
    _both: float = 0.0
    _apart: float = 0.0

    def expect(self) -> None:
        """Take lists to tell means, as is known of their maker; the registers decide once they have said enough."""
        if self._hours < MIN_HOURS:
            self.are_means = True

    def add(self, moments: float, means: float) -> None:
        """Add by how much (Wh) the energy of an hour was above that by the registers, by moments and by means."""
        apart = moments - means
        if abs(apart) < MIN_APART:
            return
        if self._hours >= MAX_HOURS:
            self._weigh(1 - 1 / MAX_HOURS)
        self._hours += 1
        self._missed += moments**2
        self._both += moments * apart
        self._apart += apart**2
        if self._hours >= MIN_HOURS:
            slope = self._both / self._apart
            left = max(0.0, self._missed - slope * self._both) / self._hours
            if abs(slope - 0.5) > CERTAINTY * math.sqrt(left / self._apart):
                self.are_means = slope > 0.5  # noqa: PLR2004 - halfway

    def _weigh(self, weight: float) -> None:
        self._hours, self._missed = self._hours * weight, self._missed * weight
        self._both, self._apart = self._both * weight, self._apart * weight

    def as_list(self) -> list[float]:
        """Return the state as plain JSON types."""
        return [float(self.are_means), self._hours, self._missed, self._both, self._apart]

    @classmethod
    def from_list(cls, state: Sequence[float]) -> Self:
        """Return what `as_list` wrote."""
        are_means, *sums = map(finite, state)
        return cls(bool(are_means), *sums)
