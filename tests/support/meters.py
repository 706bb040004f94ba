"""The far ends of lines: meters that say what they are given, on real sockets and real pseudo-terminals."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import os
from pathlib import Path
import pty
import tty


class SpeakingMeter:
    """The far end of a TCP line: what `say` is given is what the integration reads."""

    def __init__(self) -> None:
        """Begin without listeners."""
        self.writers: set[asyncio.StreamWriter] = set()
        self.connections = 0
        self.heard = b""
        self.connected = asyncio.Event()
        self.opening = b""
        """What the meter says to each who connects."""
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Be there: on any port at first, later on the same again."""
        self._server = await asyncio.start_server(self._on_client, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone: the connections break, new ones are refused."""
        if self._server:
            self._server.close()
            self.hang_up()
            await self._server.wait_closed()
            self._server = None

    @property
    def url(self) -> str:
        """Where the meter is."""
        return f"socket://127.0.0.1:{self.port}"

    async def _on_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.add(writer)
        self.connections += 1
        self.connected.set()
        writer.write(self.opening)
        try:
            while data := await reader.read(100):
                self.heard += data
        except ConnectionError:
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    def say(self, *frames: bytes) -> None:
        """Send bytes to all who listen."""
        for writer in self.writers:
            writer.write(b"".join(frames))

    def hang_up(self) -> None:
        """Reset all connections."""
        for writer in self.writers:
            writer.transport.abort()


class PtyMeter:
    """The far end of a pseudo-terminal behind a link that keeps its name, as /dev/serial/by-id does."""

    def __init__(self, path: Path) -> None:
        """Plug it in."""
        self.path = path
        self.url = str(path)
        self.plug_in()

    def plug_in(self) -> None:
        """Make the port."""
        self.master, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self.slave))

    def unplug(self) -> None:
        """Take the port away."""
        self.path.unlink()
        os.close(self.master)
        os.close(self.slave)

    def say(self, *frames: bytes) -> None:
        """Send bytes down the line."""
        os.write(self.master, b"".join(frames))


@asynccontextmanager
async def repeating(meter: PtyMeter, *frames: bytes) -> AsyncGenerator[None]:
    """Let a serial meter repeat itself: what it said before its port was opened, nobody has heard."""

    async def speak() -> None:
        while True:
            meter.say(*frames)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(speak())
    try:
        yield
    finally:
        task.cancel()
