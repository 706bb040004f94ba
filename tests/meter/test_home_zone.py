"""A home whose time zone is put right while its meter is loaded."""

from datetime import UTC, datetime

from homeassistant.core import HomeAssistant

from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.tariff import Period
from tests.support.homes import MakeEntry, set_up
from tests.support.meters import SpeakingMeter


async def test_two_hours_of_one_day_are_one_peak_as_soon_as_the_zone_is_right(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """They were of two days in UTC. No reload."""
    await hass.config.async_update(time_zone="UTC")
    entry = make_entry(meter.url, options={"tariff": "no_three_days"})
    await set_up(hass, entry)
    capacity = entry.runtime_data.meter.capacity
    assert capacity
    peaks = capacity.peaks[0]
    peaks.update_month(datetime(2026, 1, 16, 12, tzinfo=UTC))
    for day, hour, kw in ((15, 23, 5.0), (16, 9, 4.0)):
        assert peaks.add(Period(datetime(2026, 1, day, hour, tzinfo=UTC), kw, Origin.REGISTER))
    this = peaks.month
    assert len(peaks.current) == 2
    await hass.config.async_update(time_zone="Europe/Oslo")
    await hass.async_block_till_done()
    peaks.month = this
    assert [peak.kw for peak in capacity.peaks[0].current] == [5.0]
    await hass.config_entries.async_unload(entry.entry_id)
