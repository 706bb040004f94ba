"""Entries of a Home Assistant under test: what they are made with, and what they show."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port.analysis.freshness import LIVE_FOR
from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Moment

from .clock import look
from .meters import SpeakingMeter

OPTIONS = {"maker": "automatic", "ct_ratio": "1", "vt_ratio": "1", "net": "automatic", "update_interval": 0}
"""The interval is not the usual one: what a meter says is shown at once, so no test has to wait."""

type MakeEntry = Callable[..., MockConfigEntry]


async def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for something that real sockets take a moment for; fail if it does not come."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.001)


async def hears(entry: MockConfigEntry, meter: SpeakingMeter, *messages: bytes) -> None:
    """Let a meter send messages, the next one when the one before was read."""
    for message in messages:
        before = entry.runtime_data.readings
        meter.say(message)
        await until(lambda before=before: entry.runtime_data.readings > before)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set an entry up and see that it is loaded."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


def entity(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str | None:
    """Return the entity id of a row of the table."""
    return er.async_get(hass).async_get_entity_id("sensor", DOMAIN, f"{entry.entry_id}_{key}")


def state(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str | None:
    """Return the state of a row of the table, None if there is no such entity."""
    entity_id = entity(hass, entry, key)
    found = hass.states.get(entity_id) if entity_id else None
    return found.state if found else None


class Home:
    """An entry that a test's meter speaks to, with the loop's time as it sees it, and what its entities show."""

    def __init__(self, hass: HomeAssistant, meter: SpeakingMeter, entry: MockConfigEntry) -> None:
        self.hass, self.meter, self.entry = hass, meter, entry
        self.now = 1000.0
        entry.runtime_data.now = lambda: Moment(self.now, dt_util.utcnow())

    async def says(self, *messages: bytes, every: float = 10.0) -> None:
        """Let messages come in some seconds each."""
        for message in messages:
            self.now += every
            await hears(self.entry, self.meter, message)
        await self.hass.async_block_till_done()

    async def falls_silent(self) -> None:
        """Let time pass until what is momentary is stale, and look."""
        self.now += LIVE_FOR + 60
        look(self.hass)
        await self.hass.async_block_till_done()

    def state(self, platform: str, key: str) -> str | None:
        entity_id = er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, f"{self.entry.entry_id}_{key}")
        shown = self.hass.states.get(entity_id or "")
        return shown.state if shown else None

    def attributes(self, platform: str, key: str) -> dict[str, Any]:
        entity_id = er.async_get(self.hass).async_get_entity_id(platform, DOMAIN, f"{self.entry.entry_id}_{key}")
        shown = self.hass.states.get(entity_id or "")
        assert shown
        return dict(shown.attributes)

    def recommended(self) -> tuple[str | None, str]:
        about = self.attributes("sensor", "charging_current_recommended")
        return self.state("sensor", "charging_current_recommended"), about["limited_by"]


type MakeHome = Any
"""A fixture: options -> a home."""
