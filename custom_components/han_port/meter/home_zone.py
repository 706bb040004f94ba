"""The home's time zone put right while its meter is loaded: days, tariff and hours follow."""

from collections.abc import Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..decoder import Moment
from .meter import Meter


def async_follow(
    hass: HomeAssistant, entry: ConfigEntry, meter: Meter, clock: Callable[[], Moment], show: Callable[[Moment], None]
) -> None:
    """Let a meter follow the home's time zone until its entry is unloaded, and show what changes with it."""

    @callback
    def changed(event: Event) -> None:
        if "time_zone" in event.data:
            at = clock()
            meter.move_to(dt_util.get_default_time_zone(), at)
            show(at)

    entry.async_on_unload(hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, changed))
