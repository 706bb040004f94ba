"""The device an entity belongs to, and when an entity has something new to say."""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import CONF_LIST_ID, CONF_METER_MAKER, CONF_MODEL, CONF_SERIAL_NUMBER, DOMAIN
from .coordinator import HanPortCoordinator

EARLY = 0.9
"""Of its interval, how much must be over before a state is written anew."""


@callback
def async_add_as_they_appear[Row: EntityDescription](
    coordinator: HanPortCoordinator,
    rows: Iterable[Row],
    exists: Callable[[Row], bool],
    add: Callable[[list[Row]], None],
) -> None:
    """Add the rows of a table that an entry has, and later those that it turns out to have."""
    missing = [*rows]

    @callback
    def add_found() -> None:
        if found := [row for row in missing if exists(row)]:
            missing[:] = [row for row in missing if row not in found]
            add(found)

    add_found()
    coordinator.config_entry.async_on_unload(coordinator.async_add_listener(add_found))


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
        self._shown: tuple[bool, object] = (False, None)
        self._shown_at = 0.0

    @property
    def interval(self) -> float:
        """Seconds that a state is shown at least."""
        return 0.0

    def shows(self) -> object:
        """Return all that an update could change; None if nothing is known."""
        raise NotImplementedError

    @override
    async def async_added_to_hass(self) -> None:
        """Begin with what is shown from now on."""
        await super().async_added_to_hass()
        self._shown, self._shown_at = (self.available, self.shows()), self.hass.loop.time()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it is another one, most lists change few values, and if the last had its time.

        The time is not exact: what comes a moment early is not held back until the next message. What must wait anyway
        is not worked out.
        """
        available, now = self.available, self.hass.loop.time()
        is_known = self._shown[1] is not None and self._shown[0] == available
        if is_known and now - self._shown_at < EARLY * self.interval:
            return
        shows = (available, self.shows())
        if shows != self._shown:
            self._shown, self._shown_at = shows, now
            self.async_write_ha_state()

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Go on as before: nothing here depends on the entity id."""


class HanPortSteadyEntity(HanPortEntity):
    """An entity that is available whatever the meter does: it is the user's, or tells of the line itself."""

    @property
    @override
    def available(self) -> bool:
        """Always."""
        return True
