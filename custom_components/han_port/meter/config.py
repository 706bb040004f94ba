"""The configuration of one meter: its id, its options and what they mean, and what it has said of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from ..analysis.presets import PRESETS
from ..analysis.ratios import Counted, Ratios, parse_ratio
from ..analysis.rules import Rule
from ..analysis.supply_system import SupplySystem
from ..analysis.voltage import Limits
from ..const import (
    AUTOMATIC,
    CONF_CT_COUNTS,
    CONF_CT_RATIO,
    CONF_CURRENT_FACTOR,
    CONF_ENERGY_FACTOR,
    CONF_MAX_VOLTAGE,
    CONF_MIN_VOLTAGE,
    CONF_MORE_CHARGERS,
    CONF_NET,
    CONF_PRICE_PER_KW,
    CONF_RULE,
    CONF_TARIFF,
    CONF_VT_RATIO,
    CUSTOM,
    NO_TARIFF,
)
from ..decoder import Unit
from ..decoder.reading import one_line
from .identity import Identity

FACTORS = MappingProxyType({"0.001": -3, "0.01": -2, "0.1": -1, "1": 0, "10": 1, "100": 2, "1000": 3})
"""A factor as it is stored -> the power of ten that it is."""
UPDATE_INTERVAL = 10
"""Seconds that a sensor shows a value at least, unless the user says otherwise."""
BY_COUNTRY = MappingProxyType({"NO": "no_three_days"})
"""Country -> the rule that nearly everybody has there. Elsewhere rules differ, or there is none."""
CORRECTIONS = (CONF_CURRENT_FACTOR, CONF_ENERGY_FACTOR)


def unique_id(meter_id: str, key: str) -> str:
    """Return the unique id of an entity of a meter, by the key of its row."""
    return f"{meter_id}_{key}"


@dataclass(frozen=True, slots=True)
class MeterConfig:
    """One meter as it is configured. While it is read, only what it says of itself changes."""

    id: str
    """The id of its entry: entities and stores hang on it, so a meter that is replaced keeps its history."""
    title: str
    number: str | None
    """The meter's number, by which its readings are recognised; None if it has not sent one."""
    options: Mapping[str, Any]
    identity: Identity

    @classmethod
    def of(cls, entry: ConfigEntry) -> MeterConfig:
        """Return what an entry says of its meter."""
        number = one_line(entry.unique_id)
        return cls(entry.entry_id, entry.title, number, entry.options, Identity.stored(entry.data))

    def device_id(self, charger: int) -> str:
        """Return the id of the device that a charger is shown with: the meter's for the first one."""
        return self.id if charger == 1 else f"{self.id}_charger_{charger}"

    def charger_name(self, number: int) -> str:
        """Return what the user calls a further charger."""
        return str(self.options[CONF_MORE_CHARGERS][str(number)][CONF_NAME])

    @property
    def net(self) -> SupplySystem | None:
        """The supply system that the user has chosen, or that was found; None if neither is."""
        return self.chosen_net or self.identity.net

    @property
    def chosen_net(self) -> SupplySystem | None:
        """The supply system that the user has chosen; None if it is to be found."""
        chosen = self.options.get(CONF_NET, AUTOMATIC)
        return None if chosen == AUTOMATIC else SupplySystem(chosen)


def ratios_of(options: Mapping[str, Any]) -> Ratios:
    """Return the ratios of the current and voltage transformers."""
    counted = frozenset(map(Counted, options.get(CONF_CT_COUNTS, Counted)))
    return Ratios(parse_ratio(options.get(CONF_CT_RATIO, "1")), parse_ratio(options.get(CONF_VT_RATIO, "1")), counted)


def limits_of(options: Mapping[str, Any]) -> Limits:
    """Return the limits (V) of the one-minute mean of a voltage."""
    usual = Limits()
    return Limits(options.get(CONF_MIN_VOLTAGE, usual.low), options.get(CONF_MAX_VOLTAGE, usual.high))


def corrections_of(options: Mapping[str, Any]) -> dict[Unit, int]:
    """Return unit -> power of ten by which the user has corrected the scale of all values in that unit."""
    current = FACTORS[options.get(CONF_CURRENT_FACTOR, "1")]
    energy = FACTORS[options.get(CONF_ENERGY_FACTOR, "1")]
    return {Unit.AMPERE: current, Unit.WATT_HOUR: energy, Unit.VAR_HOUR: energy}


def rule_of(hass: HomeAssistant, options: Mapping[str, Any]) -> Rule | None:
    """Return the rule that the options choose, or None. Raises RuleError if the user's own rule is not valid."""
    chosen = options.get(CONF_TARIFF, AUTOMATIC)
    if chosen == AUTOMATIC:
        chosen = BY_COUNTRY.get(hass.config.country or "", NO_TARIFF)
    if chosen == NO_TARIFF:
        return None
    rule = Rule.from_dict(options[CONF_RULE]) if chosen == CUSTOM else PRESETS[chosen]
    return rule.with_price(options[CONF_PRICE_PER_KW]) if CONF_PRICE_PER_KW in options else rule
