"""One M-Bus long frame: the contract of the reader, its length, its checksum; and encrypted messages in two of them."""

from random import Random

import pytest

from custom_components.han_port.decoder import FrameError, Maker, MissingKeyError, Reading, Rejected, mbus as room
from custom_components.han_port.decoder.framing import Frame, NotAFrame, Part
from custom_components.han_port.decoder.stream import FrameStream
from tests.captures import load

from .three_ways import error_of, hear, reading_of, readings
from .wrapping import in_mbus, mbus, seal, with_keys, with_one_key

KAIFA = load("kaifa_at_mbus_enc")
FIRST, SECOND = KAIFA[:256], KAIFA[256:]
OTHER = in_mbus(seal(load("kamstrup_no_l1")[11:-3], 7))
SAMPLES = {"first": FIRST, "second": SECOND, "257": mbus(bytes(252))}
samples = pytest.mark.parametrize("whole", SAMPLES.values(), ids=SAMPLES)

VALUES = {
    "power_import": 987.0,
    "power_export": 0.0,
    "voltage_l1": 230.1,
    "voltage_l2": 231.2,
    "voltage_l3": 229.8,
    "current_l1": 1.45,
    "current_l2": 2.43,
    "current_l3": 0.81,
    "energy_import": 1_403_036.0,
    "energy_export": 1_103_174.0,
    "reactive_energy_import": 132_305.0,
    "reactive_energy_export": 512_810.0,
}


def read(data: bytes, *, ended: bool = False) -> Frame | None:
    """Ask the reader about the first byte."""
    return room.read(bytearray(data), 0, ended)


# --- the contract --------------------------------------------------------------------------------------------------


def test_a_frame_comes_out_with_its_bytes_its_content_and_its_place() -> None:
    """The content begins behind both access points."""
    assert read(FIRST) == Frame(FIRST, FIRST[9:-2], 256, part=Part(0, last=False))
    assert read(SECOND) == Frame(SECOND, SECOND[9:-2], 120, part=Part(1, last=True))
    assert FIRST[9:11] == b"\xdb\x08"


def test_a_frame_is_read_where_it_stands() -> None:
    """The buffer may hold other bytes in front of it and behind it."""
    found = room.read(bytearray(b"\x68before" + SECOND + b"behind"), 7, ended=False)
    assert found is not None
    assert (found.raw, found.size) == (SECOND, 120)


@samples
def test_every_beginning_of_a_frame_asks_for_more(whole: bytes) -> None:
    """From the first byte to the last but one."""
    for size in range(1, len(whole)):
        assert read(whole[:size]) is None, size


@samples
def test_a_beginning_that_will_not_be_completed_is_broken(whole: bytes) -> None:
    """Up to the seventh byte, which is the first that may be wrong, it was not even the beginning of a frame."""
    for size in range(1, len(whole)):
        with pytest.raises(NotAFrame if size < 7 else FrameError):
            read(whole[:size], ended=True)
    assert read(whole, ended=True) == read(whole)


def test_a_start_byte_without_two_equal_lengths_and_another_start_byte_is_no_frame() -> None:
    """One byte after the other; 68 is an ordinary byte elsewhere."""
    for byte in set(range(256)) - {0x20}:
        with pytest.raises(NotAFrame):
            read(bytes((0x68, 0x20, byte)))
    for byte in set(range(256)) - {0x68}:
        with pytest.raises(NotAFrame):
            read(bytes((0x68, 0x20, 0x20, byte)))
    assert read(b"\x68\x20\x20\x68") is None


def test_only_a_frame_that_is_a_segment_is_one() -> None:
    """The three high bits of CI are zero; others are M-Bus of a water meter, say."""
    for ci in range(256):
        beginning = bytes((0x68, 0x20, 0x20, 0x68, 0x53, 0xFF, ci))
        if ci < 0x20:
            assert read(beginning) is None
        else:
            with pytest.raises(NotAFrame):
                read(beginning)


@pytest.mark.parametrize("number", range(16))
@pytest.mark.parametrize("last", [False, True])
def test_the_number_of_a_segment_and_whether_it_is_the_last_are_in_ci(number: int, last: bool) -> None:
    """Numbers are from 0; bit 4 says that nothing follows."""
    found = read(mbus(b"data", number, last=last))
    assert found is not None
    assert found.part == Part(number, last)
    assert found.content == b"data"


# --- length --------------------------------------------------------------------------------------------------------


def test_a_frame_is_as_long_as_it_says_modulo_256() -> None:
    """Sagemcom counts 257 bytes as 1. Five or less cannot be meant: the header alone has five."""
    for size in range(1, 257):
        content = Random(size).randbytes(size)
        whole = mbus(content)
        assert len(whole) == size + 11, size
        found = read(whole + FIRST)
        assert found is not None, size
        assert (found.raw, found.content, found.size) == (whole, content, size + 11), size


def test_sagemcoms_frame_of_263_bytes_is_read() -> None:
    """It says that it has 1."""
    framed = load("kamstrup_no_l2")
    first, second = in_mbus(seal(framed[11:-3], title=b"SAG\5\0\0\0\1"), 252)
    assert (len(first), first[1]) == (263, 1)
    reading = reading_of(first + second, with_keys)
    assert ([reading.values], reading.verified) == ([one.values for one in readings(framed)], True)


# --- damage --------------------------------------------------------------------------------------------------------


def test_a_wrong_checksum_is_seen() -> None:
    """It is the sum of all from C to the end of the data."""
    wrong = FIRST[:-2] + bytes((FIRST[-2] ^ 1,)) + FIRST[-1:]
    with pytest.raises(FrameError, match="checksum"):
        read(wrong)


def test_a_wrong_end_is_seen() -> None:
    """Anything but 16 means that bytes were lost or added."""
    with pytest.raises(FrameError, match="16"):
        read(FIRST[:-1] + b"\x17")


@samples
def test_no_wrong_bit_passes(whole: bytes) -> None:
    """A sum sees any single one."""
    for bit in range(8, 8 * len(whole)):
        wrong = bytearray(whole)
        wrong[bit // 8] ^= 1 << bit % 8
        with pytest.raises((NotAFrame, FrameError)):
            read(bytes(wrong), ended=True)


# --- an Austrian meter ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [with_keys, with_one_key])
def test_kaifas_encrypted_message_in_two_frames_is_read(make: type) -> None:
    """It has no tag, so an authentication key changes nothing: not verified, and read."""
    reading = reading_of(KAIFA, make)
    assert {quantity.key: value for quantity, value in reading.values.items()} == VALUES
    assert (reading.maker, reading.serial, reading.verified) == (Maker.KAIFA, "1KFM0200000017", False)
    assert reading.sent_at is not None
    assert reading.sent_at.local.isoformat() == "2026-01-15T14:00:05"


def test_without_a_key_it_says_so_once() -> None:
    """Both frames are good: nothing is wrong with the line."""
    assert type(error_of(KAIFA)) is MissingKeyError
    (rejected,) = hear(KAIFA)
    assert isinstance(rejected, Rejected)
    assert rejected.raw == KAIFA


@pytest.mark.slow
def test_any_wrong_bit_costs_this_message_alone() -> None:
    """And no wrong value ever comes out, though nothing but a sum guards it. The next message is read."""
    (good,) = readings(KAIFA, decoder=with_keys())
    (following,) = readings(*OTHER, decoder=with_keys())
    for bit in range(8 * len(KAIFA)):
        wrong = bytearray(KAIFA)
        wrong[bit // 8] ^= 1 << bit % 8
        heard = hear(bytes(wrong) + b"".join(OTHER) + KAIFA, decoder=with_keys())
        assert [event for event in heard if isinstance(event, Reading)] == [following, good], bit


def test_any_lost_byte_costs_this_message_alone() -> None:
    """What it takes for its end belongs to the next frame, and is looked at again."""
    (good,) = readings(KAIFA, decoder=with_keys())
    for lost in range(len(KAIFA)):
        heard = hear(KAIFA[:lost] + KAIFA[lost + 1 :] + KAIFA, decoder=with_keys())
        assert [event for event in heard if isinstance(event, Reading)] == [good], lost


def test_a_message_that_breaks_off_anywhere_costs_itself_alone() -> None:
    """Whether the next one comes at once or after a pause."""
    (good,) = readings(KAIFA, decoder=with_keys())
    for size in range(len(KAIFA)):
        heard = hear(KAIFA[:size] + KAIFA, decoder=with_keys())
        assert [event for event in heard if isinstance(event, Reading)] == [good], size
        decoder = with_keys()
        assert readings(KAIFA[:size], decoder=decoder) == []
        assert readings(KAIFA, decoder=decoder) == [good]


def test_a_start_byte_right_in_front_of_a_frame_costs_nothing() -> None:
    """The frame counts 104 bytes, 68 in hex, and its address looks like a CI: so it seems to begin a byte too early."""
    counted = bytes((0x53, 0x01, 0x10, 0x01, 0x67)) + load("aidon_no_l1")[12:-3]
    counted += bytes(0x68 - len(counted))
    whole = b"\x68\x68\x68\x68" + counted + bytes((sum(counted) % 0x100, 0x16))
    early, frame = FrameStream().receive(b"\x68" + whole)
    assert isinstance(early, Rejected)
    assert isinstance(frame, Frame)
    assert (early.raw, frame.raw) == (b"\x68", whole)


def test_a_last_segment_alone_is_no_message() -> None:
    """Its number says that others were before it."""
    (rejected,) = hear(SECOND, decoder=with_keys())
    assert isinstance(rejected, Rejected)
    assert (str(rejected.error), rejected.raw) == ("a part of a message without its beginning", SECOND)
