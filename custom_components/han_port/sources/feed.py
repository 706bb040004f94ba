"""Joins a source of bytes with its decoder: bytes in, readings out."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
import math

from ..analysis.health import Health
from ..decoder import FrameError, Moment, Reading, Rejected
from . import Clock, byte_source
from .errors import SourceError
from .rewriting import Rewriting, undone
from .settings import LineSettings
from .waits import USUAL_WAITS, Waits

__all__ = ["Feed", "Waits"]

KEPT_MESSAGES = 20
"""How many of the last messages are kept for a bug report."""

type Heard = Callable[[Reading | Rejected, Moment], None]
type Tap = Callable[[bytes], None]


class Feed:
    """A source of bytes and its decoder.

    Each reading, and each message that could not be read, is handed over with the moment of its last byte.
    """

    def __init__(
        self,
        line: LineSettings,
        heard: Heard,
        changed: Callable[[SourceError | None], None],
        *,
        clock: Clock,
        waits: Waits = USUAL_WAITS,
    ) -> None:
        """Prepare; nothing is opened yet."""
        self.line = line
        self.source = byte_source(line, self.feed, self._source_changed, clock=clock, waits=waits)
        self.decoder = line.decoder()
        self.rejections: Counter[str] = Counter()
        """Name of an error -> how often it occurred."""
        self.rejected: deque[Rejected] = deque(maxlen=KEPT_MESSAGES)
        self.frames: deque[bytes] = deque(maxlen=KEPT_MESSAGES)
        """The frames of the last readings."""
        self.unchecked = 0
        """How many readings had neither a checksum nor a tag."""
        self._heard, self._changed, self._clock, self._waits = heard, changed, clock, waits
        self.health = Health(clock().loop)
        self._last = clock()
        """When the last bytes were heard."""
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
        """Pass all raw bytes to a listener too, before they are read. Return the function that ends this."""
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
        # Even if no frame is open: after a pause a message without a frame may be complete.
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(self._waits.pause, self._end, None)

    def is_not_understood(self, now: float, seconds: float) -> bool:
        """Return whether bytes but no intact message have come in the last `seconds` before `now` (loop seconds)."""
        return now - (self.source.last_received or 0.0) < seconds <= now - self.health.whole_at

    def rewriting_of(self, data: bytes) -> Rewriting | None:
        """Return what a reader has done to bytes, if more messages are whole once that is undone."""
        whole = self._whole_messages(data)
        return next((each for each, sent in undone(data) if self._whole_messages(sent) > whole), None)

    def _whole_messages(self, data: bytes) -> int:
        """Return how many intact messages are in bytes, of whatever content."""
        decoder = self.line.decoder()
        return sum(not _is_damaged(event) for event in (*decoder.receive(data), *decoder.end()))

    def _end(self, now: float | None) -> None:
        """Read an open message as it is, since no more of it will come.

        `now` (loop seconds): the decoder decides by it whether to wait longer for the next part of a message.
        """
        self._stop_timer()
        for event in self.decoder.end(self._clock().loop if now is None else now):
            self._hand_over(event, self._last)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _hand_over(self, event: Reading | Rejected, at: Moment) -> None:
        is_damaged = _is_damaged(event)
        is_rewritten = is_damaged and self.rewriting_of(event.raw) is not None
        self.health.update(at.loop, good=not is_damaged, rewritten=is_rewritten)
        if not is_damaged:
            self.source.settle()  # an intact message proves the serial settings, whatever its content
        if isinstance(event, Reading):
            self.frames.append(event.raw)
            self.unchecked += not event.is_checked
        else:
            self.rejections[type(event.error).__name__] += 1
            # Its context and traceback would keep a connection that is gone in memory.
            event.error.__context__ = event.error.__traceback__ = None
            self.rejected.append(event)
        self._heard(event, at)

    def _source_changed(self, error: SourceError | None) -> None:
        if error:
            self._end(math.inf)  # the rest of an open message is lost with the source
        self._changed(error)


def _is_damaged(event: Reading | Rejected) -> bool:
    return isinstance(event, Rejected) and isinstance(event.error, FrameError)
