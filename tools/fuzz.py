"""Changed bytes, changed state and changed options, for as long as one likes: `scripts/fuzz --seconds 600`.

Each input is made of an earlier one. Those that reach a line or a branch of the code that none has reached before are
kept, and changed further: so the inputs find their way in. What goes wrong is printed as Python, for a test.
With `--atheris` the inputs are chosen by libFuzzer (fuzz_atheris.py).
"""

import argparse
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
import json
import math
from pathlib import Path
from random import Random
import re
import subprocess
import sys
import time
from types import CodeType
from typing import Any

from custom_components import han_port
from custom_components.han_port.analysis.fields import RuleError
from custom_components.han_port.analysis.hour import Hours
from custom_components.han_port.analysis.hourly_table import read_table
from custom_components.han_port.analysis.peaks import Peaks
from custom_components.han_port.analysis.periods import HOUR
from custom_components.han_port.analysis.presets import PRESETS
from custom_components.han_port.analysis.ratios import parse_ratio
from custom_components.han_port.analysis.rules import Rule, Series
from custom_components.han_port.decoder import Decoder, Keys, Quantity
from custom_components.han_port.meter.storage import UNREADABLE
from custom_components.han_port.sources.serial import SerialSettings
from tests.captures import NAMES, load
from tests.decoder import three_ways
from tests.decoder.three_ways import MORNING, OSLO
from tests.decoder.wrapping import KEYS, TITLE, seal, with_checksum
from tools.simulator.hdlc import frame

FOLDER = Path(han_port.__file__).parent
ADDRESSES = bytes.fromhex("41 0883")
MARKS = b"\x7e\x7d\x00\xff\x01\x02\x06\x09\x0a\x0f\x10\x12\x16\x7f\x80\x82\xa0\xe6\xdb\xe0/!()*\r\n.:"
ODD = (
    None,
    True,
    -1,
    0,
    0.5,
    1e308,
    10**18,
    -(10**18),
    "",
    "x",
    "register",
    "2026-01-15T08:15:00+00:00",
    "0001-01-01",
    [],
    {},
    [1],
)
"""What may stand where something else was."""
LONGEST = 2000
AS_JSON = 0.9
"""How often what is JSON is changed as such."""


# --- what is tried ---------------------------------------------------------------------------------------------------


def hear(data: bytes, decoder: Decoder | None = None) -> None:
    """Hear a line that then falls silent."""
    for event in three_ways.hear(data, decoder=decoder or Decoder(keys=KEYS)):
        three_ways.check(event)


def line(data: bytes) -> None:
    """Bytes, whatever they are."""
    hear(data)


def content(data: bytes) -> None:
    """The content of a frame whose checksum is right, so all of it is believed."""
    hear(frame(b"\xe6\xe7\x00" + data, ADDRESSES))


def telegram(data: bytes) -> None:
    """A P1 telegram whose checksum is right."""
    hear(with_checksum(b"/" + data.replace(b"!", b"") + b"!"))


def plaintext(data: bytes) -> None:
    """What a key has deciphered, and a tag has proved."""
    hear(frame(b"\xe6\xe7\x00" + seal(data, 7, title=TITLE), ADDRESSES))


def stored(data: bytes) -> None:
    """A store that somebody has changed, or a disk has spoilt: it is read, or it is not."""
    with suppress(ValueError):
        state = json.loads(data)
        with suppress(*UNREADABLE):
            _live_on(Hours.from_dict(state["hours"], state["finished"]))
        with suppress(*UNREADABLE):
            peaks = Peaks.at(MORNING, Series(), OSLO)
            peaks.restore(state["peaks"])
            _go_on_with(peaks)


class UnfitError(Exception):
    """What was read cannot be lived with."""


def _live_on(hours: Hours) -> None:
    """Use hours that were read: what is wrong with them must have been said by now."""
    try:
        for number in range(3):
            now = MORNING + number * HOUR
            hours.update({Quantity.ENERGY_IMPORT: 9000.0 + number, Quantity.POWER_IMPORT: 100.0}, now, now)
            for total in hours.totals.values():
                total.at(now)
        json.dumps([hours.as_dict(), hours.finished_as_list()], allow_nan=False)
    except UNREADABLE as error:
        raise UnfitError from error


def _go_on_with(peaks: Peaks) -> None:
    try:
        peaks.update_month(MORNING)
        assert all(math.isfinite(peak.weighted_kw) for peak in (*peaks.current, *peaks.previous))
        peaks.budget(MORNING, 5.0)
        json.dumps(peaks.as_dict(), allow_nan=False)
    except UNREADABLE as error:
        raise UnfitError from error


def options(data: bytes) -> None:
    """What a user may write: a tariff, a ratio, keys, a speed, an hourly table."""
    text = data.decode(errors="replace")
    with suppress(ValueError):
        rule = json.loads(data)
        with suppress(RuleError):
            assert Rule.from_dict(Rule.from_dict(rule).as_dict()) == Rule.from_dict(rule)
    with suppress(ValueError):
        assert 0 < parse_ratio(text) < math.inf
    with suppress(ValueError):
        assert len(Keys.parse(text).encryption) == 16
    with suppress(ValueError):
        SerialSettings.parse(text)
    for energy in read_table(text, OSLO)[0].values():
        assert math.isfinite(energy)


def _state() -> bytes:
    """Return a store as it is written."""
    hours, peaks = Hours(), Peaks.at(MORNING, Series(), OSLO)
    for number in range(5):
        now = MORNING.replace(hour=8 + number, second=10)
        hours.update({Quantity.ENERGY_IMPORT: 1000.0 * number, Quantity.POWER_IMPORT: 1000.0}, now, now)
    state = {"hours": hours.as_dict(), "finished": hours.finished_as_list(), "peaks": peaks.as_dict()}
    state["peaks"]["periods"] = [[int(MORNING.timestamp()), 2.5, "register"]]
    return json.dumps(state).encode()


def _contents() -> list[bytes]:
    whole = [load(name) for name in NAMES]
    return [each[12:-3] for each in whole if each[:1] == b"\x7e"] + [bytes.fromhex("0f00000000" + "0c" + "07ea010f")]


P1 = [load(name)[1:].split(b"!")[0] for name in NAMES if load(name)[:1] == b"/"]
TABLE = b"Fra;Til;KWH 60 Forbruk\n01.01.2026 00:00;01.01.2026 01:00;1,234\n2026-01-01T01:00:00+01:00,2.5\n"
TARGETS: dict[str, tuple[Callable[[bytes], None], list[bytes]]] = {
    "line": (line, [load(name) for name in NAMES]),
    "content": (content, _contents()),
    "telegram": (telegram, P1),
    "plaintext": (plaintext, _contents() + P1),
    "stored": (stored, [_state()]),
    "options": (
        options,
        [json.dumps(each.as_dict()).encode() for each in PRESETS.values()] + [b"100:5", TABLE, b"00" * 16],
    ),
}


# --- how it is tried -------------------------------------------------------------------------------------------------


class Reached:
    """Which places of the integration have been reached. A place tells of itself once, so watching costs nothing."""

    def __init__(self) -> None:
        """Begin to watch."""
        self.new = self.places = 0
        monitoring = sys.monitoring
        monitoring.use_tool_id(monitoring.COVERAGE_ID, "fuzz")
        events = monitoring.events
        for event in (events.LINE, events.BRANCH_LEFT, events.BRANCH_RIGHT):
            monitoring.register_callback(monitoring.COVERAGE_ID, event, self._tell)
        monitoring.set_events(monitoring.COVERAGE_ID, events.LINE | events.BRANCH_LEFT | events.BRANCH_RIGHT)

    def _tell(self, code: CodeType, *_where: int) -> object:
        if code.co_filename.startswith(str(FOLDER)):
            self.new += 1
            self.places += 1
        return sys.monitoring.DISABLE


def changed(chance: Random, data: bytes, other: bytes) -> bytes:
    """Return bytes with some changes, mostly few."""
    made = bytearray(data)
    for _ in range(1 + int(chance.expovariate(0.7))):
        at = chance.randrange(len(made) + 1)
        match chance.randrange(8):
            case 0 if at < len(made):
                made[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(made):
                made[at] = chance.choice(MARKS)
            case 2 if at < len(made):
                made[at] = (made[at] + chance.choice((-1, 1, 16, -16))) % 256
            case 3:
                made[at:at] = chance.randbytes(chance.randrange(1, 5))
            case 4:
                del made[at : at + chance.randrange(1, 9)]
            case 5:
                start = chance.randrange(len(other) + 1)
                made[at:at] = other[start : start + chance.randrange(1, 60)]
            case 6:
                size = chance.randrange(1, 40)
                made[at:at] = made[at : at + size] * chance.randrange(1, 4)
            case _:
                made[at : at + 1] = bytes((chance.choice(MARKS),))
    return bytes(made[:LONGEST])


def changed_json(chance: Random, data: bytes) -> bytes:
    """Return JSON with something odd in one or two places, or without something; data that are none are returned."""
    try:
        whole = [json.loads(data)]
    except ValueError:
        return data
    for _ in range(chance.randrange(1, 3)):
        places = list(_places(whole))
        holder, key = chance.choice(places)
        if chance.random() < 0.2:
            del holder[key]
        else:
            odd = (*ODD, chance.uniform(-1e6, 1e6), *(other[place] for other, place in chance.choices(places, k=2)))
            holder[key] = json.loads(json.dumps(chance.choice(odd)))
        if not whole:
            return b"null"
    return json.dumps(whole[0]).encode()[: 10 * LONGEST]


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a tree: what holds it, and under which key or index."""
    keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from _places(node[key])


class Findings:
    """What goes wrong with one target; in the same place it is told once."""

    def __init__(self, name: str) -> None:
        """Begin with nothing."""
        self._name = name
        self._places = set[str]()

    def of(self, target: Callable[[bytes], None], data: bytes) -> str:
        """Try an input; return what went wrong, as Python, if that is new."""
        try:
            target(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            where = error.__traceback__
            while where and where.tb_next:
                where = where.tb_next
            place = f"{error!r:.80} {where and where.tb_frame.f_code.co_name}"
            if place not in self._places:
                self._places.add(place)
                return f"{self._name}({data!r})  # {error!r}"
        return ""


@dataclass(frozen=True)
class Result:
    """What came of one target."""

    name: str
    inputs: int
    kept: int
    places: int
    found: list[str]


def run(name: str, seconds: float, seed: int) -> Result:
    """Try inputs on a target for some seconds."""
    target, seeds = TARGETS[name]
    chance, reached = Random(f"{name} {seed}"), Reached()
    kept, findings, found, inputs = list(seeds), Findings(name), list[str](), 0
    end = time.monotonic() + seconds
    for data in _inputs(chance, kept):
        reached.new = 0
        if told := findings.of(target, data):
            found.append(told)
        inputs += 1
        if reached.new and inputs > len(seeds):
            kept.append(data)
        if not inputs % 256 and time.monotonic() >= end:
            break
    return Result(name, inputs, len(kept) - len(seeds), reached.places, found)


def run_atheris(name: str, seconds: float, seed: int) -> Result:
    """Let Atheris do the same. That it ends otherwise than it should is a finding too, such as an endless loop."""
    command = [sys.executable, "-m", "tools.fuzz_atheris", name, str(math.ceil(seconds)), str(seed % 2**31)]
    done = subprocess.run(command, cwd=FOLDER.parents[1], capture_output=True, text=True, check=False)
    inputs, kept, places = (
        int((re.findall(pattern, done.stderr) or [0])[-1])
        for pattern in (r"number_of_executed_units: (\d+)", r"new_units_added: +(\d+)", r"cov: (\d+)")
    )
    found = done.stdout.splitlines()
    if done.returncode:
        found.append(f"ended with {done.returncode}: {done.stderr[-1000:]}")
    return Result(name, inputs, kept, places, found)


def _inputs(chance: Random, kept: list[bytes]) -> Iterator[bytes]:
    """Yield what there is, and then for ever what can be made of it; what was kept last is likelier."""
    yield from tuple(kept)
    while True:
        newest = chance.random() < 0.5
        data = kept[-1 - int(chance.expovariate(0.1)) % len(kept)] if newest else chance.choice(kept)
        if data[:1] == b"{" and chance.random() < AS_JSON:
            yield changed_json(chance, data)
        else:
            yield changed(chance, data, chance.choice(kept))


def main() -> int:
    """Try all targets, or one; return how many found something."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long each target is tried")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same one tries the same inputs")
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help=f"some of: {', '.join(TARGETS)}")
    parser.add_argument("--atheris", action="store_true", help="let it choose the inputs (.peers/atheris)")
    asked = parser.parse_args()
    work = run_atheris if asked.atheris else run
    with ProcessPoolExecutor(max_tasks_per_child=1) as pool:
        pending = [pool.submit(work, name, asked.seconds, asked.seed) for name in asked.targets]
        results = [each.result() for each in pending]
    for each in results:
        print(f"{each.name:10}{each.inputs:12} inputs {each.kept:6} kept {each.places:6} places reached")
        for finding in each.found:
            print(f"    {finding}")
    wrong = sum(len(each.found) for each in results)
    print(f"{sum(each.inputs for each in results)} inputs, seed {asked.seed}: {wrong} findings")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
