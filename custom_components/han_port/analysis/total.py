"""A running total that is right at any second, and not only when the register comes.

A Norwegian meter sends its registers once an hour, some seconds or a minute after it. In between, the total is the last
register plus the integral of the power since the hour that it was right at. Each register corrects it, as far as its
last digit goes: what lies within that is known better by the power. It never steps back: if the integral was too high,
the total stays where it is until the register has caught up. If registers come with every telegram, the total is the
register, and the power since where it is asked for a moment.

A total also goes on where registers do not: when the meter is replaced, or the ratio of its transformers is corrected.
Until the first register of the new count it goes on by the power.
Times are UTC, powers W, energies Wh, all primary.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from .grain import Grain
from .integral import Integral, Sum
from .periods import HOUR
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
    above: float = 0.0
    """What had been drawn beyond it then, by the power, and did not show in its last digit yet (Wh)."""
    otherwise: float = 0.0
    """The integral then, if lists were taken the other way (Wh)."""
    covered: float = 0.0
    """Seconds that the integral covered then."""

    def grown(self, added: float) -> float:
        """Return the energy (Wh) of a later moment, by the integral of the power then (Wh)."""
        return self.register + self.above + max(0.0, added - self.added)


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
    _grain: Grain = field(default_factory=Grain)
    _otherwise: Integral = field(default_factory=Integral)
    """The integral of the same lists, taken the other way."""
    missed: tuple[float, float] | None = field(default=None, compare=False)
    """By how much the integral of the last hour missed its register, and the other one (Wh); None if not known."""

    def update_power(
        self,
        power: float,
        at: datetime,
        mean_over: timedelta = timedelta(),
        hidden: float = 0.0,
        *,
        are_means: bool = False,
    ) -> None:
        """Update with a power (W) that was read at a time, and is that of the moment or the mean over the time before.

        `hidden` (Wh) is what the mean before it hid. Where registers come once an hour the power is taken the other way
        too, for them to say which is right.
        """
        as_means, as_moments = (self.integral, self._otherwise)[:: 1 if are_means else -1]
        if are_means or not self._is_often:
            as_means.add_mean(power, at, mean_over, hidden)
        if not are_means or not self._is_often:
            as_moments.add(power, at)

    def update_register(self, register: float, at: datetime, *, is_often: bool, lead: timedelta = timedelta()) -> bool:
        """Update with a register (Wh) that was right at a time of the meter's clock; return whether it is new.

        Registers that come often need no help from the power. The integral of that time counts, if that is at hand, and
        else that of now. `lead` is by how much the meter's hours are before ours.
        """
        base = self._base
        if base and not self._goes_on and at <= base.at and register <= base.register:
            return False  # some meters resend the list of the hour before, with its clock
        self._is_often = is_often
        mark, otherwise = self.integral.when(at - lead), self._otherwise.when(at - lead).energy
        self.missed = None
        if base and self._goes_on:  # from what the total was then
            self._offset += base.grown(mark.energy) - register
            self._grain, base = Grain(), None
        elif base and at - base.at == HOUR and not is_often:
            grown = register - base.register
            self.missed = mark.energy - base.added - grown, otherwise - base.otherwise - grown
        self._goes_on = False
        self._grain.add(register)
        energy = base.grown(mark.energy) if base and not is_often else register
        above = self._grain.kept(energy, register) - register
        self._base = Base(register, at, mark.energy, above, otherwise, mark.covered)
        return True

    def at(self, moment: datetime | None = None) -> float | None:
        """Return the total (Wh) at the last reading, or at a time soon after it; None before the first register."""
        if self._base is None:
            return self.shown
        energy = self._base.register
        if moment or not self._is_often:
            added = self.integral.extrapolated(moment) if moment else self.integral.sum
            energy = self._base.grown(added.energy)
        total = energy + self._offset
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
        self._otherwise.rescale(factor)
        if base := self._base:
            now = self.integral.sum
            otherwise = self._otherwise.sum.energy
            self._base = Base(base.grown(before.energy), base.at, now.energy, 0.0, otherwise, now.covered)

    def forget_before(self, mark: datetime) -> None:
        """Forget the integral before a time."""
        self.integral.forget_before(mark)
        self._otherwise.forget_before(mark)

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        base = self._base
        return {
            "integral": self.integral.as_dict(),
            "shown": self.shown,
            "base": base and [base.register, base.at.isoformat(), base.added, base.above, base.otherwise, base.covered],
            "offset": self._offset,
            "often": self._is_often,
            "goes_on": self._goes_on,
            "grain": self._grain.as_dict(),
            "otherwise": self._otherwise.as_dict(),
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        base, shown, grain = state["base"], state["shown"], state.get("grain")
        integral = Integral.from_dict(state["integral"])
        if base and len(base) == len(("register", "at", "added")):  # an older version kept no more of it
            base = [*base, 0.0, 0.0, integral.sum.covered]  # so nothing since is known
        return cls(
            integral,
            None if shown is None else finite(shown),
            Base(finite(base[0]), moment(base[1]), *map(finite, base[2:])) if base else None,
            finite(state["offset"]),
            bool(state["often"]),
            bool(state["goes_on"]),
            Grain.from_dict(grain) if grain else Grain(),
            Integral.from_dict(state["otherwise"]) if "otherwise" in state else Integral(),
        )
