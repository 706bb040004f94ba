"""A real Home Assistant in a process of its own, driven through its public API as a browser would.

Needs nothing but aiohttp, and nothing of the integration: both `scripts/develop` and the end-to-end tests stand on it.
"""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
import json
from pathlib import Path
import shutil
import signal
import socket
from typing import Any, Self

import aiohttp

ROOT = Path(__file__).resolve().parents[1]
USER, PASSWORD = "demo", "demo"
STARTING, STOPPING = 120, 60  # seconds at most

# Everything that works without the internet. `http` is set in storage: from YAML, Home Assistant takes it on trial
# and starts itself anew after five minutes.
CONFIGURATION = """\
homeassistant:
  name: HAN Port
  latitude: 59.91
  longitude: 10.75
  elevation: 10
  unit_system: metric
  currency: NOK
  country: "NO"
  language: {language}
  time_zone: Europe/Oslo
frontend:
config:
recorder:
  commit_interval: 1
history:
logbook:
energy:
usb:
logger:
  default: warning
  logs:
    custom_components.han_port: debug
"""


class HomeError(Exception):
    """Home Assistant answered with an error, or not at all."""


class Home:
    """One Home Assistant, its log in `<folder>/home.log`."""

    def __init__(self, hass: Path, folder: Path, port: int, *, language: str = "en") -> None:
        """Name the program `hass`, the folder for its configuration and its port; nothing is started yet."""
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.token = ""
        self.tokens: dict[str, Any] = {}
        self._hass, self._port, self._language = hass, port, language
        self._process: Process | None = None
        self._calls = 0

    # --- its process -------------------------------------------------------------------------------------------

    def require_free_port(self) -> None:
        """Raise HomeError if the port is taken: another Home Assistant there would answer in this one's place."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self._port))
            except OSError as error:
                raise HomeError(f"port {self._port} is taken ({error.strerror}); choose another one") from error

    def furnish(self) -> None:
        """Write the configuration of a home that needs no onboarding but a user, in place of an earlier one."""
        shutil.rmtree(self.folder, ignore_errors=True)
        storage = self.folder / ".storage"
        storage.mkdir(parents=True)
        (self.folder / "configuration.yaml").write_text(CONFIGURATION.format(language=self._language))
        (self.folder / "custom_components").symlink_to(ROOT / "custom_components")
        self._store("onboarding", 4, {"done": ["core_config", "analytics", "integration"]})
        stable = {
            "server_port": self._port,
            "server_host": ["127.0.0.1"],
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": True,
            "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True,
            "created_at": "2026-11-01T00:00:00+00:00",
            "error": None,
            "error_message": None,
        }
        self._store("http", 3, {"stable": stable, "pending": None, "yaml_migration_done": True})

    def _store(self, key: str, version: int, data: dict[str, Any]) -> None:
        content = {"version": version, "minor_version": 1, "key": key, "data": data}
        (self.folder / ".storage" / key).write_text(json.dumps(content))

    async def start(self) -> None:
        """Start, and wait until the web server answers."""
        self.require_free_port()
        with (self.folder / "home.log").open("ab") as log:
            # A session of its own: the Ctrl-C that a terminal sends is meant for us; we then stop Home Assistant.
            self._process = await asyncio.create_subprocess_exec(
                self._hass, "-c", self.folder, "--skip-pip", stdout=log, stderr=log, start_new_session=True
            )
        with suppress(TimeoutError):
            async with asyncio.timeout(STARTING):
                while self._process.returncode is None:
                    with suppress(aiohttp.ClientError, HomeError):
                        if await self._is_up():
                            return
                    await asyncio.sleep(0.1)
        raise HomeError(f"Home Assistant did not start; see {self.folder / 'home.log'}")

    async def _is_up(self) -> bool:
        """Tell whether Home Assistant runs; one that has no user yet is asked whether it will take one."""
        if not self.token:
            return bool(await self.get("/api/onboarding"))
        return bool((await self.get("/api/config"))["state"] == "RUNNING")

    @property
    def pid(self) -> int:
        """The number of its process, while it runs."""
        assert self._process
        return self._process.pid

    async def stop(self) -> int | None:
        """Stop as the system would, and return the exit status."""
        if (process := self._process) is None:
            return None
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOPPING):
                return await process.wait()
        except TimeoutError:
            process.kill()
            return await process.wait()

    async def ended(self) -> None:
        """Wait until Home Assistant ends by itself."""
        if self._process:
            await self._process.wait()

    async def __aenter__(self) -> Self:
        """Furnish and start."""
        self.require_free_port()
        self.furnish()
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    # --- its API -----------------------------------------------------------------------------------------------

    async def onboard(self) -> None:
        """Make the user and log in; the token holds for ten years."""
        client = f"{self.url}/"
        user = {"name": "Demo", "username": USER, "password": PASSWORD, "client_id": client, "language": self._language}
        code = (await self.post("/api/onboarding/users", user))["auth_code"]
        form = {"grant_type": "authorization_code", "code": code, "client_id": client}
        self.tokens = await self.post("/auth/token", form=form)
        self.token = self.tokens["access_token"]
        self.token = await self.call("auth/long_lived_access_token", client_name="HAN Port", lifespan=3650)
        while not await self._is_up():
            await asyncio.sleep(0.1)

    async def get(self, path: str) -> Any:
        """Return what a path of the API says."""
        return await self._request("GET", path)

    async def post(self, path: str, body: Any = None, *, form: dict[str, str] | None = None) -> Any:
        """Send something to a path of the API."""
        return await self._request("POST", path, json=body, data=form)

    async def _request(self, method: str, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.request(method, self.url + path, **content) as answer,
        ):
            text = await answer.text()
            if not answer.ok:
                raise HomeError(f"{path}: {answer.status} {text}")
            return json.loads(text)

    async def call(self, command: str, **arguments: Any) -> Any:
        """Call a command of the websocket API."""
        async with self._websocket() as websocket:
            self._calls += 1
            number = self._calls  # another call may be made while this one waits
            await websocket.send_json({"id": number, "type": command, **arguments})
            async for message in websocket:
                answer = message.json()
                if answer.get("id") == number and answer["type"] == "result":
                    if not answer["success"]:
                        raise HomeError(f"{command}: {answer['error']}")
                    return answer["result"]
        raise HomeError(f"{command}: the connection was closed")

    @asynccontextmanager
    async def _websocket(self) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as websocket,
        ):
            await websocket.receive_json()
            await websocket.send_json({"type": "auth", "access_token": self.token})
            if (await websocket.receive_json())["type"] != "auth_ok":
                raise HomeError("the token is not accepted")
            yield websocket

    # --- what a user does --------------------------------------------------------------------------------------

    async def flow(self, handler: str, *answers: dict[str, Any]) -> dict[str, Any]:
        """Go through a config flow with one answer a step; wait where it shows progress. Return the last step."""
        path = "/api/config/config_entries/flow"
        step = await self.post(path, {"handler": handler})
        for answer in answers:
            step = await self._settled(await self.post(f"{path}/{step['flow_id']}", answer))
        return step

    async def _settled(self, step: dict[str, Any]) -> dict[str, Any]:
        while step["type"] in ("progress", "progress_done"):
            await asyncio.sleep(0.2)
            step = await self.get(f"/api/config/config_entries/flow/{step['flow_id']}")
        return step

    async def add_meter(self, host: str, port: int) -> dict[str, Any]:
        """Set HAN Port up against a meter on the network; return the config entry."""
        settings = {"maker": "automatic", "ct_ratio": "1", "vt_ratio": "1"}
        found = await self.flow(
            "han_port", {"next_step_id": "network"}, {"host": host, "port": str(port), "advanced": settings}
        )
        if found["step_id"] != "found":
            raise HomeError(f"the config flow ended at {found['step_id']}: {found}")
        made = await self.post(f"/api/config/config_entries/flow/{found['flow_id']}", {})
        entry: dict[str, Any] = made["result"]
        return entry

    async def clear(self) -> None:
        """Take all entries of HAN Port away, and what the energy dashboard shows."""
        for entry in await self.call("config_entries/get", domain="han_port"):
            await self._request("DELETE", f"/api/config/config_entries/entry/{entry['entry_id']}")
        await self.call("energy/save_prefs", energy_sources=[])

    async def entities(self, entry: dict[str, Any]) -> dict[str, str]:
        """Return key -> entity id of all entities of an entry."""
        return {
            entity["unique_id"].removeprefix(f"{entry['entry_id']}_"): entity["entity_id"]
            for entity in await self.call("config/entity_registry/list")
            if entity["config_entry_id"] == entry["entry_id"]
        }

    async def state(self, entity_id: str) -> str:
        """Return the state of an entity."""
        state: str = (await self.get(f"/api/states/{entity_id}"))["state"]
        return state

    async def show_on_energy_dashboard(self, entities: dict[str, str]) -> None:
        """Make the meter the grid of the energy dashboard."""
        await self.call(
            "energy/save_prefs",
            energy_sources=[
                {
                    "type": "grid",
                    "stat_energy_from": entities["energy_import"],
                    "stat_energy_to": entities["energy_export"],
                    "power_config": {"stat_rate": entities["power"]},
                    "cost_adjustment_day": 0.0,
                }
            ],
        )
