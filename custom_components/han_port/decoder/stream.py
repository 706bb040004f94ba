"""Bytes in, frames out, and the one rule of resynchronising.

The rule: on any failure drop one byte and look again. What was dropped between a frame's broken beginning and
the next good frame is handed out as one `Rejected`, whole, so that damage is counted once for each frame it
hit and can be looked at. Bytes that never looked like a frame are noise: counted, not kept.
"""

from collections.abc import Iterable, Iterator, Mapping
import re
from types import MappingProxyType

from . import bare, hextext
from .errors import FrameError
from .framing import Frame, Framing, NotAFrame, Reader
from .framings import BARE, FRAMINGS
from .reading import Rejected

_FRAMED = frozenset(row.first for row in FRAMINGS)
_BARE_ANYWHERE = tuple(row for row in BARE if row.first != bare.BLOCK[0])
"""A block is looked for where a line begins only: its first byte alone tells too little."""

type Readers = Mapping[int, Reader]


def _and_as_hex(readers: Readers, *, of_one_line: bool) -> Readers:
    """Add hex text to what can be read: its first byte is the first digit of what it stands for."""
    digits = "".join(f"{first:02X}"[0] for first in readers)
    hex_reader = hextext.reader_of(readers, of_one_line=of_one_line)
    return MappingProxyType({**readers, **dict.fromkeys((digits + digits.lower()).encode(), hex_reader)})


READERS = _and_as_hex({row.first: row.read for row in FRAMINGS}, of_one_line=False)
"""First byte -> the reader of what may begin with it, anywhere."""
BARE_READERS = _and_as_hex({row.first: row.read for row in BARE}, of_one_line=True)
"""The same for what has no framing: where a line begins, or after a pause or another such message."""
BARE_READERS_ANYWHERE = _and_as_hex({row.first: bare.read_anywhere for row in _BARE_ANYWHERE}, of_one_line=True)
"""And on a line that has never shown a frame. On others such bytes are pieces of damaged frames."""


def _starts(row: Framing) -> Iterator[bytes]:
    r"""Yield what a frame begins with, as bytes and as hex text: rb"\x7e(?:[\xa0-\xaf]|\Z)" and rb"[7](?:[Ee]|\Z)"."""
    first = re.escape(bytes((row.first,)))
    yield rb"%b(?:%b|\Z)" % (first, row.second) if row.second else first
    high, low = (f"[{digit}{digit.lower()}]".encode() for digit in f"{row.first:02X}")
    yield rb"%b(?:%b|\Z)" % (high, low)


def _start_of_any(rows: Iterable[Framing]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(start for row in rows for start in _starts(row)))


_FRAME_START = _start_of_any(FRAMINGS)
"""Candidate frame starts. The second byte is checked too, so that back-to-back flags and stray slashes are skipped."""
_ANY_START = _start_of_any((*FRAMINGS, *_BARE_ANYWHERE))
NOWHERE = -1
_LINE_END = tuple(b"\r\n")
_BETWEEN = b"\x7e\r\n"
MAX_REJECTED_SIZE = 2048
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
        found = (_FRAME_START if framed else _ANY_START).search(self._buffer, self._at)
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
        while self._fault and (to_the_end or self._at - self._lost >= MAX_REJECTED_SIZE):
            end = min(self._at, self._lost + MAX_REJECTED_SIZE)
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
