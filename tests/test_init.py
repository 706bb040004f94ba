"""An entry's life: set up, unloaded, loaded again, removed; two of them beside each other."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Quantity
from tests.captures import load
from tests.support.clock import Clock
from tests.support.frames import AIDON_2, AIDON_3
from tests.support.homes import MakeEntry, entity, set_up, state, until
from tests.support.meters import PtyMeter, SpeakingMeter

KAIFA_2 = load("kaifa_no_l2_3p")


async def test_a_meter_is_shown_as_soon_as_it_speaks(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """The entry knows nothing of its meter yet: all is learned from the first list."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") == "3210.0")
    assert state(hass, entry, "current_l2") == "-0.3"
    assert state(hass, entry, "voltage_l3") == "229.8"
    assert entry.unique_id == "7359990000000017"
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert (device.manufacturer, device.model, device.serial_number) == ("Aidon", "6534", "7359990000000017")
    assert device.sw_version == "AIDON_V0001"
    assert device.identifiers == {(DOMAIN, entry.entry_id)}
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_serial_port_is_read_like_a_socket(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """One URL, one way."""
    entry = make_entry(pty_meter.url, options={"serial_settings": "2400 8E1"})
    await set_up(hass, entry)
    pty_meter.say(KAIFA_2)
    await until(lambda: state(hass, entry, "current_l1") == "4.567")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_set_up_waits_for_no_message(hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry) -> None:
    """A silent meter must not hold up the start of Home Assistant; its known entities are there, unavailable."""
    entry = make_entry(meter.url, quantities=["power_import", "voltage_l1"])
    await set_up(hass, entry)
    assert state(hass, entry, "power") == "unavailable"
    assert state(hass, entry, "voltage_l1") == "unavailable"
    assert entity(hass, entry, "voltage_l2") is None
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_line_that_cannot_be_opened_is_tried_again_and_says_why(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Home Assistant tries again by itself; the reason is shown in the user's language."""
    await meter.go_away()
    entry = make_entry(meter.url)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_open_refused"

    await meter.start()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert await hass.config_entries.async_unload(entry.entry_id)


FUSE = {"main_fuse": 25, "net": "tn", "charger": {"wiring": "three_phase", "most": 32, "margin": 1, "fail_safe": 8}}


@pytest.mark.parametrize("options", [FUSE, {"tariff": "no_three_days"}, {"tariff": "no_three_days", **FUSE}])
async def test_what_a_fuse_and_a_tariff_say_is_there_when_the_reader_is_not(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, clock: Clock, options: dict[str, Any]
) -> None:
    """Home Assistant is up first after a power cut. When the reader comes all goes on without a reload."""
    clock.is_at(13)
    entry = make_entry(meter.url, options=options, quantities=["power_import", "current_l1"])
    await set_up(hass, entry)
    if "tariff" in options:
        data = {"config_entry_id": entry.entry_id, "start": "2026-01-10T17:00:00", "kw": 7.5}
        await hass.services.async_call(DOMAIN, "set_peak", data, blocking=True)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await meter.go_away()
    for _ in range(2):  # and it may be reloaded meanwhile
        assert await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.LOADED
        assert state(hass, entry, "power") == "unavailable"
        if "main_fuse" in options:
            assert state(hass, entry, "charging_current_recommended") == "8"
            allowed = er.async_get(hass).async_get_entity_id(
                "binary_sensor", DOMAIN, f"{entry.entry_id}_charging_allowed"
            )
            assert (known := hass.states.get(allowed or ""))
            assert known.state == "on"
        if "tariff" in options:
            assert state(hass, entry, "tariff_peak_1") == "7.5"
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await meter.start()
    await until(lambda: entry.runtime_data.feed.source.connected)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") not in ("unavailable", "unknown"))
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_port_that_does_not_exist_says_so(hass: HomeAssistant, make_entry: MakeEntry) -> None:
    """A USB reader that is not plugged in."""
    entry = make_entry("/dev/serial/by-id/usb-nothing")
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.error_reason_translation_key == "cannot_open_not_found"


async def test_unloading_frees_the_line_and_loading_takes_it_again(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """A serial port opens once: were it not free when the unload returns, the reload would fail."""
    entry = make_entry(pty_meter.url, options={"serial_settings": "2400 8E1"})
    await set_up(hass, entry)
    for _ in range(3):
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.LOADED
    pty_meter.say(KAIFA_2)
    await until(lambda: state(hass, entry, "current_l3") == "10.001")
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_after_a_restart_all_is_there_before_the_first_byte(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, hass_storage: dict[str, Any], clock: Clock
) -> None:
    """Registers come once an hour; without their last value the energy would be unknown for most of it."""
    clock.stop()
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_3)
    await until(lambda: state(hass, entry, "energy_import") == "12345.67")
    assert state(hass, entry, "energy_export") == "0.0"

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, entry, "energy_import") == "12345.67"
    assert state(hass, entry, "energy_export") == "0.0"
    stored = hass_storage[f"han_port.{entry.entry_id}"]["data"]["values"]
    assert stored["energy_import"][0] == 12345670.0  # Wh: what the unit of the display is, does not matter
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_ratio_that_is_corrected_changes_what_comes_and_books_no_energy_that_never_flowed(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, clock: Clock
) -> None:
    """The register is what the meter says, times the ratio; the total goes on from where it was."""
    clock.stop()
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_3)
    await until(lambda: state(hass, entry, "energy_import") == "12345.67")
    assert entry.runtime_data.meter.value(Quantity.ENERGY_IMPORT, hass.loop.time()) == 12345670.0
    hass.config_entries.async_update_entry(entry, options={**entry.options, "ct_ratio": "100:5"})
    meter.connected.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await meter.connected.wait()
    assert entry.runtime_data.meter.value(Quantity.ENERGY_IMPORT, hass.loop.time()) == 246913400.0
    assert state(hass, entry, "energy_import") == "12345.67"
    meter.say(AIDON_3)
    await until(lambda: state(hass, entry, "current_l1") == "94.0")
    assert state(hass, entry, "energy_import") == "12345.67"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_two_meters_do_not_touch_each_other(
    hass: HomeAssistant, meter: SpeakingMeter, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """One dies, the other goes on; neither shows the other's values."""
    first, second = make_entry(meter.url), make_entry(pty_meter.url, options={"serial_settings": "2400 8E1"})
    await set_up(hass, first)
    await until(lambda: second.state is ConfigEntryState.LOADED)
    meter.say(AIDON_2)
    pty_meter.say(KAIFA_2)
    await until(lambda: state(hass, first, "power") == "3210.0" and state(hass, second, "power") == "3105.0")
    assert len(dr.async_get(hass).devices) == 2
    assert await hass.config_entries.async_unload(first.entry_id)
    pty_meter.say(load("kaifa_no_l1"))
    await until(lambda: state(hass, second, "power") == "3059.0")
    assert state(hass, first, "power") == "unavailable"
    assert await hass.config_entries.async_unload(second.entry_id)


async def test_two_meters_without_numbers_live_side_by_side(
    hass: HomeAssistant, meter: SpeakingMeter, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """Swedish telegrams do not say whose they are. The entry is the identity, so each keeps its own entities."""
    first, second = make_entry(meter.url), make_entry(pty_meter.url, options={"serial_settings": "115200 8N1"})
    await set_up(hass, first)
    await until(lambda: second.state is ConfigEntryState.LOADED)
    meter.say(load("p1_se_kam5"))
    pty_meter.say(load("p1_se_e360"))
    await until(lambda: state(hass, first, "power") == state(hass, second, "power") == "1870.0")
    before = {entity(hass, entry, "power") for entry in (first, second)}
    assert len(before) == 2
    assert first.unique_id is second.unique_id is None
    for entry in (first, second):
        assert await hass.config_entries.async_reload(entry.entry_id)
    assert {entity(hass, entry, "power") for entry in (first, second)} == before
    for entry in (first, second):
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_removing_an_entry_leaves_nothing_behind(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, hass_storage: dict[str, Any], clock: Clock
) -> None:
    """No entity, no device, no stored value, no connection."""
    clock.stop()
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_3)
    await until(lambda: state(hass, entry, "energy_import") == "12345.67")
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert f"han_port.{entry.entry_id}" not in hass_storage
    assert not er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert not dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    await until(lambda: not meter.writers)


async def test_nothing_is_ever_written_to_the_meter(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """A HAN port is one way."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") == "3210.0")
    assert await hass.config_entries.async_unload(entry.entry_id)
    await asyncio.sleep(0.05)
    assert meter.heard == b""


async def test_what_a_tariff_or_a_fuse_showed_does_not_stay_behind_when_it_is_taken_back(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """No entity of theirs is left, disabled or not; set up once more they are all there, with their old names."""
    charger = {"wiring": "three_phase", "most": 32, "margin": 1, "fail_safe": 6, "keep_budget": False}
    entry = make_entry(meter.url, options={"tariff": "no_three_days", "main_fuse": 25, "charger": charger})
    await set_up(hass, entry)
    registry = er.async_get(hass)
    with_both = {each.unique_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}
    options = dict(entry.options)
    hass.config_entries.async_update_entry(entry, options={**options, "tariff": "none", "main_fuse": 0})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    entries = er.async_entries_for_config_entry(registry, entry.entry_id)
    states = [hass.states.get(each.entity_id) for each in entries if not each.disabled_by]
    assert not [state.entity_id for state in states if state and state.attributes.get("restored")]
    left = {each.unique_id.partition("_")[2] for each in entries}
    assert not [key for key in left if key.startswith(("tariff", "capacity", "charging", "headroom", "overload"))]
    assert "main_fuse" in left, "it is where a fuse is entered"
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    again = {each.unique_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}
    assert again == with_both
    assert await hass.config_entries.async_unload(entry.entry_id)
