"""A meter on a TCP port or a pseudo-terminal, at the pace of real time or faster."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
import os
from pathlib import Path
import signal
import sys
import termios
import tty
from typing import TYPE_CHECKING

from .abroad import MODELS_ABROAD
from .household import House, Net
from .lists import MODELS as NORWEGIAN, find_model
from .meter import Meter
from .sealing import Keys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from .lists import Model

MODELS = NORWEGIAN + MODELS_ABROAD
# Enough for a minute of any meter at sixty times its pace; who is further behind than this does not read.
LONGEST_BACKLOG = 256 * 1024


class Line:
    """What a meter talks into. A `muted` line stays open and silent while the meter's time goes on."""

    url: str
    playing: asyncio.Task[None]

    def __init__(self) -> None:
        self.muted = False

    def send(self, data: bytes) -> None:
        """Put bytes on the line, now."""
        raise NotImplementedError

    async def play(self, meter: Meter, speed: float) -> None:
        """Let the meter talk for ever, `speed` times as fast as a real one."""
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for moment, data in meter:
            due = begin + (moment - meter.start).total_seconds() / speed
            await asyncio.sleep(due - loop.time())
            if not self.muted:
                self.send(data)


class TcpLine(Line):
    """A line that any number of clients may listen to; what they say is ignored."""

    port: int

    def __init__(self) -> None:
        super().__init__()
        self.clients: set[asyncio.Transport] = set()

    def send(self, data: bytes) -> None:
        for client in tuple(self.clients):
            client.write(data)

    def drop_clients(self) -> None:
        """Close every connection at once; new ones are welcome."""
        for client in tuple(self.clients):
            client.abort()


class _Client(asyncio.Protocol):
    """One connection, alive as long as it keeps up."""

    transport: asyncio.Transport

    def __init__(self, line: TcpLine) -> None:
        self.line = line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.set_write_buffer_limits(high=LONGEST_BACKLOG)
        self.transport = transport
        self.line.clients.add(transport)

    def pause_writing(self) -> None:
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.line.clients.discard(self.transport)


class PtyLine(Line):
    """A pseudo-terminal that looks like a serial port; `path` is the end to open."""

    def __init__(self, master: int, slave: int, path: Path) -> None:
        super().__init__()
        self._master = master
        self._slave = slave
        self.path = path
        self.url = str(path)

    def send(self, data: bytes) -> None:
        """Write, or throw away what nobody has read: a serial port does not keep old bytes either."""
        written = 0
        with suppress(BlockingIOError):
            written = os.write(self._master, data)
        if written < len(data):
            termios.tcflush(self._slave, termios.TCIFLUSH)


@asynccontextmanager
async def serve_tcp(
    meter: Meter, *, host: str = "127.0.0.1", port: int = 0, speed: float = 1.0
) -> AsyncIterator[TcpLine]:
    """Offer the meter on a TCP port, by default any free one: see `port` and `url` of the line."""
    line = TcpLine()
    server = await asyncio.get_running_loop().create_server(lambda: _Client(line), host, port)
    line.port = server.sockets[0].getsockname()[1]
    line.url = f"socket://{host}:{line.port}"
    try:
        async with _playing(line, meter, speed):
            yield line
    finally:
        server.close()
        line.drop_clients()
        await server.wait_closed()


@asynccontextmanager
async def serve_pty(meter: Meter, *, link: Path | None = None, speed: float = 1.0) -> AsyncIterator[PtyLine]:
    """Offer the meter on a pseudo-terminal, also under the name of a symbolic link if one is given."""
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        os.set_blocking(master, False)
        with _linked(Path(os.ttyname(slave)), link) as path:
            line = PtyLine(master, slave, path)
            async with _playing(line, meter, speed):
                yield line
    finally:
        os.close(master)
        os.close(slave)


@asynccontextmanager
async def _playing(line: Line, meter: Meter, speed: float) -> AsyncIterator[None]:
    line.playing = asyncio.create_task(line.play(meter, speed))
    try:
        yield
    finally:
        line.playing.cancel()
        with suppress(asyncio.CancelledError):
            await line.playing


@contextmanager
def _linked(terminal: Path, link: Path | None) -> Iterator[Path]:
    """Make the link, over one that an earlier run has left, and take it away again."""
    if link is None:
        yield terminal
        return
    if link.is_symlink():
        link.unlink()
    link.symlink_to(terminal)
    try:
        yield link
    finally:
        link.unlink(missing_ok=True)


def before_full_hour(now: datetime, wait: timedelta) -> datetime:
    """Find the moment nearest to now that is `wait` before a full hour."""
    nearest = (now + wait + timedelta(minutes=30)).replace(minute=0, second=0, microsecond=0)
    return nearest - wait


def _read_arguments(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, Model]:
    makers = list(dict.fromkeys(model.maker.name.lower() for model in MODELS))
    parser = argparse.ArgumentParser(prog="simulate", description="A house with a meter.")
    parser.add_argument("--maker", choices=makers, default=makers[0])
    parser.add_argument("--model", help="one of: " + ", ".join(model.key for model in MODELS))
    parser.add_argument("--net", choices=[net.value.lower() for net in Net])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0 takes any free one")
    parser.add_argument("--pty", nargs="?", type=Path, const=Path(), metavar="LINK", help="instead of TCP")
    parser.add_argument("--speed", type=float, default=1.0, help="60 lets the meter live a minute per second")
    parser.add_argument("--start", type=datetime.fromisoformat, help="the meter's clock, if not now")
    parser.add_argument("--hourly-in", type=float, metavar="SECONDS", help="set the clock to before a full hour")
    parser.add_argument("--solar", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--key", type=bytes.fromhex, help="of a meter that encrypts: 32 hex digits")
    parser.add_argument("--auth-key", type=bytes.fromhex, help="the same for its authentication key")
    parser.add_argument("--seed", type=int, default=0, help="another seed is another house")
    options = parser.parse_args(arguments)
    net = next((net for net in Net if net.value.lower() == options.net), None)
    try:
        model = find_model(options.maker, options.model, net, MODELS)
    except LookupError as error:
        parser.error(str(error))
    if model.encrypts:
        model = replace(model, keys=Keys(options.key or Keys().encryption, options.auth_key or Keys().authentication))
    if options.speed <= 0:
        parser.error("time does not stand still: --speed must be above 0")
    return options, model


def _furnish(options: argparse.Namespace, model: Model) -> Meter:
    start = (options.start or datetime.now().astimezone()).astimezone()
    if options.hourly_in is not None:
        start = before_full_hour(start, timedelta(seconds=options.hourly_in * options.speed))
    return Meter(model, House(start, net=model.net, seed=options.seed, solar=options.solar))


def _open(options: argparse.Namespace, meter: Meter) -> AbstractAsyncContextManager[Line]:
    if options.pty is None:
        return serve_tcp(meter, host=options.host, port=options.port, speed=options.speed)
    return serve_pty(meter, link=options.pty if options.pty.name else None, speed=options.speed)


async def _serve(options: argparse.Namespace, model: Model) -> None:
    meter = _furnish(options, model)
    async with _open(options, meter) as line:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, line.playing.cancel)
        clock = meter.start.astimezone().isoformat(timespec="seconds")
        keys = f", keys {model.keys.encryption.hex()} {model.keys.authentication.hex()}" if model.keys else ""
        sys.stdout.write(f"{model.title} on {line.url}, clock {clock}, speed {options.speed:g}{keys}\n")
        sys.stdout.flush()
        with suppress(asyncio.CancelledError):
            await line.playing


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    options, model = _read_arguments(arguments)
    try:
        asyncio.run(_serve(options, model))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
