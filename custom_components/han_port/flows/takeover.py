"""Takes the place of another integration on the same line, `ams` or `amshan`, when the user wants that.

Their entry tells the line and the settings, in one of several layouts of their several versions, so it is read by what
its settings are named and not by where they stand. Their entities become ours in Home Assistant's registry: the ids
stay, and with the ids go history, statistics, automations and dashboards. Nothing of theirs is deleted.
"""

from collections.abc import Mapping
from contextlib import suppress
import re
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler, OperationNotAllowed
from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import entity_sources

from ..analysis.ratios import parse_ratio
from ..const import (
    AUTOMATIC,
    CONF_CT_RATIO,
    CONF_MAKER,
    CONF_SERIAL_SETTINGS,
    CONF_TAKES_OVER,
    CONF_VT_RATIO,
    DOMAIN,
)
from ..meter.config import unique_id as unique_id_of
from ..meter.issues import Issue, Issues
from ..sources.address import Address, network_url
from ..sources.settings import is_serial_settings

PREDECESSORS = ("ams", "amshan")

_MEASURED = re.compile(
    r"(?<![a-z])"
    r"(?:(?P<re>re)?active_(?P<of>power|energy)_(?P<way>import|export)(?P<total>_total)?"
    r"|(?P<as_ours>current|voltage))"
    r"(?P<phase>_l[123])?(?![a-z0-9])"
)
_ABOUT = MappingProxyType({"meter_id": "meter_number", "meter_type": "meter_model", "list_ver_id": "meter_list"})


def our_key(unique_id: str) -> str | None:
    """Return the key of our entity that shows the same as theirs with this unique id, None if there is none.

    Reactive energies are not carried over: their unit is none that Home Assistant knows, so no statistics can go on.
    """
    for theirs, ours in _ABOUT.items():
        if unique_id.endswith(theirs):
            return ours
    match = _MEASURED.search(unique_id.lower())
    if match is None:
        return None
    phase = match["phase"] or ""
    if match["as_ours"]:
        return f"{match['as_ours']}{phase}" if phase else None
    is_energy = match["of"] == "energy" or match["total"]
    if match["re"]:
        return None if is_energy else f"reactive_power_{match['way']}{phase}"
    return f"{'energy' if is_energy else 'power'}_{match['way']}{phase}"


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flat(value) if isinstance(value, Mapping) else {name: value}
    return flat


def _setting(entry: ConfigEntry, ending: str) -> object:
    settings = _flat(entry.data) | _flat(entry.options)
    return next((value for name, value in settings.items() if name.endswith(ending) and value), None)


def url_of(entry: ConfigEntry) -> str | None:
    """Return the line that an entry of theirs reads; None if that is not a serial port or a TCP line."""
    host, port = _setting(entry, "host"), _setting(entry, "port")
    if host:
        return network_url(str(host), str(port))
    return port if isinstance(port, str) and Address(port).is_complete else None


def _ratio_of(entry: ConfigEntry) -> str:
    """Return their scale factor as a ratio; none where it can be none."""
    scale = _setting(entry, "scale_factor")
    ratio = f"{scale:g}" if isinstance(scale, int | float) else ""
    try:
        parse_ratio(ratio)
    except ValueError:
        return "1"
    return ratio


def options_of(entry: ConfigEntry) -> dict[str, str]:
    """Return the options of ours that say what theirs say."""
    options = {CONF_MAKER: AUTOMATIC, CONF_CT_RATIO: _ratio_of(entry), CONF_VT_RATIO: "1"}
    if not _setting(entry, "host"):
        settings = f"{_setting(entry, 'baudrate')} 8{str(_setting(entry, 'parity'))[:1].upper()}1"
        options[CONF_SERIAL_SETTINGS] = settings if is_serial_settings(settings) else AUTOMATIC
    return options


def _entities(hass: HomeAssistant, entry_id: str) -> dict[str, str]:
    """Return our key -> entity id of those entities of theirs that can become ours."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    known = [(our_key(each.unique_id), each.entity_id) for each in entities if each.platform in PREDECESSORS]
    return {key: entity_id for key, entity_id in known if key}


def predecessors(hass: HomeAssistant) -> dict[str, ConfigEntry]:
    """Return entry id -> entry of theirs whose place can be taken."""
    entries = [entry for domain in PREDECESSORS for entry in hass.config_entries.async_entries(domain)]
    return {
        entry.entry_id: entry
        for entry in entries
        if url_of(entry) and (not entry.disabled_by or _entities(hass, entry.entry_id))
    }


async def async_carry_over(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Do what the user has agreed to: disable their entry, and make its entities those of ours.

    It must come before our own entities are added. What cannot be done since theirs is still at work, which not all of
    their versions can end, is done when Home Assistant starts the next time; the user is told.
    """
    if CONF_TAKES_OVER not in entry.data:
        return
    issues = Issues(hass, entry.entry_id, entry.title)
    theirs = hass.config_entries.async_get_entry(entry.data[CONF_TAKES_OVER])
    if theirs is not None:
        with suppress(OperationNotAllowed):
            await hass.config_entries.async_set_disabled_by(theirs.entry_id, ConfigEntryDisabler.USER)
        entities = _entities(hass, theirs.entry_id)
        if any(entity_id in entity_sources(hass) for entity_id in entities.values()):
            issues.raise_(Issue.STILL_AT_WORK, other=theirs.title)
            return
        for key, entity_id in entities.items():
            _make_ours(hass, entry, key, entity_id)
    issues.settle(Issue.STILL_AT_WORK)
    data = {name: value for name, value in entry.data.items() if name != CONF_TAKES_OVER}
    hass.config_entries.async_update_entry(entry, data=data)


def _make_ours(hass: HomeAssistant, entry: ConfigEntry, key: str, entity_id: str) -> None:
    registry = er.async_get(hass)
    unique_id = unique_id_of(entry.entry_id, key)
    if makeshift := registry.async_get_entity_id("sensor", DOMAIN, unique_id):
        registry.async_remove(makeshift)  # ours, from the time when theirs could not be stopped
    registry.async_update_entity_platform(
        entity_id, DOMAIN, new_config_entry_id=entry.entry_id, new_unique_id=unique_id, new_device_id=None
    )
    if key.startswith("energy_"):
        # An entity that is not new to the registry is shown in its native unit, and theirs was this one.
        unit = {"suggested_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR}
        registry.async_update_entity_options(entity_id, "sensor.private", unit)
