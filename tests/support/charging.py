"""A charger in the loop: a house, its meter, what is recommended, and a charger that follows late or not at all.

Currents are A, times simulated seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
import math
from random import Random

from custom_components.han_port.analysis.charging import (
    MIN_CHARGING_CURRENT,
    ChargerSettings,
    Situation,
    Wiring,
    bounds_of_unmeasured,
    watts_per_ampere,
)
from custom_components.han_port.analysis.fuse import line_currents
from tests.support.charging_flows import MUCH, Drawn, Flows, Tariff
from tests.support.charging_houses import HOUR, House
from tests.support.charging_leads import Control, Lead, Place, by_product
from tests.support.grid import TN, Grid
from tools.simulator.charger import ChargerKind, SimulatedCharger

FUSE, MARGIN = 25.0, 1.0
REPEAT = 60
"""Seconds after which an automation repeats the last value."""
INTERVAL = 10
SILENT_AFTER = 30
"""Seconds without a list after which nothing is known any more."""
SILENT_FROM = 60
"""Seconds from the beginning of each stretch to its silence."""
ENTITIES = (
    *("none", "exact", "5 s late", "15 s late", "60 s late", "300 s late", "by turns", "in W"),
    *("its limit", "32 A", "16 A, stale"),
)
BY_TURNS = 300
"""Seconds for which an entity is available, and then is not."""


def word(entity: str, drawn: list[float], said: int) -> float | None:
    """Return what the charger's entity says (A); None if it says nothing."""
    is_there = entity != "none" and (entity != "by turns" or len(drawn) // BY_TURNS % 2)
    if not is_there:
        return None
    match entity:
        case "its limit":
            return float(said)
        case "32 A":
            return 32.0
        case "16 A, stale":
            return 16.0
    late = int(entity.partition(" ")[0]) if entity.endswith(" late") else 0
    return drawn[max(0, len(drawn) - 1 - late)]


@dataclass
class Run:
    """What came of a loop."""

    changes: list[tuple[int, int]] = field(default_factory=list)
    """Second, and what was said from then on (A)."""
    starts: int = 0
    share: float = 0.0
    """Energy, in per cent of what a controller that knows everything would have charged."""
    energy: float = 0.0
    """Ah in each of the lines."""
    ideal: float = 0.0
    """Ah that a controller that knows everything would have charged."""
    above: int = 0
    """Seconds above the fuse in all."""
    much_above: int = 0
    """Longest time (s) much above the fuse."""
    above_after_step: int = 0
    """Longest time (s) that a line was above the fuse, since the house's last step in it."""
    much_after_step: int = 0
    """The same, much above the fuse."""
    worst: float = 0.0
    """The highest current of a line, in per cent of the fuse."""
    used: list[float] = field(default_factory=list)
    """Energy (kWh) that each hour has drawn, house and cars."""
    said: int = 0

    def changes_after(self, second: int) -> int:
        """Return how often it has changed after a second."""
        return sum(when > second for when, _ in self.changes)


@dataclass(frozen=True)
class Lists:
    """How a meter's lists come, and what is protected."""

    interval: float = INTERVAL
    lost: float = 0.0
    """Share of them."""
    silent_every: int = 0
    """Seconds from one silence to the next; 0: none."""
    silent_for: int = 0
    fuse: float = FUSE

    def come_at(self, second: int, chance: Random) -> bool:
        """Return whether a list comes in a second."""
        is_silent = bool(self.silent_every) and 0 <= second % self.silent_every - SILENT_FROM < self.silent_for
        if is_silent or math.floor(second / self.interval) == math.floor((second - 1) / self.interval):
            return False
        return not self.lost or chance.random() >= self.lost


def run(
    house: House,
    kind: ChargerKind,
    entity: str = "none",
    *,
    wiring: Wiring = Wiring.THREE_PHASE,
    hours: float = 2,
    seed: int = 1,
    grid: Grid = TN,
    lead: Lead = by_product,
) -> Run:
    """Let a house, its meter, the control and a charger live for some hours."""
    settings = ChargerSettings(wiring, 32, MARGIN, MIN_CHARGING_CURRENT)
    place = Place(kind, settings, entity=entity)
    return run_several(house, [place], hours=hours, seed=seed, grid=grid, lead=lead)[0]


def run_several(
    house: House,
    places: Sequence[Place],
    *,
    hours: float = 2,
    seed: int = 1,
    circuit: float | None = None,
    lists: Lists = Lists(),
    grid: Grid = TN,
    lead: Lead = by_product,
    budget: float | None = None,
) -> list[Run]:
    """Let a house, its meter, the controls and several chargers live for some hours.

    `budget`: kWh that an hour may draw, if that is to limit them too.
    """
    chance, heard_at = Random(seed), 0
    chargers = [SimulatedCharger(place.kind, chance) for place in places]
    group = lead(places, chargers, lists.fuse, circuit)
    loops = [_Loop(*each, lists.fuse, grid) for each in zip(places, group.controls, chargers, strict=True)]
    lines, tariff = Flows(grid, lists.fuse), Tariff(budget)
    for second in range(round(hours * HOUR)):
        lines.tick(house(second), [loop.tick(second) for loop in loops])
        for loop in loops:
            loop.want(lines.of_house)
        tariff.tick(lines.power)
        if not lists.come_at(second, chance):
            if second - heard_at == SILENT_AFTER:
                group.fail(second)
        else:
            heard_at = second
            values = grid.values(lines.currents, chance)
            measured = line_currents(values, grid.system)
            for loop in loops:
                loop.witness(second)
            bounds = bounds_of_unmeasured(values, measured, grid.system)
            allowances = tariff.allowances(lines.power, second)
            group.update(Situation(measured, second, bounds, grid.system, allowances, lines.power))
        for loop in loops:
            loop.obey(second)
    return [loop.end(lines, tariff) for loop in loops]


@dataclass
class _Loop:
    """One charger in the loop."""

    place: Place
    control: Control
    charger: SimulatedCharger
    fuse: float
    grid: Grid
    result: Run = field(default_factory=Run)
    drawn: list[float] = field(default_factory=list)
    sent_at: int = -REPEAT
    energy: float = 0.0
    ideal: float = 0.0
    left: float = 0.0
    house: object = None

    def __post_init__(self) -> None:
        self.result.said = self.control.recommended.amperes

    def tick(self, second: int) -> Drawn:
        """Go on by a second; return the lines, and what is drawn from each."""
        if second >= self.place.arrives:
            self.charger.tick(second)
        self.drawn.append(self.charger.current)
        self.energy += self.charger.current
        return self.place.kind.lines, self.charger.current

    def want(self, house: dict[int, complex]) -> None:
        """Note what a controller that knows everything would charge with for this second."""
        if house is not self.house:
            kind, self.house = self.place.kind, house
            left = self.grid.left(house, kind.lines, self.fuse - MARGIN)
            left = min(left, kind.car_takes, kind.maximum)
            self.left = left if left >= MIN_CHARGING_CURRENT else 0.0
        self.ideal += self.left

    def witness(self, second: int) -> None:
        """Say what the charger says of itself."""
        if (said := word(self.place.entity, self.drawn, self.result.said)) is not None:
            is_power = self.place.entity == "in W"
            if is_power:
                said *= watts_per_ampere(self.place.kind.lines, self.grid.system)
            self.control.witness(said, second, self.grid.system, is_power=is_power)

    def obey(self, second: int) -> None:
        """Tell the charger what is recommended: at once if that has changed, and every minute."""
        if self.control.recommended.amperes != self.result.said:
            self.result.said = self.control.recommended.amperes
            self.result.changes.append((second, self.result.said))
            self.sent_at = second - REPEAT
        if second - self.sent_at >= REPEAT:
            self.charger.command(self.result.said, second)
            self.sent_at = second

    def end(self, lines: Flows, tariff: Tariff) -> Run:
        """Return what came of it."""
        result = self.result
        result.starts, result.used = self.charger.starts, tariff.used
        result.energy, result.ideal = self.energy / HOUR, self.ideal / HOUR
        result.share = 100 * self.energy / self.ideal if self.ideal else 100.0
        result.above, result.much_above, result.worst = lines.above, lines.much_for, 100 * lines.worst / self.fuse
        result.above_after_step, result.much_after_step = lines.longest(1.0), lines.longest(MUCH)
        return result
