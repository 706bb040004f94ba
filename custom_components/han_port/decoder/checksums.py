"""The checksums of HDLC (CRC-16/X-25) and of P1 (CRC-16/ARC)."""

import binascii

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_RESIDUE = 0x1D0F


def x25_is_right(data: bytes) -> bool:
    """Return whether the last two bytes of data are its CRC-16/X-25, low byte first.

    `crc_hqx` computes the CRC of the same polynomial, with the bits of each byte in reverse order. So the bytes are
    bit-reversed first. Data followed by its own CRC then leaves the residue 0xF0B8 in reverse order: 0x1D0F. This is
    ten times faster than a table in Python.
    """
    return binascii.crc_hqx(data.translate(_REVERSED), 0xFFFF) == _RESIDUE


def x25(data: bytes) -> bytes:
    """Return the CRC-16/X-25 of data as two bytes, low byte first, as it is sent."""
    crc = binascii.crc_hqx(data.translate(_REVERSED), 0xFFFF) ^ 0xFFFF
    return crc.to_bytes(2).translate(_REVERSED)


_FOLDS = tuple((bits, 14 * bits, (1 << 14 * bits) - 1) for bits in (512, 128, 32, 8, 2, 1))


def arc_is_right(data: bytes) -> bool:
    """Return whether the last two bytes of data are its CRC-16/ARC, low byte first.

    They are if the data, as a polynomial over its bits, is divisible by x^16 + x^15 + x^2 + 1 = (x + 1)(x^15 + x + 1).
    It is divisible by x + 1 if the number of ones is even. For the other factor the data is read as a number, low byte
    first. That reverses the bits, and the factor with them: x^15 + x^14 + 1. Modulo this factor 1 = x^14 + x^15, and,
    squared again and again, 1 = x^(14n) + x^(15n) for n = 1, 2, 4 … So the lowest 14n bits may be moved
    up, added at 14n and at 15n places higher, thousands of bits at a time. The zeros that they leave are dropped: a
    factor x^(14n) does not change what the number is divisible by.
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
    """Return the CRC-16/ARC of data, computed bit by bit as it is defined. Slow: for telegrams that we write."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc
