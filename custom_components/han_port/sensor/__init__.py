"""The sensors of an entry, and the entity that reads a row of their tables."""

from typing import Any, override

from homeassistant.components.sensor import DOMAIN as SENSOR, SensorDeviceClass, SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from ..coordinator import HanPortConfigEntry, HanPortCoordinator
from ..decoder import Moment
from ..entity import HanPortRowEntity, async_add_as_they_appear, async_forget_others
from .chargers import CHARGER_SENSORS
from .derived import SUPPLY_SENSORS
from .description import HanPortSensorDescription
from .fuse import FUSE_SENSORS
from .last_shown import async_last_energy
from .measured import METER_SENSORS
from .tariff import TARIFF_SENSORS

PARALLEL_UPDATES = 0

SENSORS: tuple[HanPortSensorDescription[Any], ...] = (
    *METER_SENSORS,
    *SUPPLY_SENSORS,
    *TARIFF_SENSORS,
    *FUSE_SENSORS,
    *CHARGER_SENSORS,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of what the meter is known to measure, and later those of what it turns out to."""
    coordinator = entry.runtime_data
    async_forget_others(coordinator, SENSOR, [row for row in SENSORS if row.part(coordinator) is None])
    async_add_as_they_appear(coordinator, SENSORS, _sensor, async_add_entities)


def _sensor(coordinator: HanPortCoordinator, row: HanPortSensorDescription[Any]) -> HanPortSensor:
    return (HanPortTotal if row.keep_up else HanPortSensor)(coordinator, row)


class HanPortSensor(HanPortRowEntity, SensorEntity):
    """A row of the table, of one meter."""

    entity_description: HanPortSensorDescription[Any]
    row: HanPortSensorDescription[Any]
    _unrecorded_attributes = frozenset(
        {"peaks", "low", "high", "estimated_current", "estimate_certainty"}
    )  # a row of the database each time they change

    def __init__(self, coordinator: HanPortCoordinator, row: HanPortSensorDescription[Any]) -> None:
        """Take the row."""
        super().__init__(coordinator, row)
        self.row = row

    @property
    @override
    def interval(self) -> float:
        """Minimum time (s) for which a value is shown, as the user has chosen: each change is a row of the database."""
        return self.coordinator.show_for * self.row.min_intervals

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """The unit of the row; of what is paid, the home's currency: the user has given prices in it."""
        is_paid = self.row.device_class is SensorDeviceClass.MONETARY
        return self.hass.config.currency if is_paid else self.row.native_unit_of_measurement

    @override
    def update_value(self, part: Any, at: Moment) -> object:
        """Set the value, and since when it is the total. Return all that is shown; None if the value is not known."""
        total_since = self.row.total_since
        self._attr_native_value = value = self.row.value(part, at)
        self._attr_last_reset = total_since(part, at) if total_since else None
        return None if value is None else (value, self._attr_last_reset, self._attributes)


class HanPortTotal(HanPortSensor, RestoreEntity):
    """An energy that never steps back: after a power cut it begins with what Home Assistant has of it."""

    @override
    async def async_added_to_hass(self) -> None:
        """Begin with what was shown last, if that is more than what is known."""
        restored, now = await self.async_get_last_state(), self.coordinator.now().utc
        shown = await async_last_energy(self.hass, self.entity_id, restored, now)
        if shown and self.row.keep_up:
            self.row.keep_up(self.row.part(self.coordinator), shown)
        await super().async_added_to_hass()
