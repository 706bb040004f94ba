"""What follows from measured voltages, currents and powers by the laws of electricity.

Every function takes the values that are known at one moment (V, A, W, var) and returns None where the answer has no
meaning. Only `current_l2` is an estimate, and says so.
"""

import cmath
from dataclasses import dataclass
import math

from ..decoder.quantities import PHASES, Quantity
from .power import Values, apparent_power
from .supply_system import SupplySystem

MIN_MEAN_CURRENT = 1.0
"""A. Below this mean the imbalance is 0: it would be a single lamp. Chosen, not measured."""
MIN_CURRENT = 0.05
"""A: half of the last digit of most meters. Less is no current."""
MIN_VOLTAGE = 1.0
"""V. Less is a line that has failed, and has no angle."""
MAX_COSINE = 1.05
"""Rounding takes a cosine slightly beyond 1. Farther out, powers and currents are not of the same moment. Chosen: of
simulated readings whose powers are of another moment, more than half violate the triangle by over 2 %."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value that was not measured, and the limits that it is certainly within, all in one unit."""

    value: float
    lower: float
    upper: float
    candidates: tuple[float, float]
    """Both values that agree with the measured ones. The first is the likely one."""


def apparent_power_of(values: Values, phase: int, system: SupplySystem | None) -> float | None:
    """Return the apparent power (VA) of phase 1, 2 or 3. Without a neutral, a phase has none of its own."""
    of_phase = PHASES[phase - 1]
    volts, amperes = values.get(of_phase.voltage), values.get(of_phase.current)
    if system is None or not system.has_neutral or volts is None or amperes is None:
        return None
    return volts * abs(amperes)


def imbalance(values: Values) -> float | None:
    """Return the largest deviation of a current from the mean of all, in % of the mean."""
    measured = [abs(values[phase.current]) for phase in PHASES if phase.current in values]
    if len(measured) < 2:  # noqa: PLR2004 - one is balanced with nothing
        return None
    mean = sum(measured) / len(measured)
    return 100 * max(abs(each - mean) for each in measured) / mean if mean >= MIN_MEAN_CURRENT else 0.0


def voltage_spread(values: Values) -> float | None:
    """Return the highest of three voltages minus the lowest (V)."""
    measured = [values[phase.voltage] for phase in PHASES if phase.voltage in values]
    return max(measured) - min(measured) if len(measured) == len(PHASES) else None


def voltage_l2(values: Values, system: SupplySystem | None) -> float | None:
    """Return the voltage from L1 to L3 (V) that a meter in an IT system leaves out; None if it is measured.

    It is the third side of a triangle: the two others are measured, both against L2, and are 60 degrees apart. With
    a neutral nothing ties the three voltages together, and a mean would be a guess.
    """
    first, third = values.get(Quantity.VOLTAGE_L1), values.get(Quantity.VOLTAGE_L3)
    if system is not SupplySystem.IT or Quantity.VOLTAGE_L2 in values or first is None or third is None:
        return None
    return math.sqrt(first**2 + third**2 - first * third)


def current_l2(values: Values, system: SupplySystem | None) -> Estimate | None:
    """Return the current of L2 (A) that a meter in an IT system leaves out; None if it is measured.

    The three currents add up to zero, so L2 follows from the other two and the angle between them. That angle is the
    one between their voltages plus the one between the powers of the two measuring elements. Of the latter only the
    size is known, as P and Q are the sum of both elements: so there are two answers.
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
    one, three = abs(first), abs(third)  # the sign is that of an element's power, not of the current
    if min(one, three) < MIN_CURRENT:
        likely = mirrored = max(one, three)
    else:
        between_powers = _between_powers(values, one, three, apparent)
        if between_powers is None:
            return None
        between = _between_voltages(values)
        # With ordinary loads element 1 lags element 3, so the angles add up, which gives the lower of both currents.
        likely = abs(one + cmath.rect(three, between + between_powers))
        mirrored = abs(one + cmath.rect(three, between - between_powers))
    return Estimate(likely, abs(one - three), one + three, (likely, mirrored))


def _between_powers(values: Values, one: float, three: float, apparent: float) -> float | None:
    """Return the angle (rad) between the powers of the two elements; None if the three powers make no triangle."""
    first, third = values.get(Quantity.VOLTAGE_L1, 0.0), values.get(Quantity.VOLTAGE_L3, 0.0)
    if min(first, third) < MIN_VOLTAGE:
        return None
    power_1, power_3 = first * one, third * three
    cosine = (apparent**2 - power_1**2 - power_3**2) / (2 * power_1 * power_3)
    return _angle(cosine) if abs(cosine) <= MAX_COSINE else None


def _between_voltages(values: Values) -> float:
    """Return the angle (rad) between the voltages of L1 and L3 against L2: 60 degrees if the third is not measured."""
    side = values.get(Quantity.VOLTAGE_L2)
    if side is None:
        return math.pi / 3
    first, third = values[Quantity.VOLTAGE_L1], values[Quantity.VOLTAGE_L3]
    return _angle((first**2 + third**2 - side**2) / (2 * first * third))


def _angle(cosine: float) -> float:
    """Return the angle (rad) of a cosine that rounding may have taken beyond 1."""
    return math.acos(max(-1.0, min(1.0, cosine)))
