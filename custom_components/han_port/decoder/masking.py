"""Masks what may say whose meter it is in damaged bytes, of which nothing is certain; and knows by which code it comes.

The numbers of the meter and of others that it collects, and texts to the customer, are known by their OBIS code,
whatever their type and length. Where the code may be damaged too, all that has the form of a number is masked.
"""

from collections.abc import Iterator
from itertools import pairwise
import re
from types import MappingProxyType

from .profiles import MAKERS_BY_FLAG, PROFILES

MIN_DIGITS = 6
"""A shorter number is taken for a value, and not for that of a meter, unless its code says what it is."""
_TITLE_SHOWN = 5
"""Bytes of an encrypted message up to the maker's letters, which stay. The rest of its title is the meter's number."""

# --- codes ---------------------------------------------------------------------------------------------------------

_OF_DEVICES = 96
_IDENTIFYING = frozenset(((_OF_DEVICES, 1), (_OF_DEVICES, 2), (_OF_DEVICES, 13), (42, 0), (0, 0)))
"""Groups C and D: numbers of devices, their configuration, texts to the customer, the logical device name, and the
utility's own numbers."""
_CODE_IN_BYTES = re.compile(rb"(?=([\x00-\x08][\x00-\x40][\x00-\xff]{3}\xff))")
"""An OBIS code in bytes, wherever it begins."""
_OBJECT = re.compile(_CODE_IN_BYTES.pattern + rb"[\x00-\xff]{6}\x0f[\x00-\xff]\x12[\x00-\xff]{2}")
"""A code in the description of a push object: attribute and index follow, and the value is at another place."""
CODE_OF_LINE = re.compile(rb"(?:[0-9]{1,3}[-,][0-9]{1,3}:)?([0-9]{1,3}|C)[.:]([0-9]{1,3})[.:][0-9]{1,3}(?![0-9])")
"""An OBIS code at the beginning of a telegram's line. C is the short way to write 96."""


def is_identifying(group_c: int, group_d: int) -> bool:
    """Return whether a value with these groups in its code may say whose meter it is, or is a text to the customer."""
    return (group_c, group_d) in _IDENTIFYING


def is_identifying_line(line: bytes) -> bool:
    """Return the same for a line of a telegram."""
    code = CODE_OF_LINE.match(line)
    return code is not None and is_identifying(_OF_DEVICES if code[1] == b"C" else int(code[1]), int(code[2]))


# --- numbers -------------------------------------------------------------------------------------------------------

NUMBER_AFTER_MODEL = rb"(?<=[\\ _-])(?![A-Za-z]{4}|KA6U)(?=(?:[A-Za-z]*[0-9]){5})[0-9A-Za-z]{6,}"
"""A number with letters in the first line of a telegram. Four letters, or KA6U, are a type, by which
some meters are known."""
_FLAG_SIZE = 3
_PADDING = b"\0 "


class Names:
    """Numbers of meters, and the numbers that they are replaced by."""

    def __init__(self, *known: str | None) -> None:
        """Begin with numbers that are known to be the meter's."""
        self._replacements: dict[bytes, bytes] = {}
        for number in filter(None, known):
            self.replacement_of(number.encode())

    def replacement_of(self, digits: bytes) -> bytes:
        """Return the number that replaces this one: of the same length, and always the same."""
        number = self._replacements.setdefault(digits, str(len(self._replacements) + 1).encode())
        return number.rjust(len(digits), b"0")[-len(digits) :]

    def replacement_of_text(self, text: bytes) -> bytes:
        """Return a text that is a number, replaced without what pads it and the letters of a maker, which stay."""
        flag = text.lstrip(_PADDING)[:_FLAG_SIZE]
        start = text.index(flag) + (len(flag) if flag.decode("latin-1") in MAKERS_BY_FLAG else 0)
        end = max(start, len(text.rstrip(_PADDING)))
        number = text[start:end]
        return text[:start] + (self.replacement_of(number) if number else b"") + text[end:]

    def replaced(self, found: re.Match[bytes]) -> bytes:
        """Return what replaces a number that was found."""
        return self.replacement_of_text(found[0])

    @property
    def _long(self) -> Iterator[bytes]:
        """The known numbers that are too long to be anything else."""
        return (known for known in [*self._replacements] if len(known.lstrip(b"0")) >= MIN_DIGITS)

    def knows(self, number: int) -> bytes | None:
        """Return the digits of a known number; None if it is not known."""
        return next((known for known in self._long if known.isdigit() and int(known) == number), None)

    def replace_known(self, content: bytes) -> bytes:
        """Return a content with the known numbers replaced, those with letters and those that are sent as integers."""
        for digits in self._long:
            number = self.replacement_of(digits)
            if not digits.isdigit():
                content = content.replace(digits, number)
            elif (value := int(digits)) < 1 << 64:
                size = 4 if value < 1 << 32 else 8
                content = content.replace(value.to_bytes(size), int(number).to_bytes(size))
        return content


# --- in damaged bytes ----------------------------------------------------------------------------------------------

_PART_OF_AN_IDENT = re.compile(rb"[0-9]{4,}|" + NUMBER_AFTER_MODEL)
_PART_OF_A_NAME = re.compile(rb"(?=[A-Za-z]*[0-9])[0-9A-Za-z]{4,}")
_FLAGS = "|".join(MAKERS_BY_FLAG).encode()
_TITLED = re.compile(
    rb"(?:[\xdb\xdc]\x08[\x00-\xff]{3}|(?:[\xdb\xdc][\x00-\xff]|[\x00-\xff]\x08)[A-Z]{3}"
    rb"|[\x00-\xff]{2}(?:%b)(?![ -~]{4}))[\x00-\xff]{0,5}" % _FLAGS
)
"""An encrypted message to the end of its system title, even if its tag, its length or its letters are damaged."""
_PRINTABLE = re.compile(rb"[ -~]{4,}")
_WORD = re.compile(rb"[A-Za-z]{3}")
_LIST_IDS = frozenset(profile.list_id.encode() for profile in PROFILES)
_INTEGER_SIZES = MappingProxyType({0x05: 4, 0x06: 4, 0x14: 8, 0x15: 8})
"""Tag -> bytes of the integers that are large enough for a number."""
_SIGN = re.compile(rb"[0-9A-Za-z]")
_WHOLE_LINE = re.compile(
    rb"(?:[0-9]{1,3}-[0-9]{1,3}:)?[0-9]{1,3}(?:\.[0-9]{1,3}){2}(?:[*.][0-9]{1,3})?(?:\([^()]*\))+[\r\n]*"
)
_VALUE = re.compile(rb"(?<=\()([^()]*)(?=\))")
_NUMBER_WITH_UNIT = re.compile(rb"-?[0-9]{1,10}(?:\.[0-9]{1,4})?\*[A-Za-z0-9]{1,5}")
_SEVEN_BITS = bytes(each & 0x7F for each in range(0x100))
_NOT_IN_TEXT = bytes(each for each in range(0x80) if each not in b"\t\r\n" and not 0x20 <= each < 0x7F)  # noqa: PLR2004 - the signs of ASCII
_MIN_TEXT_SIZE, _MAX_IN_TEXT = 16, 0.05
"""Bytes that are enough to recognise text by, and the part of them that may be something else."""


def masked(damaged: bytes, names: Names) -> str:
    """Return damaged bytes as hex, with zeros in place of all that may be part of a number."""
    return masked_bytes(damaged, names).hex().upper()


class Masked:
    """Damaged bytes that are masked when they are written out, as in a log that may not be kept at all."""

    def __init__(self, damaged: bytes, *numbers: str | None) -> None:
        """Keep the bytes, and the numbers that are known to be the meter's."""
        self._damaged, self._numbers = damaged, numbers

    def __str__(self) -> str:
        """Return the bytes as hex."""
        return masked(self._damaged, Names(*self._numbers))


def masked_bytes(damaged: bytes, names: Names) -> bytes:
    """Return as many bytes, with zeros in place of all that may be part of a number."""
    text = damaged.translate(_SEVEN_BITS)  # a line of 7 bits and parity may be read as 8 bits
    others = len(text) - len(text.translate(None, _NOT_IN_TEXT))
    if not text.startswith(b"/") and (len(text) < _MIN_TEXT_SIZE or others > _MAX_IN_TEXT * len(text)):
        return _masked_values(damaged, names)
    shown = b"".join(map(_masked_line, names.replace_known(text).splitlines(keepends=True)))
    return bytes(old if was == now else now for old, was, now in zip(damaged, text, shown, strict=True))


def _zeros(found: re.Match[bytes]) -> bytes:
    return b"0" * len(found[0])


def _masked_line(line: bytes) -> bytes:
    """Return a line of a telegram: one that is whole with its code and its numbers with a unit, others without both."""
    if line.startswith(b"/"):
        return _PART_OF_AN_IDENT.sub(_zeros, line)
    if not _WHOLE_LINE.fullmatch(line):
        return _SIGN.sub(b"0", line)
    is_own = is_identifying_line(line)
    return _VALUE.sub(
        lambda value: value[0] if _NUMBER_WITH_UNIT.fullmatch(value[0]) and not is_own else _zeros(value), line
    )


def _masked_text(text: re.Match[bytes]) -> bytes:
    """Return a text in a list without its words, unless it is the list's name; without numbers if it has no words."""
    if text[0] in _LIST_IDS:
        return text[0]
    return _SIGN.sub(b"0", text[0]) if _WORD.search(text[0]) else _PART_OF_A_NAME.sub(_zeros, text[0])


def _masked_values(damaged: bytes, names: Names) -> bytes:
    """Return the damaged bytes of a list: by code, and whatever has the form of a number."""
    untitled = _TITLED.sub(lambda title: title[0][:_TITLE_SHOWN].ljust(len(title[0]), b"\0"), damaged)
    known = names.replace_known(untitled)
    result = bytearray(_PRINTABLE.sub(_masked_text, known))
    codes = [code.start() for code in _CODE_IN_BYTES.finditer(known)]
    for at, following in pairwise((*codes, len(known) + 2)):
        if is_identifying(known[at + 2], known[at + 3]):
            begin, end = at + 6, max(at + 6, following - 2)
            result[begin:end] = bytes(end - begin)
    objects = [*_OBJECT.finditer(known)]
    if any(is_identifying(code[1][2], code[1][3]) for code in objects):
        begin = objects[-1].end()
        result[begin:] = bytes(len(result) - begin)
    for at, tag in enumerate(known):
        size = _INTEGER_SIZES.get(tag, 0)
        number = known[at + 1 : at + 1 + size]
        if int.from_bytes(number) >= 10 ** (MIN_DIGITS - 1) and known[at - 1 : at] != b"\x09":
            result[at + 1 : at + 1 + len(number)] = bytes(len(number))
    return bytes(result)
