"""Bytes of a meter that do not tell whose it is: other numbers of the same length, and right checksums.

What counts as a number: six digits or more in a text, the meter's number wherever it stands as an integer, and in a P1
telegram what stands without a unit. Two equal numbers stay equal. An encrypted message is written deciphered, and left
out without its key: its header names the meter.
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
MIN_DIGITS = 6
_LONG_NUMBER = re.compile(rb"[0-9]{6,}")
_IN_BRACKETS = re.compile(rb"(?<=\()(?!(?:[0-9]{12}[SW]|-?[0-9]+\.[0-9]+|[0-9]+-[0-9]+:[0-9.]+)\))[^()*\r\n]{6,}(?=\))")
"""What stands without a unit in a P1 telegram, and is no time, number or code."""
_PART_OF_A_NUMBER = re.compile(rb"[0-9]{4,}")
_BEFORE_THE_NUMBER = 5
_DOUBLE_LONG_UNSIGNED = b"\x06"


class Names:
    """Which number stands for which."""

    def __init__(self, *known: str | None) -> None:
        """Begin with those that are known to be the meter's."""
        self._of: dict[bytes, bytes] = {}
        for number in filter(None, known):
            self.other(number.encode())

    def other(self, digits: bytes) -> bytes:
        """Return a number of the same length, always the same for the same."""
        number = self._of.setdefault(digits, str(len(self._of) + 1).encode())
        return number.rjust(len(digits), b"0")

    def in_content(self, content: bytes, reading: Reading | None) -> bytes:
        """Return a content with all its numbers replaced, but those of the type and the list: they name no meter."""
        is_text = content.startswith(b"/")  # whose identification may be the number
        keep = f"{reading.model} {reading.list_id}".encode() if reading and not is_text else b""

        def replaced(found: re.Match[bytes]) -> bytes:
            return found[0] if found[0] in keep else self.other(found[0])

        if is_text:
            ident, line_end, lines = content.partition(b"\n")
            return _LONG_NUMBER.sub(replaced, ident) + line_end + _IN_BRACKETS.sub(replaced, lines)
        content = _LONG_NUMBER.sub(replaced, content)
        if reading and reading.serial:
            self.other(reading.serial.encode())
        return self.known(content)

    def known(self, content: bytes) -> bytes:
        """Return a content in which the known numbers are replaced where they stand as integers, or with letters."""
        for digits, number in self._of.items():
            if len(digits) >= MIN_DIGITS and not digits.isdigit():
                content = content.replace(digits, self.other(digits))
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
            yield from _written(message, names, keys)


def masked(damaged: bytes, names: Names) -> str:
    """Return bytes that could not be read as hex, with all that may be a piece of a number replaced by zeros."""
    without_titles = TITLED.sub(lambda title: title[0][:_BEFORE_THE_NUMBER] + bytes(5), damaged)
    texts = _PART_OF_A_NUMBER.sub(lambda digits: b"0" * len(digits[0]), names.known(without_titles))
    return texts.hex().upper()


def _frames_of(message: Frame) -> Iterator[Frame]:
    """Yield the frames in which a message came, each with the part of the content that it holds."""
    frames = FrameStream()
    for found in [*frames.receive(message.raw), *frames.end()]:
        inner = unwrapped(found)
        if isinstance(inner, Frame):
            yield inner


def _written(message: Frame, names: Names, keys: Keys | None) -> Iterator[str]:
    """Yield the lines of one message in its frames."""
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
        yield from _hex(names.in_content(plain, reading))
        return
    content, at = names.in_content(message.content, reading), 0
    for frame in _frames_of(message):
        end = at + len(frame.content)
        yield from _hex(framing_of(frame.raw).replace_content(frame.raw, content[at:end]))
        at = end


def _hex(raw: bytes) -> list[str]:
    return textwrap.wrap(raw.hex().upper(), WIDTH)
