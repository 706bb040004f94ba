"""THE TABLE of makers' lists, and how a list becomes a Reading.

A list says what its values are in one of these ways (the letters are those of the protocol notes in the README):

A. an array of structures [OBIS code, value] or [OBIS code, value, [scaler, unit]]: it explains itself;
B. a structure of a name and then OBIS codes and values in turn, without scale: the profile knows the scale;
D. a structure of values alone: the profile knows the place of each, by the number of elements.

The shape is seen in the data, the maker in what the list calls itself. To add a maker's list: one `Profile` below
and one capture in tests/captures. Nothing is guessed: a value without a known name and scale is kept under its code
in `Reading.unnamed` and never becomes a number with a unit.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
import re
from typing import TypeIs

from .clock import Dialect, MeterClock, read_clock
from .dlms import Notification, Value
from .errors import DataError, UnknownListError
from .quantities import Quantity, Unit, quantity_of
from .reading import Maker, Reading


class Text(Enum):
    """What a list says besides quantities."""

    LIST_ID = "list_id"
    SERIAL = "serial"
    MODEL = "model"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Scale:
    """The power of ten of all values in one unit, where the wire does not carry it."""

    unit: Unit
    exponent: int
    models: str = ""
    """A regular expression for the model (from its beginning), where the scale depends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one maker's list leaves unsaid."""

    maker: Maker
    list_id: str
    clock: Dialect
    scales: tuple[Scale, ...] = ()
    places: Mapping[int, tuple[Quantity | Text, ...]] = field(default_factory=dict)
    """Number of elements -> what stands at each place; for lists without OBIS codes."""
    texts: Mapping[str, Text] = field(default_factory=dict)
    """OBIS codes (C.D.E) that mean something else here than they usually do."""
    volts_by_size: bool = False
    """Whether the voltage's power of ten shows in its size alone."""
    hourly: tuple[Quantity, ...] = ()
    """What comes in an hourly list only, so that it is expected before it is first seen."""


_USUAL_TEXTS = {"0.2.129": Text.LIST_ID, "96.1.0": Text.SERIAL, "96.1.7": Text.MODEL, "1.0.0": Text.CLOCK}
_REGISTERS = (
    Quantity.ENERGY_IMPORT,
    Quantity.ENERGY_EXPORT,
    Quantity.REACTIVE_ENERGY_IMPORT,
    Quantity.REACTIVE_ENERGY_EXPORT,
)
_KAIFA_HEAD = (
    Text.LIST_ID,
    Text.SERIAL,
    Text.MODEL,
    Quantity.POWER_IMPORT,
    Quantity.POWER_EXPORT,
    Quantity.REACTIVE_POWER_IMPORT,
    Quantity.REACTIVE_POWER_EXPORT,
)
_KAIFA_ONE_PHASE = (*_KAIFA_HEAD, Quantity.CURRENT_L1, Quantity.VOLTAGE_L1)
_KAIFA_THREE_PHASES = (
    *_KAIFA_HEAD,
    Quantity.CURRENT_L1,
    Quantity.CURRENT_L2,
    Quantity.CURRENT_L3,
    Quantity.VOLTAGE_L1,
    Quantity.VOLTAGE_L2,
    Quantity.VOLTAGE_L3,
)
_KAIFA_HOUR = (Text.CLOCK, *_REGISTERS)

PROFILES = (
    Profile(
        # List 1 (a power alone) carries no name: it is read by its own codes and belongs to nobody yet.
        maker=Maker.AIDON,
        list_id="AIDON_V0001",
        # Its clock says "deviation 0" and means UTC+1, in summer too. Believing it would be an hour off.
        clock=Dialect.STANDARD,
        hourly=_REGISTERS,
    ),
    Profile(
        # Landis+Gyr E350 with Embriq's module, in Norway. Its list is Aidon's with other scales, which it carries.
        maker=Maker.LANDIS_GYR,
        list_id="EMBRIQ_V1_1",
        clock=Dialect.STANDARD,
        # Nobody has seen an hourly list of it. If one comes, it explains itself like the others.
    ),
    Profile(
        # Nuri is the same meter under the name of the system's supplier.
        maker=Maker.KAIFA,
        list_id="KFM_001",
        clock=Dialect.CODED,  # Sweden says its deviation and means it; Norway says none, and shows civil time
        scales=(
            Scale(Unit.WATT, 0),
            Scale(Unit.VAR, 0),
            Scale(Unit.AMPERE, -3),
            Scale(Unit.VOLT, -1),
            Scale(Unit.WATT_HOUR, 0),
            Scale(Unit.VAR_HOUR, 0),
        ),
        places={
            1: (Quantity.POWER_IMPORT,),
            9: _KAIFA_ONE_PHASE,
            13: _KAIFA_THREE_PHASES,
            14: _KAIFA_ONE_PHASE + _KAIFA_HOUR,
            18: _KAIFA_THREE_PHASES + _KAIFA_HOUR,
        },
        hourly=_REGISTERS,
    ),
    Profile(
        # The model number ends with the country, and the registers' digits go by country: Norway and Denmark count
        # in 10 Wh, Sweden in 1 Wh. A 685 is a meter on current transformers and counts in mA.
        maker=Maker.KAMSTRUP,
        list_id="Kamstrup_V0001",
        clock=Dialect.STANDARD,
        scales=(
            Scale(Unit.WATT, 0),
            Scale(Unit.VAR, 0),
            Scale(Unit.AMPERE, -2, "68[46]"),
            Scale(Unit.AMPERE, -3, "685"),
            Scale(Unit.WATT_HOUR, 1, ".{15}(040|01[0-3])$"),
            Scale(Unit.VAR_HOUR, 1, ".{15}(040|01[0-3])$"),
            Scale(Unit.WATT_HOUR, 0, ".{15}09[0-2]$"),
            Scale(Unit.VAR_HOUR, 0, ".{15}09[0-2]$"),
        ),
        texts={"0.0.5": Text.SERIAL, "96.1.1": Text.MODEL},
        volts_by_size=True,
        hourly=_REGISTERS,
    ),
)
_BY_LIST_ID = {profile.list_id: profile for profile in PROFILES}
KAIFA = _BY_LIST_ID["KFM_001"]


def hourly_quantities(list_id: str | None) -> tuple[Quantity, ...]:
    """Return what a meter with this list sends once an hour, whether or not it has been seen yet."""
    profile = _BY_LIST_ID.get(list_id or "")
    return profile.hourly if profile else ()


@lru_cache(maxsize=64)
def _exponents(list_id: str, model: str) -> Mapping[Unit, int]:
    """Return unit -> power of ten for a model; a unit whose scale is not known for it is left out."""
    scales = _BY_LIST_ID[list_id].scales
    return {scale.unit: scale.exponent for scale in scales if re.match(scale.models, model)}


def _volt_exponent(raw: float) -> int:
    """Return the power of ten of a phase voltage. 231, 2310 and 23100 can only be one thing; there is no other sign."""
    return 0 if raw <= 1_000 else -1 if raw <= 10_000 else -2  # noqa: PLR2004


type Element = tuple[bytes, Value, tuple[int, int] | None]
"""An OBIS code (6 bytes), a value, and its scaler and unit (None where the wire has none)."""


_SCALERS = range(-0x80, 0x80)  # one signed byte; a larger integer would ask for a power of ten that never ends


def is_obis(value: Value) -> TypeIs[bytes]:
    """Tell whether a value is the bytes of an OBIS code, by its type and length."""
    return isinstance(value, bytes) and len(value) == 6  # noqa: PLR2004 - groups A to F


def _self_describing(body: list[Value]) -> Iterator[Element]:
    """Shape A."""
    for element in body:
        match element:
            case (code, value) if is_obis(code):
                yield code, value, None
            case (code, value, (int(scaler), int(unit))) if is_obis(code) and scaler in _SCALERS:
                yield code, value, (scaler, unit)
            case _:
                raise UnknownListError("an element of the array is not [OBIS code, value, scale]")


def _in_turn(pairs: Sequence[Value]) -> Iterator[Element]:
    """Shape B, behind the name. A pair of nulls stands for what a one-phase meter does not have."""
    for code, value in zip(pairs[::2], pairs[1::2], strict=True):
        if code is None and value is None:
            continue
        if not is_obis(code):
            raise UnknownListError("a place that should hold an OBIS code holds something else")
        yield code, value, None


def _as_text(value: Value) -> str | None:
    """Return a name or a number as text, without the NULs and blanks that pad it; None where nothing is left."""
    if isinstance(value, bytes):
        text = value.decode("ascii") if value.isascii() else value.hex()
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        text = str(value)
    else:
        return None
    return text.strip("\0 ") or None


def _scaled(quantity: Quantity, raw: float, exponent: int) -> float:
    """Return raw x 10^exponent. Divides by a whole power where it can: that is the float nearest to the truth."""
    value = float(raw * 10**exponent) if exponent >= 0 else raw / 10**-exponent
    if not quantity.unit.least <= value <= quantity.unit.greatest:
        raise DataError(f"{quantity.key} of {value} {quantity.unit.symbol} cannot be")
    return value


class _List:
    """A list on its way to a Reading: what it says, gathered element by element."""

    def __init__(self, profile: Profile | None) -> None:
        self.profile = profile
        self.texts: dict[Text, Value] = {}
        self.values: dict[Quantity, float] = {}
        self.unnamed: dict[str, object] = {}
        self._unscaled: list[tuple[str, Quantity, float]] = []

    def add_coded(self, code: bytes, value: Value, scale: tuple[int, int] | None) -> None:
        """Add a value under its OBIS code."""
        group_cde = ".".join(map(str, code[2:5]))
        texts = self.profile.texts if self.profile else {}
        if text := texts.get(group_cde) or _USUAL_TEXTS.get(group_cde):
            self.texts[text] = value
            return
        name = f"{code[0]}-{code[1]}:{group_cde}"
        quantity = quantity_of(code)
        if quantity is None or not _is_number(value):
            self.unnamed[name] = value
        elif scale is None:
            self._unscaled.append((name, quantity, value))
        elif scale[1] == quantity.unit.dlms:
            self.values[quantity] = _scaled(quantity, value, scale[0])
        else:
            self.unnamed[name] = (value, *scale)

    def add_placed(self, place: Quantity | Text, value: Value) -> None:
        """Add a value that its place names."""
        if isinstance(place, Text):
            self.texts[place] = value
        elif _is_number(value):
            self._unscaled.append((place.code, place, value))
        else:
            raise DataError(f"{place.key} is not a number")

    def reading(self, sent_at: bytes | None) -> Reading:
        """Return what was gathered. Raises UnknownListError if no value has a name and a scale."""
        profile = self.profile
        model = _as_text(self.texts.get(Text.MODEL))
        exponents = _exponents(profile.list_id, model or "") if profile else {}
        for name, quantity, raw in self._unscaled:
            exponent = exponents.get(quantity.unit)
            if profile and profile.volts_by_size and quantity.unit is Unit.VOLT:
                exponent = _volt_exponent(raw)
            if exponent is None and (raw or not profile):  # a zero is zero in every scale
                self.unnamed[name] = raw
            else:
                self.values[quantity] = _scaled(quantity, raw, exponent or 0)
        if not self.values:
            raise UnknownListError("no value in it has a known name and scale")
        return Reading(
            self.values,
            profile.maker if profile else None,
            _as_text(self.texts.get(Text.LIST_ID)),
            model,
            _as_text(self.texts.get(Text.SERIAL)),
            self._clock(sent_at),
            self.unnamed,
        )

    def _clock(self, sent_at: bytes | None) -> MeterClock | None:
        """Return the clock among the values, for the registers are dated by it; else the message's own."""
        data = self.texts.get(Text.CLOCK, sent_at)
        told = self.profile.clock if self.profile else Dialect.CODED
        return read_clock(data, told) if isinstance(data, bytes) else None


def _is_number(value: Value) -> TypeIs[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _list_id(notification: Notification) -> str | None:
    """Return what a list calls itself, wherever its shape puts that."""
    match notification.body:
        case list(elements):
            named = (value for code, value, _ in _self_describing(elements) if code[2:5] == b"\x00\x02\x81")
            return _as_text(next(named, None))
        case (bytes() | str() as first, *_) if not is_obis(first):
            return _as_text(first)
        case (int(),) if notification.tagged:
            return KAIFA.list_id  # its list 1: the only list that is one bare number behind a tagged date-time
        case _:
            return None


def read_list(notification: Notification, makers: Collection[Maker] = tuple(Maker)) -> Reading:
    """Read a list, with the profiles of the given makers only.

    Raises UnknownListError if no value has a known name and scale, DataError if a value cannot be.
    """
    list_id = _list_id(notification)
    profile = _BY_LIST_ID.get(list_id or "")
    if profile and profile.maker not in makers:
        profile = None
    gathered = _List(profile)
    match notification.body:
        case list(elements):
            for code, value, scale in _self_describing(elements):
                gathered.add_coded(code, value, scale)
        case tuple(elements) if profile and (places := profile.places.get(len(elements))):
            for place, value in zip(places, elements, strict=True):
                gathered.add_placed(place, value)
        case (str() as name, *pairs) if len(pairs) % 2 == 0:
            gathered.texts[Text.LIST_ID] = name
            for code, value, scale in _in_turn(pairs):
                gathered.add_coded(code, value, scale)
        case _:
            raise UnknownListError(f"no known list has the shape of {_shape(notification.body)}")
    return gathered.reading(notification.sent_at)


def _shape(body: Value) -> str:
    """Say what a list looks like, for the person who will add it."""
    if isinstance(body, (list, tuple)):
        kind = "an array" if isinstance(body, list) else "a structure"
        return f"{kind} of {len(body)}: " + ", ".join(type(element).__name__ for element in body[:4])
    return type(body).__name__
