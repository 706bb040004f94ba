"""Config flow steps that listen to the line, show progress, and explain the outcome."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_PORT
from homeassistant.util import dt as dt_util

from ..const import CONF_FOUND_SETTINGS, DOMAIN, MANUAL
from ..decoder import Moment
from ..sources.address import Address
from ..sources.errors import SourceError
from ..sources.settings import LineSettings, stored_keys
from .forms import KEYS
from .keys import KeysFlow
from .letters import for_keys, to_open
from .probe import PATIENCE, Outcome, Probe

REFRESH = 1.0
"""Seconds between two updates of what the user sees while waiting."""


class ListeningFlow(KeysFlow):
    """The part of the config flow between the question for the line and the meter that was found on it."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        super().__init__()
        self._way = ""
        """The step that asked for the line: serial or network. (`source` is Home Assistant's: why the flow began.)"""
        self._url = ""
        self._options: dict[str, Any] = {}
        self._keys: dict[str, Any] = {}
        self._were_swapped = False
        """Whether the user gave the keys the other way round."""
        self._probe: Probe | None = None
        self._listening: asyncio.Task[None] | None = None
        self._refresh: asyncio.Task[None] | None = None
        self._began = 0.0
        self._error_text = ""

    async def async_step_listen(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Listen to the line until the meter is identified, and show what has been heard so far."""
        if self._listening is None:
            sealed = self._probe.sealed if self._probe and self._keys else []
            found = self._serial_settings_text() if sealed else None
            data = {CONF_PORT: self._url, CONF_FOUND_SETTINGS: found, **self._keys}
            self._probe = Probe(LineSettings.of(data, self._options), self._now, sealed)
            self._listening = self.hass.async_create_task(self._probe.listen(), f"{DOMAIN} listens")
            self._began = self.hass.loop.time()
        assert self._probe
        if not self._listening.done():
            if self._refresh is None or self._refresh.done():
                # One at a time: Home Assistant runs this step again when a progress task ends, so a second task
                # could end while nobody watches it.
                self._refresh = self.hass.async_create_task(self._wait(self._listening))
            return self.async_show_progress(
                step_id="listen",
                progress_action="listen",
                progress_task=self._refresh,
                description_placeholders={
                    "line": self._line_text(),
                    "seconds": str(max(0, round(PATIENCE - (self.hass.loop.time() - self._began)))),
                    "bytes": str(self._probe.bytes_received),
                    "frames": str(self._probe.readings),
                    "damaged": str(self._probe.damaged),
                    "settings": " · ".join(filter(None, (self._serial_settings_text(), self._probe.heard))),
                },
            )
        listened, self._listening = self._listening, None
        if not isinstance(error := listened.exception(), SourceError):
            await listened  # any other exception is a bug: let Home Assistant log it
            if self._probe.outcome is Outcome.KEYS:
                self._errors = {"base": self._probe.key_error or ""}
            return self.async_show_progress_done(next_step_id=self._probe.outcome)
        self._errors, self._error_text = {"base": f"cannot_open_{error.reason}"}, str(error)
        return self.async_show_progress_done(next_step_id=self._way)

    @staticmethod
    async def _wait(listening: asyncio.Task[None]) -> None:
        await asyncio.wait((listening,), timeout=REFRESH)

    def _line_text(self) -> str:
        return Address(self._url).shown

    def _serial_settings_text(self) -> str:
        assert self._probe
        return self._probe.serial_settings_text

    def _now(self) -> Moment:
        return Moment(self.hass.loop.time(), dt_util.utcnow())

    # --- the outcome of listening ------------------------------------------------------------------------------

    async def async_step_no_bytes(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that no byte was received."""
        return self._explain(Outcome.NO_BYTES)

    async def async_step_no_frames(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that bytes were received, but no message."""
        return self._explain(Outcome.NO_FRAMES)

    async def async_step_damaged(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that every message was damaged."""
        return self._explain(Outcome.DAMAGED)

    async def async_step_text_mode(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that the reader changes the line ends of the text it passes on."""
        return self._explain(Outcome.TEXT_MODE)

    async def async_step_telnet(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that the gateway speaks Telnet."""
        return self._explain(Outcome.TELNET)

    async def async_step_seven_bits(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that the meter sends 7 bits with parity, and the reader reads 8."""
        return self._explain(Outcome.SEVEN_BITS)

    async def async_step_no_checksum(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that nothing shows whether the messages are right."""
        return self._explain(Outcome.NO_CHECKSUM)

    async def async_step_no_data(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that all bytes are 0x00 or 0xFF, so they are no data."""
        return self._explain(Outcome.NO_DATA)

    async def async_step_encrypted(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that the meter sends encrypted messages."""
        return self._explain(Outcome.ENCRYPTED)

    async def async_step_unknown_list(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Explain that the messages are intact, but of a list that HAN Port does not know."""
        return self._explain(Outcome.UNKNOWN_LIST)

    async def async_step_keys(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the meter's keys, try them on the messages that were heard, and listen again with them."""
        assert self._probe
        if user_input is not None and (trial := self._try_keys(user_input, self._probe.sealed)):
            self._keys, self._were_swapped = stored_keys(trial.keys), trial.swapped
            return await self.async_step_listen()
        return self._keys_form("keys", KEYS)

    def _explain(self, outcome: Outcome) -> ConfigFlowResult:
        assert self._probe
        is_locked, country = outcome is Outcome.ENCRYPTED, self.hass.config.country
        return self.async_show_menu(
            step_id=outcome,
            menu_options=[*(["keys"] if is_locked else []), "listen", self._way, "anyway"],
            description_placeholders={
                "line": self._line_text(),
                "bytes": str(self._probe.bytes_received),
                "damaged": str(self._probe.damaged),
                "seconds": str(round(PATIENCE)),
                "report": f"{MANUAL}/issues",
                "request": for_keys(country) if is_locked else to_open(country),
            },
        )
