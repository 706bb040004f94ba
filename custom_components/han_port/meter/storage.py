"""Where the state of a meter is stored: written four times an hour, and the hours once. A memory card wears out."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from ..analysis.hour import FinishedHour
from ..const import DOMAIN, LOGGER
from ..decoder import Moment
from .state import State

VERSION = 1
UNREADABLE = (ArithmeticError, AttributeError, IndexError, KeyError, OSError, TypeError, ValueError)
"""What is raised where a store does not hold what was written; a time far beyond any calendar is an OSError."""
STATE_DELAY = 10.0
"""Seconds that a write waits for more of the same."""
SAVE_EVERY = timedelta(minutes=15)
"""Time after which the state is stored though nothing has ended: a power cut loses no more than that."""


class Part(StrEnum):
    """A part of what is stored of an entry: each is written when it has changed."""

    STATE = ""
    HOURS = ".hours"
    PEAKS = ".peaks"


def store_of(hass: HomeAssistant, entry_id: str, part: Part) -> Store[Any]:
    """Return where a part of what is known of an entry is stored."""
    return Store(hass, VERSION, f"{DOMAIN}.{entry_id}{part}")


async def async_load[T: (Mapping[str, Any] | Sequence[Any])](store: Store[T]) -> T | None:
    """Return what is stored, None if that is nothing, or if the disk does not give it back."""
    try:
        return await store.async_load()
    except (HomeAssistantError, *UNREADABLE) as error:  # the first is what Home Assistant makes of any of the system
        LOGGER.warning("What was stored cannot be read, so it begins anew: %s", error)
        return None


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Delete what was stored of an entry."""
    for part in Part:
        await store_of(hass, entry_id, part).async_remove()


def _readable(stored: object) -> list[FinishedHour]:
    """Return the finished hours that can be read of what was stored: one file that is broken must not cost another."""
    found = []
    for hour in stored if isinstance(stored, list) else ():
        try:
            found.append(FinishedHour.from_list(hour))
        except UNREADABLE as error:
            LOGGER.warning("An hour that was stored cannot be read, so it is left out: %r", error)
    return found


class Storage:
    """Stores the state of one meter, and the finished hours beside it."""

    def __init__(self, hass: HomeAssistant, entry_id: str, state: State, at: Moment) -> None:
        """Name the entry, `at` now; nothing is read yet."""
        self._state = state
        self._at = self._saved_at = at
        """The last moment that is known, by which what is written is dated; and when the state was last written."""
        self._known_totals = 0
        """How many totals were known when the state was last written: a first register must not be lost."""
        self._store = store_of(hass, entry_id, Part.STATE)
        self._hours_store = store_of(hass, entry_id, Part.HOURS)

    async def load(self, at: Moment) -> None:
        """Restore the state, `at` now. What cannot be read must not keep a meter from being shown."""
        self._at = self._saved_at = at
        stored = await async_load(self._store)
        finished = _readable(await async_load(self._hours_store))
        try:
            if stored and self._state.restore(stored, [hour.as_list() for hour in finished], at):
                await self.save()  # hours that were stored without their new scale would be multiplied once more
        except UNREADABLE as error:
            LOGGER.warning("What was stored cannot be read, so all but the hours begins anew: %r", error)
            self._state.forget()
            stored = None
        if not stored:
            self._state.hours.finished = {hour.start: hour for hour in finished}
        self._known_totals = self._state.hours.known_totals

    async def save(self) -> None:
        """Store the state now."""
        await self._store.async_save(self._as_dict())
        await self._hours_store.async_save(self._state.hours.finished_as_list())

    def update(self, at: Moment, *, has_new_hours: bool) -> None:
        """Note that there was a reading; store the state soon if an hour is finished, or if that is long ago."""
        self._at = at
        # A clock that was set back must not stop it.
        is_due = abs(at.utc - self._saved_at.utc) >= SAVE_EVERY
        known = self._state.hours.known_totals
        if has_new_hours or is_due or known != self._known_totals:
            self._known_totals = known
            self._saved_at = at
            self._store.async_delay_save(self._as_dict, STATE_DELAY)
        if has_new_hours:
            self._hours_store.async_delay_save(self._state.hours.finished_as_list, STATE_DELAY)

    def _as_dict(self) -> dict[str, Any]:
        return self._state.as_dict(self._at)
