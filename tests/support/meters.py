"""The far ends of lines: meters that say what they are given, on real sockets and real pseudo-terminals.

`simulator/serve.py` is not one of them: it is a program that needs nothing of the tests.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
import os
from pathlib import Path
import pty
import socket
import struct
import termios
import tty
from typing import Any

SPEEDS = {termios.B2400: 2400, termios.B9600: 9600, termios.B115200: 115200}


def bound(port: int) -> socket.socket:
    """Take a TCP port, any free one if it is 0, without listening yet: it refuses."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind(("127.0.0.1", port))
    return taken


def reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection as a crash does, and not as an end."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class SpeakingMeter:
    """The far end of a TCP line: what `say` is given is what the integration reads."""

    closes_at_once = False
    """Whether each who connects is sent away, as by a gateway that serves one reader at a time."""
    opening = b""
    """What the meter says to each who connects."""

    def __init__(self) -> None:
        """Choose a free port, which refuses until `start`."""
        self.writers: set[asyncio.StreamWriter] = set()
        """Those who listen."""
        self.connections = 0
        self.heard = b""
        self.connected = asyncio.Event()
        self.at_connect: Callable[[], object] = lambda: None
        self._listener = bound(0)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"socket://127.0.0.1:{self.port}"
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Be there."""
        self._server = await asyncio.start_server(self._on_client, sock=self._listener)

    async def go_away(self) -> None:
        """Break all connections and refuse others, until the next `start`."""
        await self.stop()
        self._listener = bound(self.port)

    async def stop(self) -> None:
        """Be gone for good."""
        if self._server:
            self._server.close()
        self._listener.close()
        self.hang_up()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        if self._server:
            await self._server.wait_closed()
            self._server = None

    def _on_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        self.connected.set()
        self.at_connect()
        client = asyncio.create_task(self._serve(reader, writer))
        self._clients.add(client)
        client.add_done_callback(self._clients.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do what is done with one who has connected. The connection ends with it."""
        writer.write(self.opening)
        if not self.closes_at_once:
            while data := await reader.read(100):
                self.heard += data

    def say(self, *frames: bytes) -> None:
        """Send bytes to all who listen."""
        for writer in self.writers:
            writer.write(b"".join(frames))

    def hang_up(self) -> None:
        """Break all connections, whatever is still to be sent."""
        for writer in self.writers:
            writer.transport.abort()

    def reset(self) -> None:
        """Reset all connections."""
        for writer in self.writers:
            reset(writer)


class PtyMeter:
    """The far end of a pseudo-terminal behind a link that keeps its name, as /dev/serial/by-id does."""

    def __init__(self, path: Path) -> None:
        """Name it; it is not plugged in yet."""
        self.path = path
        self.url = str(path)

    def plug_in(self) -> None:
        """Make the port."""
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self.slave))

    def unplug(self) -> None:
        """Take the port away."""
        self.path.unlink()
        os.close(self.master)
        os.close(self.slave)

    def say(self, *frames: bytes) -> None:
        """Send bytes down the line, every one of them."""
        data = b"".join(frames)
        assert os.write(self.master, data) == len(data)

    def offer(self, *frames: bytes) -> None:
        """Send bytes to whoever reads: a port does not keep what nobody reads."""
        with suppress(BlockingIOError):
            os.write(self.master, b"".join(frames))

    @property
    def heard(self) -> bytes:
        """What was written to the meter since this was asked last."""
        with suppress(BlockingIOError):
            return os.read(self.master, 100)
        return b""

    @property
    def attributes(self) -> list[Any]:
        """How the port is set, in the words of the system."""
        return termios.tcgetattr(self.slave)

    @property
    def speed(self) -> int:
        """At how many baud the port was opened."""
        return SPEEDS[self.attributes[5]]


@asynccontextmanager
async def repeating(meter: PtyMeter, *frames: bytes) -> AsyncGenerator[None]:
    """Let a serial meter repeat itself: what it said before its port was opened, nobody has heard."""

    async def speak() -> None:
        while True:
            meter.offer(*frames)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(speak())
    try:
        yield
    finally:
        task.cancel()
