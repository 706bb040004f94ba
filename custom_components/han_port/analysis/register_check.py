"""Whether a register that a meter sends can be believed: it only grows, and by no more than the power allows.

A register that falls is of another meter, or of one that was reset. One that rises by more than the power since the
last one explains is misread once, or is of another meter too. Neither is believed. If the next list is as before,
nothing was wrong but one value. If it goes on from there, somebody has to say which it is; until then the power is all
that is known.

    register   100 ── 101 ── 6654 ── 102 ── 103          misread once: 6654 is left out
               100 ── 101 ── 6654 ── 6655 ── 6656        asked about at the third list that goes on from there
               100 ── 101 ──── 5 ──── 6 ──── 7           the same, for a register that fell

Registers are in Wh or varh, all primary or all secondary. Times of a reading are UTC.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import math
from typing import Any, NamedTuple, Self

from ..decoder.quantities import BY_KEY, Quantity
from .integral import NOTHING, Sum
from .snapshot import by_key, from_keys
from .stored import finite, moment

MAX_TIMES_POWER = 1.5
"""How many times the energy by the power a register may grow by: powers are sampled, and a tariff may be in between."""
MARGIN_ENERGY = 1500.0
"""Wh or varh by which it may grow beyond that: a register in whole kWh, and what flowed in between two powers."""
MIN_SUSPECT_LISTS = 3
"""How many lists in a row must go on from a value that is not believed before it is asked about."""
DECIDED_AFTER = timedelta(days=7)
"""Without an answer, a new count is begun then: the meter has gone on from there for long enough."""


def max_growth(flowed: Sum | None, elapsed: float, max_power: float) -> float:
    """Return by how much (Wh) a register may have grown in some seconds.

    `flowed` is what is known of its power in that time. In the rest, it may have been up to `max_power` (W).
    """
    known = flowed or NOTHING
    unknown = max(0.0, elapsed - known.covered)
    return MAX_TIMES_POWER * max(0.0, known.energy) + MARGIN_ENERGY + unknown / 3600 * max_power


class Suspects(NamedTuple):
    """The registers of a list that are not believed."""

    fallen: frozenset[Quantity] = frozenset()
    jumped: frozenset[Quantity] = frozenset()

    @property
    def all(self) -> frozenset[Quantity]:
        """Return both."""
        return self.fallen | self.jumped


@dataclass(slots=True)
class RegisterCheck:
    """Follows the registers of one meter from list to list."""

    held: dict[Quantity, float] = field(default_factory=dict)
    """What the registers have jumped to, that are not believed."""
    _fallen: frozenset[Quantity] = frozenset()
    """The registers that were lower when they came last."""
    _lists: int = 0
    """How many lists in a row have had a register that is not believed."""
    _since: datetime | None = None
    """When the first of them came."""

    def update(
        self,
        believed: Mapping[Quantity, float],
        now: Mapping[Quantity, float],
        most_of: Callable[[Quantity], float],
        at: datetime,
    ) -> Suspects:
        """Update with the registers of a list, given those that were believed before it; return what is not believed.

        `most_of`: by how much a register may have grown since it was believed.
        """
        fallen = {register for register in now if now[register] < believed.get(register, -math.inf)}
        went_on = {register for register in self.held if now.get(register, -math.inf) >= self.held[register]}
        jumped = went_on | {
            register
            for register in now
            if (grown := now[register] - believed.get(register, math.inf)) > MARGIN_ENERGY and grown > most_of(register)
        }
        before, self._fallen = self._fallen, self._fallen.difference(now) | fallen
        self.held = {register: value for register, value in self.held.items() if register not in now.keys() - went_on}
        self.held |= {register: now[register] for register in jumped - went_on}
        if fallen or jumped:
            is_new = not went_on and before.isdisjoint(fallen)
            self._lists = 1 if is_new else self._lists + 1
            self._since = at if self._since is None or is_new else self._since
        elif not self.held and not self._fallen:
            self._lists, self._since = 0, None
        return Suspects(frozenset(fallen), frozenset(jumped))

    @property
    def is_asked(self) -> bool:
        """Whether somebody has to say what is right."""
        return self._lists >= MIN_SUSPECT_LISTS

    def is_decided(self, at: datetime) -> bool:
        """Return whether nobody has said so for so long that the meter is believed."""
        return self.is_asked and self._since is not None and at - self._since >= DECIDED_AFTER

    def forget(self) -> None:
        """Begin anew: what comes next is believed."""
        self.held, self._fallen, self._lists, self._since = {}, frozenset(), 0, None

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        return {
            "held": by_key(self.held),
            "fallen": sorted(each.key for each in self._fallen),
            "lists": self._lists,
            "since": self._since and self._since.isoformat(),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        since = state["since"]
        return cls(
            from_keys(state["held"]),
            frozenset(BY_KEY[key] for key in state["fallen"] if key in BY_KEY),
            int(finite(state["lists"])),
            moment(since) if since else None,
        )
