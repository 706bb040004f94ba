"""Frames as hex digits, as some gateways print them: "7EA02A…7E", in either case, with blanks or without."""

from collections.abc import Mapping
import re

from .framing import Frame, NotAFrame, Reader

SIZES = (12, 2100, 8192)
"""Bytes that are looked at, more only if these are not enough: nearly all false starts end within the first."""
# More blanks than these end a frame: they could fill the memory.
_BLANKS, _BLANKS_OF_A_LINE = "[ \r\n]{0,4}", " {0,4}"
_PERHAPS_A_DIGIT = re.compile(rb"[0-9A-Fa-f]?")


def reader_of(readers: Mapping[int, Reader], *, of_one_line: bool) -> Reader:
    """Return a reader of hex text that hands what it stands for to the reader of its first byte.

    With `of_one_line` a message ends with its line at the latest, which is as good as a pause.
    """
    blanks = _BLANKS_OF_A_LINE if of_one_line else _BLANKS
    runs = [(size, re.compile(f"(?:[0-9A-Fa-f]{{2}}{blanks}){{1,{size}}}".encode())) for size in SIZES]

    def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
        """Read the frame whose first digit is at `at`; its size is counted in characters of text, its `raw` in bytes.

        In "7EA02A 4" the pairs "7EA02A " stand for three bytes. The 4 may be the first digit of a fourth, so without
        `ended` their reader is asked as on a line that goes on. In "7EA02A x" nothing more can come.
        """
        sizes = iter(runs)
        while True:
            size, pairs = next(sizes)
            match = pairs.match(buffer, at)
            text = match[0] if match else b""
            data = bytearray.fromhex(text.decode())
            is_full = len(data) == size < SIZES[-1]
            is_open = is_full or (not ended and bool(_PERHAPS_A_DIGIT.fullmatch(buffer, at + len(text))))
            if is_open and not data:
                return None
            if not data or data[0] not in readers:
                raise NotAFrame
            frame = readers[data[0]](data, 0, not is_open)
            if frame or not is_full:
                return frame and frame._replace(size=_characters(text, len(frame.raw)))

    return read


def _characters(text: bytes, count: int) -> int:
    """Return how many characters the first `count` bytes of hex text take: in "7E A0 2A" two bytes take 5.

    Each round adds as many characters as digits are still missing, which never goes too far.
    """
    size = 2 * count
    while missing := 2 * count - len(text[:size].translate(None, b" \r\n")):
        size += missing
    return size
