"""Decodes the bytes of a meter into readings.

Pure: no I/O, no clock, no asyncio, no logging, and nothing of Home Assistant. The stages, in order:

    stream (framings)          bytes to frames: hdlc, mbus, p1, bare, each also as hextext
    messages                   frames to whole messages: segments, blocks
    cipher                     encrypted content to plain content
    dlms                       content to plain values
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
    UncheckedError,
    UnknownListError,
    WrongKeyError,
)
from .framing import Frame, without_llc
from .messages import MessageStream
from .meters import hourly_quantities, read_list, tells_means
from .quantities import Quantity, Unit
from .reading import LeftOut, Maker, Moment, Reading, Reason, Rejected
from .telegrams import read_deciphered, read_telegram
from .unchecked import UncheckedTelegrams

__all__ = (
    "CipherError",
    "DataError",
    "DecodeError",
    "Decoder",
    "FrameError",
    "Keys",
    "LeftOut",
    "Maker",
    "MissingKeyError",
    "Moment",
    "Quantity",
    "Reading",
    "Reason",
    "Rejected",
    "TamperedError",
    "UncheckedError",
    "Unit",
    "UnknownListError",
    "WrongKeyError",
    "hourly_quantities",
    "tells_means",
)


class Decoder:
    """Decodes the bytes of one line into readings. It never raises, whatever the bytes.

    What cannot be read is returned as a `Rejected` value: the class of its error says what to do about it, and it
    holds the bytes.
    """

    def __init__(self, makers: Collection[Maker] = tuple(Maker), keys: Keys | None = None) -> None:
        """Use the profiles of these makers only. Lists that explain themselves are read whoever made the meter."""
        self._makers = makers
        self._keys = keys
        self._messages = MessageStream()
        self._unchecked = UncheckedTelegrams()

    @property
    def noise(self) -> int:
        """Number of bytes so far that were part of nothing."""
        return self._messages.frames.noise

    @property
    def pending(self) -> int:
        """Number of bytes in the buffer, which wait for the rest of a frame. It is bounded, whatever comes."""
        return len(self._messages.frames)

    def receive(self, data: bytes, now: float = 0.0) -> Iterator[Reading | Rejected]:
        """Decode bytes from the line, which may be cut anywhere, and yield what they complete.

        The work is done while the result is iterated, so iterate it to its end. `now` is the time in seconds, of any
        clock that never goes back: a message in parts is dropped when its next part does not come in time.
        """
        return map(self._read, self._messages.receive(data, now))

    def end(self, now: float = math.inf) -> Iterator[Reading | Rejected]:
        """Yield what is complete now that the line has paused for longer than any frame does, or has ended.

        `now` is as in `receive`; infinite (the default) if the line has ended.
        """
        return map(self._read, self._messages.end(now))

    def _read(self, message: Frame | Rejected) -> Reading | Rejected:
        if isinstance(message, Rejected):
            self._unchecked.forget()
            return message
        try:
            return self._content(without_llc(message.content), message.trusted, message.raw)
        except DecodeError as error:
            if isinstance(error, FrameError):
                self._unchecked.forget()
            return Rejected(error, message.raw)

    def _content(self, apdu: bytes, trusted: bool, raw: bytes) -> Reading:  # noqa: FBT001 - as Frame has it
        if apdu.startswith(b"/"):
            return read_telegram(apdu, trusted, self._keys, raw, lambda it: self._unchecked.confirm(it, self.noise))
        if apdu[:1] in CIPHERED:
            return replace(self._read_ciphered(apdu, trusted), raw=raw)
        return read_list(read_notification(apdu), self._makers, raw=raw)

    def _read_ciphered(self, apdu: bytes, trusted: bool) -> Reading:  # noqa: FBT001 - as Frame has it
        clear = decipher(apdu, self._keys)
        if clear.plaintext.startswith(b"/"):
            reading = read_deciphered(clear.plaintext, clear.verified)
        elif trusted or clear.verified:
            flag = apdu[2:5].decode("ascii", "replace")
            reading = read_list(read_notification(without_llc(clear.plaintext)), self._makers, flag)
        else:
            raise FrameError("an encrypted message among other bytes, and no authentication tag was verified")
        return replace(reading, verified=clear.verified)
