"""Messages without a frame: believed as a whole, on lines that have never shown a frame, and not otherwise."""

import pytest

from custom_components.han_port.decoder import (
    DataError,
    Decoder,
    Quantity,
    Reading,
    Rejected,
    UnknownListError,
    bare,
)
from custom_components.han_port.decoder.framing import without_llc
from custom_components.han_port.decoder.stream import FrameStream
from tests.captures import load
from tools.simulator import axdr

from .three_ways import NOISE, comparable, hear, one_by_one, readings

FRAMED = load("kamstrup_no_l1")
WITH_LLC = FRAMED[8:-3]
APDU = WITH_LLC[3:]
OTHER_LLC = b"\xe6\xe6\x00" + APDU
LIST_1 = load("kaifa_no_l1")[12:-3]


def test_the_example_of_the_module_is_read_as_it_says() -> None:
    """Its docstring explains these bytes; they must not become others than a meter sends."""
    (example,) = (line for line in (bare.__doc__ or "").splitlines() if line.startswith("    0F 40"))
    (reading,) = readings(bytes.fromhex(example))
    assert reading.values == {Quantity.POWER_IMPORT: 2148.0}


@pytest.mark.parametrize("message", [APDU, WITH_LLC, OTHER_LLC], ids=["apdu", "llc", "other-llc"])
def test_a_message_is_read_with_and_without_its_llc_header(message: bytes) -> None:
    """Some gateways take the frame off and leave the header, some take both."""
    expected = hear(FRAMED)
    assert len(expected) == 1
    assert comparable(hear(message)) == comparable(expected)
    assert comparable(hear(*one_by_one(message))) == comparable(expected)


def test_the_llc_header_is_taken_off_once() -> None:
    """And nothing else is taken for one."""
    assert without_llc(b"\xe6\xe7\x00\xe6\xe7\x00\x0f") == b"\xe6\xe7\x00\x0f"
    assert without_llc(b"\xe6\xe7\x01\x0f") == b"\xe6\xe7\x01\x0f"
    assert without_llc(b"") == b""


def test_a_message_is_believed_when_the_line_pauses() -> None:
    """Nothing says how long it is but its own grammar, so that more may follow until then."""
    decoder = Decoder()
    assert list(decoder.receive(APDU)) == []
    assert decoder.pending == len(APDU)
    (reading,) = decoder.end()
    assert isinstance(reading, Reading)
    assert reading.values[Quantity.POWER_IMPORT] == 1230.0
    assert decoder.pending == 0
    assert decoder.noise == 0


def test_messages_with_pauses_between_them_are_all_read() -> None:
    """Each begins where the last one ended."""
    decoder = Decoder()
    powers = []
    for message in (APDU, LIST_1, WITH_LLC, LIST_1):
        (reading,) = hear(message, decoder=decoder)
        assert isinstance(reading, Reading)
        powers.append(reading.values[Quantity.POWER_IMPORT])
    assert powers == [1230.0, 3059.0, 1230.0, 3059.0]


@pytest.mark.parametrize("ends", [b"", b"\n", b"\r", b"\r\n", b"\n\r\n"])
def test_line_ends_in_front_of_a_message_are_nothing(ends: bytes) -> None:
    """On a line that has shown a frame too, where a message without one begins after a pause or not at all."""
    decoder = Decoder()
    powers = [reading.values[Quantity.POWER_IMPORT] for reading in readings(load("aidon_no_l1"), decoder=decoder)]
    powers += [reading.values[Quantity.POWER_IMPORT] for reading in readings(ends + APDU, decoder=decoder)]
    assert (powers, decoder.noise) == ([2148.0, 1230.0], 0)


def test_anything_but_line_ends_in_front_of_a_message_is_noise() -> None:
    """On a line that has shown a frame the message behind it is noise as well."""
    for byte in (b"X", b" ", b"\0"):
        decoder = Decoder()
        assert len(readings(load("aidon_no_l1"), decoder=decoder)) == 1
        assert readings(byte + LIST_1, decoder=decoder) == []
        assert decoder.noise == len((byte + LIST_1).translate(None, b"\x7e\r\n"))


def test_messages_without_a_pause_between_them_are_cut_apart() -> None:
    """The next one shows where the one before has ended. The bytes that are kept of each are its own."""
    assert [reading.raw for reading in readings(APDU + WITH_LLC + APDU)] == [APDU, WITH_LLC, APDU]


def test_a_message_is_given_up_as_soon_as_what_is_behind_it_is_no_other() -> None:
    """Eleven bytes tell. Until then it may be one."""
    stream = FrameStream()
    assert list(stream.receive(APDU + b"\x0f" + bytes(4) + b"\x00" * 5)) == []
    assert len(stream) == len(APDU) + 10
    assert list(stream.receive(b"\x00")) == []
    assert len(stream) < len(APDU)


@pytest.mark.parametrize("message", [APDU, WITH_LLC, OTHER_LLC], ids=["apdu", "llc", "other-llc"])
def test_a_message_that_breaks_off_is_noise(message: bytes) -> None:
    """Nothing guards it but its grammar, and that has not come to its end."""
    for size in range(1, len(message)):
        decoder = Decoder()
        assert hear(message[:size], decoder=decoder) == [], size
        assert decoder.noise == len(message[:size].translate(None, b"\x7e\r\n"))


def test_a_message_with_anything_else_behind_it_is_noise() -> None:
    """It may be a part of something else."""
    for behind in (b"\x00", b"\x0f", APDU[:5], b"\xe6\xe7\x00", b"\xe6\xe7\x00\x0f" + bytes(4) + b"\x07", b"\x7e"):
        assert hear(APDU + behind) == [], behind.hex()


@pytest.mark.parametrize("message", [APDU, WITH_LLC, OTHER_LLC, LIST_1], ids=["apdu", "llc", "other-llc", "list-1"])
def test_a_message_ends_where_the_next_begins(message: bytes) -> None:
    """Some meters send every two seconds: there is no pause that would end it."""
    (one,) = comparable(hear(message))
    for other in (APDU, WITH_LLC, OTHER_LLC, LIST_1):
        line = message * 2 + other
        assert comparable(hear(line)) == [one, one, *comparable(hear(other))]
        assert comparable(hear(*one_by_one(line))) == comparable(hear(line))
    decoder = Decoder()
    assert comparable(decoder.receive(message + message[:11])) == [one]


def test_a_message_behind_noise_is_read_if_nothing_is_left_over_behind_it() -> None:
    """Else one lost byte would close a line without pauses for ever."""
    decoder = Decoder()
    assert comparable(hear(NOISE + APDU + APDU, decoder=decoder)) == comparable(hear(APDU)) * 2
    assert decoder.noise == len(NOISE)
    assert comparable(hear(APDU + APDU[:-1] + APDU + APDU)) == comparable(hear(APDU)) * 3


def test_after_a_pause_the_next_message_is_read_again() -> None:
    """One bad message does not close the line to the good ones."""
    decoder = Decoder()
    for bad in (NOISE, APDU + b"\x00", APDU[:50], b"\x0f", b"\xe6"):
        assert hear(bad, decoder=decoder) == []
        assert len(hear(APDU, decoder=decoder)) == 1


def test_on_a_line_with_frames_a_message_without_one_is_a_piece_of_a_damaged_frame() -> None:
    """No checksum vouches for it. A good frame has shown that this line has them."""
    for noise in (b"", NOISE):
        decoder = Decoder()
        assert len([*decoder.receive(FRAMED)]) == 1
        assert hear(noise + APDU + noise + WITH_LLC, decoder=decoder) == []


def test_a_line_may_lose_its_framing() -> None:
    """Somebody sets his gateway up anew. Behind a pause a message stands for itself."""
    decoder = Decoder()
    assert len(hear(FRAMED, decoder=decoder)) == 1
    assert comparable(hear(APDU, decoder=decoder)) == comparable(hear(APDU))
    assert comparable(hear(FRAMED, decoder=decoder)) == comparable(hear(FRAMED))


def test_what_a_frame_loses_with_its_beginning_and_its_end_is_not_read_behind_a_good_one() -> None:
    """The worst case: the content alone is left, and a bit of it is wrong."""
    wrong = bytearray(WITH_LLC)
    wrong[-50] ^= 4
    decoder = Decoder()
    (reading,) = decoder.receive(FRAMED)
    assert isinstance(reading, Reading)
    assert hear(bytes(wrong), decoder=decoder) == []


def test_the_content_of_a_frame_with_its_checksum_left_is_no_message() -> None:
    """A line that begins inside a frame, exactly behind its header, has the frame's check behind the message."""
    for start in (8, 11):
        assert comparable(hear(FRAMED[start:])) == []
        assert comparable(hear(FRAMED[start:] + FRAMED)) == comparable(hear(FRAMED))


def test_a_flag_inside_a_message_is_data() -> None:
    """As it is inside a frame."""
    message = APDU.replace(bytes.fromhex("000004CE"), bytes.fromhex("00007EA0"))
    assert message != APDU
    (reading,) = readings(*one_by_one(message))
    assert reading.values[Quantity.POWER_IMPORT] == 0x7EA0


def test_a_whole_message_that_is_nobodys_list_is_told() -> None:
    """Its grammar is right to the last byte: a bug report, not noise."""
    message = b"\x0f" + bytes(4) + b"\x00" + axdr.structure(axdr.integer(-3))
    (rejected,) = hear(message)
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, UnknownListError)
    assert rejected.raw == message


def test_a_message_longer_than_any_is_not_waited_for() -> None:
    """A start byte by chance may claim four gigabytes; the frames behind it would never come out."""
    claims_much = b"\x0f" + bytes(4) + b"\x00\x09\x84\xff\xff\xff\xff"
    frames = FRAMED * 9
    heard = list(Decoder().receive(claims_much + frames))
    assert len(frames) > 2048
    assert comparable(heard) == comparable(hear(frames))
    longest = b"\x0f" + bytes(4) + b"\x00" + axdr.octet_string(bytes(2048 - 10))
    assert [type(event) for event in hear(longest)] == [Rejected]
    assert hear(longest.replace(b"\x82\x07\xf6", b"\x82\x07\xf7") + b"\x00") == []


@pytest.mark.parametrize("llc", [b"", b"\xe6\xe7\x00"], ids=["alone", "llc"])
def test_the_longest_message_is_read_however_it_is_cut(llc: bytes) -> None:
    """Its header is not counted. What is a byte longer is given up with its byte 2048, however much has come."""
    for head, kind in ((b"\x0f" + bytes(4) + b"\x00\x09\x82", UnknownListError), (b"\xe0\x80\0\1\0\0\x82", DataError)):
        size = 2048 - len(head) - 2
        longest = llc + head + size.to_bytes(2) + bytes(size)
        for chunks in ([longest], one_by_one(longest)):
            (rejected,) = hear(*chunks)
            assert isinstance(rejected, Rejected)
            assert (type(rejected.error), rejected.raw) == (kind, longest)
        longer = llc + head + (size + 1).to_bytes(2) + bytes(size + 1)
        assert hear(longer) == hear(*one_by_one(longer)) == []
        stream = FrameStream()
        assert list(stream.receive(longer[:-2])) == []
        assert len(stream) == len(llc) + 2047
        assert list(stream.receive(longer[-2:-1])) == []
        assert len(stream) == 0


def test_a_frame_behind_a_false_start_comes_out_when_the_line_pauses() -> None:
    """At the latest: 0x0F and 0xE6 are bytes like any other."""
    for start in (b"\x0f", b"\xe6", b"\xe6\xe7", b"\xe6\xe7\x00", b"\x0f" + bytes(5) + b"\x09\x84\xff\xff\xff\xff"):
        assert comparable(hear(start + FRAMED)) == comparable(hear(FRAMED)), start.hex()


def test_a_header_that_is_cut_in_two_is_seen_as_one() -> None:
    """Behind noise as well; nothing of it is noise."""
    line = NOISE + WITH_LLC + WITH_LLC
    for at in range(len(line)):
        decoder = Decoder()
        assert len(hear(line[:at], line[at:], decoder=decoder)) == 2
        assert decoder.noise == len(NOISE), at


@pytest.mark.parametrize("name", ["aidon_no_l1", "kaifa_at_mbus_enc", "p1_se_kam5"])
@pytest.mark.parametrize("between", [b"", b"\x55", b"\x68"])
def test_a_line_that_has_shown_a_frame_of_any_kind_has_no_message_without_one(name: str, between: bytes) -> None:
    """Right behind it or later: such bytes are a piece of a frame that was damaged."""
    stream = FrameStream()
    found = [*stream.receive(load(name)), *stream.receive(between + APDU), *stream.end()]
    assert b"".join(each.raw for each in found) == load(name)
