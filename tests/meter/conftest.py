"""A home whose meter says what a test wants."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.support.homes import Home, MakeEntry, MakeHome, set_up
from tests.support.meters import SpeakingMeter


@pytest.fixture
def make_home(hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry) -> MakeHome:
    """Return what sets up an entry with some options, and returns its home."""

    async def make(**options: Any) -> Home:
        entry = make_entry(meter.url, options=options)
        await set_up(hass, entry)
        return Home(hass, meter, entry)

    return make
