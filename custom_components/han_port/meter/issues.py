"""What is doubted about a meter or its line: raised as a repair once, and taken back when it has settled itself.

Some of it only the user can decide, and he does it in `repairs`; the rest tells him what to look at.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..analysis.freshness import LIVE_FOR
from ..analysis.health import Health
from ..analysis.ratios import RatioCheck, Ratios
from ..analysis.scale import ScaleCheck, fits
from ..analysis.supply_system import SupplySystem
from ..const import DOMAIN, MANUAL
from ..decoder import Quantity, Unit

NO_DATA_AFTER = 600.0
"""Seconds without a message."""
DAMAGED_FROM, DAMAGED_TO = 10.0, 5.0
"""Per cent of damaged messages at which the user is told, and at which he is no longer."""
SILENCES, SILENT_FROM, SILENT_TO = 3, 10.0, 5.0
"""The same for the per cent of an hour that so many silences or more take."""
CLOCK_OFF_BY, CLOCK_OFF_TIMES = timedelta(minutes=5), 3
GREATEST_FACTOR = 1000.0
"""By which what a meter tells may be corrected, or by one that is so small."""
FALLEN = 3
"""Lists in a row with a register that is less than it was before the user is asked whether the meter is another one."""


class Issue(StrEnum):
    """What may be doubted. The values are the keys of the repairs' texts."""

    ANOTHER_METER = "another_meter"
    REGISTERS_FELL = "registers_fell"
    CURRENT_SCALE = "current_scale"
    ENERGY_SCALE = "energy_scale"
    NO_DATA = "no_data"
    NOT_UNDERSTOOD = "not_understood"
    DAMAGED = "damaged"
    INTERMITTENT = "intermittent"
    CLOCK_OFF = "clock_off"
    PORT_HELD = "port_held"
    STILL_AT_WORK = "still_at_work"
    NEUTRAL_FAULT = "neutral_fault"
    RATIO_SUSPECT = "ratio_suspect"


FIXABLE = (Issue.ANOTHER_METER, Issue.REGISTERS_FELL, Issue.CURRENT_SCALE, Issue.ENERGY_SCALE)
OF_UNIT = {Unit.AMPERE: Issue.CURRENT_SCALE, Unit.WATT_HOUR: Issue.ENERGY_SCALE}


class Issues:
    """The doubts about the meter of one entry, and its line."""

    def __init__(self, hass: HomeAssistant, meter_id: str, title: str) -> None:
        """Begin with what is still doubted."""
        self._hass, self._meter_id, self._title = hass, meter_id, title
        registry = ir.async_get(hass)  # a doubt may be left from an attempt that could not open the line
        issues = {doubt: registry.async_get_issue(DOMAIN, self._id(doubt)) for doubt in Issue}
        # Over a restart only that there was an issue is kept, and whether it is ignored; it is not shown.
        self._raised = {doubt for doubt, each in issues.items() if each and each.active and not each.dismissed_version}
        self._scale = ScaleCheck()
        self._ratio = RatioCheck()
        self._fallen = self._clock_off = 0
        self._clock_offset = timedelta()

    def raise_(self, doubt: Issue, data: Mapping[str, Any] | None = None, **texts: str) -> None:
        """Tell the user, once. `data` is what the repair needs when he agrees, `texts` what he is told."""
        if doubt in self._raised:
            return
        self._raised.add(doubt)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._id(doubt),
            data={"entry_id": self._meter_id, "doubt": doubt.value, **(data or {})},
            is_fixable=doubt in FIXABLE,
            learn_more_url=None if doubt in FIXABLE else f"{MANUAL}#trouble",
            severity=ir.IssueSeverity.CRITICAL if doubt is Issue.NEUTRAL_FAULT else ir.IssueSeverity.WARNING,
            translation_key=doubt,
            translation_placeholders={"name": self._title, **texts},
        )

    def settle(self, *doubts: Issue) -> None:
        """Take back what is no longer doubted."""
        for doubt in self._raised.intersection(doubts):
            self._raised.remove(doubt)
            ir.async_delete_issue(self._hass, DOMAIN, self._id(doubt))

    def withdraw(self) -> None:
        """Tell nothing more for now; what the user has ignored stays so if it is still doubted later."""
        registry = ir.async_get(self._hass)
        issues = {doubt: registry.async_get_issue(DOMAIN, self._id(doubt)) for doubt in self._raised}
        self.settle(*(doubt for doubt, issue in issues.items() if not (issue and issue.dismissed_version)))

    def forget(self) -> None:
        """Take back everything, and what is ignored too."""
        for doubt in Issue:
            ir.async_delete_issue(self._hass, DOMAIN, self._id(doubt))

    def check_scale(
        self, values: Mapping[Quantity, float], corrections: Mapping[Unit, int], ratios: Ratios, now: float
    ) -> None:
        """Take a reading; ask the user when physics contradicts the scale of values that do not carry their own.

        What fits the ratio of current transformers as well may be no matter of scale: about that he is not asked.
        """
        self._scale.update(ratios.at_terminals(values), now)
        for unit, factor in self._scale.contradictions.items():
            if unit is Unit.AMPERE and fits(factor, ratios.current):
                continue
            in_all = 10.0 ** corrections[unit] * factor
            if not 1 / GREATEST_FACTOR <= in_all <= GREATEST_FACTOR:
                continue  # no meter is off by so much
            self.raise_(OF_UNIT[unit], {"factor": f"{in_all:g}"}, factor=f"{factor:g}")

    def check_ratio(self, values: Mapping[Quantity, float], net: SupplySystem | None, now: float) -> None:
        """Take a reading in front of the transformers; tell the user when only a part of it counts their ratio."""
        self._ratio.update(values, net, now)
        factor = self._ratio.suspected
        self._hold(Issue.RATIO_SUSPECT, factor is not None, factor=str(factor))

    def check_registers(self, *, fell: bool) -> None:
        """Take note of a list with registers; ask the user when they stay lower than they were."""
        self._fallen = self._fallen + 1 if fell else 0
        if self._fallen >= FALLEN:
            self.raise_(Issue.REGISTERS_FELL)
        elif not self._fallen:
            self.settle(Issue.REGISTERS_FELL)

    def check_clock(self, offset: timedelta) -> None:
        """Take note of how far the meter's clock is ahead of ours. A single list may be an old one."""
        self._clock_off = self._clock_off + 1 if abs(offset) > CLOCK_OFF_BY else 0
        self._clock_offset = offset

    def look(self, health: Health, now: float, read_at: float) -> None:
        """Look at a line's health at a second; raise what has begun and take back what is over.

        `read_at` is when a message last told something, or might if there were a key for it.
        """
        self._hold(Issue.NO_DATA, health.silent_for(now) >= NO_DATA_AFTER)
        self._hold(Issue.NOT_UNDERSTOOD, now - read_at >= NO_DATA_AFTER and now - health.whole_at < LIVE_FOR)
        rate = health.error_rate(now) or 0.0
        most = DAMAGED_TO if Issue.DAMAGED in self._raised else DAMAGED_FROM
        self._hold(Issue.DAMAGED, rate > most, rate=f"{rate:.0f}")
        silences, share = health.silences(now)
        most = SILENT_TO if Issue.INTERMITTENT in self._raised else SILENT_FROM
        is_intermittent = silences >= SILENCES and share > most
        self._hold(Issue.INTERMITTENT, is_intermittent, silences=str(silences), share=f"{share:.0f}")
        minutes = round(self._clock_offset.total_seconds() / 60)
        self._hold(Issue.CLOCK_OFF, self._clock_off >= CLOCK_OFF_TIMES, minutes=f"{minutes:+}")

    def _hold(self, doubt: Issue, is_so: bool, **texts: str) -> None:  # noqa: FBT001 - read as "hold that it is so"
        if is_so:
            self.raise_(doubt, None, **texts)
        else:
            self.settle(doubt)

    def _id(self, doubt: Issue) -> str:
        return f"{doubt}_{self._meter_id}"
