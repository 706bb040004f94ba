"""One opening of a line: its bytes in slices, and what has been heard so far."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import socket
from typing import cast

# Times in seconds.
SLICE = 0.1  # bytes gather so long; a USB adapter would wake us for every four bytes of a slow line
FULL_SLICE = 1024  # bytes: after so many at once more are waiting, and nothing may back up behind a fast line
PIECE = 4096  # bytes that are handed over at once: their owner must not hold up everything else
BRIEF = 0.001  # of an owner's time needs no rest
MOST_WAITING = 1 << 20  # bytes that may wait for their owner; only a line that cannot be paused gets there
PAUSE = 0.5  # without a byte ends a burst; the bytes of a frame keep closer together
DUMB = 11.0  # without a byte means: try other settings. A Kamstrup meter speaks every 10 s
ENOUGH = 600  # bytes without a good frame need no pause to be judged; every list at 2400 baud is shorter
# A TCP host without power is noticed after 30 + 3 * 10 s.
KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}


class Connection(asyncio.Protocol):
    """One opening of the line, read in slices."""

    def __init__(self, deliver: Callable[[bytes, float], None]) -> None:
        """Deliver bytes with the seconds since those before them."""
        self._loop = asyncio.get_running_loop()
        self._deliver = deliver
        self._waiting = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.lost: asyncio.Future[Exception | None] = self._loop.create_future()
        self.first = self.last = self.quiet_since = self._loop.time()
        self.heard = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the line that was opened."""
        self._transport = cast("asyncio.Transport", transport)
        self.last = self.quiet_since = self._loop.time()
        _keep_alive(transport)

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that are delivered already are not kept."""
        before, self.last = self.last, self._loop.time()
        if not self.heard:
            before = self.first = self.last
        self.heard += len(data)
        is_busy = bool(self._waiting)
        self._waiting += data
        if not is_busy:
            self._hand_over(self.last - before)
        elif len(self._waiting) > MOST_WAITING and self._transport is not None:
            self._transport.abort()

    def _hand_over(self, gap: float = 0.0) -> None:
        """Deliver a piece of what waits, and then rest for at least as long as that took.

        So whoever floods the line gets half of the loop's time at most, and the rest of the house goes on.
        """
        piece, began = bytes(self._waiting[:PIECE]), self._loop.time()
        self._deliver(piece, gap)
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

    def had_its_chance(self, now: float) -> bool:
        """Tell whether the settings are wrong, given that no good frame was seen."""
        if not self.heard:
            return now - self.quiet_since >= DUMB
        if self.heard >= ENOUGH:
            return now - self.first >= PAUSE  # a fast line says so much at once
        if now - self.last < PAUSE:
            return False
        if self.first - self.quiet_since >= PAUSE:
            return True
        # It was under way when we began to listen. Without its head no settings can be right: hear another.
        self.quiet_since, self.heard = self.last, 0
        return False

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
