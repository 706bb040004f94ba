"""General block transfer (IEC 62056-5-3): a content that was cut into blocks before it was framed.

    E0 | control | block number, 2 bytes | acknowledged block number, 2 bytes | length | data

Bit 7 of the control byte marks the last block. Blocks are numbered from 1. Only the first has an LLC header.
"""

from .bare import BLOCK, block_data
from .errors import DataError
from .framing import Frame, Part, without_llc
from .reading import Rejected

_LAST_BLOCK = 0x80


def unwrapped(found: Frame | Rejected) -> Frame | Rejected:
    """Return a frame that carries a block with the block's data as its content; anything else unchanged.

    A block that is malformed is returned as `Rejected`.
    """
    if isinstance(found, Rejected):
        return found
    apdu = without_llc(found.content)
    if not apdu.startswith(BLOCK):
        return found
    try:
        data = block_data(apdu)
    except DataError as error:
        return Rejected(error, found.raw)
    number = int.from_bytes(apdu[2:4]) - 1
    if data.stop != len(apdu) or number < 0:
        return Rejected(DataError("malformed block of a general block transfer"), found.raw)
    return found._replace(content=apdu[data], part=Part(number, bool(apdu[1] & _LAST_BLOCK)))
