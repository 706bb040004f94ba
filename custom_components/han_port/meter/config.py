"""What the stored settings mean."""

from collections.abc import Mapping
from typing import Any

from ..analysis.ratios import Counted, Ratios, parse_ratio
from ..analysis.voltage import Limits
from ..const import (AUTOMATIC, CONF_AUTHENTICATION_KEY, CONF_CT_COUNTS, CONF_CT_RATIO, CONF_CURRENT_FACTOR, CONF_ENCRYPTION_KEY, CONF_ENERGY_FACTOR, CONF_GREATEST_VOLTAGE, CONF_LEAST_VOLTAGE, CONF_MAKER, CONF_SERIAL_SETTINGS, CONF_VT_RATIO,)
from ..decoder import Keys, Maker, Unit
from ..sources.serial import USUAL_SERIAL_SETTINGS as ANY_SETTINGS, SerialSettings

FACTORS = {"0.001": -3, "0.01": -2, "0.1": -1, "1": 0, "10": 1, "100": 2, "1000": 3}
"""A factor as it is stored -> the power of ten that it is."""
UPDATE_INTERVAL = 10
"""Seconds that a sensor shows a value at least, unless the user says otherwise."""
CORRECTIONS = (CONF_CURRENT_FACTOR, CONF_ENERGY_FACTOR)


def makers_of(options: Mapping[str, Any]) -> tuple[Maker, ...]:
    """Return the makers whose lists are to be read: all of them, the one the user names, or none."""
    chosen = options.get(CONF_MAKER, AUTOMATIC)
    return tuple(maker for maker in Maker if chosen in (AUTOMATIC, maker.name.lower()))


def settings_of(options: Mapping[str, Any], found: str | None = None) -> tuple[SerialSettings, ...]:
    """Return the serial settings to try: the given ones, or the usual ones in turn after those that once were right."""
    given = options.get(CONF_SERIAL_SETTINGS, AUTOMATIC)
    if given != AUTOMATIC:
        return (SerialSettings.parse(given),)
    first = (SerialSettings.parse(found),) if found else ()
    return tuple(dict.fromkeys((*first, *ANY_SETTINGS)))


def ratios_of(options: Mapping[str, Any]) -> Ratios:
    """Return the ratios of the transformers in front of the meter."""
    counted = frozenset(map(Counted, options.get(CONF_CT_COUNTS, Counted)))
    return Ratios(parse_ratio(options.get(CONF_CT_RATIO, "1")), parse_ratio(options.get(CONF_VT_RATIO, "1")), counted)


def limits_of(options: Mapping[str, Any]) -> Limits:
    """Return between which voltages the mean of a minute may be."""
    usual = Limits()
    return Limits(options.get(CONF_LEAST_VOLTAGE, usual.low), options.get(CONF_GREATEST_VOLTAGE, usual.high))


def keys_of(data: Mapping[str, Any]) -> Keys | None:
    """Return the keys of a meter that encrypts. Raises ValueError if they are none."""
    if not (encryption := data.get(CONF_ENCRYPTION_KEY)):
        return None
    return Keys.parse(encryption, data.get(CONF_AUTHENTICATION_KEY))


def stored_keys(given: Mapping[str, Any]) -> dict[str, str | None]:
    """Return keys as people paste them in the form in which they are kept. Raises ValueError if they are none."""
    keys = Keys.parse(given[CONF_ENCRYPTION_KEY], given.get(CONF_AUTHENTICATION_KEY))
    return {
        CONF_ENCRYPTION_KEY: keys.encryption.hex(),
        CONF_AUTHENTICATION_KEY: keys.authentication.hex() if keys.authentication else None,
    }


def corrections_of(options: Mapping[str, Any]) -> dict[Unit, int]:
    """Return unit -> the power of ten by which the user has corrected the scale of all values in it."""
    current = FACTORS[options.get(CONF_CURRENT_FACTOR, "1")]
    energy = FACTORS[options.get(CONF_ENERGY_FACTOR, "1")]
    return {Unit.AMPERE: current, Unit.WATT_HOUR: energy, Unit.VAR_HOUR: energy}
