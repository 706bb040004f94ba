"""The last digit of a register: what is drawn shows in it only when a whole one is full.

Many meters tell their registers in steps of 10 Wh, behind transformers 20 that is 200 Wh. So a register says that the
energy is not less than it, and less than one step more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Any, Self

from .stored import finite

MIN_VALUES = 6
"""Different values of a register from which its step is taken to be known: of fewer, all may be even by chance."""


@dataclass(slots=True)
class Grain:
    """Finds the step in which a register counts."""

    _divisor: int = 0
    """The largest that divides all values (Wh)."""
    _values: int = 0
    """How many different ones there were."""
    _last: float | None = None

    @property
    def step(self) -> float:
        """The step (Wh); 0 while it is not known, and if it is 1 or less: then a register is taken at its word."""
        return float(self._divisor) if self._values >= MIN_VALUES and self._divisor > 1 else 0.0

    def add(self, register: float) -> None:
        """Add a value of the register (Wh)."""
        if register != self._last:
            self._last = register
            self._values = min(self._values + 1, MIN_VALUES)
            self._divisor = math.gcd(self._divisor, round(register))

    def kept(self, energy: float, register: float) -> float:
        """Return the energy (Wh) as it was calculated by power if a register allows it, else the nearest it allows."""
        return min(max(energy, register), register + self.step)

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        return {"divisor": self._divisor, "values": self._values, "last": self._last}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        last = state["last"]
        divisor, values = int(finite(state["divisor"])), int(finite(state["values"]))
        return cls(divisor, values, None if last is None else finite(last))
