"""The dialogs as a user goes through them."""

import asyncio
import json
from pathlib import Path
import string
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components import han_port
from custom_components.han_port.const import DOMAIN

from .meters import SpeakingMeter

METER = {"maker": "automatic", "ct_ratio": "1", "vt_ratio": "1", "net": "automatic", "update_interval": 10}
SERIAL = METER | {"serial_settings": "2400 8E1"}
KEYS = {
    "encryption_key": "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f",
    "authentication_key": "0xD0D1D2D3-D4D5D6D7-D8D9DADB-DCDDDEDF",
}
STORED_KEYS = {
    "encryption_key": "000102030405060708090a0b0c0d0e0f",
    "authentication_key": "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
}
AMS_NETWORK = {"protocol": "tcp_ip", "tcp_host": "127.0.0.1", "meter_manufacturer": "auto"}
EN = json.loads((Path(han_port.__file__).parent / "translations" / "en.json").read_text())["config"]

type Result = dict[str, Any]


def placeholders(texts: Any) -> set[str]:
    """Return all {placeholders} in a part of the translations."""
    if isinstance(texts, str):
        return {name for _, name, _, _ in string.Formatter().parse(texts) if name}
    return set().union(*map(placeholders, texts.values()))


def readable(result: Result) -> Result:
    """Check that what the dialog shows has all its words, and return it.

    Neither Home Assistant nor hassfest does: the user would read "MISSING_VALUE".
    """
    given = set(result.get("description_placeholders") or {})
    if result["type"] is FlowResultType.SHOW_PROGRESS:
        assert placeholders(EN["progress"][result["progress_action"]]) <= given
    elif result["type"] in (FlowResultType.FORM, FlowResultType.MENU):
        texts = EN["step"][result["step_id"]]
        assert placeholders(texts) <= given
        assert set(texts.get("menu_options", {})) >= set(result.get("menu_options") or ())
        errors = (result.get("errors") or {}).values()
        assert set().union(*(placeholders(EN["error"][error]) for error in errors)) <= given
    if result["type"] is FlowResultType.FORM:
        fields = {str(field) for field in result["data_schema"].schema}
        assert fields == set(texts.get("data", {})) | set(texts.get("sections", {}))
    elif result["type"] is FlowResultType.ABORT:
        assert result["reason"] in EN["abort"]
    return result


async def begin(hass: HomeAssistant, way: str) -> Result:
    """Start a flow and choose how the meter is connected."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "user")
    readable(result)
    return readable(await hass.config_entries.flow.async_configure(result["flow_id"], {"next_step_id": way}))


async def choose(hass: HomeAssistant, result: Result, step: str) -> Result:
    """Choose from a menu."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], {"next_step_id": step})


async def answer(hass: HomeAssistant, result: Result, user_input: dict[str, Any]) -> Result:
    """Fill in a form; wait for what listening comes to."""
    return await listened(hass, await hass.config_entries.flow.async_configure(result["flow_id"], user_input))


async def listened(hass: HomeAssistant, result: Result) -> Result:
    """Wait, as the dialog does, until the progress is over."""
    async with asyncio.timeout(30):
        while result["type"] is FlowResultType.SHOW_PROGRESS:
            await asyncio.sleep(0.02)
            result = await hass.config_entries.flow.async_configure(readable(result)["flow_id"])
    for _ in range(5):  # the flow brings itself forward once more; people are not that quick
        await asyncio.sleep(0)
        await hass.async_block_till_done()
    return readable(result)


def network(meter: SpeakingMeter, **advanced: str | int) -> dict[str, Any]:
    """Return the answers to the network form."""
    return {"host": "127.0.0.1", "port": str(meter.port), "advanced": METER | advanced}


async def reconfigure(hass: HomeAssistant, entry: Any, way: str) -> Result:
    """Begin to move an entry and choose the way; return the form."""
    menu = await entry.start_reconfigure_flow(hass)
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "reconfigure")
    return readable(await choose(hass, readable(menu), way))


async def options_form(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Any:
    """Return the form that is chosen from the menu of the options."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert step in menu["menu_options"]
    return await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": step})


def suggested(form: Any) -> dict[str, Any]:
    """Return what a form begins with."""
    return {str(field): (field.description or {}).get("suggested_value") for field in form["data_schema"].schema}


# --- in the place of `ams` or `amshan` -----------------------------------------------------------------------------


def theirs_on(hass: HomeAssistant, meter: SpeakingMeter, domain: str = "ams") -> MockConfigEntry:
    """Return an entry of theirs with its entities, which the user has made his own in many ways."""
    theirs = MockConfigEntry(domain=domain, title="AMS Reader", data=AMS_NETWORK | {"tcp_port": meter.port})
    theirs.add_to_hass(hass)
    registry = er.async_get(hass)
    for key, unit in (
        ("active_power_import", "W"),
        ("active_energy_import", "kWh"),
        ("reactive_energy_import", "kVAr"),
        ("voltage_l1", "V"),
    ):
        registry.async_get_or_create(
            "sensor",
            domain,
            f"ams_{key}_7359992890941742",
            suggested_object_id=f"ams_{key}_7359992890941742",
            config_entry=theirs,
            unit_of_measurement=unit,
        )
    registry.async_update_entity(
        "sensor.ams_active_power_import_7359992890941742", name="House", new_entity_id="sensor.house"
    )
    registry.async_update_entity("sensor.ams_voltage_l1_7359992890941742", disabled_by=er.RegistryEntryDisabler.USER)
    return theirs


async def take_over(hass: HomeAssistant, theirs: ConfigEntry) -> ConfigEntry:
    """Do what the user does, from the menu to the entry."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert readable(result)["menu_options"] == ["take_over", "serial", "network"]
    result = readable(await choose(hass, result, "take_over"))
    assert result["type"] is FlowResultType.FORM
    result = await answer(hass, result, {"takes_over": theirs.entry_id})
    assert result["step_id"] == "found"
    result = await answer(hass, result, {})
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    return result["result"]
