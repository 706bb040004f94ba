"""THE TABLE of sensors of what the meter itself says: a line for each quantity, and a few about meter and line."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Unpack

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfTime

from ..analysis.hour import POWERS
from ..analysis.periods import HOUR
from ..analysis.power import signed
from ..analysis.supply_system import SupplySystem
from ..coordinator import Input, Topic
from ..decoder import Moment, Quantity
from ..meter.identity import Identity
from ..meter.meter import Meter
from .description import A_MINUTE, KINDS, Fields, HanPortSensorDescription, Kind, Value, line_of, meter_of

type Row = HanPortSensorDescription[Meter]


class Shown(NamedTuple):
    """What a row of a quantity shows."""

    value: Callable[[Meter, Moment], Value]
    total_since: Callable[[Meter, Moment], datetime | None] | None = None
    attributes: Callable[[Meter, Moment], dict[str, Any]] | None = None
    kept_fresh_by: Quantity | None = None
    """A second quantity that keeps the sensor available: the power extends a total between two registers."""


def _row(quantity: Quantity, shown: Shown, *, key: str = "", kind: Kind | None = None, **fields: Unpack[Fields]) -> Row:
    """Return a row of a quantity, available while that is fresh, or the one that keeps it so."""
    key, kind = key or quantity.key, kind or KINDS[quantity.unit]
    sources = (quantity, shown.kept_fresh_by) if shown.kept_fresh_by else (quantity,)

    def is_fresh(meter: Meter, at: Moment) -> bool:
        return any(meter.is_fresh(source, at.loop) for source in sources)

    usual: Fields = {"needs": quantity, "min_intervals": 1, "reads": frozenset(sources)}
    return HanPortSensorDescription(
        key=key,
        translation_key=key,
        part=meter_of,
        is_fresh=is_fresh,
        value=shown.value,
        total_since=shown.total_since,
        attributes=shown.attributes,
        **kind.fields,
        **usual | fields,
    )


def _measured(
    quantity: Quantity, *, enabled: bool = True, key: str = "", kind: Kind | None = None, **fields: Unpack[Fields]
) -> Row:
    """Return the row of a quantity as it is measured."""
    usual: Fields = {"entity_registry_enabled_default": enabled}
    shown = Shown(lambda meter, at: meter.value(quantity, at.loop))
    return _row(quantity, shown, key=key, kind=kind, **usual | fields)


def _slow(quantity: Quantity) -> Row:
    """Return the row of a quantity whose last digit changes with each message."""
    return _measured(quantity, min_intervals=A_MINUTE)


def _state(quantity: Quantity) -> Row:
    """Return the row of a number that stands for a state of the meter."""
    kind = KINDS[quantity.unit].without_state_class()
    return _measured(quantity, enabled=False, kind=kind, entity_category=EntityCategory.DIAGNOSTIC)


def _diagnostic(quantity: Quantity) -> Row:
    """Return the row of a count or a limit that few need."""
    return _measured(quantity, enabled=False, entity_category=EntityCategory.DIAGNOSTIC)


def _total(quantity: Quantity) -> Row:
    """Return the row of a register that is right at any second."""
    shown = Shown(lambda meter, at: meter.total(quantity, at.utc), kept_fresh_by=POWERS[quantity])
    return _row(quantity, shown, min_intervals=A_MINUTE, keep_up=lambda meter, energy: meter.keep_up(quantity, energy))


def _register(quantity: Quantity) -> Row:
    """Return the row of a register as the meter says it, mostly once in an hour."""
    key = f"{quantity.key}_register"
    return _measured(quantity, enabled=False, key=key, entity_category=EntityCategory.DIAGNOSTIC)


def _last_hour(quantity: Quantity) -> Row:
    """Return the row of what passed in the last finished hour."""

    def value(meter: Meter, at: Moment) -> float | None:
        hour = meter.last_hour(at.utc)
        return hour.energy.get(quantity) if hour else None

    def total_since(meter: Meter, at: Moment) -> datetime | None:
        hour = meter.last_hour(at.utc)
        return hour.start if hour else None

    def attributes(meter: Meter, at: Moment) -> dict[str, Any]:
        hour = meter.last_hour(at.utc)
        return {"source": hour.origin.value, "start": hour.start, "end": hour.start + HOUR} if hour else {}

    return _row(
        quantity,
        Shown(value, total_since, attributes, POWERS[quantity]),
        key=f"{quantity.key}_last_hour",
        kind=KINDS[quantity.unit].as_total(),
        reads=frozenset[Input]((quantity, POWERS[quantity], Topic.HOUR)),
    )


def _about(key: str, value: Callable[[Identity], str | None], *, enabled: bool = True) -> Row:
    """Return the row of something that the meter says of itself."""
    return HanPortSensorDescription(
        key=key,
        translation_key=key,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
        part=meter_of,
        reads=frozenset((Topic.IDENTITY,)),
        value=lambda meter, _at: value(meter.config.identity),
    )


def _power(meter: Meter, at: Moment) -> float | None:
    """Return the signed power (W): import minus export."""
    return signed(meter.value(Quantity.POWER_IMPORT, at.loop), meter.value(Quantity.POWER_EXPORT, at.loop))


def _encryption(meter: Meter, _at: Moment) -> str | None:
    """Return how the last message was secured; None before the first."""
    if not meter.has_heard:
        return None
    return {None: "none", False: "unverified", True: "verified"}[meter.verified]


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else round(duration.total_seconds())


METER_SENSORS = (
    _row(
        Quantity.POWER_IMPORT,
        Shown(_power),
        key="power",
        reads=frozenset((Quantity.POWER_IMPORT, Quantity.POWER_EXPORT)),
    ),
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
    _measured(Quantity.ENERGY_IMPORT_T5, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_T6, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_T7, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_T8, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_T1),
    _measured(Quantity.ENERGY_EXPORT_T2),
    _measured(Quantity.ENERGY_EXPORT_T3, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_T4, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_T5, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_T6, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_T7, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_T8, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_L1, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_L2, enabled=False),
    _measured(Quantity.ENERGY_IMPORT_L3, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_L1, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_L2, enabled=False),
    _measured(Quantity.ENERGY_EXPORT_L3, enabled=False),
    _state(Quantity.ACTIVE_TARIFF),
    _state(Quantity.BREAKER_STATE),
    _state(Quantity.EVENT_CODE_0),
    _state(Quantity.EVENT_CODE_1),
    _state(Quantity.EVENT_CODE_2),
    _state(Quantity.EVENT_CODE_3),
    _state(Quantity.EVENT_CODE_4),
    _state(Quantity.EVENT_CODE_5),
    _state(Quantity.EVENT_CODE_6),
    _state(Quantity.EVENT_CODE_7),
    _state(Quantity.EVENT_CODE_8),
    _state(Quantity.EVENT_CODE_9),
    _diagnostic(Quantity.LIMITER_THRESHOLD),
    _diagnostic(Quantity.POWER_FAILURES),
    _diagnostic(Quantity.LONG_POWER_FAILURES),
    _diagnostic(Quantity.VOLTAGE_SAGS_L1),
    _diagnostic(Quantity.VOLTAGE_SAGS_L2),
    _diagnostic(Quantity.VOLTAGE_SAGS_L3),
    _diagnostic(Quantity.VOLTAGE_SWELLS_L1),
    _diagnostic(Quantity.VOLTAGE_SWELLS_L2),
    _diagnostic(Quantity.VOLTAGE_SWELLS_L3),
    _last_hour(Quantity.ENERGY_IMPORT),
    _last_hour(Quantity.ENERGY_EXPORT),
    _about("meter_number", lambda identity: identity.serial_number),
    _about("meter_model", lambda identity: identity.model),
    _about("meter_list", lambda identity: identity.list_id, enabled=False),
    HanPortSensorDescription(
        key="net_type",
        translation_key="net_type",
        device_class=SensorDeviceClass.ENUM,
        options=[system.value for system in SupplySystem],
        entity_category=EntityCategory.DIAGNOSTIC,
        part=meter_of,
        reads=frozenset((Topic.IDENTITY,)),
        value=lambda meter, _at: meter.net,
    ),
    HanPortSensorDescription(
        key="encryption",
        translation_key="encryption",
        device_class=SensorDeviceClass.ENUM,
        options=["none", "unverified", "verified"],
        entity_category=EntityCategory.DIAGNOSTIC,
        part=lambda coordinator: coordinator.meter if coordinator.feed.line.keys else None,
        reads=frozenset((Topic.ENCRYPTION,)),
        value=_encryption,
    ),
    HanPortSensorDescription(
        key="frame_error_rate",
        translation_key="frame_error_rate",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        part=line_of,
        reads=frozenset((Topic.READING,)),
        value=lambda line, at: line.feed.health.error_rate(at.loop),
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
        part=meter_of,
        reads=frozenset((Topic.CLOCK,)),
        value=lambda meter, _at: _seconds(meter.clock_offset),
    ),
    HanPortSensorDescription(
        key="last_message",
        translation_key="last_message",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,  # it changes with every message, and so fills the database
        part=line_of,
        reads=frozenset((Topic.READING,)),
        value=lambda line, _at: line.last_reading_at,
    ),
)
