"""Joins a content that comes in parts: HDLC and M-Bus segments, and the blocks of a general block transfer.

The parts come right after each other. If one is missing, or something damaged comes between them, the parts so far
are dropped together as one `Rejected`, so that one lost message is counted once.
"""

from collections.abc import Iterable, Iterator

from .errors import FrameError
from .framing import Frame, Part
from .reading import Rejected

MAX_SECONDS_BETWEEN_PARTS = 5.0
"""A part takes up to 1.1 s at 2400 baud, and the next message of a meter begins after 5 s or more."""
MAX_JOINED_SIZE = 0x4000
"""Bytes of content, far above all that is known: it bounds the memory."""


class Chain:
    """The parts of one content, as far as they have come."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts: list[Frame] = []
        self._until = 0.0

    def add(self, found: Frame | Rejected, now: float) -> Iterable[Frame | Rejected]:
        """Add what came next on the line, at `now` (s). Return the contents that are whole, and what was lost."""
        part = found.part if isinstance(found, Frame) else None
        return self._place(found, part, now) if part or self._parts else (found,)

    def _place(self, found: Frame | Rejected, part: Part | None, now: float) -> Iterator[Frame | Rejected]:
        if part is None or not self._is_next(part):
            yield from self.drop("a part of it is missing")
        if part is None or not isinstance(found, Frame):
            yield found
        elif self._parts or part.number == 0:
            yield from self._append(found, part, now)
        elif part.number is None and part.last:
            yield found._replace(part=None)  # HDLC, whole, without an LLC header: its content shows whether it is one
        else:
            yield Rejected(FrameError("a part of a message without its beginning"), found.raw)

    def _append(self, found: Frame, part: Part, now: float) -> Iterator[Frame | Rejected]:
        self._parts.append(found)
        self._until = now + MAX_SECONDS_BETWEEN_PARTS
        if part.last:
            yield self._joined()
        elif sum(len(each.content) for each in self._parts) > MAX_JOINED_SIZE:
            yield from self.drop("it is longer than any that is known")

    def expire(self, now: float) -> Iterable[Rejected]:
        """Drop the parts if at `now` (s) they have waited too long for the next."""
        return self.drop("the rest never came") if self._parts and now >= self._until else ()

    def drop(self, why: str) -> Iterator[Rejected]:
        """Drop the parts so far and yield them as one `Rejected`, with the reason."""
        if self._parts:
            raw = b"".join(each.raw for each in self._parts)
            error = FrameError(f"a message in parts, {len(self._parts)} of which came: {why}")
            self._parts = []
            yield Rejected(error, raw)

    def _is_next(self, part: Part) -> bool:
        """Return whether a part continues the chain. Of HDLC segments only the first has a number, 0."""
        return part.number is None or part.number == len(self._parts)

    def _joined(self) -> Frame:
        parts, self._parts = self._parts, []
        raw = b"".join(each.raw for each in parts)
        content = b"".join(each.content for each in parts)
        return Frame(raw, content, len(raw), all(each.trusted for each in parts))
