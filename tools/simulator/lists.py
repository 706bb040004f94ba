"""THE TABLE of Norwegian meters, and how a meter says what it measures.

A maker is a `Maker` row (the shape of its lists, its codes, types, scales and timetable), a meter is a
`Model` row (what this model leaves out or says differently). No maker has code of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from . import axdr, hdlc
from .household import Net

if TYPE_CHECKING:
    from datetime import datetime

    from .household import Supply
    from .sealing import Keys

DATA_NOTIFICATION = b"\x0f"
LLC = b"\xe6\xe7\x00"


class ListKind(Enum):
    """The three lists in the Norwegian sense. Kamstrup has no list 1 and calls the other two 1 and 2."""

    POWER = "list 1"
    SNAPSHOT = "list 2"
    HOURLY = "list 3"


class Shape(Enum):
    """How a list is laid out."""

    DESCRIBED = "array of structures: OBIS code, value, scaler and unit"
    PAIRED = "structure: list id, then OBIS codes and values in turn"
    POSITIONAL = "structure of values only"


class NotificationTime(Enum):
    """How the date-time of the data-notification is written."""

    ABSENT = b"\x00"
    TAGGED = b"\x09\x0c"
    BARE = b"\x0c"


@dataclass(frozen=True)
class Timetable:
    """When the lists are sent; `hourly_second` counts from the full hour.

    An hourly list that is `frozen` has the values of the full hour; with a `clock_is_frozen` it also says so.
    """

    power_seconds: float | None
    snapshot_seconds: float = 10
    hourly_second: float | None = 10
    frozen: bool = True
    clock_is_frozen: bool = False


WATT, VAR, WATT_HOUR, VAR_HOUR, AMPERE, VOLT = 27, 29, 30, 32, 33, 35


@dataclass(frozen=True)
class Quantity:
    """Groups C, D and E of the OBIS code, the unit, and where a supply has the value."""

    code: str
    unit: int
    measure: Callable[[Supply], float]


QUANTITIES: Mapping[str, Quantity] = {
    "P+": Quantity("1.7.0", WATT, lambda supply: supply.active_import),
    "P-": Quantity("2.7.0", WATT, lambda supply: supply.active_export),
    "Q+": Quantity("3.7.0", VAR, lambda supply: supply.reactive_import),
    "Q-": Quantity("4.7.0", VAR, lambda supply: supply.reactive_export),
    "I1": Quantity("31.7.0", AMPERE, lambda supply: supply.signed_current[0]),
    "I2": Quantity("51.7.0", AMPERE, lambda supply: supply.signed_current[1]),
    "I3": Quantity("71.7.0", AMPERE, lambda supply: supply.signed_current[2]),
    "U1": Quantity("32.7.0", VOLT, lambda supply: supply.voltage[0]),
    "U2": Quantity("52.7.0", VOLT, lambda supply: supply.voltage[1]),
    "U3": Quantity("72.7.0", VOLT, lambda supply: supply.voltage[2]),
    "A+": Quantity("1.8.0", WATT_HOUR, lambda supply: supply.energy_import),
    "A-": Quantity("2.8.0", WATT_HOUR, lambda supply: supply.energy_export),
    "R+": Quantity("3.8.0", VAR_HOUR, lambda supply: supply.reactive_energy_import),
    "R-": Quantity("4.8.0", VAR_HOUR, lambda supply: supply.reactive_energy_export),
}
SNAPSHOT = ("list id", "serial", "type", "P+", "P-", "Q+", "Q-", "I1", "I2", "I3", "U1", "U2", "U3")
LISTS: Mapping[ListKind, tuple[str, ...]] = {
    ListKind.POWER: ("P+",),
    ListKind.SNAPSHOT: SNAPSHOT,
    ListKind.HOURLY: (*SNAPSHOT, "clock", "A+", "A-", "R+", "R-"),
}
AIDON_CODES: Mapping[str, str] = {
    "list id": "1-1:0.2.129",
    "serial": "0-0:96.1.0",
    "type": "0-0:96.1.7",
    "clock": "0-0:1.0.0",
    **{name: f"1-0:{quantity.code}" for name, quantity in QUANTITIES.items()},
}
KAMSTRUP_CODES: Mapping[str, str] = {
    "serial": "1-1:0.0.5",
    "type": "1-1:96.1.1",
    "clock": "0-1:1.0.0",
    **{name: f"1-1:{quantity.code}" for name, quantity in QUANTITIES.items()},
}

Encoder = Callable[[int], bytes]


def _text_as_octets(text: str) -> bytes:
    return axdr.octet_string(text.encode("ascii"))


@dataclass(frozen=True)
class Maker:
    """What all models of one maker have in common.

    Scales and encoders are by the letter of a quantity; without, it is a whole number in four bytes.
    """

    name: str
    list_id: str
    serial: str
    addresses: bytes
    shape: Shape
    timetable: Timetable
    clock: axdr.Clock
    lists: frozenset[ListKind] = frozenset(ListKind)
    control: int = hdlc.UNNUMBERED_INFORMATION
    invoke_id: bytes = bytes.fromhex("40000000")
    notification_time: NotificationTime = NotificationTime.ABSENT
    codes: Mapping[str, str] = field(default_factory=dict)
    text: Callable[[str], bytes] = axdr.visible_string
    scales: Mapping[str, int] = field(default_factory=dict)
    encoders: Mapping[str, Encoder] = field(default_factory=dict)
    write: Callable[[Model, Supply, datetime], bytes] | None = None
    """Makes what comes down the line of a moment, where nothing of the above does it (abroad.py)."""


AIDON = Maker(
    name="Aidon",
    list_id="AIDON_V0001",
    serial="7359990000000017",
    addresses=bytes.fromhex("41 0883"),
    shape=Shape.DESCRIBED,
    timetable=Timetable(power_seconds=2.5, clock_is_frozen=True),
    clock=axdr.Clock.AIDON,
    codes=AIDON_CODES,
    scales={"I": -1, "U": -1, "A": 1, "R": 1},
    encoders={"I": axdr.long, "U": axdr.long_unsigned},
)
# Nobody has seen list 3 of this meter. Its other lists are Aidon's, so this one is as well.
EMBRIQ = replace(
    AIDON,
    name="Embriq",
    list_id="EMBRIQ_V1_1",
    serial="1000017".ljust(16, "\0"),
    scales={**AIDON.scales, "I": -2},
)
KAIFA = Maker(
    name="Kaifa",
    list_id="KFM_001",
    serial="6970631400000017",
    addresses=bytes.fromhex("01 0201"),
    control=0x10,
    shape=Shape.POSITIONAL,
    timetable=Timetable(power_seconds=2),
    clock=axdr.Clock.KAIFA,
    notification_time=NotificationTime.TAGGED,
    text=_text_as_octets,
    scales={"I": -3, "U": -1},
)
KAMSTRUP = Maker(
    name="Kamstrup",
    list_id="Kamstrup_V0001",
    serial="5706567000000017",
    addresses=bytes.fromhex("2B 21"),
    shape=Shape.PAIRED,
    # Whether its hourly registers are those of the full hour is unknown; here they are those of the second.
    timetable=Timetable(power_seconds=None, hourly_second=5, frozen=False),
    clock=axdr.Clock.KAMSTRUP,
    lists=frozenset({ListKind.SNAPSHOT, ListKind.HOURLY}),
    invoke_id=bytes(4),
    notification_time=NotificationTime.BARE,
    codes=KAMSTRUP_CODES,
    scales={"I": -2, "A": 1, "R": 1},
    encoders={"U": axdr.long_unsigned},
)


@dataclass(frozen=True)
class Model:
    """One model and what it does differently from its maker's others.

    `key` is its name here and, unless `type` says otherwise, what it calls itself on the line. `absent`
    quantities have no place in its lists, `null` ones are empty places, `zero` ones are always 0. A meter
    behind current transformers sends secondary values: those of the house divided by `transformer_ratio`.
    """

    maker: Maker
    key: str
    net: Net
    type: str | None = None
    serial: str | None = None
    clock: axdr.Clock | None = None
    notification_time: NotificationTime | None = None
    absent: frozenset[str] = frozenset()
    null: frozenset[str] = frozenset()
    zero: frozenset[str] = frozenset()
    scales: Mapping[str, int] = field(default_factory=dict)
    transformer_ratio: int = 1
    encrypts: bool = False
    keys: Keys | None = None

    @property
    def title(self) -> str:
        return f"{self.maker.name} {self.key} ({self.net.value})"

    @property
    def texts(self) -> Mapping[str, str]:
        return {
            "list id": self.maker.list_id,
            "serial": self.serial or self.maker.serial,
            "type": self.type or self.key,
        }

    def scale(self, quantity: str) -> int:
        letter = quantity[0]
        return self.scales.get(letter, self.maker.scales.get(letter, 0))


OTHER_PHASES = frozenset({"I2", "I3", "U2", "U3"})
OLDER = axdr.Clock.AIDON_OLDER
TAGGED = NotificationTime.TAGGED

MODELS: tuple[Model, ...] = (
    Model(AIDON, "6534", Net.TN),
    Model(AIDON, "6525", Net.IT, absent=frozenset({"I2"})),
    Model(AIDON, "6515", Net.ONE_PHASE, absent=OTHER_PHASES),
    Model(AIDON, "6534-older", Net.TN, type="6534", clock=OLDER),
    Model(AIDON, "6525-older", Net.IT, type="6525", clock=OLDER, absent=frozenset({"I2"})),
    Model(AIDON, "6515-older", Net.ONE_PHASE, type="6515", clock=OLDER, absent=OTHER_PHASES),
    Model(AIDON, "6550", Net.TN, transformer_ratio=20),
    Model(AIDON, "6540", Net.IT, absent=frozenset({"I2"}), transformer_ratio=20),
    Model(KAIFA, "MA304H4", Net.TN),
    Model(KAIFA, "MA304H3E", Net.IT, zero=frozenset({"U2"})),
    Model(KAIFA, "MA105H2E", Net.ONE_PHASE, absent=OTHER_PHASES),
    Model(KAIFA, "MA304T4", Net.TN, transformer_ratio=20),
    Model(KAIFA, "MA304T3", Net.IT, zero=frozenset({"I2", "U2"}), transformer_ratio=20),
    Model(KAMSTRUP, "6841131", Net.TN, type="6841131BN243101040"),
    Model(KAMSTRUP, "6841121", Net.IT, type="6841121BN243101040"),
    Model(KAMSTRUP, "6861111", Net.ONE_PHASE, type="6861111BN242101040", null=OTHER_PHASES),
    Model(KAMSTRUP, "6851131", Net.TN, type="6851131BN243101040", scales={"I": -3}, transformer_ratio=20),
    Model(KAMSTRUP, "6851121", Net.IT, type="6851121BN243101040", scales={"I": -3}, transformer_ratio=20),
    # Voltages of five digits: 22199 is 221.99 V.
    Model(KAMSTRUP, "6841131-volts", Net.TN, type="6841131BN243101040", scales={"U": -2}),
    # Old firmware writes the date-time of the notification with a tag.
    Model(KAMSTRUP, "6841131-old", Net.TN, type="6841131BN243101040", notification_time=TAGGED),
    # In Sweden the registers count in 1 Wh.
    Model(KAMSTRUP, "6841131-SE", Net.TN, type="6841131BN243101092", scales={"A": 0, "R": 0}),
    Model(EMBRIQ, "E350", Net.TN, type="ZFF1"),
    Model(EMBRIQ, "E350-IT", Net.IT, type="ZFF1", zero=frozenset({"I2", "U2"})),
)


def find_model(maker: str, key: str | None = None, net: Net | None = None, models: tuple[Model, ...] = MODELS) -> Model:
    """Find the first model of a maker with this key and in this net, where None is any."""
    of_maker = [model for model in models if model.maker.name.lower() == maker.lower()]
    for model in of_maker:
        if key in {None, model.key} and net in {None, model.net}:
            return model
    known = ", ".join(model.title for model in of_maker or models)
    message = f"no such meter; there are {known}"
    raise LookupError(message)


def encode(model: Model, supply: Supply, moment: datetime, which: ListKind) -> bytes:
    """Make the frame of one list; `moment` is what the meter's clock shows."""
    if which not in model.maker.lists:
        message = f"{model.maker.name} has no {which.value}"
        raise ValueError(message)
    if model.maker.write:
        return model.maker.write(model, supply, moment)
    clock = axdr.clock(moment, model.clock or model.maker.clock)
    time_form = model.notification_time or model.maker.notification_time
    time = time_form.value + (b"" if time_form is NotificationTime.ABSENT else clock)
    present = [name for name in LISTS[which] if name not in model.absent]
    values = {name: _value(model, supply, clock, name) for name in present}
    body = BODIES[model.maker.shape](model, values)
    information = LLC + DATA_NOTIFICATION + model.maker.invoke_id + time + body
    return hdlc.frame(information, model.maker.addresses, model.maker.control)


def _value(model: Model, supply: Supply, clock: bytes, name: str) -> bytes | None:
    """Encode one value, or None for an empty place."""
    if name in model.null:
        return None
    if name == "clock":
        return axdr.octet_string(clock)
    if name not in QUANTITIES:
        return model.maker.text(model.texts[name])
    return _number(model, supply, name)


def _number(model: Model, supply: Supply, name: str) -> bytes:
    quantity = QUANTITIES[name]
    encoder = model.maker.encoders.get(name[0], axdr.double_long_unsigned)
    measured = 0.0 if name in model.zero else quantity.measure(supply)
    if encoder is not axdr.long:
        measured = abs(measured)
    if quantity.unit != VOLT:
        measured /= model.transformer_ratio
    scale = model.scale(name)
    raw = measured / 10**scale if scale > 0 else measured * 10**-scale
    # A register shows what is full, everything else is rounded.
    return encoder(int(raw) if quantity.unit in {WATT_HOUR, VAR_HOUR} else round(raw))


Values = Mapping[str, bytes | None]


def _described(model: Model, values: Values) -> bytes:
    entries = []
    for name, value in values.items():
        code = axdr.octet_string(axdr.logical_name(model.maker.codes[name]))
        members = [code, value or axdr.null_data()]
        if name in QUANTITIES:
            members.append(axdr.scaler_unit(model.scale(name), QUANTITIES[name].unit))
        entries.append(axdr.structure(*members))
    return axdr.array(*entries)


def _paired(model: Model, values: Values) -> bytes:
    elements = []
    for name, value in values.items():
        if value is None:
            elements += [axdr.null_data(), axdr.null_data()]
            continue
        if name in model.maker.codes:
            elements.append(axdr.octet_string(axdr.logical_name(model.maker.codes[name])))
        elements.append(value)
    return axdr.structure(*elements)


def _positional(_model: Model, values: Values) -> bytes:
    return axdr.structure(*(value or axdr.null_data() for value in values.values()))


BODIES: Mapping[Shape, Callable[[Model, Values], bytes]] = {
    Shape.DESCRIBED: _described,
    Shape.PAIRED: _paired,
    Shape.POSITIONAL: _positional,
}
