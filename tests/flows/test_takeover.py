"""Taking the place of `ams` or `amshan`, with entries and registries made as those integrations leave them."""

from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry, ConfigEntryDisabler, ConfigEntryState, ConfigFlow
from homeassistant.const import MAJOR_VERSION, MINOR_VERSION, Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.entity import Entity, entity_sources
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.flows.takeover import key_of, options_of, predecessors, url_of
from tests.support.flows import AMS_NETWORK, answer, begin, choose, take_over, theirs_on
from tests.support.frames import AIDON_2, AIDON_3
from tests.support.homes import MakeEntry, set_up
from tests.support.meters import SpeakingMeter

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "short_patience")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("ams_active_power_import_7359992890941742", "power_import"),
        ("ams_active_power_export_l1_7359992890941742", "power_export_l1"),
        ("ams_reactive_power_export_7359992890941742", "reactive_power_export"),
        ("ams_active_energy_import_7359992890941742", "energy_import"),
        ("ams_reactive_energy_import_7359992890941742", None),
        ("AMS_current_l3_00", "current_l3"),
        ("ams_voltage_l1_7359992890941742", "voltage_l1"),
        ("Aidon-7359992890941742-active_power_import", "power_import"),
        ("Aidon-7359992890941742-active_power_import_total", "energy_import"),
        ("{'KAM'}-57067-active_power_export_total", "energy_export"),
        ("Kamstrup-5706567274389702-reactive_power_import", "reactive_power_import"),
        ("Kamstrup-5706567274389702-reactive_power_import_total", None),
        ("Kaifa-6970631401234567-current_l2", "current_l2"),
        ("Kaifa-6970631401234567-meter_id", "meter_number"),
        ("Kaifa-6970631401234567-meter_type", "meter_model"),
        ("Kaifa-6970631401234567-list_ver_id", "meter_list"),
        ("Kaifa-6970631401234567-meter_manufacturer", None),
        ("Kaifa-6970631401234567-current_of_nothing", None),
    ],
)
def test_an_entity_of_theirs_is_known_by_what_it_shows(theirs: str, ours: str | None) -> None:
    assert key_of(theirs) == ours


SERIAL = {"type": "serial", "connection": {"port": "/dev/ttyUSB0", "baudrate": 2400, "parity": "N", "bytesize": 8}}


@pytest.mark.parametrize(
    ("domain", "data", "options", "url", "settings"),
    [
        ("amshan", SERIAL, {}, "/dev/ttyUSB0", {"serial_settings": "2400 8N1", "ct_ratio": "1"}),
        ("amshan", SERIAL, {"scale_factor": 50.0}, "/dev/ttyUSB0", {"ct_ratio": "50"}),
        ("amshan", SERIAL, {"scale_factor": 1e-5}, "/dev/ttyUSB0", {"ct_ratio": "1"}),
        ("amshan", SERIAL, {"scale_factor": 1e6}, "/dev/ttyUSB0", {"ct_ratio": "1"}),
        (
            "amshan",
            {"type": "network_tcpip", "connection": {"host": "10.0.0.5", "port": 3001}},
            {},
            "socket://10.0.0.5:3001",
            {"ct_ratio": "1"},
        ),
        ("amshan", {"type": "hass_mqtt", "connection": {"topics": "pulse/publish"}}, {}, None, {}),
        ("amshan", {"port": "/dev/ttyUSB1", "baudrate": 115200, "parity": "odd?"}, {}, "/dev/ttyUSB1", {}),
        (
            "ams",
            {"protocol": "serial", "serial_port": "/dev/serial/by-id/usb-x", "baudrate": 2400, "parity": "E"},
            {},
            "/dev/serial/by-id/usb-x",
            {"serial_settings": "2400 8E1", "maker": "automatic"},
        ),
        ("ams", {"serial_port": "/dev/ttyAMA0"}, {}, "/dev/ttyAMA0", {"serial_settings": "automatic"}),
        ("ams", AMS_NETWORK | {"tcp_port": 5000}, {}, "socket://127.0.0.1:5000", {}),
        ("ams", AMS_NETWORK | {"tcp_port": 99999}, {}, None, {}),
    ],
)
def test_the_line_and_its_settings_are_read_from_their_entry(
    domain: str, data: dict[str, Any], options: dict[str, Any], url: str | None, settings: dict[str, str]
) -> None:
    """Whatever layout their version had."""
    theirs = MockConfigEntry(domain=domain, data=data, options=options)
    assert url_of(theirs) == url
    assert options_of(theirs).items() >= settings.items()


async def test_ids_names_and_choices_of_the_user_are_carried_over(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    theirs = theirs_on(hass, meter)
    meter.opening = AIDON_2 + AIDON_3
    ours = await take_over(hass, theirs)
    registry = er.async_get(hass)

    power = registry.async_get("sensor.house")
    assert power is not None
    assert (power.platform, power.unique_id) == (DOMAIN, f"{ours.entry_id}_power_import")
    assert (power.config_entry_id, power.name, power.disabled_by) == (ours.entry_id, "House", None)
    shown = hass.states.get("sensor.house")
    assert shown is not None
    assert (shown.state, shown.attributes["unit_of_measurement"]) == ("3210.0", "W")

    voltage = registry.async_get("sensor.ams_voltage_l1_7359992890941742")
    assert voltage is not None
    assert (voltage.platform, voltage.disabled_by) == (DOMAIN, er.RegistryEntryDisabler.USER)

    energy = hass.states.get("sensor.ams_active_energy_import_7359992890941742")
    assert energy is not None
    assert energy.attributes["unit_of_measurement"] == "kWh"
    assert energy.attributes["state_class"] == "total_increasing"


async def test_nothing_of_theirs_is_deleted(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    theirs = theirs_on(hass, meter)
    meter.opening = AIDON_2
    ours = await take_over(hass, theirs)
    assert hass.config_entries.async_get_entry(theirs.entry_id) is theirs
    assert theirs.disabled_by is ConfigEntryDisabler.USER
    left = er.async_entries_for_config_entry(er.async_get(hass), theirs.entry_id)
    assert [entity.unique_id for entity in left] == ["ams_reactive_energy_import_7359992890941742"]
    assert "takes_over" not in ours.data
    assert predecessors(hass) == {}, "what is done is not offered again"


async def test_what_they_disabled_with_their_entry_is_shown_again(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    """Many have disabled an integration that broke; its entities are disabled with it."""
    theirs = theirs_on(hass, meter)
    await hass.config_entries.async_set_disabled_by(theirs.entry_id, ConfigEntryDisabler.USER)
    meter.opening = AIDON_2
    await take_over(hass, theirs)
    power = er.async_get(hass).async_get("sensor.house")
    assert power is not None
    assert power.disabled_by is None
    assert hass.states.get("sensor.house") is not None


async def test_a_dialog_that_is_closed_changes_nothing(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    theirs = theirs_on(hass, meter)
    meter.opening = AIDON_2
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    result = await choose(hass, result, "take_over")
    result = await answer(hass, result, {"takes_over": theirs.entry_id})
    hass.config_entries.flow.async_abort(result["flow_id"])
    await hass.async_block_till_done()
    assert theirs.disabled_by is None
    assert len(er.async_entries_for_config_entry(er.async_get(hass), theirs.entry_id)) == 4


async def test_an_entry_of_theirs_that_was_deleted_meanwhile_is_no_obstacle(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    entry = make_entry(meter.url, takes_over="gone")
    await set_up(hass, entry)
    assert "takes_over" not in entry.data


@pytest.mark.parametrize("is_asked", [False, True])
async def test_an_entry_of_theirs_that_is_deleted_while_the_dialog_is_open_is_not_offered_any_more(
    hass: HomeAssistant, meter: SpeakingMeter, is_asked: bool
) -> None:
    """Before the question whose place is to be taken, or after it."""
    theirs = theirs_on(hass, meter)
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    if is_asked:
        result = await choose(hass, result, "take_over")
    await hass.config_entries.async_remove(theirs.entry_id)
    if is_asked:
        result = await answer(hass, result, {"takes_over": theirs.entry_id})
    else:
        result = await choose(hass, result, "take_over")
    assert (result["type"], result["menu_options"]) == (FlowResultType.MENU, ["serial", "network"])


async def test_there_is_nothing_to_take_over_from_an_mqtt_topic(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    MockConfigEntry(domain="amshan", data={"type": "hass_mqtt", "connection": {"topics": "x"}}).add_to_hass(hass)
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["menu_options"] == ["serial", "network"]


class Theirs(Entity):
    """An entity of an integration that goes on after it was told to stop."""

    _attr_unique_id = "ams_active_power_import_7359992890941742"


@pytest.mark.parametrize("stops", [True, False])
async def test_an_integration_at_work_is_stopped_first_and_else_waited_for(
    hass: HomeAssistant, meter: SpeakingMeter, stops: bool
) -> None:
    """One of them leaves its thread and its entities running when it is unloaded. After a restart it is gone."""

    async def set_up(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
        return True

    async def unload(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return stops and await hass.config_entries.async_unload_platforms(entry, [Platform.SENSOR])

    async def set_up_sensors(
        hass: HomeAssistant, entry: ConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
    ) -> None:
        async_add_entities([Theirs()])

    mock_integration(hass, MockModule("ams", async_setup_entry=set_up, async_unload_entry=unload), built_in=False)
    mock_platform(hass, "ams.sensor", MockPlatform(async_setup_entry=set_up_sensors))
    mock_platform(hass, "ams.config_flow")
    theirs = theirs_on(hass, meter)
    meter.opening = AIDON_2
    with mock_config_flow("ams", ConfigFlow):
        assert await hass.config_entries.async_setup(theirs.entry_id)
        await hass.async_block_till_done()
        assert theirs.state is ConfigEntryState.LOADED
        ours = await take_over(hass, theirs)
    power = er.async_get(hass).async_get("sensor.house")
    assert power is not None
    assert theirs.disabled_by is ConfigEntryDisabler.USER
    if stops:
        assert power.platform == DOMAIN
        return
    assert (power.platform, ours.data["takes_over"]) == ("ams", theirs.entry_id)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"still_at_work_{ours.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders == {"name": "Aidon 6534", "other": "AMS Reader"}
    makeshift = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{ours.entry_id}_power_import")
    assert makeshift != "sensor.house"

    await hass.config_entries.async_unload(ours.entry_id)
    entity_sources(hass).clear()  # what a restart does, for theirs cannot be ended without
    await hass.config_entries.async_setup(ours.entry_id)
    await hass.async_block_till_done()
    power = er.async_get(hass).async_get("sensor.house")
    assert power is not None
    assert (power.platform, power.unique_id) == (DOMAIN, f"{ours.entry_id}_power_import")
    assert er.async_get(hass).async_get(makeshift) is None
    assert "takes_over" not in ours.data
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue.issue_id) is None


async def test_an_entry_of_theirs_that_cannot_be_stopped_is_left_alone_when_the_dialog_is_closed(
    hass: HomeAssistant, meter: SpeakingMeter, caplog: pytest.LogCaptureFixture
) -> None:
    async def done(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return True

    async def not_done(hass: HomeAssistant, entry: ConfigEntry) -> bool:
        return False

    mock_integration(hass, MockModule("ams", async_setup_entry=done, async_unload_entry=not_done), built_in=False)
    mock_platform(hass, "ams.config_flow")
    theirs = theirs_on(hass, meter)
    meter.opening = AIDON_2
    with mock_config_flow("ams", ConfigFlow):
        assert await hass.config_entries.async_setup(theirs.entry_id)
        result = await answer(hass, await begin(hass, "take_over"), {"takes_over": theirs.entry_id})
        assert result["step_id"] == "found"
        hass.config_entries.flow.async_abort(result["flow_id"])
        await hass.async_block_till_done()
    errors = [word.getMessage() for word in caplog.records if word.levelname == "ERROR"]
    # What is said of theirs is no error of ours: since 2026.11 Home Assistant logs an unload that returns False.
    of_theirs = ["Error unloading entry AMS Reader for ams"] if (MAJOR_VERSION, MINOR_VERSION) >= (2026, 11) else []
    assert errors == of_theirs
