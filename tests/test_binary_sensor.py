"""What is told in yes and no."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.han_port import coordinator as coordinator_module
from custom_components.han_port.const import DOMAIN
from custom_components.han_port.sources.feed import Waits
from tests.support.clock import look
from tests.support.frames import AIDON_1
from tests.support.homes import MakeEntry, set_up, until
from tests.support.meters import SpeakingMeter


async def test_the_data_flow_tells_whether_the_meter_is_heard(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never unavailable itself: that nothing comes is what it is for."""
    monkeypatch.setattr(coordinator_module, "WAITS", Waits(min_backoff=0.05))
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    entity_id = er.async_get(hass).async_get_entity_id("binary_sensor", DOMAIN, f"{entry.entry_id}_data_flow")
    assert entity_id

    def shown() -> str:
        state = hass.states.get(entity_id)
        assert state
        return state.state

    meter.say(AIDON_1)
    await until(lambda: entry.runtime_data.readings >= 1)
    assert shown() == "on"
    await meter.go_away()
    await until(lambda: shown() == "off")
    await meter.start()
    await until(lambda: shown() == "on")
    assert await hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.usefixtures("unloaded_at_the_end")
async def test_the_data_flow_is_off_before_anything_was_ever_heard(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    look(hass)
    await hass.async_block_till_done()
    entity_id = er.async_get(hass).async_get_entity_id("binary_sensor", DOMAIN, f"{entry.entry_id}_data_flow")
    assert hass.states.get(entity_id).state == "off"
