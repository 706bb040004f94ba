"""Messages in parts: segments of HDLC and M-Bus, and blocks. Whole in order, or told as lost, and never a mixture."""

from itertools import permutations

import pytest

from custom_components.han_port.decoder import DataError, Decoder, FrameError, Quantity, Reading, Rejected
from custom_components.han_port.decoder.blocks import unwrapped
from custom_components.han_port.decoder.framing import Frame, Part
from custom_components.han_port.decoder.segments import MAX_JOINED_SIZE, MAX_SECONDS_BETWEEN_PARTS, Chain
from tests.captures import load
from tools.simulator.hdlc import frame

from .three_ways import NOISE, comparable, hear, one_by_one, reading_of, readings
from .wrapping import ADDRESSES, LLC, blocks, in_blocks, in_hdlc, in_mbus

SEGMENTED = load("hdlc_segmented")
SWISS = load("lg_ch_gbt")
FRAMED = load("kamstrup_no_l1")
CONTENT = FRAMED[11:-3]
DAMAGED = bytes((*FRAMED[:50], FRAMED[50] ^ 1, *FRAMED[51:]))
FRAMED_PARTS = {
    "hdlc": in_hdlc(CONTENT, 80),
    "m-bus": in_mbus(CONTENT, 80),
    "blocks": in_blocks(CONTENT, 80),
    "swiss": [SWISS[:134], SWISS[134:261], SWISS[261:]],
}
PARTS = {**FRAMED_PARTS, "bare": blocks(CONTENT, 80)}
framed = pytest.mark.parametrize("parts", FRAMED_PARTS.values(), ids=FRAMED_PARTS)
anyhow = pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)


def check(line: list[bytes], whole: list[bytes], *, lost: bytes, good: int = 0) -> None:
    """See that of a line all these bytes are told as lost, once, and that the next messages are read.

    Before them there may be good ones.
    """
    (expected,) = readings(*whole)
    heard = hear(*line, *whole, *whole)
    assert [event for event in heard if isinstance(event, Reading)] == [expected] * (good + 2)
    told = [event for event in heard if isinstance(event, Rejected)]
    assert b"".join(event.raw for event in told) == lost
    assert all(isinstance(event.error, FrameError | DataError) for event in told)
    assert comparable(hear(*one_by_one(b"".join([*line, *whole, *whole])))) == comparable(heard)


# --- whole ---------------------------------------------------------------------------------------------------------


def test_iskraemecos_list_in_two_segments_is_read() -> None:
    """A value is cut in two by the frames."""
    reading = reading_of(SEGMENTED)
    assert reading.serial == "ISK1030700000017"
    assert {quantity.key: value for quantity, value in reading.values.items()} == {
        "power_import": 1393.0,
        "power_export": 0.0,
        "reactive_power_import": 0.0,
        "reactive_power_export": 738.0,
        "voltage_l1": 237.9,
        "voltage_l2": 237.9,
        "voltage_l3": 229.6,
        "current_l1": 1.03,
        "current_l2": 1.25,
        "current_l3": 5.97,
        "power_import_l1": 16.0,
        "power_import_l2": 51.0,
        "power_import_l3": 1325.0,
        "power_export_l1": 0.0,
        "power_export_l2": 0.0,
        "power_export_l3": 0.0,
    }
    assert reading.sent_at is not None
    assert (reading.sent_at.local.isoformat(), reading.sent_at.deviation) == ("2026-01-15T14:00:10", -60)


def test_landis_gyrs_list_in_three_blocks_is_read() -> None:
    """Only the first has an LLC header."""
    reading = reading_of(SWISS)
    assert reading.serial == "63000017"
    assert reading.values[Quantity.POWER_IMPORT] == 362.0
    assert reading.values[Quantity.ENERGY_IMPORT] == 2_302_502.0
    currents = Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3
    assert [reading.values[current] for current in currents] == [0.51, 1.05, 0.52]


@pytest.mark.parametrize("parts", list(FRAMED_PARTS.values())[:3], ids=list(FRAMED_PARTS)[:3])
def test_a_message_in_parts_says_what_it_says_in_one_frame(parts: list[bytes]) -> None:
    """However the line is cut, and whatever is around it."""
    assert len(parts) == 3
    assert [reading_of(b"".join(parts))] == readings(FRAMED)


def test_blocks_without_framing_are_read() -> None:
    """As some gateways hand them over, one by one or all at once; with a pause the header in front may be there."""
    for parts in (blocks(CONTENT, 80), blocks(CONTENT, 300), [LLC + b for b in blocks(CONTENT, 80)]):
        assert readings(*parts) == readings(b"".join(parts)) == readings(*one_by_one(b"".join(parts)))
        assert readings(*parts) == readings(FRAMED)


def test_blocks_without_framing_may_have_pauses_between_them() -> None:
    """Where the caller tells its time, a pause shorter than MAX_SECONDS_BETWEEN_PARTS does not end the message."""
    decoder = Decoder()
    events = []
    for second, block in enumerate(blocks(CONTENT, 80)):
        events += [*decoder.receive(block, second), *decoder.end(second + 0.5)]
    assert events == readings(FRAMED)


@pytest.mark.parametrize("size", [1, 16, 100])
def test_parts_of_any_size_are_joined(size: int) -> None:
    """One byte each, if need be; M-Bus numbers no more than sixteen."""
    expected = readings(FRAMED)
    assert readings(*in_hdlc(CONTENT, size)) == expected
    assert readings(*in_blocks(CONTENT, size)) == expected
    assert readings(*in_mbus(CONTENT, max(size, -(-len(CONTENT) // 16)))) == expected


# --- lost, doubled, out of order -----------------------------------------------------------------------------------


@anyhow
@pytest.mark.parametrize("lost", range(3))
def test_a_lost_part_costs_this_message_alone(parts: list[bytes], lost: int) -> None:
    """What was there is told, all of it, once."""
    line = [part for number, part in enumerate(parts) if number != lost]
    check(line, parts, lost=b"".join(line))


@anyhow
def test_parts_that_are_lost_together_are_told_together(parts: list[bytes]) -> None:
    """With the first alone, and with the first two, when the next message begins."""
    for size in (1, 2):
        (rejected, *_) = hear(*parts[:size], *parts)
        assert isinstance(rejected, Rejected)
        assert type(rejected.error) is FrameError
        assert rejected.raw == b"".join(parts[:size])
        check(parts[:size], parts, lost=b"".join(parts[:size]))


@anyhow
@pytest.mark.parametrize(("number", "good"), [(0, 1), (1, 0), (2, 1)])
def test_a_doubled_part_never_gives_a_wrong_value(parts: list[bytes], number: int, good: int) -> None:
    """A doubled first one begins anew, and a doubled last one is left over. In the middle it spoils the message."""
    line = [*parts[: number + 1], *parts[number:]]
    check(line, parts, lost=parts[number] if good else b"".join(line), good=good)


@anyhow
def test_parts_out_of_order_never_give_a_wrong_value(parts: list[bytes]) -> None:
    """In any order but the right one. HDLC numbers nothing: there the content itself has to show it."""
    for line in permutations(parts):
        if list(line) != parts:
            check(list(line), parts, lost=b"".join(line))


@anyhow
def test_a_new_beginning_in_the_middle_ends_the_old_message(parts: list[bytes]) -> None:
    """And is a good one itself."""
    check([*parts[:2], *parts], parts, lost=b"".join(parts[:2]), good=1)


@framed
def test_a_whole_message_in_the_middle_ends_the_old_one(parts: list[bytes]) -> None:
    """Parts come one right after the other, or not at all."""
    other = load("kaifa_no_l1")
    heard = hear(parts[0], other, *parts[1:], *parts)
    assert [event for event in heard if isinstance(event, Reading)] == [*readings(other), *readings(*parts)]
    assert b"".join(event.raw for event in heard if isinstance(event, Rejected)) == b"".join(parts)


@framed
@pytest.mark.parametrize("at", [1, 2])
def test_a_damaged_frame_in_between_costs_the_message(parts: list[bytes], at: int) -> None:
    """It may have been the part that is missing, and what follows it another's."""
    line = [*parts[:at], DAMAGED, *parts[at:]]
    check(line, parts, lost=b"".join(line))


@framed
def test_noise_in_between_costs_nothing(parts: list[bytes]) -> None:
    """It is no part of anything."""
    assert readings(parts[0], NOISE, parts[1], NOISE, parts[2]) == readings(*parts)


@framed
def test_a_damaged_part_costs_the_message(parts: list[bytes]) -> None:
    """Each in turn."""
    for number, part in enumerate(parts):
        wrong = bytes((*part[:-4], part[-4] ^ 1, *part[-3:]))
        line = [*parts[:number], wrong, *parts[number + 1 :]]
        check(line, parts, lost=b"".join(line))


# --- blocks that are none ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "block",
    [
        "E0 C0 0000 0000 01 0F",  # they are numbered from 1
        "E0 C0 0001 0000 02 0F",  # cut short
        "E0 C0 0001 0000 01 0F 00",  # something behind it
        "E0 C0 0001 0000 83 000001 0F",  # a length of no known form
        "E0 C0 0001",
    ],
)
def test_a_malformed_block_in_a_good_frame_is_told(block: str) -> None:
    """Its checksum is right: a bug report. What was there of another message is let go."""
    sample = frame(LLC + bytes.fromhex(block), ADDRESSES)
    (rejected,) = hear(sample)
    assert isinstance(rejected, Rejected)
    assert isinstance(rejected.error, DataError)
    assert rejected.raw == sample
    parts = in_blocks(CONTENT, 80)
    check([parts[0], sample], parts, lost=parts[0] + sample)


# --- how long to wait, and for how much ----------------------------------------------------------------------------


@anyhow
def test_a_next_part_that_does_not_come_is_given_up_after_five_seconds(parts: list[bytes]) -> None:
    """Counted from the last part that came, by the caller's clock."""
    assert MAX_SECONDS_BETWEEN_PARTS == 5.0
    decoder = Decoder()
    assert [*decoder.receive(parts[0], 100.0), *decoder.receive(b"", 104.9)] == []
    assert [*decoder.receive(parts[1], 104.9), *decoder.receive(b"", 109.8), *decoder.end(109.8)] == []
    (rejected,) = decoder.end(110.0)
    assert isinstance(rejected, Rejected)
    assert type(rejected.error) is FrameError
    assert rejected.raw == parts[0] + parts[1]
    assert [*decoder.end(200.0)] == []
    (left_over,) = decoder.receive(parts[2], 200.0)
    assert isinstance(left_over, Rejected)
    assert left_over.raw == parts[2]
    assert [*decoder.receive(b"".join(parts), 201.0)] == readings(*parts)


@anyhow
def test_a_next_part_just_in_time_is_taken_and_just_too_late_is_not(parts: list[bytes]) -> None:
    """A tenth of a second on either side."""
    for gap, kinds in ((4.9, [Reading]), (5.1, [Rejected, Rejected])):
        decoder = Decoder()
        events = [*decoder.receive(parts[0] + parts[1], 7.0), *decoder.receive(parts[2], 7.0 + gap)]
        assert [type(event) for event in events] == kinds


@anyhow
def test_the_end_of_the_line_gives_up_at_once(parts: list[bytes]) -> None:
    """Where no time is told nothing is waited for."""
    (rejected,) = hear(parts[0])
    assert isinstance(rejected, Rejected)
    assert rejected.raw == parts[0]


@framed
def test_a_part_that_the_end_of_the_line_frees_is_given_up_with_it(parts: list[bytes]) -> None:
    """A false start held it back until then."""
    false_start = frame(bytes(2000), ADDRESSES)[:12]
    first, second = hear(false_start + parts[0])
    assert isinstance(first, Rejected)
    assert isinstance(second, Rejected)
    assert (first.raw, second.raw) == (false_start, parts[0])


@pytest.mark.parametrize("wrap", [in_hdlc, in_blocks], ids=["hdlc", "blocks"])
def test_a_message_longer_than_any_is_let_go(wrap: type) -> None:
    """Else a line could fill the memory with a message that never ends. It is told once, and the next one is read."""
    parts = wrap(bytes(30_000), 2000)
    events = hear(*parts, FRAMED)
    rejected = events[0]
    assert isinstance(rejected, Rejected)
    assert "longer than any" in str(rejected.error)
    assert rejected.raw == b"".join(parts[:9])
    assert events[-1:] == readings(FRAMED)
    assert b"".join(event.raw for event in events if isinstance(event, Rejected)) == b"".join(parts)


# --- the chain by itself -------------------------------------------------------------------------------------------


def part(content: bytes, number: int | None, *, last: bool = False, trusted: bool = True) -> Frame:
    """Make a part whose bytes on the line are its content in brackets."""
    raw = b"<" + content + b">"
    return Frame(raw, content, len(raw), trusted, Part(number, last))


def test_the_longest_message_is_just_not_too_long() -> None:
    """16 kB."""
    for size, told in ((MAX_JOINED_SIZE, 0), (MAX_JOINED_SIZE + 1, 1)):
        chain = Chain()
        assert len([*chain.add(part(bytes(100), 0), 0), *chain.add(part(bytes(size - 100), 1), 0)]) == told


def test_what_was_joined_knows_all_its_bytes_and_is_no_part() -> None:
    """It is trusted if all of its parts were."""
    for trusted in (True, False):
        chain = Chain()
        assert [*chain.add(part(b"ab", 0), 0), *chain.add(part(b"c", 1, trusted=trusted), 0)] == []
        (joined,) = chain.add(part(b"de", 2, last=True), 0)
        assert joined == Frame(b"<ab><c><de>", b"abcde", 11, trusted)
        assert [*chain.expire(1e9)] == []


def test_a_part_without_a_number_follows_any_other() -> None:
    """HDLC knows the first and the last by other signs. Alone, the last one is a whole message without its header."""
    chain = Chain()
    (alone,) = chain.add(part(b"a", None, last=True), 0)
    assert alone == Frame(b"<a>", b"a", 3)
    (rejected,) = chain.add(part(b"b", None), 0)
    assert isinstance(rejected, Rejected)
    assert rejected.raw == b"<b>"


@pytest.mark.parametrize("number", [1, 2, 255, 256, 257, 65_535])
def test_blocks_are_numbered_with_two_bytes(number: int) -> None:
    """From 1 on the wire, and from 0 as parts."""
    content = b"\xe0\x80" + number.to_bytes(2) + b"\0\0\x01\x07"
    found = unwrapped(Frame(content, content, len(content)))
    assert isinstance(found, Frame)
    assert (found.content, found.part) == (b"\x07", Part(number - 1, last=True))


@pytest.mark.parametrize("control", [0x01, 0x3F, 0x40, 0x7F])
def test_the_highest_bit_alone_says_that_a_block_is_the_last(control: int) -> None:
    """Of the others, one asks for no answer and six tell the window."""
    content = bytes((0xE0, control)) + b"\0\1\0\0\x01\x07"
    found = unwrapped(Frame(content, content, len(content)))
    assert isinstance(found, Frame)
    assert found.part == Part(0, last=False)
