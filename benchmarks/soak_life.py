"""One meter's month: what it says over a real socket, what befalls its line, and a Home Assistant at the other end."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
import gc
from operator import itemgetter
import os
from pathlib import Path
from random import Random
import tempfile

from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.const import CONF_PORT, EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from custom_components.han_port.analysis.hour import FinishedHour
from custom_components.han_port.analysis.tariff import Peak
from custom_components.han_port.const import CONF_AUTHENTICATION_KEY, CONF_ENCRYPTION_KEY, DOMAIN
from custom_components.han_port.coordinator import HanPortCoordinator
from custom_components.han_port.decoder import Quantity
from tests.support.meters import SpeakingMeter
from tools.simulator.household import House
from tools.simulator.lists import ListKind
from tools.simulator.meter import Faults, Meter, Push
from tools.simulator.sealing import Keys

from .fast_clock import WallClock, run_fast
from .soak_truth import MOMENTARY, SEED, Kind, Said, Truth, tells_the_truth

START = datetime(2026, 2, 28, 23, tzinfo=UTC)
"""March begins in Norway; in its last days the clock is set forward."""
DAY, HOUR, MINUTE, SECOND = (timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds"))
DAMAGED = 0.01
OUT_OF_THE_DAY = (60, 22 * 60)
"""Minutes of a day between which the line may go; it is gone for an hour."""
LOOK = timedelta(minutes=31, seconds=17)
"""When in a day the process is looked at; at each quarter of an hour Home Assistant's own memory is at work."""
WEEK = 7
DOWN = 20.0
"""Seconds that Home Assistant takes to start anew."""
ARRIVED = 0.5
"""Seconds after which a list must have been read."""
IMPORT = Quantity.ENERGY_IMPORT
OPTIONS = {"tariff": "no_three_days", "main_fuse": 63}
PAGE = os.sysconf("SC_PAGE_SIZE")
KEYS = (CONF_ENCRYPTION_KEY, CONF_AUTHENTICATION_KEY)
NOT_SHOWN = (STATE_UNAVAILABLE, STATE_UNKNOWN)


class Fate(Enum):
    """What befalls a home."""

    LOOK = "its process is looked at"
    LOSE = "the line is lost"
    FIND = "the line is there again"
    RESTART = "Home Assistant starts anew"


@dataclass(frozen=True)
class Sample:
    """What a day has left behind in the process."""

    day: int
    kilobytes: int
    objects: int
    tasks: int
    listeners: int


@dataclass
class Diary:
    """What came of a life. Energies in Wh."""

    samples: list[Sample] = field(default_factory=list)
    sound: int = 0
    read: int = 0
    registers: int = 0
    at_register: float = 0.0
    """The largest error of the total right after a register."""
    last: tuple[float, float] = (0.0, 0.0)
    """The total after the last register, and the house's."""
    shown: int = 0
    wrong: list[str] = field(default_factory=list)
    backward: int = 0
    restarts: int = 0
    hours: dict[datetime, FinishedHour] = field(default_factory=dict)
    true_hours: dict[datetime, float] = field(default_factory=dict)
    peaks: tuple[Peak, ...] = ()
    """Those of the months in which the life began and ended."""


def plan(kind: Kind, days: int) -> list[tuple[datetime, Fate]]:
    """Return what befalls home and line, in order: an outage a day, a restart in the first day of each week."""
    chance = Random(kind.maker)
    events: list[tuple[datetime, Fate]] = []
    for number in range(days):
        day = START + number * DAY
        outage = day + chance.randint(*OUT_OF_THE_DAY) * MINUTE
        events += [(day + LOOK, Fate.LOOK), (outage, Fate.LOSE), (outage + HOUR, Fate.FIND)]
        if number % WEEK == 0:
            restart = day + chance.randint(*OUT_OF_THE_DAY) * MINUTE
            while abs(restart - outage - HOUR / 2) < HOUR:
                restart = day + chance.randint(*OUT_OF_THE_DAY) * MINUTE
            events.append((restart, Fate.RESTART))
    return sorted(events, key=itemgetter(0))


@asynccontextmanager
async def home_assistant(folder: Path) -> AsyncGenerator[HomeAssistant]:
    """A Home Assistant that keeps everything in a folder; it is stopped at the end."""
    async with async_test_home_assistant(load_registries=False, config_dir=str(folder)) as hass:
        hass.data.pop(DATA_CUSTOM_COMPONENTS)
        await hass.config.async_set_time_zone("Europe/Oslo")
        await async_load_base_functionality(hass)  # from the files, which the helper would not read
        yield hass
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_stop(force=True)


class Life:
    """A meter, a line, a folder, and one Home Assistant after the other."""

    def __init__(self, kind: Kind, days: int, clock: WallClock, tell: Callable[[str], None]) -> None:
        """Prepare; `tell` is given a line a day."""
        self.kind, self.clock, self.tell = kind, clock, tell
        self.loop, self.line = asyncio.get_running_loop(), SpeakingMeter()
        self.truth, self.said, self.diary = Truth(kind, START), Said(kind), Diary()
        faults = Faults(flipped=DAMAGED, seed=SEED)
        house = House(START, net=kind.model.net, seed=SEED)
        self.pushes = Meter(kind.model, house, faults=faults).pushes(START + days * DAY + MINUTE)
        self.plan = plan(kind, days)
        self.hass: HomeAssistant
        self._keys: dict[str, str] = {}

    @property
    def home(self) -> HanPortCoordinator:
        """What the entry has made of the line."""
        coordinator: HanPortCoordinator = self.hass.config_entries.async_entries(DOMAIN)[0].runtime_data
        return coordinator

    async def live(self, folder: Path) -> Diary:
        """Live until the meter falls silent."""
        await self.line.start()
        is_over = False
        while not is_over:
            async with home_assistant(folder) as self.hass:
                await self._move_in()
                is_over = await self._until_restart()
                self._write_up()
            await asyncio.sleep(DOWN)
        await self.line.stop()
        return self.diary

    async def _move_in(self) -> None:
        """Set up the entry, which after the first time is that of the files."""
        if entries := self.hass.config_entries.async_entries(DOMAIN):
            await self.hass.config_entries.async_setup(entries[0].entry_id)
            self.diary.restarts += 1
        else:
            keys = {key: value.hex() for key, value in zip(KEYS, Keys(), strict=True)}
            data = {CONF_PORT: self.line.url, **(keys if self.kind.model.encrypts else {})}
            await self.hass.config_entries.async_add(
                MockConfigEntry(domain=DOMAIN, title="Meter", data=data, options=OPTIONS)
            )
        await self.hass.async_block_till_done()
        self.hass.bus.async_listen(EVENT_STATE_CHANGED, self._shown)
        self._keys.clear()

    async def _until_restart(self) -> bool:
        """Let the meter speak; return whether it has said all it had to."""
        for push in self.pushes:
            while self.plan and self.plan[0][0] <= push.moment:
                moment, what = self.plan.pop(0)
                await self.clock.until(moment)
                if what is Fate.RESTART:
                    return False
                await self._befall(what, (moment - START) // DAY)
            await self._say(push)
        return True

    async def _befall(self, what: Fate, day: int) -> None:
        if what is Fate.LOSE:
            await self.line.go_away()
        elif what is Fate.FIND:
            await self.line.start()
        else:
            self._look(day)

    async def _say(self, push: Push) -> None:
        """Say a list to whoever listens, and look what has become of its registers."""
        await self.clock.until(push.moment)
        if not self.line.writers or self.clock.utcnow() - push.moment > SECOND:
            return  # nobody is there, or nobody was
        self.diary.sound += push.is_sound
        if tells_the_truth(push):
            self.said.take(push, self.loop.time())
        read = self.home.readings
        self.line.say(push.line)
        if push.is_sound and (push.which is ListKind.HOURLY or self.kind.tells_registers_always):
            await asyncio.sleep(ARRIVED)
            if self.home.readings > read:
                self._check_register(push)

    # --- what comes of it --------------------------------------------------------------------------------------

    def _check_register(self, push: Push) -> None:
        diary, meter, unit = self.diary, self.home.meter, self.kind.register
        total, true = meter.state.hours.totals[IMPORT].at(), self.truth.at(push.moment)
        if total is None or meter.data[IMPORT] != push.supply.energy_import // unit * unit:
            diary.wrong.append(f"{push.moment}: register {meter.data[IMPORT]}, and not {push.supply.energy_import}")
            return
        diary.registers += 1
        diary.last = total, true
        diary.at_register = max(diary.at_register, abs(total - true))

    @callback
    def _shown(self, event: Event[EventStateChangedData]) -> None:
        """Hold a state that is published against what the meter has said."""
        state, before, entity_id = event.data["new_state"], event.data["old_state"], event.data["entity_id"]
        if state is None or state.state in NOT_SHOWN:
            return
        if (key := self._keys.get(entity_id)) is None:
            found = er.async_get(self.hass).async_get(entity_id)
            key = found.unique_id.partition("_")[2] if found else ""
            self._keys[entity_id] = key
        if key in MOMENTARY:
            self.diary.shown += 1
            if not self.said.holds(key, state.state, self.loop.time()):
                self.diary.wrong.append(f"{self.clock.utcnow()}: {key} {state.state}")
        if key == IMPORT.key and before and before.state not in NOT_SHOWN:
            self.diary.backward += float(state.state) < float(before.state)

    def _look(self, day: int) -> None:
        """Take stock of the process."""
        self.said.forget(self.loop.time())
        gc.collect()
        kilobytes = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE // 1024
        listeners = sum(self.hass.bus.async_listeners().values()) + len(self.home._listeners)  # noqa: SLF001 - nothing public counts them
        tasks = len(asyncio.all_tasks())
        sample = Sample(day, kilobytes, len(gc.get_objects()), tasks, listeners)
        self.diary.samples.append(sample)
        self.tell(
            f"{self.kind.maker:12} day {day:2}: {kilobytes:7} kB, {sample.objects} objects, {tasks} tasks, {listeners}"
            f" listeners; {self.diary.read + self.home.readings} lists read, largest error at a register so far"
            f" {self.diary.at_register:.1f} Wh, wrong numbers {len(self.diary.wrong)}"
        )

    def _write_up(self) -> None:
        """Keep what this Home Assistant knows before it goes."""
        meter, diary = self.home.meter, self.diary
        diary.read += self.home.readings
        diary.hours = meter.state.hours.finished
        self.truth.at(self.clock.utcnow())
        diary.true_hours = dict(self.truth.hours())
        if meter.capacity:
            diary.peaks = (*meter.capacity.peaks[0].previous, *meter.capacity.peaks[0].current)


def live(kind: Kind, days: int, tell: Callable[[str], None]) -> Diary:
    """Let a meter's days pass in this process; its clock is another one from then on."""

    async def life(clock: WallClock) -> Diary:
        with tempfile.TemporaryDirectory() as folder:
            return await Life(kind, days, clock, tell).live(Path(folder))

    return run_fast(START, life)
