"""Numbers that the user sets: the target of the capacity tariff (kW), and the size of the main fuse (A)."""

import math
from typing import override

from homeassistant.components.number import (
    DOMAIN as NUMBER,
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .analysis.fuse import MAX_FUSE
from .const import CONF_MAIN_FUSE
from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .decoder import Moment
from .entity import HanPortEntity, async_forget_others
from .meter.tariff import Capacity

PARALLEL_UPDATES = 0

TARGET = NumberEntityDescription(
    key="tariff_target",
    translation_key="tariff_target",
    device_class=NumberDeviceClass.POWER,
    native_unit_of_measurement=UnitOfPower.KILO_WATT,
    native_min_value=0,
    native_max_value=500,
    native_step=0.1,
    mode=NumberMode.BOX,
    entity_category=EntityCategory.CONFIG,
)

FUSE = NumberEntityDescription(
    key="main_fuse",
    translation_key="main_fuse",
    device_class=NumberDeviceClass.CURRENT,
    native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    native_min_value=0,
    native_max_value=MAX_FUSE,
    native_step=1,
    mode=NumberMode.BOX,
    entity_category=EntityCategory.CONFIG,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the main fuse, and the target if there is a tariff."""
    coordinator = entry.runtime_data
    async_add_entities([MainFuse(coordinator, FUSE)])
    if capacity := coordinator.meter.capacity:
        async_add_entities([TariffTarget(coordinator, capacity)])
    else:
        async_forget_others(coordinator, NUMBER, [TARGET])


def _check(entity: NumberEntity, value: float) -> None:
    """Refuse `nan` with the error for values out of range: Home Assistant's own check accepts it."""
    if math.isnan(value):
        raise ServiceValidationError(
            translation_domain=NUMBER,
            translation_key="out_of_range",
            translation_placeholders={
                "value": str(value),
                "entity_id": entity.entity_id,
                "min_value": str(entity.min_value),
                "max_value": str(entity.max_value),
            },
        )


class TariffTarget(HanPortEntity, NumberEntity):
    """The average power (kW) that the user does not want to exceed; 0 means the limit of the month's present step."""

    def __init__(self, coordinator: HanPortCoordinator, capacity: Capacity) -> None:
        """Keep the tariff that has the target."""
        super().__init__(coordinator, TARGET)
        self._capacity = capacity

    @override
    def update(self, at: Moment) -> object:
        """Set the target (kW)."""
        self._attr_native_value = self._capacity.target or 0.0
        return self._attr_native_value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Store another target (kW)."""
        _check(self, value)
        self._capacity.target = value or None
        self._capacity.save_soon()
        self.coordinator.async_update_listeners()


class MainFuse(HanPortEntity, NumberEntity):
    """The size of the main fuse (A); with 0 there are no entities of the fuse."""

    @override
    def update(self, at: Moment) -> object:
        """Set the size (A)."""
        self._attr_native_value = float(self.coordinator.config_entry.options.get(CONF_MAIN_FUSE, 0.0))
        return self._attr_native_value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Store another size (A). Other entities exist only with a fuse, so the entry is reloaded."""
        _check(self, value)
        if value == self.native_value:
            return
        entry, entries = self.coordinator.config_entry, self.hass.config_entries
        entries.async_update_entry(entry, options={**entry.options, CONF_MAIN_FUSE: value})
        entries.async_schedule_reload(entry.entry_id)
