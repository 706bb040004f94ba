"""Turns a P1 telegram into a Reading. Its lines have codes and units, so no profile of a maker is needed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
import math
import re
from types import MappingProxyType

from . import p1, p1_frame
from .builder import is_impossible_factor, without_values
from .cipher import Keys, decipher
from .collected import CollectedValues
from .dated import CLOCK_BEGIN, current_part, is_date
from .errors import DataError, FrameError, UncheckedError
from .framing import NotAFrame
from .profiles import MAKERS_BY_FLAG
from .quantities import PHASES, Quantity, Unit, quantity_of
from .reading import Reading, Reason

_OMITTED_TAG = b"\xdb"
"""The tag of general-glo-ciphering, which a telegram with encrypted lines does not send."""
_METER_NUMBER_CODES = (bytes((0, 0, 96, 1, 1)), bytes((0, 0, 96, 1, 0)), bytes((0, 0, 96, 1, 255)))
"""Groups A to E of the meter's number, the usual one first. Those with 0-1 to 0-4 are of gas and water meters."""
_CLOCK_CODE = bytes((1, 0, 0))
_NUMBER_IN_IDENT = re.compile(r"\\(\d{6,})")
_FLAG_AND_MODEL = re.compile(r"(?P<flag>[A-Za-z]{3})\d?\\?(?P<model>.*)")


WITHOUT_CRC = (
    r"ISK9\\2M55",  # in Slovenia
    # Of the Netherlands before DSMR 4, which brought the checksum.
    r"ISk5\\2M[ET]382",
    r"KMP5 [A-Z]{2}[0-9A-Z][A-Z]",
    r"XMX5XMX",
    r"ESY5Q3D",  # EasyMeter, in Germany
)
"""Regular expressions for the beginning of the identification of meters that are known to send no checksum."""
_KNOWN_WITHOUT_CRC = re.compile("|".join(WITHOUT_CRC))
_VERSION_CODE = bytes((0, 2, 8))
_SIGNED_POWERS = re.compile(r"ESY5Q3")
"""Meters whose active powers (1.7.0 and those of the phases) are negative when energy is exported."""
_BOTH_WAYS = (
    (Quantity.POWER_IMPORT, Quantity.POWER_EXPORT),
    *((phase.power_import, phase.power_export) for phase in PHASES),
)


def is_trusted(has_checksum: bool, telegram: p1.Telegram) -> bool:  # noqa: FBT001 - as Frame has it
    """Return whether a telegram may be read: it has a checksum, which was right, or its meter is known to send none.

    Without a checksum all its lines must be well-formed. DSMR has a checksum since version 4, and states its version
    (0.2.8) since then: a telegram with a version must have a checksum.
    """
    if has_checksum:
        return True
    if telegram.malformed or "/" in telegram.ident or any(line.code[2:5] == _VERSION_CODE for line in telegram.lines):
        return False
    return bool(_KNOWN_WITHOUT_CRC.match(telegram.ident))


def read_telegram(
    content: bytes,
    trusted: bool,  # noqa: FBT001 - as Frame has it
    keys: Keys | None = None,
    raw: bytes = b"",
    confirm: Callable[[p1.Telegram], bool] | None = None,
) -> Reading:
    """Return the reading of a telegram ("/" to "!"), whose lines may be encrypted. `trusted`: see `Frame`.

    `confirm` is asked about a well-formed telegram without a checksum whose meter is not known to send none. Raises
    UncheckedError if it is not confirmed, FrameError if there is nobody to ask, CipherError if the keys are missing or
    do not fit, DataError if all values were left out, UnknownListError if it has no value with a name.
    """
    if encrypted := p1_frame.split_encrypted(content):
        ident, lines = encrypted
        clear = decipher(_OMITTED_TAG + lines, keys)
        content = ident + b"\r\n" + clear.plaintext + b"!"
        return replace(_read(p1.parse(content), content, raw), verified=clear.verified)
    telegram = p1.parse(content)
    if not is_trusted(trusted, telegram):
        if confirm is None or telegram.malformed:
            raise FrameError("P1 telegram: no checksum, and its meter is not known to send none")
        if not confirm(telegram):
            raise UncheckedError("P1 telegram: no checksum, and too few before it that agree with it")
    return replace(_with_both_ways(_read(telegram, content, raw), telegram.ident), is_checked=trusted)


def _with_both_ways(reading: Reading, ident: str) -> Reading:
    """Return a reading with import and export apart, if the meter sends one power with a sign for both."""
    if not _SIGNED_POWERS.match(ident):
        return reading
    values = dict(reading.values)
    for power_import, power_export in _BOTH_WAYS:
        if power_import in values and power_export not in values:
            power = values[power_import]
            values |= {power_import: max(power, 0.0), power_export: max(-power, 0.0)}
    return replace(reading, values=values)


def read_deciphered(plaintext: bytes, verified: bool) -> Reading:  # noqa: FBT001 - see above
    """Return the reading of a telegram ("/" to its checksum) that was encrypted as a whole. Raises as `read_telegram`.

    `verified`: the authentication tag was right, which is as good as a checksum.
    """
    try:
        frame = p1_frame.read(bytearray(plaintext), 0, ended=True)
    except NotAFrame:
        frame = None
    if not frame or frame.raw != plaintext.rstrip(b"\0"):
        raise DataError("the encrypted content begins like a P1 telegram, but is not one")
    return read_telegram(frame.content, frame.trusted or verified)


def _read(telegram: p1.Telegram, content: bytes, raw: bytes) -> Reading:
    if telegram.malformed or content.count(CLOCK_BEGIN) > 1:  # a block of a date of its own is one or the other
        telegram = p1.parse(current_part(content))
    collected = CollectedValues()
    others: list[p1.Line] = []
    for line in telegram.lines:
        quantity = _quantity_of(line.code)
        if not (quantity and _collect(collected, quantity, line)):
            others.append(line)
    left_out = collected.finished()
    unnamed: dict[str, object] = {"malformed": telegram.malformed} if telegram.malformed else {}
    for line in others:
        if line.code[2:5] != _CLOCK_CODE:
            code = "{}-{}:{}.{}.{}".format(*line.code)
            unnamed[code] = "*".join(filter(None, (",".join(line.values), line.unit)))
    if not collected.values:
        raise without_values(left_out, "no line of it has a known name and unit")
    ident = _FLAG_AND_MODEL.match(telegram.ident)
    flag, model = ident.group("flag", "model") if ident else ("", "")
    return Reading(
        collected.values,
        MAKERS_BY_FLAG.get(flag.upper()),
        None,
        model.strip() or None,
        _serial(telegram.ident, others),
        p1.clock_of(telegram),
        unnamed=unnamed,
        left_out=left_out,
        raw=raw,
    )


_quantity_of = lru_cache(512)(quantity_of)
"""Cached: a meter sends the same few codes."""


_ALL_ONES = frozenset((1 << bits) - 1 for bits in (31, 32, 63, 64))
"""Integers of 32 and 64 bits, with and without sign, that stand for "no value". Those of 16 bits may be measured."""
_MIN_ALL_ONES = min(_ALL_ONES)
_MIN_NINES = MappingProxyType(
    {
        Unit.WATT: 99e3,
        Unit.VAR: 99e3,
        Unit.WATT_HOUR: 99e6,
        Unit.VAR_HOUR: 99e6,
        Unit.AMPERE: 900.0,
        Unit.VOLT: 900.0,
        Unit.HERTZ: 99.0,
        Unit.COUNT: 9e3,
    }
)
"""Unit -> the value from which a field full of nines stands for "no value". A house may well have 9.999 kW. The
threshold of a limiter is no measurement: 999.9 kW is what a grid company sets where nothing is limited."""


def _is_full_of_nines(quantity: Quantity, text: str, value: float) -> bool:
    """Return whether the field of a value has nothing but nines, and they are more than a house can have."""
    if text.strip("9.") or quantity is Quantity.LIMITER_THRESHOLD:
        return False
    return value >= _MIN_NINES.get(quantity.unit, math.inf)


def _collect(collected: CollectedValues, quantity: Quantity, line: p1.Line) -> bool:
    """Add the value of a line, or leave it out. Return False if the line is none of its quantity's.

    So it is with another unit, with what is not a number, and with a date of its own: that is no current value.
    """
    _code, values, unit = line
    text = values[-1]
    try:
        number, exponent, symbol = p1.scaled(text, unit)
    except DataError:
        if text:
            return False
        collected.leave_out(quantity, text, Reason.NOT_AVAILABLE)
        return True
    if symbol != quantity.unit.symbol or (not symbol and is_impossible_factor(quantity, number, exponent)):
        return False
    if len(values) > 1 and is_date(values[0]):
        return False
    if (number >= _MIN_ALL_ONES and number in _ALL_ONES) or (
        text >= "9" and _is_full_of_nines(quantity, text, number * 10.0**exponent)
    ):
        collected.leave_out(quantity, float(text), Reason.NOT_AVAILABLE)
    else:
        collected.add(quantity, number, exponent)
    return True


def _serial(ident: str, lines: Sequence[p1.Line]) -> str | None:
    """Return the meter's number from its own line (often text as hex digits) or the identification; None if unknown."""
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
