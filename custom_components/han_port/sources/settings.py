"""What an entry says of its line: the makers to read, the keys, the serial settings to try."""

from collections.abc import Mapping
from typing import Any

from ..const import AUTOMATIC, CONF_AUTHENTICATION_KEY, CONF_ENCRYPTION_KEY, CONF_MAKER, CONF_SERIAL_SETTINGS
from ..decoder import Keys, Maker
from .serial import USUAL_SERIAL_SETTINGS, SerialSettings


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
    return tuple(dict.fromkeys((*first, *USUAL_SERIAL_SETTINGS)))


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
