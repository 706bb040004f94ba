"""The main fuse of a house: the headroom of each line, overloads, and the current a car may charge with.

Combines the present line currents with the fuse and the charger that the user has entered. Without a fuse there is
none of this.
"""

from collections.abc import Mapping
from datetime import timedelta
import math
from typing import Any

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.util.unit_conversion import ElectricCurrentConverter, PowerConverter

from ..analysis.charge_control import ChargeControl
from ..analysis.charging import ESTIMATE_FACTOR, MIN_CHARGING_CURRENT, ChargerSettings, Wiring
from ..analysis.electricity import current_l2
from ..analysis.freshness import MAX_LIVE_FOR
from ..analysis.fuse import LINES, VOLTAGES, Guard, Overload, available_power, line_currents, utilisation
from ..analysis.power import exports
from ..analysis.supply_system import SupplySystem
from ..const import (
    CONF_CHARGER,
    CONF_CHARGER_ENTITY,
    CONF_FAIL_SAFE,
    CONF_KEEP_BUDGET,
    CONF_MAIN_FUSE,
    CONF_MARGIN,
    CONF_MAX_CURRENT,
    CONF_USE_ESTIMATE,
    CONF_WIRING,
)
from ..decoder import Moment, Quantity
from .events import MeterEvent, MeterEvents

MAX_WORD_AGE = timedelta(minutes=20)
"""What a charger said of itself longer ago counts no more: its cloud may have lost it."""

type Values = Mapping[Quantity, float]


def charger_settings_of(options: Mapping[str, Any]) -> ChargerSettings:
    """Return what the options say of the charger, in A.

    The fail-safe current is limited to the charger's maximum and the main fuse.
    """
    entered, usual = options.get(CONF_CHARGER, {}), ChargerSettings()
    maximum = int(entered.get(CONF_MAX_CURRENT, usual.maximum))
    fail_safe = min(int(entered.get(CONF_FAIL_SAFE, usual.fail_safe)), maximum, int(options[CONF_MAIN_FUSE]))
    return ChargerSettings(
        Wiring(entered.get(CONF_WIRING, usual.wiring)),
        maximum,
        float(entered.get(CONF_MARGIN, usual.margin)),
        fail_safe if fail_safe >= MIN_CHARGING_CURRENT else 0,
    )


class Protection:
    """The main fuse of one meter's house."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any], events: MeterEvents) -> None:
        """Take the options of an entry that has a fuse."""
        charger = options.get(CONF_CHARGER, {})
        self.fuse = float(options[CONF_MAIN_FUSE])
        self.charging = ChargeControl(charger_settings_of(options), self.fuse)
        self.currents: dict[int, float] = {}
        """Line -> A, negative where it exports; empty while nothing is known."""
        self._guard = Guard(self.fuse)
        self._reported: Overload | None = None
        """The overload that was reported, until its end is."""
        self._seen_until = 0.0
        """Loop seconds up to which it is known to have lasted."""
        self._voltages: dict[int, float] = {}
        self._net: SupplySystem | None = None
        self._hass, self._events = hass, events
        self._charger_entity: str | None = charger.get(CONF_CHARGER_ENTITY)
        self._keeps_budget = bool(charger.get(CONF_KEEP_BUDGET))
        self._uses_estimate = bool(options.get(CONF_USE_ESTIMATE))

    # --- readings ----------------------------------------------------------------------------------------------

    def update(self, values: Values, net: SupplySystem | None, spare_watts: float | None, at: Moment) -> None:
        """Update with the fresh primary values as of a moment.

        `spare_watts`: by how much (W) the power may rise by the tariff; None without a limit.
        """
        currents = line_currents(values, net)
        if self._uses_estimate and (estimate := current_l2(values, net)):
            # With solar cells on one phase either of the two candidates may be right.
            current = max(estimate.candidates) if exports(values) else estimate.value
            currents[2] = min(current * ESTIMATE_FACTOR, estimate.upper)
        if not currents:
            self.forget(at)
            return
        self.currents, self._net = currents, net
        self._voltages = {line: values[voltage] for line, voltage in VOLTAGES.items() if values.get(voltage)}
        self._guard.update(currents, at.loop)
        self._report_overload(at.loop)
        self._witness(at)
        tariff = None
        if self._keeps_budget and spare_watts is not None:
            tariff = spare_watts / self.charging.settings.wiring.watts_per_ampere(net)
        self.charging.update(currents, at.loop, tariff)

    def forget(self, at: Moment) -> bool:
        """Drop currents that have gone stale; return whether there were any."""
        known, self.currents = bool(self.currents), {}
        self._guard.forget()
        self.charging.fail(at.loop)
        return known

    def _report_overload(self, at: float) -> None:
        """Report that an overload begins or ends.

        One that a silence cut short ends with a reading that is not above the fuse. After a long silence, a current
        above the fuse is another overload.
        """
        now, before = self._guard.overload, self._reported
        if now and not before:
            self._events.report(MeterEvent.OVERLOAD, phase=f"L{now.line}", excess=round(now.excess, 1))
        elif before and not now:
            if utilisation(self.currents, self.fuse) > 100 and at - self._seen_until <= MAX_LIVE_FOR:  # noqa: PLR2004 - %
                return
            self._events.report(MeterEvent.OVERLOAD_ENDED, phase=f"L{before.line}", seconds=round(before.seconds))
        self._reported, self._seen_until = now, at

    def _witness(self, at: Moment) -> None:
        """Let the charger's entity be heard, if it has said something in the last minutes: a current or a power."""
        state = self._hass.states.get(self._charger_entity) if self._charger_entity else None
        if state is None or at.utc - state.last_reported > MAX_WORD_AGE:
            return
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        try:
            value = abs(float(state.state))
        except ValueError:
            return
        if not math.isfinite(value):
            return
        if unit in PowerConverter.VALID_UNITS:
            watts = PowerConverter.convert(value, unit, UnitOfPower.WATT)
            self.charging.witness(watts, at.loop, self._net, is_power=True)
        elif unit in ElectricCurrentConverter.VALID_UNITS:
            amperes = ElectricCurrentConverter.convert(value, unit, UnitOfElectricCurrent.AMPERE)
            self.charging.witness(amperes, at.loop, self._net, is_power=False)

    # --- results -----------------------------------------------------------------------------------------------

    @property
    def _lines(self) -> tuple[int, ...]:
        return LINES[:1] if self._net is SupplySystem.ONE_PHASE else LINES

    @property
    def headrooms(self) -> dict[int, float]:
        """Headroom: line -> A; more than the fuse where it exports."""
        return {line: round(self.fuse - current, 3) for line, current in self.currents.items()}

    @property
    def watches(self) -> dict[str, list[str]]:
        """Attributes: the lines that are watched, and those whose current is not measured."""
        return {
            "watched": [f"l{line}" for line in self.currents],
            "unmeasured": [f"l{line}" for line in self._lines if line not in self.currents],
        }

    @property
    def utilisation(self) -> float | None:
        """Current of the most loaded line, in per cent of the fuse."""
        return utilisation(self.currents, self.fuse) if self.currents else None

    @property
    def available_power(self) -> float | None:
        """By how much (W) the house may draw more."""
        return available_power(self.headrooms, self._voltages, self._net) if self.currents else None

    @property
    def maximum_power(self) -> float:
        """The power (W) that the fuse allows in all."""
        return available_power(dict.fromkeys(self._lines, self.fuse), {}, self._net)

    @property
    def overload(self) -> Overload | None:
        """The overload, if there is one."""
        return self._guard.overload

    @property
    def is_near(self) -> bool:
        """Whether a line is near its limit."""
        return self._guard.is_near

    @property
    def may_charge(self) -> bool:
        """Whether there is enough for the minimum that a car charges with."""
        return self.charging.recommended.amperes >= MIN_CHARGING_CURRENT
