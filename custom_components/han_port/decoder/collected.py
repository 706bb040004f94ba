"""Collects the values of one list or telegram, and leaves out those that are no measurement."""

import math

from .quantities import Quantity
from .reading import LeftOut, Reason


class CollectedValues:
    """The values so far, and what was left out of them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.values: dict[Quantity, float] = {}
        """In the unit of the quantity. Those that are contradicted are among them until `finished`."""
        self._left_out: list[LeftOut] = []

    def add(self, quantity: Quantity, number: float, exponent: int) -> None:
        """Add number x 10^exponent, in the unit of the quantity, unless it is out of bounds or contradicts another.

        A negative power divides: number / 10 is the float nearest to the true value, and number * 0.1 is often not.
        """
        value = float(number * 10**exponent) if exponent >= 0 else number / 10**-exponent
        unit = quantity.unit
        if not unit.minimum <= value <= unit.maximum:
            self._leave_out_of_bounds(quantity, value)
        elif self.values.setdefault(quantity, value) != value:
            self.leave_out(quantity, value, Reason.CONTRADICTORY)

    def _leave_out_of_bounds(self, quantity: Quantity, value: float) -> None:
        """Leave out a value that is too low, too high or infinite, or, as floats have it for "no value", NaN."""
        reason = Reason.NOT_AVAILABLE if math.isnan(value) else Reason.OUT_OF_BOUNDS
        self.leave_out(quantity, value if math.isfinite(value) else str(value), reason)

    def leave_out(self, quantity: Quantity, value: float | str, reason: Reason) -> None:
        """Record a value that is left out: in the unit of the quantity, or as text, or as sent."""
        self._left_out.append(LeftOut(quantity, value, reason))

    def finished(self) -> tuple[LeftOut, ...]:
        """Remove the values that are contradicted, since nobody knows which one is right. Return what was left out."""
        if not self._left_out:
            return ()
        for each in [one for one in self._left_out if one.reason is Reason.CONTRADICTORY]:
            if each.quantity in self.values:
                self.leave_out(each.quantity, self.values.pop(each.quantity), each.reason)
        return tuple(self._left_out)
