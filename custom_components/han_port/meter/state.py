"""What is known of one meter now: the latest value of each quantity, when it was heard, and the hours.

Values are secondary, as the meter sent them, in the unit of their quantity: a ratio that is changed later applies to
them as it does to new ones.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import Enum, auto
import math
from typing import Any

from ..analysis.freshness import Freshness
from ..analysis.fuse import CURRENTS
from ..analysis.hour import Hours
from ..analysis.ratios import Ratios
from ..analysis.register_check import RegisterCheck
from ..analysis.stored import finite, moment
from ..decoder import Moment
from ..decoder.quantities import BY_KEY, Quantity, Unit


class Topic(Enum):
    """What else than a quantity may be new after a reading."""

    READING = auto()
    """That there was one."""
    IDENTITY = auto()
    """Who the meter is, what it measures, or in which supply system."""
    HOUR = auto()
    """Finished hours and quarters, and with them the peaks."""
    CLOCK = auto()
    """How far the meter's clock is ahead."""
    ENCRYPTION = auto()


type Input = Quantity | Topic
"""What a shown value follows from."""


class State:
    """The state of one meter, in memory."""

    def __init__(self, ratios: Ratios, corrections: Mapping[Unit, int]) -> None:
        """Begin with nothing known. `corrections`: the powers of ten by which the user has corrected the scale."""
        self.values: dict[Quantity, float] = {}
        self.freshness = Freshness()
        self.hours = Hours()
        self.register_check = RegisterCheck()
        self._ratios = [ratios.of(Quantity.ENERGY_IMPORT), ratios.of(Quantity.POWER_IMPORT)]
        self._correction, self._of_currents = corrections[Unit.WATT_HOUR], corrections[Unit.AMPERE]

    def update(self, values: Mapping[Quantity, float], at: Moment) -> None:
        """Add the values of a reading."""
        self.values |= values
        self.freshness.update(values, at.loop)

    @property
    def silent_at(self) -> float:
        """The loop second at which the last line current counts no more; -inf if none is known."""
        known = self.values.keys() & set(CURRENTS.values())
        return max((self.freshness.fresh_until(current) for current in known), default=-math.inf)

    def begin_with(self, heard: Mapping[Quantity, tuple[float, float]]) -> None:
        """If nothing is known, begin with what was heard just now: value, loop seconds. Registers have their hour."""
        if self.values:
            return
        for quantity, (value, heard_at) in heard.items():
            if not quantity.is_register:
                self.values[quantity] = value
                self.freshness.restore(quantity, heard_at)

    def forget_registers(self) -> None:
        """Begin with new totals: those of another meter, or in another scale."""
        for quantity in [each for each in self.values if each.is_register]:
            del self.values[quantity]
        self.register_check.forget()
        self.hours.start_new_count()

    def forget(self) -> None:
        """Begin anew."""
        self.values.clear()
        self.freshness, self.hours, self.register_check = Freshness(), Hours(), RegisterCheck()

    def as_dict(self, at: Moment) -> dict[str, Any]:
        """Return all but the finished hours as plain JSON types. `at` is now: it dates what was heard."""
        values = {}
        for quantity, value in self.values.items():
            heard = self.freshness.last_heard(quantity)
            age = 0.0 if heard is None else at.loop - heard
            values[quantity.key] = [value, (at.utc - timedelta(seconds=age)).isoformat()]
        return {
            "values": values,
            "hours": self.hours.as_dict(),
            "register_check": self.register_check.as_dict(),
            "ratios": self._ratios,
            "correction": self._correction,
            "current_correction": self._of_currents,
        }

    def restore(self, state: Mapping[str, Any], finished: Iterable[Sequence[Any]], at: Moment) -> bool:
        """Restore what `as_dict` returned, and the finished hours; `at` is now.

        Returns whether ratios or scale have changed since: then all of it is rescaled, and must be stored at once.
        """
        values = {}
        for key, (value, measured_at) in state["values"].items():
            if quantity := BY_KEY.get(key):
                values[quantity] = finite(value)
                age = (at.utc - moment(measured_at)).total_seconds()
                self.freshness.restore(quantity, at.loop - max(0.0, age))  # the wall clock may have been set back
        self.values |= values
        self.hours = Hours.from_dict(state["hours"], finished)
        if suspected := state.get("register_check"):
            self.register_check = RegisterCheck.from_dict(suspected)
        correction = state.get("correction", self._correction)
        is_other = bool(state["ratios"] != self._ratios or correction != self._correction)
        if is_other:
            registers, powers = (ours / finite(old) for ours, old in zip(self._ratios, state["ratios"], strict=True))
            self.hours.rescale(registers * 10.0 ** (self._correction - finite(correction)), powers)
        if correction != self._correction:
            self.forget_registers()  # the next ones are in another scale
        if state.get("current_correction", self._of_currents) != self._of_currents:
            for quantity in [each for each in self.values if each.unit is Unit.AMPERE]:
                del self.values[quantity]
        return is_other
