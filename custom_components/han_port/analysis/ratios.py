"""Ratios of current and voltage transformers: as people write them, and which values each multiplies.

A meter that is connected through transformers sends secondary values; a ratio makes primary ones of them. It is printed
on the installation: 100:5 means that 100 A in the main cable are 5 A in the meter, so its currents count twenty times.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import math
import re
from types import MappingProxyType

from ..decoder.quantities import Quantity, Unit
from .power import apparent_powers, reactive
from .supply_system import SupplySystem

_RATIO = re.compile(r"(\d+(?:[.,]\d+)?)(?:\s*[:/]\s*(\d+(?:[.,]\d+)?))?")
MIN_POWER_FOR_RATIO = 50.0
"""VA, by powers and by currents. Below it the currents have little more than their last digit. Chosen, not measured."""
MAX_DISTANCE_FROM_WHOLE = 0.05
"""How far a factor may be from a whole number, as a part of it. Chosen, not measured."""
MIN_RATIO = 3
"""A factor of 2 can come from solar cells on one phase, or from a supply system that was taken for another."""
MIN_RATIO_READINGS, MIN_RATIO_SECONDS = 100, 3600.0
"""How many readings in a row, over how many seconds, must agree on a factor. Chosen, not measured."""
_MAX_RATIO = 10_000  # the largest transformers in use are 600:1 and 22000:110


def parse_ratio(text: str) -> float:
    """Return the factor (primary by secondary) of `100:5`, `100/5`, `20` or `2,5`. Raises ValueError if it is none."""
    match = _RATIO.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a ratio: {text!r}")
    primary, secondary = (float((part or "1").replace(",", ".")) for part in match.groups())
    if not secondary or not 0 < primary / secondary <= _MAX_RATIO:
        raise ValueError(f"no possible ratio: {text!r}")
    return primary / secondary


class Counted(StrEnum):
    """What the ratio of the current transformers multiplies. Some meters already apply it to some of their values."""

    CURRENT = "current"
    POWER = "power"
    ENERGY = "energy"


_COUNTED: Mapping[Unit, Counted] = MappingProxyType(
    {
        Unit.AMPERE: Counted.CURRENT,
        Unit.WATT: Counted.POWER,
        Unit.VAR: Counted.POWER,
        Unit.WATT_HOUR: Counted.ENERGY,
        Unit.VAR_HOUR: Counted.ENERGY,
    }
)


@dataclass(frozen=True, slots=True)
class Ratios:
    """The factors that turn secondary values into primary ones."""

    current: float = 1.0
    voltage: float = 1.0
    counted: frozenset[Counted] = frozenset(Counted)
    """What the ratio of the current transformers multiplies."""

    def of(self, quantity: Quantity) -> float:
        """Return the factor of a quantity, primary by secondary. To power and energy both ratios apply."""
        if quantity.unit is Unit.VOLT:
            return self.voltage
        if (counted := _COUNTED.get(quantity.unit)) is None:
            return 1.0
        current = self.current if counted in self.counted else 1.0
        return current if counted is Counted.CURRENT else current * self.voltage

    def at_terminals(self, values: Mapping[Quantity, float]) -> Mapping[Quantity, float]:
        """Return the secondary values of a reading, without the ratio that the meter has applied to some itself."""
        if self.counted.issuperset(Counted):
            return values
        whole = Ratios(self.current, self.voltage)
        return {quantity: value * self.of(quantity) / whole.of(quantity) for quantity, value in values.items()}


class RatioCheck:
    """Watches for currents and powers that differ by a whole factor: then the ratio is applied to one of them only.

    It takes primary values, as they are shown. Powers of ten are not ratios; `scale` looks for them. Nothing is changed
    here.
    """

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


def corrected(values: Mapping[Quantity, float], exponents: Mapping[Unit, int]) -> dict[Quantity, float]:
    """Return values multiplied by the power of ten of their unit, by which the user has corrected a scale."""
    return {quantity: _times(value, exponents.get(quantity.unit, 0)) for quantity, value in values.items()}


def _times(value: float, exponent: int) -> float:
    return float(value * 10**exponent) if exponent >= 0 else float(value / 10**-exponent)
