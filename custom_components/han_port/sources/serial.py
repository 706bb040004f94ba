"""Speed and parity of a serial line, those that meters use, and how the right ones are found."""

from collections.abc import Sequence
from dataclasses import dataclass
import re
from typing import Self

import serialx


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """Speed (baud) and parity of a serial line. 8 data bits and 1 stop bit always."""

    baudrate: int
    parity: serialx.Parity

    def __str__(self) -> str:
        """Return the usual notation: `2400 8E1`."""
        return f"{self.baudrate} 8{self.parity.value}1"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the usual notation. Raises ValueError."""
        match = re.fullmatch(r"([1-9][0-9]{0,7}) 8([NEOMS])1", text)
        if match is None:
            raise ValueError(f"not like '2400 8E1': {text!r}")
        return cls(int(match[1]), serialx.Parity(match[2]))


USUAL_SERIAL_SETTINGS = tuple(map(SerialSettings.parse, ("2400 8E1", "2400 8N1", "115200 8N1", "9600 8E1")))
"""What a HAN port may speak, the likeliest first: most M-Bus ports (RJ45) are 2400 8E1, some makers say 8N1,
every P1 port (RJ12) is 115200 8N1, and a Kamstrup module may have been set to 9600."""

BURST_PAUSE = 0.5
"""Seconds without a byte that end a burst; the bytes of a frame keep closer together."""
DUMB_AFTER = 11.0
"""Seconds without a byte after which other settings are tried. A Kamstrup meter speaks every 10 s."""
ENOUGH_BYTES = 600
"""Bytes without a good frame that need no pause to be judged; every list at 2400 baud is shorter."""


class Trial:
    """What is heard with one of the settings, until that is enough to judge them."""

    def __init__(self, now: float) -> None:
        """Begin at a second, in which the line was opened."""
        self._first = self._last = self._quiet_since = now
        self._size = 0

    def opened(self, now: float) -> None:
        """Note that the line is open, and quiet from this second on."""
        self._last = self._quiet_since = now

    def add(self, size: int, now: float) -> None:
        """Add bytes that came at a second."""
        if not self._size:
            self._first = now
        self._last = now
        self._size += size

    def is_over(self, now: float) -> bool:
        """Return whether the settings are wrong, given that no good frame was seen by this second."""
        if not self._size:
            return now - self._quiet_since >= DUMB_AFTER
        if self._size >= ENOUGH_BYTES:
            return now - self._first >= BURST_PAUSE  # a fast line says so much at once
        if now - self._last < BURST_PAUSE:
            return False
        if self._first - self._quiet_since >= BURST_PAUSE:
            return True
        # It was under way when we began to listen. Without its head no settings can be right: hear another.
        self._quiet_since, self._size = self._last, 0
        return False


class SerialSettingsSearch:
    """Serial settings, one or more, that are tried in turn until what comes is understood."""

    def __init__(self, candidates: Sequence[SerialSettings]) -> None:
        """Begin with the first."""
        self._candidates = tuple(candidates)
        self._turn = 0
        self.settled = len(self._candidates) == 1
        """Whether the present ones are kept."""

    @property
    def current(self) -> SerialSettings:
        """The settings in use."""
        return self._candidates[self._turn]

    def settle(self) -> None:
        """Keep the present settings: a good frame was seen."""
        self.settled = True

    def unsettle(self) -> None:
        """Try other settings again: bytes come, and nothing good has been among them for long."""
        self.settled = len(self._candidates) == 1

    def go_on(self) -> None:
        """Take the next settings."""
        self._turn = (self._turn + 1) % len(self._candidates)
