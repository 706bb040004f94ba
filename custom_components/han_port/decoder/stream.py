"""Bytes in, frames out, and the one rule of resynchronising.

The rule: on any failure drop one byte and look again. What was dropped between a frame's broken beginning and
the next good frame is handed out as one `Rejected`, whole, so that damage is counted once for each frame it
hit and can be looked at. Bytes that never looked like a frame are noise: counted, not kept.
"""

from collections.abc import Iterator
import re

from . import bare, hdlc, p1
from .errors import FrameError
from .framing import Frame, NotAFrame, Reader
from .reading import Rejected

READERS: dict[int, Reader] = {hdlc.FLAG: hdlc.read, p1.START: p1.read, **dict.fromkeys(bare.STARTS, bare.read)}

_FRAMED = re.compile(re.escape(bytes(READERS.keys() - bare.STARTS)).join((b"[", b"]")))
LONGEST_REJECTED = 2048
"""Bytes. A longer damaged stretch is handed out in pieces, which bounds the buffer."""


class FrameStream:
    """Cuts a line into frames.

    Holds at most the longest frame, the longest rejected stretch and what was just received.
    """

    def __init__(self) -> None:
        """Begin with an empty line."""
        self.noise = 0
        """Bytes that were no part of anything. Flags are not counted: they may fill the time between frames."""
        self._buffer = bytearray()
        self._at = 0  # where to look next
        self._lost = 0  # where the damaged stretch begins that has not been handed out yet
        self._rest = 0  # where the last frame ended
        self._fault: FrameError | None = None
        self._framed = False

    def __len__(self) -> int:
        """Return how many bytes are held back."""
        return len(self._buffer)

    def receive(self, data: bytes) -> Iterator[Frame | Rejected]:
        """Take what came down the line; yield each frame and each damaged stretch that it completes."""
        self._buffer += data
        yield from self._cut(ended=False)

    def end(self) -> Iterator[Frame | Rejected]:
        """Take note that the line has paused or ended: what is open now will not be completed."""
        yield from self._cut(ended=True)

    def _cut(self, *, ended: bool) -> Iterator[Frame | Rejected]:
        while reader := self._next_start():
            yield from self._damage(to_the_end=False)
            try:
                frame = reader(self._buffer, self._at, ended)
            except NotAFrame:
                self._at += 1
            except FrameError as fault:
                if self._fault is None:
                    self._drop_noise()
                    self._fault = fault
                self._at += 1
            else:
                if frame is None:
                    break
                yield from self._damage(to_the_end=True)
                self._framed = self._framed or reader is not bare.read
                self._at += frame.size
                self._lost = self._rest = self._at
                yield frame
        yield from self._damage(to_the_end=ended)
        if ended:
            self._rest = self._at
        self._forget()

    def _next_start(self) -> Reader | None:
        """Go on to the next start byte and return its reader; go to the end and return None if there is none."""
        if self._at == self._rest < len(self._buffer) and not self._framed and self._buffer[self._at] in bare.STARTS:
            return bare.read
        found = _FRAMED.search(self._buffer, self._at)
        self._at = found.start() if found else len(self._buffer)
        return READERS[self._buffer[self._at]] if found else None

    def _damage(self, *, to_the_end: bool) -> Iterator[Rejected]:
        """Yield the damaged stretch up to here: whole pieces of it, or all; count as noise what is none."""
        while self._fault and (to_the_end or self._at - self._lost >= LONGEST_REJECTED):
            end = min(self._at, self._lost + LONGEST_REJECTED)
            rejected = Rejected(self._fault, bytes(self._buffer[self._lost : end]))
            self._lost, self._fault = end, None
            yield rejected
        if self._fault is None:
            self._drop_noise()

    def _drop_noise(self) -> None:
        self.noise += self._at - self._lost - self._buffer.count(hdlc.FLAG, self._lost, self._at)
        self._lost = self._at

    def _forget(self) -> None:
        """Let go of what has been handed out."""
        done = self._lost
        del self._buffer[:done]
        self._at -= done
        self._rest -= done
        self._lost = 0
