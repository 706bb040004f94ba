"""Repair issues of one meter and its line: created once, deleted when the cause is gone.

Some only the user can decide, in `repairs`; the others say what to look at. What is wrong is found by
`analysis.symptoms`, or reported by the coordinator.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..analysis.health import Health
from ..analysis.ratios import Ratios
from ..analysis.register_check import Suspects
from ..analysis.supply_system import SupplySystem
from ..analysis.symptoms import Finding, Symptom, Symptoms
from ..const import DOMAIN, MANUAL
from ..decoder import Quantity, Unit


class Issue(StrEnum):
    """An issue. The values are the keys of its texts. Each symptom is one; the others are reported."""

    ANOTHER_METER = "another_meter"
    REGISTERS_FELL = Symptom.REGISTERS_FELL
    REGISTER_JUMPED = Symptom.REGISTER_JUMPED
    CURRENT_SCALE = Symptom.CURRENT_SCALE
    ENERGY_SCALE = Symptom.ENERGY_SCALE
    NO_DATA = Symptom.NO_DATA
    NOT_UNDERSTOOD = Symptom.NOT_UNDERSTOOD
    DAMAGED = Symptom.DAMAGED
    REWRITTEN = Symptom.REWRITTEN
    INTERMITTENT = Symptom.INTERMITTENT
    CLOCK_OFF = Symptom.CLOCK_OFF
    PORT_HELD = "port_held"
    STILL_AT_WORK = "still_at_work"
    NEUTRAL_FAULT = "neutral_fault"
    RATIO_SUSPECT = Symptom.RATIO_SUSPECT
    NO_VOLTAGE_TRANSFORMER = Symptom.NO_VOLTAGE_TRANSFORMER


FIXABLE = (
    Issue.ANOTHER_METER,
    Issue.REGISTERS_FELL,
    Issue.REGISTER_JUMPED,
    Issue.CURRENT_SCALE,
    Issue.ENERGY_SCALE,
)


class Issues:
    """The issues of one meter and its line."""

    def __init__(self, hass: HomeAssistant, meter_id: str, title: str) -> None:
        """Begin with those that are still there, e.g. from an attempt that could not open the line."""
        self._hass, self._meter_id, self._title = hass, meter_id, title
        registry = ir.async_get(hass)
        found = {issue: registry.async_get_issue(DOMAIN, self._id(issue)) for issue in Issue}
        # Over a restart Home Assistant only keeps that there was an issue, and whether it is ignored; it is not shown.
        self._raised = {issue for issue, each in found.items() if each and each.active and not each.dismissed_version}
        self._symptoms = Symptoms(self._raised)

    def raise_(self, issue: Issue, data: Mapping[str, Any] | None = None, **texts: str) -> None:
        """Create an issue, once. `data`: what the repair needs when the user agrees; `texts`: figures for its text."""
        if issue in self._raised:
            return
        self._raised.add(issue)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._id(issue),
            data={"entry_id": self._meter_id, "issue": issue.value, **(data or {})},
            is_fixable=issue in FIXABLE,
            learn_more_url=None if issue in FIXABLE else f"{MANUAL}#trouble",
            severity=ir.IssueSeverity.CRITICAL if issue is Issue.NEUTRAL_FAULT else ir.IssueSeverity.WARNING,
            translation_key=issue,
            translation_placeholders={"name": self._title, **texts},
        )

    def settle(self, *issues: Issue) -> None:
        """Delete issues whose cause is gone."""
        for issue in self._raised.intersection(issues):
            self._raised.remove(issue)
            ir.async_delete_issue(self._hass, DOMAIN, self._id(issue))

    def withdraw(self) -> None:
        """Delete the issues for now. Those that the user ignores stay, so that they are still ignored later."""
        registry = ir.async_get(self._hass)
        found = {issue: registry.async_get_issue(DOMAIN, self._id(issue)) for issue in self._raised}
        self.settle(*(issue for issue, each in found.items() if not (each and each.dismissed_version)))

    def forget(self) -> None:
        """Delete all issues, those that are ignored too."""
        for issue in Issue:
            ir.async_delete_issue(self._hass, DOMAIN, self._id(issue))

    def check_scale(
        self, values: Mapping[Quantity, float], corrections: Mapping[Unit, int], ratios: Ratios, now: float
    ) -> None:
        """Check scale and voltage ratio by the secondary values of a reading that was heard at `now` (loop seconds)."""
        self._follow(self._symptoms.update_scale(values, corrections, ratios, now))

    def check_ratio(self, values: Mapping[Quantity, float], system: SupplySystem | None, now: float) -> None:
        """Check whether all primary values count the CT ratio, at `now` (loop seconds)."""
        self._follow(self._symptoms.update_ratio(values, system, now))

    def check_registers(self, suspects: Suspects, *, is_asked: bool, kwh: float) -> None:
        """Check what is not believed of a list with registers; a wrong scale is asked about as such."""
        if Issue.ENERGY_SCALE in self._raised:
            suspects = suspects._replace(jumped=frozenset())
        self._follow(self._symptoms.update_registers(suspects, is_asked=is_asked, kwh=kwh))

    def check_clock(self, offset: timedelta) -> None:
        """Note how far the meter's clock is ahead of ours; `look` acts on it."""
        self._symptoms.update_clock(offset)

    def look(self, health: Health, now: float, read_at: float) -> None:
        """Check the health of a line at `now` (loop seconds).

        `read_at` is when a message was last decoded, or would have been if there were a key for it.
        """
        self._follow(self._symptoms.update_line(health, now, read_at))

    def _follow(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            issue = Issue(finding.symptom)
            if finding.is_present:
                self.raise_(issue, finding.data, **finding.texts)
            else:
                self.settle(issue)

    def _id(self, issue: Issue) -> str:
        return f"{issue}_{self._meter_id}"
