"""The device an entity belongs to, and when an entity has something new to say."""

from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import CONF_LIST_ID, CONF_METER_MAKER, CONF_MODEL, CONF_SERIAL_NUMBER, DOMAIN
from .coordinator import HanPortCoordinator


class HanPortEntity(CoordinatorEntity[HanPortCoordinator]):
    """An entity of one meter.

    It hangs on the entry and not on the meter's number: a meter that the grid company replaces keeps its history.
    """

    _attr_has_entity_name = True

    def __init__(self, coordinator: HanPortCoordinator, description: EntityDescription) -> None:
        """Take the row of the table that describes the entity."""
        super().__init__(coordinator)
        entry = coordinator.config_entry
        self.entity_description = description
        self._attr_unique_id = f"{entry.entry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            name=entry.title,
            manufacturer=entry.data.get(CONF_METER_MAKER),
            model=entry.data.get(CONF_MODEL),
            serial_number=entry.data.get(CONF_SERIAL_NUMBER),
            sw_version=entry.data.get(CONF_LIST_ID),
        )
        self._shown: object = None

    def shows(self) -> object:
        """Return all that an update could change."""
        raise NotImplementedError

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it is another one: most lists change few values."""
        if (shows := (self.available, self.shows())) != self._shown:
            self._shown = shows
            self.async_write_ha_state()

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Go on as before: nothing here depends on the entity id."""
