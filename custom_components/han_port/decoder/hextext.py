"""Frames as hex digits, as some gateways print them: "7EA02A…7E", in either case, with blanks or without."""

from collections.abc import Mapping
import re

from .framing import Frame, NotAFrame, Reader

SIZES = (12, 2100, 8192)
"""Bytes that are looked at, more only if these are not enough: nearly all false starts end within the first."""
# More blanks than these end a frame: they could fill the memory.
_BLANKS, _BLANKS_OF_A_LINE = "[ \r\n]{0,4}", " {0,4}"
_PAIR = re.compile(rb"[ \r\n]{0,4}[0-9A-Fa-f]{2}")
_OPEN = re.compile(rb"[0-9A-Fa-f]?")


def reader_of(readers: Mapping[int, Reader], *, of_one_line: bool) -> Reader:
    """Return a reader of hex text that hands what it stands for to the reader of its first byte.

    With `of_one_line` a message ends with its line at the latest, which is as good as a pause.
    """
    blanks = _BLANKS_OF_A_LINE if of_one_line else _BLANKS
    runs = [re.compile(f"(?:[0-9A-Fa-f]{{2}}{blanks}){{0,{size}}}".encode()) for size in SIZES]

    def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
        """Read the frame whose first digit is at `at`; it is counted in digits, and kept in bytes."""
        sizes = zip(SIZES, runs, strict=True)
        while True:
            size, run = next(sizes)
            text = _matched(run, buffer, at)
            data = bytearray.fromhex(text.decode())
            goes_on = len(data) == size < SIZES[-1]
            is_open = goes_on or (not ended and bool(_OPEN.fullmatch(buffer, at + len(text))))
            if is_open and not data:
                return None
            if not data or data[0] not in readers:
                raise NotAFrame
            frame = readers[data[0]](data, 0, not is_open)
            if frame or not goes_on:
                return frame and frame._replace(size=_digits(buffer, at, len(frame.raw)))

    return read


def _digits(buffer: bytearray, at: int, count: int) -> int:
    """Return how long so many bytes are as digits, with the blanks between them."""
    end = at
    for _ in range(count):
        end += len(_matched(_PAIR, buffer, end))
    return end - at


def _matched(pattern: re.Pattern[bytes], buffer: bytearray, at: int) -> bytes:
    """Return what a pattern that matches anything, were it nothing, matches here."""
    return match[0] if (match := pattern.match(buffer, at)) else b""
