"""Lists of other countries and makers: told apart by their types and names, and read by place, code or description."""

import pytest

from custom_components.han_port.decoder import Maker, Quantity, Reading, UnknownListError
from custom_components.han_port.decoder.dlms import Notification, Value, read_value
from custom_components.han_port.decoder.meters import read_list
from custom_components.han_port.decoder.profiles import PROFILES
from tests.captures import load
from tools.simulator import axdr
from tools.simulator.hdlc import frame

from .three_ways import hear, one_by_one, reading_of

Q = Quantity


def listed(*elements: bytes, tagged: bool = False) -> Notification:
    """Make the notification of a structure."""
    encoded = axdr.structure(*elements)
    return Notification(None, tagged, read_value(encoded, 0)[0], encoded)


def octets(text: str) -> bytes:
    """Encode a name."""
    return axdr.octet_string(text.encode())


def words(*values: int) -> list[bytes]:
    """Encode numbers of two bytes."""
    return [axdr.long_unsigned(value) for value in values]


def longs(*values: int) -> list[bytes]:
    """Encode numbers of four bytes."""
    return [axdr.double_long_unsigned(value) for value in values]


def code(obis: str) -> bytes:
    """Encode an OBIS code."""
    return axdr.octet_string(axdr.logical_name(obis))


NAME, OTHER_NAME = octets("ISK1030700000017"), octets("ISK70000017")


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        pytest.param(
            [
                NAME,
                octets("16820005"),
                *longs(1390, 0, 0, 858),
                *words(2387, 2331, 2327, 107, 136, 593),
                *longs(55, 19, 1314, 0, 0, 0),
            ],
            {
                Q.POWER_IMPORT: 1390.0,
                Q.REACTIVE_POWER_EXPORT: 858.0,
                Q.VOLTAGE_L3: 232.7,
                Q.CURRENT_L3: 5.93,
                Q.POWER_IMPORT_L3: 1314.0,
            },
            id="three phases",
        ),
        pytest.param(
            [
                NAME,
                octets("16820006"),
                axdr.enum(1),
                axdr.octet_string(b"\0\2"),
                *longs(112355, 38405, 73950, 516717, 1, 2, 319736, 94212),
            ],
            {
                Q.BREAKER_STATE: 1.0,
                Q.ENERGY_IMPORT: 112355.0,
                Q.ENERGY_IMPORT_T2: 73950.0,
                Q.ENERGY_EXPORT: 516717.0,
                Q.REACTIVE_ENERGY_EXPORT: 94212.0,
            },
            id="registers",
        ),
        pytest.param(
            [NAME, octets("UP_3f"), *words(2314, 2303, 2348, 451, 525, 88), *longs(2399, 0, 3, 4)],
            {Q.VOLTAGE_L2: 230.3, Q.CURRENT_L2: 5.25, Q.POWER_IMPORT: 2399.0, Q.REACTIVE_POWER_EXPORT: 4.0},
            id="UP_3f",
        ),
        pytest.param(
            [NAME, OTHER_NAME, *longs(540, 0, 0, 282), *words(2336, 278), *longs(540, 0)],
            {Q.POWER_IMPORT: 540.0, Q.VOLTAGE_L1: 233.6, Q.CURRENT_L1: 2.78, Q.POWER_IMPORT_L1: 540.0},
            id="one phase",
        ),
        pytest.param(
            [NAME, OTHER_NAME, *longs(373, 0, 0, 0), *words(2301), *longs(0, 0)],
            {Q.POWER_IMPORT: 373.0, Q.VOLTAGE_L1: 230.1},
            id="one phase without current",
        ),
        pytest.param(
            [NAME, *longs(625, 0, 12789950, 5732902, 7057048, 250, 112, 138)],
            {Q.POWER_IMPORT: 625.0, Q.ENERGY_IMPORT: 12789950.0, Q.ENERGY_EXPORT_T2: 138.0},
            id="tariffs",
        ),
        pytest.param(
            [octets("70000017"), axdr.unsigned(0), *longs(7924641, 12)],
            {Q.ENERGY_IMPORT: 7924641.0, Q.ENERGY_EXPORT: 12.0},
            id="two registers",
        ),
        pytest.param(
            [
                code("0-6:25.9.0"),
                octets("1121270000017"),
                axdr.octet_string(bytes(4)),
                axdr.octet_string(bytes(5)),
                *longs(9534290, 2896624, 726595, 2561341, 738, 0),
                octets("a"),
                octets("b"),
            ],
            {Q.ENERGY_IMPORT: 9534290.0, Q.REACTIVE_ENERGY_EXPORT: 2561341.0, Q.POWER_IMPORT: 738.0},
            id="Austria",
        ),
    ],
)
def test_iskraemecos_lists_take_turns_on_one_port(elements: list[bytes], expected: dict[Quantity, float]) -> None:
    """Each is known by the types of its elements and the names among them."""
    reading = read_list(listed(*elements))
    assert reading.maker is Maker.ISKRAEMECO
    assert expected.items() <= reading.values.items()


HEAD, POWERS, REGISTERS = "list_id serial model", "1.7.0 2.7.0 3.7.0 4.7.0", "1.8.0 2.8.0 3.8.0 4.8.0"
AMPERES, VOLTS = "31.7.0 51.7.0 71.7.0", "32.7.0 52.7.0 72.7.0"
SWISS = "serial - - 1.8.0 1.8.1 1.8.2 2.8.0 2.8.1 2.8.2 5.8.0 6.8.0 7.8.0 8.8.0 1.7.0 2.7.0"
OF_PHASES = "21.7.0 41.7.0 61.7.0 22.7.0 42.7.0 62.7.0"
PLACES = [
    ("l", "1.7.0"),
    ("ooollllll", f"{HEAD} {POWERS} 31.7.0 32.7.0"),
    ("ooollllllllll", f"{HEAD} {POWERS} {AMPERES} {VOLTS}"),
    ("ooollllllollll", f"{HEAD} {POWERS} 31.7.0 32.7.0 clock {REGISTERS}"),
    ("ooollllllllllollll", f"{HEAD} {POWERS} {AMPERES} {VOLTS} clock {REGISTERS}"),
    ("ooolllllllllloLLLL", f"{HEAD} {POWERS} {AMPERES} {VOLTS} clock {REGISTERS}"),
    ("wwwwwwllllwwwo", f"{VOLTS} {AMPERES} 1.7.0 2.7.0 1.8.0 2.8.0 - - - serial"),
    ("wwwwwwllllo", f"{VOLTS} {AMPERES} 1.7.0 2.7.0 1.8.0 2.8.0 serial"),
    ("ollllllll", f"clock {REGISTERS} {POWERS}"),
    ("oollllllll", f"serial clock {REGISTERS} {POWERS}"),
    ("oollllwwwwwwllllll", f"serial list_id {POWERS} {VOLTS} {AMPERES} 21.7.0 41.7.0 61.7.0 22.7.0 42.7.0 62.7.0"),
    ("ooeollllllll", "serial list_id 96.3.10 - 1.8.0 1.8.1 1.8.2 2.8.0 2.8.1 2.8.2 3.8.0 4.8.0"),
    ("oobollllllll", "serial list_id - - 1.8.0 1.8.1 1.8.2 2.8.0 2.8.1 2.8.2 3.8.0 4.8.0"),
    ("oowwwwwwllll", f"serial list_id {VOLTS} {AMPERES} {POWERS}"),
    ("oollllwll", f"serial - {POWERS} 32.7.0 - -"),
    ("oollllwwll", f"serial - {POWERS} 32.7.0 31.7.0 21.7.0 22.7.0"),
    ("ollllllll", "serial 1.7.0 2.7.0 1.8.0 1.8.1 1.8.2 2.8.0 2.8.1 2.8.2"),
    ("oull", "- - 1.8.0 2.8.0"),
    ("ooollllllllllll", SWISS),
    ("ooollllllllllllwllllllwwwwwwlAAAb", f"{SWISS} 13.7.0 {OF_PHASES} {VOLTS} {AMPERES} - - - - -"),
    ("ooollllllllllllwllllllwwwwwwwAAAb", f"{SWISS} 13.7.0 {OF_PHASES} {VOLTS} {AMPERES} - - - - -"),
    ("oooolllllloo", f"- serial - - {REGISTERS} 1.7.0 2.7.0 - -"),
    ("oooollllll", f"- serial - - {REGISTERS} 1.7.0 2.7.0"),
]


def test_every_place_of_a_list_without_codes_is_named() -> None:
    """By the code that such a quantity has elsewhere: the numbers of a list alone would not show two that changed."""
    assert [
        (
            layout.types,
            " ".join(
                field.code if isinstance(field, Quantity) else field.value if field else "-" for field in layout.fields
            ),
        )
        for profile in PROFILES
        for layout in profile.layouts
    ] == PLACES


def test_an_iskraemeco_list_without_its_name_is_nobodys() -> None:
    """Types alone may be a coincidence."""
    elements = [
        octets("XYZ1030700000017"),
        octets("16820005"),
        *longs(1, 0, 0, 8),
        *words(1, 2, 3, 4, 5, 6),
        *longs(1, 2, 3, 4, 5, 6),
    ]
    with pytest.raises(UnknownListError, match="no known list has the shape"):
        read_list(listed(*elements))


@pytest.mark.parametrize("angles", [(), (400, 3, 288)], ids=["without angles", "with angles"])
def test_netz_burgenlands_list_is_read_by_its_places(angles: tuple[int, ...]) -> None:
    """It has no code and no name: eleven or fourteen elements of these very types are its only sign."""
    reading = read_list(
        listed(*words(236, 237, 0, 0, 46, 26), *longs(125, 0, 27881149, 7619), *words(*angles), octets("30000017"))
    )
    assert (reading.maker, reading.serial) == (Maker.LANDIS_GYR, "30000017")
    assert reading.values[Q.VOLTAGE_L2] == 237.0
    assert reading.values[Q.CURRENT_L2] == 0.46
    assert reading.values[Q.ENERGY_EXPORT] == 7619.0
    assert len(reading.unnamed) == len(angles)


def pushed(*about: tuple[int, str, int]) -> bytes:
    """Encode the description of a push object: class, OBIS code and attribute of each element."""
    return axdr.array(
        *(axdr.structure(axdr.long_unsigned(c), code(o), axdr.integer(a), axdr.long_unsigned(0)) for c, o, a in about)
    )


def test_a_list_that_describes_its_push_object_is_read_by_the_description() -> None:
    """The description stands in the place of its own first line; attribute 1 is a name and no value."""
    about = pushed(
        (40, "0-8:25.9.0", 2),
        (40, "0-8:25.9.0", 1),
        (1, "0-0:96.1.1", 2),
        (3, "1-0:1.7.0", 2),
        (3, "1-0:32.7.0", 2),
        (3, "1-0:31.7.0", 2),
    )
    reading = read_list(listed(about, code("0-8:25.9.0"), octets("60000017"), *longs(362), *words(2341, 51)))
    assert (reading.maker, reading.serial) == (Maker.LANDIS_GYR, "60000017")
    assert reading.values == {Q.POWER_IMPORT: 362.0, Q.VOLTAGE_L1: 234.1, Q.CURRENT_L1: 0.51}


CLOCK = "07EA0A0E03120A00FF800080"


def test_nine_places_that_begin_with_a_clock_are_a_list_of_wiener_netze() -> None:
    """Its registers come first. The maker's letters of its encryption, if it is encrypted, are surer than the list."""
    sent = listed(axdr.octet_string(bytes.fromhex(CLOCK)), *longs(1234567, 8901, 23456, 345678, 2765, 0, 0, 428))
    reading = read_list(sent)
    assert reading.values == {
        Q.ENERGY_IMPORT: 1234567.0,
        Q.ENERGY_EXPORT: 8901.0,
        Q.REACTIVE_ENERGY_IMPORT: 23456.0,
        Q.REACTIVE_ENERGY_EXPORT: 345678.0,
        Q.POWER_IMPORT: 2765.0,
        Q.POWER_EXPORT: 0.0,
        Q.REACTIVE_POWER_IMPORT: 0.0,
        Q.REACTIVE_POWER_EXPORT: 428.0,
    }
    assert (reading.maker, reading.serial) == (Maker.LANDIS_GYR, None)
    assert reading.sent_at
    assert reading.sent_at.local.isoformat() == "2026-10-14T18:10:00"
    assert read_list(sent, flag="ISK").maker is Maker.ISKRAEMECO


@pytest.mark.parametrize(
    "other",
    [
        "07EA0D0E03120A00FF800080",
        "07EA0A2003120A00FF800080",
        "07EA0A00031200A0FF800080",
        "08000A0E03120A00FF800080",
        "07EA0A0E03120A00FF8000",
        "07EA0A0E08120A00FF800080",
    ],
    ids=["month 13", "day 32", "day 0", "year 2048", "eleven bytes", "day 8 of the week"],
)
def test_nine_places_that_begin_with_anything_else_are_nobodys(other: str) -> None:
    """The types alone may be a coincidence."""
    with pytest.raises(UnknownListError):
        read_list(listed(axdr.octet_string(bytes.fromhex(other)), *longs(1, 2, 3, 4, 5, 6, 7, 8)))


def test_the_ten_places_of_wiener_netze_begin_with_the_number() -> None:
    """Of Siemens, Iskraemeco and Landis+Gyr alike: the letters of the encryption say whose it is."""
    clock = axdr.octet_string(bytes.fromhex(CLOCK))
    sent = listed(octets("1SMS0000000017"), clock, *longs(1234567, 8901, 23456, 345678, 2765, 0, 0, 428))
    reading = read_list(sent, flag="SMS")
    assert (reading.maker, reading.serial) == (None, "1SMS0000000017")
    assert reading.values[Q.ENERGY_IMPORT] == 1234567.0
    assert reading.values[Q.REACTIVE_POWER_EXPORT] == 428.0
    assert read_list(sent, flag="ISK").maker is Maker.ISKRAEMECO
    with pytest.raises(UnknownListError):
        read_list(listed(octets("1SMS0000000017"), octets("x"), *longs(1, 2, 3, 4, 5, 6, 7, 8)))


@pytest.mark.parametrize("behind", [(), (octets("0"), octets("0"))], ids=["ten places", "twelve places"])
@pytest.mark.parametrize("push", ["0-6:25.9.0", "0-0:25.9.0"])
def test_a_list_that_begins_with_the_code_of_its_push_object_has_its_number_next(
    behind: tuple[bytes, ...], push: str
) -> None:
    """Of Iskraemeco and of Siemens, in Austria: then come the time of day, the date, registers and powers."""
    parts = octets("30000017"), axdr.octet_string(bytes(4)), axdr.octet_string(bytes(5))
    sent = listed(code(push), *parts, *longs(9534290, 2896624, 726595, 2561341, 738, 0), *behind)
    reading = read_list(sent, flag="SMS")
    assert (reading.maker, reading.serial) == (None, "30000017")
    assert reading.values == {
        Q.ENERGY_IMPORT: 9534290.0,
        Q.ENERGY_EXPORT: 2896624.0,
        Q.REACTIVE_ENERGY_IMPORT: 726595.0,
        Q.REACTIVE_ENERGY_EXPORT: 2561341.0,
        Q.POWER_IMPORT: 738.0,
        Q.POWER_EXPORT: 0.0,
    }


@pytest.mark.parametrize("limit", [longs(17250), words(17250)], ids=["four bytes", "two bytes"])
def test_a_croatian_list_ends_with_arrays_of_one_number(limit: list[bytes]) -> None:
    """An Iskraemeco IE.5, of thirty-three places. What the last five mean nobody knows."""
    reading = read_list(
        listed(
            *(octets("30000017"), axdr.octet_string(bytes(4)), axdr.octet_string(bytes(5))),
            *longs(12789950, 8000000, 4789950, 250, 112, 138, 1, 2, 3, 4, 625, 0),
            *words(987),
            *longs(600, 25, 0, 0, 0, 0),
            *words(2301, 2312, 2298, 271, 11, 0),
            *limit,
            *[axdr.array(*words(9400))] * 3,
            axdr.boolean(value=True),
        )
    )
    assert (reading.maker, reading.serial) == (Maker.ISKRAEMECO, "30000017")
    assert len(reading.values) == 12 + 1 + 6 + 6
    assert reading.values[Q.POWER_FACTOR] == 0.987
    assert reading.values[Q.POWER_IMPORT_L2] == 25.0
    assert reading.values[Q.VOLTAGE_L3] == 229.8
    assert reading.values[Q.CURRENT_L1] == 2.71
    assert reading.unnamed["#29"] == [9400]


def test_the_state_of_a_breaker_may_be_a_boolean() -> None:
    """In Slovenia, where another firmware has an enum in the same place."""
    reading = read_list(
        listed(
            *(octets("ISK1030700000017"), octets("16820006"), axdr.boolean(value=True), axdr.octet_string(bytes(2))),
            *longs(112355, 73950, 38405, 516717, 1, 2, 319736, 94212),
        )
    )
    assert reading.values[Q.ENERGY_IMPORT_T2] == 38405.0
    assert reading.values[Q.REACTIVE_ENERGY_EXPORT] == 94212.0


def descriptor(number: int, obis: str, attribute: int, value: bytes) -> bytes:
    """Make a value with the descriptor of its attribute, which has no types."""
    return b"\x02\x02" + number.to_bytes(2) + code(obis)[2:] + bytes((attribute,)) + value


DESCRIBED = (
    descriptor(1, "0-0:42.0.0", 2, octets("EGD012345")),
    descriptor(40, "0-2:25.9.0", 1, code("0-2:25.9.0")),
    descriptor(1, "0-0:96.1.1", 2, octets("0000000017")),
    descriptor(70, "0-0:96.3.10", 3, axdr.enum(1)),
    descriptor(71, "0-0:17.0.0", 3, *longs(0)),
    descriptor(70, "0-1:96.3.10", 3, axdr.enum(0)),
    descriptor(1, "0-0:96.14.0", 2, octets("T2")),
    descriptor(3, "1-0:1.7.0", 2, *longs(1956)),
    descriptor(3, "1-0:61.7.0", 2, *longs(54)),
    descriptor(3, "1-0:1.8.0", 2, *longs(4913794)),
    descriptor(3, "1-0:2.8.0", 3, axdr.scaler_unit(0, 30)),
    descriptor(1, "0-0:96.13.0", 2, octets("")),
)


def raw_described(*entries: bytes) -> bytes:
    """Make a message whose values have descriptors without types."""
    return b"\x0f\x80\x00\xf1\xd5\x00\x02\x02\x16\x01\x01" + bytes((len(entries),)) + b"".join(entries)


def test_descriptors_need_no_types() -> None:
    """Sagemcom XT211 of EG.D, in the Czech Republic: without any framing, an enum and an array of such."""
    sample = raw_described(*DESCRIBED)
    (reading,) = hear(sample)
    assert [reading] == hear(*one_by_one(sample)) == hear(frame(b"\xe6\xe7\x00" + sample, bytes.fromhex("410883")))
    assert isinstance(reading, Reading)
    assert (reading.maker, reading.serial) == (Maker.SAGEMCOM, "0000000017")
    assert reading.values == {
        Q.BREAKER_STATE: 1.0,
        Q.LIMITER_THRESHOLD: 0.0,
        Q.POWER_IMPORT: 1956.0,
        Q.POWER_IMPORT_L3: 54.0,
        Q.ENERGY_IMPORT: 4913794.0,
    }


@pytest.mark.parametrize("size", range(12, len(raw_described(*DESCRIBED)), 7))
def test_descriptors_that_break_off_are_no_message(size: int) -> None:
    """No checksum protects them, only that they are whole."""
    assert not hear(raw_described(*DESCRIBED)[:size])


def test_a_descriptor_that_is_none_costs_the_message() -> None:
    """Else what follows would be read at another place."""
    assert not hear(raw_described(DESCRIBED[0], b"\x02\x03" + DESCRIBED[1][2:]))


def swiss(device: str | None, *amperes: int, power: int = 250_700, number: str | None = None) -> Reading:
    """Read a list with a description, of a meter of three phases of 230 V."""
    texts = [("0-0:42.0.0", device), ("0-0:96.1.0", number)]
    about = [(1, code, 2) for code, text in texts if text]
    about += [(3, f"1-0:{each}.7.0", 2) for each in (1, 32, 52, 72, 31, 51, 71)]
    values = [octets(text) for _, text in texts if text]
    description = pushed((40, "0-8:25.9.0", 2), *about)
    return read_list(listed(description, *values, *longs(power), *words(230, 230, 230), *words(*amperes)))


@pytest.mark.parametrize(
    ("device", "maker"),
    [
        ("ISK1030700000001", Maker.ISKRAEMECO),
        ("LGZ1030000000001", Maker.LANDIS_GYR),
        ("KFM1030000000001", Maker.KAIFA),
        ("SAG1030000000001", Maker.SAGEMCOM),
        ("XYZ1030000000001", None),
        (None, Maker.LANDIS_GYR),
    ],
)
def test_a_list_with_a_description_names_its_maker_and_number_as_a_device(
    device: str | None, maker: Maker | None
) -> None:
    """In Switzerland all makers send it. Without a device name it is the Landis+Gyr that began it."""
    reading = swiss(device, 51, 49, 50, power=340)
    assert (reading.maker, reading.serial) == (maker, device)
    assert reading.values[Q.CURRENT_L1] == 0.51
    assert swiss(device, 51, 49, 50, power=340, number="30000017").serial == "30000017"


@pytest.mark.parametrize(
    ("amperes", "power", "shown"),
    [
        ((390, 205, 600), 250_700, 390.0),
        ((390, 205, 600), 2_507, 3.9),
        ((390, 205, 600), 300, 3.9),
        ((3, 3, 3), 1_800, 3.0),
        ((3, 3, 3), 300, None),
        ((39, 20, 60), 250_700, None),
        ((0, 0, 0), 2_000, 0.0),
    ],
    ids=["1 A", "0.01 A", "mostly reactive", "1 A of little", "neither: a motor?", "neither", "none at all"],
)
def test_currents_whose_scale_the_power_contradicts_are_not_shown_in_it(
    amperes: tuple[int, ...], power: int, shown: float | None
) -> None:
    """A Landis+Gyr E570 on current transformers sends 1 A where an E450 sends 0.01 A: no fuse would be watched."""
    reading = swiss("LGZ1030000000001", *amperes, power=power)
    assert reading.values.get(Q.CURRENT_L1) == shown
    assert ("1-0:31.7.0" in reading.unnamed) is (shown is None)
    assert reading.values[Q.VOLTAGE_L1] == 230.0


ABOUT = (axdr.long_unsigned(3), code("1-0:1.7.0"), axdr.integer(2), axdr.long_unsigned(0))


@pytest.mark.parametrize(
    "odd",
    [
        axdr.integer(1),
        octets("four"),
        axdr.structure(axdr.integer(1)),
        axdr.structure(*ABOUT, axdr.integer(0)),
        axdr.structure(ABOUT[0], octets("7bytes!"), *ABOUT[2:]),
        axdr.array(*ABOUT),
    ],
    ids=["number", "text", "too short", "too long", "no code", "array"],
)
def test_a_list_whose_description_is_none_is_nobodys(odd: bytes) -> None:
    """As many entries as elements, and one of them is no description."""
    assert read_list(listed(axdr.array(*[axdr.structure(*ABOUT)] * 2), *longs(1))).values == {Q.POWER_IMPORT: 1.0}
    with pytest.raises(UnknownListError, match="element 0 has no OBIS code"):
        read_list(listed(axdr.array(axdr.structure(*ABOUT), odd), *longs(1)))


def test_a_clock_in_front_and_a_number_behind_need_no_codes() -> None:
    """Sagemcom in Austria: codes, values and scales one after the other between the two."""
    clock = axdr.octet_string(bytes.fromhex("07E60311040D352300FFC402"))
    values = [
        code("1-0:1.7.0"),
        *longs(182),
        axdr.scaler_unit(0, 27),
        code("1-0:13.7.0"),
        *words(874),
        axdr.scaler_unit(-3, 255),
    ]
    assert read_list(listed(clock, *values)).values == {Q.POWER_IMPORT: 182.0, Q.POWER_FACTOR: 0.874}
    reading = read_list(listed(clock, *values, octets("178000000017")))
    assert reading.values == {Q.POWER_IMPORT: 182.0, Q.POWER_FACTOR: 0.874}
    assert reading.serial == "178000000017"
    assert reading.sent_at
    assert reading.sent_at.deviation == -60
    assert reading.maker is None


def test_the_makers_letters_give_the_scale_where_the_list_has_no_name() -> None:
    """A system title's: the list itself is a clock, and codes and values in turn."""
    elements = [
        axdr.octet_string(bytes.fromhex("07E602150111251EFF800000")),
        code("1-0:1.7.0"),
        *longs(2893),
        code("1-0:1.8.0"),
        *longs(4408736),
    ]
    reading = read_list(listed(*elements), flag="LGZ")
    assert (reading.maker, reading.values) == (Maker.LANDIS_GYR, {Q.POWER_IMPORT: 2893.0, Q.ENERGY_IMPORT: 4408736.0})
    with pytest.raises(UnknownListError, match="no value in it has a known name and scale"):
        read_list(listed(*elements))


def test_the_makers_letters_alone_tell_who_made_a_meter() -> None:
    """Sagemcom's lists explain themselves; the letters are in the system title. A device's own name is surer."""
    power = axdr.structure(code("1-0:1.7.0"), *longs(987), axdr.scaler_unit(0, 27))
    assert read_list(listed(power), flag="SAG").maker is Maker.SAGEMCOM
    device = axdr.structure(code("0-0:42.0.0"), octets("KFM1100100000017"))
    assert read_list(listed(device, power), flag="SAG").maker is Maker.KAIFA


def test_the_maker_may_be_known_by_the_logical_device_name() -> None:
    """Kaifa in Austria explains its values itself and says its name as a device."""
    device = axdr.structure(code("0-0:42.0.0"), octets("KFM1100100000017"))
    power = axdr.structure(code("1-0:1.7.0"), *longs(987), axdr.scaler_unit(0, 27))
    assert read_list(listed(device, power)).maker is Maker.KAIFA


@pytest.mark.parametrize(
    ("raw", "factor", "amperes"),
    [
        (537, 95, 5.37),
        (5370, 95, 5.37),
        (537, 0, 5.37),
        (5370, 0, 5.37),
        (53, 95, None),
        (53, 0, None),
        (2000, 0, None),
    ],
    ids=[
        "hundredths",
        "thousandths",
        "hundredths without a factor",
        "thousandths without a factor",
        "neither",
        "neither without a factor",
        "a power factor of 0.26, or of 2.6",
    ],
)
def test_kamstrups_currents_have_the_scale_that_fits_the_power(raw: int, factor: int, amperes: float | None) -> None:
    """P = U I cos phi, and the meter says all four: a meter on transformers counts in mA, a direct one in 0.01 A."""
    pairs = {"0.0.1": 30000017, "32.7.0": 230, "31.7.0": raw, "21.7.0": 1173, "33.7.0": factor}
    elements = [element for obis, value in pairs.items() for element in (code(f"1-1:{obis}"), *longs(value))]
    reading = read_list(listed(axdr.visible_string("Kamstrup_V0001"), *elements))
    assert reading.values.get(Q.CURRENT_L1) == amperes
    assert ("1-1:31.7.0" in reading.unnamed) is (amperes is None)


def phase(number: int, volts: int, amperes: int, power: int, factor: int | None, exported: int = 0) -> list[bytes]:
    """Make what Kamstrup's largest list says of a phase, with a power factor in hundredths."""
    codes = {32: volts, 31: amperes, 21: power, 22: exported, 33: factor}
    pairs = [(group + 20 * (number - 1), value) for group, value in codes.items() if value is not None]
    return [element for group, value in pairs for element in (code(f"1-1:{group}.7.0"), *longs(value))]


TEN_AMPERES = phase(1, 230, 1000, 2300, 100)


@pytest.mark.parametrize(
    ("phases", "amperes"),
    [
        pytest.param(TEN_AMPERES, 10.0, id="as it is"),
        pytest.param(phase(1, 230, 1000, 1150, 50), 10.0, id="at an angle"),
        pytest.param(phase(1, 230, 1000, 0, 100, 2300), 10.0, id="exported"),
        pytest.param(phase(1, 2300, 1000, 7245, 100), 10.0, id="volts in tenths"),
        pytest.param(phase(1, 23000, 1000, 7245, 100), 10.0, id="volts in hundredths"),
        pytest.param(phase(1, 230, 1000, 7245, 100), 10.0, id="3.15 times"),
        pytest.param(phase(1, 230, 1000, 7406, 100), None, id="3.22 times"),
        pytest.param(phase(1, 230, 1000, 736, 100), 10.0, id="0.32 times"),
        pytest.param(phase(1, 230, 1000, 713, 100), 1.0, id="0.31 times, which are 3.1 of thousandths"),
        pytest.param(phase(1, 230, 1000, 230, 100), 1.0, id="thousandths"),
        pytest.param(phase(1, 230, 1000, 74, 100), 1.0, id="0.32 times of thousandths"),
        pytest.param(phase(1, 230, 1000, 71, 100), None, id="0.31 times of thousandths"),
        pytest.param([*TEN_AMPERES, *phase(2, 230, 10000, 2300, 100)], None, id="phases that disagree"),
        pytest.param([*TEN_AMPERES, *phase(3, 230, 10000, 2300, 100)], None, id="the third disagrees"),
        pytest.param([*TEN_AMPERES, *phase(2, 230, 100, 19, 100)], 10.0, id="19 W do not count"),
        pytest.param([*TEN_AMPERES, *phase(2, 230, 100, 20, 100)], None, id="20 W do"),
        pytest.param([*TEN_AMPERES, *phase(2, 0, 100, 1000, 100)], 10.0, id="no volts do not count"),
        pytest.param([*TEN_AMPERES, *phase(2, 230, 0, 1000, 100)], 10.0, id="no amperes do not count"),
        pytest.param([*TEN_AMPERES, *phase(2, 230, 100, 1000, None)], 10.0, id="no factor does not count"),
    ],
)
def test_all_phases_must_agree_on_the_scale_of_the_currents(phases: list[bytes], amperes: float | None) -> None:
    """Within a factor of the square root of ten, for the scales are ten apart."""
    reading = read_list(listed(axdr.visible_string("Kamstrup_V0001"), *phases))
    assert reading.values.get(Q.CURRENT_L1) == amperes


def test_a_model_says_the_scale_of_the_currents_whatever_the_powers_say() -> None:
    """A 684 counts in 0.01 A. A power that would fit thousandths is one that was measured at another moment."""
    pairs = {"32.7.0": 230, "31.7.0": 537, "21.7.0": 117, "33.7.0": 95}
    elements = [element for obis, value in pairs.items() for element in (code(f"1-1:{obis}"), *longs(value))]
    model = (code("1-1:96.1.1"), axdr.visible_string("6841131BN243101040"))
    reading = read_list(listed(axdr.visible_string("Kamstrup_V0001"), *model, *elements))
    assert reading.values[Q.CURRENT_L1] == 5.37


@pytest.mark.parametrize(("raw", "factor"), [(0, 0.0), (1, 0.01), (100, 1.0)])
def test_a_power_factor_may_be_nothing_and_one(raw: int, factor: float) -> None:
    """One is a heater's, and nothing is what is told where nothing flows."""
    elements = [code("1-1:33.7.0"), *words(raw), code("1-1:1.7.0"), *longs(3)]
    reading = read_list(listed(axdr.visible_string("Kamstrup_V0001"), *elements))
    assert reading.values == {Q.POWER_IMPORT: 3.0, Q.POWER_FACTOR_L1: factor}


def test_a_name_of_twelve_letters_is_no_clock() -> None:
    """A clock is twelve bytes, and no text."""
    elements = [code("1-0:1.7.0"), *longs(182), axdr.scaler_unit(0, 27)]
    for name in (axdr.visible_string("NOBODY_V9999"), octets("NOBODY_V9999")):
        reading = read_list(listed(name, *elements))
        assert (reading.list_id, reading.sent_at, reading.values) == ("NOBODY_V9999", None, {Q.POWER_IMPORT: 182.0})


def test_a_power_factor_that_is_none_is_kept_aside() -> None:
    """Some meters send such when nearly nothing flows; the rest of the list is right."""
    elements = [code("1-1:33.7.0"), *words(101), code("1-1:1.7.0"), *longs(3)]
    reading = read_list(listed(axdr.visible_string("Kamstrup_V0001"), *elements))
    assert reading.values == {Q.POWER_IMPORT: 3.0}
    assert reading.unnamed == {"1-1:33.7.0": 101}


def test_a_chosen_maker_leaves_the_lists_of_others_unread() -> None:
    """By place, they mean nothing without their maker; by description, only what explains itself."""
    with pytest.raises(UnknownListError, match="it is a list of Iskraemeco"):
        read_list(listed(octets("70000017"), axdr.unsigned(0), *longs(7924641, 12)), (Maker.KAIFA,))
    about = pushed((40, "0-8:25.9.0", 2), (3, "1-0:1.7.0", 2))
    with pytest.raises(UnknownListError, match="no value in it"):
        read_list(listed(about, *longs(362)), (Maker.KAIFA,))


def test_an_array_is_no_list_that_its_places_name() -> None:
    """All such lists are structures. This one would be Kaifa's power alone."""
    encoded = axdr.array(*longs(3059))
    with pytest.raises(UnknownListError, match="element 0 has no OBIS code"):
        read_list(Notification(None, True, read_value(encoded, 0)[0], encoded))
    assert read_list(listed(*longs(3059), tagged=True)).values == {Q.POWER_IMPORT: 3059.0}


@pytest.mark.parametrize("body", [None, 5, "x", (), []], ids=repr)
def test_what_is_no_structure_is_no_list(body: Value) -> None:
    """Nor is an empty one."""
    with pytest.raises(UnknownListError, match="no known list has the shape of"):
        read_list(Notification(None, False, body, b"\x02\x00"))


@pytest.mark.parametrize(
    ("name", "maker", "list_id", "serial", "energy"),
    [
        ("kaifa_se_obis", Maker.KAIFA, "KFM_001", "7340157000000017", 12_345_678.0),
        ("kaifa_se_pos", Maker.KAIFA, "KFM_001", "7340157000000017", 12_345_678.0),
        ("aidon_se_h0001", None, None, None, 12_345_678.0),
    ],
)
def test_swedish_lists_have_their_registers_in_every_message(
    name: str, maker: Maker | None, list_id: str | None, serial: str | None, energy: float
) -> None:
    """Kaifa with codes and without; Aidon says neither what the list is nor who made the meter."""
    reading: Reading = reading_of(load(name))
    assert (reading.maker, reading.list_id, reading.serial) == (maker, list_id, serial)
    assert reading.values[Q.ENERGY_IMPORT] == energy
    assert reading.values[Q.VOLTAGE_L1] == 230.1


def test_iskraemecos_capture_is_read() -> None:
    """The frame of the specification's example, with made-up numbers."""
    reading = reading_of(load("iskra_si"))
    assert reading.values[Q.POWER_IMPORT] == 1393.0
    assert reading.values[Q.VOLTAGE_L3] == 229.6
    assert reading.values[Q.POWER_IMPORT_L3] == 1325.0


def test_the_swiss_list_of_an_iskraemeco_is_read_by_its_places() -> None:
    """Number, time and date, registers by tariff and quadrant, and the power now."""
    reading = reading_of(load("iskra_ch"))
    assert (reading.maker, reading.serial) == (Maker.ISKRAEMECO, "30000017")
    assert list(reading.values.items()) == [
        (Q.ENERGY_IMPORT, 12_345_678.0),
        (Q.ENERGY_IMPORT_T1, 8_000_000.0),
        (Q.ENERGY_IMPORT_T2, 4_345_678.0),
        (Q.ENERGY_EXPORT, 5000.0),
        (Q.ENERGY_EXPORT_T1, 3000.0),
        (Q.ENERGY_EXPORT_T2, 2000.0),
        (Q.REACTIVE_ENERGY_Q1, 45_678.0),
        (Q.REACTIVE_ENERGY_Q2, 12.0),
        (Q.REACTIVE_ENERGY_Q3, 34.0),
        (Q.REACTIVE_ENERGY_Q4, 901_234.0),
        (Q.POWER_IMPORT, 1393.0),
        (Q.POWER_EXPORT, 0.0),
    ]


def kamstrups(*volts: int) -> Reading:
    """Read Kamstrup's three voltages."""
    elements = [each for group, raw in zip((32, 52, 72), volts, strict=True) for each in longs_of(group, raw)]
    return read_list(listed(axdr.visible_string("Kamstrup_V0001"), *elements))


def longs_of(group: int, raw: int) -> tuple[bytes, bytes]:
    """Make the code and the value of one phase."""
    return code(f"1-1:{group}.7.0"), axdr.long_unsigned(raw)


@pytest.mark.parametrize(
    ("raw", "volts"),
    [
        ((22199, 22205, 6512), (221.99, 222.05, 65.12)),
        ((899, 2341, 2338), (89.9, 234.1, 233.8)),
        ((22199, 950, 22205), (221.99, 9.5, 222.05)),
        ((231, 87, 230), (231.0, 87.0, 230.0)),
    ],
)
def test_the_voltages_of_a_list_have_one_scale(raw: tuple[int, ...], volts: tuple[float, ...]) -> None:
    """A phase that is nearly lost says less than its scale's usual size: 65.12 V is not 651.2 V."""
    values = kamstrups(*raw).values
    assert tuple(values[quantity] for quantity in (Q.VOLTAGE_L1, Q.VOLTAGE_L2, Q.VOLTAGE_L3)) == volts


@pytest.mark.parametrize("other", ["0-1:96.1.0", "0-4:96.1.0"])
def test_the_number_of_another_meter_that_ours_collects_is_not_its_own(other: str) -> None:
    """Of gas or water, on the meter's own M-Bus: its readings would pass for those of a meter that was changed."""
    about = pushed((40, "0-11:25.9.0", 2), (1, "0-0:96.1.0", 2), (1, other, 2), (3, "1-0:1.8.0", 2))
    reading = read_list(listed(about, octets("60000017"), octets("12345678"), *longs(4_912_257)))
    assert reading.values == {Q.ENERGY_IMPORT: 4_912_257.0}
    assert reading.serial == "60000017"
    assert reading.unnamed == {other: b"12345678"}
