"""Joins a source of bytes with its decoder: bytes in, readings out."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
import math

from ..analysis.health import Health
from ..decoder import FrameError, Moment, Reading, Rejected
from . import Clock, byte_source
from .errors import SourceError
from .settings import LineSettings

KEPT = 20
"""How many of the last messages are kept for a bug report."""

type Heard = Callable[[Reading | Rejected, Moment], None]
type Tap = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a feed waits, in seconds."""

    pause: float = 3.0
    """No meter pauses this long inside a frame; what is open then will never be completed."""
    silence: float = 60.0
    """Without a byte, after which a line is opened anew. Every known meter speaks at least every 15 s."""


class Feed:
    """A source of bytes and its decoder.

    Each reading, and all that could not be read, is handed over with the moment at which its last byte was heard.
    """

    def __init__(
        self,
        line: LineSettings,
        heard: Heard,
        changed: Callable[[SourceError | None], None],
        *,
        clock: Clock,
        waits: Waits = Waits(),
    ) -> None:
        """Prepare; nothing is opened yet."""
        self.line = line
        self.source = byte_source(line, self.feed, self._source_changed, clock=clock, silence=waits.silence)
        self.decoder = line.decoder()
        self.rejections: Counter[str] = Counter()
        """Name of an error -> how often it has come."""
        self.rejected: deque[Rejected] = deque(maxlen=KEPT)
        self.frames: deque[bytes] = deque(maxlen=KEPT)
        """Those of the last readings."""
        self._heard, self._changed, self._clock, self._waits = heard, changed, clock, waits
        self.health = Health(clock().loop)
        self._last = clock()
        """When bytes came last."""
        self._timer: asyncio.TimerHandle | None = None
        self._taps: tuple[Tap, ...] = ()

    async def open(self) -> None:
        """Open the source once. Raises SourceError."""
        await self.source.open()
        self.health = Health(self._clock().loop)

    async def run(self) -> None:
        """Read until cancelled."""
        await self.source.run()

    async def close(self) -> None:
        """End `run` and close the source. When this returns, it can be opened again."""
        await self.source.close()
        self._stop_timer()

    def tap(self, listener: Tap) -> Callable[[], None]:
        """Let somebody have the raw bytes as they come; return what ends it."""
        self._taps = (*self._taps, listener)

        def remove() -> None:
            self._taps = tuple(each for each in self._taps if each is not listener)

        return remove

    def feed(self, data: bytes, at: Moment) -> None:
        """Read bytes that were heard at a moment."""
        for tap in self._taps:
            tap(data)
        self._last = at
        for event in self.decoder.receive(data, at.loop):
            self._hand_over(event, at)
        # Even if nothing is open: after a pause a message may stand without a frame.
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(self._waits.pause, self._end, None)

    def is_not_understood(self, now: float, seconds: float) -> bool:
        """Return whether bytes have come in the last seconds, and no whole message among them."""
        return now - (self.source.last_received or 0.0) < seconds <= now - self.health.whole_at

    def could_read(self, data: bytes) -> bool:
        """Return whether a decoder for this line finds a whole message in bytes, whatever it says."""
        events = self.line.decoder().receive(data)
        return any(not _is_damaged(event) for event in events)

    def _end(self, now: float | None) -> None:
        """Read what is open as it is: nothing will follow. `now` (loop seconds): for parts that wait for the next."""
        self._stop_timer()
        for event in self.decoder.end(self._clock().loop if now is None else now):
            self._hand_over(event, self._last)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _hand_over(self, event: Reading | Rejected, at: Moment) -> None:
        is_damaged = _is_damaged(event)
        self.health.update(at.loop, good=not is_damaged)
        if not is_damaged:
            self.source.settle()  # what comes is understood, whatever it says
        if isinstance(event, Reading):
            self.frames.append(event.raw)
        else:
            self.rejections[type(event.error).__name__] += 1
            # What was handled when it was raised, and where, would keep a connection that is gone in memory.
            event.error.__context__ = event.error.__traceback__ = None
            self.rejected.append(event)
        self._heard(event, at)

    def _source_changed(self, error: SourceError | None) -> None:
        if error:
            self._end(math.inf)  # the rest of what is open went with the source
        self._changed(error)


def _is_damaged(event: Reading | Rejected) -> bool:
    return isinstance(event, Rejected) and isinstance(event.error, FrameError)
