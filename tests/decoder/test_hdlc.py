"""One HDLC frame: the contract of the reader, its checksums, its length and its addresses."""

from random import Random

from hypothesis import given, strategies as st
import pytest

from custom_components.han_port.decoder import FrameError, hdlc
from custom_components.han_port.decoder.checksums import x25, x25_is_right
from custom_components.han_port.decoder.framing import NotAFrame
from tests.captures import load
from tests.support.frames import AIDON_1, AIDON_2
from tools.simulator.hdlc import frame

ADDRESSES = bytes.fromhex("41 0883")


def bit_by_bit(data: bytes) -> int:
    """Compute CRC-16/X-25 as its definition says: one bit after the other, least significant first, inverted."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return crc ^ 0xFFFF


# --- the checksum --------------------------------------------------------------------------------------------------


def test_the_checksum_is_that_of_the_catalogue() -> None:
    """The check value of CRC-16/X-25 over "123456789" is 0x906E, sent low byte first."""
    assert bit_by_bit(b"123456789") == 0x906E
    assert x25_is_right(b"123456789\x6e\x90")
    assert not x25_is_right(b"123456789\x90\x6e")
    assert x25(b"123456789") == b"\x6e\x90"


@given(st.binary(max_size=300))
def test_the_fast_checksum_agrees_with_the_definition(data: bytes) -> None:
    """It is computed with the bits of each byte the other way round, which must not show."""
    check = bit_by_bit(data).to_bytes(2, "little")
    assert x25(data) == check
    assert x25_is_right(data + check)
    assert not x25_is_right(data + bytes((check[0] ^ 1, check[1])))
    assert not x25_is_right(data + bytes((check[0], check[1] ^ 0x80)))


def test_no_single_wrong_bit_passes_the_checksum() -> None:
    """What the standard promises of a 16-bit CRC, over the length of a real list."""
    body = AIDON_2[1:-1]
    wrong = bytearray(body)
    for bit in range(8 * len(body)):
        wrong[bit // 8] ^= 1 << bit % 8
        assert not x25_is_right(bytes(wrong)), bit
        wrong[bit // 8] ^= 1 << bit % 8
    assert x25_is_right(bytes(wrong))


# --- the contract --------------------------------------------------------------------------------------------------


def test_a_frame_comes_out_with_its_bytes_its_content_and_its_size() -> None:
    """The closing flag is not counted in the size, since it may open the next frame as well."""
    found = hdlc.read(bytearray(AIDON_1), 0, ended=False)
    assert found is not None
    assert found.raw == AIDON_1
    assert found.content == AIDON_1[9:-3]
    assert found.content[:4] == b"\xe6\xe7\x00\x0f"
    assert found.size == 43 == len(AIDON_1) - 1


def test_a_frame_is_read_where_it_stands() -> None:
    """The buffer may hold other bytes in front of it and behind it."""
    found = hdlc.read(bytearray(b"\x7e\x00before" + AIDON_1 + b"behind"), 8, ended=False)
    assert found is not None
    assert found.raw == AIDON_1


@pytest.mark.parametrize("name", ["aidon_no_l2_4w", "kaifa_no_l1", "kamstrup_no_l2", "aidon_se_h0001"])
def test_every_beginning_of_a_frame_asks_for_more(name: str) -> None:
    """None means "so far it may be one", from the flag alone to the last byte but one."""
    whole = load(name)
    for size in range(1, len(whole)):
        assert hdlc.read(bytearray(whole[:size]), 0, ended=False) is None, size


@pytest.mark.parametrize("name", ["aidon_no_l2_4w", "kaifa_no_l1"])
def test_a_beginning_that_will_not_be_completed_is_broken(name: str) -> None:
    """Once the line has ended nobody waits; up to the format it was not even the beginning of a frame."""
    whole = load(name)
    for size in range(1, len(whole)):
        expected = NotAFrame if size < 3 else FrameError
        with pytest.raises(expected):
            hdlc.read(bytearray(whole[:size]), 0, ended=True)


def test_the_end_of_the_line_does_not_hurt_a_whole_frame() -> None:
    """It is the last thing that was said."""
    found = hdlc.read(bytearray(AIDON_1), 0, ended=True)
    assert found is not None
    assert found.raw == AIDON_1


# --- false starts --------------------------------------------------------------------------------------------------


def test_a_flag_in_front_of_anything_but_a_format_is_no_frame() -> None:
    """Frame type 3 is 1010 in the high bits. One byte is enough to see that it is not."""
    for byte in set(range(256)) - set(range(0xA0, 0xB0)):
        with pytest.raises(NotAFrame):
            hdlc.read(bytearray((0x7E, byte)), 0, ended=False)
    for byte in range(0xA0, 0xB0):
        assert hdlc.read(bytearray((0x7E, byte)), 0, ended=False) is None


def test_a_lone_flag_is_no_frame() -> None:
    """It closed the frame before. When the line pauses it is not a damaged frame either."""
    assert hdlc.read(bytearray(b"\x7e"), 0, ended=False) is None
    with pytest.raises(NotAFrame):
        hdlc.read(bytearray(b"\x7e"), 0, ended=True)


def test_the_shortest_frame_has_nine_bytes_and_no_content() -> None:
    """It carries nothing, and it is a frame: its checksums are right."""
    whole = frame(b"", bytes.fromhex("03 05"))
    found = hdlc.read(bytearray(whole), 0, ended=False)
    assert found is not None
    assert (whole[2], found.raw, found.content, found.size) == (9, whole, b"", 10)


@pytest.mark.parametrize("length", range(9))
def test_a_length_that_cannot_hold_a_frame_is_none(length: int) -> None:
    """Format, two addresses, control and two checksums are nine bytes."""
    with pytest.raises(NotAFrame):
        hdlc.read(bytearray((0x7E, 0xA0, length)) + bytes.fromhex("03 05 13") + bytes(20), 0, ended=False)


def test_an_address_that_does_not_end_is_no_frame() -> None:
    """Its last byte is odd, and there are four at most."""
    with pytest.raises(NotAFrame):
        hdlc.read(bytearray.fromhex("7E A0 2A 02 04 06 08"), 0, ended=False)
    with pytest.raises(NotAFrame):
        hdlc.read(bytearray.fromhex("7E A0 2A 03 02 04 06 08"), 0, ended=False)


# --- addresses, control, length ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "addresses", ["03 05", "41 0883", "CEFF 03", "CF 0223", "02040607 0A0C0E0F", "02040607 21", "2B 02040607"]
)
def test_addresses_of_every_length_are_skipped(addresses: str) -> None:
    """They are one, two or four bytes long, differ between makers and say nothing about the content."""
    whole = frame(b"content", bytes.fromhex(addresses))
    found = hdlc.read(bytearray(whole), 0, ended=False)
    assert found is not None
    assert found.content == b"content"


@pytest.mark.parametrize("control", [0x03, 0x10, 0x13, 0x7E, 0xFF])
def test_the_control_field_is_not_looked_at(control: int) -> None:
    """Aidon and Kamstrup send 0x13, Kaifa 0x10, a segmented frame of Iskraemeco 0x03."""
    found = hdlc.read(bytearray(frame(b"content", ADDRESSES, control)), 0, ended=False)
    assert found is not None
    assert found.content == b"content"


@pytest.mark.parametrize("size", [0, 1, 246, 247, 248, 502, 503, 2036, 2037])
def test_a_frame_is_cut_by_the_eleven_bits_of_its_length(size: int) -> None:
    """Two bytes, the longest frame being 2047 bytes between its flags."""
    content = Random(size).randbytes(size)
    whole = frame(content, ADDRESSES)
    found = hdlc.read(bytearray(whole + AIDON_1), 0, ended=False)
    assert found is not None
    assert found.content == content
    assert found.size == size + 11


def test_the_segmentation_bit_is_no_part_of_the_length() -> None:
    """0xA8 at the front means that more segments follow; the length is in the other eleven bits."""
    whole = frame(b"first segment", ADDRESSES, segmented=True)
    assert whole[1] == 0xA8
    found = hdlc.read(bytearray(whole), 0, ended=False)
    assert found is not None
    assert found.content == b"first segment"


def test_a_flag_inside_a_frame_is_data() -> None:
    """Nothing is escaped. Peers that cut at the next flag lost one frame in ten of some meters."""
    content = bytes.fromhex("7E 7EA07E 7D5E 7EA02A410883130413 7E7E")
    found = hdlc.read(bytearray(frame(content, ADDRESSES)), 0, ended=False)
    assert found is not None
    assert found.content == content


# --- damage --------------------------------------------------------------------------------------------------------


def test_a_wrong_header_is_seen_as_soon_as_it_is_in() -> None:
    """It has a checksum of its own. Else a false start waits for up to two thousand bytes that it claims."""
    header = bytearray(AIDON_2[:9])
    assert hdlc.read(header, 0, ended=False) is None
    header[2] ^= 1
    with pytest.raises(FrameError, match="HCS"):
        hdlc.read(header, 0, ended=False)


def test_every_wrong_bit_of_a_header_is_seen() -> None:
    """From the low half of the format to the checksum; the high half makes it no frame at all."""
    for bit in range(8, 72):
        wrong = bytearray(AIDON_2)
        wrong[bit // 8] ^= 1 << bit % 8
        expected = NotAFrame if bit // 8 == 1 and bit % 8 >= 4 else FrameError
        with pytest.raises(expected):
            hdlc.read(wrong, 0, ended=False)


def test_a_wrong_content_is_seen_by_the_frame_checksum() -> None:
    """The header is right, and so is the length: 2148 W would become 2149."""
    wrong = bytearray(AIDON_1)
    assert wrong[34] == 0x64
    wrong[34] ^= 1
    with pytest.raises(FrameError, match="FCS"):
        hdlc.read(wrong, 0, ended=False)


def test_a_frame_ends_with_a_flag_where_its_length_says() -> None:
    """Anything else there means that bytes were lost or added."""
    wrong = bytearray(AIDON_1)
    wrong[-1] = 0x7F
    with pytest.raises(FrameError, match="flag"):
        hdlc.read(wrong, 0, ended=False)
