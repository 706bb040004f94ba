"""Schemas of the config and options flows, and checks of what users type."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    SerialPortSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from ..analysis.fuse import NOMINAL_VOLTAGE
from ..analysis.ratios import mains_at_terminals, parse_ratio
from ..analysis.rules import Rule
from ..analysis.supply_system import SupplySystem
from ..const import (
    AUTOMATIC,
    CONF_AUTHENTICATION_KEY,
    CONF_CT_COUNTS,
    CONF_CT_RATIO,
    CONF_ENCRYPTION_KEY,
    CONF_KEEP_BUDGET,
    CONF_MAKER,
    CONF_MAX_VOLTAGE,
    CONF_MIN_VOLTAGE,
    CONF_NET,
    CONF_SERIAL_SETTINGS,
    CONF_TAKES_OVER,
    CONF_UPDATE_INTERVAL,
    CONF_VT_RATIO,
    OTHER,
)
from ..decoder import Maker, Quantity
from ..meter.config import CORRECTIONS, FACTORS, UPDATE_INTERVAL
from ..sources.address import Address, Kind
from ..sources.settings import SERIAL_SETTINGS_CHOICES, serial_settings_of

CONF_ADVANCED = "advanced"
MIN_TOLERANCE = 0.05
"""Part of the nominal voltage that a limit must leave on its side: the grid company may use twice as much. Chosen."""


def number_field(minimum: float, maximum: float, step: float, unit: str | None = None) -> NumberSelector:
    """Return a field for a number, with its limits in the unit that is shown beside it."""
    config = NumberSelectorConfig(min=minimum, max=maximum, step=step, mode=NumberSelectorMode.BOX)
    if unit:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


def choice_field(options: list[str], key: str) -> SelectSelector:
    """Return a field for one of some options, whose texts are translated under a key."""
    config = SelectSelectorConfig(options=options, translation_key=key, mode=SelectSelectorMode.DROPDOWN)
    return SelectSelector(config)


_KEY = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))
KEYS = probatio.Schema({probatio.Required(CONF_ENCRYPTION_KEY): _KEY, probatio.Optional(CONF_AUTHENTICATION_KEY): _KEY})
OTHER_KEYS = probatio.Schema({probatio.Optional(str(field)): _KEY for field in KEYS.schema})
"""In a field that stays empty the key stays as it is."""

_SERIAL_SETTINGS = SelectSelector(
    SelectSelectorConfig(
        options=[AUTOMATIC, *SERIAL_SETTINGS_CHOICES],
        translation_key=CONF_SERIAL_SETTINGS,
        mode=SelectSelectorMode.DROPDOWN,
        custom_value=True,
    )
)
_MAKER = choice_field([AUTOMATIC, *(maker.name.lower() for maker in Maker), OTHER], CONF_MAKER)
_NET = choice_field([AUTOMATIC, *(net.value for net in SupplySystem)], CONF_NET)
_INTERVAL = number_field(0, 300, 1, "s")
METER = MappingProxyType(
    {
        probatio.Required(CONF_MAKER, default=AUTOMATIC): _MAKER,
        probatio.Required(CONF_CT_RATIO, default="1"): TextSelector(),
        probatio.Required(CONF_VT_RATIO, default="1"): TextSelector(),
        probatio.Required(CONF_NET, default=AUTOMATIC): _NET,
        probatio.Required(CONF_UPDATE_INTERVAL, default=UPDATE_INTERVAL): _INTERVAL,
    }
)
_FACTOR = SelectSelector(SelectSelectorConfig(options=[*FACTORS], mode=SelectSelectorMode.DROPDOWN))
SERIAL_LINE = MappingProxyType({probatio.Required(CONF_SERIAL_SETTINGS, default=AUTOMATIC): _SERIAL_SETTINGS})
# A number selector starts at its minimum; a user who overlooks that would save a wrong port.
_TCP_PORT = TextSelector(TextSelectorConfig(type=TextSelectorType.NUMBER))

SERIAL = probatio.Schema(
    {
        probatio.Required(CONF_PORT): SerialPortSelector(),
        probatio.Required(CONF_ADVANCED): section(probatio.Schema(SERIAL_LINE | METER), {"collapsed": True}),
    }
)
NETWORK = probatio.Schema(
    {
        probatio.Required(CONF_HOST): TextSelector(),
        probatio.Required(CONF_PORT): _TCP_PORT,
        probatio.Required(CONF_ADVANCED): section(probatio.Schema({**METER}), {"collapsed": True}),
    }
)


def take_over_form(entries: Mapping[str, ConfigEntry]) -> probatio.Schema:
    """Return the form that asks which of the entries (entry id -> entry) is to be taken over."""
    options = [SelectOptionDict(value=entry_id, label=f"{e.title} ({e.domain})") for entry_id, e in entries.items()]
    field = SelectSelector(SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST))
    return probatio.Schema({probatio.Required(CONF_TAKES_OVER, default=next(iter(entries))): field})


def correction_fields(options: Mapping[str, Any]) -> dict[probatio.Marker, Any]:
    """Return a field for each correction that is in force. Users without corrections need not see them."""
    return {probatio.Required(setting, default="1"): _FACTOR for setting in CORRECTIONS if setting in options}


def check_options(options: Mapping[str, Any]) -> dict[str, str]:
    """Return the errors (field -> key of the error's text) of the fields with free text."""
    errors = {}
    for field in (CONF_CT_RATIO, CONF_VT_RATIO):
        try:
            if parse_ratio(options[field]) < 1:
                errors[field] = "ratio_below_one"
        except ValueError:
            errors[field] = f"invalid_{field}"
    if options.get(CONF_CT_COUNTS) == []:
        errors[CONF_CT_COUNTS] = "nothing_counted"
    try:
        serial_settings_of(options)
    except ValueError:
        errors[CONF_SERIAL_SETTINGS] = f"invalid_{CONF_SERIAL_SETTINGS}"
    return errors


def check_terminals(options: Mapping[str, Any], values: Mapping[Quantity, float]) -> dict[str, str]:
    """Return the error of a voltage ratio where the terminals already have the mains (V, as the meter sends it)."""
    if parse_ratio(options[CONF_VT_RATIO]) > 1 and mains_at_terminals(values):
        return {CONF_VT_RATIO: "no_voltage_transformer"}
    return {}


def check_limits(answers: Mapping[str, Any]) -> dict[str, str]:
    """Return the errors (field -> key of the error's text) of voltage limits that any house would pass each day."""
    errors = {}
    if answers[CONF_MIN_VOLTAGE] > NOMINAL_VOLTAGE * (1 - MIN_TOLERANCE):
        errors[CONF_MIN_VOLTAGE] = "limit_too_near"
    if answers[CONF_MAX_VOLTAGE] < NOMINAL_VOLTAGE * (1 + MIN_TOLERANCE):
        errors[CONF_MAX_VOLTAGE] = "limit_too_near"
    return errors


def check_budget(entered: Mapping[str, Any], rule: Rule | None, target: float | None) -> dict[str, str]:
    """Return the error of a charger that is to keep a budget where neither tariff nor target (kW) sets one."""
    sets_one = rule and (target or any(series.steps or series.allowance_kw for series in rule.series))
    return {CONF_KEEP_BUDGET: "no_budget"} if entered.get(CONF_KEEP_BUDGET) and not sets_one else {}


def input_of(url: str, options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the step, serial or network, and the answers there that lead to an entry with this line."""
    address = Address(url)
    if address.kind is not Kind.TCP:
        return "serial", {CONF_PORT: url, CONF_ADVANCED: options}
    host, port = address.host_and_port
    return "network", {CONF_HOST: host, CONF_PORT: port, CONF_ADVANCED: options}
