"""What an entry keeps of what its meter says of itself, so that after a restart all is there before the first byte."""

from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

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

if TYPE_CHECKING:
    from collections.abc import Collection

    from homeassistant.config_entries import ConfigEntry

    from ..analysis.supply_system import SupplySystem


def learn(
    hass: HomeAssistant, entry: ConfigEntry, reading: Reading, seen: Collection[Quantity], net: SupplySystem | None
) -> None:
    """Keep who the meter is, what it measures and in which net; nothing is written if nothing is new."""
    data = dict(entry.data)
    if net:
        data[CONF_FOUND_NET] = net.value
    if len(seen) != len(data.get(CONF_QUANTITIES, ())):
        data[CONF_QUANTITIES] = [quantity.key for quantity in Quantity if quantity in seen]
    said = {
        CONF_LIST_ID: reading.list_id,
        CONF_MODEL: reading.model,
        CONF_SERIAL_NUMBER: reading.serial,
        CONF_METER_MAKER: reading.maker and reading.maker.value,
    }
    if (
        reading.list_id or reading.serial or reading.model
    ):  # a short list says nothing of the meter, and takes nothing back
        data |= {key: value for key, value in said.items() if value is not None}
    if data == entry.data:
        return
    hass.config_entries.async_update_entry(entry, data=data)
    if reading.serial and entry.unique_id is None:
        _name(hass, entry, reading.serial)
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        registry.async_update_device(
            device.id,
            manufacturer=data.get(CONF_METER_MAKER),
            model=data.get(CONF_MODEL),
            serial_number=data.get(CONF_SERIAL_NUMBER),
            sw_version=data.get(CONF_LIST_ID),
        )


def _name(hass: HomeAssistant, entry: ConfigEntry, serial: str) -> None:
    """Give an entry that was set up blindly the id of the meter that has now named itself."""
    if serial not in {other.unique_id for other in hass.config_entries.async_entries(DOMAIN)}:
        hass.config_entries.async_update_entry(entry, unique_id=serial)
