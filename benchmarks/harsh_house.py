"""A house that is hard to book: large steps, on no list's second, and export that comes and goes with the clouds.

An hour has 28 steps of 4.4 kW (root mean square) and 5 changes between import and export. On average it imports
3.5 kWh and exports 1.2.

What a list's power is differs too: Aidon tells the mean since the list before, of others nobody knows.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
import math
from random import Random

from tools.simulator.household import Appliance, House, Net, Spell, Supply

START = datetime(2026, 4, 6, tzinfo=UTC)
SUNRISE, SUNSET = 5, 20
REGISTERS = (40_000_000, 2_000_000, 100_000, 3_000_000)


def _steps(rng: Random, _start: datetime) -> Iterator[Spell]:
    """Take anything up to 12 kW for one to eight minutes, and half the times nothing."""
    while True:
        watts = rng.choice((0, rng.uniform(0, 12_000)))
        yield Spell(rng.uniform(60, 500), (int(watts), 0, 0))


def _heat_pump(rng: Random, _start: datetime) -> Iterator[Spell]:
    """Run 3 minutes of 10, give or take some seconds."""
    while True:
        yield Spell(180 + rng.uniform(-9, 9), (0, 2400, 0))
        yield Spell(420 + rng.uniform(-9, 9), (0, 60, 0))


def _car(rng: Random, _start: datetime) -> Iterator[Spell]:
    """Charge with 7.4 kW for two hours and a half of each evening."""
    while True:
        yield Spell(18 * 3600 + rng.uniform(0, 3600), (0, 0, 0))
        yield Spell(9000, (0, 0, 7400))
        yield Spell(2.4 * 3600, (0, 0, 0))


def _panels(rng: Random, _start: datetime) -> Iterator[Spell]:
    """Feed in up to 9 kW from five to twenty, through clouds."""
    second = 0.0
    while True:
        hour = second % 86_400 / 3600
        is_day = SUNRISE < hour < SUNSET
        height = math.sin(math.pi * (hour - SUNRISE) / (SUNSET - SUNRISE)) if is_day else 0.0
        seconds = rng.uniform(60, 500)
        yield Spell(seconds, (-int(9000 * height * rng.choice((0.2, 0.4, 0.9, 1.0))), 0, 0))
        second += seconds


APPLIANCES: tuple[Appliance, ...] = (_steps, _heat_pump, _car, _panels)


def harsh_house(seed: int, net: Net, start: datetime = START) -> House:
    """Return the house. Its power is that of the moment."""
    return House(start, net=net, seed=seed, appliances=APPLIANCES, stands=REGISTERS)


class MeanHouse(House):
    """The same for a meter whose power is the mean since it was asked last."""

    _last: Supply | None = None
    _said: Supply | None = None

    @classmethod
    def harsh(cls, seed: int, net: Net, start: datetime = START) -> MeanHouse:
        """Return the house."""
        return cls(start, net=net, seed=seed, appliances=APPLIANCES, stands=REGISTERS)

    def at(self, moment: datetime) -> Supply:
        """Tell the supply at a moment, with the mean power since the last one."""
        if self._said and self._said.moment == moment:
            return self._said
        now, before = super().at(moment), self._last
        self._last = self._said = now
        if before:
            passed = now.energy_import - before.energy_import - (now.energy_export - before.energy_export)
            mean = passed * 3600 / (moment - before.moment).total_seconds()
            self._said = replace(now, active_power=round(mean))
        return self._said
