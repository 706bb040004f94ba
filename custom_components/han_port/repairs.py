"""Fixes for the issues that `meter/issues.py` raises, once the user confirms them."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, override

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import (
    CONF_CURRENT_FACTOR,
    CONF_ENERGY_FACTOR,
    CONF_LIST_ID,
    CONF_MODEL,
    CONF_SERIAL_NUMBER,
)
from .coordinator import HanPortConfigEntry
from .meter.issues import Issue
from .meter.registers import Registers

CORRECTIONS = MappingProxyType({Issue.CURRENT_SCALE: CONF_CURRENT_FACTOR, Issue.ENERGY_SCALE: CONF_ENERGY_FACTOR})


class DecideFlow(ConfirmRepairFlow):
    """Asks the user to confirm a fix, applies it, and reloads the entry."""

    @override
    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask for confirmation, then apply the fix."""
        if user_input is None:
            return await super().async_step_confirm()
        raised: dict[str, Any] = self.data or {}
        entry: HanPortConfigEntry | None = self.hass.config_entries.async_get_entry(raised["entry_id"])
        if not entry or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        issue = Issue(raised["issue"])
        if issue is Issue.ANOTHER_METER and not self._name_after(entry, raised["serial"]):
            return self.async_abort(reason="already_configured")
        if option := CORRECTIONS.get(issue):
            options = {**entry.options, option: raised["factor"]}
            self.hass.config_entries.async_update_entry(entry, options=options)
        if issue is not Issue.CURRENT_SCALE:
            entry.runtime_data.meter.registers.forget()
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})

    def _name_after(self, entry: HanPortConfigEntry, serial: str) -> bool:
        """Make the meter with this number the entry's. Return False, and change nothing, if another entry has it."""
        others = self.hass.config_entries.async_entries(entry.domain)
        if serial in {other.unique_id for other in others}:
            return False
        of_old_meter = (CONF_MODEL, CONF_LIST_ID)
        data = {key: value for key, value in entry.data.items() if key not in of_old_meter}
        self.hass.config_entries.async_update_entry(entry, unique_id=serial, data={**data, CONF_SERIAL_NUMBER: serial})
        return True


class JumpFlow(RepairsFlow):
    """Asks whether a register that has jumped is right."""

    async def async_step_init(self, _user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Let the user choose."""
        issue = ir.async_get(self.hass).async_get_issue(self.handler, self.issue_id)
        texts = issue.translation_placeholders if issue else None
        return self.async_show_menu(step_id="init", menu_options=["right", "ignore"], description_placeholders=texts)

    async def async_step_right(self, _user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Book what the register has grown by."""
        return self._decide(Registers.believe)

    async def async_step_ignore(self, _user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Go on from where the register is now."""
        return self._decide(Registers.forget)

    def _decide(self, what: Callable[[Registers], None]) -> RepairsFlowResult:
        raised: dict[str, Any] = self.data or {}
        entry: HanPortConfigEntry | None = self.hass.config_entries.async_get_entry(raised["entry_id"])
        if not entry or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        what(entry.runtime_data.meter.registers)
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    _hass: HomeAssistant, issue_id: str, _data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that fixes an issue."""
    return JumpFlow() if issue_id.startswith(Issue.REGISTER_JUMPED) else DecideFlow()
