"""Joins what comes in parts: HDLC and M-Bus segments, and the blocks of a general block transfer.

Parts come one right after the other, or not at all. Where one is missing, or anything damaged came in between,
what was there before is let go, in one piece, so that the loss of a message is counted once.
"""

from collections.abc import Iterable, Iterator

from .errors import FrameError
from .framing import Frame, Part
from .reading import Rejected

MAX_SECONDS_BETWEEN_PARTS = 5.0
"""Seconds from a part to the next. A real one takes 1.1 s at 2400 baud; the next message comes after 5 s or more."""
MAX_JOINED_SIZE = 0x4000


class Chain:
    """One content that is on its way in parts."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._parts: list[Frame] = []
        self._until = 0.0

    def take(self, found: Frame | Rejected, now: float) -> Iterable[Frame | Rejected]:
        """Take what comes next on the line, at this second; return what is whole, and what was lost."""
        part = found.part if isinstance(found, Frame) else None
        return self._take(found, part, now) if part or self._parts else (found,)

    def _take(self, found: Frame | Rejected, part: Part | None, now: float) -> Iterator[Frame | Rejected]:
        if part is None or not self._is_next(part):
            yield from self.let_go("a part of it is missing")
        if part is None or not isinstance(found, Frame):
            yield found
        elif self._parts or part.number == 0:
            yield from self._add(found, part, now)
        elif part.number is None and part.last:
            yield found._replace(part=None)  # HDLC without the header of a first segment: its content will tell
        else:
            yield Rejected(FrameError("a part of a message whose beginning is missing"), found.raw)

    def _add(self, found: Frame, part: Part, now: float) -> Iterator[Frame | Rejected]:
        self._parts.append(found)
        self._until = now + MAX_SECONDS_BETWEEN_PARTS
        if part.last:
            yield self._joined()
        elif sum(len(each.content) for each in self._parts) > MAX_JOINED_SIZE:
            yield from self.let_go("it is longer than any that is known")

    def give_up(self, now: float) -> Iterable[Rejected]:
        """Let go of what has waited for its next part for too long."""
        return self.let_go("the rest never came") if self._parts and now >= self._until else ()

    def let_go(self, why: str) -> Iterator[Rejected]:
        """Let go of what is there."""
        if self._parts:
            raw = b"".join(each.raw for each in self._parts)
            error = FrameError(f"a message in parts, of which {len(self._parts)} were there: {why}")
            self._parts = []
            yield Rejected(error, raw)

    def _is_next(self, part: Part) -> bool:
        """Tell whether a part continues the chain; HDLC numbers nothing but the first."""
        return part.number is None or part.number == len(self._parts)

    def _joined(self) -> Frame:
        parts, self._parts = self._parts, []
        raw = b"".join(each.raw for each in parts)
        content = b"".join(each.content for each in parts)
        return Frame(raw, content, len(raw), all(each.guarded for each in parts))
