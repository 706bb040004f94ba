"""Registers and powers that no house has, in messages whose checksum is right, and meters that are replaced."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Quantity
from tests.support.clock import Clock
from tests.support.day import Day, Heard
from tests.support.frames import AIDON_1, aidon, hourly, reframed
from tests.support.homes import MakeEntry, MakeHome, set_up, state
from tests.support.meters import SpeakingMeter

NINE = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
OWN, OTHER, THIRD = "7359990000000017", "6970631400000017", "6970631400000018"


@pytest.fixture
async def entry(hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry) -> AsyncGenerator[MockConfigEntry]:
    """A house with a capacity tariff and a main fuse of 63 A."""
    made = make_entry(
        meter.url,
        unique_id=OWN,
        options={"tariff": "no_three_days", "main_fuse": 63},
        quantities=["power_import", "power_export", "energy_import", "energy_export"],
    )
    await set_up(hass, made)
    yield made
    await hass.config_entries.async_unload(made.entry_id)


@pytest.fixture
def heard(entry: MockConfigEntry) -> Heard:
    """The same, at ten: an hour of 2 kW, and a register of 1002 kWh."""
    house = Heard(entry, NINE)
    house.counts(1_000_000)
    house.takes(2_000, hours=1)
    house.counts(1_002_000)
    return house


def raised(hass: HomeAssistant, entry: MockConfigEntry, issue: str) -> ir.IssueEntry | None:
    """Return a repair of an entry."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{issue}_{entry.entry_id}")


async def answer(hass: HomeAssistant, client: ClientSessionGenerator, entry: MockConfigEntry, choice: str) -> Any:
    """Open the repair of a register that jumped, and choose; return what it came to."""
    assert await async_setup_component(hass, "repairs", {})
    http = await client()
    about = {"handler": DOMAIN, "issue_id": f"register_jumped_{entry.entry_id}"}
    begun = await http.post("/api/repairs/issues/fix", json=about)
    assert begun.status == HTTPStatus.OK
    menu = await begun.json()
    assert (menu["type"], menu["menu_options"]) == ("menu", ["right", "ignore"])
    done = await http.post(f"/api/repairs/issues/fix/{menu['flow_id']}", json={"next_step_id": choice})
    await hass.async_block_till_done()
    return await done.json()


@pytest.mark.usefixtures("unloaded_at_the_end")
@pytest.mark.parametrize("fuse", [{"main_fuse": 63}, {}], ids=["63 A", "no fuse"])
async def test_an_hour_of_megawatts_is_no_peak_and_no_energy(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, clock: Clock, fuse: dict[str, int]
) -> None:
    """65 MWh in an hour: 94 000 A in three phases of 400 V. The true register comes an hour later."""
    day = Day(meter, clock)
    day.is_at(10)
    entry = make_entry(meter.url, options={"tariff": "no_three_days", **fuse})
    await set_up(hass, entry)
    lists = ((10, 1_000_000), (11, 1_000_300), (12, 1_000_600 + 6_553_600), (13, 1_000_900), (14, 1_001_200))
    for hour, register in lists:
        await day.takes(entry, hour, register)
    assert float(state(hass, entry, "tariff_peak_average") or 0) == 3.0
    assert float(state(hass, entry, "energy_import") or 0) == 10_012.009, "with ten seconds since the hour"
    assert entry.runtime_data.rejections["jumped"] == 1
    assert raised(hass, entry, "register_jumped") is None


@pytest.mark.parametrize(
    "quantity", [Quantity.ENERGY_EXPORT, Quantity.ENERGY_IMPORT_T1, Quantity.REACTIVE_ENERGY_IMPORT]
)
async def test_any_register_that_is_misread_once_is_left_out(heard: Heard, quantity: Quantity) -> None:
    """Each of them is shown, and counted by somebody."""
    registers = {Quantity.ENERGY_IMPORT: 1_002_000.0, Quantity.ENERGY_EXPORT: 0.0, quantity: 5_000.0}
    if quantity is Quantity.ENERGY_EXPORT:
        registers[quantity] = 0.0
    heard.says(registers)
    for hour in range(1, 5):
        heard.takes(2_000, hours=1)
        registers[Quantity.ENERGY_IMPORT] += 2_000
        heard.says(registers | ({quantity: 65_536_000.0} if hour == 2 else {}))
    assert {hour: told[1] for hour, told in heard.hours.items()} == dict.fromkeys(range(8, 13), 2_000)
    assert heard.coordinator.data[quantity] == registers[quantity]
    assert heard.coordinator.rejections["jumped"] == 1


async def test_a_register_that_goes_on_from_a_jump_is_asked_about_and_the_power_goes_on(
    hass: HomeAssistant, entry: MockConfigEntry, heard: Heard, hass_client: ClientSessionGenerator
) -> None:
    """Right: the whole difference is booked on the hours since, and the question is gone."""
    for hour in range(3):
        heard.takes(2_000, hours=1)
        assert raised(hass, entry, "register_jumped") is None
        heard.counts(1_102_000 + 2_000 * (hour + 1))
    issue = raised(hass, entry, "register_jumped")
    assert issue
    assert issue.translation_placeholders == {"name": "Meter", "energy": "102.0"}
    assert heard.hours == {8: ("register", 2_000), **dict.fromkeys((9, 10, 11), ("integrated", 2_000))}
    assert heard.total == 1_008_000
    assert (await answer(hass, hass_client, entry, "right"))["type"] == "create_entry"
    assert raised(hass, entry, "register_jumped") is None
    heard.takes(2_000, hours=1)
    heard.counts(1_110_000)
    assert heard.hours == {8: ("register", 2_000), **dict.fromkeys((9, 10, 11, 12), ("mixed", 27_000))}
    assert heard.total == 1_110_000
    heard.takes(2_000, hours=1)
    heard.counts(1_112_000)
    assert heard.hours[13] == ("register", 2_000)
    assert raised(hass, entry, "register_jumped") is None


async def test_a_jump_that_is_ignored_is_in_no_hour(
    hass: HomeAssistant, entry: MockConfigEntry, heard: Heard, hass_client: ClientSessionGenerator
) -> None:
    """A replaced meter that tells no number, and whose register is higher. It is asked about over a restart, too."""
    for hour in range(3):
        heard.takes(2_000, hours=1)
        heard.counts(1_102_000 + 2_000 * (hour + 1))
    at = heard.at
    assert await hass.config_entries.async_reload(entry.entry_id)
    heard = Heard(entry, at)
    assert raised(hass, entry, "register_jumped") is None
    heard.takes(2_000, minutes=1)
    heard.counts(1_108_033)
    assert raised(hass, entry, "register_jumped")
    assert (await answer(hass, hass_client, entry, "ignore"))["type"] == "create_entry"
    assert raised(hass, entry, "register_jumped") is None
    heard.takes(2_000, minutes=59)
    heard.counts(1_110_000)
    heard.takes(2_000, hours=1)
    heard.counts(1_112_000)
    assert {hour: told[1] for hour, told in heard.hours.items()} == dict.fromkeys(range(8, 14), 2_000)
    assert heard.total == 1_012_000


async def test_a_jump_that_comes_back_needs_no_answer(
    hass: HomeAssistant, entry: MockConfigEntry, heard: Heard, hass_client: ClientSessionGenerator
) -> None:
    """The hours meanwhile are shared out by their power, and the dialog that was open says that nothing is left."""
    for hour in range(3):
        heard.takes(2_000, hours=1)
        heard.counts(1_102_000 + 2_000 * (hour + 1))
    assert raised(hass, entry, "register_jumped")
    heard.takes(2_000, hours=1)
    heard.counts(1_010_000)
    assert raised(hass, entry, "register_jumped") is None
    assert heard.hours == {8: ("register", 2_000), **dict.fromkeys((9, 10, 11, 12), ("mixed", 2_000))}
    assert heard.total == 1_010_000


@pytest.mark.parametrize(("to", "issue"), [(1_102_000, "register_jumped"), (5, "registers_fell")])
async def test_what_nobody_answers_for_a_week_goes_on_from_the_new_registers(
    hass: HomeAssistant, entry: MockConfigEntry, heard: Heard, to: int, issue: str
) -> None:
    """Nothing waits for ever. No jump is booked, and the hours are as their power says."""
    register = to
    for hour in range(24 * 7 + 2):
        if hour <= 24 * 7:
            assert heard.coordinator.meter.data[Quantity.ENERGY_IMPORT] == 1_002_000
        for _five_minutes in range(12):
            heard.passes(minutes=5)
            heard.says({Quantity.POWER_IMPORT: 2_000.0})
        register += 2_000
        heard.counts(register)
        if register - to == 6_000:
            assert raised(hass, entry, issue)
    assert raised(hass, entry, issue) is None
    assert heard.total == 1_002_000 + 2_000 * (24 * 7 + 2)


async def test_an_hour_keeps_the_import_of_its_power_when_the_register_falls(heard: Heard) -> None:
    """The export register comes as ever: it must not finish an hour without import."""
    heard.takes(2_000, hours=1)
    heard.counts(5, 0)
    assert heard.hours[9] == ("integrated", 2_000)
    heard.takes(2_000, hours=1)
    heard.counts(2_005, 0)
    heard.takes(2_000, hours=1)
    heard.counts(4_005, 0)
    assert heard.hours == {8: ("register", 2_000), **dict.fromkeys((9, 10, 11), ("integrated", 2_000))}
    assert heard.total == 1_008_000
    heard.coordinator.meter.registers.forget()
    heard.takes(2_000, hours=1)
    heard.counts(6_005, 0)
    heard.takes(2_000, hours=1)
    heard.counts(8_005, 0)
    assert heard.hours[13] == ("register", 2_000)
    assert heard.total == 1_012_000


async def test_a_register_that_is_missing_beside_another_one_ends_no_hour_without_it(heard: Heard) -> None:
    """It was no value in one list: the two hours are shared out when it is there again."""
    heard.takes(2_000, hours=1)
    heard.says({Quantity.ENERGY_EXPORT: 0.0})
    assert heard.hours[9] == ("integrated", 2_000)
    heard.takes(2_000, hours=1)
    heard.counts(1_006_000)
    assert heard.hours == {8: ("register", 2_000), 9: ("mixed", 2_000), 10: ("mixed", 2_000)}


async def test_a_register_that_comes_no_more_keeps_its_hours_by_power(heard: Heard) -> None:
    """After a day the other one goes on alone."""
    for hour in range(30):
        heard.takes(2_000, hours=1)
        heard.says({Quantity.ENERGY_EXPORT: 100.0 * hour})
    assert {energy for _origin, energy in heard.hours.values()} == {2_000}
    assert heard.total == 1_062_000


async def test_another_meters_power_goes_on_and_its_registers_wait(
    hass: HomeAssistant, entry: MockConfigEntry, heard: Heard
) -> None:
    """A replaced meter: from its first message on the house is known by it, and after the answer no hour is missing."""
    heard.says({Quantity.POWER_IMPORT: 2_000.0}, serial=OWN)
    heard.takes(2_500, seconds=10, serial=OTHER)
    assert state(hass, entry, "power") == "2500.0"
    heard.takes(1_500, seconds=10, serial=OTHER)
    heard.takes(2_000, minutes=29, seconds=40, serial=OTHER)
    assert raised(hass, entry, "another_meter")
    heard.takes(2_000, minutes=30)
    heard.counts(7, 0, serial=OTHER)
    assert heard.hours == {8: ("register", 2_000), 9: ("integrated", 2_000)}
    assert heard.total == 1_004_000
    assert entry.runtime_data.meter.config.identity.serial_number == OWN
    hass.config_entries.async_update_entry(entry, unique_id=OTHER)
    heard.coordinator.meter.rename(OTHER)
    heard.coordinator.meter.registers.forget()
    heard.takes(2_000, hours=1)
    heard.counts(2_007, 0, serial=OTHER)
    heard.takes(2_000, hours=1)
    heard.counts(4_007, 0, serial=OTHER)
    assert heard.hours == {
        8: ("register", 2_000),
        9: ("integrated", 2_000),
        10: ("integrated", 2_000),
        11: ("register", 2_000),
    }
    assert heard.total == 1_008_000


async def test_a_neighbours_meter_on_the_same_line_counts_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, heard: Heard
) -> None:
    """Both are heard by turns; from the second turn on it is known, and it is asked about no more."""
    heard.says({Quantity.POWER_IMPORT: 9_000.0}, serial=OTHER)
    heard.says({Quantity.POWER_IMPORT: 2_000.0}, serial=OWN)
    for _turn in range(3):
        heard.says({Quantity.POWER_IMPORT: 9_000.0}, serial=OTHER)
        heard.says({Quantity.POWER_IMPORT: 9_100.0})
        assert state(hass, entry, "power") == "2000.0"
        assert raised(hass, entry, "another_meter") is None
        heard.says({Quantity.POWER_IMPORT: 2_000.0}, serial=OWN)
    assert heard.coordinator.rejections["of_another_meter"] == 6
    heard.says({Quantity.POWER_IMPORT: 9_000.0}, serial=THIRD)
    assert raised(hass, entry, "another_meter")


async def test_a_neighbours_meter_that_is_alone_is_asked_about_again(
    hass: HomeAssistant, entry: MockConfigEntry, heard: Heard
) -> None:
    """Two cables were swapped for good, or ours was taken away."""
    heard.says({Quantity.POWER_IMPORT: 9_000.0}, serial=OTHER)
    heard.says({Quantity.POWER_IMPORT: 2_000.0}, serial=OWN)
    heard.passes(minutes=9)
    heard.says({Quantity.POWER_IMPORT: 9_000.0}, serial=OTHER)
    assert raised(hass, entry, "another_meter") is None
    heard.passes(minutes=1)
    heard.says({Quantity.POWER_IMPORT: 9_000.0}, serial=OTHER)
    assert raised(hass, entry, "another_meter")
    assert state(hass, entry, "power") == "9000.0"


@pytest.mark.usefixtures("unloaded_at_the_end", "read_at_once")
async def test_a_current_that_no_fuse_bears_does_not_stop_the_car(make_home: MakeHome) -> None:
    """2550 A in L2 of a house with 25 A, in one list, with 3.2 kW in all. The lists before and after it are as ever."""
    charger = {"wiring": "three_phase", "most": 16, "margin": 1, "fail_safe": 16, "keep_budget": False}
    home = await make_home(main_fuse=25, net="tn", charger=charger)
    await home.says(*[aidon((4.7, 5.0, 8.1))] * 24)
    assert home.recommended() == ("15", "fuse")
    await home.says(aidon((4.7, 2550.0, 8.1)))
    assert home.recommended() == ("15", "fuse")
    assert home.state("sensor", "current_l2") == "5.0"
    assert home.entry.runtime_data.rejections["impossible_current_l2"] == 1


@pytest.mark.usefixtures("unloaded_at_the_end", "read_at_once")
@pytest.mark.parametrize("fuse", [{"main_fuse": 25}, {}], ids=["25 A", "no fuse"])
async def test_a_power_that_no_fuse_bears_adds_no_energy(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, clock: Clock, fuse: dict[str, int]
) -> None:
    """985 kW in one list. The total would stand still until the register has caught up, which takes days."""
    day = Day(meter, clock)
    day.is_at(13, 0, 10)
    entry = make_entry(meter.url, options=fuse, quantities=["power_import", "energy_import"])
    await set_up(hass, entry)
    await day.says(entry, hourly(13, 1_000_000))
    power = AIDON_1.index(bytes.fromhex("0600000864"))
    absurd = reframed(AIDON_1, (AIDON_1[power : power + 5], bytes.fromhex("06000F0864")))
    for second, message in ((20, AIDON_1), (30, absurd), (40, AIDON_1)):
        day.is_at(13, 0, second)
        await day.says(entry, message)
    day.is_at(14, 0, 10)
    await day.says(entry, hourly(14, 1_000_200))
    assert float(state(hass, entry, "energy_import") or 0) == pytest.approx(10_002.0, abs=0.5)
