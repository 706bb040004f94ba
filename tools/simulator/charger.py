"""A charger and a car that do what they are told as real ones do: late, in steps, slowly at the start, not always.

Times are seconds, currents A in each of the charger's lines.
"""

from dataclasses import dataclass, field
import math
from random import Random

MIN_CURRENT = 6.0
"""A: IEC 61851-1 knows no lower one but a pause."""


@dataclass(frozen=True)
class ChargerKind:
    """What is known of a charger and its car."""

    lines: tuple[int, ...] = (1, 2, 3)
    """Those that the car draws from. A one-phase car on a three-phase charger draws from one."""
    delay: tuple[float, float] = (5.0, 20.0)
    """How late it follows, at random between these."""
    start: tuple[float, float] = (10.0, 30.0)
    """How long a car takes to begin, in addition."""
    maximum: float = 32.0
    car_takes: float = 32.0
    """What the car draws at most."""
    steps: tuple[float, ...] = ()
    """The only currents that it knows; without any, whole amperes."""
    ramp: float = 3.0
    """A per second at which the car draws more."""
    below: float = 0.2
    """By how much the car stays below what it may draw."""
    ignores: float = 0.0
    """Share of the commands that get lost."""
    drops_every: float = math.inf
    """Seconds, in the mean, after which it stops by itself, for a minute."""


@dataclass
class SimulatedCharger:
    """A charger with a car at its cable."""

    kind: ChargerKind
    chance: Random
    current: float = 0.0
    """What the car draws now."""
    starts: int = 0
    _limit: float = 0.0
    _pending: list[tuple[float, float]] = field(default_factory=list)
    _may_start_at: float = 0.0

    def command(self, amperes: float, now: float) -> None:
        """Be told what to offer, from a second on that comes late."""
        if self.chance.random() >= self.kind.ignores:
            self._pending.append((now + self.chance.uniform(*self.kind.delay), amperes))

    def tick(self, now: float) -> dict[int, float]:
        """Go on by a second; return line -> A."""
        for due, amperes in [each for each in self._pending if each[0] <= now]:
            self._pending.remove((due, amperes))
            self._offer(amperes, now)
        if self.chance.random() < 1 / self.kind.drops_every:
            self.current, self._may_start_at = 0.0, now + 60.0
        wanted = min(self._limit, self.kind.car_takes) - self.kind.below if self._limit >= MIN_CURRENT else 0.0
        if wanted <= 0:
            self.current = 0.0
        elif now >= self._may_start_at:
            self.starts += self.current == 0
            self.current = min(wanted, self.current + self.kind.ramp) if self.current < wanted else wanted
        return dict.fromkeys(self.kind.lines, self.current)

    def _offer(self, amperes: float, now: float) -> None:
        limit = min(amperes, self.kind.maximum)
        if self.kind.steps:
            limit = max((step for step in self.kind.steps if step <= limit), default=0.0)
        if limit >= MIN_CURRENT > self._limit:
            self._may_start_at = max(self._may_start_at, now + self.chance.uniform(*self.kind.start))
        self._limit = limit
