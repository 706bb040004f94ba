"""A browser, an empty Home Assistant in the language of a test, and a simulated meter.

Run by `scripts/test --browser` in .venv-browser, where Home Assistant is no library.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
import shutil
import socket

from playwright.async_api import Browser, async_playwright, expect
import pytest
import pytest_asyncio

from tests.whole.browser.house import MODEL, still_house
from tests.whole.browser.person import Person
from tools.home import ROOT, Home
from tools.simulator.meter import Meter
from tools.simulator.serve import TcpLine, serve_tcp

PATIENCE = 60.0
"""Seconds to wait for anything on a page: the machine may be slow."""
HASS = ROOT / ".venv-home" / "bin" / "hass"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LOCALES = {"en": "en-US", "nb": "nb-NO"}
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync")

TOLD = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", type=Path, metavar="DIR", help="where the pictures go, if not to a temporary folder")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TOLD] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("what it takes")
    for line in config.stash[TOLD]:
        terminalreporter.write_line(line)


@pytest.fixture
def told(request: pytest.FixtureRequest) -> list[str]:
    """What is shown at the end of the run."""
    return request.config.stash[TOLD]


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for the pictures."""
    folder: Path = request.config.getoption("pictures") or tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    request.config.stash[TOLD].append(f"pictures: {folder.resolve()}")
    return folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """The Chromium of this machine."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is on the PATH: install one (Debian: apt install chromium)")
    expect.set_options(timeout=PATIENCE * 1000)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield launched
        await launched.close()


@pytest.fixture(scope="session", params=LOCALES)
def language(request: pytest.FixtureRequest) -> str:
    """Of Home Assistant and of the browser."""
    chosen: str = request.param
    return chosen


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_home(
    browser: Browser, language: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Home]:
    """A Home Assistant for all tests of a language: it names entities in its own, not in the browser's."""
    if not HASS.exists():
        pytest.skip(f"{HASS} is not there: run scripts/setup home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with Home(HASS, tmp_path_factory.mktemp("home"), port, language=language) as started:
        await started.onboard()
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def home(running_home: Home) -> AsyncGenerator[Home]:
    """A Home Assistant without an entry of ours."""
    yield running_home
    await running_home.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def line() -> AsyncGenerator[TcpLine]:
    """The line of a simulated meter."""
    async with serve_tcp(Meter(MODEL, still_house(), datetime.now(UTC))) as serving:
        yield serving


@pytest_asyncio.fixture(loop_scope="session", params=SIZES)
async def person(
    request: pytest.FixtureRequest, browser: Browser, home: Home, language: str, pictures: Path
) -> AsyncGenerator[Person]:
    """Somebody who is logged in."""
    width, height = SIZES[request.param]
    is_phone = request.param == "phone"
    context = await browser.new_context(
        locale=LOCALES[language],
        timezone_id="Europe/Oslo",
        viewport={"width": width, "height": height},
        is_mobile=is_phone,
        has_touch=is_phone,
    )
    context.set_default_timeout(PATIENCE * 1000)
    somebody = Person(await context.new_page(), home.url, language, f"{language}-{request.param}", pictures)
    await somebody.log_in()
    yield somebody
    await context.close()
