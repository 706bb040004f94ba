"""How right hours and quarters are in a harsh house, of each kind of meter and with each fault.

Each kind of meter speaks in its own time about steps of up to 12 kW, a heat pump, a car, panels and clouds, none of
them on the seconds of the lists. The energy of an hour, or a quarter, is what Home Assistant would book on it: the
total as it is shown in the last second, less the same of the one before. Half of all errors is what was booked wrongly.
Days of three seeds are pooled, without the first, and stand beside the mark, where there is one.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import json
import random
from zoneinfo import ZoneInfo

from benchmarks.harsh_house import START, MeanHouse, harsh_house
from custom_components.han_port.analysis.hour import POWERS, Hours
from custom_components.han_port.analysis.periods import HOUR, QUARTER, period_start
from custom_components.han_port.decoder import Decoder, Quantity, Reading, tells_means
from tools.simulator.abroad import MODELS_ABROAD
from tools.simulator.household import Supply
from tools.simulator.lists import MODELS, ListKind, Model, find_model
from tools.simulator.meter import Meter, Push

OSLO = ZoneInfo("Europe/Oslo")
WRITTEN_AFTER = timedelta(seconds=0.9)
"""Before the end of a period the total is written, as of that end: what comes later cannot be in it."""
SEEDS = (1, 2, 3)
SPRING, AUTUMN = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)
"""The days before the changes of the hour."""
RESTARTS_EVERY, RESTART_TAKES = 6 * HOUR, timedelta(seconds=30)
MISSING = range(9, 14)
"""Hours of the day (UTC) whose list is missing, if five are."""


@dataclass(frozen=True)
class Kind:
    """A kind of meter in the harsh house, and its marks."""

    name: str
    model: Model
    marks: tuple[float, ...] = ()
    """Per cent: import of hours and quarters, export of hours and quarters."""
    means: bool = False
    """Whether its lists tell the mean power since the one before."""
    ahead: timedelta = timedelta()
    """By how much its clock is ahead."""
    lost: float = 0.0
    """Part of its lists that are lost, in bursts."""
    misses_hours: bool = False
    """Whether the hourly list is missing for five hours of each day."""
    restarts_at: timedelta | None = None
    """How long after each sixth hour, or before it, Home Assistant restarts."""
    start: datetime = START


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
    for model, means in ((aidon, True), (kaifa, False), (kamstrup, False)):
        for start, change in ((SPRING, "spring"), (AUTUMN, "autumn")):
            yield Kind(f"{model.maker.name}, hour changed in {change}", model, means=means, start=start)
        yield Kind(f"{model.maker.name}, hourly list missing", model, means=means, misses_hours=True)
        for at, told in ((timedelta(seconds=-10), "59:50"), (timedelta(seconds=20), "00:20")):
            yield Kind(f"{model.maker.name}, restart at {told}", model, means=means, restarts_at=at)


def bursts(lost: float, seed: int, start: datetime) -> Callable[[datetime], bool]:
    """Return what says whether a list of a moment is lost, in bursts of some 20 s."""
    chance, until, after = random.Random(seed), start, start

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

    def look(self, hours: Hours, at: datetime) -> None:
        """Note the totals as they are shown at a moment."""
        for register in POWERS:
            value = hours.totals[register].at(at) or 0.0
            self.backward += value < self._shown[register]
            self._shown[register] = value

    def close(self, end: datetime, true: Supply) -> None:
        """Book what was shown last on the quarter that ends at a moment, and on the hour if it ends too."""
        for register, is_true in zip(POWERS, (true.energy_import, true.energy_export), strict=True):
            value = self._shown[register]
            for length in [each for each in (HOUR, QUARTER) if period_start(end, each) == end]:
                self._book(register, length, end, (value, is_true))

    def _book(self, register: Quantity, length: timedelta, end: datetime, now: tuple[float, float]) -> None:
        before = self._seen.get((register, length))
        if end > self._first and before:
            self.booked[register, length].add(now[0] - before[0], now[1] - before[1])
        self._seen[register, length] = now


def is_down(kind: Kind, at: datetime) -> bool:
    """Return whether Home Assistant restarts at a moment."""
    return kind.restarts_at is not None and (at - kind.restarts_at - kind.start) % RESTARTS_EVERY < RESTART_TAKES


def is_missing(kind: Kind, push: Push) -> bool:
    """Return whether a list is one of the hourly lists that are missing."""
    return kind.misses_hours and push.which is ListKind.HOURLY and push.moment.hour in MISSING


def live(kind: Kind, seed: int, days: int) -> tuple[dict[tuple[Quantity, timedelta], Booked], int]:
    """Let a day pass, and as many as are asked for. Return what these were booked as, and steps back of totals."""
    net, start, is_lost = kind.model.net, kind.start, bursts(kind.lost, seed, kind.start)
    truth = harsh_house(seed, net, start)
    meter = Meter(kind.model, MeanHouse.harsh(seed, net, start) if kind.means else harsh_house(seed, net, start))
    hours, decoder, books = Hours(), Decoder(), Books(start + timedelta(days=1) - kind.ahead)
    end, ratio, was_down = start + 2 * HOUR, kind.model.transformer_ratio, False
    for push in meter.pushes(until=start + timedelta(days=days + 1, seconds=90)):
        now = push.moment - kind.ahead
        down = is_down(kind, now)
        if down and not was_down:
            books.look(hours, now)
            hours = Hours.from_dict(json.loads(json.dumps(hours.as_dict())), hours.finished_as_list())
        was_down = down
        while now >= end - WRITTEN_AFTER:
            if not is_down(kind, end - WRITTEN_AFTER):
                books.look(hours, end)
            books.close(end, truth.at(end + kind.ahead))
            end += QUARTER
        events = () if down or is_lost(push.moment) or is_missing(kind, push) else decoder.receive(push.line)
        for reading in [event for event in events if isinstance(event, Reading)]:
            if tells_means(reading.list_id):
                hours.expect_means()
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
        for number, (register, length) in enumerate(results[0][0]):
            parts = [booked[register, length] for booked, _ in results]
            share = 100 * sum(part.wrongly for part in parts) / sum(part.energy for part in parts)
            worst = max(worst, *(part.worst for part in parts)) if length == HOUR else worst
            mark = kind.marks[number] if kind.marks else None
            missed = missed or (mark is not None and share > mark)
            cells.append(f"{share:7.3f} " + ("       " if mark is None else f"({mark:.2f}) "))
        backward = sum(each for _, each in results)
        ends = "  above its mark" if missed else ""
        print(f"{kind.name:36}{''.join(cells[:2]):>28}{''.join(cells[2:]):>28}{worst:9.0f} Wh{ends}", flush=True)
        if backward:
            print(f"{'':36}steps back: {backward}")
