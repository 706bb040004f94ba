"""Finds a USB reader again after its port was renamed.

The reader is recognised by its vendor, product and serial number. One without a serial number cannot be distinguished
from others of its kind, so it is not followed: the port of another device must never be opened.
"""

import os
from typing import Any

from homeassistant.components.usb import USBDevice, async_register_port_event_callback, async_scan_serial_ports
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant, callback

from ..const import CONF_USB_DEVICE, LOGGER
from .address import Address, Kind, same_line_entry


def _identity(port: USBDevice) -> list[str] | None:
    """Return what identifies the device of a port; None if it has no serial number."""
    return [port.vid, port.pid, port.serial_number] if port.serial_number else None


async def _usb_ports(hass: HomeAssistant) -> list[USBDevice]:
    return [port for port in await async_scan_serial_ports(hass) if isinstance(port, USBDevice)]


async def async_remember(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Store which device the entry's port belongs to. Call it while the port is open, so the device is there."""
    path = entry.data[CONF_PORT]
    if Address(path).kind is not Kind.PORT:
        return
    ports = await _usb_ports(hass)

    def same() -> list[USBDevice]:
        real = os.path.realpath(path)
        return [port for port in ports if os.path.realpath(port.device) == real]

    found = await hass.async_add_executor_job(same)
    identity = _identity(found[0]) if found else None
    if identity != entry.data.get(CONF_USB_DEVICE):
        hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_USB_DEVICE: identity})


async def async_follow(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Change the entry's port to the present one of its device. Return whether it has changed."""
    path: str = entry.data[CONF_PORT]
    identity: Any = entry.data.get(CONF_USB_DEVICE)
    if identity is None or Address(path).kind is not Kind.PORT:
        return False
    if await hass.async_add_executor_job(os.path.exists, path):
        return False
    found = {port.device for port in await _usb_ports(hass) if _identity(port) == identity}
    if len(found) != 1:
        return False
    device = found.pop()
    if await same_line_entry(hass, device):
        return False  # cheap adapters share a serial number, and another entry reads this one
    LOGGER.info("%s: the reader is at %s now", entry.title, device)
    hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_PORT: device})
    return True


@callback
def async_watch(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Follow the reader whenever a port appears, as long as the entry is loaded."""

    async def follow() -> None:
        if await async_follow(hass, entry):
            hass.config_entries.async_schedule_reload(entry.entry_id)

    @callback
    def changed(added: set[USBDevice], _removed: set[USBDevice]) -> None:
        if added:
            entry.async_create_task(hass, follow())

    entry.async_on_unload(async_register_port_event_callback(hass, changed))
