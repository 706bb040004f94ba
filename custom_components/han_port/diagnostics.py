"""What a bug report needs, without what would tell whose meter it is."""

from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant

from .const import CONF_AUTHENTICATION_KEY, CONF_ENCRYPTION_KEY, CONF_SERIAL_NUMBER
from .coordinator import HanPortConfigEntry, HanPortCoordinator

SECRETS = (CONF_AUTHENTICATION_KEY, CONF_ENCRYPTION_KEY, CONF_PORT, CONF_SERIAL_NUMBER)


async def async_get_config_entry_diagnostics(_hass: HomeAssistant, entry: HanPortConfigEntry) -> dict[str, Any]:
    """Return what is known of an entry and its line."""
    coordinator: HanPortCoordinator | None = getattr(entry, "runtime_data", None)  # not there while it is not loaded
    return {
        "data": async_redact_data(dict(entry.data), SECRETS),
        "options": dict(entry.options),
        "line": _line(coordinator) if coordinator else None,
    }


def _line(coordinator: HanPortCoordinator) -> dict[str, Any]:
    return {
        "bytes": coordinator.link.bytes_received,
        "noise": coordinator.decoder.noise,
        "readings": coordinator.readings,
        "rejections": dict(coordinator.rejections),
        "rejected": [
            {"error": type(each.error).__name__, "why": str(each.error), "bytes": len(each.raw)}
            for each in coordinator.rejected
        ],
        "verified": coordinator.verified,
        "values": {quantity.key: value for quantity, value in coordinator.data.items()},
        "unnamed": {code: _told(value) for code, value in coordinator.unnamed.items()},
    }


def _told(value: object) -> object:
    """Return a number as it is, and of anything else what it is: a text may be the meter's number."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, tuple) and all(isinstance(each, (int, float)) for each in value):
        return list(value)
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, (str, bytes)) else type(value).__name__
