"""The line as a listener finds it: a socket or a terminal, not a fake."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys

import pytest

from tools.simulator.household import House, Net
from tools.simulator.lists import find_model
from tools.simulator.meter import Meter
from tools.simulator.sealing import Keys
from tools.simulator.serve import PtyLine, TcpLine, _read_arguments, before_full_hour, serve_pty, serve_tcp

# Home Assistant's test environment forbids sockets, which is what this file is about.
pytestmark = [pytest.mark.usefixtures("socket_enabled"), pytest.mark.timeout(20)]

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
REPOSITORY = Path(__file__).resolve().parents[2]
FAST = 1000.0
MARK = b"-- no meter says this --"


class CountingMeter(Meter):
    """A meter that knows how often it has spoken, heard or not."""

    spoken = 0

    def __iter__(self) -> Iterator[tuple[datetime, bytes]]:
        for self.spoken, push in enumerate(super().__iter__()):
            yield push


def meter() -> CountingMeter:
    return CountingMeter(find_model("Kamstrup"), House(START, seed=1))


def first_frames(count: int) -> bytes:
    return b"".join(data for _, data in islice(meter(), count))


Listen = Callable[[TcpLine], Awaitable[asyncio.StreamReader]]


@pytest.fixture
async def line() -> AsyncIterator[TcpLine]:
    async with serve_tcp(meter(), speed=FAST) as line:
        yield line


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Connect to a line; a connection lives as long as somebody holds its writer."""
    writers = []

    async def connect(line: TcpLine) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writers.append(writer)
        return reader

    yield connect
    for writer in writers:
        writer.close()


async def clients_of(line: TcpLine, count: int) -> None:
    while len(line.clients) != count:
        await asyncio.sleep(0.005)


async def test_two_clients_hear_the_same(line: TcpLine, listen: Listen) -> None:
    first, second = await listen(line), await listen(line)
    await clients_of(line, 2)
    line.send(MARK)
    for reader in (first, second):
        await reader.readuntil(MARK)
    assert await first.readexactly(1000) == await second.readexactly(1000)


async def test_a_client_hears_whole_frames_in_order(line: TcpLine, listen: Listen) -> None:
    heard = await (await listen(line)).readexactly(2000)
    assert heard in first_frames(1000)


async def test_a_client_that_goes_away_leaves_the_others_alone(line: TcpLine, listen: Listen) -> None:
    staying = await listen(line)
    _reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    await clients_of(line, 2)
    writer.close()
    await clients_of(line, 1)
    assert await staying.readexactly(2000)


async def test_a_client_that_does_not_read_is_dropped_and_the_others_hear_on(line: TcpLine, listen: Listen) -> None:
    reader = await listen(line)
    with socket.create_connection(("127.0.0.1", line.port)):
        await clients_of(line, 2)
        while len(line.clients) == 2:
            line.send(bytes(65_536))
            await reader.readexactly(65_536)
        assert await reader.readexactly(1000)


async def test_dropped_clients_may_come_back(line: TcpLine, listen: Listen) -> None:
    reader = await listen(line)
    await reader.readexactly(1)
    line.drop_clients()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(100_000)
    assert await (await listen(line)).readexactly(228)


async def test_a_muted_line_is_silent_while_time_goes_on(listen: Listen) -> None:
    speaking = meter()
    async with serve_tcp(speaking, speed=FAST) as line:
        reader = await listen(line)
        await reader.readexactly(228)
        line.muted = True
        line.send(MARK)
        await reader.readuntil(MARK)
        unheard = speaking.spoken + 5
        while speaking.spoken < unheard:
            await asyncio.sleep(0.005)
        line.send(MARK)
        assert await reader.readexactly(len(MARK)) == MARK
        line.muted = False
        assert await reader.readexactly(228)


async def test_time_passes_at_the_speed_that_was_asked_for(listen: Listen) -> None:
    loop = asyncio.get_running_loop()
    async with serve_tcp(meter(), speed=100) as line:
        began = loop.time()
        reader = await listen(line)
        await reader.readexactly(228 * 4)
    assert 0.15 < loop.time() - began < 5


async def test_the_port_is_free_again_afterwards() -> None:
    async with serve_tcp(meter()) as line:
        port = line.port
    async with serve_tcp(meter(), port=port) as line:
        assert line.url == f"socket://127.0.0.1:{port}"


async def read_terminal(line: PtyLine) -> AsyncGenerator[bytes]:
    """Read like a serial port: without waiting, whatever has come, and everything so far again."""
    terminal = os.open(line.path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    heard = b""
    try:
        while True:
            with suppress(BlockingIOError):
                heard += os.read(terminal, 100_000)
            yield heard
            await asyncio.sleep(0.002)
    finally:
        os.close(terminal)


async def test_a_terminal_carries_the_same_bytes_through_its_link(tmp_path: Path) -> None:
    link = tmp_path / "meter"
    async with serve_pty(meter(), link=link, speed=FAST) as line:
        assert line.path == link
        async with aclosing(read_terminal(line)) as reading:
            heard = await anext(heard async for heard in reading if len(heard) > 1500)
    assert heard in first_frames(1000)
    assert not link.is_symlink()


async def test_a_link_left_by_an_earlier_run_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "meter"
    link.symlink_to("/dev/null")
    async with serve_pty(meter(), link=link):
        assert link.readlink() != Path("/dev/null")


async def test_a_terminal_that_nobody_reads_forgets_what_is_old() -> None:
    async with serve_pty(meter()) as line:
        for _ in range(500):
            line.send(bytes(2000))
        async with aclosing(read_terminal(line)) as reading:
            async for heard in reading:
                line.send(MARK)
                if MARK in heard:
                    break
    assert heard.count(0) < 200_000


def test_the_full_hour_comes_when_it_was_asked_for_with_a_clock_that_is_little_wrong() -> None:
    wait = timedelta(seconds=20)
    late, early = START + timedelta(minutes=50), START + timedelta(minutes=5)
    assert before_full_hour(late, wait) == START + timedelta(hours=1) - wait
    assert before_full_hour(early, wait) == START - wait


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_script_says_what_it_is_and_ends_quietly(number: signal.Signals) -> None:
    command = [
        sys.executable,
        "scripts/simulate",
        "--maker",
        "kaifa",
        "--net",
        Net.IT.value.lower(),
        "--solar",
    ]
    command += ["--speed", "60", "--hourly-in", "1", "--start", "2026-01-15T12:50:00+00:00"]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith(b"Kaifa MA304H3E (IT) on socket://127.0.0.1:")
        process.send_signal(number)
        assert process.stdout.read() == b""
        assert process.wait(5) == 0


def test_a_meter_that_encrypts_says_with_which_keys() -> None:
    """Made-up ones, unless it is given others: whoever reads it needs them."""
    _, plain = _read_arguments(["--maker", "kaifa-se"])
    _, usual = _read_arguments(["--maker", "kamstrup-dk"])
    _, own = _read_arguments(["--maker", "kamstrup-dk", "--key", "ab" * 16])
    assert plain.keys is None
    assert usual.keys == Keys()
    assert own.keys == Keys(bytes.fromhex("ab" * 16), Keys().authentication)
