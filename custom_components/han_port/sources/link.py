"""Opens a URL and hands over its bytes, indefinitely.

A device path, `socket://host:port`, `rfc2217://...` or an ESPHome serial proxy: serialx opens them all. This module
knows how lines fail, but not what meters send. It never writes: a HAN port is one way.
"""

import asyncio
from collections.abc import Callable
import errno
from typing import Any, cast

import serialx

from ..decoder import Moment
from .connection import Connection
from .errors import Reason, SourceError
from .serial import USUAL_DATA_BITS, SerialSettingsSearch
from .settings import LineSettings
from .waits import USUAL_WAITS, Waits

MAX_SILENCE = 900.0  # s: after a long outage, three times the longest gap would be hours


class Link:
    """Opens a URL and hands over its bytes, indefinitely.

    `received` gets all bytes in order. `changed` gets a SourceError when the line is lost, again only if the
    reason changes, and None when it is back. After silence, or a connection without a byte, the line is back only
    with its next byte: otherwise a port without a meter would be reported as lost and back every minute.

    The serial settings are tried in turn until `settle` is called, but not on plain TCP. A line is reopened after
    a silence, and three times its longest gap, without a byte: a host without power gives no other sign.
    """

    def __init__(
        self,
        line: LineSettings,
        received: Callable[[bytes, Moment], None],
        changed: Callable[[SourceError | None], None],
        *,
        clock: Callable[[], Moment],
        waits: Waits = USUAL_WAITS,
    ) -> None:
        self._url, self._clock, self._waits = line.address.url, clock, waits
        self._has_serial_settings = line.address.has_serial_settings
        self._search = SerialSettingsSearch(line.serial if self._has_serial_settings else line.serial[:1])
        self._received, self._changed = received, changed
        self._connection: Connection | None = None
        self._lock = asyncio.Lock()
        self._runner: asyncio.Task[Any] | None = None
        self._reported: Reason | None = None
        self._unproven = False  # whether only a byte can show that the line is back
        self._waiting_since = 0.0  # loop seconds of the last byte, or of the opening; 0 when the line is lost
        self.bytes_received = self.connections = self.owner_errors = 0
        self.backoff = self._waits.min_backoff
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
        """Keep the present serial settings: an intact message was heard. May be called from inside `received`."""
        self._search.settle()

    def unsettle(self) -> None:
        """Try other serial settings too: bytes come, but no intact message has been among them for long."""
        self._search.unsettle()

    async def open(self) -> None:
        """Try once to open the line, unless it is open. Raises SourceError."""
        async with self._lock:
            if not self.connected:
                self._connection = await self._connect()

    async def run(self) -> None:
        """Reopen the line whenever it is lost. Ends by cancellation or `close`, with the port closed."""
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
        """End `run` and close the port. When this returns, it can be opened again."""
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
        connection = Connection(self._deliver, self._clock, self._waits)
        try:
            async with asyncio.timeout(self._waits.opening):
                await self._create(connection, self._search.current.parity)
        except Exception as error:  # noqa: BLE001 - handlers of third parties raise errors of any kind
            raise SourceError.of(error, self._url) from None
        self.connections += 1
        return connection

    async def _create(self, connection: Connection, parity: serialx.Parity) -> None:
        bits = self._search.current.data_bits
        # The usual 8 are not passed on: a handler may not know the argument.
        unusual: dict[str, Any] = {} if bits == USUAL_DATA_BITS else {"byte_size": bits}
        try:
            await serialx.create_serial_connection(
                asyncio.get_running_loop(),
                lambda: connection,
                self._url,
                self._search.current.baudrate,
                parity,
                exclusive=True,
                low_latency=False,  # it would save milliseconds, and a slice takes longer
                # DTR and RTS stay up: a reader may get its power from them, or reset when they fall.
                dtr_on_close=serialx.PinState.UNDEFINED,
                rts_on_close=serialx.PinState.UNDEFINED,
                **unusual,
            )
        except OSError as error:
            if error.errno != errno.EINVAL or parity is serialx.Parity.NONE:
                raise
            # A pseudo-terminal (socat, a simulator) has no parity. The C library ignores that only if another
            # setting changes too, which is not so at the second opening.
            await self._create(connection, serialx.Parity.NONE)

    async def _serve(self) -> float:
        """Open the line and watch it. Return how many seconds to wait before it is opened again."""
        try:
            await self.open()
            if not self._unproven:
                self._report(None)
            self._unproven = True
            self._waiting_since = self._waiting_since or asyncio.get_running_loop().time()
            await self._watch(cast("Connection", self._connection))
        except SourceError as error:
            self._report(error)
            self._waiting_since = 0.0
            wait, self.backoff = self.backoff, min(2 * self.backoff, self._waits.max_backoff)
            return wait
        # Reopen with the next serial settings. serialx can change those of an open port, but that empties the
        # input buffer, and serialx takes a read of nothing for an unplugged device.
        self._search.go_on()
        return 0.0

    async def _watch(self, connection: Connection) -> None:
        """Return when other serial settings are to be tried. Raises SourceError when the line is lost."""
        while not connection.lost.done():
            now = asyncio.get_running_loop().time()
            left = self._waiting_since + max(self._waits.silence, min(3 * self.longest_gap, MAX_SILENCE)) - now
            if left <= 0:
                self._unproven = True
                raise SourceError(Reason.SILENT, f"no byte for {now - self._waiting_since:.0f} seconds")
            if not self.settled and connection.trial.is_over(now):
                return
            look = self._waits.look
            await asyncio.wait((connection.lost,), timeout=min(left, 20 * look if self.settled else look))
        error = connection.lost.result() or EOFError("the far end closed the line")
        raise SourceError.of(error, self._url, Reason.LOST)

    def _deliver(self, data: bytes, heard: Moment, gap: float) -> None:
        self.bytes_received += len(data)
        self.last_received, self._waiting_since = heard.loop, asyncio.get_running_loop().time()
        self.longest_gap = max(self.longest_gap, gap)
        self.backoff = self._waits.min_backoff
        self._unproven = False
        self._report(None)
        self._call(self._received, data, heard)

    def _report(self, error: SourceError | None) -> None:
        reason = None if error is None else error.reason
        if reason != self._reported:
            self._reported = reason
            self._call(self._changed, error)

    def _call[*Args](self, callback: Callable[[*Args], None], *args: *Args) -> None:
        """Call the owner. Its errors must not end the link; only the first is logged, as there may be 10 a second."""
        try:
            callback(*args)
        except Exception as error:  # noqa: BLE001 - see above
            self.owner_errors += 1
            if self.owner_errors == 1:
                report = {"message": f"{callback!r} failed", "exception": error}
                asyncio.get_running_loop().call_exception_handler(report)
