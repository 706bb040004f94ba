"""Diagnostics for a bug report, without anything that reveals whose meter it is."""

from collections.abc import Collection
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant

from .const import (
    CONF_AUTHENTICATION_KEY,
    CONF_ENCRYPTION_KEY,
    CONF_MODEL,
    CONF_SERIAL_NUMBER,
    CONF_USB_DEVICE,
)
from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .decoder.anonymise import Names, anonymised, is_identifying_line, rewritten
from .meter.identity import without_number

SECRETS = (CONF_AUTHENTICATION_KEY, CONF_ENCRYPTION_KEY, CONF_PORT, CONF_SERIAL_NUMBER, CONF_USB_DEVICE)


async def async_get_config_entry_diagnostics(_hass: HomeAssistant, entry: HanPortConfigEntry) -> dict[str, Any]:
    """Return what is known about an entry and its line."""
    return {
        "data": async_redact_data(_stored(entry), SECRETS),
        "options": dict(entry.options),
        "line": _line(entry.runtime_data) if entry.state is ConfigEntryState.LOADED else None,
    }


def _stored(entry: HanPortConfigEntry) -> dict[str, Any]:
    """Return the data of an entry, with a model that has no number in it."""
    model = entry.data.get(CONF_MODEL)
    shown = {CONF_MODEL: without_number(model, entry.data.get(CONF_SERIAL_NUMBER))} if model else {}
    return {**entry.data, **shown}


def _line(coordinator: HanPortCoordinator) -> dict[str, Any]:
    names = Names(*coordinator.numbers)
    now, freshness = coordinator.now().loop, coordinator.meter.state.freshness
    feed, source = coordinator.feed, coordinator.feed.source
    health, oddities = feed.health, coordinator.meter.oddities
    return {
        "connected": source.connected,
        "settings": source.serial_settings_text,
        "bytes": source.bytes_received,
        "connections": source.connections,
        "longest_gap": source.longest_gap,
        "silent_for": health.silent_for(now),
        "silences": health.silences(now),
        "error_rate": health.error_rate(now),
        "noise": feed.decoder.noise,
        "readings": coordinator.readings,
        "unchecked": feed.unchecked,
        "rejections": dict(coordinator.rejections),
        "verified": coordinator.meter.verified,
        "clock_offset": coordinator.meter.clock_offset and coordinator.meter.clock_offset.total_seconds(),
        "intervals": {quantity.key: freshness.interval(quantity) for quantity in coordinator.data},
        "values": {quantity.key: value for quantity, value in coordinator.data.items()},
        "unnamed": {code: _shown(code, value, coordinator.numbers) for code, value in oddities.unnamed.items()},
        "left_out": {
            quantity.key: {"value": each.value, "reason": each.reason.value}
            for quantity, each in oddities.left_out.items()
        },
        # The meter's number is replaced and the checksums are right, so scripts/decode reads them as any frame.
        "frames": [[*anonymised(raw, feed.line.keys, names)] for raw in feed.frames],
        "rejected": [
            {
                "error": type(each.error).__name__,
                "why": str(each.error),
                "hex": rewritten(each, feed.line.keys, names),
            }
            for each in feed.rejected
        ],
    }


def _shown(code: str, value: object, secret: Collection[str | None]) -> object:
    """Return a number unless it is the meter's own; of anything else its type only, as it may hold that number."""
    parts = value if isinstance(value, tuple) else (value,)
    is_own = is_identifying_line(code.encode()) or any(str(each) in secret for each in parts)
    if not is_own and all(isinstance(each, (int, float)) for each in parts):
        return list(parts) if isinstance(value, tuple) else value
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, (str, bytes)) else type(value).__name__
