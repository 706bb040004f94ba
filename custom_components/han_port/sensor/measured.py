"""THE TABLE of sensors of what the meter itself says: a line for each quantity, and a few about meter and line."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfReactiveEnergy,
    UnitOfReactivePower,
    UnitOfTime,
)

from ..analysis.hour import HOUR, POWERS
from ..analysis.power import signed
from ..analysis.supply_system import SupplySystem
from ..const import CONF_LIST_ID, CONF_MODEL, CONF_SERIAL_NUMBER
from ..coordinator import HanPortCoordinator
from ..decoder import Quantity, Unit
from .description import A_MINUTE, HanPortSensorDescription


def _of(
    device_class: SensorDeviceClass | None,
    unit: str | None,
    digits: int,
    *,
    shown_in: str | None = None,
    state_class: SensorStateClass = SensorStateClass.MEASUREMENT,
) -> HanPortSensorDescription:
    """Return a row without key and value."""
    return HanPortSensorDescription(
        key="",
        device_class=device_class,
        native_unit_of_measurement=unit,
        suggested_unit_of_measurement=shown_in,
        suggested_display_precision=digits,
        state_class=state_class,
        value=lambda _: None,
    )


_OF_UNIT = {
    Unit.WATT: _of(SensorDeviceClass.POWER, UnitOfPower.WATT, 0),
    Unit.VAR: _of(SensorDeviceClass.REACTIVE_POWER, UnitOfReactivePower.VOLT_AMPERE_REACTIVE, 0),
    Unit.AMPERE: _of(SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1),
    Unit.VOLT: _of(SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 1),
    Unit.WATT_HOUR: _of(
        SensorDeviceClass.ENERGY,
        UnitOfEnergy.WATT_HOUR,
        2,
        shown_in=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    Unit.VAR_HOUR: _of(
        SensorDeviceClass.REACTIVE_ENERGY,
        UnitOfReactiveEnergy.VOLT_AMPERE_REACTIVE_HOUR,
        2,
        shown_in=UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    Unit.HERTZ: _of(SensorDeviceClass.FREQUENCY, UnitOfFrequency.HERTZ, 2),
    Unit.RATIO: _of(SensorDeviceClass.POWER_FACTOR, None, 2),
    Unit.COUNT: _of(None, None, 0, state_class=SensorStateClass.TOTAL_INCREASING),
}
"""What follows from a unit alone."""


def _measured(quantity: Quantity, *, enabled: bool = True) -> HanPortSensorDescription:
    """Return the row of a quantity as it is measured."""
    return replace(
        _OF_UNIT[quantity.unit],
        key=quantity.key,
        translation_key=quantity.key,
        entity_registry_enabled_default=enabled,
        needs=quantity,
        value=lambda coordinator: coordinator.meter.value(quantity),
    )


def _slow(quantity: Quantity) -> HanPortSensorDescription:
    """Return the row of a quantity that each message tells otherwise, by its last digit."""
    return replace(_measured(quantity), pace=A_MINUTE)


def _state(quantity: Quantity) -> HanPortSensorDescription:
    """Return the row of a number that stands for a state of the meter."""
    return replace(_measured(quantity, enabled=False), state_class=None, entity_category=EntityCategory.DIAGNOSTIC)


def _count(quantity: Quantity) -> HanPortSensorDescription:
    """Return the row of how often something has happened."""
    return replace(_measured(quantity, enabled=False), entity_category=EntityCategory.DIAGNOSTIC)


def _total(quantity: Quantity) -> HanPortSensorDescription:
    """Return the row of a register that is right at any second."""
    return replace(_slow(quantity), or_by=POWERS[quantity], value=lambda coordinator: coordinator.meter.total(quantity))


def _register(quantity: Quantity) -> HanPortSensorDescription:
    """Return the row of a register as the meter says it, mostly once in an hour."""
    key = f"{quantity.key}_register"
    return replace(
        _measured(quantity, enabled=False), key=key, translation_key=key, entity_category=EntityCategory.DIAGNOSTIC
    )


def _last_hour(quantity: Quantity) -> HanPortSensorDescription:
    """Return the row of what passed in the last finished hour."""

    def value(coordinator: HanPortCoordinator) -> float | None:
        hour = coordinator.meter.last_hour
        return hour.energy.get(quantity) if hour else None

    def total_since(coordinator: HanPortCoordinator) -> datetime | None:
        hour = coordinator.meter.last_hour
        return hour.start if hour else None

    def attributes(coordinator: HanPortCoordinator) -> dict[str, Any]:
        hour = coordinator.meter.last_hour
        return {"source": hour.origin.value, "start": hour.start, "end": hour.start + HOUR} if hour else {}

    return replace(
        _OF_UNIT[quantity.unit],
        key=f"{quantity.key}_last_hour",
        translation_key=f"{quantity.key}_last_hour",
        state_class=SensorStateClass.TOTAL,
        needs=quantity,
        or_by=POWERS[quantity],
        value=value,
        total_since=total_since,
        attributes=attributes,
    )


def _about(key: str, stored: str, *, enabled: bool = True) -> HanPortSensorDescription:
    """Return the row of something that is known of the meter itself."""
    return HanPortSensorDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        value=lambda coordinator: coordinator.config_entry.data.get(stored),
    )


def _power(coordinator: HanPortCoordinator) -> float | None:
    """Return the signed power."""
    return signed(coordinator.meter.value(Quantity.POWER_IMPORT), coordinator.meter.value(Quantity.POWER_EXPORT))


METER_SENSORS = (
    replace(_OF_UNIT[Unit.WATT], key="power", translation_key="power", needs=Quantity.POWER_IMPORT, value=_power),
    _measured(Quantity.POWER_IMPORT),
    _measured(Quantity.POWER_EXPORT),
    _measured(Quantity.REACTIVE_POWER_IMPORT, enabled=False),
    _measured(Quantity.REACTIVE_POWER_EXPORT, enabled=False),
    _measured(Quantity.POWER_IMPORT_L1, enabled=False),
    _measured(Quantity.POWER_IMPORT_L2, enabled=False),
    _measured(Quantity.POWER_IMPORT_L3, enabled=False),
    _measured(Quantity.POWER_EXPORT_L1, enabled=False),
    _measured(Quantity.POWER_EXPORT_L2, enabled=False),
    _measured(Quantity.POWER_EXPORT_L3, enabled=False),
    _measured(Quantity.REACTIVE_POWER_IMPORT_L1, enabled=False),
    _measured(Quantity.REACTIVE_POWER_IMPORT_L2, enabled=False),
    _measured(Quantity.REACTIVE_POWER_IMPORT_L3, enabled=False),
    _measured(Quantity.REACTIVE_POWER_EXPORT_L1, enabled=False),
    _measured(Quantity.REACTIVE_POWER_EXPORT_L2, enabled=False),
    _measured(Quantity.REACTIVE_POWER_EXPORT_L3, enabled=False),
    _measured(Quantity.POWER_FACTOR, enabled=False),
    _measured(Quantity.POWER_FACTOR_L1, enabled=False),
    _measured(Quantity.POWER_FACTOR_L2, enabled=False),
    _measured(Quantity.POWER_FACTOR_L3, enabled=False),
    _measured(Quantity.FREQUENCY, enabled=False),
    _measured(Quantity.CURRENT_L1),
    _measured(Quantity.CURRENT_L2),
    _measured(Quantity.CURRENT_L3),
    _measured(Quantity.CURRENT_N, enabled=False),
    _slow(Quantity.VOLTAGE_L1),
    _slow(Quantity.VOLTAGE_L2),
    _slow(Quantity.VOLTAGE_L3),
    _total(Quantity.ENERGY_IMPORT),
    _total(Quantity.ENERGY_EXPORT),
    _register(Quantity.ENERGY_IMPORT),
    _register(Quantity.ENERGY_EXPORT),
    _measured(Quantity.REACTIVE_ENERGY_IMPORT, enabled=False),
    _measured(Quantity.REACTIVE_ENERGY_EXPORT, enabled=False),
    _measured(Quantity.REACTIVE_ENERGY_Q1, enabled=False),
    _measured(Quantity.REACTIVE_ENERGY_Q2, enabled=False),
    _measured(Quantity.REACTIVE_ENERGY_Q3, enabled=False),
    _measured(Quantity.REACTIVE_ENERGY_Q4, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_T1),
    _measured(Quantity.ENERGY_IMPORT_T2),
    _measured(Quantity.ENERGY_IMPORT_T3, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_T4, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_T1),
    _measured(Quantity.ENERGY_EXPORT_T2),
    _measured(Quantity.ENERGY_EXPORT_T3, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_T4, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_L1, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_L2, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_L3, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_L1, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_L2, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_L3, enabled=False),
    _state(Quantity.ACTIVE_TARIFF),
    _state(Quantity.BREAKER_STATE),
    replace(_measured(Quantity.LIMITER_THRESHOLD, enabled=False), entity_category=EntityCategory.DIAGNOSTIC),
    _count(Quantity.POWER_FAILURES),
    _count(Quantity.LONG_POWER_FAILURES),
    _count(Quantity.VOLTAGE_SAGS_L1),
    _count(Quantity.VOLTAGE_SAGS_L2),
    _count(Quantity.VOLTAGE_SAGS_L3),
    _count(Quantity.VOLTAGE_SWELLS_L1),
    _count(Quantity.VOLTAGE_SWELLS_L2),
    _count(Quantity.VOLTAGE_SWELLS_L3),
    _last_hour(Quantity.ENERGY_IMPORT),
    _last_hour(Quantity.ENERGY_EXPORT),
    _about("meter_number", CONF_SERIAL_NUMBER),
    _about("meter_model", CONF_MODEL),
    _about("meter_list", CONF_LIST_ID, enabled=False),
    HanPortSensorDescription(
        key="net_type",
        translation_key="net_type",
        device_class=SensorDeviceClass.ENUM,
        options=[net.value for net in SupplySystem],
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda coordinator: coordinator.meter.net,
    ),
    HanPortSensorDescription(
        key="encryption",
        translation_key="encryption",
        device_class=SensorDeviceClass.ENUM,
        options=["none", "unverified", "verified"],
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda coordinator: {None: "none", False: "unverified", True: "verified"}[coordinator.meter.verified],
        exists=lambda coordinator: coordinator.feed.line.keys is not None,
    ),
    HanPortSensorDescription(
        key="frame_error_rate",
        translation_key="frame_error_rate",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda coordinator: coordinator.error_rate,
    ),
    HanPortSensorDescription(
        key="clock_offset",
        translation_key="clock_offset",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda coordinator: _seconds(coordinator.meter.clock_offset),
    ),
    HanPortSensorDescription(
        key="last_message",
        translation_key="last_message",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,  # it changes with every message, and so fills the database
        value=lambda coordinator: coordinator.last_reading_at,
    ),
)


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())
