"""Frames as hex text, as some gateways print them: "7EA02A…7E", in upper or lower case, with or without blanks."""

from collections.abc import Mapping
import re

from .framing import Frame, NotAFrame, Reader

SIZES = (12, 2100, 8192)
"""Bytes to decode, each number only if the one before was not enough. Almost all false starts are seen in the first 12;
an HDLC frame has up to 2049 bytes, a P1 telegram some 8000."""
# More blanks in a row end a frame: any number of them could fill the memory.
_BLANKS, _BLANKS_OF_A_LINE = "[ \r\n]{0,4}", " {0,4}"
_PERHAPS_A_DIGIT = re.compile(rb"[0-9A-Fa-f]?")


def reader_of(readers: Mapping[int, Reader], *, of_one_line: bool) -> Reader:
    """Return a reader of hex text, which decodes it and calls the reader for its first byte.

    With `of_one_line` a message ends with its line of text at the latest: a line end counts as a pause.
    """
    blanks = _BLANKS_OF_A_LINE if of_one_line else _BLANKS
    runs = [(size, re.compile(f"(?:[0-9A-Fa-f]{{2}}{blanks}){{1,{size}}}".encode())) for size in SIZES]

    def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
        """Read the frame with its first digit at `at`. Its `raw` is bytes, and its `size` is characters of text.

        For example "7EA02A 4" is decoded to 7E A0 2A. The 4 may be the first digit of a fourth byte. So the reader for
        7E is called with `ended` only if the line has ended. With "7EA02A x" it always is: no digit can follow the A.
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

    Each round adds one character for each digit that is still missing, so it never goes too far.
    """
    size = 2 * count
    while missing := 2 * count - len(text[:size].translate(None, b" \r\n")):
        size += missing
    return size
