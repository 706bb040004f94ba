"""Takes over an entry of a predecessor, `ams` or `amshan`, on the same line, if the user wants that.

The predecessor's entry holds the line and its serial settings. Each of its versions arranges them in another way, so
they are found by name, wherever they are nested. Its entities move to HAN Port in Home Assistant's registry: their ids
stay, and with them history, statistics, automations and dashboards. Nothing of the predecessor is deleted.
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
from ..meter.identity import in_markdown
from ..meter.issues import Issue, Issues
from ..sources.address import Address, network_url
from ..sources.settings import is_serial_settings

PREDECESSORS = ("ams", "amshan")

_MEASURED = re.compile(
    r"(?<![a-z])"
    r"(?:(?P<re>re)?active_(?P<of>power|energy)_(?P<way>import|export)(?P<total>_total)?"
    r"|(?P<same>current|voltage))"
    r"(?P<phase>_l[123])?(?![a-z0-9])"
)
_ABOUT_METER = MappingProxyType({"meter_id": "meter_number", "meter_type": "meter_model", "list_ver_id": "meter_list"})
"""End of a predecessor's unique id -> key of the entity of HAN Port that shows the same."""


def key_of(unique_id: str) -> str | None:
    """Return the key of the entity that shows the same as a predecessor's with this unique id; None if none does.

    Reactive energies are not carried over: Home Assistant does not know the predecessors' unit for them, so their
    statistics could not continue.
    """
    for ending, key in _ABOUT_METER.items():
        if unique_id.endswith(ending):
            return key
    match = _MEASURED.search(unique_id.lower())
    if match is None:
        return None
    phase = match["phase"] or ""
    if match["same"]:
        return f"{match['same']}{phase}" if phase else None
    is_energy = match["of"] == "energy" or match["total"]
    if match["re"]:
        return None if is_energy else f"reactive_power_{match['way']}{phase}"
    return f"{'energy' if is_energy else 'power'}_{match['way']}{phase}"


def _flat(stored: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in stored.items():
        flat |= _flat(value) if isinstance(value, Mapping) else {name: value}
    return flat


def _stored(entry: ConfigEntry, ending: str) -> object:
    """Return the first value, other than an empty one, that an entry stores under a name with this ending."""
    stored = _flat(entry.data) | _flat(entry.options)
    return next((value for name, value in stored.items() if name.endswith(ending) and value), None)


def url_of(entry: ConfigEntry) -> str | None:
    """Return the URL or path of the line that a predecessor's entry reads; None if it is neither serial nor TCP."""
    host, port = _stored(entry, "host"), _stored(entry, "port")
    if host:
        return network_url(str(host), str(port))
    return port if isinstance(port, str) and Address(port).is_complete else None


def _ratio_of(entry: ConfigEntry) -> str:
    """Return the scale factor of a predecessor's entry as a CT ratio; `1` if it cannot be a ratio."""
    scale = _stored(entry, "scale_factor")
    ratio = f"{scale:g}" if isinstance(scale, int | float) else ""
    try:
        parse_ratio(ratio)
    except ValueError:
        return "1"
    return ratio


def options_of(entry: ConfigEntry) -> dict[str, str]:
    """Return the options of HAN Port that match a predecessor's entry."""
    options = {CONF_MAKER: AUTOMATIC, CONF_CT_RATIO: _ratio_of(entry), CONF_VT_RATIO: "1"}
    if not _stored(entry, "host"):
        text = f"{_stored(entry, 'baudrate')} 8{str(_stored(entry, 'parity'))[:1].upper()}1"
        options[CONF_SERIAL_SETTINGS] = text if is_serial_settings(text) else AUTOMATIC
    return options


def _entities(hass: HomeAssistant, entry_id: str) -> dict[str, str]:
    """Return the entities of a predecessor's entry that HAN Port can take over: key here -> entity id."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry_id)
    known = [(key_of(each.unique_id), each.entity_id) for each in entities if each.platform in PREDECESSORS]
    return {key: entity_id for key, entity_id in known if key}


def predecessors(hass: HomeAssistant) -> dict[str, ConfigEntry]:
    """Return the predecessors' entries that can be taken over, by entry id."""
    entries = [entry for domain in PREDECESSORS for entry in hass.config_entries.async_entries(domain)]
    return {
        entry.entry_id: entry
        for entry in entries
        if url_of(entry) and (not entry.disabled_by or _entities(hass, entry.entry_id))
    }


async def async_carry_over(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Do what the user has agreed to: disable the predecessor's entry, and move its entities to ours.

    Must be called before the entities of this entry are added. Not all versions of the predecessors can be unloaded.
    If one is still running, an issue asks the user to restart Home Assistant, and the entities move at the next start.
    """
    if CONF_TAKES_OVER not in entry.data:
        return
    issues = Issues(hass, entry.entry_id, entry.title)
    predecessor = hass.config_entries.async_get_entry(entry.data[CONF_TAKES_OVER])
    if predecessor is not None:
        with suppress(OperationNotAllowed):
            await hass.config_entries.async_set_disabled_by(predecessor.entry_id, ConfigEntryDisabler.USER)
        entities = _entities(hass, predecessor.entry_id)
        if any(entity_id in entity_sources(hass) for entity_id in entities.values()):
            issues.raise_(Issue.STILL_AT_WORK, other=in_markdown(predecessor.title), name=in_markdown(entry.title))
            return
        for key, entity_id in entities.items():
            _move_entity(hass, entry, key, entity_id)
    issues.settle(Issue.STILL_AT_WORK)
    data = {name: value for name, value in entry.data.items() if name != CONF_TAKES_OVER}
    hass.config_entries.async_update_entry(entry, data=data)


def _move_entity(hass: HomeAssistant, entry: ConfigEntry, key: str, entity_id: str) -> None:
    """Make a predecessor's entity the one of this entry with this key."""
    registry = er.async_get(hass)
    unique_id = unique_id_of(entry.entry_id, key)
    if temporary := registry.async_get_entity_id("sensor", DOMAIN, unique_id):
        registry.async_remove(temporary)  # added by this entry while the predecessor was still running
    registry.async_update_entity_platform(
        entity_id, DOMAIN, new_config_entry_id=entry.entry_id, new_unique_id=unique_id, new_device_id=None
    )
    if key.startswith("energy_"):
        # Home Assistant suggests a unit only for new entities. The predecessors showed kWh, so this one goes on so.
        unit = {"suggested_unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR}
        registry.async_update_entity_options(entity_id, "sensor.private", unit)
