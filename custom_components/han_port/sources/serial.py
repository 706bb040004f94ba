"""Speed and parity of a serial line, and those that meters use."""

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
