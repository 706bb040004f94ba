"""Writes the bytes of a meter down so that they do not show whose meter it is.

Numbers are replaced by others of the same length, and checksums are made right again. A number is six digits or more in
a text, the meter's number if it is sent as an integer, and in a P1 telegram every value without a unit. Equal numbers
stay equal. An encrypted message is written deciphered, or without its key left out: its header holds the number.
"""

from collections.abc import Iterator
import re
import textwrap

from . import DecodeError, Decoder, Keys, Reading, Rejected
from .bare import TITLED
from .blocks import unwrapped
from .cipher import decipher
from .dlms import CIPHERED
from .framing import Frame, without_llc
from .framings import framing_of
from .messages import MessageStream
from .stream import FrameStream

WIDTH = 96
"""Hex digits in a line of a capture."""
MIN_DIGITS = 6
"""A shorter number is taken for a value, and not for that of a meter."""
_LONG_NUMBER = re.compile(rb"[0-9]{6,}")
_IN_BRACKETS = re.compile(rb"(?<=\()(?!(?:[0-9]{12}[SW]|-?[0-9]+\.[0-9]+|[0-9]+-[0-9]+:[0-9.]+)\))[^()*\r\n]{6,}(?=\))")
"""A value in a P1 telegram without a unit, unless it is a time, a decimal number or an OBIS code."""
_PART_OF_A_NUMBER = re.compile(rb"[0-9]{4,}")
_TITLE_SHOWN = 5
"""Bytes of an encrypted message up to the maker's letters, which stay. The rest of its title is the meter's number."""
_DOUBLE_LONG_UNSIGNED = b"\x06"


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
        return number.rjust(len(digits), b"0")

    def replace_all(self, content: bytes, reading: Reading | None) -> bytes:
        """Return a content with all its numbers replaced, except in the names of the model and the list."""
        is_telegram = content.startswith(b"/")  # the model in its first line may be the number
        keep = f"{reading.model} {reading.list_id}".encode() if reading and not is_telegram else b""

        def replaced(found: re.Match[bytes]) -> bytes:
            return found[0] if found[0] in keep else self.replacement_of(found[0])

        if is_telegram:
            ident, line_end, lines = content.partition(b"\n")
            return _LONG_NUMBER.sub(replaced, ident) + line_end + _IN_BRACKETS.sub(replaced, lines)
        content = _LONG_NUMBER.sub(replaced, content)
        if reading and reading.serial:
            self.replacement_of(reading.serial.encode())
        return self.replace_known(content)

    def replace_known(self, content: bytes) -> bytes:
        """Return a content with the known numbers replaced, those with letters and those that are sent as integers."""
        for digits, number in self._replacements.items():
            if len(digits) >= MIN_DIGITS and not digits.isdigit():
                content = content.replace(digits, self.replacement_of(digits))
            if digits.isdigit() and len(digits.lstrip(b"0")) >= MIN_DIGITS and int(digits) < 1 << 32:
                old, new = (_DOUBLE_LONG_UNSIGNED + int(each).to_bytes(4) for each in (digits, number))
                content = content.replace(old, new)
        return content


def anonymised(data: bytes, keys: Keys | None = None, names: Names | None = None) -> Iterator[str]:
    """Yield the lines of a capture: hex, with a comment for each message that is left out."""
    messages, names = MessageStream(), names or Names()
    for message in [*messages.receive(data), *messages.end()]:
        if isinstance(message, Rejected):
            yield f"# left out: {len(message.raw)} bytes: {message.error}"
        else:
            yield from _lines_of(message, names, keys)


def masked(damaged: bytes, names: Names) -> str:
    """Return damaged bytes as hex, with zeros in place of digits that may be part of a number."""
    without_titles = TITLED.sub(lambda title: title[0][:_TITLE_SHOWN] + bytes(5), damaged)
    texts = _PART_OF_A_NUMBER.sub(lambda digits: b"0" * len(digits[0]), names.replace_known(without_titles))
    return texts.hex().upper()


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
        yield from _hex(names.replace_all(plain, reading))
        return
    content, at = names.replace_all(message.content, reading), 0
    for frame in _frames_of(message):
        end = at + len(frame.content)
        yield from _hex(framing_of(frame.raw).replace_content(frame.raw, content[at:end]))
        at = end


def _hex(raw: bytes) -> list[str]:
    return textwrap.wrap(raw.hex().upper(), WIDTH)
