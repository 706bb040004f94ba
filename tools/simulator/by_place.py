"""THE TABLE of lists without codes: what stands at each place of them.

An element is bytes that are always the same, a part of the clock, or the code of what is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import axdr
from .measures import (
    AMPERE,
    ANGLES,
    CURRENTS,
    DEGREE,
    ENERGIES,
    EXPORTS,
    IMPORTS,
    LONG,
    POWERS,
    QUADRANTS,
    TARIFFS,
    VAR_HOUR,
    VOLT,
    VOLTAGES,
    WATT_HOUR,
    WORD,
    Form,
    obis,
    octets,
    unit_of,
)

if TYPE_CHECKING:
    from .household import Supply

Elements = tuple[bytes | str, ...]
Forms = dict[int, Form]
CLOCK_PARTS = {"date and time": slice(12), "date": slice(5), "time": slice(5, 9)}

KAIFA: Forms = {AMPERE: Form(-3), VOLT: Form(-1)}
KAIFA_LONG: Forms = KAIFA | dict.fromkeys((WATT_HOUR, VAR_HOUR), Form(0, axdr.long64_unsigned))
LANDIS_GYR: Forms = {AMPERE: Form(-2, WORD), VOLT: Form(0, WORD), DEGREE: Form(0, WORD)}
ISKRAEMECO: Forms = {AMPERE: Form(-2, WORD), VOLT: Form(-1, WORD)}

KAIFA_SE: Elements = (*POWERS, *CURRENTS, *VOLTAGES, "date and time", *ENERGIES)

_BURGENLAND: Elements = (*VOLTAGES, *CURRENTS, *POWERS[:2], *ENERGIES[:2])
BURGENLAND: Elements = (*_BURGENLAND, *ANGLES, octets("LGZ1030000000017"))
BURGENLAND_WITHOUT_ANGLES: Elements = (*_BURGENLAND, octets("LGZ1030000000017"))
VIENNA: Elements = ("date and time", *ENERGIES, *POWERS)
VIENNA_WITH_NUMBER: Elements = (octets("1LGZ0000000017"), *VIENNA)

_NAME = octets("ISK1030700000017")
_ONE_PHASE: Elements = (_NAME, octets("ISK70000017"), *POWERS, VOLTAGES[0])
POWERS_OF_PHASES: Elements = (_NAME, octets("16820005"), *POWERS, *VOLTAGES, *CURRENTS, *IMPORTS, *EXPORTS)
REGISTERS: Elements = (
    *(_NAME, octets("16820006"), axdr.enum(1), axdr.octet_string(bytes([0, 1]))),  # switched on; the first tariff
    *(*TARIFFS, *ENERGIES[2:]),
)
CELJE: Elements = (_NAME, octets("UP_3f"), *VOLTAGES, *CURRENTS, *POWERS)
ONE_PHASE: Elements = (*_ONE_PHASE, LONG(0), LONG(0))  # nobody has seen anything else in the last two
ONE_PHASE_WITH_CURRENT: Elements = (*_ONE_PHASE, CURRENTS[0], IMPORTS[0], EXPORTS[0])
TWO_REGISTERS: Elements = (octets("70000017"), axdr.unsigned(0), *ENERGIES[:2])
POWERS_AND_TARIFFS: Elements = (_NAME, *POWERS[:2], *TARIFFS)
SWITZERLAND: Elements = (octets("30000017"), "time", "date", *TARIFFS, *QUADRANTS, *POWERS[:2])
_CROATIA: Elements = (*(*SWITZERLAND, axdr.long_unsigned(987), *IMPORTS, *EXPORTS, *VOLTAGES, *CURRENTS),)
_ARRAYS = (*[axdr.array(axdr.long_unsigned(9400))] * 3, axdr.boolean(value=True))  # what they say, nobody knows
CROATIA: Elements = (*_CROATIA, LONG(17250), *_ARRAYS)
CROATIA_SHORT: Elements = (*_CROATIA, axdr.long_unsigned(17250), *_ARRAYS)
REGISTERS_WITH_BOOLEAN: Elements = (*REGISTERS[:2], axdr.boolean(value=True), *REGISTERS[3:])
SIEMENS: Elements = (obis("25.9.0", "0-6"), octets("30000017"), "time", "date", *ENERGIES, *POWERS[:2])
AUSTRIA: Elements = (
    *(obis("25.9.0", "0-6"), octets("1121270000017"), "time", "date"),
    *(*ENERGIES, *POWERS[:2], octets("0"), octets("0")),  # what the last two say, nobody knows
)


def placed(elements: Elements, forms: Forms, supply: Supply, clock: bytes) -> bytes:
    """Write a list; what has no form is a whole number in four bytes."""

    def written(element: bytes | str) -> bytes:
        if isinstance(element, bytes):
            return element
        if element in CLOCK_PARTS:
            return axdr.octet_string(clock[CLOCK_PARTS[element]])
        return forms.get(unit_of(element), Form()).of(element, supply)

    return axdr.structure(*map(written, elements))
