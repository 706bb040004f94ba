"""Whether currents and powers differ by a whole factor: then the ratio of transformers is applied to one of them only.

Values are primary (W, var, V, A), as they are shown; times are seconds of one clock that never steps. Powers of ten are
not ratios: `scale` looks for them. Nothing is changed here.
"""

from collections.abc import Mapping
import math

from ..decoder.quantities import Quantity
from .power import apparent_powers, reactive
from .supply_system import SupplySystem

MIN_POWER_FOR_RATIO = 50.0
"""VA, by powers and by currents. Below it the currents have little more than their last digit. Chosen, not measured."""
MAX_DISTANCE_FROM_WHOLE = 0.05
"""How far a factor may be from a whole number, as a part of it. Chosen, not measured."""
MIN_RATIO = 3
"""A factor of 2 can come from solar cells on one phase, or from a supply system that was taken for another."""
MIN_RATIO_READINGS, MIN_RATIO_SECONDS = 100, 3600.0
"""How many readings in a row, over how many seconds, must agree on a factor. Chosen, not measured."""


class RatioCheck:
    """Follows the readings of one meter, and suspects a ratio once enough of them agree on it."""

    def __init__(self) -> None:
        """Begin without any evidence."""
        self.suspected: int | None = None
        """The factor; None again once currents and powers agree."""
        self._factor = 1
        self._since = 0.0
        self._count = 0

    def update(self, values: Mapping[Quantity, float], system: SupplySystem | None, now: float) -> None:
        """Update with the values of a second. Only with a neutral is the sum of U times I the apparent power."""
        powers = apparent_powers(values)
        if powers is None or reactive(values) is None or system is None or not system.has_neutral:
            return
        smaller, greater = sorted((powers.by_powers, powers.by_currents))
        if smaller < MIN_POWER_FOR_RATIO:
            return
        quotient = greater / smaller
        factor = round(quotient)
        if abs(quotient - factor) > MAX_DISTANCE_FROM_WHOLE * factor:
            factor = 0
        if factor != self._factor:
            self._factor, self._since, self._count = factor, now, 0
        self._count += 1
        if self._count < MIN_RATIO_READINGS or now - self._since < MIN_RATIO_SECONDS:
            return
        if factor == 1:
            self.suspected = None
        elif factor >= MIN_RATIO and not math.log10(factor).is_integer():
            self.suspected = factor
