"""Which values may still be shown: momentary ones for some intervals of their own list, registers for two hours.

Times are seconds of one clock that never steps.
"""

from collections.abc import Iterable

from ..decoder.quantities import Quantity

LIVE_FOR = 30.0
"""Seconds after which a momentary value is stale, if the meter does not usually take longer between two."""
MAX_LIVE_FOR = 300.0
"""Seconds after which it is stale in any case: no known meter tells one less often than once a minute."""
REGISTER_FOR = 130 * 60.0
"""The same for registers, which Norwegian meters send once an hour: one may be lost."""


class Freshness:
    """When each quantity was last heard, and how often it comes."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self._heard: dict[Quantity, float] = {}
        self._gaps: dict[Quantity, tuple[float, float]] = {}

    def update(self, quantities: Iterable[Quantity], now: float) -> None:
        """Take note of quantities that came at `now`."""
        for quantity in quantities:
            if (before := self._heard.get(quantity)) is not None:
                self._gaps[quantity] = (self._gaps.get(quantity, (0.0, 0.0))[1], now - before)
            self._heard[quantity] = now

    def restore(self, quantity: Quantity, heard: float) -> None:
        """Take note of when a restored value was heard."""
        self._heard[quantity] = heard

    def last_heard(self, quantity: Quantity) -> float | None:
        """Return when a quantity was last heard."""
        return self._heard.get(quantity)

    def interval(self, quantity: Quantity) -> float:
        """Return how long a quantity takes from one time to the next; 0 until that is known.

        It is the shorter one of the last two gaps: a single long one is an outage, and must not let a line that
        dies again look alive for as long.
        """
        return min(self._gaps.get(quantity, (0.0, 0.0)))

    def is_fresh(self, quantity: Quantity, now: float) -> bool:
        """Tell whether the last value of a quantity may still be shown."""
        heard = self._heard.get(quantity)
        if heard is None:
            return False
        if quantity.is_register:
            return now - heard <= REGISTER_FOR
        return now - heard <= min(max(LIVE_FOR, 3 * self.interval(quantity)), MAX_LIVE_FOR)
