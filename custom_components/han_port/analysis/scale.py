"""Whether the scale of a meter's values can be right: currents against power, registers against power over hours.

Some meters do not say which power of ten their values have; a table says the usual one. Physics can contradict it:
|P + jQ| is never more than the sum of U times I, and a register grows by what the power adds up to. Nothing is
changed here. A contradiction must be long and plain, since it is shown to people.

Times are seconds of one clock that never steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
import math

from ..decoder.quantities import Quantity, Unit

_PHASES = tuple(
    (Quantity[f"VOLTAGE_L{n}"], Quantity[f"CURRENT_L{n}"], Quantity[f"POWER_IMPORT_L{n}"]) for n in (1, 2, 3)
)

ENOUGH_POWER = 300.0
"""VA. Of less, the last digit of a current is too large a part."""
READINGS, SECONDS = 30, 600.0
"""How many readings must contradict the currents, over how long."""
STRETCH = 3590.0
"""Seconds: an hour, with some for messages that come a little early."""
ENOUGH_ENERGY = 1000.0
"""Wh that must have flowed in a stretch, by the register or by the power."""
STRETCHES = 2
GAP = 30.0
"""Seconds without a power that end a stretch."""


@dataclass(slots=True)
class Evidence:
    """For a power of ten by which values seem to be wrong. One observation that says otherwise begins it anew."""

    exponent: int = 0
    count: int = 0
    since: float = 0.0

    def take(self, exponent: int, now: float) -> None:
        """Take an observation; exponent 0 says that all is right."""
        if exponent != self.exponent:
            self.exponent, self.count, self.since = exponent, 0, now
        self.count += 1

    def factor(self, count: int, seconds: float, now: float) -> float | None:
        """Return what values must be multiplied by, if so many observations over so long say so; else None."""
        is_enough = self.exponent and self.count >= count and now - self.since >= seconds
        return 10.0**self.exponent if is_enough else None


def _exponent(ratio: float, tolerance: float) -> int | None:
    """Return the power of ten that a ratio is near to; None if it lies between two."""
    exact = math.log10(ratio)
    return round(exact) if abs(exact - round(exact)) <= tolerance else None


class ScaleCheck:
    """Listens to all readings of a meter (W, var, V, A, Wh, at its terminals)."""

    def __init__(self) -> None:
        """Begin without evidence."""
        self._currents, self._registers = Evidence(), Evidence()
        self._now = 0.0
        self._exported: float | None = None
        self._power: tuple[float, float] | None = None  # W, and when it was heard
        self._began: tuple[float, float] | None = None  # when the stretch began, and with which register in Wh
        self._flowed = 0.0  # Wh since then

    def take(self, values: Mapping[Quantity, float], now: float) -> None:
        """Take a reading that came at this second."""
        self._now = now
        self._exported = values.get(Quantity.ENERGY_EXPORT, self._exported)
        if (exponent := self._of_currents(values)) is not None:
            self._currents.take(exponent, now)
        if (power := values.get(Quantity.POWER_IMPORT)) is not None:
            self._integrate(power, now)
        if (register := values.get(Quantity.ENERGY_IMPORT)) is not None:
            self._compare(register, now)

    @property
    def contradictions(self) -> Mapping[Unit, float]:
        """What all values of a unit would have to be multiplied by to fit; empty as long as all may be right."""
        found = {
            Unit.AMPERE: self._currents.factor(READINGS, SECONDS, self._now),
            Unit.WATT_HOUR: self._registers.factor(STRETCHES, 0.0, self._now),
        }
        return {unit: factor for unit, factor in found.items() if factor}

    def _of_currents(self, values: Mapping[Quantity, float]) -> int | None:
        """Return the power of ten by which currents are too small; None if a reading does not tell."""
        if Quantity.POWER_IMPORT not in values:
            return None
        apparent = sum(values.get(volts, 0.0) * abs(values.get(amperes, 0.0)) for volts, amperes, _ in _PHASES)
        active = values[Quantity.POWER_IMPORT] - values.get(Quantity.POWER_EXPORT, 0.0)
        reactive = values.get(Quantity.REACTIVE_POWER_IMPORT, 0.0) - values.get(Quantity.REACTIVE_POWER_EXPORT, 0.0)
        measured = math.hypot(active, reactive)
        if not apparent or not measured or max(apparent, measured) < ENOUGH_POWER:
            return None
        # A three-wire meter says less than all currents: that is less than a factor of two, far from ten.
        exponent = _exponent(measured / apparent, 0.35)
        if exponent and exponent < 0 and not self._adds_up(values):
            return None
        return exponent

    def _adds_up(self, values: Mapping[Quantity, float]) -> bool:
        """Tell whether the phases' powers cannot have cancelled each other, as with solar cells on one of them."""
        if values.get(Quantity.POWER_EXPORT, 0.0) or Quantity.REACTIVE_POWER_IMPORT not in values:
            return False
        in_use = [power for volts, amperes, power in _PHASES if values.get(volts) and values.get(amperes)]
        return len(in_use) == 1 or self._exported == 0 or self._by_phase(values, in_use)

    @staticmethod
    def _by_phase(values: Mapping[Quantity, float], powers: list[Quantity]) -> bool:
        """Tell whether the phases' own powers are there and make up the total."""
        total = values[Quantity.POWER_IMPORT]
        return abs(sum(values.get(power, 0.0) for power in powers) - total) <= 0.05 * total + 5

    def _integrate(self, power: float, now: float) -> None:
        if self._power:
            watts, before = self._power
            self._flowed += watts * (now - before) / 3600
            if now - before > GAP:
                self._began = None
        self._power = (power, now)

    def _compare(self, register: float, now: float) -> None:
        """Compare what the register grew by with what the power added up to, if the stretch was long enough."""
        if self._began and register < self._began[1]:
            self._began, self._registers = None, Evidence()
        if not self._began:
            self._began, self._flowed = (now, register), 0.0
            return
        began, first = self._began
        step = register - first
        if now - began < STRETCH or max(step, self._flowed) < ENOUGH_ENERGY or not step or not self._flowed:
            return
        if (exponent := _exponent(step / self._flowed, 0.2)) is not None:
            self._registers.take(-exponent, now)
        self._began, self._flowed = (now, register), 0.0
