"""What a P1 telegram says: its lines name themselves, so it needs no maker's profile."""

import re

from . import p1
from .errors import DataError, FrameError, UnknownListError
from .gathered import scaled_by
from .profiles import FLAGS
from .quantities import Quantity, quantity_of
from .reading import Reading

_EQUIPMENT = (bytes((0, 0, 96, 1, 1)), bytes((0, 0, 96, 1, 0)))
"""Groups A to E of the meter's number, the likelier first. Behind 0-1 to 0-4 stand meters of gas and water."""
_CLOCK = bytes((1, 0, 0))
_NUMBER_IN_IDENT = re.compile(r"\\(\d{6,})")
_IDENT = re.compile(r"(?P<flag>[A-Za-z]{3})\d?\\?(?P<model>.*)")


def read_telegram(content: bytes, guarded: bool) -> Reading:  # noqa: FBT001 - as Frame has it
    """Read a telegram ("/" to "!").

    Raises FrameError if it has no checksum and its meter is not known to send none, DataError if a value cannot be,
    UnknownListError if it has no value with a name.
    """
    telegram = p1.parse(content)
    if not p1.is_believable(guarded, telegram):
        raise FrameError("P1 telegram: no checksum, and its meter is not known to send none")
    values: dict[Quantity, float] = {}
    unnamed: dict[str, object] = dict.fromkeys(telegram.malformed)
    for line in telegram.lines:
        quantity = quantity_of(line.code)
        if quantity and (value := _value(quantity, line)) is not None:
            values[quantity] = value
        elif line.code[2:5] != _CLOCK:
            code = "{}-{}:{}.{}.{}".format(*line.code)
            unnamed[code] = "*".join(filter(None, (",".join(line.values), line.unit)))
    if not values:
        raise UnknownListError("no line of it has a known name and unit")
    ident = _IDENT.match(telegram.ident)
    flag, model = ident.group("flag", "model") if ident else ("", "")
    return Reading(
        values,
        FLAGS.get(flag.upper()),
        None,
        model.strip() or None,
        _serial(telegram),
        p1.clock_of(telegram),
        unnamed=unnamed,
    )


def _value(quantity: Quantity, line: p1.Line) -> float | None:
    """Return the value of a line in the quantity's unit; None if it is in another one, or no number."""
    try:
        raw, exponent = p1.scaled(line.values[-1], line.unit)
        unit = p1.base_unit(line.unit)
    except DataError:
        return None
    return scaled_by(quantity, raw, exponent) if unit == quantity.unit.symbol else None


def _serial(telegram: p1.Telegram) -> str | None:
    """Return the meter's number: from its own line (often text as hex digits), or from the identification."""
    for code in _EQUIPMENT:
        for line in telegram.lines:
            if line.code[:5] == code and line.values[0]:
                return _from_hex(line.values[0])
    number = _NUMBER_IN_IDENT.search(telegram.ident)
    return number[1] if number else None


def _from_hex(text: str) -> str:
    """Return the text that hex digits stand for, or the digits themselves if they stand for none."""
    try:
        plain = bytes.fromhex(text).decode("ascii")
    except ValueError:
        return text
    return plain.strip() if plain.isprintable() and plain.strip() else text
