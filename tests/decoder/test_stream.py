"""Bytes in, frames out: what damage costs, and that it costs no more."""

from collections.abc import Iterator
from random import Random

import pytest

from custom_components.han_port.decoder import Decoder, FrameError, Reading, Rejected
from custom_components.han_port.decoder.framing import Frame
from custom_components.han_port.decoder.stream import MAX_REJECTED_SIZE, FrameStream
from tests.captures import load
from tests.support.frames import AIDON_1, AIDON_2
from tools.simulator.hdlc import back_to_back, frame

from .three_ways import NOISE, comparable, hear, one_by_one, readings, rejections, three_ways

NORWEGIAN = (
    "aidon_no_l1",
    "aidon_no_l2_1p",
    "aidon_no_l2_3w",
    "aidon_no_l2_4w",
    "aidon_no_l3_3w",
    "aidon_no_l3_4w",
    "embriq_no_l2",
    "kaifa_no_l1",
    "kaifa_no_l2_1p",
    "kaifa_no_l2_3p",
    "kaifa_no_l2_it",
    "kaifa_no_l3_1p",
    "kaifa_no_l3_3p",
    "kamstrup_no_l1",
    "kamstrup_no_l1_1p",
    "kamstrup_no_l2",
    "kamstrup_no_l2_1p",
)
KAIFA_1 = load("kaifa_no_l1")
KAIFA_2 = load("kaifa_no_l2_3p")
ADDRESSES = bytes.fromhex("41 0883")
HIT, NEXT, LAST = hear(AIDON_2 + KAIFA_1 + KAIFA_2)


def with_wrong_bit(data: bytes, bit: int) -> bytes:
    """Turn one bit over."""
    wrong = bytearray(data)
    wrong[bit // 8] ^= 1 << bit % 8
    return bytes(wrong)


DAMAGED = with_wrong_bit(AIDON_2, 800)


# --- good lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NORWEGIAN)
def test_every_frame_is_read_however_it_is_cut_and_whatever_is_around_it(name: str) -> None:
    """Whole, byte by byte, before and after another meter's frame, after noise."""
    (reading,) = three_ways(load(name))
    assert isinstance(reading, Reading)


def test_frames_follow_each_other_with_a_flag_each() -> None:
    """What all meters of the field do."""
    lines = [load(name) for name in NORWEGIAN]
    assert len(readings(b"".join(lines))) == 17
    assert len(readings(*one_by_one(b"".join(lines)))) == 17


def test_one_flag_may_close_a_frame_and_open_the_next() -> None:
    """The standard allows it, and some gateways save the byte."""
    shared = back_to_back([AIDON_1, AIDON_2, KAIFA_1, AIDON_1])
    assert len(shared) == 2 * 44 + 288 + 41 - 3
    assert comparable(hear(shared)) == comparable(hear(AIDON_1 + AIDON_2 + KAIFA_1 + AIDON_1))
    assert comparable(hear(*one_by_one(shared))) == comparable(hear(shared))


def test_any_number_of_flags_may_stand_between_frames() -> None:
    """They fill the time between frames on some lines."""
    flags = bytes((0x7E,))
    events = hear(9 * flags + AIDON_1 + 5 * flags + KAIFA_1 + 3 * flags)
    assert comparable(events) == comparable(hear(AIDON_1 + KAIFA_1))


def test_a_clean_line_has_no_noise() -> None:
    """The noise is shown to people who look for a fault: a frame's own closing flag is none."""
    decoder = Decoder()
    assert len(hear(AIDON_1 * 100, decoder=decoder)) == 100
    assert decoder.noise == 0


def test_a_frame_comes_out_with_its_last_byte() -> None:
    """Nobody waits for the next frame to know that this one is over: the power would be 2.5 seconds old."""
    decoder = Decoder()
    assert list(decoder.receive(AIDON_1[:-1])) == []
    assert decoder.pending == 43
    (reading,) = decoder.receive(AIDON_1[-1:])
    assert isinstance(reading, Reading)
    assert decoder.pending <= 1


def test_content_full_of_flags_and_false_starts_comes_through() -> None:
    """Length decides. The content here holds a whole other frame, and headers that claim two thousand bytes."""
    content = KAIFA_1 + bytes.fromhex("7EA7FF") + AIDON_1[:9] + b"\x7e" * 20
    stream = FrameStream()
    found = [*stream.receive(frame(content, ADDRESSES) + AIDON_1)]
    assert [one.content for one in found if isinstance(one, Frame)] == [content, AIDON_1[9:-3]]
    assert len(found) == 2


def test_other_messages_between_the_frames_are_noise() -> None:
    """Some gateways send their own status on the same line; it is counted and otherwise passed over."""
    status = b'{"id":"reader","uptime":4711,"rssi":-61}\r\n'
    clean, decoder = Decoder(), Decoder()
    events = hear(status + AIDON_1 + status + AIDON_2 + status, decoder=decoder)
    assert comparable(events) == comparable(hear(AIDON_1 + AIDON_2, decoder=clean))
    assert decoder.noise - clean.noise == 3 * len(status.rstrip())


# --- noise ---------------------------------------------------------------------------------------------------------


def test_bytes_that_never_looked_like_a_frame_are_counted_and_forgotten() -> None:
    """Noise is a figure for a diagnostics file, not a thing to keep."""
    decoder = Decoder()
    assert hear(NOISE * 50, decoder=decoder) == []
    assert decoder.noise == 50 * len(NOISE)
    assert decoder.pending == 0


def test_noise_is_counted_when_it_is_heard() -> None:
    """Not only when a frame comes: there may be none."""
    decoder = Decoder()
    list(decoder.receive(NOISE))
    assert decoder.noise == len(NOISE)


def test_a_line_that_begins_inside_a_frame_loses_that_frame_alone() -> None:
    """It always does. The rest of the frame is noise, not damage: nobody has seen its beginning."""
    for start in range(1, len(AIDON_2)):
        events = hear(AIDON_2[start:] + KAIFA_1)
        assert comparable(events) == comparable([NEXT]), start


def test_a_false_start_that_claims_much_delays_and_costs_nothing() -> None:
    """Its header is right, so it is waited for; what was swallowed meanwhile is looked at again."""
    false_start = frame(bytes(2000), ADDRESSES)[:12]
    decoder = Decoder()
    assert list(decoder.receive(false_start + AIDON_2 * 3)) == []
    events = [event for _ in range(4) for event in decoder.receive(AIDON_2)]
    assert [type(event) for event in events] == [Rejected, *[Reading] * 7]
    assert isinstance(events[0], Rejected)
    assert events[0].raw == false_start


def test_the_end_of_the_line_frees_what_a_false_start_holds() -> None:
    """A pause longer than any frame's tells that the claimed bytes will not come."""
    false_start = frame(bytes(2000), ADDRESSES)[:12]
    events = hear(false_start + AIDON_2)
    assert [type(event) for event in events] == [Rejected, Reading]
    assert comparable(events[1:]) == comparable([HIT])


# --- damage --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NORWEGIAN)
def test_a_frame_that_breaks_off_anywhere_costs_itself_alone(name: str) -> None:
    """The next begins at once, or the line pauses; neither is swallowed by the length that was claimed."""
    whole = load(name)
    for size in range(len(whole) - 1):  # without its last byte it is not damaged: the next flag closes it
        *damage, following, last = hear(whole[:size] + KAIFA_1 + KAIFA_2)
        assert comparable([following, last]) == comparable([NEXT, LAST]), size
        # A flag alone has begun nothing: what follows it is no format.
        assert [event.raw for event in damage if isinstance(event, Rejected)] == [whole[:size]] * (size > 1), size


def test_any_lost_byte_costs_one_frame() -> None:
    """And is told once. A peer lost 46 frames (two minutes) with one byte, since it trusted the length it saw."""
    for lost in range(len(AIDON_2)):
        damaged = AIDON_2[:lost] + AIDON_2[lost + 1 :]
        events = hear(damaged + KAIFA_1 + KAIFA_2)
        if lost == len(AIDON_2) - 1:
            # The next frame's opening flag closes this one: nothing is damaged.
            assert comparable(events) == comparable([HIT, NEXT, LAST])
            continue
        *damage, following, last = events
        assert comparable([following, last]) == comparable([NEXT, LAST]), lost
        # Without its flag or its format it was never the beginning of a frame, and is noise.
        assert [event.raw for event in damage if isinstance(event, Rejected)] == [damaged] * (lost > 1), lost


def test_a_flag_lost_between_two_frames_costs_nothing() -> None:
    """One of the two is enough."""
    assert comparable(hear(KAIFA_1 + AIDON_2[1:] + KAIFA_2)) == comparable([NEXT, HIT, LAST])
    assert comparable(hear(KAIFA_1[:-1] + AIDON_2 + KAIFA_2)) == comparable([NEXT, HIT, LAST])


def test_any_wrong_bit_costs_one_frame() -> None:
    """And is told once, and no value but a true one ever comes out."""
    for bit in range(8 * len(AIDON_2)):
        damaged = with_wrong_bit(AIDON_2, bit)
        *damage, following, last = hear(KAIFA_2 + damaged + KAIFA_1 + KAIFA_2)[1:]
        assert comparable([following, last]) == comparable([NEXT, LAST]), bit
        told = [event.raw for event in damage if isinstance(event, Rejected)]
        # A wrong opening flag, or a wrong frame type behind it, makes it noise.
        is_noise = bit < 8 or 12 <= bit < 16
        assert told == ([] if is_noise else [damaged]), bit
        assert len(damage) == len(told), bit


def test_a_byte_too_many_costs_one_frame() -> None:
    """What a gateway in text mode does: it puts a carriage return before each line feed."""
    for at in range(1, len(AIDON_2)):
        damaged = AIDON_2[:at] + b"\x0d" + AIDON_2[at:]
        *damage, following, last = hear(damaged + KAIFA_1 + KAIFA_2)
        assert comparable([following, last]) == comparable([NEXT, LAST]), at
        assert [event.raw for event in damage if isinstance(event, Rejected)] == [damaged] * (at > 1), at


def test_two_bytes_lost_in_an_hour_cost_two_frames_of_it() -> None:
    """In the noise of a real line the cost must not add up."""
    hour = [AIDON_2] * 360
    hour[100] = AIDON_2[:50] + AIDON_2[51:]
    hour[101] = AIDON_2[:2] + AIDON_2[3:]
    events = hear(b"".join(hour))
    assert sum(isinstance(event, Reading) for event in events) == 358
    # The two stand side by side, and no good frame between them tells them apart.
    assert [event.raw for event in events if isinstance(event, Rejected)] == [hour[100] + hour[101]]


def test_a_damaged_stretch_is_handed_out_whole() -> None:
    """So that a bug report shows all of it, and that damage is counted once for each frame it hit."""
    (rejected,) = rejections(KAIFA_1 + DAMAGED + KAIFA_1)
    assert rejected.raw == DAMAGED
    assert isinstance(rejected.error, FrameError)
    assert "FCS" in str(rejected.error)


def test_of_two_faults_of_a_damaged_stretch_the_first_is_told() -> None:
    """The others may be its consequence."""
    telegram = with_wrong_bit(load("p1_se_kam5"), 800)
    (rejected,) = rejections(DAMAGED + telegram)
    assert rejected.raw == DAMAGED + telegram
    assert "FCS" in str(rejected.error)
    (rejected,) = rejections(telegram + DAMAGED)
    assert rejected.raw == telegram + DAMAGED
    assert "P1" in str(rejected.error)


def test_noise_in_front_of_a_damaged_frame_is_not_handed_out_with_it() -> None:
    """Its beginning is known: the flag."""
    decoder = Decoder()
    (rejected,) = hear(NOISE + DAMAGED, decoder=decoder)
    assert isinstance(rejected, Rejected)
    assert rejected.raw == DAMAGED
    assert decoder.noise == len(NOISE)


def test_a_damaged_frame_is_told_when_the_next_good_one_comes() -> None:
    """Until then nobody knows where the damage ends."""
    decoder = Decoder()
    assert list(decoder.receive(DAMAGED)) == []
    assert decoder.pending == 288
    assert [type(event) for event in decoder.receive(KAIFA_1)] == [Rejected, Reading]


def test_a_frame_that_the_line_ends_in_is_told_at_the_end() -> None:
    """It will not be completed."""
    decoder = Decoder()
    assert list(decoder.receive(AIDON_2[:100])) == []
    (rejected,) = decoder.end()
    assert isinstance(rejected, Rejected)
    assert rejected.raw == AIDON_2[:100]
    assert "never came" in str(rejected.error)
    assert decoder.pending == 0


def test_a_header_that_the_line_ends_in_is_told_at_the_end() -> None:
    """Its length was already in: a frame had begun."""
    (rejected,) = rejections(AIDON_2[:5])
    assert rejected.raw == AIDON_2[:5]
    assert "header" in str(rejected.error)


def test_the_rest_of_a_frame_after_a_pause_is_noise() -> None:
    """What was given up is not put together again: nobody knows what is missing between the halves."""
    decoder = Decoder()
    events = [*decoder.receive(AIDON_2[:100]), *decoder.end(), *decoder.receive(AIDON_2[100:] + KAIFA_1)]
    assert [type(event) for event in events] == [Rejected, Reading]
    assert comparable(events[1:]) == comparable([NEXT])


def test_a_silent_line_may_end_again_and_again() -> None:
    """The pause is noticed by a timer, which knows nothing of what is open."""
    decoder = Decoder()
    assert [*decoder.end(), *decoder.end()] == []
    assert len(list(decoder.receive(AIDON_1))) == 1
    assert [*decoder.end(), *decoder.end()] == []
    assert len(list(decoder.receive(AIDON_1))) == 1


# --- long damage ---------------------------------------------------------------------------------------------------


def garbage(size: int) -> Iterator[bytes]:
    """Make a damaged frame and bytes behind it without any flag."""
    yield DAMAGED
    yield bytes(byte & 0x3F for byte in Random(7).randbytes(size - len(DAMAGED)))


def test_a_long_damaged_stretch_is_handed_out_in_a_piece_that_bounds_the_buffer() -> None:
    """Else a line at the wrong speed would fill the memory. What follows the piece is noise: no frame began in it."""
    long = b"".join(garbage(5000))
    decoder = Decoder()
    events = hear(long, decoder=decoder)
    assert comparable(events) == [(FrameError, long[:MAX_REJECTED_SIZE])]
    assert decoder.noise == len(long[MAX_REJECTED_SIZE:].translate(None, b"\r\n"))
    assert comparable(hear(long + KAIFA_1)) == [*comparable(events), NEXT]


def test_a_long_damaged_stretch_does_not_wait_for_a_good_frame() -> None:
    """There may never be one."""
    decoder = Decoder()
    (rejected,) = decoder.receive(b"".join(garbage(MAX_REJECTED_SIZE)))
    assert isinstance(rejected, Rejected)
    assert len(rejected.raw) == MAX_REJECTED_SIZE == 2048
    assert decoder.pending == 0


def test_a_second_damaged_frame_far_behind_a_first_is_told_however_the_line_is_cut() -> None:
    """How the bytes were cut must not decide what is told of them."""
    line = b"".join(garbage(5000)) + DAMAGED + KAIFA_1
    by_bytes = hear(*one_by_one(line))
    assert comparable(by_bytes) == [(FrameError, line[:MAX_REJECTED_SIZE]), (FrameError, DAMAGED), NEXT]
    assert comparable(hear(line)) == comparable(by_bytes)
