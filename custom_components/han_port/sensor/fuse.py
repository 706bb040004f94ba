"""THE TABLE of sensors of the main fuse. An entry without a fuse has none of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import PERCENTAGE, UnitOfElectricCurrent, UnitOfPower

from ..analysis.charging import Limit
from ..analysis.fuse import CURRENTS
from ..coordinator import HanPortCoordinator
from ..meter.fuse import Protection
from .description import HALF_A_MINUTE, HanPortSensorDescription

type Value = float | str | None


def _row(key: str, value: Callable[[Protection], Value]) -> HanPortSensorDescription:
    """Return a row of a number that is known while currents are."""
    return HanPortSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        is_slow=True,
        exists=lambda coordinator: coordinator.meter.protection is not None,
        holds=lambda coordinator: bool(coordinator.meter.protection and coordinator.meter.protection.currents),
        value=lambda coordinator: value(coordinator.meter.protection) if coordinator.meter.protection else None,
    )


def _current(key: str, value: Callable[[Protection], Value]) -> HanPortSensorDescription:
    return replace(
        _row(key, value),
        device_class=SensorDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
    )


def _headroom(line: int) -> HanPortSensorDescription:
    """Return the row of what a line has left."""

    def holds(coordinator: HanPortCoordinator) -> bool:
        return bool(coordinator.meter.protection and line in coordinator.meter.protection.currents)

    return replace(
        _current(f"headroom_l{line}", lambda protection: protection.headrooms.get(line)),
        needs=CURRENTS[line],
        holds=holds,
    )


def _least(protection: Protection) -> float | None:
    return min(protection.headrooms.values(), default=None)


def _about(value: Callable[[Protection], dict[str, Any]]) -> Callable[[HanPortCoordinator], dict[str, Any]]:
    return lambda coordinator: value(coordinator.meter.protection) if coordinator.meter.protection else {}


def _about_least(protection: Protection) -> dict[str, Any]:
    headrooms = protection.headrooms
    phase = f"l{min(headrooms, key=lambda line: headrooms[line])}" if headrooms else None
    return {"phase": phase, **protection.watches}


def _about_charging(protection: Protection) -> dict[str, Any]:
    said = protection.charging.recommended
    return {
        "limited_by": said.limit.value,
        "limiting_phase": said.line and f"l{said.line}",
        "fail_safe": said.limit is Limit.FAIL_SAFE,
        **protection.watches,
    }


def _watches(protection: Protection) -> dict[str, Any]:
    return dict(protection.watches)


def _utilisation(protection: Protection) -> float | None:
    return None if protection.utilisation is None else round(protection.utilisation, 1)


def _available(protection: Protection) -> float | None:
    return None if protection.available_power is None else round(protection.available_power)


FUSE_SENSORS = (
    _headroom(1),
    _headroom(2),
    _headroom(3),
    replace(_current("headroom_min", _least), attributes=_about(_about_least)),
    replace(
        _row("fuse_utilisation", _utilisation),
        pace=HALF_A_MINUTE,
        native_unit_of_measurement=PERCENTAGE,
        attributes=_about(_watches),
    ),
    replace(
        _row("fuse_available_power", _available),
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        pace=HALF_A_MINUTE,
        attributes=_about(_watches),
    ),
    replace(
        _current("charging_current_recommended", lambda protection: protection.charging.recommended.amperes),
        suggested_display_precision=0,
        is_slow=False,
        holds=None,
        attributes=_about(_about_charging),
    ),
)
