"""Every meter beyond Norway says what its house takes: read back by the decoder, and by nobody else's figures."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.han_port.decoder import Decoder, Keys, Maker, Quantity, Reading, Unit, meters
from custom_components.han_port.decoder.dlms import read_notification
from custom_components.han_port.decoder.framing import Frame, without_llc
from custom_components.han_port.decoder.messages import MessageStream
from custom_components.han_port.decoder.meters import Recognition, recognise
from custom_components.han_port.decoder.profiles import PROFILES, Layout, Profile
from tests import captures
from tools.simulator.abroad import MODELS_ABROAD
from tools.simulator.household import House, Net, Supply
from tools.simulator.lists import MODELS, ListKind, Model, encode
from tools.simulator.meter import Meter
from tools.simulator.sealing import Keys as SimulatedKeys, sealed

Q = Quantity
START = datetime(2026, 1, 15, 13, tzinfo=UTC)
STOCKHOLM = ZoneInfo("Europe/Stockholm")
KEYS = Keys(*SimulatedKeys())
MAKERS = {
    "Kaifa": Maker.KAIFA,
    "Kamstrup": Maker.KAMSTRUP,
    "Landis": Maker.LANDIS_GYR,
    "Iskraemeco": Maker.ISKRAEMECO,
    "Sagemcom": Maker.SAGEMCOM,
}

by_model = pytest.mark.parametrize("model", MODELS_ABROAD, ids=lambda model: f"{model.maker.name}-{model.key}")


def read(line: bytes) -> Reading:
    """Return the one reading that comes down a line, cut into slices."""
    decoder = Decoder(keys=KEYS)
    found = [one for at in range(0, len(line), 24) for one in decoder.receive(line[at : at + 24])]
    (reading,) = [*found, *decoder.end()]
    assert isinstance(reading, Reading), reading
    return reading


LACKED = {
    "AM550-1": {Q.CURRENT_L1},
    **{
        key: {Q.VOLTAGE_L1, Q.CURRENT_L1}
        for key in ("AM550-tariffs", "AM550-CH", "AM550-AT", "IM350", "E450-Vienna", "E450-Vienna-number")
    },
}
"""What a meter leaves out of power, voltage and current."""
COUNTS = {
    Q.BREAKER_STATE: 1,
    Q.ACTIVE_TARIFF: 2,
    Q.POWER_FAILURES: 17,
    Q.LONG_POWER_FAILURES: 3,
    Q.VOLTAGE_SAGS_L1: 1,
}


def expected(supply: Supply) -> dict[Quantity, float]:
    """Return what a perfect meter measures. Two fifths of its energy went through the first tariff's register."""
    values: dict[Quantity, float] = {
        **COUNTS,
        Q.POWER_FACTOR: 0.987,  # only one sends it, and always the same
        Q.POWER_IMPORT: supply.active_import,
        Q.POWER_EXPORT: supply.active_export,
        Q.REACTIVE_POWER_IMPORT: supply.reactive_import,
        Q.REACTIVE_POWER_EXPORT: supply.reactive_export,
        Q.ENERGY_IMPORT: supply.energy_import,
        Q.ENERGY_EXPORT: supply.energy_export,
        Q.REACTIVE_ENERGY_IMPORT: supply.reactive_energy_import,
        Q.REACTIVE_ENERGY_EXPORT: supply.reactive_energy_export,
        Q.ENERGY_IMPORT_T1: int(supply.energy_import) * 2 // 5,
        Q.ENERGY_IMPORT_T2: int(supply.energy_import) - int(supply.energy_import) * 2 // 5,
        Q.ENERGY_EXPORT_T1: int(supply.energy_export) * 2 // 5,
        Q.ENERGY_EXPORT_T2: int(supply.energy_export) - int(supply.energy_export) * 2 // 5,
    }
    for number, varh in enumerate(supply.reactive_energy_by_quadrant, 1):
        values[Quantity[f"REACTIVE_ENERGY_Q{number}"]] = varh
    by_phase = (supply.voltage, supply.current, supply.active_power_by_phase, supply.reactive_power_by_phase)
    for number, (volts, amperes, watts, reactive) in enumerate(zip(*by_phase, strict=True), 1):
        values |= {
            Quantity[f"VOLTAGE_L{number}"]: volts,
            Quantity[f"CURRENT_L{number}"]: amperes,
            Quantity[f"POWER_IMPORT_L{number}"]: max(watts, 0),
            Quantity[f"POWER_EXPORT_L{number}"]: max(-watts, 0),
            Quantity[f"REACTIVE_POWER_IMPORT_L{number}"]: max(reactive, 0),
            Quantity[f"REACTIVE_POWER_EXPORT_L{number}"]: max(-reactive, 0),
            Quantity[f"POWER_FACTOR_L{number}"]: abs(watts) / (volts * amperes) if amperes else 1,
            Quantity[f"ENERGY_IMPORT_L{number}"]: supply.energy_import,
            Quantity[f"ENERGY_EXPORT_L{number}"]: supply.energy_export,
        }
    return values


LAST_DIGITS: dict[str, dict[Unit, float]] = {
    "Kamstrup-DK": {Unit.VOLT: 1, Unit.WATT_HOUR: 10, Unit.VAR_HOUR: 10},
    "Landis-Gyr": {Unit.VOLT: 1},
    "E450-tenths": {Unit.VOLT: 0.1},
    "Landis-Gyr-AT": {Unit.VOLT: 1},
    "Aidon-SE": {Unit.AMPERE: 0.1},
    "P1": {Unit.AMPERE: 0.1},
    "P1-without-checksum": {Unit.AMPERE: 0.1},
    "P1-Polish": {Unit.AMPERE: 0.1},
    "P1-encrypted": {Unit.AMPERE: 0.1},
    "P1-Dutch": {Unit.AMPERE: 1},
}
"""What the last digit of a maker's or a model's values is, where it is not the one that most of them send."""


def tolerance(model: Model, unit: Unit) -> float:
    """Return how far a value may be from the truth: half of its last digit, but all of it in a register."""
    usual = {Unit.VOLT: 0.1, Unit.AMPERE: 0.01, Unit.RATIO: 0.01}.get(unit, 1)
    digit = LAST_DIGITS.get(model.key, LAST_DIGITS.get(model.maker.name, {})).get(unit, usual)
    return digit if unit in {Unit.WATT_HOUR, Unit.VAR_HOUR} else digit * 0.500001


@by_model
@pytest.mark.parametrize("solar", [False, True])
def test_a_meter_says_what_its_house_takes(model: Model, solar: bool) -> None:
    """To the last digit that it sends: a watt, a tenth of a volt or a volt, an ampere or a hundredth, 10 Wh or 1 Wh.

    Ten seconds after a quarter of an hour it is the turn of a list that comes seldom, where a meter has such.
    """
    house = House(START.replace(month=6) if solar else START, net=model.net, solar=solar)
    said = set[Quantity]()
    for seconds in (0, 10, 605, 1205, 1810, 2405):
        moment = house.start + timedelta(seconds=seconds)
        supply = house.at(moment)
        reading = read(encode(model, supply, moment, ListKind.SNAPSHOT))
        truth = expected(supply)
        for quantity, value in reading.values.items():
            assert value == pytest.approx(truth[quantity], abs=tolerance(model, quantity.unit)), quantity.key
        assert reading.verified is (None if not model.encrypts else model.maker.name not in ("Kaifa-AT", "Sagemcom-AT"))
        said |= reading.values.keys()
    basics = {Q.POWER_IMPORT, Q.POWER_EXPORT, Q.VOLTAGE_L1, Q.CURRENT_L1}
    lacked = LACKED.get(model.key, set[Quantity]())
    assert said & basics == basics - lacked
    assert (Q.VOLTAGE_L3 in said) is (model.net is Net.TN and Q.VOLTAGE_L1 not in lacked)


def test_the_tariffs_of_a_dutch_meter_make_up_its_total() -> None:
    """It sends no total, and what has failed so far instead."""
    (model,) = (one for one in MODELS_ABROAD if one.maker.name == "P1-Dutch")
    supply = House(START).at(START)
    values = read(encode(model, supply, START, ListKind.SNAPSHOT)).values
    assert Q.ENERGY_IMPORT not in values
    assert values[Q.ENERGY_IMPORT_T1] + values[Q.ENERGY_IMPORT_T2] == int(supply.energy_import)
    assert (values[Q.ACTIVE_TARIFF], values[Q.POWER_FAILURES], values[Q.LONG_POWER_FAILURES]) == (2, 17, 3)


@by_model
def test_a_meters_maker_is_seen_where_it_says_so(model: Model) -> None:
    """By its list's name, its system title or its telegram's first letters. A Swedish Aidon says nothing."""
    reading = read(next(iter(Meter(model, House(START, net=model.net))))[1])
    told = next((maker for name, maker in MAKERS.items() if model.maker.name.startswith(name)), None)
    if told:
        assert reading.maker is told
    elif model.maker.name == "Aidon-SE":
        assert (reading.maker, reading.serial) == (None, None)


@by_model
def test_a_meters_clock_is_right_in_winter_and_in_summer(model: Model) -> None:
    """Whichever dialect it speaks, beside the time at which it is heard."""
    for moment in (START, START.replace(month=7), datetime(2026, 3, 29, 1, 0, 10, tzinfo=UTC)):
        house = House(moment, net=model.net)
        reading = read(encode(model, house.at(moment), moment, ListKind.SNAPSHOT))
        assert reading.sent_at
        dialect = reading.sent_at.dialect(moment, STOCKHOLM)
        assert reading.sent_at.moment(moment, STOCKHOLM, dialect) == moment


@pytest.mark.parametrize(
    "model", [model for model in MODELS_ABROAD if model.encrypts], ids=lambda model: model.maker.name
)
def test_without_its_key_an_encrypted_meter_says_nothing(model: Model) -> None:
    """And each message is another, though the house takes the same."""
    house = House(START, net=model.net)
    first, second = (
        encode(model, house.at(START), START + timedelta(seconds=10 * n), ListKind.SNAPSHOT) for n in (0, 1)
    )
    assert first != second
    decoder = Decoder()
    assert not [one for one in [*decoder.receive(first), *decoder.end()] if isinstance(one, Reading)]


def test_the_worked_example_of_the_cipher_is_reproduced() -> None:
    """Byte for byte, in its three ways."""
    plain = bytes.fromhex(
        "0F000000000C07EA010F040C000AFF80000002070A0E4B616D73747275705F56303030310906"
        "0101010700FF06000004D209060101200700FF1200E7090601011F0700FF0600000219"
    )
    title = b"KAM\x45\x01\x02\x03\x04"
    tags = {0x30: "5CF6FDF677D6313279F9468A", 0x10: "80F39D93EDA70AF6A23AFE1E"}
    for security, tag in tags.items():
        assert sealed(plain, title, security, 99_999).hex().upper().endswith(tag)
    assert (
        sealed(plain, title, 0x20, 99_999).hex().upper().startswith("DB084B414D45010203044E200001869FBD3B76E77F9C7CE3")
    )


def test_every_row_of_the_makers_lists_is_spoken_by_a_simulated_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever adds a profile or a layout adds the meter that sends it."""
    spoken = set()

    def note(*arguments: Any) -> Recognition:
        seen = recognise(*arguments)
        spoken.add((id(seen.profile), id(seen.layout)))
        return seen

    monkeypatch.setattr(meters, "recognise", note)
    for model in (*MODELS, *MODELS_ABROAD):
        house = House(START, net=model.net)
        for which in model.maker.lists:
            for moment in (START, START + timedelta(seconds=10)):
                read(encode(model, house.at(moment), moment, which))
    lists: list[tuple[Profile, Layout | None]]
    lists = [(profile, layout) for profile in PROFILES for layout in profile.layouts]
    lists += [(profile, None) for profile in PROFILES if profile.list_id or profile.push_objects]
    unspoken = [
        (profile.maker, layout.types if layout else "with codes")
        for profile, layout in lists
        if (id(profile), id(layout)) not in spoken
    ]
    assert not unspoken


def test_a_list_has_the_shape_of_its_capture() -> None:
    """The same codes in the same order, and the same types: only the numbers are another house's."""

    def shape(line: bytes) -> object:
        (message,) = MessageStream().receive(line)
        assert isinstance(message, Frame)
        body = read_notification(without_llc(message.content)).body

        def bare(value: object) -> object:
            if isinstance(value, (list, tuple)):
                return type(value), [bare(each) for each in value]
            return value if isinstance(value, bytes) and len(value) == 6 else type(value)

        return bare(body)

    pairs = {"Aidon-SE": "aidon_se_h0001", "Kaifa-SE": "kaifa_se_obis", "Kaifa-SE-by-place": "kaifa_se_pos"}
    pairs["Iskraemeco"] = "iskra_si"
    for name, capture in pairs.items():
        model = next(model for model in MODELS_ABROAD if model.maker.name == name)
        line = next(iter(Meter(model, House(START, net=model.net))))[1]
        assert shape(line) == shape(captures.load(capture)), name


@by_model
def test_a_meter_whose_lists_take_turns_has_one_number(model: Model) -> None:
    """Two would be two meters, and the values of one of them would not be shown."""
    house = House(START, net=model.net)
    moments = (START, START + timedelta(seconds=10))
    said = {read(encode(model, house.at(moment), moment, ListKind.SNAPSHOT)).serial for moment in moments}
    assert len(said - {None}) <= 1
