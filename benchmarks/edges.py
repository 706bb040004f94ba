"""What no meter can mean, in messages whose checksum is right: what Home Assistant books of it, and what is asked.

One house, and a meter for each fault: all of them say the same but for it. They are read by one real Home Assistant
with its recorder, whose statistics are held against those of the meter that is sound. A fault is in one list, or goes
on from one list. It is booked right if no hour differs by more than what the power of an hour may be off by.
"""

import argparse
import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import logging
from multiprocessing import get_context
from pathlib import Path
import sys
from tempfile import TemporaryDirectory

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.recorder import async_initialize_recorder
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Moment
from tests.decoder.wrapping import with_checksum
from tests.support.meters import SpeakingMeter
from tools.simulator import axdr
from tools.simulator.abroad import MODELS_ABROAD
from tools.simulator.household import House, Supply
from tools.simulator.lists import MODELS, ListKind, Model, encode, find_model
from tools.simulator.meter import Meter, Push

from .soak_life import home_assistant

START = datetime(2026, 6, 15, 6, tzinfo=UTC)
HOURS = 4
HOUR, FIVE_MINUTES, MINUTE, SECOND = (timedelta(minutes=minutes) for minutes in (60, 5, 1, 1 / 60))
BEGINS = START + HOUR + timedelta(seconds=10)
"""The second hourly list; where registers come all the time, any list."""
MOST = {"energy_import": 4e10, "energy_export": 4e10, "active_power": 4e9, "current": 3_276.0, "voltage": 6_553.0}
"""What a place in a list has room for."""
NINES = {"energy_import": 99_999_999_999, "energy_export": 99_999_999_999, "active_power": 9_999_999}
NINES |= {"current": 999.9, "voltage": 999.9}
"""What a P1 telegram says where a binary one has all ones."""
LETTERS = {"energy_import": "A", "energy_export": "A", "active_power": "P", "current": "I", "voltage": "U"}
"""The letter of a quantity in the tables of the simulator."""
SIGNED = (0x05, 0x0F, 0x10)
"""The tags of signed numbers."""
TOLERANCE = 30.0
"""Wh by which an hour may differ that is known by its power alone, or in which one list was left out."""
PEAK_TOLERANCE = 0.05
"""kW, the same of a peak."""
ENERGIES = ("energy_import", "energy_export")
OPTIONS = {"tariff": "no_three_days", "main_fuse": 63, "update_interval": 10}
MAKERS = ("Aidon", "P1")
OTHER = "7359990000000024"
"""The number of another meter."""

type Alter = Callable[[Supply], Supply]


@dataclass(frozen=True)
class Case:
    """A fault."""

    name: str
    alter: Alter = lambda supply: supply
    goes_on: bool = False
    due: frozenset[str] = frozenset()
    """The repairs that the user is to see at its end."""
    serial: str | None = None
    """The number that the meter says from then on."""
    ones: str | None = None
    """The letter of the quantities of which a binary list has all ones."""
    repeated: bool = False
    """Whether the register stands twice in the list, with another value the second time."""


def _times(factor: float, what: str) -> Alter:
    def alter(supply: Supply) -> Supply:
        value = getattr(supply, what)
        if isinstance(value, tuple):
            return replace(supply, **{what: (min(value[0] * factor, MOST[what]), *value[1:])})
        return replace(supply, **{what: type(value)(min(value * factor, MOST[what]))})

    return alter


def _set(value: float, what: str) -> Alter:
    def alter(supply: Supply) -> Supply:
        old = getattr(supply, what)
        new = (value, *old[1:]) if isinstance(old, tuple) else type(old)(value)
        return replace(supply, **{what: new})

    return alter


def _plus(energy: float, what: str = "energy_import") -> Alter:
    return lambda supply: replace(supply, **{what: max(0.0, getattr(supply, what) + energy)})


def cases(supply: Supply) -> list[Case]:
    """Return all faults, of a meter whose registers begin where a supply says."""
    found = [Case("sound"), Case("sign flipped", lambda each: replace(each, active_power=-each.active_power))]
    for what in ("energy_import", "energy_export", "active_power", "current", "voltage"):
        of = what.replace("_", " ")
        found.append(Case(f"{of}, all ones", _set(NINES[what], what), ones=LETTERS[what]))
        found += [Case(f"{of} times {factor}", _times(factor, what)) for factor in (10, 1000)]
    for what in ENERGIES:
        of = what.replace("_", " ")
        found += [
            Case(f"{of} jumps once", _plus(65_000_000, what)),
            Case(f"{of} jumps", _plus(65_000_000, what), goes_on=True, due=frozenset(("register_jumped",))),
            Case(f"{of} falls once", _plus(-50_000, what)),
        ]
    begins = {what: -getattr(supply, what) for what in ENERGIES}
    low = lambda each: _plus(begins["energy_export"], "energy_export")(_plus(begins["energy_import"])(each))  # noqa: E731 - it is that
    found += [
        Case("replaced, without a number", low, goes_on=True, due=frozenset(("registers_fell",))),
        Case(
            "replaced, with a number", low, goes_on=True, serial="7359990000000024", due=frozenset(("another_meter",))
        ),
        Case("register twice", repeated=True),
    ]
    return found


def frame_of(model: Model, case: Case, push: Push) -> bytes:
    """Return the frame of a list with its fault."""
    if push.moment < BEGINS or (not case.goes_on and not _is_it(model, case, push)):
        return push.frame
    if case.repeated:
        return _repeated(push.frame)
    if case.ones and not model.maker.write:
        plain = model.maker.encoders.get(case.ones, axdr.double_long_unsigned)
        encoders = {**model.maker.encoders, case.ones: lambda _value: _all_ones(plain(0))}
        return encode(
            replace(model, maker=replace(model.maker, encoders=encoders)), push.supply, push.clock, push.which
        )
    faulty = replace(model, serial=case.serial) if case.serial else model
    return encode(faulty, case.alter(push.supply), push.clock, push.which)


def _all_ones(encoded: bytes) -> bytes:
    """Return what an encoded number is where there is none: all ones of its type."""
    return encoded[:1] + (b"\x7f" if encoded[0] in SIGNED else b"\xff") + b"\xff" * (len(encoded) - 2)


def _is_it(model: Model, case: Case, push: Push) -> bool:
    """Return whether a fault of one list is in this one: the first that has what it is about."""
    is_register = "energy" in case.name or case.repeated
    if model.maker.timetable.hourly_second is not None and is_register:
        return push.which is ListKind.HOURLY and push.moment - BEGINS < HOUR
    return push.which is ListKind.SNAPSHOT and push.moment == BEGINS + timedelta(seconds=20)


def _repeated(frame: bytes) -> bytes:
    """Return a P1 telegram that has its import register twice, the second time with another value."""
    lines = frame[: frame.index(b"!")].split(b"\r\n")
    found = next(number for number, line in enumerate(lines) if line.startswith(b"1-0:1.8.0("))
    lines.insert(found + 1, b"1-0:1.8.0(00000017.000*kWh)")
    return with_checksum(b"\r\n".join(lines) + b"!")


def is_sent(push: Push) -> bool:
    """Return whether a list is sent: one each half minute, each while something is wrong, and all with registers."""
    is_near = abs(push.moment - BEGINS) < MINUTE and push.which is not ListKind.POWER
    return push.which is ListKind.HOURLY or not push.moment.second % 30 or is_near


class Homes:
    """All meters in one Home Assistant."""

    def __init__(self, hass: HomeAssistant, model: Model, line: SpeakingMeter) -> None:
        """Name them; nothing is read yet."""
        self.hass, self.model, self.line = hass, model, line
        self.loop_offset = hass.loop.time() - START.timestamp()
        self.entries: dict[Case, MockConfigEntry] = {}

    async def move_in(self, case: Case) -> None:
        """Set one up, of which Home Assistant shows the two energies alone."""
        entry = MockConfigEntry(
            domain=DOMAIN,
            title=case.name,
            data={CONF_PORT: f"{self.line.url}?{len(self.entries)}", "quantities": [*ENERGIES, "power_import"]},
            options=OPTIONS,
            unique_id=self.model.maker.serial if case.serial else None,
        )
        await self.hass.config_entries.async_add(entry)
        registry = er.async_get(self.hass)
        for found in er.async_entries_for_config_entry(registry, entry.entry_id):
            if not found.unique_id.endswith(ENERGIES):
                registry.async_update_entity(found.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
        self.entries[case] = entry

    def hear(self, push: Push) -> None:
        """Let all of them hear a list."""
        for case, entry in self.entries.items():
            entry.runtime_data.feed.feed(frame_of(self.model, case, push), self.now(push.moment))

    def now(self, at: datetime) -> Moment:
        """Return a moment by both clocks."""
        return Moment(at.timestamp() + self.loop_offset, at)

    def entity(self, entry: MockConfigEntry, key: str) -> str:
        """Return the id of an energy."""
        found = er.async_get(self.hass).async_get_entity_id("sensor", DOMAIN, f"{entry.entry_id}_{key}")
        return found or ""

    async def booked(self) -> dict[str, list[float]]:
        """Return what is booked: entity -> Wh of each hour."""
        ids = {self.entity(entry, key) for entry in self.entries.values() for key in ENERGIES}
        rows = await self.hass.async_add_executor_job(
            lambda: statistics_during_period(self.hass, START, None, ids, "hour", {"energy": "Wh"}, {"change"})
        )
        return {entity: [row["change"] or 0.0 for row in found] for entity, found in rows.items()}

    def issues(self, entry: MockConfigEntry) -> frozenset[str]:
        """Return the repairs of an entry that the user sees."""
        found = [each for each in ir.async_get(self.hass).issues.values() if each.domain == DOMAIN]
        return frozenset(each.translation_key or "" for each in found if entry.entry_id in each.issue_id)


async def live(homes: Homes, pushes: list[Push], clock: FrozenDateTimeFactory) -> None:
    """Let the hours pass, and Home Assistant compile its statistics."""
    compiled = START
    for push in pushes:
        ends = push.moment - SECOND
        if not push.moment.minute % 15 and not push.moment.second:
            clock.move_to(ends)
            for entry in homes.entries.values():
                entry.runtime_data.now = lambda ends=ends: homes.now(ends)
                entry.runtime_data._end_quarter(push.moment)  # noqa: SLF001 - its timer goes by another clock here
        clock.move_to(push.moment)
        homes.hear(push)
        if push.moment - compiled >= FIVE_MINUTES + timedelta(seconds=20):
            await async_wait_recording_done(homes.hass)
            do_adhoc_statistics(homes.hass, start=compiled)
            compiled += FIVE_MINUTES
    await async_wait_recording_done(homes.hass)


@dataclass(frozen=True)
class Result:
    """What came of one fault."""

    name: str
    wrong: float
    """Wh of hours that differ by more than they may."""
    worst: float
    """Wh of the hour that differs most."""
    false_peak: bool
    due: frozenset[str]
    seen: frozenset[str]


async def measure(maker: str, folder: Path) -> list[Result]:
    """Try all faults on the meters of one maker."""
    model = find_model(maker, models=MODELS + MODELS_ABROAD)
    house = House(START, net=model.net, seed=3)
    pushes = list(Meter(model, house).pushes(START + HOURS * HOUR + timedelta(seconds=30)))
    pushes = [each for each in pushes if is_sent(each)]
    line = SpeakingMeter()
    await line.start()
    async with home_assistant(folder) as hass:
        async_initialize_recorder(hass)
        assert await async_setup_component(hass, "recorder", {"recorder": {"db_url": f"sqlite:///{folder}/home.db"}})
        assert await async_setup_component(hass, "sensor", {})
        homes = Homes(hass, model, line)
        for case in cases(pushes[0].supply):
            if not (case.repeated if maker == "Aidon" else case.serial):
                await homes.move_in(case)  # a P1 telegram has no number here, and a binary list no line to repeat
        await hass.async_block_till_done()
        with freeze_time(START, real_asyncio=True) as clock:
            await live(homes, pushes, clock)
        results = await judge(homes)
    await line.stop()
    return results


async def judge(homes: Homes) -> list[Result]:
    """Hold each meter against the sound one."""
    booked, results = await homes.booked(), []
    sound: MockConfigEntry | None = None
    for case, entry in homes.entries.items():
        sound = sound or entry
        wrong = worst = 0.0
        for key in ENERGIES:
            pairs = zip(booked[homes.entity(entry, key)], booked[homes.entity(sound, key)], strict=True)
            differences = [abs(found - right) for found, right in pairs]
            worst = max(worst, *differences)
            wrong += sum(each for each in differences if each > TOLERANCE)
        false_peak = not same_peaks(entry, sound)
        results.append(Result(case.name, wrong, worst, false_peak, case.due, homes.issues(entry)))
    return results


def same_peaks(one: MockConfigEntry, other: MockConfigEntry) -> bool:
    """Return whether the peaks of two meters are as many, and as high."""
    first, second = ([peak.kw for peak in each.runtime_data.meter.capacity.peaks[0].current] for each in (one, other))
    return len(first) == len(second) and all(abs(a - b) <= PEAK_TOLERANCE for a, b in zip(first, second, strict=True))


def try_all(maker: str) -> list[Result]:
    """Try all faults in a process of their own."""
    logging.disable(logging.ERROR)  # Home Assistant warns of what is meant to be so
    with TemporaryDirectory() as folder:
        return asyncio.run(measure(maker, Path(folder)))


def main() -> int:
    """Measure, and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with ProcessPoolExecutor(len(MAKERS), get_context("spawn")) as pool:
        found = dict(zip(MAKERS, pool.map(try_all, MAKERS), strict=True))
    for maker, results in found.items():
        print(f"{maker:36}booked wrongly  worst hour  false peak  repairs seen (due)")
        for each in results:
            seen, due = (", ".join(sorted(issues)) or "none" for issues in (each.seen, each.due))
            print(f"  {each.name:34}{each.wrong:11.0f} Wh{each.worst:9.1f} Wh{each.false_peak:12}  {seen} ({due})")
    flat = [each for results in found.values() for each in results]
    wrong, peaks = sum(each.wrong for each in flat), sum(each.false_peak for each in flat)
    told = sum(each.seen == each.due for each in flat)
    print(f"energy booked wrongly {wrong:.0f} Wh, false peaks {peaks}, repairs as due {told} of {len(flat)}")
    return min(1, round(wrong) + peaks + len(flat) - told)


if __name__ == "__main__":
    sys.exit(main())
