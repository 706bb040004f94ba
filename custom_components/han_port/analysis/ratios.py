"""Ratios of current and voltage transformers: as people write them, and what each multiplies.

A meter behind transformers shows secondary values. The ratio is printed on the installation: 100:5 means that
100 A in the main cable are 5 A in the meter, so its currents count twenty-fold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import re

from ..decoder.quantities import Quantity, Unit

_RATIO = re.compile(r"(\d+(?:[.,]\d+)?)(?:\s*[:/]\s*(\d+(?:[.,]\d+)?))?")
_GREATEST = 10_000  # the largest transformers of the field are 600:1 and 22000:110


def parse_ratio(text: str) -> float:
    """Return the factor that `100:5`, `100/5`, `20` or `2,5` means. Raises ValueError if it means none."""
    match = _RATIO.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a ratio: {text!r}")
    primary, secondary = (float((part or "1").replace(",", ".")) for part in match.groups())
    if not secondary or not 0 < primary / secondary <= _GREATEST:
        raise ValueError(f"no possible ratio: {text!r}")
    return primary / secondary


@dataclass(frozen=True, slots=True)
class Ratios:
    """What a value at the meter's terminals is to be multiplied by."""

    current: float = 1.0
    voltage: float = 1.0

    def of(self, quantity: Quantity) -> float:
        """Return the factor of a quantity: power and energy count both ratios."""
        match quantity.unit:
            case Unit.AMPERE:
                return self.current
            case Unit.VOLT:
                return self.voltage
            case Unit.WATT | Unit.VAR | Unit.WATT_HOUR | Unit.VAR_HOUR:
                return self.current * self.voltage
            case _:
                return 1.0


def corrected(values: Mapping[Quantity, float], exponents: Mapping[Unit, int]) -> dict[Quantity, float]:
    """Return values with those of each unit multiplied by its power of ten: what the user found wrong with a scale."""
    return {quantity: _times(value, exponents.get(quantity.unit, 0)) for quantity, value in values.items()}


def _times(value: float, exponent: int) -> float:
    return float(value * 10**exponent) if exponent >= 0 else float(value / 10**-exponent)
