"""The lines between a house and its meter, as phasors: what flows in them, and what the meter tells of that.

Currents are A. Angles are those of L1's voltage to the neutral, or to where a neutral would be.
"""

import cmath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import math
from random import Random

from custom_components.han_port.analysis.fuse import CURRENTS, LINES, NOMINAL_VOLTAGE, VOLTAGES
from custom_components.han_port.analysis.power import ACTIVE
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.decoder import Quantity

NOISE = 0.1
OF_LINE = {line: cmath.rect(1.0, math.radians(-120 * (line - 1))) for line in LINES}
"""Line -> the direction of its voltage."""

type Phasors = Mapping[int, complex]
"""Line -> A."""


def _between(one: int, other: int) -> complex:
    """Return the direction of the voltage from one line to another."""
    difference = OF_LINE[one] - OF_LINE[other]
    return difference / abs(difference)


@dataclass(frozen=True)
class Grid:
    """A supply system, and how far the house's currents lag behind their voltages."""

    system: SupplySystem = SupplySystem.TN
    lags: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Degrees of the load of each line, or in an IT system of those from L1 to L2, from L2 to L3 and from L3 to L1."""

    def of_house(self, amperes: tuple[float, float, float]) -> dict[int, complex]:
        """Return what the loads of a house draw from each line."""
        loads = [cmath.rect(each, -math.radians(lag)) for each, lag in zip(amperes, self.lags, strict=True)]
        if self.system is not SupplySystem.IT:
            return {line: load * OF_LINE[line] for line, load in zip(LINES, loads, strict=True)}
        pairs = ((1, 2), (2, 3), (3, 1))
        one, two, three = (load * _between(*pair) / math.sqrt(3) for load, pair in zip(loads, pairs, strict=True))
        return {1: one - three, 2: two - one, 3: three - two}

    def of_charger(self, lines: tuple[int, ...]) -> dict[int, complex]:
        """Return what a charger draws from each of its lines for each ampere."""
        if self.system is SupplySystem.IT and len(lines) == 2:
            return {lines[0]: _between(*lines), lines[1]: -_between(*lines)}
        return {line: OF_LINE[line] for line in lines}

    def left(self, house: Phasors, lines: tuple[int, ...], usable: float) -> float:
        """Return the highest current of a charger that keeps its lines within the part of the fuse that may be used.

        It solves |house + x charger| = usable for x; negative or 0 if the house needs all of it.
        """
        left = math.inf
        for line, unit in self.of_charger(lines).items():
            along = house[line] * unit.conjugate()
            if abs(along.imag) > usable:
                return 0.0
            left = min(left, math.sqrt(usable**2 - along.imag**2) - along.real)
        return left

    def power(self, currents: Phasors) -> complex:
        """Return what the lines carry into the house: active (W) and reactive power (var)."""
        of_neutral = NOMINAL_VOLTAGE / (math.sqrt(3) if self.system is SupplySystem.IT else 1.0)
        return sum((of_neutral * OF_LINE[line] * each.conjugate() for line, each in currents.items()), 0j)

    def values(self, currents: Phasors, chance: Random) -> dict[Quantity, float]:
        """Return what the meter tells. In an IT system it measures no current of L2, and no voltage from L1 to L3."""
        measured = [line for line in LINES if self.system is not SupplySystem.IT or line != 2]
        values: dict[Quantity, float] = {}
        for line in measured:
            values[CURRENTS[line]] = round(abs(abs(currents[line]) + chance.uniform(-NOISE, NOISE)), 1)
            values[VOLTAGES[line]] = NOMINAL_VOLTAGE
        if self.system is not SupplySystem.IT:
            for line in measured:
                values |= _by_direction(ACTIVE[line], self.power({line: currents[line]}).real)
        power = self.power(currents)
        values |= _by_direction(ACTIVE[None], power.real)
        return values | _by_direction((Quantity.REACTIVE_POWER_IMPORT, Quantity.REACTIVE_POWER_EXPORT), power.imag)


TN = Grid()


def together(flows: Iterable[Phasors]) -> dict[int, complex]:
    """Return what several flows are together."""
    total = dict.fromkeys(LINES, 0j)
    for flow in flows:
        for line, each in flow.items():
            total[line] += each
    return total


def _by_direction(directions: tuple[Quantity, Quantity], value: float) -> dict[Quantity, float]:
    """Return what is imported and exported of a power, one of which is 0."""
    imported, exported = directions
    return {imported: float(round(max(value, 0.0))), exported: float(round(max(-value, 0.0)))}
