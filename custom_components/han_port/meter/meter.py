"""What is known of one meter: its readings in time, in front of its transformers, and what is doubted about them.

Coordinator and entities ask here. Where bytes come from is not known here, and who looks at a value neither.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..analysis.hour import FinishedHour
from ..analysis.origin import Origin
from ..analysis.phases import Measured
from ..analysis.ratios import corrected
from ..analysis.supply_system import SupplySystem, SupplySystemCheck
from ..analysis.voltage import Change, Trouble, VoltageWatch
from ..const import AUTOMATIC, CONF_FOUND_NET, CONF_MAIN_FUSE, CONF_NET, CONF_QUANTITIES, LOGGER
from ..decoder import Quantity, Reading, hourly_quantities
from ..decoder.clock import Dialect
from ..decoder.quantities import BY_KEY
from .config import corrections_of, limits_of, ratios_of
from .events import Happening, Happenings
from .fuse import Protection
from .identity import learn
from .issues import Doubt, Doubts
from .statistics import HourlyStatistics
from .storage import Memory
from .tariff import Capacity, rule_of

KEPT_UNNAMED = 200
CURRENTS = frozenset((Quantity.CURRENT_L1, Quantity.CURRENT_L2, Quantity.CURRENT_L3))
LAST_HOUR_FOR = timedelta(hours=3, minutes=10)
"""After its start an hour is no longer the last: one or two registers may have been lost since."""


class Meter:
    """One meter.

    `data` holds the latest value of each quantity at the meter's terminals, in the quantity's unit; `value` is the
    same behind the transformers' ratios and only while it is fresh, and is what entities show.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, counts: Counter[str]) -> None:
        """Take what the entry knows; `counts` is where odd things are counted."""
        self._hass, self._entry, self._counts = hass, entry, counts
        self._clock = hass.loop.time
        self.ratios = ratios_of(entry.options)
        self.corrections = corrections_of(entry.options)
        self.measured = Measured(BY_KEY[key] for key in entry.data.get(CONF_QUANTITIES, ()) if key in BY_KEY)
        chosen, found = entry.options.get(CONF_NET, AUTOMATIC), entry.data.get(CONF_FOUND_NET)
        self._chosen_net = None if chosen == AUTOMATIC else SupplySystem(chosen)
        self._net = SupplySystemCheck(SupplySystem(found) if found else None)
        self.memory = Memory(hass, entry.entry_id, self.ratios, self.corrections)
        self.doubts = Doubts(hass, entry)
        self.happenings = Happenings()
        self._statistics = HourlyStatistics(hass, entry)
        self._voltage = VoltageWatch(limits_of(entry.options))
        self._since: dict[Trouble, datetime] = {}
        self.capacity: Capacity | None = None
        """Its capacity tariff, if it has one."""
        self.protection = (
            Protection(hass, entry.options, self.happenings) if entry.options.get(CONF_MAIN_FUSE) else None
        )
        """Its main fuse, if the user has told of it."""
        self.looks_ahead = False
        """Whether totals are to be those of this very moment, and not of the last reading."""
        self.unnamed: Mapping[str, object] = {}
        """What the last list held under an OBIS code without a name."""
        self.verified: bool | None = None
        """Whether the last message's authentication tag was verified; None if it was not encrypted."""
        self.clock_offset: timedelta | None = None
        """How far the meter's clock is ahead of ours, as far as its lists tell."""
        self._stranger: str | None = None
        self._dialect: Dialect | None = None

    async def load(self, heard: Mapping[Quantity, tuple[float, float]] | None = None) -> None:
        """Restore what was known; if that is nothing, begin with what was heard: value and loop seconds."""
        await self.memory.load()
        if heard:
            self.memory.take_heard(heard)
        if rule := rule_of(self._hass, self._entry.options):
            self.capacity = Capacity(self._hass, self._entry, rule, self.memory.hours, self.happenings)
            await self.capacity.load()

    async def save(self, _event: object = None) -> None:
        """Keep what is known now."""
        await self.memory.save()
        if self.capacity:
            await self.capacity.save()

    # --- taking readings ---------------------------------------------------------------------------------------

    def is_another(self, reading: Reading) -> bool:
        """Tell whether another meter is on the line than the one of the entry; its values are not shown."""
        own = self._entry.unique_id
        if reading.serial and own and reading.serial != own:
            if self._stranger is None:
                LOGGER.warning("%s: another meter is on this line now; its values are not shown", self._entry.title)
            if self._stranger != reading.serial:
                self.doubts.settle(Doubt.ANOTHER_METER)
            self.doubts.raise_(Doubt.ANOTHER_METER, {"serial": reading.serial}, old=own, new=reading.serial)
            self._stranger = reading.serial
        elif reading.serial:
            self.doubts.settle(Doubt.ANOTHER_METER)
            self._stranger = None
        return self._stranger is not None

    def take(self, reading: Reading) -> None:
        """Take what the meter of the entry has said just now."""
        now, received = self._clock(), dt_util.utcnow()
        self.verified = reading.verified
        if reading.unnamed:
            older = [each for each in self.unnamed.items() if each[0] not in reading.unnamed]
            self.unnamed = dict([*older, *reading.unnamed.items()][-KEPT_UNNAMED:])
        values = self._measured(reading.values)
        self.doubts.check_scale(values, self.corrections, self.ratios, now)
        values = self._without_backward_steps(values)
        self.memory.values = {**self.data, **values}
        self.memory.freshness.update(values, now)
        self._take_voltages(values, now)
        self._take_hour(reading, values, received)
        if not CURRENTS.isdisjoint(values):
            self._take_currents(now)
        self.measured.seen.update(hourly_quantities(reading.list_id))
        learn(self._hass, self._entry, reading, self.measured.seen, self._net.found)

    def _measured(self, told: Mapping[Quantity, float]) -> dict[Quantity, float]:
        """Return the measurements of what a reading tells, and look for the net in them.

        What the user has chosen has no part in what is found and remembered: he may take it back.
        """
        values = corrected(self.measured.of(told, self._net.found), self.corrections)
        self._net.update(self.ratios.at_terminals(values), self.measured.seen)
        return self.measured.of(values, SupplySystem.IT) if self._chosen_net is SupplySystem.IT else values

    def _take_currents(self, now: float) -> None:
        live = self.live
        self.doubts.check_ratio(live, self.net, now)
        if self.protection:
            spare = self.capacity.available_power if self.capacity else None
            self.protection.take(live, self.net, spare, now)

    def _take_voltages(self, values: Mapping[Quantity, float], now: float) -> None:
        for change in self._voltage.update(values, now, self.net, self.measured.seen):
            since = dt_util.utcnow() - timedelta(seconds=now - change.found.since)
            self._since[change.trouble] = since.replace(microsecond=0)
            if change.trouble is Trouble.NEUTRAL_FAULT:
                self._tell_of_neutral(change)
            about = {f"l{phase}": round(volts, 1) for phase, volts in change.found.values.items()}
            if change.began:
                self.happenings.tell(Happening(change.trouble.value), reason=change.found.reason, **about)
            elif not self._lost.issuperset(change.found.phases):  # which takes the place of an undervoltage
                self.happenings.tell(Happening.VOLTAGE_RESTORED, after=change.trouble.value, **about)

    @property
    def _lost(self) -> set[int]:
        """The phases that are lost."""
        loss = self._voltage.found.get(Trouble.PHASE_LOSS)
        return set(loss.phases) if loss else set()

    def _tell_of_neutral(self, change: Change) -> None:
        """Tell whoever looks at Home Assistant: it is dangerous, and no automation may hear it."""
        if change.began:
            volts = ", ".join(f"L{phase} {volts:.0f} V" for phase, volts in change.found.values.items())
            self.doubts.raise_(Doubt.NEUTRAL_FAULT, voltages=volts)
        else:
            self.doubts.settle(Doubt.NEUTRAL_FAULT)

    def _take_hour(self, reading: Reading, values: Mapping[Quantity, float], received: datetime) -> None:
        """Give registers to their hour, by the meter's clock.

        A clock that runs shows which dialect the meter speaks. An hourly list's may be an old one (some meters repeat
        lists), so it is read in the dialect that is known, never bent to the time of day.
        """
        moment, zone = None, dt_util.get_default_time_zone()
        if clock := reading.sent_at:
            if not any(quantity.is_register for quantity in values) or clock.local.minute:
                self._dialect = clock.dialect(received, zone)
            moment = clock.moment(received, zone, self._dialect)
            if Quantity.POWER_IMPORT in values:
                self.clock_offset = moment - received
                self.doubts.check_clock(self.clock_offset)
        scaled = {quantity: self.scaled(quantity, value) for quantity, value in values.items()}
        finished = self.memory.hours.update(scaled, received, moment)
        self._statistics.take(finished)
        for hour in finished:
            if hour.origin is Origin.MIXED:
                energy = {f"{register.key}_kwh": round(value / 1000, 3) for register, value in hour.energy.items()}
                self.happenings.tell(Happening.HOUR_ESTIMATED, start=hour.start.isoformat(), **energy)
        if self.capacity:
            self.capacity.take(finished, received)
        if finished:
            self.memory.save_soon(hours=True)
        else:
            self.memory.save_now_and_then()

    def _without_backward_steps(self, values: dict[Quantity, float]) -> dict[Quantity, float]:
        """Leave out a register that is less than it was: a meter's total only grows, or the meter is another one."""
        registers = [quantity for quantity in values if quantity.is_register]
        fallen = [quantity for quantity in registers if values[quantity] < self.data.get(quantity, 0.0)]
        for quantity in fallen:
            LOGGER.debug("%s: %s is less than it was, and is not shown", self._entry.title, quantity.key)
            del values[quantity]
            self._counts["stepped_back"] += 1
        if registers:
            self.doubts.check_registers(fell=bool(fallen))
        return values

    # --- what is known -----------------------------------------------------------------------------------------

    @property
    def data(self) -> Mapping[Quantity, float]:
        """The latest value of each quantity at the meter's terminals."""
        return self.memory.values

    @property
    def net(self) -> SupplySystem | None:
        """The net it stands in, as the user says or as its readings do; None if neither does."""
        return self._chosen_net or self._net.found

    def holds(self, quantity: Quantity) -> bool:
        """Tell whether there is a value of a quantity that is fresh enough to be shown."""
        return quantity in self.data and self.memory.freshness.is_fresh(quantity, self._clock())

    @property
    def live(self) -> dict[Quantity, float]:
        """All fresh momentary values, in front of the transformers."""
        fresh = (quantity for quantity in self.data if not quantity.is_register and self.holds(quantity))
        return {quantity: self.scaled(quantity, self.data[quantity]) for quantity in fresh}

    def look(self) -> bool:
        """Look whether what is reckoned with is too old now; return whether that changes anything."""
        if self.protection is None or any(self.holds(current) for current in CURRENTS):
            return False
        return self.protection.forget()

    def scaled(self, quantity: Quantity, value: float) -> float:
        """Return a value at the meter's terminals as it is in front of the transformers."""
        factor = self.ratios.of(quantity)
        return value if factor == 1 else round(value * factor, 6)  # no digits that only binary fractions bring

    def value(self, quantity: Quantity) -> float | None:
        """Return the latest value of a quantity in its unit, behind the ratios; None if there is no fresh one."""
        return self.scaled(quantity, self.data[quantity]) if self.holds(quantity) else None

    def voltage_mean(self, voltage: Quantity) -> float | None:
        """Return the mean voltage of the last minute; None if too little of it is known."""
        mean = self._voltage.mean(voltage)
        return None if mean is None else self.scaled(voltage, mean)

    def trouble(self, trouble: Trouble) -> dict[str, Any] | None:
        """Return what is wrong with the voltages, and since when, as attributes tell it; None if that is not so."""
        if (found := self._voltage.found.get(trouble)) is None:
            return None
        return {
            "phases": [f"l{phase}" for phase in found.phases],
            "values": {f"l{phase}": round(volts, 1) for phase, volts in found.values.items()},
            "reason": found.reason,
            "since": self._since[trouble],
        }

    def total(self, register: Quantity) -> float | None:
        """Return what a register would be by the last reading (Wh, in front of the transformers)."""
        total = self.memory.hours.totals[register].at(dt_util.utcnow() if self.looks_ahead else None)
        return None if total is None else round(total)

    @property
    def last_hour(self) -> FinishedHour | None:
        """The hour that has ended last, as long as it is not long ago."""
        newest = next(reversed(self.memory.hours.finished.values()), None)
        return newest if newest and dt_util.utcnow() - newest.start <= LAST_HOUR_FOR else None
