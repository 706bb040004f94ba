"""What a meter says of itself. It is stored, so that all entities exist right after a restart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
import re
import string
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..analysis.supply_system import SupplySystem
from ..const import (
    CONF_FOUND_NET,
    CONF_LIST_ID,
    CONF_METER_MAKER,
    CONF_MODEL,
    CONF_QUANTITIES,
    CONF_SERIAL_NUMBER,
    DOMAIN,
)
from ..decoder import Quantity, Reading
from ..decoder.quantities import BY_KEY
from ..decoder.reading import one_line

_NUMBER = re.compile(r"[0-9]{8,}.*")
"""A number in a model, and what comes after it. Shorter ones are types."""
_NOT_IN_A_TITLE = re.compile(r"[^\w .+-]|_|(?<![0-9])\.|\.(?![0-9])")
"""Signs that mean something in Markdown: a title is also in texts that Home Assistant writes."""
_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in string.punctuation})


def without_number(model: str, serial: str | None) -> str:
    """Return a model without a number in it that may be the meter's own, and what comes after that."""
    return _NUMBER.sub("", model.partition(serial)[0] if serial else model)


def title_of(reading: Reading) -> str:
    """Return what to call a meter: maker and model, without a number that may be its own. It is in repairs and logs."""
    model = _NOT_IN_A_TITLE.sub(" ", without_number(reading.model or "", reading.serial))
    return " ".join(filter(None, (reading.maker and reading.maker.value, *model.strip(" +-").split())))


def in_markdown(text: str) -> str:
    """Return a text as it must be written in Markdown to be shown as it is: no link, no image, no HTML."""
    return text.translate(_MARKDOWN)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a meter is, what it measures, and in which supply system."""

    serial_number: str | None = None
    maker: str | None = None
    model: str | None = None
    list_id: str | None = None
    net: SupplySystem | None = None
    """As its readings show it."""
    quantities: frozenset[Quantity] = frozenset()

    @classmethod
    def stored(cls, data: Mapping[str, Any]) -> Identity:
        """Return what the data of an entry hold."""
        net = data.get(CONF_FOUND_NET)
        return cls(
            one_line(data.get(CONF_SERIAL_NUMBER)),
            data.get(CONF_METER_MAKER),
            one_line(data.get(CONF_MODEL)),
            one_line(data.get(CONF_LIST_ID)),
            SupplySystem(net) if net else None,
            frozenset(BY_KEY[key] for key in data.get(CONF_QUANTITIES, ()) if key in BY_KEY),
        )

    def as_data(self) -> dict[str, Any]:
        """Return what is to be stored in the data of an entry: nothing of what is not known."""
        data = {
            CONF_SERIAL_NUMBER: self.serial_number,
            CONF_METER_MAKER: self.maker,
            CONF_MODEL: self.model,
            CONF_LIST_ID: self.list_id,
            CONF_FOUND_NET: self.net and self.net.value,
        }
        return {key: value for key, value in data.items() if value is not None} | {
            CONF_QUANTITIES: [quantity.key for quantity in Quantity if quantity in self.quantities]
        }

    def learned(self, reading: Reading, seen: Collection[Quantity], net: SupplySystem | None) -> Identity:
        """Return the identity after a reading: a short list says nothing of the meter, and removes nothing."""
        maker = reading.maker and reading.maker.value
        says_who = bool(reading.list_id or reading.serial or reading.model)
        learned = replace(self, net=net or self.net) if net is not self.net else self
        if len(seen) != len(self.quantities):
            learned = replace(learned, quantities=frozenset(seen))
        if not says_who:
            return learned
        return replace(
            learned,
            serial_number=reading.serial or self.serial_number,
            maker=maker or self.maker,
            model=reading.model or self.model,
            list_id=reading.list_id or self.list_id,
        )


@callback
def device_of(hass: HomeAssistant, entry_id: str) -> dr.DeviceEntry | None:
    """Return the device of an entry's meter, if it is registered. Chargers may be further devices of the entry."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    return next((device for device in devices if (DOMAIN, entry_id) in device.identifiers), None)


@callback
def async_store(hass: HomeAssistant, entry: ConfigEntry, identity: Identity) -> None:
    """Store an identity in the data of its entry, and in the device registry.

    An entry that was set up without having heard its meter gets the number of it as its unique id, unless that is
    another entry's.
    """
    hass.config_entries.async_update_entry(entry, data={**entry.data, **identity.as_data()})
    others = {other.unique_id for other in hass.config_entries.async_entries(DOMAIN)}
    if identity.serial_number and entry.unique_id is None and identity.serial_number not in others:
        hass.config_entries.async_update_entry(entry, unique_id=identity.serial_number)
    if device := device_of(hass, entry.entry_id):
        dr.async_get(hass).async_update_device(
            device.id,
            manufacturer=identity.maker,
            model=identity.model,
            serial_number=identity.serial_number,
            sw_version=identity.list_id,
        )
