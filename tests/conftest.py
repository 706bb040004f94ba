"""A meter that speaks, and an entry that listens to it. Nothing is mocked but the bytes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
import os
from pathlib import Path
import pty
import re
import tty
from typing import Any

from homeassistant import block_async_io
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Moment
from custom_components.han_port.sources import connection
from custom_components.han_port.sources.address import Address
from custom_components.han_port.sources.link import Link
from custom_components.han_port.sources.serial import USUAL_SERIAL_SETTINGS, SerialSettings
from custom_components.han_port.sources.settings import LineSettings

OSLO = "Europe/Oslo"
AGAINST_US = re.compile(r"(Detected|deprecated).*han_port")
"""How Home Assistant begins to speak of blocking calls and of what it will no longer have."""


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Home Assistant's own serializer, which leaves out times and ids; syrupy's fixture hides it otherwise."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


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


@pytest.fixture
async def meter(socket_enabled: None) -> AsyncGenerator[SpeakingMeter]:
    """A meter on a real socket of this machine."""
    speaking = SpeakingMeter()
    await speaking.start()
    yield speaking
    await speaking.stop()


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


@pytest.fixture
def pty_meter(tmp_path: Path) -> Generator[PtyMeter]:
    """A meter on a real pseudo-terminal."""
    plugged = PtyMeter(tmp_path / "ttyHAN")
    yield plugged
    plugged.unplug()


@pytest.fixture
async def hass(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    disable_block_async_io: None,
) -> AsyncGenerator[HomeAssistant]:
    """A home in Norway that loads custom integrations, and in which a word of Home Assistant against ours is an error.

    It looks for blocking calls as it does at its users', and not only for those that it looks for in tests.
    """
    hass.data.pop(DATA_CUSTOM_COMPONENTS)  # the plugin's fixture for this asks for `hass`, and so cannot be used in it
    await hass.config.async_set_time_zone(OSLO)
    monkeypatch.setattr(block_async_io, "_IN_TESTS", False)
    block_async_io.enable()  # the plugin's fixture takes it back
    yield hass
    words = [*caplog.get_records("setup"), *caplog.get_records("call"), *caplog.get_records("teardown")]
    assert not [text for word in words if AGAINST_US.search(text := word.getMessage())]


@pytest.fixture
async def unloaded_at_the_end(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Unload what a test has set up."""
    yield
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read bytes as they come, and do not gather them: there are many minutes in these tests."""
    monkeypatch.setattr(connection, "SLICE", 0.001)


OPTIONS = {"maker": "automatic", "ct_ratio": "1", "vt_ratio": "1", "net": "automatic", "update_interval": 0}
"""The interval is not the usual one: what a meter says is shown at once, so no test has to wait."""

type MakeEntry = Callable[..., MockConfigEntry]


@pytest.fixture
def make_entry(hass: HomeAssistant) -> MakeEntry:
    """Return a function that makes an entry for a line; what the flow would have learned can be given."""

    def make(url: str, *, unique_id: str | None = None, options: dict[str, Any] | None = None, **data: Any) -> Any:
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Meter",
            unique_id=unique_id,
            data={CONF_PORT: url, **data},
            options=OPTIONS | (options or {}),
        )
        entry.add_to_hass(hass)
        return entry

    return make


def now() -> Moment:
    """Return the moment that is now."""
    return Moment(asyncio.get_running_loop().time(), dt_util.utcnow())


def link_to(url: str, settings: Sequence[SerialSettings] = USUAL_SERIAL_SETTINGS, **options: Any) -> Link:
    """Return a link of somebody who does not care what comes."""
    line = LineSettings(Address(url), tuple(settings))
    return Link(line, lambda _data, _at: None, lambda _error: None, **{"clock": now, "silence": 60.0} | options)


async def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for something that real sockets take a moment for; fail if it does not come."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set an entry up and see that it is loaded."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def options_form(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Any:
    """Return the form that is chosen from the menu of the options."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert step in menu["menu_options"]
    return await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": step})


def suggested(form: Any) -> dict[str, Any]:
    """Return what a form begins with."""
    return {str(field): (field.description or {}).get("suggested_value") for field in form["data_schema"].schema}


def entity(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str | None:
    """Return the entity id of a row of the table."""
    from homeassistant.helpers import entity_registry as er  # noqa: PLC0415 - after the plugin's set-up

    return er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{entry.entry_id}_{key}")


def state(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str | None:
    """Return the state of a row of the table, None if there is no such entity."""
    entity_id = entity(hass, entry, key)
    found = hass.states.get(entity_id) if entity_id else None
    return found.state if found else None
