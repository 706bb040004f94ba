"""Counts, inside of a Home Assistant that the tests of faults have started, what might be left behind there."""

import asyncio
from collections import Counter
import gc
import threading

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType
import probatio

from custom_components.han_port import coordinator
from custom_components.han_port.coordinator import HanPortCoordinator
from custom_components.han_port.sources.connection import Connection
from custom_components.han_port.sources.feed import Waits
from custom_components.han_port.sources.link import Link

DOMAIN = "census"
COUNTED = (HanPortCoordinator, Link, Connection)
CONFIG_SCHEMA = probatio.Schema(
    {probatio.Required(DOMAIN): {probatio.Required("silence"): cv.positive_float}}, extra=probatio.ALLOW_EXTRA
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Offer the action, and set how long a line may be silent."""
    coordinator.WAITS = Waits(silence=config[DOMAIN]["silence"])

    async def count(_call: ServiceCall) -> ServiceResponse:
        gc.collect()
        found = Counter(type(each).__name__ for each in gc.get_objects() if type(each) in COUNTED)
        return {
            "objects": dict(found),
            "tasks": dict(Counter(task.get_coro().__qualname__ for task in asyncio.all_tasks())),
            "threads": threading.active_count(),
            # What Home Assistant has yet to store in some seconds listens for its end as well, and comes and goes.
            "listeners": {**hass.bus.async_listeners(), EVENT_HOMEASSISTANT_FINAL_WRITE: 0},
        }

    hass.services.async_register(DOMAIN, "count", count, supports_response=SupportsResponse.ONLY)
    return True
