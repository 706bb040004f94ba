"""From an empty Home Assistant to the energy dashboard, in a real browser."""

import re

from playwright.async_api import expect
import pytest

from tests.whole.browser.house import MODEL, WATTS, still_house
from tests.whole.browser.person import TEXTS, Person
from tools.develop import give_past
from tools.home import Home
from tools.simulator.serve import TcpLine

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420), pytest.mark.asyncio(loop_scope="session")]


async def find_the_integration(person: Person) -> None:
    """Go from the settings to the first dialog of ours, counting from the button on."""
    page = person.page
    await person.go("/config")
    await person.click(page.locator('a[href="/config/integrations"]').first)
    await expect(page.get_by_role("button", name=await person.frontend_says(f"{TEXTS}add_integration"))).to_be_visible()
    await person.picture("integrations")
    person.begin()
    await person.press(f"{TEXTS}add_integration")
    dialog = page.locator("dialog-add-integration")
    await person.fill(dialog.locator("input"), "HAN Port")
    found = dialog.get_by_text("HAN Port", exact=True)
    await expect(found).to_be_visible()
    await person.picture("search")
    await person.click(found)


async def go_through_the_dialogs(person: Person, line: TcpLine) -> str:
    """Tell where the meter is, and see it found; return what it has taken until its power was there to be read."""
    texts = person.words["config"]
    user, network, found = (texts["step"][name] for name in ("user", "network", "found"))
    await person.sees_step(user, without=("take_over",))  # there is nothing to take over from
    await person.picture("how")
    await person.click(person.page.get_by_text(user["menu_options"]["network"]))
    await person.sees_step(network)
    await person.picture("network")
    await person.fill(person.field(network["data"]["host"]), "127.0.0.1")
    await person.fill(person.field(network["data"]["port"]), str(line.port))
    line.muted = True  # it might be found before the picture is taken
    await person.press(f"{TEXTS}config_flow.submit")
    await person.sees(texts["progress"]["listen"])
    await person.picture("listening")
    line.muted = False
    await person.sees_step({**found, "description": found["description"].replace("{power}", f"{WATTS} W")})
    taken = person.so_far()
    await person.picture("found")
    await person.press(f"{TEXTS}config_flow.submit")
    await expect(person.page.locator("step-flow-create-entry")).to_be_visible()
    await person.picture("created")
    await person.press(f"{TEXTS}config_flow.finish_skip")
    return taken


async def test_a_meter_is_set_up_and_shown(home: Home, person: Person, line: TcpLine, told: list[str]) -> None:
    """The power on the device's page is that of the house and of the API; the grid is on the energy dashboard."""
    page, sensors = person.page, person.words["entity"]["sensor"]
    await find_the_integration(person)
    in_the_dialog = await go_through_the_dialogs(person, line)
    # Home Assistant shows the device when the dialog is closed.
    row = page.locator("hui-generic-entity-row").filter(has=page.get_by_text(sensors["power"]["name"], exact=True))
    await expect(row).to_contain_text(re.compile(r"\d\s*W$"), use_inner_text=True)
    told.append(f"{person.name}: {in_the_dialog} to the first reading; {person.so_far()} to the device's page")
    (entry,) = await home.call("config_entries/get", domain="han_port")
    entities = await home.entities(entry)
    assert float(re.sub(r"\D", "", await row.inner_text())) == float(await home.state(entities["power"])) == WATTS
    await person.sees(*(sensors[key]["name"] for key in ("power_import", "energy_import", "voltage_l1")))
    await person.picture("device")

    await give_past(home, entry, line, MODEL, still_house())
    await person.go("/energy")
    for card in ("hui-energy-distribution-card", "hui-energy-sources-table-card"):
        await expect(page.locator(card)).to_contain_text(re.compile(r"\d\s*kWh"))
    await person.sees(sensors["energy_import"]["name"])
    await person.picture("energy")
    assert await page.locator("hui-error-card, hui-warning, ha-alert").all_inner_texts() == []
