"""Bytes in, whole messages out: what came in parts is put together, the framing's own first."""

from collections.abc import Iterable, Iterator
import math

from .blocks import unwrapped
from .framing import Frame
from .reading import Rejected
from .segments import Chain
from .stream import FrameStream


class MessageStream:
    """Cuts a line into messages: frames of which `content` is all of it, and `raw` all bytes that brought it."""

    def __init__(self) -> None:
        """Begin with an empty line."""
        self.frames = FrameStream()
        self._segments = Chain()
        self._blocks = Chain()

    def receive(self, data: bytes, now: float = 0.0) -> Iterator[Frame | Rejected]:
        """Take what came down the line at a second; yield what it completes."""
        return self._join(self.frames.receive(data), now)

    def end(self, now: float = math.inf) -> Iterator[Frame | Rejected]:
        """Take note that the line has paused, or (`now` infinite) has ended."""
        yield from self._join(self.frames.end(), now)
        for chain in (self._segments, self._blocks):
            yield from chain.give_up(now)

    def _join(self, found: Iterable[Frame | Rejected], now: float) -> Iterator[Frame | Rejected]:
        for chain in (self._segments, self._blocks):
            yield from chain.give_up(now)
        for frame in found:
            for joined in self._segments.take(frame, now):
                yield from self._blocks.take(unwrapped(joined), now)
