"""The far ends of lines on which something goes wrong, on real sockets and real pseudo-terminals.

Each does its harm to whoever reads it, and then lets a simulated meter speak whose every number is known: so a test can
tell that good values are read again, and that no other value was ever shown.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, cycle
from pathlib import Path
from random import Random
import socket
import sys
from typing import ClassVar

from tests.support.meters import PtyMeter, SpeakingMeter, reset
from tools.simulator import axdr, hdlc
from tools.simulator.abroad import MODELS_ABROAD
from tools.simulator.household import House, Supply
from tools.simulator.lists import DATA_NOTIFICATION, ListKind, Model, encode, find_model
from tools.simulator.sealing import LLC, Keys

AIDON, KAIFA = find_model("Aidon"), find_model("Kaifa")
P1 = find_model("P1", models=MODELS_ABROAD)
ENCRYPTED = find_model("Kamstrup-DK", models=MODELS_ABROAD)
OLD_KEYS = Keys(bytes(range(0x40, 0x50)), bytes(range(0x90, 0xA0)))
STEP = 2000
"""Watts between the smallest numbers of two meters: none ever says what another one does."""
IN_A_FLOOD = 500
"""Different powers that a meter says over and over while it floods; the good ones that follow are greater."""
VOLTAGES = (230.1, 231.2, 229.9)
NOTHING = (0.0, 0.0, 0.0)
LIVE_FOR = 30.0
"""Seconds after which a momentary value is no longer shown."""
GREATEST = 0x7FF
DEEPEST = 900


class Speaker:
    """A meter that says what is asked of it, and remembers what it has said."""

    def __init__(self, number: int, model: Model = AIDON) -> None:
        """Give it a number, from 1: its powers begin with so many times STEP."""
        self.serial = f"73599900000{number:05}"
        keys = Keys() if model.encrypts else None
        self.model = replace(model, serial=self.serial, keys=keys)
        self.least = STEP * number
        self._house = House(datetime(2026, 1, 15, 8, tzinfo=UTC), net=model.net, seed=number)
        self._base = self._house.at(self._house.start)
        self._good = count(self.least + IN_A_FLOOD)
        self.powers: set[float] = set()
        self.currents: set[float] = set()
        self.added = 0.0
        """Wh that its register has counted since."""

    def _supply(self, power: int) -> Supply:
        return replace(
            self._base,
            energy_import=self._base.energy_import + self.added,
            active_power=power,
            reactive_power=0,
            active_power_by_phase=(power / 3,) * 3,
            reactive_power_by_phase=NOTHING,
            voltage=VOLTAGES,
            current=(power / 3 / 230,) * 3,
        )

    @property
    def register(self) -> float:
        """What its register stands at (Wh)."""
        return self._base.energy_import + self.added

    def frame(
        self, power: int | None = None, which: ListKind = ListKind.SNAPSHOT, moment: datetime | None = None
    ) -> bytes:
        """Return the list of a power, by default of one that it has never said."""
        if power is None:
            power = next(self._good)
            assert power < self.least + STEP
        self.powers.add(power)
        self.currents.add(power / 3 / 230)
        return encode(self.model, self._supply(power), moment or datetime.now(UTC), which)

    def flood(self) -> Iterator[bytes]:
        """Yield lists for ever, at no cost."""
        return cycle([self.frame(self.least + number) for number in range(IN_A_FLOOD)])

    def has_said(self, key: str, value: float) -> bool:
        """Tell whether a value that is shown under a key is one of its own."""
        if key in ("power", "power_import"):
            return value in self.powers
        if key.startswith("current_l"):
            return any(abs(value - current) < 0.051 for current in self.currents)
        if key.startswith("voltage_l"):
            return abs(value - VOLTAGES[int(key[-1]) - 1]) < 0.51
        if key == "energy_import":
            # Between two registers the total goes on as the power does, and none of this lasts as long as this.
            return 0 <= value - self._base.energy_import / 1000 + 0.02 < max(self.powers) / 1000 * 0.1
        if key == "energy_export":
            return abs(value - self._base.energy_export / 1000) < 0.02
        return key == "power_export" and value == 0


# --- what is harmful ------------------------------------------------------------------------------------------------


def greatest_frame() -> bytes:
    """The head of a frame that claims to be as long as any can be, its own checksum right, and nothing behind it."""
    header = (hdlc.FRAME_TYPE_3 | GREATEST).to_bytes(2, "big") + bytes.fromhex("41 0883 13")
    return hdlc.FLAG + header + hdlc.checksum(header)


def nested_frame() -> bytes:
    """A structure in a structure in a structure, in a frame whose checksums are right."""
    return hdlc.frame(LLC + DATA_NOTIFICATION + bytes(5) + b"\x02\x01" * DEEPEST + axdr.null_data(), b"\x41\x08\x83")


def torrent(speaker: Speaker) -> Iterator[bytes]:
    """Good lists, damaged ones and rubbish in turn, some ten kilobytes at a time, for ever."""
    chance, good = Random(1), speaker.flood()
    rubbish = [chance.randbytes(1000) for _ in range(20)]
    damaged = [bytes([*frame[:100], frame[100] ^ 1, *frame[101:]]) for frame, _ in zip(good, range(20), strict=False)]
    while True:
        yield b"".join([next(good), chance.choice(damaged), chance.choice(rubbish), next(good)] * 5)


# --- TCP ------------------------------------------------------------------------------------------------------------


class TcpEnd(SpeakingMeter):
    """A TCP port behind which a meter speaks by itself, `pace` seconds between two lists; nothing is wrong with it."""

    model: ClassVar[Model] = AIDON
    pace = 0.25
    interval = 0.0
    """The option of the entry: how long a value is shown at least."""

    def __init__(self, number: int, _folder: Path, seconds: float = 6.0) -> None:
        """Choose a free port; `seconds` is how long harm lasts that has no end of its own."""
        super().__init__()
        self.meter = Speaker(number, self.model)
        self.seconds = seconds
        self.good: set[float] = set()
        """The powers that were said after the harm was done."""
        self.harmed = asyncio.Event()
        """Set when the harm is done and it is up to the reader."""
        self.sent = 0

    async def swallow(self) -> list[socket.socket]:
        """Answer nothing any more; return what fills the queue."""
        self._listener.listen(0)
        return await fill(self._listener)

    async def serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Do the harm, and then let the meter speak."""
        await self.harm(writer)
        await self.speak(writer)

    async def harm(self, writer: asyncio.StreamWriter) -> None:
        """Do what it is about, to one who has connected; when this returns, good lists follow."""

    async def send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Send, not faster than it is read."""
        self.sent += len(data)
        writer.write(data)
        await writer.drain()

    async def speak(self, writer: asyncio.StreamWriter) -> None:
        """Let the meter speak until the reader goes away."""
        self.harmed.set()
        while True:
            frame = self.meter.frame()
            self.good.add(max(self.meter.powers))
            await self.send(writer, frame)
            await asyncio.sleep(self.pace)


class Refused(TcpEnd):
    """The host is there and nothing listens, until `mend`."""

    async def start(self) -> None:
        """Keep the port; a bound socket that does not listen refuses."""

    async def mend(self) -> None:
        """Begin to listen."""
        await super().start()


class Reset(TcpEnd):
    """The first two who connect get a reset in the midst of a list."""

    async def harm(self, writer: asyncio.StreamWriter) -> None:
        """Send half a list and a reset."""
        if self.connections > 2:
            return
        await self.send(writer, self.meter.frame(self.meter.least)[:100])
        await asyncio.sleep(0.3)
        reset(writer)
        raise ConnectionResetError


class Cut(TcpEnd):
    """The first connection ends in the midst of a list; the second begins with what would be its rest."""

    async def harm(self, writer: asyncio.StreamWriter) -> None:
        """Send one half or the other."""
        frame = self.meter.frame(self.meter.least)
        self.meter.powers.remove(self.meter.least)  # it is never said whole
        if self.connections == 1:
            await self.send(writer, frame[:150])
            await asyncio.sleep(0.3)
            raise ConnectionResetError  # an ordinary end: the socket is closed
        await self.send(writer, frame[150:])


class HalfOpen(TcpEnd):
    """The first connection stays open after one list, and nothing more is ever said on it."""

    async def harm(self, writer: asyncio.StreamWriter) -> None:
        """Fall silent for ever."""
        if self.connections == 1:
            await self.send(writer, self.meter.frame(self.meter.least))
            await asyncio.Event().wait()


class Slow(TcpEnd):
    """A list comes one byte at a time, with `rest` seconds in between."""

    rest = 1.0

    async def harm(self, writer: asyncio.StreamWriter) -> None:
        """Say the shortest list."""
        for byte in self.meter.frame(self.meter.least, ListKind.POWER):
            await self.send(writer, bytes([byte]))
            await asyncio.sleep(self.rest)


class Stream(TcpEnd):
    """As fast as TCP goes for some seconds, and then good lists on the same connection."""

    def bytes(self) -> Iterator[bytes]:
        """Yield what is sent, for ever."""
        raise NotImplementedError

    async def harm(self, writer: asyncio.StreamWriter) -> None:
        """Send all that the reader takes; what the system holds of it for both is to be read before the good ones."""
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
        end = asyncio.get_running_loop().time() + self.seconds
        for data in self.bytes():
            await self.send(writer, data)
            if asyncio.get_running_loop().time() > end:
                return


class Torrent(Stream):
    """Good lists, damaged ones and rubbish."""

    interval = 1.0

    def bytes(self) -> Iterator[bytes]:
        """Yield all three."""
        return torrent(self.meter)


class Flood(Stream):
    """Good lists only, thousands in a second."""

    interval = 1.0

    def bytes(self) -> Iterator[bytes]:
        """Yield twenty at a time."""
        frames = self.meter.flood()
        while True:
            yield b"".join(next(frames) for _ in range(20))


class EndlessLine(Stream):
    """A telegram of P1 that begins and never ends."""

    model = P1

    def bytes(self) -> Iterator[bytes]:
        """Yield the beginning, and then nothing but dots."""
        yield b"/KAM5\r\n\r\n"
        yield from cycle([b"." * 10_000])


class EndlessFlags(Stream):
    """The flag that stands between two frames of HDLC, and no frame."""

    def bytes(self) -> Iterator[bytes]:
        """Yield flags."""
        return cycle([hdlc.FLAG * 10_000])


class Greatest(Stream):
    """Frames that claim the greatest length, one behind the other's head."""

    def bytes(self) -> Iterator[bytes]:
        """Yield heads."""
        return cycle([greatest_frame() * 500])


class Nested(Stream):
    """Sound frames of structures in structures."""

    model = KAIFA

    def bytes(self) -> Iterator[bytes]:
        """Yield five at a time."""
        return cycle([nested_frame() * 5])


class WrongKey(TcpEnd):
    """A meter that encrypts with another key than the entry has."""

    model = ENCRYPTED


class NoAnswer(TcpEnd):
    """A host that answers nothing: its queue of connections is full, so the system drops each that is asked for."""

    async def start(self) -> None:
        """Fill the queue."""
        self._listener.listen(0)
        self._fillers = await fill(self._listener)

    async def mend(self) -> None:
        """Take all who wait."""
        for filler in self._fillers:
            filler.close()
        await super().start()

    async def stop(self) -> None:
        """Be gone."""
        for filler in self._fillers:
            filler.close()
        await super().stop()


async def fill(listener: socket.socket) -> list[socket.socket]:
    """Connect to a listening socket that nobody accepts from, until another one does not come through."""
    loop, fillers = asyncio.get_running_loop(), list[socket.socket]()
    with suppress(TimeoutError):
        while True:
            fillers.append(filler := socket.socket())
            filler.setblocking(False)
            async with asyncio.timeout(0.5):
                await loop.sock_connect(filler, listener.getsockname())
    fillers.pop().close()
    return fillers


# --- a pseudo-terminal ----------------------------------------------------------------------------------------------


class PtyEnd(PtyMeter):
    """A pseudo-terminal behind which a meter speaks by itself."""

    interval = 0.0
    pace = 0.25

    def __init__(self, number: int, folder: Path, _seconds: float = 0.0) -> None:
        """Name it; it is not there yet."""
        super().__init__(folder / f"usb-meter-{number}")
        self.meter = Speaker(number)
        self.good: set[float] = set()
        self.harmed = asyncio.Event()
        self.connections = self.sent = 0
        self._speaking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Plug it in."""
        self.plug_in()
        self._speaking = asyncio.create_task(self._speak())

    async def stop(self) -> None:
        """Take it away."""
        if self._speaking:
            self._speaking.cancel()
            self._speaking = None
            self.unplug()

    async def _speak(self) -> None:
        while True:
            frame = self.meter.frame()
            if self.harmed.is_set():
                self.good.add(max(self.meter.powers))
            self.offer(frame)
            await asyncio.sleep(self.pace)


class Unplugged(PtyEnd):
    """It is taken away while it is read, and plugged in again: another device behind the same name."""


HOLD = """
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY), fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()
"""


class Held(PtyEnd):
    """Another process has locked the port, as serialx and ser2net do."""

    async def start(self) -> None:
        """Plug it in, and let it be held."""
        await super().start()
        pipe = asyncio.subprocess.PIPE
        self._holder = await asyncio.create_subprocess_exec(
            sys.executable, "-c", HOLD, self.path, stdin=pipe, stdout=pipe
        )
        assert self._holder.stdout
        assert await self._holder.stdout.readline()

    async def mend(self) -> None:
        """Let go of it."""
        assert self._holder.stdin
        self._holder.stdin.close()
        await self._holder.wait()
        self.harmed.set()

    async def stop(self) -> None:
        """Be gone."""
        await self.mend()
        await super().stop()


type End = TcpEnd | PtyEnd
