"""The chargers of a real entry: their options, their entities, and what they are told, by a meter's messages."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.meter.events import MeterEvent
from tests.support.flows import options_form
from tests.support.frames import aidon, exported, of_power, reframed
from tests.support.homes import Home, MakeHome

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "read_at_once")

FIRST = {"wiring": "three_phase", "most": 32, "margin": 1, "fail_safe": 6, "keep_budget": False}
SECOND = {"name": "Garage", "wiring": "three_phase", "most": 16, "fail_safe": 6, "minimum": 6, "priority": 1}
HOUSE = {"main_fuse": 25, "net": "tn"}
OWN = ("sensor.charging_current_recommended", "sensor.charging_limited_by")
OWN += ("binary_sensor.charging_allowed", "select.charging_mode")


def shown(home: Home, *suffixes: str) -> dict[str, str | None]:
    """Return the states of the entities about the chargers with some suffixes of their keys."""
    keys = [(*each.split("."), suffix) for each in OWN for suffix in suffixes]
    return {key + suffix: home.state(platform, key + suffix) for platform, key, suffix in keys}


async def select(home: Home, option: str, key: str = "charging_mode") -> None:
    """Choose a charging mode, as a user does."""
    entity_id = er.async_get(home.hass).async_get_entity_id("select", DOMAIN, f"{home.entry.entry_id}_{key}")
    data = {"entity_id": entity_id, "option": option}
    await home.hass.services.async_call("select", "select_option", data, blocking=True)
    await home.hass.async_block_till_done()


# --- what is shown -------------------------------------------------------------------------------------------------


async def test_one_charger_is_shown_with_the_meter(make_home: MakeHome) -> None:
    home = await make_home(**HOUSE, charger=FIRST)
    assert shown(home, "") == {
        "charging_current_recommended": "6",
        "charging_limited_by": "fail_safe",
        "charging_allowed": "on",
        "charging_mode": "fast",
    }
    assert set(shown(home, "_2", "_3").values()) == {None}
    assert home.state("sensor", "charging_current_all") is None
    await home.says(aidon((4.0, 4.0, 4.0)))
    assert home.state("sensor", "charging_limited_by") == "waiting"
    await home.says(aidon((24.8, 4.0, 4.0)))
    assert home.state("sensor", "charging_limited_by") == "fuse_l1"
    assert home.attributes("sensor", "charging_current_recommended")["limiting_phase"] == "l1"


async def test_a_second_charger_is_a_device_of_its_own_beside_the_meter(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    home = await make_home(**HOUSE, charger=FIRST, more_chargers={"2": SECOND})
    devices = {d.name: d for d in dr.async_entries_for_config_entry(dr.async_get(hass), home.entry.entry_id)}
    assert set(devices) == {home.entry.title, "Garage"}
    assert devices["Garage"].via_device_id == devices[home.entry.title].id
    await home.says(*[aidon((4.0, 4.0, 4.0))] * 15)
    assert devices["Garage"].manufacturer is None, "it is no meter"
    total = home.attributes("sensor", "charging_current_all")
    each = [int(home.state("sensor", key) or 0) for key in (OWN[0].split(".")[1], "charging_current_recommended_2")]
    assert [total[line] for line in ("l1", "l2", "l3")] == [sum(each)] * 3
    assert sum(each) <= 24


async def test_less_and_as_much_again_are_events_with_from_to_and_why(make_home: MakeHome) -> None:
    home = await make_home(**HOUSE, charger=FIRST | {"fail_safe": 16})
    told: list[tuple[MeterEvent, dict[str, Any]]] = []
    home.entry.runtime_data.meter.events.listen(lambda what, about: told.append((what, about)))
    await home.says(*[aidon((4.0, 4.0, 4.0))] * 8)
    told.clear()
    before = int(home.state("sensor", "charging_current_recommended") or 0)
    await home.falls_silent()
    reduced = {"charger": 1, "from": before, "to": 16, "reason": "fail_safe"}
    assert told == [(MeterEvent.CHARGING_REDUCED, reduced)]
    await home.says(*[aidon((4.0, 4.0, 4.0))] * 9)
    assert told[-1][0] is MeterEvent.CHARGING_RESTORED
    assert (told[-1][1]["to"], told[-1][1]["reason"]) == (before, "fuse_l1")


async def test_two_chargers_say_which_line_of_the_fuse_limits_them(make_home: MakeHome) -> None:
    """The house leaves 12 A of L2, which are 6 A each."""
    home = await make_home(**HOUSE, charger=FIRST, more_chargers={"2": SECOND})
    await home.says(*[aidon((4.0, 12.0, 4.0))] * 8)
    limited = ("charging_limited_by", "charging_limited_by_2")
    assert [home.state("sensor", key) for key in limited] == ["fuse_l2", "fuse_l2"]
    assert home.attributes("sensor", "charging_current_recommended_2")["limiting_phase"] == "l2"


# --- modes ---------------------------------------------------------------------------------------------------------


async def test_a_charger_that_is_switched_off_stays_so_after_a_restart(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    """Nothing is loaded anew when the mode changes."""
    home = await make_home(**HOUSE, charger=FIRST)
    coordinator = home.entry.runtime_data
    await select(home, "off")
    await home.says(aidon((4.0, 4.0, 4.0)))
    assert home.entry.runtime_data is coordinator
    expected = {
        "charging_current_recommended": "0",
        "charging_limited_by": "mode",
        "charging_allowed": "off",
        "charging_mode": "off",
    }
    assert shown(home, "") == expected
    await hass.config_entries.async_reload(home.entry.entry_id)
    await hass.async_block_till_done()
    assert home.state("select", "charging_mode") == "off"
    assert home.entry.options["charger"] == FIRST | {"mode": "off"}


async def test_by_the_sun_a_charger_gets_what_would_be_exported(make_home: MakeHome) -> None:
    home = await make_home(**HOUSE, charger=FIRST)
    await select(home, "solar")
    await home.says(*[of_power(aidon(), 700)] * 10)
    assert home.state("sensor", "charging_current_recommended") == "0"
    assert home.state("sensor", "charging_limited_by") == "solar"
    sunny = reframed(aidon(), *exported(aidon(), 5600))
    await home.says(*[sunny] * 30)
    assert home.state("sensor", "charging_current_recommended") == "8", "5600 W are 8.1 A in three phases"


# --- options -------------------------------------------------------------------------------------------------------


async def submit(hass: HomeAssistant, form: Any, answers: dict[str, Any]) -> Any:
    """Answer a form of the options, and wait for what comes of it."""
    result = await hass.config_entries.options.async_configure(form["flow_id"], answers)
    await hass.async_block_till_done()
    return result


async def test_without_a_fuse_the_charger_asks_for_that_first(hass: HomeAssistant, make_home: MakeHome) -> None:
    home = await make_home(net="tn")
    form = await options_form(hass, home.entry, "charging")
    assert form["step_id"] == "needs_fuse"
    form = await submit(hass, form, {"use_estimate": False})
    assert form["errors"] == {"main_fuse": "needs_fuse"}
    form = await submit(hass, form, {"main_fuse": "many", "use_estimate": False})
    assert form["errors"] == {"main_fuse": "invalid_fuse"}
    form = await submit(hass, form, {"main_fuse": "25", "use_estimate": False})
    assert form["step_id"] == "charging"
    await submit(hass, form, FIRST)
    assert (home.entry.options["main_fuse"], home.entry.options["charger"]) == (25.0, FIRST)
    assert home.state("sensor", "charging_current_recommended") == "6"


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"margin": 20}, {"margin": "margin_leaves_nothing"}),
        ({"fail_safe": 26}, {"fail_safe": "fail_safe_too_high"}),
        ({"most": 10, "fail_safe": 16}, {"fail_safe": "fail_safe_too_high"}),
    ],
)
async def test_settings_that_contradict_each_other_are_errors_of_the_form(
    hass: HomeAssistant, make_home: MakeHome, answers: dict[str, Any], errors: dict[str, str]
) -> None:
    home = await make_home(**HOUSE)
    form = await options_form(hass, home.entry, "charging")
    form = await submit(hass, form, FIRST | answers)
    assert form["errors"] == errors
    assert "charger" not in home.entry.options


@pytest.mark.parametrize(
    ("net", "offered"),
    [
        ("tn", ["three_phase", "l1", "l2", "l3"]),
        ("it", ["three_phase", "l1_l2", "l2_l3", "l1_l3"]),
        ("one_phase", ["l1"]),
        ("automatic", ["three_phase", "l1", "l2", "l3", "l1_l2", "l2_l3", "l1_l3"]),
    ],
)
async def test_only_what_the_supply_system_allows_is_offered(
    hass: HomeAssistant, make_home: MakeHome, net: str, offered: list[str]
) -> None:
    """A charger between two lines in a TN system would count 17 A of a true 10."""
    home = await make_home(main_fuse=25, net=net)
    form = await options_form(hass, home.entry, "charging")
    field = next(value for key, value in form["data_schema"].schema.items() if key == "wiring")
    assert field.config["options"] == offered


async def test_neither_numbers_nor_our_own_sensors_are_the_chargers_own_word(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    home = await make_home(**HOUSE)
    await home.says(aidon())
    form = await options_form(hass, home.entry, "charging")
    field = next(value for key, value in form["data_schema"].schema.items() if key == "entity")
    assert field.config["domain"] == ["sensor"] or field.config["domain"] == "sensor"
    assert {"A", "W", "kW"} <= set(field.config["filter"][0]["unit_of_measurement"])
    ours = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{home.entry.entry_id}_current_l1")
    assert ours in field.config["exclude_entities"]


async def test_chargers_are_added_changed_and_removed(hass: HomeAssistant, make_home: MakeHome) -> None:
    """Each is a row of the options. With one of them nothing is more complicated than before."""
    home = await make_home(**HOUSE)
    options = hass.config_entries.options
    menu = await options.async_init(home.entry.entry_id)
    assert menu["menu_options"] == ["meter", "tariff", "fuse", "charging", "voltage"]
    form = await options.async_configure(menu["flow_id"], {"next_step_id": "charging"})
    assert not {"priority", "minimum", "circuit", "removed"} & {str(key) for key in form["data_schema"].schema}
    await submit(hass, form, FIRST)
    await submit(hass, await options_form(hass, home.entry, "add_charger"), SECOND)
    assert home.entry.options["more_chargers"] == {"2": SECOND}
    await submit(hass, await options_form(hass, home.entry, "add_charger"), SECOND | {"name": "Guests"})
    menu = await options.async_init(home.entry.entry_id)
    rows = ["meter", "tariff", "fuse", "charging", "charger_2", "charger_3", "voltage"]
    assert menu["menu_options"] == rows
    assert menu["description_placeholders"] == {"charger_2": "Garage", "charger_3": "Guests"}
    assert None not in shown(home, "", "_2", "_3").values()
    form = await options.async_configure(menu["flow_id"], {"next_step_id": "charger_2"})
    await submit(hass, form, SECOND | {"removed": True})
    assert home.entry.options["more_chargers"] == {"3": SECOND | {"name": "Guests"}}
    assert set(shown(home, "_2").values()) == {None}
    left = er.async_entries_for_config_entry(er.async_get(hass), home.entry.entry_id)
    assert not [each.unique_id for each in left if each.unique_id.endswith("_2")], "those that are off are gone too"
    names = {d.name for d in dr.async_entries_for_config_entry(dr.async_get(hass), home.entry.entry_id)}
    assert names == {home.entry.title, "Guests"}
    several = FIRST | {"minimum": 6, "priority": 1, "circuit": 20}
    await submit(hass, await options_form(hass, home.entry, "charging"), several | {"removed": True})
    assert set(shown(home, "").values()) == {None}
    assert None not in shown(home, "_3").values()
    assert er.async_get(hass).async_get_entity_id("select", DOMAIN, f"{home.entry.entry_id}_charging_mode") is None


async def test_without_a_budget_there_is_none_to_keep(hass: HomeAssistant, make_home: MakeHome) -> None:
    """A tariff of a price for each kW has none before a target is set."""
    home = await make_home(**HOUSE, tariff="se_goteborg")
    form = await submit(hass, await options_form(hass, home.entry, "charging"), FIRST | {"keep_budget": True})
    assert form["errors"] == {"keep_budget": "no_budget"}
    home.entry.runtime_data.meter.capacity.target = 5.0
    await submit(hass, form, FIRST | {"keep_budget": True})
    assert home.entry.options["charger"]["keep_budget"] is True


async def test_a_breaker_smaller_than_the_minimum_is_an_error(hass: HomeAssistant, make_home: MakeHome) -> None:
    home = await make_home(**HOUSE, charger=FIRST, more_chargers={"2": SECOND})
    form = await options_form(hass, home.entry, "charging")
    form = await submit(hass, form, FIRST | {"minimum": 10, "priority": 1, "circuit": 8})
    assert form["errors"] == {"circuit": "circuit_too_small"}
