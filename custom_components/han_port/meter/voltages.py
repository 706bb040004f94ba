"""The supply voltage of one meter: what is wrong with it, since when, and what is reported of it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..analysis.supply_system import SupplySystem
from ..analysis.voltage import Change, Limits, Trouble, VoltageWatch
from ..decoder import Moment, Quantity
from .events import MeterEvent, MeterEvents
from .issues import Issue, Issues


class Voltages:
    """The voltages of one meter, secondary, as they are watched."""

    def __init__(self, limits: Limits, events: MeterEvents, issues: Issues) -> None:
        """Take the limits of a mean, and where to report what passes them."""
        self._watch = VoltageWatch(limits)
        self._events, self._issues = events, issues
        self._since: dict[Trouble, datetime] = {}

    def update(
        self, values: Mapping[Quantity, float], at: Moment, net: SupplySystem | None, measured: Collection[Quantity]
    ) -> None:
        """Update with the values of a reading, the supply system, and all that the meter measures."""
        for change in self._watch.update(values, at.loop, net, measured):
            since = at.utc - timedelta(seconds=at.loop - change.found.since)
            self._since[change.trouble] = since.replace(microsecond=0)
            if change.trouble is Trouble.NEUTRAL_FAULT:
                self._report_neutral_fault(change)
            about = {f"l{phase}": round(volts, 1) for phase, volts in change.found.values.items()}
            if change.began:
                self._events.report(MeterEvent(change.trouble.value), reason=change.found.reason, **about)
            elif not self._lost.issuperset(change.found.phases):  # which takes the place of an undervoltage
                self._events.report(MeterEvent.VOLTAGE_RESTORED, after=change.trouble.value, **about)

    @property
    def _lost(self) -> set[int]:
        """The phases that are lost now."""
        loss = self._watch.found.get(Trouble.PHASE_LOSS)
        return set(loss.phases) if loss else set()

    def _report_neutral_fault(self, change: Change) -> None:
        """Raise or settle the issue too: it is dangerous, and there may be no automation for the event."""
        if change.began:
            volts = ", ".join(f"L{phase} {volts:.0f} V" for phase, volts in change.found.values.items())
            self._issues.raise_(Issue.NEUTRAL_FAULT, voltages=volts)
        else:
            self._issues.settle(Issue.NEUTRAL_FAULT)

    def mean(self, voltage: Quantity) -> float | None:
        """Return the mean of a voltage over the last minute (V, secondary); None if too little of it is known."""
        return self._watch.mean(voltage)

    def trouble(self, trouble: Trouble) -> dict[str, Any] | None:
        """Return what is wrong with the voltages, and since when, as attributes say it; None if nothing is."""
        if (found := self._watch.found.get(trouble)) is None:
            return None
        return {
            "phases": [f"l{phase}" for phase in found.phases],
            "values": {f"l{phase}": round(volts, 1) for phase, volts in found.values.items()},
            "reason": found.reason,
            "since": self._since[trouble],
        }
