"""What an entity showed last, as Home Assistant's database has it: more recent than any file after a power cut."""

from datetime import datetime, timedelta
from functools import partial

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, State
from homeassistant.util.unit_conversion import EnergyConverter

LOOKED_BACK = timedelta(days=10)
"""How long ago it may have been: for as long the recorder keeps states, unless it is told otherwise."""
LOOKED_AT = 20
"""States, the last ones first: while Home Assistant starts there are some that are no number."""


async def async_last_energy(hass: HomeAssistant, entity_id: str, restored: State | None, now: datetime) -> float | None:
    """Return the last energy (Wh) that an entity showed before `now`; None if none is found.

    `restored`: its state as Home Assistant has restored it.
    """
    states = [restored] if restored else []
    if "recorder" in hass.config.components:
        from homeassistant.components.recorder import get_instance, history  # noqa: PLC0415 - heavy, and may be absent

        look = partial(
            history.state_changes_during_period,
            hass,
            now - LOOKED_BACK,
            entity_id=entity_id,
            descending=True,
            limit=LOOKED_AT,
            include_start_time_state=False,
        )
        found = await get_instance(hass).async_add_executor_job(look)
        states += found.get(entity_id, [])
    return max(filter(None, map(_energy_of, states)), default=None)


def _energy_of(state: State) -> float | None:
    """Return the energy (Wh) of a state; None if it is none."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    try:
        return EnergyConverter.convert(float(state.state), unit, "Wh") if unit else None
    except ValueError:
        return None
