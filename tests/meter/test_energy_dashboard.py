"""A simulated day through the real integration and a real recorder: what Home Assistant books on each hour.

A file of its own: the recorder must be there before Home Assistant is, so before the fixtures of the other tests.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from freezegun import freeze_time
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.han_port.const import DOMAIN
from tests.support.homes import MakeEntry, entity, set_up
from tests.support.houses import AidonHouse
from tests.support.meters import SpeakingMeter

HOUR, FIVE_MINUTES = timedelta(hours=1), timedelta(minutes=5)
HOURS = 26


@pytest.mark.slow
async def test_a_days_energy_is_booked_on_its_own_hours(
    recorder_mock: Any,
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An Aidon with its lists of 10 seconds: the registers come 10 s after the hour, and some of them twice.

    The frames go where the line hands them over; the clock of the whole process is turned, the event loop's goes on.
    """
    for logger in ("", "sqlalchemy.engine", "homeassistant"):
        caplog.set_level("WARNING", logger)  # it would take most of the time
    assert await async_setup_component(hass, "sensor", {})
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + 2 * HOUR
    house = AidonHouse(start, HOURS * HOUR)
    entry = make_entry(meter.url, options={"update_interval": 10}, quantities=["power_import", "energy_import"])
    hass.config_entries.async_update_entry(entry, pref_disable_new_entities=True)
    registry, unique_id = er.async_get(hass), f"{entry.entry_id}_energy_import"
    alone = registry.async_get_or_create("sensor", DOMAIN, unique_id, config_entry=entry)
    registry.async_update_entity(alone.entity_id, disabled_by=None)  # of the others nothing is asked here
    await set_up(hass, entry)
    coordinator, compiled = entry.runtime_data, start
    with freeze_time(start, real_asyncio=True) as clock:
        for push in house.pushes:
            clock.move_to(push.moment)
            if push.moment.minute == 0 and push.moment.second == 0:
                clock.move_to(push.moment - timedelta(seconds=1))
                coordinator._end_quarter(push.moment)
                clock.move_to(push.moment)
            coordinator.feed.feed(push.line, coordinator.now())
            if push.moment - compiled >= FIVE_MINUTES + timedelta(seconds=20):
                await async_wait_recording_done(hass)
                do_adhoc_statistics(hass, start=compiled)
                compiled += FIVE_MINUTES
        await async_wait_recording_done(hass)
    energy = entity(hass, entry, "energy_import") or ""
    rows = await hass.async_add_executor_job(
        lambda: statistics_during_period(hass, start, None, {energy}, "hour", {"energy": "Wh"}, {"sum"})
    )
    booked = [(datetime.fromtimestamp(row["start"] + 3600, UTC), row["sum"]) for row in rows[energy]]
    true = {end: house.truth.at(end).energy_import for end, _ in booked}
    pairs = [(after[1] - before[1], true[after[0]] - true[before[0]]) for before, after in pairwise(booked[1:])]
    wrong = sum(abs(told - right) for told, right in pairs) / 2
    assert len(pairs) >= 23
    assert 100 * wrong / sum(right for _, right in pairs) < 0.5
    assert max(abs(told - right) for told, right in pairs) < 60, "Wh"
    await hass.config_entries.async_unload(entry.entry_id)
