"""The fixtures: a Home Assistant, a meter that speaks, and an entry that listens to it. Only the bytes are made up."""

from collections.abc import AsyncGenerator, Generator
import logging
from pathlib import Path
import re
from typing import Any

from homeassistant import block_async_io
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.han_port import coordinator as coordinator_module
from custom_components.han_port.const import DOMAIN
from custom_components.han_port.flows import listening, probe
from custom_components.han_port.sources.feed import Waits
from tests.support.clock import Clock
from tests.support.frames import AIDON_2
from tests.support.homes import OPTIONS, MakeEntry, set_up, state, until
from tests.support.meters import PtyMeter, SpeakingMeter

OSLO = "Europe/Oslo"
AGAINST_US = re.compile(r"(Detected|deprecated).*han_port")
"""How Home Assistant begins to speak of blocking calls and of what it will no longer have."""


def pytest_configure() -> None:
    """Leave logs to pytest, which shows those of a test that fails.

    The plugin of Home Assistant's tests writes them to stderr as well; what a thread such as the recorder's logs
    between two phases of a test is not captured there, and was in the output of a run without a failure.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if type(each) is logging.StreamHandler]:
        root.removeHandler(handler)


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Home Assistant's own serializer, which leaves out times and ids; syrupy's fixture hides it otherwise."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
async def meter(socket_enabled: None) -> AsyncGenerator[SpeakingMeter]:
    """A meter on a real socket of this machine."""
    speaking = SpeakingMeter()
    await speaking.start()
    yield speaking
    await speaking.stop()


@pytest.fixture
def pty_meter(tmp_path: Path) -> Generator[PtyMeter]:
    """A meter on a real pseudo-terminal."""
    plugged = PtyMeter(tmp_path / "ttyHAN")
    plugged.plug_in()
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
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(slice=0.001))


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test's meter speaks at once, or never: a dialog need not wait for it."""
    monkeypatch.setattr(probe, "PATIENCE", 0.6)
    monkeypatch.setattr(probe, "WAITS", Waits(pause=0.1))
    monkeypatch.setattr(listening, "REFRESH", 0.05)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The wall clock of Home Assistant."""
    return Clock(monkeypatch)


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


@pytest.fixture
async def aidon(hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry) -> AsyncGenerator[MockConfigEntry]:
    """An entry whose Aidon has sent its long list."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") == "3210.0")
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)
