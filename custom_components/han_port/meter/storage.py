"""What is kept over a restart: the last value of each quantity with the time at which it was measured, and the hours.

It is written four times an hour, and the hours once: a memory card wears out.

Values are kept as the meter said them, in the quantity's own unit: a ratio or a unit of display that is changed in
between is applied to them like to new ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..analysis.fields import finite, moment
from ..analysis.freshness import Freshness
from ..analysis.hour import Hours
from ..analysis.ratios import Ratios
from ..const import DOMAIN, LOGGER
from ..decoder.quantities import BY_KEY, Quantity, Unit

VERSION = 1
UNREADABLE = (ArithmeticError, AttributeError, IndexError, KeyError, OSError, TypeError, ValueError)
"""What is raised where a store does not hold what was written; a time far beyond any calendar is an OSError."""


class Part(StrEnum):
    """A part of what is kept of an entry: each is written when it has changed."""

    STATE = ""
    HOURS = ".hours"
    PEAKS = ".peaks"


SAVE_AFTER = 10.0  # seconds
SAVE_EVERY = timedelta(minutes=15)
"""Time after which what is known is kept though nothing has ended: a power cut loses no more than that."""


def store_of(hass: HomeAssistant, entry_id: str, part: Part) -> Store[Any]:
    """Return where a part of what is known of an entry is kept."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry_id}{part}")


async def async_load[T: (Mapping[str, Any] | Sequence[Any])](store: Store[T]) -> T | None:
    """Return what is kept, None if that is nothing, or if the disk does not give it back."""
    try:
        return await store.async_load()
    except HomeAssistantError as error:  # which Home Assistant makes of any error of the system
        LOGGER.warning("What was stored cannot be read, so it begins anew: %s", error)
        return None


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what was kept of an entry."""
    for part in Part:
        await store_of(hass, entry_id, part).async_remove()


class Memory:
    """The memory of one entry."""

    def __init__(self, hass: HomeAssistant, entry_id: str, ratios: Ratios, corrections: Mapping[Unit, int]) -> None:
        """Name the entry; nothing is read yet. `corrections` are the powers of ten by which values are corrected."""
        self.values: Mapping[Quantity, float] = {}
        self.freshness = Freshness()
        self.hours = Hours()
        self._ratios = [ratios.of(Quantity.ENERGY_IMPORT), ratios.of(Quantity.POWER_IMPORT)]
        self._correction, self._of_currents = corrections[Unit.WATT_HOUR], corrections[Unit.AMPERE]
        self._clock = hass.loop.time
        self._saved_at = dt_util.utcnow()
        self._store = store_of(hass, entry_id, Part.STATE)
        self._hours_store = store_of(hass, entry_id, Part.HOURS)

    def take_heard(self, heard: Mapping[Quantity, tuple[float, float]]) -> None:
        """Begin with what was heard a moment ago, if nothing is known yet; registers have their hour, and wait."""
        if self.values:
            return
        live = {quantity: pair for quantity, pair in heard.items() if not quantity.is_register}
        self.values = {quantity: value for quantity, (value, _) in live.items()}
        for quantity, (_, heard_at) in live.items():
            self.freshness.restore(quantity, heard_at)

    async def load(self) -> None:
        """Bring back what was known, if anything was; what cannot be read must not keep a meter from being shown."""
        state = await async_load(self._store)
        finished = await async_load(self._hours_store) or ()
        try:
            if self._restore(state or {}, finished):
                await self.save()  # hours that were stored without their new scale would be multiplied once more
        except UNREADABLE as error:
            LOGGER.warning("What was stored cannot be read, so all begins anew: %r", error)
            self.values, self.freshness, self.hours = {}, Freshness(), Hours()

    def _restore(self, state: Mapping[str, Any], finished: Iterable[Sequence[Any]]) -> bool:
        """Take what `_state` wrote; return whether ratios or scale are others than they were then."""
        if not state:
            return False
        now, wall, values = self._clock(), dt_util.utcnow(), {}
        for key, (value, measured_at) in state["values"].items():
            if quantity := BY_KEY.get(key):
                values[quantity] = finite(value)
                age = (wall - moment(measured_at)).total_seconds()
                self.freshness.restore(quantity, now - max(0.0, age))  # the wall clock may have been set back
        self.values = values
        self.hours = Hours.from_dict(state["hours"], finished)
        correction = state.get("correction", self._correction)
        is_other = bool(state["ratios"] != self._ratios or correction != self._correction)
        if is_other:
            registers, powers = (ours / finite(old) for ours, old in zip(self._ratios, state["ratios"], strict=True))
            self.hours.rescale(registers * 10.0 ** (self._correction - finite(correction)), powers)
        if correction != self._correction:
            self.forget_registers()  # the next ones are in another scale
        if state.get("current_correction", self._of_currents) != self._of_currents:
            self.values = {each: value for each, value in self.values.items() if each.unit is not Unit.AMPERE}
        return is_other

    async def save(self, _event: object = None) -> None:
        """Keep what is known now."""
        await self._store.async_save(self._state())
        await self._hours_store.async_save(self.hours.finished_as_list())

    def save_soon(self, *, hours: bool) -> None:
        """Keep what is known in a few seconds, with the finished hours or without."""
        self._saved_at = dt_util.utcnow()
        self._store.async_delay_save(self._state, SAVE_AFTER)
        if hours:
            self._hours_store.async_delay_save(self.hours.finished_as_list, SAVE_AFTER)

    def save_now_and_then(self) -> None:
        """Keep what is known, if that is long ago."""
        if abs(dt_util.utcnow() - self._saved_at) >= SAVE_EVERY:  # a clock that was set back must not stop it
            self.save_soon(hours=False)

    def forget_registers(self) -> None:
        """Begin with new totals: those of another meter, or in another scale."""
        self.values = {quantity: value for quantity, value in self.values.items() if not quantity.is_register}
        self.hours.start_new_count()

    def _state(self) -> dict[str, Any]:
        now, wall = self._clock(), dt_util.utcnow()
        values = {}
        for quantity, value in self.values.items():
            age = now - (self.freshness.last_heard(quantity) or now)
            values[quantity.key] = [value, (wall - timedelta(seconds=age)).isoformat()]
        return {
            "values": values,
            "hours": self.hours.as_dict(),
            "ratios": self._ratios,
            "correction": self._correction,
            "current_correction": self._of_currents,
        }
