"""A running total that is right at any second, and not only when the register comes.

A Norwegian meter sends its registers once an hour, some seconds or a minute after it. In between, the total is the last
register plus the integral of the power since the hour that it was right at; each register corrects it. It never steps
back: if the integral was too high, the total stays where it is until the register has caught up. If registers come with
every telegram, the total is the register, and the power since where it is asked for a moment.

A total also goes on where registers do not: when the meter is replaced, or the ratio of its transformers is corrected.
Until the first register of the new count it goes on by the power.
Times are UTC, powers W, energies Wh, all primary.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .integral import Integral, Sum
from .stored import finite, moment


@dataclass(frozen=True, slots=True)
class Base:
    """A register as it was read."""

    register: float
    """Wh."""
    at: datetime
    """When it was right."""
    added: float
    """The integral of the power then (Wh)."""
    covered: float = 0.0
    """Seconds that the integral covered then."""


@dataclass(slots=True)
class Total:
    """The running total of one register and its power."""

    integral: Integral = field(default_factory=Integral)
    shown: float | None = None
    """The highest total that was returned (Wh)."""
    _base: Base | None = None
    _offset: float = 0.0
    """By how much the total is ahead of the register (Wh), since another meter or scale."""
    _is_often: bool = False
    """Whether registers come all the time, and not once an hour."""
    _goes_on: bool = False
    """Whether the next register begins another count, which the total goes on with."""

    def update_power(self, power: float, at: datetime) -> None:
        """Update with a power (W) that was read at a time."""
        self.integral.add(power, at)

    def update_register(self, register: float, at: datetime, *, is_often: bool) -> bool:
        """Update with a register (Wh) that was right at a time; return whether it is new.

        Registers that come often need no help from the power. At a full quarter of an hour that is over, the integral
        of that time counts; at any other time, that of now.
        """
        base = self._base
        if base and not self._goes_on and at <= base.at and register <= base.register:
            return False  # some meters resend the list of the hour before, with its clock
        self._is_often = is_often
        mark = self.integral.marks.get(at, self.integral.sum)
        if base and self._goes_on:  # from what the total was then
            self._offset += base.register + max(0.0, mark.energy - base.added) - register
        self._goes_on = False
        self._base = Base(register, at, *mark)
        return True

    def at(self, moment: datetime | None = None) -> float | None:
        """Return the total (Wh) at the last reading, or at a time soon after it; None before the first register."""
        if self._base is None:
            return self.shown
        total = self._base.register + self._offset
        if moment or not self._is_often:
            added = self.integral.extrapolated(moment) if moment else self.integral.sum
            total += max(0.0, added.energy - self._base.added)
        if self.shown is not None and total < self.shown:
            return self.shown
        self.shown = total
        return total

    def keep_up(self, shown: float, most: float) -> None:
        """Show no less than what was shown last (Wh), unless it is ahead by more than `most`: it is another's then."""
        total = self.at()
        if total is not None and total < shown <= total + most:
            self.shown = shown

    def since_register(self) -> tuple[Sum, datetime] | None:
        """Return what the power has added (Wh, s) since the last register, and when that was right; None without."""
        base = self._base
        return (self.integral.sum.since(Sum(base.added, base.covered)), base.at) if base else None

    def start_new_count(self) -> None:
        """Let the next register begin another count: the total goes on from where it is."""
        self._goes_on = self._base is not None

    def rescale(self, factor: float) -> None:
        """Multiply what is known of the power by a factor, as the powers to come are; the total goes on as it is."""
        before = self.integral.sum
        self.integral.rescale(factor)
        if base := self._base:
            register = base.register + max(0.0, before.energy - base.added)
            self._base = Base(register, base.at, *self.integral.sum)

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        base = self._base
        return {
            "integral": self.integral.as_dict(),
            "shown": self.shown,
            "base": base and [base.register, base.at.isoformat(), base.added, base.covered],
            "offset": self._offset,
            "often": self._is_often,
            "goes_on": self._goes_on,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        base, shown = state["base"], state["shown"]
        integral = Integral.from_dict(state["integral"])
        if base and len(base) == len(("register", "at", "added")):
            base = [*base, integral.sum.covered]  # an older version kept no more: nothing since is known
        return cls(
            integral,
            None if shown is None else finite(shown),
            Base(finite(base[0]), moment(base[1]), *map(finite, base[2:])) if base else None,
            finite(state["offset"]),
            bool(state["often"]),
            bool(state["goes_on"]),
        )
