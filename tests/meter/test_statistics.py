"""The meter's own hours in a real recorder.

A file of its own: the recorder must be there before Home Assistant is, so before the fixtures of the other tests.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics, statistics_during_period
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import async_wait_recording_done

from custom_components.han_port.analysis.hour import FinishedHour
from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.peaks import Peaks
from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Quantity
from custom_components.han_port.meter.statistics import statistic_id
from custom_components.han_port.sensor.last_shown import async_last_energy
from tests.support.clock import Clock
from tests.support.day import Heard
from tests.support.frames import hourly
from tests.support.homes import MakeEntry, entity, hears, set_up
from tests.support.meters import SpeakingMeter


@pytest.mark.parametrize("wanted", [True, False])
async def test_each_hour_is_added_once_where_the_user_wants_it(
    recorder_mock: Any,
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    clock: Clock,
    wanted: bool,
) -> None:
    """In its own hour, and over a restart; the list of 16:00 is lost, so two hours have a share each."""
    entry = make_entry(meter.url, options={"hourly_statistics": wanted})
    await set_up(hass, entry)
    name = statistic_id(entry.entry_id, Quantity.ENERGY_IMPORT)
    for hour, register in ((13, 1_000_000), (14, 1_000_123), (15, 1_000_200), (17, 1_000_400)):
        clock.is_at(hour)
        await hears(entry, meter, hourly(hour, register))
        await hass.async_block_till_done()
        if hour == 14:
            meter.connected.clear()
            assert await hass.config_entries.async_reload(entry.entry_id)
            await meter.connected.wait()
    await async_wait_recording_done(hass)
    noon = datetime(2026, 1, 15, 10, tzinfo=UTC)
    rows = await hass.async_add_executor_job(
        lambda: statistics_during_period(hass, noon, None, {name}, "hour", None, {"state", "sum"})
    )
    told = [(dt_util.utc_from_timestamp(row["start"]).hour, row["state"], row["sum"]) for row in rows.get(name, ())]
    expected = [
        (12, pytest.approx(1.23), pytest.approx(1.23)),
        (13, pytest.approx(0.77), pytest.approx(2.0)),
        (14, pytest.approx(1.0, abs=0.02), pytest.approx(3.0, abs=0.02)),
        (15, pytest.approx(1.0, abs=0.02), pytest.approx(4.0)),
    ]
    assert told == (expected if wanted else [])
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_hours_are_added_again_once_a_clock_that_was_ahead_is_right(
    recorder_mock: Any,
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    clock: Clock,
) -> None:
    """One that it has dated wrongly is not waited for, and the hour that was then takes its place."""
    entry = make_entry(meter.url, options={"hourly_statistics": True})
    await set_up(hass, entry)
    name = statistic_id(entry.entry_id, Quantity.ENERGY_IMPORT)
    for hour, register, ahead in (
        (12, 1_000_000, 3),
        (13, 1_000_100, 3),
        (14, 1_000_200, 0),
        (15, 1_000_300, 0),
        (16, 1_000_500, 0),
        (17, 1_000_800, 0),
    ):
        clock.is_at(hour + ahead)
        await hears(entry, meter, hourly(hour, register))
        await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    start = datetime(2026, 1, 15, tzinfo=UTC)
    rows = await hass.async_add_executor_job(
        lambda: statistics_during_period(hass, start, None, {name}, "hour", None, {"state", "sum"})
    )
    told = [(dt_util.utc_from_timestamp(row["start"]).hour, row["state"], row["sum"]) for row in rows.get(name, ())]
    assert told == [
        (13, pytest.approx(1.0), pytest.approx(1.0)),
        (14, pytest.approx(2.0), pytest.approx(3.0)),
        (15, pytest.approx(3.0), pytest.approx(6.0)),
    ]


async def test_hours_whose_register_never_came_are_added_before_the_next_one_that_has_one(
    recorder_mock: Any, hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """A meter was replaced at ten: its first register begins a new count, and the hours until then are by power."""
    entry = make_entry(meter.url, options={"hourly_statistics": True}, quantities=["power_import", "energy_import"])
    await set_up(hass, entry)
    heard = Heard(entry, datetime(2026, 1, 15, 8, tzinfo=UTC))
    registers = [1_000_000, 1_002_000, 5, 2_005, 4_005, 6_005, 8_005]
    for hour, register in enumerate(registers):
        if hour == 5:
            heard.coordinator.meter.registers.forget()
        heard.counts(register)
        await hass.async_block_till_done()
        heard.takes(2_000, hours=1)
    await async_wait_recording_done(hass)
    name, start = statistic_id(entry.entry_id, Quantity.ENERGY_IMPORT), datetime(2026, 1, 15, tzinfo=UTC)
    rows = await hass.async_add_executor_job(
        lambda: statistics_during_period(hass, start, None, {name}, "hour", None, {"state", "sum"})
    )
    found = [(dt_util.utc_from_timestamp(row["start"]).hour, row["state"], row["sum"]) for row in rows[name]]
    assert found == [(8 + hour, pytest.approx(2.0), pytest.approx(2.0 * (hour + 1))) for hour in range(6)]
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_the_last_energy_is_found_in_the_database_behind_what_is_no_number(
    recorder_mock: Any, hass: HomeAssistant
) -> None:
    """While Home Assistant starts, the last states are those of an entity that is not there yet."""
    for shown, unit in (("12.345", "kWh"), ("12.347", "kWh"), ("unavailable", "kWh"), ("unknown", None)):
        hass.states.async_set("sensor.energy", shown, {"unit_of_measurement": unit} if unit else {})
        await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    assert await async_last_energy(hass, "sensor.energy", None, now) == 12_347.0
    restored = State("sensor.energy", "0.5", {"unit_of_measurement": "MWh"})
    assert await async_last_energy(hass, "sensor.energy", restored, now) == 500_000.0
    assert await async_last_energy(hass, "sensor.none", None, now) is None


def periods(peaks: Peaks) -> list[tuple[datetime, float]]:
    """Return the periods of a series, with what was taken in each (kW)."""
    return [(dt_util.utc_from_timestamp(start), kw) for start, kw, _ in peaks.as_dict()["periods"]]


async def test_what_was_taken_in_a_silence_is_no_peak_of_the_hour_after_it(
    recorder_mock: Any, hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Home Assistant books ten hours that it was off for on the first one afterwards, and those of a lost line too.

    Of the latter the meter's own register was shared out.
    """
    entry = make_entry(meter.url, options={"tariff": "no_three_days"}, quantities=["power_import", "energy_import"])
    await set_up(hass, entry)
    begin = dt_util.utcnow().replace(minute=0, second=0, microsecond=0) - timedelta(hours=18)
    own = entry.runtime_data.meter.state.hours.finished
    for hour in (15, 16):
        start = begin + timedelta(hours=hour)
        own[start] = FinishedHour(start, {Quantity.ENERGY_IMPORT: 10_000.0}, Origin.MIXED)
    entry.runtime_data.meter.capacity.add_hours(own.values())
    about: StatisticMetaData = {
        "source": "recorder",
        "statistic_id": entity(hass, entry, "energy_import") or "",
        "name": None,
        "unit_of_measurement": "kWh",
        "unit_class": "energy",
        "mean_type": StatisticMeanType.NONE,
        "has_sum": True,
    }
    sums = {0: 0.0, 1: 1.0, 2: 3.0, 13: 33.0, 14: 34.5, 15: 34.5, 16: 54.5}
    rows: list[StatisticData] = [
        {"start": begin + timedelta(hours=hour), "state": told, "sum": told} for hour, told in sums.items()
    ]
    async_import_statistics(hass, about, rows)
    await async_wait_recording_done(hass)
    answer = await hass.services.async_call(
        DOMAIN, "recalculate", {"config_entry_id": entry.entry_id}, blocking=True, return_response=True
    )
    peaks = entry.runtime_data.meter.capacity.peaks[0]
    kept = {round((start - begin).total_seconds() / 3600): kw for start, kw in periods(peaks)}
    assert kept == {1: 1.0, 2: 2.0, 14: 1.5, 15: 10.0, 16: 10.0}
    assert answer == {"taken": 3}
    assert await hass.config_entries.async_unload(entry.entry_id)
