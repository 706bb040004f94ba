"""The blueprints as Home Assistant runs them: out of its own folder, with inputs, states and a clock that is moved."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
import inspect
import json
from pathlib import Path
import re
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint
from homeassistant.core import CoreState, HomeAssistant, ServiceCall, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import script
from homeassistant.helpers.selector import validate_selector
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
    mock_restore_cache,
)

from custom_components.han_port.analysis import voltage

FOLDER = Path(__file__).parents[1] / "blueprints" / "automation" / "han_port"
BLUEPRINTS = {path.name: load_yaml_dict(path) for path in sorted(FOLDER.glob("*.yaml"))}
TEXTS = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))]
TRANSLATIONS = Path(__file__).parents[1] / "custom_components" / "han_port" / "translations"
WORDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(TRANSLATIONS.glob("*.json"))}
README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
REPOSITORY = "https://github.com/han-port/han-port/blob/main/blueprints/automation/han_port"
SPARE, CHARGER, PAUSE = "sensor.spare_current", "number.charger", "switch.charger"
POWER = "sensor.available_power"
HEATER, FLOOR, CAR = "input_boolean.heater", "input_boolean.floor", "input_boolean.car"
OVERLOAD, PHASE, LINK = "binary_sensor.overload", "binary_sensor.phase_loss", "binary_sensor.data_flow"
NOTHING = ["unavailable", "unknown", "", "nonsense", "nan", "inf", "-1"]


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """A configuration with our blueprints where an import puts them."""
    shutil.copytree(FOLDER, tmp_path / "blueprints" / "automation" / "han_port")
    return str(tmp_path)


@pytest.fixture(autouse=True)
def _clock(freezer: FrozenDateTimeFactory) -> None:
    """Half a minute after a full one; only a test moves it."""
    freezer.move_to("2026-11-21 12:00:30+00:00")


@pytest.fixture(autouse=True)
async def _end(hass: HomeAssistant, _clock: None) -> AsyncGenerator[None]:
    """Turn the automation off, and with it the run that waits."""
    yield
    if automations := hass.states.async_entity_ids("automation"):
        await hass.services.async_call("automation", "turn_off", {"entity_id": automations}, blocking=True)


async def settle() -> None:
    """Let all happen that needs no time to pass; `async_block_till_done` would wait for what waits for the clock."""
    for _ in range(60):
        await asyncio.sleep(0)


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Make an automation of a blueprint, and see that Home Assistant takes it."""
    assert await async_setup_component(hass, "persistent_notification", {})  # which every Home Assistant has
    blueprint = {"path": f"han_port/{name}.yaml", "input": inputs}
    assert await async_setup_component(
        hass, "automation", {"automation": {"id": name, "alias": name, "use_blueprint": blueprint}}
    )
    await settle()
    assert hass.states.get(f"automation.{name}").state == "on"


async def change(hass: HomeAssistant, name: str, **inputs: Any) -> None:
    """Write another automation of a blueprint into the configuration, and reload all automations."""
    blueprint = {"path": f"han_port/{name}.yaml", "input": inputs}
    automations = [{"id": name, "alias": name, "use_blueprint": blueprint}]
    path = Path(hass.config.path("configuration.yaml"))
    await hass.async_add_executor_job(path.write_text, json.dumps({"automation": automations}), "utf-8")
    await hass.services.async_call("automation", "reload", blocking=True)
    await settle()


async def passes(hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: int) -> None:
    """Let time pass in steps of ten seconds, so that each minute and each wait is met."""
    for _ in range(0, seconds, 10):
        freezer.tick(timedelta(seconds=min(10, seconds)))
        async_fire_time_changed(hass)
        await settle()


async def says(hass: HomeAssistant, entity_id: str, state: Any, **attributes: Any) -> None:
    """Set a state and let all that follows happen."""
    ours = {"limited_by": "fuse"} if entity_id == SPARE else {}
    hass.states.async_set(entity_id, str(state), ours | attributes)
    await settle()


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_a_blueprint_is_one_for_home_assistant_and_says_where_it_is_from(name: str) -> None:
    blueprint = Blueprint(BLUEPRINTS[name], expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA)
    assert blueprint.metadata["source_url"] == f"{REPOSITORY}/{name}"
    assert blueprint.metadata["homeassistant"] == {"min_version": "2026.10.0"}
    for one in blueprint.inputs.values():
        assert one["name"]
        validate_selector(one["selector"])
        if "default" in one and "number" in one["selector"]:
            assert one["selector"]["number"]["unit_of_measurement"] in {"A", "W", "s", "min"}
            assert one["selector"]["number"]["min"] <= one["default"] <= one["selector"]["number"]["max"]


def test_these_are_all() -> None:
    assert list(BLUEPRINTS) == ["alerts.yaml", "charging.yaml", "load_shedding.yaml"]


# ---- charging


class Charger:
    """A charger of our own making behind the number's action: it does what it is told, and counts."""

    def __init__(self, hass: HomeAssistant, least: float, most: float) -> None:
        self.hass, self.limits = hass, {"min": least, "max": most}
        self.values: list[float] = []
        hass.services.async_register("number", "set_value", self._set)
        self.is_at(0)

    def is_at(self, value: float | str) -> None:
        self.hass.states.async_set(CHARGER, str(value), self.limits)

    async def _set(self, call: ServiceCall) -> None:
        assert call.data["entity_id"] == [CHARGER]
        assert self.limits["min"] <= call.data["value"] <= self.limits["max"]
        self.values.append(call.data["value"])
        self.is_at(float(call.data["value"]))


@pytest.fixture
def charger(hass: HomeAssistant) -> Charger:
    return Charger(hass, 0, 32)


async def charge(hass: HomeAssistant, spare: Any, **inputs: Any) -> None:
    """Set the blueprint up with a first recommendation that is already there."""
    hass.states.async_set(SPARE, str(spare), {"limited_by": "fuse"})
    await use(hass, "charging", recommended=SPARE, **inputs)


async def test_a_fall_is_written_at_once_and_a_raise_a_minute_after_the_last_write(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    await charge(hass, 6, charger_number=CHARGER)
    await says(hass, SPARE, 12)
    assert charger.values == [12]
    await says(hass, SPARE, 10)
    await says(hass, SPARE, 7)
    assert charger.values == [12, 10, 7]
    await says(hass, SPARE, 14)
    await passes(hass, freezer, 50)
    await says(hass, SPARE, 15)
    assert charger.values == [12, 10, 7]
    await passes(hass, freezer, 10)
    await says(hass, SPARE, 16)
    assert charger.values == [12, 10, 7, 16]
    await passes(hass, freezer, 600)
    assert charger.values == [12, 10, 7, 16]


async def test_a_raise_that_had_to_wait_comes_without_another_word_of_the_sensor(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    await charge(hass, 6, charger_number=CHARGER, raise_seconds=120)
    await says(hass, SPARE, 8)
    await says(hass, SPARE, 13)
    await passes(hass, freezer, 110)
    assert charger.values == [8]
    await passes(hass, freezer, 60)
    assert charger.values == [8, 13]


async def test_numbers_are_compared_as_numbers(hass: HomeAssistant, charger: Charger) -> None:
    """As texts 9.5 is more than 12, and 6 more than 16."""
    charger.is_at(12)
    await charge(hass, 12, charger_number=CHARGER, maximum=32)
    await says(hass, SPARE, 9.5)
    assert charger.values == [9]
    await says(hass, SPARE, 12)
    assert charger.values == [9]
    charger.is_at(31)
    await settle()
    assert charger.values == [9, 12]


@pytest.mark.parametrize("nothing", NOTHING)
@pytest.mark.parametrize(("fail_safe", "written"), [(6, 6), (8, 8), (0, 0), (4, 0)])
async def test_what_is_no_current_gives_the_safe_one_at_once(
    hass: HomeAssistant, charger: Charger, nothing: str, fail_safe: int, written: int
) -> None:
    charger.is_at(16)
    await charge(hass, 16, charger_number=CHARGER, fail_safe=fail_safe)
    await says(hass, SPARE, nothing)
    assert charger.values == [written]


async def test_a_sensor_that_is_gone_gives_the_safe_current(hass: HomeAssistant, charger: Charger) -> None:
    charger.is_at(16)
    await charge(hass, 16, charger_number=CHARGER)
    hass.states.async_remove(SPARE)
    await settle()
    assert charger.values == [6]


async def test_a_sensor_that_never_was_gives_the_safe_current_within_a_minute(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    charger.is_at(16)
    await use(hass, "charging", recommended=SPARE, charger_number=CHARGER)
    await passes(hass, freezer, 40)
    assert charger.values == [6]


async def notifications(hass: HomeAssistant) -> list[str]:
    """Return what the user is told in Home Assistant."""
    async_get = hass.data["persistent_notification"]
    return [each["message"] for each in async_get.values()]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Set *Main fuse* of HAN Port first"),
        ("nb", "Angi *Hovedsikring* i HAN Port først"),
        ("nn", "Set *Hovudsikring* i HAN Port først"),
        ("sv", "Ange *Huvudsäkring* i HAN Port först"),
        ("da", "Angiv *Hovedsikring* i HAN Port først"),
        ("fi", "Aseta ensin HAN Portin *Pääsulake*"),
    ],
)
async def test_without_the_sensor_the_user_is_told_to_set_the_main_fuse(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory, language: str, words: str
) -> None:
    """In his language, and the charger gets the current for this case."""
    charger.is_at(16)
    await use(hass, "charging", recommended=SPARE, charger_number=CHARGER, language=language)
    await passes(hass, freezer, 40)
    assert charger.values == [6]
    assert [text.startswith(words) for text in await notifications(hass)] == [True]


async def test_another_sensor_is_not_taken_for_the_recommendation(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    """Here a current that the house draws: 20 A of it are not 20 A to spare."""
    charger.is_at(16)
    hass.states.async_set("sensor.the_right_one", "9", {"limited_by": "fuse"})
    hass.states.async_set(SPARE, "20", {"device_class": "current"})
    await use(hass, "charging", recommended=SPARE, charger_number=CHARGER, maximum=32)
    await passes(hass, freezer, 40)
    assert charger.values == [6]
    assert [SPARE in text for text in await notifications(hass)] == [True]


async def test_who_chose_another_sensor_as_there_is_no_recommendation_is_told_to_set_the_main_fuse(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    """A sensor that is not there yet cannot be chosen."""
    hass.states.async_set(SPARE, "20", {"device_class": "current"})
    await use(hass, "charging", recommended=SPARE, charger_number=CHARGER)
    await passes(hass, freezer, 40)
    assert [text.startswith("Set *Main fuse*") for text in await notifications(hass)] == [True]


async def test_a_sensor_that_is_gone_while_another_recommendation_is_there_is_not_about_the_fuse(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set("sensor.the_right_one", "9", {"limited_by": "fuse"})
    await use(hass, "charging", recommended=SPARE, charger_number=CHARGER)
    await passes(hass, freezer, 40)
    assert [SPARE in text for text in await notifications(hass)] == [True]


async def test_the_notification_goes_when_the_recommendation_is_there(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    """Also where that sets no other current."""
    charger.is_at(6)
    await use(hass, "charging", recommended=SPARE, charger_number=CHARGER)
    await passes(hass, freezer, 40)
    assert len(await notifications(hass)) == 1
    await says(hass, SPARE, 6)
    assert await notifications(hass) == []
    assert charger.values == []


async def test_the_notification_goes_with_a_raise_that_had_to_wait(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    charger.is_at(6)
    await use(hass, "charging", recommended=SPARE, charger_number=CHARGER, raise_seconds=120)
    await passes(hass, freezer, 40)
    await says(hass, SPARE, 12)
    assert charger.values == []
    await passes(hass, freezer, 180)
    assert await notifications(hass) == []
    assert charger.values == [12]


async def test_the_notification_stays_while_the_sensor_is_only_unavailable(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    """Which of the two it is, is not known then."""
    hass.states.async_set(SPARE, "20", {"device_class": "current"})
    await use(hass, "charging", recommended=SPARE, charger_number=CHARGER)
    await passes(hass, freezer, 40)
    hass.states.async_set(SPARE, "unavailable")
    await passes(hass, freezer, 120)
    assert len(await notifications(hass)) == 1


@pytest.mark.parametrize("action", [{}, {"charger_action": [{"action": "test.limit"}], "repeat_minutes": 0}])
async def test_the_notification_goes_when_the_right_sensor_is_chosen(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, action: dict[str, Any]
) -> None:
    """That is another automation for Home Assistant, with the same name; the action is said once."""
    calls = async_mock_service(hass, "test", "limit")
    Charger(hass, 0, 32).is_at(6)
    chosen = action or {"charger_number": CHARGER}
    hass.states.async_set("sensor.the_right_one", "6", {"limited_by": "fuse"})
    hass.states.async_set(SPARE, "20", {"device_class": "current"})
    await use(hass, "charging", recommended=SPARE, **chosen)
    await passes(hass, freezer, 120)
    assert [SPARE in text for text in await notifications(hass)] == [True]
    calls.clear()
    await change(hass, "charging", recommended="sensor.the_right_one", **chosen)
    await passes(hass, freezer, 300)
    assert await notifications(hass) == []
    assert len(calls) == bool(action)


async def test_the_charger_is_set_before_a_notification_is_withdrawn(hass: HomeAssistant, charger: Charger) -> None:
    """Here that cannot be done at all."""
    await charge(hass, 6, charger_number=CHARGER)
    hass.services.async_remove("persistent_notification", "dismiss")
    await says(hass, SPARE, 12)
    assert charger.values == [12]


async def test_a_notification_of_another_stays(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    await charge(hass, 6, charger_number=CHARGER)
    await hass.services.async_call("persistent_notification", "create", {"message": "x"}, blocking=True)
    await says(hass, SPARE, 9)
    await passes(hass, freezer, 120)
    assert await notifications(hass) == ["x"]


async def test_data_that_stop_are_the_sensors_own_safe_current(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    """It stays available and says so in an attribute; the attribute alone writes nothing."""
    charger.is_at(16)
    await charge(hass, 16, charger_number=CHARGER, fail_safe=0)
    await says(hass, SPARE, 7, fail_safe=True)
    await says(hass, SPARE, 7, fail_safe=False)
    await passes(hass, freezer, 300)
    assert charger.values == [7]


@pytest.mark.parametrize(("spare", "written"), [(0, 0), (5, 0), (6, 6), (32, 16), (63, 16), (15.9, 15)])
async def test_the_limits_hold(hass: HomeAssistant, charger: Charger, spare: float, written: int) -> None:
    charger.is_at(10)
    await charge(hass, "unset", charger_number=CHARGER)
    await says(hass, SPARE, spare)
    assert charger.values == [written]


@pytest.mark.parametrize(("spare", "written"), [(0, 6), (16, 13)])
async def test_a_number_is_never_given_what_it_refuses(hass: HomeAssistant, spare: int, written: int) -> None:
    charger = Charger(hass, 6, 13)
    charger.is_at(10)
    await charge(hass, "unset", charger_number=CHARGER)
    await says(hass, SPARE, spare)
    assert charger.values == [written]


async def test_a_charger_that_comes_back_with_its_old_current_is_put_right(
    hass: HomeAssistant, charger: Charger
) -> None:
    charger.is_at(16)
    await charge(hass, 16, charger_number=CHARGER)
    charger.is_at("unavailable")
    await says(hass, SPARE, 8)
    charger.values.clear()  # the call to a charger that is away is lost
    charger.is_at(16)
    await settle()
    assert charger.values == [8]


async def test_the_switch_pauses_at_once_and_resumes_after_the_new_current(
    hass: HomeAssistant, charger: Charger, freezer: FrozenDateTimeFactory
) -> None:
    calls: list[tuple[str, Any]] = []

    async def switch(call: ServiceCall) -> None:
        calls.append((call.service, charger.values[-1]))
        hass.states.async_set(PAUSE, call.service.removeprefix("turn_"))

    for name in ("turn_on", "turn_off"):
        hass.services.async_register("homeassistant", name, switch)
    charger.is_at(10)
    charger.values.append(10)
    hass.states.async_set(PAUSE, "on")
    await charge(hass, 10, charger_number=CHARGER, pause_switch=PAUSE)
    await says(hass, SPARE, 0)
    assert calls == [("turn_off", 10)]
    assert charger.values == [10, 0]
    await says(hass, SPARE, 8)
    assert calls == [("turn_off", 10)]
    await passes(hass, freezer, 120)
    assert calls == [("turn_off", 10), ("turn_on", 8)]
    assert charger.values == [10, 0, 8]


async def test_a_number_that_fails_does_not_stop_the_switch_and_is_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    calls = async_mock_service(hass, "number", "set_value", raise_exception=HomeAssistantError("no cloud"))
    off = async_mock_service(hass, "homeassistant", "turn_off")
    hass.states.async_set(CHARGER, "16", {"min": 0, "max": 32})
    hass.states.async_set(PAUSE, "on")
    await charge(hass, 16, charger_number=CHARGER, pause_switch=PAUSE)
    await says(hass, SPARE, 0)
    assert [call.data["value"] for call in calls] == [0]
    assert [call.data["entity_id"] for call in off] == [[PAUSE]]
    await passes(hass, freezer, 120)
    assert [call.data["value"] for call in calls] == [0, 0, 0]
    assert "no cloud" in caplog.text


async def test_a_switch_that_fails_does_not_stop_the_number(hass: HomeAssistant, charger: Charger) -> None:
    async_mock_service(hass, "homeassistant", "turn_off", raise_exception=HomeAssistantError("no radio"))
    charger.is_at(16)
    hass.states.async_set(PAUSE, "on")
    await charge(hass, 16, charger_number=CHARGER, pause_switch=PAUSE)
    await says(hass, SPARE, 0)
    assert charger.values == [0]


async def test_a_number_that_is_slow_does_not_hold_up_a_fall(hass: HomeAssistant) -> None:
    """The call that raises has not come back when the next one is made."""
    values: list[float] = []

    async def set_value(call: ServiceCall) -> None:
        values.append(call.data["value"])
        if call.data["value"] == 16:
            await asyncio.Event().wait()

    hass.services.async_register("number", "set_value", set_value)
    hass.states.async_set(CHARGER, "10", {"min": 0, "max": 32})
    await charge(hass, 10, charger_number=CHARGER)
    await says(hass, SPARE, 16)
    await says(hass, SPARE, 8)
    assert values == [16, 8]


async def test_a_switch_alone_pauses_and_resumes(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": {"car": {"initial": True}}})
    await charge(hass, 10, pause_switch=CAR)
    await says(hass, SPARE, 5)
    assert hass.states.get(CAR).state == "off"
    await says(hass, SPARE, 7)
    assert hass.states.get(CAR).state == "off"
    await passes(hass, freezer, 120)
    assert hass.states.get(CAR).state == "on"


async def test_home_assistants_start_sets_the_charger(hass: HomeAssistant, charger: Charger) -> None:
    charger.is_at(16)
    hass.set_state(CoreState.not_running)
    await charge(hass, 9, charger_number=CHARGER)
    assert charger.values == []
    await hass.async_start()
    await settle()
    assert charger.values == [9]


ACTION = [{"action": "test.limit", "data": {"amperes": "{{ current }}"}}]


@pytest.fixture
def limits(hass: HomeAssistant) -> list[ServiceCall]:
    return async_mock_service(hass, "test", "limit")


def amperes(calls: list[ServiceCall]) -> list[Any]:
    assert all(type(call.data["amperes"]) is int for call in calls)
    return [call.data["amperes"] for call in calls]


async def test_an_action_gets_whole_amperes_on_change_only_and_raises_wait(
    hass: HomeAssistant,
    limits: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await charge(hass, 6, charger_action=ACTION, repeat_minutes=0)
    freezer.tick(1)
    await says(hass, SPARE, "12")
    freezer.tick(1)
    await says(hass, SPARE, "9.5")
    assert amperes(limits) == [12, 9]
    freezer.tick(1)
    await says(hass, SPARE, 14)
    await passes(hass, freezer, 40)
    assert amperes(limits) == [12, 9]
    await passes(hass, freezer, 600)
    assert amperes(limits) == [12, 9, 14]
    await says(hass, SPARE, "unavailable")
    assert amperes(limits) == [12, 9, 14, 6]
    assert "is undefined" not in caplog.text


OF_MAKERS = {
    "zaptec.limit_current": {f"available_current_phase{phase}": "{{ current }}" for phase in (1, 2, 3)},
    "easee.set_circuit_dynamic_limit": {"current_p1": "{{ current }}", "time_to_live": 10},
    "number.set_value": {"value": "{{ current }}"},
}
"""Action -> what it is given, as the README says: Zaptec wants all three phases at a time, Easee a time to live."""


@pytest.mark.parametrize("action", OF_MAKERS)
async def test_a_makers_action_gets_whole_amperes_as_numbers(hass: HomeAssistant, action: str) -> None:
    calls = async_mock_service(hass, *action.split("."))
    await charge(hass, 6, charger_action=[{"action": action, "data": OF_MAKERS[action]}])
    await says(hass, SPARE, "12.7")
    expected = {key: 12 if isinstance(value, str) else value for key, value in OF_MAKERS[action].items()}
    assert calls[-1].data == expected
    assert all(type(value) is int for value in calls[-1].data.values())
    assert all(f"{key}: " in README for key in OF_MAKERS[action] if action != "number.set_value")


async def test_an_action_is_repeated_when_nothing_changes_but_a_raise_never_waits_for_that(
    hass: HomeAssistant, limits: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    await charge(hass, 6, charger_action=ACTION, repeat_minutes=2, raise_seconds=180)
    freezer.tick(1)
    await says(hass, SPARE, 8)
    await passes(hass, freezer, 300)
    assert amperes(limits) == [8, 8, 8]
    await says(hass, SPARE, 13)
    await passes(hass, freezer, 240)
    assert amperes(limits) == [8, 8, 8, 13]


async def test_an_action_that_failed_is_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    calls = async_mock_service(hass, "test", "limit", raise_exception=ValueError("no cloud"))
    await charge(hass, 16, charger_action=ACTION, repeat_minutes=5)
    await says(hass, SPARE, 7)
    await passes(hass, freezer, 400)
    assert amperes(calls) == [7, 7]
    assert "no cloud" in caplog.text


async def test_a_call_that_is_lost_is_made_again_within_two_minutes(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, limits: list[ServiceCall]
) -> None:
    """Above the fuse nobody can wait for the next change."""
    await charge(hass, 16, charger_action=ACTION)
    await says(hass, SPARE, 7)
    await passes(hass, freezer, 120)
    assert amperes(limits)[:2] == [7, 7]


async def test_an_action_is_run_at_the_start(hass: HomeAssistant, limits: list[ServiceCall]) -> None:
    hass.set_state(CoreState.not_running)
    await charge(hass, "unavailable", charger_action=ACTION)
    await hass.async_start()
    await settle()
    assert amperes(limits) == [6]


async def test_a_fall_does_not_wait_behind_a_slow_call(hass: HomeAssistant, limits: list[ServiceCall]) -> None:
    slow = [{"delay": {"hours": "{{ 1 if current == 16 else 0 }}"}}, *ACTION]
    await charge(hass, 6, charger_action=slow)
    await says(hass, SPARE, 16)
    await says(hass, SPARE, 8)
    assert amperes(limits) == [8]


# ---- load shedding


def is_on(hass: HomeAssistant) -> list[str]:
    return [one for one in (HEATER, FLOOR, CAR) if hass.states.get(one).state == "on"]


async def shed(hass: HomeAssistant, **inputs: Any) -> None:
    """Set the blueprint up with three loads, the floor being off already."""
    booleans = {one.split(".")[1]: {"initial": one != FLOOR} for one in (HEATER, FLOOR, CAR)}
    if hass.states.get(POWER) is None:
        hass.states.async_set(POWER, "0")
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": booleans})
    await use(hass, "load_shedding", **{"available": POWER, "loads": [CAR, FLOOR, HEATER], **inputs})


async def turn(hass: HomeAssistant, how: str, entity_id: str) -> None:
    await hass.services.async_call("input_boolean", f"turn_{how}", {"entity_id": entity_id}, blocking=True)
    await settle()


async def test_loads_go_in_order_and_come_back_in_reverse_and_only_those_that_went(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await shed(hass)
    await says(hass, POWER, -51)
    await passes(hass, freezer, 20)
    assert is_on(hass) == [HEATER, CAR]
    await passes(hass, freezer, 20)
    assert is_on(hass) == [HEATER]
    await passes(hass, freezer, 40)
    assert is_on(hass) == []
    await says(hass, POWER, 1501)
    await passes(hass, freezer, 560)
    assert is_on(hass) == []
    await passes(hass, freezer, 70)
    assert is_on(hass) == [HEATER]
    await passes(hass, freezer, 230)
    assert is_on(hass) == [HEATER]
    await passes(hass, freezer, 80)
    assert is_on(hass) == [HEATER, CAR]
    await passes(hass, freezer, 1200)
    assert is_on(hass) == [HEATER, CAR]


async def test_what_comes_back_would_not_go_again_at_once(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Who keeps a reserve may set the lower limit above the usual upper one."""
    await shed(hass, shed_below=2000)
    await says(hass, POWER, 1700)
    await passes(hass, freezer, 80)
    for _ in range(120):
        assert is_on(hass) == []
        await passes(hass, freezer, 10)
    await says(hass, POWER, 2001)
    await passes(hass, freezer, 1000)
    assert is_on(hass) == [HEATER, CAR]


async def test_the_numbers_of_the_power_are_compared_as_numbers(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """As a text -9 is less than -50, and 900 more than 1500."""
    await shed(hass, off_minutes=0)
    await says(hass, POWER, -9)
    await passes(hass, freezer, 120)
    assert is_on(hass) == [HEATER, CAR]
    await says(hass, POWER, -1000)
    await passes(hass, freezer, 40)
    await says(hass, POWER, 900)
    await passes(hass, freezer, 900)
    assert is_on(hass) == [HEATER]


async def test_a_dip_that_ends_in_time_switches_nothing(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    await shed(hass)
    for _ in range(5):
        await says(hass, POWER, -500)
        await passes(hass, freezer, 20)
        await says(hass, POWER, 0)
        await passes(hass, freezer, 10)
    assert is_on(hass) == [HEATER, CAR]


@pytest.mark.parametrize("nothing", ["unavailable", "unknown", "nonsense", "nan"])
async def test_without_a_power_nothing_is_switched_in_either_direction(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, nothing: str
) -> None:
    await shed(hass, off_minutes=0)
    await says(hass, POWER, -500)
    await passes(hass, freezer, 20)
    await says(hass, POWER, nothing)
    await passes(hass, freezer, 600)
    assert is_on(hass) == [HEATER, CAR]
    await says(hass, POWER, -500)
    await passes(hass, freezer, 40)
    assert is_on(hass) == [HEATER]
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 200)
    await says(hass, POWER, nothing)
    await passes(hass, freezer, 1200)
    assert is_on(hass) == [HEATER]
    hass.states.async_remove(POWER)
    await passes(hass, freezer, 1200)
    assert is_on(hass) == [HEATER]


async def test_what_a_human_switches_on_is_his_and_stays_off_when_he_switches_it_off(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Also while this waits to switch it on."""
    await shed(hass, off_minutes=0)
    await says(hass, POWER, -500)
    await passes(hass, freezer, 40)
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 120)
    await turn(hass, "on", CAR)
    await turn(hass, "off", CAR)
    await passes(hass, freezer, 1200)
    assert is_on(hass) == [HEATER]


async def test_a_start_of_home_assistant_switches_nothing_on_that_is_off(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """It does not know why the floor is off, as the description says; what is too much is switched off as ever."""
    hass.set_state(CoreState.not_running)
    await shed(hass, off_minutes=0)
    await hass.async_start()
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 1200)
    assert is_on(hass) == [HEATER, CAR]
    await says(hass, POWER, -800)
    await passes(hass, freezer, 40)
    assert is_on(hass) == [HEATER]


OFF_BEFORE = {CAR: "off", FLOOR: "off", HEATER: "off"}


async def restart(hass: HomeAssistant, before: dict[str, str], **inputs: Any) -> None:
    """Start Home Assistant with what it stored: the loads' states, and when the automation last ran."""
    ran = {"last_triggered": "2026-11-21T11:00:00+00:00"}
    stored = [State(entity_id, state) for entity_id, state in before.items()]
    mock_restore_cache(hass, [*stored, State("automation.load_shedding", "on", ran)])
    hass.set_state(CoreState.not_running)
    hass.states.async_set(POWER, "unavailable")
    assert await async_setup_component(hass, "homeassistant", {})
    booleans = {one.split(".")[1]: {} for one in before}
    assert await async_setup_component(hass, "input_boolean", {"input_boolean": booleans})
    for entity_id in [each for each, known in before.items() if known == "on"]:  # not each version restores it
        await hass.services.async_call("input_boolean", "turn_on", {"entity_id": entity_id}, blocking=True)
    await use(hass, "load_shedding", **{"available": POWER, "loads": [CAR, FLOOR, HEATER], "off_minutes": 0} | inputs)
    await hass.async_start()
    await settle()


async def test_after_a_restart_loads_come_back_in_reverse_order_if_that_is_chosen(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await restart(hass, OFF_BEFORE, resume=True)
    await passes(hass, freezer, 600)
    assert is_on(hass) == []
    await says(hass, POWER, 5000)
    back = []
    for _ in range(3):
        await passes(hass, freezer, 310)
        back.append(is_on(hass))
    assert back == [[HEATER], [HEATER, FLOOR], [HEATER, FLOOR, CAR]]


@pytest.mark.parametrize("inputs", [{}, {"resume": False}])
async def test_after_a_restart_all_that_is_off_stays_off_if_nothing_is_chosen(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, inputs: dict[str, Any]
) -> None:
    """A person may have switched it off."""
    await restart(hass, OFF_BEFORE | {HEATER: "on"}, **inputs)
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 1800)
    assert is_on(hass) == [HEATER]


async def test_after_a_restart_what_is_too_much_goes_off_and_all_comes_back(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    await restart(hass, OFF_BEFORE | {CAR: "on"}, resume=True)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 40)
    assert is_on(hass) == []
    await says(hass, POWER, 5000)
    back = []
    for _ in range(3):
        await passes(hass, freezer, 310)
        back.append(is_on(hass))
    assert back == [[CAR], [HEATER, CAR], [HEATER, FLOOR, CAR]]


async def test_a_load_that_appears_after_the_start_comes_back_too(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    on = async_mock_service(hass, "switch", "turn_on")
    await restart(hass, {HEATER: "on"}, resume=True, loads=["switch.late", HEATER])
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 600)
    assert on == []
    await says(hass, "switch.late", "unavailable")
    await says(hass, "switch.late", "off")
    await passes(hass, freezer, 310)
    assert [call.data["entity_id"] for call in on] == [["switch.late"]]


async def test_what_a_person_switches_off_after_the_restart_stays_off(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Whether the automation has run since then or not."""
    await restart(hass, dict.fromkeys(OFF_BEFORE, "on"), resume=True)
    await passes(hass, freezer, 10)
    await turn(hass, "off", FLOOR)
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 900)
    assert is_on(hass) == [HEATER, CAR]
    await says(hass, POWER, -800)
    await passes(hass, freezer, 40)
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 900)
    assert is_on(hass) == [HEATER, CAR]


@pytest.mark.parametrize(("resume", "back"), [(True, [HEATER, FLOOR, CAR]), (False, [HEATER])])
async def test_after_a_change_of_the_automation_what_is_off_comes_back_only_if_that_is_chosen(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, resume: bool, back: list[str]
) -> None:
    """With the floor, which was off before the automation did anything."""
    await shed(hass, off_minutes=0, resume=resume)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 40)
    assert is_on(hass) == [HEATER]
    inputs = {"available": POWER, "loads": [CAR, FLOOR, HEATER], "off_minutes": 0, "resume": resume}
    await change(hass, "load_shedding", **inputs, restore_above=2000)
    await says(hass, POWER, 1900)
    await passes(hass, freezer, 900)
    assert is_on(hass) == [HEATER]
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 700)
    assert is_on(hass) == back


async def test_a_reload_that_changes_nothing_here_takes_over_nothing(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """And what it switched off is remembered."""
    inputs = {"available": POWER, "loads": [CAR, HEATER], "off_minutes": 0, "resume": True}
    await shed(hass, **inputs)
    await change(hass, "load_shedding", **inputs)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 40)
    assert is_on(hass) == [HEATER]
    await change(hass, "load_shedding", **inputs)
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 310)
    assert is_on(hass) == [HEATER, CAR]
    await turn(hass, "off", CAR)
    await change(hass, "load_shedding", **inputs)
    await passes(hass, freezer, 900)
    assert is_on(hass) == [HEATER]


@pytest.mark.parametrize(("resume", "back"), [(True, [HEATER, FLOOR, CAR]), (False, [HEATER])])
async def test_what_is_off_when_the_automation_is_turned_off_comes_back_only_if_that_is_chosen(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, resume: bool, back: list[str]
) -> None:
    await shed(hass, off_minutes=0, resume=resume)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 40)
    for service in ("turn_off", "turn_on"):
        await hass.services.async_call("automation", service, {"entity_id": "automation.load_shedding"}, blocking=True)
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 1200)
    assert is_on(hass) == back


async def test_what_is_off_for_weeks_comes_back_all_the_same(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power that goes up and down makes many rounds; a loop without a count is ended after 10 000, here 20."""
    monkeypatch.setattr(script, "REPEAT_WARN_ITERATIONS", 10)
    monkeypatch.setattr(script, "REPEAT_TERMINATE_ITERATIONS", 20)
    await shed(hass, off_minutes=0)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 40)
    assert is_on(hass) == [HEATER]
    for _ in range(20):
        await says(hass, POWER, -800)
        await says(hass, POWER, 0)
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 320)
    assert is_on(hass) == [HEATER, CAR]


async def test_a_power_that_is_too_high_before_the_automation_is_there_sheds_too(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set(POWER, "-800")
    await shed(hass)
    await passes(hass, freezer, 60)
    assert is_on(hass) == [HEATER]


async def test_a_load_that_does_not_obey_leaves_its_turn_to_the_next(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set("switch.deaf", "on")
    await shed(hass, loads=["switch.deaf", HEATER])
    await says(hass, POWER, -800)
    await passes(hass, freezer, 120)
    assert is_on(hass) == [CAR]


async def test_a_load_that_fails_leaves_its_turn_to_the_next_and_is_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    calls = async_mock_service(hass, "switch", "turn_off", raise_exception=HomeAssistantError("no radio"))
    hass.states.async_set("switch.deaf", "on")
    await shed(hass, loads=["switch.deaf", HEATER])
    await says(hass, POWER, -800)
    await passes(hass, freezer, 120)
    assert is_on(hass) == [CAR]
    assert len(calls) == 1
    await passes(hass, freezer, 180)
    assert len(calls) >= 2


async def test_a_load_that_obeys_late_comes_back_too(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    on = async_mock_service(hass, "switch", "turn_on")
    async_mock_service(hass, "switch", "turn_off")
    hass.states.async_set("switch.slow", "on")
    await shed(hass, loads=["switch.slow"], off_minutes=0)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 70)
    await says(hass, "switch.slow", "off")
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 400)
    assert [call.data["entity_id"] for call in on] == [["switch.slow"]]


async def test_a_call_that_takes_a_minute_is_waited_for_and_remembered(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    on = async_mock_service(hass, "switch", "turn_on")
    done = asyncio.Event()

    async def off(call: ServiceCall) -> None:
        await done.wait()
        hass.states.async_set("switch.slow", "off")

    hass.services.async_register("switch", "turn_off", off)
    hass.states.async_set("switch.slow", "on")
    await shed(hass, loads=["switch.slow", HEATER], off_minutes=0)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 90)
    assert is_on(hass) == [HEATER, CAR]
    done.set()
    await passes(hass, freezer, 40)
    assert is_on(hass) == [CAR]
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 700)
    assert is_on(hass) == [HEATER, CAR]
    assert [call.data["entity_id"] for call in on] == [["switch.slow"]]


async def test_a_load_that_fails_to_come_back_leaves_its_turn_to_the_next_and_is_tried_again(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    calls = async_mock_service(hass, "switch", "turn_on", raise_exception=HomeAssistantError("no radio"))

    async def off(call: ServiceCall) -> None:
        hass.states.async_set("switch.deaf", "off")

    hass.services.async_register("switch", "turn_off", off)
    hass.states.async_set("switch.deaf", "on")
    await shed(hass, loads=[HEATER, "switch.deaf"], off_minutes=0, restore_minutes=0)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 80)
    assert is_on(hass) == [CAR]
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 40)
    assert (is_on(hass), len(calls)) == ([HEATER, CAR], 1)
    await passes(hass, freezer, 180)
    assert len(calls) >= 2


async def test_a_load_that_is_slow_to_come_back_is_told_once(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    on = async_mock_service(hass, "switch", "turn_on")
    async_mock_service(hass, "switch", "turn_off")
    hass.states.async_set("switch.slow", "on")
    await shed(hass, loads=["switch.slow"], off_minutes=0)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 35)
    await says(hass, "switch.slow", "off")
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 340)
    await says(hass, "switch.slow", "on")
    await passes(hass, freezer, 900)
    assert len(on) == 1


async def test_a_meter_that_goes_silent_switches_nothing_and_all_goes_on_when_it_is_back(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Then the power and the overload are both unavailable, in the midst of switching off, and of switching on."""
    hass.states.async_set(OVERLOAD, "off")
    await shed(hass, overload=[OVERLOAD], off_minutes=0)

    async def silent() -> None:
        before = is_on(hass)
        for each in (POWER, OVERLOAD):
            await says(hass, each, "unavailable")
        await passes(hass, freezer, 1200)
        assert is_on(hass) == before

    await says(hass, OVERLOAD, "on")
    assert is_on(hass) == [HEATER]
    await silent()
    await says(hass, OVERLOAD, "off")
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 200)
    await silent()
    await says(hass, OVERLOAD, "off")
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 200)
    assert is_on(hass) == [HEATER]
    await passes(hass, freezer, 110)
    assert is_on(hass) == [HEATER, CAR]


async def test_a_load_that_cannot_be_reached_comes_back_when_it_can(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The others do not wait for it."""
    on = async_mock_service(hass, "switch", "turn_on")
    hass.states.async_set("switch.far", "on")

    async def off(call: ServiceCall) -> None:
        hass.states.async_set("switch.far", "off")

    hass.services.async_register("switch", "turn_off", off)
    await shed(hass, loads=[HEATER, "switch.far"], off_minutes=0)
    await says(hass, POWER, -800)
    await passes(hass, freezer, 80)
    assert is_on(hass) == [CAR]
    await says(hass, "switch.far", "unavailable")
    await says(hass, POWER, 5000)
    await passes(hass, freezer, 330)
    assert is_on(hass) == [HEATER, CAR]
    assert on == []
    await says(hass, "switch.far", "off")
    await passes(hass, freezer, 330)
    assert [call.data["entity_id"] for call in on] == [["switch.far"]]


async def test_an_overload_of_a_phase_switches_off_at_once_and_the_next_after_the_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Whatever the power of the house is; a load has the time to show on the meter before the next one goes."""
    hass.states.async_set(OVERLOAD, "off")
    await shed(hass, overload=[OVERLOAD])
    await says(hass, POWER, 3000)
    await says(hass, OVERLOAD, "on", phase="l2")
    assert is_on(hass) == [HEATER]
    await passes(hass, freezer, 20)
    assert is_on(hass) == [HEATER]
    await passes(hass, freezer, 20)
    assert is_on(hass) == []


async def test_an_overload_does_not_wait_for_the_time_of_a_low_power(hass: HomeAssistant) -> None:
    hass.states.async_set(OVERLOAD, "off")
    await shed(hass, overload=[OVERLOAD], shed_seconds=600)
    await says(hass, POWER, -800)
    assert is_on(hass) == [HEATER, CAR]
    await says(hass, OVERLOAD, "on")
    assert is_on(hass) == [HEATER]


async def test_an_overload_is_seen_without_a_power(hass: HomeAssistant) -> None:
    hass.states.async_set(OVERLOAD, "off")
    await shed(hass, overload=[OVERLOAD])
    await says(hass, POWER, "unavailable")
    await says(hass, OVERLOAD, "on")
    assert is_on(hass) == [HEATER]


@pytest.mark.parametrize("overload", ["on", "unavailable", "unknown"])
async def test_nothing_comes_back_unless_it_is_known_that_no_phase_has_too_much(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, overload: str
) -> None:
    hass.states.async_set(OVERLOAD, "off")
    await shed(hass, overload=[OVERLOAD], loads=[CAR], off_minutes=0)
    await says(hass, OVERLOAD, "on")
    await says(hass, POWER, 5000)
    await says(hass, OVERLOAD, overload)
    await passes(hass, freezer, 1200)
    assert is_on(hass) == [HEATER]
    await says(hass, OVERLOAD, "off")
    await passes(hass, freezer, 310)
    assert is_on(hass) == [HEATER, CAR]


def test_load_shedding_asks_for_no_helper() -> None:
    found = BLUEPRINTS["load_shedding.yaml"]
    blueprint = Blueprint(found, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA)
    required = [name for name, one in blueprint.inputs.items() if "default" not in one]
    assert required == ["available", "loads"]
    assert blueprint.inputs["loads"]["selector"]["entity"]["reorder"] is True


# ---- alerts

TELL = [{"action": "test.tell", "data": {"title": "{{ title }}", "message": "{{ message }}"}}]
PROBLEM = {"device_class": "problem", "friendly_name": "Overload"}
CONNECTION = {"device_class": "connectivity", "friendly_name": "Data flow"}


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    return async_mock_service(hass, "test", "tell")


async def watch(hass: HomeAssistant, overload: str = "off", link: str = "on", **inputs: Any) -> None:
    """Set the blueprint up with an overload and a connection that are in the given states."""
    hass.states.async_set(OVERLOAD, overload, PROBLEM)
    hass.states.async_set(PHASE, "off", PROBLEM | {"friendly_name": "Phase loss"})
    hass.states.async_set(LINK, link, CONNECTION)
    await use(hass, "alerts", **{"sensors": [OVERLOAD, PHASE, LINK], "tell": TELL, **inputs})


def messages(calls: list[ServiceCall]) -> list[str]:
    return [call.data["message"] for call in calls]


LANGUAGES = {
    "en": (
        "HAN Port reports: Overload. Phase: L2. 3.5 A above the main fuse.",
        "HAN Port reports: Undervoltage. Voltage: L1 205.5 V. The mean of a minute is outside the limits.",
        "Data flow: nothing comes from the meter.",
        "Data flow: unavailable.",
    ),
    "nb": (
        "HAN Port melder: Overload. Fase: L2. 3,5 A over hovedsikringen.",
        "HAN Port melder: Undervoltage. Spenning: L1 205,5 V. Minuttmiddelet er utenfor grensene.",
        "Data flow: Det kommer ingenting fra måleren.",
        "Data flow: utilgjengelig.",
    ),
    "nn": (
        "HAN Port melder: Overload. Fase: L2. 3,5 A over hovudsikringa.",
        "HAN Port melder: Undervoltage. Spenning: L1 205,5 V. Minuttmiddelet er utanfor grensene.",
        "Data flow: Det kjem ingenting frå målaren.",
        "Data flow: utilgjengeleg.",
    ),
    "sv": (
        "HAN Port meddelar: Overload. Fas: L2. 3,5 A över huvudsäkringen.",
        "HAN Port meddelar: Undervoltage. Spänning: L1 205,5 V. Minutmedelvärdet ligger utanför gränserna.",
        "Data flow: inget kommer från mätaren.",
        "Data flow: otillgänglig.",
    ),
    "da": (
        "HAN Port melder: Overload. Fase: L2. 3,5 A over hovedsikringen.",
        "HAN Port melder: Undervoltage. Spænding: L1 205,5 V. Minutmiddelværdien ligger uden for grænserne.",
        "Data flow: Der kommer intet fra måleren.",
        "Data flow: utilgængelig.",
    ),
    "fi": (
        "HAN Port ilmoittaa: Overload. Vaihe: L2. 3,5 A yli pääsulakkeen rajan.",
        "HAN Port ilmoittaa: Undervoltage. Jännite: L1 205,5 V. Minuutin keskiarvo on rajojen ulkopuolella.",
        "Data flow: mittarilta ei tule mitään.",
        "Data flow: ei käytettävissä.",
    ),
}
"""Language -> the messages of an overload, of voltages, of a silent meter and of a connection that is not there."""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_message_says_which_what_and_why_in_the_language_that_was_chosen(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory, language: str
) -> None:
    await watch(hass, language=language, quiet_minutes=0)
    await says(hass, OVERLOAD, "on", **PROBLEM, phase="l2", excess=3.5, seconds=12.5, risk=0.2)
    voltages = {"phases": ["l1"], "values": {"l1": 205.5}, "reason": "mean"}
    await says(hass, PHASE, "on", **PROBLEM | {"friendly_name": "Undervoltage"}, **voltages)
    await says(hass, LINK, "off", **CONNECTION)
    await passes(hass, freezer, 10)
    await says(hass, LINK, "unavailable", **CONNECTION)
    await passes(hass, freezer, 360)
    assert messages(told) == list(LANGUAGES[language])
    assert told[0].data["title"] == "HAN Port: Overload"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_at_a_suspected_neutral_fault_the_message_says_what_to_do_in_the_words_of_the_sensor(
    hass: HomeAssistant, told: list[ServiceCall], language: str
) -> None:
    await watch(hass, language=language)
    fault = {"device_class": "safety", "friendly_name": "Neutral", "reason": "spread", "values": {"l1": 180.0}}
    await says(hass, PHASE, "on", **fault)
    advice = WORDS[language]["entity"]["binary_sensor"]["neutral_fault_suspected"]["state"]["on"].partition(": ")[2]
    assert f" Neutral. {advice[0].upper()}{advice[1:]}. " in messages(told)[0]


def test_a_language_is_chosen_in_one_way_and_has_all_words_of_the_others() -> None:
    found = []
    for text in BLUEPRINTS.values():
        blueprint = Blueprint(text, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA)
        if "language" in blueprint.inputs:
            found.append({key: blueprint.inputs["language"][key] for key in ("default", "selector")})
            texts = text["variables"]["texts"]
            offered = [each["value"] for each in found[-1]["selector"]["select"]["options"]]
            assert list(texts) == offered == list(LANGUAGES)
            assert all(words.keys() == texts["en"].keys() for words in texts.values())
            assert len({tuple(words.get("reasons", {})) for words in texts.values()}) == 1
    assert len(found) == 2
    assert found[0] == found[1]


@pytest.mark.parametrize("reason", BLUEPRINTS["alerts.yaml"]["variables"]["texts"]["en"]["reasons"])
def test_a_reason_that_is_put_into_words_is_one_that_a_voltage_can_have(reason: str) -> None:
    assert f'"{reason}"' in inspect.getsource(voltage)


async def test_all_phases_of_a_message_are_named(hass: HomeAssistant, told: list[ServiceCall]) -> None:
    """With their voltages where these are known."""
    await watch(hass, quiet_minutes=0)
    await says(hass, OVERLOAD, "on", **PROBLEM, phases=["l1", "l3"])
    values = {"values": {"l1": 31.0, "l3": 20.5}, "reason": "below_half"}
    await says(hass, PHASE, "on", **PROBLEM, phases=["l1", "l3"], **values)
    assert messages(told) == [
        "HAN Port reports: Overload. Phase: L1, L3.",
        "HAN Port reports: Overload. Voltage: L1 31.0 V, L3 20.5 V. Less than half the voltage is left.",
    ]


async def test_a_reason_without_words_is_said_as_it_is(hass: HomeAssistant, told: list[ServiceCall]) -> None:
    await watch(hass, language="nb")
    await says(hass, OVERLOAD, "on", **PROBLEM, reason="another")
    assert messages(told) == ["HAN Port melder: Overload. another"]


async def test_attributes_that_are_not_there_are_not_spoken_of(hass: HomeAssistant, told: list[ServiceCall]) -> None:
    await watch(hass)
    await says(hass, OVERLOAD, "on", **PROBLEM, excess=0, phase=None)
    assert messages(told) == ["HAN Port reports: Overload. 0 A above the main fuse."]


@pytest.mark.parametrize("before", ["off", "unavailable", "unknown"])
async def test_a_fault_is_told_wherever_it_comes_from(
    hass: HomeAssistant, told: list[ServiceCall], before: str
) -> None:
    await watch(hass, overload=before)
    await says(hass, OVERLOAD, "on", **PROBLEM)
    assert messages(told) == ["HAN Port reports: Overload."]


@pytest.mark.parametrize("nothing", ["unavailable", "unknown"])
async def test_only_a_connection_is_told_about_when_it_cannot_be_read(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory, nothing: str
) -> None:
    await watch(hass)
    await says(hass, OVERLOAD, nothing, **PROBLEM)
    await says(hass, LINK, nothing, **CONNECTION)
    await passes(hass, freezer, 260)
    assert messages(told) == []
    await passes(hass, freezer, 120)
    assert messages(told) == ["Data flow: unavailable."]
    await passes(hass, freezer, 7200)
    assert len(told) == 1


async def test_a_connection_is_wrong_when_it_is_off_and_right_when_it_is_on(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    await watch(hass, link="unavailable")
    await says(hass, LINK, "on", **CONNECTION)
    await passes(hass, freezer, 600)
    assert messages(told) == []
    await says(hass, LINK, "off", **CONNECTION)
    assert messages(told) == ["Data flow: nothing comes from the meter."]


async def test_one_that_flickers_is_told_again_after_the_quiet_time_only(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    await watch(hass, quiet_minutes=30)
    for _ in range(20):
        await says(hass, OVERLOAD, "on", **PROBLEM)
        await says(hass, OVERLOAD, "off", **PROBLEM)
        await passes(hass, freezer, 60)
    assert len(told) == 1
    await says(hass, OVERLOAD, "on", **PROBLEM)
    await passes(hass, freezer, 500)
    assert len(told) == 1
    await passes(hass, freezer, 160)
    assert len(told) == 2
    await passes(hass, freezer, 7200)
    assert len(told) == 2


async def test_the_quiet_time_of_one_is_not_that_of_another(hass: HomeAssistant, told: list[ServiceCall]) -> None:
    await watch(hass)
    await says(hass, OVERLOAD, "on", **PROBLEM)
    await says(hass, PHASE, "on", **PROBLEM | {"friendly_name": "Phase loss"})
    assert messages(told) == ["HAN Port reports: Overload.", "HAN Port reports: Phase loss."]


async def test_actions_that_wait_do_not_hold_up_the_next_fault(hass: HomeAssistant, told: list[ServiceCall]) -> None:
    await watch(hass, tell=[*TELL, {"delay": {"hours": 1}}])
    hass.states.async_set(OVERLOAD, "on", PROBLEM)
    await settle()
    hass.states.async_set(PHASE, "on", PROBLEM)
    await settle()
    assert len(told) == 2


async def test_actions_that_fail_keep_no_later_fault_from_being_told(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    calls = async_mock_service(hass, "test", "tell", raise_exception=HomeAssistantError("no phone"))
    await watch(hass)
    await says(hass, OVERLOAD, "on", **PROBLEM)
    await says(hass, PHASE, "on", **PROBLEM | {"friendly_name": "Phase loss"})
    await passes(hass, freezer, 600)
    assert messages(calls) == ["HAN Port reports: Overload.", "HAN Port reports: Phase loss."]
    assert "no phone" in caplog.text


async def test_faults_of_one_moment_are_each_told_once(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    await watch(hass)
    hass.states.async_set(PHASE, "on", PROBLEM | {"friendly_name": "Phase loss"})
    hass.states.async_set(LINK, "off", CONNECTION)
    hass.states.async_set(OVERLOAD, "on", PROBLEM)
    await passes(hass, freezer, 300)
    assert sorted(messages(told)) == [
        "Data flow: nothing comes from the meter.",
        "HAN Port reports: Overload.",
        "HAN Port reports: Phase loss.",
    ]


async def test_what_was_told_is_kept_nowhere_but_in_the_automation(
    hass: HomeAssistant, told: list[ServiceCall]
) -> None:
    """No scene, no helper: what it was set up with is all that there is."""
    scenes = async_mock_service(hass, "scene", "create")
    await watch(hass)
    before = set(hass.states.async_entity_ids())
    await says(hass, OVERLOAD, "on", **PROBLEM)
    assert len(told) == 1
    assert scenes == []
    assert set(hass.states.async_entity_ids()) == before


async def test_the_event_of_another_automation_tells_nothing_here(hass: HomeAssistant, told: list[ServiceCall]) -> None:
    await watch(hass)
    other = {"automation": "automation.other", "title": "HAN Port: x", "message": "x"}
    hass.bus.async_fire("han_port_tell", other)
    await settle()
    assert told == []


@pytest.mark.parametrize("skip", [True, False])
async def test_running_it_by_hand_tells_nothing_twice(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory, skip: bool
) -> None:
    await watch(hass)
    await says(hass, OVERLOAD, "on", **PROBLEM)
    data = {"entity_id": "automation.alerts", "skip_condition": skip}
    await hass.services.async_call("automation", "trigger", data)
    await says(hass, PHASE, "on", **PROBLEM | {"friendly_name": "Phase loss"})
    await passes(hass, freezer, 300)
    assert messages(told) == ["HAN Port reports: Overload.", "HAN Port reports: Phase loss."]


async def test_faults_are_told_for_longer_than_a_loop_without_a_count_lasts(
    hass: HomeAssistant, told: list[ServiceCall], freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what was told would be forgotten within a week, and told anew."""
    monkeypatch.setattr(script, "REPEAT_WARN_ITERATIONS", 10)
    monkeypatch.setattr(script, "REPEAT_TERMINATE_ITERATIONS", 20)
    await watch(hass)
    await says(hass, OVERLOAD, "on", **PROBLEM)
    await passes(hass, freezer, 3000)
    assert len(told) == 1


async def test_a_fault_that_is_there_at_the_start_is_told(hass: HomeAssistant, told: list[ServiceCall]) -> None:
    hass.set_state(CoreState.not_running)
    await watch(hass, overload="on")
    assert told == []
    await hass.async_start()
    await settle()
    assert messages(told) == ["HAN Port reports: Overload."]


def test_no_template_makes_a_number_of_what_was_not_looked_at() -> None:
    """`states(...) | float` stands only beside `is_number`, in each template of each blueprint."""
    found = 0
    for text in TEXTS:
        for template in re.findall(r'"\{\{.*?\}\}"|> *\n(?:(?: {4,}.*)?\n)+', text):
            if re.search(r"states\(\w+\) \| float|power \| float|said \| float", template):
                found += 1
                assert "is_number" in template
    assert found >= 4
