"""How right the energy of an hour is, from simulated meters' frames through the real decoder and the real hours.

First each kind of meter in a harsh house, and each fault (`harsh_hours`). The rest is lateness, lost frames and
repeated lists in a usual house, and tariffs of random months, against a reference of their own.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
import random
from zoneinfo import ZoneInfo

from benchmarks.harsh_hours import tell_harsh
from custom_components.han_port.analysis.hour import Hours
from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.periods import HOUR
from custom_components.han_port.decoder import Decoder, Quantity, Reading
from tests.analysis.tariff_by_chance import any_holidays, any_month, any_series, check_month
from tools.simulator.abroad import MODELS_ABROAD
from tools.simulator.household import House
from tools.simulator.lists import Model, find_model
from tools.simulator.meter import Faults, Meter

OSLO = ZoneInfo("Europe/Oslo")
IMPORT = Quantity.ENERGY_IMPORT
NORWEGIAN = ("Aidon", "Kaifa", "Kamstrup", "Embriq")
LATE = (5.0, 55.0, 290.0)
"""Seconds after the hour at which hourly lists come. Whether a Kamstrup's registers are those of the full hour nobody
knows; here they are those of the second, and later than the 5 s that it takes they would be another hour's by right."""
FAULTS = Faults(lost=0.02, repeated_hour=0.02, flipped=0.005, seed=1)
BEFORE = timedelta(seconds=1)
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
