"""What meters put around a message, written down a second time: the cipher, blocks, and segments in two framings."""

from custom_components.han_port.decoder import Decoder, Keys
from tools.simulator import sealing
from tools.simulator.sealing import in_mbus, mbus

__all__ = ["in_mbus", "mbus"]

ADDRESSES = bytes.fromhex("CF 0223")
LLC = b"\xe6\xe7\x00"
ENCRYPTION = bytes(range(0x10))
AUTHENTICATION = bytes(range(0xD0, 0xE0))
KEYS = Keys(ENCRYPTION, AUTHENTICATION)
SIMULATED = sealing.Keys(ENCRYPTION, AUTHENTICATION)
TITLE = b"KAM\x45\x01\x02\x03\x04"
TAGGED, UNTAGGED, IN_CLEAR = 0x30, 0x20, 0x10
"""Security: encrypted with a tag, encrypted without, and a tag alone."""


def with_keys() -> Decoder:
    """Make a decoder that has both keys."""
    return Decoder(keys=KEYS)


def with_one_key() -> Decoder:
    """Make a decoder that can decipher and cannot verify."""
    return Decoder(keys=Keys(ENCRYPTION))


# --- the cipher ----------------------------------------------------------------------------------------------------


def secured(plain: bytes, counter: int = 1, *, title: bytes = TITLE, security: int = TAGGED) -> bytes:
    """Return security, counter, text and tag. Without a title its place is filled with zeros."""
    return sealing.secured(plain, title, security, counter, SIMULATED)


def seal(plain: bytes, counter: int = 1, *, title: bytes = TITLE, security: int = TAGGED, first: int = 0xDB) -> bytes:
    """Return a message encrypted as a whole."""
    return bytes((first,)) + sealing.sealed(plain, title, security, counter, SIMULATED)[1:]


# --- the framing ---------------------------------------------------------------------------------------------------


def in_hdlc(content: bytes, size: int = 100) -> list[bytes]:
    """Return the segments of a content; the first has the LLC header."""
    return sealing.in_hdlc(content, ADDRESSES, size=size)


def blocks(content: bytes, size: int = 100) -> list[bytes]:
    """Return the blocks of a content, without any framing."""
    return sealing.blocks(content, size)


def in_blocks(content: bytes, size: int = 100) -> list[bytes]:
    """Return the blocks of a content, in a frame of HDLC each; the first has the LLC header."""
    return sealing.in_blocks(content, ADDRESSES, size)


def with_checksum(text: bytes) -> bytes:
    """End a P1 telegram ("/" to "!") with its CRC-16/ARC."""
    return text + f"{sealing.crc_16_arc(text):04X}\r\n".encode()
