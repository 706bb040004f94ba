"""A message of DLMS without any framing, as some gateways pass it on: an APDU, with or without its LLC header.

Nothing guards such bytes but their own grammar. So a data-notification is believed only as a whole: with nothing left
over where the line pauses or the next one begins. A block and what is encrypted say how long they are.
Where on a line these readers are asked at all is for stream.py to say.
"""

import re

from .cipher import Ciphering
from .dlms import CIPHERED, CutShortError, read_length, read_notification_from
from .errors import DataError, FrameError
from .framing import LLC, Frame, NotAFrame, require_more, without_llc

BLOCK = b"\xe0"
"""The tag of a block of a general block transfer (blocks.py)."""
MAX_PLAIN_SIZE = 2048
MAX_CIPHERED_SIZE = 8192
_BLOCK_HEADER_SIZE = 6
TITLED = re.compile(rb"[\xdb\xdc]\x08[A-Z]{3}[\x00-\xff]{5}")
_ANY_TITLE = b"\xdb\x08AAA-----"
_NEXT = re.compile(rb"(?:\xe6[\xe6\xe7]\x00)?\x0f[\x00-\xff]{4}(?:\x00[\x01\x02]|\x19|\x09?\x0c\x07)")
_MAX_NEXT_SIZE = 11


def block_data(apdu: bytes) -> slice:
    """Return where the data of the block are that an APDU begins with. Raises DataError, CutShortError."""
    length, at = read_length(apdu, _BLOCK_HEADER_SIZE)
    if at + length > len(apdu):
        raise CutShortError
    return slice(at, at + length)


def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
    """Read the message that begins at `at` (the contract is in framing.py)."""
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
    """Read the message that begins at `at`, wherever that is. If it is encrypted, its content has to prove itself."""
    frame = read(buffer, at, ended)
    return frame and Frame(frame.raw, frame.content, frame.size, guarded=False)


def replace_content(raw: bytes, content: bytes) -> bytes:
    """Return a message that ends with these bytes: nothing comes behind them (see `Framing.replace_content`)."""
    return raw[: len(raw) - len(content)] + content


def _size_of_notification(apdu: bytes, ended: bool) -> int:  # noqa: FBT001 - as above
    """Return the size of a data-notification, if what is behind it says that it is one; 0 if that is not in yet."""
    size = read_notification_from(apdu[:MAX_PLAIN_SIZE])[1]
    behind = apdu[size : size + _MAX_NEXT_SIZE]
    if _NEXT.match(behind) or (ended and not behind):
        return size
    if ended or len(behind) == _MAX_NEXT_SIZE:
        raise NotAFrame
    return 0


def _size_of_ciphered(apdu: bytes, ended: bool) -> int:  # noqa: FBT001 - as above
    """Return the size of an encrypted message; 0 if it is not all in yet.

    One that was cut short would swallow the beginning of the next. Both have the same system title, which shows it.
    """
    title = apdu[: len(_ANY_TITLE)]
    is_titled = len(title) == len(_ANY_TITLE)
    if not TITLED.fullmatch(title + _ANY_TITLE[len(title) :]) or (ended and not is_titled):
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
        raise NotAFrame  # letters of the next one taken for security, where one broke off within its title
    if not size:
        require_more(ended, "encrypted message")
    return size
