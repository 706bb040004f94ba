"""Faults that are best tried from inside: clocks, disks, cancellation at every step, and what is left of each."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
import gc
from itertools import count
import json
import logging
import os
from pathlib import Path
import resource
import stat
import types
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import DATA_DISPATCHER
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.han_port import coordinator as coordinator_module
from custom_components.han_port.const import DOMAIN
from custom_components.han_port.coordinator import HanPortCoordinator
from custom_components.han_port.decoder import Quantity
from custom_components.han_port.sources.connection import Connection
from custom_components.han_port.sources.feed import KEPT_MESSAGES, Waits
from custom_components.han_port.sources.link import Link
from tests.support.clock import Clock
from tests.support.homes import MakeEntry, set_up, state, until
from tests.support.meters import SpeakingMeter
from tests.whole.faults.lines import ENCRYPTED, OLD_KEYS, End, NoAnswer, PtyEnd, Refused, Speaker, TcpEnd
from tools.simulator.lists import ListKind

DAY = timedelta(days=1)
HOUR_BEGINS = datetime(2026, 3, 2, 11, tzinfo=UTC)
NOT_SHOWN = (None, "unknown", "unavailable")
STORING = {name: getattr(Store, name) for name in ("_async_load", "_async_write_data", "async_remove")}
"""What Home Assistant's own fixture keeps in memory, and a disk is about."""
UNIX98 = range(136, 144)
"""What Linux numbers pseudo-terminals by."""
COUNTED = (HanPortCoordinator, Link, Connection)


# --- what may be left behind ---------------------------------------------------------------------------------------


def footprint(hass: HomeAssistant) -> dict[str, Any]:
    """Return what there is of an integration besides its entries."""
    for record in [record for handler in logging.getLogger().handlers for record in getattr(handler, "records", ())]:
        record.msg, record.args, record.exc_info = record.getMessage(), None, None  # it would keep what it tells of
    gc.collect()
    listeners = hass.bus.async_listeners()
    listeners.pop(EVENT_HOMEASSISTANT_FINAL_WRITE, None)  # what is yet to be stored listens as well, and comes and goes
    timers = [timer for timer in hass.loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]  # only loops of asyncio have it
    return {
        "tasks": Counter(task.get_coro().__qualname__ for task in asyncio.all_tasks()),  # type: ignore[union-attr]  # a coroutine has one
        "listeners": listeners,
        "dispatcher": {name: len(who) for name, who in hass.data.get(DATA_DISPATCHER, {}).items() if who},
        "timers": sum(DOMAIN in repr(timer) for timer in timers),
        "objects": Counter(type(each).__name__ for each in gc.get_objects() if type(each) in COUNTED),
        **descriptors(),
    }


def descriptors() -> dict[str, int]:
    """Return how many sockets and pseudo-terminals are open; the folder of them must not be read in the loop."""
    found: Counter[str] = Counter(sockets=0, ptys=0)
    for number in range(4096):
        with suppress(OSError):
            about = os.fstat(number)
            found["sockets"] += stat.S_ISSOCK(about.st_mode)
            found["ptys"] += stat.S_ISCHR(about.st_mode) and os.major(about.st_rdev) in UNIX98
    return dict(found)


def left(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what is not as it was."""
    return {key: (before[key], after[key]) for key in before if before[key] != after[key]}


@asynccontextmanager
async def nothing_left(hass: HomeAssistant) -> AsyncGenerator[None]:
    """See that what happens inside of this leaves nothing behind."""
    before = footprint(hass)
    yield
    await hass.async_block_till_done()
    try:
        await until(lambda: not left(before, footprint(hass)))
    except TimeoutError:
        assert left(before, footprint(hass)) == {}


@pytest.fixture
async def warm(hass: HomeAssistant, make_entry: MakeEntry, socket_enabled: None) -> None:
    """Let an entry come and go: what Home Assistant keeps after the first of its kind is no leak of the others."""
    hass.loop.set_debug(False)  # its log would keep each transport
    async with speaking(TcpEnd(1, Path())) as end:
        entry = await shown(hass, make_entry(end.url), end)
        await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()


@asynccontextmanager
async def speaking[E: End](end: E) -> AsyncGenerator[E]:
    """Have a far end."""
    await end.start()
    try:
        yield end
    finally:
        await end.stop()


async def good_again(hass: HomeAssistant, entry: MockConfigEntry, end: End) -> None:
    """Wait until a good value is shown that is said from now on."""
    end.harmed.set()
    end.good.clear()
    await until(lambda: (shown := state(hass, entry, "power")) not in NOT_SHOWN and float(shown) in end.good)


async def shown(hass: HomeAssistant, entry: MockConfigEntry, end: End) -> MockConfigEntry:
    """Set an entry up, and return it when it shows a good value."""
    await set_up(hass, entry)
    await good_again(hass, entry, end)
    return entry


# --- restart, reload, removal --------------------------------------------------------------------------------------


@types.coroutine
def cancelled_at(step: int, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Do some work, and cancel the task that does it when it waits for the nth time."""
    go_on: Callable[[], Any] = partial(work.send, None)
    for number in count():
        try:
            waits_for = go_on()
        except StopIteration as done:
            return done.value
        if number == step and (task := asyncio.current_task()):
            task.cancel()
        try:
            yield waits_for
        except BaseException as error:  # noqa: BLE001 - it is the work's, whatever it is
            go_on = partial(work.throw, error)
        else:
            go_on = partial(work.send, None)
    return None


async def _set_up(hass: HomeAssistant, entry: MockConfigEntry, step: int) -> None:
    await cancelled_at(step, hass.config_entries.async_setup(entry.entry_id))


@pytest.mark.parametrize("kind", [TcpEnd, PtyEnd])
async def test_a_set_up_that_is_cancelled_at_any_step_can_be_made_again(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None, disk: Path, kind: type[End], tmp_path: Path
) -> None:
    """Home Assistant does so when it stops, or has waited too long."""
    for step in count():
        async with nothing_left(hass), speaking(kind(2, tmp_path)) as end:
            end.pace = 0.02
            entry = make_entry(end.url, options={"serial_settings": "2400 8E1"})
            task = asyncio.create_task(_set_up(hass, entry, step))
            await asyncio.wait([task])
            assert task.cancelled() == (entry.state is ConfigEntryState.SETUP_ERROR), step
            if task.cancelled():
                assert await hass.config_entries.async_reload(entry.entry_id), step
            await good_again(hass, entry, end)
            await hass.config_entries.async_remove(entry.entry_id)
            was_cancelled = task.cancelled()
            del task
        if not was_cancelled:
            break
    assert step >= 3, "nearly nothing was tried"


async def test_a_reload_while_the_line_is_waited_for_says_why_and_works_when_it_is_back(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None
) -> None:
    """The wait of the line's own is ended by it, and that of Home Assistant takes its place."""
    async with nothing_left(hass), speaking(TcpEnd(2, Path())) as end:
        entry = await shown(hass, make_entry(end.url), end)
        await end.go_away()
        await until(lambda: not entry.runtime_data.feed.source.connected)
        for _ in range(3):
            assert not await hass.config_entries.async_reload(entry.entry_id)
            assert entry.state is ConfigEntryState.SETUP_RETRY
            assert entry.error_reason_translation_key == "cannot_open_refused"
        await end.start()
        assert await hass.config_entries.async_reload(entry.entry_id)
        await good_again(hass, entry, end)
        await hass.config_entries.async_remove(entry.entry_id)


async def test_an_entry_can_be_removed_while_its_host_is_asked_in_vain(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing ever comes back. The set-up under way is given up in its time, and then all is gone."""
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(opening=1.0))
    async with nothing_left(hass), speaking(NoAnswer(2, Path())) as end:
        entry = make_entry(end.url)
        setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
        await until(lambda: is_asked(end))
        assert entry.state is ConfigEntryState.SETUP_IN_PROGRESS
        await hass.config_entries.async_remove(entry.entry_id)
        assert not await setting_up
        assert hass.config_entries.async_entries(DOMAIN) == []
        assert not is_asked(end)
        del setting_up


async def test_an_entry_can_be_removed_while_its_line_asks_a_host_that_is_gone(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None
) -> None:
    """It was there once. The asking is ended at once, and not after the half minute that it may take."""
    async with nothing_left(hass), speaking(TcpEnd(2, Path())) as end:
        entry = await shown(hass, make_entry(end.url), end)
        await end.go_away()
        fillers = await end.swallow()
        await until(lambda: is_asked(end))
        link = entry.runtime_data.feed.source
        await hass.config_entries.async_remove(entry.entry_id)
        assert not link.connected
        assert not is_asked(end)
        del link
        for filler in fillers:
            filler.close()


def is_asked(end: TcpEnd) -> bool:
    """Tell whether somebody waits for an answer of a host: SYN-SENT in the words of the system."""
    port = f":{end.port:04X}"
    rows = [row.split() for row in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    return any(row[2].endswith(port) and row[3] == "02" for row in rows)


async def test_a_line_that_is_lost_again_and_again_keeps_nothing_of_its_earlier_connections(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None, meter: SpeakingMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty ends in the midst of a list, each of which is kept for a bug report, and one connection at the end."""
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(min_backoff=0.001))
    speaker = Speaker(2)
    async with nothing_left(hass):
        entry = make_entry(meter.url)
        await set_up(hass, entry)
        for number in range(20):
            await until(lambda: meter.writers)
            meter.say(speaker.frame(speaker.least + number), speaker.frame()[:100])
            await until(lambda: state(hass, entry, "power") == f"{speaker.least + number}.0")  # noqa: B023 - awaited in the same turn
            await until(lambda: entry.runtime_data.feed.decoder.pending == 100)
            meter.connected.clear()
            meter.hang_up()
            await meter.connected.wait()
        await until(lambda: entry.runtime_data.feed.source.connected)
        assert len(entry.runtime_data.feed.rejected) == 20
        assert footprint(hass)["objects"] == {"HanPortCoordinator": 1, "Link": 1, "Connection": 1}
        await hass.config_entries.async_remove(entry.entry_id)


async def test_two_entries_of_one_dead_host_come_to_life_together_and_go_alone(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None
) -> None:
    """One of them is taken away; the other one reads on."""
    async with nothing_left(hass), speaking(Refused(2, Path())) as end:
        first, second = make_entry(end.url), make_entry(end.url)
        for entry in (first, second):
            assert not await hass.config_entries.async_setup(entry.entry_id)
            assert entry.state is ConfigEntryState.SETUP_RETRY
        await end.mend()
        for entry in (first, second):
            assert await hass.config_entries.async_reload(entry.entry_id)
            await good_again(hass, entry, end)
        await hass.config_entries.async_remove(first.entry_id)
        await good_again(hass, second, end)
        await hass.config_entries.async_remove(second.entry_id)


# --- keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_a_day_with_wrong_keys_asks_for_others_once_and_fills_no_memory(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None, meter: SpeakingMeter, caplog: pytest.LogCaptureFixture
) -> None:
    """8640 messages, none of which can be deciphered."""
    async with nothing_left(hass):
        entry = make_entry(meter.url, encryption_key=OLD_KEYS.encryption.hex())
        await set_up(hass, entry)
        coordinator: HanPortCoordinator = entry.runtime_data
        speaker, objects = Speaker(2, ENCRYPTED), []
        caplog.set_level(logging.INFO)  # what is logged is kept here
        for _ in range(24):
            for _ in range(360):
                coordinator.feed.feed(speaker.frame(speaker.least), coordinator.now())
            await hass.async_block_till_done()
            gc.collect()
            objects.append(len(gc.get_objects()))
        assert coordinator.rejections == {"WrongKeyError": 24 * 360}
        assert len(coordinator.feed.rejected) == KEPT_MESSAGES
        assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == ["reauth"]
        assert state(hass, entry, "power") is None
        assert max(objects[1:]) - objects[1] < 500
        del coordinator
        await hass.config_entries.async_remove(entry.entry_id)


# --- clock and disk ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_wall_clock_that_jumps_by_a_day_and_back_moves_no_energy_and_hides_no_power(
    hass: HomeAssistant,
    make_entry: MakeEntry,
    meter: SpeakingMeter,
    read_at_once: None,
    clock: Clock,
    jump: timedelta,
) -> None:
    """3 kW for three hours; in the second one the clock of Home Assistant is wrong, and that of the meter goes on."""
    speaker = Speaker(2)
    clock.set(HOUR_BEGINS)
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    await meter.connected.wait()
    shown = [-10.0]  # a register counts in 10 Wh
    for minute in range(3 * 60 + 2):
        now, power = HOUR_BEGINS + timedelta(minutes=minute), 3000 + minute % 2
        clock.set(now + (jump if 90 <= minute < 150 else timedelta()))
        if minute % 60 == 0:
            speaker.added = 3000.0 * (minute // 60)
        meter.say(speaker.frame(power, ListKind.SNAPSHOT if minute % 60 else ListKind.HOURLY, now))
        await until(lambda: state(hass, entry, "power") == f"{power}.0")  # noqa: B023 - awaited in the same turn
        total = entry.runtime_data.meter.total(Quantity.ENERGY_IMPORT, entry.runtime_data.now().utc)
        shown.append(total - speaker.register + speaker.added)
        assert shown[-2] <= shown[-1] <= 3000 * minute / 60 + 20, minute
    hours = entry.runtime_data.meter.state.hours.finished
    known = {hour.start: hour.energy[Quantity.ENERGY_IMPORT] for hour in hours.values()}
    assert known == {HOUR_BEGINS + timedelta(hours=number): pytest.approx(3000, abs=1) for number in range(3)}
    assert shown[-1] == pytest.approx(3000 * 3 + 50, abs=20)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def disk(hass: HomeAssistant, tmp_path: Path) -> Generator[Path]:
    """A folder of its own for what is stored, and stores that are really written."""
    hass.config.config_dir = str(tmp_path)
    pretended = {name: getattr(Store, name) for name in STORING}
    for name, real in STORING.items():
        setattr(Store, name, real)
    yield tmp_path / ".storage"
    for name, pretence in pretended.items():
        setattr(Store, name, pretence)


@contextmanager
def full() -> Generator[None]:
    """Have no room for another byte in any file: the system itself refuses to write (EFBIG)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_costs_what_could_not_be_stored_and_no_value(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is shown, reloaded and shown again; once there is room it is stored again."""
    async with nothing_left(hass), speaking(TcpEnd(2, Path())) as end:
        entry = await shown(hass, make_entry(end.url), end)
        with full():
            assert await hass.config_entries.async_reload(entry.entry_id)
            await good_again(hass, entry, end)
            entry.runtime_data.meter.storage.update(entry.runtime_data.now(), has_new_hours=True)
            async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
            await good_again(hass, entry, end)
            await hass.async_block_till_done()
        stored = disk / f"han_port.{entry.entry_id}"
        assert f"Error writing config for {stored.name}" in caplog.text
        assert not os.access(stored, os.F_OK)
        assert await hass.config_entries.async_reload(entry.entry_id)
        text = await hass.async_add_executor_job(stored.read_text)
        assert "power_import" in json.loads(text)["data"]["values"]
        await good_again(hass, entry, end)
        await hass.config_entries.async_remove(entry.entry_id)
        assert not os.access(stored, os.F_OK)


@pytest.mark.parametrize("part", ["", ".hours", ".peaks"])
async def test_a_store_that_the_disk_does_not_give_back_keeps_no_meter_from_being_shown(
    hass: HomeAssistant, make_entry: MakeEntry, warm: None, disk: Path, part: str
) -> None:
    """A damaged disk answers with an error of input and output. Here a folder stands where the file was."""
    async with nothing_left(hass), speaking(TcpEnd(2, Path())) as end:
        entry = make_entry(end.url, options={"tariff": "no_three_days"})
        (disk / f"han_port.{entry.entry_id}{part}").mkdir(parents=True)
        await set_up(hass, entry)
        await good_again(hass, entry, end)
        assert await hass.config_entries.async_unload(entry.entry_id)
