"""HAN Port: a smart meter's customer port, read locally over a serial port or TCP."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from . import services, sources
from .const import DOMAIN
from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .flows.takeover import async_carry_over
from .meter import holidays, home_zone
from .meter.chargers import async_forget_removed
from .meter.issues import Issues
from .meter.storage import async_forget

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = (Platform.BINARY_SENSOR, Platform.EVENT, Platform.NUMBER, Platform.SELECT, Platform.SENSOR)


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, which exist even if no entry is loaded."""
    services.async_register(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: HanPortConfigEntry) -> bool:
    """Open the line of an entry and add the entities of its meter."""
    await async_carry_over(hass, entry)
    await sources.async_follow(hass, entry)
    coordinator = HanPortCoordinator(hass, entry)
    await coordinator.async_start()
    entry.runtime_data = coordinator
    await sources.async_remember(hass, entry)
    sources.async_watch(hass, entry)
    async_forget_removed(hass, entry)
    if coordinator.meter.capacity:
        holidays.async_follow(hass, entry, coordinator.meter.capacity, coordinator.now)
    home_zone.async_follow(hass, entry, coordinator.meter, coordinator.now, coordinator.async_show)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: HanPortConfigEntry) -> bool:
    """Unload an entry. When this returns, its line is free."""
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.async_stop()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: HanPortConfigEntry) -> None:
    """Delete what was stored for an entry."""
    Issues(hass, entry.entry_id, entry.title).forget()
    await async_forget(hass, entry.entry_id)
