"""Ratios of current and voltage transformers: as people write them, and which values each multiplies.

A meter that is connected through transformers sends secondary values; a ratio makes primary ones of them. It is printed
on the installation: 100:5 means that 100 A in the main cable are 5 A in the meter, so its currents count twenty times.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import re
from types import MappingProxyType

from ..decoder.quantities import PHASES, Quantity, Unit

_RATIO = re.compile(r"(\d+(?:[.,]\d+)?)(?:\s*[:/]\s*(\d+(?:[.,]\d+)?))?")
_MAX_RATIO = 10_000  # the largest transformers in use are 600:1 and 22000:110
MAX_SECONDARY_VOLTAGE = 150.0
"""V. The secondary side of a voltage transformer has 100 to 120 V, or 58 to 69 V to its neutral."""


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

    def secondary(self, values: Mapping[Quantity, float]) -> Mapping[Quantity, float]:
        """Return the secondary values of a reading, without the ratio that the meter has applied to some itself."""
        if self.counted.issuperset(Counted):
            return values
        whole = Ratios(self.current, self.voltage)
        return {quantity: value * self.of(quantity) / whole.of(quantity) for quantity, value in values.items()}


def mains_at_terminals(values: Mapping[Quantity, float]) -> float | None:
    """Return the highest secondary voltage (V) if no voltage transformer can have made it; None if one can."""
    highest = max(values.get(phase.voltage, 0.0) for phase in PHASES)
    return highest if highest > MAX_SECONDARY_VOLTAGE else None


def corrected(values: Mapping[Quantity, float], exponents: Mapping[Unit, int]) -> dict[Quantity, float]:
    """Return values multiplied by the power of ten of their unit, by which the user has corrected a scale."""
    return {quantity: _times(value, exponents.get(quantity.unit, 0)) for quantity, value in values.items()}


def _times(value: float, exponent: int) -> float:
    return float(value * 10**exponent) if exponent >= 0 else float(value / 10**-exponent)
