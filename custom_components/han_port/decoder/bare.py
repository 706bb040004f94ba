"""Bare messages: DLMS APDUs without any framing, with or without an LLC header, as some gateways pass them on.

    0F | invoke id, 4 bytes | length of the date-time | date-time | values

    0F 40000000 00 0101 0203 09060100010700FF 0600000864 0202 0F00 161B

This one is a power of 2148 W. It has no date-time (00). Its values are an array (01) of one structure (02) of three:
the OBIS code 1-0:1.7.0 (09), the number 2148 (06), and a structure of the scaler 0 (0F) and the unit W (16).

No checksum protects these bytes, only their grammar does. So a data-notification is accepted only if it is followed by
a pause of the line or by the beginning of the next one. Blocks and encrypted messages state their length.
stream.py decides where on a line these readers are called.
"""

import re

from .cipher import Ciphering
from .dlms import CIPHERED, read_length, read_notification_from
from .errors import CutShortError, DataError, FrameError
from .framing import LLC, Frame, NotAFrame, raise_if_ended, without_llc

BLOCK = b"\xe0"
"""The tag of a block of a general block transfer (blocks.py)."""
MAX_PLAIN_SIZE = 2048
"""Bytes of a message or block in clear: more than fits into an HDLC frame."""
MAX_CIPHERED_SIZE = 8192
"""Bytes of an encrypted message: it may hold a whole P1 telegram."""
_BLOCK_HEADER_SIZE = 6
TITLED = re.compile(rb"[\xdb\xdc]\x08[A-Z]{3}[\x00-\xff]{5}")
"""An encrypted message to the end of its system title: three letters of the maker and five bytes of the meter."""
_TITLE_FILLER = b"\xdb\x08AAA-----"
"""Completes a title that has only been received in part, so that it can be matched."""
_NEXT_MESSAGE = re.compile(rb"(?:\xe6[\xe6\xe7]\x00)?\x0f[\x00-\xff]{4}(?:\x00[\x01\x02]|\x19|\x09?\x0c\x07)")
"""How the next message begins: an LLC header perhaps, 0F, the invoke id, then the date-time or a structure."""
_MAX_NEXT_SIZE = 11


def block_data(apdu: bytes) -> slice:
    """Return where in an APDU that begins with a block its data is. Raises DataError or its child CutShortError."""
    length, at = read_length(apdu, _BLOCK_HEADER_SIZE)
    if at + length > len(apdu):
        raise CutShortError
    return slice(at, at + length)


def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
    """Read the message that begins at `at`, where one is expected (the contract is in framing.py)."""
    raw = bytes(buffer[at : at + MAX_CIPHERED_SIZE])
    apdu = without_llc(raw)
    if any(llc.startswith(raw) for llc in LLC):
        if ended:
            raise NotAFrame
        return None
    try:
        if apdu[:1] in CIPHERED:
            size = _size_of_ciphered(apdu, ended or len(raw) == MAX_CIPHERED_SIZE)
        elif apdu.startswith(BLOCK):
            size = block_data(apdu[:MAX_PLAIN_SIZE]).stop
        else:
            size = _size_of_notification(apdu, ended)
    except CutShortError:
        if ended or len(apdu) >= MAX_PLAIN_SIZE:
            raise NotAFrame from None
        return None
    except DataError:
        raise NotAFrame from None
    if not size:
        return None
    end = len(raw) - len(apdu) + size
    return Frame(raw[:end], apdu[:size], end)


def read_anywhere(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - as above
    """Read the message that begins at `at`, wherever that is. The frame is not trusted (see `Frame.trusted`)."""
    frame = read(buffer, at, ended)
    return frame and Frame(frame.raw, frame.content, frame.size, trusted=False)


def replace_content(raw: bytes, content: bytes) -> bytes:
    """Return a message that ends with these bytes: no checksum follows (see `Framing.replace_content`)."""
    return raw[: len(raw) - len(content)] + content


def _size_of_notification(apdu: bytes, ended: bool) -> int:  # noqa: FBT001 - as above
    """Return the size (bytes) of a data-notification that what follows confirms; 0 if that is yet to come."""
    size = read_notification_from(apdu[:MAX_PLAIN_SIZE])[1]
    following = apdu[size : size + _MAX_NEXT_SIZE]
    if _NEXT_MESSAGE.match(following) or (ended and not following):
        return size
    if ended or len(following) == _MAX_NEXT_SIZE:
        raise NotAFrame
    return 0


def _size_of_ciphered(apdu: bytes, ended: bool) -> int:  # noqa: FBT001 - as above
    """Return the size (bytes) of an encrypted message; 0 if its end is yet to come.

    A message that was cut short would include the beginning of the next, and with it their system title once more.
    """
    title = apdu[: len(_TITLE_FILLER)]
    is_titled = len(title) == len(_TITLE_FILLER)
    if not TITLED.fullmatch(title + _TITLE_FILLER[len(title) :]) or (ended and not is_titled):
        raise NotAFrame
    try:
        message = Ciphering.read_from(apdu)
    except CutShortError:
        size = 0
        is_known = True
    else:
        size = message.size
        is_known = message.is_encrypted or message.is_authenticated
    if apdu.find(title, 1, size or None) != -1:
        raise FrameError("encrypted message: broken off, since the next one begins in it")
    if not is_known:
        raise NotAFrame  # cut short within its title: what looked like its security is a letter of the next title
    if not size:
        raise_if_ended(ended, "encrypted message")
    return size
