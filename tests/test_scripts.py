"""The commands of the README do what it says."""

import json
from pathlib import Path
import re
import subprocess

import pytest

from tests.captures import HERE, load

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str, text: str = "") -> str:
    """Run a command of `scripts/` and return what it prints."""
    done = subprocess.run(
        [ROOT / "scripts" / words[0], *words[1:]], input=text, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("way", ["hex", "file", "standard input"])
def test_decode_explains_a_frame(way: str) -> None:
    """However the bytes come: the frame, its tree and the reading."""
    name = HERE / "aidon" / "aidon_no_l2_4w.hex"
    told = {
        "hex": lambda: run("decode", load("aidon_no_l2_4w").hex(" ")),
        "file": lambda: run("decode", str(name)),
        "standard input": lambda: run("decode", text=name.read_text()),
    }[way]()
    assert "HDLC frame of 288 bytes" in told
    assert "1-0:31.7.0  current_l1" in told
    assert "READING" in told
    assert "Aidon" in told
    assert "3210 W" in told
    assert "288 bytes, of which 0 were noise" in told


def test_decode_says_what_is_wrong_with_a_frame() -> None:
    """The bytes are there to look at."""
    damaged = bytearray(load("aidon_no_l1"))
    damaged[31] ^= 1
    assert "REJECTED 44 bytes: HDLC frame checksum (FCS) is wrong" in run("decode", damaged.hex())


def test_decode_answers_line_by_line() -> None:
    """One JSON object in, one out, each with a fresh decoder."""
    requests = [
        {"id": "good", "bytes_hex": load("kaifa_no_l2_3p").hex()},
        {"id": "bad", "bytes_hex": load("kaifa_no_l2_3p").hex()[:-10]},
    ]
    good, bad = map(json.loads, run("decode", "--jsonl", text="\n".join(map(json.dumps, requests))).splitlines())
    assert good["id"] == "good"
    (reading,) = good["readings"]
    assert (reading["maker"], reading["serial"]) == ("Kaifa", "6970631400000017")
    assert reading["values"]["current_l1"] == 4.567
    assert good["rejected"] == []
    assert bad == {"id": "bad", "readings": [], "rejected": ["FrameError"]}


def test_what_people_run_is_not_among_the_tests() -> None:
    """`scripts/test` alone has to do with them."""
    commands = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "scripts").iterdir() if path.is_file()}
    assert [name for name, text in commands.items() if re.search(r"\btests[./]", text)] == ["test"]
    assert commands.keys() >= {"decode", "develop", "fuzz", "mutate", "simulate"}
