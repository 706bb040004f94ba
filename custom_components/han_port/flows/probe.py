"""Listens to a line until the meter is identified, and finds out why if it is not.

For the config flow. Many users of HAN readers give up at "timeout reading data", so silence, a wrong speed, an
encrypted line and an unknown meter are different outcomes here.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from ..analysis.phases import Measured
from ..analysis.power import signed
from ..decoder import (
    CipherError,
    DataError,
    FrameError,
    MissingKeyError,
    Moment,
    Quantity,
    Reading,
    Rejected,
    UncheckedError,
    UnknownListError,
    hourly_quantities,
)
from ..decoder.framings import framing_of
from ..sources import Clock
from ..sources.errors import SourceError
from ..sources.feed import Feed, Waits
from ..sources.settings import LineSettings

PATIENCE = 40.0
"""Seconds to listen at most. The slowest common meter sends its number every 15 s, and up to four serial settings
are tried."""
MAX_NAMELESS = 2
"""Accept a meter without a number after this many long lists: some never send one."""
MAX_UNDECIPHERED = 2
"""Stop after this many messages that cannot be deciphered. A single one may be damaged."""
WAITS = Waits(pause=1.0)
"""After a pause of this many seconds an open message is read as complete: gateways pass on bare messages."""
KEPT_BYTES = 65536
"""The last bytes are kept, to check afterwards what a reader may have done to them."""


class Outcome(StrEnum):
    """The result of listening. The values are the names of the config flow's steps."""

    FOUND = "found"
    NO_BYTES = "no_bytes"
    NO_DATA = "no_data"
    NO_FRAMES = "no_frames"
    TEXT_MODE = "text_mode"
    TELNET = "telnet"
    SEVEN_BITS = "seven_bits"
    NO_CHECKSUM = "no_checksum"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    KEYS = "keys"
    UNKNOWN_LIST = "unknown_list"


@dataclass
class Probe:
    """One attempt to identify the meter on a line."""

    line: LineSettings
    clock: Clock
    seen: Sequence[bytes] = ()
    """Encrypted messages that were heard before the user gave a key. The key is tried on them first."""
    readings: int = 0
    """How many messages were read."""
    rejected: list[Rejected] = field(default_factory=list)
    reading: Reading | None = None
    """The last reading with the meter's number. Until there is one, the reading with the most values."""
    power: float | None = None
    """Import minus export (W, secondary)."""
    values: dict[Quantity, tuple[float, float]] = field(default_factory=dict)
    """The last value (secondary) of each quantity, and when it was heard (loop seconds)."""

    def __post_init__(self) -> None:
        """Prepare; nothing is opened yet."""
        self.measured = Measured()
        self.feed = Feed(self.line, self._heard, self._line_changed, clock=self.clock, waits=WAITS)
        self._nameless = self._undeciphered = 0
        self._line_error: SourceError | None = None
        self._last = bytearray()
        self._decided = asyncio.Event()

    async def listen(self) -> None:
        """Listen until the meter is identified, its key turns out to be wrong or missing, or PATIENCE is over.

        Raises SourceError if the line cannot be opened, or is lost before the first byte.
        """
        await asyncio.sleep(0)  # the flow must not find this task done before it has shown its progress
        for raw in self.seen:
            self.feed.feed(raw, self.clock())
        if self._decided.is_set():
            await self.feed.close()
            return
        self.feed.tap(self._keep)
        running: asyncio.Task[None] | None = None
        try:
            await self.feed.open()
            running = asyncio.create_task(self.feed.run())
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._decided.wait()
        finally:
            if running:
                running.cancel()
            await self.feed.close()
        if self._line_error and not self.bytes_received:
            raise self._line_error

    @property
    def bytes_received(self) -> int:
        """How many bytes were received."""
        return self.feed.source.bytes_received

    @property
    def serial_settings_text(self) -> str:
        """The serial settings in use, such as `2400 8E1`; empty where there are none."""
        return self.feed.source.serial_settings_text

    @property
    def outcome(self) -> Outcome:
        """The result of what has been heard so far."""
        errors = {type(rejected.error) for rejected in self.rejected}
        if self.readings:
            # A short list may get through where the others are changed: with a power alone, a meter is not found.
            rewriting = self.feed.rewriting_of(bytes(self._last)) if self.damaged else None
            return Outcome(rewriting) if rewriting else Outcome.FOUND
        if self.key_error:
            return Outcome.ENCRYPTED if MissingKeyError in errors else Outcome.KEYS
        if not errors.isdisjoint((UnknownListError, DataError)):
            return Outcome.UNKNOWN_LIST
        if UncheckedError in errors:
            return Outcome.NO_CHECKSUM
        return self._nothing_good()

    def _nothing_good(self) -> Outcome:
        """Return what is wrong with a line on which no message is intact."""
        if not self.bytes_received:
            return Outcome.NO_BYTES
        if not self._last.strip(b"\x00\xff"):
            return Outcome.NO_DATA
        if rewriting := self.feed.rewriting_of(bytes(self._last)):
            return Outcome(rewriting)
        return Outcome.DAMAGED if self.damaged else Outcome.NO_FRAMES

    @property
    def key_error(self) -> str | None:
        """The key of the text that says what is wrong with the keys; None if nothing is."""
        return next((e.error.key for e in self.rejected if isinstance(e.error, CipherError)), None)

    @property
    def sealed(self) -> list[bytes]:
        """The last messages that could not be deciphered."""
        return [each.raw for each in self.rejected if isinstance(each.error, CipherError)][-MAX_UNDECIPHERED:]

    @property
    def damaged(self) -> int:
        """How many messages were damaged."""
        return sum(isinstance(each.error, FrameError) for each in self.rejected)

    @property
    def heard(self) -> str:
        """Framing and encryption of the last messages, in words that need no translation; empty before the first."""
        raw = next((each.raw for each in reversed(self.rejected) if not isinstance(each.error, FrameError)), b"")
        raw = self.reading.raw if self.reading else raw
        framing = framing_of(raw).name if raw else ""
        return " ".join(filter(None, (framing, "AES-128" if self.sealed else "")))

    @property
    def quantities(self) -> list[Quantity]:
        """The quantities that the meter measures: those heard, and those of its hourly list if that is known."""
        seen = self.measured.seen.union(hourly_quantities(self.reading.list_id if self.reading else None))
        return [quantity for quantity in Quantity if quantity in seen]

    def _line_changed(self, error: SourceError | None) -> None:
        self._line_error = error

    def _keep(self, data: bytes) -> None:
        self._last += data
        del self._last[:-KEPT_BYTES]

    def _heard(self, event: Reading | Rejected, at: Moment) -> None:
        if isinstance(event, Rejected):
            self.rejected.append(event)
            self._undeciphered += isinstance(event.error, CipherError)
            if self._undeciphered == MAX_UNDECIPHERED and not self.readings:
                self._decided.set()
            return
        self.readings += 1
        values = self.measured.of(event.values)
        self.values |= {quantity: (value, at.loop) for quantity, value in values.items()}
        if Quantity.POWER_IMPORT in values:
            self.power = signed(values[Quantity.POWER_IMPORT], values.get(Quantity.POWER_EXPORT))
        self._nameless += not event.serial and len(event.values) > 1
        if event.serial or self._nameless == MAX_NAMELESS:
            self._decided.set()
        if event.serial or self.reading is None or len(event.values) > len(self.reading.values):
            self.reading = event
