"""Bytes to readings: the assembly line from top to bottom.

Pure: no I/O, no clock, no asyncio, no logging, and nothing of Home Assistant. The stations are

    stream (hdlc, mbus, p1,    bytes to frames
            bare, hextext)
    messages (segments,        parts of a content to the whole
              blocks)
    cipher                     encrypted content to plain content
    dlms                       a content to plain values
    meters                     values to a `Reading`
    telegrams                  a P1 telegram to a `Reading`
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
import math

from .cipher import Keys, decipher
from .dlms import CIPHERED, read_notification
from .errors import (
    CipherError,
    DataError,
    DecodeError,
    FrameError,
    MissingKeyError,
    TamperedError,
    UnknownListError,
    WrongKeyError,
)
from .framing import Frame, without_llc
from .messages import MessageStream
from .meters import hourly_quantities, read_list
from .quantities import Quantity, Unit
from .reading import Maker, Moment, Reading, Rejected
from .telegrams import read_deciphered, read_telegram

__all__ = (
    "CipherError",
    "DataError",
    "DecodeError",
    "Decoder",
    "FrameError",
    "Keys",
    "Maker",
    "MissingKeyError",
    "Moment",
    "Quantity",
    "Reading",
    "Rejected",
    "TamperedError",
    "Unit",
    "UnknownListError",
    "WrongKeyError",
    "hourly_quantities",
)


class Decoder:
    """Turns the bytes of one line into readings. It never raises, whatever the bytes.

    What could not be read comes out as a `Rejected` value: the error says what is to be done, the bytes are kept.
    """

    def __init__(self, makers: Collection[Maker] = tuple(Maker), keys: Keys | None = None) -> None:
        """Read the lists of these makers; those of others only as far as they explain themselves."""
        self._makers = makers
        self._keys = keys
        self._messages = MessageStream()

    @property
    def noise(self) -> int:
        """Bytes so far that were no part of anything."""
        return self._messages.frames.noise

    @property
    def pending(self) -> int:
        """Bytes held back because more are expected to follow."""
        return len(self._messages.frames)

    def receive(self, data: bytes, now: float = 0.0) -> Iterator[Reading | Rejected]:
        """Take bytes as they came down the line, cut anywhere; yield what they complete.

        They are taken as the result is iterated, so it must be, to its end. `now` is a second of any clock that
        only goes forward: by it, a message in parts is given up when its next part does not come.
        """
        return map(self._read, self._messages.receive(data, now))

    def end(self, now: float = math.inf) -> Iterator[Reading | Rejected]:
        """Take note that the line has paused for longer than a frame ever does, or has ended."""
        return map(self._read, self._messages.end(now))

    def _read(self, message: Frame | Rejected) -> Reading | Rejected:
        if isinstance(message, Rejected):
            return message
        try:
            return self._content(without_llc(message.content), message.guarded, message.raw)
        except DecodeError as error:
            return Rejected(error, message.raw)

    def _content(self, apdu: bytes, guarded: bool, raw: bytes) -> Reading:  # noqa: FBT001 - as Frame has it
        if apdu.startswith(b"/"):
            return read_telegram(apdu, guarded, self._keys, raw=raw)
        if apdu[:1] in CIPHERED:
            return replace(self._read_ciphered(apdu, guarded), raw=raw)
        return read_list(read_notification(apdu), self._makers, raw=raw)

    def _read_ciphered(self, apdu: bytes, guarded: bool) -> Reading:  # noqa: FBT001 - as Frame has it
        clear = decipher(apdu, self._keys)
        if clear.plaintext.startswith(b"/"):
            reading = read_deciphered(clear.plaintext, clear.verified)
        elif guarded or clear.verified:
            flag = apdu[2:5].decode("ascii", "replace")
            reading = read_list(read_notification(without_llc(clear.plaintext)), self._makers, flag)
        else:
            raise FrameError("an encrypted message in the midst of other bytes, and no tag was verified")
        return replace(reading, verified=clear.verified)
