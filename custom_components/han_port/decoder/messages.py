"""Joins frames into whole messages: first the segments of the framing, then the blocks of a general block transfer."""

from collections.abc import Iterable, Iterator
import math

from .blocks import unwrapped
from .framing import Frame
from .reading import Rejected
from .segments import Chain
from .stream import FrameStream


class MessageStream:
    """Cuts a line into messages: frames with a whole message as `content`, and in `raw` all bytes that brought it."""

    def __init__(self) -> None:
        """Begin with an empty line."""
        self.frames = FrameStream()
        self._segments = Chain()
        self._blocks = Chain()

    def receive(self, data: bytes, now: float = 0.0) -> Iterator[Frame | Rejected]:
        """Yield the messages that bytes received at `now` (s) complete."""
        return self._join(self.frames.receive(data), now)

    def end(self, now: float = math.inf) -> Iterator[Frame | Rejected]:
        """Yield what is complete now that the line has paused at `now` (s), or has ended (infinite)."""
        yield from self._join(self.frames.end(), now)
        for chain in (self._segments, self._blocks):
            yield from chain.expire(now)

    def _join(self, found: Iterable[Frame | Rejected], now: float) -> Iterator[Frame | Rejected]:
        for chain in (self._segments, self._blocks):
            yield from chain.expire(now)
        for frame in found:
            for joined in self._segments.add(frame, now):
                yield from self._blocks.add(unwrapped(joined), now)
