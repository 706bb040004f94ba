"""What meters put around a message, written down a second time: the cipher, blocks, and segments in two framings."""

from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from custom_components.han_port.decoder import Decoder, Keys
from tests.simulator import axdr
from tests.simulator.hdlc import frame

ADDRESSES = bytes.fromhex("CF 0223")
LLC = b"\xe6\xe7\x00"
ENCRYPTION = bytes(range(0x10))
AUTHENTICATION = bytes(range(0xD0, 0xE0))
KEYS = Keys(ENCRYPTION, AUTHENTICATION)
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
    vector = title.rjust(8, b"\0") + counter.to_bytes(4)
    known = bytes((security,)) + AUTHENTICATION if security & 0x10 else b""
    if security & 0x20:
        sealed = AESGCM(ENCRYPTION).encrypt(vector, plain, known)
    else:
        sealed = plain + AESGCM(ENCRYPTION).encrypt(vector, b"", known + plain)
    text, tag = sealed[: len(plain)], sealed[len(plain) :][:12]
    return bytes((security,)) + counter.to_bytes(4) + text + (tag if security & 0x10 else b"")


def seal(plain: bytes, counter: int = 1, *, title: bytes = TITLE, security: int = TAGGED, first: int = 0xDB) -> bytes:
    """Return a message encrypted as a whole."""
    body = secured(plain, counter, title=title, security=security)
    return bytes((first,)) + axdr.length(len(title)) + title + axdr.length(len(body)) + body


# --- the framing ---------------------------------------------------------------------------------------------------


def slices(content: bytes, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield number, bytes and "this is the last" of each slice."""
    for at in range(0, len(content), size):
        yield at // size, content[at : at + size], at + size >= len(content)


def mbus(data: bytes, number: int = 0, *, last: bool = True) -> bytes:
    """Return one long frame of M-Bus, its length modulo 256."""
    counted = bytes((0x53, 0xFF, number | 0x10 * last, 0x01, 0x67)) + data
    length = len(counted) % 0x100
    return bytes((0x68, length, length, 0x68)) + counted + bytes((sum(counted) % 0x100, 0x16))


def in_mbus(content: bytes, size: int = 245) -> list[bytes]:
    """Return the segments of a content."""
    return [mbus(data, number, last=last) for number, data, last in slices(content, size)]


def in_hdlc(content: bytes, size: int = 100) -> list[bytes]:
    """Return the segments of a content; the first has the LLC header."""
    return [
        frame(data if number else LLC + data, ADDRESSES, segmented=not last)
        for number, data, last in slices(content, size)
    ]


def blocks(content: bytes, size: int = 100) -> list[bytes]:
    """Return the blocks of a content, without any framing."""
    return [
        bytes((0xE0, 0xC0 if last else 0x40)) + (number + 1).to_bytes(2) + bytes(2) + axdr.length(len(data)) + data
        for number, data, last in slices(content, size)
    ]


def in_blocks(content: bytes, size: int = 100) -> list[bytes]:
    """Return the blocks of a content, in a frame of HDLC each; the first has the LLC header."""
    first, *others = blocks(content, size)
    return [frame(data, ADDRESSES) for data in (LLC + first, *others)]


def with_checksum(text: bytes) -> bytes:
    """End a P1 telegram ("/" to "!") with its CRC-16/ARC."""
    crc = 0
    for byte in text:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return text + f"{crc:04X}\r\n".encode()
