"""The table of makers' lists: for each, what it does not say itself.

To add a maker's list: a `Profile` or a `Layout` below, and a capture in tests/captures. A list that explains itself
(OBIS codes, scaler and unit) needs no row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from .clock import Dialect
from .quantities import PHASES, Quantity, Row, Unit
from .reading import Maker


class Text(Row):
    """What a list can hold besides quantities."""

    LIST_ID = "list_id"
    SERIAL = "serial"
    MODEL = "model"
    CLOCK = "clock"
    DEVICE = "device"
    """The logical device name: three letters of the maker, and more that is up to the maker."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The power of ten of all values in one unit, where the list does not state it."""

    unit: Unit
    exponent: int
    models: str = ""
    """A regular expression for the beginning of the model, if the scale depends on it. A meter that sends no model and
    a plain integer as its number has the model "number"."""


type Fields = tuple[Quantity | Text | None, ...]
"""The meaning of each place of a list; None if it is unknown, or neither a quantity nor a `Text`."""


class Mark(NamedTuple):
    """A text by which a layout is recognised."""

    place: int
    """Its place in the list, from 0."""
    pattern: str
    """A regular expression that it matches, from its beginning."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A list of values without codes, whose meanings depend on their places."""

    types: str
    """The types of all elements, in the letters of `dlms.Notification.types`."""
    fields: Fields
    marks: tuple[Mark, ...] = ()
    tagged: bool = False
    """Whether the message's date-time must come as a tagged octet-string."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """What one maker's lists do not say themselves. Two rows are never equal."""

    maker: Maker
    list_id: str = ""
    """The name in the list."""
    flag: str = ""
    """The maker's three letters, for lists without a name."""
    clock: Dialect
    scales: tuple[Scale, ...] = ()
    layouts: tuple[Layout, ...] = ()
    texts: Mapping[str, Text] = MappingProxyType({})
    """OBIS codes (C.D.E) with another meaning than the usual one."""
    volts_by_size: bool = False
    """Whether only the size of a voltage shows its power of ten."""
    amperes_by_power: tuple[int, ...] = ()
    """The powers of ten that currents may have, where only the powers of the phases can show which one."""
    amperes_if_contradicted: tuple[int, ...] = ()
    """The powers of ten of other models' currents, where the powers contradict the usual one. If none of them fits
    either, the currents of that list are not shown."""
    push_objects: bool = False
    """Whether lists that begin with a description of their push object are of this maker."""
    attributes: bool = False
    """Whether lists in which each value has the descriptor of its attribute are of this maker."""
    hourly: tuple[Quantity, ...] = ()
    """Quantities that are only in an hourly list, and so are expected before they are first seen."""
    tells_means: bool = False
    """Whether the power of a list is known to be the mean since the list before."""


MAKERS_BY_FLAG = MappingProxyType(
    {
        "ADN": Maker.AIDON,
        "AID": Maker.AIDON,
        "ISK": Maker.ISKRAEMECO,
        "KAM": Maker.KAMSTRUP,
        "KFM": Maker.KAIFA,
        "LGF": Maker.LANDIS_GYR,
        "LGZ": Maker.LANDIS_GYR,
        "LGB": Maker.LANDIS_GYR,
        "SAG": Maker.SAGEMCOM,
        "ELL": Maker.SAGEMCOM,  # in the Sagemcom meters of Ellevio, a Swedish grid company
        "EGD": Maker.SAGEMCOM,  # and of EG.D, a Czech one
    }
)
"""Maker's letters (FLAG id, assigned by the DLMS user association) -> maker. They are in a system title, a logical
device name, or the first line of a P1 telegram."""

USUAL_TEXTS = MappingProxyType(
    {
        "0.2.129": Text.LIST_ID,
        "96.1.0": Text.SERIAL,
        "96.1.7": Text.MODEL,
        "1.0.0": Text.CLOCK,
        "42.0.0": Text.DEVICE,
    }
)

_POWERS = (
    Quantity.POWER_IMPORT,
    Quantity.POWER_EXPORT,
    Quantity.REACTIVE_POWER_IMPORT,
    Quantity.REACTIVE_POWER_EXPORT,
)
_REGISTERS = (
    Quantity.ENERGY_IMPORT,
    Quantity.ENERGY_EXPORT,
    Quantity.REACTIVE_ENERGY_IMPORT,
    Quantity.REACTIVE_ENERGY_EXPORT,
)
_TARIFFS = (
    Quantity.ENERGY_IMPORT,
    Quantity.ENERGY_IMPORT_T1,
    Quantity.ENERGY_IMPORT_T2,
    Quantity.ENERGY_EXPORT,
    Quantity.ENERGY_EXPORT_T1,
    Quantity.ENERGY_EXPORT_T2,
)
_QUADRANTS = (
    Quantity.REACTIVE_ENERGY_Q1,
    Quantity.REACTIVE_ENERGY_Q2,
    Quantity.REACTIVE_ENERGY_Q3,
    Quantity.REACTIVE_ENERGY_Q4,
)
_CURRENTS = tuple(phase.current for phase in PHASES)
_VOLTAGES = tuple(phase.voltage for phase in PHASES)
_IMPORTS = tuple(phase.power_import for phase in PHASES)
_EXPORTS = tuple(phase.power_export for phase in PHASES)
_WHOLE = (Scale(Unit.WATT, 0), Scale(Unit.VAR, 0), Scale(Unit.WATT_HOUR, 0), Scale(Unit.VAR_HOUR, 0))

_NAMED = (Text.LIST_ID, Text.SERIAL, Text.MODEL)
_KFM = (Mark(0, "KFM_001$"),)
_KAIFA_ONE_PHASE: Fields = (*_NAMED, *_POWERS, Quantity.CURRENT_L1, Quantity.VOLTAGE_L1)
_KAIFA_THREE_PHASES: Fields = (*_NAMED, *_POWERS, *_CURRENTS, *_VOLTAGES)
_HOUR = (Text.CLOCK, *_REGISTERS)
_ISK = (Mark(0, "ISK"),)
_DATE_AND_TIME = r"07[ef][0-9a-f]0[1-9a-c](?:0[1-9a-f]|1[0-9a-f])(?:0[0-7]|ff)[01][0-9a-f][0-3][0-9a-f]{11}$"
"""A date and time as hex digits, since it is no text: year (to 2047), month, day, day of the week, and the rest."""
_PUSH_CODE = (Mark(0, "00[0-9a-f]{2}190900ff$"),)
_NUMBER = (Mark(0, r"(ISK)?\d{6,}$"),)
_SWISS: Fields = (Text.SERIAL, None, None, *_TARIFFS, *_QUADRANTS, *_POWERS[:2])  # None: the time of day, the date
_CROATIAN: Fields = (
    *(*_SWISS, Quantity.POWER_FACTOR, *_IMPORTS, *_EXPORTS, *_VOLTAGES, *_CURRENTS),
    *(None, None, None, None, None),
)
_ISK_TWICE = (*_ISK, Mark(1, "ISK"))

PROFILES = (
    Profile(
        # List 1 (only a power) has no name: it is read by its own codes, and its maker is not known.
        maker=Maker.AIDON,
        list_id="AIDON_V0001",
        # Its clock says "deviation 0" and shows UTC+1, in summer too. Taken literally it would be an hour off.
        clock=Dialect.STANDARD,
        hourly=_REGISTERS,
        tells_means=True,
    ),
    Profile(
        # Landis+Gyr E350 with Embriq's module, in Norway. Its list is Aidon's with other scales, which it states.
        maker=Maker.LANDIS_GYR,
        list_id="EMBRIQ_V1_1",
        clock=Dialect.STANDARD,
        # No hourly list has been seen. If there is one, it explains itself like the others.
    ),
    Profile(
        # Nuri is the same meter, under the name of the supplier of the system.
        maker=Maker.KAIFA,
        list_id="KFM_001",
        clock=Dialect.CODED,  # in Sweden it states its deviation, which is right; in Norway none, and shows civil time
        scales=(*_WHOLE, Scale(Unit.AMPERE, -3), Scale(Unit.VOLT, -1)),
        layouts=(
            # List 1: the only list that is a single number after a tagged date-time.
            Layout("l", (Quantity.POWER_IMPORT,), tagged=True),
            Layout("ooo" + "l" * 6, _KAIFA_ONE_PHASE, _KFM),
            Layout("ooo" + "l" * 10, _KAIFA_THREE_PHASES, _KFM),
            Layout("ooo" + "l" * 6 + "ollll", _KAIFA_ONE_PHASE + _HOUR, _KFM),
            Layout("ooo" + "l" * 10 + "ollll", _KAIFA_THREE_PHASES + _HOUR, _KFM),
            Layout("ooo" + "l" * 10 + "oLLLL", _KAIFA_THREE_PHASES + _HOUR, _KFM),  # MA304T4, on current transformers
        ),
        hourly=_REGISTERS,
    ),
    Profile(
        # The model number ends with the country, on which the scale of the registers depends: 10 Wh in Norway and
        # Denmark, 1 Wh in Sweden. A 685 is a meter on current transformers and counts in mA. The complete Danish list
        # has a plain number instead of a model.
        maker=Maker.KAMSTRUP,
        list_id="Kamstrup_V0001",
        flag="KAM",
        clock=Dialect.STANDARD,
        scales=(
            Scale(Unit.WATT, 0),
            Scale(Unit.VAR, 0),
            Scale(Unit.RATIO, -2),
            Scale(Unit.AMPERE, -2, "68[46]"),
            Scale(Unit.AMPERE, -3, "685"),
            Scale(Unit.WATT_HOUR, 1, ".{15}(040|01[0-3])$|number$"),
            Scale(Unit.VAR_HOUR, 1, ".{15}(040|01[0-3])$|number$"),
            Scale(Unit.WATT_HOUR, 0, ".{15}09[0-2]$"),
            Scale(Unit.VAR_HOUR, 0, ".{15}09[0-2]$"),
        ),
        texts=MappingProxyType({"0.0.5": Text.SERIAL, "0.0.1": Text.SERIAL, "96.1.1": Text.MODEL}),
        volts_by_size=True,
        amperes_by_power=(-2, -3),
        hourly=_REGISTERS,
    ),
    Profile(
        # E450. Its list begins with a description of the push object, or (at Netz Burgenland) has no codes at all.
        maker=Maker.LANDIS_GYR,
        flag="LGZ",
        push_objects=True,
        clock=Dialect.CIVIL,
        scales=(*_WHOLE, Scale(Unit.AMPERE, -2), Scale(Unit.RATIO, -3)),
        amperes_if_contradicted=(0,),  # E570, on current transformers
        layouts=(
            Layout(
                "wwwwwwllllwwwo",
                # The three before the last are the angles between voltage and current; 400 means none.
                (*_VOLTAGES, *_CURRENTS, *_POWERS[:2], *_REGISTERS[:2], None, None, None, Text.SERIAL),
            ),
            Layout("wwwwwwllllo", (*_VOLTAGES, *_CURRENTS, *_POWERS[:2], *_REGISTERS[:2], Text.SERIAL)),
            # At Wiener Netze, and with the meter's number before it.
            Layout("ollllllll", (Text.CLOCK, *_REGISTERS, *_POWERS), (Mark(0, _DATE_AND_TIME),)),
            Layout("oollllllll", (Text.SERIAL, Text.CLOCK, *_REGISTERS, *_POWERS), (Mark(1, _DATE_AND_TIME),)),
        ),
        texts=MappingProxyType({"96.1.1": Text.SERIAL}),
        volts_by_size=True,
    ),
    Profile(
        # AM550 and IE.5. Several lists alternate on one port.
        maker=Maker.ISKRAEMECO,
        flag="ISK",
        clock=Dialect.CODED,
        scales=(*_WHOLE, Scale(Unit.AMPERE, -2), Scale(Unit.VOLT, -1), Scale(Unit.RATIO, -3), Scale(Unit.COUNT, 0)),
        layouts=(
            Layout(
                "oollllwwwwwwllllll",
                (Text.SERIAL, Text.LIST_ID, *_POWERS, *_VOLTAGES, *_CURRENTS, *_IMPORTS, *_EXPORTS),
                _ISK,
            ),
            Layout(
                "ooeollllllll",
                # The fourth is the active tariff, as two bytes.
                (Text.SERIAL, Text.LIST_ID, Quantity.BREAKER_STATE, None, *_TARIFFS, *_REGISTERS[2:]),
                _ISK,
            ),
            # In another such list the state of the breaker is a Boolean.
            Layout("oobollllllll", (Text.SERIAL, Text.LIST_ID, None, None, *_TARIFFS, *_REGISTERS[2:]), _ISK),
            Layout(
                "oowwwwwwllll", (Text.SERIAL, Text.LIST_ID, *_VOLTAGES, *_CURRENTS, *_POWERS), (*_ISK, Mark(1, "UP_3f"))
            ),
            Layout("oollllwll", (Text.SERIAL, None, *_POWERS, Quantity.VOLTAGE_L1, None, None), _ISK_TWICE),
            Layout(
                "oollllwwll",
                (Text.SERIAL, None, *_POWERS, Quantity.VOLTAGE_L1, Quantity.CURRENT_L1, _IMPORTS[0], _EXPORTS[0]),
                _ISK_TWICE,
            ),
            Layout("ollllllll", (Text.SERIAL, *_POWERS[:2], *_TARIFFS), _ISK),
            # It writes its number in another way than the list it alternates with: it would seem to be another meter.
            Layout("oull", (None, None, *_REGISTERS[:2]), (Mark(0, r"\d{8}$"),)),
            Layout("ooo" + "l" * 12, _SWISS, _NUMBER),
            # In Croatia the same, and more; the last are a limit, three arrays of a single number, and a Boolean.
            Layout("ooo" + "l" * 12 + "w" + "l" * 6 + "w" * 6 + "lAAAb", _CROATIAN, _NUMBER),
            Layout("ooo" + "l" * 12 + "w" + "l" * 6 + "w" * 7 + "AAAb", _CROATIAN, _NUMBER),
            # In Austria. Begins with the code of the push object, then its number, the time of day and the date.
            Layout("oooolllllloo", (None, Text.SERIAL, None, None, *_REGISTERS, *_POWERS[:2], None, None), _PUSH_CODE),
            # The same of Siemens, whose letters are in its encryption.
            Layout("oooollllll", (None, Text.SERIAL, None, None, *_REGISTERS, *_POWERS[:2]), _PUSH_CODE),
        ),
    ),
    Profile(
        # XT211 of EG.D, Czech. Each value has the descriptor of its attribute, and no scale: W and Wh in ones.
        maker=Maker.SAGEMCOM,
        flag="EGD",
        attributes=True,
        clock=Dialect.CODED,
        scales=_WHOLE,
        texts=MappingProxyType({"96.1.1": Text.SERIAL}),
    ),
)
