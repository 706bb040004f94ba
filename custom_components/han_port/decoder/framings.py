"""The table of framings: one row for each way in which messages come down a line.

To add a framing: a module with its two functions, and a row here. Everything else is derived from the rows: stream.py
looks for their first bytes, both as bytes and as hex text.
"""

from types import MappingProxyType

from . import bare, hdlc, mbus, p1_frame
from .dlms import CIPHERED, DATA_NOTIFICATION
from .framing import LLC, Framing

FRAMINGS = (
    Framing("HDLC", hdlc.FLAG, rb"[\xa0-\xaf]", hdlc.read, hdlc.replace_content),
    Framing("M-Bus", mbus.START, b"", mbus.read, mbus.replace_content),
    Framing("P1", p1_frame.SLASH, rb"[A-Za-z]", p1_frame.read, p1_frame.replace_content),
    Framing("P1", p1_frame.SWEMET_HEAD[0], rb"\xea", p1_frame.read, p1_frame.replace_content),
)
"""Frames that may begin anywhere on a line."""


def _bare(first: int, second: bytes = b"") -> Framing:
    return Framing("DLMS", first, second, bare.read, bare.replace_content)


BARE = (
    _bare(LLC[0][0], rb"[\xe6\xe7]"),
    _bare(DATA_NOTIFICATION[0]),
    _bare(bare.BLOCK[0]),
    *(_bare(tag[0]) for tag in CIPHERED),
)
"""Messages without any framing: one row for each byte that one may begin with."""

_BY_FIRST_BYTE = MappingProxyType({row.first: row for row in (*FRAMINGS, *BARE)})


def framing_of(raw: bytes) -> Framing:
    """Return the framing of a frame that was read from a line."""
    return _BY_FIRST_BYTE[raw[0]]
