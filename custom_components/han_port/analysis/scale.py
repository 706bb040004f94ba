"""Whether physics contradicts the scale of currents or of registers.

Some meters do not say the power of ten of their values, and a table says the usual one for their type. What they
measure must fit together all the same: |P + jQ| is at most the sum of U times I, and a register grows by what the
power adds up to. Nothing is changed here, and nothing is said before it is beyond doubt: a false alarm would make
people spoil what is right.

Values are as decoded (W, var, V, A, Wh), before any transformer ratio. Times are seconds of one clock that never
steps.
"""

from collections.abc import Mapping
import math

from ..decoder.quantities import PHASES, Quantity, Unit
from .power import MIN_POWER_AGAINST_CURRENTS, apparent_powers

MIN_CONTRADICTIONS, MIN_CONTRADICTION_SECONDS = 30, 600.0
"""So many readings, over so many seconds, must contradict the currents."""
MIN_STRETCH = 3590.0
"""Seconds over which registers and power are compared: an hour, less the jitter of hourly messages."""
MIN_ENERGY_OF_STRETCH = 1000.0
"""Wh that must have flowed in a stretch, by the register or by the power."""
MAX_POWER_AGE = 30.0
"""Seconds for which a power holds. A longer silence ends the stretch: nobody knows what flowed."""

_MAX_DISTANCE_BY_CURRENTS = 0.35
_MAX_DISTANCE_BY_REGISTERS = 0.2
"""How far, in log10, a ratio may be from a power of ten. Currents know less: phases and wires hide a part of them."""
_MAX_PHASE_ERROR = 0.05


class ScaleCheck:
    """Listens to the readings of one meter. What it has found once it does not take back."""

    def __init__(self) -> None:
        """Begin without any evidence."""
        self._checks: dict[Unit, _Currents | _Registers] = {Unit.AMPERE: _Currents(), Unit.WATT_HOUR: _Registers()}
        self._found: dict[Unit, float] = {}

    def update(self, values: Mapping[Quantity, float], now: float) -> None:
        """Take one reading, that came at `now`."""
        for unit, check in self._checks.items():
            factor = None if unit in self._found else check.update(values, now)
            if factor:
                self._found[unit] = factor

    @property
    def contradictions(self) -> Mapping[Unit, float]:
        """The units whose values cannot be right, and what these would have to be multiplied by."""
        return dict(self._found)


def fits(factor: float, ratio: float) -> bool:
    """Tell whether what currents seem to have to be multiplied by may be the ratio of transformers, either way round.

    The meter may have counted it for powers alone, or for currents alone.
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
        """Return what currents must be multiplied by, once enough readings in a row agree on it."""
        self._exported = values.get(Quantity.ENERGY_EXPORT, self._exported)
        ratio = _apparent_ratio(values)
        if not ratio:
            return None
        exponent = _power_of_ten(ratio, _MAX_DISTANCE_BY_CURRENTS)
        if not exponent:
            self._count = 0  # the currents are right, or wrong by no power of ten
            return None
        if exponent < 0 and not self._flows_one_way(values):
            return None
        if exponent != self._exponent or not self._count:
            self._exponent, self._count, self._since = exponent, 0, now
        self._count += 1
        is_certain = self._count >= MIN_CONTRADICTIONS and now - self._since >= MIN_CONTRADICTION_SECONDS
        return 10.0**exponent if is_certain else None

    def _flows_one_way(self, values: Mapping[Quantity, float]) -> bool:
        """Tell whether no phase can feed what another one takes.

        Where solar cells do, large currents make a small power, and all is right. The same is true of a reactive
        power that is not told.
        """
        if values.get(Quantity.POWER_EXPORT) != 0 or Quantity.REACTIVE_POWER_IMPORT not in values:
            return False
        imports = [phase.power_import for phase in PHASES if values.get(phase.voltage)]
        if len(imports) == 1 or self._exported == 0:
            return True
        if any(share not in values for share in imports):
            return False
        # What one phase exports, the others import on top of the total.
        total = values[Quantity.POWER_IMPORT]
        return abs(sum(values[share] for share in imports) - total) <= _MAX_PHASE_ERROR * total


class _Registers:
    """Compares what the import register grows by with what the import power adds up to."""

    def __init__(self) -> None:
        self._power: float | None = None
        self._heard = 0.0
        self._until = 0.0
        self._flowed = 0.0
        self._start: tuple[float, float] | None = None
        """When a stretch began, and at which stand."""
        self._stand = 0.0
        self._exponent: int | None = None
        """What the stretch before pointed at."""

    def update(self, values: Mapping[Quantity, float], now: float) -> float | None:
        """Return what registers must be multiplied by, once two stretches in a row agree on it."""
        self._integrate(values.get(Quantity.POWER_IMPORT), now)
        stand = values.get(Quantity.ENERGY_IMPORT)
        if stand is None or self._power is None:
            return None
        if stand < self._stand:
            self._start = self._exponent = None  # another meter, or a damaged one
        self._stand = stand
        if not self._start:
            self._begin(stand, now)
            return None
        began, first = self._start
        step = stand - first
        if now - began < MIN_STRETCH or not step or max(step, self._flowed) < MIN_ENERGY_OF_STRETCH:
            return None
        before, self._exponent = self._exponent, self._points_at(step)
        self._begin(stand, now)
        return 10.0**-before if before and before == self._exponent else None

    def _integrate(self, power: float | None, now: float) -> None:
        """Let the last power hold until now; several lists take turns on some ports, and not all have a power."""
        if now - self._heard > MAX_POWER_AGE:
            self._power = self._start = None
        self._flowed += (self._power or 0.0) * (now - self._until) / 3600
        self._until = now
        if power is not None:
            self._power, self._heard = abs(power), now

    def _begin(self, stand: float, now: float) -> None:
        self._start, self._flowed = (now, stand), 0.0

    def _points_at(self, step: float) -> int | None:
        return _power_of_ten(step / self._flowed, _MAX_DISTANCE_BY_REGISTERS) if self._flowed else None


def _apparent_ratio(values: Mapping[Quantity, float]) -> float | None:
    """Return |P + jQ| by the sum of U times I; None where the reading lacks one, or too little flows to judge by.

    A three-wire meter's voltages are those between phases, and some of its currents are left out or counted twice.
    In an honest house the ratio is therefore between a half and two, if phases do not feed each other.
    """
    powers = apparent_powers(values)
    # Where all currents are 0 they are too coarse, which is no matter of scale.
    if powers is None or powers.by_powers < MIN_POWER_AGAINST_CURRENTS or not powers.by_currents:
        return None
    return powers.by_powers / powers.by_currents


def _power_of_ten(ratio: float, near: float) -> int | None:
    """Return the exponent of the power of ten that a ratio is near to, or None."""
    exact = math.log10(ratio)
    return round(exact) if abs(exact - round(exact)) <= near else None
