"""The sensors of an entry, and the entity that reads a row of their tables."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from ..coordinator import HanPortConfigEntry
from ..entity import HanPortEntity, async_add_as_they_appear
from .derived import SUPPLY_SENSORS
from .description import HanPortSensorDescription
from .fuse import FUSE_SENSORS
from .measured import METER_SENSORS
from .tariff import TARIFF_SENSORS

PARALLEL_UPDATES = 0

SENSORS = (*METER_SENSORS, *SUPPLY_SENSORS, *TARIFF_SENSORS, *FUSE_SENSORS)


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of what the meter is known to measure, and later those of what it turns out to."""
    coordinator = entry.runtime_data
    known = coordinator.meter.measured.seen

    def exists(row: HanPortSensorDescription) -> bool:
        return (row.needs is None or row.needs in known) and row.exists(coordinator)

    def add(rows: list[HanPortSensorDescription]) -> None:
        async_add_entities(HanPortSensor(coordinator, row) for row in rows)

    async_add_as_they_appear(coordinator, SENSORS, exists, add)


class HanPortSensor(HanPortEntity, SensorEntity):
    """A row of the table, of one meter."""

    entity_description: HanPortSensorDescription
    _unrecorded_attributes = frozenset({"peaks", "low", "high"})  # a row of the database each time they change

    @property
    @override
    def interval(self) -> float:
        """Seconds that a value is shown at least, as the user has chosen: the database keeps each change."""
        row = self.entity_description
        return self.coordinator.show_for * row.pace if row.needs or row.is_slow else 0.0

    @property
    @override
    def available(self) -> bool:
        """Whether the value is fresh; what is known of the meter itself always is."""
        row, holds = self.entity_description, self.coordinator.meter.holds
        if row.holds:
            return row.holds(self.coordinator)
        return row.needs is None or holds(row.needs) or (row.or_by is not None and holds(row.or_by))

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """The value, in the native unit."""
        return self.entity_description.value(self.coordinator)

    @property
    @override
    def last_reset(self) -> datetime | None:
        """The beginning of the hour that the value is the total of."""
        total_since = self.entity_description.total_since
        return total_since(self.coordinator) if total_since else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """What else there is to tell."""
        attributes = self.entity_description.attributes
        return attributes(self.coordinator) if attributes else None

    @override
    def shows(self) -> object:
        """Return all that an update could change."""
        return None if (value := self.native_value) is None else (value, self.last_reset, self.extra_state_attributes)
