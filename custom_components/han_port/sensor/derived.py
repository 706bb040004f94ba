"""THE TABLE of sensors that follow from measured values by the laws of electricity, and of the voltages' means."""

from collections.abc import Callable, Collection
from typing import Any, Unpack

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfApparentPower

from ..analysis.electricity import Estimate, apparent_power_of, current_l2, imbalance, voltage_l2, voltage_spread
from ..analysis.fuse import CURRENTS, LINES, VOLTAGES
from ..analysis.power import apparent_power, exports, power_factor, quadrant, reactive
from ..analysis.supply_system import SupplySystem
from ..analysis.voltage import unbalance
from ..coordinator import HanPortCoordinator
from ..decoder import Moment, Quantity, Unit
from ..meter.meter import Meter
from .description import HALF_A_MINUTE, KINDS, Fields, HanPortSensorDescription, Kind, Value

type Row = HanPortSensorDescription[Meter]

_HAVE_NEUTRAL = frozenset(system for system in SupplySystem if system.has_neutral)
"""Supply systems in which a phase has a power of its own."""


def _of(
    measured: Collection[Quantity],
    *,
    but: Quantity | None = None,
    systems: Collection[SupplySystem] | None = None,
) -> Callable[[HanPortCoordinator], Meter | None]:
    """Return what finds a meter that measures some quantities, but not one other, in one of some supply systems."""

    def part(coordinator: HanPortCoordinator) -> Meter | None:
        meter = coordinator.meter
        is_there = meter.measured.seen.issuperset(measured) and but not in meter.measured.seen
        return meter if is_there and (systems is None or meter.net in systems) else None

    return part


def _row(
    key: str,
    kind: Kind,
    value: Callable[[Meter], float | str | None],
    *measured: Quantity,
    part: Callable[[HanPortCoordinator], Meter | None] | None = None,
    attributes: Callable[[Meter, Moment], dict[str, Any]] | None = None,
    **fields: Unpack[Fields],
) -> Row:
    """Return a row of what follows from quantities; it is there when they are measured, and known when they are fresh.

    Few people need them, so they are disabled by default.
    """

    def shown(meter: Meter, _at: Moment) -> Value:
        found = value(meter)
        return found if found is None or isinstance(found, str) else round(found, kind.digits or 0)

    usual: Fields = {
        "entity_registry_enabled_default": False,
        "min_intervals": HALF_A_MINUTE,
        "reads": frozenset(measured),
    }
    return HanPortSensorDescription(
        key=key,
        translation_key=key,
        part=part or _of(measured),
        is_fresh=lambda meter, at: all(meter.is_fresh(quantity, at.loop) for quantity in measured),
        value=shown,
        attributes=attributes,
        **kind.fields,
        **usual | fields,
    )


_MEASUREMENT = SensorStateClass.MEASUREMENT
_VA = Kind(SensorDeviceClass.APPARENT_POWER, UnitOfApparentPower.VOLT_AMPERE, 0, _MEASUREMENT)


def _apparent_of(line: int) -> Row:
    """Return the row of a phase; without a neutral a phase has no power of its own."""
    key, measured = f"apparent_power_l{line}", (CURRENTS[line], VOLTAGES[line])
    return _row(
        key,
        _VA,
        lambda meter: apparent_power_of(meter.live, line, meter.net),
        *measured,
        part=_of(measured, systems=_HAVE_NEUTRAL),
    )


def _power_factor(line: int | None) -> Row:
    """Return the row of the house, or of a phase; without a neutral that is the power of a measuring element."""
    key, powers = _key_and_powers("power_factor_calculated", line)
    return _row(
        key,
        KINDS[Unit.RATIO],
        lambda meter: power_factor(meter.live, line),
        *powers,
        part=_of_powers(line, powers),
    )


def _quadrant(line: int | None) -> Row:
    key, powers = _key_and_powers("quadrant", line)

    def value(meter: Meter) -> str | None:
        found = quadrant(meter.live, line)
        return f"q{found}" if found else None

    return _row(
        key,
        Kind(SensorDeviceClass.ENUM),
        value,
        *powers,
        options=["q1", "q2", "q3", "q4"],
        entity_category=EntityCategory.DIAGNOSTIC,
        part=_of_powers(line, powers),
    )


def _key_and_powers(key: str, line: int | None) -> tuple[str, tuple[Quantity, Quantity]]:
    suffix = f"_L{line}" if line else ""
    powers = Quantity[f"POWER_IMPORT{suffix}"], Quantity[f"REACTIVE_POWER_IMPORT{suffix}"]
    return key + suffix.lower(), powers


def _of_powers(line: int | None, powers: Collection[Quantity]) -> Callable[[HanPortCoordinator], Meter | None]:
    return _of(powers, systems=_HAVE_NEUTRAL if line else None)


def _mean(line: int) -> Row:
    voltage = VOLTAGES[line]
    return _row(f"voltage_l{line}_mean", KINDS[Unit.VOLT], lambda meter: meter.voltage_mean(voltage), voltage)


def _estimate(meter: Meter) -> Estimate | None:
    """Return the estimated current of L2; none while exporting: the solar cells may be on one phase."""
    values = meter.live
    return None if exports(values) else current_l2(values, meter.net)


def _estimated(meter: Meter) -> float | None:
    found = _estimate(meter)
    return found.value if found else None


def _about_estimate(meter: Meter, _at: Moment) -> dict[str, Any]:
    found = _estimate(meter)
    if found is None:
        return {}
    limits = {"lower": round(found.lower, 2), "upper": round(found.upper, 2)}
    return limits | {"candidates": [round(each, 2) for each in found.candidates]}


def _unbalance(meter: Meter) -> float | None:
    values = meter.live
    measured = [values[voltage] for voltage in VOLTAGES.values() if voltage in values]
    return unbalance(measured) if len(measured) == len(LINES) else None


_P, _Q = Quantity.POWER_IMPORT, Quantity.REACTIVE_POWER_IMPORT
_VOLTAGES_1_3 = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L3)
_CURRENTS_1_3 = (Quantity.CURRENT_L1, Quantity.CURRENT_L3)
_IT = (SupplySystem.IT,)

SUPPLY_SENSORS = (
    _row(
        "reactive_power",
        KINDS[Unit.VAR],
        lambda meter: reactive(meter.live),
        _Q,
    ),
    _row("apparent_power", _VA, lambda meter: apparent_power(meter.live), _P, _Q),
    *map(_apparent_of, LINES),
    *map(_power_factor, (None, *LINES)),
    *map(_quadrant, (None, *LINES)),
    _row(
        "phase_imbalance",
        Kind(None, PERCENTAGE, 0, _MEASUREMENT),
        lambda meter: imbalance(meter.live),
        *_CURRENTS_1_3,
    ),
    *map(_mean, LINES),
    _row("voltage_spread", KINDS[Unit.VOLT], lambda meter: voltage_spread(meter.live), *VOLTAGES.values()),
    _row(
        "voltage_unbalance",
        Kind(None, PERCENTAGE, 2, _MEASUREMENT),
        _unbalance,
        *VOLTAGES.values(),
        part=_of(VOLTAGES.values(), systems=_IT),
    ),
    _row(
        "voltage_l2_calculated",
        KINDS[Unit.VOLT],
        lambda meter: voltage_l2(meter.live, meter.net),
        *_VOLTAGES_1_3,
        entity_registry_enabled_default=True,
        part=_of(_VOLTAGES_1_3, but=Quantity.VOLTAGE_L2, systems=_IT),
        attributes=lambda _meter, _at: {"calculated": True},
    ),
    _row(
        "current_l2_estimated",
        KINDS[Unit.AMPERE],
        _estimated,
        *_CURRENTS_1_3,
        part=_of(_CURRENTS_1_3, but=Quantity.CURRENT_L2, systems=_IT),
        attributes=_about_estimate,
    ),
)
