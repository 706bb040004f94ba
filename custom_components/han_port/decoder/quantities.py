"""The table of quantities: one line for each, with its OBIS code and its unit.

The code is groups C.D.E of IEC 62056-61. Group A is 1 (electricity), or 0 for what belongs to no medium. Group B is up
to the maker (1-0 for Aidon, 1-1 for Kamstrup). Group F is 255.

To add a quantity: a line here, a row in the table of sensors, and a name in each language.
"""

from enum import Enum
from types import MappingProxyType
from typing import NamedTuple


class Row(Enum):
    """An enum whose members are the rows of a table.

    Members are compared by identity, so the hash may be of the identity too. Enum's own hashes the name, in Python, at
    each look-up of each value of each reading.
    """

    __hash__ = object.__hash__


class Unit(Row):
    """A unit: its number in DLMS (IEC 62056-6-2), its symbol, and the minimum and maximum of a value in it.

    The bounds are for secondary values, as a meter sends them. They are so wide that a value outside of them is damaged
    or misread, and never that of a large house.
    """

    WATT = 27, "W", -1e6, 1e6
    VAR = 29, "var", -1e6, 1e6
    WATT_HOUR = 30, "Wh", 0.0, 1e13
    VAR_HOUR = 32, "varh", 0.0, 1e13
    AMPERE = 33, "A", -1e4, 1e4
    VOLT = 35, "V", 0.0, 1e3
    HERTZ = 44, "Hz", 0.0, 100.0
    RATIO = 255, "", 0.0, 1.0
    COUNT = 255, "", 0.0, 1e9

    def __init__(self, dlms: int, symbol: str, minimum: float, maximum: float) -> None:
        """Name the parts of the row."""
        self.dlms = dlms
        self.symbol = symbol
        self.minimum = minimum
        self.maximum = maximum


class Quantity(Row):
    """A measured quantity: its OBIS code (C.D.E) and its unit."""

    POWER_IMPORT = "1.7.0", Unit.WATT
    POWER_EXPORT = "2.7.0", Unit.WATT
    REACTIVE_POWER_IMPORT = "3.7.0", Unit.VAR
    REACTIVE_POWER_EXPORT = "4.7.0", Unit.VAR

    POWER_IMPORT_L1 = "21.7.0", Unit.WATT
    POWER_IMPORT_L2 = "41.7.0", Unit.WATT
    POWER_IMPORT_L3 = "61.7.0", Unit.WATT
    POWER_EXPORT_L1 = "22.7.0", Unit.WATT
    POWER_EXPORT_L2 = "42.7.0", Unit.WATT
    POWER_EXPORT_L3 = "62.7.0", Unit.WATT
    REACTIVE_POWER_IMPORT_L1 = "23.7.0", Unit.VAR
    REACTIVE_POWER_IMPORT_L2 = "43.7.0", Unit.VAR
    REACTIVE_POWER_IMPORT_L3 = "63.7.0", Unit.VAR
    REACTIVE_POWER_EXPORT_L1 = "24.7.0", Unit.VAR
    REACTIVE_POWER_EXPORT_L2 = "44.7.0", Unit.VAR
    REACTIVE_POWER_EXPORT_L3 = "64.7.0", Unit.VAR

    POWER_FACTOR = "13.7.0", Unit.RATIO
    POWER_FACTOR_L1 = "33.7.0", Unit.RATIO
    POWER_FACTOR_L2 = "53.7.0", Unit.RATIO
    POWER_FACTOR_L3 = "73.7.0", Unit.RATIO
    FREQUENCY = "14.7.0", Unit.HERTZ

    CURRENT_L1 = "31.7.0", Unit.AMPERE
    CURRENT_L2 = "51.7.0", Unit.AMPERE
    CURRENT_L3 = "71.7.0", Unit.AMPERE
    CURRENT_N = "91.7.0", Unit.AMPERE
    VOLTAGE_L1 = "32.7.0", Unit.VOLT
    VOLTAGE_L2 = "52.7.0", Unit.VOLT
    VOLTAGE_L3 = "72.7.0", Unit.VOLT

    ENERGY_IMPORT = "1.8.0", Unit.WATT_HOUR
    ENERGY_EXPORT = "2.8.0", Unit.WATT_HOUR
    REACTIVE_ENERGY_IMPORT = "3.8.0", Unit.VAR_HOUR
    REACTIVE_ENERGY_EXPORT = "4.8.0", Unit.VAR_HOUR
    REACTIVE_ENERGY_Q1 = "5.8.0", Unit.VAR_HOUR
    REACTIVE_ENERGY_Q2 = "6.8.0", Unit.VAR_HOUR
    REACTIVE_ENERGY_Q3 = "7.8.0", Unit.VAR_HOUR
    REACTIVE_ENERGY_Q4 = "8.8.0", Unit.VAR_HOUR
    ENERGY_IMPORT_T1 = "1.8.1", Unit.WATT_HOUR
    ENERGY_IMPORT_T2 = "1.8.2", Unit.WATT_HOUR
    ENERGY_IMPORT_T3 = "1.8.3", Unit.WATT_HOUR
    ENERGY_IMPORT_T4 = "1.8.4", Unit.WATT_HOUR
    ENERGY_IMPORT_T5 = "1.8.5", Unit.WATT_HOUR
    ENERGY_IMPORT_T6 = "1.8.6", Unit.WATT_HOUR
    ENERGY_IMPORT_T7 = "1.8.7", Unit.WATT_HOUR
    ENERGY_IMPORT_T8 = "1.8.8", Unit.WATT_HOUR
    ENERGY_EXPORT_T1 = "2.8.1", Unit.WATT_HOUR
    ENERGY_EXPORT_T2 = "2.8.2", Unit.WATT_HOUR
    ENERGY_EXPORT_T3 = "2.8.3", Unit.WATT_HOUR
    ENERGY_EXPORT_T4 = "2.8.4", Unit.WATT_HOUR
    ENERGY_EXPORT_T5 = "2.8.5", Unit.WATT_HOUR
    ENERGY_EXPORT_T6 = "2.8.6", Unit.WATT_HOUR
    ENERGY_EXPORT_T7 = "2.8.7", Unit.WATT_HOUR
    ENERGY_EXPORT_T8 = "2.8.8", Unit.WATT_HOUR
    ENERGY_IMPORT_L1 = "21.8.0", Unit.WATT_HOUR
    ENERGY_IMPORT_L2 = "41.8.0", Unit.WATT_HOUR
    ENERGY_IMPORT_L3 = "61.8.0", Unit.WATT_HOUR
    ENERGY_EXPORT_L1 = "22.8.0", Unit.WATT_HOUR
    ENERGY_EXPORT_L2 = "42.8.0", Unit.WATT_HOUR
    ENERGY_EXPORT_L3 = "62.8.0", Unit.WATT_HOUR

    ACTIVE_TARIFF = "96.14.0", Unit.COUNT
    BREAKER_STATE = "96.3.10", Unit.COUNT
    EVENT_CODE_0 = "96.11.0", Unit.COUNT
    EVENT_CODE_1 = "96.11.1", Unit.COUNT
    EVENT_CODE_2 = "96.11.2", Unit.COUNT
    EVENT_CODE_3 = "96.11.3", Unit.COUNT
    EVENT_CODE_4 = "96.11.4", Unit.COUNT
    EVENT_CODE_5 = "96.11.5", Unit.COUNT
    EVENT_CODE_6 = "96.11.6", Unit.COUNT
    EVENT_CODE_7 = "96.11.7", Unit.COUNT
    EVENT_CODE_8 = "96.11.8", Unit.COUNT
    EVENT_CODE_9 = "96.11.9", Unit.COUNT
    LIMITER_THRESHOLD = "17.0.0", Unit.WATT
    POWER_FAILURES = "96.7.21", Unit.COUNT
    LONG_POWER_FAILURES = "96.7.9", Unit.COUNT
    VOLTAGE_SAGS_L1 = "32.32.0", Unit.COUNT
    VOLTAGE_SAGS_L2 = "52.32.0", Unit.COUNT
    VOLTAGE_SAGS_L3 = "72.32.0", Unit.COUNT
    VOLTAGE_SWELLS_L1 = "32.36.0", Unit.COUNT
    VOLTAGE_SWELLS_L2 = "52.36.0", Unit.COUNT
    VOLTAGE_SWELLS_L3 = "72.36.0", Unit.COUNT

    def __init__(self, code: str, unit: Unit) -> None:
        """Name the parts of the row."""
        self.code = code
        self.unit = unit
        self.key = self.name.lower()

    @property
    def is_register(self) -> bool:
        """Whether this is a register, a running total that never decreases, and not a momentary value."""
        return self.unit in (Unit.WATT_HOUR, Unit.VAR_HOUR)


class Phase(NamedTuple):
    """One of the three phases, and the quantities that are measured for each of them."""

    number: int
    """1, 2 or 3, as in L1, L2 and L3."""
    voltage: Quantity
    current: Quantity
    power_factor: Quantity
    power_import: Quantity
    power_export: Quantity
    reactive_power_import: Quantity
    reactive_power_export: Quantity
    energy_import: Quantity
    energy_export: Quantity
    voltage_sags: Quantity
    voltage_swells: Quantity


_PER_PHASE = Phase._fields[1:]
PHASES: tuple[Phase, ...] = tuple(
    Phase(number, *(Quantity[f"{field.upper()}_L{number}"] for field in _PER_PHASE)) for number in (1, 2, 3)
)
"""L1, L2 and L3, in this order. A field has the name of its quantities: `PHASES[0].current` is `CURRENT_L1`."""


BY_KEY = MappingProxyType({quantity.key: quantity for quantity in Quantity})
BY_OBIS = MappingProxyType({bytes(map(int, quantity.code.split("."))): quantity for quantity in Quantity})
"""Groups C, D and E as three bytes -> quantity."""


_OF_NO_MEDIUM = (17, 96)
"""Values of group C that belong to no medium (group A is 0): the limiter, and what a meter states about itself."""


def quantity_of(obis: bytes) -> Quantity | None:
    """Return the quantity for the six bytes of an OBIS code, or None."""
    no_medium = obis[2] in _OF_NO_MEDIUM
    if obis[0] == no_medium or obis[0] > 1 or (no_medium and obis[1]) or obis[5] != 255:  # noqa: PLR2004 - as said above
        return None  # 0-1 to 0-4 are gas and water meters that this meter collects
    return BY_OBIS.get(obis[2:5])
