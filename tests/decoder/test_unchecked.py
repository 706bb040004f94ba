"""Telegrams without a checksum: never believed alone, and only as long as they agree."""

from collections.abc import Sequence

import pytest

from custom_components.han_port.decoder import Decoder, FrameError, Quantity, Reading, UncheckedError
from tests.captures import load

from .three_ways import Event, comparable, hear, one_by_one

Q = Quantity
LUXEMBOURG = r"Lux5\253699999_D"


def telegram(
    *, power: float = 1.0, register: float = 4321.0, ident: str = "XMX5LGBBFG10", more: Sequence[str] = ()
) -> bytes:
    """Write a telegram of DSMR 4 whose checksum a reader has stripped."""
    lines = (
        f"/{ident}",
        "",
        "1-3:0.2.8(42)",
        f"1-0:1.8.1({register:010.3f}*kWh)",
        "1-0:2.8.1(000012.000*kWh)",
        f"1-0:1.7.0({power:06.3f}*kW)",
        *more,
        "!",
        "",
    )
    return "\r\n".join(lines).encode()


def heard(*telegrams: bytes) -> list[str]:
    """Return what each is taken for: its power, or the name of its error. Cutting changes nothing."""
    line = b"".join(telegrams)
    events = hear(line)
    assert comparable(hear(*one_by_one(line))) == comparable(events)
    return [said(event) for event in events]


def said(event: Event) -> str:
    """Return the power of a reading, or the name of an error."""
    return f"{event.values[Q.POWER_IMPORT]:g}" if isinstance(event, Reading) else type(event.error).__name__


ONE, TWO, THREE = (telegram(power=number, register=4321 + number / 1000) for number in (1, 2, 3))
FOUR = telegram(power=4, register=4321.003)
NOT_YET = "UncheckedError"


def test_the_third_that_agrees_is_believed() -> None:
    """And each one after it. None is called damaged."""
    assert heard(ONE) == [NOT_YET]
    assert heard(ONE, TWO, THREE, FOUR) == [NOT_YET, NOT_YET, "3000", "4000"]


def test_such_a_reading_says_that_nothing_has_checked_it() -> None:
    """One with a checksum does not."""
    *_, last = hear(ONE + TWO + THREE)
    assert isinstance(last, Reading)
    assert not last.is_checked
    assert last.verified is None
    (whole,) = hear(load("p1_se_kam5"))
    assert isinstance(whole, Reading)
    assert whole.is_checked


def test_the_same_telegram_again_is_no_other() -> None:
    """A gateway may hand out the last one, damaged or not, each time it is asked."""
    assert heard(*[ONE] * 5) == [NOT_YET] * 5
    assert heard(ONE, ONE, TWO, TWO, THREE, THREE) == [NOT_YET] * 4 + ["3000", "3000"]


@pytest.mark.parametrize(
    "other",
    [
        telegram(power=9, register=4320.999),
        telegram(power=9, register=4322.1),
        telegram(power=9, register=4321.003, ident="XMX5LGBBFG11"),
        telegram(power=9, register=4321.003, more=["0-0:96.14.0(0001)"]),
        telegram(power=9, register=4321.003).replace(b"(09.000*kW", b"(9.000*kW"),
        telegram(power=9, register=4321.003).replace(b"*kW)", b"*W)"),
        telegram(power=9, register=4321.003).replace(b"1-0:2.8.1", b"1-0:2.8.2"),
        telegram(power=9, register=4321.003).replace(b"1-0:2.8.1(000012.000*kWh)\r\n", b""),
    ],
    ids=[
        "a register falls",
        "a register jumps",
        "another meter",
        "a line more",
        "a digit less",
        "another unit",
        "another code",
        "a line less",
    ],
)
def test_one_that_does_not_agree_is_not_believed(other: bytes) -> None:
    """Then it takes three again."""
    assert heard(ONE, TWO, THREE, other)[-1] == NOT_YET
    assert heard(ONE, TWO, THREE, other, FOUR)[-1] == NOT_YET


def test_damage_between_them_begins_it_anew() -> None:
    """A line that spoils one telegram may spoil another unseen: a broken one, a broken frame, or bytes of none."""
    broken = telegram(power=9, register=4321.003)[:60]
    wrong_sum = load("p1_se_kam5").replace(b"!1B46", b"!1B47")
    wrong_bit = load("aidon_no_l1").replace(b"\x00\x00\x08\x64", b"\x00\x00\x08\x65")
    for damage in (broken, wrong_sum, wrong_bit, THREE[1:]):
        assert heard(ONE, TWO, damage, FOUR)[-1] == NOT_YET
        assert heard(ONE, TWO, THREE, damage, FOUR)[-1] == NOT_YET


def test_a_malformed_line_is_damage() -> None:
    """Where a checksum is right it is a habit of the meter."""
    odd = [telegram(power=n, register=4321 + n / 1000, more=["1-0:4:24.7.0(0)"]) for n in range(1, 5)]
    events = hear(b"".join(odd))
    assert [type(event.error) for event in events if not isinstance(event, Reading)] == [FrameError] * 4


def test_without_a_register_nothing_shows_that_it_runs_on() -> None:
    """So such a meter is not read."""
    bare = [f"/LGF5E360\r\n\r\n1-0:1.7.0({n:06.3f}*kW)\r\n!\r\n".encode() for n in range(1, 6)]
    assert heard(*bare) == [NOT_YET] * 5


def test_a_register_in_a_unit_that_is_not_known_says_nothing_of_the_others() -> None:
    """It may stand still or fall: nobody knows what it counts."""
    lines = [telegram(power=n, register=4321, more=[f"1-0:1.8.2({9 - n:010.3f}*BTU)"]) for n in (1, 2, 3)]
    assert heard(*lines) == [NOT_YET, NOT_YET, "3000"]


def test_a_power_may_change_its_sign() -> None:
    """Some write it only where it is negative."""
    lines = [telegram(power=n, register=4321, ident=LUXEMBOURG) for n in (1, 2, 3)]
    lines[1] = lines[1].replace(b"1-0:1.7.0(", b"1-0:1.7.0(-")
    assert heard(*lines)[-1] == "3000"


def test_two_telegrams_of_letters_are_two_meters() -> None:
    """On one line they take turns, and neither is learned."""
    others = [telegram(power=n, register=99, ident=LUXEMBOURG) for n in (1, 2, 3)]
    assert heard(ONE, others[0], TWO, others[1], THREE, others[2]) == [NOT_YET] * 6


def test_the_error_is_none_of_damage() -> None:
    """Else cable and supply would be blamed."""
    (event,) = hear(ONE)
    assert not isinstance(event, Reading)
    assert isinstance(event.error, UncheckedError)
    assert not isinstance(event.error, FrameError)


@pytest.mark.parametrize(
    ("ident", "is_known"),
    [
        (r"ISk5\2ME382-1004", True),
        (r"ISk5\2MT382-1000", True),
        ("KMP5 KA6U001000000000", True),
        ("KMP5 ZABF001587315111", True),
        ("ESY5Q3DB1024 V3.04", True),
        ("ESY5Q1DA1004 V3.04", False),
        (r"ISk5\2MT174-0001", False),
        ("KMP5 KA6", False),
        ("KMP5 KA6U/001", False),
    ],
)
def test_a_meter_that_is_known_to_send_none_is_believed_at_once(ident: str, is_known: bool) -> None:
    """By its identification; any other must be learned."""
    sample = telegram(ident=ident).replace(b"1-3:0.2.8(42)\r\n", b"")
    assert heard(sample) == ["1000" if is_known else NOT_YET]
    assert heard(telegram(ident=ident)) == [NOT_YET]  # it states a version of DSMR that has a checksum


@pytest.mark.parametrize(("sent", "both"), [("-000191.25", (0.0, 191.25)), ("000144.75", (144.75, 0.0))])
def test_the_power_of_an_easymeter_has_a_sign(sent: str, both: tuple[float, float]) -> None:
    """What is negative is exported. The other way is zero, and not unknown."""
    text = f"/ESY5Q3DB1024 V3.04\r\n\r\n1-0:1.7.0*255({sent}*W)\r\n1-0:41.7.0*255({sent}*W)\r\n!\r\n"
    (reading,) = Decoder().receive(text.encode())
    assert isinstance(reading, Reading)
    ways = (Q.POWER_IMPORT, Q.POWER_EXPORT), (Q.POWER_IMPORT_L2, Q.POWER_EXPORT_L2)
    assert reading.values == {quantity: value for way in ways for quantity, value in zip(way, both, strict=True)}
