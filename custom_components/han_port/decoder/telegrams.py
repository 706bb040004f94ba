"""What a P1 telegram says: its lines name themselves, so it needs no maker's profile."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
import re

from . import p1
from .builder import is_impossible_factor, scaled_value
from .cipher import Keys, decipher
from .errors import DataError, FrameError, UnknownListError
from .framing import NotAFrame
from .profiles import MAKERS_BY_FLAG
from .quantities import Quantity, quantity_of
from .reading import Reading

EMPTY_TITLED = b"\xdb"
"""What is left out in front of an empty system title."""
_METER_NUMBER_CODES = (bytes((0, 0, 96, 1, 1)), bytes((0, 0, 96, 1, 0)))
"""Groups A to E of the meter's number, the likelier first. Behind 0-1 to 0-4 stand meters of gas and water."""
_CLOCK_CODE = bytes((1, 0, 0))
_NUMBER_IN_IDENT = re.compile(r"\\(\d{6,})")
_FLAG_AND_MODEL = re.compile(r"(?P<flag>[A-Za-z]{3})\d?\\?(?P<model>.*)")


WITHOUT_CRC = (
    r"ISK9\\2M55",  # in Slovenia
    # Of the Netherlands before DSMR 4, which brought the checksum.
    r"ISk5\\2MT382",
    r"KMP5 [A-Z]{4}",
    r"XMX5XMX",
)
"""Regular expressions of the identifications (from their beginning) of meters that are known to send none."""
_KNOWN_WITHOUT_CRC = re.compile("|".join(WITHOUT_CRC))
_VERSION_CODE = bytes((0, 2, 8))


def is_believable(guarded: bool, telegram: p1.Telegram) -> bool:  # noqa: FBT001 - as Frame has it
    """Tell whether a telegram may be read: its checksum was right, or its meter never sends one and it looks sound.

    DSMR names its version (0.2.8) since version 4, which brought the checksum: then it must be there.
    """
    if guarded:
        return True
    if telegram.malformed or any(line.code[2:5] == _VERSION_CODE for line in telegram.lines):
        return False
    return bool(_KNOWN_WITHOUT_CRC.match(telegram.ident))


def read_telegram(content: bytes, guarded: bool, keys: Keys | None = None, raw: bytes = b"") -> Reading:  # noqa: FBT001 - as Frame has it
    """Read a telegram ("/" to "!"), of which the lines may be encrypted.

    Raises FrameError if it has no checksum and its meter is not known to send none, CipherError if the keys are missing
    or do not fit, DataError if a value cannot be, UnknownListError if it has no value with a name.
    """
    if sealed := p1.sealed_in(content):
        ident, lines = sealed
        clear = decipher(EMPTY_TITLED + lines, keys)
        return replace(_read(p1.parse(ident + b"\r\n" + clear.plaintext + b"!"), raw), verified=clear.verified)
    telegram = p1.parse(content)
    if not is_believable(guarded, telegram):
        raise FrameError("P1 telegram: no checksum, and its meter is not known to send none")
    return _read(telegram, raw)


def read_deciphered(plaintext: bytes, verified: bool) -> Reading:  # noqa: FBT001 - see above
    """Read a telegram ("/" to its checksum) that was encrypted as a whole. Raises what `read_telegram` does."""
    try:
        frame = p1.read(bytearray(plaintext), 0, ended=True)
    except NotAFrame:
        frame = None
    if not frame or frame.raw != plaintext.rstrip(b"\0"):
        raise DataError("the encrypted content begins like a P1 telegram and is none")
    return read_telegram(frame.content, frame.guarded or verified)


def _read(telegram: p1.Telegram, raw: bytes) -> Reading:
    values: dict[Quantity, float] = {}
    others: list[p1.Line] = []
    for line in telegram.lines:
        quantity = _quantity_of(line.code)
        if quantity and (value := _value(quantity, line)) is not None:
            values[quantity] = value
        else:
            others.append(line)
    unnamed: dict[str, object] = {"malformed": telegram.malformed} if telegram.malformed else {}
    for line in others:
        if line.code[2:5] != _CLOCK_CODE:
            code = "{}-{}:{}.{}.{}".format(*line.code)
            unnamed[code] = "*".join(filter(None, (",".join(line.values), line.unit)))
    if not values:
        raise UnknownListError("no line of it has a known name and unit")
    ident = _FLAG_AND_MODEL.match(telegram.ident)
    flag, model = ident.group("flag", "model") if ident else ("", "")
    return Reading(
        values,
        MAKERS_BY_FLAG.get(flag.upper()),
        None,
        model.strip() or None,
        _serial(telegram.ident, others),
        p1.clock_of(telegram),
        unnamed=unnamed,
        raw=raw,
    )


_quantity_of = lru_cache(512)(quantity_of)
"""A meter writes the same few codes for ever."""


def _value(quantity: Quantity, line: p1.Line) -> float | None:
    """Return the value of a line in the quantity's unit; None if it is in another one, or no number that it can be."""
    try:
        number, exponent, symbol = p1.scaled(line.values[-1], line.unit)
    except DataError:
        return None
    if symbol != quantity.unit.symbol or is_impossible_factor(quantity, number, exponent):
        return None
    return scaled_value(quantity, number, exponent)


def _serial(ident: str, lines: Sequence[p1.Line]) -> str | None:
    """Return the meter's number: from its own line (often text as hex digits), or from the identification."""
    for code in _METER_NUMBER_CODES:
        for line in lines:
            if line.code[:5] == code and line.values[0]:
                return _from_hex(line.values[0])
    number = _NUMBER_IN_IDENT.search(ident)
    return number[1] if number else None


def _from_hex(text: str) -> str:
    """Return the text that hex digits stand for, or the digits themselves if they stand for none."""
    try:
        plain = bytes.fromhex(text).decode("ascii")
    except ValueError:
        return text
    return plain.strip() if plain.isprintable() and plain.strip() else text
