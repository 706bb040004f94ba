"""The contract of a framing reader.

A reader is called with a buffer, the place of a start byte in it, and whether the line has ended. It

1. returns the `Frame` that begins there, its checksums verified, or
2. returns None: "so far it may be one, I need more bytes", or
3. raises `NotAFrame`: a start byte by chance, of which nobody needs to know, or
4. raises `FrameError`: a frame began and is broken.

With `ended`, no more bytes will come: a reader then raises instead of returning None. What it answers depends
on the bytes from its place on, and never on how they were cut.
"""

from collections.abc import Callable
from typing import NamedTuple

from .errors import FrameError

LLC = (b"\xe6\xe7\x00", b"\xe6\xe6\x00")
"""The LLC header of HDLC, in the direction from the meter (and what some send instead)."""


def without_llc(content: bytes) -> bytes:
    """Return an APDU without the LLC header in front of it, if there is one."""
    return content[3:] if content.startswith(LLC) else content


class NotAFrame(Exception):  # noqa: N818 - the name says what it is; nothing went wrong
    """A byte that looked like the start of a frame and is not one."""


class Part(NamedTuple):
    """A segment's place in the chain of segments that make one content."""

    number: int | None
    """From 0; None where the framing does not number them (HDLC)."""
    last: bool


class Frame(NamedTuple):
    """One frame of the line."""

    raw: bytes
    """All of it, as it came."""
    content: bytes
    """What it carries: an APDU, with the LLC header where the framing has one."""
    size: int
    """Bytes to go on by. A closing HDLC flag is not counted, since it may open the next frame as well."""
    guarded: bool = True
    """Whether its checksum was right or, without framing, it stood where a message begins. Else the content has to
    prove itself."""
    part: Part | None = None
    """Which part of a longer content this is; None if it is all of it."""


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
    """Return a frame (first argument) whose content ends with other bytes (second argument) in the place of as many
    old ones, and whose checksum is right again."""


def require_more(ended: bool, of_what: str) -> None:  # noqa: FBT001 - handed through from the reader's contract
    """Raise FrameError if the rest of a frame that has begun will never come."""
    if ended:
        raise FrameError(f"{of_what}: the rest never came")
