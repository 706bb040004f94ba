"""The contract of a framing reader, and checksums.

A reader is called with a buffer, the place of a start byte in it, and whether the line has ended. It

1. returns the `Frame` that begins there, its checksums verified, or
2. returns None: "so far it may be one, I need more bytes", or
3. raises `NotAFrame`: a start byte by chance, of which nobody needs to know, or
4. raises `FrameError`: a frame began and is broken.

With `ended`, no more bytes will come: a reader then raises instead of returning None. What it answers depends
on the bytes from its place on, and never on how they were cut.
"""

import binascii
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


def require_more(ended: bool, of_what: str) -> None:  # noqa: FBT001 - handed through from the reader's contract
    """Raise FrameError if the rest of a frame that has begun will never come."""
    if ended:
        raise FrameError(f"{of_what}: the rest never came")


_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_RESIDUE = 0x1D0F


def x25_is_right(data: bytes) -> bool:
    """Tell whether data that ends with its CRC-16/X-25 (low byte first) agrees with it.

    `crc_hqx` computes the CRC of the same polynomial with the bits of each byte the other way round. Over bytes
    turned round it leaves, for data followed by its own check, the residue 0xF0B8 turned round: 0x1D0F. This is
    ten times faster than a table in Python.
    """
    return binascii.crc_hqx(data.translate(_REVERSED), 0xFFFF) == _RESIDUE


def x25(data: bytes) -> bytes:
    """Return the CRC-16/X-25 of data as it is sent, low byte first."""
    crc = binascii.crc_hqx(data.translate(_REVERSED), 0xFFFF) ^ 0xFFFF
    return crc.to_bytes(2).translate(_REVERSED)


_FOLDS = tuple((bits, 14 * bits, (1 << 14 * bits) - 1) for bits in (512, 128, 32, 8, 2, 1))


def arc_is_right(data: bytes) -> bool:
    """Tell whether data that ends with its CRC-16/ARC (low byte first) agrees with it.

    It does if, as a polynomial over its bits, it is divisible by x^16 + x^15 + x^2 + 1 = (x + 1)(x^15 + x + 1).
    By x + 1 it is if the number of ones is even. For the other factor, read as a number low byte first, the bits
    stand the other way round, and so does the factor: x^15 + x^14 + 1. Then 1 = x^14 + x^15 and, squared over and
    over, 1 = x^(14n) + x^(15n) for n = 1, 2, 4 … So the lowest 14n bits may be added in above themselves, which
    takes thousands of bits at a time, and a factor x^(14n) is dropped from all.
    """
    number = int.from_bytes(data, "little")
    if number.bit_count() & 1:
        return False
    for bits, size, low in _FOLDS:
        while number.bit_length() > size + bits:
            lowest = number & low
            number = number >> size ^ lowest ^ lowest << bits
    return number == 0
