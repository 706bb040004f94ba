"""What the user sets while all goes on: the target of the capacity tariff."""

from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .capacity import Capacity
from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .entity import HanPortSteadyEntity

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


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the target, if there is a tariff."""
    if capacity := entry.runtime_data.meter.capacity:
        async_add_entities([TariffTarget(entry.runtime_data, capacity)])


class TariffTarget(HanPortSteadyEntity, NumberEntity):
    """The average that the user wants to keep; 0 keeps the step that the month is in."""

    def __init__(self, coordinator: HanPortCoordinator, capacity: Capacity) -> None:
        """Take the tariff that it is the target of."""
        super().__init__(coordinator, TARGET)
        self._capacity = capacity

    @property
    @override
    def native_value(self) -> float:
        """The target in kW."""
        return self._capacity.target or 0.0

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Take another target."""
        self._capacity.target = value or None
        self._capacity.save_soon()
        self.coordinator.async_update_listeners()

    @override
    def shows(self) -> object:
        """Return all that an update could change."""
        return self.native_value
