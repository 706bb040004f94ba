"""What comes down real lines, in order: noise, lost bytes, shared flags, flags inside data, broken frames."""

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.han_port.decoder import Decoder, FrameError, Keys, MissingKeyError, Reading, Rejected
from tests.decoder.three_ways import Event, comparable, hear

from . import CORPUS, MISSING
from .telegrams import quantity_of

ABOUT: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((CORPUS / "streams").glob("*.json"))
}
NORWEGIAN = [name for name, about in ABOUT.items() if about["framing"] == "hdlc" and about["country"] == "NO"]
SEALED = [name for name, about in ABOUT.items() if about["framing"] in ("glo-p1", "mbus") and not about.get("key")]
READABLE = [name for name in ABOUT if name not in SEALED]
pytestmark = pytest.mark.skipif(not ABOUT, reason=MISSING)


def line(name: str) -> bytes:
    """Return the bytes of a stream."""
    return Path(CORPUS, "streams", f"{name}.bin").read_bytes()


def decoder_for(name: str) -> Decoder:
    """Return a decoder with the keys of a stream, if it has such."""
    about = ABOUT[name]
    return Decoder(keys=Keys.parse(about["key"], about.get("auth_key")) if about.get("key") else None)


def readings(events: list[Event]) -> list[Reading]:
    """Return the readings alone."""
    return [event for event in events if isinstance(event, Reading)]


@pytest.mark.parametrize("name", READABLE or ["missing"])
def test_every_telegram_of_a_line_is_read_in_order(name: str) -> None:
    """All that are whole, with the values that each is known to carry, and not one more."""
    about = ABOUT[name]
    found = readings(hear(line(name), decoder=decoder_for(name)))
    assert len(found) == about["valid_telegrams"] == len(about["telegrams"])
    for number, (reading, telegram) in enumerate(zip(found, about["telegrams"], strict=True)):
        for key, expected in telegram.items():
            if known := quantity_of(key):
                quantity, factor = known
                assert reading.values[quantity] == pytest.approx(expected * factor, rel=1e-9), (number, key)
        if "meter_timestamp" in telegram:
            assert reading.sent_at is not None
            assert reading.sent_at.local.isoformat() == telegram["meter_timestamp"][:19], number


@pytest.mark.parametrize("name", READABLE or ["missing"])
def test_a_line_cut_anywhere_says_the_same(name: str) -> None:
    """In slices of a serial port at 2400 baud, and in a gateway's."""
    data, expected = line(name), comparable(hear(line(name), decoder=decoder_for(name)))
    for size in (1, 24, 1000):
        chunks = [data[at : at + size] for at in range(0, len(data), size)]
        assert comparable(hear(*chunks, decoder=decoder_for(name))) == expected, size


@pytest.mark.parametrize("name", [n for n in NORWEGIAN if not n.startswith("noise-")] or ["missing"])
def test_every_damaged_frame_is_told_once_and_no_sound_one_is(name: str) -> None:
    """People look at that number. A frame that the line ends in is damaged; one that it begins in is noise."""
    about = ABOUT[name]
    data = line(name)
    rest = data[about["frames"][-1]["end"] :]
    told = [event for event in hear(data) if isinstance(event, Rejected)]
    assert len(told) == (about["damaged_frames_inside"] or rest.startswith(b"\x7e"))
    assert {type(event.error) for event in told} <= {FrameError}


@pytest.mark.parametrize("name", SEALED or ["missing"])
def test_an_encrypted_line_without_a_key_says_so_with_each_message(name: str) -> None:
    """Each is whole, so that nothing is wrong but the key."""
    errors = [type(event.error) for event in hear(line(name)) if isinstance(event, Rejected)]
    assert errors == [MissingKeyError] * ABOUT[name]["valid_telegrams"]
    assert readings(hear(line(name))) == []


def test_the_streams_are_whole() -> None:
    """An empty folder would prove everything."""
    assert len(NORWEGIAN) >= 9
    assert sum(ABOUT[name]["valid_telegrams"] for name in NORWEGIAN) > 1000
