"""How fast frames become readings, beside what others have: ratios of one interleaved run.

Each contender has a process of its own, and asks take turns in random order; a frame has 256 variants with other
numbers and a right checksum. Times are CPU times. Two of the others give structure alone, without names and scales.
Then streams of ours alone: cut into pieces of several sizes, and half of it garbage; what gets lost, and what it costs
beside whole frames. Then hostile bytes: what each costs at n, 4n and 16n.
"""

import argparse
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from random import Random
from statistics import median
import subprocess
import sys
import time

from custom_components.han_port.decoder import Decoder, Reading
from tests.captures import load
from tools.simulator import hdlc
from tools.simulator.abroad import MODELS_ABROAD
from tools.simulator.household import House
from tools.simulator.lists import ListKind, Model, encode, find_model
from tools.simulator.sealing import Keys

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".peers"
CONTENDERS = {
    "han_port": "",
    "amshan": "amshan",
    "dlms_cosem": "dlms-cosem",
    "gurux_dlms": "gurux-dlms",
    "dsmr_parser": "dsmr-parser",
}
OTHERS = "".join(f"{name:>14}" for name in list(CONTENDERS)[1:]) + "   (times ours)"
"""The head of a table's columns."""
VARIANTS, START = 256, datetime(2026, 1, 15, 12, 0, 10, tzinfo=UTC)
WORKLOADS = (
    ("Aidon list 1", "Aidon", ListKind.POWER),
    ("Aidon list 2", "Aidon", ListKind.SNAPSHOT),
    ("Aidon list 3", "Aidon", ListKind.HOURLY),
    ("Kaifa list 1", "Kaifa", ListKind.POWER),
    ("Kaifa list 2", "Kaifa", ListKind.SNAPSHOT),
    ("Kaifa list 3", "Kaifa", ListKind.HOURLY),
    ("Kamstrup 10 s", "Kamstrup", ListKind.SNAPSHOT),
    ("Kamstrup hourly", "Kamstrup", ListKind.HOURLY),
    ("Kamstrup encrypted", "Kamstrup-DK", ListKind.SNAPSHOT),
    ("Aidon, Sweden", "Aidon-SE", ListKind.SNAPSHOT),
    ("P1", "P1", ListKind.SNAPSHOT),
)
STREAMS = (WORKLOADS[1], WORKLOADS[4], WORKLOADS[6], WORKLOADS[-1])
PIECES = (1, 16, 64, 512, 1 << 20)
"""Bytes."""
ADDRESSES = b"\x41\x08\x83"
NESTED = b"\xe6\xe7\x00\x0f" + bytes(5) + b"\x02\x01" * 900 + b"\x00"


def block(number: int) -> bytes:
    """Return a block of a general block transfer that is never the last, in a frame."""
    llc = b"" if number else b"\xe6\xe7\x00"
    return hdlc.frame(llc + b"\xe0\x00" + (number + 1 & 0xFFFF).to_bytes(2) + b"\0\0\x81\xf0" + bytes(240), ADDRESSES)


GOOD = load("aidon_no_l2_4w")
HOSTILE = {
    "endless 7E": lambda size, _: b"\x7e" * size,
    "endless /": lambda size, _: b"/" * size,
    "greatest length": lambda size, _: b"\x7e\xa7\xff\x41\x08\x83" * (size // 6),
    "endless address": lambda size, _: (b"\x7e\xa7\xff" + b"\x02" * 2000) * (size // 2003 + 1),
    "random": lambda size, chance: chance.randbytes(size),
    "wrong checksum": lambda size, _: (GOOD[:-3] + b"\0\0\x7e") * (size // len(GOOD) + 1),
    "endless P1 line": lambda size, _: b"/KAM5\r\n\r\n" + b"1-0:1.8.0(" * (size // 10),
    "deep nesting": lambda size, _: hdlc.frame(NESTED, ADDRESSES) * (size // len(NESTED)),
    "endless blocks": lambda size, _: b"".join(map(block, range(size // 260))),
    "endless M-Bus": lambda size, _: (b"\x68\xfa\xfa\x68\x53\xff\x00\x01\x67" + bytes(250)) * (size // 259 + 1),
}


def path_of(folder: str) -> str:
    """Return where a decoder and what it needs is; ours is ready for a clone that has nothing else."""
    return str(PEERS / folder if folder else ROOT / "custom_components" / "han_port")


class Contender:
    """A process that measures one decoder."""

    def __init__(self, name: str, folder: str, given: str) -> None:
        """Start it with what it is to read (see contender.py)."""
        self.name = name
        command = [sys.executable, str(Path(__file__).with_name("contender.py")), name]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": path_of(folder)}
        )
        self._say(given)

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _say(self, line: str) -> None:
        assert self._process.stdin
        print(line, file=self._process.stdin, flush=True)

    def measure(self, workload: str) -> float:
        """Return ns of CPU a frame; 0 if it cannot read it."""
        assert self._process.stdout
        self._say(workload)
        return float(self._process.stdout.readline() or 0)


def frames_of(model: Model, kind: ListKind) -> Iterator[str]:
    """Yield the variants of a list as hex."""
    house = House(START, net=model.net, seed=3)
    for number in range(VARIANTS):
        moment = START + timedelta(seconds=20 * number)
        yield encode(model, house.at(moment), moment, kind).hex()


def model_of(maker: str) -> Model:
    """Return the simulated meter of a maker."""
    return next((model for model in MODELS_ABROAD if model.maker.name == maker), None) or find_model(maker)


def what_is_given() -> tuple[dict[str, list[str]], str]:
    """Return the variants of each workload as hex, and the line that a contender is given."""
    frames = {name: list(frames_of(model_of(maker), kind)) for name, maker, kind in WORKLOADS}
    return frames, json.dumps({"frames": frames, "keys": [key.hex() for key in Keys()]})


def columns(ratios: Iterable[float]) -> str:
    """Return how many times ours each of the others takes, as a row of the table."""
    return "".join(f"{ratio:14.1f}" if ratio else f"{'cannot':>14}" for ratio in ratios)


def compare(rounds: int) -> float:
    """Print the table of ratios; return the worst one to any other."""
    frames, given = what_is_given()
    times: dict[tuple[str, str], list[float]] = {}
    chance = Random(1)
    with ExitStack() as stack:
        contenders = [Contender(name, folder, given) for name, folder in CONTENDERS.items()]
        for contender in contenders:
            stack.callback(contender.end)
        asks = [(contender, workload) for contender in contenders for workload in frames]
        for _ in range(rounds):
            chance.shuffle(asks)
            for contender, workload in asks:
                times.setdefault((contender.name, workload), []).append(contender.measure(workload))
    print(f"{'frame':18}{'ours, us':>10}{OTHERS}")
    worst = float("inf")
    for workload in frames:
        own, *others = (median(times[name, workload]) for name in CONTENDERS)
        assert own, f"ours cannot read {workload}"
        ratios = [other / own for other in others]
        worst = min([worst, *(ratio for ratio in ratios if ratio)])
        print(f"{workload:18}{own / 1000:10.1f}{columns(ratios)}")
    return worst


def read_through(data: bytes, size: int) -> tuple[int, float]:
    """Return how many readings a stream in pieces gave, and ns of CPU."""
    decoder, count = Decoder(), 0
    begin = time.thread_time_ns()
    for at in range(0, len(data), size):
        for event in decoder.receive(data[at : at + size]):
            count += isinstance(event, Reading)
    return count, time.thread_time_ns() - begin


def streams() -> None:
    """Print what a frame costs (us) in pieces and in garbage, and how many are lost of how many."""
    chance = Random(4)
    print(f"\n{'streams, us a frame':22}" + "".join(f"{size:>10}" for size in PIECES) + f"{'garbage':>10}{'lost':>12}")
    for name, maker, kind in STREAMS:
        frames = [bytes.fromhex(frame) for frame in frames_of(model_of(maker), kind)] * 4
        noisy = b"".join(chance.randbytes(len(frame)) + frame for frame in frames)
        counts, costs = zip(*(read_through(b"".join(frames), size) for size in PIECES), strict=True)
        found, cost = read_through(noisy, 64)
        lost = f"{len(frames) * len(PIECES) - sum(counts)}, {len(frames) - found}"
        told = "".join(f"{each / len(frames) / 1000:10.1f}" for each in (*costs, cost))
        print(f"{name:22}{told}{lost:>12}")


def hostile() -> float:
    """Print what hostile bytes cost (ns each) at three sizes, and how many are held at most; return the worst cost."""
    chance, worst = Random(2), 0.0
    print(f"\n{'hostile bytes, ns':18}{'n':>10}{'4n':>10}{'16n':>10}{'held':>10}")
    for name, make in HOSTILE.items():
        costs, held = [], 0
        for size in (20_000, 80_000, 320_000):
            data, decoder = make(size, chance), Decoder()
            begin = time.thread_time_ns()
            for at in range(0, len(data), 512):
                for _ in decoder.receive(data[at : at + 512], at / 240):
                    pass
                held = max(held, decoder.pending)
            costs.append((time.thread_time_ns() - begin) / len(data))
        worst = max(worst, *costs)
        print(f"{name:18}" + "".join(f"{cost:10.0f}" for cost in costs) + f"{held:10}")
    return worst


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how often each is asked")
    worst = compare(parser.parse_args().rounds)
    streams()
    cost = hostile()
    print(f"\nworst ratio to any other: {worst:.1f} times faster")
    print(f"worst cost of a hostile byte: {cost:.0f} ns")


if __name__ == "__main__":
    main()
