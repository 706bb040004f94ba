"""What is kept over a restart: the last value of each quantity with the time at which it was measured, and the hours.

Values are kept as the meter said them, in the quantity's own unit: a ratio or a unit of display that is changed in
between is applied to them like to new ones.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .analysis.freshness import Freshness
from .analysis.hour import Hours
from .const import DOMAIN
from .decoder.quantities import BY_KEY, Quantity

VERSION = 1
SAVE_AFTER = 10.0  # seconds


class Memory:
    """The memory of one entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the entry; nothing is read yet."""
        self.values: Mapping[Quantity, float] = {}
        self.freshness = Freshness()
        self.hours = Hours()
        self._clock = hass.loop.time
        self._store = Store[dict[str, Any]](hass, VERSION, f"{DOMAIN}.{entry_id}")

    async def load(self) -> None:
        """Bring back what was known, if anything was."""
        if not (state := await self._store.async_load()):
            return
        now, wall, values = self._clock(), dt_util.utcnow(), {}
        for key, (value, measured_at) in state["values"].items():
            if quantity := BY_KEY.get(key):
                values[quantity] = value
                age = (wall - datetime.fromisoformat(measured_at)).total_seconds()
                self.freshness.restore(quantity, now - max(0.0, age))  # the wall clock may have been set back
        self.values, self.hours = values, Hours.from_dict(state["hours"])

    async def save(self, _event: object = None) -> None:
        """Keep what is known now."""
        await self._store.async_save(self._state())

    def save_soon(self) -> None:
        """Keep what is known in a few seconds."""
        self._store.async_delay_save(self._state, SAVE_AFTER)

    def forget_registers(self) -> None:
        """Begin with new totals: those of another meter, or in another scale."""
        self.values = {quantity: value for quantity, value in self.values.items() if not quantity.is_register}
        self.hours = Hours()

    async def forget(self) -> None:
        """Delete what was kept."""
        await self._store.async_remove()

    def _state(self) -> dict[str, Any]:
        now, wall = self._clock(), dt_util.utcnow()
        values = {}
        for quantity, value in self.values.items():
            age = now - (self.freshness.heard(quantity) or now)
            values[quantity.key] = [value, (wall - timedelta(seconds=age)).isoformat()]
        return {"values": values, "hours": self.hours.as_dict()}
