"""What a meter calls itself is one printable line of bounded length, in whatever way it was sent."""

import pytest

from custom_components.han_port.decoder import Decoder, Quantity, Reading
from custom_components.han_port.decoder.reading import MAX_NAME_SIZE, one_line
from tools.simulator import axdr
from tools.simulator.hdlc import frame

from .wrapping import ADDRESSES, LLC, with_checksum


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (None, None),
        ("6534", "6534"),
        ("MA304H3E  0", "MA304H3E  0"),
        ("LGF5E360\r\n", "LGF5E360"),
        ("one\ntwo\ttabs\x00\x00and\x1b[31mred", "one two tabs and [31mred"),
        ("left\u202eto right\u2028line\u00a0blank", "left to right line blank"),
        ("\x02\x03\n", None),
        ("Åse Ærlig 電気", "Åse Ærlig 電気"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 64),
        ("x" * 63 + "\n" + "y" * 200, "x" * 63),
    ],
)
def test_a_name_is_one_printable_line(sent: str | None, shown: str | None) -> None:
    assert one_line(sent) == shown
    assert MAX_NAME_SIZE == 64


def reading_of(data: bytes) -> Reading:
    """Return the reading of a message."""
    decoder = Decoder()
    (reading,) = (*decoder.receive(data), *decoder.end())
    assert isinstance(reading, Reading)
    return reading


def test_no_name_in_a_list_has_line_ends_or_fills_a_page() -> None:
    """Neither the list's own, nor the model, nor the number."""

    def named(code: str, text: str) -> bytes:
        return axdr.structure(axdr.octet_string(axdr.logical_name(code)), axdr.visible_string(text))

    power = axdr.structure(
        axdr.octet_string(axdr.logical_name("1-0:1.7.0")), axdr.double_long_unsigned(1234), axdr.scaler_unit(0, 27)
    )
    content = axdr.array(
        named("1-1:0.2.129", "LIST\r\nTWO"),
        named("0-0:96.1.0", "12\x0034\n" + "5" * 200),
        named("0-0:96.1.7", "a" * 127),
        power,
    )
    reading = reading_of(frame(LLC + b"\x0f" + bytes(5) + content, ADDRESSES))
    assert (reading.list_id, reading.model) == ("LIST TWO", "a" * 64)
    assert reading.serial == "12 34 " + "5" * 58


def test_no_name_in_a_telegram_has_a_tab_or_a_byte_of_control() -> None:
    """An Iskraemeco sends the byte 2 where others send a backslash and a 2."""
    text = b"/ISK5\x02M\t550E-1012\r\n\r\n1-0:1.7.0(0001.870*kW)\r\n!"
    reading = reading_of(with_checksum(text))
    assert reading.values == {Quantity.POWER_IMPORT: 1870.0}
    assert reading.model == "M 550E-1012"
