"""THE TABLE of yes and no, and the entity that reads a row."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .analysis import fuse
from .analysis.supply_system import SupplySystem
from .analysis.voltage import Trouble
from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .entity import HanPortEntity, async_add_as_they_appear
from .meter.fuse import Protection

PARALLEL_UPDATES = 0

VOLTAGES = frozenset(fuse.VOLTAGES.values())


@dataclass(frozen=True, kw_only=True)
class HanPortBinarySensorDescription(BinarySensorEntityDescription):
    """One binary sensor."""

    value: Callable[[HanPortCoordinator], bool | None]
    exists: Callable[[HanPortCoordinator], bool] = lambda _: True
    """Whether an entry has it at all."""
    holds: Callable[[HanPortCoordinator], bool] = lambda _: True
    """Whether what it tells is known now."""
    attributes: Callable[[HanPortCoordinator], dict[str, Any]] | None = None
    """What else is told."""


def _of_fuse(
    key: str, device_class: BinarySensorDeviceClass | None, value: Callable[[Protection], bool]
) -> HanPortBinarySensorDescription:
    """Return a row about the main fuse, known while currents are."""
    return HanPortBinarySensorDescription(
        key=key,
        translation_key=key,
        device_class=device_class,
        exists=lambda coordinator: coordinator.meter.protection is not None,
        holds=lambda coordinator: bool(coordinator.meter.protection and coordinator.meter.protection.currents),
        value=lambda coordinator: value(coordinator.meter.protection) if coordinator.meter.protection else None,
    )


def _watches(coordinator: HanPortCoordinator) -> dict[str, Any]:
    return dict(coordinator.meter.protection.watches) if coordinator.meter.protection else {}


def _about_overload(coordinator: HanPortCoordinator) -> dict[str, Any]:
    protection = coordinator.meter.protection
    found = protection.overload if protection else None
    return {
        "phase": found and f"l{found.line}",
        "excess": found and round(found.excess, 2),
        "seconds": found and round(found.seconds, 1),
        "risk": found and round(found.risk, 2),
        **_watches(coordinator),
    }


def _of_voltage(key: str, trouble: Trouble) -> HanPortBinarySensorDescription:
    """Return a row about the voltages, known while any of them is."""
    return HanPortBinarySensorDescription(
        key=key,
        translation_key=key,
        device_class=BinarySensorDeviceClass.PROBLEM,
        exists=lambda coordinator: not coordinator.meter.measured.seen.isdisjoint(VOLTAGES),
        holds=lambda coordinator: any(map(coordinator.meter.holds, VOLTAGES)),
        value=lambda coordinator: coordinator.meter.trouble(trouble) is not None,
        attributes=lambda coordinator: coordinator.meter.trouble(trouble) or {},
    )


BINARY_SENSORS = (
    HanPortBinarySensorDescription(
        key="data_flow",
        translation_key="data_flow",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda coordinator: (
            bool(coordinator.data) and coordinator.last_update_success and coordinator.feed.source.connected
        ),
    ),
    replace(
        _of_fuse("overload", BinarySensorDeviceClass.PROBLEM, lambda protection: protection.overload is not None),
        attributes=_about_overload,
    ),
    replace(
        _of_fuse("near_limit", BinarySensorDeviceClass.PROBLEM, lambda protection: protection.is_near),
        attributes=_watches,
    ),
    # That nothing is known any more is no reason not to say whether to charge: there is a fail-safe value.
    replace(_of_fuse("charging_allowed", None, lambda protection: protection.may_charge), holds=lambda _: True),
    _of_voltage("undervoltage", Trouble.UNDERVOLTAGE),
    _of_voltage("overvoltage", Trouble.OVERVOLTAGE),
    _of_voltage("phase_loss", Trouble.PHASE_LOSS),
    replace(
        _of_voltage("neutral_fault_suspected", Trouble.NEUTRAL_FAULT),
        device_class=BinarySensorDeviceClass.SAFETY,
        exists=lambda coordinator: (
            coordinator.meter.net is SupplySystem.TN and coordinator.meter.measured.seen.issuperset(VOLTAGES)
        ),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add those that the entry has, and later those that it turns out to have."""
    coordinator = entry.runtime_data

    def add(rows: list[HanPortBinarySensorDescription]) -> None:
        async_add_entities(HanPortBinarySensor(coordinator, row) for row in rows)

    async_add_as_they_appear(coordinator, BINARY_SENSORS, lambda row: row.exists(coordinator), add)


class HanPortBinarySensor(HanPortEntity, BinarySensorEntity):
    """A row of the table, of one meter."""

    entity_description: HanPortBinarySensorDescription

    @property
    @override
    def available(self) -> bool:
        """Whether what it tells is known. Of the line itself it always is: that nothing comes is what it tells."""
        return self.entity_description.holds(self.coordinator)

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether it is so."""
        return self.entity_description.value(self.coordinator)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """What else there is to tell."""
        attributes = self.entity_description.attributes
        return attributes(self.coordinator) if attributes else None

    @override
    def shows(self) -> object:
        """Return all that an update could change."""
        return self.is_on, self.extra_state_attributes
