"""One opening of a line: its bytes in slices, and what has been heard so far."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import socket
from types import MappingProxyType
from typing import cast

from ..decoder import Moment
from .serial import Trial

# Times in seconds.
SLICE = 0.1  # bytes gather so long; a USB adapter would wake us for every four bytes of a slow line
FULL_SLICE = 1024  # bytes: after so many at once more are waiting, and nothing may back up behind a fast line
PIECE = 4096  # bytes that are handed over at once: their owner must not hold up everything else
BRIEF = 0.001  # of an owner's time needs no rest
MOST_WAITING = 1 << 20  # bytes that may wait for their owner; only a line that cannot be paused gets there
# A TCP host without power is noticed after 30 + 3 * 10 s.
KEEP_ALIVE = MappingProxyType({"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3})


class Connection(asyncio.Protocol):
    """One opening of the line, read in slices."""

    def __init__(self, deliver: Callable[[bytes, Moment, float], None], clock: Callable[[], Moment]) -> None:
        """Deliver bytes with the moment at which they came, and the seconds since those before them."""
        self._loop = asyncio.get_running_loop()
        self._deliver, self._clock = deliver, clock
        self._waiting = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[Exception | None] = self._loop.create_future()
        self._last: Moment | None = None
        """When bytes came last."""
        self.trial = Trial(self._loop.time())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the line that was opened."""
        self._transport = cast("asyncio.Transport", transport)
        self.trial.opened(self._loop.time())
        _keep_alive(transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that are delivered already are not kept."""
        before, self._last = self._last, self._clock()
        self.trial.add(len(data), self._loop.time())
        is_busy = bool(self._waiting)
        self._waiting += data
        if not is_busy:
            self._hand_over(self._last.loop - before.loop if before else 0.0)
        elif len(self._waiting) > MOST_WAITING and self._transport is not None:
            self._transport.abort()

    def _hand_over(self, gap: float = 0.0) -> None:
        """Deliver a piece of what waits, and then rest for at least as long as that took.

        So whoever floods the line gets half of the loop's time at most, and the rest of the house goes on.
        """
        piece, began = bytes(self._waiting[:PIECE]), self._loop.time()
        self._deliver(piece, self._last or self._clock(), gap)
        rest = self._loop.time() - began
        del self._waiting[:PIECE]
        if self._waiting:
            self._rest(rest, self._hand_over)
        elif len(piece) < FULL_SLICE or rest > BRIEF:
            self._rest(max(rest, SLICE) if len(piece) < FULL_SLICE else rest, self._resume)
        else:
            self._resume()

    def _rest(self, seconds: float, then: Callable[[], None]) -> None:
        # An ESPHome proxy cannot pause, and in serialx 1.11 it may speak before `connection_made`.
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
        """Tell that the line is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self.lost.set_result(exc)

    async def end(self) -> None:
        """Close the port. When this returns, the system has it back."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()  # not close(): nothing of ours waits to be sent
        # Shielded, and not serialx's wait_closed(): once cancelled, that can never be waited for again.
        await asyncio.shield(self.lost)


def _keep_alive(transport: asyncio.BaseTransport) -> None:
    """Let the system ask a TCP host from time to time whether it is there.

    serialx (1.11 to 1.15) hands its socket out to nobody, hence the private name. Silence is watched as well.
    """
    sock = getattr(transport, "_tcp_transport", transport).get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name in KEEP_ALIVE.keys() & vars(socket).keys():
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), KEEP_ALIVE[name])
