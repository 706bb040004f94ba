"""What the options of an entry say of its meter."""

from collections.abc import Mapping
from typing import Any

from ..analysis.ratios import Counted, Ratios, parse_ratio
from ..analysis.voltage import Limits
from ..const import (
    CONF_CT_COUNTS,
    CONF_CT_RATIO,
    CONF_CURRENT_FACTOR,
    CONF_ENERGY_FACTOR,
    CONF_GREATEST_VOLTAGE,
    CONF_LEAST_VOLTAGE,
    CONF_VT_RATIO,
)
from ..decoder import Unit

FACTORS = {"0.001": -3, "0.01": -2, "0.1": -1, "1": 0, "10": 1, "100": 2, "1000": 3}
"""A factor as it is stored -> the power of ten that it is."""
UPDATE_INTERVAL = 10
"""Seconds that a sensor shows a value at least, unless the user says otherwise."""
CORRECTIONS = (CONF_CURRENT_FACTOR, CONF_ENERGY_FACTOR)


def ratios_of(options: Mapping[str, Any]) -> Ratios:
    """Return the ratios of the transformers in front of the meter."""
    counted = frozenset(map(Counted, options.get(CONF_CT_COUNTS, Counted)))
    return Ratios(parse_ratio(options.get(CONF_CT_RATIO, "1")), parse_ratio(options.get(CONF_VT_RATIO, "1")), counted)


def limits_of(options: Mapping[str, Any]) -> Limits:
    """Return between which voltages the mean of a minute may be."""
    usual = Limits()
    return Limits(options.get(CONF_LEAST_VOLTAGE, usual.low), options.get(CONF_GREATEST_VOLTAGE, usual.high))


def corrections_of(options: Mapping[str, Any]) -> dict[Unit, int]:
    """Return unit -> the power of ten by which the user has corrected the scale of all values in it."""
    current = FACTORS[options.get(CONF_CURRENT_FACTOR, "1")]
    energy = FACTORS[options.get(CONF_ENERGY_FACTOR, "1")]
    return {Unit.AMPERE: current, Unit.WATT_HOUR: energy, Unit.VAR_HOUR: energy}
