"""A message of DLMS without any framing, as some gateways pass it on: one APDU, with or without its LLC header.

Nothing guards such bytes but their own grammar. So a message is believed only as a whole (from the line's
beginning, or from where the last message ended, to its pause, with nothing left over), and never on a line
that has once shown a framed message: there, an APDU without its frame is a piece of a damaged frame.
"""

from .dlms import CutShortError, read_notification_from
from .errors import DataError
from .framing import Frame, NotAFrame

LLC = (b"\xe6\xe7\x00", b"\xe6\xe6\x00")
"""The LLC header of HDLC, in the direction from the meter (and what some send instead)."""
STARTS = (0xE6, 0x0F)
_LONGEST = 2048


def without_llc(content: bytes) -> bytes:
    """Return an APDU without the LLC header in front of it, if there is one."""
    return content[3:] if content.startswith(LLC) else content


def read(buffer: bytearray, at: int, ended: bool) -> Frame | None:  # noqa: FBT001 - the reader's contract
    """Read the message that begins at `at` and ends where the line ends (the contract is in framing.py)."""
    raw = bytes(buffer[at : at + _LONGEST + 1])
    apdu = without_llc(raw)
    if len(raw) > _LONGEST:
        raise NotAFrame
    if any(llc.startswith(raw) for llc in LLC) and not ended:
        return None
    try:
        end = read_notification_from(apdu)[1]
    except CutShortError:
        end = 0
    except DataError:
        raise NotAFrame from None
    if 0 < end < len(apdu) or (ended and not end):
        raise NotAFrame
    return Frame(raw, apdu, len(raw)) if ended else None
