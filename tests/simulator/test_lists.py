"""Every Norwegian list, byte for byte as other decoders understand it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest

from tests import captures
from tools.simulator.axdr import STANDARD_TIME
from tools.simulator.household import House, Net, Supply
from tools.simulator.lists import MODELS, ListKind, Model, encode, find_model

FULL_HOUR = datetime(2026, 1, 15, 14, tzinfo=STANDARD_TIME)
VOLTAGES = (230.1, 231.2, 229.8)


@dataclass(frozen=True)
class Measured:
    """What a capture says, in the order of a supply; a power below zero is export."""

    active: int
    reactive: int = 0
    current: tuple[float, ...] = ()
    voltage: tuple[float, ...] = VOLTAGES
    energy: tuple[int, int, int, int] = (0, 0, 0, 0)
    moment: datetime = field(default=FULL_HOUR)

    def supply(self, net: Net) -> Supply:
        return Supply(
            self.moment,
            net,
            self.active,
            self.reactive,
            self.current,  # only the signs of the powers by phase come into a list
            self.current,
            self.voltage,
            tuple(map(abs, self.current)),
            (0, 0, 0, 0),
            *self.energy,
        )


def seconds(number: float) -> datetime:
    return FULL_HOUR + timedelta(seconds=number)


AIDON_ENERGY = (12345670, 0, 456780, 9010)
KAIFA_ENERGY = (12345678, 0, 45678, 901234)
KAMSTRUP_ENERGY = (12345670, 0, 450, 901230)
AIDON_TN = Measured(3210, 120, (4.7, -0.3, 8.1))
AIDON_TN_HOURLY = Measured(3210, 120, (4.7, 0.3, 8.1), energy=AIDON_ENERGY)
AIDON_IT = Measured(3210, 120, (8.7, 5.5, -7.4), energy=AIDON_ENERGY)
KAIFA_IT = Measured(3105, -415, (4.567, 3.812, 8.001), energy=KAIFA_ENERGY, moment=seconds(10))
KAIFA_ONE = Measured(605, -41, (2.701,), VOLTAGES[:1], KAIFA_ENERGY, seconds(10))
KAMSTRUP_TN = Measured(1230, -144, (5.37, 0.99, 4.12), (231, 230, 229), KAMSTRUP_ENERGY)
KAMSTRUP_ONE = Measured(1230, -144, (5.37,), (231,), KAMSTRUP_ENERGY)

POWER, SNAPSHOT, HOURLY = ListKind
CASES: dict[str, tuple[Model, ListKind, Measured, datetime]] = {
    "aidon_no_l1": (find_model("Aidon"), POWER, Measured(2148), FULL_HOUR),
    "aidon_no_l2_4w": (find_model("Aidon", "6534"), SNAPSHOT, AIDON_TN, FULL_HOUR),
    "aidon_no_l3_4w": (find_model("Aidon", "6534"), HOURLY, AIDON_TN_HOURLY, FULL_HOUR),
    "aidon_no_l2_3w": (find_model("Aidon", "6525"), SNAPSHOT, AIDON_IT, FULL_HOUR),
    "aidon_no_l3_3w": (find_model("Aidon", "6525"), HOURLY, AIDON_IT, FULL_HOUR),
    "aidon_no_l2_1p": (
        *(find_model("Aidon", "6515"), SNAPSHOT),
        *(Measured(1210, 20, (5.3,), VOLTAGES[:1]), FULL_HOUR),
    ),
    "embriq_no_l2": (
        *(find_model("Embriq", net=Net.IT), SNAPSHOT),
        *(Measured(1870, -310, (8.12, 3.1, 7.45)), FULL_HOUR),
    ),
    "kaifa_no_l1": (find_model("Kaifa"), POWER, Measured(3059), seconds(2)),
    "kaifa_no_l2_3p": (
        *(find_model("Kaifa", "MA304H4"), SNAPSHOT),
        *(Measured(3105, -415, (4.567, 0.812, 10.001)), seconds(-10)),
    ),
    "kaifa_no_l2_it": (find_model("Kaifa", "MA304H3E"), SNAPSHOT, KAIFA_IT, seconds(-10)),
    "kaifa_no_l3_3p": (find_model("Kaifa", "MA304H3E"), HOURLY, KAIFA_IT, seconds(10)),
    "kaifa_no_l2_1p": (find_model("Kaifa", "MA105H2E"), SNAPSHOT, KAIFA_ONE, seconds(-10)),
    "kaifa_no_l3_1p": (find_model("Kaifa", "MA105H2E"), HOURLY, KAIFA_ONE, seconds(10)),
    "kamstrup_no_l1": (find_model("Kamstrup", "6841131"), SNAPSHOT, KAMSTRUP_TN, seconds(10)),
    "kamstrup_no_l2": (find_model("Kamstrup", "6841131"), HOURLY, KAMSTRUP_TN, seconds(5)),
    "kamstrup_no_l1_1p": (find_model("Kamstrup", "6861111"), SNAPSHOT, KAMSTRUP_ONE, seconds(10)),
    "kamstrup_no_l2_1p": (find_model("Kamstrup", "6861111"), HOURLY, KAMSTRUP_ONE, seconds(5)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_list_is_byte_for_byte_that_of_the_specification(name: str) -> None:
    model, which, measured, moment = CASES[name]
    assert encode(model, measured.supply(model.net), moment, which).hex(" ") == captures.load(name).hex(" ")


def test_every_norwegian_capture_is_compared() -> None:
    assert set(CASES) == {name for name in captures.NAMES if "_no_" in name}


SIZES = {
    ("Aidon", Net.TN): (44, 288, 396),
    ("Aidon", Net.IT): (44, 269, 377),
    ("Aidon", Net.ONE_PHASE): (44, 212, 320),
    ("Embriq", Net.TN): (44, 288, 396),
    ("Embriq", Net.IT): (44, 288, 396),
    ("Kaifa", Net.TN): (41, 122, 156),
    ("Kaifa", Net.ONE_PHASE): (41, 103, 137),
    ("Kamstrup", Net.TN): (228, 302),
    ("Kamstrup", Net.IT): (228, 302),
    ("Kamstrup", Net.ONE_PHASE): (188, 262),
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.key)
def test_every_model_sends_lists_as_long_as_the_real_ones(model: Model) -> None:
    supply = House(FULL_HOUR, net=model.net).at(FULL_HOUR)
    kinds = [which for which in ListKind if which in model.maker.lists]
    sizes = tuple(len(encode(model, supply, FULL_HOUR, which)) for which in kinds)
    if model.key == "MA304H3E":
        assert sizes == (41, 123, 157)
    elif model.key == "6841131-old":
        assert sizes == (229, 303)
    else:
        assert sizes == SIZES.get((model.maker.name, model.net), SIZES["Kaifa", Net.TN])


def value_of(frame: bytes, tagged_code: str, size: int) -> int:
    start = frame.index(bytes.fromhex(tagged_code)) + len(bytes.fromhex(tagged_code)) + 1
    return int.from_bytes(frame[start : start + size], "big")


def test_a_kamstrup_behind_transformers_sends_secondary_currents_in_milliamperes() -> None:
    model = find_model("Kamstrup", "6851131")
    supply = Measured(24_600, 0, (107.4, 20, 20), (231, 230, 229)).supply(Net.TN)
    frame = encode(model, supply, FULL_HOUR, SNAPSHOT)
    assert value_of(frame, "0906 0101010700ff", 4) == 1230
    assert value_of(frame, "0906 01011f0700ff", 4) == 5370
    assert value_of(frame, "0906 0101200700ff", 2) == 231


def test_some_kamstrups_send_voltages_of_five_digits() -> None:
    frame = encode(
        find_model("Kamstrup", "6841131-volts"),
        Measured(1, 0, (1, 1, 1), (221.99, 230, 229)).supply(Net.TN),
        FULL_HOUR,
        SNAPSHOT,
    )
    assert value_of(frame, "0906 0101200700ff", 2) == 22199


def test_old_firmware_of_kamstrup_tags_the_time_of_the_notification() -> None:
    supply = KAMSTRUP_TN.supply(Net.TN)
    frame = encode(find_model("Kamstrup", "6841131-old"), supply, FULL_HOUR, SNAPSHOT)
    assert bytes.fromhex("0f 00000000 090c 07ea") in frame


def test_an_older_aidon_names_the_day_of_the_week_and_no_deviation() -> None:
    summer = datetime(2026, 7, 15, 14, tzinfo=timezone(timedelta(hours=2)))
    frame = encode(find_model("Aidon", "6525-older"), AIDON_IT.supply(Net.IT), summer, HOURLY)
    assert bytes.fromhex("090c 07ea070f 03 0d0000 ff 8000 ff") in frame


def test_a_register_shows_only_what_is_full() -> None:
    supply = Measured(1, 0, (1, 1, 1), energy=(12345679, 0, 0, 0)).supply(Net.TN)
    frame = encode(find_model("Aidon", "6534"), supply, FULL_HOUR, HOURLY)
    assert value_of(frame, "0906 0100010800ff", 4) == 1234567


def test_a_list_that_the_maker_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="has no list 1"):
        encode(find_model("Kamstrup"), KAMSTRUP_TN.supply(Net.TN), FULL_HOUR, POWER)


def test_a_meter_that_nobody_makes_is_not_found_and_the_others_are_named() -> None:
    with pytest.raises(LookupError, match="MA304H4"):
        find_model("Kaifa", "6534")
