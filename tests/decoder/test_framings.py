"""The table of framings: what begins a frame belongs to one row, and each row says what people read."""

import pytest

from custom_components.han_port.decoder.framings import BARE, FRAMINGS, framing_of
from custom_components.han_port.decoder.stream import BARE_READERS, READERS
from tests.captures import load

from .wrapping import in_mbus, seal

APDU = load("kaifa_no_l1")[12:-3]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (load("aidon_no_l1"), "HDLC"),
        (in_mbus(APDU)[0], "M-Bus"),
        (load("p1_se_kam5"), "P1"),
        (APDU, "DLMS"),
        (b"\xe6\xe7\x00" + APDU, "DLMS"),
        (seal(APDU), "DLMS"),
    ],
)
def test_a_frame_has_the_name_of_its_framing(raw: bytes, name: str) -> None:
    """The dialogs show it, in every language."""
    assert framing_of(raw).name == name


def test_what_a_frame_begins_with_belongs_to_one_row() -> None:
    """As bytes and as the digits of hex text; else two readers would compete."""
    assert [row.first for row in FRAMINGS] == [0x7E, 0x68, 0x2F, 0xB9]
    assert [row.first for row in BARE] == [0xE6, 0x0F, 0xE0, 0xDB, 0xDC]
    assert READERS.keys() == {0x7E, 0x68, 0x2F, 0xB9, *b"762Bb"}
    assert BARE_READERS.keys() == {0xE6, 0x0F, 0xE0, 0xDB, 0xDC, *b"0EeDd"}
