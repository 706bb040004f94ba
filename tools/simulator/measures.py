"""What a meter can say of a house: each value under its code (C.D.E), its unit, and how its number is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
import math
from typing import TYPE_CHECKING

from . import axdr
from .household import Net

if TYPE_CHECKING:
    from .household import Supply
    from .lists import Model

PHASES = (0, 1, 2)
FACTORS = ("33.7.0", "53.7.0", "73.7.0")
POWERS = ("1.7.0", "2.7.0", "3.7.0", "4.7.0")
ENERGIES = ("1.8.0", "2.8.0", "3.8.0", "4.8.0")
CURRENTS, VOLTAGES = ("31.7.0", "51.7.0", "71.7.0"), ("32.7.0", "52.7.0", "72.7.0")
ANGLES = ("81.7.4", "81.7.15", "81.7.26")
TARIFFS = ("1.8.0", "1.8.1", "1.8.2", "2.8.0", "2.8.1", "2.8.2")
QUADRANTS = ("5.8.0", "6.8.0", "7.8.0", "8.8.0")
IMPORTS, EXPORTS = ("21.7.0", "41.7.0", "61.7.0"), ("22.7.0", "42.7.0", "62.7.0")
WATT, VAR, WATT_HOUR, VAR_HOUR, DEGREE, AMPERE, VOLT = 27, 29, 30, 32, 8, 33, 35
Measure = Callable[["Supply"], float]


def _of_phase(values: str, phase: int, sign: int) -> Measure:
    def measure(supply: Supply) -> float:
        by_phase = getattr(supply, values)
        return max(sign * by_phase[phase], 0.0) if phase < len(by_phase) else 0.0

    return measure


def _phase(code: int, values: str, sign: int = 1) -> dict[str, Measure]:
    """Return the codes (C.D.E) of a quantity for the three phases, which are twenty apart."""
    return {f"{code + 20 * phase}.7.0": _of_phase(values, phase, sign) for phase in PHASES}


MEASURES: dict[str, Measure] = {
    "1.7.0": lambda supply: supply.active_import,
    "2.7.0": lambda supply: supply.active_export,
    "3.7.0": lambda supply: supply.reactive_import,
    "4.7.0": lambda supply: supply.reactive_export,
    "1.8.0": lambda supply: supply.energy_import,
    "2.8.0": lambda supply: supply.energy_export,
    "3.8.0": lambda supply: supply.reactive_energy_import,
    "4.8.0": lambda supply: supply.reactive_energy_export,
    **_phase(21, "active_power_by_phase"),
    **_phase(22, "active_power_by_phase", -1),
    **_phase(23, "reactive_power_by_phase"),
    **_phase(24, "reactive_power_by_phase", -1),
    **_phase(31, "current"),
    **_phase(32, "voltage"),
}


def power_factor(phase: int) -> Measure:
    def measure(supply: Supply) -> float:
        apparent = supply.voltage[phase] * supply.current[phase]
        return abs(supply.active_power_by_phase[phase]) / apparent if apparent else 1.0

    return measure


MEASURES |= {f"{33 + 20 * phase}.7.0": power_factor(phase) for phase in PHASES}
MEASURES |= {
    f"{group + 20 * phase}.8.0": MEASURES[total] for group, total in ((21, "1.8.0"), (22, "2.8.0")) for phase in PHASES
}


def _angle(phase: int) -> Measure:
    return lambda supply: math.degrees(math.acos(min(1.0, power_factor(phase)(supply))))


def _tariff(total: str, number: int) -> Measure:
    """Day and night go by no clock here: two fifths of everything are the first tariff's."""

    def measure(supply: Supply) -> float:
        stand = int(MEASURES[total](supply))
        first = stand * 2 // 5
        return first if number == 1 else stand - first

    return measure


def _quadrant(number: int) -> Measure:
    return lambda supply: supply.reactive_energy_by_quadrant[number - 1]


MEASURES |= {f"{total}.{number}": _tariff(f"{total}.0", number) for total in ("1.8", "2.8") for number in (1, 2)}
MEASURES |= {f"{4 + number}.8.0": _quadrant(number) for number in (1, 2, 3, 4)}
MEASURES |= {code: _angle(phase) for phase, code in enumerate(ANGLES)}
WORD, LONG = axdr.long_unsigned, axdr.double_long_unsigned


@dataclass(frozen=True)
class Form:
    """How a number is written: its power of ten and its type."""

    exponent: int = 0
    encode: Callable[[int], bytes] = LONG

    def of(self, code: str, supply: Supply) -> bytes:
        """Write the value with this code; a register shows what is full, everything else is rounded."""
        measured = MEASURES[code](supply)
        raw = measured / 10**self.exponent if self.exponent > 0 else measured * 10**-self.exponent
        return self.encode(int(raw) if ".8." in code else round(raw))


def unit_of(code: str) -> int:
    """Return the unit in the enumeration of DLMS."""
    group_c, group_d, _ = map(int, code.split("."))
    if code in ANGLES:
        return DEGREE
    if group_d == 8:
        return WATT_HOUR if group_c % 20 in (1, 2) else VAR_HOUR
    return {1: WATT, 2: WATT, 3: VAR, 4: VAR, 11: AMPERE, 12: VOLT}[group_c % 20]


def obis(code: str, medium: str = "1-0") -> bytes:
    return axdr.octet_string(axdr.logical_name(f"{medium}:{code}"))


def octets(text: str) -> bytes:
    return axdr.octet_string(text.encode("ascii"))


def phases_of(model: Model, codes: Iterable[str]) -> tuple[str, ...]:
    """Return those of a phase's codes that a meter has."""
    return tuple(codes)[: 1 if model.net is Net.ONE_PHASE else 3]
