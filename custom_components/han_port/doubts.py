"""What only the user can decide about a meter: raised as a repair once, and taken back when it has settled itself."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .decoder import Unit


class Doubt(StrEnum):
    """What may be doubted. The values are the keys of the repairs' texts."""

    ANOTHER_METER = "another_meter"
    REGISTERS_FELL = "registers_fell"
    CURRENT_SCALE = "current_scale"
    ENERGY_SCALE = "energy_scale"


OF_UNIT = {Unit.AMPERE: Doubt.CURRENT_SCALE, Unit.WATT_HOUR: Doubt.ENERGY_SCALE}


class Doubts:
    """The doubts about the meter of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin without a doubt."""
        self._hass, self._entry = hass, entry
        self._raised: set[Doubt] = set()

    def raise_(self, doubt: Doubt, data: Mapping[str, Any], **texts: str) -> None:
        """Ask the user, once. `data` is what the repair needs when he agrees, `texts` what he is told."""
        if doubt in self._raised:
            return
        self._raised.add(doubt)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._id(doubt),
            data={"entry_id": self._entry.entry_id, "doubt": doubt.value, **data},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=doubt,
            translation_placeholders={"name": self._entry.title, **texts},
        )

    def settle(self, *doubts: Doubt) -> None:
        """Take back what is no longer doubted."""
        for doubt in self._raised.intersection(doubts):
            self._raised.remove(doubt)
            ir.async_delete_issue(self._hass, DOMAIN, self._id(doubt))

    def _id(self, doubt: Doubt) -> str:
        return f"{doubt}_{self._entry.entry_id}"
