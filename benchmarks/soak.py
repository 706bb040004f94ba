"""A month in minutes, through the whole integration in a real Home Assistant: what is right at its end, and what grows.

Each maker's meter speaks in its own time over a real socket to a Home Assistant that keeps its files in a folder. Every
hundredth list has a wrong bit, the line is gone for an hour each day, and once a week Home Assistant starts anew.
"""

import argparse
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial
import logging
import math
from multiprocessing import get_context
from statistics import linear_regression
import time
from zoneinfo import ZoneInfo

from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.presets import PRESETS
from tests.analysis import tariff_reference as reference

from .soak_life import IMPORT, START, Diary, live
from .soak_truth import KINDS

OSLO, EAST = ZoneInfo("Europe/Oslo"), 1
SERIES = PRESETS["no_three_days"].series[0].as_dict()
FEW = "Kamstrup,P1"
"""Meters that say something every ten seconds: a day of theirs takes less than half a minute."""
FEWEST = 8
"""Days after which a slope says something: the first restarts of Home Assistant make the process larger once."""
CHATTY = ("homeassistant.loader", "aiohttp_fast_zlib")
"""Loggers that warn of what is meant to be so; any other warning is worth seeing."""

type Tops = list[tuple[datetime, float]]
"""Start and kW of peaks."""


def peaks_of(hours: Mapping[datetime, float]) -> Tops:
    """Return the peaks of each month of some hours (Wh), by the reference."""
    months: dict[int, dict[int, float]] = {}
    for start, energy in hours.items():
        months.setdefault(start.astimezone(OSLO).month, {})[int(start.timestamp())] = energy
    return [
        (datetime.fromtimestamp(second, START.tzinfo), watts / 1000)
        for month in sorted(months)
        for second, watts, _ in reference.peaks(SERIES, months[month], EAST, set())
    ]


def slope(diary: Diary, what: str) -> float:
    """Return by how much something grows in a day, without the first quarter of the days; nan if these are too few."""
    samples = diary.samples[len(diary.samples) // 4 :]
    if len(diary.samples) < FEWEST:
        return math.nan
    return linear_regression([each.day for each in samples], [getattr(each, what) for each in samples]).slope


def growth(slopes: Iterable[float], unit: str) -> str:
    """Return the greatest slope as it is told."""
    greatest = max(slopes)
    return f"unknown after less than {FEWEST} days" if math.isnan(greatest) else f"{greatest:+.1f} {unit}/day"


class Result:
    """What is told of one meter."""

    def __init__(self, maker: str, diary: Diary, seconds: float) -> None:
        """Reckon. Energies in Wh, powers in kW."""
        self.maker, self.diary, self.seconds = maker, diary, seconds
        known, true = diary.hours, diary.true_hours
        exact_hours = {start for start, hour in known.items() if hour.origin is Origin.REGISTER}
        by_register = exact_hours & true.keys()
        self.by_register, self.known = len(by_register), len(known.keys() & true.keys())
        self.of_hour = max((abs(known[start].energy[IMPORT] - true[start]) for start in by_register), default=0.0)
        told = {start: hour.energy[IMPORT] for start, hour in known.items()}
        self.in_all = sum(told.values()) - sum(true.get(start, 0.0) for start in told)
        self.peaks = [(peak.start, peak.kw) for peak in diary.peaks]
        self.wrong_peaks = differing(self.peaks, peaks_of(told))
        self.estimated = [start for start, _ in self.peaks if start not in exact_hours]
        exact = {start: true[start] if start in exact_hours else told[start] for start in told if start in true}
        self.true_peaks = peaks_of(true)
        self.of_peak = 1000 * max(
            (abs(a[1] - b[1]) for a, b in zip(self.peaks, peaks_of(exact), strict=False)), default=0.0
        )

    def tell(self) -> None:
        """Print."""
        diary, samples = self.diary, self.diary.samples
        print(f"\n{self.maker} ({self.seconds:.0f} s, {diary.restarts} restarts)")
        print(f"  lists: {diary.read} read, {diary.sound} came undamaged")
        total, true = diary.last
        print(f"  total at the last register: {total:.0f} Wh, the house's {true:.0f} Wh: {total - true:+.1f} Wh")
        print(
            f"  largest error at {diary.registers} registers: {diary.at_register:.1f} Wh; steps back {diary.backward}"
        )
        print(
            f"  hours: {self.known} known of {len(diary.true_hours)}, {self.by_register} by register and wrong by"
            f" {self.of_hour:.1f} Wh at most; all together wrong by {self.in_all:+.1f} Wh"
        )
        print(f"  peaks: {listed(self.peaks)}; without any fault they were {listed(self.true_peaks)}")
        print(
            f"    {self.wrong_peaks} differ from the reference on the hours as told;"
            f" {self.of_peak:.0f} W at most from that on the true hours, but for"
            f" {len(self.estimated)} of hours that were estimated"
        )
        print(f"  numbers published: {diary.shown}, wrong {len(diary.wrong)}")
        for wrong in diary.wrong[:10]:
            print(f"    {wrong}")
        print(f"  kB at each day: {' '.join(str(each.kilobytes) for each in samples)}")
        for what, unit in (("kilobytes", "kB"), ("objects", "objects")):
            print(f"  {what} grow: {growth([slope(diary, what)], unit)}")
        for what in ("tasks", "listeners"):
            print(f"  {what}: {span(getattr(each, what) for each in samples)}")


def listed(peaks: Tops) -> str:
    """Return peaks as people read them; hours are UTC."""
    return ", ".join(f"{start:%d %H}h {kw:.3f} kW" for start, kw in peaks)


def differing(found: Tops, expected: Tops) -> int:
    """Return how many peaks are not those of the reference."""
    same = [a[0] == b[0] and abs(a[1] - b[1]) < 1e-6 for a, b in zip(found, expected, strict=False)]  # noqa: PLR2004
    return max(len(found), len(expected)) - sum(same)


def span(numbers: Iterable[int]) -> str:
    """Return the least and the greatest."""
    values = list(numbers)
    return f"{min(values)}-{max(values)}"


def soak(maker: str, days: int) -> Result:
    """Let one meter's days pass."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)
    began = time.perf_counter()
    diary = live(KINDS[maker], days, partial(print, flush=True))
    return Result(maker, diary, time.perf_counter() - began)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=2, help="how long each meter is simulated")
    parser.add_argument("--makers", default=FEW, help=f"all, or some of {','.join(KINDS)}")
    parser.add_argument("--jobs", type=int, default=2, help="how many are simulated at once")
    asked = parser.parse_args()
    makers = list(KINDS) if asked.makers == "all" else asked.makers.split(",")
    results = []
    with ProcessPoolExecutor(asked.jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        for result in pool.map(partial(soak, days=asked.days), makers):
            result.tell()
            results.append(result)
    diaries = [result.diary for result in results]
    print(
        f"\nsoak: {len(results)} makers, {asked.days} days each:"
        f" largest error at a register {max(each.at_register for each in diaries):.1f} Wh;"
        f" peaks that differ {sum(each.wrong_peaks for each in results)};"
        f" wrong numbers published {sum(len(each.wrong) for each in diaries)};"
        f" memory slope {growth((slope(each, 'kilobytes') for each in diaries), 'kB')};"
        f" tasks {span(sample.tasks for each in diaries for sample in each.samples)}"
    )


if __name__ == "__main__":
    main()
