"""THE TABLE of binary sensors, and the entity that reads a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    DOMAIN as BINARY_SENSOR,
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .analysis.fuse import CURRENTS, VOLTAGES
from .analysis.supply_system import SupplySystem
from .analysis.voltage import Trouble
from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .decoder import Moment
from .entity import HanPortRowEntity, Row, async_add_as_they_appear, async_forget_others
from .meter.chargers import NUMBERS, key_of
from .meter.fuse import Protection
from .meter.meter import Meter
from .sensor.chargers import charger_of
from .sensor.description import fuse_of, line_of
from .sensor.fuse import has_currents, watches

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class HanPortBinarySensorDescription[Part](BinarySensorEntityDescription, Row[Part]):
    """One binary sensor."""

    value: Callable[[Part], bool]


def _with_voltages(coordinator: HanPortCoordinator) -> Meter | None:
    return None if coordinator.meter.measured.seen.isdisjoint(VOLTAGES.values()) else coordinator.meter


def _with_all_voltages_of_tn(coordinator: HanPortCoordinator) -> Meter | None:
    meter = coordinator.meter
    return meter if meter.net is SupplySystem.TN and meter.measured.seen.issuperset(VOLTAGES.values()) else None


def _of_fuse(
    key: str,
    device_class: BinarySensorDeviceClass | None,
    value: Callable[[Protection], bool],
    *,
    is_fresh: Callable[[Protection, Moment], bool] = has_currents,
    attributes: Callable[[Protection, Moment], dict[str, Any]] | None = None,
) -> HanPortBinarySensorDescription[Protection]:
    """Return a row about the main fuse."""
    return HanPortBinarySensorDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        part=fuse_of,
        reads=frozenset(CURRENTS.values()),
        is_fresh=is_fresh,
        value=value,
        attributes=attributes,
    )


def _about_overload(protection: Protection, at: Moment) -> dict[str, Any]:
    found = protection.overload
    return {
        "phase": found and f"l{found.line}",
        "excess": found and round(found.excess, 2),
        "seconds": found and round(found.seconds, 1),
        "risk": found and round(found.risk, 2),
        **watches(protection, at),
    }


def _of_voltage(
    key: str,
    trouble: Trouble,
    device_class: BinarySensorDeviceClass = BinarySensorDeviceClass.PROBLEM,
    part: Callable[[HanPortCoordinator], Meter | None] = _with_voltages,
) -> HanPortBinarySensorDescription[Meter]:
    """Return a row about the voltages, available while any of them is fresh."""
    return HanPortBinarySensorDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        part=part,
        reads=frozenset(VOLTAGES.values()),
        is_fresh=lambda meter, at: any(meter.is_fresh(voltage, at.loop) for voltage in VOLTAGES.values()),
        value=lambda meter: meter.voltages.trouble(trouble) is not None,
        attributes=lambda meter, _at: meter.voltages.trouble(trouble) or {},
    )


BINARY_SENSORS: tuple[HanPortBinarySensorDescription[Any], ...] = (
    HanPortBinarySensorDescription(
        key="data_flow",
        translation_key="data_flow",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        part=line_of,
        value=lambda coordinator: coordinator.is_flowing,
    ),
    _of_fuse(
        "overload",
        BinarySensorDeviceClass.PROBLEM,
        lambda protection: protection.overload is not None,
        attributes=_about_overload,
    ),
    _of_fuse(
        "near_limit",
        BinarySensorDeviceClass.PROBLEM,
        lambda protection: protection.is_near,
        attributes=watches,
    ),
    *(
        # Always known: without current data the fail-safe current says whether to charge.
        HanPortBinarySensorDescription(
            key=key_of("charging_allowed", number),
            translation_key="charging_allowed",
            charger=number,
            part=charger_of(number),
            reads=frozenset(CURRENTS.values()),
            value=lambda charger: charger.may_charge,
        )
        for number in NUMBERS
    ),
    _of_voltage("undervoltage", Trouble.UNDERVOLTAGE),
    _of_voltage("overvoltage", Trouble.OVERVOLTAGE),
    _of_voltage("phase_loss", Trouble.PHASE_LOSS),
    _of_voltage(
        "neutral_fault_suspected",
        Trouble.NEUTRAL_FAULT,
        BinarySensorDeviceClass.SAFETY,
        _with_all_voltages_of_tn,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors that the meter has data for, and others when their data appear."""
    coordinator = entry.runtime_data
    async_forget_others(coordinator, BINARY_SENSOR, [row for row in BINARY_SENSORS if row.part(coordinator) is None])
    async_add_as_they_appear(coordinator, BINARY_SENSORS, HanPortBinarySensor, async_add_entities)


class HanPortBinarySensor(HanPortRowEntity, BinarySensorEntity):
    """The binary sensor of one row and one meter."""

    entity_description: HanPortBinarySensorDescription[Any]
    row: HanPortBinarySensorDescription[Any]

    def __init__(self, coordinator: HanPortCoordinator, row: HanPortBinarySensorDescription[Any]) -> None:
        """Keep the row."""
        super().__init__(coordinator, row)
        self.row = row

    @override
    def update_value(self, part: Any, at: Moment) -> object:
        """Set the state from the row's part. Return the state and the attributes."""
        self._attr_is_on = is_on = self.row.value(part)
        return is_on, self._attributes
