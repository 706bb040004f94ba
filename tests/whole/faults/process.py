"""One real Home Assistant with an entry for each fault of a line, all of them at the same time.

Driven and looked at from outside, through its public API and /proc; only `census` counts inside. Both the test and the
figures stand on it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
import re
import socket
from typing import Any

from custom_components.han_port.const import DOMAIN
from tests.whole.faults import lines
from tests.whole.faults.lines import End, Held, NoAnswer, Refused, TcpEnd, Unplugged
from tools.home import ROOT, Home

HASS = ROOT / ".venv-home" / "bin" / "hass"
PATIENCE = 120.0
"""Seconds for anything to happen; the longest wait is for a line that is silent for 60 s."""
QUARTER = 0.25
MAY_GROW = 96
"""MB of memory that all floods together may cost; they are some hundred megabytes of bytes."""
MUCH = 300_000
"""Bytes that a flood brings at least."""
TEXTS = {"meter_number", "meter_model", "net_type", "encryption"}
ELSE = {
    "data_flow": {"on", "off"},
    "main_fuse": {"0.0"},
    **{key: {"off"} for key in ("undervoltage", "overvoltage", "phase_loss", "neutral_fault_suspected")},
}
"""What else is shown: the voltages of these meters are sound, and no main fuse is told of."""
CENSUS = {
    "domain": "census",
    "name": "Census",
    "codeowners": [],
    "dependencies": [],
    "documentation": "https://github.com/han-port/han-port",
    "integration_type": "service",
    "iot_class": "calculated",
    "version": "0.0.0",
}
"""The manifest of `census`. It is no file of the repository, where hassfest and HACS accept only one manifest.json."""
NOT_KNOWN = {"unknown", "unavailable"}
GIVEN_BACK = ("sockets", "ptys", "tasks", "objects", "listeners")
OF_OURS = re.compile(r"han_port|" + DOMAIN)

type Seen = dict[str, Any]


class Faulty(Home):
    """A home whose entries of HAN Port are there from the beginning, and not enabled."""

    def __init__(self, folder: Path, port: int, ends: Mapping[str, tuple[End, ...]], silence: float) -> None:
        """Name the far ends, by the name of their fault; a second one is another entry of the first one's line."""
        super().__init__(HASS, folder, port)
        self.silence = silence
        self.ends = ends
        self.watcher = Watcher(self)

    def furnish(self) -> None:
        """Write the entries, and have what counts among the components."""
        super().furnish()
        components = self.folder / "custom_components"
        components.unlink()
        components.mkdir()
        (components / DOMAIN).symlink_to(ROOT / "custom_components" / DOMAIN)
        census = components / CENSUS["domain"]
        census.mkdir()
        (census / "__init__.py").symlink_to(Path(__file__).parent / "census" / "__init__.py")
        (census / "manifest.json").write_text(json.dumps(CENSUS))
        written = self.folder / "configuration.yaml"
        # As users have it: with every frame in the log, a flood would be one of the disk.
        text = written.read_text().replace(f"custom_components.{DOMAIN}: debug", f"custom_components.{DOMAIN}: info")
        written.write_text(f"{text}census:\n  silence: {self.silence}\n")
        entries = [self._entry(entry_id, end) for entry_id, end in self.by_entry.items()]
        self._store("core.config_entries", 1, {"entries": entries})

    @property
    def by_entry(self) -> dict[str, End]:
        """Entry id -> far end."""
        return {f"{name}{number or ''}": end for name, ends in self.ends.items() for number, end in enumerate(ends)}

    @staticmethod
    def _entry(entry_id: str, end: End) -> dict[str, Any]:
        keys = {
            "encryption_key": lines.OLD_KEYS.encryption.hex(),
            "authentication_key": lines.OLD_KEYS.authentication.hex(),
        }
        options = {"maker": "automatic", "ct_ratio": "1", "vt_ratio": "1", "net": "automatic", "tariff": "none"}
        pty = {} if isinstance(end, TcpEnd) else {"serial_settings": "2400 8E1"}
        return {
            "created_at": "2026-11-01T00:00:00+00:00",
            "modified_at": "2026-11-01T00:00:00+00:00",
            "data": {"port": end.url, **(keys if end.meter.model.encrypts else {})},
            "disabled_by": "user",
            "discovery_keys": {},
            "domain": DOMAIN,
            "entry_id": entry_id,
            "minor_version": 1,
            "options": options | pty | {"update_interval": end.interval},
            "pref_disable_new_entities": False,
            "pref_disable_polling": False,
            "source": "user",
            "subentries": [],
            "title": entry_id,
            "unique_id": None,
            "version": 1,
        }

    # --- what is looked at -------------------------------------------------------------------------------------

    async def enable(self, entry_id: str) -> None:
        """Enable an entry; when this returns, its set-up has come to something."""
        await self.call("config_entries/disable", entry_id=entry_id, disabled_by=None)

    async def remove(self, entry_id: str) -> None:
        """Remove an entry."""
        await self._request("DELETE", f"/api/config/config_entries/entry/{entry_id}")

    async def entry(self, entry_id: str) -> tuple[str, str | None]:
        """Return state and reason of an entry."""
        found = {each["entry_id"]: each for each in await self.call("config_entries/get", domain=DOMAIN)}[entry_id]
        return found["state"], found["error_reason_translation_key"]

    async def issues(self, entry_id: str) -> set[str]:
        """Return what is doubted about an entry."""
        found = await self.call("repairs/list_issues")
        return {issue["translation_key"] for issue in found["issues"] if issue["issue_id"].endswith(f"_{entry_id}")}

    async def reauths(self, entry_id: str) -> list[str]:
        """Return the flows that ask for an entry's keys."""
        flows = await self.call("config_entries/flow/progress")
        return [flow["flow_id"] for flow in flows if flow["context"].get("entry_id") == entry_id]

    async def power(self, entry_id: str) -> str | None:
        """Return what an entry's power is shown as, None if there is no such entity."""
        found = (await self.entities({"entry_id": entry_id})).get("power")
        return await self.state(found) if found else None

    async def count(self) -> Seen:
        """Return what there is inside, and what the system has given it."""
        answer = await self.call("call_service", domain="census", service="count", return_response=True)
        return {**answer["response"], **descriptors(self.pid), "memory": memory(self.pid)}


def descriptors(pid: int) -> dict[str, int]:
    """Return how many sockets and pseudo-terminals a process holds."""
    targets = [_target(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    return {
        "sockets": sum(target.startswith("socket:") for target in targets),
        "ptys": sum(target.startswith("/dev/pts/") for target in targets),
    }


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:  # closed meanwhile
        return ""


def memory(pid: int) -> int:
    """Return the memory (MB) that a process has."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


# --- what is published ----------------------------------------------------------------------------------------------


class Watcher:
    """A browser that is open from first to last: it hears of every state, and asks whether anybody is there."""

    def __init__(self, home: Faulty) -> None:
        """Hear nothing yet."""
        self._home = home
        self.published: dict[str, set[str]] = {}
        """Entity id -> every state that it has had."""
        self.states = self.pongs = 0
        self.slowest = 0.0
        """Seconds that an answer took at most."""
        self._pong = asyncio.Event()

    @asynccontextmanager
    async def watching(self) -> AsyncGenerator[None]:
        """Watch as long as this is open."""
        async with self._home._websocket() as self._socket:
            await self._socket.send_json({"id": 1, "type": "subscribe_events", "event_type": "state_changed"})
            tasks = [asyncio.create_task(work()) for work in (self._listen, self._ping)]
            try:
                yield
                failed = [task.exception() for task in tasks if task.done()]
                assert not failed, failed
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self) -> None:
        async for message in self._socket:
            answers = message.json()
            for answer in answers if isinstance(answers, list) else [answers]:
                if answer["type"] == "pong":
                    self._pong.set()
                elif answer["type"] == "event" and (new := answer["event"]["data"]["new_state"]):
                    self.states += 1
                    self.published.setdefault(new["entity_id"], set()).add(new["state"])
        raise ConnectionError("Home Assistant has closed the connection of one who could not keep up, or of everyone")

    async def _ping(self) -> None:
        """Ask again and again; who never answers is found by the patience of the test."""
        loop = asyncio.get_running_loop()
        for number in range(2, 1_000_000):
            self._pong.clear()
            began = loop.time()
            await self._socket.send_json({"id": number, "type": "ping"})
            async with asyncio.timeout(PATIENCE):
                await self._pong.wait()
            self.pongs += 1
            self.slowest = max(self.slowest, loop.time() - began)
            await asyncio.sleep(QUARTER)


async def wrong_numbers(home: Faulty, watcher: Watcher) -> list[str]:
    """Return what was ever published that the meter of its line has not said."""
    wrong, checked = [], 0
    for entry_id, end in home.by_entry.items():
        for key, entity_id in (await home.entities({"entry_id": entry_id})).items():
            for state in watcher.published.get(entity_id, set()) - NOT_KNOWN:
                checked += 1
                if not _is_right(end, key, state):
                    wrong.append(f"{entity_id}: {state}")
    assert checked
    return wrong


def _is_right(end: End, key: str, state: str) -> bool:
    if key in ELSE:
        return state in ELSE[key]
    if key in TEXTS:
        return True
    try:
        return end.meter.has_said(key, float(state))
    except ValueError:
        return False


# --- what is tried --------------------------------------------------------------------------------------------------


async def until[T](
    ask: Callable[[], Awaitable[T]], is_so: Callable[[T], bool], what: str, seconds: float | None = None
) -> T:
    """Ask until the answer is as it must be, and return it."""
    answer = None
    try:
        async with asyncio.timeout(PATIENCE):
            while not is_so(answer := await ask()):
                await asyncio.sleep(QUARTER)
    except TimeoutError:
        raise AssertionError(f"{what}: {answer}") from None
    return answer


@dataclass
class Outcome:
    """What came of one fault."""

    fault: str
    seen: list[str] = field(default_factory=list)
    """What the user has seen, in its order."""
    failure: str = ""


async def good_again(home: Faulty, entry_id: str, end: End) -> None:
    """Wait until the power of an entry is one that was said after the harm."""
    await until(
        lambda: home.power(entry_id),
        lambda shown: shown not in (None, *NOT_KNOWN) and float(shown) in end.good,
        f"{entry_id} shows no good value after the harm",
    )


async def state_of(home: Faulty, entry_id: str, *wanted: tuple[str, str | None]) -> str:
    """Wait until an entry is in one of the states that are wanted, and tell it."""
    state, reason = await until(
        lambda: home.entry(entry_id), lambda found: found in wanted, f"{entry_id} is not {wanted}"
    )
    return f"{state} ({reason})" if reason else state


LOADED, IN_PROGRESS = ("loaded", None), ("setup_in_progress", None)
REFUSED, BUSY = ("setup_retry", "cannot_open_refused"), ("setup_retry", "cannot_open_busy")


async def try_refused(home: Faulty, name: str, ends: tuple[End, ...]) -> list[str]:
    """A dead host comes to life; so for all entries of it."""
    (end,) = set(ends)
    assert isinstance(end, Refused)
    ids = [entry_id for entry_id, each in home.by_entry.items() if each is end]
    seen = [await state_of(home, entry_id, REFUSED) for entry_id in ids]
    await end.mend()
    for entry_id in ids:
        await good_again(home, entry_id, end)
    return [*seen, *[await state_of(home, entry_id, LOADED) for entry_id in ids]]


async def try_no_answer(home: Faulty, name: str, ends: tuple[End, ...]) -> list[str]:
    """A host that answers nothing is waited for, and is found when it answers."""
    (end,) = ends
    assert isinstance(end, NoAnswer)
    seen = await state_of(home, name, IN_PROGRESS)
    await end.mend()
    await good_again(home, name, end)
    return [seen, await state_of(home, name, LOADED)]


async def try_held(home: Faulty, name: str, ends: tuple[End, ...]) -> list[str]:
    """A port that another process holds is told of, until it is free."""
    (end,) = ends
    assert isinstance(end, Held)
    seen = await state_of(home, name, BUSY)
    assert await home.issues(name) == {"port_held"}
    await end.mend()
    await good_again(home, name, end)
    assert await home.issues(name) == set()
    return [seen, "repair port_held, gone when free", await state_of(home, name, LOADED)]


async def try_unplugged(home: Faulty, name: str, ends: tuple[End, ...]) -> list[str]:
    """A reader is unplugged and plugged in again."""
    (end,) = ends
    assert isinstance(end, Unplugged)
    await until(lambda: home.power(name), lambda shown: shown not in (None, *NOT_KNOWN), f"{name} shows nothing")
    flow = (await home.entities({"entry_id": name}))["data_flow"]
    await end.stop()
    await until(lambda: home.state(flow), lambda shown: shown == "off", "the loss is not shown")
    end.harmed.set()
    await end.start()
    await good_again(home, name, end)
    await until(lambda: home.state(flow), lambda shown: shown == "on", "the return is not shown")
    return ["data_flow off", "data_flow on"]


async def try_half_open(home: Faulty, name: str, ends: tuple[End, ...]) -> list[str]:
    """Values of a line that has fallen silent are taken away, and it is opened anew."""
    (end,) = ends
    await until(lambda: home.power(name), lambda shown: shown == f"{end.meter.least}.0", f"{name} shows nothing")
    seen = [f"shown {end.meter.least} W"]
    if home.silence > lines.LIVE_FOR:
        await until(lambda: home.power(name), lambda shown: shown == "unavailable", f"{name} shows an old value")
        seen.append("unavailable")
    await good_again(home, name, end)
    assert end.connections == 2
    return [*seen, "opened anew"]


async def try_wrong_key(home: Faulty, name: str, ends: tuple[End, ...]) -> list[str]:
    """The user is asked for keys, once; with the right ones all is well."""
    (end,) = ends
    flow, *others = await until(lambda: home.reauths(name), bool, f"nobody is asked for the keys of {name}")
    assert not others
    assert await home.power(name) is None
    keys = end.meter.model.keys
    assert keys
    answer = {"encryption_key": keys.encryption.hex(), "authentication_key": keys.authentication.hex()}
    done = await home.post(f"/api/config/config_entries/flow/{flow}", answer)
    assert done["reason"] == "reauth_successful"
    await good_again(home, name, end)
    assert await home.reauths(name) == []
    return ["loaded, no value, asked for keys once", "good with the right ones"]


async def try_harm(home: Faulty, name: str, ends: tuple[End, ...]) -> list[str]:
    """Whatever was sent, the entry stays loaded, and what follows is read."""
    (end,) = ends
    before = home.watcher.pongs
    async with asyncio.timeout(PATIENCE):
        await end.harmed.wait()
    answered = home.watcher.pongs - before
    await good_again(home, name, end)
    seen = [await state_of(home, name, LOADED)]
    if isinstance(end, lines.Stream):
        assert end.sent > MUCH
        assert answered, f"nobody was answered while {name} went on"
        seen.append(f"{end.sent / 1e6:.0f} MB, {answered} pings answered meanwhile")
    if end.connections > 1:
        seen.append(f"{end.connections} connections")
    return seen


type Try = Callable[[Faulty, str, tuple[End, ...]], Awaitable[list[str]]]

FAULTS: dict[str, tuple[type[End], Try]] = {
    "refused": (Refused, try_refused),
    "two_entries_on_a_dead_host": (Refused, try_refused),
    "no_answer": (NoAnswer, try_no_answer),
    "reset": (lines.Reset, try_harm),
    "end_in_a_frame": (lines.Cut, try_harm),
    "half_open": (lines.HalfOpen, try_half_open),
    "slow": (lines.Slow, try_harm),
    "torrent": (lines.Torrent, try_harm),
    "flood": (lines.Flood, try_harm),
    "endless_line": (lines.EndlessLine, try_harm),
    "endless_flags": (lines.EndlessFlags, try_harm),
    "greatest_length": (lines.Greatest, try_harm),
    "deep_nesting": (lines.Nested, try_harm),
    "wrong_key": (lines.WrongKey, try_wrong_key),
    "unplugged": (Unplugged, try_unplugged),
    "port_held": (Held, try_held),
}
"""THE TABLE of what is tried in the process: the far end, and what the user must see of it."""
WARMING = "warming"
"""An entry without a fault: what Home Assistant keeps after the first of its kind is no leak of the others."""


@dataclass
class Report:
    """What came of it all."""

    outcomes: list[Outcome]
    wrong: list[str] = field(default_factory=list)
    """States that no meter has said."""
    left: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """What was there before and after, where that is not the same."""
    before: Seen = field(default_factory=dict)
    at_work: Seen = field(default_factory=dict)
    after: Seen = field(default_factory=dict)
    exit_status: int | None = None
    errors: list[str] = field(default_factory=list)
    """Lines of the log in which something of ours has failed."""
    states: int = 0
    pongs: int = 0
    slowest: float = 0.0

    @property
    def growth(self) -> int:
        """The memory (MB) that was added."""
        return int(self.at_work["memory"] - self.before["memory"])


async def run(folder: Path, *, silence: float = 60.0, seconds: float = 6.0, rest: float = 1.0) -> Report:
    """Try all faults. A line may be silent for `silence`; floods last for `seconds`; a slow byte takes `rest`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ends = {WARMING: (TcpEnd(1, folder),)}
    for number, (name, (kind, _)) in enumerate(FAULTS.items(), 2):
        end = kind(number, folder, seconds)
        end.rest = rest
        ends[name] = (end, end) if name.startswith("two_") else (end,)
    for end in {each[0]: None for each in ends.values()}:
        await end.start()
    home = Faulty(folder / "home", port, ends, silence)
    try:
        async with home:
            await home.onboard()
            return await _try_all(home)
    finally:
        for each in ends.values():
            await each[0].stop()


async def _try_all(home: Faulty) -> Report:
    report, watcher = Report([]), home.watcher
    async with watcher.watching():
        await home.enable(WARMING)
        await good_again(home, WARMING, home.ends[WARMING][0])
        report.wrong += await wrong_numbers(home, watcher)
        await home.remove(WARMING)
        (warm,) = home.ends.pop(WARMING)
        await warm.stop()
        report.before = await settled(home)
        report.outcomes = list(await asyncio.gather(*[_try(home, name) for name in FAULTS]))
        report.at_work = await settled(home)
        report.wrong += await wrong_numbers(home, watcher)
        for entry_id in home.by_entry:
            await home.remove(entry_id)
        report.after = await settled(home, report.before)
        report.states, report.pongs, report.slowest = watcher.states, watcher.pongs, watcher.slowest
    report.left = {
        key: (report.before[key], report.after[key]) for key in GIVEN_BACK if report.before[key] != report.after[key]
    }
    report.exit_status = await home.stop()
    log = (home.folder / "home.log").read_text()
    report.errors = [
        row for row in log.splitlines() if OF_OURS.search(row) and (" ERROR " in row or "Traceback" in row)
    ]
    return report


async def _try(home: Faulty, name: str) -> Outcome:
    """Try one fault; what goes wrong with it must not hide what comes of the others."""
    outcome = Outcome(name)
    ids = [entry_id for entry_id, end in home.by_entry.items() if end is home.ends[name][0]]
    enabling = [asyncio.create_task(home.enable(entry_id)) for entry_id in ids]
    try:
        if not isinstance(home.ends[name][0], NoAnswer):
            await asyncio.gather(*enabling)
        outcome.seen = await FAULTS[name][1](home, name, home.ends[name])
        await asyncio.gather(*enabling)
    except Exception as error:  # noqa: BLE001 - whatever it is, the fault was not survived
        outcome.failure = repr(error)
    return outcome


async def settled(home: Faulty, wanted: Seen | None = None) -> Seen:
    """Count once nothing changes any more: what is closed takes its moment. Stop early at what is wanted."""
    last: Seen = {}
    for _ in range(60):
        now = await home.count()
        kept = {key: now[key] for key in GIVEN_BACK}
        if kept == ({key: wanted[key] for key in kept} if wanted else last):
            return now
        last = kept
        await asyncio.sleep(2 * QUARTER)
    return now
