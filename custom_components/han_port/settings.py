"""What the stored settings mean."""

from collections.abc import Mapping
from typing import Any

from .analysis.ratios import Ratios, parse_ratio
from .const import AUTOMATIC, CONF_CT_RATIO, CONF_MAKER, CONF_SERIAL_SETTINGS, CONF_VT_RATIO
from .decoder import Maker
from .link import AUTOMATIC as ANY_SETTINGS, SerialSettings


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
    return Ratios(parse_ratio(options.get(CONF_CT_RATIO, "1")), parse_ratio(options.get(CONF_VT_RATIO, "1")))
