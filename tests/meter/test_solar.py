"""A house with solar cells: what the hour's budget and the main fuse leave while it exports."""

import pytest

from tests.support.clock import Clock
from tests.support.frames import p1
from tests.support.homes import Home, MakeHome

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "read_at_once")

CHARGER = {"wiring": "three_phase", "most": 32, "margin": 1, "fail_safe": 6, "keep_budget": True}
OPTIONS = {"tariff": "no_three_days", "main_fuse": 25, "net": "tn", "charger": CHARGER}
SUN, KETTLE = p1(0.0, 6.0, (-2.0, -2.0, -2.0)), p1(9.0, 0.0, (3.0, 3.0, 3.0))


class Sunny:
    """A home whose meter says the same for a while, at a time of the fifteenth of January (UTC+1)."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self.home, self._clock = home, clock

    def shows(self, key: str) -> str:
        return self.home.state("sensor", key) or ""

    async def says(self, message: bytes, hour: int, minutes: range, every: int = 20) -> None:
        for minute in minutes:
            for second in range(0, 60, every):
                self._clock.is_at(hour, minute, second)
                await self.home.says(message, every=every)

    def keeps(self, kw: float) -> None:
        """Let the hour have a budget."""
        self.home.entry.runtime_data.meter.capacity.target = kw


@pytest.fixture
async def sunny(make_home: MakeHome, clock: Clock) -> Sunny:
    """Half an hour of 6 kW that nobody uses; the hour may take 2 kW."""
    clock.is_at(13, 0, 0)
    sunny = Sunny(await make_home(**OPTIONS), clock)
    sunny.keeps(2.0)
    await sunny.says(SUN, 13, range(30))
    return sunny


async def test_available_power_has_what_is_exported(sunny: Sunny) -> None:
    """A load of 6 kW takes nothing from the grid, and 4 kW more for half an hour are the 2 kWh of the hour."""
    assert sunny.shows("power") == "-6000.0"
    assert float(sunny.shows("available_power")) == pytest.approx(6000 + 4000, rel=0.03)


async def test_what_the_fuse_leaves_has_what_is_exported_too(sunny: Sunny) -> None:
    """8.7 A the other way, of 25: each phase may be given 33.7 A, whatever the budget."""
    sunny.keeps(50.0)
    await sunny.says(SUN, 13, range(30, 31))
    left = str(round(33.7 * 690))
    keys = ("fuse_available_power", "available_power")
    assert [sunny.shows(key) for key in keys] == [left, left]


async def test_a_car_may_take_what_is_exported(sunny: Sunny) -> None:
    """6 kW are 8.7 A in three phases, and 26 A in one, even if the budget leaves nothing at all."""
    sunny.keeps(0.001)
    await sunny.says(SUN, 13, range(30, 35))
    assert int(sunny.shows("charging_current_recommended")) >= 8


async def test_a_house_that_exports_is_not_told_to_use_less(sunny: Sunny) -> None:
    """The hour's budget was used up by a kettle before the sun came: now nothing is taken at all."""
    sunny.keeps(0.001)
    await sunny.says(KETTLE, 13, range(30, 31), every=5)
    assert float(sunny.shows("available_power")) < -50
    await sunny.says(SUN, 13, range(31, 36))
    assert sunny.shows("power") == "-6000.0"
    assert float(sunny.shows("available_power")) > -50, "the blueprint switches loads off below"


async def test_a_new_hour_begins_at_once_while_the_house_exports(sunny: Sunny) -> None:
    await sunny.says(SUN, 13, range(30, 60), every=30)
    await sunny.says(SUN, 14, range(1), every=60)
    assert sunny.shows("energy_this_hour") == "0.0"
    assert sunny.shows("hour_remaining_energy") == "2.0"
