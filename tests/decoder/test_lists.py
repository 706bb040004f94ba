"""Lists of other countries and makers: told apart by their types and names, and read by place, code or description."""

import pytest

from custom_components.han_port.decoder import Maker, Quantity, Reading, UnknownListError
from custom_components.han_port.decoder.dlms import Notification, Value, read_value
from custom_components.han_port.decoder.meters import read_list
from tests.captures import load
from tests.simulator import axdr

from .three_ways import reading_of

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


def test_a_list_whose_description_is_none_is_nobodys() -> None:
    """As many entries as elements, and one of them is no description."""
    odd = axdr.array(axdr.structure(axdr.integer(1)), axdr.structure(axdr.integer(1)))
    with pytest.raises(UnknownListError, match="element 0 has no OBIS code"):
        read_list(listed(odd, *longs(1)))


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


def test_the_maker_may_be_known_by_the_logical_device_name() -> None:
    """Kaifa in Austria explains its values itself and says its name as a device."""
    device = axdr.structure(code("0-0:42.0.0"), octets("KFM1100100000017"))
    power = axdr.structure(code("1-0:1.7.0"), *longs(987), axdr.scaler_unit(0, 27))
    assert read_list(listed(device, power)).maker is Maker.KAIFA


@pytest.mark.parametrize(
    ("raw", "factor", "amperes"),
    [(537, 95, 5.37), (5370, 95, 5.37), (537, 0, None), (53, 95, None)],
    ids=["hundredths", "thousandths", "no factor", "neither"],
)
def test_kamstrups_currents_have_the_scale_that_fits_the_power(raw: int, factor: int, amperes: float | None) -> None:
    """P = U I cos phi, and the meter says all four: a meter on transformers counts in mA, a direct one in 0.01 A."""
    pairs = {"0.0.1": 30000017, "32.7.0": 230, "31.7.0": raw, "21.7.0": 1173, "33.7.0": factor}
    elements = [element for obis, value in pairs.items() for element in (code(f"1-1:{obis}"), *longs(value))]
    reading = read_list(listed(axdr.visible_string("Kamstrup_V0001"), *elements))
    assert reading.values.get(Q.CURRENT_L1) == amperes
    assert ("1-1:31.7.0" in reading.unnamed) is (amperes is None)


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
