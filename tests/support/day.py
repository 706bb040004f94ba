"""A day of a meter: its lists at the hours of a wall clock that the test sets."""

from datetime import datetime, timedelta

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port.decoder import Moment, Quantity, Reading
from tests.support.clock import Clock
from tests.support.frames import hourly
from tests.support.homes import hears
from tests.support.meters import SpeakingMeter


class Day:
    """The fifteenth of January, hour by hour (UTC+1): the wall clock of a test, and its meter, which is at no time."""

    def __init__(self, meter: SpeakingMeter, clock: Clock) -> None:
        self.meter, self.is_at = meter, clock.is_at

    async def says(self, entry: MockConfigEntry, message: bytes) -> None:
        await hears(entry, self.meter, message)

    async def takes(self, entry: MockConfigEntry, hour: int, register: int) -> None:
        """Let the list of an hour come: the register in units of 10 Wh."""
        self.is_at(hour)
        await self.says(entry, hourly(hour, register))


class Heard:
    """What an entry hears of a house, reading by reading, as fast as it takes them: power each 10 s, and registers."""

    def __init__(self, entry: MockConfigEntry, at: datetime) -> None:
        self.coordinator = entry.runtime_data
        self.loop = self.coordinator.now().loop
        self.at = at
        self.coordinator.now = lambda: Moment(self.loop, self.at)

    def passes(self, **time: float) -> None:
        """Let time pass in silence."""
        self.loop += timedelta(**time).total_seconds()
        self.at += timedelta(**time)

    def takes(self, watts: float, *, serial: str | None = None, **time: float) -> None:
        """Let the house take a power for a time."""
        for _ten_seconds in range(round(timedelta(**time) / timedelta(seconds=10))):
            self.passes(seconds=10)
            self.says({Quantity.POWER_IMPORT: watts, Quantity.POWER_EXPORT: 0.0}, serial=serial)

    def says(self, values: dict[Quantity, float], *, serial: str | None = None) -> None:
        """Let a reading come."""
        self.coordinator._heard(Reading(values, serial=serial), Moment(self.loop, self.at))

    def counts(self, imported: float, exported: float = 0.0, *, serial: str | None = None) -> None:
        """Let the registers come (Wh)."""
        self.says({Quantity.ENERGY_IMPORT: imported, Quantity.ENERGY_EXPORT: exported}, serial=serial)

    @property
    def hours(self) -> dict[int, tuple[str, float]]:
        """The finished hours: the hour (UTC) -> where its import is from, and how much it is (Wh)."""
        finished = self.coordinator.meter.state.hours.finished
        return {
            start.hour: (hour.origin.value, round(hour.energy.get(Quantity.ENERGY_IMPORT, -1)))
            for start, hour in finished.items()
        }

    @property
    def total(self) -> int | None:
        """The running total of the import (Wh)."""
        total: int | None = self.coordinator.meter.total(Quantity.ENERGY_IMPORT, self.at)
        return total
