"""From a real meter's bytes on a TCP port to the energy dashboard of a real Home Assistant.

The bytes are ten minutes of a real Kaifa meter around a full hour. They are not in this repository.
"""

import asyncio
from collections.abc import AsyncGenerator
import json
import os
from pathlib import Path
import socket
from typing import Any

import pytest

from tests.support.meters import SpeakingMeter
from tools.home import ROOT, Home

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(420)]

CORPUS = Path(os.environ.get("HAN_PORT_CORPUS", ROOT.parent / "shared" / "corpus"))
CAPTURE = CORPUS / "streams" / "real-kaifa-no-10min.bin"
HASS = ROOT / ".venv-home" / "bin" / "hass"
# What the corpus calls a value -> our key.
NAMES = {
    "active_power_import_w": "power_import",
    "active_power_export_w": "power_export",
    "voltage_l1_v": "voltage_l1",
    "energy_import_kwh": "energy_import",
}
LONG_LIST = 123


class Replay(SpeakingMeter):
    """A TCP port on which a capture is replayed to each who connects, and its last lists then again and again."""

    def __init__(self, capture: Path) -> None:
        """Read the capture and what it says."""
        super().__init__()
        self.data = capture.read_bytes()
        about = json.loads(capture.with_suffix(".json").read_text())
        self.frames = [self.data[frame["start"] : frame["end"]] for frame in about["frames"]]
        self.expected: dict[str, float] = {}
        for telegram in about["telegrams"]:
            self.expected |= {NAMES[name]: value for name, value in telegram.items() if name in NAMES}
        self.muted = False
        """Whether the meter says nothing to those who connect from now on."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Play the capture until the reader goes away."""
        if self.muted:
            await reader.read()
            return
        last_long = next(frame for frame in reversed(self.frames) if len(frame) == LONG_LIST)
        for start in range(0, len(self.data), 512):
            writer.write(self.data[start : start + 512])
            await writer.drain()
            await asyncio.sleep(0.01)
        while not writer.is_closing():
            await asyncio.sleep(1)
            writer.write(last_long + self.frames[-1])
            await writer.drain()


@pytest.fixture
async def replay(socket_enabled: None) -> AsyncGenerator[Replay]:
    """The real meter's bytes."""
    if not CAPTURE.exists():
        pytest.skip(f"the real capture is not here: {CAPTURE} (set HAN_PORT_CORPUS)")
    meter = Replay(CAPTURE)
    await meter.start()
    yield meter
    await meter.stop()


@pytest.fixture
async def home(tmp_path: Path, socket_enabled: None) -> AsyncGenerator[Home]:
    """A fresh Home Assistant with a user."""
    if not HASS.exists():
        pytest.skip(f"{HASS} is not there: run scripts/setup home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with Home(HASS, tmp_path / "home", port) as started:
        await started.onboard()
        yield started


async def states_as_expected(home: Home, entities: dict[str, str], expected: dict[str, float]) -> dict[str, Any]:
    """Wait until all states are as expected; return those that are not when patience ends."""
    wrong: dict[str, Any] = {}
    for _ in range(400):  # voltages are shown once a minute
        wrong = {}
        for key, value in expected.items():
            shown = await home.state(entities[key])
            # The total goes on from its register as the power does; all of this takes six minutes.
            most = 1.0 if key == "energy_import" else 1e-9
            if shown in ("unknown", "unavailable") or not -1e-9 <= float(shown) - value <= most:
                wrong[key] = (shown, value)
        if not wrong:
            break
        await asyncio.sleep(0.2)
    return wrong


def errors_of_ours(home: Home) -> list[str]:
    """Return the lines of the log in which something of ours has failed."""
    log = (home.folder / "home.log").read_text().splitlines()
    return [line for line in log if "han_port" in line and (" ERROR " in line or "Traceback" in line)]


async def test_a_real_meters_bytes_become_states_and_an_energy_dashboard(home: Home, replay: Replay) -> None:
    """Set up through the config flow, every value right, nothing for `energy/validate` to complain of, a clean stop."""
    entry = await home.add_meter("127.0.0.1", replay.port)
    assert entry["title"].startswith("Kaifa MA304H")
    entities = await home.entities(entry)
    # This meter's U2 is always 0: it does not measure it. There is no such entity, and so no false 0 V.
    assert "voltage_l2" not in entities

    assert replay.expected.keys() == set(NAMES.values())
    assert await states_as_expected(home, entities, replay.expected) == {}

    await home.show_on_energy_dashboard(entities)
    complaints: list[Any] = ["not asked yet"]
    # Home Assistant knows statistics of a new sensor after its next run, which it makes every five minutes.
    async with asyncio.timeout(330):
        while complaints:
            await asyncio.sleep(2)
            found = await home.call("energy/validate")
            complaints = [issue for source in found["energy_sources"] for issue in source]
            assert {issue["type"] for issue in complaints} <= {"statistics_not_defined"}

    # Still fed, still right, after all that time.
    assert await states_as_expected(home, entities, replay.expected) == {}

    before = float(await home.state(entities["energy_import"]))
    assert await home.stop() == 0
    assert errors_of_ours(home) == []

    # After a restart the energy is there before the meter's first byte. The power is shown for half a minute after
    # it was measured, and not a moment longer.
    replay.muted = True
    await home.start()
    assert await states_as_expected(home, entities, {"energy_import": before}) == {}
    async with asyncio.timeout(60):
        while await home.state(entities["power"]) != "unavailable":
            await asyncio.sleep(1)
    assert before <= float(await home.state(entities["energy_import"])) < before + 0.1
    assert await home.stop() == 0
    assert errors_of_ours(home) == []
