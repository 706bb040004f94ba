"""What there is to decide later, in a real browser: the options, where the meter is now, and a repair."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import expect
import pytest
import pytest_asyncio

from tests.whole.browser.house import MODEL, still_house
from tests.whole.browser.person import TEXTS, Person
from tools.home import Home
from tools.simulator.lists import ListKind, encode
from tools.simulator.serve import TcpLine

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420), pytest.mark.asyncio(loop_scope="session")]

STRANGER = replace(MODEL, serial="7359990000000099")


FURTHER = ("add_charger", "charger_2", "charger_3")
"""Rows of the options that are there once a charger has been entered."""


@pytest_asyncio.fixture(loop_scope="session")
async def entry(home: Home, line: TcpLine) -> dict[str, Any]:
    """A meter that was set up before."""
    return await home.add_meter("127.0.0.1", line.port)


@pytest.mark.parametrize(
    ("step", "without"),
    [
        ("meter", ("serial_settings", "current_factor", "energy_factor")),
        ("tariff", ()),
        ("fuse", ()),
        ("charging", ("minimum", "priority", "circuit", "removed")),
        ("voltage", ()),
    ],
)
async def test_the_options_are_asked_for(
    home: Home, entry: dict[str, Any], person: Person, step: str, without: tuple[str, ...]
) -> None:
    """From the wheel beside the entry. On a network there is no speed, and nothing has been corrected yet."""
    steps = person.words["options"]["step"]
    await options(home, entry, "fuse", main_fuse="25", use_estimate=False)
    await person.go("/config/integrations/integration/han_port")
    await person.press(f"{TEXTS}config_entry.configure")
    await person.sees_step(steps["init"], without=FURTHER)
    await person.picture("options")
    await person.click(person.page.get_by_text(steps["init"]["menu_options"][step], exact=True))
    await person.sees_step(steps[step], without=without)
    await person.picture(f"options-{step}")


async def test_each_charger_is_a_row_of_the_options(home: Home, entry: dict[str, Any], person: Person) -> None:
    """Under the name that the user gave it. A second one brings what the first is asked for only then."""
    steps = person.words["options"]["step"]
    charger = {"wiring": "three_phase", "most": 16, "fail_safe": 6}
    await options(home, entry, "fuse", main_fuse="25", use_estimate=False)
    await options(home, entry, "charging", **charger, margin=1, keep_budget=False)
    await options(home, entry, "add_charger", **charger, name="Garage 2", minimum=6, priority=1, removed=False)
    await person.go("/config/integrations/integration/han_port")
    await person.press(f"{TEXTS}config_entry.configure")
    await person.sees_step(steps["init"], without=("charger_2", "charger_3"))
    await person.picture("options-chargers")
    await person.click(person.page.get_by_text("Garage 2", exact=True).last)  # the first is its device, behind
    await person.sees_step(steps["charger"])
    await person.picture("options-charger")


async def options(home: Home, entry: dict[str, Any], step: str, **answers: Any) -> dict[str, Any]:
    """Answer a form of the options, and return what comes next."""
    path = "/api/config/config_entries/options/flow"
    menu = await home.post(path, {"handler": entry["entry_id"]})
    await home.post(f"{path}/{menu['flow_id']}", {"next_step_id": step})
    following: dict[str, Any] = await home.post(f"{path}/{menu['flow_id']}", answers)
    return following


async def test_a_tariff_of_ones_own_is_built(home: Home, entry: dict[str, Any], person: Person) -> None:
    """A series of peaks in a form, and in a form of its own each time that counts."""
    words = person.words
    form = await options(home, entry, "tariff", tariff="custom", hourly_statistics=False)
    series = {field["name"]: field["description"]["suggested_value"] for field in form["data_schema"]}
    window = {"weight": 0.5, "begins": "22:00:00", "ends": "06:00:00", "weekdays": ["6", "7"]}
    path = "/api/config/config_entries/options/flow"
    await home.post(f"{path}/{form['flow_id']}", series | {"windows": [window]})
    await person.go("/config/integrations/integration/han_port")
    await person.press(f"{TEXTS}config_entry.configure")
    await person.click(person.page.get_by_text(words["options"]["step"]["init"]["menu_options"]["tariff"], exact=True))
    await person.sees(words["options"]["step"]["tariff"]["description"])
    await person.press(f"{TEXTS}config_flow.submit")
    lists = ("windows", "steps", "prices")  # of which the page shows no description; the step's own has it
    step = words["options"]["step"]["rule"]
    await person.sees_step(step, without=lists)
    await person.sees(*(step["data"][each] for each in lists))
    await person.picture("rule")
    windows = person.page.locator("ha-selector-object").first
    await person.click(windows.locator("ha-icon-button").first)
    await person.sees(*(field["name"] for field in words["selector"]["window"]["fields"].values()))
    await person.picture("rule-window")


async def test_the_meter_is_found_where_it_is_now(entry: dict[str, Any], person: Person) -> None:
    """What held before stands in the form."""
    texts, page = person.words["config"], person.page
    reconfigure, network = texts["step"]["reconfigure"], texts["step"]["network"]
    await person.go("/config/integrations/integration/han_port")
    menu = page.locator("ha-config-entry-row").get_by_role("button", name=await person.frontend_says("ui.common.menu"))
    await person.click(menu.first)
    await person.click(
        page.get_by_role("menuitem", name=await person.frontend_says(f"{TEXTS}config_entry.reconfigure"))
    )
    await person.sees_step(reconfigure)
    await person.picture("reconfigure")
    await person.click(page.get_by_text(reconfigure["menu_options"]["network"]))
    await expect(person.field(network["data"]["host"])).to_have_value("127.0.0.1")
    await person.picture("reconfigure-network")
    await person.press(f"{TEXTS}config_flow.submit")
    await person.sees_step(texts["step"]["found"])
    await person.press(f"{TEXTS}config_flow.submit")
    await expect(page.locator("step-flow-abort")).to_be_visible()
    await person.sees(texts["abort"]["reconfigure_successful"])
    await person.picture("reconfigured")


async def test_a_replaced_meter_is_confirmed(entry: dict[str, Any], person: Person, line: TcpLine) -> None:
    """Another meter begins to speak on the line, and is taken for the entry's when its repair is confirmed."""
    issue = person.words["issues"]["another_meter"]
    now = datetime.now(UTC)
    line.muted = True
    line.send(encode(STRANGER, still_house().at(now), now, ListKind.SNAPSHOT))
    await person.go("/config/repairs")
    await person.sees(issue["title"])
    await person.picture("repairs")
    await person.click(person.page.locator("ha-config-repairs").get_by_text(entry["title"]))
    await person.sees_step(issue["fix_flow"]["step"]["confirm"])
    await person.picture("repair")
    await person.press(f"{TEXTS}config_flow.submit")
    await person.sees(await person.frontend_says("ui.dialogs.repair_flow.success.description"))
    await person.picture("repaired")
