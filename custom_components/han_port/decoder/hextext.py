"""Frames as hex digits, as some gateways print them: "7EA02A…7E", in either case, with blanks or without."""

from dataclasses import replace
import re

from .framing import Frame, NotAFrame, Reader

# More blanks than these end a frame: they could fill the memory.
_PAIR = re.compile(rb"[ \r\n]{0,4}[0-9A-Fa-f]{2}")
_PAIRS = re.compile(rb"(?:[0-9A-Fa-f]{2}[ \r\n]{0,4}){0,8192}")
_PAIRS_OF_A_LINE = re.compile(rb"(?:[0-9A-Fa-f]{2} {0,4}){0,8192}")
_OPEN = re.compile(rb"[0-9A-Fa-f]?")


def reader_of(readers: dict[int, Reader], *, of_one_line: bool) -> Reader:
    """Return a reader of hex text that hands what it stands for to the reader of its first byte.

    With `of_one_line` a message ends with its line at the latest, which is as good as a pause.
    """
    pairs = _PAIRS_OF_A_LINE if of_one_line else _PAIRS

    def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
        """Read the frame whose first digit is at `at`; it is counted in digits, and kept in bytes."""
        text = _matched(pairs, buffer, at)
        is_open = not ended and bool(_OPEN.fullmatch(buffer, at + len(text)))
        data = bytearray.fromhex(text.decode())
        if is_open and not data:
            return None
        if not data or data[0] not in readers:
            raise NotAFrame
        frame = readers[data[0]](data, 0, not is_open)
        if frame is None:
            return None
        end = at
        for _ in frame.raw:
            end += len(_matched(_PAIR, buffer, end))
        return replace(frame, size=end - at)

    return read


def _matched(pattern: re.Pattern[bytes], buffer: bytearray, at: int) -> bytes:
    """Return what a pattern that matches anything, were it nothing, matches here."""
    return match[0] if (match := pattern.match(buffer, at)) else b""
