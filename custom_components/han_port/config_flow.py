"""The config flow: asks for the line, listens to it, and names the entry after the meter that was found."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import callback
import probatio

from .const import (
    CONF_AUTHENTICATION_KEY,
    CONF_ENCRYPTION_KEY,
    CONF_FOUND_SETTINGS,
    CONF_LIST_ID,
    CONF_METER_MAKER,
    CONF_MODEL,
    CONF_QUANTITIES,
    CONF_SERIAL_NUMBER,
    CONF_TAKES_OVER,
    CONF_VT_RATIO,
    DOMAIN,
)
from .coordinator import HanPortCoordinator
from .flows.forms import (
    CONF_ADVANCED,
    KEYS,
    NETWORK,
    OTHER_KEYS,
    SERIAL,
    check_options,
    check_terminals,
    input_of,
    take_over_form,
)
from .flows.keys import Trial, messages_of
from .flows.listening import ListeningFlow
from .flows.options import HanPortOptionsFlow
from .flows.takeover import options_of, predecessors, url_of
from .meter.heard import hand_over
from .meter.identity import in_markdown, title_of
from .sources.address import network_url, same_line_entry
from .sources.settings import stored_keys


class HanPortConfigFlow(ListeningFlow, domain=DOMAIN):
    """Sets up one meter."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing known."""
        super().__init__()
        self._input: dict[str, Any] = {}
        self._unloaded = ""
        self._takes_over: dict[str, str] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow."""
        return HanPortOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how the meter is connected."""
        take_over = ["take_over"] if predecessors(self.hass) else []
        return self.async_show_menu(step_id="user", menu_options=[*take_over, "serial", "network"])

    async def async_step_take_over(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which predecessor's entry is to be taken over, and listen to its line with its serial settings."""
        found = predecessors(self.hass)
        if user_input is None and found:
            return self.async_show_form(step_id="take_over", data_schema=take_over_form(found))
        if user_input is None or not (predecessor := found.get(user_input[CONF_TAKES_OVER])):
            return await self.async_step_user()  # it was deleted while the dialog was open
        self._takes_over = {CONF_TAKES_OVER: predecessor.entry_id}
        url, self._options = url_of(predecessor) or "", options_of(predecessor)
        self._way, self._input = input_of(url, self._options)
        await self._free_line(predecessor)
        return await self._use_line(url)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the meter is now, or for other keys. The forms are filled in with the present answers."""
        entry = self._get_reconfigure_entry()
        self._way, self._input = input_of(entry.data[CONF_PORT], entry.options)
        self._keys = {key: value for key, value in entry.data.items() if key in KEYS.schema}
        keys = ["change_keys"] if self._keys.get(CONF_ENCRYPTION_KEY) else []
        return self.async_show_menu(step_id="reconfigure", menu_options=["serial", "network", *keys])

    async def async_step_serial(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a serial port."""
        url = user_input[CONF_PORT].strip() if user_input else None
        return await self._ask("serial", SERIAL, url, user_input)

    async def async_step_network(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a host and a TCP port."""
        url = network_url(user_input[CONF_HOST], user_input[CONF_PORT]) if user_input else None
        return await self._ask("network", NETWORK, url, user_input)

    async def _ask(
        self, step: str, schema: probatio.Schema, url: str | None, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        if user_input is not None:
            self._way, self._input = step, user_input
            self._options = user_input[CONF_ADVANCED]
            if not (wrong := check_options(self._options)) and url is not None:
                return await self._use_line(url)
            # Home Assistant shows no error beside a field inside a section.
            self._errors = {CONF_PORT: "invalid_port"} if url is None else {"base": next(iter(wrong.values()))}
        errors, self._errors = self._errors, {}
        known = {key: each for key, each in self._input.items() if self._way == step or key == CONF_ADVANCED}
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, known),
            errors=errors,
            description_placeholders={"error": self._error_text},
        )

    async def _use_line(self, url: str) -> ConfigFlowResult:
        """Listen to a line, unless another entry reads it already."""
        if other := await same_line_entry(self.hass, url):
            if self.source != SOURCE_RECONFIGURE or other != self._get_reconfigure_entry():
                return self.async_abort(reason="line_already_configured")
            await self._free_line(other)
        self._url = url
        return await self.async_step_listen()

    async def _free_line(self, reader: ConfigEntry) -> None:
        """Unload the entry that reads the line: only one can, and until the dialog ends it is this flow."""
        is_running = reader.state in (ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY)
        if is_running and await self.hass.config_entries.async_unload(reader.entry_id):
            self._unloaded = reader.entry_id

    @callback
    @override
    def async_remove(self) -> None:
        """Stop listening when the dialog is closed, and give the line back to the entry that was unloaded for it."""
        if self._listening:
            self._listening.cancel()
        if self._unloaded and self.hass.config_entries.async_get_entry(self._unloaded):
            self.hass.config_entries.async_schedule_reload(self._unloaded)

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start when messages can no longer be deciphered: encryption is new, or the grid company changed the keys."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show what is wrong with the keys, and ask for other ones."""
        entry = self._get_reauth_entry()
        if user_input is None:
            coordinator = _coordinator(entry)
            self._errors = {"base": coordinator.key_error} if coordinator and coordinator.key_error else {}
        elif trial := self._try_keys(user_input, _messages(entry)):
            return self._use_keys(entry, trial)
        return self._keys_form("reauth_confirm", KEYS)

    async def async_step_change_keys(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for other keys, or for the second one, of a meter that encrypts."""
        entry = self._get_reconfigure_entry()
        if user_input is not None and (trial := self._try_keys(user_input, _messages(entry), self._keys)):
            return self._use_keys(entry, trial)
        return self._keys_form("change_keys", OTHER_KEYS)

    def _use_keys(self, entry: ConfigEntry, trial: Trial) -> ConfigFlowResult:
        """Store keys, and say whether they fit."""
        fit = "keys_swapped" if trial.swapped else "reauth_successful"
        reason = fit if trial.tried else "keys_not_tried"
        return self.async_update_reload_and_abort(entry, data_updates=stored_keys(trial.keys), reason=reason)

    async def async_step_anyway(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Set up the line although no meter was heard. What the meter is, the entry learns from its first messages."""
        return self._save("HAN Port", {CONF_PORT: self._url, **self._keys})

    def _save(self, title: str, data: dict[str, Any]) -> ConfigFlowResult:
        """Create the entry, or change the one that is reconfigured, which keeps what it has learned of its meter."""
        self._unloaded = ""
        if self.source != SOURCE_RECONFIGURE:
            assert self._probe
            hand_over(self.hass, self._url, self._probe.values)
            return self.async_create_entry(title=title, data=data | self._takes_over, options=self._options)
        entry = self._get_reconfigure_entry()
        of_line = {key: data.get(key) for key in (CONF_PORT, CONF_FOUND_SETTINGS)}
        return self.async_update_reload_and_abort(
            entry,
            data_updates={**of_line, **self._keys},
            options={**entry.options, **self._options},
            reason="reconfigure_successful",  # without it, Home Assistant would show its own text
        )

    def _about_safety(self, *, verified: bool | None, is_checked: bool) -> dict[str, str]:
        """Return what the user must know of the keys that the meter was found with, or of its missing checksum."""
        if self._were_swapped:
            return {"base": "keys_swapped"}
        if not is_checked:
            return {"base": "not_checked"}
        has_one = self._keys.get(CONF_ENCRYPTION_KEY) and not self._keys.get(CONF_AUTHENTICATION_KEY)
        return {"base": "not_verified"} if has_one and verified is False else {}

    async def _check_number(self, number: str | None) -> None:
        """Abort if another entry has the meter with this number, or the entry that is reconfigured has another."""
        if not number:
            return
        await self.async_set_unique_id(number)
        if self.source == SOURCE_RECONFIGURE and self._get_reconfigure_entry().unique_id:
            self._abort_if_unique_id_mismatch(reason="another_meter")
        else:
            self._abort_if_unique_id_configured()

    async def async_step_found(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the meter that was found, and create the entry."""
        assert self._probe
        assert self._probe.reading
        reading = self._probe.reading
        await self._check_number(reading.serial)
        maker = reading.maker.value if reading.maker else None
        if wrong := check_terminals(self._options, {each: heard for each, (heard, _) in self._probe.values.items()}):
            self._errors = {"base": wrong[CONF_VT_RATIO]}
            return await (self.async_step_serial() if self._way == "serial" else self.async_step_network())
        if user_input is None:
            power = "–" if self._probe.power is None else f"{self._probe.power:.0f} W"
            return self.async_show_form(
                step_id="found",
                data_schema=probatio.Schema({}),
                errors=self._about_safety(verified=reading.verified, is_checked=reading.is_checked),
                description_placeholders={
                    "maker": maker or "–",
                    "model": in_markdown(reading.model or "–"),
                    "serial": in_markdown(reading.serial or "–"),
                    "power": power,
                    "line": " ".join(filter(None, (self._line_text(), self._serial_settings_text()))),
                },
            )
        data = {
            CONF_PORT: self._url,
            **self._keys,
            CONF_METER_MAKER: maker,
            CONF_MODEL: reading.model,
            CONF_SERIAL_NUMBER: reading.serial,
            CONF_LIST_ID: reading.list_id,
            CONF_QUANTITIES: [quantity.key for quantity in self._probe.quantities],
        }
        if self._serial_settings_text():
            data[CONF_FOUND_SETTINGS] = self._serial_settings_text()
        return self._save(title_of(reading) or "HAN Port", data)


def _coordinator(entry: ConfigEntry) -> HanPortCoordinator | None:
    """Return the coordinator of an entry, if it is loaded."""
    return entry.runtime_data if entry.state is ConfigEntryState.LOADED else None


def _messages(entry: ConfigEntry) -> list[bytes]:
    """Return the last messages of an entry's meter: those that its keys do not open, or that they do if all is well."""
    coordinator = _coordinator(entry)
    return messages_of(coordinator.feed, are_open=coordinator.key_error is None) if coordinator else []
