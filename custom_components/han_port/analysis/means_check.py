"""Whether the power of a list is that of its moment, or the mean since the list before: the registers say.

Of most meters nobody knows. So the power is added up both ways, and what comes nearer to the registers is kept to.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from .stored import finite

MIN_HOURS = 6
"""From which on the registers have said enough."""
MAX_HOURS = 24
MAX_PART = 0.7
"""Of what one way misses, what the other misses at most where it is right. Measured on simulated meters in large steps:
where lists tell means 0.3 to 0.55, where they do not 1.2 to 2."""
MIN_GAIN = 50.0
"""Wh. By less in all the other way is no better, whatever the part."""


@dataclass(slots=True)
class MeansCheck:
    """Follows how far the two ways are from the registers, from hour to hour."""

    are_means: bool = False
    """Whether lists are taken to tell means."""
    _missed: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MAX_HOURS))

    def add(self, as_taken: float, otherwise: float) -> None:
        """Add by how much (Wh) the energy of an hour missed the registers, as lists are taken and the other way."""
        self._missed.append((as_taken, otherwise))
        taken, other = (sum(each) for each in zip(*self._missed, strict=True))
        if len(self._missed) >= MIN_HOURS and other < MAX_PART * taken and taken - other > MIN_GAIN:
            self.are_means = not self.are_means
            self._missed.clear()

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        return {"are_means": self.are_means, "missed": [list(each) for each in self._missed]}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        missed = ((finite(taken), finite(other)) for taken, other in state["missed"])
        return cls(bool(state["are_means"]), deque(missed, MAX_HOURS))
