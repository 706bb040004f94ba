"""What P1 telegrams say, and what must not become a number with a unit."""

import pytest

from custom_components.han_port.decoder import (
    DataError,
    Decoder,
    FrameError,
    Maker,
    Quantity,
    Reading,
    Reason,
    UnknownListError,
)
from custom_components.han_port.decoder.clock import Dialect
from custom_components.han_port.decoder.telegrams import read_deciphered, read_telegram
from tests.captures import load

from .three_ways import reading_of

Q = Quantity


def telegram(*lines: str, ident: str = "KAM5") -> bytes:
    """Make a telegram ("/" to "!")."""
    return "\r\n".join((f"/{ident}", "", *lines, "!")).encode()


def read(*lines: str, ident: str = "KAM5") -> Reading:
    """Read a telegram whose checksum was right."""
    return read_telegram(telegram(*lines, ident=ident), trusted=True)


@pytest.mark.parametrize(
    ("name", "maker", "model"), [("p1_se_kam5", Maker.KAMSTRUP, None), ("p1_se_e360", Maker.LANDIS_GYR, "E360")]
)
def test_a_swedish_telegram_is_read_in_base_units(name: str, maker: Maker, model: str | None) -> None:
    """Kilowatts on the wire, watts in a reading; the letter W means standard time, in summer too."""
    reading = reading_of(load(name))
    assert (reading.maker, reading.model, reading.serial) == (maker, model, None)
    assert len(reading.values) == 26
    assert reading.values[Q.POWER_IMPORT] == 1870.0
    assert reading.values[Q.ENERGY_IMPORT] == 12_345_678.0
    assert reading.values[Q.REACTIVE_POWER_EXPORT_L2] == 110.0
    assert reading.values[Q.VOLTAGE_L2] == 231.2
    assert reading.values[Q.CURRENT_L3] == 2.9
    assert reading.unnamed == {}
    assert reading.sent_at
    assert reading.sent_at.local.isoformat() == "2026-01-15T14:00:10"
    assert reading.sent_at.usual_dialect is Dialect.STANDARD


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1-0:1.7.0(1.234*kW)", {Q.POWER_IMPORT: 1234.0}),
        ("1-0:1.7.0(1234*W)", {Q.POWER_IMPORT: 1234.0}),
        ("1-0:4.7.0(0.310*kvar)", {Q.REACTIVE_POWER_EXPORT: 310.0}),
        ("1-0:1.8.2(000123.456*kWh)", {Q.ENERGY_IMPORT_T2: 123_456.0}),
        ("1-0:1.8.5(000123.456*kWh)", {Q.ENERGY_IMPORT_T5: 123_456.0}),
        ("1-0:2.8.8(000000.789*kWh)", {Q.ENERGY_EXPORT_T8: 789.0}),
        ("0-0:96.11.0(00012)", {Q.EVENT_CODE_0: 12.0}),
        ("0-0:96.11.9(255)", {Q.EVENT_CODE_9: 255.0}),
        ("0-0:96.14.0(0002)", {Q.ACTIVE_TARIFF: 2.0}),
        ("0-0:96.7.21(00018)", {Q.POWER_FAILURES: 18.0}),
        ("1-0:72.36.0(00003)", {Q.VOLTAGE_SWELLS_L3: 3.0}),
        ("0-0:17.0.0(999.9*kW)", {Q.LIMITER_THRESHOLD: 999_900.0}),
        ("0-0:96.3.10(1)", {Q.BREAKER_STATE: 1.0}),
        ("1-0:14.7.0(50.01*Hz)", {Q.FREQUENCY: 50.01}),
        ("1-0:13.7.0(0.98)", {Q.POWER_FACTOR: 0.98}),
        ("1-0:52.7.0(0.2301*kV)", {Q.VOLTAGE_L2: 230.1}),
        ("1-0:91.7.0(0.0125*kA)", {Q.CURRENT_N: 12.5}),
        ("1-0:14.7.0(0.05001*kHz)", {Q.FREQUENCY: 50.01}),
        ("1-0:3.8.0(00045.678*kvarh )", {Q.REACTIVE_ENERGY_IMPORT: 45_678.0}),
        ("1-0:32.7.0(230.1* V)", {Q.VOLTAGE_L1: 230.1}),
        ("1-0:51.7.0(1234*mA)", {Q.CURRENT_L2: 1.234}),
        ("1-0:2.8.0(0.001234*GWh)", {Q.ENERGY_EXPORT: 1_234_000.0}),
        ("1-0:4.8.0(0.001234*Gvarh)", {Q.REACTIVE_ENERGY_EXPORT: 1_234_000.0}),
    ],
)
def test_each_line_names_its_quantity_and_its_unit(line: str, expected: dict[Quantity, float]) -> None:
    """Tariffs, failures and limits are there for those whose meter has them."""
    assert read(line).values == expected


@pytest.mark.parametrize(
    ("line", "unnamed"),
    [
        ("0-0:17.0.0(016*A)", {"0-0:17.0.0": "016*A"}),
        ("0-1:24.2.1(260115140000W)(00872.234*m3)", {"0-1:24.2.1": "260115140000W,00872.234*m3"}),
        ("0-1:96.3.10(1)", {"0-1:96.3.10": "1"}),
        ("1-0:2.7.0(?)", {"1-0:2.7.0": "?"}),
        ("1-0:4:24.7.0(0.000*kW)", {"malformed": ("1-0:4:24.7.0(0.000*kW)",)}),
    ],
)
def test_what_has_no_name_or_another_unit_is_kept_aside(line: str, unnamed: dict[str, object]) -> None:
    """A limiter in amperes is none in watts, another meter's valve is none of ours, and a line may be malformed."""
    reading = read("1-0:1.7.0(1.234*kW)", line)
    assert reading.values == {Q.POWER_IMPORT: 1234.0}
    assert reading.unnamed == unnamed


@pytest.mark.parametrize(
    ("line", "ident", "serial"),
    [
        ("0-0:96.1.1(4530303030303137)", "ISK5\\2M550T", "E0000017"),
        ("0-0:96.1.1(ADC3100000000017)", "NWA-X", "ADC3100000000017"),
        ("0-0:96.1.1(2020)", "NWA-X", "2020"),
        ("0-0:96.1.1(01024141)", "NWA-X", "01024141"),
        ("0-0:96.1.1()", "ELL5\\253000017_A", "253000017"),
        ("0-0:96.1.0(96000017)", "ISK9\\2M551T-200", "96000017"),
        ("0-1:96.1.1(4530303030303137)", "KAM5", None),
        ("1-0:2.7.0(0.000*kW)", "ADN9 6534", None),
    ],
)
def test_the_meters_number_is_found_where_it_is_sent(line: str, ident: str, serial: str | None) -> None:
    """As text in hex digits, as it is, or in the first line; those of other meters are not ours."""
    assert read("1-0:1.7.0(1.234*kW)", line, ident=ident).serial == serial


@pytest.mark.parametrize(
    ("ident", "maker", "model"),
    [
        ("ADN9 6534", Maker.AIDON, "6534"),
        ("KFM5KAIFA-METER", Maker.KAIFA, "KAIFA-METER"),
        ("ISk5\\2MT382-1000", Maker.ISKRAEMECO, "2MT382-1000"),
        ("AID5", Maker.AIDON, None),
        ("KAM5", Maker.KAMSTRUP, None),
        ("LGF5E360", Maker.LANDIS_GYR, "E360"),
        ("LGZ5E450", Maker.LANDIS_GYR, "E450"),
        ("LGB5E450", Maker.LANDIS_GYR, "E450"),
        ("SAG5SAG-METER", Maker.SAGEMCOM, "SAG-METER"),
        (r"ELL5\253833635_A", Maker.SAGEMCOM, "253833635_A"),
        ("XYZ5", None, None),
        ("!", None, None),
    ],
)
def test_the_first_line_says_maker_and_model(ident: str, maker: Maker | None, model: str | None) -> None:
    """By the maker's letters; one that nobody knows is read all the same."""
    reading = read("1-0:1.7.0(1.234*kW)", ident=ident)
    assert (reading.maker, reading.model) == (maker, model)


def test_a_value_that_cannot_be_is_left_out_and_the_rest_is_read() -> None:
    """One voltage of 6553.5 V: the checksum was right, so the other lines are what the meter measured."""
    reading = read("1-0:1.7.0(2.340*kW)", "1-0:32.7.0(6553.5*V)", "1-0:52.7.0(230.2*V)")
    assert reading.values == {Q.POWER_IMPORT: 2340.0, Q.VOLTAGE_L2: 230.2}
    assert reading.left_out == ((Q.VOLTAGE_L1, 6553.5, Reason.OUT_OF_BOUNDS),)


def test_a_telegram_of_which_nothing_is_left_is_refused_with_the_reason() -> None:
    """It says which value, and what is wrong with it."""
    with pytest.raises(DataError, match=r"voltage_l1 of 2300000\.0 \(out_of_bounds\)"):
        read("1-0:32.7.0(2300000*V)")


@pytest.mark.parametrize("factor", ["1.01", "-0.98"])
def test_a_power_factor_that_is_none_is_kept_aside(factor: str) -> None:
    """As in other lists: some meters send such when nearly nothing flows, and the rest is right."""
    reading = read("1-0:1.7.0(0.003*kW)", f"1-0:33.7.0({factor})")
    assert reading.values == {Q.POWER_IMPORT: 3.0}
    assert reading.unnamed == {"1-0:33.7.0": factor}


def test_a_telegram_without_any_known_line_is_nobodys() -> None:
    """A heat meter's, for one."""
    with pytest.raises(UnknownListError, match="no line of it"):
        read("0-1:24.2.1(260115140000W)(00872.234*m3)")


def test_a_telegram_without_checksum_is_read_only_of_a_meter_that_never_sends_one() -> None:
    """A lost last line would otherwise pass for that habit."""
    line = "1-0:1.7.0(1.234*kW)"
    assert read_telegram(telegram(line, ident="ISK9\\2M551T-200"), trusted=False).values == {Q.POWER_IMPORT: 1234.0}
    with pytest.raises(FrameError, match="no checksum"):
        read_telegram(telegram(line), trusted=False)


def test_what_was_encrypted_may_lack_its_last_line_end() -> None:
    """As in clear, where the line has ended."""
    clear = load("p1_se_kam5").rstrip(b"\r\n")
    assert read_deciphered(clear, verified=False).values[Q.POWER_IMPORT] == 1870.0


@pytest.mark.parametrize("behind", [b"X", b"\0X", b"/", b"1"])
def test_what_was_encrypted_ends_with_its_telegram(behind: bytes) -> None:
    """Anything else is no message of a meter, or a wrong key's."""
    with pytest.raises(DataError, match="is not one"):
        read_deciphered(load("p1_se_kam5") + behind, verified=True)


def test_telegrams_and_frames_may_take_turns_on_one_line() -> None:
    """A grid company may change a meter's language over night."""
    events = list(
        Decoder().receive(load("aidon_no_l1") + load("p1_se_kam5") + load("kaifa_no_l1") + load("p1_se_e360"))
    )
    assert [event.values[Q.POWER_IMPORT] for event in events if isinstance(event, Reading)] == [
        2148.0,
        1870.0,
        3059.0,
        1870.0,
    ]
