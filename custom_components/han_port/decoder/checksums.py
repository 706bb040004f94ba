"""The checksums of HDLC (CRC-16/X-25) and of P1 (CRC-16/ARC)."""

import binascii

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_RESIDUE = 0x1D0F


def x25_is_right(data: bytes) -> bool:
    """Tell whether data that ends with its CRC-16/X-25 (low byte first) agrees with it.

    `crc_hqx` computes the CRC of the same polynomial with the bits of each byte the other way round. Over bytes
    turned round it leaves, for data followed by its own check, the residue 0xF0B8 turned round: 0x1D0F. This is
    ten times faster than a table in Python.
    """
    return binascii.crc_hqx(data.translate(_REVERSED), 0xFFFF) == _RESIDUE


def x25(data: bytes) -> bytes:
    """Return the CRC-16/X-25 of data as it is sent, low byte first."""
    crc = binascii.crc_hqx(data.translate(_REVERSED), 0xFFFF) ^ 0xFFFF
    return crc.to_bytes(2).translate(_REVERSED)


_FOLDS = tuple((bits, 14 * bits, (1 << 14 * bits) - 1) for bits in (512, 128, 32, 8, 2, 1))


def arc_is_right(data: bytes) -> bool:
    """Tell whether data that ends with its CRC-16/ARC (low byte first) agrees with it.

    It does if, as a polynomial over its bits, it is divisible by x^16 + x^15 + x^2 + 1 = (x + 1)(x^15 + x + 1).
    By x + 1 it is if the number of ones is even. For the other factor, read as a number low byte first, the bits
    stand the other way round, and so does the factor: x^15 + x^14 + 1. Then 1 = x^14 + x^15 and, squared over and
    over, 1 = x^(14n) + x^(15n) for n = 1, 2, 4 … So the lowest 14n bits may be added in above themselves, which
    takes thousands of bits at a time, and a factor x^(14n) is dropped from all.
    """
    number = int.from_bytes(data, "little")
    if number.bit_count() & 1:
        return False
    for bits, size, low in _FOLDS:
        while number.bit_length() > size + bits:
            lowest = number & low
            number = number >> size ^ lowest ^ lowest << bits
    return number == 0


def crc_16_arc(data: bytes) -> int:
    """Compute the CRC of P1 telegrams bit by bit, as its definition says."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc
