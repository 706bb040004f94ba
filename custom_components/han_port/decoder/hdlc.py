"""HDLC frames, type 3 (IEC 62056-46). Each may be a segment of a longer content.

    7E | format, 2 bytes | destination, 1 to 4 | source, 1 to 4 | control | HCS, 2 | information | FCS, 2 | 7E

Format: 1010 S LLLLLLLLLLL. S: more segments follow. L: number of bytes from the format to the FCS, both included.
Nothing is escaped: a flag byte inside a frame is data. So a frame is cut by its length and never by the next flag.
Addresses and control differ between makers and say nothing about the content; they are skipped.
"""

from .checksums import x25, x25_is_right
from .errors import FrameError
from .framing import LLC, Frame, NotAFrame, Part, raise_if_ended

FLAG = 0x7E
_TYPE_3 = 0xA0
_MORE_SEGMENTS = 0x08
_FLAG_AND_FORMAT = 3  # bytes
_CHECK_SIZE = 2  # of the HCS, and of the FCS
_FCS_AND_FLAG = 3  # bytes
_MIN_LENGTH = 9  # with addresses of one byte each, and no information
_MAX_ADDRESS_SIZE = 4


def _address_end(buffer: bytearray, at: int) -> int:
    """Return the place after the address at `at`, which ends with the first odd byte; 0 if that is yet to come."""
    for place in range(at, at + _MAX_ADDRESS_SIZE):
        if place >= len(buffer):
            return 0
        if buffer[place] & 1:
            return place + 1
    raise NotAFrame


def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
    """Read the frame with its opening flag at `at` (the contract is in framing.py).

    The header has a checksum of its own. It is verified as soon as the header is complete, so that a false start
    does not wait for the bytes that it announces, up to two thousand.
    """
    if len(buffer) > at + 1 and buffer[at + 1] & 0xF0 != _TYPE_3:
        raise NotAFrame
    if len(buffer) < at + _FLAG_AND_FORMAT:
        if ended:
            raise NotAFrame  # a lone flag, or a byte more
        return None
    length = (buffer[at + 1] & 0x07) << 8 | buffer[at + 2]
    if length < _MIN_LENGTH:
        raise NotAFrame
    source = _address_end(buffer, at + _FLAG_AND_FORMAT)
    control = source and _address_end(buffer, source)
    information = control + 1 + _CHECK_SIZE
    if not control or len(buffer) < information:
        raise_if_ended(ended, "HDLC header")
        return None
    if not x25_is_right(bytes(buffer[at + 1 : information])):
        raise FrameError("HDLC header checksum (HCS) is wrong")
    end = at + 1 + length
    if len(buffer) <= end:
        raise_if_ended(ended, "HDLC frame")
        return None
    raw = bytes(buffer[at : end + 1])
    if raw[-1] != FLAG:
        raise FrameError("HDLC frame does not end with a flag where its length says")
    if not x25_is_right(raw[1:-1]):
        raise FrameError("HDLC frame checksum (FCS) is wrong")
    content = raw[information - at : -1 - _CHECK_SIZE]
    return Frame(raw, content, 1 + length, part=_part(buffer[at + 1] & _MORE_SEGMENTS, content))


def _part(more: int, content: bytes) -> Part | None:
    """Return which part of a content a frame holds. Segments have no number; the first begins with the LLC header."""
    if content.startswith(LLC):
        return Part(0, last=False) if more else None
    return Part(None, last=not more)


def replace_content(raw: bytes, content: bytes) -> bytes:
    """Return a frame whose content ends with these bytes, with the FCS for them (see `Framing.replace_content`)."""
    changed = raw[: -_FCS_AND_FLAG - len(content)] + content
    return changed + x25(changed[1:]) + raw[-1:]
