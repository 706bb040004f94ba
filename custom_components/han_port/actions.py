"""Actions: what a user can ask of an entry."""

import asyncio
import textwrap
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio

from .anonymise import WIDTH, anonymised
from .const import DOMAIN
from .coordinator import HanPortConfigEntry, HanPortCoordinator

CAPTURE = "capture"
CONF_ENTRY = "config_entry_id"
CONF_SECONDS = "seconds"
CONF_ANONYMISE = "anonymise"
LONGEST = 300
MOST = 1_000_000
"""Bytes that a capture holds at most: five minutes of the fastest meter are a third of it."""

CAPTURE_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_ENTRY): cv.string,
        probatio.Optional(CONF_SECONDS, default=30): probatio.All(int, probatio.Range(min=1, max=LONGEST)),
        probatio.Optional(CONF_ANONYMISE, default=True): cv.boolean,
    }
)


@callback
def async_register(hass: HomeAssistant) -> None:
    """Offer the actions."""
    hass.services.async_register(
        DOMAIN, CAPTURE, _capture, schema=CAPTURE_SCHEMA, supports_response=SupportsResponse.ONLY
    )


def _coordinator(hass: HomeAssistant, entry_id: str) -> HanPortCoordinator:
    entry: HanPortConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
    if not entry or entry.domain != DOMAIN:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="entry_not_found")
    if entry.state is not ConfigEntryState.LOADED:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="entry_not_loaded",
            translation_placeholders={"name": entry.title},
        )
    return entry.runtime_data


async def _capture(call: ServiceCall) -> ServiceResponse:
    """Return what comes down a line in the next seconds, as lines of hex."""
    coordinator = _coordinator(call.hass, call.data[CONF_ENTRY])
    data = bytearray()

    def keep(received: bytes) -> None:
        data.extend(received[: MOST - len(data)])

    coordinator.listeners_to_bytes.append(keep)
    try:
        await asyncio.sleep(call.data[CONF_SECONDS])
    finally:
        coordinator.listeners_to_bytes.remove(keep)
    raw = bytes(data)
    lines = (
        [*anonymised(raw, coordinator.keys)] if call.data[CONF_ANONYMISE] else textwrap.wrap(raw.hex().upper(), WIDTH)
    )
    response: dict[str, Any] = {"bytes": len(raw), "lines": lines}
    return response
