"""Writes the bytes of a meter down so that they do not show whose meter it is.

In a whole message the numbers of the meter and of others that it collects, and texts to the customer, are replaced by
numbers of the same length, and checksums are made right again. They are known by their OBIS code, whatever their type
and length. Elsewhere a number is six digits or more in a text, the meter's number if it is sent as an integer, and in a
P1 telegram every value without a unit. Equal numbers stay equal. An encrypted message is written deciphered, or without
its key left out: its header holds the number.
"""

from collections.abc import Iterator
import re
import textwrap

from . import CipherError, DataError, DecodeError, Decoder, FrameError, Keys, Reading, Rejected
from .blocks import unwrapped
from .builder import as_text
from .cipher import decipher
from .dlms import CIPHERED, read_length, read_notification, read_value
from .framing import Frame, without_llc
from .framings import framing_of
from .masking import (
    CODE_OF_LINE,
    MIN_DIGITS,
    NUMBER_AFTER_MODEL,
    Names,
    is_identifying,
    is_identifying_line,
    masked,
    masked_bytes,
)
from .messages import MessageStream
from .stream import FrameStream

__all__ = ("MIN_DIGITS", "WIDTH", "Names", "anonymised", "is_identifying_line", "masked", "rewritten")

WIDTH = 96
"""Hex digits in a line of a capture."""
_MAX_SHORT_SERIAL = 3
"""Characters. A meter's number is looked for at any place of its own message, unless it is so short."""

# --- in whole messages ---------------------------------------------------------------------------------------------

_LONG_NUMBER = re.compile(rb"[0-9]{6,}")
_NUMBER_IN_FIRST_LINE = re.compile(rb"[0-9]{6,}|" + NUMBER_AFTER_MODEL)
_NUMBER_IN_TEXT = re.compile(rb"[0-9]{6,}|(?=(?:[A-Za-z]*[0-9]){5})[0-9A-Za-z]{6,}")
"""The same, or letters and digits, most of them digits. No known name of a list has so many."""
_IN_BRACKETS = re.compile(rb"(?<=\()(?!(?:[0-9]{12}[SW]|-?[0-9]+\.[0-9]+|[0-9]+-[0-9]+:[0-9.]+)\))[^()*\r\n]{6,}(?=\))")
"""A value in a P1 telegram without a unit, unless it is a time, a decimal number or an OBIS code."""
_ALL_IN_BRACKETS = re.compile(rb"[^()\r\n]+")


def _renumbered(content: bytes, reading: Reading | None, names: Names) -> bytes:
    """Return a content with all its numbers replaced, except in the names of the model and the list."""
    if content.startswith(b"/"):
        return _renumbered_telegram(content, reading, names)
    apdu = without_llc(content)
    try:
        body = _Body(read_notification(apdu).encoded, names, reading)
        body.replace(0, is_own=False)
    except DataError:
        return content[: -len(apdu)] + masked_bytes(apdu, names)
    return content[: -len(body.result)] + bytes(body.result)


def _renumbered_telegram(content: bytes, reading: Reading | None, names: Names) -> bytes:
    ident, line_end, lines = content.partition(b"\n")
    ident = _NUMBER_IN_FIRST_LINE.sub(names.replaced, ident)  # the model in it may be the number, so it does not stay
    if reading and reading.serial and len(reading.serial) > _MAX_SHORT_SERIAL:
        serial = reading.serial.encode()
        ident = re.sub(re.escape(serial), names.replaced, ident)
    result, is_own = [ident, line_end], False
    for line in lines.splitlines(keepends=True):
        is_own = is_identifying_line(line) or (is_own and line.startswith(b"("))
        if is_own:
            code = CODE_OF_LINE.match(line)
            values = code.end() if code and b"(" not in line else line.index(b"(")
            result += line[:values], _ALL_IN_BRACKETS.sub(names.replaced, line[values:])
        else:
            result.append((_IN_BRACKETS if b"(" in line else _LONG_NUMBER).sub(names.replaced, line))
    return b"".join(result)


_ARRAY, _STRUCTURE, _BITS, _OCTETS, _ATTRIBUTE = 0x01, 0x02, 0x04, 0x09, 0x0F
_TEXTS = (_OCTETS, 0x0A, 0x0C)
_INTEGERS = (0x05, 0x06, 0x0D, 0x0F, 0x10, 0x11, 0x12, 0x14, 0x15, 0x16)
_CODE_SIZE = 8
"""Bytes of an OBIS code with its tag and length."""


class _Body:
    """The values of a data-notification, in which numbers are replaced where they are."""

    def __init__(self, data: bytes, names: Names, reading: Reading | None) -> None:
        self._data, self._names = data, names
        self._serial = reading.serial if reading else None
        names_of_list = (reading.model, reading.list_id) if reading else ()
        self._kept = frozenset(filter(None, names_of_list))
        self.result = bytearray(data)

    def replace(self, at: int, *, is_own: bool) -> int:
        """Replace the numbers in the value at a place, all of it if its code `is_own`. Return the place after it."""
        if not (parts := self._parts(at)):
            return self._replace_leaf(at, is_own=is_own)
        described = self._described(parts)
        is_object = self._object_code(at) is not None
        before, end = b"", at
        for place, part in enumerate(parts):
            code = described.get(place) or (b"" if is_object else before)
            end = self.replace(part, is_own=is_own or (bool(code) and is_identifying(code[2], code[3])))
            before = self._code(part) or b""
        return end

    def _parts(self, at: int) -> list[int]:
        """Return the places of the elements of a structure or array; none for anything else."""
        if self._data[at] not in (_ARRAY, _STRUCTURE):
            return []
        count, at = read_length(self._data, at + 1)
        parts = []
        for _ in range(count):
            parts.append(at)
            at = read_value(self._data, at)[1]
        return parts

    def _code(self, at: int) -> bytes | None:
        """Return the OBIS code at a place, None if there is none."""
        return self._data[at + 2 : at + _CODE_SIZE] if self._data.startswith(b"\x09\x06", at) else None

    def _object_code(self, at: int) -> bytes | None:
        """Return the code in the description of a push object: class, code, attribute, index."""
        match self._parts(at):
            case [_, code, attribute, _] if self._data[attribute] == _ATTRIBUTE:
                return self._code(code)
            case _:
                return None

    def _described(self, parts: list[int]) -> dict[int, bytes]:
        """Return the places of values -> their codes, if descriptions of push objects come first, in an array.

        The first of them may be about the array itself.
        """
        codes = [*filter(None, map(self._object_code, self._parts(parts[0])))]
        shift = len(parts) - len(codes)
        return {place + shift: code for place, code in enumerate(codes) if place + shift} if shift in (0, 1) else {}

    def _replace_leaf(self, at: int, *, is_own: bool) -> int:
        value, end = read_value(self._data, at)
        tag = self._data[at]
        start = read_length(self._data, at + 1)[1] if tag in (_BITS, *_TEXTS) else at + 1
        text, payload = as_text(value), self._data[start:end]
        if text in self._kept:
            return end
        is_own = is_own or (text is not None and text == self._serial and len(text) > _MAX_SHORT_SERIAL)
        if tag in _TEXTS:
            payload = self._names.replacement_of_text(payload) if is_own else self._in_text(payload)
        elif isinstance(value, int) and tag in _INTEGERS:
            if digits := self._names.knows(value) or (str(value).encode() if is_own else None):
                number = int(self._names.replacement_of(digits))
                payload = (number % (1 << 8 * len(payload))).to_bytes(len(payload))
        elif is_own:
            payload = bytes(len(payload))
        self.result[start:end] = payload
        return end

    def _in_text(self, payload: bytes) -> bytes:
        """Return a text that is not known to be a number, with the numbers in it replaced."""
        kept = " ".join(self._kept).encode()

        def replaced(found: re.Match[bytes]) -> bytes:
            return found[0] if found[0] in kept else self._names.replaced(found)

        return self._names.replace_known(_NUMBER_IN_TEXT.sub(replaced, payload))


# --- whole captures ------------------------------------------------------------------------------------------------


def anonymised(data: bytes, keys: Keys | None = None, names: Names | None = None) -> Iterator[str]:
    """Yield the lines of a capture: hex, with a comment for each message that is left out."""
    messages, names = MessageStream(), names or Names()
    for message in [*messages.receive(data), *messages.end()]:
        if isinstance(message, Rejected):
            yield f"# left out: {len(message.raw)} bytes: {message.error}"
        else:
            yield from _lines_of(message, names, keys)


def rewritten(rejected: Rejected, keys: Keys | None, names: Names) -> str:
    """Return a rejected message as hex: one that is whole with other numbers, any other masked."""
    is_whole = not isinstance(rejected.error, (CipherError, FrameError))
    lines = anonymised(rejected.raw, keys, names) if is_whole else ()
    return "".join(line for line in lines if not line.startswith("#")) or masked(rejected.raw, names)


def _frames_of(message: Frame) -> Iterator[Frame]:
    """Return the frames of a message, each with its part of the content."""
    frames = FrameStream()
    found = map(unwrapped, [*frames.receive(message.raw), *frames.end()])
    return (frame for frame in found if isinstance(frame, Frame))


def _lines_of(message: Frame, names: Names, keys: Keys | None) -> Iterator[str]:
    """Yield the lines of one message, frame by frame."""
    apdu = without_llc(message.content)
    decoder = Decoder(keys=keys)
    heard = [*decoder.receive(message.raw), *decoder.end()]
    reading = next((one for one in heard if isinstance(one, Reading)), None)
    if apdu[:1] in CIPHERED:
        try:
            plain = decipher(apdu, keys).plaintext
        except DecodeError as error:
            yield f"# left out: a message of {len(message.raw)} bytes: {error}"
            return
        yield "# it was encrypted"
        yield from _hex(_renumbered(plain, reading, names))
        return
    content, at = _renumbered(message.content, reading, names), 0
    for frame in _frames_of(message):
        end = at + len(frame.content)
        yield from _hex(framing_of(frame.raw).replace_content(frame.raw, content[at:end]))
        at = end


def _hex(raw: bytes) -> list[str]:
    return textwrap.wrap(raw.hex().upper(), WIDTH)
