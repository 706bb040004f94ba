"""Statistics of `ams` and `amshan` go on under HAN Port, in a real recorder.

A file of its own: the recorder must be there before Home Assistant is, so before the fixtures of the other tests.
"""

from datetime import timedelta
from typing import Any

from homeassistant.components.recorder.models import StatisticData, StatisticMeanType, StatisticMetaData
from homeassistant.components.recorder.statistics import async_import_statistics, statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from tests.support.flows import take_over, theirs_on
from tests.support.frames import AIDON_3
from tests.support.meters import SpeakingMeter


async def test_statistics_go_on_where_theirs_ended(
    recorder_mock: Any, hass: HomeAssistant, meter: SpeakingMeter, short_patience: None
) -> None:
    """Years of history are what people would lose by changing over."""
    assert await async_setup_component(hass, "sensor", {})  # it makes the statistics of all sensors
    theirs = theirs_on(hass, meter)
    energy = "sensor.ams_active_energy_import_7359992890941742"
    period = dt_util.utcnow().replace(second=0, microsecond=0)
    period -= timedelta(minutes=period.minute % 5)
    as_theirs = {"unit_of_measurement": "kWh", "device_class": "energy", "state_class": "total_increasing"}
    for register in ("12340.0", "12344.17"):
        hass.states.async_set(energy, register, as_theirs)
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=period)
    await async_wait_recording_done(hass)
    hass.states.async_remove(energy)  # as when their entry is unloaded

    meter.opening = AIDON_3
    ours = await take_over(hass, theirs)
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=period + timedelta(minutes=5))
    await async_wait_recording_done(hass)
    rows = await hass.async_add_executor_job(
        lambda: statistics_during_period(hass, period, None, {energy}, "5minute", None, {"state", "sum"})
    )
    assert [(row["state"], row["sum"]) for row in rows[energy]] == [
        (12344.17, pytest.approx(4.17)),
        (12345.67, pytest.approx(5.67)),
    ]
    await hass.config_entries.async_unload(ours.entry_id)


async def test_an_hour_of_theirs_is_the_hour_in_which_it_was_used(
    recorder_mock: Any, hass: HomeAssistant, meter: SpeakingMeter, short_patience: None
) -> None:
    """They showed the register some seconds after the hour: 7 kWh from 23 to 24 are of that day, not of the next."""
    await hass.config.async_update(country="NO")
    theirs = theirs_on(hass, meter)
    energy = "sensor.ams_active_energy_import_7359992890941742"
    hass.states.async_set(energy, "12340.0")
    midnight = dt_util.as_utc(dt_util.start_of_local_day()) - timedelta(days=1)
    hour = timedelta(hours=1)
    used = {midnight - 2 * hour: 2.0, midnight - hour: 7.0, midnight: 1.0, midnight + hour: 1.5}
    total, rows = 1000.0, [StatisticData(start=midnight - 2 * hour, state=1000.0, sum=1000.0)]
    for start, kwh in used.items():
        total += kwh
        rows.append(StatisticData(start=start + hour, state=total, sum=total))
    about: StatisticMetaData = {
        "source": "recorder",
        "statistic_id": energy,
        "name": None,
        "unit_of_measurement": "kWh",
        "unit_class": "energy",
        "mean_type": StatisticMeanType.NONE,
        "has_sum": True,
    }
    async_import_statistics(hass, about, rows)
    await async_wait_recording_done(hass)
    hass.states.async_remove(energy)
    meter.opening = AIDON_3
    ours = await take_over(hass, theirs)
    data = {"config_entry_id": ours.entry_id}
    await hass.services.async_call("han_port", "recalculate", data, blocking=True, return_response=True)
    kept = ours.runtime_data.meter.capacity.peaks[0].as_dict()["periods"]
    assert {dt_util.utc_from_timestamp(start): kw for start, kw, _ in kept} == used
    await hass.config_entries.async_unload(ours.entry_id)
