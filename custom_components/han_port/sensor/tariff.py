"""THE TABLE of sensors of the capacity tariff: the running hour, and the month.

They are powers wherever the bill knows powers, so that Home Assistant's own triggers and thresholds for power work with
them. An entry without a tariff has none of them.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
import math
from typing import Any

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower
from homeassistant.helpers.typing import StateType

from ..analysis.forecast import Forecast, Status
from ..analysis.rules import Series
from ..analysis.tariff import Level, Peak
from ..coordinator import HanPortCoordinator
from ..meter.tariff import Capacity
from .description import A_MINUTE, HALF_A_MINUTE, HanPortSensorDescription

MOST_PEAKS, MOST_SERIES = 5, 2
"""Of so many there are entities; a rule with more is averaged all the same."""

type Value = StateType | datetime
type Row = HanPortSensorDescription


def _where(index: int, condition: Callable[[Series], bool] = lambda _: True) -> Callable[[HanPortCoordinator], bool]:
    """Return what tells whether there is a tariff with such a series."""

    def exists(coordinator: HanPortCoordinator) -> bool:
        capacity = coordinator.meter.capacity
        return capacity is not None and index < len(capacity.rule.series) and condition(capacity.rule.series[index])

    return exists


def _about(value: Callable[[Capacity], dict[str, Any]]) -> Callable[[HanPortCoordinator], dict[str, Any]]:
    return lambda coordinator: value(coordinator.meter.capacity) if coordinator.meter.capacity else {}


def _row(key: str, value: Callable[[Capacity], Value], index: int = 0) -> Row:
    """Return a row of a series of the rule."""
    name = f"{key}_{index + 1}" if index else key
    return HanPortSensorDescription(
        key=name,
        translation_key=name,
        exists=_where(index),
        value=lambda coordinator: value(coordinator.meter.capacity) if coordinator.meter.capacity else None,
    )


def _power(key: str, value: Callable[[Capacity], float | None], index: int = 0) -> Row:
    """Return a row of a power in kW."""
    return replace(
        _row(key, value, index),
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
    )


def _energy(key: str, value: Callable[[Capacity], float | None]) -> Row:
    """Return a row of an energy in kWh that changes all the time."""
    return replace(
        _row(key, value),
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        is_slow=True,
        pace=A_MINUTE,
    )


def _kilo(value: float | None) -> float | None:
    return None if value is None else round(value / 1000, 3)


def _forecast(value: Callable[[Forecast], float]) -> Callable[[Capacity], float | None]:
    return lambda capacity: _kilo(value(capacity.forecast)) if capacity.forecast else None


def _remaining(capacity: Capacity) -> float | None:
    forecast, budget = capacity.forecast, capacity.budget
    return _kilo(forecast.remaining(budget * 1000)) if forecast and budget is not None else None


def _available(coordinator: HanPortCoordinator) -> float | None:
    """Return what the budget leaves, within what the main fuse allows, if that is known."""
    meter = coordinator.meter
    power = meter.capacity.available_power if meter.capacity else None
    if power is None:
        return None
    most = meter.protection.greatest_power if meter.protection else math.inf
    return round(max(-most, min(most, power)))


def _band(capacity: Capacity) -> dict[str, Any]:
    forecast = capacity.forecast
    return {"low": _kilo(forecast.low), "high": _kilo(forecast.high)} if forecast else {}


def _start(coordinator: HanPortCoordinator) -> datetime | None:
    capacity = coordinator.meter.capacity
    return capacity.forecast.start if capacity and capacity.forecast else None


def _told(peak: Peak) -> dict[str, Any]:
    """Return a peak as attributes tell it."""
    return {"start": peak.start, "kw": round(peak.kw, 3), "weight": peak.weight, "source": peak.origin.value}


def _peak(index: int, number: int) -> Row:
    """Return the row of the nth highest peak of a series."""

    def value(capacity: Capacity) -> float | None:
        found = capacity.peak(index, number)
        return round(found.weighted_kw, 3) if found else None

    def attributes(capacity: Capacity) -> dict[str, Any]:
        found = capacity.peak(index, number)
        return _told(found) if found else {}

    return replace(
        _power(f"tariff_peak_{number + 1}", value, index),
        exists=_where(index, lambda series: number < series.peaks),
        attributes=_about(attributes),
    )


def _level(index: int, value: Callable[[Level], Any]) -> Callable[[Capacity], Any]:
    return lambda capacity: value(level) if (level := capacity.step(index)) else None


def _step_name(level: Level) -> str:
    upper = "" if level.upper_kw is None else f"{level.upper_kw:g}"
    return f"{level.lower_kw:g}–{upper} kW"


def _has_prices(series: Series) -> bool:
    return bool(series.prices) or any(step.price is not None for step in series.steps)


def _of_series(index: int) -> tuple[Row, ...]:
    """Return the rows of a series of peaks."""
    has_steps = _where(index, lambda series: bool(series.steps))

    def average(capacity: Capacity) -> float | None:
        found = capacity.average(index)
        return found.kw if found else None

    def previous(capacity: Capacity) -> float | None:
        found = capacity.previous(index)
        return found.kw if found else None

    def about(capacity: Capacity) -> dict[str, Any]:
        found = capacity.average(index)
        return {"complete": found.complete, "peaks": list(map(_told, capacity.peaks[index].current))} if found else {}

    return (
        replace(_power("tariff_peak_average", average, index), attributes=_about(about)),
        *(_peak(index, number) for number in range(MOST_PEAKS)),
        replace(_row("tariff_step", _level(index, _step_name), index), exists=has_steps),
        replace(_power("tariff_step_limit", _level(index, lambda level: level.upper_kw), index), exists=has_steps),
        replace(
            _row("tariff_fee", lambda capacity: capacity.fee(index), index),
            device_class=SensorDeviceClass.MONETARY,
            suggested_display_precision=2,
            exists=_where(index, _has_prices),
        ),
        replace(_power("tariff_peak_previous_month", previous, index), entity_category=EntityCategory.DIAGNOSTIC),
    )


TARIFF_SENSORS = (
    replace(
        _energy("energy_this_hour", _forecast(lambda forecast: forecast.so_far)),
        state_class=SensorStateClass.TOTAL,
        total_since=_start,
    ),
    replace(
        _power("hour_forecast", _forecast(lambda forecast: forecast.mean)),
        is_slow=True,
        pace=HALF_A_MINUTE,
        attributes=_about(_band),
    ),
    _power("hour_budget", lambda capacity: None if capacity.budget is None else round(capacity.budget, 3)),
    _energy("hour_remaining_energy", _remaining),
    replace(
        _power("available_power", lambda capacity: capacity.available_power),
        value=_available,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        is_slow=True,
        pace=HALF_A_MINUTE,
    ),
    replace(
        _row("hour_status", lambda capacity: capacity.status),
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in Status],
    ),
    *(row for index in range(MOST_SERIES) for row in _of_series(index)),
)
