"""A house and what its meter measures, driven by a clock that the caller holds.

Appliances live through spells: so much power for so long. Power is therefore constant between two
switchings, in whole watts, and the registers integrate it without any error. Voltages and currents follow
from that power by the mathematics of phasors, so that P, Q, U and I of one moment always belong together.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
import heapq
from itertools import count
import math
from random import Random
from typing import NamedTuple

MICROSECOND = timedelta(microseconds=1)
WATT_MICROSECONDS_PER_WATT_HOUR = 3_600_000_000
# People get up, cook and sleep by this clock. Summer time would only move the habits.
LOCAL = timezone(timedelta(hours=1))

SINGLE_PHASE_VOLTAGE = 231.0
LINE_IMPEDANCE = complex(0.12, 0.05)
THIRD_OF_A_TURN = cmath.exp(complex(0, -2 * math.pi / 3))

Phasors = list[complex]
Triple = tuple[int, int, int]
NOTHING: Triple = (0, 0, 0)


class Net(Enum):
    """The wires into the house. In TN loads hang between a phase and neutral, in IT between two phases."""

    TN = "TN"
    IT = "IT"
    ONE_PHASE = "one-phase"


@dataclass(frozen=True)
class Supply:
    """What a perfect meter knows at one moment, in W, var, V, A, Wh and varh. Import counts positive.

    The tuples have a member for each phase, so a single one in a one-phase net. In IT nets the voltages are
    U12, U13 and U23, and the powers by phase are those of the two measuring elements of a three-wire meter:
    L1 against L2, nothing, L3 against L2.
    """

    moment: datetime
    net: Net
    active_power: int
    reactive_power: int
    active_power_by_phase: tuple[float, ...]
    reactive_power_by_phase: tuple[float, ...]
    voltage: tuple[float, ...]
    current: tuple[float, ...]
    reactive_energy_by_quadrant: tuple[float, ...]
    """I to IV by the signs of both powers: in I both are imported, in III both exported."""
    energy_import: float
    energy_export: float
    reactive_energy_import: float
    reactive_energy_export: float

    @property
    def active_import(self) -> int:
        return max(self.active_power, 0)

    @property
    def active_export(self) -> int:
        return max(-self.active_power, 0)

    @property
    def reactive_import(self) -> int:
        return max(self.reactive_power, 0)

    @property
    def reactive_export(self) -> int:
        return max(-self.reactive_power, 0)

    @property
    def signed_current(self) -> tuple[float, ...]:
        """The currents with the sign of the power in their phase or measuring element."""
        return tuple(math.copysign(*pair) for pair in zip(self.current, self.active_power_by_phase, strict=True))


class Spell(NamedTuple):
    """A time of constant power at the three connections: L1, L2, L3 in TN, but L1-L2, L2-L3, L3-L1 in IT."""

    seconds: float
    active: Triple
    reactive: Triple = NOTHING


Appliance = Callable[[Random, datetime], Iterator[Spell]]


def steady(active: Triple, reactive: Triple = NOTHING) -> Appliance:
    """Make an appliance that always takes the same."""

    def run(_rng: Random, _start: datetime) -> Iterator[Spell]:
        while True:
            yield Spell(3600, active, reactive)

    return run


def _second_of_day(moment: datetime) -> float:
    return moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6


HABITS = (4, 3, 3, 3, 3, 4, 7, 10, 9, 7, 6, 6, 6, 6, 7, 8, 10, 13, 14, 14, 13, 12, 9, 6)
WATTS_PER_HABIT = 22
FLICKER_SECONDS = 5


def lamps_and_plugs(rng: Random, start: datetime) -> Iterator[Spell]:
    """Vary with the hours of the day; power supplies of electronics make it slightly capacitive."""
    levels = [60.0, 60.0, 60.0]
    for second in count(_second_of_day(start), FLICKER_SECONDS):
        usual = HABITS[int(second // 3600) % 24] * WATTS_PER_HABIT
        levels = [max(20.0, level + 0.02 * (usual - level) + rng.gauss(0, 9)) for level in levels]
        first, second_, third = map(int, levels)
        yield Spell(FLICKER_SECONDS, (first, second_, third), (-first // 5, -second_ // 6, 30 - third // 5))


def kitchen(rng: Random, start: datetime) -> Iterator[Spell]:
    """Boil and fry on the first connection, mostly when people are awake."""
    second = _second_of_day(start)
    while True:
        hurry = HABITS[int(second // 3600) % 24]
        pause = rng.expovariate(hurry / 36_000)
        power = rng.randrange(700, 2300)
        cooking = rng.uniform(90, 1500)
        yield Spell(pause, NOTHING)
        yield Spell(cooking, (power, 0, 0))
        second += pause + cooking


def heat_pump(rng: Random, _start: datetime) -> Iterator[Spell]:
    """Cycle on the third connection: a motor, so it starts with a surge and takes reactive power."""
    while True:
        power = rng.randrange(800, 2200)
        yield Spell(rng.uniform(240, 1500), (0, 0, 12))
        yield Spell(3, (0, 0, power * 8 // 5), (0, 0, power))
        yield Spell(rng.uniform(480, 1300), (0, 0, power), (0, 0, power // 3))


def water_heater(rng: Random, _start: datetime) -> Iterator[Spell]:
    """Two kilowatts of pure resistance on the second connection, whenever the thermostat asks."""
    while True:
        yield Spell(rng.uniform(1800, 14400), NOTHING)
        yield Spell(rng.uniform(600, 2700), (0, 2000, 0))


def electric_car(active: Triple) -> Appliance:
    """Charge late in most evenings, with a taper at the end."""

    def run(rng: Random, start: datetime) -> Iterator[Spell]:
        until_midnight = 86_400 - _second_of_day(start)
        while True:
            begin = until_midnight - rng.uniform(0, 5400)
            charging = rng.uniform(5400, 18_000) if rng.random() < 0.75 else 0.0
            yield Spell(max(begin, 0), NOTHING)
            yield Spell(charging, active, _share(active, -1, 20))
            for remaining in (5, 4, 3, 2, 1) if charging else ():
                yield Spell(180, _share(active, remaining, 6), _share(active, -1, 20))
            until_midnight += 86_400 - max(begin, 0) - charging - (900 if charging else 0)

    return run


def _share(powers: Triple, numerator: int, denominator: int) -> Triple:
    first, second, third = (power * numerator // denominator for power in powers)
    return first, second, third


LATITUDE = math.radians(60)
SUNNY_SECONDS = 10


def _sine_of_elevation(moment: datetime) -> float:
    season = 2 * math.pi * (moment.timetuple().tm_yday + 10) / 365
    declination = math.radians(-23.44) * math.cos(season)
    hour_angle = 2 * math.pi * (_second_of_day(moment) / 86_400 - 0.5)
    noon = math.cos(LATITUDE) * math.cos(declination)
    return math.sin(LATITUDE) * math.sin(declination) + noon * math.cos(hour_angle)


def solar_panels(peak: int) -> Appliance:
    """Feed all three connections alike, through clouds that come and go."""

    def run(rng: Random, start: datetime) -> Iterator[Spell]:
        clearness = 0.7
        for seconds in count(0, SUNNY_SECONDS):
            clearness = min(1.0, max(0.1, clearness + 0.01 * (0.7 - clearness) + rng.gauss(0, 0.03)))
            height = _sine_of_elevation(start + timedelta(seconds=seconds))
            third = int(max(height, 0.0) * clearness * peak / 3)
            yield Spell(SUNNY_SECONDS, (-third, -third, -third), (-third // 40,) * 3)

    return run


CAR_CHARGING: dict[Net, Triple] = {
    Net.TN: (3600, 3600, 3600),
    Net.IT: (0, 0, 7100),
    Net.ONE_PHASE: (3600, 0, 0),
}


class House:
    """A house whose past is fixed by its seed and its start.

    Going forward is cheap. Asking for an earlier moment than the last one plays everything again.
    """

    def __init__(
        self,
        start: datetime,
        *,
        net: Net = Net.TN,
        seed: int = 0,
        solar: bool = False,
        car: bool = True,
        appliances: tuple[Appliance, ...] | None = None,
        stands: tuple[int, int, int, int] | None = None,
    ) -> None:
        """Furnish the house, unless appliances are given; stands are A+, A-, R+ and R- at the start."""
        self.start = start.astimezone(UTC)
        self.net = net
        self._seed = seed
        if appliances is None:
            appliances = (lamps_and_plugs, kitchen, heat_pump, water_heater)
            appliances += (electric_car(CAR_CHARGING[net]),) if car else ()
            appliances += (solar_panels(8000),) if solar else ()
        self._appliances = appliances
        rng = Random(f"{seed}/meter")
        limits = (60_000_000, 3_000_000 if solar else 1, 300_000, 9_000_000)
        self._stands = stands or tuple(rng.randrange(limit) for limit in limits)
        self._swings = [(rng.uniform(200, 900), rng.uniform(0, 6.3)) for _ in range(3)]
        self._restart()

    def at(self, moment: datetime) -> Supply:
        """Tell the supply at a moment; a switching at that very moment has happened."""
        self.advance(moment)
        voltage, current, power = self._measure()
        energy = [integral / WATT_MICROSECONDS_PER_WATT_HOUR for integral in self._integrals]
        quadrants = tuple(integral / WATT_MICROSECONDS_PER_WATT_HOUR for integral in self._quadrants)
        return Supply(
            moment,
            self.net,
            sum(self._active),
            sum(self._reactive),
            tuple(each.real for each in power),
            tuple(each.imag for each in power),
            tuple(map(abs, voltage)),
            tuple(map(abs, current)),
            quadrants,
            *energy,
        )

    def advance(self, moment: datetime) -> None:
        """Let the registers count up to a moment."""
        until = (moment - self.start) // MICROSECOND
        if until < 0:
            message = f"the house begins at {self.start}, not at {moment}"
            raise ValueError(message)
        if until < self._now:
            self._restart()
        while self._switchings[0][0] <= until:
            self._integrate(self._switchings[0][0])
            self._switch()
        self._integrate(until)

    def _restart(self) -> None:
        self._now = 0
        self._active = [0, 0, 0]
        self._reactive = [0, 0, 0]
        self._integrals = [stand * WATT_MICROSECONDS_PER_WATT_HOUR for stand in self._stands]
        # Of the years before the start nothing but the sums is known: as if nothing had been exported in them.
        self._quadrants = [self._integrals[2], 0, 0, self._integrals[3]]
        local = self.start.astimezone(LOCAL)
        self._lives = [
            appliance(Random(f"{self._seed}/{index}"), local) for index, appliance in enumerate(self._appliances)
        ]
        self._spells = [Spell(0, NOTHING) for _ in self._lives]
        self._switchings = [(0, index) for index in range(len(self._lives))]

    def _switch(self) -> None:
        """End the spell that is due, and begin the next one of the same appliance."""
        due, index = self._switchings[0]
        old = self._spells[index]
        new = next(self._lives[index])
        self._spells[index] = new
        for connection in range(3):
            self._active[connection] += new.active[connection] - old.active[connection]
            self._reactive[connection] += new.reactive[connection] - old.reactive[connection]
        heapq.heapreplace(self._switchings, (due + round(new.seconds * 1e6), index))

    def _integrate(self, until: int) -> None:
        """Add to one register of each pair: a meter nets its phases before it counts."""
        elapsed = until - self._now
        self._now = until
        for power, register in ((sum(self._active), 0), (sum(self._reactive), 2)):
            self._integrals[register + (power < 0)] += abs(power) * elapsed
        exports, capacitive = sum(self._active) < 0, sum(self._reactive) < 0
        self._quadrants[3 - exports if capacitive else exports] += abs(sum(self._reactive)) * elapsed

    def _measure(self) -> tuple[Phasors, Phasors, Phasors]:
        """Solve the net: voltages, currents and powers by phase, or by measuring element in IT."""
        power = [complex(*pair) for pair in zip(self._active, self._reactive, strict=True)]
        source = self._source()
        if self.net is Net.IT:
            return _between_phases(source, power)
        if self.net is Net.ONE_PHASE:
            power, source = [sum(power)], source[:1]
        return _against_neutral(source, power)

    def _source(self) -> Phasors:
        """Voltages at the transformer, which breathe by a volt or two over some minutes."""
        seconds = self._now / 1e6
        nominal = SINGLE_PHASE_VOLTAGE / (math.sqrt(3) if self.net is Net.IT else 1)
        return [
            nominal * (1 + 0.006 * math.sin(seconds / period + phase)) * THIRD_OF_A_TURN**number
            for number, (period, phase) in enumerate(self._swings)
        ]


def _against_neutral(source: Phasors, power: Phasors) -> tuple[Phasors, Phasors, Phasors]:
    lost = [LINE_IMPEDANCE * (load / emf).conjugate() for emf, load in zip(source, power, strict=True)]
    voltage = [emf - drop for emf, drop in zip(source, lost, strict=True)]
    current = [(load / volts).conjugate() for volts, load in zip(voltage, power, strict=True)]
    return voltage, current, power


def _between_phases(source: Phasors, power: Phasors) -> tuple[Phasors, Phasors, Phasors]:
    drop = [LINE_IMPEDANCE * amperes for amperes in _line_currents(source, power)]
    first, second, third = star = [emf - lost for emf, lost in zip(source, drop, strict=True)]
    current = _line_currents(star, power)
    voltage = [first - second, first - third, second - third]
    elements = [voltage[0] * current[0].conjugate(), 0j, -voltage[2] * current[2].conjugate()]
    return voltage, current, elements


def _line_currents(star: Phasors, power: Phasors) -> Phasors:
    """Currents in the three wires from loads between L1-L2, L2-L3 and L3-L1."""
    between = [(power[k] / (star[k] - star[(k + 1) % 3])).conjugate() for k in range(3)]
    return [between[k] - between[k - 1] for k in range(3)]
