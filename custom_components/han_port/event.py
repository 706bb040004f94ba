"""THE TABLE of event entities: what happens at one moment, for automations to react to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.event import DOMAIN as EVENT, EventEntity, EventEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .decoder import Moment
from .entity import HanPortEntity, async_forget_others
from .meter.events import MeterEvent

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class HanPortEventDescription(EventEntityDescription):
    """One event entity, and the events that it shows."""

    exists: Callable[[HanPortCoordinator], bool] = lambda _: True


EVENTS = (
    HanPortEventDescription(
        key="supply",
        translation_key="supply",
        event_types=[MeterEvent.OUTAGE_ENDED, MeterEvent.CONNECTION_RESTORED, MeterEvent.HOUR_ESTIMATED],
        entity_category=EntityCategory.DIAGNOSTIC,
    ),
    HanPortEventDescription(
        key="tariff",
        translation_key="tariff",
        event_types=[MeterEvent.NEW_PEAK, MeterEvent.STEP_CHANGED, MeterEvent.BUDGET_EXCEEDED],
        exists=lambda coordinator: coordinator.meter.capacity is not None,
    ),
    HanPortEventDescription(
        key="voltage",
        translation_key="voltage",
        event_types=[
            MeterEvent.UNDERVOLTAGE,
            MeterEvent.OVERVOLTAGE,
            MeterEvent.PHASE_LOSS,
            MeterEvent.NEUTRAL_FAULT,
            MeterEvent.VOLTAGE_RESTORED,
        ],
    ),
    HanPortEventDescription(
        key="load",
        translation_key="load",
        event_types=[MeterEvent.OVERLOAD, MeterEvent.OVERLOAD_ENDED],
        exists=lambda coordinator: coordinator.meter.protection is not None,
    ),
    HanPortEventDescription(
        key="charging",
        translation_key="charging",
        event_types=[MeterEvent.CHARGING_REDUCED, MeterEvent.CHARGING_RESTORED],
        exists=lambda coordinator: coordinator.meter.protection is not None,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: HanPortConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the entities whose events can occur with the entry's options."""
    coordinator = entry.runtime_data
    async_forget_others(coordinator, EVENT, [row for row in EVENTS if not row.exists(coordinator)])
    async_add_entities(HanPortEvent(coordinator, row) for row in EVENTS if row.exists(coordinator))


class HanPortEvent(HanPortEntity, EventEntity):
    """The event entity of one row and one meter."""

    entity_description: HanPortEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the meter's events."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.meter.events.listen(self._occurred))

    @callback
    def _occurred(self, event: MeterEvent, about: dict[str, Any]) -> None:
        if event in self.event_types:
            self._trigger_event(event, about)
            self.async_write_ha_state()

    @override
    def update(self, at: Moment) -> object:
        """Set nothing: events are shown when they occur, not with a reading."""
        return None
