"""Frames against the definition of the checksum and a header that real meters send."""

from tools.simulator import hdlc


def test_the_checksum_has_the_published_check_value() -> None:
    assert hdlc.checksum(b"123456789") == bytes.fromhex("6e90")


def test_the_header_of_an_aidon_list_1_has_the_checksum_that_real_meters_send() -> None:
    frame = hdlc.frame(bytes(32), bytes.fromhex("41 0883"))
    assert frame.startswith(bytes.fromhex("7e a02a 41 0883 13 0413"))


def test_the_length_counts_everything_but_the_two_flags() -> None:
    frame = hdlc.frame(bytes(500), bytes.fromhex("2b 21"))
    assert int.from_bytes(frame[1:3], "big") & 0x7FF == len(frame) - 2


def test_a_frame_that_another_continues_says_so_in_its_format() -> None:
    addresses = bytes.fromhex("cf 0223")
    whole, part = (hdlc.frame(b"x", addresses, segmented=segmented) for segmented in (False, True))
    assert (whole[1], part[1]) == (0xA0, 0xA8)


def test_frames_back_to_back_share_a_flag() -> None:
    frame = hdlc.frame(b"x", b"\x01\x03")
    assert hdlc.back_to_back([frame, frame]) == frame[:-1] + frame
