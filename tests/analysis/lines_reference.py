"""The currents in the lines of a house, by the mathematics of phasors: written without a look at what it checks."""

import cmath
from collections.abc import Iterable
from dataclasses import dataclass
import math
from random import Random

TURN = math.tau / 3
PAIRS = ((0, 1), (1, 2), (0, 2))


@dataclass(frozen=True)
class Load:
    """Something that takes power: between which terminals (line numbers from 0, or "N"), W, and its angle."""

    one: int
    other: int | str
    watts: float
    angle: float = 0.0


def terminals(system: str) -> dict[int | str, complex]:
    """Return terminal -> volts: lines 230 V from the neutral, or 230 V from each other where there is none."""
    size = 230.0 / math.sqrt(3) if system == "it" else 230.0
    lines: dict[int | str, complex] = {line: cmath.rect(size, -line * TURN) for line in range(3)}
    return lines | {"N": 0j}


def currents(system: str, loads: Iterable[Load]) -> list[complex]:
    """Return the current in each of the three lines."""
    volts, lines = terminals(system), [0j, 0j, 0j]
    for load in loads:
        across = volts[load.one] - volts[load.other]
        apparent = cmath.rect(abs(load.watts) / math.cos(load.angle), load.angle)
        flows = (math.copysign(1.0, load.watts) * apparent / across).conjugate()
        lines[load.one] += flows
        if isinstance(load.other, int):
            lines[load.other] -= flows
    return lines


def charger(system: str, wiring: str, amperes: float) -> list[Load]:
    """Return a charger that takes so many A in each of its lines, without any reactive power."""
    if wiring == "three_phase":
        if system == "it":
            return [Load(one, other, 230.0 * amperes / math.sqrt(3)) for one, other in PAIRS]
        return [Load(line, "N", 230.0 * amperes) for line in range(3)]
    lines = [int(part[1]) - 1 for part in wiring.split("_")]
    return [Load(lines[0], lines[1] if len(lines) > 1 else "N", 230.0 * amperes)]


def wirings(system: str) -> list[str]:
    """Return how a charger may be connected in a supply system."""
    by_system = {"tn": ["three_phase", "l1", "l2", "l3"], "it": ["three_phase", "l1_l2", "l2_l3", "l1_l3"]}
    return by_system.get(system, ["l1"])


def any_loads(chance: Random, system: str, most: int = 6) -> list[Load]:
    """Return the loads of some house: heaters, motors, electronics."""
    loads = []
    for _ in range(chance.randint(0, most)):
        watts = chance.uniform(50, 3500)
        angle = math.acos(chance.uniform(0.85, 1.0)) * chance.choice((1, 1, 1, -1))
        line = 0 if system == "one_phase" else chance.randrange(3)
        if system == "it":
            one, other = chance.choice(PAIRS)
            loads.append(Load(one, other, watts, angle))
        else:
            loads.append(Load(line, "N", watts, angle))
    return loads
