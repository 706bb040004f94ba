"""What only the user can decide: asked once, done when he confirms, and taken back when it settles itself."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from http import HTTPStatus
import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, flush_store
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components import han_port
from custom_components.han_port.analysis.freshness import LIVE_FOR
from custom_components.han_port.analysis.health import Health
from custom_components.han_port.analysis.symptoms import NO_DATA_AFTER, Symptom
from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Quantity
from custom_components.han_port.meter import issues
from tests.captures import load
from tests.decoder.wrapping import with_checksum
from tests.support.clock import Clock, look
from tests.support.flows import options_form
from tests.support.frames import AIDON_1, AIDON_2, AIDON_3, ENCRYPTED
from tests.support.homes import MakeEntry, set_up, state, until
from tests.support.links import link_to
from tests.support.meters import PtyMeter, SpeakingMeter
from tools.simulator.hdlc import frame

KAIFA_3 = load("kaifa_no_l3_3p")
EN = json.loads((Path(han_port.__file__).parent / "translations" / "en.json").read_text())["issues"]


@pytest.fixture
async def entry(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, clock: Clock
) -> AsyncGenerator[MockConfigEntry]:
    """An entry that reads an Aidon."""
    clock.stop()
    made = make_entry(meter.url)
    await set_up(hass, made)
    meter.say(AIDON_3)
    await until(lambda: state(hass, made, "energy_import") == "12345.67")
    yield made
    await hass.config_entries.async_unload(made.entry_id)


def telegram(kilowatt_hours: float) -> bytes:
    """Make a Swedish telegram, which does not say whose it is."""
    text = f"/KAM5\r\n\r\n1-0:1.8.0({kilowatt_hours:012.3f}*kWh)\r\n1-0:1.7.0(0001.870*kW)\r\n!".encode()
    return with_checksum(text)


def issue(hass: HomeAssistant, entry: MockConfigEntry, doubt: str) -> ir.IssueEntry | None:
    """Return a repair of an entry."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{doubt}_{entry.entry_id}")


async def confirm(hass: HomeAssistant, client: ClientSessionGenerator, raised: ir.IssueEntry | None) -> dict[str, Any]:
    """Do what the user does: open the repair, read it, confirm it; return what it came to."""
    assert raised
    texts = EN[raised.translation_key]
    told = texts["fix_flow"]["step"]["confirm"]
    for text in (texts["title"], told["title"], told["description"]):
        assert text.format_map(raised.translation_placeholders or {})
    assert await async_setup_component(hass, "repairs", {})
    http = await client()
    begun = await http.post("/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": raised.issue_id})
    assert begun.status == HTTPStatus.OK
    form = await begun.json()
    assert (form["type"], form["step_id"]) == ("form", "confirm")
    done = await http.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})
    assert done.status == HTTPStatus.OK
    result: dict[str, Any] = await done.json()
    if result["type"] == "abort":
        assert result["reason"] in texts["fix_flow"]["abort"]
    await hass.async_block_till_done()
    return result


async def test_a_replaced_meter_keeps_entities_and_history_once_the_user_confirms(
    hass: HomeAssistant, meter: SpeakingMeter, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """Until then only the power of the house is. Its register begins lower, and that is no backward step then."""
    ids = {one.entity_id for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)}
    meter.say(KAIFA_3)
    await until(lambda: issue(hass, entry, "another_meter"))
    raised = issue(hass, entry, "another_meter")
    assert raised
    assert raised.translation_placeholders == {
        "name": "Meter",
        "old": "7359990000000017",
        "new": "6970631400000017",
    }
    assert state(hass, entry, "power") == "3105.0"
    assert state(hass, entry, "energy_import") == "12345.67"
    assert (await confirm(hass, hass_client, raised))["type"] == "create_entry"
    assert issue(hass, entry, "another_meter") is None
    assert entry.unique_id == "6970631400000017"
    await until(lambda: meter.connections >= 2)
    meter.say(KAIFA_3)
    await until(lambda: entry.runtime_data.meter.value(Quantity.ENERGY_IMPORT, hass.loop.time()) == 12345678.0)
    assert state(hass, entry, "energy_import") == "12345.67", "the total goes on from the old meter's"
    assert entry.data["model"] == "MA304H3E"
    assert ids <= {one.entity_id for one in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)}


async def test_the_numbers_of_two_meters_are_shown_as_they_are_and_not_as_markdown(
    hass: HomeAssistant, meter: SpeakingMeter, entry: MockConfigEntry
) -> None:
    """What repairs need of the number stays as it came."""
    text = b"/KAM5\r\n\r\n0-0:96.1.0([9]_<9>_)\r\n1-0:1.7.0(0001.870*kW)\r\n!"
    meter.say(with_checksum(text))
    await until(lambda: issue(hass, entry, "another_meter"))
    raised = issue(hass, entry, "another_meter")
    assert raised
    assert raised.translation_placeholders
    assert raised.translation_placeholders["new"] == r"\[9\]\_\<9\>\_"
    assert raised.data
    assert raised.data["serial"] == "[9]_<9>_"


async def test_a_swapped_cable_that_is_put_right_takes_its_repair_back(
    hass: HomeAssistant, meter: SpeakingMeter, entry: MockConfigEntry
) -> None:
    """The own meter speaks again."""
    meter.say(KAIFA_3)
    await until(lambda: issue(hass, entry, "another_meter"))
    meter.say(AIDON_2)
    await until(lambda: issue(hass, entry, "another_meter") is None)
    assert state(hass, entry, "power") == "3210.0"


async def test_a_meter_that_another_entry_reads_is_not_taken_over(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    entry: MockConfigEntry,
    make_entry: MakeEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """Two cables were swapped. Nothing is changed."""
    make_entry("socket://127.0.0.1:1", unique_id="6970631400000017")
    meter.say(KAIFA_3)
    await until(lambda: issue(hass, entry, "another_meter"))
    result = await confirm(hass, hass_client, issue(hass, entry, "another_meter"))
    assert (result["type"], result["reason"]) == ("abort", "already_configured")
    assert entry.unique_id == "7359990000000017"


async def test_registers_that_stay_lower_are_shown_once_the_user_confirms(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, hass_client: ClientSessionGenerator, clock: Clock
) -> None:
    """A Swedish telegram has no number, so only its totals tell that the meter was replaced."""
    clock.stop()
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(telegram(12345.678))
    await until(lambda: state(hass, entry, "energy_import") == "12345.678")
    meter.say(telegram(0.5), telegram(0.6))
    await until(lambda: entry.runtime_data.readings >= 3)
    assert issue(hass, entry, "registers_fell") is None
    meter.say(telegram(0.7))
    await until(lambda: issue(hass, entry, "registers_fell"))
    assert state(hass, entry, "energy_import") == "12345.678"
    assert (await confirm(hass, hass_client, issue(hass, entry, "registers_fell")))["type"] == "create_entry"
    await until(lambda: meter.connections >= 2)
    meter.say(telegram(0.8), telegram(1.8))
    await until(lambda: state(hass, entry, "energy_import") == "12346.678")
    assert entry.runtime_data.meter.value(Quantity.ENERGY_IMPORT, hass.loop.time()) == 1800.0
    await hass.config_entries.async_unload(entry.entry_id)


async def test_registers_that_are_more_again_take_their_repair_back(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Nobody needs to decide anything then."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(telegram(100.0), *(telegram(99.0),) * 3)
    await until(lambda: issue(hass, entry, "registers_fell"))
    meter.say(telegram(100.1))
    await until(lambda: issue(hass, entry, "registers_fell") is None)
    assert state(hass, entry, "energy_import") == "100.1"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_repair_of_an_entry_that_is_not_loaded_changes_nothing(
    hass: HomeAssistant, meter: SpeakingMeter, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """Its repairs go with it; one whose dialog is open already says so."""
    meter.say(KAIFA_3)
    await until(lambda: issue(hass, entry, "another_meter"))
    assert await async_setup_component(hass, "repairs", {})
    http = await hass_client()
    raised = issue(hass, entry, "another_meter")
    assert raised
    form = await (
        await http.post("/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": raised.issue_id})
    ).json()
    await hass.config_entries.async_unload(entry.entry_id)
    assert issue(hass, entry, "another_meter") is None
    result = await (await http.post(f"/api/repairs/issues/fix/{form['flow_id']}", json={})).json()
    assert (result["type"], result["reason"]) == ("abort", "not_loaded")
    assert entry.unique_id == "7359990000000017"


async def test_currents_that_contradict_the_power_are_corrected_by_the_user_alone(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, hass_client: ClientSessionGenerator, clock: Clock
) -> None:
    """The factor is proposed once. What was shown stays, what comes is multiplied, and 1 takes it back."""
    clock.stop()
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    coordinator = entry.runtime_data
    meter.say(AIDON_3)
    await until(lambda: state(hass, entry, "current_l1") == "4.7")
    now = hass.loop.time()
    contradicted = {**coordinator.data, Quantity.CURRENT_L1: 0.5, Quantity.CURRENT_L2: 0.5, Quantity.CURRENT_L3: 0.9}
    for number in range(70):
        meter_of = coordinator.meter
        meter_of.issues.check_scale(
            contradicted, meter_of.corrections, meter_of.ratios, now + 10 * number
        )  # ten minutes of a meter's readings
    raised = issue(hass, entry, "current_scale")
    assert raised
    assert raised.translation_placeholders == {"name": "Meter", "factor": "10"}
    assert state(hass, entry, "current_l1") == "4.7"
    assert (await confirm(hass, hass_client, raised))["type"] == "create_entry"
    assert entry.options["current_factor"] == "10"
    await until(lambda: meter.connections >= 2)
    assert state(hass, entry, "current_l1") == "unavailable", "what was heard before was not multiplied"
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "current_l1") == "47.0")
    assert state(hass, entry, "energy_import") == "12345.67"

    form = await options_form(hass, entry, "meter")
    answer = {
        **{key: entry.options[key] for key in ("maker", "ct_ratio", "vt_ratio", "update_interval")},
        "current_factor": "1",
    }
    await hass.config_entries.options.async_configure(form["flow_id"], answer)
    await until(lambda: meter.connections >= 3)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "current_l1") == "4.7")
    await hass.config_entries.async_unload(entry.entry_id)


# --- what tells the user where to look -----------------------------------------------------------------------------


async def told(hass: HomeAssistant, entry: MockConfigEntry, doubt: str) -> dict[str, str] | None:
    """Return the texts of a repair that is not to be confirmed, or None if there is none."""
    if not (raised := issue(hass, entry, doubt)):
        return None
    assert not raised.is_fixable
    for text in (EN[doubt]["title"], EN[doubt]["description"]):
        assert text.format_map(raised.translation_placeholders or {})
    assert raised.translation_placeholders
    return raised.translation_placeholders


async def test_a_voltage_ratio_at_the_mains_is_told_until_it_is_1(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """It was saved while the meter was silent, or by an older version."""
    made = make_entry(meter.url, options={"vt_ratio": "22000:110"})
    await set_up(hass, made)
    meter.say(AIDON_2)
    await until(lambda: issue(hass, made, "no_voltage_transformer"))
    assert await told(hass, made, "no_voltage_transformer") == {"name": "Meter", "voltage": "231", "factor": "200"}
    hass.config_entries.async_update_entry(made, options={**made.options, "vt_ratio": "1"})
    assert await hass.config_entries.async_reload(made.entry_id)
    assert issue(hass, made, "no_voltage_transformer") is None
    await hass.config_entries.async_unload(made.entry_id)


@pytest.mark.parametrize("symptom", Symptom)
def test_each_symptom_has_its_repair(symptom: Symptom) -> None:
    assert issues.Issue(symptom.value)
    assert symptom.value in EN


async def test_ten_minutes_without_a_message_are_told_until_one_comes(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Silence has many causes, so the text names them."""
    watched, health, now = entry.runtime_data.meter.issues, entry.runtime_data.feed.health, hass.loop.time()
    watched.look(health, now + NO_DATA_AFTER - 1, now + NO_DATA_AFTER - 1)
    assert await told(hass, entry, "no_data") is None
    watched.look(health, now + NO_DATA_AFTER + 1, now + NO_DATA_AFTER + 1)
    assert await told(hass, entry, "no_data") == {"name": "Meter"}
    health.update(now + 700, good=True)
    watched.look(health, now + 700, now + 700)
    assert await told(hass, entry, "no_data") is None


async def test_ten_minutes_of_whole_messages_that_tell_nothing_are_told_until_one_does(
    hass: HomeAssistant, entry: MockConfigEntry, meter: SpeakingMeter
) -> None:
    """A meter with new software may say another list. Else its values would be gone and nobody would know why."""
    coordinator = entry.runtime_data
    unknown = frame(b"\xe6\xe7\x00\x0f\x40\x00\x00\x00\x00\x02\x01\x06\x00\x00\x00\x07", bytes.fromhex("410883"))
    for age, is_told in ((NO_DATA_AFTER - 1, False), (NO_DATA_AFTER + 1, True)):
        coordinator._read_at = hass.loop.time() - age
        before = sum(coordinator.rejections.values())
        meter.say(unknown)
        await until(lambda before=before: sum(coordinator.rejections.values()) >= before + 1)
        look(hass)
        await hass.async_block_till_done()
        assert await told(hass, entry, "not_understood") == ({"name": "Meter"} if is_told else None)
    meter.say(ENCRYPTED)
    await until(lambda: coordinator.key_error)
    look(hass)
    await hass.async_block_till_done()
    assert await told(hass, entry, "not_understood") is None, "it may tell something: a key is missing, and asked for"
    coordinator._read_at = hass.loop.time() - NO_DATA_AFTER - 1
    coordinator.feed.health.whole_at -= LIVE_FOR
    look(hass)
    await hass.async_block_till_done()
    assert await told(hass, entry, "not_understood") is None, "it is silent, or damaged"


async def test_many_damaged_messages_are_told_until_they_are_few(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """From ten per cent, down to five: else it would come and go with every message."""
    watched, health, now = entry.runtime_data.meter.issues, Health(0.0), 0.0

    def hear(good: int, bad: int) -> None:
        nonlocal now
        for number in range(good + bad):
            now += 5.0
            health.update(now, good=number >= bad)
        watched.look(health, now, now)

    hear(90, 10)
    assert await told(hass, entry, "damaged") is None
    hear(0, 5)
    assert await told(hass, entry, "damaged") == {"name": "Meter", "rate": "14"}
    hear(60, 0)
    assert await told(hass, entry, "damaged")
    hear(180, 0)
    assert await told(hass, entry, "damaged") is None


async def test_a_reader_that_changes_bytes_is_told_instead_of_damage(
    hass: HomeAssistant, entry: MockConfigEntry, meter: SpeakingMeter
) -> None:
    """Its short lists get through, so the line is found; cable, supply and parity would be blamed for the others."""
    coordinator, changed = entry.runtime_data, AIDON_2.replace(b"\n", b"\r\n")
    for number in range(1, 21):
        meter.say(changed + AIDON_1)
        await until(lambda number=number: coordinator.rejections["FrameError"] == number)
    look(hass)
    await hass.async_block_till_done()
    assert await told(hass, entry, "rewritten") == {"name": "Meter"}
    assert await told(hass, entry, "damaged") is None
    watched, health, now = coordinator.meter.issues, coordinator.feed.health, hass.loop.time()
    health.update(now + 16 * 60, good=True)
    watched.look(health, now + 16 * 60, now + 16 * 60)
    assert await told(hass, entry, "rewritten") is None


async def test_a_meter_that_comes_and_goes_is_told_until_it_stays(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Three silences that take more than a tenth of an hour: a reader without enough power."""
    watched, health = entry.runtime_data.meter.issues, Health(0.0)
    for now in (150.0, 300.0, 310.0):
        health.update(now, good=True)
    watched.look(health, 310.0, 310.0)
    assert await told(hass, entry, "intermittent") is None
    health.update(460.0, good=True)
    watched.look(health, 460.0, 460.0)
    assert await told(hass, entry, "intermittent") == {"name": "Meter", "silences": "3", "share": "12"}
    watched.look(health, 460.0 + 3600.0, 460.0 + 3600.0)
    assert await told(hass, entry, "intermittent") is None


async def test_a_clock_that_is_off_is_told_once_it_has_been_so_three_times(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A single old list is a repeated one, and no wrong clock."""
    watched, health, now = entry.runtime_data.meter.issues, entry.runtime_data.feed.health, hass.loop.time()
    for minutes in (-60, 0, -7, -7, -7):
        assert await told(hass, entry, "clock_off") is None
        watched.check_clock(timedelta(minutes=minutes))
        watched.look(health, now, now)
    assert await told(hass, entry, "clock_off") == {"name": "Meter", "minutes": "-7"}
    watched.check_clock(timedelta(minutes=4))
    watched.look(health, now, now)
    assert await told(hass, entry, "clock_off") is None


async def test_an_entry_that_is_disabled_while_its_port_is_held_tells_no_more_of_it(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """It was not loaded, so nothing of it is unloaded."""
    entry = make_entry(pty_meter.url)
    other = link_to(pty_meter.url)
    await other.open()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert not await hass.config_entries.async_reload(entry.entry_id)
    assert issue(hass, entry, "port_held"), "it is tried again"
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await other.close()
    assert issue(hass, entry, "port_held") is None


async def restarted(hass: HomeAssistant) -> None:
    """Let the repairs be as they are after a restart: none is shown, and which were ignored is known."""
    registry = ir.async_get(hass)
    await flush_store(registry._store)
    await registry._async_load()
    assert not any(raised.active for raised in registry.issues.values())


async def test_what_is_still_so_after_a_restart_is_told_again(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    entry = make_entry(pty_meter.url)
    issues.Issues(hass, entry.entry_id, entry.title).raise_(issues.Issue.PORT_HELD, error="busy")
    await restarted(hass)
    other = link_to(pty_meter.url)
    await other.open()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await other.close()
    raised = issue(hass, entry, "port_held")
    assert raised
    assert raised.active


async def test_what_the_user_has_ignored_stays_so_over_a_restart(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """The clock of a meter that is off he cannot set."""
    entry = make_entry(meter.url)
    issues.Issues(hass, entry.entry_id, entry.title).raise_(issues.Issue.CLOCK_OFF, minutes="+7")
    ir.async_get(hass).async_ignore(DOMAIN, f"clock_off_{entry.entry_id}", ignore=True)
    await restarted(hass)
    await set_up(hass, entry)
    watched, health, now = entry.runtime_data.meter.issues, entry.runtime_data.feed.health, hass.loop.time()
    watched.look(health, now, now)
    for _ in range(3):
        watched.check_clock(timedelta(minutes=7))
    watched.look(health, now, now)
    raised = issue(hass, entry, "clock_off")
    assert raised
    assert raised.active
    assert raised.dismissed_version
    await hass.config_entries.async_unload(entry.entry_id)


async def test_what_the_user_has_ignored_stays_so_when_an_option_is_changed(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """The entry is then loaded anew; and with the entry it goes."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)

    def check(minutes: int) -> ir.IssueEntry | None:
        watched, health, now = entry.runtime_data.meter.issues, entry.runtime_data.feed.health, hass.loop.time()
        for _ in range(3):
            watched.check_clock(timedelta(minutes=minutes))
        watched.look(health, now, now)
        return issue(hass, entry, "clock_off")

    raised = check(7)
    assert raised
    ir.async_get(hass).async_ignore(DOMAIN, raised.issue_id, ignore=True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    look(hass)
    await hass.async_block_till_done()
    raised = check(7)
    assert raised
    assert raised.dismissed_version
    assert check(0) is None, "it has settled itself, so it may be told once more"
    assert check(7)
    ir.async_get(hass).async_ignore(DOMAIN, raised.issue_id, ignore=True)
    await hass.config_entries.async_remove(entry.entry_id)
    assert issue(hass, entry, "clock_off") is None


async def test_a_port_that_another_program_holds_is_told_until_it_is_free(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """Each attempt to open it is a new one; the repair is the same, and goes with the entry."""
    entry = make_entry(pty_meter.url)
    other = link_to(pty_meter.url)
    await other.open()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert (await told(hass, entry, "port_held") or {}).get("name") == "Meter"
    await other.close()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await told(hass, entry, "port_held") is None
    entry.runtime_data.meter.issues.raise_(issues.Issue.PORT_HELD, error="busy")
    await hass.config_entries.async_remove(entry.entry_id)
    assert await told(hass, entry, "port_held") is None
