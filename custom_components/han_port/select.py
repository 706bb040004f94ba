"""THE TABLE of selects: what the user wants each charger to use."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.select import DOMAIN as SELECT, SelectEntity, SelectEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .analysis.charging import ChargingMode
from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .decoder import Moment
from .entity import HanPortRowEntity, Row, async_forget_others
from .meter.chargers import NUMBERS, Charger, key_of, with_mode
from .sensor.chargers import charger_of

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class HanPortSelectDescription(SelectEntityDescription, Row[Charger]):
    """One select."""


SELECTS = tuple(
    HanPortSelectDescription(
        key=key_of("charging_mode", number),
        translation_key="charging_mode",
        charger=number,
        options=[mode.value for mode in ChargingMode],
        part=charger_of(number),
    )
    for number in NUMBERS
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the mode of each charger."""
    coordinator = entry.runtime_data
    async_forget_others(coordinator, SELECT, [row for row in SELECTS if not row.exists(coordinator)])
    async_add_entities(ChargingModeSelect(coordinator, row) for row in SELECTS if row.exists(coordinator))


class ChargingModeSelect(HanPortRowEntity, SelectEntity):
    """The charging mode of one charger."""

    entity_description: HanPortSelectDescription
    row: HanPortSelectDescription

    def __init__(self, coordinator: HanPortCoordinator, row: HanPortSelectDescription) -> None:
        """Keep the row."""
        super().__init__(coordinator, row)
        self.row = row

    @override
    def update_value(self, part: Charger, at: Moment) -> object:
        """Set the mode."""
        self._attr_current_option = part.control.mode.value
        return self._attr_current_option

    @override
    async def async_select_option(self, option: str) -> None:
        """Use another mode from now on, and store it. Nothing is loaded anew, so what is learned is kept."""
        if charger := self.row.part(self.coordinator):
            charger.control.mode = ChargingMode(option)
            entry = self.coordinator.config_entry
            self.hass.config_entries.async_update_entry(
                entry, options=with_mode(entry.options, charger.number, charger.control.mode)
            )
            self.coordinator.async_update_listeners()
