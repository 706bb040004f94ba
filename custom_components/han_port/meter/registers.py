"""Which registers of one meter are believed, and what is asked about the others."""

from collections import Counter
from collections.abc import Mapping
import math
from types import MappingProxyType

from ..analysis.hour import POWERS
from ..analysis.ratios import Ratios
from ..analysis.register_check import Suspects, max_growth
from ..const import LOGGER
from ..decoder import Moment, Quantity
from .issues import Issues
from .state import State

_FLOWS: Mapping[Quantity, Quantity] = MappingProxyType(
    {
        register: total
        for total in POWERS
        for register in (total, *(each for each in Quantity if each.key.startswith(f"{total.key}_t")))
    }
)
"""A register -> the one whose power it counts: that of a tariff grows by no more than that of all of them."""


class Registers:
    """The registers of one meter, secondary, as they come."""

    def __init__(self, state: State, issues: Issues, ratios: Ratios, max_power: float, counts: Counter[str]) -> None:
        """Take what is known of the meter, the power (W, primary) that its house never exceeds, and what counts."""
        self._state, self._issues, self._ratios = state, issues, ratios
        self._max_power, self._counts = max_power, counts

    def believed(self, values: dict[Quantity, float], at: Moment, title: str) -> dict[Quantity, float]:
        """Return the values of a reading without the registers that are not believed.

        If one of import and export is not, the other waits too: an hour is booked by both, or by neither.
        """
        registers = {quantity: value for quantity, value in values.items() if quantity.is_register}
        if not registers:
            return values
        check = self._state.register_check
        suspects = check.update(self._state.values, registers, lambda each: self._max_growth(each, at), at.utc)
        if check.is_decided(at.utc):
            LOGGER.warning("%s: nobody has said what is right of its registers, so it goes on from the new ones", title)
            self.forget()
            return values
        self._report(suspects)
        if not suspects.all:
            return values
        self._counts["stepped_back"] += len(suspects.fallen)
        self._counts["jumped"] += len(suspects.jumped)
        LOGGER.debug("%s: not believed: %s", title, ", ".join(sorted(each.key for each in suspects.all)))
        left_out = suspects.all if suspects.all.isdisjoint(POWERS) else suspects.all.union(POWERS)
        return {quantity: value for quantity, value in values.items() if quantity not in left_out}

    def _max_growth(self, register: Quantity, at: Moment) -> float:
        """Return by how much a register may have grown until a moment (Wh, secondary).

        If the two clocks do not agree on how long that is, it is the longer time: nobody knows what flowed in it.
        """
        heard = self._state.freshness.last_heard(register)
        elapsed = math.inf if heard is None else at.loop - heard
        energy, read_at = self._state.hours.totals[_FLOWS.get(register, Quantity.ENERGY_IMPORT)].since_register() or (
            None,
            None,
        )
        if read_at:
            elapsed = max(elapsed, (at.utc - read_at).total_seconds())
        return max_growth(energy if register in _FLOWS else None, elapsed, self._max_power) / self._ratios.of(register)

    def _report(self, suspects: Suspects) -> None:
        check, believed = self._state.register_check, self._state.values
        risen = {register: value - believed[register] for register, value in check.held.items()}
        most = max(risen, key=lambda register: risen[register], default=None)
        kwh = 0.0 if most is None else risen[most] * self._ratios.of(most) / 1000
        self._issues.check_registers(suspects, is_asked=check.is_asked, kwh=kwh)

    def believe(self) -> None:
        """Take what the registers have jumped to as right: the difference is booked with the next list."""
        check = self._state.register_check
        self._state.values |= check.held
        check.forget()
        self._issues.check_registers(Suspects(), is_asked=False, kwh=0.0)

    def forget(self) -> None:
        """Begin with new totals: those of another meter, or in another scale."""
        self._state.forget_registers()
        self._issues.check_registers(Suspects(), is_asked=False, kwh=0.0)
