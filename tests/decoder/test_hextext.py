"""Frames as hex digits: every capture, in every way that people and gateways print hex."""

from collections.abc import Callable
import re

import pytest

from custom_components.han_port.decoder import Decoder, FrameError, Quantity, Reading, Rejected
from tests.captures import NAMES, load

from .three_ways import comparable, hear, one_by_one, readings, rejections
from .wrapping import with_checksum, with_keys

FRAMED = [name for name in NAMES if load(name)[0] in b"\x7e\x68/"]
SHORT = load("aidon_no_l1")
NEXT = load("kaifa_no_l1")
BARE = load("kamstrup_no_l1")[11:-3]


def upper(data: bytes) -> bytes:
    """Print in upper case, as one line."""
    return data.hex().upper().encode() + b"\r\n"


def wrapped(data: bytes) -> bytes:
    """Print 16 bytes to a line."""
    return re.sub(rb"(.{48})", rb"\1\r\n", data.hex(" ").encode() + b" ") + b"\n"


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "upper case": upper,
    "lower case": lambda data: data.hex().encode() + b"\n",
    "with blanks": lambda data: data.hex(" ").upper().encode() + b"\r\n",
    "without a line end": lambda data: data.hex().encode(),
    "in quotes": lambda data: b'{"data": "' + data.hex().encode() + b'", "rssi": -61}\n',
    "in a log": lambda data: b"[I][uart:1] " + data.hex(" ").encode() + b" | end\n",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_capture_is_read_as_hex(name: str, form: Callable[[bytes], bytes]) -> None:
    """Framed, encrypted, in segments, in blocks, and telegrams of P1."""
    sample = load(name)
    expected = readings(sample, decoder=with_keys())
    assert len(expected) == 1
    text = form(sample)
    assert hear(text, decoder=with_keys()) == expected
    assert hear(*one_by_one(text), decoder=with_keys()) == expected
    assert hear(text, text, text, decoder=with_keys()) == expected * 3


@pytest.mark.parametrize("name", FRAMED)
def test_what_has_a_frame_may_be_wrapped_in_lines(name: str) -> None:
    """Its length tells where it ends."""
    sample = load(name)
    text = wrapped(sample)
    assert text.count(b"\n") > 2
    expected = readings(sample, decoder=with_keys())
    assert hear(text, decoder=with_keys()) == hear(*one_by_one(text), decoder=with_keys()) == expected
    assert hear(text + text, decoder=with_keys()) == expected * 2


def test_a_message_without_a_frame_is_a_line() -> None:
    """The end of the line is as good as a pause."""
    decoder = Decoder()
    assert list(decoder.receive(upper(BARE)[:-2])) == []
    assert list(decoder.receive(b"\r")) == readings(BARE)
    assert list(decoder.receive(b"\n" + upper(b"\xe6\xe7\x00" + BARE))) == readings(BARE)


def test_hex_and_bytes_may_follow_each_other() -> None:
    """Nobody does it, and nobody has to say which of both comes."""
    line = upper(SHORT) + NEXT + upper(NEXT) + SHORT
    assert hear(line) == hear(*one_by_one(line)) == hear(SHORT + NEXT + NEXT + SHORT)


def test_a_frame_comes_out_with_its_last_digit() -> None:
    """Nobody waits for the end of the line."""
    decoder = Decoder()
    text = upper(SHORT).rstrip()
    assert list(decoder.receive(text[:-1])) == []
    assert list(decoder.receive(text[-1:])) == readings(SHORT)
    assert (decoder.pending, decoder.noise) == (0, 0)


def test_what_is_rejected_is_kept_as_it_came() -> None:
    """A damaged frame in digits; one whose content cannot be read in bytes, which it has been found to be."""
    wrong = upper(SHORT)[:70] + b"F" + upper(SHORT)[71:]
    (rejected,) = rejections(wrong + upper(NEXT))
    assert rejected.raw == wrong
    sealed = load("kaifa_at_mbus_enc")
    (rejected,) = rejections(upper(sealed))
    assert rejected.raw == sealed


@pytest.mark.parametrize(
    "text",
    [
        b"0123456789abcdef",
        b"deadbeef CAFE 2026-01-15 12:00:10 7.6.2",
        b"7E",
        b"7EA0",
        b"7e00",
        b"6810",
        b"68FAFA6853",
        b"2F",
        b"2F4B41",
        b"2F00",
        b"0F",
        b"0F00",
        b"E6E7",
        b"E6E700",
        b"E001",
        b"DB08",
        b"DB084b41",
        b"7",
        b"6",
        b"2",
        b"0",
        b"E",
        b"7E A",
        b"xyz7",
        b"rssi -61 dB",
        b"rssi -61 dBm, E6, 0F.",
    ],
)
def test_hex_that_is_no_frame_is_noise(text: bytes) -> None:
    """Noise is counted, not told. What follows it is read."""
    for chunks in ([text], one_by_one(text)):
        decoder = Decoder()
        assert hear(*chunks, decoder=decoder) == []
        assert decoder.noise == len(text)
        assert decoder.pending == 0
        assert hear(upper(SHORT), decoder=decoder) == readings(SHORT)
    assert readings(text + b"\r\n" + upper(SHORT) + upper(NEXT)) == readings(SHORT + NEXT)


@pytest.mark.parametrize("put", [b"", b"x", b"1", b"E", b"00"], ids=["lost", "x", "1", "E", "one-more"])
def test_a_wrong_digit_costs_one_frame(put: bytes) -> None:
    """At every place; no other value comes out, and both frames behind it are read."""
    text = upper(SHORT)
    good = readings(SHORT)
    for at in range(2, len(text) - 4):
        wrong = text[:at] + put + text[at + 1 :]
        line = wrong + upper(NEXT) + text
        heard = hear(line)
        found = [event for event in heard if isinstance(event, Reading)]
        assert found == ([] if wrong != text else good) + readings(NEXT + SHORT), at
        assert len(heard) - len(found) <= 1, at
        assert comparable(hear(*one_by_one(line))) == comparable(heard), at


def test_hex_that_breaks_off_costs_one_frame() -> None:
    """After any digit. Without its last flag it takes that of the next one, which is then the one that is lost."""
    text = upper(SHORT).rstrip()
    for size in range(len(text)):
        *told, first, second = hear(text[:size] + b"\r\n" + upper(NEXT) + upper(SHORT))
        read = SHORT if size == len(text) - 2 else NEXT
        assert [first, second] == readings(read + SHORT), size
        assert all(isinstance(event, Rejected) for event in told), size


def test_what_a_frame_in_hex_loses_with_its_end_is_not_read_without_it() -> None:
    """The worst case: a wrong digit, and all that could show it lost. The content looks like a line of its own."""
    framed = bytearray(load("kamstrup_no_l1"))
    framed[-50] ^= 4
    for behind in (b"", b"\r\n", b"\r\n" + upper(SHORT)):
        text = bytes(framed[:-3]).hex().encode() + behind
        assert readings(text) == readings(behind)
        assert readings(*one_by_one(text)) == readings(behind)


def test_hex_without_an_end_does_not_fill_the_memory() -> None:
    """No frame has so many bytes."""
    decoder = Decoder()
    for start in (b"7EA7FF", b"68FAFA68", b"2F4B414D350D0A0D0A", b"0F00000000000984FFFFFFFF", b"DB084B414D2D2D2D2D2D"):
        list(decoder.receive(start))
        for _ in range(50):
            list(decoder.receive(b"30" * 500))
            assert decoder.pending < 2 * 8192 + 2000
        list(decoder.end())
        assert decoder.pending == 0


def test_endless_blanks_do_not_fill_the_memory() -> None:
    """More than four of them are not between two bytes of a frame."""
    for blank in (b" ", b"\r\n"):
        decoder = Decoder()
        list(decoder.receive(b"7EA02A"))
        list(decoder.receive(blank * 30_000))
        assert decoder.pending == 0
        assert hear(upper(SHORT), decoder=decoder)[-1:] == readings(SHORT)
    text = re.sub(rb"(..)", rb"\1\r\n  ", SHORT.hex().encode())
    assert hear(text) == readings(SHORT)
    assert readings(text.replace(b"\n", b"\n ")) == []


@pytest.mark.parametrize("size", [100, 2100, 2101, 5000, 8192])
def test_a_telegram_of_any_size_is_read_as_hex(size: int) -> None:
    """Up to the longest, of which no more than 8192 bytes are looked at, its checksum included."""
    text = b"/KAM5\r\n1-0:1.7.0(0001.870*kW)\r\n0-0:96.13.0("
    telegram = with_checksum(text + b"0" * (size - len(text) - 10) + b")\r\n!")
    assert len(telegram) == size
    (reading,) = readings(upper(telegram))
    assert reading.raw == telegram
    assert hear(upper(telegram)[:190], upper(telegram)[190:]) == [reading]


def test_a_telegram_that_is_not_whole_within_what_is_looked_at_is_broken() -> None:
    """Encrypted lines say how long they are: to the last byte that is looked at, with the end behind it."""
    ident = b"/EGM5G35\r\n"
    size = 8192 - len(ident) - 6
    telegram = with_checksum(ident + b"\r\n\x00\x82" + size.to_bytes(2) + bytes(size) + b"!")
    assert telegram.index(b"!") == 8192
    (rejected,) = rejections(upper(telegram))
    assert isinstance(rejected.error, FrameError)


def test_a_message_on_a_line_of_text_ends_with_its_line() -> None:
    """A gateway's log prints words in front of it. The end of the line is as good as a pause: nothing is waited for."""
    apdu = load("kamstrup_no_l1")[11:-3]
    for words in (b"", b"got: ", b"got: it\n"):
        decoder = Decoder()
        (reading,) = decoder.receive(words + apdu.hex().encode() + b"\n")
        assert isinstance(reading, Reading)
        assert reading.values[Quantity.POWER_IMPORT] == 1230.0
