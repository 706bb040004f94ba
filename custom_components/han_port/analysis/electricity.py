"""What follows from the measured values by the laws of electricity, and no telegram says.

All take the values that are known at one moment and return None where the answer has no meaning. Only what
`current_l2` returns is an estimate, and it says so.
"""

import cmath
from dataclasses import dataclass
import math

from ..decoder.quantities import PHASES, Quantity
from .power import Values, apparent_power
from .supply_system import SupplySystem

MIN_MEAN_CURRENT = 1.0
"""A: of less, an imbalance is one lamp."""
MIN_CURRENT = 0.05
"""A: half of the last digit of most meters. Less is no current."""
MIN_VOLTAGE = 1.0
"""V: less is a line that has failed, and has no angle."""
MAX_COSINE = 1.05
"""Rounding takes a cosine a little beyond 1. Farther out, powers and currents are not of the same moment."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value that was not measured, and between which limits it is for certain, all in one unit."""

    value: float
    lower: float
    upper: float
    candidates: tuple[float, float]
    """Both values that agree with what was measured. The first is the likely one."""


def apparent_power_of(values: Values, phase: int, system: SupplySystem | None) -> float | None:
    """Return the apparent power (VA) of phase 1, 2 or 3. Where there is no neutral, a phase has none."""
    of_phase = PHASES[phase - 1]
    volts, amperes = values.get(of_phase.voltage), values.get(of_phase.current)
    if system is None or not system.has_neutral or volts is None or amperes is None:
        return None
    return volts * abs(amperes)


def imbalance(values: Values) -> float | None:
    """Return how far the current that is farthest from the mean is from it, in % of the mean."""
    measured = [abs(values[phase.current]) for phase in PHASES if phase.current in values]
    if len(measured) < 2:  # noqa: PLR2004 - one is balanced with nothing
        return None
    mean = sum(measured) / len(measured)
    return 100 * max(abs(each - mean) for each in measured) / mean if mean >= MIN_MEAN_CURRENT else 0.0


def voltage_spread(values: Values) -> float | None:
    """Return the greatest of three voltages less the smallest (V)."""
    measured = [values[phase.voltage] for phase in PHASES if phase.voltage in values]
    return max(measured) - min(measured) if len(measured) == len(PHASES) else None


def voltage_l2(values: Values, system: SupplySystem | None) -> float | None:
    """Return the voltage from L1 to L3 (V) that a meter without neutral leaves out; None if it is measured.

    It is the third side of a triangle: the two others are measured, both against L2, and are 60 degrees apart. With
    a neutral nothing ties the voltages together, and a mean would be a guess.
    """
    first, third = values.get(Quantity.VOLTAGE_L1), values.get(Quantity.VOLTAGE_L3)
    if system is not SupplySystem.IT or Quantity.VOLTAGE_L2 in values or first is None or third is None:
        return None
    return math.sqrt(first**2 + third**2 - first * third)


def current_l2(values: Values, system: SupplySystem | None) -> Estimate | None:
    """Return the current of L2 (A) that a meter without neutral leaves out; None if it is measured.

    The three currents add up to nothing, so it follows from the other two and the angle between them. That is the
    angle between their voltages and the one between the powers of the two measuring elements. Of the latter only the
    size is known, for P and Q are the sum of both elements: so there are two answers.
    """
    first, third = values.get(Quantity.CURRENT_L1), values.get(Quantity.CURRENT_L3)
    apparent = apparent_power(values)
    if (
        system is not SupplySystem.IT
        or Quantity.CURRENT_L2 in values
        or first is None
        or third is None
        or apparent is None
    ):
        return None
    one, three = abs(first), abs(third)  # a sign is that of the power of an element: it says nothing of the current
    if min(one, three) < MIN_CURRENT:
        likely = mirrored = max(one, three)
    else:
        between_powers = _between_powers(values, one, three, apparent)
        if between_powers is None:
            return None
        between = _between_voltages(values)
        # With ordinary loads element 1 lags behind element 3, so the angles add up, to the lesser of both currents.
        likely = abs(one + cmath.rect(three, between + between_powers))
        mirrored = abs(one + cmath.rect(three, between - between_powers))
    return Estimate(likely, abs(one - three), one + three, (likely, mirrored))


def _between_powers(values: Values, one: float, three: float, apparent: float) -> float | None:
    """Return the angle between the powers of the two elements; None if the three powers make no triangle."""
    first, third = values.get(Quantity.VOLTAGE_L1, 0.0), values.get(Quantity.VOLTAGE_L3, 0.0)
    if min(first, third) < MIN_VOLTAGE:
        return None
    power_1, power_3 = first * one, third * three
    cosine = (apparent**2 - power_1**2 - power_3**2) / (2 * power_1 * power_3)
    return _angle(cosine) if abs(cosine) <= MAX_COSINE else None


def _between_voltages(values: Values) -> float:
    """Return the angle between the voltages of L1 and L3 against L2; 60 degrees if the third side is not measured."""
    side = values.get(Quantity.VOLTAGE_L2)
    if side is None:
        return math.pi / 3
    first, third = values[Quantity.VOLTAGE_L1], values[Quantity.VOLTAGE_L3]
    return _angle((first**2 + third**2 - side**2) / (2 * first * third))


def _angle(cosine: float) -> float:
    """Return the angle of a cosine that rounding may have taken beyond 1."""
    return math.acos(max(-1.0, min(1.0, cosine)))
