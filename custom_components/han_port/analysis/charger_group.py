"""Shares what there is between several chargers of one house: by priority, and in turn where that is equal.

Each charger has a control of its own, which estimates what it draws and knows how fast it may rise and fall. Here is
decided what each of them may have. A car that charges is given the minimum before another one is given more; what is
not enough for the minimum of all goes round. A charger whose car draws nothing is offered the minimum, and nothing is
kept free for it: as soon as its car draws, it has its share.

Currents are A, primary, powers W; times are seconds of one clock that never steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
import math

from .charge_control import ChargeControl
from .charging import BY_THE_SUN, Allowance, ChargingMode, Limit, Others, Situation, watts_per_ampere

TURN, IDLE_TURN = 900.0, 180.0
"""Seconds of a turn, and of the turn of a charger whose car draws nothing."""
ENGAGED_FOR = 120.0
"""Seconds for which a charger may still follow what it was told last, however little it draws."""
MARGIN_OF_CAR = 2
"""A above what a car takes that are kept for it."""


@dataclass(slots=True)
class _Share:
    """What one charger is given."""

    amperes: int = 0
    limit: Limit = Limit.CHARGER


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
        for control in sorted(self.controls, key=lambda each: -each.settings.priority):
            control.decide(now, self._others(control, shares[control], now.at))

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

    # --- what the others do --------------------------------------------------------------------------------------

    def _others(self, control: ChargeControl, share: _Share, at: float) -> Others:
        claims: dict[int, float] = {}
        reliefs: dict[int, float] = {}
        others = [each for each in self.controls if each is not control]
        for other in others:
            drawn, said = other.observer.current, other.recommended.amperes
            is_engaged = at - other.changed_at <= ENGAGED_FOR
            claim = said - drawn if is_engaged else 0.0
            for line in lines_of(other):
                claims[line] = claims.get(line, 0.0) + claim
                reliefs[line] = reliefs.get(line, 0.0) + (max(0.0, -claim) if other.is_following(at) else 0.0)
        may_rise = all(at - each.changed_at > each.delay for each in others)
        return Others(share.amperes, share.limit, claims, reliefs, may_rise)

    # --- shares --------------------------------------------------------------------------------------------------

    def _shares(self, now: Situation) -> dict[ChargeControl, _Share]:
        """Return what each may have: the minimum for as many as possible first, then all the rest."""
        pot = _Pot(self.controls, now, self.circuit)
        shares = {control: _Share() for control in self.controls}
        order = self._order(now.at)
        for control in order:
            least = control.settings.minimum
            if control.mode is ChargingMode.OFF:
                continue
            shares[control].limit = pot.limit(control, least) or Limit.CHARGER
            if shares[control].limit is Limit.CHARGER:
                shares[control].amperes = least
                if not self._is_without_car(control, now.at):
                    pot.take(control, least)
        for priority in sorted({each.settings.priority for each in order}):
            served = [each for each in order if each.settings.priority == priority]
            self._fill([each for each in served if not self._is_without_car(each, now.at)], shares, pot, now.at)
        self._fill([each for each in order if self._is_without_car(each, now.at)], shares, pot, now.at)
        self._turn_on(order, shares, now.at)
        return shares

    def _fill(
        self, controls: Sequence[ChargeControl], shares: dict[ChargeControl, _Share], pot: _Pot, at: float
    ) -> None:
        """Give more to those who have the minimum, ampere by ampere."""
        hungry = [each for each in controls if shares[each].amperes]
        while hungry:
            for control in tuple(hungry):
                share = shares[control]
                is_full = share.amperes >= self._most(control, at)
                share.limit = Limit.CHARGER if is_full else pot.limit(control, 1) or Limit.CHARGER
                if is_full or share.limit is not Limit.CHARGER:
                    hungry.remove(control)
                else:
                    pot.take(control, 1)
                    share.amperes += 1

    def _most(self, control: ChargeControl, at: float) -> int:
        """Return what is of use to a charger (A): a little more than its car takes of what it is offered."""
        drawn, takes = control.observer.current, self._takes.get(control, math.inf)
        if control.is_idle or drawn > takes + 1:
            self._takes.pop(control, None)
        elif control.takes_less(at):
            self._takes[control] = drawn
        takes = self._takes.get(control, math.inf)
        return int(min(control.settings.maximum, max(control.settings.minimum, takes + MARGIN_OF_CAR)))

    @staticmethod
    def _is_without_car(control: ChargeControl, at: float) -> bool:
        """Return whether a charger draws nothing, though it may and has had the time to."""
        return control.is_idle and control.recommended.amperes > 0 and at - control.changed_at > ENGAGED_FOR

    def _order(self, at: float) -> list[ChargeControl]:
        """Return who is served first: by priority, and where that is equal, by whose turn it is."""
        count = len(self.controls)
        places = {control: (place - self._turn) % count for place, control in enumerate(self.controls)}
        return sorted(self.controls, key=lambda each: (each.settings.priority, places[each]))

    def _turn_on(self, order: Sequence[ChargeControl], shares: dict[ChargeControl, _Share], at: float) -> None:
        """Let the next one have its turn if somebody is left out and the present turn is over."""
        waits = [each for each in order if not shares[each].amperes and each.mode is not ChargingMode.OFF]
        served = [each for each in order if shares[each].amperes]
        if not any(one.settings.priority == two.settings.priority for one in waits for two in served):
            self._turn_began = at
            return
        lasts = IDLE_TURN if all(self._is_without_car(each, at) for each in served) else TURN
        if at - self._turn_began >= lasts:
            self._turn, self._turn_began = (self._turn + 1) % len(self.controls), at


def lines_of(control: ChargeControl) -> tuple[int, ...]:
    """Return the lines that a charger seems to draw from; if it draws nothing, all that it could."""
    return control.settings.wiring.lines if control.is_idle else control.observer.most_likely.lines


class _Pot:
    """What is there for all chargers together, less what has been taken."""

    def __init__(self, controls: Sequence[ChargeControl], now: Situation, circuit: float | None) -> None:
        self._system = now.system
        self._circuit = dict.fromkeys(now.limits, math.inf if circuit is None else math.floor(circuit))
        usable = min(each.usable for each in controls)
        self._lines = {line: usable - current for line, current in now.limits.items()}
        watts = 0.0
        for control in controls:
            drawn, lines = control.observer.current, lines_of(control)
            watts += drawn * watts_per_ampere(lines, now.system)
            for line in self._lines.keys() & set(lines):
                self._lines[line] += drawn
        self._tariff = [Allowance(each.watts + watts, each.limit) for each in now.allowances]
        self._surplus = watts - now.power if now.power is not None else 0.0
        self._taken = 0.0

    def limit(self, control: ChargeControl, amperes: int) -> Limit | None:
        """Return what keeps a charger from having so much more (A); None if it may."""
        lines = [line for line in lines_of(control) if line in self._lines]
        watts = amperes * watts_per_ampere(lines_of(control), self._system)
        if any(self._circuit[line] < amperes for line in lines):
            return Limit.CIRCUIT
        if any(self._lines[line] < amperes for line in lines):
            return Limit.SHARED
        for each in self._tariff:
            if each.watts - self._taken < watts:
                return each.limit
        by_sun = control.mode in BY_THE_SUN
        is_given = amperes > 1 and control.surplus.at_least > 0
        return Limit.SOLAR if by_sun and not is_given and self._surplus - self._taken < watts else None

    def take(self, control: ChargeControl, amperes: int) -> None:
        """Give a charger so much (A)."""
        lines = lines_of(control)
        self._taken += amperes * watts_per_ampere(lines, self._system)
        for line in self._lines.keys() & set(lines):
            self._lines[line] -= amperes
            self._circuit[line] -= amperes
