"""A USB reader whose port gets another name: pseudo-terminals, told to Home Assistant as USB ports are."""

from collections.abc import Callable, Generator
from pathlib import Path

from homeassistant.components import usb
from homeassistant.components.usb import USBDevice
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest

from tests.support.flows import answer, network, reconfigure
from tests.support.frames import AIDON_2
from tests.support.homes import MakeEntry, set_up, state, until
from tests.support.meters import PtyMeter, SpeakingMeter

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end")

SETTINGS = {"serial_settings": "2400 8E1"}

type Plug = Callable[..., PtyMeter]


@pytest.fixture
async def plugged(hass: HomeAssistant) -> list[USBDevice]:
    """The USB ports that there are."""
    assert await async_setup_component(hass, "usb", {})
    ports: list[USBDevice] = []
    usb.async_register_serial_port_scanner(hass, lambda _hass: ports)
    return ports


@pytest.fixture
def plug(plugged: list[USBDevice], tmp_path: Path) -> Generator[Plug]:
    """Return a function that plugs a reader in, with a serial number or without."""
    meters = []

    def plug_in(name: str, number: str | None) -> PtyMeter:
        meter = PtyMeter(tmp_path / name)
        meter.plug_in()
        meters.append(meter)
        about = {"vid": "10C4", "pid": "EA60", "manufacturer": "Reader", "description": "M-Bus"}
        plugged.append(USBDevice(device=meter.url, serial_number=number, **about))
        return meter

    yield plug_in
    for meter in meters:
        if meter.path.is_symlink():
            meter.unplug()


@pytest.mark.parametrize("is_running", [True, False])
async def test_a_reader_that_comes_back_under_another_name_is_found_again(
    hass: HomeAssistant, plugged: list[USBDevice], plug: Plug, make_entry: MakeEntry, is_running: bool
) -> None:
    """While Home Assistant runs, or while it did not."""
    first = plug("ttyUSB0", "A1")
    plug("ttyUSB7", "B2")
    entry = make_entry(first.url, options=SETTINGS)
    await set_up(hass, entry)
    assert entry.data["usb_device"] == ["10C4", "EA60", "A1"]
    if not is_running:
        await hass.config_entries.async_unload(entry.entry_id)
    plugged.pop(0)
    first.unplug()
    second = plug("ttyUSB1", "A1")
    if is_running:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)  # the first look at all ports
        await until(lambda: entry.data["port"] == second.url)
    else:
        await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.data["port"] == second.url
    assert entry.state is ConfigEntryState.LOADED
    second.say(AIDON_2)
    await until(lambda: state(hass, entry, "power_import") == "3210.0")


@pytest.mark.parametrize("numbers", [(None, None), ("0001", "0001", "0001")], ids=["no number", "two of the same"])
async def test_a_reader_that_could_be_any_is_not_guessed_at(
    hass: HomeAssistant,
    plugged: list[USBDevice],
    plug: Plug,
    make_entry: MakeEntry,
    numbers: tuple[str | None, ...],
) -> None:
    """Its like may be a Zigbee stick, which would not survive being opened at another speed; cheap copies share one."""
    own, *others = numbers
    first = plug("ttyUSB0", own)
    entry = make_entry(first.url, options=SETTINGS)
    await set_up(hass, entry)
    assert (entry.data.get("usb_device") is None) == (own is None)
    await hass.config_entries.async_unload(entry.entry_id)
    plugged.clear()
    first.unplug()
    for index, number in enumerate(others, 1):
        plug(f"ttyUSB{index}", number)
    await hass.config_entries.async_setup(entry.entry_id)
    assert (entry.data["port"], entry.state) == (first.url, ConfigEntryState.SETUP_RETRY)


async def test_a_port_that_is_still_there_is_kept_whatever_else_appears(
    hass: HomeAssistant, plugged: list[USBDevice], plug: Plug, make_entry: MakeEntry
) -> None:
    first = plug("ttyUSB0", "A1")
    entry = make_entry(first.url, options=SETTINGS)
    await set_up(hass, entry)
    plug("ttyUSB1", "A1")
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)  # the first look at all ports
    await hass.async_block_till_done()
    assert entry.data["port"] == first.url
    assert entry.state is ConfigEntryState.LOADED


async def test_an_entry_that_was_moved_to_the_network_does_not_go_back_to_its_usb_reader(
    hass: HomeAssistant, meter: SpeakingMeter, plugged: list[USBDevice], plug: Plug, make_entry: MakeEntry
) -> None:
    reader = plug("ttyUSB0", "A1")
    entry = make_entry(reader.url, options=SETTINGS)
    await set_up(hass, entry)
    assert entry.data["usb_device"] == ["10C4", "EA60", "A1"]
    meter.opening = AIDON_2
    form = await reconfigure(hass, entry, "network")
    result = await answer(hass, form, network(meter))
    result = await answer(hass, result, {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await hass.async_block_till_done()
    assert entry.data["port"] == meter.url


async def test_a_reader_is_not_found_at_the_port_of_another_entry(
    hass: HomeAssistant, plugged: list[USBDevice], plug: Plug, make_entry: MakeEntry
) -> None:
    """Cheap copies share a serial number: the one that is left is not the one that is gone."""
    first, second = plug("ttyUSB0", "0001"), plug("ttyUSB1", "0001")
    entry, other = make_entry(first.url, options=SETTINGS), make_entry(second.url, options=SETTINGS)
    await set_up(hass, entry)
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)
    plugged.pop(0)
    first.unplug()
    await hass.config_entries.async_setup(entry.entry_id)
    assert (entry.data["port"], other.data["port"]) == (first.url, second.url)
