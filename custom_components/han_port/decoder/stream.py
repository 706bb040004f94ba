"""Bytes in, frames out, and the one rule of resynchronising.

The rule: on any failure drop one byte and look again. What was dropped between a frame's broken beginning and
the next good frame is handed out as one `Rejected`, whole, so that damage is counted once for each frame it
hit and can be looked at. Bytes that never looked like a frame are noise: counted, not kept.
"""

from collections.abc import Iterable, Iterator
import re

from . import bare, hdlc, hextext, mbus, p1
from .errors import FrameError
from .framing import Frame, NotAFrame, Reader
from .reading import Rejected

type Readers = dict[int, Reader]


def _and_as_hex(readers: Readers, digits: bytes, *, of_one_line: bool) -> Readers:
    """Add hex text, whose first digits are these, to what can be read."""
    return {**readers, **dict.fromkeys(digits, hextext.reader_of(readers, of_one_line=of_one_line))}


READERS = _and_as_hex({hdlc.FLAG: hdlc.read, mbus.START: mbus.read, p1.START: p1.read}, b"762", of_one_line=False)
"""First byte -> the reader of what may begin with it, anywhere."""
BARE_READERS = _and_as_hex(dict.fromkeys(b"\xe6\x0f\xe0\xdb\xdc", bare.read), b"0EeDd", of_one_line=True)
"""The same for what has no framing: where a line begins, or after a pause or another such message."""
BARE_READERS_ANYWHERE = _and_as_hex(dict.fromkeys(b"\xe6\x0f\xdb\xdc", bare.read_anywhere), b"0EeDd", of_one_line=True)
"""And on a line that has never shown a frame. On others such bytes are pieces of damaged frames."""

_FRAMED = (hdlc.FLAG, mbus.START, p1.START)
_START = re.compile(rb"\x7e(?:[\xa0-\xaf]|\Z)|\x68|/(?:[A-Za-z]|\Z)|7(?:[Ee]|\Z)|6(?:8|\Z)|2(?:[Ff]|\Z)")
"""What may begin a frame, with what of it is seen at a glance: a flag before another one, or a slash, begins none."""
_BARE_START = rb"|\xe6(?:[\xe6\xe7]|\Z)|[\x0f\xdb\xdc]|0(?:[Ff]|\Z)|[Ee](?:6|\Z)|[Dd](?:[BbCc]|\Z)"
_START_ANYWHERE = re.compile(_START.pattern + _BARE_START)
NOWHERE = -1
_LINE_END = tuple(b"\r\n")
_BETWEEN = b"\x7e\r\n"
LONGEST_REJECTED = 2048
"""Bytes. A longer damaged stretch is handed out in pieces, which bounds the buffer."""


class FrameStream:
    """Cuts a line into frames.

    Holds at most the longest frame, the longest rejected stretch and what was just received.
    """

    def __init__(self) -> None:
        """Begin with an empty line."""
        self.noise = 0
        """Bytes that were no part of anything. Flags and line ends are not counted: they may stand between frames."""
        self._buffer = bytearray()
        self._at = 0  # where to look next
        self._lost = 0  # where the damaged stretch begins that has not been handed out yet
        self._rest = 0  # where a message without a frame may begin
        self._fault: FrameError | None = None
        self._framed = False

    def __len__(self) -> int:
        """Return how many bytes are held back."""
        return len(self._buffer)

    def receive(self, data: bytes) -> Iterator[Frame | Rejected]:
        """Take what came down the line; yield each frame and each damaged stretch that it completes."""
        self._buffer += data
        return self._cut(ended=False)

    def end(self) -> Iterator[Frame | Rejected]:
        """Take note that the line has paused or ended: what is open now will not be completed."""
        return self._cut(ended=True)

    def _cut(self, *, ended: bool) -> Iterator[Frame | Rejected]:
        while reader := self._next_start():
            yield from self._damage(to_the_end=False)
            try:
                frame = reader(self._buffer, self._at, ended)
            except NotAFrame:
                self._at += 1
            except FrameError as fault:
                self._fault = self._fault or fault
                self._at += 1
            else:
                if frame is None:
                    break
                yield from self._damage(to_the_end=True)
                self._at += frame.size
                self._lost = self._at
                if frame.raw[0] in _FRAMED:
                    self._framed, self._rest = True, NOWHERE
                else:
                    self._rest = self._at
                yield frame
        yield from self._damage(to_the_end=ended)
        if ended:
            self._rest = self._at
        self._forget()

    def _next_start(self) -> Reader | None:
        """Go on to the next start byte and return its reader; go to the end and return None if there is none."""
        if self._at == self._rest:
            while self._first in _LINE_END:
                self._at = self._rest = self._at + 1
            if reader := BARE_READERS.get(self._first):
                return reader
        framed = self._framed or (self._fault and self._buffer[self._lost] in READERS)
        found = (_START if framed else _START_ANYWHERE).search(self._buffer, self._at)
        if not found:
            self._at = len(self._buffer)
            return None
        self._at = found.start()
        return READERS.get(self._first) or BARE_READERS_ANYWHERE[self._first]

    @property
    def _first(self) -> int:
        """The byte to look at; 256, which is none, at the end."""
        return self._buffer[self._at] if self._at < len(self._buffer) else 0x100

    def _damage(self, *, to_the_end: bool) -> Iterable[Rejected]:
        """Yield the damaged stretch up to here: whole pieces of it, or all; count as noise what is none."""
        return self._pieces(to_the_end=to_the_end) if self._lost < self._at else ()

    def _pieces(self, *, to_the_end: bool) -> Iterator[Rejected]:
        while self._fault and (to_the_end or self._at - self._lost >= LONGEST_REJECTED):
            end = min(self._at, self._lost + LONGEST_REJECTED)
            rejected = Rejected(self._fault, bytes(self._buffer[self._lost : end]))
            self._lost, self._fault = end, None
            yield rejected
        if self._fault is None:
            self._drop_noise()

    def _drop_noise(self) -> None:
        self.noise += len(self._buffer[self._lost : self._at].translate(None, _BETWEEN))
        self._lost = self._at

    def _forget(self) -> None:
        """Let go of what has been handed out."""
        done = self._lost
        del self._buffer[:done]
        self._at -= done
        self._rest = self._rest - done if self._rest >= done else NOWHERE
        self._lost = 0
