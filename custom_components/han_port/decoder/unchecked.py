"""Learns meters that send P1 telegrams without a checksum, by several of them that agree.

Nothing shows of a single one whether it is as the meter sent it. A meter of DSMR 2 sends none, and some readers strip
it. So telegrams without a checksum are believed only after a few in a row that differ, have the same lines in the same
form, and run on in their registers, with nothing damaged between them. That finds a lost line or a wrong register, and
not a wrong digit of a power: such readings are marked (`Reading.is_checked`).
"""

from collections.abc import Iterator
import re
from typing import NamedTuple

from . import p1
from .errors import DataError
from .quantities import quantity_of

MIN_TELEGRAMS = 3
"""How many telegrams in a row must agree, with the one that is believed."""
MAX_RISE = 1000
"""Wh or varh by which a register may rise from one telegram to the next: ten seconds at 100 kW are 278 Wh."""
_DIGIT = re.compile("[0-9]")


class _Seen(NamedTuple):
    """What two telegrams of a meter have in common, and what runs on from one to the next."""

    form: tuple[object, ...]
    registers: tuple[float, ...]
    telegram: p1.Telegram

    def agrees_with(self, earlier: _Seen) -> bool:
        """Return whether this may be the next telegram after an earlier one, or a later one."""
        if not self.registers or self.form != earlier.form:
            return False
        return all(0 <= new - old <= MAX_RISE for new, old in zip(self.registers, earlier.registers, strict=True))


class UncheckedTelegrams:
    """The last telegrams of a line that had no checksum."""

    def __init__(self) -> None:
        """Begin without any."""
        self._last: _Seen | None = None
        self._count = 0
        self._noise = 0

    def forget(self) -> None:
        """Begin anew, after damage."""
        self._last = None

    def confirm(self, telegram: p1.Telegram, noise: int) -> bool:
        """Return whether a telegram may be believed, by those before it. `noise`: bytes so far that were none."""
        seen = _Seen(_form(telegram), tuple(_registers(telegram)), telegram)
        if self._last is None or noise != self._noise or not seen.agrees_with(self._last):
            self._count = 1
        elif telegram != self._last.telegram:
            self._count = min(self._count + 1, MIN_TELEGRAMS)
        self._last, self._noise = seen, noise
        return self._count == MIN_TELEGRAMS


def _form(telegram: p1.Telegram) -> tuple[object, ...]:
    """Return the identification, and each line without its digits. A sign that is only sent with some is left out."""
    lines = [
        (line.code, line.unit, [_DIGIT.sub("0", value.removeprefix("-")) for value in line.values])
        for line in telegram.lines
    ]
    return telegram.ident, lines


def _registers(telegram: p1.Telegram) -> Iterator[float]:
    """Yield the registers, in Wh or varh."""
    for line in telegram.lines:
        quantity = quantity_of(line.code)
        if quantity and quantity.is_register:
            try:
                number, exponent, _ = p1.scaled(line.values[-1], line.unit)
            except DataError:
                continue  # its form shows whether it stays so
            yield number * 10.0**exponent
