"""How well a charger is led: what is recommended, and what a late and stubborn one makes of it.

Houses that do not change, at whole amperes, and wild ones, with three-phase and one-phase cars, and an entity that says
the charger's current exactly, late, or something else. A wild house is compared with a controller that knows
everything and needs no time. Times are simulated: a sample takes a quarter of a minute (`--long`: all of it).
"""

import argparse
from collections.abc import Iterator
from statistics import mean

from custom_components.han_port.analysis.charging import (
    BY_THE_SUN,
    MIN_CHARGING_CURRENT,
    ChargerSettings,
    ChargingMode,
    Wiring,
)
from tests.support.charging import ENTITIES, FUSE, MARGIN, Lists, run, run_several
from tests.support.charging_houses import HOUR, cloudy, constant, scaled, surplus, wild
from tests.support.charging_leads import Place
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


def lists(name: str, kind: ChargerKind, lists_: Lists, seeds: range) -> str:
    """Return a line for lists that come otherwise, or another fuse, in wild houses."""
    place = Place(kind, ChargerSettings(margin=MARGIN, maximum=min(32, int(lists_.fuse))))
    houses = [(seed, scaled(wild(seed, 3 * HOUR), lists_.fuse / FUSE)) for seed in seeds]
    runs = [run_several(house, [place], hours=3, seed=seed, lists=lists_)[0] for seed, house in houses]
    return (
        f"  {name:34} {mean(each.share for each in runs):4.0f} %, "
        f"{max(each.starts for each in runs) / 3:.1f} starts/h, "
        f"{mean(len(each.changes) for each in runs) / 3:4.1f} changes/h, "
        f"much above the fuse for {max(each.much_above for each in runs):3} s"
    )


def several(name: str, house: float, places: list[Place], circuit: float | None = None) -> str:
    """Return a line for several chargers in a house that does not change."""
    runs = run_several(constant(house), places, circuit=circuit)
    return (
        f"  {name:34} told {' / '.join(str(each.said) for each in runs)} A, "
        f"{' / '.join(f'{each.energy:.1f}' for each in runs)} Ah in two hours, "
        f"{max(each.starts for each in runs)} starts, much above the fuse for {max(each.much_above for each in runs)} s"
    )


def by_the_sun(mode: ChargingMode, seeds: range) -> str:
    """Return a line for days with clouds: the share of what is exported, or of that and the minimum."""
    shares, starts = [], 0
    for seed in seeds:
        house = cloudy(seed, 3 * HOUR)
        run_ = run_several(house, [Place(mode=mode)], hours=3, seed=seed)[0]
        shares.append(100 * run_.energy / surplus(house, 3 * HOUR, mode))
        starts = max(starts, run_.starts)
    return f"  {mode:34} {mean(shares):4.0f} % (worst {min(shares):3.0f}), {starts / 3:.1f} starts/h"


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
    print(wild_houses("charger that stops by itself", ChargerKind(drops_every=1800.0), "none", seeds))
    print("The same with other lists and fuses, three-phase car:")
    print(lists("lists of 2 s, charger of 2 s", ChargerKind(delay=(2.0, 2.0)), Lists(interval=2), seeds))
    print(lists("one list in twenty gets lost", three, Lists(lost=0.05), seeds))
    print(lists("30 s of silence every 10 minutes", three, Lists(silent_every=600, silent_for=40), seeds))
    print(lists("5 minutes of silence every half hour", three, Lists(silent_every=1800, silent_for=300), seeds))
    for fuse in (16.0, 35.0, 63.0):
        print(lists(f"fuse of {fuse:.0f} A", three, Lists(fuse=fuse), seeds))
    print("Several chargers in a house that does not change, 25 A:")
    one_, low = Place(), Place(settings=ChargerSettings(priority=2))
    print(several("two, house of 0 A", 0.0, [one_, one_]))
    print(several("two, house of 14 A: in turn", 14.0, [one_, one_]))
    print(several("low and high priority, house of 6 A", 6.0, [low, one_]))
    print(several("three, house of 2 A", 2.0, [one_, one_, one_]))
    print(several("two, shared breaker of 16 A", 0.0, [one_, one_], 16.0))
    print(several("one without a car, house of 4 A", 4.0, [one_, Place(arrives=10**6)]))
    print("By the sun, of what a charger that follows at once would have charged:")
    for mode in BY_THE_SUN:
        print(by_the_sun(mode, seeds))


if __name__ == "__main__":
    main()
