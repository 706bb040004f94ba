"""What follows from the measured values by the laws of electricity, and no telegram says.

All take the values that are known at one moment and return None where the answer has no meaning. Only what
`current_l2` returns is an estimate, and it says so.
"""

import cmath
from collections.abc import Mapping
from dataclasses import dataclass
import math

from ..decoder.quantities import Quantity
from .power import signed
from .supply_system import SupplySystem

LEAST_APPARENT = 50.0
"""VA: of less, an angle is made of the last digits alone."""
LEAST_MEAN = 1.0
"""A: of less, an imbalance is one lamp."""
LEAST_CURRENT = 0.05
"""A: half of the last digit of most meters. Less is no current."""
LEAST_VOLTAGE = 1.0
"""V: less is a line that has failed, and has no angle."""
GREATEST_COSINE = 1.05
"""Rounding takes a cosine a little beyond 1. Farther out, powers and currents are not of the same moment."""

_VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
_CURRENTS = (Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3)

type Values = Mapping[Quantity, float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value that was not measured, and between which limits it is for certain, all in one unit."""

    value: float
    lower: float
    upper: float
    candidates: tuple[float, float]
    """Both values that agree with what was measured. The first is the likely one."""


def active(values: Values, phase: int | None = None) -> float | None:
    """Return active power (W), export negative: that of the house, or of phase 1, 2 or 3 if the meter tells it."""
    return signed(values.get(_of("POWER_IMPORT", phase)), values.get(_of("POWER_EXPORT", phase)))


def exports(values: Values) -> bool:
    """Tell whether the house gives more than it takes."""
    return (active(values) or 0.0) < 0


def reactive(values: Values, phase: int | None = None) -> float | None:
    """Return reactive power (var), export negative, of the house or of a phase.

    Other than with active power, some meters add up the phases of each direction, and send both at a time.
    """
    taken = values.get(_of("REACTIVE_POWER_IMPORT", phase))
    return None if taken is None else taken - values.get(_of("REACTIVE_POWER_EXPORT", phase), 0.0)


def _of(name: str, phase: int | None) -> Quantity:
    return Quantity[f"{name}_L{phase}" if phase else name]


def apparent_power(values: Values, phase: int | None = None) -> float | None:
    """Return apparent power (VA) of the house, or of a phase if the meter tells both its powers."""
    in_phase, across = active(values, phase), reactive(values, phase)
    return None if in_phase is None or across is None else math.hypot(in_phase, across)


def power_factor(values: Values, phase: int | None = None) -> float | None:
    """Return which part of the apparent power is active, 0 to 1, of the house or of a phase."""
    in_phase, apparent = active(values, phase), apparent_power(values, phase)
    if in_phase is None or apparent is None or apparent < LEAST_APPARENT:
        return None
    return abs(in_phase) / apparent


def quadrant(values: Values, phase: int | None = None) -> int | None:
    """Return the quadrant of IEC 62053-23, 1 to 4: counted from import of both powers on, by way of import of Q."""
    in_phase, across = active(values, phase), reactive(values, phase)
    if in_phase is None or across is None or math.hypot(in_phase, across) < LEAST_APPARENT:
        return None
    if across >= 0:
        return 1 if in_phase >= 0 else 2
    return 3 if in_phase < 0 else 4


def apparent_power_of(values: Values, phase: int, system: SupplySystem | None) -> float | None:
    """Return the apparent power (VA) of phase 1, 2 or 3. Where there is no neutral, a phase has none."""
    volts, amperes = values.get(_VOLTAGES[phase - 1]), values.get(_CURRENTS[phase - 1])
    if system not in (SupplySystem.TN, SupplySystem.ONE_PHASE) or volts is None or amperes is None:
        return None
    return volts * abs(amperes)


def imbalance(values: Values) -> float | None:
    """Return how far the current that is farthest from the mean is from it, in % of the mean."""
    measured = [abs(values[current]) for current in _CURRENTS if current in values]
    if len(measured) < 2:  # noqa: PLR2004 - one is balanced with nothing
        return None
    mean = sum(measured) / len(measured)
    return 100 * max(abs(each - mean) for each in measured) / mean if mean >= LEAST_MEAN else 0.0


def voltage_spread(values: Values) -> float | None:
    """Return the greatest of three voltages less the smallest (V)."""
    measured = [values[voltage] for voltage in _VOLTAGES if voltage in values]
    return max(measured) - min(measured) if len(measured) == len(_VOLTAGES) else None


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
    if min(one, three) < LEAST_CURRENT:
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
    if min(first, third) < LEAST_VOLTAGE:
        return None
    power_1, power_3 = first * one, third * three
    cosine = (apparent**2 - power_1**2 - power_3**2) / (2 * power_1 * power_3)
    return _angle(cosine) if abs(cosine) <= GREATEST_COSINE else None


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
