"""What a dialog heard on a line, handed over to the entry that it makes of it: it is shown until the first reading."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..decoder import Quantity

type HeardValues = Mapping[Quantity, tuple[float, float]]
"""Quantity -> value and loop seconds at which it was heard."""
HEARD: HassKey[dict[str, HeardValues]] = HassKey(f"{DOMAIN}_heard")


@callback
def hand_over(hass: HomeAssistant, url: str, heard: HeardValues) -> None:
    """Keep what was heard on a line."""
    hass.data.setdefault(HEARD, {})[url] = heard


@callback
def take_over(hass: HomeAssistant, url: str) -> HeardValues | None:
    """Return what was heard on a line, once; None if nothing was."""
    return hass.data.get(HEARD, {}).pop(url, None)
