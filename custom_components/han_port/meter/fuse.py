"""The main fuse of a house: the headroom of each line, and overloads. The chargers follow from it.

Combines the present line currents with the fuse that the user has entered. Without a fuse there is none of this.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant

from ..analysis.charging import ESTIMATE_FACTOR, Allowance, Situation, bounds_of_unmeasured
from ..analysis.electricity import current_l2
from ..analysis.freshness import MAX_LIVE_FOR
from ..analysis.fuse import (
    AVAILABLE_DURING_OVERLOAD,
    LINES,
    VOLTAGES,
    Guard,
    Overload,
    available_power,
    line_currents,
    utilisation,
)
from ..analysis.power import exports, signed
from ..analysis.supply_system import SupplySystem
from ..const import CONF_CHARGER, CONF_KEEP_BUDGET, CONF_MAIN_FUSE, CONF_USE_ESTIMATE
from ..decoder import Moment, Quantity
from .chargers import Chargers
from .events import MeterEvent, MeterEvents

type Values = Mapping[Quantity, float]


class Protection:
    """The main fuse of one meter's house."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any], events: MeterEvents) -> None:
        """Take the options of an entry that has a fuse."""
        self.fuse = float(options[CONF_MAIN_FUSE])
        self.chargers = Chargers(hass, options, events)
        self.currents: dict[int, float] = {}
        """Line -> A, negative where it exports; empty while nothing is known."""
        self._guard = Guard(self.fuse)
        self._reported: Overload | None = None
        """The overload that was reported, until its end is."""
        self._seen_until = 0.0
        """Loop seconds up to which it is known to have lasted."""
        self._voltages: dict[int, float] = {}
        self._net: SupplySystem | None = None
        self._events = events
        self._keeps_budget = bool(options.get(CONF_CHARGER, {}).get(CONF_KEEP_BUDGET))
        self._uses_estimate = bool(options.get(CONF_USE_ESTIMATE))

    # --- readings ----------------------------------------------------------------------------------------------

    def update(self, values: Values, net: SupplySystem | None, spare: Allowance | None, at: Moment) -> None:
        """Update with the fresh primary values as of a moment.

        `spare`: by how much the power may rise by the tariff; None without a limit.
        """
        measured = line_currents(values, net)
        if not measured:
            self.forget(at)
            return
        self._net = net
        self.currents = measured | (_estimated_l2(values, net) if self._uses_estimate else {})
        self._voltages = {line: values[voltage] for line, voltage in VOLTAGES.items() if values.get(voltage)}
        self._guard.update(self.currents, at.loop)
        self._report_overload(at.loop)
        allowances = (spare,) if self._keeps_budget and spare else ()
        power = signed(values.get(Quantity.POWER_IMPORT), values.get(Quantity.POWER_EXPORT))
        bounds = bounds_of_unmeasured(values, measured, net)
        self.chargers.update(Situation(measured, at.loop, bounds, net, allowances, power), at)

    def forget(self, at: Moment) -> bool:
        """Drop currents that have gone stale; return whether there were any."""
        known, self.currents = bool(self.currents), {}
        self._guard.forget()
        self.chargers.fail(at)
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
        """By how much (W) the house may draw more; negative while a line is above the fuse or an overload lasts."""
        if not self.currents:
            return None
        power = available_power(self.headrooms, self._voltages, self._net)
        return min(power, AVAILABLE_DURING_OVERLOAD) if self.overload else power

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


def _estimated_l2(values: Values, net: SupplySystem | None) -> dict[int, float]:
    """Return the current (A) of an L2 that is not measured, if it can be estimated."""
    if (estimate := current_l2(values, net)) is None:
        return {}
    # With solar cells on one phase either of the two candidates may be right.
    current = max(estimate.candidates) if exports(values) else estimate.value
    return {2: min(current * ESTIMATE_FACTOR, estimate.upper)}
