"""The actions: captures, finished hours, and corrections of the capacity tariff."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from operator import itemgetter
import textwrap
from types import MappingProxyType
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType
import probatio

from .analysis.hourly_table import LeftOut, Table, read_table
from .analysis.origin import Origin
from .analysis.periods import HOUR
from .const import DOMAIN
from .coordinator import HanPortConfigEntry, HanPortCoordinator
from .decoder import Quantity
from .decoder.anonymise import WIDTH, Names, anonymised
from .meter.config import unique_id
from .meter.tariff import Capacity

CAPTURE, GET_HOURS = "capture", "get_hours"
SET_PEAK, REMOVE_PEAK, IMPORT_HOURS, RECALCULATE = "set_peak", "remove_peak", "import_hours", "recalculate"
CONF_ENTRY = "config_entry_id"
CONF_SECONDS = "seconds"
CONF_ANONYMISE = "anonymise"
CONF_START, CONF_END, CONF_KW, CONF_TABLE = "start", "end", "kw", "table"
MAX_CAPTURE_SECONDS = 300
MAX_CAPTURE_BYTES = 1_000_000
"""Three times what the fastest meter sends in five minutes."""
MAX_KW = 100.0
"""More than a house takes in an hour, whatever its fuse."""
SHOWN_UNITS = MappingProxyType({"wh": "Wh", "kwh": "kWh", "mwh": "MWh"})

CAPTURE_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_ENTRY): cv.string,
        probatio.Optional(CONF_SECONDS, default=30): probatio.All(int, probatio.Range(min=1, max=MAX_CAPTURE_SECONDS)),
        probatio.Optional(CONF_ANONYMISE, default=True): cv.boolean,
    }
)


OF_ENTRY = MappingProxyType({probatio.Required(CONF_ENTRY): cv.string})
OF_PERIOD = MappingProxyType({**OF_ENTRY, probatio.Required(CONF_START): cv.datetime})
KW = probatio.All(probatio.Coerce(float), probatio.Range(min=0, max=10_000))


@callback
def async_register(hass: HomeAssistant) -> None:
    """Register the actions: those that only read for everyone, those that change something for administrators."""
    register = hass.services.async_register
    register(DOMAIN, CAPTURE, _capture, schema=CAPTURE_SCHEMA, supports_response=SupportsResponse.ONLY)
    between = {probatio.Optional(CONF_START): cv.datetime, probatio.Optional(CONF_END): cv.datetime}
    register(
        DOMAIN,
        GET_HOURS,
        _get_hours,
        schema=probatio.Schema(OF_ENTRY | between),
        supports_response=SupportsResponse.ONLY,
    )
    peak = {**OF_PERIOD, probatio.Required(CONF_KW): KW}
    for name, action, fields, response in (
        (SET_PEAK, _set_peak, peak, SupportsResponse.NONE),
        (REMOVE_PEAK, _remove_peak, OF_PERIOD, SupportsResponse.NONE),
        (
            IMPORT_HOURS,
            _import_hours,
            {**OF_ENTRY, probatio.Required(CONF_TABLE): cv.string},
            SupportsResponse.OPTIONAL,
        ),
        (RECALCULATE, _recalculate, OF_ENTRY, SupportsResponse.OPTIONAL),
    ):
        async_register_admin_service(hass, DOMAIN, name, action, probatio.Schema({**fields}), response)


def _coordinator(call: ServiceCall) -> HanPortCoordinator:
    """Return the coordinator of the entry that a call names. Raises ServiceValidationError if it is not loaded."""
    entry: HanPortConfigEntry = async_get_config_entry(call.hass, DOMAIN, call.data[CONF_ENTRY])
    return entry.runtime_data


async def _require_admin(call: ServiceCall) -> None:
    """Raise Unauthorized if a user calls who is no administrator. An automation calls without a user."""
    user = await call.hass.auth.async_get_user(call.context.user_id) if call.context.user_id else None
    if call.context.user_id and not (user and user.is_admin):
        raise Unauthorized(context=call.context)


async def _capture(call: ServiceCall) -> ServiceResponse:
    """Return the bytes that are received in the next seconds, as lines of hex. As they came: for administrators."""
    if not call.data[CONF_ANONYMISE]:
        await _require_admin(call)
    coordinator = _coordinator(call)
    data = bytearray()

    def keep(received: bytes) -> None:
        data.extend(received[: MAX_CAPTURE_BYTES - len(data)])

    remove = coordinator.feed.tap(keep)
    try:
        await asyncio.sleep(call.data[CONF_SECONDS])
    finally:
        remove()
    raw, keys, names = bytes(data), coordinator.feed.line.keys, Names(*coordinator.numbers)
    lines = (
        # Not in the event loop: a long one takes up to a second.
        await call.hass.async_add_executor_job(lambda: [*anonymised(raw, keys, names)])
        if call.data[CONF_ANONYMISE]
        else textwrap.wrap(raw.hex().upper(), WIDTH)
    )
    response: dict[str, Any] = {"bytes": len(raw), "lines": lines}
    return response


async def _get_hours(call: ServiceCall) -> ServiceResponse:
    """Return the finished hours with the energy of each register (kWh, primary)."""
    meter = _coordinator(call).meter
    start, end = (call.data.get(name) for name in (CONF_START, CONF_END))
    hours: list[JsonValueType] = [
        {
            "start": dt_util.as_local(hour.start).isoformat(),
            "end": dt_util.as_local(hour.start + HOUR).isoformat(),
            "source": hour.origin.value,
            **{f"{register.key}_kwh": round(energy / 1000, 3) for register, energy in hour.energy.items()},
        }
        for hour in meter.state.hours.finished.values()
        if (start is None or hour.start >= dt_util.as_utc(start)) and (end is None or hour.start < dt_util.as_utc(end))
    ]
    return {"hours": hours}


def _capacity(call: ServiceCall) -> tuple[HanPortCoordinator, Capacity]:
    """Return an entry's coordinator and capacity tariff. Raises ServiceValidationError if it has no tariff."""
    coordinator = _coordinator(call)
    if coordinator.meter.capacity is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_tariff",
            translation_placeholders={"name": coordinator.name},
        )
    return coordinator, coordinator.meter.capacity


def _hourly_capacity(call: ServiceCall) -> tuple[HanPortCoordinator, Capacity]:
    """Return the same. Raises ServiceValidationError too if the tariff does not use whole hours."""
    coordinator, capacity = _capacity(call)
    if all(series.period != HOUR for series in capacity.rule.series):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="tariff_of_quarters",
            translation_placeholders={"name": coordinator.name},
        )
    return coordinator, capacity


def _no_such_period(start: datetime) -> ServiceValidationError:
    """Return the error for a period (its start, UTC) that the tariff does not have in this month or the last."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="no_such_period",
        translation_placeholders={"start": dt_util.as_local(start).isoformat()},
    )


async def _set_peak(call: ServiceCall) -> None:
    """Set the power of a period to what the user knows."""
    coordinator, capacity = _capacity(call)
    start = dt_util.as_utc(call.data[CONF_START])
    if not capacity.set_peak(start, call.data[CONF_KW], now=dt_util.utcnow()):
        raise _no_such_period(start)
    coordinator.async_update_listeners()


async def _remove_peak(call: ServiceCall) -> None:
    """Remove a period whose power is wrong."""
    coordinator, capacity = _capacity(call)
    start = dt_util.as_utc(call.data[CONF_START])
    if not capacity.remove_peak(start):
        raise _no_such_period(start)
    coordinator.async_update_listeners()


async def _import_hours(call: ServiceCall) -> ServiceResponse:
    """Set hours, or quarters of an hour, from a table of the grid company; return what was taken of it and what not."""
    coordinator, capacity = _capacity(call)
    text, zone = call.data[CONF_TABLE], dt_util.get_default_time_zone()
    answers = []
    for period in sorted({series.period for series in capacity.rule.series}, reverse=True):
        # A year of quarters takes a second or two.
        table = await call.hass.async_add_executor_job(read_table, text, zone, period)
        answers.append((period, table))
    period, table = next((each for each in answers if each[1].energies), answers[0])
    if LeftOut.LENGTH in table.about.left_out and not table.energies:
        _hourly_capacity(call)  # hours tell nothing of a tariff of quarters
    if table.about.problem:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=table.about.problem.value)
    for length, each in answers:
        _refuse_impossible(coordinator, length, each.energies)
    now = dt_util.utcnow()
    taken = sum(
        capacity.set_peak(start, energy * (HOUR / length), now=now, length=length)
        for length, each in answers
        for start, energy in each.energies.items()
    )
    coordinator.async_update_listeners()
    return _answer(table, period, taken)


def _refuse_impossible(coordinator: HanPortCoordinator, period: timedelta, energies: Mapping[datetime, float]) -> None:
    """Raise ServiceValidationError if a table (kWh) has a period of more than the main fuse allows, or 100 kW."""
    start, energy = max(energies.items(), key=itemgetter(1), default=(None, 0.0))
    protection = coordinator.meter.protection
    fuse_kw = protection.maximum_power / 1000 if protection else MAX_KW
    limit, kw = min(fuse_kw, MAX_KW), energy * (HOUR / period)
    if start is not None and kw > limit:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="peak_above_fuse" if limit < MAX_KW else "peak_above_100_kw",
            translation_placeholders={
                "start": dt_util.as_local(start).isoformat(),
                "kw": f"{kw:.1f}",
                "limit": f"{limit:.1f}",
            },
        )


def _answer(table: Table, period: timedelta, taken: int) -> ServiceResponse:
    """Return what was understood of a table, how many of its periods were taken, and why others were left out."""
    left_out: dict[str, JsonValueType] = {reason.value: count for reason, count in table.about.left_out.items()}
    if len(table.energies) > taken:
        left_out["other_months_or_not_over"] = len(table.energies) - taken
    return {
        "taken": taken,
        "column": table.about.column,
        "unit": [SHOWN_UNITS[unit] for unit in table.about.units] or ["kWh"],
        "unit_is_assumed": not table.about.units,
        "minutes": period // timedelta(minutes=1),
        "first": dt_util.as_local(min(table.energies)).isoformat(),
        "last": dt_util.as_local(max(table.energies)).isoformat(),
        "count": len(table.energies),
        "estimated": table.about.estimated,
        "left_out": left_out,
    }


async def _recalculate(call: ServiceCall) -> ServiceResponse:
    """Set hours of this month and the last from Home Assistant's statistics, except those that the meter reported."""
    coordinator, capacity = _hourly_capacity(call)
    hass, entry = call.hass, coordinator.config_entry
    if "recorder" not in hass.config.components:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_recorder")
    from homeassistant.components.recorder import get_instance  # noqa: PLC0415 - heavy, and not every home has it
    from homeassistant.components.recorder.statistics import statistics_during_period  # noqa: PLC0415 - the same

    energy, now = unique_id(entry.entry_id, Quantity.ENERGY_IMPORT.key), dt_util.utcnow()
    entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, energy) or ""
    since = dt_util.start_of_local_day(dt_util.now().replace(day=1)) - timedelta(days=32)
    rows = await get_instance(hass).async_add_executor_job(
        statistics_during_period, hass, since, None, {entity_id}, "hour", {"energy": "kWh"}, {"change"}
    )
    changes = {dt_util.utc_from_timestamp(row["start"]): row.get("change") for row in rows.get(entity_id, ())}
    if registered := er.async_get(hass).async_get(entity_id):
        changes = _in_their_hours(changes, coordinator, registered.created_at)
    hours = coordinator.meter.state.hours.finished.values()
    known = {hour.start for hour in hours if hour.origin is not Origin.INTEGRATED}
    restored = sum(
        capacity.set_peak(start, change, now=now, length=HOUR)
        for start, change in changes.items()
        # Without an hour before it, a change may hold the energy of a whole outage. The meter's own hours are better.
        if change is not None and change >= 0 and start - HOUR in changes and start not in known
    )
    coordinator.async_update_listeners()
    return {"taken": restored}


def _in_their_hours(
    changes: dict[datetime, float | None], coordinator: HanPortCoordinator, created: datetime
) -> dict[datetime, float | None]:
    """Return the changes of a total (kWh) by the hours in which they were used.

    An entity that is older than its entry was taken over. Where registers come once an hour, its predecessor showed
    each some seconds later, so that Home Assistant has booked it on the next hour. The hour of the change has both.
    """
    since = coordinator.config_entry.created_at
    if created >= since or coordinator.meter.state.hours.tells_quarters:
        return changes
    shifted = {start - HOUR: change for start, change in changes.items() if start + HOUR <= since}
    return shifted | {start: change for start, change in changes.items() if start > since}
