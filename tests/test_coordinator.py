"""What becomes of readings: latest values, stale ones, damaged ones, other meters', and the hour's energy."""

import asyncio
from datetime import UTC, datetime, timedelta
import logging

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port import coordinator as coordinator_module
from custom_components.han_port.analysis.freshness import LIVE_FOR, REGISTER_FOR
from custom_components.han_port.analysis.hour import FinishedHour
from custom_components.han_port.coordinator import HanPortCoordinator
from custom_components.han_port.decoder import Quantity
from custom_components.han_port.sources.feed import Waits
from tests.captures import load
from tests.decoder.wrapping import with_checksum
from tests.support.clock import Clock, age, look
from tests.support.flows import reconfigure
from tests.support.frames import AIDON_1, AIDON_2, AIDON_3, ENCRYPTED, hourly, reframed
from tests.support.homes import MakeEntry, entity, set_up, state, until
from tests.support.meters import PtyMeter, SpeakingMeter


async def test_the_short_list_changes_the_power_and_nothing_else(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry
) -> None:
    """It comes every 2.5 s; what it does not carry stays as the long list left it."""
    meter.say(AIDON_1)
    await until(lambda: state(hass, aidon, "power") == "2148.0")
    assert state(hass, aidon, "power_import") == "2148.0"
    assert state(hass, aidon, "voltage_l1") == "230.1"


async def test_the_signed_power_is_negative_when_the_house_exports(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry
) -> None:
    """Import minus export, as the energy dashboard wants it; an import in a newer short list ends the export."""
    power_import, power_export = b"\x06\x00\x00\x0c\x8a", b"\x01\x00\x02\x07\x00\xff\x06\x00\x00\x00\x00"
    meter.say(
        reframed(AIDON_2, (power_import, b"\x06" + bytes(4)), (power_export, power_export[:-4] + (1234).to_bytes(4)))
    )
    await until(lambda: state(hass, aidon, "power") == "-1234.0")
    assert state(hass, aidon, "power_import") == "0.0"
    assert state(hass, aidon, "power_export") == "1234.0"
    meter.say(AIDON_1)
    await until(lambda: state(hass, aidon, "power") == "2148.0")


async def test_a_damaged_frame_changes_nothing_and_is_kept(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry
) -> None:
    """Amshan shows 268 MW here. We count it, keep its bytes, and read the next."""
    coordinator: HanPortCoordinator = aidon.runtime_data
    damaged = bytearray(AIDON_1)
    damaged[31] ^= 0x10  # the power's highest byte: 268 MW if it were believed
    meter.say(bytes(damaged), AIDON_2)
    await until(lambda: coordinator.readings >= 2)
    assert coordinator.rejections == {"FrameError": 1}
    assert coordinator.feed.rejected[0].raw.startswith(bytes(damaged[:-1]))
    assert state(hass, aidon, "power") == "3210.0"


async def test_momentary_values_become_unavailable_and_come_back(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """A value that is not heard again is not known any more. Loss and recovery are told once each."""
    caplog.set_level(logging.INFO, "custom_components.han_port")
    age(aidon.runtime_data, LIVE_FOR - 5)
    look(hass)
    await hass.async_block_till_done()
    assert state(hass, aidon, "power") == "3210.0"
    age(aidon.runtime_data, 6)
    for _ in range(3):
        look(hass)
        await hass.async_block_till_done()
    assert state(hass, aidon, "power") == "unavailable"
    assert state(hass, aidon, "voltage_l1") == "unavailable"
    assert state(hass, aidon, "meter_number") == "7359990000000017"
    assert caplog.text.count("nothing has been read for a while") == 1
    meter.say(AIDON_2)
    await until(lambda: state(hass, aidon, "power") == "3210.0")
    assert caplog.text.count("is sending again") == 1


async def test_registers_outlive_a_lost_hour_and_no_more(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, clock: Clock
) -> None:
    """They come hourly; one list may be lost before they are called stale."""
    clock.stop()
    meter.say(AIDON_3)
    await until(lambda: state(hass, aidon, "energy_import") == "12345.67")
    age(aidon.runtime_data, REGISTER_FOR - 60)
    look(hass)
    await hass.async_block_till_done()
    assert state(hass, aidon, "power") == "unavailable"
    assert state(hass, aidon, "energy_import") == "12345.67"
    age(aidon.runtime_data, 120)
    look(hass)
    await hass.async_block_till_done()
    assert state(hass, aidon, "energy_import") == "unavailable"


async def test_a_total_goes_on_by_power_however_many_registers_are_lost(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, clock: Clock
) -> None:
    """Were it unavailable until the next register, what it took meanwhile would be booked on that register's hour."""
    clock.stop()
    meter.say(AIDON_3)
    await until(lambda: state(hass, aidon, "energy_import") == "12345.67")
    age(aidon.runtime_data, REGISTER_FOR + 60)
    meter.say(AIDON_2)
    await until(lambda: aidon.runtime_data.readings >= 3)
    look(hass)
    await hass.async_block_till_done()
    assert state(hass, aidon, "power") == "3210.0"
    assert float(state(hass, aidon, "energy_import")) == pytest.approx(12345.67, abs=0.01)
    assert state(hass, aidon, "energy_import_last_hour") == "unknown"


async def test_energy_never_goes_backwards(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, clock: Clock
) -> None:
    """A lower register would be taken for a new meter and counted again from zero."""
    clock.stop()
    meter.say(hourly(14, 1234567), hourly(15, 1234000), hourly(16, 1234600))
    coordinator: HanPortCoordinator = aidon.runtime_data
    await until(lambda: coordinator.readings >= 4)
    assert coordinator.rejections == {"stepped_back": 1}
    assert state(hass, aidon, "energy_import") == "12346.0"


async def test_the_hours_energy_is_the_difference_of_two_registers(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, clock: Clock
) -> None:
    """Dated by the meter's clock, which for an Aidon is UTC+1 whatever it says of its deviation."""
    clock.is_at(14)
    meter.say(hourly(14, 1234567))
    await until(lambda: state(hass, aidon, "energy_import") == "12345.67")
    assert state(hass, aidon, "energy_import_last_hour") == "unknown"
    clock.is_at(15)
    meter.say(hourly(15, 1234667))
    await until(lambda: state(hass, aidon, "energy_import_last_hour") == "1.0")
    shown = hass.states.get(entity(hass, aidon, "energy_import_last_hour"))
    assert shown.attributes["last_reset"] == "2026-01-15T13:00:00+00:00"
    assert (shown.attributes["source"], shown.attributes["end"]) == ("register", datetime(2026, 1, 15, 14, tzinfo=UTC))


async def test_a_repeated_hour_is_not_counted_twice(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, clock: Clock
) -> None:
    """Some Aidon meters send the list of the hour before once more, clock and all; the next register then holds two.

    Whoever dates by arrival books two hours on one, and that false peak stands until the end of the month.
    """
    coordinator: HanPortCoordinator = aidon.runtime_data
    said = ((14, 14, 1000000), (15, 15, 1000200), (16, 15, 1000200), (17, 17, 1001000), (18, 18, 1001100))
    for count, (arrival, hour, register) in enumerate(said, start=2):
        clock.is_at(arrival)
        meter.say(hourly(hour, register))
        await until(lambda count=count: coordinator.readings >= count)
    told = [
        (hour.start.hour, round(hour.energy[Quantity.ENERGY_IMPORT], 6), hour.origin) for hour in finished(coordinator)
    ]
    assert told == [(13, 2000.0, "register"), (14, 4000.0, "mixed"), (15, 4000.0, "mixed"), (16, 1000.0, "register")]


async def test_the_last_hour_survives_a_restart(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, clock: Clock
) -> None:
    """The next hour's energy needs the stand from before the restart."""
    clock.is_at(14)
    meter.say(hourly(14, 1234567))
    await until(lambda: aidon.runtime_data.meter.state.hours.snapshot)
    meter.connected.clear()
    assert await hass.config_entries.async_reload(aidon.entry_id)
    await meter.connected.wait()
    clock.is_at(15)
    meter.say(hourly(15, 1234767))
    await until(lambda: state(hass, aidon, "energy_import_last_hour") == "2.0")
    assert await hass.config_entries.async_reload(aidon.entry_id)
    await hass.async_block_till_done()
    assert state(hass, aidon, "energy_import_last_hour") == "2.0"


def finished(coordinator: HanPortCoordinator) -> list[FinishedHour]:
    """Return the finished hours, the oldest first."""
    return [*coordinator.meter.state.hours.finished.values()]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("kaifa_no_l3_3p", "2026-01-15T13:00:00+00:00"),
        ("kamstrup_no_l2", "2026-01-15T13:00:00+00:00"),
    ],
)
async def test_each_makers_hourly_list_belongs_to_the_hour_of_its_clock(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    name: str,
    start: str,
    clock: Clock,
) -> None:
    """Kaifa's comes 10 s after the hour, Kamstrup's 5 s; both are the stand at the hour."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    clock.is_at(14)
    meter.say(load(name))
    await until(lambda: entry.runtime_data.meter.state.hours.snapshot)
    assert entry.runtime_data.meter.state.hours.snapshot.at == datetime.fromisoformat(start)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_of_another_meter_on_the_line_only_what_is_the_houses_is_shown(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """Of its long list and of its short one, which does not say whose it is: the power, and no register or number."""
    meter.say(load("kaifa_no_l2_3p"), load("kaifa_no_l1"), load("kaifa_no_l2_3p"), load("kaifa_no_l1"))
    await until(lambda: "another meter is on this line" in caplog.text)
    assert caplog.text.count("another meter is on this line") == 1
    await until(lambda: state(hass, aidon, "power") == "3059.0")
    assert Quantity.ENERGY_IMPORT not in aidon.runtime_data.data
    assert aidon.data["serial_number"] == "7359990000000017"
    assert aidon.data["model"] == "6534"
    meter.say(AIDON_2, AIDON_1)
    await until(lambda: state(hass, aidon, "power") == "2148.0")


async def test_an_unmeasured_phase_has_no_entity_and_no_zero(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Kaifa's MA304H3E sends 0 V for the phase it does not measure, but a current that it works out itself."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(load("kaifa_no_l2_it"))
    await until(lambda: state(hass, entry, "voltage_l1") == "230.1")
    assert entity(hass, entry, "voltage_l2") is None
    assert state(hass, entry, "current_l2") == "3.812"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_phase_that_was_there_and_fails_shows_zero(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry
) -> None:
    """The same zero as above, and here it is the truth: somebody should look at the fuse."""
    meter.say(reframed(AIDON_2, (b"\x12\x09\x08", b"\x12\x00\x00")))
    await until(lambda: state(hass, aidon, "voltage_l2") == "0.0")


async def test_ratios_multiply_each_quantity_as_they_must(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, clock: Clock
) -> None:
    """Currents by the current's ratio, voltages by the voltage's, power and energy by both."""
    clock.stop()
    entry = make_entry(meter.url, options={"ct_ratio": "100:5", "vt_ratio": "2"})
    await set_up(hass, entry)
    meter.say(AIDON_3)
    await until(lambda: state(hass, entry, "current_l1") == "94.0")
    assert state(hass, entry, "voltage_l1") == "460.2"
    assert state(hass, entry, "power") == "128400.0"
    assert state(hass, entry, "energy_import") == "493826.8"
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_connection_that_is_reset_is_made_again(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """A reader that starts anew breaks the connection; nobody should have to restart Home Assistant for it."""
    caplog.set_level(logging.INFO, "custom_components.han_port")
    aidon.runtime_data.feed.source.backoff = 0.01
    meter.connected.clear()
    meter.hang_up()
    await meter.connected.wait()
    meter.say(AIDON_1)
    await until(lambda: state(hass, aidon, "power") == "2148.0")
    assert caplog.text.count("the line is lost") == 1
    assert caplog.text.count("the line is open again") == 1


async def test_a_meter_that_goes_away_and_comes_back_is_read_again(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused while it is away, again and again, and welcome when it is back."""
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(max_backoff=0.02))
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    entry.runtime_data.feed.source.backoff = 0.01
    await meter.go_away()
    await until(lambda: not entry.runtime_data.feed.source.connected)
    await asyncio.sleep(0.1)
    meter.connected.clear()
    await meter.start()
    await meter.connected.wait()
    meter.say(AIDON_1)
    await until(lambda: state(hass, entry, "power") == "2148.0")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_line_that_falls_silent_is_opened_anew(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that lost its power says no goodbye: its connection looks open for ever."""
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(silence=0.3, min_backoff=0.01))
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_1)
    await until(lambda: state(hass, entry, "power") == "2148.0")
    assert meter.connections == 1
    await until(lambda: meter.connections >= 2)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") == "3210.0")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_reader_that_is_unplugged_and_plugged_in_again_is_read_again(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes back as another device behind the same name."""
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(max_backoff=0.02))
    entry = make_entry(pty_meter.url, options={"serial_settings": "2400 8E1"})
    await set_up(hass, entry)
    entry.runtime_data.feed.source.backoff = 0.01
    pty_meter.unplug()
    await until(lambda: not entry.runtime_data.feed.source.connected)
    pty_meter.plug_in()
    await until(lambda: entry.runtime_data.feed.source.connected)
    pty_meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") == "3210.0")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_half_a_frame_does_not_outlive_its_line(
    hass: HomeAssistant, meter: SpeakingMeter, aidon: MockConfigEntry
) -> None:
    """What the next connection brings is not its rest."""
    coordinator: HanPortCoordinator = aidon.runtime_data
    coordinator.feed.source.backoff = 0.01
    meter.say(AIDON_3[:200])
    await until(lambda: coordinator.feed.decoder.pending == 200)
    meter.connected.clear()
    meter.hang_up()
    await meter.connected.wait()
    assert coordinator.feed.decoder.pending == 0
    assert coordinator.feed.rejected[0].raw == AIDON_3[:200]
    meter.say(AIDON_1)
    await until(lambda: state(hass, aidon, "power") == "2148.0")


async def test_a_meter_without_a_number_keeps_none_when_another_entry_has_it(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Two entries of one id would be an error of Home Assistant; both go on and show what they hear."""
    make_entry("socket://192.0.2.1:1", unique_id="7359990000000017")
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") == "3210.0")
    assert entry.unique_id is None
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_running_clock_shows_which_dialect_the_meter_speaks(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """A Kamstrup that shows civil time in summer, against what is known of it, is believed: its clock runs.

    The list says half past, in the dialect of civil time, just when it comes; the registers are dated alike.
    """
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    coordinator: HanPortCoordinator = entry.runtime_data
    local = dt_util.now().replace(tzinfo=None)
    now = local.year.to_bytes(2) + bytes((local.month, local.day, local.isoweekday(), local.hour, local.minute))
    then = bytes.fromhex("07EA010F040E000A")
    meter.say(reframed(load("kamstrup_no_l1"), (then, now + bytes((local.second,)))))
    await until(lambda: coordinator.readings >= 1)
    assert coordinator.meter._dialect is not None
    meter.say(load("kamstrup_no_l1"))  # a clock that is months off fits none
    await until(lambda: coordinator.readings >= 2)
    assert coordinator.meter._dialect is None
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_serial_line_that_speaks_another_way_than_before_is_tried_with_other_settings(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """Bytes come and no message for half a minute: the grid company may have changed the port from DLMS to P1."""
    entry = make_entry(pty_meter.url)
    await set_up(hass, entry)
    coordinator: HanPortCoordinator = entry.runtime_data
    pty_meter.say(AIDON_2)
    await until(lambda: coordinator.readings >= 1)
    assert coordinator.feed.source.settled
    age(coordinator, LIVE_FOR + 1)
    pty_meter.say(b"rubbish")
    await until(lambda: coordinator.feed.source.bytes_received > len(AIDON_2))
    look(hass)
    await hass.async_block_till_done()
    assert not coordinator.feed.source.settled
    coordinator.feed.source.settle()
    coordinator.feed.source.last_received = coordinator.now().loop - LIVE_FOR - 1
    look(hass)
    await hass.async_block_till_done()
    assert coordinator.feed.source.settled, "a silent line tells nothing about its settings"
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("unloaded_at_the_end")
async def test_a_line_that_is_understood_is_not_tried_with_other_settings(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """A meter without its key: its values are not shown, and its settings are right."""
    entry = make_entry(pty_meter.url)
    await set_up(hass, entry)
    coordinator = entry.runtime_data
    pty_meter.say(AIDON_2)
    await until(lambda: coordinator.readings >= 1)
    age(coordinator, LIVE_FOR + 1)
    pty_meter.say(ENCRYPTED)
    before = coordinator.feed.source.bytes_received
    await until(lambda: coordinator.feed.source.bytes_received >= before + len(ENCRYPTED))
    look(hass)
    await hass.async_block_till_done()
    assert not coordinator.last_update_success
    assert coordinator.feed.source.settled


async def test_a_clock_beside_registers_that_come_with_every_list_shows_its_dialect_too(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """A Swedish Aidon keeps standard time in summer and does not say so: only its running clock tells."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    coordinator: HanPortCoordinator = entry.runtime_data
    local = dt_util.now().replace(tzinfo=None)
    if not local.minute:
        local += timedelta(minutes=2)  # at the full hour it could be an hourly list's clock, which may be an old one
    now = local.year.to_bytes(2) + bytes((local.month, local.day, 0xFF, local.hour, local.minute, local.second))
    then = bytes.fromhex("07EA010F040E000A")
    meter.say(reframed(load("aidon_se_h0001"), (then, now)))
    await until(lambda: coordinator.readings >= 1)
    assert coordinator.meter._dialect is not None
    assert coordinator.meter.clock_offset is not None
    assert abs(coordinator.meter.clock_offset) < timedelta(minutes=3)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_bare_message_is_read_when_the_line_pauses(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some gateways pass the APDU alone; only the pause after it shows that it is whole."""
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(pause=0.05))
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(AIDON_2[9:-3])
    await until(lambda: state(hass, entry, "power") == "3210.0")
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_asking_for_an_update_does_nothing_and_breaks_nothing(
    hass: HomeAssistant, aidon: MockConfigEntry
) -> None:
    """A meter speaks when it likes. Without care Home Assistant's own action prints a traceback here."""
    await aidon.runtime_data.async_refresh()
    assert aidon.runtime_data.last_update_success
    assert state(hass, aidon, "power") == "3210.0"


async def test_a_port_that_changes_from_dlms_to_p1_goes_on_in_the_same_entities(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, clock: Clock
) -> None:
    """Grid companies switch Swedish meters over from one day to the next. Energies go on where they were."""
    clock.stop()
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(load("aidon_se_h0001"))
    await until(lambda: state(hass, entry, "energy_import") == "12345.678")
    ids = {key: entity(hass, entry, key) for key in ("power", "energy_import", "voltage_l1", "current_l2")}
    assert None not in ids.values()
    text = load("p1_se_kam5").replace(b"0001.870", b"0001.500").replace(b"12345.678", b"12345.999")[:-6]
    meter.say(with_checksum(text))
    await until(lambda: state(hass, entry, "energy_import") == "12345.999")
    assert state(hass, entry, "power") == "1500.0"
    assert {key: entity(hass, entry, key) for key in ids} == ids
    assert entry.runtime_data.rejections == {}
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_what_has_no_name_does_not_fill_the_memory(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Whatever a line invents: a log of the meter's, or somebody who means harm."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    for first in range(0, 256, 64):
        lines = "".join(f"1-0:99.{group}.0(1)\r\n" for group in range(first, first + 64))
        text = f"/KAM5\r\n\r\n1-0:1.7.0(0001.870*kW)\r\n{lines}1-0:4:24.7.0({first}*kW)\r\n!".encode()
        meter.say(with_checksum(text))
    await until(lambda: entry.runtime_data.readings >= 4)
    unnamed = entry.runtime_data.meter.oddities.unnamed
    assert len(unnamed) == 200
    assert unnamed["1-0:99.255.0"] == "1"
    assert unnamed["malformed"] == ("1-0:4:24.7.0(192*kW)",)
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_line_that_loses_its_framing_or_becomes_text_is_read_all_the_same(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody sets his gateway up anew: nothing in Home Assistant needs to be told."""
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(pause=0.05))
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    for number, line in enumerate(
        (
            AIDON_2,
            AIDON_1[9:-3],
            AIDON_2[12:-3],
            AIDON_1.hex().encode() + b"\r\n",
            AIDON_2[9:-3].hex().upper().encode() + b"\r\n",
        )
    ):
        meter.say(line)
        await until(lambda: entry.runtime_data.readings >= number + 1)  # noqa: B023 - it is waited for here
        assert state(hass, entry, "power") == ("2148.0" if number % 2 and number < 4 else "3210.0")
        await until(lambda: entry.runtime_data.feed._timer is None)
    assert entry.runtime_data.rejections == {}
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("unloaded_at_the_end")
async def test_keys_are_asked_for_though_another_dialog_was_open_at_first(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    form = await reconfigure(hass, entry, "network")
    meter.say(ENCRYPTED * 3)
    await until(lambda: len(entry.runtime_data.feed.rejected) >= 3)
    await hass.async_block_till_done()
    hass.config_entries.flow.async_abort(form["flow_id"])
    meter.say(ENCRYPTED)
    await until(lambda: len(entry.runtime_data.feed.rejected) >= 4)
    await hass.async_block_till_done()
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == ["reauth"]
