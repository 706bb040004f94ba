"""Estimates a charger's own current, and the lines it flows in, from the line currents and the recommendations.

The current of the charger is part of what the meter measures. What a charger says of itself comes late, seldom, or is
something else (its limit), so nothing of that is subtracted. Instead all steps of the line currents are held against
what the charger may have done: it follows a recommendation after 2 to 120 seconds, or not at all, and it stops by
itself. The rest are steps of the house, whose rate is learned for each line.

The belief is a probability for each wiring and each current of the charger, 0 or 6 A and more. Currents are A, primary;
times are seconds of one clock that never steps. The constants come from closed loops with simulated chargers and houses
(`scripts/figures charging`); they are chosen, not measured at a charger.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import math
from typing import NamedTuple

from .charging import MIN_CHARGING_CURRENT

MIN_STEP = 0.7
"""A: smaller differences between two lists say nothing."""
HOUSE_STEP = 1.3
"""A: a step that the charger does not explain is one of the house."""
STEP_NOISE = 0.45
"""A: standard deviation of a step that is explained."""
HOUSE_SCALE = 6.0
"""A: mean size of a step of the house."""
FOLLOWED_WITHIN = 100.0
"""Seconds in which a charger usually has done what it was told."""
FOLLOW_TIME, LATE_TIME = 14.0, 400.0
"""Time constants (s) of following a recommendation: usually, and after that."""
STOP_TIME = 7200.0
"""Time constant (s) of a charger that stops by itself."""
RATE_TIME = 750.0
"""Time constant (s) by which the rate of the house's steps is learned."""
USUAL_RATE = 0.02
"""Share of lists that have a step of the house, before it is learned."""
MIN_RATE, MIN_COMMON_RATE, MAX_RATE = 0.004, 0.002, 0.3
"""Limits of the share of lists that have a step of the house in one line, or in all of them alike."""
MAX_ABOVE_LINE, BELIEF_ABOVE_LINE = 0.8, 1e-3
"""A by which a charger may seem to draw more than its whole line, and what is left of the belief beyond that."""
MIN_BELIEF = 1e-9
WITNESS_COUNTS = 3
"""How often one unchanged value of the charger's entity is counted: clouds repeat the last one for hours."""
MAX_WITNESS_LAG = 300.0
"""Seconds by which that value may be late."""


class Cell(NamedTuple):
    """A possible state of the charger."""

    lines: tuple[int, ...]
    current: int
    """A in each of the lines."""


@dataclass(slots=True)
class Command:
    """A recommendation, and since when it holds."""

    amperes: int
    at: float


class Observer:
    """The belief about one charger."""

    def __init__(self, wirings: Sequence[tuple[int, ...]], maximum: int) -> None:
        """Begin with what is possible, up to a maximum (A).

        The first wiring is the one that was chosen; the others are those of cars that use only a part of it.
        """
        self._currents = (0, *range(MIN_CHARGING_CURRENT, maximum + 1))
        others = max(1, len(wirings) - 1)
        self._belief = {
            lines: self._spread(0.7 if not number else 0.3 / others) for number, lines in enumerate(wirings)
        }
        self._normalise()
        self._rates: dict[int, float] = {}
        self._common_rate = USUAL_RATE
        self._commands: deque[Command] = deque()
        self._before: Mapping[int, float] = {}
        self._at: float | None = None
        self._believed: deque[tuple[float, float]] = deque()
        self._witnessed: tuple[float, int] = (math.nan, 0)
        """The last value of the charger's entity, and how often it was counted."""

    def _spread(self, weight: float) -> list[float]:
        """Return the belief of a wiring before anything was heard: half of it is that nothing is charged."""
        others = len(self._currents) - 1
        return [0.5 * weight, *[0.5 * weight / others] * others]

    # --- what happens ------------------------------------------------------------------------------------------

    def command(self, amperes: int, at: float) -> None:
        """Note what is recommended from now on."""
        if not self._commands or self._commands[-1].amperes != amperes:
            self._commands.append(Command(amperes, at))

    def update(self, currents: Mapping[int, float], at: float) -> None:
        """Update with the currents of a list: line -> A, negative where the line exports."""
        lines = [line for line in currents if line in self._before]
        steps = {line: currents[line] - self._before[line] for line in lines}
        seconds = at - self._at if self._at is not None else 0.0
        while len(self._commands) > 1 and self._commands[1].at < at - FOLLOWED_WITHIN:
            self._commands.popleft()
        if any(abs(step) >= MIN_STEP for step in steps.values()) and seconds > 0:
            before = self.current
            self._move(steps, seconds, at)
            self._learn_rates(steps, self.current - before, seconds)
        elif seconds > 0:
            self._learn_rates({}, 0.0, seconds)
        self._apply_bound(currents)
        self._before, self._at = dict(currents), at
        self._believed.append((at, self.current))
        while self._believed[0][0] < at - MAX_WITNESS_LAG:
            self._believed.popleft()

    def compare_with(self, currents: Mapping[int, float]) -> None:
        """Hold the next list against these currents, as is better known by now what others have drawn."""
        self._before = dict(currents)

    def witness(self, value: float, amperes: Mapping[tuple[int, ...], float], at: float) -> None:
        """Weigh what the charger says of itself: `value` as it says it, and what that would be in A, by wiring.

        It weighs little, and nothing if it was believed within its lag, or once it has been repeated some times: it
        may be late, a limit instead of a current, or the last word of a cloud that has lost its charger.
        """
        times = self._witnessed[1] + 1 if self._witnessed[0] == value else 1
        self._witnessed = value, times
        expected = amperes.get(self.most_likely.lines, math.inf)
        if times > WITNESS_COUNTS or any(abs(each - expected) < 1.0 for _, each in self._believed):
            return
        for lines, row in self._belief.items():
            for place, current in enumerate(self._currents):
                row[place] *= 1 / 6 + math.exp(-((current - amperes[lines]) ** 2) / 2)
        self._normalise()

    # --- what is believed --------------------------------------------------------------------------------------

    @property
    def cells(self) -> Iterator[tuple[Cell, float]]:
        """All states with a probability that counts."""
        for lines, row in self._belief.items():
            for current, probability in zip(self._currents, row, strict=True):
                if probability > 1e-6:  # noqa: PLR2004 - less than that changes no quantile
                    yield Cell(lines, current), probability

    @property
    def most_likely(self) -> Cell:
        """The state with the highest probability."""
        return max(self.cells, key=lambda each: each[1])[0]

    @property
    def current(self) -> float:
        """The most likely current of the charger (A)."""
        sums = [sum(row[place] for row in self._belief.values()) for place in range(len(self._currents))]
        return float(self._currents[sums.index(max(sums))])

    @property
    def certainty(self) -> float:
        """The probability that the current is within an ampere of the most likely one."""
        current = self.current
        return sum(probability for cell, probability in self.cells if abs(cell.current - current) <= 1)

    def uses(self, line: int) -> float:
        """Return the probability that the charger draws from a line, or would."""
        return sum(sum(row) for lines, row in self._belief.items() if line in lines)

    @property
    def idle(self) -> float:
        """The probability that nothing is charged."""
        return sum(row[0] for row in self._belief.values())

    # --- the arithmetic ----------------------------------------------------------------------------------------

    def _move(self, steps: Mapping[int, float], seconds: float, at: float) -> None:
        """Move the belief by the steps of a list."""
        moves = [self._moves(place, seconds, at) for place in range(len(self._currents))]
        self._belief = {lines: self._moved(lines, row, steps, moves) for lines, row in self._belief.items()}
        self._normalise()

    def _moved(
        self,
        lines: tuple[int, ...],
        row: Sequence[float],
        steps: Mapping[int, float],
        moves: Sequence[Sequence[tuple[int, float]]],
    ) -> list[float]:
        """Return the belief of one wiring after the steps of a list."""
        likelihood: dict[int, float] = {}
        moved = [0.0] * len(row)
        for place, probability in enumerate(row):
            for target, share in moves[place] if probability > MIN_BELIEF else ():
                difference = self._currents[target] - self._currents[place]
                if difference not in likelihood:
                    likelihood[difference] = self._likelihood(steps, lines, difference)
                moved[target] += probability * share * likelihood[difference]
        return moved

    def _moves(self, place: int, seconds: float, at: float) -> list[tuple[int, float]]:
        """Return where a charger may be after some seconds, as (place, probability)."""
        stops = 1 - math.exp(-seconds / STOP_TIME)
        is_recent = bool(self._commands) and at - self._commands[-1].at <= FOLLOWED_WITHIN
        follows = 1 - math.exp(-seconds / (FOLLOW_TIME if is_recent else LATE_TIME)) if self._commands else 0.0
        commanded = [self._place(command.amperes) for command in self._commands]
        shares = {place: max(0.0, 1 - stops - follows)}
        shares[0] = shares.get(0, 0.0) + stops
        for target in commanded:
            shares[target] = shares.get(target, 0.0) + 0.6 * follows / len(commanded)
        if commanded:
            low, high = min(place, *commanded), max(place, *commanded)
            for target in range(low, high + 1):
                shares[target] = shares.get(target, 0.0) + 0.4 * follows / (high - low + 1)
        return [(target, share) for target, share in shares.items() if share > 0]

    def _place(self, amperes: int) -> int:
        return 0 if amperes < MIN_CHARGING_CURRENT else min(amperes - MIN_CHARGING_CURRENT + 1, len(self._currents) - 1)

    def _likelihood(self, steps: Mapping[int, float], lines: tuple[int, ...], difference: int) -> float:
        """Return how likely the steps are if the charger's current has changed by so many A in its lines."""
        rest = _rest(steps, lines, difference)
        alone = math.prod(self._density(each, self._rates.get(line, USUAL_RATE)) for line, each in rest.items())
        if len(rest) < 3:  # noqa: PLR2004 - a heat pump draws from all three lines
            return alone
        common = sorted(rest.values())[1]
        return alone + self._common_rate * _of_house(common) * math.prod(
            _normal(each - common) for each in rest.values()
        )

    @staticmethod
    def _density(rest: float, rate: float) -> float:
        return (1 - rate) * _normal(rest) + rate * _of_house(rest)

    def _learn_rates(self, steps: Mapping[int, float], difference: float, seconds: float) -> None:
        """Learn how often the house makes a step that the charger does not explain."""
        weight = 1 - math.exp(-seconds / RATE_TIME)
        rest = _rest(steps, self.most_likely.lines, difference)
        are_steps = {line: abs(each) > HOUSE_STEP for line, each in rest.items()}
        is_common = len(rest) > 1 and all(are_steps.values()) and max(rest.values()) - min(rest.values()) < HOUSE_STEP
        self._common_rate += weight * (is_common - self._common_rate)
        self._common_rate = min(max(self._common_rate, MIN_COMMON_RATE), MAX_RATE)
        for line in self._before:
            rate = self._rates.get(line, USUAL_RATE)
            rate += weight * ((are_steps.get(line, False) and not is_common) - rate)
            self._rates[line] = min(max(rate, MIN_RATE), MAX_RATE)

    def _apply_bound(self, currents: Mapping[int, float]) -> None:
        """Believe no charger that draws more than all of its line."""
        for lines, row in self._belief.items():
            known = [currents[line] for line in lines if line in currents]
            if not known or min(known) < 0:
                continue
            limit = min(known) + MAX_ABOVE_LINE
            for place, current in enumerate(self._currents):
                if current > limit:
                    row[place] *= BELIEF_ABOVE_LINE
        self._normalise()

    def _normalise(self) -> None:
        total = sum(map(sum, self._belief.values()))
        for row in self._belief.values():
            row[:] = [max(each / total, MIN_BELIEF) for each in row] if total > 0 else [1.0 / len(row)] * len(row)


def _rest(steps: Mapping[int, float], lines: tuple[int, ...], difference: float) -> dict[int, float]:
    """Return what is left of the steps (line -> A) if the charger's current has changed by so much in its lines."""
    return {line: step - (difference if line in lines else 0) for line, step in steps.items()}


def _of_house(step: float) -> float:
    """Return the density of the house's steps at one (A)."""
    return math.exp(-abs(step) / HOUSE_SCALE) / (2 * HOUSE_SCALE)


def _normal(value: float) -> float:
    """Return the density of the noise at a value (A)."""
    return math.exp(-0.5 * (value / STEP_NOISE) ** 2) / (STEP_NOISE * math.sqrt(2 * math.pi))
