"""What a user can ask of an entry, and what he is told when it cannot be done."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port import services
from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Decoder, Quantity, Reading
from tests.support.frames import AIDON_2
from tests.support.homes import MakeEntry, set_up
from tests.support.meters import SpeakingMeter

SERIAL = b"7359990000000017"


async def capture(hass: HomeAssistant, entry_id: str, **wanted: Any) -> Any:
    """Call the action and return its response."""
    data = {"config_entry_id": entry_id, "seconds": 1, **wanted}
    return await hass.services.async_call(DOMAIN, "capture", data, blocking=True, return_response=True)


@pytest.mark.parametrize("anonymise", [True, False])
async def test_a_capture_holds_what_came_in_its_seconds(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, anonymise: bool
) -> None:
    """With other numbers unless the user wants his own; damaged bytes are there only as they came."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    asked = asyncio.create_task(capture(hass, entry.entry_id, anonymise=anonymise))
    await asyncio.sleep(0.1)
    meter.say(AIDON_2, AIDON_2[:50], AIDON_2)
    response = await asked
    assert response["bytes"] == 2 * len(AIDON_2) + 50
    comments = [line for line in response["lines"] if line.startswith("#")]
    raw = bytes.fromhex("".join(line for line in response["lines"] if not line.startswith("#")))
    assert raw == AIDON_2 + AIDON_2[:50] + AIDON_2 if not anonymise else len(raw) == 2 * len(AIDON_2)
    assert len(comments) == anonymise
    assert (SERIAL in raw) is not anonymise
    powers = [one.values[Quantity.POWER_IMPORT] for one in Decoder().receive(raw) if isinstance(one, Reading)]
    assert powers == [3210.0, 3210.0]
    assert entry.runtime_data.feed._taps == ()
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_capture_is_bounded(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that never stops must not fill the memory."""
    monkeypatch.setattr(services, "MAX_CAPTURE_BYTES", 100)
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    asked = asyncio.create_task(capture(hass, entry.entry_id, anonymise=False))
    await asyncio.sleep(0.1)
    meter.say(AIDON_2, AIDON_2)
    assert (await asked)["bytes"] == 100
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_capture_of_no_meter_says_so(hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry) -> None:
    """The action is there as long as the integration is, loaded entry or not; the words are Home Assistant's own."""
    entry, other = make_entry(meter.url), MockConfigEntry(domain="other", title="Other", state=ConfigEntryState.LOADED)
    other.add_to_hass(hass)
    await set_up(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    for entry_id, key, placeholders, words in (
        ("no such entry", "not_found", {"entry_id": "no such entry"}, "was not found"),
        (other.entry_id, "wrong_domain", {"entry_title": "Other"}, "does not belong to integration han_port"),
        (entry.entry_id, "not_loaded", {"entry_title": "Meter"}, "is not loaded"),
    ):
        with pytest.raises(ServiceValidationError) as told:
            await capture(hass, entry_id)
        assert told.value.translation_domain == "homeassistant"
        assert told.value.translation_key == f"service_config_entry_{key}"
        assert told.value.translation_placeholders == {"domain": DOMAIN, **placeholders}
        assert words in str(told.value)
