"""THE TABLE of sensors that follow from measured values by the laws of electricity, and of the voltages' means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfApparentPower,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfReactivePower,
)

from ..analysis.electricity import (
    Estimate,
    apparent_power,
    apparent_power_of,
    current_l2,
    exports,
    imbalance,
    power_factor,
    quadrant,
    reactive,
    voltage_l2,
    voltage_spread,
)
from ..analysis.fuse import CURRENTS, LINES, VOLTAGES
from ..analysis.supply_system import SupplySystem
from ..analysis.voltage import unbalance
from ..coordinator import HanPortCoordinator
from ..decoder import Quantity
from ..meter.meter import Meter
from .description import HALF_A_MINUTE, HanPortSensorDescription

WITH_NEUTRAL = (SupplySystem.TN, SupplySystem.ONE_PHASE)


def _row(
    key: str, value: Callable[[Meter], float | None], *after: Quantity, digits: int = 0
) -> HanPortSensorDescription:
    """Return a row of what follows from quantities; it is there when they are measured, and known when they are fresh.

    People have a use for few of them, so they are off until somebody asks.
    """

    def shown(coordinator: HanPortCoordinator) -> float | None:
        found = value(coordinator.meter)
        return None if found is None else round(found, digits)

    return HanPortSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=digits,
        entity_registry_enabled_default=False,
        is_slow=True,
        pace=HALF_A_MINUTE,
        exists=lambda coordinator: coordinator.meter.measured.seen.issuperset(after),
        holds=lambda coordinator: all(map(coordinator.meter.holds, after)),
        value=shown,
    )


def _apparent(key: str, value: Callable[[Meter], float | None], *after: Quantity) -> HanPortSensorDescription:
    return replace(
        _row(key, value, *after),
        device_class=SensorDeviceClass.APPARENT_POWER,
        native_unit_of_measurement=UnitOfApparentPower.VOLT_AMPERE,
    )


def _apparent_of(line: int) -> HanPortSensorDescription:
    """Return the row of a phase; without a neutral a phase has no power of its own."""
    key, after = f"apparent_power_l{line}", (CURRENTS[line], VOLTAGES[line])
    return replace(
        _apparent(key, lambda meter: apparent_power_of(meter.live, line, meter.net), *after),
        exists=lambda coordinator: (
            coordinator.meter.net in WITH_NEUTRAL and coordinator.meter.measured.seen.issuperset(after)
        ),
    )


def _power_factor(line: int | None) -> HanPortSensorDescription:
    """Return the row of the house, or of a phase; without a neutral that is the power of a measuring element."""
    key, after = _key_and_powers("power_factor_calculated", line)
    return replace(
        _row(key, lambda meter: power_factor(meter.live, line), *after, digits=2),
        device_class=SensorDeviceClass.POWER_FACTOR,
        exists=_where_powers_are(line, *after),
    )


def _quadrant(line: int | None) -> HanPortSensorDescription:
    key, after = _key_and_powers("quadrant", line)
    return replace(
        _row(key, lambda meter: quadrant(meter.live, line), *after),
        device_class=SensorDeviceClass.ENUM,
        options=["q1", "q2", "q3", "q4"],
        state_class=None,
        suggested_display_precision=None,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda coordinator: (found := quadrant(coordinator.meter.live, line)) and f"q{found}",
        exists=_where_powers_are(line, *after),
    )


def _key_and_powers(key: str, line: int | None) -> tuple[str, tuple[Quantity, Quantity]]:
    suffix = f"_L{line}" if line else ""
    powers = Quantity[f"POWER_IMPORT{suffix}"], Quantity[f"REACTIVE_POWER_IMPORT{suffix}"]
    return key + suffix.lower(), powers


def _where_powers_are(line: int | None, *after: Quantity) -> Callable[[HanPortCoordinator], bool]:
    def exists(coordinator: HanPortCoordinator) -> bool:
        meter = coordinator.meter
        return (line is None or meter.net in WITH_NEUTRAL) and meter.measured.seen.issuperset(after)

    return exists


def _volts(key: str, value: Callable[[Meter], float | None], *after: Quantity) -> HanPortSensorDescription:
    return replace(
        _row(key, value, *after, digits=1),
        device_class=SensorDeviceClass.VOLTAGE,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
    )


def _mean(line: int) -> HanPortSensorDescription:
    return _volts(f"voltage_l{line}_mean", lambda meter: meter.voltage_mean(VOLTAGES[line]), VOLTAGES[line])


def _of_net(coordinator: HanPortCoordinator, net: SupplySystem, *after: Quantity, but: Quantity | None = None) -> bool:
    """Tell whether a meter stands in a net and measures some quantities, but not one other."""
    seen = coordinator.meter.measured.seen
    return coordinator.meter.net is net and seen.issuperset(after) and but not in seen


def _estimate(meter: Meter) -> Estimate | None:
    """Return the estimated current of L2; with solar cells on one phase, so with any export, it is too often wrong."""
    values = meter.live
    return None if exports(values) else current_l2(values, meter.net)


def _estimated(meter: Meter) -> float | None:
    found = _estimate(meter)
    return found.value if found else None


def _about_estimate(coordinator: HanPortCoordinator) -> dict[str, Any]:
    found = _estimate(coordinator.meter)
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

SUPPLY_SENSORS = (
    replace(
        _row("reactive_power", lambda meter: reactive(meter.live), _Q),
        device_class=SensorDeviceClass.REACTIVE_POWER,
        native_unit_of_measurement=UnitOfReactivePower.VOLT_AMPERE_REACTIVE,
    ),
    _apparent("apparent_power", lambda meter: apparent_power(meter.live), _P, _Q),
    *map(_apparent_of, LINES),
    *map(_power_factor, (None, *LINES)),
    *map(_quadrant, (None, *LINES)),
    replace(
        _row("phase_imbalance", lambda meter: imbalance(meter.live), *_CURRENTS_1_3),
        native_unit_of_measurement=PERCENTAGE,
    ),
    *map(_mean, LINES),
    _volts("voltage_spread", lambda meter: voltage_spread(meter.live), *VOLTAGES.values()),
    replace(
        _row("voltage_unbalance", _unbalance, *VOLTAGES.values(), digits=2),
        native_unit_of_measurement=PERCENTAGE,
        exists=lambda coordinator: _of_net(coordinator, SupplySystem.IT, *VOLTAGES.values()),
    ),
    replace(
        _volts("voltage_l2_calculated", lambda meter: voltage_l2(meter.live, meter.net), *_VOLTAGES_1_3),
        entity_registry_enabled_default=True,
        exists=lambda coordinator: _of_net(coordinator, SupplySystem.IT, *_VOLTAGES_1_3, but=Quantity.VOLTAGE_L2),
        attributes=lambda _: {"calculated": True},
    ),
    replace(
        _row("current_l2_estimated", _estimated, *_CURRENTS_1_3, digits=1),
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        exists=lambda coordinator: _of_net(coordinator, SupplySystem.IT, *_CURRENTS_1_3, but=Quantity.CURRENT_L2),
        attributes=_about_estimate,
    ),
)
