"""HDLC frames (IEC 62056-46, frame type 3), as a meter sends them: no byte stuffing, both checksums."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FLAG = b"\x7e"
FRAME_TYPE_3 = 0xA000
SEGMENTED = 0x0800
UNNUMBERED_INFORMATION = 0x13
FORMAT_AND_CHECKSUMS = 6


@cache
def _remainder(byte: int) -> int:
    """Divide one byte by the polynomial x¹⁶ + x¹² + x⁵ + 1, bit by bit, least significant bit first."""
    remainder = byte
    for _ in range(8):
        remainder = (remainder >> 1) ^ 0x8408 if remainder & 1 else remainder >> 1
    return remainder


def checksum(data: bytes) -> bytes:
    """Compute the CRC of X.25 as it is sent: inverted, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _remainder((crc ^ byte) & 0xFF)
    return (crc ^ 0xFFFF).to_bytes(2, "little")


def frame(
    information: bytes,
    addresses: bytes,
    control: int = UNNUMBERED_INFORMATION,
    *,
    segmented: bool = False,
) -> bytes:
    """Wrap an information field; the addresses are the destination and then the source.

    A segmented frame is one that another frame continues.
    """
    length = FORMAT_AND_CHECKSUMS + len(addresses) + 1 + len(information)
    frame_format = FRAME_TYPE_3 | (SEGMENTED if segmented else 0) | length
    header = frame_format.to_bytes(2, "big") + addresses + bytes([control])
    body = header + checksum(header) + information
    return FLAG + body + checksum(body) + FLAG


def back_to_back(frames: Iterable[bytes]) -> bytes:
    """Join frames so that one flag ends a frame and opens the next, which the standard allows."""
    return FLAG + b"".join(whole.removeprefix(FLAG) for whole in frames)
