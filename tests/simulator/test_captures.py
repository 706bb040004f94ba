"""The captures themselves: whole, of a known origin, and with right checksums."""

from tests import captures
from tools.simulator import hdlc
from tools.simulator.sealing import crc_16_arc


def test_there_is_a_capture_for_every_list_that_we_made_up() -> None:
    assert len(captures.NAMES) >= 28


def test_a_capture_says_where_it_comes_from_and_may_be_used() -> None:
    for path in captures.HERE.glob("*/*.hex"):
        opening = path.read_text(encoding="utf-8").split("\n\n")[0]
        assert all(line.startswith("# ") for line in opening.splitlines()), path
        assert "no real meter" in opening, path
        assert "MIT" in opening, path
        assert captures.load(path.stem), path


def test_captured_frames_have_the_length_and_the_checksum_that_they_say() -> None:
    for name in captures.NAMES:
        rest = captures.load(name)
        while rest.startswith(hdlc.FLAG):
            length = int.from_bytes(rest[1:3], "big") & 0x7FF
            body, checksum = rest[1 : length - 1], rest[length - 1 : length + 1]
            assert checksum == hdlc.checksum(body), name
            assert rest[length + 1 : length + 2] == hdlc.FLAG, name
            rest = rest[length + 2 :]


def test_captured_p1_telegrams_are_text_with_its_checksum() -> None:
    for name in ("p1_se_kam5", "p1_se_e360"):
        text, _, checksum = captures.load(name).rpartition(b"!")
        assert checksum == b"%04X\r\n" % crc_16_arc(text + b"!"), name
