"""What readers and gateways do to the bytes that they pass on, and how it is undone to find out.

Nothing that is undone becomes a reading: where two bytes have become one, a guess could be a wrong number. But if
messages are whole once it is undone, then it is certain what was done.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
import re


class Rewriting(StrEnum):
    """What was done to bytes. The values are keys of texts."""

    TEXT_MODE = "text_mode"
    """Ends of lines were changed."""
    TELNET = "telnet"
    """A byte FF was doubled, a NUL was put after a CR, or commands were put in between (RFC 854)."""
    SEVEN_BITS = "seven_bits"
    """Characters of 7 bits and a parity bit were read as 8 bits."""


_COMMAND = re.compile(rb"\xff\xfa[\x00-\xff]{0,64}?\xff\xf0|\xff[\xfb-\xfe][\x00-\xff]|\xff([\xf0-\xf9\xff])|\r\x00")
"""A negotiation with its end, an option, a short command or a doubled FF, and a NUL after CR."""
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(0x100))


def _without_telnet(data: bytes) -> bytes:
    return _COMMAND.sub(lambda it: b"\r" if it[0] == b"\r\x00" else b"\xff" if it[1] == b"\xff" else b"", data)


_UNDO: tuple[tuple[Rewriting, Callable[[bytes], bytes]], ...] = (
    (Rewriting.TEXT_MODE, lambda data: data.replace(b"\r\n", b"\n")),
    (Rewriting.TEXT_MODE, lambda data: data.replace(b"\n", b"\r\n")),
    (Rewriting.TEXT_MODE, lambda data: data.replace(b"\r", b"\r\n")),
    (Rewriting.TEXT_MODE, lambda data: data.replace(b"\n\r", b"\r\n")),
    (Rewriting.TELNET, _without_telnet),
    (Rewriting.SEVEN_BITS, lambda data: data.translate(_SEVEN_BITS)),
)


def undone(data: bytes) -> Iterator[tuple[Rewriting, bytes]]:
    """Yield each rewriting that may have been done to bytes, and the bytes without it."""
    for rewriting, undo in _UNDO:
        if (sent := undo(data)) != data:
            yield rewriting, sent
