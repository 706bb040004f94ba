"""What a user can ask of an entry, and what he is told when it cannot be done."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant, SupportsResponse
from homeassistant.exceptions import ServiceValidationError, Unauthorized
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


# --- who may call --------------------------------------------------------------------------------------------------

FOR_ADMINISTRATORS: dict[str, dict[str, Any]] = {
    "capture": {"anonymise": False, "seconds": 1},
    "import_hours": {"table": "2026-01-15T10:00;5"},
    "recalculate": {},
    "remove_peak": {"start": "2026-01-15T10:00:00"},
    "set_peak": {"start": "2026-01-15T10:00:00", "kw": 5},
}
FOR_EVERYONE: dict[str, dict[str, Any]] = {"capture": {"seconds": 1}, "get_hours": {}}


async def call_as(hass: HomeAssistant, context: Context, action: str, data: dict[str, Any]) -> Any:
    """Call an action as a user does."""
    answers = hass.services.supports_response(DOMAIN, action) is not SupportsResponse.NONE
    return await hass.services.async_call(DOMAIN, action, data, blocking=True, return_response=answers, context=context)


@pytest.fixture
async def loaded(hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry) -> AsyncGenerator[MockConfigEntry]:
    """An entry that is loaded, without a tariff: an action that goes through says so. The home has an owner."""
    await hass.auth.async_create_user("Owner", group_ids=[GROUP_ID_ADMIN])  # whoever is the first owns the home
    entry = make_entry(meter.url, options={"tariff": "none"})
    await set_up(hass, entry)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


async def test_each_action_is_for_everyone_or_for_administrators(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    """A new one has to be put on one of the lists."""
    assert set(hass.services.async_services_for_domain(DOMAIN)) == {*FOR_ADMINISTRATORS, *FOR_EVERYONE}


@pytest.mark.parametrize("group", [GROUP_ID_USER, GROUP_ID_READ_ONLY])
@pytest.mark.parametrize("action", FOR_ADMINISTRATORS)
async def test_a_user_who_is_no_administrator_changes_no_peak_and_gets_no_meter_number(
    hass: HomeAssistant, loaded: MockConfigEntry, action: str, group: str
) -> None:
    user = await hass.auth.async_create_user("Guest", group_ids=[group])
    assert not user.is_admin
    data = {"config_entry_id": loaded.entry_id, **FOR_ADMINISTRATORS[action]}
    with pytest.raises(Unauthorized):
        await call_as(hass, Context(user_id=user.id), action, data)
    with pytest.raises(Unauthorized):
        await call_as(hass, Context(user_id="nobody that is known"), action, data)
    assert loaded.runtime_data.feed._taps == ()


@pytest.mark.parametrize("action", FOR_EVERYONE)
async def test_a_user_who_is_no_administrator_may_read(
    hass: HomeAssistant, loaded: MockConfigEntry, action: str
) -> None:
    user = await hass.auth.async_create_user("Guest", group_ids=[GROUP_ID_USER])
    data = {"config_entry_id": loaded.entry_id, **FOR_EVERYONE[action]}
    assert await call_as(hass, Context(user_id=user.id), action, data)


@pytest.mark.parametrize("action", FOR_ADMINISTRATORS)
async def test_an_administrator_and_an_automation_may_do_all(
    hass: HomeAssistant, loaded: MockConfigEntry, action: str
) -> None:
    """An automation calls without a user."""
    admin = await hass.auth.async_create_user("Partner", group_ids=[GROUP_ID_ADMIN])
    for context in (Context(user_id=admin.id), Context()):
        data = {"config_entry_id": loaded.entry_id, **FOR_ADMINISTRATORS[action]}
        if action == "capture":
            assert await call_as(hass, context, action, data) == {"bytes": 0, "lines": []}
        else:
            with pytest.raises(ServiceValidationError, match="has no capacity tariff"):
                await call_as(hass, context, action, data)
