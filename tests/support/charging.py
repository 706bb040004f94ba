"""A charger in the loop: a house, its meter, what is recommended, and a charger that follows late or not at all.

Currents are A, times simulated seconds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
import math
from random import Random

from custom_components.han_port.analysis.charge_control import ChargeControl
from custom_components.han_port.analysis.charging import MIN_CHARGING_CURRENT, ChargerSettings, Wiring
from tools.simulator.charger import ChargerKind, SimulatedCharger

FUSE, MARGIN = 25.0, 1.0
HOUR = 3600
REPEAT = 60
"""Seconds after which an automation repeats the last value."""
INTERVAL = 10
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


def _steps(chance: Random, seconds: int) -> Iterator[tuple[float, float]]:
    now = 0.0
    while now < seconds:
        yield now, float(chance.choice((*range(17), 20)))
        now += math.exp(chance.uniform(math.log(30), math.log(1800)))


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
    much_above: int = 0
    """Longest time (s) much above the fuse."""
    said: int = 0

    def changes_after(self, second: int) -> int:
        """Return how often it has changed after a second."""
        return sum(when > second for when, _ in self.changes)


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
    chance = Random(seed)
    charger, result = SimulatedCharger(kind, chance), Run()
    control = ChargeControl(ChargerSettings(wiring, 32, MARGIN, MIN_CHARGING_CURRENT), FUSE)
    drawn: list[float] = []
    sent_at, above, energy, ideal = -REPEAT, 0, 0.0, 0.0
    result.said = control.recommended.amperes
    for second in range(hours * HOUR):
        lines, own = house(second), charger.tick(second)
        drawn.append(charger.current)
        currents = {line: lines[line - 1] + own.get(line, 0.0) for line in (1, 2, 3)}
        above = above + 1 if max(currents.values()) > MUCH * FUSE else 0
        result.much_above = max(result.much_above, above)
        left = min(*(FUSE - MARGIN - lines[line - 1] for line in kind.lines), kind.car_takes, kind.maximum)
        energy, ideal = energy + charger.current, ideal + (left if left >= MIN_CHARGING_CURRENT else 0.0)
        if second % INTERVAL == 0:
            if (said := word(entity, drawn, result.said)) is not None:
                control.witness(said, second, None, is_power=False)
            control.update({line: round(a + chance.uniform(-NOISE, NOISE), 1) for line, a in currents.items()}, second)
            if control.recommended.amperes != result.said:
                result.said = control.recommended.amperes
                result.changes.append((second, result.said))
                sent_at = second - REPEAT
        if second - sent_at >= REPEAT:
            charger.command(result.said, second)
            sent_at = second
    result.starts, result.share = charger.starts, 100 * energy / ideal if ideal else 100.0
    return result
