"""What flows in the lines of a loop, for how long it is too much, and what it leaves of a budget.

Currents are A, times simulated seconds.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from custom_components.han_port.analysis.charging import Allowance, Limit
from custom_components.han_port.analysis.forecast import Running
from custom_components.han_port.analysis.integral import Integral
from tests.support.charging_houses import HOUR
from tests.support.grid import Grid, together

MUCH = 1.13
"""Times the fuse: above that a breaker may trip within an hour."""
STEP = 0.5
"""A by which a line of the house rises at once: what is above the fuse is counted anew from there."""
BEGIN = datetime(2026, 11, 21, 12, tzinfo=UTC)

type Drawn = tuple[tuple[int, ...], float]
"""The lines that a charger draws from, and what from each."""


class Flows:
    """What flows in the lines, and for how long it is too much."""

    def __init__(self, grid: Grid, fuse: float) -> None:
        """Begin without any current."""
        self._grid, self._fuse = grid, fuse
        self._flows: tuple[object, ...] = ()
        self.of_house: dict[int, complex] = {}
        self.currents: dict[int, complex] = {}
        self.power = self._size = 0.0
        """W, negative if the house exports."""
        self.above = self.much = self.much_for = 0
        self.worst = 0.0
        self.after_step: dict[tuple[int, float], int] = {}
        """(line, times the fuse) -> longest time above that since a step of the house."""
        self._since: dict[tuple[int, float], int] = {}

    def tick(self, house: tuple[float, float, float], drawn: Sequence[Drawn]) -> None:
        """Go on by a second, with what the house draws and what each charger does, in its lines."""
        if (flows := (house, *drawn)) != self._flows:
            self._flows = flows
            self._flow(house, drawn)
        if self._size <= self._fuse:
            self.much = 0
            self._since.clear()
            return
        self.above += 1
        self.much = self.much + 1 if self._size > MUCH * self._fuse else 0
        self.much_for = max(self.much_for, self.much)
        for line, current in self.currents.items():
            for times in (1.0, MUCH):
                seconds = self._since.get((line, times), 0) + 1 if abs(current) > times * self._fuse else 0
                self._since[line, times] = seconds
                self.after_step[line, times] = max(self.after_step.get((line, times), 0), seconds)

    def _flow(self, house: tuple[float, float, float], drawn: Sequence[Drawn]) -> None:
        before, self.of_house = self.of_house, self._grid.of_house(house)
        for line, current in self.of_house.items():
            if abs(current) > abs(before.get(line, 0j)) + STEP:
                self._since |= {(line, 1.0): 0, (line, MUCH): 0}
        own = [
            {line: unit * amperes for line, unit in self._grid.of_charger(lines).items()} for lines, amperes in drawn
        ]
        self.currents = together([self.of_house, *own])
        self._size = max(map(abs, self.currents.values()))
        self.worst = max(self.worst, self._size)
        self.power = self._grid.power(self.currents).real

    def longest(self, times: float) -> int:
        """Return the longest time above so many times the fuse, since a step of the house."""
        return max((seconds for (_, each), seconds in self.after_step.items() if each == times), default=0)


class Tariff:
    """The budget of each hour."""

    def __init__(self, budget: float | None) -> None:
        """Take the energy (kWh) that an hour may draw; None without a limit."""
        self._budget = budget
        self._imported, self._exported = Integral(), Integral()
        self._running = Running(timedelta(hours=1))
        self._seconds = 0
        self.used: list[float] = []

    def tick(self, power: float) -> None:
        """Go on by a second with a power (W)."""
        if not self._seconds % HOUR:
            self.used.append(0.0)
        self._seconds += 1
        self.used[-1] += max(power, 0.0) / HOUR / 1000

    def allowances(self, power: float, second: int) -> tuple[Allowance, ...]:
        """Return by how much a power (W) may rise, as of a list."""
        if self._budget is None:
            return ()
        now = BEGIN + timedelta(seconds=second)
        self._imported.add(max(power, 0.0), now)
        self._exported.add(max(-power, 0.0), now)
        self._running.update(self._imported, now, self._exported)
        forecast = self._running.forecast(self._imported, now)
        return (Allowance(forecast.available(1000 * self._budget), Limit.TARIFF),) if forecast else ()
