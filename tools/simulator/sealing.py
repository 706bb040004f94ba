"""What meters put around a message: the cipher, blocks, and segments in two framings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import axdr, hdlc

if TYPE_CHECKING:
    from collections.abc import Iterator

LLC = b"\xe6\xe7\x00"
ENCRYPTED, AUTHENTICATED = 0x20, 0x10
TAG = 12


class Keys(NamedTuple):
    """The keys of a meter. Those that it has if nobody gives it others are made up, and the same for all."""

    encryption: bytes = bytes(range(0x10))
    authentication: bytes = bytes(range(0xD0, 0xE0))


MADE_UP = Keys()


def secured(plain: bytes, title: bytes, security: int, counter: int, keys: Keys) -> bytes:
    """Return security, counter, text and tag. Without a title its place is filled with zeros."""
    vector = title.rjust(8, b"\0") + counter.to_bytes(4, "big")
    known = bytes([security]) + keys.authentication if security & AUTHENTICATED else b""
    if security & ENCRYPTED:
        text_and_tag = AESGCM(keys.encryption).encrypt(vector, plain, known)
    else:
        text_and_tag = plain + AESGCM(keys.encryption).encrypt(vector, b"", known + plain)
    tag = text_and_tag[len(plain) :][:TAG] if security & AUTHENTICATED else b""
    return bytes([security]) + counter.to_bytes(4, "big") + text_and_tag[: len(plain)] + tag


def sealed(plain: bytes, title: bytes, security: int, counter: int, keys: Keys = MADE_UP) -> bytes:
    """Encrypt a message as general-glo-ciphering does; the security byte says how."""
    body = secured(plain, title, security, counter, keys)
    return b"\xdb" + axdr.length(len(title)) + title + axdr.length(len(body)) + body


def _slices(content: bytes, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield number, bytes and "this is the last" of each slice."""
    for at in range(0, len(content), size):
        yield at // size, content[at : at + size], at + size >= len(content)


def mbus(data: bytes, number: int = 0, *, last: bool = True) -> bytes:
    """Make one long frame of M-Bus; one that is longer than a byte can count says its length modulo 256."""
    counted = bytes([0x53, 0xFF, number | 0x10 * last, 0x01, 0x67]) + data
    length = len(counted) % 0x100
    return bytes([0x68, length, length, 0x68]) + counted + bytes([sum(counted) % 0x100, 0x16])


def in_mbus(content: bytes, size: int = 245) -> list[bytes]:
    """Cut a content into long frames of M-Bus."""
    return [mbus(data, number, last=last) for number, data, last in _slices(content, size)]


def in_hdlc(
    content: bytes, addresses: bytes, control: int = hdlc.UNNUMBERED_INFORMATION, size: int = 2000
) -> list[bytes]:
    """Cut a content into HDLC frames; the first has the LLC header."""
    return [
        hdlc.frame(data if number else LLC + data, addresses, control, segmented=not last)
        for number, data, last in _slices(content, size)
    ]


def blocks(content: bytes, size: int = 120) -> list[bytes]:
    """Cut a content into the blocks of a general block transfer, without any framing."""
    return [
        bytes([0xE0, 0xC0 if last else 0x40])
        + (number + 1).to_bytes(2, "big")
        + bytes(2)
        + axdr.length(len(data))
        + data
        for number, data, last in _slices(content, size)
    ]


def in_blocks(content: bytes, addresses: bytes, size: int = 120) -> list[bytes]:
    """Cut a content into blocks, in a frame of HDLC each; the first has the LLC header."""
    first, *others = blocks(content, size)
    return [hdlc.frame(data, addresses) for data in (LLC + first, *others)]


def crc_16_arc(data: bytes) -> int:
    """Compute the CRC of P1 telegrams bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc
