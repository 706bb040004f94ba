"""How well a line works: damaged messages, silences, and how far the meter's clock is off.

Times are seconds of one clock that never steps. What is kept is bounded, however long the line runs.
"""

from collections import deque
from dataclasses import dataclass
import math

RATE_WINDOW = 15
"""Minutes over which the share of damaged messages is counted."""
SILENCE_WINDOW = 60
"""Minutes over which silences are counted."""
MIN_MESSAGES = 20
"""Messages below which their share says nothing."""
MIN_SILENCE = 30.0
"""Seconds without a message that are a silence. The slowest common meter speaks every 15 s."""
_MINUTE = 60.0


@dataclass(slots=True)
class Minute:
    """What one minute held."""

    number: int
    good: int = 0
    bad: int = 0
    silent: float = 0.0
    """Seconds of the silences that ended in it."""
    gaps: int = 0


class Health:
    """The last hour of a line."""

    def __init__(self, now: float) -> None:
        """Begin at a second."""
        self._minutes: deque[Minute] = deque(maxlen=SILENCE_WINDOW)
        self._last = now
        self.whole_at = -math.inf
        """When the last whole message came, whatever it said."""

    def update(self, now: float, *, good: bool) -> None:
        """Take note of a message that came at a second, whole or damaged."""
        minute = self._minute(now)
        minute.good += good
        minute.bad += not good
        if good:
            self.whole_at = now
        gap = now - self._last
        if gap > MIN_SILENCE:
            minute.silent += min(gap, SILENCE_WINDOW * _MINUTE)
            minute.gaps += 1
        self._last = now

    def silent_for(self, now: float) -> float:
        """Return for how many seconds nothing has come."""
        return now - self._last

    def error_rate(self, now: float) -> float | None:
        """Return how many per cent of the last messages were damaged; None if they are too few to say."""
        last = self._since(now, RATE_WINDOW)
        good, bad = sum(minute.good for minute in last), sum(minute.bad for minute in last)
        return 100 * bad / (good + bad) if good + bad >= MIN_MESSAGES else None

    def silences(self, now: float) -> tuple[int, float]:
        """Return how many silences there were in the last hour, and what per cent of it they took."""
        last = self._since(now, SILENCE_WINDOW)
        taken = sum(minute.silent for minute in last)
        return sum(minute.gaps for minute in last), min(100.0, 100 * taken / (SILENCE_WINDOW * _MINUTE))

    def _minute(self, now: float) -> Minute:
        number = int(now // _MINUTE)
        if not self._minutes or self._minutes[-1].number != number:
            self._minutes.append(Minute(number))
        return self._minutes[-1]

    def _since(self, now: float, minutes: int) -> list[Minute]:
        oldest = int(now // _MINUTE) - minutes
        return [minute for minute in self._minutes if minute.number > oldest]
