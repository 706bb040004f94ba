"""Cuts the bytes of a line into frames, with one rule for damage.

The rule: on any failure drop one byte and look again. All bytes between the start of a broken frame and the next good
frame are returned as one `Rejected`, so that damage is counted once and can be looked at. Bytes that never looked like
a frame are noise: they are counted and not kept. For example, with one wrong bit in the first of two frames:

    7E A0 2A 41 08 83 13 04 .. (wrong bit) .. 7E   7E A0 27 01 02 01 10 .. 7E

At the first 7E the header is right and the frame checksum is not: a FrameError, which is remembered. Its other bytes
begin no frame. The 7E at its end is followed by another, so it begins none either. At the third 7E a good frame is
found. So the first frame is returned as `Rejected`, with the error that came first, and then the second as `Frame`.
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
"""Bare messages that are looked for anywhere. Not so a block: it has too little by which a false start can be seen."""

type Readers = Mapping[int, Reader]


def _and_as_hex(readers: Readers, *, of_one_line: bool) -> Readers:
    """Return the readers, and a reader of hex text for each digit that the text of a frame may begin with."""
    digits = "".join(f"{first:02X}"[0] for first in readers)
    hex_reader = hextext.reader_of(readers, of_one_line=of_one_line)
    return MappingProxyType({**readers, **dict.fromkeys((digits + digits.lower()).encode(), hex_reader)})


READERS = _and_as_hex({row.first: row.read for row in FRAMINGS}, of_one_line=False)
"""First byte -> the reader of a frame, which may begin anywhere."""
BARE_READERS = _and_as_hex({row.first: row.read for row in BARE}, of_one_line=True)
"""First byte -> the reader of a bare message, where one is expected: first of all, after a pause of the line, and after
another bare message."""
BARE_READERS_ANYWHERE = _and_as_hex({row.first: bare.read_anywhere for row in _BARE_ANYWHERE}, of_one_line=True)
"""First byte -> the reader of a bare message at any other place, while no frame has been seen yet. On a line with
frames such bytes are parts of damaged frames."""


def _starts(row: Framing) -> Iterator[bytes]:
    r"""Yield patterns of how a frame begins, as bytes and as hex text: `\x7e(?:[\xa0-\xaf]|\Z)` and `[77](?:[Ee]|\Z)`.

    The second byte, or digit, is checked if it is there, so that the reader is not called for most false starts.
    """
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
_BETWEEN_FRAMES = b"\x7e\r\n"
MAX_REJECTED_SIZE = 2048
"""Bytes. A longer damaged stretch is returned in pieces, so that the buffer is bounded."""


class FrameStream:
    """Cuts the bytes of a line into frames.

    Its buffer holds at most the longest frame, the longest rejected piece and the bytes that were just received.
    """

    def __init__(self) -> None:
        """Begin with an empty line."""
        self.noise = 0
        """Number of bytes that were part of nothing, without flags and line ends, which may be between frames."""
        self._buffer = bytearray()
        self._at = 0  # where to look next
        self._damage_start = 0  # the first byte that was not yet returned in a frame or as damage, or counted as noise
        self._bare_start = 0  # where a bare message is expected
        self._fault: FrameError | None = None
        self._framed = False

    def __len__(self) -> int:
        """Return the number of bytes in the buffer."""
        return len(self._buffer)

    def receive(self, data: bytes) -> Iterator[Frame | Rejected]:
        """Add bytes from the line, and yield each frame and each damaged stretch that they complete."""
        self._buffer += data
        return self._cut(ended=False)

    def end(self) -> Iterator[Frame | Rejected]:
        """Yield what is left now that the line has paused or ended: an open frame will not be completed."""
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
                self._damage_start = self._at
                if frame.raw[0] in _FRAMED:
                    self._framed, self._bare_start = True, NOWHERE
                else:
                    self._bare_start = self._at
                yield frame
        yield from self._damage(to_the_end=ended)
        if ended:
            self._bare_start = self._at
        self._release()

    def _next_start(self) -> Reader | None:
        """Move to the next candidate start and return its reader; move to the end and return None if there is none."""
        if self._at == self._bare_start:
            while self._first in _LINE_END:
                self._at = self._bare_start = self._at + 1
            if reader := BARE_READERS.get(self._first):
                return reader
        found = self._search()
        if not found:
            self._at = len(self._buffer)
            return None
        self._at = found.start()
        return READERS.get(self._first) or BARE_READERS_ANYWHERE[self._first]

    def _search(self) -> re.Match[bytes] | None:
        """Return the next place where a frame, or a bare message, may begin.

        Bare messages are not looked for in a damaged frame. What is damaged is forgotten piece by piece, so after the
        piece they are looked for again, whether more bytes have been received yet or not.
        """
        if self._framed:
            return _FRAME_START.search(self._buffer, self._at)
        if not (self._fault and self._buffer[self._damage_start] in READERS):
            return _ANY_START.search(self._buffer, self._at)
        end = self._damage_start + MAX_REJECTED_SIZE
        return _FRAME_START.search(self._buffer, self._at, end) or _ANY_START.search(self._buffer, end)

    @property
    def _first(self) -> int:
        """The next byte to look at, or 256 at the end."""
        return self._buffer[self._at] if self._at < len(self._buffer) else 0x100

    def _damage(self, *, to_the_end: bool) -> Iterable[Rejected]:
        """Yield the damage up to here: all of it, or only pieces of the maximum size. If there is none, count noise."""
        return self._pieces(to_the_end=to_the_end) if self._damage_start < self._at else ()

    def _pieces(self, *, to_the_end: bool) -> Iterator[Rejected]:
        while self._fault and (to_the_end or self._at - self._damage_start >= MAX_REJECTED_SIZE):
            end = min(self._at, self._damage_start + MAX_REJECTED_SIZE)
            rejected = Rejected(self._fault, bytes(self._buffer[self._damage_start : end]))
            self._damage_start, self._fault = end, None
            yield rejected
        if self._fault is None:
            self._drop_noise()

    def _drop_noise(self) -> None:
        self.noise += len(self._buffer[self._damage_start : self._at].translate(None, _BETWEEN_FRAMES))
        self._damage_start = self._at

    def _release(self) -> None:
        """Remove from the buffer what is done with."""
        done = self._damage_start
        del self._buffer[:done]
        self._at -= done
        self._bare_start = self._bare_start - done if self._bare_start >= done else NOWHERE
        self._damage_start = 0
