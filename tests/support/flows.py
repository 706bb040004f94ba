"""The dialogs as a user goes through them."""

from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry


async def options_form(hass: HomeAssistant, entry: MockConfigEntry, step: str) -> Any:
    """Return the form that is chosen from the menu of the options."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert step in menu["menu_options"]
    return await hass.config_entries.options.async_configure(menu["flow_id"], {"next_step_id": step})


def suggested(form: Any) -> dict[str, Any]:
    """Return what a form begins with."""
    return {str(field): (field.description or {}).get("suggested_value") for field in form["data_schema"].schema}
