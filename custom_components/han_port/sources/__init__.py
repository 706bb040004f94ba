"""Where readings come from. Knows no meter.

A source
1. opens once, or raises SourceError;
2. runs until it is cancelled, and reopens whenever it is lost, indefinitely;
3. closes so that it can be opened again at once;
4. hands over what it hears, in order, each piece with the moment at which it was heard;
5. reports when it is lost (a SourceError, again only if the reason changes), and when it is back (None).

There are two kinds: sources of bytes, which a `Feed` decodes, and sources of readings, which need no decoder.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from ..decoder import Moment
from .errors import SourceError
from .link import Link
from .settings import LineSettings
from .usb import async_follow, async_remember, async_watch
from .waits import Waits

__all__ = ["SOURCES", "ByteSource", "Clock", "Source", "async_follow", "async_remember", "async_watch", "byte_source"]

type Clock = Callable[[], Moment]
"""Returns the present moment."""
type Hear = Callable[[bytes, Moment], None]
type Change = Callable[[SourceError | None], None]


class Source(Protocol):
    """Where readings come from. It keeps the five promises above."""

    async def open(self) -> None:
        """Try once to open, unless it is open. Raises SourceError."""

    async def run(self) -> None:
        """Hand over what is heard, until cancelled."""

    async def close(self) -> None:
        """End `run` and close. When this returns, it can be opened again."""

    @property
    def connected(self) -> bool:
        """Whether it is open. It may be silent."""


class ByteSource(Source, Protocol):
    """A source of bytes, with its counters."""

    bytes_received: int
    connections: int
    """How often it was opened."""
    longest_gap: float
    """The longest time between two bytes (s)."""
    last_received: float | None
    """When the last byte was heard (loop seconds)."""

    @property
    def serial_settings_text(self) -> str:
        """The serial settings in use, such as `2400 8E1`; empty where there are none."""

    def settle(self) -> None:
        """Keep the serial settings in use: an intact message was heard."""

    def unsettle(self) -> None:
        """Try other serial settings too: no intact message was heard for long."""


class Factory(Protocol):
    """Makes a source of bytes."""

    def __call__(
        self, line: LineSettings, received: Hear, changed: Change, *, clock: Clock, waits: Waits
    ) -> ByteSource:
        """Return the source, not opened. It is reopened after a silence."""


SOURCES: Mapping[str, Factory] = MappingProxyType({})
"""Scheme of an address -> what makes its source. All other addresses are opened by serialx."""


def byte_source(line: LineSettings, received: Hear, changed: Change, *, clock: Clock, waits: Waits) -> ByteSource:
    """Return the source for a line's address, not opened. It is reopened after a silence."""
    make: Factory = SOURCES.get(line.address.scheme, Link)
    return make(line, received, changed, clock=clock, waits=waits)
