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


def sealed(plain: bytes, title: bytes, security: int, counter: int, keys: Keys = Keys()) -> bytes:  # noqa: B008
    """Encrypt a message as general-glo-ciphering does; the security byte says how."""
    vector = title + counter.to_bytes(4, "big")
    known = bytes([security]) + keys.authentication if security & AUTHENTICATED else b""
    if security & ENCRYPTED:
        text_and_tag = AESGCM(keys.encryption).encrypt(vector, plain, known)
    else:
        text_and_tag = plain + AESGCM(keys.encryption).encrypt(vector, b"", known + plain)
    tag = text_and_tag[len(plain) :][:TAG] if security & AUTHENTICATED else b""
    body = bytes([security]) + counter.to_bytes(4, "big") + text_and_tag[: len(plain)] + tag
    return b"\xdb" + axdr.length(len(title)) + title + axdr.length(len(body)) + body


def _slices(content: bytes, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Yield number, bytes and "this is the last" of each slice."""
    for at in range(0, len(content), size):
        yield at // size, content[at : at + size], at + size >= len(content)


def in_mbus(content: bytes, size: int = 245) -> bytes:
    """Cut a content into long frames of M-Bus; a frame longer than 255 bytes says its length modulo 256."""
    frames = []
    for number, data, last in _slices(content, size):
        counted = bytes([0x53, 0xFF, number | 0x10 * last, 0x01, 0x67]) + data
        length = len(counted) % 0x100
        frames.append(bytes([0x68, length, length, 0x68]) + counted + bytes([sum(counted) % 0x100, 0x16]))
    return b"".join(frames)


def in_hdlc(content: bytes, addresses: bytes, control: int = hdlc.UNNUMBERED_INFORMATION, size: int = 2000) -> bytes:
    """Cut a content into HDLC frames; the first has the LLC header."""
    frames = []
    for number, data, last in _slices(content, size):
        information = data if number else LLC + data
        frames.append(hdlc.frame(information, addresses, control, segmented=not last))
    return b"".join(frames)


def in_blocks(content: bytes, addresses: bytes, size: int = 120) -> bytes:
    """Cut a content into the blocks of a general block transfer, a frame of HDLC each."""
    frames = []
    for number, data, last in _slices(content, size):
        head = bytes([0xE0, 0xC0 if last else 0x40]) + (number + 1).to_bytes(2, "big") + bytes(2)
        information = (b"" if number else LLC) + head + axdr.length(len(data)) + data
        frames.append(hdlc.frame(information, addresses))
    return b"".join(frames)


def crc_16_arc(data: bytes) -> int:
    """Compute the CRC of P1 telegrams bit by bit."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc
