"""The whole line of assembly: what every list of a Norwegian meter says, to the last value."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from custom_components.han_port.decoder import (
    CipherError,
    DataError,
    DecodeError,
    Decoder,
    FrameError,
    Maker,
    MissingKeyError,
    Quantity,
    Reading,
    Rejected,
    TamperedError,
    UnknownListError,
    WrongKeyError,
)
from custom_components.han_port.decoder.clock import Dialect
from tests.captures import NAMES, load
from tools.simulator import axdr
from tools.simulator.hdlc import frame
from tools.simulator.household import House, Net, Supply
from tools.simulator.lists import LISTS, MODELS, QUANTITIES, ListKind, Model, encode

from .three_ways import comparable, error_of, hear, reading_of, three_ways

ADDRESSES = bytes.fromhex("41 0883")
NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
POWERS = ("power_import", "power_export", "reactive_power_import", "reactive_power_export")
CURRENTS = ("current_l1", "current_l2", "current_l3")
VOLTAGES = ("voltage_l1", "voltage_l2", "voltage_l3")
ENERGIES = ("energy_import", "energy_export", "reactive_energy_import", "reactive_energy_export")
LIST_2 = (*POWERS, *CURRENTS, *VOLTAGES)
THREE_WIRES = (*POWERS, "current_l1", "current_l3", *VOLTAGES)
ONE_PHASE = (*POWERS, "current_l1", "voltage_l1")

AIDON = (Maker.AIDON, "AIDON_V0001", "7359990000000017")
KAIFA = (Maker.KAIFA, "KFM_001", "6970631400000017")
KAMSTRUP = (Maker.KAMSTRUP, "Kamstrup_V0001", "5706567000000017")
AIDON_HOUR = (12_345_670, 0, 456_780, 9_010)
KAIFA_HOUR = (12_345_678, 0, 45_678, 901_234)
KAMSTRUP_HOUR = (12_345_670, 0, 450, 901_230)

VECTORS: dict[str, tuple[tuple[object, ...], str | None, str | None, tuple[str, ...], tuple[float, ...]]] = {
    # name: (maker, list, serial), model, time of day, names and values
    "aidon_no_l1": ((None, None, None), None, None, ("power_import",), (2148,)),
    "aidon_no_l2_4w": (AIDON, "6534", None, LIST_2, (3210, 0, 120, 0, 4.7, -0.3, 8.1, 230.1, 231.2, 229.8)),
    "aidon_no_l2_3w": (AIDON, "6525", None, THREE_WIRES, (3210, 0, 120, 0, 8.7, -7.4, 230.1, 231.2, 229.8)),
    "aidon_no_l2_1p": (AIDON, "6515", None, ONE_PHASE, (1210, 0, 20, 0, 5.3, 230.1)),
    "aidon_no_l3_4w": (
        AIDON,
        "6534",
        "14:00:00",
        (*LIST_2, *ENERGIES),
        (3210, 0, 120, 0, 4.7, 0.3, 8.1, 230.1, 231.2, 229.8, *AIDON_HOUR),
    ),
    "aidon_no_l3_3w": (
        AIDON,
        "6525",
        "14:00:00",
        (*THREE_WIRES, *ENERGIES),
        (3210, 0, 120, 0, 8.7, -7.4, 230.1, 231.2, 229.8, *AIDON_HOUR),
    ),
    "embriq_no_l2": (
        (Maker.LANDIS_GYR, "EMBRIQ_V1_1", "1000017"),
        "ZFF1",
        None,
        LIST_2,
        (1870, 0, 0, 310, 8.12, 0, 7.45, 230.1, 0, 229.8),
    ),
    "kaifa_no_l1": ((Maker.KAIFA, None, None), None, "14:00:02", ("power_import",), (3059,)),
    "kaifa_no_l2_3p": (
        KAIFA,
        "MA304H4",
        "13:59:50",
        LIST_2,
        (3105, 0, 0, 415, 4.567, 0.812, 10.001, 230.1, 231.2, 229.8),
    ),
    "kaifa_no_l2_it": (
        KAIFA,
        "MA304H3E",
        "13:59:50",
        LIST_2,
        (3105, 0, 0, 415, 4.567, 3.812, 8.001, 230.1, 0, 229.8),
    ),
    "kaifa_no_l2_1p": (KAIFA, "MA105H2E", "13:59:50", ONE_PHASE, (605, 0, 0, 41, 2.701, 230.1)),
    "kaifa_no_l3_3p": (
        KAIFA,
        "MA304H3E",
        "14:00:10",
        (*LIST_2, *ENERGIES),
        (3105, 0, 0, 415, 4.567, 3.812, 8.001, 230.1, 0, 229.8, *KAIFA_HOUR),
    ),
    "kaifa_no_l3_1p": (
        KAIFA,
        "MA105H2E",
        "14:00:10",
        (*ONE_PHASE, *ENERGIES),
        (605, 0, 0, 41, 2.701, 230.1, *KAIFA_HOUR),
    ),
    "kamstrup_no_l1": (
        KAMSTRUP,
        "6841131BN243101040",
        "14:00:10",
        LIST_2,
        (1230, 0, 0, 144, 5.37, 0.99, 4.12, 231, 230, 229),
    ),
    "kamstrup_no_l2": (
        KAMSTRUP,
        "6841131BN243101040",
        "14:00:05",
        (*LIST_2, *ENERGIES),
        (1230, 0, 0, 144, 5.37, 0.99, 4.12, 231, 230, 229, *KAMSTRUP_HOUR),
    ),
    "kamstrup_no_l1_1p": (KAMSTRUP, "6861111BN242101040", "14:00:10", ONE_PHASE, (1230, 0, 0, 144, 5.37, 231)),
    "kamstrup_no_l2_1p": (
        KAMSTRUP,
        "6861111BN242101040",
        "14:00:05",
        (*ONE_PHASE, *ENERGIES),
        (1230, 0, 0, 144, 5.37, 231, *KAMSTRUP_HOUR),
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_every_norwegian_list_says_what_it_says(name: str) -> None:
    """All values, nothing besides them, all texts and the time."""
    (maker, list_id, serial), model, time, names, values = VECTORS[name]
    reading = reading_of(load(name))
    assert {quantity.key: value for quantity, value in reading.values.items()} == dict(zip(names, values, strict=True))
    assert (reading.maker, reading.list_id, reading.serial) == (maker, list_id, serial)
    assert reading.model == model
    shown = reading.sent_at and reading.sent_at.local.isoformat()
    assert shown == (time and f"2026-01-15T{time}")
    assert reading.unnamed == {}


def test_no_norwegian_list_is_forgotten() -> None:
    """A capture that is added and not looked at here would test nothing."""
    assert set(VECTORS) == {name for name in NAMES if "_no_" in name}
    assert len(VECTORS) == 17


def test_the_clocks_of_the_hourly_lists_are_in_their_makers_dialect() -> None:
    """Aidon's deviation of zero is a claim that must not be believed."""
    told = {}
    for name in ("aidon_no_l3_4w", "kaifa_no_l3_3p", "kamstrup_no_l2"):
        clock = reading_of(load(name)).sent_at
        assert clock is not None
        told[name] = clock.deviation, clock.usual_dialect
    assert told == {
        "aidon_no_l3_4w": (0, Dialect.STANDARD),
        "kaifa_no_l3_3p": (None, Dialect.CODED),
        "kamstrup_no_l2": (None, Dialect.STANDARD),
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_capture_is_heard_alike_however_it_is_cut(name: str) -> None:
    """Those that cannot be read yet as well: they must be refused alike."""
    sample = load(name)
    assert comparable(hear(*(sample[at : at + 1] for at in range(len(sample))))) == comparable(hear(sample))


@pytest.mark.parametrize("name", NAMES)
def test_every_capture_is_kept_as_it_came(name: str) -> None:
    """Read or refused: a bug report needs its bytes."""
    sample = load(name)
    assert b"".join(event.raw for event in hear(sample)) == sample


def test_all_captures_on_one_line_are_told_apart() -> None:
    """Nothing that one of them does to the line may cost the next."""
    line = b"".join(load(name) for name in VECTORS)
    assert [type(event) for event in hear(line)] == [Reading] * 17


# --- lists of other countries that are read already ----------------------------------------------------------------


def test_swedish_aidon_is_read_by_its_codes() -> None:
    """27 values of a list without any name. A peer knows it by the length of its frame."""
    reading = reading_of(load("aidon_se_h0001"))
    assert len(reading.values) == 26
    assert reading.values[Quantity.ENERGY_IMPORT] == 12_345_678.0
    assert reading.values[Quantity.POWER_IMPORT_L3] == 600.0
    assert (reading.maker, reading.list_id) == (None, None)


def test_swedish_kaifa_by_places_is_kaifa() -> None:
    """The same list with a Swedish number."""
    reading = reading_of(load("kaifa_se_pos"))
    assert (reading.maker, reading.model) == (Maker.KAIFA, "MA304H4D")
    assert reading.values[Quantity.ENERGY_IMPORT] == 12_345_678.0
    assert reading.values[Quantity.CURRENT_L3] == 10.001


def test_kamstrups_danish_list_says_its_scales_by_what_is_in_it() -> None:
    """It names no model. Its registers are 10 Wh; its currents fit the powers and power factors of the phases."""
    reading = reading_of(load("kamstrup_dk_push1"))
    assert reading.serial == "30000017"
    assert reading.values[Quantity.POWER_IMPORT] == 1230.0
    assert reading.values[Quantity.POWER_IMPORT_L1] == 700.0
    assert reading.values[Quantity.VOLTAGE_L2] == 230.0
    assert reading.values[Quantity.ENERGY_IMPORT] == 12_345_670.0
    assert reading.values[Quantity.ENERGY_IMPORT_L3] == 4_345_670.0
    assert reading.values[Quantity.CURRENT_L1] == 5.37
    assert reading.values[Quantity.POWER_FACTOR_L2] == 0.88
    assert reading.unnamed == {}


# --- every simulated meter -----------------------------------------------------------------------------------------


@cache
def supply_in(net: Net) -> Supply:
    """Let a house live for two hours of a sunny afternoon."""
    return House(NOON, net=net, solar=True).at(NOON + timedelta(hours=2))


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        pytest.param(m, kind, id=f"{m.maker.name} {m.key} {kind.value}")
        for m in MODELS
        for kind in ListKind
        if kind in m.maker.lists
    ],
)
def test_what_a_simulated_meter_measures_is_what_is_read(model: Model, kind: ListKind) -> None:
    """The simulator writes the lists down a second time, from the specifications and the other way round."""
    supply = supply_in(model.net)
    reading = reading_of(encode(model, supply, supply.moment, kind))
    expected = [name for name in LISTS[kind] if name in QUANTITIES and name not in model.absent | model.null]
    assert len(reading.values) == len(expected)
    for name in expected:
        quantity = next(q for q in Quantity if q.code == QUANTITIES[name].code)
        measured = 0.0 if name in model.zero else QUANTITIES[name].measure(supply)
        step = 10.0 ** model.scale(name)
        shown = measured / (model.transformer_ratio if quantity.unit.symbol != "V" else 1)
        assert abs(abs(reading.values[quantity]) - abs(shown)) <= step, name


# --- what is refused, and why --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", [0xDB, 0xDC])
def test_encrypted_content_asks_for_a_key(tag: int) -> None:
    """The user can mend it, so it has a name of its own. Its bytes are kept."""
    body = bytes((tag,)) + b"\x08KAM\x45\x01\x02\x03\x04\x1a\x30\x00\x01\x86\x9f" + bytes(range(21))
    for llc in (b"\xe6\xe7\x00", b"\xe6\xe6\x00", b""):
        assert isinstance(error_of(frame(llc + body, ADDRESSES)), CipherError)


@pytest.mark.parametrize("llc", [b"\xe6\xe7\x00", b"\xe6\xe6\x00", b""], ids=["response", "command", "none"])
def test_the_llc_header_is_read_in_both_forms_and_may_be_missing(llc: bytes) -> None:
    """The first is the meter's direction; the second is sent by some all the same."""
    content = load("aidon_no_l1")[12:-3]
    assert reading_of(frame(llc + content, ADDRESSES)).values == {Quantity.POWER_IMPORT: 2148.0}


@pytest.mark.parametrize("llc", [b"\xe6\xe7", b"\xe6\xe7\x01", b"\xe7\xe6\x00", b"\x00"])
def test_another_header_is_refused(llc: bytes) -> None:
    """What follows it is not known to be a message."""
    assert isinstance(error_of(frame(llc + load("aidon_no_l1")[12:-3], ADDRESSES)), DataError)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", DataError),
        (b"\xe6\xe7\x00", DataError),
        (b"\xe6\xe7\x00\x0f", DataError),
        (b"\xe6\xe7\x00\xe0\x40\x00\x01\x00\x00\x01", DataError),
        (b"\xe6\xe7\x00\xe0\x40\x00\x00\x00\x00\x00", DataError),
        (b"\xe6\xe7\x00\xe0\x40\x00\x01\x00\x00\x00\x00", DataError),
        (b"\xe6\xe7\x00\x0f" + bytes(5) + b"\xff", DataError),
        (b"\xe6\xe7\x00\x0f" + bytes(5) + b"\x00", UnknownListError),
        (b"\xe6\xe7\x00\x0f" + bytes(5) + b"\x11\x05", UnknownListError),
        (b"\xe6\xe7\x00\x0f" + bytes(5) + axdr.structure(), UnknownListError),
        (b"\xe6\xe7\x00\x0f" + bytes(5) + axdr.array(), UnknownListError),
        (b"\xe6\xe7\x00\x0f" + bytes(5) + axdr.visible_string("AIDON_V0001"), UnknownListError),
    ],
)
def test_a_good_frame_of_anything_else_is_rejected_for_its_reason(content: bytes, kind: type[DecodeError]) -> None:
    """The checksum is right, so it is no damage: impossible content and an unknown list are two bug reports."""
    sample = frame(content, ADDRESSES)
    (rejected,) = three_ways(sample)
    assert isinstance(rejected, Rejected)
    assert type(rejected.error) is kind or (kind is DataError and isinstance(rejected.error, DataError))
    assert rejected.raw == sample
    assert str(rejected.error)


def test_one_segment_of_a_longer_message_gives_no_value() -> None:
    """It ends inside a value. A wrong total would be read from it otherwise."""
    whole = load("aidon_no_l2_4w")[9:-3]
    segments = [frame(whole[:150], ADDRESSES, segmented=True), frame(whole[150:], ADDRESSES)]
    for segment in segments:
        assert [type(event) for event in hear(segment)] == [Rejected]


def test_every_error_is_one_of_five() -> None:
    """Five different things happen next: count it, wait for more, ask for a key, and two kinds of bug report."""
    assert {kind.__name__ for kind in DecodeError.__subclasses__()} == {
        "FrameError",
        "UncheckedError",
        "CipherError",
        "DataError",
        "UnknownListError",
    }
    assert FrameError in DecodeError.__subclasses__()


def test_makers_and_errors_have_names_outside() -> None:
    """Those of makers are kept with an entry, and under those of errors stands what people are told."""
    assert [maker.value for maker in Maker] == ["Aidon", "Kaifa", "Kamstrup", "Landis+Gyr", "Iskraemeco", "Sagemcom"]
    assert [error.key for error in (MissingKeyError, WrongKeyError, TamperedError)] == [
        "missing_key",
        "wrong_key",
        "wrong_authentication_key",
    ]


# --- the maker that the user names ---------------------------------------------------------------------------------


@pytest.mark.parametrize("maker", Maker, ids=lambda maker: maker.name)
def test_only_the_lists_of_the_named_maker_are_taken_for_its_own(maker: Maker) -> None:
    """Those that explain themselves are read all the same; they then belong to nobody."""
    decoder = Decoder((maker,))
    samples = {
        Maker.AIDON: "aidon_no_l2_4w",
        Maker.KAIFA: "kaifa_no_l2_3p",
        Maker.KAMSTRUP: "kamstrup_no_l1",
        Maker.LANDIS_GYR: "embriq_no_l2",
    }
    for other, name in samples.items():
        (event,) = hear(load(name), decoder=decoder)
        if other in (Maker.AIDON, Maker.LANDIS_GYR):
            assert isinstance(event, Reading)
            assert event.maker is (other if other is maker else None)
            assert len(event.values) == 10
        elif other is maker:
            assert isinstance(event, Reading)
            assert event.maker is maker
        else:
            assert isinstance(event, Rejected)
            assert isinstance(event.error, UnknownListError)


def test_kaifas_short_list_is_only_kaifas() -> None:
    """A number alone. Of another maker it could be anything."""
    (rejected,) = hear(load("kaifa_no_l1"), decoder=Decoder((Maker.AIDON,)))
    assert isinstance(rejected, Rejected)
    (reading,) = hear(load("kaifa_no_l1"), decoder=Decoder((Maker.KAIFA,)))
    assert isinstance(reading, Reading)


def test_no_maker_at_all_leaves_what_explains_itself() -> None:
    """What "other" means in the settings."""
    decoder = Decoder(())
    events = hear(b"".join(load(name) for name in VECTORS), decoder=decoder)
    assert sum(isinstance(event, Reading) for event in events) == 7
    assert {event.maker for event in events if isinstance(event, Reading)} == {None}


# --- the surface ---------------------------------------------------------------------------------------------------


def test_a_decoder_of_one_line_knows_nothing_of_another() -> None:
    """Two meters in one home share nothing."""
    first, second = Decoder(), Decoder()
    sample = load("aidon_no_l2_4w")
    events: list[Any] = []
    for at in range(len(sample)):
        events += first.receive(sample[at : at + 1])
        events += second.receive(b"\x7e\xa0\xff"[at % 3 : at % 3 + 1])
    assert [type(event) for event in events if isinstance(event, Reading)] == [Reading]
    assert first.pending <= 1


def test_nothing_received_is_nothing_found() -> None:
    """A line hands over an empty piece now and then."""
    decoder = Decoder()
    assert list(decoder.receive(b"")) == []
    assert list(decoder.end()) == []
    assert (decoder.noise, decoder.pending) == (0, 0)


def test_what_is_received_may_be_changed_afterwards() -> None:
    """A line may reuse its buffer."""
    decoder = Decoder()
    buffer = bytearray(load("aidon_no_l1"))
    half = memoryview(buffer)[:20].tobytes()
    list(decoder.receive(half))
    rest = bytes(buffer[20:])
    buffer[:] = bytes(len(buffer))
    (reading,) = decoder.receive(rest)
    assert isinstance(reading, Reading)
