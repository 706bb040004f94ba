"""Speed and parity of a serial line: those that meters use, and the search for the right ones."""

from collections.abc import Sequence
from dataclasses import dataclass
import re
from typing import Self

import serialx

from .waits import Waits

USUAL_DATA_BITS = 8


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """Speed (baud), parity and data bits of a serial line. There is always 1 stop bit."""

    baudrate: int
    parity: serialx.Parity
    data_bits: int = USUAL_DATA_BITS
    """8, but 7 on some old P1 ports."""

    def __str__(self) -> str:
        """Return the usual notation: `2400 8E1`."""
        return f"{self.baudrate} {self.data_bits}{self.parity.value}1"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the settings in the usual notation. Raises ValueError if the text is not in it."""
        match = re.fullmatch(r"([1-9][0-9]{0,7}) ([78])([NEOMS])1", text)
        if match is None:
            raise ValueError(f"not like '2400 8E1': {text!r}")
        return cls(int(match[1]), serialx.Parity(match[3]), int(match[2]))


USUAL_SERIAL_SETTINGS = tuple(map(SerialSettings.parse, ("2400 8E1", "2400 8N1", "115200 8N1", "9600 8E1")))
"""The serial settings of HAN ports, the likeliest first: most M-Bus ports (RJ45) use 2400 8E1, those of some makers
8N1, every P1 port (RJ12) uses 115200 8N1, and a Kamstrup module may have been set to 9600."""

ENOUGH_BYTES = 600
"""The settings are wrong after this many bytes without an intact frame, even without a pause: at 2400 baud every
list is shorter."""


class Trial:
    """A trial of serial settings: whether what was heard with them is enough to call them wrong.

    All times are loop seconds.
    """

    def __init__(self, now: float, waits: Waits) -> None:
        """Begin now, while the line is being opened."""
        self._waits = waits
        self._first = self._last = self._quiet_since = now
        self._size = 0

    def opened(self, now: float) -> None:
        """Note that the line is open, and has been quiet since now."""
        self._last = self._quiet_since = now

    def add(self, size: int, now: float) -> None:
        """Add a number of bytes that came now."""
        if not self._size:
            self._first = now
        self._last = now
        self._size += size

    def is_over(self, now: float) -> bool:
        """Return whether the settings are wrong, given that no intact frame was heard until now."""
        if not self._size:
            return now - self._quiet_since >= self._waits.dumb_after
        if self._size >= ENOUGH_BYTES:
            # On a fast line, this many bytes may be the start of a good burst.
            return now - self._first >= self._waits.burst_pause
        if now - self._last < self._waits.burst_pause:
            return False
        if self._first - self._quiet_since >= self._waits.burst_pause:
            return True
        # The burst had begun before we listened. Without its start no settings can read it: wait for the next one.
        self._quiet_since, self._size = self._last, 0
        return False


class SerialSettingsSearch:
    """One or more serial settings, tried in turn until an intact message is heard."""

    def __init__(self, candidates: Sequence[SerialSettings]) -> None:
        """Begin with the first candidate. A single one is kept."""
        self._candidates = tuple(candidates)
        self._turn = 0
        self.settled = len(self._candidates) == 1
        """Whether the present settings are kept."""

    @property
    def current(self) -> SerialSettings:
        """The settings in use."""
        return self._candidates[self._turn]

    def settle(self) -> None:
        """Keep the present settings: an intact message was heard."""
        self.settled = True

    def unsettle(self) -> None:
        """Try other settings too: bytes come, but no intact message has been among them for long."""
        self.settled = len(self._candidates) == 1

    def go_on(self) -> None:
        """Change to the next settings; after the last come the first."""
        self._turn = (self._turn + 1) % len(self._candidates)
