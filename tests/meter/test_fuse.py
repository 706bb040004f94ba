"""The main fuse, the charger and the voltages of a real entry, by the messages of a simulated meter."""

from collections.abc import Callable, Iterator
import math
import time
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port.analysis.electricity import current_l2
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Quantity
from custom_components.han_port.meter.events import MeterEvent
from tests.captures import load
from tests.support.clock import Clock, fire_timers, look
from tests.support.flows import options_form, suggested
from tests.support.frames import aidon, exported, of_power, reframed
from tests.support.homes import Home, MakeEntry, MakeHome, entity, set_up
from tests.support.meters import SpeakingMeter

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "read_at_once")

CHARGER = {"wiring": "three_phase", "most": 32, "margin": 1, "fail_safe": 6, "keep_budget": False}
CHARGING = (MeterEvent.CHARGING_REDUCED, MeterEvent.CHARGING_RESTORED)
WITH_FUSE = {"main_fuse": 25, "net": "tn", "charger": CHARGER}


def enable(hass: HomeAssistant, entry: MockConfigEntry, *keys: str) -> None:
    """Enable sensors that are off by default."""
    registry = er.async_get(hass)
    for key in keys:
        alone = registry.async_get_or_create("sensor", DOMAIN, f"{entry.entry_id}_{key}", config_entry=entry)
        registry.async_update_entity(alone.entity_id, disabled_by=None)


# --- the main fuse ---------------------------------------------------------------------------------------------------


async def test_without_a_main_fuse_there_is_nothing_of_it(hass: HomeAssistant, make_home: MakeHome) -> None:
    """And once its size is set, there is all of it."""
    home = await make_home()
    await home.says(aidon())
    of_fuse = [
        *(("sensor", f"headroom_l{line}") for line in (1, 2, 3)),
        *(("sensor", key) for key in ("headroom_min", "fuse_utilisation", "fuse_available_power")),
        ("sensor", "charging_current_recommended"),
        *(("binary_sensor", key) for key in ("overload", "near_limit", "charging_allowed")),
        ("event", "load"),
    ]
    assert [home.state(*key) for key in of_fuse] == [None] * len(of_fuse)
    fuse = er.async_get(hass).async_get_entity_id("number", DOMAIN, f"{home.entry.entry_id}_main_fuse")
    assert home.state("number", "main_fuse") == "0.0"
    home.meter.connected.clear()
    await hass.services.async_call("number", "set_value", {"entity_id": fuse, "value": 25}, blocking=True)
    await hass.async_block_till_done()
    await home.meter.connected.wait()
    again = Home(hass, home.meter, home.entry)
    await again.says(aidon())
    assert None not in [again.state(*key) for key in of_fuse]
    assert again.state("number", "main_fuse") == "25.0"
    assert again.state("sensor", "headroom_l3") == "16.9"


async def test_a_fuse_that_is_set_to_what_it_is_leaves_the_line_open(hass: HomeAssistant, make_home: MakeHome) -> None:
    """Scenes and automations set it again and again."""
    home = await make_home(main_fuse=25)
    fuse = er.async_get(hass).async_get_entity_id("number", DOMAIN, f"{home.entry.entry_id}_main_fuse")
    before = home.entry.runtime_data
    await hass.services.async_call("number", "set_value", {"entity_id": fuse, "value": 25}, blocking=True)
    await hass.async_block_till_done()
    assert home.entry.runtime_data is before


@pytest.mark.parametrize(("key", "kept"), [("main_fuse", "25.0"), ("tariff_target", "0.0")])
async def test_what_is_no_number_is_refused(hass: HomeAssistant, make_home: MakeHome, key: str, kept: str) -> None:
    """As from the sensor of another integration: else the entry could not be loaded any more, or its budget told."""
    home = await make_home(main_fuse=25, tariff="no_three_days")
    number = er.async_get(hass).async_get_entity_id("number", DOMAIN, f"{home.entry.entry_id}_{key}")
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call("number", "set_value", {"entity_id": number, "value": "nan"}, blocking=True)
    await hass.async_block_till_done()
    assert home.state("number", key) == kept


async def test_each_phase_tells_what_it_has_left(make_home: MakeHome) -> None:
    """With a neutral a negative current is export, and leaves more than the fuse."""
    home = await make_home(**WITH_FUSE)
    await home.says(aidon((4.7, -3.0, 8.1)))
    assert [home.state("sensor", f"headroom_l{line}") for line in (1, 2, 3)] == ["20.3", "28.0", "16.9"]
    assert home.state("sensor", "headroom_min") == "16.9"
    assert home.attributes("sensor", "headroom_min")["phase"] == "l3"
    assert home.attributes("sensor", "headroom_min")["unmeasured"] == []
    assert home.state("sensor", "fuse_utilisation") == "32.4"
    assert home.state("sensor", "fuse_available_power") == str(round((230.1 + 231.2 + 229.8) * 16.9))
    await home.falls_silent()
    assert home.state("sensor", "headroom_l1") == STATE_UNAVAILABLE
    assert home.state("sensor", "headroom_min") == STATE_UNAVAILABLE
    assert home.state("binary_sensor", "overload") == STATE_UNAVAILABLE


def listen(home: Home, listener: Callable[[MeterEvent, dict[str, Any]], None]) -> None:
    """Hear what happens to the voltages and the fuse, but not what the charger is told."""
    home.entry.runtime_data.meter.events.listen(lambda what, about: what in CHARGING or listener(what, about))


async def test_an_overload_is_told_with_its_phase_and_ends(make_home: MakeHome) -> None:
    home = await make_home(**WITH_FUSE)
    told: list[tuple[MeterEvent, dict[str, Any]]] = []
    listen(home, lambda what, about: told.append((what, about)))
    await home.says(aidon((26.5, 1.0, 1.0)))
    assert home.state("binary_sensor", "overload") == "off"
    await home.says(aidon((26.5, 1.0, 1.0)))
    assert home.state("binary_sensor", "overload") == "on"
    about = home.attributes("binary_sensor", "overload")
    assert (about["phase"], about["excess"], about["seconds"], about["risk"]) == ("l1", 1.5, 10.0, 0.0)
    await home.says(*[aidon()] * 3)
    assert home.state("binary_sensor", "overload") == "on"
    await home.says(aidon())
    assert home.state("binary_sensor", "overload") == "off"
    assert [what.value for what, _ in told] == ["overload", "overload_ended"]
    assert told[0][1] == {"phase": "L1", "excess": 1.5}


@pytest.mark.parametrize("net", ["tn", "it"])
@pytest.mark.parametrize("currents", [(31.0, 4.0, 5.0), (4.0, 31.0, 5.0), (4.0, 5.0, 31.0)])
async def test_what_the_main_fuse_has_left_is_negative_while_a_phase_is_over_it(
    make_home: MakeHome, currents: tuple[float, ...], net: str
) -> None:
    """An oven, a kettle and a heater on one phase, and the others have plenty."""
    home = await make_home(**WITH_FUSE | {"net": net})
    volts = (230.0, 230.0, 230.0)
    await home.says(*[aidon(currents, volts)] * 6)
    assert home.state("binary_sensor", "overload") == "on"
    factor = 3 if net == "tn" else math.sqrt(3)
    assert home.state("sensor", "fuse_available_power") == str(round(-6.0 * 230 * factor))
    await home.says(aidon((20.0, 4.0, 5.0), volts))
    assert home.state("binary_sensor", "overload") == "on", "for half a minute more"
    assert home.state("sensor", "fuse_available_power") == "-1"
    await home.says(*[aidon((20.0, 4.0, 5.0), volts)] * 3)
    assert home.state("binary_sensor", "overload") == "off"
    assert home.state("sensor", "fuse_available_power") == str(round(5.0 * 230 * factor))


async def test_nothing_is_left_while_export_is_an_overload(make_home: MakeHome) -> None:
    home = await make_home(**WITH_FUSE)
    await home.says(*[aidon((-26.0, 4.0, 5.0))] * 2)
    assert home.state("binary_sensor", "overload") == "on"
    assert home.state("sensor", "fuse_available_power") == "-1"


async def test_what_is_left_turns_negative_at_once_though_it_is_shown_each_half_minute(make_home: MakeHome) -> None:
    home = await make_home(**WITH_FUSE | {"update_interval": 10})
    volts = (230.0, 230.0, 230.0)
    await home.says(aidon((4.0, 4.0, 5.0), volts), aidon((4.0, 4.0, 6.0), volts))
    assert home.state("sensor", "fuse_available_power") == str(20 * 690)
    await home.says(aidon((26.0, 4.0, 5.0), volts))
    assert home.state("sensor", "fuse_available_power") == "-690"


@pytest.mark.parametrize(
    ("currents", "amperes"), [((0.5, 0.5, 0.5), 24.5), ((24.0, 1.0, 1.0), 1.0), ((30.0, 1.0, 1.0), -5.0)]
)
async def test_the_hours_budget_gives_no_more_than_the_main_fuse_leaves(
    make_home: MakeHome, clock: Clock, currents: tuple[float, ...], amperes: float
) -> None:
    """A budget of 90 kW."""
    home = await make_home(**WITH_FUSE, tariff="no_three_days")
    home.entry.runtime_data.meter.capacity.target = 90.0
    for second in (0, 10, 20):
        clock.is_at(13, 30, second)
        await home.says(aidon(currents, (230.0, 230.0, 230.0)))
    left = str(round(amperes * 690))
    assert [home.state("sensor", key) for key in ("fuse_available_power", "available_power")] == [left, left]


async def test_a_budget_that_the_fuse_does_not_narrow_is_what_it_is(make_home: MakeHome, clock: Clock) -> None:
    home = await make_home(**WITH_FUSE, tariff="no_three_days")
    home.entry.runtime_data.meter.capacity.target = 5.0
    for second in (0, 10, 20):
        clock.is_at(13, 0, second)
        await home.says(of_power(aidon((4.0, 4.0, 4.0)), 3000))
    assert float(home.state("sensor", "available_power") or 0) == pytest.approx(2000, abs=20)


async def test_near_the_fuse_for_half_a_minute_is_told(make_home: MakeHome) -> None:
    home = await make_home(**WITH_FUSE)
    await home.says(*[aidon((23.0, 1.0, 1.0))] * 3)
    assert home.state("binary_sensor", "near_limit") == "off"
    await home.says(aidon((23.0, 1.0, 1.0)))
    assert home.state("binary_sensor", "near_limit") == "on"


async def test_a_meter_without_a_current_of_l2_says_everywhere_that_it_is_not_watched(make_home: MakeHome) -> None:
    """In a net without neutral the signs of an Aidon's currents are no export."""
    home = await make_home(**WITH_FUSE | {"net": "automatic"})
    await home.says(aidon((-7.4, 12.0), kind="3w"))
    assert home.state("sensor", "headroom_l1") == "17.6"
    assert home.state("sensor", "headroom_l2") is None
    for platform, key in (
        ("sensor", "headroom_min"),
        ("sensor", "charging_current_recommended"),
        ("sensor", "fuse_utilisation"),
        ("sensor", "fuse_available_power"),
        ("binary_sensor", "overload"),
        ("binary_sensor", "near_limit"),
    ):
        assert home.attributes(platform, key)["unmeasured"] == ["l2"]
        assert home.attributes(platform, key)["watched"] == ["l1", "l3"]


async def test_the_estimate_of_l2_enters_the_guard_only_if_the_user_says_so(make_home: MakeHome) -> None:
    """A tenth is added to it, but no more than the sum of the others."""
    home = await make_home(**WITH_FUSE | {"net": "automatic", "use_estimate": True})
    await home.says(aidon((10.0, 0.0), kind="3w"))
    protection = home.entry.runtime_data.meter.protection
    assert protection.currents == {1: 10.0, 2: 10.0, 3: 0.0}
    assert home.attributes("sensor", "headroom_min")["unmeasured"] == []
    await home.says(aidon((8.7, -7.4), kind="3w"))
    assert protection.currents == {1: 8.7, 2: pytest.approx(1.1 * 8.12, abs=0.05), 3: 7.4}


# --- the charger -----------------------------------------------------------------------------------------------------


async def test_the_recommendation_is_always_there_and_says_when_nothing_is_known(make_home: MakeHome) -> None:
    home = await make_home(**WITH_FUSE | {"charger": CHARGER | {"fail_safe": 8}})
    assert home.recommended() == ("8", "fail_safe")
    assert home.attributes("sensor", "charging_current_recommended")["fail_safe"] is True
    await home.says(*[aidon((5.2, 2.0, 9.9))] * 19)
    assert home.recommended() == ("14", "fuse")
    about = home.attributes("sensor", "charging_current_recommended")
    assert (about["limiting_phase"], about["fail_safe"]) == ("l3", False)
    assert home.state("binary_sensor", "charging_allowed") == "on"
    await home.says(aidon((5.2, 2.0, 29.2)))
    assert home.recommended() == ("0", "fuse"), "no car takes so much at once"
    assert home.state("binary_sensor", "charging_allowed") == "off"


async def test_a_paused_car_is_not_started_in_the_dark(make_home: MakeHome) -> None:
    """The fail-safe value is for a car that charges: what the house draws without data, nobody knows."""
    home = await make_home(**WITH_FUSE | {"charger": CHARGER | {"fail_safe": 8}})
    await home.says(*[aidon((5.2, 2.0, 19.5))] * 8)
    assert home.recommended() == ("0", "fuse")
    assert home.state("binary_sensor", "charging_allowed") == "off"
    await home.falls_silent()
    assert home.recommended() == ("0", "fail_safe")
    assert home.state("binary_sensor", "charging_allowed") == "off"


async def test_a_car_that_charges_goes_on_with_the_fail_safe_value_when_data_stops(make_home: MakeHome) -> None:
    home = await make_home(**WITH_FUSE | {"charger": CHARGER | {"fail_safe": 8}})
    await home.says(*[aidon((5.2, 2.0, 9.9))] * 19)
    assert home.recommended() == ("14", "fuse")
    await home.falls_silent()
    assert home.recommended() == ("8", "fail_safe")


async def test_the_fail_safe_value_comes_thirty_seconds_after_the_last_list_and_not_before(make_home: MakeHome) -> None:
    """On the second, though the usual looks come every five seconds: at the last one before it, a timer is set."""
    home = await make_home(**WITH_FUSE | {"charger": CHARGER | {"fail_safe": 8}})
    await home.says(*[aidon((5.2, 2.0, 9.9))] * 19)
    last = home.now
    for second in (21, 26):
        home.now = last + second
        look(home.hass)
    home.now = last + 29
    fire_timers(home.hass, 3)
    await home.hass.async_block_till_done()
    assert home.recommended() == ("14", "fuse")
    home.now = last + 30
    fire_timers(home.hass, 4)
    await home.hass.async_block_till_done()
    assert home.recommended() == ("8", "fail_safe")


async def test_two_lists_of_ten_seconds_that_are_lost_are_no_silence(make_home: MakeHome) -> None:
    home = await make_home(**WITH_FUSE | {"charger": CHARGER | {"fail_safe": 8}})
    await home.says(*[aidon((5.2, 2.0, 9.9))] * 19)
    for _ in range(4):
        last = home.now
        for second in (20, 25, 29.9):
            home.now = last + second
            look(home.hass)
            assert home.recommended() == ("14", "fuse")
        home.now = last
        await home.says(aidon((5.2, 2.0, 9.9)), every=30.0)
        assert home.recommended() == ("14", "fuse")


@pytest.mark.parametrize(
    ("state", "unit"), [("16", "A"), ("11040", "W"), ("11.04", "kW"), ("16000", "mA"), ("-16", "A"), ("-11.04", "kW")]
)
async def test_what_the_charger_says_of_its_current_is_weighed_whatever_its_unit(
    hass: HomeAssistant, make_home: MakeHome, state: str, unit: str
) -> None:
    """16 of the 20 A in L1 are the charger's own, so there is room for 20 A: 25 less the margin, and 4 of the house."""
    hass.states.async_set("sensor.charger", state, {"unit_of_measurement": unit})
    home = await make_home(**WITH_FUSE | {"charger": CHARGER | {"entity": "sensor.charger", "fail_safe": 16}})
    await home.says(*[aidon((20.0, 18.0, 17.0))] * 45)
    assert int(home.recommended()[0]) in (19, 20), "an ampere may be left while it is not sure"
    assert home.attributes("sensor", "charging_current_recommended")["estimated_current"] == 16


async def test_what_is_taken_for_each_chargers_own_current_is_shown_and_how_sure_it_is(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Off until somebody wants to know. The first charger says that it draws 16 A; the other one's car is not there."""
    hass.states.async_set("sensor.charger", "16", {"unit_of_measurement": "A"})
    charger = CHARGER | {"entity": "sensor.charger", "fail_safe": 16}
    more = {"2": CHARGER | {"name": "Garage"}}
    entry = make_entry(meter.url, options=WITH_FUSE | {"charger": charger, "more_chargers": more})
    keys = ("charging_current_estimated", "charging_estimate_certainty")
    enable(hass, entry, keys[0], f"{keys[0]}_2", keys[1])
    await set_up(hass, entry)
    home = Home(hass, meter, entry)
    assert home.state("sensor", keys[0]) == STATE_UNAVAILABLE, "nothing is heard yet"
    await home.says(*[aidon((20.0, 18.0, 17.0))] * 20)
    assert (home.state("sensor", keys[0]), home.state("sensor", f"{keys[0]}_2")) == ("16", "0")
    assert 50 <= int(home.state("sensor", keys[1]) or 0) <= 100
    assert home.attributes("sensor", keys[1])["unit_of_measurement"] == "%"
    off = er.async_get(hass).async_get(entity(hass, entry, f"{keys[1]}_2") or "")
    assert off
    assert (off.disabled_by, off.entity_category) == (er.RegistryEntryDisabler.INTEGRATION, EntityCategory.DIAGNOSTIC)
    await home.falls_silent()
    assert home.state("sensor", keys[0]) == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    ("state", "unit"), [("unavailable", "A"), ("unknown", None), ("nan", "A"), ("inf", "W"), ("16", None), ("16", "V")]
)
async def test_what_says_nothing_of_a_current_is_not_weighed(
    hass: HomeAssistant, make_home: MakeHome, state: str, unit: str | None
) -> None:
    """As if there were no such entity."""
    hass.states.async_set("sensor.charger", state, {"unit_of_measurement": unit})
    home = await make_home(**WITH_FUSE | {"charger": CHARGER | {"entity": "sensor.charger", "fail_safe": 16}})
    await home.says(*[aidon((20.0, 18.0, 17.0))] * 12)
    with_nothing = home.recommended()
    assert home.attributes("sensor", "charging_current_recommended")["estimated_current"] == 0
    assert int(with_nothing[0]) < 20


async def test_a_charger_that_has_stopped_to_tell_is_not_added_back_for_ever(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    """It said 16 A an hour ago, and the car has left. The house alone takes 20 of 25 A; there is room for 4."""
    hass.states.async_set("sensor.charger", "16", {"unit_of_measurement": "A"}, timestamp=time.time() - 3600)
    home = await make_home(**WITH_FUSE | {"charger": CHARGER | {"entity": "sensor.charger", "fail_safe": 6}})
    await home.says(*[aidon((20.0, 20.0, 20.0))] * 120)  # twenty minutes
    assert int(home.recommended()[0]) <= 6


async def test_a_phase_that_the_car_does_not_use_does_not_stop_it(hass: HomeAssistant, make_home: MakeHome) -> None:
    """16 A on L1 of a house with 4 A there; an oven and a sauna have L3 at 24 of 25 A. The charger says 3680 W."""
    hass.states.async_set("sensor.charger", "3680", {"unit_of_measurement": "W"})
    home = await make_home(
        **WITH_FUSE | {"charger": CHARGER | {"entity": "sensor.charger", "fail_safe": 16, "most": 16}}
    )
    await home.says(*[aidon((20.0, 2.0, 24.0))] * 20)
    assert home.recommended()[0] == "16"


async def test_the_hours_budget_limits_if_the_user_wants(make_home: MakeHome, clock: Clock) -> None:
    """What the power may still rise by, in amperes of the charger."""
    clock.is_at(13, 30)
    charger = CHARGER | {"keep_budget": True, "fail_safe": 32}
    home = await make_home(**WITH_FUSE | {"tariff": "no_three_days", "charger": charger})
    for second in (0, 10, 20):
        clock.is_at(13, 30, second)
        await home.says(aidon())
    capacity = home.entry.runtime_data.meter.capacity
    capacity.target = 0.001
    for second in range(30, 120, 10):
        clock.is_at(13, 30 + second // 60, second % 60)
        await home.says(aidon())
    assert home.recommended() == ("0", "target"), "for a minute there was no power left in the hour"


# --- the options -----------------------------------------------------------------------------------------------------


async def test_each_part_of_the_options_is_changed_by_itself(hass: HomeAssistant, make_home: MakeHome) -> None:
    """What another part holds stays. The charger is asked for once there is a fuse."""
    home = await make_home(tariff="se_ellevio", holidays="calendar.red_days", net="it")
    menu = await hass.config_entries.options.async_init(home.entry.entry_id)
    assert menu["menu_options"] == ["meter", "tariff", "fuse", "charging", "voltage"]
    configure = hass.config_entries.options.async_configure
    form = await configure(menu["flow_id"], {"next_step_id": "fuse"})
    await configure(form["flow_id"], {"main_fuse": "35", "use_estimate": True})
    await hass.async_block_till_done()
    form = await options_form(hass, home.entry, "charging")
    await configure(form["flow_id"], CHARGER | {"wiring": "l1_l3", "most": 20, "entity": "sensor.charger"})
    await hass.async_block_till_done()
    form = await options_form(hass, home.entry, "voltage")
    await configure(form["flow_id"], {"least_voltage": 200, "greatest_voltage": 250})
    await hass.async_block_till_done()
    form = await options_form(hass, home.entry, "tariff")
    await configure(form["flow_id"], {"tariff": "fi_60min_8kw", "hourly_statistics": False})
    await hass.async_block_till_done()
    options = home.entry.options
    assert (options["tariff"], options["main_fuse"], options["least_voltage"]) == ("fi_60min_8kw", 35, 200)
    assert "holidays" not in options, "the field was left empty"
    settings = home.entry.runtime_data.meter.protection.chargers.get(1).control.settings
    assert (settings.wiring.value, settings.maximum, settings.margin) == ("l1_l3", 20, 1.0)
    form = await options_form(hass, home.entry, "charging")
    assert suggested(form)["entity"] == "sensor.charger"
    await configure(form["flow_id"], CHARGER | {"fail_safe": 4})
    await hass.async_block_till_done()
    assert "entity" not in home.entry.options["charger"]
    assert home.entry.runtime_data.meter.protection.chargers.get(1).control.settings.fail_safe == 0, (
        "no car charges with 4 A"
    )


# --- what load balancers look for ------------------------------------------------------------------------------------


async def test_evse_load_balancer_finds_the_currents_by_the_end_of_their_unique_ids(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    """It asks the device's entities for the first whose unique id ends with a key, which must be enabled."""
    home = await make_home()
    await home.says(aidon((4.7, -0.3, 8.1)))
    device = next(iter(er.async_entries_for_config_entry(er.async_get(hass), home.entry.entry_id))).device_id
    entities = er.async_entries_for_device(er.async_get(hass), device or "", include_disabled_entities=True)

    def value(key: str) -> float:
        found = next(each for each in entities if each.unique_id.endswith(f"_{key}"))
        assert found.disabled_by is None
        shown = hass.states.get(found.entity_id)
        assert shown
        return float(shown.state)

    assert [value(f"current_l{line}") for line in (1, 2, 3)] == [4.7, -0.3, 8.1]
    assert [value(f"voltage_l{line}") for line in (1, 2, 3)] == [230.1, 231.2, 229.8]
    assert (value("power_import"), value("power_export")) == (3210.0, 0.0)
    by_translation_key = {each.translation_key: each.entity_id for each in entities if each.disabled_by is None}
    assert {"current_l1", "current_l2", "current_l3", "power_import", "power_export"} <= by_translation_key.keys()


async def test_ev_load_balancer_takes_any_current_of_a_phase_in_amperes(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    """Its form offers sensors of the device class, and it reads their states as numbers."""
    home = await make_home()
    await home.says(aidon((4.7, -0.3, 8.1)))
    for line, amperes in ((1, 4.7), (2, -0.3), (3, 8.1)):
        about = home.attributes("sensor", f"current_l{line}")
        assert (about["device_class"], about["unit_of_measurement"]) == ("current", "A")
        assert float(home.state("sensor", f"current_l{line}") or "nan") == amperes


async def test_chargers_services_get_numbers_in_the_form_and_with_the_sign_that_they_want(make_home: MakeHome) -> None:
    """Zaptec and Easee want whole amperes of each phase, go-e the power from the grid in W, export negative."""
    home = await make_home(**WITH_FUSE)
    await home.says(aidon())
    said = home.state("sensor", "charging_current_recommended") or ""
    assert said.isdecimal()
    assert home.attributes("sensor", "charging_current_recommended")["unit_of_measurement"] == "A"
    assert home.attributes("sensor", "power")["unit_of_measurement"] == "W"
    assert home.state("sensor", "power") == "3210.0"


# --- voltages --------------------------------------------------------------------------------------------------------


def a_minute(*volts: float, readings: int = 10) -> Iterator[bytes]:
    """Yield lists with these voltages."""
    for _ in range(readings):
        yield aidon(volts=volts)


async def test_too_low_a_voltage_is_told_with_its_phase_and_ends(make_home: MakeHome) -> None:
    home = await make_home(net="tn")
    told: list[tuple[MeterEvent, dict[str, Any]]] = []
    listen(home, lambda what, about: told.append((what, about)))
    await home.says(*a_minute(230.0, 231.0, 229.0))
    assert home.state("binary_sensor", "undervoltage") == "off"
    await home.says(*a_minute(201.0, 231.0, 229.0))
    assert home.state("binary_sensor", "undervoltage") == "on"
    about = home.attributes("binary_sensor", "undervoltage")
    assert (about["phases"], about["reason"]) == (["l1"], "mean")
    assert about["values"]["l1"] < 207
    assert home.state("binary_sensor", "overvoltage") == "off"
    await home.says(*a_minute(230.0, 231.0, 229.0))
    assert home.state("binary_sensor", "undervoltage") == "off"
    assert [what.value for what, _ in told] == ["undervoltage", "voltage_restored"]
    assert told[1][1]["after"] == "undervoltage"
    assert home.attributes("event", "voltage")["event_type"] == "voltage_restored"


async def test_the_limits_are_the_users(make_home: MakeHome) -> None:
    home = await make_home(net="tn", least_voltage=200, greatest_voltage=235)
    await home.says(*a_minute(230.0, 205.0, 238.0, readings=20))
    assert home.state("binary_sensor", "undervoltage") == "off"
    assert home.attributes("binary_sensor", "overvoltage")["phases"] == ["l3"]


async def test_a_lost_phase_is_told_and_is_unavailable_when_nothing_is_heard(make_home: MakeHome) -> None:
    home = await make_home(net="tn")
    await home.says(*a_minute(230.0, 231.0, 229.0))
    await home.says(*a_minute(230.0, 190.0, 229.0))
    assert home.state("binary_sensor", "undervoltage") == "on"
    told: list[MeterEvent] = []
    listen(home, lambda what, _: told.append(what))
    await home.says(*a_minute(230.0, 0.0, 229.0, readings=2))
    assert told == [MeterEvent.PHASE_LOSS], "what takes the place of undervoltage does not restore it"
    assert home.state("binary_sensor", "phase_loss") == "on"
    assert home.attributes("binary_sensor", "phase_loss")["phases"] == ["l2"]
    assert home.state("binary_sensor", "undervoltage") == "off"
    await home.falls_silent()
    assert home.state("binary_sensor", "phase_loss") == STATE_UNAVAILABLE


async def test_a_broken_neutral_is_a_repair_that_says_what_to_do(hass: HomeAssistant, make_home: MakeHome) -> None:
    """Dangerous, so it must not wait for an automation that somebody may have made."""
    home = await make_home(net="tn")
    await home.says(*a_minute(230.0, 231.0, 229.0))
    await home.says(*a_minute(262.0, 181.0, 245.0, readings=2))
    assert home.state("binary_sensor", "neutral_fault_suspected") == "on"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"neutral_fault_{home.entry.entry_id}")
    assert issue
    assert issue.severity is ir.IssueSeverity.CRITICAL
    assert (issue.translation_placeholders or {})["voltages"] == "L1 262 V, L2 181 V, L3 245 V"
    await home.says(*a_minute(230.0, 231.0, 229.0))
    assert home.state("binary_sensor", "neutral_fault_suspected") == "off"
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"neutral_fault_{home.entry.entry_id}") is None


async def test_a_neutral_is_suspected_only_where_there_is_one(make_home: MakeHome) -> None:
    home = await make_home(net="it")
    await home.says(*a_minute(230.0, 231.0, 229.0), *a_minute(262.0, 181.0, 245.0, readings=3))
    assert home.state("binary_sensor", "neutral_fault_suspected") is None


async def test_a_three_wire_meter_gets_the_voltage_that_it_leaves_out(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """An Embriq in a net without neutral sends 0 for it. What is calculated says so."""
    entry = make_entry(meter.url, options={"net": "it"})
    await set_up(hass, entry)
    home = Home(hass, meter, entry)
    await home.says(load("embriq_no_l2"))
    assert home.attributes("sensor", "voltage_l2_calculated")["calculated"] is True
    first, third = (entry.runtime_data.meter.data[Quantity[f"VOLTAGE_L{line}"]] for line in (1, 3))
    expected = (first**2 + third**2 - first * third) ** 0.5
    assert float(home.state("sensor", "voltage_l2_calculated") or 0) == pytest.approx(expected, abs=0.06)
    assert home.state("sensor", "voltage_l2") is None


async def test_the_phases_of_a_swedish_meter_have_power_factors_of_their_own(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Only where there is a neutral: without one these are the powers of measuring elements."""
    entry = make_entry(meter.url, options={"net": "tn"})
    enable(hass, entry, "power_factor_calculated_l1", "quadrant_l1", "apparent_power_l1", "quadrant")
    await set_up(hass, entry)
    home = Home(hass, meter, entry)
    await home.says(load("p1_se_kam5"))
    assert home.state("sensor", "power_factor_calculated_l1") == "0.99"
    assert home.state("sensor", "quadrant_l1") == "q4"
    assert home.state("sensor", "apparent_power_l1") == "483.0"
    assert home.state("sensor", "quadrant") == "q4"


async def test_the_current_of_l2_is_estimated_with_its_bounds_and_not_while_the_house_exports(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """With a current in one line only, that of L2 is the same. Solar cells on one phase make the estimate a guess."""
    entry = make_entry(meter.url)
    enable(hass, entry, "current_l2_estimated", "voltage_unbalance", "voltage_l1_mean", "phase_imbalance")
    await set_up(hass, entry)
    home = Home(hass, meter, entry)
    await home.says(*[aidon((10.0, 0.0), (230.0, 230.0, 230.0), kind="3w")] * 7)
    assert home.state("sensor", "current_l2_estimated") == "10.0"
    about = home.attributes("sensor", "current_l2_estimated")
    assert (about["lower"], about["upper"], about["candidates"]) == (10.0, 10.0, [10.0, 10.0])
    assert home.state("sensor", "voltage_unbalance") == "0.0"
    assert home.state("sensor", "voltage_l1_mean") == "230.0"
    assert home.state("sensor", "phase_imbalance") == "100.0"
    exports = reframed(aidon((10.0, 0.0), kind="3w"), *exported(load("aidon_no_l2_3w")))
    await home.says(exports)
    assert home.state("sensor", "current_l2_estimated") == "unknown"


# --- where it is easily wrong ----------------------------------------------------------------------------------------


async def test_a_chargers_power_is_not_overrated_while_the_net_is_not_known(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    """11 kW are 16 A of each phase with a neutral, and 28 A without: the house has 4 A, or none. 24 A would be 28."""
    hass.states.async_set("sensor.charger", "11040", {"unit_of_measurement": "W"})
    charger = CHARGER | {"entity": "sensor.charger", "fail_safe": 16}
    home = await make_home(**WITH_FUSE | {"net": "automatic", "charger": charger})
    await home.says(*[aidon((20.0, 18.0, 17.0))] * 45)
    assert home.entry.runtime_data.meter.net is None
    assert int(home.recommended()[0]) in (19, 20)


async def test_an_overload_that_silence_cut_short_is_told_to_have_ended(make_home: MakeHome) -> None:
    """By the first reading below the fuse: where it blew, the meter was silent, and who waits for the end must hear."""
    home = await make_home(**WITH_FUSE)
    told: list[tuple[MeterEvent, dict[str, Any]]] = []
    listen(home, lambda what, about: told.append((what, about)))
    await home.says(*[aidon((26.5, 1.0, 1.0))] * 3)
    await home.falls_silent()
    await home.says(aidon((26.5, 1.0, 1.0)), aidon((26.5, 1.0, 1.0)))
    assert [what for what, _ in told] == [MeterEvent.OVERLOAD], "it is still there"
    await home.falls_silent()
    assert [what for what, _ in told] == [MeterEvent.OVERLOAD], "nobody knows"
    await home.says(aidon())
    assert [what for what, _ in told] == [MeterEvent.OVERLOAD, MeterEvent.OVERLOAD_ENDED]
    assert told[1][1]["phase"] == "L1"
    await home.says(*[aidon()] * 4)
    assert len(told) == 2


async def test_an_overvoltage_that_ends_is_told_while_another_phase_is_lost(make_home: MakeHome) -> None:
    """What a lost phase takes the place of is its own undervoltage alone."""
    home = await make_home(net="tn")
    await home.says(*a_minute(230.0, 231.0, 229.0))
    await home.says(*a_minute(258.0, 231.0, 229.0))
    await home.says(*a_minute(258.0, 0.0, 229.0, readings=3))
    told: list[tuple[MeterEvent, dict[str, Any]]] = []
    listen(home, lambda what, about: told.append((what, about)))
    await home.says(*a_minute(230.0, 0.0, 229.0))
    assert home.state("binary_sensor", "overvoltage") == "off"
    assert home.state("binary_sensor", "phase_loss") == "on"
    assert [(what, about["after"]) for what, about in told] == [(MeterEvent.VOLTAGE_RESTORED, "overvoltage")]


async def test_a_meter_that_has_counted_the_ratio_in_its_powers_is_not_suspected_of_a_wrong_scale(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    """The user has said that 100:5 multiplies currents alone. Twenty times is no power of ten, and the net is known."""
    home = await make_home(ct_ratio="100:5", ct_counts=["current"])
    await home.says(*[of_power(aidon((58.0 / 20, 2.9, 2.9)), 40_000)] * 40, every=20.0)
    assert home.state("sensor", "current_l1") == "58.0"
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"current_scale_{home.entry.entry_id}") is None
    assert home.entry.runtime_data.meter.net is SupplySystem.TN


async def test_what_may_be_the_transformers_ratio_is_no_matter_of_scale(
    hass: HomeAssistant, make_home: MakeHome
) -> None:
    """The same meter, before the user has said so: ten times its currents would be a wrong number too."""
    home = await make_home(ct_ratio="100:5")
    await home.says(*[of_power(aidon((58.0 / 20, 2.9, 2.9)), 40_000)] * 40, every=20.0)
    assert ir.async_get(hass).async_get_issue(DOMAIN, f"current_scale_{home.entry.entry_id}") is None


@pytest.mark.parametrize(("fuse", "most", "shown"), [(25, 32, "25"), (25, 16, "16"), (40, 32, "32")])
async def test_in_the_dark_no_more_is_recommended_than_the_fuse_or_the_charger_can_take(
    make_home: MakeHome, fuse: int, most: int, shown: str
) -> None:
    home = await make_home(**WITH_FUSE | {"main_fuse": fuse, "charger": CHARGER | {"most": most, "fail_safe": 32}})
    assert home.recommended() == (shown, "fail_safe")


async def test_the_greater_estimate_of_l2_is_watched_while_the_house_exports(make_home: MakeHome) -> None:
    """With solar cells on one phase the likely one is too often wrong, which is why no sensor shows it then."""
    home = await make_home(**WITH_FUSE | {"net": "automatic", "use_estimate": True})
    frame = aidon((12.0, -10.5), kind="3w")
    await home.says(reframed(frame, *exported(load("aidon_no_l2_3w"))))
    meter = home.entry.runtime_data.meter
    found = current_l2(meter.live, meter.net)
    assert found is not None
    assert found.value < max(found.candidates) - 1
    assert meter.protection.currents[2] == pytest.approx(min(1.1 * max(found.candidates), found.upper))


async def test_an_overload_after_a_long_silence_is_another_one(make_home: MakeHome) -> None:
    """The fuse blew, and hours later all starts at once: whoever waits for an overload must hear of that one too."""
    home = await make_home(**WITH_FUSE)
    told: list[MeterEvent] = []
    listen(home, lambda what, _: told.append(what))
    await home.says(*[aidon((26.5, 1.0, 1.0))] * 3)
    home.now += 7200.0
    await home.falls_silent()
    await home.says(*[aidon((26.5, 1.0, 1.0))] * 3)
    assert told == [MeterEvent.OVERLOAD, MeterEvent.OVERLOAD_ENDED, MeterEvent.OVERLOAD]


async def choose_net(home: Home, net: str) -> Home:
    """Let the user say which net it is; the entry is loaded anew."""
    hass, entry = home.hass, home.entry
    home.meter.connected.clear()
    hass.config_entries.async_update_entry(entry, options={**entry.options, "net": net})
    hass.config_entries.async_schedule_reload(entry.entry_id)
    await hass.async_block_till_done()
    await home.meter.connected.wait()
    again = Home(hass, home.meter, entry)
    again.now = hass.loop.time()  # by which what was kept is as old as it is
    return again


async def test_a_neutral_that_was_chosen_wrongly_makes_no_zero_of_l2_a_measurement(make_home: MakeHome) -> None:
    """A meter with two elements may send 0 for it. Once the user has put the net right, it is not watched again."""
    home = await make_home(**WITH_FUSE)
    await home.says(*[of_power(aidon((7.4, 0.0, 12.0)), 4_465)] * 30)
    home = await choose_net(home, "automatic")
    await home.says(aidon((7.4, 0.0, 12.0)))
    assert home.entry.runtime_data.meter.net is None
    home = await choose_net(home, "it")
    await home.falls_silent()  # or the last zero would still be fresh
    await home.says(aidon((7.4, 0.0, 12.0)))
    assert home.attributes("sensor", "headroom_min")["unmeasured"] == ["l2"]


async def test_a_net_without_neutral_that_was_chosen_wrongly_is_not_taken_for_found(make_home: MakeHome) -> None:
    """As long as L2 was not used. What the user takes back must not stay, or no broken neutral is looked for."""
    home = await make_home(**WITH_FUSE | {"net": "it"})
    await home.says(aidon((2.9, 0.0, 2.9)))
    home = await choose_net(home, "automatic")
    assert home.entry.runtime_data.meter.net is None
    await home.says(*[of_power(aidon((2.9, 2.9, 2.9)), 2_000)] * 20)
    assert home.entry.runtime_data.meter.net is SupplySystem.TN
