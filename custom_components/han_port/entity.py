"""What all entities of a meter share: the row that describes one, the device, and when to show something new."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import HanPortCoordinator, Input, Moment, Topic, unique_id

EARLY = 0.9
"""Of its interval, how much must be over before a state is written anew."""


def always(_part: object, _at: Moment) -> bool:
    """Return that what a row shows is always known."""
    return True


@dataclass(frozen=True, kw_only=True)
class Row[Part]:
    """A row of a table of entities. It reads one part of what is known of a meter: the meter, its tariff, its fuse."""

    part: Callable[[HanPortCoordinator], Part | None]
    """Return the part; None: an entry has no such entity, as far as is known by now."""
    reads: frozenset[Input] = frozenset()
    """What it follows from: it is asked when one of these has come."""
    subject: Callable[[Part, Moment], object] | None = None
    """What it is about, such as the period that began last; what is about another one is shown at once."""
    is_fresh: Callable[[Part, Moment], bool] = always
    """Whether what it shows is known now; else it is unavailable."""
    attributes: Callable[[Part, Moment], dict[str, Any]] | None = None
    charger: int = 1
    """The number of the charger that it is about. Each but the first one is a device of its own."""

    def exists(self, coordinator: HanPortCoordinator) -> bool:
        """Return whether an entry has such an entity, as far as is known by now."""
        return self.part(coordinator) is not None


@callback
def async_forget_others(
    coordinator: HanPortCoordinator, platform: str, descriptions: Iterable[EntityDescription]
) -> None:
    """Remove the entities of a platform that an entry had and has no more: a tariff or a main fuse was taken back."""
    registry = er.async_get(coordinator.hass)
    for description in descriptions:
        own = unique_id(coordinator.meter.config.id, description.key)
        if entity_id := registry.async_get_entity_id(platform, DOMAIN, own):
            registry.async_remove(entity_id)


@callback
def async_add_as_they_appear[Each: Row[Any]](
    coordinator: HanPortCoordinator,
    rows: Iterable[Each],
    make: Callable[[HanPortCoordinator, Each], Entity],
    add: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the entities of the rows of a table that an entry has, and later those that it turns out to have."""
    missing = [*rows]

    @callback
    def add_found(_at: Moment, _at_once: bool) -> None:  # noqa: FBT001 - as the coordinator calls its readers
        if found := [row for row in missing if row.exists(coordinator)]:
            missing[:] = [row for row in missing if row not in found]
            add(make(coordinator, row) for row in found)

    add_found(coordinator.now(), True)  # noqa: FBT003 - the same
    coordinator.config_entry.async_on_unload(coordinator.async_add_reader(add_found, (Topic.IDENTITY,)))


class HanPortEntity(CoordinatorEntity[HanPortCoordinator]):
    """An entity of one meter.

    It hangs on the entry and not on the meter's number: a meter that the grid company replaces keeps its history.
    What it shows is worked out by `update`, as of a moment; Home Assistant is given that whenever it asks.
    """

    _attr_has_entity_name = True

    def __init__(self, coordinator: HanPortCoordinator, description: EntityDescription) -> None:
        """Take the row of the table that describes the entity."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = unique_id(coordinator.meter.config.id, description.key)
        self._shown: tuple[bool, object] = (False, None)
        self._shown_at = 0.0
        self._shown_subject: object = None

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The device of the meter, or that of one of its further chargers."""
        config = self.coordinator.meter.config
        identifiers = {(DOMAIN, config.device_id(self.charger))}
        if self.charger > 1:
            device = DeviceInfo(identifiers=identifiers, name=config.charger_name(self.charger))
            if meter := self.coordinator.meter.device:
                device["via_device_id"] = meter.id
            return device
        return DeviceInfo(
            identifiers=identifiers,
            name=config.title,
            manufacturer=config.identity.maker,
            model=config.identity.model,
            serial_number=config.identity.serial_number,
            sw_version=config.identity.list_id,
        )

    @property
    def charger(self) -> int:
        """The number of the charger that it is about, or is shown with."""
        return 1

    @property
    def reads(self) -> Iterable[Input]:
        """What it is asked for when that has come; without any, only when all are asked."""
        return ()

    @property
    def interval(self) -> float:
        """Minimum time (s) for which a state is shown."""
        return 0.0

    def is_known(self, _at: Moment) -> bool:
        """Return whether there is something to show as of a moment."""
        return True

    def subject(self, _at: Moment) -> object:
        """Return what it is about, as of a moment: once that is another, the interval is not waited for."""
        return None

    def update(self, at: Moment) -> object:
        """Set what Home Assistant is given, as of a moment. Return all of it; None if nothing is known."""
        raise NotImplementedError

    @override
    async def async_added_to_hass(self) -> None:
        """Begin with what is known now."""
        await super().async_added_to_hass()
        at = self.coordinator.shown_as_of  # like all that is shown already
        self._attr_available = self.is_known(at)
        self._shown, self._shown_at = (self._attr_available, self.update(at)), at.loop
        self.async_on_remove(self.coordinator.async_add_reader(self._show, self.reads))

    @property
    @override
    def available(self) -> bool:
        """Whether there is something to show."""
        return self._attr_available

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._show(self.coordinator.now(), at_once=False)

    @callback
    def _show(self, at: Moment, at_once: bool) -> None:  # noqa: FBT001 - as the coordinator calls its readers
        """Write the state if it changed and the update interval has passed, or must not be waited for.

        The time is not exact: what comes a moment early is not held back until the next message. What must wait anyway
        is not worked out.
        """
        is_known = self.is_known(at)
        subject = self.subject(at)
        is_same = self._shown[0] == is_known and self._shown_subject == subject
        may_wait = self.interval and not at_once and self._shown[1] is not None and is_same
        if may_wait and at.loop - self._shown_at < EARLY * self.interval:
            return
        self._attr_available = is_known
        shown = (is_known, self.update(at))
        self._shown_subject = subject
        if shown != self._shown:
            self._shown, self._shown_at = shown, at.loop
            self.async_write_ha_state()

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Stay as it is when the entity id changes, in Home Assistant 2026.11 and newer.

        An entity class with add and remove methods would be taken out and added again for that, unless it has this
        method: then all it shows would be unknown for a while. Nothing here depends on the entity id.
        """


class HanPortRowEntity(HanPortEntity):
    """An entity that a row of a table describes."""

    row: Row[Any]
    _attributes: dict[str, Any] | None = None

    @property
    @override
    def charger(self) -> int:
        """The charger that the row is about."""
        return self.row.charger

    @property
    @override
    def reads(self) -> Iterable[Input]:
        """What the row follows from."""
        return self.row.reads

    @override
    def is_known(self, at: Moment) -> bool:
        """Return whether the part is there, and what is shown of it is fresh."""
        part = self.row.part(self.coordinator)
        return part is not None and self.row.is_fresh(part, at)

    @override
    def subject(self, at: Moment) -> object:
        """Return what the row is about."""
        if self.row.subject is None or (part := self.row.part(self.coordinator)) is None:
            return None
        return self.row.subject(part, at)

    @override
    def update(self, at: Moment) -> object:
        """Set value and attributes; return both, None if the value is not known."""
        if (part := self.row.part(self.coordinator)) is None:
            return None
        attributes = self.row.attributes
        self._attributes = attributes(part, at) if attributes else None
        return self.update_value(part, at)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """What else there is to say."""
        return self._attributes

    def update_value(self, part: Any, at: Moment) -> object:  # noqa: ANN401 - each row has a part of another type
        """Set the value. Return all that is shown; None if the value is not known."""
        raise NotImplementedError
