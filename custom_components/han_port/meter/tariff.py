"""The capacity tariff of one meter: its peaks, their step, and what the running period may still use.

Combines the finished hours and the present power with the rule that the user has chosen. Public values are kW, as on
the bill, except `available_power` (W).
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..analysis.forecast import MIN_HEARD, Forecast, Running, Status
from ..analysis.hour import FinishedHour, Hours
from ..analysis.integral import Integral
from ..analysis.origin import Origin
from ..analysis.peaks import Peaks
from ..analysis.periods import HOUR, QUARTER, period_start
from ..analysis.rules import Rule
from ..analysis.standing import Standing
from ..analysis.stored import finite, moment
from ..analysis.tariff import Average, Level, Peak, Period, average, fee
from ..const import (
    CONF_BILL_STEP,
    CONF_HOLIDAYS,
    CONF_TARGET,
    LOGGER,
    NOT_KNOWN,
)
from ..decoder import Quantity
from .config import MeterConfig
from .events import MeterEvent, MeterEvents
from .storage import UNREADABLE, Part, async_load, store_of

SAVE_AFTER = 15.0
"""Seconds."""


class Capacity:
    """The capacity tariff of one meter."""

    def __init__(self, hass: HomeAssistant, config: MeterConfig, rule: Rule, hours: Hours, events: MeterEvents) -> None:
        """Begin without peaks; `load` brings back what there was."""
        self.rule = rule
        self._asked_target: float | None = config.options.get(CONF_TARGET) or None
        """kW, as the form of the tariff has it. What the user says last holds, there or by the number."""
        self.target = self._asked_target
        """kW that the average must not exceed, if the user has set one; else it must stay in its step."""
        self.peaks: list[Peaks] = []
        """Those of each series of the rule."""
        self._hours, self._events = hours, events
        self._exceeded: datetime | None = None
        """The start of the last period whose budget was reported as exceeded."""
        self._running = Running(rule.series[0].period)
        self._quarter: datetime | None = None
        self._looked_in: datetime | None = None
        self._has_calendar = CONF_HOLIDAYS in config.options
        billed = config.options.get(CONF_BILL_STEP, NOT_KNOWN)
        self._billed_kw = None if billed == NOT_KNOWN else float(billed)
        self._is_to_be_saved = False
        self._of_other_rules: list[Any] = []
        """What is stored of series whose periods are of another length: the user may go back to their rule."""
        self._store = store_of(hass, config.id, Part.PEAKS)

    async def load(self, now: datetime) -> None:
        """Restore what was known. `now` says which month it is."""
        zone = dt_util.get_default_time_zone()
        self.peaks = [Peaks.at(now, series, zone) for series in self.rule.series]
        state = await async_load(self._store) or {}
        self.add_hours(self._hours.finished.values())  # what was finished while another rule was chosen, or none
        try:
            if state.get("asked_target") == self._asked_target:
                target = state.get("target")
                self.target = None if target is None else finite(target)
            self._exceeded = moment(state["exceeded"]) if state.get("exceeded") else None
            if self._has_calendar:  # the calendar may load later than we do
                self.set_holidays({date.fromisoformat(day) for day in state.get("holidays", ())})
            for kept in state.get("series", ()):
                if True not in [peaks.restore(kept) for peaks in self.peaks]:
                    self._of_other_rules.append(kept)
        except UNREADABLE as error:
            LOGGER.warning("What was stored of the peaks cannot be read, so they begin anew: %r", error)

    def move_to(self, zone: tzinfo, now: datetime) -> None:
        """Weigh all known periods anew in another time zone, as of now."""
        for peaks in self.peaks:
            peaks.move_to(zone, now)
        self.save_soon()

    async def save(self) -> None:
        """Store what is known now."""
        await self._store.async_save(self._state())

    def save_soon(self) -> None:
        """Store what is known in a few seconds; further changes do not put that off."""
        if not self._is_to_be_saved:
            self._is_to_be_saved = True
            self._store.async_delay_save(self._state, SAVE_AFTER)

    def _state(self) -> dict[str, Any]:
        self._is_to_be_saved = False
        return {
            "target": self.target,
            "asked_target": self._asked_target,
            "exceeded": self._exceeded and self._exceeded.isoformat(),
            "holidays": sorted(day.isoformat() for day in self.peaks[0].holidays),
            "series": [*(peaks.as_dict() for peaks in self.peaks), *self._of_other_rules],
        }

    # --- readings ----------------------------------------------------------------------------------------------

    def update(self, finished: Iterable[FinishedHour], now: datetime) -> bool:
        """Add the hours that a reading has finished, and note the time.

        Returns whether a quarter of an hour has ended: then peaks may be new.
        """
        before = self._standing()
        self._running.update(self._integral, now, self._hours.totals[Quantity.ENERGY_EXPORT].integral)
        quarter, self._quarter = self._quarter, period_start(now, QUARTER)
        for peaks in self.peaks:
            peaks.update_month(now)
        if quarter and quarter < self._quarter and (added := self._integral.between(quarter, self._quarter)):
            self._add(QUARTER, quarter, added.energy, Origin.INTEGRATED)
        self.add_hours(finished)
        for exact in self._hours.quarters:
            if (energy := exact.energy.get(Quantity.ENERGY_IMPORT)) is not None:
                self._add(QUARTER, exact.start, energy, exact.origin)
        self._report_changes(before)
        self._report_if_exceeded(now)
        return quarter != self._quarter or bool(self._hours.quarters)

    def look(self, now: datetime) -> bool:
        """Note the time while nothing is heard. Return whether a period, and perhaps a month, has begun since."""
        for peaks in self.peaks:
            peaks.update_month(now)
        before, self._looked_in = self._looked_in, self.period(now)
        return before not in (None, self._looked_in)

    def period(self, now: datetime) -> datetime:
        """Return when the running period began."""
        return period_start(now, self.rule.series[0].period)

    def _standing(self) -> list[tuple[Peak | None, Level | None]]:
        """Return the highest peak and the step of each series."""
        return [(self.peak(index, 0), self.step(index)) for index in range(len(self.peaks))]

    def _report_changes(self, before: list[tuple[Peak | None, Level | None]]) -> None:
        for number, (old, new) in enumerate(zip(before, self._standing(), strict=True), 1):
            peak, level = new
            if peak and (old[0] is None or peak.weighted_kw > old[0].weighted_kw):
                self._events.report(
                    MeterEvent.NEW_PEAK, series=number, start=peak.start.isoformat(), kw=round(peak.weighted_kw, 3)
                )
            if level and old[1] and level.index != old[1].index:
                self._events.report(
                    MeterEvent.STEP_CHANGED, series=number, lower_kw=level.lower_kw, upper_kw=level.upper_kw
                )

    def _report_if_exceeded(self, now: datetime) -> None:
        forecast, budget = self.forecast(now), self.budget(now)
        if forecast is None or budget is None or forecast.is_estimated or forecast.start == self._exceeded:
            return
        if forecast.so_far > budget * 1000 * (forecast.length / HOUR):
            self._exceeded = forecast.start
            self.save_soon()
            self._events.report(
                MeterEvent.BUDGET_EXCEEDED, start=forecast.start.isoformat(), budget_kw=round(budget, 3)
            )

    def add_hours(self, finished: Iterable[FinishedHour]) -> None:
        """Add finished hours, or better values of some."""
        for hour in finished:
            if (energy := hour.energy.get(Quantity.ENERGY_IMPORT)) is not None:
                self._add(HOUR, hour.start, energy, hour.origin)
                if not self._hours.tells_quarters:
                    self._split(hour, energy)

    def _split(self, hour: FinishedHour, energy: float) -> None:
        """Correct the quarters of an hour whose energy (Wh) is known, in proportion to their integrated power.

        If less was heard than half of one, nothing is known of any.
        """
        starts = [hour.start + number * QUARTER for number in range(HOUR // QUARTER)]
        known = [self._integral.between(start, start + QUARTER) for start in starts]
        heard = max((share.covered for share in known if share and share.energy), default=0.0)
        if all(known) and heard >= MIN_HEARD * QUARTER.total_seconds():
            for start, share in zip(starts, self._integral.split(energy, starts, QUARTER), strict=True):
                self._add(QUARTER, start, share, Origin.MIXED)

    def _add(self, length: timedelta, start: datetime, energy: float, origin: Origin) -> None:
        for peaks in self.peaks:
            if peaks.series.period == length and peaks.add(Period(start, energy / 1000 * (HOUR / length), origin)):
                self.save_soon()

    def set_peak(self, start: datetime, kw: float, *, now: datetime, length: timedelta | None = None) -> bool:
        """Set the mean power of a period as the user knows it (kW), of periods of one length if that is given.

        Returns whether it is one of this month or the last, and over `now`: a table has a 0 for what is yet to come.
        """
        taken = False
        for peaks in self.peaks:
            whole = peaks.series.period
            begin = period_start(start, whole)
            if length in (None, whole) and begin + whole <= now:
                taken |= peaks.add(Period(begin, kw, Origin.MANUAL))
        self.save_soon()
        return taken

    def remove_peak(self, start: datetime) -> bool:
        """Remove a period; return whether there was one."""
        removed = [peaks.remove(period_start(start, peaks.series.period)) for peaks in self.peaks]
        self.save_soon()
        return any(removed)

    def set_holidays(self, holidays: Collection[date]) -> None:
        """Set the days that are public holidays."""
        for peaks in self.peaks:
            if peaks.holidays != holidays:
                peaks.set_holidays(holidays)
                self.save_soon()

    # --- results -----------------------------------------------------------------------------------------------

    @property
    def _integral(self) -> Integral:
        return self._hours.totals[Quantity.ENERGY_IMPORT].integral

    def average(self, index: int) -> Average | None:
        """Return the average of the peaks of a series (kW)."""
        return average(self.rule.series[index], self.peaks[index].current)

    def previous(self, index: int) -> Average | None:
        """Return the same for last month."""
        return average(self.rule.series[index], self.peaks[index].previous)

    def peak(self, index: int, number: int) -> Peak | None:
        """Return the nth highest peak of a series, from 0."""
        current = self.peaks[index].current
        return current[number] if number < len(current) else None

    def step(self, index: int) -> Level | None:
        """Return the step that a series is in; None if that is not known."""
        return self._standing_of(index).step

    def _standing_of(self, index: int) -> Standing:
        billed = self._billed_kw if index == 0 else None
        return Standing(self.rule.series[index], self.average(index), self.previous(index), billed)

    def _target_of(self, index: int) -> float | None:
        """Return the average (kW) that a series should keep: the user's target, or what keeps its step; None: none."""
        return self._standing_of(index).target_kw if self.target is None else self.target

    def fee(self, index: int) -> float | None:
        """Return the fee of a series for this month so far, in the currency of the rule."""
        now = self.average(index)
        return fee(self.rule.series[index], now.kw if now else None, self.peaks[index].month.number)

    def forecast(self, now: datetime) -> Forecast | None:
        """Return what the running period comes to (Wh, W), as of a time."""
        return self._running.forecast(self._integral, now)

    def budget(self, now: datetime) -> float | None:
        """Return the highest mean (kW) of the running period that keeps the target or step of each series; None: none.

        Series of another length of period than the first one have no part in it.
        """
        allowed = []
        for index, peaks in enumerate(self.peaks):
            target = self._target_of(index)
            if target is None or peaks.series.period != self.rule.series[0].period:
                continue
            budget = peaks.cautious_budget(self.period(now), target)
            if budget is not None:
                allowed.append(budget)
        return min(allowed, default=None)

    def available_power(self, now: datetime) -> float | None:
        """Return by how much (W) the power may rise for the rest of the period; negative: by how much it must fall."""
        forecast, budget = self.forecast(now), self.budget(now)
        return forecast.available(budget * 1000) if forecast and budget is not None else None

    def status(self, now: datetime) -> Status | None:
        """Return whether the forecast keeps the budget; None without a forecast, or a target that asks for a budget.

        A period that does not count is always OK.
        """
        forecast, budget = self.forecast(now), self.budget(now)
        if forecast is None or all(self._target_of(index) is None for index in range(len(self.peaks))):
            return None
        return Status.OK if budget is None else forecast.status(budget * 1000)
