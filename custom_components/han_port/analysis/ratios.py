"""Ratios of current and voltage transformers: as people write them, and what each multiplies.

A meter behind transformers shows secondary values. The ratio is printed on the installation: 100:5 means that
100 A in the main cable are 5 A in the meter, so its currents count twenty-fold.
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
"""VA, by powers and by currents: of less, the last digit of the currents is all that there is."""
MAX_DISTANCE_FROM_WHOLE = 0.05
"""How far a factor may be from a whole number, as a part of it."""
MIN_RATIO = 3
"""Twice is what solar cells on one phase can make, or a net that is not what it was taken for."""
MIN_RATIO_READINGS, MIN_RATIO_SECONDS = 100, 3600.0
"""So many readings in a row, over so many seconds, must agree."""
_MAX_RATIO = 10_000  # the largest transformers of the field are 600:1 and 22000:110


def parse_ratio(text: str) -> float:
    """Return the factor that `100:5`, `100/5`, `20` or `2,5` means. Raises ValueError if it means none."""
    match = _RATIO.fullmatch(text.strip())
    if not match:
        raise ValueError(f"not a ratio: {text!r}")
    primary, secondary = (float((part or "1").replace(",", ".")) for part in match.groups())
    if not secondary or not 0 < primary / secondary <= _MAX_RATIO:
        raise ValueError(f"no possible ratio: {text!r}")
    return primary / secondary


class Counted(StrEnum):
    """What the ratio of the current transformers multiplies. Some meters have counted it in a part of it already."""

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
    """What a value at the meter's terminals is to be multiplied by."""

    current: float = 1.0
    voltage: float = 1.0
    counted: frozenset[Counted] = frozenset(Counted)
    """What the ratio of the current transformers multiplies."""

    def of(self, quantity: Quantity) -> float:
        """Return the factor of a quantity: power and energy count both ratios."""
        if quantity.unit is Unit.VOLT:
            return self.voltage
        if (counted := _COUNTED.get(quantity.unit)) is None:
            return 1.0
        current = self.current if counted in self.counted else 1.0
        return current if counted is Counted.CURRENT else current * self.voltage

    def at_terminals(self, values: Mapping[Quantity, float]) -> Mapping[Quantity, float]:
        """Return values that a meter has sent without what it has counted of the current transformers itself."""
        if self.counted.issuperset(Counted):
            return values
        whole = Ratios(self.current, self.voltage)
        return {quantity: value * self.of(quantity) / whole.of(quantity) for quantity, value in values.items()}


class RatioCheck:
    """Listens whether currents and powers differ by a whole factor: then only one of them counts the transformers.

    It takes values in front of the transformers, as they are shown. Powers of ten are no ratio, and the matter of
    `scale`. Nothing is changed here.
    """

    def __init__(self) -> None:
        """Begin without any evidence."""
        self.suspected: int | None = None
        """The factor; it is taken back when currents and powers agree."""
        self._factor = 1
        self._since = 0.0
        self._count = 0

    def update(self, values: Mapping[Quantity, float], system: SupplySystem | None, now: float) -> None:
        """Take one reading, that came at a second. Only with a neutral do U times I add up to the apparent power."""
        powers = apparent_powers(values)
        if powers is None or reactive(values) is None or system is None or not system.has_neutral:
            return
        smaller, greater = sorted((powers.by_powers, powers.by_currents))
        if smaller < MIN_POWER_FOR_RATIO:
            return
        times = greater / smaller
        factor = round(times)
        if abs(times - factor) > MAX_DISTANCE_FROM_WHOLE * factor:
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
    """Return values with those of each unit multiplied by its power of ten: what the user found wrong with a scale."""
    return {quantity: _times(value, exponents.get(quantity.unit, 0)) for quantity, value in values.items()}


def _times(value: float, exponent: int) -> float:
    return float(value * 10**exponent) if exponent >= 0 else float(value / 10**-exponent)
