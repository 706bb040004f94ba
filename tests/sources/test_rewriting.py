"""What a reader has done to bytes, found by undoing it."""

from datetime import UTC, datetime
import json
from pathlib import Path

import pytest

from custom_components.han_port.decoder import Moment
from custom_components.han_port.sources.feed import Feed
from custom_components.han_port.sources.rewriting import Rewriting, undone
from custom_components.han_port.sources.settings import LineSettings
from tests.captures import load

AIDON, P1 = load("aidon_no_l2_4w"), load("p1_se_kam5")
START = Moment(0.0, datetime(2026, 1, 15, tzinfo=UTC))
REPORTED = Path(__file__).parents[1] / "decoder" / "reported"


def found(data: bytes) -> Rewriting | None:
    """Return what is found in bytes of a line."""
    line = LineSettings.of({"port": "socket://127.0.0.1:1"}, {})
    return Feed(line, lambda *_: None, lambda _: None, clock=lambda: START).rewriting_of(data)


def reported(name: str) -> bytes:
    """Return the bytes of a report."""
    return bytes.fromhex(json.loads((REPORTED / f"{name}.json").read_text("utf-8"))["bytes_hex"])


@pytest.mark.parametrize(
    ("data", "rewriting"),
    [
        (reported("text_mode_behind_list1"), Rewriting.TEXT_MODE),
        (AIDON.replace(b"\n", b"\r\n"), Rewriting.TEXT_MODE),
        (P1.replace(b"\r\n", b"\n"), Rewriting.TEXT_MODE),
        (P1.replace(b"\r\n", b"\r"), Rewriting.TEXT_MODE),
        (P1.replace(b"\r\n", b"\n\r"), Rewriting.TEXT_MODE),
        (reported("7e1_as_8n1"), Rewriting.SEVEN_BITS),
        (AIDON.replace(b"\xff", b"\xff\xff"), Rewriting.TELNET),
        (AIDON.replace(b"\xff", b"\xff\xff").replace(b"AIDON", b"AIDON\xff\xf1"), Rewriting.TELNET),
        (P1[:40] + b"\xff\xfd\x01\xff\xfa\x2c\x01\x00\xff\xf0" + P1[40:], Rewriting.TELNET),
    ],
    ids=[
        "only the long lists",
        "CR LF for LF",
        "LF for CR LF",
        "CR for CR LF",
        "LF CR for CR LF",
        "parity",
        "FF twice",
        "a command",
        "options",
    ],
)
def test_what_a_reader_has_done_is_found(data: bytes, rewriting: Rewriting) -> None:
    """Once it is undone, messages are whole: no other bytes would be."""
    assert found(data) is rewriting


@pytest.mark.parametrize(
    "data",
    [
        b"",
        AIDON * 2,
        P1 * 2,
        AIDON.replace(b"\x08\x64", b"\x08\x65"),
        AIDON[:100] + AIDON,
        P1.replace(b"!1B46", b"!1B47"),
        bytes(range(256)) * 4,
        load("aidon_no_l3_4w") + load("kaifa_no_l3_1p") + load("kamstrup_no_l2_1p") + load("lg_ch_gbt"),
    ],
    ids=["nothing", "HDLC", "P1", "a wrong bit", "a piece", "a wrong checksum", "noise", "several makers"],
)
def test_nothing_is_found_where_nothing_was_done(data: bytes) -> None:
    """Damage of another kind stays damage."""
    assert found(data) is None


def test_only_what_changes_bytes_is_tried() -> None:
    """Trying means to decode them all once more."""
    assert list(undone(b"7E")) == []
    assert [rewriting for rewriting, _ in undone(b"\xff\xff")] == [Rewriting.TELNET, Rewriting.SEVEN_BITS]
