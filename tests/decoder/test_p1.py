"""P1 telegrams: the reader's contract, the checksum, lines, numbers, clocks, and who may leave the checksum out."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
import json
from time import thread_time_ns
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.han_port.decoder import DataError, FrameError, p1, p1_frame
from custom_components.han_port.decoder.clock import Dialect, MeterClock
from custom_components.han_port.decoder.framing import Frame, NotAFrame
from custom_components.han_port.decoder.p1 import Line, Telegram, clock_of, parse, scaled
from custom_components.han_port.decoder.telegrams import is_trusted
from tests.captures import load
from tests.conformance import CORPUS, MISSING, UNREAD
from tools.simulator.hdlc import checksum as x25
from tools.simulator.sealing import crc_16_arc

from .three_ways import one_by_one, three_ways

KAM = load("p1_se_kam5")
LGF = load("p1_se_e360")
TEXT = KAM[: KAM.index(b"!") + 1]
NES = "NES5:83335-3E"
SLOVENIAN = r"ISK9\2M551T-200"


def telegram(*lines: str, ident: str = "KAM5") -> bytes:
    """Write a telegram with a right checksum."""
    text = "\r\n".join([f"/{ident}", "", *lines, "!"]).encode("latin-1")
    return text + f"{crc_16_arc(text):04X}\r\n".encode()


def lines_of(*lines: str, ident: str = "KAM5") -> Telegram:
    """Return what such a telegram says."""
    found = p1_frame.read(bytearray(telegram(*lines, ident=ident)), 0, ended=False)
    assert found is not None
    return parse(found.content)


HEADS = (b"/", b"\xb9")


def cut(*chunks: bytes) -> Iterator[Frame | str]:
    """Yield what comes down a line that then ends: the reader's contract and the rule "drop one byte", no more."""
    buffer, at = bytearray(), 0
    for chunk in (*chunks, None):
        buffer += chunk or b""
        while (at := min((place for each in HEADS if (place := buffer.find(each, at)) >= 0), default=-1)) >= 0:
            try:
                frame = p1_frame.read(buffer, at, ended=chunk is None)
            except NotAFrame:
                at += 1
            except FrameError as fault:
                yield str(fault)
                at += 1
            else:
                if frame is None:
                    break
                yield frame
                at += frame.size
        at = len(buffer) if at < 0 else at


def frames(*chunks: bytes) -> list[bytes]:
    """Return the bytes of the frames alone."""
    return [event.raw for event in cut(*chunks) if isinstance(event, Frame)]


# --- the checksum --------------------------------------------------------------------------------------------------


def test_the_checksum_is_that_of_the_catalogue() -> None:
    """The check value of CRC-16/ARC over "123456789" is 0xBB3D."""
    assert crc_16_arc(b"123456789") == 0xBB3D
    assert p1_frame.arc_is_right(b"123456789\x3d\xbb")
    assert not p1_frame.arc_is_right(b"123456789\xbb\x3d")
    assert p1_frame.arc_is_right(b"")


@given(st.binary(max_size=1200), st.integers(0, 0xFFFF))
def test_the_fast_checksum_agrees_with_the_definition(data: bytes, other: int) -> None:
    """It asks whether a polynomial divides another, thousands of bits at a time, which must not show."""
    check = crc_16_arc(data)
    assert p1_frame.arc_is_right(data + check.to_bytes(2, "little"))
    assert p1_frame.arc_is_right(data + other.to_bytes(2, "little")) is (other == check)


def test_the_fast_checksum_knows_every_remainder() -> None:
    """Of all that may stand behind one telegram, one is right."""
    right = [check for check in range(0x10000) if p1_frame.arc_is_right(TEXT[:40] + check.to_bytes(2, "little"))]
    assert right == [crc_16_arc(TEXT[:40])]


def test_the_fast_checksum_holds_for_the_longest_telegram() -> None:
    """Its folds are of fixed sizes, and the largest is done more than once."""
    for size in (900, 2000, 8191, 8192):
        data = bytes(value * value % 251 for value in range(size))
        check = crc_16_arc(data).to_bytes(2, "little")
        assert p1_frame.arc_is_right(data + check)
        assert not p1_frame.arc_is_right(bytes((data[0] ^ 3,)) + data[1:] + check)


# --- the contract --------------------------------------------------------------------------------------------------


def test_a_telegram_comes_out_with_its_bytes_its_content_and_its_size() -> None:
    """The content is what the checksum is over."""
    found = p1_frame.read(bytearray(b"noise" + KAM + b"behind"), 5, ended=False)
    assert found == Frame(KAM, TEXT, 700, trusted=True)


@pytest.mark.parametrize("sample", [KAM, LGF], ids=["kam", "lgf"])
def test_a_telegram_is_the_same_however_it_is_cut(sample: bytes) -> None:
    """Whole, byte by byte, before and after another one, and after noise that holds a false start."""
    for chunks in ([sample], one_by_one(sample), [b"\x00/\xff/ab/abc\x00" + sample]):
        (frame,) = cut(*chunks)
        assert isinstance(frame, Frame)
        assert (frame.raw, frame.trusted) == (sample, True)
    assert frames(KAM + sample + LGF) == frames(*one_by_one(KAM + sample + LGF)) == [KAM, sample, LGF]


@pytest.mark.parametrize("sample", [KAM, LGF], ids=["kam", "lgf"])
def test_a_telegram_is_the_same_among_others_on_one_line(sample: bytes) -> None:
    """Through the whole decoder, beside frames of HDLC."""
    assert len(three_ways(sample)) == 1


def test_every_beginning_of_a_telegram_asks_for_more() -> None:
    """From "/" alone to the carriage return at its end."""
    for size in range(1, len(KAM)):
        assert p1_frame.read(bytearray(KAM[:size]), 0, ended=False) is None, size


def test_a_beginning_that_will_not_be_completed_is_broken() -> None:
    """As long as the first line is open, it was not even the beginning of one."""
    for size in range(1, len(KAM) - 2):
        expected = NotAFrame if size < 7 else FrameError
        with pytest.raises(expected):
            p1_frame.read(bytearray(KAM[:size]), 0, ended=True)


def test_the_last_line_end_may_be_missing_where_the_line_has_ended() -> None:
    """Gateways that send one telegram a message strip it. All that the checksum is over is there."""
    for whole in (KAM, KAM[:-1], KAM[:-2]):
        found = p1_frame.read(bytearray(whole), 0, ended=True)
        assert found == Frame(whole, TEXT, len(whole), trusted=True)


@pytest.mark.parametrize("closing", [b"!", b"!\r"])
def test_without_a_checksum_the_last_line_end_must_be_there(closing: bytes) -> None:
    """Else it might be a checksum that was cut off."""
    with pytest.raises(FrameError, match="never came"):
        p1_frame.read(bytearray(TEXT[:-1] + closing), 0, ended=True)


def test_a_telegram_without_a_checksum_says_so() -> None:
    """Whether it is believed depends on whose it is."""
    found = p1_frame.read(bytearray(TEXT + b"\r\n"), 0, ended=False)
    assert found == Frame(TEXT + b"\r\n", TEXT, len(TEXT) + 2, trusted=False)


def test_a_telegram_may_say_nothing() -> None:
    """Not even the empty line behind its identification: then the "!" ends that one's own line."""
    text = b"/KAM5\r\n!"
    whole = text + f"{crc_16_arc(text):04X}\r\n".encode()
    assert p1_frame.read(bytearray(whole), 0, ended=False) == Frame(whole, text, len(whole), trusted=True)


def test_the_first_line_that_begins_with_an_exclamation_mark_is_the_last() -> None:
    """What follows may be the end of a telegram whose beginning was lost."""
    assert frames(KAM + KAM[-30:]) == frames(*one_by_one(KAM + KAM[-30:])) == [KAM]


def test_lines_may_end_with_a_line_feed_alone() -> None:
    """Gateways that handle text rewrite the ends: then the checksum, over the bytes as sent, is wrong and says so."""
    text = TEXT.replace(b"\r", b"")
    with pytest.raises(FrameError, match="CRC"):
        p1_frame.read(bytearray(text + b"1B46\n"), 0, ended=False)
    whole = text + f"{crc_16_arc(text):04X}\n".encode()
    assert p1_frame.read(bytearray(whole), 0, ended=False) == Frame(whole, text, len(whole), trusted=True)
    assert parse(text) == parse(TEXT)


def test_a_checksum_may_be_in_lower_case() -> None:
    """It is a number."""
    whole = TEXT + b"1b46\r\n"
    assert p1_frame.read(bytearray(whole), 0, ended=False) == Frame(whole, TEXT, 700, trusted=True)


def test_a_checksum_may_lack_its_zeros() -> None:
    """A heat network's gateway prints 0B9F as B9F: all sixteen bits agree."""
    for number in range(100_000):
        text = f"/ABC5\r\n\r\n0-0:96.1.0({number})\r\n!".encode()
        if crc_16_arc(text) < 0x1000:
            break
    check = crc_16_arc(text)
    for digits in (f"{check:X}", f"{check:04x}"):
        found = p1_frame.read(bytearray(text + digits.encode() + b"\r\n"), 0, ended=False)
        assert found is not None
        assert found.trusted


@pytest.mark.parametrize("digits", [b"1", b"1B", b"1B4", b"B46", b"01B", b"046"])
@pytest.mark.parametrize("ended", [False, True])
def test_a_checksum_that_is_cut_short_is_wrong(digits: bytes, ended: bool) -> None:
    """A peer looked at checksums of four digits only, and took all others for none."""
    with pytest.raises(FrameError, match="CRC"):
        p1_frame.read(bytearray(TEXT + digits + b"\r\n"), 0, ended)


def test_zeros_in_front_are_all_there_or_none() -> None:
    """The checksum of this one is 00xx. Three digits of it are four that lost one."""
    texts = (f"/ABC5\r\n\r\n0-0:96.1.0({number})\r\n!".encode() for number in range(100_000))
    text = next(text for text in texts if 0x10 <= crc_16_arc(text) < 0x100)
    with pytest.raises(FrameError, match="CRC"):
        p1_frame.read(bytearray(text + f"{crc_16_arc(text):03X}\r\n".encode()), 0, ended=False)


@pytest.mark.parametrize("closing", [b"1B467\r\n", b"1B46 \r\n", b"1B46\r/", b"1B46\x00\n", b"G\r\n", b"\x00"])
def test_behind_the_checksum_the_line_ends(closing: bytes) -> None:
    """Anything else means that bytes were lost or added."""
    with pytest.raises(FrameError, match="last line"):
        p1_frame.read(bytearray(TEXT + closing), 0, ended=False)


# --- false starts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"//", b"/1", b"/K\x00", b"/KA5", b"/KA\xcd", b"/KAM\x00", b"/KAM5\xb5", b"/KAM5(", b"/KAM5\rx", b"/KAM5!"]
)
def test_a_slash_in_front_of_anything_but_an_identification_is_no_telegram(data: bytes) -> None:
    """Three letters, then text without brackets to the end of the line. One byte is enough to see that it is not."""
    assert p1_frame.read(bytearray(data[:-1]), 0, ended=False) is None
    with pytest.raises(NotAFrame):
        p1_frame.read(bytearray(data), 0, ended=False)


def test_an_identification_that_does_not_end_is_none() -> None:
    """The longest that is known has 22 bytes."""
    assert p1_frame.read(bytearray(b"/KAM" + b"5" * 95), 0, ended=False) is None
    for behind in (b"5", b"\n", b"\r\n"):
        with pytest.raises(NotAFrame):
            p1_frame.read(bytearray(b"/KAM" + b"5" * 95 + behind), 0, ended=False)
    longest = b"/KAM" + b"5" * 94 + b"\r\n"
    assert len(longest) == p1_frame.MAX_IDENT_SIZE
    with pytest.raises(FrameError):
        p1_frame.read(bytearray(longest), 0, ended=True)


@pytest.mark.parametrize(
    "ident",
    ["KAM5", "ADN9 6534", "LGF5E360", r"ELL5\253833635_A", NES, "KFM5KAIFA-METER", "NWA-WARMTELINK", "ISk5\x02MIE5T"],
)
def test_every_identification_of_the_field_is_one(ident: str) -> None:
    """Small letters, a blank, a backslash, a colon; and one meter's byte 2, which its checksum is over."""
    assert lines_of(ident=ident).ident == ident


# --- damage --------------------------------------------------------------------------------------------------------


def test_no_wrong_bit_passes() -> None:
    """But the case of a digit, of which the content knows nothing, and the "/", without which it is no telegram."""
    for bit in range(8, 8 * len(KAM)):
        wrong = bytearray(KAM)
        wrong[bit // 8] ^= 1 << bit % 8
        for event in cut(bytes(wrong)):
            if isinstance(event, Frame) and event.trusted:
                assert event.content == TEXT, bit
                assert bytes(wrong).upper() == KAM.upper() or bit // 8 == len(KAM) - 2, bit


def test_a_telegram_that_lost_its_first_byte_costs_no_other() -> None:
    """Serial adapters lose it when they wake up."""
    assert frames(KAM[1:] + LGF) == frames(*one_by_one(KAM[1:] + LGF)) == [LGF]


def test_between_telegrams_there_may_be_anything() -> None:
    """NUL bytes are seen on real lines."""
    assert frames(KAM + bytes(2) + LGF + b"\xff\x7e~/" + KAM) == [KAM, LGF, KAM]


def test_a_telegram_that_breaks_off_costs_no_other() -> None:
    """Wherever it does, except in its first line's end, which then is the other one's noise."""
    for size in range(1, len(KAM)):
        assert frames(KAM[:size] + LGF)[-1:] == [LGF], size
        assert len(frames(KAM[:size] + LGF)) == 1, size
    for size in (8, 30, 200, 690):
        events = list(cut(KAM[:size] + LGF))
        assert [isinstance(event, Frame) for event in events] == [False, True]
        assert "broken off" in str(events[0])


def test_a_telegram_that_breaks_off_is_seen_as_soon_as_the_next_one_has_begun() -> None:
    """Not when that one ends."""
    assert p1_frame.read(bytearray(KAM[:200] + LGF[:10]), 0, ended=False) is None
    with pytest.raises(FrameError, match="broken off"):
        p1_frame.read(bytearray(KAM[:200] + LGF[:11]), 0, ended=False)


def test_a_slash_in_a_value_is_a_value() -> None:
    """It is not the beginning of anything: a bracket closes before the line ends."""
    read = lines_of("0-0:96.13.0(see /ABC5 or //abc.de/x)", "0-0:96.13.1(/ABC5)")
    assert [line.values[0] for line in read.lines] == ["see /ABC5 or //abc.de/x", "/ABC5"]


def test_an_exclamation_mark_ends_a_telegram_only_at_the_beginning_of_a_line() -> None:
    """Elsewhere it is text."""
    assert lines_of("0-0:96.13.0(Hei!)").lines[0].values == ("Hei!",)


@pytest.mark.parametrize("at", [9, 300, 690])
def test_seven_bits_and_parity_read_as_eight_bits_are_told(at: int) -> None:
    """The Slovenian meter sends 7E1. Whoever reads the error knows what to set."""
    wrong = bytearray(KAM)
    wrong[at] |= 0x80
    with pytest.raises(FrameError, match="parity"):
        p1_frame.read(wrong, 0, ended=False)


@pytest.mark.parametrize("at", [9, 303, 310])
def test_a_byte_above_127_outside_of_brackets_is_told_at_once(at: int) -> None:
    """In brackets it may be a letter, so there the checksum decides."""
    assert KAM[290:303] == b"(0000.640*kW)"
    begun = bytearray(KAM[: at + 1])
    begun[at] |= 0x80
    with pytest.raises(FrameError, match="parity"):
        p1_frame.read(begun, 0, ended=False)
    begun[at] &= 0x7F
    begun[9:9] = "1-0:96.13.0(Sk\xe5ne)".encode("latin-1")
    assert p1_frame.read(begun, 0, ended=False) is None


@pytest.mark.parametrize("text", ["Sk\xe5ne", "\xff" * 1024, "Sk\xe5ne\xff\xff", "\x80"])
def test_a_text_in_brackets_may_have_letters_and_filler(text: str) -> None:
    """The checksum is over them as well. Sanxing fills the place of an empty text with FF."""
    (found,) = cut(*one_by_one(telegram("1-0:1.7.0(0001.870*kW)", f"0-0:96.13.0({text})")))
    assert isinstance(found, Frame)
    assert found.trusted
    assert [line.values for line in parse(found.content).lines] == [("0001.870",), (text.replace("\xff", ""),)]


def test_letters_without_a_right_checksum_are_not_believed() -> None:
    """Nor with none at all: it is more likely that a bit is wrong."""
    good = telegram("1-0:1.7.0(0001.870*kW)", "0-0:96.13.0(Sk\xe5ne)")
    for wrong in (good.replace(b"1.870", b"1.871"), good[: good.index(b"!") + 1] + b"\r\n"):
        with pytest.raises(FrameError, match="parity"):
            p1_frame.read(bytearray(wrong), 0, ended=False)


def test_filler_is_not_blamed_for_a_wrong_checksum() -> None:
    """It is no sign of seven bits."""
    wrong = telegram("1-0:1.7.0(0001.870*kW)", "0-0:96.13.0(\xff\xff)").replace(b"1.870", b"1.871")
    with pytest.raises(FrameError, match="CRC"):
        p1_frame.read(bytearray(wrong), 0, ended=False)


# --- how it begins and how its lines end ---------------------------------------------------------------------------


@pytest.mark.parametrize("line_end", [b"\n\r", b"\r", b"\n"], ids=["LF CR", "CR", "LF"])
def test_lines_may_end_otherwise_if_the_checksum_is_over_it(line_end: bytes) -> None:
    """Two telegrams in a row: CR alone is a line end if no LF follows it, which the next byte shows."""
    text = TEXT.replace(b"\r\n", line_end)
    whole = text + f"{crc_16_arc(text):04X}".encode() + line_end
    for chunks in ([whole + whole], one_by_one(whole + whole)):
        found = [event for event in cut(*chunks) if isinstance(event, Frame)]
        assert [(frame.content, frame.trusted) for frame in found] == [(text, True)] * 2
    assert parse(text).lines == parse(TEXT).lines


def test_lines_that_end_with_cr_alone_have_a_checksum_over_that() -> None:
    """A reader that drops the LF makes it wrong."""
    with pytest.raises(FrameError, match="CRC"):
        p1_frame.read(bytearray(TEXT.replace(b"\n", b"") + b"1B46\r"), 0, ended=False)


def test_a_value_may_continue_in_a_line_of_its_own_whatever_lines_end_with() -> None:
    """DSMR 2 has the gas meter's in such a line."""
    for line_end in ("\r\n", "\n", "\r"):
        text = line_end.join(("/KMP5 ZABF", "", "0-1:24.3.0(161005220000)", "(04323.740)", "!"))
        assert parse(text.encode()).lines[0].values == ("161005220000", "04323.740")


@pytest.mark.parametrize("ident", ["HLY5/D545-METER", "ABC5/METER", "ABC5/", "ABC5//x", "ABC/DEF/GHI"])
def test_an_identification_may_hold_a_slash(ident: str) -> None:
    """What follows it may even look like the beginning of another telegram."""
    sample = telegram("1-0:1.7.0(0001.870*kW)", ident=ident)
    assert frames(sample + KAM) == frames(*one_by_one(sample + KAM)) == [sample, KAM]
    assert lines_of(ident=ident).ident == ident


def with_x25(ident: str) -> bytes:
    """Write a telegram with the checksum of HDLC."""
    text = telegram("1-0:1.7.0(0001.870*kW)", ident=ident)[: -len("1B46\r\n")]
    return text + f"{int.from_bytes(x25(text), 'little'):04X}\r\n".encode()


def test_a_checksum_of_another_kind_is_right_for_the_maker_that_sends_it() -> None:
    """Holley's older firmware computes it as HDLC does. Twice as many checksums would be right for everybody else."""
    for ident in ("HLY5/D545-METER", "HLY5\\D545"):
        assert frames(with_x25(ident)) == [with_x25(ident)]
        assert not frames(with_x25(ident).replace(b"1.870", b"1.871"))
    with pytest.raises(FrameError, match="CRC"):
        p1_frame.read(bytearray(with_x25("KAM5")), 0, ended=False)


STAR = b"\xb9\xea\x75\xea\xcd"


def test_a_telegram_of_swemet_begins_without_a_slash() -> None:
    """Five bytes take the place of "/", letters and digit, and its checksum is over them."""
    text = TEXT.replace(b"/KAM5", STAR + b"\\2MSZ314X")
    whole = text + f"{crc_16_arc(text):04X}\r\n".encode()
    frame = p1_frame.read(bytearray(whole), 0, ended=False)
    assert frame == Frame(whole, text.replace(STAR, b"/STZ5"), len(whole), trusted=True)
    for size in range(1, len(whole)):
        assert p1_frame.read(bytearray(whole[:size]), 0, ended=False) is None, size
    with pytest.raises(FrameError, match="CRC"):
        p1_frame.read(bytearray(whole.replace(b"1.870", b"1.871")), 0, ended=False)
    for other in (b"\xb9\xea\x75\xea\xcc", b"\xb9\xeb"):
        with pytest.raises(NotAFrame):
            p1_frame.read(bytearray(other), 0, ended=False)
    assert len(three_ways(whole)) == 1
    assert [event.raw for event in three_ways(KAM[:200] + whole)][-1:] == [whole]


@pytest.mark.parametrize("byte", ["\x00", "\x08", "\x1f", "\x7f"])
def test_a_byte_that_is_no_text_breaks_a_telegram(byte: str) -> None:
    """Whether the checksum would be right or not."""
    with pytest.raises(FrameError, match="not text"):
        p1_frame.read(bytearray(telegram(f"1-0:1.7.0(0001.870*kW){byte}")), 0, ended=False)


def test_a_telegram_has_a_longest() -> None:
    """One byte more is given up, and so is a line that never ends, before it has an end or not."""
    longest = telegram("0-0:96.13.0(" + "0" * (p1_frame.MAX_TELEGRAM_SIZE - 24) + ")", ident="ABC")
    assert longest.index(b"!") + 1 == p1_frame.MAX_TELEGRAM_SIZE
    assert frames(longest) == [longest]
    longer = longest.replace(b"(", b"(0", 1)
    for data in (longer, longer[: p1_frame.MAX_TELEGRAM_SIZE], longer.replace(b"\r\n", b"", 3)):
        assert not frames(data)
    for noise in (0, 1, 5000):
        with pytest.raises(FrameError, match="longer"):
            p1_frame.read(bytearray(noise) + longer, noise, ended=False)


@pytest.mark.parametrize(
    "unit",
    [b"/", b"/AAA", b"x/AAA\n", b"/AAA\n", b"1(/AAA)\n", b"/AAA\n" + b"A" * 9000, b"/AAA\n" + b"(/AAA" * 1800],
    ids=lambda unit: unit[:12].decode(),
)
def test_hostile_lines_cost_no_more_a_byte_as_they_grow(unit: bytes) -> None:
    """A search that started again from each "/" would cost thousands of times the byte."""

    def cost(size: int) -> float:
        data = (unit * (size // len(unit) + 1))[:size]
        began = thread_time_ns()
        for _ in cut(data):
            pass
        return (thread_time_ns() - began) / size

    assert min(cost(160_000) for _ in range(2)) < 5 * min(cost(20_000) for _ in range(4)) + 100


PIECES = st.sampled_from(
    [
        b"/",
        b"/KAM5",
        b"\xb9\xea\x75\xea\xcd",
        b"\xff",
        b"\r\n",
        b"\n",
        b"\r",
        b"!",
        b"\r\n!",
        b"1B46",
        b"(",
        b")",
        b"1-0:1.7.0(1*kW)",
        b"\x00",
        b"\xaf",
        KAM,
        TEXT,
    ]
)
lines = st.lists(PIECES | st.binary(max_size=5), max_size=12).map(b"".join)


@settings(max_examples=400)
@given(lines, st.data())
def test_any_bytes_give_the_same_however_they_are_cut(data: bytes, draw: st.DataObject) -> None:
    """And nothing is raised but what the contract names."""
    where = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=5)))
    chunks = [data[start:end] for start, end in zip([0, *where], [*where, len(data)], strict=True)]
    kinds = [event if isinstance(event, Frame) else "broken" for event in cut(data)]
    assert [event if isinstance(event, Frame) else "broken" for event in cut(*chunks)] == kinds
    for frame in kinds:
        if isinstance(frame, Frame):
            assert isinstance(parse(frame.content), Telegram)
            assert is_trusted(frame.trusted, parse(frame.content)) is frame.trusted


# --- lines ---------------------------------------------------------------------------------------------------------


def test_a_telegram_is_its_identification_and_its_lines() -> None:
    """In the order in which they came."""
    read = parse(TEXT)
    assert (read.ident, len(read.lines), read.malformed) == ("KAM5", 27, ())
    assert read.lines[0] == Line(bytes((0, 0, 1, 0, 0, 255)), ("260115140010W",), None)
    assert read.lines[3] == Line(bytes((1, 0, 3, 8, 0, 255)), ("00000045.678",), "kVArh")
    assert read.lines[-1] == Line(bytes((1, 0, 71, 7, 0, 255)), ("002.9",), "A")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1-0:1.8.0", (1, 0, 1, 8, 0, 255)),
        ("1-1:1.8.0", (1, 1, 1, 8, 0, 255)),
        ("0.2.8", (0, 0, 0, 2, 8, 255)),
        ("1-0:99.97.0*126", (1, 0, 99, 97, 0, 126)),
        ("1-0:31.7.0.255", (1, 0, 31, 7, 0, 255)),
    ],
)
def test_groups_that_are_not_written_are_the_usual_ones(text: str, code: tuple[int, ...]) -> None:
    """No medium, no channel, and no earlier period."""
    assert lines_of(f"{text}(1)").lines == (Line(bytes(code), ("1",), None),)


def test_a_line_keeps_all_its_values() -> None:
    """Of a gas meter with its time, and of a log of power failures. A peer lost them all but one."""
    read = lines_of(
        "0-1:24.2.1(260215200523W)(240.860*GJ)",
        "1-0:99.97.0(1)(0-0:96.7.19)(240523144934S)(0005564711*s)",
        "0-0:96.13.0()",
        "1-0:0.0.0(5*)",
    )
    assert [(line.values, line.unit) for line in read.lines] == [
        (("260215200523W", "240.860"), "GJ"),
        (("1", "0-0:96.7.19", "240523144934S", "0005564711"), "s"),
        (("",), None),
        (("5",), ""),
    ]


def test_a_line_may_go_on_in_the_next() -> None:
    """DSMR 2 and 3 put the value of a gas meter there."""
    read = lines_of("0-1:24.3.0(120517020000)(08)(60)(1)(0-1:24.2.1)(m3)", "(00124.477)", "0-1:24.4.0(1)")
    assert [line.values for line in read.lines] == [
        ("120517020000", "08", "60", "1", "0-1:24.2.1", "m3", "00124.477"),
        ("1",),
    ]
    assert not read.malformed


@pytest.mark.parametrize(
    "line",
    [
        "1-0:4:24.7.0(000.1*kW)",
        "1-0:1.7.0",
        "1-0:1.7.0(1*kW",
        "1-0:1.7.0 1*kW)",
        "1-0:1.7.0(1)2",
        "1-0:1.7.0(1)2(3)",
        "1-0:1.7.0(1)(2(3)",
        "1-0:1.7.0(1)2)(3)",
        "1-0:1.7.0((1))",
        "1-0:1.7.0((1)",
        "1-0:1.7.0(1))",
        "1-0:256.7.0(1)",
        "1-0:1.7(1)",
        "1-0:1234.7.0(1)",
        ")(",
        "text",
        "text(1)(2)",
    ],
)
def test_a_malformed_line_is_kept_apart_and_the_others_go_on(line: str) -> None:
    """The checksum was right, so it is what the meter says. One of NES does, and a peer gave up the telegram."""
    read = lines_of("1-0:1.7.0(0001.870*kW)", line, "1-0:2.7.0(0000.000*kW)", ident=NES)
    assert [line.values for line in read.lines] == [("0001.870",), ("0000.000",)]
    assert read.malformed == (line,)


@pytest.mark.parametrize("content", [b"", b"/", b"!", b"KAM5\r\n!", b"/KAM5\r\n", b"/KAM5\r\n\xc3\xa6\r\n!"])
def test_what_is_no_telegram_is_told(content: bytes) -> None:
    """It may come from a decryption, which knows nothing of "/" and "!"."""
    with pytest.raises(DataError):
        parse(content)


@given(st.binary(max_size=60) | st.lists(PIECES).map(b"".join))
def test_any_content_is_a_telegram_or_told(inner: bytes) -> None:
    """Nothing else is raised."""
    for content in (inner, b"/" + inner + b"!"):
        try:
            read = parse(content)
        except DataError:
            continue
        assert all(len(line.code) == 6 and line.values for line in read.lines)
        clock_of(read)


# --- numbers -------------------------------------------------------------------------------------------------------

FACTORS = {"W": 1, "kW": 1000, "MW": 10**6, "Wh": 1, "kWh": 1000, "MWh": 10**6, "V": 1, "A": 1, "Hz": 1, "s": 1}


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("00012345.678", "kWh", (12345678, 0, "Wh")),
        ("0001.870", "kW", (1870, 0, "W")),
        ("00.17", "kW", (17, 1, "W")),
        ("230.1", "V", (2301, -1, "V")),
        ("009699947", "Wh", (9699947, 0, "Wh")),
        ("0.5", "MWh", (5, 5, "Wh")),
        ("-0.310", "kvar", (-310, 0, "var")),
        ("0002", None, (2, 0, "")),  # a bare number: its code says what it counts
    ],
)
def test_a_number_is_a_whole_one_and_a_power_of_ten_of_a_base_unit(
    text: str, unit: str | None, expected: tuple[int, int, str]
) -> None:
    """A peer multiplied floats and cut: 1.001 kW was 1000 W."""
    assert scaled(text, unit) == expected


@given(st.decimals(-(10**9), 10**9, places=3) | st.decimals(0, 999, places=1), st.sampled_from(sorted(FACTORS)))
def test_a_number_is_exactly_what_is_written(number: Decimal, unit: str) -> None:
    """And a division by a power of ten makes it the nearest float."""
    raw, exponent, _ = scaled(f"{number:f}", unit)
    true = number * FACTORS[unit]
    assert Decimal(raw).scaleb(exponent) == true
    assert (raw / 10**-exponent if exponent < 0 else float(raw * 10**exponent)) == float(true)


@pytest.mark.parametrize("unit", ["kVArh", "kvarh", "KVARH", "kvar", "kVAr", "kVA", "var", "varh", "Mvar", "MVArh"])
def test_units_are_the_same_in_any_case(unit: str) -> None:
    """Kamstrup writes kVAr, Sagemcom kvar, and a document of Aidon's kVA."""
    symbol = "varh" if unit.lower().endswith("h") else "var"
    power = {"k": 3, "m": 6}.get(unit[0].lower(), 0)
    assert scaled("1.5", unit) == (15, power - 1, symbol)


@pytest.mark.parametrize(
    ("units", "symbol"),
    [
        ("W kW MW", "W"),
        ("var kvar Mvar", "var"),
        ("Wh kWh MWh", "Wh"),
        ("varh kvarh Mvarh", "varh"),
        ("V", "V"),
        ("A", "A"),
        ("Hz", "Hz"),
        ("s", "s"),
    ],
)
def test_thousands_and_millions_count_in_their_base_unit(units: str, symbol: str) -> None:
    """One line may say W where another says kW, and both are of the same quantity."""
    for power, unit in enumerate(units.split()):
        assert scaled("2.5", unit) == (25, 3 * power - 1, symbol)


@pytest.mark.parametrize(
    "text", ["", "-", ".", "-.", "--1", "1-", "1.-5", "1.2.3", "1,5", "1e3", "+1", "nan", " 1", "1_0"]
)
def test_what_is_no_number_is_told(text: str) -> None:
    """Python's own conversions would take some of them."""
    with pytest.raises(DataError, match="number"):
        scaled(text, "kW")


def test_a_number_has_a_longest() -> None:
    """Python refuses to convert thousands of digits, with an error of its own."""
    assert scaled("0" * 23 + "1", "W") == (1, 0, "W")
    for size in (25, 5000):
        with pytest.raises(DataError, match="number"):
            scaled("1" * size, "W")


@pytest.mark.parametrize("unit", ["GJ", "m3", "", "k", " "])
def test_an_unknown_unit_is_told(unit: str) -> None:
    """Gas and heat come through the same port."""
    with pytest.raises(DataError, match="unit"):
        scaled("1", unit)


@given(st.text(max_size=30), st.none() | st.text(max_size=5))
def test_any_text_is_a_number_or_told(text: str, unit: str | None) -> None:
    """As Decimal reads it."""
    try:
        raw, exponent, _ = scaled(text, unit)
    except DataError:
        return
    assert Decimal(raw).scaleb(exponent) == Decimal(text).scaleb(p1.UNITS[unit and unit.replace(" ", "").lower()][1])


# --- the clock -----------------------------------------------------------------------------------------------------

AT_14 = datetime(2026, 1, 15, 14, 0, 10)  # noqa: DTZ001 - a meter's hands have no zone


@pytest.mark.parametrize(
    ("text", "summer", "told"),
    [
        ("260115140010W", False, Dialect.STANDARD),
        ("260115140010S", True, Dialect.CIVIL),
        ("260115140010", None, Dialect.CIVIL),
        ("20260115 14:00:10", None, Dialect.CIVIL),
    ],
)
def test_the_clock_is_read_with_its_letter(text: str, summer: bool | None, told: Dialect) -> None:
    """W is sent all year by those who keep standard time. S in winter does not happen."""
    assert clock_of(lines_of(f"0-0:1.0.0({text})")) == MeterClock(AT_14, None, summer, told)


def test_the_clock_may_come_as_time_and_date() -> None:
    """Of the Slovenian meter."""
    apart = lines_of("1-0:0.9.1(140010)", "1-0:0.9.2(260115)", ident=SLOVENIAN)
    assert clock_of(apart) == MeterClock(AT_14, None, None, Dialect.CIVIL)
    assert clock_of(lines_of("1-0:0.9.1(140010)")) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "W",
        "123412341234W",
        "260230140010W",
        "260115240010W",
        "2601151400W",
        "260115140010X",
        "xx0115140010",
        "000000",
    ],
)
def test_what_names_no_moment_is_no_clock(text: str) -> None:
    """The values of such a telegram are right all the same. A peer rejected it for an empty time."""
    assert clock_of(lines_of(f"0-0:1.0.0({text})")) is None


def test_a_telegram_may_have_no_clock() -> None:
    """Nor a meter's number, nor anything else."""
    assert clock_of(lines_of()) is None


# --- without a checksum --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ident", [SLOVENIAN, r"ISk5\2MT382-1000", "KMP5 ZABF001587315111", "XMX5XMXABCE000012345"])
def test_who_never_sends_a_checksum_is_believed_without(ident: str) -> None:
    """If nothing in it looks wrong. What promises a checksum by its version must keep the promise."""
    assert is_trusted(False, Telegram(ident, ()))
    assert not is_trusted(False, Telegram(ident, (), ("1-0:4:24.7.0(1)",)))
    assert not is_trusted(False, lines_of("1-3:0.2.8(50)", ident=ident))


@pytest.mark.parametrize("ident", ["KAM5", "ADN9 6534", "LGF5E360", r"ISK5\2M550T-1012", "XMX5LGBBFFB231216240", NES])
def test_who_sends_a_checksum_is_not_believed_without(ident: str) -> None:
    """Aidon's document leaves it out, and its meters do not."""
    assert not is_trusted(False, Telegram(ident, ()))
    assert is_trusted(True, Telegram(ident, (), ("1-0:4:24.7.0(1)",)))


# --- what meters sent ----------------------------------------------------------------------------------------------

TELEGRAMS = CORPUS / "telegrams.jsonl"
ITEMS: list[dict[str, Any]] = [
    item
    for line in (TELEGRAMS.read_text(encoding="utf-8").splitlines() if TELEGRAMS.exists() else ())
    if (item := json.loads(line))["framing"] == "p1" and not item["encrypted"]
]
with_corpus = pytest.mark.skipif(not ITEMS, reason=MISSING)


def sound_telegrams(item: dict[str, Any]) -> list[Telegram]:
    """Return what may be read of an item."""
    found = [event for event in cut(bytes.fromhex(item["bytes_hex"])) if isinstance(event, Frame)]
    return [said for frame in found if is_trusted(frame.trusted, said := parse(frame.content))]


@with_corpus
def test_every_real_telegram_is_believed_exactly_if_it_is_sound() -> None:
    """With a right checksum, or of a meter that sends none; and its power is what it is known to be."""
    assert len(ITEMS) > 30
    for item in ITEMS:
        if item["id"] in UNREAD:
            continue  # the conformance tests try it
        sound = sound_telegrams(item)
        assert len(sound) == (item["expected"] is not None), item["id"]
        for line in (line for said in sound for line in said.lines if line.code[2:5] == bytes((1, 7, 0))):
            raw, exponent, _ = scaled(line.values[0], line.unit)
            assert item["expected"].get("active_power_import_w", raw * 10**exponent) == raw * 10**exponent, item["id"]


@with_corpus
def test_every_real_clock_is_read() -> None:
    """Where the people who published a telegram did not put a month 34 or a day 0 into it."""
    read = []
    for item in ITEMS:
        for said in sound_telegrams(item):
            clock = clock_of(said)
            told = item["expected"].get("meter_timestamp")
            if clock and told:
                assert clock.local.isoformat() == told[:19], item["id"]
                read.append(item)
            elif told:
                assert "-34-" in told or "-00T" in told, item["id"]
    assert len(read) > 15


@with_corpus
def test_a_real_line_loses_no_sound_telegram() -> None:
    """It begins inside one, has NUL bytes between, one breaks off, one has a wrong digit, and it ends inside one."""
    data = (CORPUS / "streams" / "p1-se-mixed.bin").read_bytes()
    told = json.loads((CORPUS / "streams" / "p1-se-mixed.json").read_text(encoding="utf-8"))
    expected = [data[place["start"] : place["end"]] for place in told["frames"]]
    assert frames(data) == frames(*one_by_one(data)) == expected
