"""A link, and the moment that is now."""

import asyncio
from collections.abc import Sequence
from typing import Any

from homeassistant.util import dt as dt_util

from custom_components.han_port.decoder import Moment
from custom_components.han_port.sources.address import Address
from custom_components.han_port.sources.link import Link
from custom_components.han_port.sources.serial import USUAL_SERIAL_SETTINGS, SerialSettings
from custom_components.han_port.sources.settings import LineSettings


def now() -> Moment:
    """Return the moment that is now."""
    return Moment(asyncio.get_running_loop().time(), dt_util.utcnow())


def link_to(url: str, settings: Sequence[SerialSettings] = USUAL_SERIAL_SETTINGS, **options: Any) -> Link:
    """Return a link whose owner ignores what comes."""
    line = LineSettings(Address(url), tuple(settings))
    return Link(line, lambda _data, _at: None, lambda _error: None, **{"clock": now} | options)
