"""The line, against real sockets and real pseudo-terminals: only the far end is ours."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
import contextlib
from dataclasses import replace
import itertools
import os
from pathlib import Path
import socket
import termios
import time
from typing import Any, ClassVar, cast

import pytest
import serialx

from custom_components.han_port.sources import connection as connection_module, serial
from custom_components.han_port.sources.address import Address
from custom_components.han_port.sources.errors import Reason, SourceError, redact
from custom_components.han_port.sources.link import Link
from custom_components.han_port.sources.serial import USUAL_SERIAL_SETTINGS, SerialSettings
from custom_components.han_port.sources.settings import LineSettings
from custom_components.han_port.sources.waits import Waits
from tests.support.homes import until
from tests.support.links import now
from tests.support.meters import PtyMeter, SpeakingMeter

ONE = (SerialSettings(2400, serialx.Parity.EVEN),)
SEVERAL = tuple(map(SerialSettings.parse, ("2400 8E1", "9600 8N1", "115200 8N1")))


pytestmark = pytest.mark.usefixtures("socket_enabled")


FAST = Waits(slice=0.001, burst_pause=0.02, look=0.02, min_backoff=0.001, max_backoff=0.008)
"""Nothing takes long; what a test is about it sets itself."""


class Owner:
    """Whoever owns a link: remembers what it is told."""

    def __init__(self, url: str, settings: Sequence[SerialSettings] = ONE, **waits: float) -> None:
        self.data = bytearray()
        self.changes: list[Reason | None] = []
        self.errors: list[SourceError] = []
        self.link = self.link_that_tells(self.received, url, settings, **waits)
        self.task: asyncio.Task[None] | None = None

    def link_that_tells(
        self,
        received: Callable[[bytes], None],
        url: str,
        settings: Sequence[SerialSettings] = ONE,
        **waits: float,
    ) -> Link:
        line = LineSettings(Address(url), tuple(settings))
        return Link(line, lambda data, _at: received(data), self.changed, clock=now, waits=replace(FAST, **waits))

    def received(self, data: bytes) -> None:
        self.data += data

    def changed(self, error: SourceError | None) -> None:
        self.changes.append(None if error is None else error.reason)
        if error is not None:
            self.errors.append(error)

    def start(self) -> asyncio.Task[None]:
        self.task = asyncio.create_task(self.link.run())
        return self.task

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task


@contextlib.asynccontextmanager
async def running(owner: Owner) -> AsyncIterator[Owner]:
    owner.start()
    try:
        yield owner
    finally:
        await owner.stop()


@pytest.fixture
def host(meter: SpeakingMeter) -> SpeakingMeter:
    """A meter at a TCP host."""
    return meter


@pytest.fixture
def port(pty_meter: PtyMeter) -> PtyMeter:
    """A meter at a serial port."""
    return pty_meter


@pytest.fixture(params=["host", "port"])
def far_end(request: pytest.FixtureRequest, host: SpeakingMeter, port: PtyMeter) -> SpeakingMeter | PtyMeter:
    return host if request.param == "host" else port


async def opened(owner: Owner, end: SpeakingMeter | PtyMeter, times: int = 1) -> None:
    await until(lambda: owner.link.connected and owner.link.connections >= times)
    await until(lambda: isinstance(end, PtyMeter) or end.connections >= times)


async def open_again(url: str) -> None:
    """Open a line that somebody had, and give it back. It fails unless the line is free."""
    owner = Owner(url)
    await owner.link.open()
    await owner.link.close()


class Proxy(serialx.BaseSerialTransport):
    """A handler of a third party: cannot pause, speaks before it says that it is connected."""

    opened: ClassVar[list[dict[str, Any]]] = []
    refuses: Exception | None = None
    stalls = False

    async def _connect(self, **settings: Any) -> None:
        self.opened.append(settings)
        if self.refuses is not None:
            raise self.refuses
        if self.stalls:
            await asyncio.Event().wait()
        self._protocol.data_received(b"early ")
        self._call_protocol_connection_made()
        self._protocol.data_received(b"late")

    def close(self) -> None:
        self._closing = True
        self._call_protocol_connection_lost(None)

    abort = close


@pytest.fixture
def proxy() -> Iterator[type[Proxy]]:
    remove = serialx.register_uri_handler(
        scheme="proxy://",
        unique_scheme="proxy-test://",
        sync_cls=serialx.BaseSerial,  # type: ignore[type-abstract]  # serialx wants the class
        async_transport_cls=Proxy,  # type: ignore[type-abstract]  # serialx wants the class
    )
    Proxy.opened, Proxy.refuses, Proxy.stalls = [], None, False
    yield Proxy
    remove()


async def opening_fails(url: str, **waits: float) -> SourceError:
    owner = Owner(url, **waits)
    with pytest.raises(SourceError) as caught:
        await owner.link.open()
    assert not owner.link.connected
    assert owner.link.connections == 0
    await owner.link.close()
    return caught.value


# Settings


def test_settings_are_written_and_read_in_the_usual_notation() -> None:
    assert [str(settings) for settings in USUAL_SERIAL_SETTINGS] == ["2400 8E1", "2400 8N1", "115200 8N1", "9600 8E1"]
    assert SerialSettings.parse("2400 8E1") == SerialSettings(2400, serialx.Parity.EVEN)
    assert SerialSettings.parse("115200 7E1") == SerialSettings(115200, serialx.Parity.EVEN, 7)
    assert str(SerialSettings.parse("115200 7E1")) == "115200 7E1"


@pytest.mark.parametrize("text", ["", "2400", "2400 6E1", "2400 8X1", "2400 8E2", "0 8N1", "fast 8N1", "2400 8E1 "])
def test_other_notations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not like '2400 8E1'"):
        SerialSettings.parse(text)


# Opening and closing


async def test_bytes_of_a_host_arrive_in_order(host: SpeakingMeter) -> None:
    async with running(Owner(host.url)) as owner:
        await until(lambda: host.writers)
        for number in range(50):
            host.say(bytes([number]) * 7)
            await asyncio.sleep(0.001)
        await until(lambda: len(owner.data) >= 350)
        assert owner.data == b"".join(bytes([number]) * 7 for number in range(50))
        assert owner.link.connected
        assert owner.link.bytes_received == 350
        assert owner.link.connections == 1
        assert owner.link.last_received is not None
    assert owner.changes == []
    assert not owner.link.connected


async def test_bytes_of_a_serial_port_arrive_in_order(port: PtyMeter) -> None:
    async with running(Owner(port.url)) as owner:
        await until(lambda: owner.link.connected)
        for number in range(50):
            port.say(bytes([number]) * 7)
            await asyncio.sleep(0.001)
        await until(lambda: len(owner.data) >= 350)
        assert owner.data == b"".join(bytes([number]) * 7 for number in range(50))


async def test_a_serial_port_is_opened_with_the_given_settings(port: PtyMeter) -> None:
    """DTR stays up when it is closed (no HUPCL): a reader may live on it, or take its fall for a reset."""
    owner = Owner(port.url, [SerialSettings.parse("9600 8N1")])
    await owner.link.open()
    assert port.speed == 9600
    assert port.attributes[2] & termios.CSIZE == termios.CS8
    assert not port.attributes[2] & termios.HUPCL
    assert owner.link.serial_settings_text == "9600 8N1"
    assert owner.link.settled
    await owner.link.close()


async def test_open_delivers_already_before_run_takes_over(port: PtyMeter) -> None:
    owner = Owner(port.url)
    await owner.link.open()
    await owner.link.open()
    port.say(b"before")
    await until(lambda: owner.data == b"before")
    async with running(owner):
        port.say(b" and after")
        await until(lambda: owner.data == b"before and after")
    assert owner.link.connections == 1


async def test_a_closed_port_can_be_opened_again_at_once(port: PtyMeter) -> None:
    owner = Owner(port.url)
    for times in range(1, 6):
        await owner.link.open()
        assert owner.link.connections == times
        await owner.link.close()
        await owner.link.close()
        assert not owner.link.connected


async def test_nothing_is_ever_written(far_end: SpeakingMeter | PtyMeter) -> None:
    """Neither when opening and reading, nor when changing settings, nor when closing."""
    async with running(Owner(far_end.url, SEVERAL)) as owner:
        for times in range(1, 5):
            await opened(owner, far_end, times if isinstance(far_end, PtyMeter) else 1)
            await asyncio.sleep(0.03)
            far_end.say(b"rubbish")
            await until(lambda: len(owner.data) >= 7 * times)  # noqa: B023 - awaited in the same turn
    assert far_end.heard == b""


async def test_a_silent_host_that_vanished_is_asked_for_by_the_system(
    host: SpeakingMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the kernel. A platform without the fine settings asks in its own time."""
    for times, idle in ((1, 30), (2, 7200)):
        owner = Owner(host.url)
        with monkeypatch.context() as platform:
            if idle > 30:
                platform.delattr(socket, "TCP_KEEPIDLE")
            await owner.link.open()
        await until(lambda: host.connections >= times)  # noqa: B023 - awaited in the same turn
        sock = owner.link._connection._transport._tcp_transport.get_extra_info("socket")  # type: ignore[union-attr]  # it is open
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert (sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30) == (idle == 30)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 10
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3
        await owner.link.close()


# Reading in slices


@pytest.mark.parametrize("piece", [500, 4000])
async def test_a_megabyte_at_once_arrives_complete(far_end: SpeakingMeter | PtyMeter, piece: int) -> None:
    """Pieces of 500 bytes are mostly read slice by slice, of 4000 without a stop."""
    sent = os.urandom(1_000_000)
    async with running(Owner(far_end.url)) as owner:
        await opened(owner, far_end)
        for start in range(0, len(sent), piece):
            await until(lambda: len(owner.data) >= start - 2000)  # noqa: B023 - no more than a terminal holds
            far_end.say(sent[start : start + piece])
        await until(lambda: len(owner.data) >= len(sent))
        assert owner.data == sent


async def test_an_owner_who_needs_long_leaves_half_of_the_time_to_the_rest_of_the_house(host: SpeakingMeter) -> None:
    """A hostile peer sends as fast as TCP goes. What it sends comes in pieces, and between two of them others run."""
    owner, sent, turns = Owner(host.url), os.urandom(100_000), 0
    received, others = [], []

    def slow(data: bytes) -> None:
        time.sleep(0.01)
        received.append(data)
        others.append(turns)

    owner.link = owner.link_that_tells(slow, host.url, ONE)
    async with running(owner):
        await opened(owner, host)
        host.say(sent)
        while sum(map(len, received)) < len(sent):
            await asyncio.sleep(0.001)
            turns += 1
    assert b"".join(received) == sent
    assert max(map(len, received)) == connection_module.MAX_PIECE
    assert all(after > before for before, after in itertools.pairwise(others))


async def test_a_line_that_cannot_be_paused_and_never_ends_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits is bounded, whoever sends it."""
    monkeypatch.setattr(connection_module, "MAX_WAITING", 10_000)

    class Endless:
        """A transport of a third party."""

        aborted = 0

        def get_extra_info(self, _name: str) -> None:
            return None

        def pause_reading(self) -> None:
            raise NotImplementedError

        resume_reading = pause_reading

        def abort(self) -> None:
            self.aborted += 1

        def is_closing(self) -> bool:
            return False

    delivered: list[bytes] = []
    transport = Endless()
    connection = connection_module.Connection(lambda data, _at, _gap: delivered.append(data), now, FAST)
    connection.connection_made(cast("asyncio.BaseTransport", transport))
    connection.data_received(bytes(9000))
    assert (len(delivered), transport.aborted) == (1, 0)
    connection.data_received(bytes(9000))
    assert (len(delivered), transport.aborted) == (1, 1)
    connection.connection_lost(None)


async def test_bytes_gather_while_reading_is_held(port: PtyMeter) -> None:
    """A USB adapter hands over a few bytes at a time; the owner is woken for the first and for the rest."""
    owner = Owner(port.url)
    pieces: list[bytes] = []
    owner.link = owner.link_that_tells(pieces.append, port.url, ONE, slice=0.3)
    async with running(owner):
        await until(lambda: owner.link.connected)
        port.say(b"first")
        await until(lambda: pieces)
        for _ in range(10):
            port.say(b"more")
            await asyncio.sleep(0.001)
        await until(lambda: len(b"".join(pieces)) >= 45)
    assert pieces == [b"first", b"more" * 10]


async def test_a_pending_slice_is_dropped_with_the_line(host: SpeakingMeter) -> None:
    """A timer left behind would fail this test."""
    owner = Owner(host.url, slice=60)
    host.opening = b"hello"
    async with running(owner):
        await until(lambda: owner.data == b"hello")
    await owner.link.open()
    await until(lambda: owner.data == b"hellohello")
    await owner.link.close()


# Failures


async def test_a_port_without_listener_refuses(host: SpeakingMeter) -> None:
    url = host.url
    await host.go_away()
    error = await opening_fails(url)
    assert error.reason is Reason.REFUSED
    assert "Connect call failed" in str(error)
    await host.start()


async def test_a_host_with_two_addresses_that_both_refuse_refuses(
    host: SpeakingMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """asyncio then raises an error without a number; `localhost` is the usual case."""
    await host.go_away()
    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (host.port, 1)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    error = await opening_fails(f"socket://localhost:{host.port}")
    assert error.reason is Reason.REFUSED
    assert str(error).startswith("Multiple exceptions")
    monkeypatch.undo()
    await host.start()


async def test_a_host_nobody_knows_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = await opening_fails("socket://meter.invalid:3000")
    assert error.reason is Reason.NOT_FOUND
    assert str(error) == f"[Errno {socket.EAI_NONAME}] Name or service not known"


async def test_a_device_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    error = await opening_fails(str(tmp_path / "ttyUSB0"))
    assert error.reason is Reason.NOT_FOUND
    assert "No such file or directory" in str(error)


async def test_a_port_that_another_link_holds_is_busy_until_it_is_closed(port: PtyMeter) -> None:
    first, second = Owner(port.url), Owner(port.url)
    await first.link.open()
    assert (await opening_fails(port.url)).reason is Reason.BUSY
    await first.link.close()
    await second.link.open()
    assert second.link.connected
    await second.link.close()


@pytest.mark.parametrize(
    "url",
    ["socket://127.0.0.1", "socket://127.0.0.1:99999", "meter:3000", "carrier-pigeon://roof", "/\0", "/"],
)
async def test_an_address_that_can_never_work_is_a_bad_address(url: str) -> None:
    assert (await opening_fails(url)).reason is Reason.BAD_ADDRESS


async def test_a_file_is_no_serial_port(tmp_path: Path) -> None:
    (tmp_path / "meter.txt").write_text("7e")
    assert (await opening_fails(str(tmp_path / "meter.txt"))).reason is Reason.BAD_ADDRESS
    assert (tmp_path / "meter.txt").read_text() == "7e"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(13, "Permission denied"), Reason.NOT_ALLOWED),
        (OSError(113, "No route to host"), Reason.UNREACHABLE),
        (ConnectionError("the API is not connected"), Reason.UNREACHABLE),
        (OSError(5, "Input/output error"), Reason.LOST),
        (OSError("something"), Reason.OTHER),
        (serialx.SerialException("the device said no"), Reason.OTHER),
        (RuntimeError("esphome is not loaded yet"), Reason.OTHER),
    ],
)
async def test_handlers_of_third_parties_may_raise_anything(
    proxy: type[Proxy], error: Exception, reason: Reason
) -> None:
    proxy.refuses = error
    caught = await opening_fails("proxy://kitchen")
    assert caught.reason is reason
    assert str(caught) == str(error)
    assert caught.__suppress_context__


async def test_an_opening_without_end_is_given_up(proxy: type[Proxy]) -> None:
    proxy.stalls = True
    error = await opening_fails("proxy://kitchen", opening=0.01)
    assert error.reason is Reason.UNREACHABLE
    assert str(error) == "TimeoutError"


async def test_a_proxy_that_cannot_pause_and_speaks_too_early_loses_nothing(proxy: type[Proxy]) -> None:
    owner = Owner("proxy://kitchen", [SerialSettings.parse("2400 8E1")])
    await owner.link.open()
    assert owner.data == b"early late"
    assert proxy.opened[0]["baudrate"] == 2400
    assert proxy.opened[0]["parity"] is serialx.Parity.EVEN
    assert proxy.opened[0]["stopbits"] == 1
    assert proxy.opened[0]["exclusive"] is True
    assert "byte_size" not in proxy.opened[0]
    await owner.link.close()


async def test_seven_data_bits_are_passed_on(proxy: type[Proxy]) -> None:
    """Some old P1 ports have them. The usual eight are not, since a handler may not know the argument."""
    owner = Owner("proxy://kitchen", [SerialSettings.parse("9600 7E1")])
    await owner.link.open()
    assert proxy.opened[0]["byte_size"] == 7
    await owner.link.close()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("socket://me:hunter2@meter:3000", "socket://me:REDACTED@meter:3000"),
        ("esphome://proxy?port_name=HAN&key=a%2Bb%3D", "esphome://proxy?port_name=HAN&key=REDACTED"),
        ("esphome://proxy?password=long+one&key=long", "esphome://proxy?password=REDACTED&key=REDACTED"),
    ],
)
def test_an_address_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert redact(url, url) == shown


async def test_an_error_tells_no_secret() -> None:
    error = await opening_fails("socket://me:hunter2@meter?key=a%2Bb")
    assert str(error) == "Invalid socket URI, expected both host and port: socket://me:REDACTED@meter?key=REDACTED"
    assert redact("key a+b is wrong", "esphome://proxy?key=a%2Bb") == "key REDACTED is wrong"


# Losing the line, and finding it again


async def test_a_reset_line_is_opened_again(host: SpeakingMeter) -> None:
    async with running(Owner(host.url)) as owner:
        await until(lambda: host.writers)
        host.say(b"one ")
        await until(lambda: owner.data == b"one ")
        host.reset()
        await until(lambda: host.connections >= 2)
        host.say(b"two")
        await until(lambda: owner.data == b"one two")
    assert owner.changes == [Reason.LOST, None]
    assert "reset by peer" in str(owner.errors[0])


async def test_a_line_closed_by_the_far_end_is_opened_again(host: SpeakingMeter) -> None:
    async with running(Owner(host.url)) as owner:
        await until(lambda: host.writers)
        host.say(b"one ")
        (writer,) = host.writers
        writer.close()
        await until(lambda: host.connections >= 2)
        host.say(b"two")
        await until(lambda: owner.data == b"one two")
    assert owner.changes == [Reason.LOST, None]
    assert str(owner.errors[0]) == "the far end closed the line"
    assert owner.link.connections == 2


async def test_a_host_that_goes_away_and_comes_back_is_found_again(host: SpeakingMeter) -> None:
    """However often the opening fails meanwhile, the owner hears of each reason once."""
    async with running(Owner(host.url)) as owner:
        await until(lambda: host.writers)
        host.say(b"one ")
        await until(lambda: owner.data)
        await host.go_away()
        await until(lambda: owner.link.backoff == 0.008)
        assert owner.changes == [Reason.LOST, Reason.REFUSED]
        assert not owner.link.connected
        await host.start()
        await until(lambda: owner.changes == [Reason.LOST, Reason.REFUSED, None])
        assert owner.link.connected
        await until(lambda: host.connections >= 2)
        host.say(b"two")
        await until(lambda: owner.data == b"one two")
        assert owner.link.backoff == 0.001


async def test_a_line_that_is_not_there_at_first_is_waited_for(host: SpeakingMeter) -> None:
    await host.go_away()
    async with running(Owner(host.url)) as owner:
        await until(lambda: owner.changes == [Reason.REFUSED])
        await host.start()
        await until(lambda: owner.changes == [Reason.REFUSED, None])


async def test_a_host_that_accepts_and_closes_at_once_is_not_hammered(host: SpeakingMeter) -> None:
    """Only data makes the waits short again, and the owner hears of one outage, not of a hundred."""
    host.closes_at_once = True
    owner = Owner(host.url)
    waits: list[float] = []
    host.at_connect = lambda: waits.append(owner.link.backoff)
    async with running(owner):
        await until(lambda: len(waits) >= 6)
        assert waits == [0.001, 0.002, 0.004, *[0.008] * (len(waits) - 3)]
        assert owner.changes == [Reason.LOST]
        host.closes_at_once, host.opening = False, b"hello"
        await until(lambda: owner.data == b"hello")
        assert owner.link.backoff == 0.001
        assert owner.changes == [Reason.LOST, None]


async def test_a_host_that_accepts_and_says_nothing_is_opened_anew(host: SpeakingMeter) -> None:
    """A half-open connection shows nothing but silence. The line is back with its first byte only."""
    async with running(Owner(host.url, silence=0.02)) as owner:
        await until(lambda: host.connections >= 3)
        assert owner.changes == [Reason.SILENT]
        assert str(owner.errors[0]) == "no byte for 0 seconds"
        host.opening = b"hello"
        await until(lambda: owner.data[:5] == b"hello")
        assert owner.changes[:2] == [Reason.SILENT, None]


async def test_the_longest_gap_between_two_bytes_is_remembered(host: SpeakingMeter) -> None:
    async with running(Owner(host.url)) as owner:
        await until(lambda: host.writers)
        host.say(b"one ")
        await until(lambda: owner.data == b"one ")
        assert owner.link.longest_gap == 0
        await asyncio.sleep(0.05)
        host.say(b"two")
        await until(lambda: owner.data == b"one two")
        assert owner.link.longest_gap >= 0.05


async def test_a_slow_line_is_not_called_silent(host: SpeakingMeter) -> None:
    """Three times the longest gap is awaited, so that a meter's own rhythm does not break its line."""
    owner = Owner(host.url, silence=0.01)
    owner.link.longest_gap = 20.0
    async with running(owner):
        await until(lambda: host.writers)
        await asyncio.sleep(0.1)
        assert owner.changes == []
        assert owner.link.connections == 1


async def test_an_unplugged_device_is_found_again_under_its_name(port: PtyMeter) -> None:
    async with running(Owner(port.url)) as owner:
        await until(lambda: owner.link.connected)
        port.say(b"one ")
        await until(lambda: owner.data == b"one ")
        port.unplug()
        await until(lambda: owner.changes == [Reason.LOST, Reason.NOT_FOUND])
        port.plug_in()
        await until(lambda: owner.link.connected)
        assert owner.changes == [Reason.LOST, Reason.NOT_FOUND, None]
        port.say(b"two")
        await until(lambda: owner.data == b"one two")


async def test_a_mistake_of_the_owner_is_shown_once_and_costs_no_byte(host: SpeakingMeter) -> None:
    shown: list[dict[str, Any]] = []
    heard: list[bytes] = []

    def received(data: bytes) -> None:
        heard.append(data)
        raise KeyError("oops")

    asyncio.get_running_loop().set_exception_handler(lambda _, context: shown.append(context))
    owner = Owner(host.url)
    owner.link = owner.link_that_tells(received, host.url, ONE)
    async with running(owner):
        await until(lambda: host.writers)
        for number in range(1, 4):
            host.say(b"again")
            await until(lambda: len(heard) >= number)  # noqa: B023 - awaited in the same turn
        assert owner.link.connected
    assert heard == [b"again"] * 3
    assert owner.link.owner_errors == 3
    assert [repr(context["exception"]) for context in shown] == ["KeyError('oops')"]


# Ending


async def test_run_ends_by_cancellation_while_reading(port: PtyMeter) -> None:
    owner = Owner(port.url)
    task = owner.start()
    await until(lambda: owner.link.connected)
    port.say(b"hello")
    await until(lambda: owner.data)
    await owner.stop()
    assert task.cancelled()
    await open_again(port.url)


@pytest.mark.parametrize("turns", range(12))
async def test_run_ends_by_cancellation_at_any_point_of_connecting(turns: int, port: PtyMeter) -> None:
    """After so many turns of the event loop. The port is free whenever it was."""
    owner = Owner(port.url)
    task = owner.start()
    for _ in range(turns):
        await asyncio.sleep(0.001 if turns > 6 else 0)
    await owner.stop()
    assert task.cancelled()
    assert not owner.link.connected
    await open_again(port.url)


@pytest.mark.parametrize("turns", range(8))
async def test_connecting_to_a_host_can_be_cancelled_at_any_point(turns: int, host: SpeakingMeter) -> None:
    owner = Owner(host.url)
    task = owner.start()
    for _ in range(turns):
        await asyncio.sleep(0)
    await owner.stop()
    assert task.cancelled()
    assert not owner.link.connected
    await until(lambda: not host.writers)


async def test_run_ends_by_cancellation_between_two_attempts(tmp_path: Path) -> None:
    owner = Owner(str(tmp_path / "nothing"), min_backoff=60)
    task = owner.start()
    await until(lambda: owner.changes == [Reason.NOT_FOUND])
    await owner.stop()
    assert task.cancelled()


async def test_close_ends_run_as_well(tmp_path: Path, port: PtyMeter) -> None:
    """Else an attempt that was pending would hold the port after the entry is gone."""
    path = tmp_path / "usb-reader"
    owner = Owner(str(path))
    task = owner.start()
    await until(lambda: owner.changes == [Reason.NOT_FOUND])
    await owner.link.close()
    assert task.cancelled()
    path.symlink_to(port.url)
    task = owner.start()
    await until(lambda: owner.link.connected)
    await owner.link.close()
    assert task.cancelled()
    assert not owner.link.connected
    await open_again(port.url)


async def test_close_waits_for_an_opening_under_way_and_closes_it(port: PtyMeter) -> None:
    owner = Owner(port.url)
    opening = asyncio.create_task(owner.link.open())
    await asyncio.sleep(0)
    await owner.link.close()
    await opening
    assert owner.link.connections == 1
    assert not owner.link.connected


async def test_a_close_that_was_cancelled_can_be_repeated(port: PtyMeter) -> None:
    owner = Owner(port.url)
    await owner.link.open()
    closing = asyncio.create_task(owner.link.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await owner.link.close()
    await owner.link.open()
    assert owner.link.connections == 2
    await owner.link.close()


# Looking for the settings


async def next_connection(owner: Owner) -> None:
    before = owner.link.connections
    await until(lambda: owner.link.connections > before and owner.link.connected)


async def test_settings_that_give_bytes_and_no_frame_are_left_at_the_pause(port: PtyMeter) -> None:
    """Every candidate in its turn, and the first again after the last."""
    async with running(Owner(port.url, SEVERAL)) as owner:
        await until(lambda: owner.link.connected)
        for settings in (*SEVERAL, SEVERAL[0]):
            assert owner.link.serial_settings_text == str(settings)
            assert port.speed == settings.baudrate
            await asyncio.sleep(0.03)
            port.say(b"rubbish")
            await next_connection(owner)
        assert owner.data == b"rubbish" * 4
        assert owner.changes == []
        assert not owner.link.settled


async def test_settings_that_gave_a_good_frame_are_kept(port: PtyMeter, tmp_path: Path) -> None:
    """Through pauses, and when the line is lost and found again."""

    def received(_: bytes) -> None:
        if link.serial_settings_text == str(SEVERAL[1]):
            link.settle()

    path = tmp_path / "usb-reader"
    first = PtyMeter(tmp_path / "first")
    first.plug_in()
    path.symlink_to(first.url)
    owner = Owner(str(path))
    link = owner.link = owner.link_that_tells(received, str(path), SEVERAL)
    async with running(owner):
        await opened(owner, first)
        await asyncio.sleep(0.03)
        first.say(b"rubbish")
        await opened(owner, first, 2)
        first.say(b"frame")
        await until(lambda: link.settled)
        await asyncio.sleep(0.06)
        assert link.connections == 2
        path.unlink()
        path.symlink_to(port.url)
        first.unplug()
        await until(lambda: owner.changes == [Reason.LOST, None])
        assert link.serial_settings_text == str(SEVERAL[1])
        assert port.speed == 9600


async def test_settings_that_were_right_once_are_doubted_when_the_owner_says_so(port: PtyMeter) -> None:
    """A grid company may switch a meter from 2400 to 115200 baud: the others are tried again, until one is right."""
    async with running(Owner(port.url, SEVERAL)) as owner:
        await until(lambda: owner.link.connected)
        owner.link.settle()
        await asyncio.sleep(0.03)
        port.say(b"frame")
        await asyncio.sleep(0.06)
        assert (owner.link.connections, owner.link.serial_settings_text) == (1, str(SEVERAL[0]))
        owner.link.unsettle()
        port.say(b"rubbish")
        await until(lambda: owner.link.serial_settings_text == str(SEVERAL[1]))
        assert not owner.link.settled


async def test_a_single_setting_is_never_doubted(port: PtyMeter) -> None:
    """The user has chosen it."""
    async with running(Owner(port.url, SEVERAL[:1])) as owner:
        owner.link.unsettle()
        assert owner.link.settled


async def test_plain_tcp_has_no_settings_to_try(host: SpeakingMeter) -> None:
    """They are set at the far end. Opening it anew would only lose bytes."""
    async with running(Owner(host.url, SEVERAL)) as owner:
        assert owner.link.settled
        await opened(owner, host)
        for number in range(1, 3):
            await asyncio.sleep(0.05)
            host.say(b"rubbish")
            await until(lambda: len(owner.data) >= 7 * number)  # noqa: B023 - awaited in the same turn
        await asyncio.sleep(0.05)
        assert owner.link.connections == 1
        assert owner.link.serial_settings_text == ""


async def test_a_burst_without_its_head_is_no_reason_to_leave_the_settings(
    port: PtyMeter,
) -> None:
    """We began to listen in the middle of it. The next one counts."""
    async with running(Owner(port.url, SEVERAL, burst_pause=0.2)) as owner:
        await until(lambda: owner.link.connected)
        port.say(b"tail")
        await asyncio.sleep(0.5)
        assert owner.link.serial_settings_text == str(SEVERAL[0])
        assert owner.link.connections == 1
        port.say(b"frame")
        await next_connection(owner)
        assert owner.link.serial_settings_text == str(SEVERAL[1])
        assert owner.data == b"tailframe"


async def test_settings_under_which_bytes_never_pause_are_left_after_enough_of_them(
    port: PtyMeter,
) -> None:
    async with running(Owner(port.url, SEVERAL, burst_pause=0.1)) as owner:
        await until(lambda: owner.link.connected)
        async with asyncio.timeout(5):
            while owner.link.serial_settings_text == str(SEVERAL[0]):
                port.say(b"x" * 50)
                await asyncio.sleep(0.005)
        assert owner.link.bytes_received >= serial.ENOUGH_BYTES
        await until(lambda: port.speed == 9600)


async def test_settings_under_which_nothing_comes_are_left(port: PtyMeter) -> None:
    async with running(Owner(port.url, SEVERAL, dumb_after=0.05)) as owner:
        await until(lambda: owner.link.connected)
        for settings in (*SEVERAL, SEVERAL[0]):
            await until(lambda: port.speed == settings.baudrate)  # noqa: B023 - awaited in the same turn
    assert owner.data == b""
    assert owner.changes == []


async def test_a_line_without_a_byte_under_any_settings_is_silent(
    port: PtyMeter,
) -> None:
    """Trying other settings is no reason to wait longer before the owner is told."""
    async with running(Owner(port.url, SEVERAL, silence=0.1, dumb_after=0.02)) as owner:
        await until(lambda: owner.changes == [Reason.SILENT])
        assert owner.link.connections > 1


@pytest.mark.parametrize(
    ("text", "url", "shown"),
    [
        ("[Errno 111] Connect call failed ('192.168.1.20', 2000)", "socket://192.168.1.20:2000", "'REDACTED', 2000"),
        ("[Errno 113] Connect call failed ('10.0.0.7', 23)", "socket://meter.local:23", "'REDACTED', 23"),
        ("Connect call failed ('::1', 1, 0, 0)", "socket://[::1]:1", "'REDACTED', 1, 0, 0"),
        ("no answer of meter.local, or meter.local.", "rfc2217://user@meter.local:23/x", "of REDACTED, or REDACTED."),
        ("could not open port /dev/ttyUSB0", "/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("the proxy is away", "esphome://a?key=b", "the proxy is away"),
    ],
)
def test_no_error_is_logged_with_the_host_of_its_line(text: str, url: str, shown: str) -> None:
    """Logs go into bug reports. A dialog shows who has typed the host what was said of it."""
    error = SourceError.of(OSError(text), url)
    assert shown in error.logged
    assert str(error) == text
    assert SourceError(Reason.SILENT, text).logged == text
