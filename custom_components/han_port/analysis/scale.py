"""Whether physics contradicts the scale of currents or of registers.

Some meters do not send the power of ten of their values, and a table has the usual one of their type. Their values must
still fit together: |P + jQ| is at most the sum of U times I, and a register grows by the integral of the power. Nothing
is changed here, and nothing is reported before it is certain: after a false alarm people would spoil what is right.

The figures below were tried on simulated days of houses, with and without solar cells, in every supply system
(tests/analysis/test_scale.py): no honest day contradicts, and every wrong scale is found within a day.

Values are secondary, as decoded (W, var, V, A, Wh). Times are seconds of one clock that never steps.
"""

from collections.abc import Mapping
import math

from ..decoder.quantities import PHASES, Quantity, Unit
from .power import MIN_POWER_AGAINST_CURRENTS, apparent_powers

MIN_CONTRADICTIONS, MIN_CONTRADICTION_SECONDS = 30, 600.0
"""How many readings in a row, over how many seconds, must contradict the currents."""
MIN_STRETCH = 3590.0
"""Seconds over which registers and power are compared: an hour, less the jitter of hourly messages."""
MIN_ENERGY_OF_STRETCH = 1000.0
"""Wh that must have flowed in a stretch, by the register or by the power: 100 steps of a register of 10 Wh."""
MAX_POWER_AGE = 30.0
"""Seconds for which a power counts as still flowing. A longer silence ends the stretch: nobody knows what flowed."""

_MAX_DISTANCE_BY_CURRENTS = 0.35
_MAX_DISTANCE_BY_REGISTERS = 0.2
"""How far, in log10, a quotient may be from a power of ten. With currents it may be farther: without a neutral, or with
currents left out, it is between a half and two where all is right."""
_MAX_PHASE_ERROR = 0.05
"""How far the sum of the imports of the phases may be from the import of the house, as a part of it."""


class ScaleCheck:
    """Follows the readings of one meter. What it has once found stays found."""

    def __init__(self) -> None:
        """Begin without any evidence."""
        self._checks: dict[Unit, _Currents | _Registers] = {Unit.AMPERE: _Currents(), Unit.WATT_HOUR: _Registers()}
        self._found: dict[Unit, float] = {}

    def update(self, values: Mapping[Quantity, float], now: float) -> None:
        """Update with a reading that came at a second."""
        for unit, check in self._checks.items():
            factor = None if unit in self._found else check.update(values, now)
            if factor:
                self._found[unit] = factor

    @property
    def contradictions(self) -> Mapping[Unit, float]:
        """The units whose values cannot be right, and the factor that these would have to be multiplied by."""
        return dict(self._found)


def fits(factor: float, ratio: float) -> bool:
    """Return whether the factor found for currents could also be the ratio of the transformers, or its inverse.

    The meter may have applied the ratio to powers alone, or to currents alone.
    """
    return abs(abs(math.log10(factor)) - math.log10(ratio)) <= 2 * _MAX_DISTANCE_BY_CURRENTS


class _Currents:
    """Compares currents with the power of the same moment."""

    def __init__(self) -> None:
        self._exponent = 0
        self._count = 0
        self._since = 0.0
        self._exported: float | None = None

    def update(self, values: Mapping[Quantity, float], now: float) -> float | None:
        """Return the factor that currents must be multiplied by, once enough readings in a row agree on it."""
        self._exported = values.get(Quantity.ENERGY_EXPORT, self._exported)
        ratio = _apparent_ratio(values)
        if not ratio:
            return None
        exponent = _power_of_ten(ratio, _MAX_DISTANCE_BY_CURRENTS)
        if not exponent:
            self._count = 0  # the currents are right, or not wrong by a power of ten
            return None
        if exponent < 0 and not self._flows_one_way(values):
            return None
        if exponent != self._exponent or not self._count:
            self._exponent, self._count, self._since = exponent, 0, now
        self._count += 1
        is_certain = self._count >= MIN_CONTRADICTIONS and now - self._since >= MIN_CONTRADICTION_SECONDS
        return 10.0**exponent if is_certain else None

    def _flows_one_way(self, values: Mapping[Quantity, float]) -> bool:
        """Return whether no phase can feed another one.

        With solar cells it can: then large currents make a small power, and all is right. The same is true of a
        reactive power that the meter does not send.
        """
        if values.get(Quantity.POWER_EXPORT) != 0 or Quantity.REACTIVE_POWER_IMPORT not in values:
            return False
        imports = [phase.power_import for phase in PHASES if values.get(phase.voltage)]
        if len(imports) == 1 or self._exported == 0:
            return True
        if any(share not in values for share in imports):
            return False
        # What one phase exports, the others import in addition to the total.
        total = values[Quantity.POWER_IMPORT]
        return abs(sum(values[share] for share in imports) - total) <= _MAX_PHASE_ERROR * total


class _Registers:
    """Compares the growth of the import register with the integral of the import power."""

    def __init__(self) -> None:
        self._power: float | None = None
        self._heard = 0.0
        self._until = 0.0
        self._flowed = 0.0
        self._start: tuple[float, float] | None = None
        """When a stretch began, and the register then."""
        self._register = 0.0
        self._exponent: int | None = None
        """The power of ten that the stretch before pointed to."""

    def update(self, values: Mapping[Quantity, float], now: float) -> float | None:
        """Return the factor that registers must be multiplied by, once two stretches in a row agree on it."""
        self._integrate(values.get(Quantity.POWER_IMPORT), now)
        register = values.get(Quantity.ENERGY_IMPORT)
        if register is None or self._power is None:
            return None
        if register < self._register:
            self._start = self._exponent = None  # another meter, or a damaged one
        self._register = register
        if not self._start:
            self._begin(register, now)
            return None
        began, first = self._start
        step = register - first
        if now - began < MIN_STRETCH or not step or max(step, self._flowed) < MIN_ENERGY_OF_STRETCH:
            return None
        before, self._exponent = self._exponent, self._points_at(step)
        self._begin(register, now)
        return 10.0**-before if before and before == self._exponent else None

    def _integrate(self, power: float | None, now: float) -> None:
        """Let the last power flow until now; some meters send several lists in turn, and not all have a power."""
        if now - self._heard > MAX_POWER_AGE:
            self._power = self._start = None
        self._flowed += (self._power or 0.0) * (now - self._until) / 3600
        self._until = now
        if power is not None:
            self._power, self._heard = abs(power), now

    def _begin(self, register: float, now: float) -> None:
        self._start, self._flowed = (now, register), 0.0

    def _points_at(self, step: float) -> int | None:
        return _power_of_ten(step / self._flowed, _MAX_DISTANCE_BY_REGISTERS) if self._flowed else None


def _apparent_ratio(values: Mapping[Quantity, float]) -> float | None:
    """Return |P + jQ| by the sum of U times I; None where the reading lacks one, or too little flows to judge by.

    A meter without a neutral has the voltages between lines, and leaves out some of its currents or counts them twice.
    Where all is right the quotient is therefore between a half and two, unless phases feed each other.
    """
    powers = apparent_powers(values)
    # If all currents are 0, their resolution is too coarse; that is not a question of scale.
    if powers is None or powers.by_powers < MIN_POWER_AGAINST_CURRENTS or not powers.by_currents:
        return None
    return powers.by_powers / powers.by_currents


def _power_of_ten(ratio: float, near: float) -> int | None:
    """Return the exponent of the power of ten that a ratio is within a distance (log10) of, or None."""
    exact = math.log10(ratio)
    return round(exact) if abs(exact - round(exact)) <= near else None
