"""How well a line works: the share of damaged messages, and silences.

Times are seconds of one clock that never steps. What is kept is bounded, however long the line runs.
"""

from collections import deque
from dataclasses import dataclass
import math

RATE_WINDOW = 15
"""Minutes over which the share of damaged messages is counted. Chosen, as are the other figures, if not said."""
SILENCE_WINDOW = 60
"""Minutes over which silences are counted."""
MIN_MESSAGES = 20
"""Messages below which the share of damaged ones says nothing."""
MIN_SILENCE = 30.0
"""Seconds without a message that are a silence. The slowest common meter sends every 15 s."""
_MINUTE = 60.0


@dataclass(slots=True)
class Minute:
    """What came in one minute."""

    number: int
    """Minutes since the clock began."""
    good: int = 0
    bad: int = 0
    rewritten: int = 0
    """How many of the bad ones are whole once is undone what a reader does to bytes."""
    silent: float = 0.0
    """Seconds of the silences that ended in it."""
    gaps: int = 0


class Health:
    """The last hour of a line."""

    def __init__(self, now: float) -> None:
        """Begin at a second, without any message."""
        self._minutes: deque[Minute] = deque(maxlen=SILENCE_WINDOW)
        self._last = now
        self.whole_at = -math.inf
        """The second at which the last whole message came, understood or not."""

    def update(self, now: float, *, good: bool, rewritten: bool = False) -> None:
        """Update with a message that came at a second: good (whole) or damaged, and if so by its reader or not."""
        minute = self._minute(now)
        minute.good += good
        minute.bad += not good
        minute.rewritten += rewritten
        if good:
            self.whole_at = now
        gap = now - self._last
        if gap > MIN_SILENCE:
            minute.silent += min(gap, SILENCE_WINDOW * _MINUTE)
            minute.gaps += 1
        self._last = now

    def silent_for(self, now: float) -> float:
        """Return the seconds since the last message."""
        return now - self._last

    def error_rate(self, now: float) -> float | None:
        """Return the share (%) of damaged messages in the last minutes; None if there were too few to say."""
        last = self._since(now, RATE_WINDOW)
        good, bad = sum(minute.good for minute in last), sum(minute.bad for minute in last)
        return 100 * bad / (good + bad) if good + bad >= MIN_MESSAGES else None

    def is_rewritten(self, now: float) -> bool:
        """Return whether the reader has damaged messages in the last minutes."""
        return any(minute.rewritten for minute in self._since(now, RATE_WINDOW))

    def silences(self, now: float) -> tuple[int, float]:
        """Return the number of silences in the last hour, and their share of it (%)."""
        last = self._since(now, SILENCE_WINDOW)
        silent = sum(minute.silent for minute in last)
        return sum(minute.gaps for minute in last), min(100.0, 100 * silent / (SILENCE_WINDOW * _MINUTE))

    def _minute(self, now: float) -> Minute:
        number = int(now // _MINUTE)
        if not self._minutes or self._minutes[-1].number != number:
            self._minutes.append(Minute(number))
        return self._minutes[-1]

    def _since(self, now: float, minutes: int) -> list[Minute]:
        oldest = int(now // _MINUTE) - minutes
        return [minute for minute in self._minutes if minute.number > oldest]
