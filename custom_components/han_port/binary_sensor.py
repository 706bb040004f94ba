"""THE TABLE of yes and no, and the entity that reads a row."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .entity import HanPortSteadyEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class HanPortBinarySensorDescription(BinarySensorEntityDescription):
    """One binary sensor."""

    value: Callable[[HanPortCoordinator], bool]


BINARY_SENSORS = (
    HanPortBinarySensorDescription(
        key="data_flow",
        translation_key="data_flow",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda coordinator: coordinator.last_update_success and coordinator.link.connected,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add them all: every line has them."""
    async_add_entities(HanPortBinarySensor(entry.runtime_data, row) for row in BINARY_SENSORS)


class HanPortBinarySensor(HanPortSteadyEntity, BinarySensorEntity):
    """A row of the table, of one meter."""

    entity_description: HanPortBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool:
        """Whether it is so."""
        return self.entity_description.value(self.coordinator)

    @override
    def shows(self) -> object:
        """Return all that an update could change."""
        return self.is_on
