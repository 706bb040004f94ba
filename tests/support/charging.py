"""A charger in the loop: a house, its meter, what is recommended, and a charger that follows late or not at all.

Currents are A, times simulated seconds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
import math
from random import Random

from custom_components.han_port.analysis.charge_control import ChargeControl
from custom_components.han_port.analysis.charger_group import ChargerGroup
from custom_components.han_port.analysis.charging import (
    MIN_CHARGING_CURRENT,
    ChargerSettings,
    ChargingMode,
    Situation,
    Wiring,
)
from custom_components.han_port.analysis.fuse import NOMINAL_VOLTAGE
from custom_components.han_port.analysis.supply_system import SupplySystem
from tools.simulator.charger import ChargerKind, SimulatedCharger

FUSE, MARGIN = 25.0, 1.0
HOUR = 3600
REPEAT = 60
"""Seconds after which an automation repeats the last value."""
INTERVAL = 10
SILENT_AFTER = 30
"""Seconds without a list after which nothing is known any more."""
SILENT_FROM = 60
"""Seconds from the beginning of each stretch to its silence."""
NOISE = 0.1
MUCH = 1.13
"""Times the fuse: above that a breaker may trip within an hour."""
ENTITIES = ("none", "exact", "5 s late", "15 s late", "60 s late", "300 s late", "its limit", "32 A", "16 A, stale")

type House = Callable[[int], tuple[float, float, float]]


def constant(amperes: float) -> House:
    """Return a house whose lines draw the same, always."""
    return lambda _second: (amperes, amperes, amperes)


def wild(seed: int, seconds: int) -> House:
    """Return a house in which each line changes by up to 20 A, after half a minute to half an hour."""
    chance = Random(seed)
    lines = [list(_steps(chance, seconds)) for _ in range(3)]
    places = [0, 0, 0]

    def at(second: int) -> tuple[float, float, float]:
        for number, steps in enumerate(lines):
            while places[number] + 1 < len(steps) and steps[places[number] + 1][0] <= second:
                places[number] += 1
        one, two, three = (steps[place][1] for steps, place in zip(lines, places, strict=True))
        return one, two, three

    return at


def scaled(house: House, factor: float) -> House:
    """Return a house whose lines draw so many times as much."""

    def at(second: int) -> tuple[float, float, float]:
        one, two, three = (factor * amperes for amperes in house(second))
        return one, two, three

    return at


def _steps(chance: Random, seconds: int) -> Iterator[tuple[float, float]]:
    now = 0.0
    while now < seconds:
        yield now, float(chance.choice((*range(17), 20)))
        now += math.exp(chance.uniform(math.log(30), math.log(1800)))


def cloudy(seed: int, seconds: int) -> House:
    """Return a house that draws up to 4 A in each line and makes up to 14 A of solar power in each, under clouds."""
    chance, loads = Random(seed), wild(seed, seconds)
    sun, target, made = 1.0, 1.0, []
    for _ in range(seconds):
        if chance.random() < 1 / 240:
            target = chance.uniform(0.3, 1.0)
        sun += max(-0.02, min(0.02, target - sun))
        made.append(14.0 * sun)

    def at(second: int) -> tuple[float, float, float]:
        one, two, three = (min(amperes, 4.0) - made[second] for amperes in loads(second))
        return one, two, three

    return at


def surplus(house: House, seconds: int, mode: ChargingMode) -> float:
    """Return what a three-phase charger could draw of what a house exports if it followed at once (Ah in each line)."""
    total = 0.0
    for second in range(seconds):
        exported = -sum(house(second)) / 3
        if mode is ChargingMode.SOLAR_MINIMUM:
            exported = max(exported, MIN_CHARGING_CURRENT)
        total += exported if exported >= MIN_CHARGING_CURRENT else 0.0
    return total / HOUR


def word(entity: str, drawn: list[float], said: int) -> float | None:
    """Return what the charger's entity says (A); None if it says nothing."""
    match entity:
        case "none":
            return None
        case "its limit":
            return float(said)
        case "32 A":
            return 32.0
        case "16 A, stale":
            return 16.0
    late = 0 if entity == "exact" else int(entity.partition(" ")[0])
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
    much_above: int = 0
    """Longest time (s) much above the fuse."""
    said: int = 0

    def changes_after(self, second: int) -> int:
        """Return how often it has changed after a second."""
        return sum(when > second for when, _ in self.changes)


@dataclass(frozen=True)
class Lists:
    """How a meter's lists come, and what is protected."""

    interval: int = INTERVAL
    lost: float = 0.0
    """Share of them."""
    silent_every: int = 0
    """Seconds from one silence to the next; 0: none."""
    silent_for: int = 0
    fuse: float = FUSE

    def come_at(self, second: int, chance: Random) -> bool:
        """Return whether a list comes in a second."""
        is_silent = bool(self.silent_every) and 0 <= second % self.silent_every - SILENT_FROM < self.silent_for
        if second % self.interval or is_silent:
            return False
        return not self.lost or chance.random() >= self.lost


@dataclass(frozen=True)
class Place:
    """One of several chargers, and what the user says of it."""

    kind: ChargerKind = field(default_factory=ChargerKind)
    settings: ChargerSettings = field(default_factory=ChargerSettings)
    mode: ChargingMode = ChargingMode.FAST
    entity: str = "none"
    arrives: int = 0
    """Second at which its car comes."""


def run(
    house: House,
    kind: ChargerKind,
    entity: str = "none",
    *,
    wiring: Wiring = Wiring.THREE_PHASE,
    hours: int = 2,
    seed: int = 1,
) -> Run:
    """Let a house, its meter, the control and a charger live for some hours."""
    settings = ChargerSettings(wiring, 32, MARGIN, MIN_CHARGING_CURRENT)
    return run_several(house, [Place(kind, settings, entity=entity)], hours=hours, seed=seed)[0]


def run_several(
    house: House,
    places: Sequence[Place],
    *,
    hours: int = 2,
    seed: int = 1,
    circuit: float | None = None,
    lists: Lists = Lists(),
) -> list[Run]:
    """Let a house, its meter, the controls and several chargers live for some hours."""
    chance, heard_at = Random(seed), 0
    controls = [ChargeControl(place.settings, lists.fuse) for place in places]
    loops = [
        _Loop(place, control, SimulatedCharger(place.kind, chance), lists.fuse)
        for place, control in zip(places, controls, strict=True)
    ]
    group, above, currents = ChargerGroup(controls, circuit), 0, dict.fromkeys((1, 2, 3), 0.0)
    for second in range(hours * HOUR):
        lines = house(second)
        currents = dict(enumerate(lines, 1))
        for loop in loops:
            for line, amperes in loop.tick(second, lines).items():
                currents[line] += amperes
        above = above + 1 if max(currents.values()) > MUCH * lists.fuse else 0
        if not lists.come_at(second, chance):
            if second - heard_at == SILENT_AFTER:
                group.fail(second)
        else:
            heard_at = second
            measured = {line: round(a + chance.uniform(-NOISE, NOISE), 1) for line, a in currents.items()}
            for loop in loops:
                loop.witness(second)
            power = sum(NOMINAL_VOLTAGE * amperes for amperes in measured.values())
            group.update(Situation(measured, second, system=SupplySystem.TN, power=power))
        for loop in loops:
            loop.result.much_above = max(loop.result.much_above, above)
            loop.obey(second)
    return [loop.end() for loop in loops]


@dataclass
class _Loop:
    """One charger in the loop."""

    place: Place
    control: ChargeControl
    charger: SimulatedCharger
    fuse: float
    result: Run = field(default_factory=Run)
    drawn: list[float] = field(default_factory=list)
    sent_at: int = -REPEAT
    energy: float = 0.0
    ideal: float = 0.0

    def __post_init__(self) -> None:
        self.control.mode = self.place.mode
        self.result.said = self.control.recommended.amperes

    def tick(self, second: int, lines: tuple[float, float, float]) -> dict[int, float]:
        """Go on by a second; return line -> A."""
        kind = self.place.kind
        own = self.charger.tick(second) if second >= self.place.arrives else {}
        self.drawn.append(self.charger.current)
        left = min(*(self.fuse - MARGIN - lines[line - 1] for line in kind.lines), kind.car_takes, kind.maximum)
        self.energy += self.charger.current
        self.ideal += left if left >= MIN_CHARGING_CURRENT else 0.0
        return own

    def witness(self, second: int) -> None:
        """Say what the charger says of itself."""
        if (said := word(self.place.entity, self.drawn, self.result.said)) is not None:
            self.control.witness(said, second, None, is_power=False)

    def obey(self, second: int) -> None:
        """Tell the charger what is recommended: at once if that has changed, and every minute."""
        if self.control.recommended.amperes != self.result.said:
            self.result.said = self.control.recommended.amperes
            self.result.changes.append((second, self.result.said))
            self.sent_at = second - REPEAT
        if second - self.sent_at >= REPEAT:
            self.charger.command(self.result.said, second)
            self.sent_at = second

    def end(self) -> Run:
        """Return what came of it."""
        self.result.starts = self.charger.starts
        self.result.energy = self.energy / HOUR
        self.result.share = 100 * self.energy / self.ideal if self.ideal else 100.0
        return self.result
