"""Builds a Reading from a list, element by element: names, scales and bounds."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
import re
from typing import TypeIs

from . import current_scale
from .clock import Dialect, MeterClock, read_clock
from .collected import CollectedValues
from .dlms import NotAvailable, Value
from .errors import DataError, UnknownListError
from .profiles import MAKERS_BY_FLAG, USUAL_TEXTS, Profile, Text
from .quantities import Quantity, Unit, quantity_of
from .reading import LeftOut, Maker, Reading, Reason

_LETTERS_OF_A_MAKER = re.compile(r"[A-Z]{3}")
_MAX_VOLTS_SENT = 100_000  # 1000 V in hundredths; a higher number is no voltage in any scale
_OF_THE_METER = 96
"""Group C of what a meter states about itself. With 0-1 to 0-4 it is a gas or water meter that this one collects."""


@lru_cache(maxsize=64)
def _exponents(profile: Profile, model: str) -> Mapping[Unit, int]:
    """Return unit -> power of ten of its values for a model, as far as the profile knows it."""
    return {scale.unit: scale.exponent for scale in profile.scales if re.match(scale.models, model)}


@lru_cache(maxsize=256)
def _meaning_of(profile: Profile | None, code: bytes) -> tuple[str, Text | Quantity | None]:
    """Return groups A to E of an OBIS code as text, and its meaning. Cached: a meter sends the same few codes."""
    group_cde = f"{code[2]}.{code[3]}.{code[4]}"
    text = (profile.texts.get(group_cde) if profile else None) or USUAL_TEXTS.get(group_cde)
    if code[0] == 0 and code[1] and code[2] == _OF_THE_METER:
        text = None
    return f"{code[0]}-{code[1]}:{group_cde}", text or quantity_of(code)


def _is_number(value: Value) -> TypeIs[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def as_text(value: Value) -> str | None:
    """Return a name or a number as text, without the NULs and blanks that pad it; None if nothing is left."""
    if isinstance(value, bytes):
        text = value.decode("ascii") if value.isascii() else value.hex()
    elif isinstance(value, (str, int)) and not isinstance(value, (bool, NotAvailable)):
        text = str(value)
    else:
        return None
    return text.strip("\0 ") or None


def is_impossible_factor(quantity: Quantity, number: float, exponent: int) -> bool:
    """Return whether this is a power factor outside of 0 to 1: some meters send one when almost no current flows."""
    return quantity.unit is Unit.RATIO and not 0 <= number / 10**-exponent <= 1


def without_values(left_out: Sequence[LeftOut], otherwise: str) -> DataError | UnknownListError:
    """Return the error for a message without a value: why all were left out, or, if none was, `otherwise`."""
    if not left_out:
        return UnknownListError(otherwise)
    said = (f"{each.quantity.key} of {each.value} ({each.reason.value})" for each in left_out)
    return DataError(f"no value in it can be: {', '.join(said)}")


class ReadingBuilder(CollectedValues):
    """Collects what a list says, element by element, and makes a Reading of it."""

    def __init__(self, profile: Profile | None, flag: str | None) -> None:
        super().__init__()
        self.profile = profile
        self.texts: dict[Text, Value] = {}
        self.unnamed: dict[str, object] = {}
        self._flag = flag
        self._unscaled: list[tuple[str, Quantity, float]] = []

    def add_coded(self, code: bytes, value: Value, scale: tuple[int, int] | None) -> None:
        """Add a value with its OBIS code and, if it was sent, its scaler (power of ten) and unit."""
        name, quantity = _meaning_of(self.profile, code)
        if isinstance(quantity, Text):
            self.texts[quantity] = value
            return
        if quantity is None or not _is_number(value):
            self.unnamed[name] = (value, *scale) if scale and _is_number(value) else value
        elif type(value) is NotAvailable:
            self.leave_out(quantity, value, Reason.NOT_AVAILABLE)
        elif scale is None:
            self._unscaled.append((name, quantity, value))
        elif scale[1] == quantity.unit.dlms:
            self._keep(name, quantity, value, scale[0])
        else:
            self.unnamed[name] = (value, *scale)

    def add_placed(self, field: Quantity | Text | None, place: int, value: Value) -> None:
        """Add a value of a list without codes, which is known by its place."""
        if isinstance(field, Text):
            self.texts[field] = value
        elif field and type(value) is NotAvailable:
            self.leave_out(field, value, Reason.NOT_AVAILABLE)
        elif field and _is_number(value):
            self._unscaled.append((field.code, field, value))
        else:
            self.unnamed[f"#{place}"] = value

    def add_loose(self, value: Value) -> None:
        """Add a text without a code: a clock anywhere, the list's name before all values, the meter's number after."""
        if isinstance(value, bytes) and read_clock(value):
            self.texts[Text.CLOCK] = value
        elif not (self.values or self._unscaled):
            self.texts[Text.LIST_ID] = value
        else:
            self.texts.setdefault(Text.SERIAL, value)

    def _keep(self, name: str, quantity: Quantity, number: float, exponent: int) -> None:
        if not quantity.unit.symbol and is_impossible_factor(quantity, number, exponent):
            self.unnamed[name] = number
        else:
            self.add(quantity, number, exponent)

    def build(self, sent_at: bytes | None, raw: bytes) -> Reading:
        """Return the reading. `sent_at` is the date-time of the message (12 bytes), `raw` the frames that brought it.

        Raises UnknownListError if no value has a known name and scale, and DataError if all were left out.
        """
        profile, model = self.profile, as_text(self.texts.get(Text.MODEL))
        kind = model or ("number" if _is_number(self.texts.get(Text.SERIAL)) else "")
        exponents: dict[Unit, int | None] = dict(_exponents(profile, kind)) if profile else {}
        if profile and profile.volts_by_size:
            exponents[Unit.VOLT] = self._volts()
        if profile:
            exponents[Unit.AMPERE] = self._amperes(profile, exponents.get(Unit.AMPERE))
        for name, quantity, number in self._unscaled:
            exponent = exponents.get(quantity.unit, 0 if quantity.unit is Unit.COUNT else None)
            if exponent is None and (number or not profile):  # a zero is zero in every scale
                self.unnamed[name] = number
            else:
                self._keep(name, quantity, number, exponent or 0)
        left_out = self.finished()
        if not self.values:
            raise without_values(left_out, "no value in it has a known name and scale")
        return Reading(
            self.values,
            self._maker(),
            as_text(self.texts.get(Text.LIST_ID)),
            model,
            as_text(self.texts.get(Text.SERIAL)),
            self._clock(sent_at),
            unnamed=self.unnamed,
            left_out=left_out,
            raw=raw,
        )

    def use_device_as_number(self) -> None:
        """Take the logical device name for the meter's number, if it sends no other."""
        if Text.DEVICE in self.texts:
            self.texts.setdefault(Text.SERIAL, self.texts[Text.DEVICE])

    def _maker(self) -> Maker | None:
        """Return the maker by the letters that the list or its encryption has, else by its profile."""
        device = (as_text(self.texts.get(Text.DEVICE)) or "")[:3]
        flag = device if _LETTERS_OF_A_MAKER.fullmatch(device) else self._flag
        if flag or not self.profile:
            return MAKERS_BY_FLAG.get(flag or "")
        return self.profile.maker

    def _volts(self) -> int:
        """Return the power of ten of the voltages by their size, where nothing else shows it: 231, 2310 or 23100.

        All voltages have the same one, so the highest decides: that of a phase that is nearly lost would mislead.
        """
        sent = [number for _, quantity, number in self._unscaled if quantity.unit is Unit.VOLT]
        highest = max([number for number in sent if number <= _MAX_VOLTS_SENT], default=0)
        return 0 if highest <= 1_000 else -1 if highest <= 10_000 else -2  # noqa: PLR2004 - as in the docstring

    def _amperes(self, profile: Profile, usual: int | None) -> int | None:
        """Return the power of ten of the currents: the usual one of the model, or one that fits the powers, or None."""
        numbers = {quantity: number for _, quantity, number in self._unscaled}
        one_volt = 10 ** self._volts()
        if usual is None:
            return current_scale.fitting(profile.amperes_by_power, numbers, one_volt)
        if profile.amperes_if_contradicted and current_scale.contradicted(usual, numbers, one_volt):
            return current_scale.fitting(profile.amperes_if_contradicted, numbers, one_volt)
        return usual

    def _clock(self, sent_at: bytes | None) -> MeterClock | None:
        """Return the clock among the values, which dates the registers, or else that of the message."""
        data = self.texts.get(Text.CLOCK, sent_at)
        usual_dialect = self.profile.clock if self.profile else Dialect.CODED
        return read_clock(data, usual_dialect) if isinstance(data, bytes) else None
