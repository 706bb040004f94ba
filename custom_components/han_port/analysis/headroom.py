"""What the lines, the tariff and other chargers leave to a charger, as far as its own current is known.

Currents are A, primary, powers W.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
import math

from .charging import BY_THE_SUN, Allowance, ChargingMode, Limit, Others, Situation, watts_per_ampere
from .observer import Cell
from .supply_system import SupplySystem

HOLD_WITHOUT_SURPLUS = 300.0
"""Seconds for which a car that charges by the sun is given the minimum without it. Chosen, not measured."""

type Headrooms = list[tuple[float, float]]
"""Headrooms (A), each with its probability, the smallest first."""


def headrooms(
    cells: Iterable[tuple[Cell, float]],
    now: Situation,
    allowances: Sequence[Allowance],
    others: Others,
    usable: float,
) -> Headrooms:
    """Return what each believed state leaves for the charger, of the part of the fuse (A) that may be used.

    A state in lines of which nothing is known is left out.
    """
    drawn = {line: current + others.claims.get(line, 0.0) for line, current in now.limits.items()}
    left = []
    for cell, probability in cells:
        by_line = [
            (usable - drawn[line]) / now.rise_per_ampere(line, cell.lines) for line in cell.lines if line in drawn
        ]
        if by_line:
            by_power = [allowed(each, cell, now.system) for each in allowances]
            left.append((min([min(by_line) + cell.current, *by_power]), probability))
    return sorted(left)


def allowed(allowance: Allowance, cell: Cell, system: SupplySystem | None) -> float:
    """Return the current (A) that an allowance leaves to a charger in a state."""
    return max(allowance.at_least, cell.current + allowance.watts / watts_per_ampere(cell.lines, system))


def quantile(left: Headrooms, share: float) -> float:
    """Return the headroom (A) that is not reached with a probability of `share`."""
    total, so_far = sum(probability for _, probability in left), 0.0
    for headroom, probability in left:
        so_far += probability
        if so_far >= share * total:
            return headroom
    return left[-1][0] if left else 0.0


class Surplus:
    """What a charger may use of what the house exports.

    Clouds come and go faster than a car should be stopped and started: one that charges keeps the minimum for a while.
    """

    def __init__(self, minimum: int) -> None:
        """Begin without a surplus, for a charger with a minimum (A)."""
        self.at_least = 0
        """A that it may have in any case."""
        self._minimum = minimum
        self._enough_at = -math.inf

    def allowances(self, mode: ChargingMode, now: Situation, cell: Cell, *, is_charging: bool) -> tuple[Allowance, ...]:
        """Return what a mode allows a charger in a state. A power that is not known is taken for no surplus."""
        if mode not in BY_THE_SUN:
            self.at_least = 0
            return ()
        surplus = Allowance(-now.power if now.power is not None else -math.inf, Limit.SOLAR)
        if allowed(surplus, cell, now.system) >= self._minimum:
            self._enough_at = now.at
        is_held = is_charging and now.at - self._enough_at <= HOLD_WITHOUT_SURPLUS
        self.at_least = self._minimum if is_held or mode is ChargingMode.SOLAR_MINIMUM else 0
        return (replace(surplus, at_least=self.at_least),)
