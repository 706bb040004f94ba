"""The state of one meter: the latest value of each quantity, the analyses fed by them, and the issues found.

Coordinator and entities ask here. Where readings come from is not known here, nor who shows a value. Time is an
argument: a reading comes with its moment, and what depends on time is asked as of a moment.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.util import dt as dt_util

from ..analysis.charging import Allowance, Limit
from ..analysis.fuse import CURRENTS
from ..analysis.hour import FinishedHour
from ..analysis.origin import Origin
from ..analysis.periods import HOUR
from ..analysis.phases import Measured
from ..analysis.plausible import PlausibleValues
from ..analysis.ratios import corrected
from ..analysis.supply_system import SupplySystem, SupplySystemCheck
from ..const import CONF_MAIN_FUSE, LOGGER
from ..decoder import Moment, Quantity, Reading, hourly_quantities, tells_means
from ..decoder.clock import Dialect
from .config import MeterConfig, corrections_of, limits_of, ratios_of, rule_of
from .events import MeterEvent, MeterEvents
from .fuse import Protection
from .heard import HeardValues
from .identity import device_of
from .issues import Issues
from .oddities import Oddities
from .registers import Registers
from .state import Input, State, Topic
from .statistics import HourlyStatistics, StartTask
from .storage import SAVE_EVERY, Storage
from .tariff import Capacity
from .voltages import Voltages

LAST_HOUR_FOR = timedelta(hours=3, minutes=10)
"""After its start an hour is no longer the last: one or two registers may have been lost since."""


class Meter:
    """One meter.

    `data` holds the latest value of each quantity, secondary, as the meter sent it. `value` is the primary value, and
    only while it is fresh: it is what entities show.
    """

    def __init__(self, hass: HomeAssistant, config: MeterConfig, at: Moment, start: StartTask) -> None:
        """Begin with what its configuration says, `at` now. `start` starts a task that ends with the entry."""
        self._hass, self.config = hass, config
        options = config.options
        self.ratios = ratios_of(options)
        self.corrections = corrections_of(options)
        self.measured = Measured(config.identity.quantities)
        self._net = SupplySystemCheck(config.identity.net)
        self.state = State(self.ratios, self.corrections)
        self.storage = Storage(hass, config.id, self.state, at)
        self.issues = Issues(hass, config.id, config.title)
        self.events = MeterEvents()
        self.counts: Counter[str] = Counter()
        """How often something odd has come."""
        fuse = options.get(CONF_MAIN_FUSE)
        self._plausible = PlausibleValues(fuse and float(fuse), self.ratios.of(Quantity.POWER_IMPORT))
        self.registers = Registers(self.state, self.issues, self.ratios, self._plausible.max_power, self.counts)
        """Which of its registers are believed."""
        self._statistics = HourlyStatistics(hass, config, start)
        self.voltages = Voltages(limits_of(options), self.events, self.issues)
        """What is wrong with its supply voltage."""
        self.capacity: Capacity | None = None
        """Its capacity tariff, if it has one; there once it is loaded."""
        self.protection = Protection(hass, options, self.events) if options.get(CONF_MAIN_FUSE) else None
        """Its main fuse, if the user has entered one."""
        self.live: Mapping[Quantity, float] = {}
        """All momentary values that were fresh at the last reading or look, primary."""
        self.oddities = Oddities()
        self.verified: bool | None = None
        """Whether the last message's authentication tag was verified; None if it was not encrypted."""
        self.clock_offset: timedelta | None = None
        """How far the meter's clock is ahead of ours, as far as its lists tell."""
        self._dialect: Dialect | None = None
        self.has_heard = False
        """Whether it has sent a reading since it was loaded."""

    async def load(self, at: Moment, heard: HeardValues | None = None) -> None:
        """Restore what was known, `at` now; if that is nothing, begin with what was heard: value and loop seconds."""
        await self.storage.load(at)
        if heard:
            self.state.begin_with(heard)
        if rule := rule_of(self._hass, self.config.options):
            self.capacity = Capacity(self._hass, self.config, rule, self.state.hours, self.events)
            await self.capacity.load(at.utc)
        self.live = self._live(at)

    async def save(self) -> None:
        """Store what is known now."""
        await self.storage.save()
        if self.capacity:
            await self.capacity.save()

    # --- readings ----------------------------------------------------------------------------------------------

    def update(self, reading: Reading, at: Moment) -> frozenset[Input]:
        """Update with a reading of this meter that was heard at a moment. Return what may be new with it."""
        before = self.config.identity, self.verified, self.clock_offset
        self.verified, self.has_heard = reading.verified, True
        self.oddities.update(reading)
        self.counts.update(each.reason.value for each in reading.left_out)
        values = self._measured(reading.values)
        self.issues.check_scale(values, self.corrections, self.ratios, at.loop)
        values = self.registers.believed(self._possible(values), at, self.config.title)
        self.state.update(values, at)
        self.live = self._live(at)
        self.voltages.update(values, at, self.net, self.measured.seen)
        has_new_hours = self._update_hours(reading, values, at)
        if any(current in values for current in CURRENTS.values()):
            self._update_currents(at)
        self.measured.seen.update(hourly_quantities(reading.list_id))
        identity = self.config.identity.learned(reading, self.measured.seen, self._net.found)
        if identity != self.config.identity:
            self.config = replace(self.config, identity=identity)
        after = self.config.identity, self.verified, self.clock_offset
        topics = (Topic.IDENTITY, Topic.ENCRYPTION, Topic.CLOCK)
        changed = [topic for topic, old, new in zip(topics, before, after, strict=True) if old != new]
        return frozenset((*values, *changed, Topic.READING, *([Topic.HOUR] if has_new_hours else ())))

    def rename(self, number: str | None) -> None:
        """Know this meter's readings by another number from now on."""
        self.config = replace(self.config, number=number)

    def _measured(self, said: Mapping[Quantity, float]) -> dict[Quantity, float]:
        """Return what a reading measures, and look for the supply system in it.

        What the user has chosen does not influence what is found and stored: the user may change it back.
        """
        values = corrected(self.measured.of(said, self._net.found), self.corrections)
        self._net.update(self.ratios.secondary(values), self.measured.seen)
        return self.measured.of(values, SupplySystem.IT) if self.config.chosen_net is SupplySystem.IT else values

    def _possible(self, values: dict[Quantity, float]) -> dict[Quantity, float]:
        """Return the values of a reading without those that no house can have."""
        primary = {quantity: self.scaled(quantity, value) for quantity, value in values.items()}
        impossible = self._plausible.impossible(primary, self.live)
        if not impossible:
            return values
        for quantity in impossible:
            LOGGER.debug("%s: no house has %s of %s", self.config.title, quantity.key, primary[quantity])
            self.counts[f"impossible_{quantity.key}"] += 1
        return {quantity: value for quantity, value in values.items() if quantity not in impossible}

    def _update_currents(self, at: Moment) -> None:
        self.issues.check_ratio(self.live, self.net, at.loop)
        if self.protection:
            self.protection.update(self.live, self.net, self._spare(at.utc), at)

    def _spare(self, now: datetime) -> Allowance | None:
        """Return by how much the power may rise by the tariff, or by the user's own target; None without a limit."""
        watts = self.capacity.available_power(now) if self.capacity else None
        if self.capacity is None or watts is None:
            return None
        return Allowance(watts, Limit.TARGET if self.capacity.target else Limit.TARIFF)

    def _update_hours(self, reading: Reading, values: Mapping[Quantity, float], at: Moment) -> bool:
        """Book registers on their hour, by the meter's clock. Return whether hours or quarters may have been finished.

        A running clock shows which dialect the meter uses. The clock of an hourly list may be an old one (some meters
        repeat lists), so it is read in the known dialect and never adjusted to the time of day.
        """
        moment, zone = None, dt_util.get_default_time_zone()
        if clock := reading.sent_at:
            if not any(quantity.is_register for quantity in values) or clock.local.minute:
                self._dialect = clock.dialect(at.utc, zone)
            moment = clock.moment(at.utc, zone, self._dialect)
            if Quantity.POWER_IMPORT in values:
                self.clock_offset = moment - at.utc
                self.issues.check_clock(self.clock_offset)
        primary = {quantity: self.scaled(quantity, value) for quantity, value in values.items()}
        if tells_means(reading.list_id):
            self.state.hours.expect_means()
        finished = self.state.hours.update(primary, at.utc, moment)
        self._statistics.add(finished, self.state.hours.finished)
        for hour in finished:
            if hour.origin is Origin.MIXED:
                energy = {f"{register.key}_kwh": round(value / 1000, 3) for register, value in hour.energy.items()}
                self.events.report(MeterEvent.HOUR_ESTIMATED, start=hour.start.isoformat(), **energy)
        has_new_quarter = self.capacity.update(finished, at.utc) if self.capacity else False
        self.storage.update(at, has_new_hours=bool(finished))
        return bool(finished) or has_new_quarter

    def move_to(self, zone: tzinfo, at: Moment) -> None:
        """Take a time zone as that of the home: its days, tariff and hours are meant from now on."""
        self._dialect = None
        if self.capacity:
            self.capacity.move_to(zone, at.utc)

    # --- results -----------------------------------------------------------------------------------------------

    @property
    def data(self) -> Mapping[Quantity, float]:
        """The latest value of each quantity, secondary. The same object for as long as there is this meter."""
        return self.state.values

    @property
    def device(self) -> DeviceEntry | None:
        """Its device, once it is registered."""
        return device_of(self._hass, self.config.id)

    @property
    def net(self) -> SupplySystem | None:
        """Its supply system, as the user says or as its readings show; None if neither does."""
        return self.config.chosen_net or self._net.found

    def is_fresh(self, quantity: Quantity, now: float) -> bool:
        """Return whether a value of a quantity is there, and may still be shown at `now` (loop seconds)."""
        return quantity in self.data and self.state.freshness.is_fresh(quantity, now)

    def look(self, at: Moment) -> bool:
        """Drop what has gone stale. Return whether fuse data were dropped, or a period of the tariff has begun."""
        self.live = self._live(at)
        has_begun = self.capacity.look(at.utc) if self.capacity else False
        if self.protection is None or at.loop < self.state.silent_at:
            return has_begun
        return self.protection.forget(at) or has_begun

    def _live(self, at: Moment) -> dict[Quantity, float]:
        return {
            quantity: self.scaled(quantity, value)
            for quantity, value in self.data.items()
            if not quantity.is_register and self.state.freshness.is_fresh(quantity, at.loop)
        }

    def scaled(self, quantity: Quantity, value: float) -> float:
        """Return the primary value of a secondary one, in the same unit."""
        factor = self.ratios.of(quantity)
        return value if factor == 1 else round(value * factor, 6)  # no digits that only binary fractions bring

    def value(self, quantity: Quantity, now: float) -> float | None:
        """Return the primary value of a quantity, in its unit; None if it is stale at `now` (loop seconds)."""
        return self.scaled(quantity, self.data[quantity]) if self.is_fresh(quantity, now) else None

    def voltage_mean(self, voltage: Quantity) -> float | None:
        """Return the mean of a voltage over the last minute (V); None if too little of it is known."""
        mean = self.voltages.mean(voltage)
        return None if mean is None else self.scaled(voltage, mean)

    def total(self, register: Quantity, now: datetime) -> float | None:
        """Return the running total of a register as of a time soon after the last reading (Wh, primary).

        Before the first reading it is the one that was stored: nobody knows what was drawn since.
        """
        total = self.state.hours.totals[register].at(now if self.has_heard else None)
        return None if total is None else round(total)

    def keep_up(self, register: Quantity, shown: float) -> None:
        """Show no less of a running total than what was shown last (Wh): a file may be older than the database."""
        self.state.hours.totals[register].keep_up(shown, self._plausible.max_power * SAVE_EVERY / HOUR)

    def last_hour(self, now: datetime) -> FinishedHour | None:
        """Return the hour that ended last before `now`, as long as that is not long ago."""
        newest = next(reversed(self.state.hours.finished.values()), None)
        return newest if newest and now - newest.start <= LAST_HOUR_FOR else None
