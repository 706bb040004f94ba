"""What looks wrong with a meter or its line: what a user should know of, or decide.

Each method takes what is new and returns what has been found, present or gone. What is done about it, such as an issue
in Home Assistant's repairs, is not known here. Times are seconds of one clock that never steps.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from ..decoder.quantities import Quantity, Unit
from .freshness import LIVE_FOR
from .health import Health
from .ratio_check import RatioCheck
from .ratios import Ratios, mains_at_terminals
from .register_check import Suspects
from .scale import ScaleCheck, fits
from .supply_system import SupplySystem

NO_DATA_AFTER = 600.0
"""Seconds without a message, or with messages of which none can be read."""
DAMAGED_FROM, DAMAGED_TO = 10.0, 5.0
"""Per cent of damaged messages above which there are too many, and to which they must fall again."""
MIN_SILENCES = 3
"""How many silences in an hour make a line intermittent, if they are also too large a part of it."""
SILENT_FROM, SILENT_TO = 10.0, 5.0
"""Per cent of an hour above which its silences are too large a part of it, and to which they must fall again."""
MAX_CLOCK_OFFSET = timedelta(minutes=5)
MIN_CLOCKS_OFF = 3
"""How many lists in a row must have a clock that is farther off: a single one may be an old list, sent again."""
MAX_CORRECTION = 1000.0
"""Largest correction offered, up or down (×1000 or ÷1000): no meter is off by more."""


class Symptom(StrEnum):
    """What can look wrong. The values are keys of the texts that a user reads."""

    REGISTERS_FELL = "registers_fell"
    REGISTER_JUMPED = "register_jumped"
    CURRENT_SCALE = "current_scale"
    ENERGY_SCALE = "energy_scale"
    NO_DATA = "no_data"
    NOT_UNDERSTOOD = "not_understood"
    DAMAGED = "damaged"
    REWRITTEN = "rewritten"
    INTERMITTENT = "intermittent"
    CLOCK_OFF = "clock_off"
    RATIO_SUSPECT = "ratio_suspect"
    NO_VOLTAGE_TRANSFORMER = "no_voltage_transformer"


class Finding(NamedTuple):
    """That a symptom is there, or not any more."""

    symptom: Symptom
    is_present: bool
    texts: Mapping[str, str] = MappingProxyType({})
    """Figures for the text that a user reads, by their names in it."""
    data: Mapping[str, str] = MappingProxyType({})
    """What is needed to do what the user is asked for."""


_SCALE_OF: Mapping[Unit, Symptom] = MappingProxyType(
    {Unit.AMPERE: Symptom.CURRENT_SCALE, Unit.WATT_HOUR: Symptom.ENERGY_SCALE}
)


class Symptoms:
    """Looks for what is wrong with one meter and its line."""

    def __init__(self, present: Collection[str] = ()) -> None:
        """Begin with the symptoms that were present before: some need a lower limit to go than to come."""
        self._present = set(present)
        self._scale = ScaleCheck()
        self._ratio = RatioCheck()
        self._clocks_off = 0
        self._clock_offset = timedelta()

    def update_scale(
        self, values: Mapping[Quantity, float], corrections: Mapping[Unit, int], ratios: Ratios, now: float
    ) -> list[Finding]:
        """Update with the secondary values of a reading; return the scales and the ratio that physics contradicts.

        `corrections` are the powers of ten by which values have been corrected before they come here. A factor that
        could also be the ratio of the current transformers is not reported: the scale may be right.
        """
        self._scale.update(ratios.secondary(values), now)
        found = []
        for unit, factor in self._scale.contradictions.items():
            if unit is Unit.AMPERE and fits(factor, ratios.current):
                continue
            correction = 10.0 ** corrections[unit] * factor
            if 1 / MAX_CORRECTION <= correction <= MAX_CORRECTION:
                texts, data = {"factor": f"{factor:g}"}, {"factor": f"{correction:g}"}
                found.append(Finding(_SCALE_OF[unit], is_present=True, texts=texts, data=data))
        if ratios.voltage > 1 and (mains := mains_at_terminals(values)):
            texts = {"voltage": f"{mains:.0f}", "factor": f"{ratios.voltage:g}"}
            found.append(Finding(Symptom.NO_VOLTAGE_TRANSFORMER, is_present=True, texts=texts))
        return found

    def update_ratio(self, values: Mapping[Quantity, float], system: SupplySystem | None, now: float) -> list[Finding]:
        """Update with the primary values of a second; return whether the ratio is applied to only a part of them."""
        self._ratio.update(values, system, now)
        factor = self._ratio.suspected
        return [Finding(Symptom.RATIO_SUSPECT, factor is not None, {"factor": str(factor)})]

    def update_registers(self, suspects: Suspects, *, is_asked: bool, kwh: float) -> list[Finding]:
        """Update with what is not believed of a list with registers; return whether somebody has to decide.

        `is_asked`: whether it has been so for long enough; `kwh`: by how much one of them has risen at most.
        """
        if suspects.all and not is_asked:
            return []
        texts = {"energy": f"{kwh:.1f}"}
        return [
            Finding(Symptom.REGISTERS_FELL, is_present=bool(suspects.fallen)),
            Finding(Symptom.REGISTER_JUMPED, is_present=bool(suspects.jumped), texts=texts),
        ]

    def update_clock(self, offset: timedelta) -> None:
        """Update with how far the meter's clock is ahead of ours. `update_line` says what follows from it."""
        self._clocks_off = self._clocks_off + 1 if abs(offset) > MAX_CLOCK_OFFSET else 0
        self._clock_offset = offset

    def update_line(self, health: Health, now: float, read_at: float) -> list[Finding]:
        """Return what is to be said of a line at a second, and of the meter's clock.

        `read_at` is when a message was last decoded, or would have been if there were a key for it.
        """
        rate = health.error_rate(now) or 0.0
        silences, share = health.silences(now)
        is_intermittent = silences >= MIN_SILENCES and share > self._limit(Symptom.INTERMITTENT, SILENT_FROM, SILENT_TO)
        minutes = round(self._clock_offset.total_seconds() / 60)
        is_rewritten = health.is_rewritten(now)  # then neither cable nor supply is to blame
        not_understood = now - read_at >= NO_DATA_AFTER and now - health.whole_at < LIVE_FOR
        found = [
            Finding(Symptom.NO_DATA, health.silent_for(now) >= NO_DATA_AFTER),
            Finding(Symptom.NOT_UNDERSTOOD, not_understood),
            Finding(Symptom.REWRITTEN, is_rewritten),
            Finding(
                Symptom.DAMAGED,
                not is_rewritten and rate > self._limit(Symptom.DAMAGED, DAMAGED_FROM, DAMAGED_TO),
                {"rate": f"{rate:.0f}"},
            ),
            Finding(Symptom.INTERMITTENT, is_intermittent, {"silences": str(silences), "share": f"{share:.0f}"}),
            Finding(Symptom.CLOCK_OFF, self._clocks_off >= MIN_CLOCKS_OFF, {"minutes": f"{minutes:+}"}),
        ]
        self._present = {finding.symptom for finding in found if finding.is_present}
        return found

    def _limit(self, symptom: Symptom, begins: float, ends: float) -> float:
        """Return the limit that holds now: a lower one once it has been exceeded, else it would come and go."""
        return ends if symptom in self._present else begins
