"""The contract of a framing reader.

A reader is called with a buffer, the place of a start byte in it, and whether the line has ended. It

1. returns the `Frame` that begins there, with verified checksums, or
2. returns None: it may be a frame, but more bytes are needed to know, or
3. raises `NotAFrame`: the start byte was there by chance, which needs no report, or
4. raises `FrameError`: a frame began and is broken.

If the line has `ended`, no more bytes will come: a reader then raises instead of returning None. The answer depends on
the bytes from the given place on, and never on how they were cut.
"""

from collections.abc import Callable
from typing import NamedTuple

from .errors import FrameError

LLC = (b"\xe6\xe7\x00", b"\xe6\xe6\x00")
"""The LLC header of HDLC, in the direction from the meter, and the one that some meters send instead."""


def without_llc(content: bytes) -> bytes:
    """Return a content without its LLC header, if it has one: the APDU."""
    return content[3:] if content.startswith(LLC) else content


class NotAFrame(Exception):  # noqa: N818 - the name says what it is; nothing went wrong
    """A byte looks like the start of a frame, but is not one."""


class Part(NamedTuple):
    """The place of a segment or block among those that make up one content."""

    number: int | None
    """From 0; None if the framing does not number them (HDLC)."""
    last: bool


class Frame(NamedTuple):
    """One frame from the line."""

    raw: bytes
    """All its bytes, as they came."""
    content: bytes
    """What it carries: an APDU (with the LLC header, if the framing has one), or the text of a telegram."""
    size: int
    """How many bytes of the buffer are used up. A closing HDLC flag is not: it may open the next frame as well."""
    trusted: bool = True
    """Whether the content can be relied on: the checksum was right, or a message without framing began where one is
    expected. If not, the content must show by itself that it is a message."""
    part: Part | None = None
    """Which part of a longer content this is; None if the content is whole."""


type Reader = Callable[[bytearray, int, bool], Frame | None]


class Framing(NamedTuple):
    """One way in which messages come down a line: a row of the table in framings.py."""

    name: str
    """For people, the same in every language."""
    first: int
    """The first byte of a frame."""
    second: bytes
    """A regular expression for the second byte, which rules out most false starts; empty if it may be any."""
    read: Reader
    replace_content: Callable[[bytes, bytes], bytes]
    """Return a frame (first argument) with new bytes (second argument) in place of as many at the end of its content,
    and with the checksum for them."""


def raise_if_ended(ended: bool, of_what: str) -> None:  # noqa: FBT001 - as the reader's contract has it
    """Raise FrameError if the line has ended within a frame, whose rest will never come."""
    if ended:
        raise FrameError(f"{of_what}: the rest never came")
