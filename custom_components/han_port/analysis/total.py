"""A running total that is right at any second, and not only when the register comes.

A Norwegian meter tells its registers once an hour, seconds or a minute after it. In between the total is the last
register and what the power has added up to since the hour that it was right at; each register corrects it. It never
steps back: where the power has added up to too much, it stands still until the truth has caught up. Where the registers
come with every telegram, the total is the register.

A total also goes on where registers do not: when the meter is replaced, or the ratio of its transformers corrected.
Times are UTC, energies Wh in front of the transformers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .integral import Integral
from .stored import finite, moment


@dataclass(frozen=True, slots=True)
class Base:
    """A register as it was read."""

    register: float
    at: datetime
    """When it was right."""
    added: float
    """What the power had added up to then."""


@dataclass(slots=True)
class Total:
    """The running total of one register and its power."""

    integral: Integral = field(default_factory=Integral)
    shown: float | None = None
    """The greatest total that was told."""
    _base: Base | None = None
    _offset: float = 0.0
    """What the total is ahead of the register, since a register that was another's."""
    _is_often: bool = False
    _goes_on: bool = False
    """Whether the next register begins where the total stands."""

    def update_power(self, power: float, at: datetime) -> None:
        """Take the power."""
        self.integral.add(power, at)

    def update_register(self, register: float, at: datetime, *, is_often: bool) -> bool:
        """Take a register that was right at a time, and return whether it is a new one.

        One that comes often needs no help by the power.
        At a full quarter of an hour that is over, the integral of then counts; at any other time, that of now.
        """
        if self._base and at <= self._base.at and register <= self._base.register:
            return False  # some meters repeat the list of the hour before, clock and all
        self._is_often = is_often
        if self._goes_on:
            self._offset, self._goes_on = (self.shown or 0.0) - register, False
        mark = self.integral.marks.get(at, self.integral.sum)
        self._base = Base(register, at, mark.energy)
        return True

    def at(self, moment: datetime | None = None) -> float | None:
        """Return the total as of the last reading, or at a time soon after it; None before the first register."""
        if self._base is None:
            return self.shown
        total = self._base.register + self._offset
        if not self._is_often:
            added = self.integral.extrapolated(moment) if moment else self.integral.sum
            total += max(0.0, added.energy - self._base.added)
        if self.shown is not None and total < self.shown:
            return self.shown
        self.shown = total
        return total

    def start_new_count(self) -> None:
        """Let the next register be the beginning of another count: the total goes on from where it is."""
        if self.shown is not None:
            self._goes_on = True
        self._base = None

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        base = self._base
        return {
            "integral": self.integral.as_dict(),
            "shown": self.shown,
            "base": base and [base.register, base.at.isoformat(), base.added],
            "offset": self._offset,
            "often": self._is_often,
            "goes_on": self._goes_on,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        base, shown = state["base"], state["shown"]
        return cls(
            Integral.from_dict(state["integral"]),
            None if shown is None else finite(shown),
            Base(finite(base[0]), moment(base[1]), finite(base[2])) if base else None,
            finite(state["offset"]),
            bool(state["often"]),
            bool(state["goes_on"]),
        )
