"""The address of a line: what it is made of, and which entry reads it already."""

import os

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant

from ..const import DOMAIN

SOCKET = "socket://"


def network_url(host: str, port: str) -> str | None:
    """Return the URL of a TCP line; None if the port is no port."""
    if not (port.isdecimal() and 0 < int(port) < 65536):  # noqa: PLR2004 - ports have sixteen bits
        return None
    host = host.strip()
    return (
        f"{SOCKET}[{host}]:{int(port)}" if ":" in host and not host.startswith("[") else f"{SOCKET}{host}:{int(port)}"
    )


def line_of(url: str) -> str:
    """Return what two URLs of the same line have in common: a device may have several paths."""
    return url.casefold() if "://" in url else os.path.realpath(url)


async def same_line_entry(hass: HomeAssistant, url: str) -> ConfigEntry | None:
    """Return the entry that already reads a line."""
    entries = hass.config_entries.async_entries(DOMAIN)
    lines = await hass.async_add_executor_job(lambda: [line_of(entry.data[CONF_PORT]) for entry in entries])
    line = await hass.async_add_executor_job(line_of, url)
    return next((entry for entry, other in zip(entries, lines, strict=True) if other == line), None)
