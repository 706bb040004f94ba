"""Shares what there is between several chargers of one house: by priority, and in turn where that is equal.

Each charger has a control of its own, which estimates what it draws and knows how fast it may rise and fall. Here is
decided what each of them may have. A car that charges is given the minimum before another one is given more; what is
not enough for the minimum of all goes round. A charger whose car draws nothing is offered the minimum, and nothing is
kept free for it: as soon as its car draws, it has its share.

Currents are A, primary, powers W; times are seconds of one clock that never steps.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
import math

from .charge_control import ChargeControl
from .charging import BY_THE_SUN, ChargingMode, Limit, Others, Situation, watts_per_ampere

TURN, IDLE_TURN = 900.0, 180.0
"""Seconds of a turn, and of the turn of a charger whose car draws nothing."""
ENGAGED_FOR = 120.0
"""Seconds for which a charger may still follow what it was told last, however little it draws."""
MARGIN_OF_CAR = 2
"""A above what a car takes that are kept for it."""


@dataclass(slots=True, eq=False)
class _Share:
    """A charger as a list shows it, and what it is given."""

    control: ChargeControl
    drawn: float
    """What it draws (A), in these lines."""
    lines: tuple[int, ...]
    watts: float
    """Power (W) of 1 A."""
    rises: Mapping[int, int]
    """Line -> A by which it rises, or may, for each ampere: see `Situation.rise_per_ampere`."""
    is_empty: bool
    """Whether there seems to be no car."""
    amperes: int = 0
    limit: Limit = Limit.CHARGER
    line: int | None = None
    """The line that has no more, if the fuse is the limit."""

    @property
    def priority(self) -> int:
        """The lowest number is served first."""
        return self.control.settings.priority


class ChargerGroup:
    """The chargers of one house."""

    def __init__(self, controls: Sequence[ChargeControl], circuit: float | None = None) -> None:
        """Take the control of each charger, and the size (A) of the breaker that they share, if they have one."""
        self.controls = tuple(controls)
        self.circuit = circuit
        self._takes: dict[ChargeControl, float] = {}
        """What the car of a charger takes (A), if that is less than it was offered."""
        self._turn, self._turn_began = 0, -math.inf

    def update(self, now: Situation) -> None:
        """Update all of them with a list."""
        self._observe(now)
        if len(self.controls) == 1 and self.circuit is None:
            self.controls[0].decide(now)
            return
        shares = self._shares(now)
        # What a charger of low priority gives back is known when the next one decides.
        for share in sorted(shares, key=lambda each: -each.priority):
            share.control.decide(now, _others(share, shares, now.at))

    def _observe(self, now: Situation) -> None:
        """Let each learn from a list what its charger draws.

        What one of them has done must not be learned of another one too: whoever was told something last comes first,
        and the others see what is left.
        """
        for control in sorted(self.controls, key=lambda each: -each.changed_at):
            control.observe(replace(now, currents=self._beside(control, now)))
        for control in self.controls:
            control.observer.compare_with(self._beside(control, now))

    def _beside(self, control: ChargeControl, now: Situation) -> dict[int, float]:
        """Return what the lines draw without the other chargers: line -> A."""
        currents = dict(now.currents)
        for other in self.controls:
            for line in currents.keys() & set(lines_of(other)) if other is not control else ():
                currents[line] -= other.observer.current
        return currents

    def fail(self, at: float) -> None:
        """Nothing is known any more."""
        for control in self.controls:
            control.fail(at)

    @property
    def currents(self) -> dict[int, int]:
        """What all of them may draw together: line -> A."""
        lines = sorted({line for control in self.controls for line in control.settings.wiring.lines})
        return {
            line: sum(each.recommended.amperes for each in self.controls if line in each.settings.wiring.lines)
            for line in lines
        }

    # --- shares --------------------------------------------------------------------------------------------------

    def _shares(self, now: Situation) -> list[_Share]:
        """Return what each may have: the minimum for as many as possible first, then all the rest."""
        shares = [_seen(control, now) for control in self.controls]
        pot = _Pot(shares, now, self.circuit)
        order = self._order(shares)
        for share in order:
            if share.control.mode is not ChargingMode.OFF:
                pot.give(share, share.control.settings.minimum)
        with_car, empty = ([share for share in order if share.is_empty is is_empty] for is_empty in (False, True))
        for _, equal in groupby(with_car, key=lambda each: each.priority):
            self._fill(equal, pot, now.at)
        self._fill(empty, pot, now.at)
        self._turn_on(order, now.at)
        return shares

    def _fill(self, shares: Iterable[_Share], pot: _Pot, at: float) -> None:
        """Give more to those who have the minimum, ampere by ampere."""
        hungry = {share: self._most(share, at) for share in shares if share.amperes}
        while hungry:
            for share, most in tuple(hungry.items()):
                if share.amperes >= most:
                    share.limit = Limit.CHARGER
                    del hungry[share]
                elif not pot.give(share, 1):
                    del hungry[share]

    def _most(self, share: _Share, at: float) -> int:
        """Return what is of use to a charger (A): a little more than its car takes of what it is offered."""
        control, settings = share.control, share.control.settings
        if control.is_idle or share.drawn > self._takes.get(control, math.inf) + 1:
            self._takes.pop(control, None)
        elif control.takes_less(at):
            self._takes[control] = share.drawn
        takes = self._takes.get(control, math.inf)
        return int(min(settings.maximum, max(settings.minimum, takes + MARGIN_OF_CAR)))

    def _order(self, shares: Sequence[_Share]) -> list[_Share]:
        """Return who is served first: by priority, and where that is equal, by whose turn it is."""
        of_turn = [*shares[self._turn :], *shares[: self._turn]]
        return sorted(of_turn, key=lambda each: each.priority)

    def _turn_on(self, shares: Sequence[_Share], at: float) -> None:
        """Let the next one have its turn if somebody is left out and the present turn is over."""
        served = [each for each in shares if each.amperes]
        waits = {each.priority for each in shares if not each.amperes and each.control.mode is not ChargingMode.OFF}
        if waits.isdisjoint(each.priority for each in served):
            self._turn_began = at
            return
        lasts = IDLE_TURN if all(each.is_empty for each in served) else TURN
        if at - self._turn_began >= lasts:
            self._turn, self._turn_began = (self._turn + 1) % len(self.controls), at


def lines_of(control: ChargeControl) -> tuple[int, ...]:
    """Return the lines that a charger seems to draw from; if it draws nothing, all that it could."""
    return control.settings.wiring.lines if control.is_idle else control.observer.most_likely.lines


def _seen(control: ChargeControl, now: Situation) -> _Share:
    """Return a charger as a list shows it. It is empty if it draws nothing though it may and has had the time to."""
    lines = lines_of(control)
    is_empty = control.is_idle and control.recommended.amperes > 0 and now.at - control.changed_at > ENGAGED_FOR
    rises = {line: rise for line in now.limits if (rise := now.rise_per_ampere(line, lines))}
    return _Share(control, control.observer.current, lines, watts_per_ampere(lines, now.system), rises, is_empty)


def _others(share: _Share, shares: Iterable[_Share], at: float) -> Others:
    """Return what the others leave to a charger. Some of them may have been told something since the list came."""
    claims: dict[int, float] = {}
    reliefs: dict[int, float] = {}
    others = [each for each in shares if each is not share]
    for other in others:
        is_engaged = at - other.control.changed_at <= ENGAGED_FOR
        claim = other.control.recommended.amperes - other.drawn if is_engaged else 0.0
        relief = max(0.0, -claim) if other.control.is_following(at) else 0.0
        for line, rise in other.rises.items():
            claims[line] = claims.get(line, 0.0) + rise * claim
            reliefs[line] = reliefs.get(line, 0.0) + rise * relief
    may_rise = all(at - each.control.changed_at > each.control.delay for each in others)
    return Others(share.amperes, share.limit, share.line, claims, reliefs, may_rise)


class _Pot:
    """What is there for all chargers together, less what has been given."""

    def __init__(self, shares: Sequence[_Share], now: Situation, circuit: float | None) -> None:
        self._shares = shares
        self._circuit = dict.fromkeys(now.limits, math.inf if circuit is None else math.floor(circuit))
        usable = min(each.control.usable for each in shares)
        self._lines = {line: usable - current for line, current in now.limits.items()}
        for share in shares:
            for line, rise in share.rises.items():
                self._lines[line] += rise * share.drawn
        self._in_use: set[int] = set()
        """The lines of those that have been given something."""
        watts = sum(share.drawn * share.watts for share in shares)
        self._tariff = [(each.watts + watts, each.limit) for each in now.allowances]
        self._surplus = watts - now.power if now.power is not None else 0.0
        self._given = 0.0

    def give(self, share: _Share, amperes: int) -> bool:
        """Give a charger so much more (A) if there is enough, and say what limits it; return whether there was.

        Nothing is kept free for one that is empty and is offered the minimum.
        """
        limit, share.line = self._limit(share, amperes)
        share.limit = limit or Limit.CHARGER
        if limit:
            return False
        if share.amperes or not share.is_empty:
            self._given += amperes * share.watts
            for line, rise in share.rises.items():
                self._lines[line] -= rise * amperes
            for line in self._circuit.keys() & set(share.lines):
                self._circuit[line] -= amperes
            self._in_use.update(share.lines)
        share.amperes += amperes
        return True

    def _limit(self, share: _Share, amperes: int) -> tuple[Limit | None, int | None]:
        """Return what keeps a charger from so much more (A), and the line that has no more if that is the fuse."""
        watched = self._in_use.union(share.lines)
        watts = amperes * share.watts
        if any(self._circuit[line] < amperes for line in share.lines if line in self._circuit):
            return Limit.CIRCUIT, None
        left = {line: self._lines[line] - rise * amperes for line, rise in share.rises.items() if line in watched}
        line = min(left, key=lambda each: left[each], default=None)
        if line is not None and left[line] < 0:
            is_shared = left[line] + self._given_before(share, line) >= 0
            return (Limit.SHARED, None) if is_shared else (Limit.FUSE, line)
        for allowed, limit in self._tariff:
            if allowed - self._given < watts:
                return limit, None
        by_sun = share.control.mode in BY_THE_SUN
        is_given = amperes > 1 and share.control.surplus.at_least > 0
        return Limit.SOLAR if by_sun and not is_given and self._surplus - self._given < watts else None, None

    def _given_before(self, share: _Share, line: int) -> int:
        """Return what of a line (A) those have been given who are served before a charger: by priority, or in turn.

        One that has its minimum has lost the rest alone to those of higher priority, and not their minimum.
        """
        if share.amperes:
            before = [each for each in self._on(line) if each.priority < share.priority]
            return sum(each.rises[line] * (each.amperes - each.control.settings.minimum) for each in before)
        before = [each for each in self._on(line) if each.priority <= share.priority and not each.is_empty]
        return sum(each.rises[line] * each.amperes for each in before)

    def _on(self, line: int) -> list[_Share]:
        """Return those that have been given something of a line."""
        return [each for each in self._shares if each.amperes and line in each.rises]
