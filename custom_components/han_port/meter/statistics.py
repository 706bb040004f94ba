"""The meter's own hours as statistics of Home Assistant, to the watt-hour and dated by the meter's clock.

For those who compare with the bill. They are statistics without an entity, `han_port:…_energy_import_hourly`, and the
user must have asked for them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from homeassistant.const import UnitOfEnergy
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..analysis.hour import POWERS, FinishedHour
from ..analysis.origin import Origin
from ..analysis.periods import HOUR
from ..const import CONF_STATISTICS, DOMAIN, LOGGER
from ..decoder import Quantity
from .config import MeterConfig

if TYPE_CHECKING:
    from homeassistant.components.recorder.statistics import StatisticsRow

type StartTask = Callable[[Coroutine[Any, Any, None], str], object]

LOOKED_AT = 24 * 62
"""How many of the last rows are looked at: a clock that was ahead has dated the newest."""


def statistic_id(meter_id: str, register: Quantity) -> str:
    """Return the id of the statistics of a register."""
    return f"{DOMAIN}:{meter_id.lower()}_{register.key}_hourly"


def _last(rows: Sequence[StatisticsRow], hours: Sequence[FinishedHour]) -> tuple[float, float]:
    """Return start (s) and sum of the row on which hours follow, of rows from the newest on; 0 if there is none.

    A row that is not older than the last hour is of a clock that was ahead, or of the same hour: then all are written.
    """
    first, last = hours[0].start.timestamp(), hours[-1].start.timestamp()
    is_ahead = bool(rows) and rows[0]["start"] >= last
    found = next((row for row in rows if not is_ahead or row["start"] < first), None)
    return (found["start"], found.get("sum") or 0.0) if found else (0.0, 0.0)


class HourlyStatistics:
    """Adds the finished hours of one meter, each once and in their order."""

    def __init__(self, hass: HomeAssistant, config: MeterConfig, start: StartTask) -> None:
        """Name the meter. `start` starts a task that ends with its entry."""
        self._hass, self._config, self._start = hass, config, start
        self._lock = asyncio.Lock()

    def add(self, finished: Iterable[FinishedHour], known: Mapping[datetime, FinishedHour]) -> None:
        """Add the hours whose register has come; what an hour is by its power may still change.

        `known`: all finished hours. Those right before, whose register will not come any more, are added as they are.
        """
        hours = [hour for hour in finished if hour.origin is not Origin.INTEGRATED]
        while hours and (before := known.get(hours[0].start - HOUR)) and before.origin is Origin.INTEGRATED:
            hours.insert(0, before)
        if not hours or not self._config.options.get(CONF_STATISTICS):
            return
        if "recorder" not in self._hass.config.components:
            LOGGER.warning("%s: there are no statistics without a recorder", self._config.title)
            return
        self._start(self._add(hours), "hourly statistics")

    async def _add(self, hours: list[FinishedHour]) -> None:
        async with self._lock:
            for register in POWERS:
                if known := [hour for hour in hours if register in hour.energy]:
                    await self._add_of(register, known)

    async def _add_of(self, register: Quantity, hours: list[FinishedHour]) -> None:
        from homeassistant.components.recorder import get_instance  # noqa: PLC0415 - heavy, and few want this
        from homeassistant.components.recorder.models import (  # noqa: PLC0415 - the same
            StatisticData,
            StatisticMeanType,
            StatisticMetaData,
        )
        from homeassistant.components.recorder.statistics import (  # noqa: PLC0415 - the same
            async_add_external_statistics,
            get_last_statistics,
        )

        name = statistic_id(self._config.id, register)
        instance = get_instance(self._hass)
        await instance.async_block_till_done()

        def newest() -> list[StatisticsRow]:
            return get_last_statistics(self._hass, LOOKED_AT, name, convert_units=False, types={"sum"}).get(name, [])

        after, total = _last(await instance.async_add_executor_job(newest), hours)
        rows: list[StatisticData] = []
        for hour in hours:
            if hour.start.timestamp() > after:
                total = round(total + hour.energy[register] / 1000, 6)
                rows.append({"start": dt_util.as_utc(hour.start), "state": hour.energy[register] / 1000, "sum": total})
        about: StatisticMetaData = {
            "source": DOMAIN,
            "statistic_id": name,
            "name": f"{self._config.title} {register.key.replace('_', ' ')}",
            "unit_of_measurement": UnitOfEnergy.KILO_WATT_HOUR,
            "unit_class": "energy",
            "mean_type": StatisticMeanType.NONE,
            "has_sum": True,
        }
        if rows:
            async_add_external_statistics(self._hass, about, rows)
