"""M-Bus long frames (EN 13757-2). Each is a segment of a longer content.

    68 | L | L | 68 | C | A | CI | STSAP | DTSAP | data | checksum, 1 byte | 16

L: number of bytes from C to the end of the data. Sagemcom sends longer frames than a byte can count, with L modulo 256.
CI: 000 F NNNN. F: this is the last segment. N: its number, from 0. The checksum is the sum of the bytes that L counts,
modulo 256. C, A and both access points say nothing about the content.
"""

from .errors import FrameError
from .framing import Frame, NotAFrame, Part, raise_if_ended

START = 0x68
_STOP = 0x16
_START_FIELD_SIZE = 4
_CI_PLACE = 2
_NOT_A_SEGMENT = 0xE0
_LAST_SEGMENT = 0x10
_SEGMENT_NUMBER = 0x0F
_HEADER_SIZE = 5  # C, A, CI, STSAP and DTSAP
_CHECKSUM_AND_STOP = 2


def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
    """Read the frame with its first 68 at `at` (the contract is in framing.py)."""
    user_data = at + _START_FIELD_SIZE
    start, ci = bytes(buffer[at:user_data]), buffer[user_data + _CI_PLACE : user_data + _CI_PLACE + 1]
    expected = (start[:2] + start[1:2] + start[:1])[: len(start)]
    if start != expected or (ci and ci[0] & _NOT_A_SEGMENT):
        raise NotAFrame
    if not ci:
        if ended:
            raise NotAFrame
        return None
    end = user_data + start[1] + (0x100 if start[1] <= _HEADER_SIZE else 0)
    if len(buffer) < end + _CHECKSUM_AND_STOP:
        raise_if_ended(ended, "M-Bus frame")
        return None
    if buffer[end + 1] != _STOP:
        raise FrameError("M-Bus frame does not end with 16 where its length says")
    if sum(buffer[user_data:end]) & 0xFF != buffer[end]:
        raise FrameError("M-Bus frame checksum is wrong")
    raw = bytes(buffer[at : end + _CHECKSUM_AND_STOP])
    content = raw[_START_FIELD_SIZE + _HEADER_SIZE : -_CHECKSUM_AND_STOP]
    return Frame(raw, content, len(raw), part=Part(ci[0] & _SEGMENT_NUMBER, bool(ci[0] & _LAST_SEGMENT)))


def replace_content(raw: bytes, content: bytes) -> bytes:
    """Return a frame whose content ends with these bytes, with the checksum for them (`Framing.replace_content`)."""
    changed = raw[: -_CHECKSUM_AND_STOP - len(content)] + content
    return changed + bytes((sum(changed[_START_FIELD_SIZE:]) & 0xFF,)) + raw[-1:]
