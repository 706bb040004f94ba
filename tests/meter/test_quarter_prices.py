"""Prices that change every quarter of an hour: what is booked on one is shown before it ends."""

from datetime import UTC, datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.han_port.analysis.total import Total
from custom_components.han_port.coordinator import Moment
from custom_components.han_port.decoder import Quantity, Reading
from tests.support.homes import MakeEntry, set_up, state
from tests.support.meters import SpeakingMeter


@pytest.mark.parametrize("minute", [14, 29, 44, 59])
async def test_the_total_is_shown_once_more_before_the_price_changes(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, minute: int
) -> None:
    """As of the full quarter: 9 s of 3600 W are 9 Wh and one more second makes 10."""
    entry = make_entry(meter.url, quantities=["power_import", "energy_import"])
    await set_up(hass, entry)
    coordinator = entry.runtime_data
    at = datetime(2026, 1, 15, 12, minute, 50, tzinfo=UTC)
    values = {Quantity.POWER_IMPORT: 3600.0, Quantity.ENERGY_IMPORT: 1_000_000.0}
    moment = Moment(hass.loop.time(), at)
    coordinator._heard(Reading(values), moment)
    assert float(state(hass, entry, "energy_import") or 0) == 1000.0
    coordinator.now = lambda: Moment(hass.loop.time(), at + timedelta(seconds=9.3))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=16))
    assert float(state(hass, entry, "energy_import") or 0) == 1000.01
    await hass.config_entries.async_unload(entry.entry_id)


def test_a_total_of_registers_that_come_often_goes_on_by_power_at_a_moment() -> None:
    """A P1 telegram of 59:50 and 12 kW: 30 Wh more in nine seconds, and the register at the telegram itself."""
    total, at = Total(), datetime(2026, 1, 15, 12, 59, 50, tzinfo=UTC)
    total.update_power(12_000.0, at)
    total.update_register(11_967.0, at, is_often=True)
    assert total.at(at) == 11_967.0
    assert total.at(at + timedelta(seconds=9)) == 11_997.0
