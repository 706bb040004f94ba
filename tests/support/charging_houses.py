"""Houses that a charger is led in: what their lines draw, second by second.

Currents are A, negative where a line exports, in each of three lines. In an IT system they are those of three loads
between two lines each, of such a size that a balanced house draws so much in each line.
"""

from collections.abc import Callable, Iterator
import math
from random import Random

from custom_components.han_port.analysis.charging import MIN_CHARGING_CURRENT, ChargingMode

HOUR = 3600

type House = Callable[[int], tuple[float, float, float]]


def constant(amperes: float) -> House:
    """Return a house whose lines draw the same, always."""
    return lambda _second: (amperes, amperes, amperes)


def heat_pump(base: float, pump: float) -> House:
    """Return a house that draws a base, and in addition a heat pump in all lines for three of each ten minutes."""
    return lambda second: (base + pump * (second % 600 < 180),) * 3


def wild(seed: int, seconds: int) -> House:
    """Return a house in which each line changes by up to 20 A, after half a minute to half an hour."""
    chance = Random(seed)
    lines = [list(_steps(chance, seconds)) for _ in range(3)]
    places = [0, 0, 0]

    def at(second: int) -> tuple[float, float, float]:
        for number, steps in enumerate(lines):
            while places[number] + 1 < len(steps) and steps[places[number] + 1][0] <= second:
                places[number] += 1
        one, two, three = (steps[place][1] for steps, place in zip(lines, places, strict=True))
        return one, two, three

    return at


def scaled(house: House, factor: float) -> House:
    """Return a house whose lines draw so many times as much."""

    def at(second: int) -> tuple[float, float, float]:
        one, two, three = (factor * amperes for amperes in house(second))
        return one, two, three

    return at


def _steps(chance: Random, seconds: int) -> Iterator[tuple[float, float]]:
    now = 0.0
    while now < seconds:
        yield now, float(chance.choice((*range(17), 20)))
        now += math.exp(chance.uniform(math.log(30), math.log(1800)))


def cloudy(seed: int, seconds: int) -> House:
    """Return a house that draws up to 4 A in each line and makes up to 14 A of solar power in each, under clouds."""
    chance, loads = Random(seed), wild(seed, seconds)
    sun, target, made = 1.0, 1.0, []
    for _ in range(seconds):
        if chance.random() < 1 / 240:
            target = chance.uniform(0.3, 1.0)
        sun += max(-0.02, min(0.02, target - sun))
        made.append(14.0 * sun)

    def at(second: int) -> tuple[float, float, float]:
        one, two, three = (min(amperes, 4.0) - made[second] for amperes in loads(second))
        return one, two, three

    return at


def surplus(house: House, seconds: int, mode: ChargingMode) -> float:
    """Return what a three-phase charger could draw of what a house exports if it followed at once (Ah in each line)."""
    total = 0.0
    for second in range(seconds):
        exported = -sum(house(second)) / 3
        if mode is ChargingMode.SOLAR_MINIMUM:
            exported = max(exported, MIN_CHARGING_CURRENT)
        total += exported if exported >= MIN_CHARGING_CURRENT else 0.0
    return total / HOUR
