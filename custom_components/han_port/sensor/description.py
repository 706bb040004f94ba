"""What a row of a table of sensors says, and what kinds of values there are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple, TypedDict, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntityDescription, SensorStateClass
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfReactiveEnergy,
    UnitOfReactivePower,
)
from homeassistant.helpers.typing import StateType

from ..coordinator import HanPortCoordinator, Input
from ..decoder import Moment, Quantity, Unit
from ..entity import Row
from ..meter.fuse import Protection
from ..meter.meter import Meter
from ..meter.tariff import Capacity

HALF_A_MINUTE, A_MINUTE = 3, 6
"""Update intervals, of the usual ten seconds."""

type Value = StateType | datetime


class Kind(NamedTuple):
    """What kind of value a sensor shows."""

    device_class: SensorDeviceClass | None = None
    unit: str | None = None
    digits: int | None = None
    """Decimal places that are shown."""
    state_class: SensorStateClass | None = None
    shown_in: str | None = None
    """Another unit, in which it is shown unless the user chooses."""

    def without_state_class(self) -> Kind:
        """Return the same without statistics."""
        return self._replace(state_class=None)

    def as_total(self) -> Kind:
        """Return the same for a total that begins anew."""
        return self._replace(state_class=SensorStateClass.TOTAL)

    @property
    def fields(self) -> KindFields:
        """The fields of Home Assistant's description."""
        return {
            "device_class": self.device_class,
            "native_unit_of_measurement": self.unit,
            "suggested_unit_of_measurement": self.shown_in,
            "suggested_display_precision": self.digits,
            "state_class": self.state_class,
        }


_MEASUREMENT, _INCREASING = SensorStateClass.MEASUREMENT, SensorStateClass.TOTAL_INCREASING
KINDS = MappingProxyType(
    {
        Unit.WATT: Kind(SensorDeviceClass.POWER, UnitOfPower.WATT, 0, _MEASUREMENT),
        Unit.VAR: Kind(SensorDeviceClass.REACTIVE_POWER, UnitOfReactivePower.VOLT_AMPERE_REACTIVE, 0, _MEASUREMENT),
        Unit.AMPERE: Kind(SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1, _MEASUREMENT),
        Unit.VOLT: Kind(SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 1, _MEASUREMENT),
        Unit.WATT_HOUR: Kind(
            SensorDeviceClass.ENERGY, UnitOfEnergy.WATT_HOUR, 2, _INCREASING, UnitOfEnergy.KILO_WATT_HOUR
        ),
        Unit.VAR_HOUR: Kind(
            SensorDeviceClass.REACTIVE_ENERGY,
            UnitOfReactiveEnergy.VOLT_AMPERE_REACTIVE_HOUR,
            2,
            _INCREASING,
            UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        ),
        Unit.HERTZ: Kind(SensorDeviceClass.FREQUENCY, UnitOfFrequency.HERTZ, 2, _MEASUREMENT),
        Unit.RATIO: Kind(SensorDeviceClass.POWER_FACTOR, None, 2, _MEASUREMENT),
        Unit.COUNT: Kind(None, None, 0, _INCREASING),
    }
)
"""What follows from a unit alone, whether a value is measured or calculated."""


class KindFields(TypedDict):
    """Fields of Home Assistant's description that follow from the kind of value."""

    device_class: SensorDeviceClass | None
    native_unit_of_measurement: str | None
    suggested_unit_of_measurement: str | None
    suggested_display_precision: int | None
    state_class: SensorStateClass | None


class Fields(TypedDict, total=False):
    """What else tables say of a sensor."""

    options: list[str]
    entity_category: EntityCategory
    entity_registry_enabled_default: bool
    needs: Quantity
    min_intervals: int
    reads: frozenset[Input]
    keep_up: Callable[[Any, float], None]


@dataclass(frozen=True, kw_only=True)
class HanPortSensorDescription[Part](SensorEntityDescription, Row[Part]):
    """One sensor."""

    value: Callable[[Part, Moment], Value]
    """Return the value as of a moment, in the native unit."""
    needs: Quantity | None = None
    """The quantity that a meter must measure to have this sensor."""
    min_intervals: int = 0
    """Minimum number of update intervals for which a value is shown; 0: it changes at once.

    Values that always change, and say little, would fill the database.
    """
    total_since: Callable[[Part, Moment], datetime | None] | None = None
    """For a total: when it began."""
    keep_up: Callable[[Part, float], None] | None = None
    """For an energy that never steps back: begin with what was shown last (Wh)."""

    @override
    def exists(self, coordinator: HanPortCoordinator) -> bool:
        """Return whether an entry has such a sensor, as far as is known by now."""
        is_measured = self.needs is None or self.needs in coordinator.meter.measured.seen
        return is_measured and self.part(coordinator) is not None


def line_of(coordinator: HanPortCoordinator) -> HanPortCoordinator:
    """Return what is known of the line."""
    return coordinator


def meter_of(coordinator: HanPortCoordinator) -> Meter:
    """Return the meter."""
    return coordinator.meter


def tariff_of(coordinator: HanPortCoordinator) -> Capacity | None:
    """Return the meter's capacity tariff, if it has one."""
    return coordinator.meter.capacity


def fuse_of(coordinator: HanPortCoordinator) -> Protection | None:
    """Return the meter's main fuse, if the user has entered one."""
    return coordinator.meter.protection
