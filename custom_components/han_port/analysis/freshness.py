"""Which values are fresh enough to be shown: live values for some intervals of their own list, registers for hours.

Times are seconds of one clock that never steps.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
import math

from ..decoder.quantities import Quantity

LIVE_FOR = 30.0
"""Seconds for which a live value is fresh, or longer if the meter usually takes longer between two."""
MAX_LIVE_FOR = 300.0
"""Seconds for which a live value is fresh at most: no known meter sends one less often than once a minute."""
REGISTER_FOR = 130 * 60.0
"""Seconds for which a register is fresh. Norwegian meters send one an hour; one may be lost, and the next be late."""

GAPS = 6
"""The last gaps between two values, of which the interval is learned."""


class Freshness:
    """When each quantity last came, and how often it comes."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._heard: dict[Quantity, float] = {}
        self._gaps: dict[Quantity, deque[float]] = defaultdict(lambda: deque(maxlen=GAPS))
        self._intervals: dict[Quantity, float] = {}

    def update(self, quantities: Iterable[Quantity], now: float) -> None:
        """Update with the quantities that came at a second."""
        for quantity in quantities:
            if (before := self._heard.get(quantity)) is not None:
                gaps = self._gaps[quantity]
                gaps.append(now - before)
                self._intervals[quantity] = sorted(gaps)[len(gaps) // 4] if len(gaps) > 1 else 0.0
            self._heard[quantity] = now

    def restore(self, quantity: Quantity, came_at: float) -> None:
        """Restore the second at which a stored value came."""
        self._heard[quantity] = came_at

    def last_heard(self, quantity: Quantity) -> float | None:
        """Return the second at which a quantity last came, None if it never did."""
        return self._heard.get(quantity)

    def interval(self, quantity: Quantity) -> float:
        """Return the seconds between two values of a quantity; 0 until that is known.

        It is the lower quartile of the last gaps. Lost messages and outages make long ones, which must not keep the
        values of a line that fails again fresh for as long; a message that comes twice makes a single short one.
        """
        return self._intervals.get(quantity, 0.0)

    def fresh_until(self, quantity: Quantity) -> float:
        """Return the last second at which the last value of a quantity may be shown; -inf if there is none."""
        came_at = self._heard.get(quantity, -math.inf)
        if quantity.is_register:
            return came_at + REGISTER_FOR
        return came_at + min(max(LIVE_FOR, 3 * self.interval(quantity)), MAX_LIVE_FOR)

    def is_fresh(self, quantity: Quantity, now: float) -> bool:
        """Return whether the last value of a quantity may still be shown at a second."""
        return now <= self.fresh_until(quantity)
