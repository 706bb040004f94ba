"""Two hours of a charger in the loop of a real Home Assistant: meter, recommendation, blueprint, charger, car.

Only the meter's bytes and the charger are made. What the charger says of itself is right, late, missing or wrong.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
import shutil
from typing import Any

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import ServiceCall
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.han_port.const import DOMAIN
from tests.support.charging import FUSE, INTERVAL, MARGIN, word
from tests.support.charging_flows import MUCH
from tests.support.charging_houses import HOUR, House, constant, wild
from tests.support.frames import aidon
from tests.support.homes import Home, MakeHome
from tools.simulator.charger import ChargerKind, SimulatedCharger

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unloaded_at_the_end", "read_at_once")]

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "han_port"
WORD, NUMBER = "sensor.charger_current", "number.charger"
OPTIONS = {"main_fuse": int(FUSE), "net": "tn"}
CHARGER = {"wiring": "three_phase", "most": 32, "margin": MARGIN, "fail_safe": 6, "keep_budget": False, "entity": WORD}
KINDS = ("exact", "15 s late", "none", "its limit", "16 A, stale")


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """A configuration with our blueprints where an import puts them."""
    shutil.copytree(BLUEPRINTS, tmp_path / "blueprints" / "automation" / "han_port")
    return str(tmp_path)


@pytest.fixture
def freezer() -> Iterator[FrozenDateTimeFactory]:
    """The wall clock stands still but for a test; the event loop's goes on, as sockets need it."""
    with freeze_time("2026-11-21 12:00:30", real_asyncio=True) as frozen:
        yield frozen


class Loop:
    """A house with a charger that an automation leads."""

    def __init__(self, home: Home, house: House, entity: str, freezer: FrozenDateTimeFactory) -> None:
        self.home, self.house, self.entity, self.freezer = home, house, entity, freezer
        self.charger = SimulatedCharger(ChargerKind(), Random(1))
        self.drawn: list[float] = []
        self.told: list[tuple[int, float]] = []
        self.second = self.above = self.much_above = 0

    def obey(self, amperes: float) -> None:
        """Be told a current (A), as a charger with an API of its own is."""
        self.charger.command(amperes, self.second)
        if not self.told or self.told[-1][1] != amperes:
            self.told.append((self.second, amperes))

    async def lives(self, seconds: int) -> None:
        """Let time pass, with a list every ten seconds; turn the automation off at the end, and with it its timers."""
        for _ in range(seconds // INTERVAL):
            currents = (0.0, 0.0, 0.0)
            for _ in range(INTERVAL):
                own = self.charger.tick(self.second)
                one, two, three = (house + own.get(line, 0.0) for line, house in enumerate(self.house(self.second), 1))
                currents = one, two, three
                self.drawn.append(self.charger.current)
                self.above = self.above + 1 if max(currents) > MUCH * FUSE else 0
                self.much_above = max(self.much_above, self.above)
                self.second += 1
            self.says()
            self.freezer.tick(timedelta(seconds=INTERVAL))
            self.home.now += INTERVAL
            coordinator = self.home.entry.runtime_data
            coordinator.feed.feed(aidon(tuple(round(each, 1) for each in currents)), coordinator.now())
            async_fire_time_changed(self.home.hass)
            for _ in range(40):
                await asyncio.sleep(0)  # `async_block_till_done` looks at the clock
        target = {"entity_id": "automation.charging"}
        await self.home.hass.services.async_call("automation", "turn_off", target, blocking=True)

    def says(self) -> None:
        """Let the charger's entity say what its kind says."""
        said = word(self.entity, self.drawn, int(self.told[-1][1]) if self.told else 6)
        if said is None:
            return
        attributes = {"unit_of_measurement": "A", "device_class": "current"}
        if self.entity != "16 A, stale" or self.second <= INTERVAL:
            self.home.hass.states.async_set(WORD, f"{said:.1f}", attributes)


async def lead(loop: Loop, way: str) -> None:
    """Make an automation of the blueprint that leads the charger by an action, or by a number entity."""
    hass = loop.home.hass
    source = er.async_get(hass).async_get_entity_id(
        "sensor", DOMAIN, f"{loop.home.entry.entry_id}_charging_current_recommended"
    )

    async def told(call: ServiceCall) -> None:
        amperes = float(call.data["value"])
        loop.obey(amperes)
        hass.states.async_set(NUMBER, str(amperes), {"min": 0, "max": 32})

    domain = "number" if way == "number" else "charger"
    hass.services.async_register(domain, "set_value", told)
    inputs: dict[str, Any] = {"recommended": source, "maximum": 32}
    if way == "number":
        hass.states.async_set(NUMBER, "0", {"min": 0, "max": 32})
        inputs["charger_number"] = NUMBER
    else:
        inputs["charger_action"] = [{"action": "charger.set_value", "data": {"value": "{{ current }}"}}]
    assert await async_setup_component(hass, "persistent_notification", {})  # which every Home Assistant has
    blueprint = {"path": "han_port/charging.yaml", "input": inputs}
    automation = {"id": "charging", "alias": "charging", "use_blueprint": blueprint}
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()


@pytest.mark.parametrize("way", ["action", "number"])
@pytest.mark.parametrize("entity", KINDS)
async def test_in_a_house_that_does_not_change_the_charger_settles(
    make_home: MakeHome, freezer: FrozenDateTimeFactory, entity: str, way: str
) -> None:
    """Within ten minutes at what there is room for, and then nothing changes for the rest of two hours."""
    loop = Loop(await make_home(**OPTIONS, charger=CHARGER), constant(9.0), entity, freezer)
    await lead(loop, way)
    await loop.lives(2 * HOUR)
    assert loop.told[-1][1] == FUSE - MARGIN - 9
    assert loop.told[-1][0] <= 600
    assert loop.charger.starts == 1
    assert loop.much_above <= 30
    assert loop.charger.current == pytest.approx(14.8)


@pytest.mark.parametrize("entity", KINDS)
async def test_in_a_wild_house_the_fuse_is_kept(
    make_home: MakeHome, freezer: FrozenDateTimeFactory, entity: str
) -> None:
    """More than 1.13 times the fuse only for as long as a list, the charger and a minute's repetition take."""
    loop = Loop(await make_home(**OPTIONS, charger=CHARGER), wild(1, 2 * HOUR), entity, freezer)
    await lead(loop, "action")
    await loop.lives(2 * HOUR)
    assert loop.much_above <= 60
    assert loop.charger.starts <= 12
    assert sum(loop.drawn) / HOUR > 10, "Ah"
