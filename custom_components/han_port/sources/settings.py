"""What an entry stores about its line: the makers to read, the keys, and the serial settings to try."""

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
"""The usual serial settings, the likeliest first, in the notation `2400 8E1`."""


@dataclass(frozen=True, slots=True)
class LineSettings:
    """What is known about a line before it is opened."""

    address: Address
    serial: tuple[SerialSettings, ...] = USUAL_SERIAL_SETTINGS
    """Those to try in turn; at least one."""
    makers: tuple[Maker, ...] = tuple(Maker)
    """The makers whose lists are read."""
    keys: Keys | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any], options: Mapping[str, Any]) -> Self:
        """Return the settings in an entry's data and options. Raises ValueError if its keys are not valid."""
        serial = serial_settings_of(options, data.get(CONF_FOUND_SETTINGS))
        return cls(Address.stored(data), serial, makers_of(options), keys_of(data))

    def decoder(self) -> Decoder:
        """Return a new decoder for such a line."""
        return Decoder(self.makers, self.keys)


def is_serial_settings(text: str) -> bool:
    """Return whether a text is speed and parity in the notation `2400 8E1`."""
    try:
        SerialSettings.parse(text)
    except ValueError:
        return False
    return True


def makers_of(options: Mapping[str, Any]) -> tuple[Maker, ...]:
    """Return the makers whose lists are read: all, or the one that the user chose, or none if that is another one."""
    chosen = options.get(CONF_MAKER, AUTOMATIC)
    return tuple(maker for maker in Maker if chosen in (AUTOMATIC, maker.name.lower()))


def serial_settings_of(options: Mapping[str, Any], found: str | None = None) -> tuple[SerialSettings, ...]:
    """Return the serial settings to try: the user's, or else those found in the config flow and then the usual ones.

    Raises ValueError if they are not valid.
    """
    given = options.get(CONF_SERIAL_SETTINGS, AUTOMATIC)
    if given != AUTOMATIC:
        return (SerialSettings.parse(given),)
    first = (SerialSettings.parse(found),) if found else ()
    return tuple(dict.fromkeys((*first, *USUAL_SERIAL_SETTINGS)))


def keys_of(data: Mapping[str, Any]) -> Keys | None:
    """Return the keys in an entry's data, None if there are none. Raises ValueError if they are not valid."""
    if not (encryption := data.get(CONF_ENCRYPTION_KEY)):
        return None
    return Keys.parse(encryption, data.get(CONF_AUTHENTICATION_KEY))


def stored_keys(keys: Keys) -> dict[str, str | None]:
    """Return keys as an entry stores them, in hex."""
    return {
        CONF_ENCRYPTION_KEY: keys.encryption.hex(),
        CONF_AUTHENTICATION_KEY: keys.authentication.hex() if keys.authentication else None,
    }
