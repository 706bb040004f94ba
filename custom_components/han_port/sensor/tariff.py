"""THE TABLE of sensors of the capacity tariff: the running hour, and the month.

They are powers wherever the bill knows powers, so that Home Assistant's own triggers and thresholds for power work with
them. An entry without a tariff has none of them.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Unpack

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfPower

from ..analysis.forecast import Forecast, Status
from ..analysis.fuse import CURRENTS
from ..analysis.rules import MAX_SERIES, Series
from ..analysis.tariff import Peak
from ..coordinator import HanPortCoordinator, Input, Topic
from ..decoder import Moment, Quantity, Unit
from ..meter.meter import Meter
from ..meter.tariff import Capacity
from .description import A_MINUTE, HALF_A_MINUTE, KINDS, Fields, HanPortSensorDescription, Kind, Value, tariff_of
from .fuse import is_exceeded

SHOWN_PEAKS = 5
"""Peaks that have entities. A rule with more peaks is averaged over all of them."""
NOW: frozenset[Input] = frozenset((Quantity.POWER_IMPORT, Quantity.ENERGY_IMPORT, Topic.HOUR))
"""What the running period follows from."""
MONTH: frozenset[Input] = frozenset((Topic.HOUR,))
"""What the peaks of the month follow from."""

type Row = HanPortSensorDescription[Capacity]


def _with(index: int, condition: Callable[[Series], bool]) -> Callable[[HanPortCoordinator], Capacity | None]:
    """Return what finds a tariff whose series with this index is as wanted."""

    def part(coordinator: HanPortCoordinator) -> Capacity | None:
        capacity = tariff_of(coordinator)
        if capacity is None or index >= len(capacity.rule.series):
            return None
        return capacity if condition(capacity.rule.series[index]) else None

    return part


def _always(_series: Series) -> bool:
    return True


def _of_now(
    key: str,
    kind: Kind,
    value: Callable[[Capacity, datetime], Value],
    *,
    total_since: Callable[[Capacity, Moment], datetime | None] | None = None,
    attributes: Callable[[Capacity, Moment], dict[str, Any]] | None = None,
    **fields: Unpack[Fields],
) -> Row:
    """Return a row of the running period."""
    usual: Fields = {"reads": NOW}
    return HanPortSensorDescription(
        key=key,
        translation_key=key,
        part=tariff_of,
        value=lambda capacity, at: value(capacity, at.utc),
        subject=lambda capacity, at: capacity.period(at.utc),
        total_since=total_since,
        attributes=attributes,
        **kind.fields,
        **usual | fields,
    )


def _of_month(  # noqa: PLR0913, PLR0917 - a row says much
    key: str,
    kind: Kind,
    value: Callable[[Capacity, int], Value],
    index: int,
    condition: Callable[[Series], bool] = _always,
    attributes: Callable[[Capacity, Moment], dict[str, Any]] | None = None,
    **fields: Unpack[Fields],
) -> Row:
    """Return a row of a series of peaks."""
    name = f"{key}_{index + 1}" if index else key
    usual: Fields = {"reads": MONTH}
    return HanPortSensorDescription(
        key=name,
        translation_key=name,
        part=_with(index, condition),
        value=lambda capacity, _at: value(capacity, index),
        attributes=attributes,
        **kind.fields,
        **usual | fields,
    )


_KW = Kind(SensorDeviceClass.POWER, UnitOfPower.KILO_WATT, 2, SensorStateClass.MEASUREMENT)
_KWH = Kind(SensorDeviceClass.ENERGY, UnitOfEnergy.KILO_WATT_HOUR, 2)


def _kilo(value: float | None) -> float | None:
    return None if value is None else round(value / 1000, 3)


def _forecast(value: Callable[[Forecast], float]) -> Callable[[Capacity, datetime], float | None]:
    """Return what reads a value of the forecast (W, Wh) in kW or kWh."""

    def read(capacity: Capacity, now: datetime) -> float | None:
        forecast = capacity.forecast(now)
        return _kilo(value(forecast)) if forecast else None

    return read


def _budget(capacity: Capacity, now: datetime) -> float | None:
    budget = capacity.budget(now)
    return None if budget is None else round(budget, 3)


def _remaining(capacity: Capacity, now: datetime) -> float | None:
    forecast, budget = capacity.forecast(now), capacity.budget(now)
    return _kilo(forecast.remaining(budget * 1000)) if forecast and budget is not None else None


def _available(meter: Meter, at: Moment) -> float | None:
    """Return what the budget leaves (W), and no more than the main fuse does, as far as that is known."""
    power = meter.capacity.available_power(at.utc) if meter.capacity else None
    if power is None:
        return None
    if fuse := meter.protection:
        left = fuse.maximum_power if fuse.available_power is None else fuse.available_power
        power = min(left, max(-fuse.maximum_power, power))
    return round(power)


def _about_available(meter: Meter, at: Moment) -> object:
    """Return the running period, and whether the main fuse has too much."""
    return meter.capacity and meter.capacity.period(at.utc), meter.protection and is_exceeded(meter.protection, at)


def _band(capacity: Capacity, at: Moment) -> dict[str, Any]:
    forecast = capacity.forecast(at.utc)
    if forecast is None:
        return {}
    if forecast.is_estimated:  # what is not known may have been anything
        return {"low": None, "high": None, "estimated": True}
    return {"low": _kilo(forecast.low), "high": _kilo(forecast.high), "estimated": False}


def _is_estimated(capacity: Capacity, at: Moment) -> dict[str, Any]:
    forecast = capacity.forecast(at.utc)
    return {"estimated": forecast.is_estimated} if forecast else {}


def _start(capacity: Capacity, at: Moment) -> datetime | None:
    forecast = capacity.forecast(at.utc)
    return forecast.start if forecast else None


def _as_attributes(peak: Peak) -> dict[str, Any]:
    return {"start": peak.start, "kw": round(peak.kw, 3), "weight": peak.weight, "source": peak.origin.value}


def _peak(index: int, number: int) -> Row:
    """Return the row of the nth highest peak of a series."""

    def value(capacity: Capacity, index: int) -> float | None:
        found = capacity.peak(index, number)
        return round(found.weighted_kw, 3) if found else None

    def attributes(capacity: Capacity, _at: Moment) -> dict[str, Any]:
        found = capacity.peak(index, number)
        return _as_attributes(found) if found else {}

    return _of_month(
        f"tariff_peak_{number + 1}",
        _KW,
        value,
        index,
        lambda series: number < series.peaks,
        attributes=attributes,
    )


def _has_prices(series: Series) -> bool:
    return bool(series.prices) or any(step.price is not None for step in series.steps)


def _has_steps(series: Series) -> bool:
    return bool(series.steps)


def _average(capacity: Capacity, index: int) -> float | None:
    found = capacity.average(index)
    return found.kw if found else None


def _previous(capacity: Capacity, index: int) -> float | None:
    found = capacity.previous(index)
    return found.kw if found else None


def _step_name(capacity: Capacity, index: int) -> str | None:
    if (level := capacity.step(index)) is None:
        return None
    upper = "" if level.upper_kw is None else f"{level.upper_kw:g}"
    return f"{level.lower_kw:g}–{upper} kW"


def _step_limit(capacity: Capacity, index: int) -> float | None:
    level = capacity.step(index)
    return level.upper_kw if level else None


def _of_series(index: int) -> tuple[Row, ...]:
    """Return the rows of a series of peaks."""

    def about(capacity: Capacity, _at: Moment) -> dict[str, Any]:
        found = capacity.average(index)
        peaks = list(map(_as_attributes, capacity.peaks[index].current))
        return {"complete": found.complete, "peaks": peaks} if found else {}

    return (
        _of_month("tariff_peak_average", _KW, _average, index, attributes=about),
        *(_peak(index, number) for number in range(SHOWN_PEAKS)),
        _of_month("tariff_step", Kind(), _step_name, index, _has_steps),
        _of_month("tariff_step_limit", _KW, _step_limit, index, _has_steps),
        _of_month("tariff_fee", Kind(SensorDeviceClass.MONETARY, None, 2), Capacity.fee, index, _has_prices),
        _of_month("tariff_peak_previous_month", _KW, _previous, index, entity_category=EntityCategory.DIAGNOSTIC),
    )


TARIFF_SENSORS: tuple[HanPortSensorDescription[Any], ...] = (
    _of_now(
        "energy_this_hour",
        _KWH.as_total(),
        _forecast(lambda forecast: forecast.so_far),
        total_since=_start,
        attributes=_is_estimated,
        min_intervals=A_MINUTE,
    ),
    _of_now(
        "hour_forecast",
        _KW,
        _forecast(lambda forecast: forecast.mean),
        attributes=_band,
        min_intervals=HALF_A_MINUTE,
    ),
    _of_now("hour_budget", _KW, _budget),
    _of_now("hour_remaining_energy", _KWH, _remaining, attributes=_is_estimated, min_intervals=A_MINUTE),
    HanPortSensorDescription(
        key="available_power",
        translation_key="available_power",
        part=lambda coordinator: coordinator.meter if coordinator.meter.capacity else None,
        reads=NOW | frozenset(CURRENTS.values()),
        value=_available,
        attributes=lambda meter, at: _is_estimated(meter.capacity, at) if meter.capacity else {},
        subject=_about_available,
        min_intervals=HALF_A_MINUTE,
        **KINDS[Unit.WATT].fields,
    ),
    _of_now(
        "hour_status",
        Kind(SensorDeviceClass.ENUM),
        Capacity.status,
        attributes=_is_estimated,
        options=[status.value for status in Status],
    ),
    *(row for index in range(MAX_SERIES) for row in _of_series(index)),
)
