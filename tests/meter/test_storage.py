"""What outlives Home Assistant: restarts at any moment, three days without it, and how seldom it writes to its disk."""

from collections import Counter
from collections.abc import Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from freezegun import freeze_time
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.han_port.analysis.hour import FinishedHour
from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.decoder import Quantity
from tests.support.clock import Clock
from tests.support.day import Heard
from tests.support.frames import AIDON_3
from tests.support.homes import MakeEntry, set_up, state, until
from tests.support.houses import AidonHouse
from tests.support.meters import SpeakingMeter

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
START = datetime(2026, 3, 28, 15, tzinfo=UTC)
"""Before the night in which the clock is set forward."""
OSLO = ZoneInfo("Europe/Oslo")
IMPORT = Quantity.ENERGY_IMPORT


class Life(AidonHouse):
    """The entry that reads a simulated house, in simulated time: nothing but this hands it what the meter sends."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, clock: Any) -> None:
        super().__init__(START, timedelta(days=9), seed=3)
        self.hass, self.entry, self.clock = hass, entry, clock

    def until(self, end: datetime, *, dark: bool = False) -> None:
        """Let the meter speak until a moment; in the dark nobody hears it."""
        minute = dt_util.utcnow().replace(second=0)
        for push in self.pushes:
            self.clock.move_to(push.moment)
            if not dark:
                coordinator = self.entry.runtime_data
                coordinator.feed.feed(push.line, coordinator.now())
                if push.moment - minute >= MINUTE:
                    minute = push.moment
                    async_fire_time_changed(self.hass, push.moment)  # what is to be stored in some seconds is
            if push.moment >= end:
                return

    async def restart(self) -> None:
        """Load the entry anew."""
        assert await self.hass.config_entries.async_reload(self.entry.entry_id)

    def true_energy(self, start: datetime) -> float:
        """Return what an hour took."""
        return self.truth.at(start + HOUR).energy_import - self.truth.at(start).energy_import


@pytest.mark.slow
async def test_restarts_at_any_moment_and_three_days_in_the_dark_lose_and_invent_nothing(
    hass: HomeAssistant, hass_storage: dict[str, Any], meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Who pulls the plug loses what was not stored yet; what the meter counted meanwhile is shared out, and told."""
    entry = make_entry(meter.url, options={"tariff": "no_three_days"}, quantities=["power_import", "energy_import"])
    with freeze_time(START, real_asyncio=True) as clock:
        await set_up(hass, entry)
        life = Life(hass, entry, clock)
        for pause in (timedelta(hours=1, seconds=4), timedelta(hours=2, minutes=31), timedelta(hours=3, seconds=12)):
            life.until(START + pause)
            await life.restart()
        life.until(START + timedelta(hours=9, minutes=20))
        on_disk = deepcopy(hass_storage)
        assert await hass.config_entries.async_unload(entry.entry_id)
        hass_storage.update(on_disk)  # nobody has stored anything before the plug was pulled
        life.until(START + timedelta(hours=81, minutes=40), dark=True)
        await hass.config_entries.async_setup(entry.entry_id)
        life.until(START + timedelta(hours=86, minutes=5))
        await hass.async_block_till_done()
        meter_now = entry.runtime_data.meter
        hours, peaks = meter_now.state.hours.finished, meter_now.capacity.peaks[0]
        shown = float(state(hass, entry, "energy_import") or 0)
        await hass.config_entries.async_unload(entry.entry_id)
    assert shown == pytest.approx(life.truth.at(START + timedelta(hours=86, minutes=5)).energy_import / 1000, abs=0.03)
    for start, hour in hours.items():
        if hour.origin is Origin.REGISTER:
            assert hour.energy[IMPORT] == pytest.approx(life.true_energy(start), abs=20)
    mixed = [start for start, hour in hours.items() if hour.origin is Origin.MIXED]
    assert {START + timedelta(hours=9), START + timedelta(hours=50), START + timedelta(hours=81)} <= set(mixed)
    first, last = min(hours), max(hours)
    assert len(hours) == (last - first) // HOUR + 1 >= 84
    in_all = life.truth.at(last + HOUR).energy_import - life.truth.at(first).energy_import
    assert sum(hour.energy[IMPORT] for hour in hours.values()) == pytest.approx(in_all, abs=20)
    for month, found in ((3, peaks.previous), (4, peaks.current)):
        assert [peak.kw for peak in found] == pytest.approx(highest_of_days(hours.values(), month)[:3])


def highest_of_days(hours: Iterable[FinishedHour], month: int) -> list[float]:
    """Return the highest hour (kW) of each day of a month, the highest first."""
    of_day: dict[int, float] = {}
    for hour in hours:
        local = hour.start.astimezone(OSLO)
        if local.month == month:
            of_day[local.day] = max(of_day.get(local.day, 0.0), hour.energy[IMPORT] / 1000)
    return sorted(of_day.values(), reverse=True)


@pytest.mark.slow
async def test_eight_hours_wear_a_memory_card_out_by_forty_six_writes(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The small state every quarter of an hour and at each hour, hours and peaks once an hour: some 140 in a day."""
    entry = make_entry(meter.url, options={"tariff": "no_three_days"}, quantities=["power_import", "energy_import"])
    with freeze_time(START, real_asyncio=True) as clock:
        await set_up(hass, entry)
        life = Life(hass, entry, clock)
        caplog.clear()
        life.until(START + timedelta(hours=8))
        await hass.async_block_till_done()
        writes = [word.args[0] for word in caplog.get_records("call") if word.msg.startswith("Writing data to")]
        await hass.config_entries.async_unload(entry.entry_id)
    own = f"han_port.{entry.entry_id}"
    assert Counter(name.removeprefix(own) for name in writes if name.startswith(own)) == {
        "": 32,  # one of them is the first register
        ".hours": 7,
        ".peaks": 7,  # a month without a known step has no budget to exceed
    }


async def test_the_total_does_not_step_back_over_a_power_cut(
    hass: HomeAssistant, hass_storage: dict[str, Any], meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """At any minute of the hour; Home Assistant has had every total that was shown until then.

    Two minutes later all is back, and the total must not be less than it was. In the first minutes after the first
    register it is known again, too.
    """
    entry = make_entry(meter.url, quantities=["power_import", "energy_import"])
    seen: list[tuple[timedelta, float, float]] = []
    with freeze_time(START, real_asyncio=True) as clock:
        await set_up(hass, entry)
        life = Life(hass, entry, clock)
        at = timedelta(hours=1, minutes=3)
        while at < timedelta(hours=1, minutes=50):
            life.until(START + at)
            await hass.async_block_till_done()
            shown = float(state(hass, entry, "energy_import") or 0)
            on_disk = deepcopy(hass_storage)
            assert await hass.config_entries.async_unload(entry.entry_id)
            as_stopped = deepcopy(hass_storage)
            hass_storage.update(on_disk)  # the plug was pulled: nothing was stored at the end
            assert await hass.config_entries.async_setup(entry.entry_id)
            clock.move_to(START + at + 2 * MINUTE)
            entry.runtime_data.async_update_listeners()
            seen.append((at, shown, float(state(hass, entry, "energy_import") or 0)))
            assert await hass.config_entries.async_unload(entry.entry_id)
            hass_storage.update(as_stopped)  # go on as if nothing had happened
            clock.move_to(START + at)
            assert await hass.config_entries.async_setup(entry.entry_id)
            at += 6 * MINUTE
        await hass.config_entries.async_unload(entry.entry_id)
    assert len(seen) == 8
    assert all(before > 40_000 for _, before, _ in seen)
    assert not [(at, before - after) for at, before, after in seen if after < before]


@pytest.mark.parametrize(
    "broken", [[], {}, {"data": []}, {"data": {"values": 5}}, {"version": 1, "key": "x"}, "text", None]
)
@pytest.mark.parametrize("part", ["", ".hours", ".peaks"])
async def test_a_store_that_is_broken_costs_nothing_but_what_it_held(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    part: str,
    broken: Any,
) -> None:
    """A file system that lost a page, or somebody who edited it. The entry loads, and the others are as they were."""
    entry = make_entry(meter.url, options={"tariff": "no_three_days"}, quantities=["power_import", "energy_import"])
    await set_up(hass, entry)
    heard = Heard(entry, datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=3))
    for register in (1_000_000, 1_002_000, 1_004_000):
        heard.counts(register)
        heard.takes(2_000, hours=1)
    capacity = entry.runtime_data.meter.capacity
    capacity.target = 7.5
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"han_port.{entry.entry_id}{part}"] = broken
    assert await hass.config_entries.async_setup(entry.entry_id)
    meter_of = entry.runtime_data.meter
    assert (meter_of.total(IMPORT, heard.at) == 1_006_000) is (part != "")
    assert len(meter_of.state.hours.finished) == (0 if part == ".hours" else 3)
    assert meter_of.capacity.target == (None if part == ".peaks" else 7.5)
    assert meter_of.capacity.peaks[0].current or part == ".peaks"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_one_hour_that_cannot_be_read_costs_no_other(
    hass: HomeAssistant, hass_storage: dict[str, Any], meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    entry = make_entry(meter.url, quantities=["power_import", "energy_import"])
    await set_up(hass, entry)
    heard = Heard(entry, START)
    for register in (1_000_000, 1_002_000, 1_004_000, 1_006_000):
        heard.counts(register)
        heard.takes(2_000, hours=1)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"han_port.{entry.entry_id}.hours"]["data"][1] = ["2026-13-45", {}, "register"]
    assert await hass.config_entries.async_setup(entry.entry_id)
    finished = entry.runtime_data.meter.state.hours.finished
    assert [start - START for start in finished] == [0 * HOUR, 2 * HOUR, 3 * HOUR]
    assert entry.runtime_data.meter.total(IMPORT, heard.at) == 1_008_000
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.slow
async def test_an_hour_of_an_aidon_fills_the_database_with_few_rows(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Of what is enabled by default, with a capacity tariff: less than 60 000 rows a day, and each is a change."""
    entry = make_entry(meter.url, options={"tariff": "no_three_days", "update_interval": 10})
    rows: Counter[str] = Counter()
    with freeze_time(START, real_asyncio=True) as clock:
        await set_up(hass, entry)
        life = Life(hass, entry, clock)
        life.until(START + HOUR / 6)
        await hass.async_block_till_done()

        def count(event: Event[EventStateChangedData]) -> None:
            assert (old := event.data["old_state"]) is not None
            assert (new := event.data["new_state"]) is not None
            assert (old.state, old.attributes) != (new.state, new.attributes)
            rows[event.data["entity_id"].removeprefix("sensor.meter_")] += 1

        stop = hass.bus.async_listen(EVENT_STATE_CHANGED, count)
        life.until(START + HOUR / 6 + HOUR)
        await hass.async_block_till_done()
        stop()
        await hass.config_entries.async_unload(entry.entry_id)
    assert rows["power"] > 300
    assert rows["energy_import"] == 61
    assert 30 < rows["voltage_l1"] <= 61
    assert sum(rows.values()) * 24 < 60_000


@pytest.mark.usefixtures("unloaded_at_the_end")
async def test_a_correction_that_is_taken_back_books_no_energy_that_never_flowed(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, clock: Clock
) -> None:
    clock.stop()
    entry = make_entry(meter.url, options={"energy_factor": "0.1"})
    await set_up(hass, entry)
    meter.say(AIDON_3)
    await until(lambda: state(hass, entry, "energy_import") == "1234.567")
    hass.config_entries.async_update_entry(entry, options={**entry.options, "energy_factor": "1"})
    meter.connected.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await meter.connected.wait()
    meter.say(AIDON_3)
    await until(lambda: entry.runtime_data.readings >= 1)
    assert entry.runtime_data.meter.value(Quantity.ENERGY_IMPORT, hass.loop.time()) == 12345670.0
    assert state(hass, entry, "energy_import") == "1234.567"
