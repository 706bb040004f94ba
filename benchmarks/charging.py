"""How well a charger is led: what is recommended, and what a late and stubborn one makes of it.

Houses that do not change, at whole amperes, and wild ones, with three-phase and one-phase cars, and an entity that says
the charger's current exactly, late, or something else. A wild house is compared with a controller that knows
everything and needs no time. Times are simulated: a sample takes a quarter of a minute (`--long`: all of it).
"""

import argparse
from collections.abc import Iterator
from statistics import mean

from custom_components.han_port.analysis.charging import MIN_CHARGING_CURRENT, Wiring
from tests.support.charging import ENTITIES, FUSE, HOUR, MARGIN, constant, run, wild
from tools.simulator.charger import ChargerKind

SETTLED_AFTER = 600


def constant_houses(kind: ChargerKind, entities: tuple[str, ...], values: range) -> Iterator[str]:
    """Yield a line for each entity: the worst of houses that do not change."""
    for entity in entities:
        runs = {amperes: run(constant(float(amperes)), kind, entity, seed=amperes) for amperes in values}
        settled = max((each.changes[-1][0] for each in runs.values() if each.changes), default=0)
        below = max(
            ideal - each.said
            for amperes, each in runs.items()
            if (ideal := min(FUSE - MARGIN - amperes, kind.car_takes, 32)) >= MIN_CHARGING_CURRENT
        )
        after = max(each.changes_after(SETTLED_AFTER) for each in runs.values())
        yield (
            f"  {entity:12} settled after {settled:4} s, {after} changes after {SETTLED_AFTER} s, "
            f"{max(each.starts for each in runs.values())} starts, {below:.0f} A below the ideal, "
            f"much above the fuse for {max(each.much_above for each in runs.values())} s"
        )


def wild_houses(name: str, kind: ChargerKind, entity: str, seeds: range, wiring: Wiring = Wiring.THREE_PHASE) -> str:
    """Return a line for a kind of charger in wild houses."""
    runs = [run(wild(seed, 3 * HOUR), kind, entity, wiring=wiring, hours=3, seed=seed) for seed in seeds]
    return (
        f"  {name:34} {entity:12} {mean(each.share for each in runs):4.0f} % "
        f"(worst {min(each.share for each in runs):3.0f}), "
        f"{max(each.starts for each in runs) / 3:.1f} starts/h, "
        f"{mean(len(each.changes) for each in runs) / 3:4.1f} changes/h, "
        f"much above the fuse for {max(each.much_above for each in runs):3} s"
    )


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="all entities and 14 houses, not a sample")
    long = parser.parse_args().long
    seeds, values = range(14 if long else 4), range(0, 25, 1 if long else 4)
    three, one = ChargerKind(), ChargerKind(lines=(1,))
    print("Houses that do not change, three-phase car:")
    print(*constant_houses(three, ENTITIES, values), sep="\n")
    print("Houses that do not change, one-phase car at a three-phase charger:")
    print(*constant_houses(one, ENTITIES if long else ENTITIES[:2], values), sep="\n")
    print("Wild houses, of what a controller that knows everything would have charged:")
    for entity in ENTITIES if long else ("none", "60 s late", "32 A"):
        print(wild_houses("three-phase car", three, entity, seeds))
    print(wild_houses("one-phase car, three-phase charger", one, "none", seeds))
    print(wild_houses("charger on L1 alone", one, "none", seeds, Wiring.L1))
    print(wild_houses("car takes 10 A", ChargerKind(car_takes=10.0), "its limit", seeds))
    print(wild_houses("charger that takes a minute", ChargerKind(delay=(55.0, 60.0)), "none", seeds))
    print(wild_houses("one command in ten gets lost", ChargerKind(ignores=0.1), "none", seeds))


if __name__ == "__main__":
    main()
