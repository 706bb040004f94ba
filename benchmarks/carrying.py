"""How many meters one Home Assistant carries before half a core is busy; half an hour of measuring.

A real `hass` process with a recorder, and entries with everything switched on (tariff, main fuse, charging), or with
what is on by default, each on a TCP line of its own. Its CPU time is read from the system after it has settled: at no
meter and at some numbers of them, first with a list every 10 s, then with a power every 2.5 s as well. Each line says
what a message costs, and how many meters half a core would carry at that price.
"""

import argparse
import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
import os
from pathlib import Path
import tempfile
from typing import Any

from tools.home import ROOT, Home
from tools.simulator.household import House
from tools.simulator.lists import find_model
from tools.simulator.meter import Meter

HASS = ROOT / ".venv-home" / "bin" / "hass"
SETTLING, MEASURING = 60.0, 300.0
"""Seconds. Within the first a meter's voltages have been shown, and all its entities are there. Every five minutes Home
Assistant reckons the statistics of all sensors, so just one of these times is within the second."""
ON = {"tariff": "no_three_days", "main_fuse": 63, "wiring": "three_phase", "update_interval": 10}
DEFAULT = {"update_interval": 10}
TICKS = os.sysconf("SC_CLK_TCK")
BUSY = 0.5


class Street:
    """Meters that say the same, each in its own time, to whoever connects."""

    def __init__(self, power_seconds: float | None) -> None:
        """Let the house live its minutes beforehand."""
        model = find_model("Aidon")
        timetable = replace(model.maker.timetable, power_seconds=power_seconds)
        start = datetime(2026, 1, 15, 12, 0, 20, tzinfo=UTC)
        meter = Meter(replace(model, maker=replace(model.maker, timetable=timetable)), House(start, seed=3))
        pushes = list(meter.pushes(start + timedelta(minutes=20)))
        self.lists = [((push.moment - start).total_seconds(), push.line) for push in pushes]
        self.sent = 0
        self.port = 0
        self._lines: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[None]:
        """Listen on every address of this machine."""
        server = await asyncio.start_server(self._connected, "0.0.0.0", 0, backlog=1024)  # a house each
        self.port = server.sockets[0].getsockname()[1]
        yield
        server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def _connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines.add(asyncio.create_task(self._talk(writer)))

    async def _talk(self, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()
        try:
            for second, line in self.lists:
                await asyncio.sleep(begin + second - loop.time())
                if writer.is_closing():
                    break
                writer.write(line)
                self.sent += 1
        finally:
            writer.close()


def host_of(number: int) -> str:
    """Return an address of this machine for each meter."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


def multiply(folder: Path, number: int, options: dict[str, Any]) -> None:
    """Make a number of entries out of the one that the config flow has made."""
    file = folder / ".storage" / "core.config_entries"
    content = json.loads(file.read_text())
    entries: list[dict[str, Any]] = content["data"]["entries"]
    own = next(entry for entry in entries if entry["domain"] == "han_port")
    entries.remove(own)
    for each in range(number):
        entry = deepcopy(own)
        entry["entry_id"] = f"{own['entry_id'][:-4]}{each:04d}"
        entry["unique_id"] = None  # they all tell the same number
        entry["data"]["port"] = entry["data"]["port"].replace("127.0.0.1", host_of(each))
        entry["options"] |= options
        entries.append(entry)
    file.write_text(json.dumps(content))


def cpu_of(pid: int) -> float:
    """Return the CPU time (s) of a process so far, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def require_read(home: Home, meters: int) -> None:
    """Make sure that every meter is read."""
    states = {each["entity_id"]: each["state"] for each in await home.get("/api/states")}
    registry = await home.call("config/entity_registry/list")
    own = [entry["entity_id"] for entry in registry if entry["unique_id"].endswith("_power_import")]
    read = [name for name in own if states.get(name, "").replace(".", "").isdecimal()]
    assert len(read) == meters, f"{len(read)} of {meters} meters are read"


async def busy_with(meters: int, power_seconds: float | None, options: dict[str, Any]) -> tuple[float, float]:
    """Return how much of a core a number of meters takes, and how many messages came a second."""
    street = Street(power_seconds)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(HASS, Path(folder) / "home", 8199)
        home.furnish()
        configuration = home.folder / "configuration.yaml"
        configuration.write_text(
            configuration.read_text().partition("logger:")[0].replace("  commit_interval: 1\n", "")
        )
        async with street.serve():
            await home.start()
            await home.onboard()
            await home.add_meter("127.0.0.1", street.port)
            await home.stop()
            multiply(home.folder, meters, options)
            await home.start()
            await asyncio.sleep(SETTLING + meters / 20)
            before, sent, pid = cpu_of(home.pid), street.sent, home.pid
            await asyncio.sleep(MEASURING)
            share, rate = (cpu_of(pid) - before) / MEASURING, (street.sent - sent) / MEASURING
            await require_read(home, meters)
            await home.stop()
    return share, rate


async def measure(numbers: list[int], options: dict[str, Any]) -> None:
    """Measure, and print."""
    idle, _ = await busy_with(0, None, options)
    print(f"no meter: {100 * idle:.1f} % of a core", flush=True)
    for power_seconds in (None, 2.5):
        name = f"{power_seconds or 10:g} s"
        for number in numbers:
            share, rate = await busy_with(number, power_seconds, options)
            each = (share - idle) / rate
            print(
                f"{number} meters at {name}: {rate:.0f} messages a second, {100 * share:.1f} % of a core, "
                f"{1000 * each:.2f} ms a message; half a core: {(BUSY - idle) / each:.0f} messages a second, "
                f"{(BUSY - idle) / (share - idle) * number:.0f} meters",
                flush=True,
            )


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, default=[100], help="how many meters at once")
    parser.add_argument("--default", action="store_true", help="with what is on by default, instead of everything")
    asked = parser.parse_args()
    asyncio.run(measure(asked.numbers, DEFAULT if asked.default else ON))


if __name__ == "__main__":
    main()
