"""How right the energy of an hour is, from simulated meters' frames through the real decoder and the real hours.

Each kind of meter speaks in its own time about a harsh house: steps of up to 12 kW, a heat pump, a car, panels and
clouds, none of them on the seconds of the lists. The energy of an hour, or a quarter, is what Home Assistant would book
on it: the total as it is shown in the last second, less the same of the one before. Half of all errors is what was
booked wrongly. Days of three seeds are pooled, without the first, and stand beside the mark. The rest is lateness, lost
frames and repeated lists in a usual house, and tariffs of random months, against a reference of their own.
"""

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import random
from zoneinfo import ZoneInfo

from benchmarks.harsh_house import START, MeanHouse, harsh_house
from custom_components.han_port.analysis.hour import POWERS, Hours
from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.periods import HOUR, QUARTER, period_start
from custom_components.han_port.decoder import Decoder, Quantity, Reading
from tests.analysis.tariff_by_chance import any_holidays, any_month, any_series, check_month
from tools.simulator.abroad import MODELS_ABROAD
from tools.simulator.household import House, Supply
from tools.simulator.lists import MODELS, Model, find_model
from tools.simulator.meter import Faults, Meter

OSLO = ZoneInfo("Europe/Oslo")
IMPORT = Quantity.ENERGY_IMPORT
NORWEGIAN = ("Aidon", "Kaifa", "Kamstrup", "Embriq")
LATE = (5.0, 55.0, 290.0)
"""Seconds after the hour at which hourly lists come. Whether a Kamstrup's registers are those of the full hour nobody
knows; here they are those of the second, and later than the 5 s that it takes they would be another hour's by right."""
FAULTS = Faults(lost=0.02, repeated_hour=0.02, flipped=0.005, seed=1)
BEFORE = timedelta(seconds=1)
WRITTEN_AFTER = timedelta(seconds=0.9)
"""Before the end of a period the total is written, as of that end: what comes later cannot be in it."""
SEEDS = (1, 2, 3)
MONTHS = 300


@dataclass(frozen=True)
class Case:
    """One meter for some days."""

    maker: str
    late: float | None
    power_seconds: float | None
    days: int

    @property
    def name(self) -> str:
        """What is told of it."""
        lists = "every telegram" if self.late is None else f"hourly {self.late:.0f} s late"
        return f"{self.maker}, power every {self.power_seconds or 10:g} s, {lists}"


@dataclass(frozen=True)
class Result:
    """What came of it. Energies in Wh."""

    case: Case
    misplaced: float
    """Booked on a wrong hour, of `energy`."""
    energy: float
    at_register: float
    """The largest error of the total right after a register had come."""
    of_hour: float
    """The largest error of a finished hour that is known by its registers."""
    backward: int

    @property
    def share(self) -> float:
        """Per cent of the energy that is booked on a wrong hour."""
        return 100 * self.misplaced / self.energy


def cases(days: int) -> Iterator[Case]:
    """Yield every maker with each of its lateness and pace; a Swedish P1 tells its registers in every telegram."""
    for maker in NORWEGIAN:
        own = find_model(maker).maker.timetable.power_seconds
        for late in LATE if find_model(maker).maker.timetable.frozen else LATE[:1]:
            yield Case(maker, late, own, days)
        if own:
            yield Case(maker, LATE[0], None, days)
    yield Case("P1", None, None, days)


def model_of(case: Case) -> Model:
    """Return the meter of a case, at the pace of the case."""
    if case.late is None:
        return next(model for model in MODELS_ABROAD if model.maker.name == case.maker)
    model = find_model(case.maker)
    timetable = replace(model.maker.timetable, power_seconds=case.power_seconds)
    return replace(model, maker=replace(model.maker, timetable=timetable))


def run(case: Case) -> Result:
    """Let the days pass."""
    model, start = model_of(case), datetime(2026, 1, 5, tzinfo=UTC)
    truth = House(start, net=model.net, seed=7)
    meter = Meter(model, House(start, net=model.net, seed=7), hourly_second=case.late, faults=FAULTS)
    hours, decoder, total = Hours(), Decoder(), None
    shown: list[tuple[datetime, float]] = []
    at_register, backward, ends = 0.0, 0, start + HOUR
    for push in meter.pushes(until=start + timedelta(days=case.days)):
        while push.moment >= ends:
            if (value := hours.totals[IMPORT].at(ends - BEFORE)) is not None:
                shown.append((ends, value))
            ends += HOUR
        for event in decoder.receive(push.line):
            if not isinstance(event, Reading):
                continue
            clock = event.sent_at.moment(push.moment, OSLO) if event.sent_at else None
            hours.update(event.values, push.moment, clock)
            before, total = total, hours.totals[IMPORT].at(push.moment)
            backward += before is not None and total is not None and total < before
            if IMPORT in event.values and total is not None and len(shown) > 1:
                at_register = max(at_register, abs(total - truth.at(push.moment).energy_import))
    true = {moment: truth.at(moment).energy_import for moment, _ in shown}
    errors = [abs((after[1] - before[1]) - (true[after[0]] - true[before[0]])) for before, after in pairwise(shown)]
    of_hours = [
        abs(hour.energy[IMPORT] - (true[hour.start + HOUR] - true[hour.start]))
        for hour in hours.finished.values()
        if hour.origin is Origin.REGISTER and {hour.start, hour.start + HOUR} <= true.keys()
    ]
    energy = true[shown[-1][0]] - true[shown[0][0]]
    return Result(case, sum(errors) / 2, energy, at_register, max(of_hours), backward)


@dataclass(frozen=True)
class Kind:
    """A kind of meter in the harsh house, and its marks."""

    name: str
    model: Model
    marks: tuple[float, float, float, float]
    """Per cent: import of hours and quarters, export of hours and quarters."""
    means: bool = False
    """Whether its lists tell the mean power since the one before."""
    ahead: timedelta = timedelta()
    """By how much its clock is ahead."""
    lost: float = 0.0
    """Part of its lists that are lost, in bursts."""


@dataclass
class Booked:
    """What was booked on periods of a length, of one register."""

    wrongly: float = 0.0
    energy: float = 0.0
    worst: float = 0.0

    def add(self, booked: float, true: float) -> None:
        """Add a period (Wh)."""
        self.wrongly += abs(booked - true) / 2
        self.energy += true
        self.worst = max(self.worst, abs(booked - true))


def paced(model: Model, power_seconds: float | None) -> Model:
    """Return the meter with another pace of its short lists; None: it sends none."""
    timetable = replace(model.maker.timetable, power_seconds=power_seconds)
    return replace(model, maker=replace(model.maker, timetable=timetable))


def kinds() -> Iterator[Kind]:
    """Yield all kinds."""
    aidon, kaifa, kamstrup = (find_model(maker) for maker in ("Aidon", "Kaifa", "Kamstrup"))
    timetable = replace(kamstrup.maker.timetable, frozen=True, hourly_second=55)
    kamstrup = replace(kamstrup, maker=replace(kamstrup.maker, timetable=timetable))
    transformers = paced(next(model for model in MODELS if model.transformer_ratio > 1), None)
    every_2_5_s, every_2_s = (0.05, 0.10, 0.20, 0.40), (0.05, 0.10, 0.25, 0.50)
    means, snapshots = (0.05, 0.15, 0.10, 0.25), (0.22, 0.40, 0.25, 0.55)
    p1 = next(model for model in MODELS_ABROAD if model.maker.name == "P1")
    yield Kind("P1 10 s", p1, (0.03, 0.10, 0.05, 0.15))
    yield Kind("Aidon 2.5 s, means", aidon, every_2_5_s, means=True)
    yield Kind("Aidon 10 s, means", paced(aidon, None), means, means=True)
    yield Kind("Kaifa 2 s, snapshots", kaifa, every_2_s)
    yield Kind("Kaifa 2 s, means", kaifa, every_2_s, means=True)
    yield Kind("Kamstrup 10 s, means", kamstrup, means, means=True)
    yield Kind("Kamstrup 10 s, snapshots", kamstrup, snapshots)
    yield Kind("Aidon 10 s, CT 20", transformers, (0.25, 0.35, 0.30, 0.60), means=True)
    yield Kind("Aidon 2.5 s, 5 % lost", aidon, (0.20, 0.40, 0.35, 0.60), means=True, lost=0.05)
    yield Kind("Kaifa, clock -90 s", kaifa, every_2_s, ahead=timedelta(seconds=-90))
    yield Kind("Kaifa, clock +90 s", kaifa, every_2_s, ahead=timedelta(seconds=90))
    yield Kind("Kaifa, clock -1 h", kaifa, every_2_s, ahead=-HOUR)
    yield Kind("Kaifa, clock +1 h", kaifa, every_2_s, ahead=HOUR)
    yield Kind("Aidon, clock -1 h", aidon, every_2_5_s, means=True, ahead=-HOUR)


def bursts(lost: float, seed: int) -> Callable[[datetime], bool]:
    """Return what says whether a list of a moment is lost, in bursts of some 20 s."""
    chance, until, after = random.Random(seed), START, START

    def is_lost(at: datetime) -> bool:
        nonlocal until, after
        while lost and at >= after:
            until = after + timedelta(seconds=chance.expovariate(1 / 20))
            after = until + timedelta(seconds=chance.expovariate(lost / (1 - lost) / 20))
        return at < until

    return is_lost


class Books:
    """What Home Assistant books on hours and quarters, beside what was true."""

    def __init__(self, first: datetime) -> None:
        """Begin; what ends before a moment, or at it, does not count."""
        self.booked = {(register, length): Booked() for register in POWERS for length in (HOUR, QUARTER)}
        self.backward = 0
        """How often a total was less than before."""
        self._first = first
        self._shown = dict.fromkeys(POWERS, 0.0)
        self._seen: dict[tuple[Quantity, timedelta], tuple[float, float]] = {}

    def close(self, end: datetime, hours: Hours, true: Supply) -> None:
        """Book the quarter that ends at a moment, and the hour if it ends too."""
        for register, is_true in zip(POWERS, (true.energy_import, true.energy_export), strict=True):
            value = hours.totals[register].at(end) or 0.0
            self.backward += value < self._shown[register]
            self._shown[register] = value
            for length in [each for each in (HOUR, QUARTER) if period_start(end, each) == end]:
                self._book(register, length, end, (value, is_true))

    def _book(self, register: Quantity, length: timedelta, end: datetime, now: tuple[float, float]) -> None:
        before = self._seen.get((register, length))
        if end > self._first and before:
            self.booked[register, length].add(now[0] - before[0], now[1] - before[1])
        self._seen[register, length] = now


def live(kind: Kind, seed: int, days: int) -> tuple[dict[tuple[Quantity, timedelta], Booked], int]:
    """Let a day pass, and as many as are asked for. Return what these were booked as, and steps back of totals."""
    net, is_lost = kind.model.net, bursts(kind.lost, seed)
    truth = harsh_house(seed, net)
    meter = Meter(kind.model, MeanHouse.harsh(seed, net) if kind.means else harsh_house(seed, net))
    hours, decoder, books = Hours(), Decoder(), Books(START + timedelta(days=1) - kind.ahead)
    end, ratio = START + 2 * HOUR, kind.model.transformer_ratio
    for push in meter.pushes(until=START + timedelta(days=days + 1, seconds=90)):
        now = push.moment - kind.ahead
        while now >= end - WRITTEN_AFTER:
            books.close(end, hours, truth.at(end + kind.ahead))
            end += QUARTER
        events = () if is_lost(push.moment) else decoder.receive(push.line)
        for reading in [event for event in events if isinstance(event, Reading)]:
            values = {quantity: value * ratio for quantity, value in reading.values.items()}
            hours.update(values, now, reading.sent_at.moment(push.moment, OSLO) if reading.sent_at else None)
    return books.booked, books.backward


def tell_harsh(days: int, pool: ProcessPoolExecutor) -> None:
    """Measure all kinds in the harsh house, and print."""
    told = [*kinds()]
    runs = [[pool.submit(live, kind, seed, days) for seed in SEEDS] for kind in told]
    print(f"{'per cent wrong (mark)':36}{'import hours, quarters':>28}{'export hours, quarters':>28}  worst hour")
    for kind, seeds in zip(told, runs, strict=True):
        results = [each.result() for each in seeds]
        cells, worst, missed = [], 0.0, False
        for (register, length), mark in zip(results[0][0], kind.marks, strict=True):
            parts = [booked[register, length] for booked, _ in results]
            share = 100 * sum(part.wrongly for part in parts) / sum(part.energy for part in parts)
            worst = max(worst, *(part.worst for part in parts)) if length == HOUR else worst
            missed = missed or share > mark
            cells.append(f"{share:7.3f} ({mark:.2f})")
        backward = sum(each for _, each in results)
        ends = "  above its mark" if missed else ""
        print(f"{kind.name:36}{''.join(cells[:2]):>28}{''.join(cells[2:]):>28}{worst:9.0f} Wh{ends}", flush=True)
        if backward:
            print(f"{'':36}steps back: {backward}")


def tariffs(months: int) -> int:
    """Return how many random months come out otherwise than by the reference."""
    chance, wrong = random.Random(20260101), 0
    for _ in range(months):
        series, east = any_series(chance), chance.choice((1, 2))
        powers = any_month(chance, series, east, chance.random())
        try:
            check_month(series, east, powers, any_holidays(chance, powers, east))
        except AssertionError:
            wrong += 1
    return wrong


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1, help="how long each meter is simulated")
    parser.add_argument("--harsh-days", type=int, default=2, help="how long each of three harsh houses is, after a day")
    asked = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        tell_harsh(asked.harsh_days, pool)
        print()
        wrong = pool.submit(tariffs, MONTHS)
        results = sorted(pool.map(run, cases(asked.days)), key=lambda result: -result.share)
    print(f"{'meter':50}{'wrong hour':>12}{'at register':>13}{'of an hour':>12}{'backward':>10}")
    for each in results:
        energies = f"{each.at_register:10.1f} Wh{each.of_hour:9.1f} Wh"
        print(f"{each.case.name:50}{each.share:10.3f} %{energies}{each.backward:10}")
    worst = {each.case.maker: each.share for each in reversed(results)}
    told = [f"{share:.3f} % ({maker})" for maker, share in sorted(worst.items(), key=lambda pair: -pair[1])]
    print(f"\nshare of energy in the wrong clock hour: worst {', '.join(told)}")
    print(f"largest error at a register: {max(each.at_register for each in results):.1f} Wh")
    print(f"peaks that differ from the reference: {wrong.result()} of {MONTHS}")


if __name__ == "__main__":
    main()
