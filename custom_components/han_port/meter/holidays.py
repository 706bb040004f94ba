"""Public holidays, from a calendar that the user has chosen. Some capacity tariffs do not count these days."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_change
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..const import CONF_HOLIDAYS, LOGGER
from ..decoder import Moment
from .tariff import Capacity

BACK, AHEAD = timedelta(days=62), timedelta(days=31)


async def async_holidays(hass: HomeAssistant, entity_id: str, now: datetime) -> set[date]:
    """Return the days of a calendar's events, of this month, the last and the next. Raises HomeAssistantError."""
    between = {"start_date_time": (now - BACK).isoformat(), "end_date_time": (now + AHEAD).isoformat()}
    answer = await hass.services.async_call(
        "calendar", "get_events", {"entity_id": entity_id, **between}, blocking=True, return_response=True
    )
    calendar = (answer or {}).get(entity_id)
    events = calendar.get("events", []) if isinstance(calendar, dict) else []
    days: set[date] = set()
    for event in events if isinstance(events, list) else []:
        if isinstance(event, dict):
            days |= _days(str(event["start"]), str(event["end"]))
    return days


def _days(start: str, end: str) -> set[date]:
    """Return the days of an event. One of all day ends the day after its last; one with hours counts for its first."""
    first, last = datetime.fromisoformat(start).date(), datetime.fromisoformat(end).date()
    length = (last - first).days if "T" not in start else 1  # a date alone
    return {first + timedelta(days=number) for number in range(max(1, length))}


@callback
def async_follow(hass: HomeAssistant, entry: ConfigEntry, capacity: Capacity, clock: Callable[[], Moment]) -> None:
    """Read the holidays for a tariff: at the start, and once a day."""
    entity_id = entry.options.get(CONF_HOLIDAYS)
    if not entity_id:
        return

    async def look(_when: datetime | Event | HomeAssistant | None = None) -> None:
        try:
            capacity.set_holidays(await async_holidays(hass, entity_id, dt_util.as_local(clock().utc)))
        except HomeAssistantError as error:
            LOGGER.warning("%s: the calendar of holidays cannot be read: %s", entry.title, error)

    entry.async_on_unload(async_at_started(hass, look))
    entry.async_on_unload(async_track_time_change(hass, look, hour=0, minute=1, second=0))
