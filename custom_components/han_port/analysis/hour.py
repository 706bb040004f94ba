"""Energy in its right hour: what the last finished hour took, by the registers and the meter's own clock.

A register belongs to the hour that the meter's clock names, and not to the moment of its arrival: Norwegian meters
send theirs 5 to 55 seconds after the hour, and some Aidon meters now and then repeat the list of the hour before,
clock and all. Nothing is invented: where a stand is missing, the hours around it have no energy of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from ..decoder.quantities import BY_KEY, Quantity

HOUR = timedelta(hours=1)
LATEST = timedelta(minutes=5)
"""A stand this long after the hour is still that hour's: it is what slow lines and slow meters need."""


@dataclass(frozen=True, slots=True)
class Stand:
    """The registers (Wh, varh) at a full hour (UTC)."""

    hour: datetime
    registers: Mapping[Quantity, float]


@dataclass(frozen=True, slots=True)
class FinishedHour:
    """What passed through the meter in the clock hour that began at `start` (UTC), in Wh and varh."""

    start: datetime
    energy: Mapping[Quantity, float]


@dataclass(slots=True)
class Hours:
    """Follows the registers from hour to hour."""

    stand: Stand | None = None
    finished: FinishedHour | None = None

    def take(self, registers: Mapping[Quantity, float], at: datetime) -> None:
        """Take registers that were right at the moment `at` (UTC), by the meter's clock."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        if self.stand and hour == self.stand.hour:
            return  # a later look at the same hour, or a list that is repeated
        before, self.stand = self.stand, None
        follows = before is not None and hour == before.hour + HOUR
        if at - hour > LATEST:
            # The stand at the hour was missed. A clock that was set back lands here or starts anew below.
            self.finished = None
            return
        self.stand = Stand(hour, dict(registers))
        self.finished = None
        if before and follows:
            energy = {
                quantity: registers[quantity] - old
                for quantity, old in before.registers.items()
                if quantity in registers
            }
            self.finished = FinishedHour(before.hour, energy)

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        return {
            "stand": self.stand and [self.stand.hour.isoformat(), _keyed(self.stand.registers)],
            "finished": self.finished and [self.finished.start.isoformat(), _keyed(self.finished.energy)],
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        stand, finished = state["stand"], state["finished"]
        return cls(
            Stand(datetime.fromisoformat(stand[0]), _quantities(stand[1])) if stand else None,
            FinishedHour(datetime.fromisoformat(finished[0]), _quantities(finished[1])) if finished else None,
        )


def _keyed(values: Mapping[Quantity, float]) -> dict[str, float]:
    return {quantity.key: value for quantity, value in values.items()}


def _quantities(values: Mapping[str, float]) -> dict[Quantity, float]:
    return {BY_KEY[key]: value for key, value in values.items() if key in BY_KEY}
