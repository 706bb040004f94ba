"""The power of ten of currents that no list states, as far as powers and voltages of the same list show it.

P = U I cos phi, and a power of ten is a large step: of those that a maker uses, at most one fits.
"""

from collections.abc import Mapping, Sequence
import math

from .quantities import PHASES, Quantity

_MIN_POWER = 20.0  # W; with less in a phase, the rounding of its current hides the scale
_MIN_TOTAL = 200.0  # W; with less, most of the current of a house may be reactive
_HALF_A_DECADE = math.sqrt(10)
_POWER_FACTORS = 0.3, 1.15
"""The power factors that a house may have. None is above 1, but current and power are not measured at one moment."""


def fitting(candidates: Sequence[int], numbers: Mapping[Quantity, float], one_volt: float) -> int | None:
    """Return the power of ten that fits; None if none does, or too little flows to say.

    `numbers` are as they were sent, powers in W, and `one_volt` is the unit of the voltages in V.
    """
    ratios, low, high = _ratios_with_factors(numbers, one_volt), 1 / _HALF_A_DECADE, _HALF_A_DECADE
    if not ratios:
        ratios, low, high = _ratio_of_totals(numbers, one_volt), *_POWER_FACTORS
    for exponent in candidates:
        if ratios and all(low <= ratio / 10**exponent <= high for ratio in ratios):
            return exponent
    return None


def contradicted(exponent: int, numbers: Mapping[Quantity, float], one_volt: float) -> bool:
    """Return whether currents in this power of ten are by far too small for the power. The arguments are as above.

    Too large they may be at any time: much of a current can be reactive, and phases can be exported and imported.
    """
    return any(ratio / 10**exponent > _HALF_A_DECADE for ratio in _ratio_of_totals(numbers, one_volt))


def _ratios_with_factors(numbers: Mapping[Quantity, float], one_volt: float) -> list[float]:
    """Return P / (U I cos phi) of each phase whose power factor is sent: 1 if the current is in A, 0.1 if in 0.1 A."""
    ratios = []
    for phase in PHASES:
        measured = (phase.voltage, phase.current, phase.power_factor, phase.power_import, phase.power_export)
        volts, amperes, factor, power_import, power_export = (numbers.get(each, 0) for each in measured)
        power = power_import + power_export
        if power >= _MIN_POWER and volts and amperes and factor:
            ratios.append(power / (volts * one_volt * amperes * factor / 100))
    return ratios


def _ratio_of_totals(numbers: Mapping[Quantity, float], one_volt: float) -> list[float]:
    """Return the power beside the sum of all U I: what the power factor would be, if the currents were in A."""

    def net(power_import: Quantity, power_export: Quantity) -> float:
        return abs(numbers.get(power_import, 0) - numbers.get(power_export, 0))

    # That of the phases, if it is sent, since one may be imported while another is exported.
    phases = sum(net(phase.power_import, phase.power_export) for phase in PHASES)
    power = phases or net(Quantity.POWER_IMPORT, Quantity.POWER_EXPORT)
    products = sum(abs(numbers.get(phase.voltage, 0) * numbers.get(phase.current, 0)) for phase in PHASES) * one_volt
    return [power / products] if power >= _MIN_TOTAL and products else []
