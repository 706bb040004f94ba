"""Which values may still be shown: momentary ones for some intervals of their own list, registers for two hours.

Times are seconds of one clock that never steps.
"""

from collections.abc import Iterable

from ..decoder.quantities import Quantity

LIVE_FOR = 30.0
"""Seconds after which a momentary value is stale, if the meter does not usually take longer between two."""
REGISTER_FOR = 130 * 60.0
"""The same for registers, which Norwegian meters send once an hour: one may be lost."""


class Freshness:
    """When each quantity was last heard, and how often it is."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self._heard: dict[Quantity, float] = {}
        self._interval: dict[Quantity, float] = {}

    def hear(self, quantities: Iterable[Quantity], now: float) -> None:
        """Take note of quantities that came at `now`."""
        for quantity in quantities:
            if (before := self._heard.get(quantity)) is not None:
                # A mean that forgets: one long gap must not make a dead line look alive for minutes.
                self._interval[quantity] = (3 * self._interval.get(quantity, now - before) + now - before) / 4
            self._heard[quantity] = now

    def restore(self, quantity: Quantity, heard: float) -> None:
        """Take note of when a restored value was heard; this says nothing about how often it comes."""
        self._heard[quantity] = heard

    def heard(self, quantity: Quantity) -> float | None:
        """Return when a quantity was last heard."""
        return self._heard.get(quantity)

    def holds(self, quantity: Quantity, now: float) -> bool:
        """Tell whether the last value of a quantity may still be shown."""
        heard = self._heard.get(quantity)
        if heard is None:
            return False
        if quantity.is_register:
            return now - heard <= REGISTER_FOR
        return now - heard <= max(LIVE_FOR, 3 * self._interval.get(quantity, 0.0))
