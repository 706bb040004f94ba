"""Open a URL and hand over its bytes, for ever.

A device path, `socket://host:port`, `rfc2217://...` or an ESPHome serial proxy: serialx opens them all. It is
not known here what a meter says; but how a line breaks, and that nothing is ever written to a HAN port.
"""

import asyncio
from collections.abc import Callable
import errno
from typing import Any, cast

import serialx

from ..decoder import Moment
from .connection import Connection
from .errors import Reason, SourceError
from .serial import SerialSettingsSearch
from .settings import LineSettings

# Times in seconds.
OPENING = 30.0  # for one attempt to open; handlers of third parties may know no limit
BACKOFF_FIRST, BACKOFF_MOST = 1.0, 60.0  # between attempts: the first wait, and the last after doubling
SILENCE_MOST = 900.0  # an outage that healed by itself must not teach us to wait for hours
LOOK = 0.5  # between two looks at a line whose settings are not known yet


class Link:
    """Opens a URL and hands over bytes, for ever.

    `received` gets all bytes in order. `changed` gets a SourceError when the line is lost, again only if the
    reason changes, and None when it is open again. After silence, or a connection without a byte, only a byte
    proves that: else a port without a meter would come and go every minute.

    The serial settings are tried in turn until `settle` is called, but not on plain TCP. A line is opened anew
    when silent for `silence` seconds and three times its longest gap: of a host without power nothing else is seen.
    """

    def __init__(
        self,
        line: LineSettings,
        received: Callable[[bytes, Moment], None],
        changed: Callable[[SourceError | None], None],
        *,
        clock: Callable[[], Moment],
        silence: float,
    ) -> None:
        self._url, self._clock, self._silence = line.address.url, clock, silence
        self._has_serial_settings = line.address.has_serial_settings
        self._search = SerialSettingsSearch(line.serial if self._has_serial_settings else line.serial[:1])
        self._received, self._changed = received, changed
        self._connection: Connection | None = None
        self._lock = asyncio.Lock()
        self._runner: asyncio.Task[Any] | None = None
        self._reported: Reason | None = None
        self._doubted = False
        self._waiting_since = 0.0  # the last byte, or the opening; 0 when the line is lost
        self.bytes_received = self.connections = self.owner_errors = 0
        self.backoff = BACKOFF_FIRST
        self.longest_gap = 0.0
        self.last_received: float | None = None

    @property
    def serial_settings_text(self) -> str:
        """The serial settings in use, such as `2400 8E1`; empty on plain TCP."""
        return str(self._search.current) if self._has_serial_settings else ""

    @property
    def settled(self) -> bool:
        """Whether the serial settings in use are kept."""
        return self._search.settled

    @property
    def connected(self) -> bool:
        """Whether the line is open. It may be silent."""
        return self._connection is not None and not self._connection.lost.done()

    def settle(self) -> None:
        """Keep the present settings: a good frame was seen. May be called from inside `received`."""
        self._search.settle()

    def unsettle(self) -> None:
        """Try other settings again: bytes come, and nothing good has been among them for long."""
        self._search.unsettle()

    async def open(self) -> None:
        """Try once to open the line, if it is not open. Raises SourceError."""
        async with self._lock:
            if not self.connected:
                self._connection = await self._connect()

    async def run(self) -> None:
        """Open the line again whenever it is lost. Ends by cancellation or `close`, with the port closed."""
        self._runner = asyncio.current_task()
        try:
            while True:
                wait = await self._serve()
                await self._shut()
                await asyncio.sleep(wait)
        finally:
            self._runner = None
            await self._shut()

    async def close(self) -> None:
        """End `run`, and close the port. When this returns, it can be opened again."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait((self._runner,))
        await self._shut()

    async def _shut(self) -> None:
        async with self._lock:
            if self._connection is not None:
                await self._connection.end()
                self._connection = None

    async def _connect(self) -> Connection:
        connection = Connection(self._deliver, self._clock)
        try:
            async with asyncio.timeout(OPENING):
                await self._create(connection, self._search.current.parity)
        except Exception as error:  # noqa: BLE001 - handlers of third parties raise what they like
            raise SourceError.of(error, self._url) from None
        self.connections += 1
        return connection

    async def _create(self, connection: Connection, parity: serialx.Parity) -> None:
        try:
            await serialx.create_serial_connection(
                asyncio.get_running_loop(),
                lambda: connection,
                self._url,
                self._search.current.baudrate,
                parity,
                exclusive=True,
                low_latency=False,  # slices are longer than the milliseconds it is about
                # Left up: a reader may live on them, or take their fall for a reset.
                dtr_on_close=serialx.PinState.UNDEFINED,
                rts_on_close=serialx.PinState.UNDEFINED,
            )
        except OSError as error:
            if error.errno != errno.EINVAL or parity is serialx.Parity.NONE:
                raise
            # A pseudo-terminal (socat, a simulator) has no parity. The C library lets that pass only while
            # another setting changes, so not at the second opening.
            await self._create(connection, serialx.Parity.NONE)

    async def _serve(self) -> float:
        """Open the line and watch it. Return how many seconds to wait before the next time."""
        try:
            await self.open()
            if not self._doubted:
                self._report(None)
            self._doubted = True
            self._waiting_since = self._waiting_since or asyncio.get_running_loop().time()
            await self._watch(cast("Connection", self._connection))
        except SourceError as error:
            self._report(error)
            self._waiting_since = 0.0
            wait, self.backoff = self.backoff, min(2 * self.backoff, BACKOFF_MOST)
            return wait
        # Opened anew with the next settings. serialx can change those of an open port, but empties its input
        # in doing so, and takes a read that then finds nothing for an unplugged device.
        self._search.go_on()
        return 0.0

    async def _watch(self, connection: Connection) -> None:
        """Return if other settings shall be tried. Raises SourceError when the line is lost."""
        while not connection.lost.done():
            now = asyncio.get_running_loop().time()
            left = self._waiting_since + max(self._silence, min(3 * self.longest_gap, SILENCE_MOST)) - now
            if left <= 0:
                self._doubted = True
                raise SourceError(Reason.SILENT, f"no byte for {now - self._waiting_since:.0f} seconds")
            if not self.settled and connection.trial.is_over(now):
                return
            await asyncio.wait((connection.lost,), timeout=min(left, 20 * LOOK if self.settled else LOOK))
        error = connection.lost.result() or EOFError("the far end closed the line")
        raise SourceError.of(error, self._url, Reason.LOST)

    def _deliver(self, data: bytes, heard: Moment, gap: float) -> None:
        self.bytes_received += len(data)
        self.last_received, self._waiting_since = heard.loop, asyncio.get_running_loop().time()
        self.longest_gap = max(self.longest_gap, gap)
        self.backoff = BACKOFF_FIRST
        self._doubted = False
        self._report(None)
        self._tell(self._received, data, heard)

    def _report(self, error: SourceError | None) -> None:
        reason = None if error is None else error.reason
        if reason != self._reported:
            self._reported = reason
            self._tell(self._changed, error)

    def _tell[*What](self, callback: Callable[[*What], None], *what: *What) -> None:
        """Call the owner, whose mistakes must not cost the line. Only the first is shown, of 10 a second."""
        try:
            callback(*what)
        except Exception as error:  # noqa: BLE001 - see above
            self.owner_errors += 1
            if self.owner_errors == 1:
                report = {"message": f"{callback!r} failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(report)
