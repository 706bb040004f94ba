"""Bytes to readings: the assembly line from top to bottom.

Pure: no I/O, no clock, no asyncio, no logging, and nothing of Home Assistant. The stations are

    stream (hdlc, p1, bare)    bytes to frames
    dlms                       a frame's content to plain values
    meters                     values to a `Reading`
    telegrams                  a P1 telegram to a `Reading`
"""

from collections.abc import Collection, Iterator

from .bare import without_llc
from .dlms import CIPHERED, read_notification
from .errors import CipherError, DataError, DecodeError, FrameError, UnknownListError
from .framing import Frame
from .meters import hourly_quantities, read_list
from .quantities import Quantity, Unit
from .reading import Maker, Reading, Rejected
from .stream import FrameStream
from .telegrams import read_telegram

__all__ = [
    "CipherError",
    "DataError",
    "DecodeError",
    "Decoder",
    "FrameError",
    "Maker",
    "Quantity",
    "Reading",
    "Rejected",
    "Unit",
    "UnknownListError",
    "hourly_quantities",
]


class Decoder:
    """Turns the bytes of one line into readings. It never raises, whatever the bytes.

    What could not be read comes out as a `Rejected` value: the error says what is to be done, the bytes are kept.
    """

    def __init__(self, makers: Collection[Maker] = tuple(Maker)) -> None:
        """Read the lists of these makers; those of others only as far as they explain themselves."""
        self._makers = makers
        self._stream = FrameStream()

    @property
    def noise(self) -> int:
        """Bytes so far that were no part of anything."""
        return self._stream.noise

    @property
    def pending(self) -> int:
        """Bytes held back because more are expected to follow."""
        return len(self._stream)

    def receive(self, data: bytes) -> Iterator[Reading | Rejected]:
        """Take bytes as they came down the line, cut anywhere; yield what they complete.

        They are taken as the result is iterated, so it must be, to its end.
        """
        return map(self._read, self._stream.receive(data))

    def end(self) -> Iterator[Reading | Rejected]:
        """Take note that the line has paused for longer than a frame ever does, or has ended."""
        return map(self._read, self._stream.end())

    def _read(self, found: Frame | Rejected) -> Reading | Rejected:
        if isinstance(found, Rejected):
            return found
        try:
            if found.content.startswith(b"/"):
                return read_telegram(found.content, found.guarded)
            apdu = without_llc(found.content)
            if apdu[:1] in CIPHERED:
                raise CipherError("the content is encrypted and there is no key")
            return read_list(read_notification(apdu), self._makers)
        except DecodeError as error:
            return Rejected(error, found.raw)
