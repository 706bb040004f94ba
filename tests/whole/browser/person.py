"""Somebody at a browser, who clicks, types and looks, and whose steps are counted and photographed."""

from collections.abc import Collection
from dataclasses import dataclass, field
import json
from pathlib import Path
import re
from time import monotonic
from typing import Any

from playwright.async_api import ConsoleMessage, Locator, Page, expect

from tools.home import PASSWORD, ROOT, USER

TEXTS = "ui.panel.config.integrations."
"""Where the frontend keeps its texts about integrations."""
TRANSLATIONS = ROOT / "custom_components" / "han_port" / "translations"
# What a page shows, or its console says, when a text or what belongs into it is missing.
WRONG = re.compile(r"MISSING_VALUE|formatjs|Unknown error|Ukjent feil|component\.han_port|\{[a-z_]+\}")
OURS = re.compile(r"han_port|MISSING_VALUE|formatjs")
PLACE = re.compile(r"\{\w+\}")
# A page that shows what changes by the second never stands still.
MOST_LOOKS, PAUSE_MS = 8, 250


def pattern_of(text: str) -> re.Pattern[str]:
    """Return what matches a text of ours as a page shows it: with values in the places for them, broken anywhere."""
    words = (PLACE.sub(".*", word) for word in re.split(r"(\{\w+\})|\s+", text.removeprefix("- ")) if word)
    return re.compile(r"\s*".join(word if word == ".*" else re.escape(word) for word in words))


@dataclass
class Person:
    """One at a page of Home Assistant. `name` begins the names of the pictures."""

    page: Page
    url: str
    language: str
    name: str
    pictures: Path
    actions: int = 0
    """Clicks, and fields filled."""
    complaints: list[str] = field(default_factory=list)
    """What the browser's console said of us."""

    def __post_init__(self) -> None:
        """Listen to the console."""
        self.words: dict[str, Any] = json.loads((TRANSLATIONS / f"{self.language}.json").read_text(encoding="utf-8"))
        self.began = monotonic()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_console(self, message: ConsoleMessage) -> None:
        said = f"{message.text} ({message.location['url']})"
        if message.type == "error" and OURS.search(said):
            self.complaints.append(said)

    # --- what is done ------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Count from now on."""
        self.began, self.actions = monotonic(), 0

    def so_far(self) -> str:
        """Return what it has taken since the beginning."""
        return f"{self.actions} clicks and fields, {monotonic() - self.began:.1f} s"

    async def click(self, target: Locator) -> None:
        """Click, once it can be clicked."""
        await target.click()
        self.actions += 1

    async def fill(self, target: Locator, text: str) -> None:
        """Fill a field."""
        await target.fill(text)
        self.actions += 1

    async def press(self, key: str) -> None:
        """Click the button that Home Assistant's frontend labels with this key of its texts."""
        await self.click(self.page.get_by_role("button", name=await self.frontend_says(key), exact=True))

    def field(self, label: str) -> Locator:
        """Return the field with a label of ours."""
        return self.page.locator("ha-selector-text").filter(has_text=label).locator("input")

    async def go(self, path: str) -> None:
        """Open a page of Home Assistant by its address."""
        await self.page.goto(self.url + path, wait_until="domcontentloaded")
        await self.page.locator("home-assistant-main").wait_for()

    async def log_in(self) -> None:
        """Enter name and password; the pages are then in the language of the browser."""
        await self.page.goto(self.url, wait_until="domcontentloaded")
        await self.page.locator('input[name="username"]').fill(USER)
        await self.page.locator('input[name="password"]').fill(PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.locator("home-assistant-main").wait_for()
        assert await self.page.evaluate("document.querySelector('home-assistant').hass.language") == self.language

    # --- what is seen ------------------------------------------------------------------------------------------

    async def frontend_says(self, key: str) -> str:
        """Return a text of the frontend itself, such as that of a button, in the language in use."""
        localize = "key => document.querySelector('home-assistant').hass.localize(key)"
        await self.page.wait_for_function(localize, arg=key)
        said: str = await self.page.evaluate(localize, key)
        return said

    async def sees(self, *texts: str) -> None:
        """Wait until texts of ours are there to be read, every paragraph of them."""
        for text in texts:
            for paragraph in re.split(r"\n\n|\n(?=- )", text):
                if not PLACE.fullmatch(paragraph):
                    await expect(self.page.get_by_text(pattern_of(paragraph)).first).to_be_visible()

    async def sees_step(self, step: dict[str, Any], *, without: Collection[str] = ()) -> None:
        """Wait until the texts of a step of a flow are there to be read; those of a section are folded away."""
        texts = [step["title"], step["description"]]
        for group in ("menu_options", "data", "data_description"):
            texts += [text for key, text in step.get(group, {}).items() if key not in without]
        texts += [section["name"] for section in step.get("sections", {}).values()]
        await self.sees(*texts)

    async def picture(self, step: str) -> None:
        """Photograph the page once it stands still, and see that nobody is shown what nobody should read.

        The clock stands still as well.
        """
        paused = monotonic()
        before, now = b"", await self.page.screenshot(animations="disabled")
        for _ in range(MOST_LOOKS):
            if now == before:
                break
            await self.page.wait_for_timeout(PAUSE_MS)
            before, now = now, await self.page.screenshot(animations="disabled")
        (self.pictures / f"{self.name}-{step}.png").write_bytes(now)
        assert await self.page.get_by_text(WRONG).all_inner_texts() == []
        assert self.complaints == []
        self.began += monotonic() - paused
