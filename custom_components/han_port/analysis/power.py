"""The powers of one moment: active and reactive as one signed number each, and what follows from the two.

Every function takes the values that are known at one moment (W, var, V, A), of the house or of one phase, and returns
None where the answer has no meaning.
"""

from collections.abc import Mapping
import math
from types import MappingProxyType
from typing import NamedTuple

from ..decoder.quantities import PHASES, Quantity

MIN_POWER_WITH_ANGLE = 50.0
"""VA. Below it the angle between P and Q is made of last digits alone. Chosen, not measured."""
MIN_POWER_AGAINST_CURRENTS = 300.0
"""VA by P and Q. Below it the last digit of the currents (0.1 A, or 23 VA, for most meters) is too large a part of the
apparent power that they give. Chosen, not measured."""

type Values = Mapping[Quantity, float]

ACTIVE: Mapping[int | None, tuple[Quantity, Quantity]] = MappingProxyType(
    {None: (Quantity.POWER_IMPORT, Quantity.POWER_EXPORT)}
    | {phase.number: (phase.power_import, phase.power_export) for phase in PHASES}
)
"""Phase 1, 2 or 3, or None for the house -> its active import and export."""
_REACTIVE: Mapping[int | None, tuple[Quantity, Quantity]] = MappingProxyType(
    {None: (Quantity.REACTIVE_POWER_IMPORT, Quantity.REACTIVE_POWER_EXPORT)}
    | {phase.number: (phase.reactive_power_import, phase.reactive_power_export) for phase in PHASES}
)


def signed(power_import: float | None, power_export: float | None) -> float | None:
    """Return import minus export (W); None where the meter sends no import.

    A meter nets its phases, so one of the two is zero. The short list carries the import alone and comes more often:
    while it says that power flows in, an export from the list before is over.
    """
    if power_import is None or power_import:
        return power_import
    return -power_export if power_export else 0.0


def active(values: Values, phase: int | None = None) -> float | None:
    """Return the active power (W), export negative, of the house or of phase 1, 2 or 3 if the meter sends that."""
    imported, exported = ACTIVE[phase]
    return signed(values.get(imported), values.get(exported))


def exports(values: Values) -> bool:
    """Return whether the house feeds in more than it draws."""
    return (active(values) or 0.0) < 0


def reactive(values: Values, phase: int | None = None) -> float | None:
    """Return the reactive power (var), export negative, of the house or of a phase.

    Unlike active power, some meters sum the phases of each direction, and send both directions at once.
    """
    imported, exported = (values.get(quantity) for quantity in _REACTIVE[phase])
    return None if imported is None else imported - (exported or 0.0)


def apparent_power(values: Values, phase: int | None = None) -> float | None:
    """Return the apparent power (VA) of the house, or of a phase if the meter sends both its powers."""
    p, q = active(values, phase), reactive(values, phase)
    return None if p is None or q is None else math.hypot(p, q)


def power_factor(values: Values, phase: int | None = None) -> float | None:
    """Return active by apparent power, 0 to 1, of the house or of a phase."""
    p, apparent = active(values, phase), apparent_power(values, phase)
    if p is None or apparent is None or apparent < MIN_POWER_WITH_ANGLE:
        return None
    return abs(p) / apparent


def quadrant(values: Values, phase: int | None = None) -> int | None:
    """Return the quadrant of IEC 62053-23, 1 to 4: I = import P, import Q; then counter-clockwise."""
    p, q = active(values, phase), reactive(values, phase)
    if p is None or q is None or math.hypot(p, q) < MIN_POWER_WITH_ANGLE:
        return None
    if q >= 0:
        return 1 if p >= 0 else 2
    return 3 if p < 0 else 4


class ApparentPowers(NamedTuple):
    """The apparent power of the house (VA), found in two independent ways that physics ties together."""

    by_powers: float
    """|P + jQ|. Where the meter sends no Q, |P|."""
    by_currents: float
    """The sum of U times I of the phases that have both."""
    phases: int
    """How many phases have both."""


def apparent_powers(values: Values) -> ApparentPowers | None:
    """Return the apparent power (VA) by P and Q and by U and I; None where the meter sends no active power.

    With a neutral the two are equal. Without one, U is measured from line to line and the second is 1.73 to 2 times
    the first. Other ratios mean that one of the two is scaled wrongly, or that phases feed each other.
    """
    p = active(values)
    if p is None:
        return None
    pairs = [(values.get(phase.voltage), values.get(phase.current)) for phase in PHASES]
    # The sign of a current is that of its power in some meters, and says nothing of its size.
    products = [volts * abs(amperes) for volts, amperes in pairs if volts is not None and amperes is not None]
    return ApparentPowers(math.hypot(p, reactive(values) or 0.0), sum(products), len(products))
