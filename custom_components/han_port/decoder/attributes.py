"""Lists in which each value has the descriptor of its attribute before it, without types (IEC 62056-5-3).

    02 02 | 16, enum | 01, count | 02 02 | class, 2 bytes | OBIS code, 6 | attribute, 1 | value | 02 02 | class …

A structure of an enum and an array of structures. Czech Sagemcoms send it. A descriptor has no tags, unlike all other
data of A-XDR: the first byte of its class, 00, looks like a null. No list with tags begins like this one.
"""

from collections.abc import Callable
import re

from .errors import CutShortError, DataError

type Entry[Value] = tuple[int, bytes, int, Value]
"""Class, OBIS code, attribute, value."""

_BEGIN = re.compile(rb"\x02\x02\x16[\x00-\xff]\x01[\x01-\x7f]\x02\x02\x00")
_ENUM_PLACE, _COUNT_PLACE, _ENTRIES_PLACE = 3, 5, 6
_STRUCTURE_OF_TWO = b"\x02\x02"
_CLASS_SIZE, _LOGICAL_NAME_SIZE = 2, 6
_HEAD_SIZE = len(_STRUCTURE_OF_TWO) + _CLASS_SIZE + _LOGICAL_NAME_SIZE + 1


def begin(data: bytes, at: int) -> bool:
    """Return whether such a list begins at a place."""
    return _BEGIN.match(data, at) is not None


def read[Value](
    data: bytes, at: int, read_value: Callable[[bytes, int], tuple[Value, int]]
) -> tuple[int, list[Entry[Value]], int]:
    """Return the enum and the entries of the list at a place, and the place after it.

    `read_value` reads a value with its tag. Raises DataError or its child CutShortError.
    """
    entries: list[Entry[Value]] = []
    place = at + _ENTRIES_PLACE
    for _ in range(data[at + _COUNT_PLACE]):
        head = data[place : place + _HEAD_SIZE]
        if len(head) < _HEAD_SIZE:
            raise CutShortError
        if not head.startswith(_STRUCTURE_OF_TWO):
            raise DataError("no structure of a descriptor and a value")
        descriptor = head[len(_STRUCTURE_OF_TWO) :]
        value, place = read_value(data, place + _HEAD_SIZE)
        entries.append((int.from_bytes(descriptor[:_CLASS_SIZE]), descriptor[_CLASS_SIZE:-1], descriptor[-1], value))
    return data[at + _ENUM_PLACE], entries, place
