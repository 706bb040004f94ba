"""One connection to a line: collects its bytes into slices and delivers them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import socket
from types import MappingProxyType
from typing import cast

from ..decoder import Moment
from .serial import Trial
from .waits import Waits

FULL_SLICE = 1024  # bytes: if this many come at once, more are waiting, and a fast line must not back up
MAX_PIECE = 4096  # bytes delivered at once: the receiver must not hold up everything else
BRIEF = 0.001  # s: a receiver that takes less needs no rest after it
MAX_WAITING = 1 << 20  # bytes that may wait for delivery; only a line that cannot be paused gets there
# A TCP host without power is noticed after 30 + 3 * 10 s.
KEEP_ALIVE = MappingProxyType({"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3})


class Connection(asyncio.Protocol):
    """One connection to the line, read in slices."""

    def __init__(
        self, deliver: Callable[[bytes, Moment, float], None], clock: Callable[[], Moment], waits: Waits
    ) -> None:
        """Deliver bytes with the moment at which they came, and the seconds since the bytes before them."""
        self._loop = asyncio.get_running_loop()
        self._deliver, self._clock, self._slice = deliver, clock, waits.slice
        self._waiting = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[Exception | None] = self._loop.create_future()
        self._last: Moment | None = None
        """When the last bytes came."""
        self.trial = Trial(self._loop.time(), waits)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start: the line is open."""
        self._transport = cast("asyncio.Transport", transport)
        self.trial.opened(self._loop.time())
        _keep_alive(transport)

    def data_received(self, data: bytes) -> None:
        """Collect bytes until they are delivered; they are not kept after that."""
        before, self._last = self._last, self._clock()
        self.trial.add(len(data), self._loop.time())
        is_busy = bool(self._waiting)
        self._waiting += data
        if not is_busy:
            self._hand_over(self._last.loop - before.loop if before else 0.0)
        elif len(self._waiting) > MAX_WAITING and self._transport is not None:
            self._transport.abort()

    def _hand_over(self, gap: float = 0.0) -> None:
        """Deliver a piece of the waiting bytes, `gap` seconds after those before, and rest for at least as long.

        So a flooded line gets at most half of the loop's time, and the rest of Home Assistant keeps running.
        """
        piece, began = bytes(self._waiting[:MAX_PIECE]), self._loop.time()
        self._deliver(piece, self._last or self._clock(), gap)
        rest = self._loop.time() - began
        del self._waiting[:MAX_PIECE]
        if self._waiting:
            self._rest(rest, self._hand_over)
        elif len(piece) < FULL_SLICE or rest > BRIEF:
            self._rest(max(rest, self._slice) if len(piece) < FULL_SLICE else rest, self._resume)
        else:
            self._resume()

    def _rest(self, seconds: float, then: Callable[[], None]) -> None:
        # An ESPHome proxy cannot pause, and in serialx 1.11 its bytes may come before `connection_made`.
        if self._transport is not None:
            with suppress(NotImplementedError):
                self._transport.pause_reading()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, then)

    def _resume(self) -> None:
        if self._transport is not None:
            with suppress(NotImplementedError):
                self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Report that the line is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self.lost.set_result(exc)

    async def end(self) -> None:
        """Close the port. When this returns, other programs can open it."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()  # not close(): there is nothing to send first
        # Shielded, and not serialx's wait_closed(): if that is cancelled once, it can never be awaited again.
        await asyncio.shield(self.lost)


def _keep_alive(transport: asyncio.BaseTransport) -> None:
    """Let the operating system check from time to time whether a TCP host is still there.

    serialx (1.11 to 1.15) does not give access to its socket, hence the private name. If that is gone one day, the
    watch for silence still finds a lost host.
    """
    sock = getattr(transport, "_tcp_transport", transport).get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name in KEEP_ALIVE.keys() & vars(socket).keys():
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), KEEP_ALIVE[name])
