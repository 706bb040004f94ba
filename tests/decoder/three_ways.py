"""Every sample is heard in several ways, and must say the same in each: cutting and neighbours change nothing."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
import math
from zoneinfo import ZoneInfo

from custom_components.han_port.decoder import DecodeError, Decoder, Quantity, Reading, Rejected
from tests.captures import load

type Event = Reading | Rejected

OSLO = ZoneInfo("Europe/Oslo")
MORNING = datetime(2026, 1, 15, 8, tzinfo=UTC)

NOISE = b"\x00\xff\x55 no frame \x13\x37\xa0"
"""No flag is in it, and it does not begin like a message without a frame."""
NEIGHBOUR = load("kaifa_no_l1")
"""A good frame that has nothing to do with the sample."""


def comparable(events: Iterable[Event]) -> list[object]:
    """Return events so that equal ones are equal: errors are compared by their kind and bytes, readings by value."""
    return [(type(event.error), event.raw) if isinstance(event, Rejected) else event for event in events]


def check(event: Event) -> None:
    """See that an event is one of the two kinds, and sound in itself."""
    if isinstance(event, Rejected):
        assert isinstance(event.error, DecodeError)
        assert event.raw
        assert str(event.error)
        return
    assert isinstance(event, Reading)
    assert event.values
    for quantity, value in event.values.items():
        assert isinstance(quantity, Quantity)
        assert type(value) is float
        assert math.isfinite(value)
        assert quantity.unit.minimum <= value <= quantity.unit.maximum
    assert all(text is None or (isinstance(text, str) and text) for text in (event.list_id, event.model, event.serial))
    if event.sent_at:
        event.sent_at.moment(MORNING, OSLO)


def one_by_one(data: bytes) -> list[bytes]:
    """Cut into single bytes."""
    return [data[at : at + 1] for at in range(len(data))]


def hear(*chunks: bytes, decoder: Decoder | None = None) -> list[Event]:
    """Return all that a decoder, a fresh one if none is given, makes of a line that then falls silent."""
    decoder = decoder or Decoder()
    events = [event for chunk in chunks for event in decoder.receive(chunk)]
    return [*events, *decoder.end()]


def readings(*chunks: bytes, decoder: Decoder | None = None) -> list[Reading]:
    """Return the readings alone."""
    return [event for event in hear(*chunks, decoder=decoder) if isinstance(event, Reading)]


def rejections(*chunks: bytes, decoder: Decoder | None = None) -> list[Rejected]:
    """Return what was rejected alone."""
    return [event for event in hear(*chunks, decoder=decoder) if isinstance(event, Rejected)]


def three_ways(sample: bytes, make: Callable[[], Decoder] = Decoder) -> list[Event]:
    """Return what a framed sample says: whole, byte by byte, before and after other frames, and after noise.

    `make` makes the decoders: one with keys for what is encrypted.
    """
    whole = hear(sample, decoder=make())
    (neighbour,) = hear(NEIGHBOUR)
    ways = {
        "byte by byte": (hear(*one_by_one(sample), decoder=make()), whole),
        "with a tail": (hear(sample + NEIGHBOUR, decoder=make()), [*whole, neighbour]),
        "with a head": (hear(NEIGHBOUR + sample, decoder=make()), [neighbour, *whole]),
        "after noise": (hear(NOISE + sample, decoder=make()), whole),
    }
    for way, (heard, expected) in ways.items():
        assert comparable(heard) == comparable(expected), way
    return whole


def reading_of(sample: bytes, make: Callable[[], Decoder] = Decoder) -> Reading:
    """Return the one reading that a framed sample says in all ways."""
    (reading,) = three_ways(sample, make)
    assert isinstance(reading, Reading), reading
    return reading


def error_of(sample: bytes, make: Callable[[], Decoder] = Decoder) -> Exception:
    """Return the one error that a framed sample leads to in all ways."""
    (rejected,) = three_ways(sample, make)
    assert isinstance(rejected, Rejected), rejected
    return rejected.error
