"""What an entry says of its line: the makers to read, the keys, the serial settings to try."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..const import (
    AUTOMATIC,
    CONF_AUTHENTICATION_KEY,
    CONF_ENCRYPTION_KEY,
    CONF_FOUND_SETTINGS,
    CONF_MAKER,
    CONF_SERIAL_SETTINGS,
)
from ..decoder import Decoder, Keys, Maker
from .address import Address
from .serial import USUAL_SERIAL_SETTINGS, SerialSettings

SERIAL_SETTINGS_CHOICES: tuple[str, ...] = tuple(map(str, USUAL_SERIAL_SETTINGS))
"""The serial settings that HAN ports use, the likeliest first, in the notation `2400 8E1`."""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """What is known of a line before it is opened."""

    address: Address
    serial: tuple[SerialSettings, ...] = USUAL_SERIAL_SETTINGS
    """Those to try in turn; one at least."""
    makers: tuple[Maker, ...] = tuple(Maker)
    """Whose lists are to be read."""
    keys: Keys | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any], options: Mapping[str, Any]) -> Self:
        """Return what the data and the options of an entry say. Raises ValueError if its keys are none."""
        serial = serial_settings_of(options, data.get(CONF_FOUND_SETTINGS))
        return cls(Address.stored(data), serial, makers_of(options), keys_of(data))

    def decoder(self) -> Decoder:
        """Return a decoder for such a line that has heard nothing yet."""
        return Decoder(self.makers, self.keys)


def is_serial_settings(text: str) -> bool:
    """Return whether a text says speed and parity as `2400 8E1` does."""
    try:
        SerialSettings.parse(text)
    except ValueError:
        return False
    return True


def makers_of(options: Mapping[str, Any]) -> tuple[Maker, ...]:
    """Return the makers whose lists are to be read: all of them, the one the user names, or none."""
    chosen = options.get(CONF_MAKER, AUTOMATIC)
    return tuple(maker for maker in Maker if chosen in (AUTOMATIC, maker.name.lower()))


def serial_settings_of(options: Mapping[str, Any], found: str | None = None) -> tuple[SerialSettings, ...]:
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
