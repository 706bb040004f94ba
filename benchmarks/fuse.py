"""How well the main fuse is watched: simulated houses in all three nets, with lists of 2.5 and 10 s, some of them lost.

Loads come and go at random and are sometimes too many. Currents are worked out by phasors that share no code with the
guard, and told in tenths of an ampere; truth is known at every moment. An overload is missed if the guard never said so
while it lasted, and an alarm is false if no line was above the fuse for ten seconds around it.
"""

import argparse
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
import heapq
from itertools import product
import math
from random import Random

from custom_components.han_port.analysis.fuse import Guard
from tests.analysis.lines_reference import PAIRS, Load, currents

MONTH = 30 * 86_400.0
NETS = ("tn", "it", "one_phase")
INTERVALS = (2.5, 10.0)
LOST = 0.01
LONG = 10.0
"""Seconds that make an overload one."""
FUSE = 25.0
MOTORS = 0.1
"""Of all loads, how many are motors, which take five times their power for the first 0.6 s."""


@dataclass(frozen=True)
class Result:
    """What came of one net and interval."""

    net: str
    interval: float
    long: int
    """Overloads of more than ten seconds."""
    showable: int
    """Those of them that lists of this interval can show for ten seconds."""
    missed: int
    """Of those."""
    seen_shorter: int
    """Of the others, how many were told all the same."""
    false: int
    days: float


def loads_over_time(chance: Random, net: str, seconds: float) -> Iterator[tuple[float, list[Load]]]:
    """Yield from which second on which loads are on: heaters, motors with a surge, a car, seldom too much of it."""
    ends: list[tuple[float, int, Load]] = []
    now, number = 0.0, 0
    while now < seconds:
        step = chance.expovariate(1 / 240)
        while ends and ends[0][0] <= now + step:
            now_ends = heapq.heappop(ends)[0]
            yield now_ends, [load for _, _, load in ends]
        now += step
        watts = chance.choice((chance.uniform(50, 800), chance.uniform(800, 3500)))
        angle = math.acos(chance.uniform(0.85, 1.0)) * chance.choice((1, 1, -1))
        line = 0 if net == "one_phase" else chance.randrange(3)
        one, other = PAIRS[line] if net == "it" else (line, "N")
        lasts = chance.choice((chance.uniform(1, 8), chance.uniform(5, 60), chance.expovariate(1 / 900)))
        if chance.random() < MOTORS:
            number += 1
            heapq.heappush(ends, (now + 0.6, number, Load(one, other, 4 * watts, math.acos(0.5))))
        number += 1
        heapq.heappush(ends, (now + lasts, number, Load(one, other, watts, angle)))
        yield now, [load for _, _, load in ends]


def watch(net: str, interval: float, days: float) -> Result:
    """Let a house live for some days, and the guard hear its meter."""
    chance = Random(f"{net} {interval}")
    guard, listen = Guard(FUSE), 0.0
    overloads: list[tuple[float, float]] = []
    alarms: list[tuple[float, float]] = []
    above: float | None = None
    amperes: dict[int, float] = {1: 0.0}

    def hear(until: float) -> None:
        nonlocal listen
        while listen < until:
            if chance.random() >= LOST:
                was = guard.overload is not None
                guard.update(amperes, listen)
                if guard.overload and not was:
                    alarms.append((listen, listen))
                elif was and guard.overload is None:
                    alarms[-1] = (alarms[-1][0], listen)
            listen += interval

    for moment, loads in loads_over_time(chance, net, days * 86_400):
        hear(moment)
        lines = currents(net, loads)
        amperes = {
            number + 1: round(abs(line), 1) for number, line in enumerate(lines) if net != "one_phase" or not number
        }
        is_above = max(map(abs, lines)) > FUSE + 0.05  # what a meter of tenths can tell
        if is_above and above is None:
            above = moment
        elif not is_above and above is not None:
            overloads.append((above, moment))
            above = None
    if guard.overload:
        alarms[-1] = (alarms[-1][0], math.inf)
    return _judged(net, interval, days, overloads, alarms)


def _judged(
    net: str, interval: float, days: float, overloads: list[tuple[float, float]], alarms: list[tuple[float, float]]
) -> Result:
    long = [(begin, end) for begin, end in overloads if end - begin > LONG]
    # A first list up to one interval after it began, then ten seconds of lists, of which one may be lost.
    least = interval + LONG + interval
    told = [any(on <= end and off >= begin for on, off in alarms) for begin, end in long]
    showable = [was_told for (begin, end), was_told in zip(long, told, strict=True) if end - begin >= least]
    shorter = [was_told for (begin, end), was_told in zip(long, told, strict=True) if end - begin < least]
    false = [on for on, _ in alarms if not any(begin <= on <= end + interval for begin, end in long)]
    return Result(net, interval, len(long), len(showable), showable.count(False), shorter.count(True), len(false), days)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=30, help="how long each house lives")
    days = parser.parse_args().days
    cases = list(product(NETS, INTERVALS))
    with ProcessPoolExecutor() as pool:
        watched = [pool.submit(watch, net, interval, days) for net, interval in cases]
        results = [each.result() for each in watched]
    print(f"{'net':10}{'lists':>8}{'over 10 s':>11}{'showable':>10}{'missed':>8}{'of shorter told':>17}{'false':>7}")
    for each in results:
        shorter = f"{each.seen_shorter} of {each.long - each.showable}"
        row = f"{each.net:10}{each.interval:6.1f} s{each.long:11}{each.showable:10}{each.missed:8}{shorter:>17}"
        print(f"{row}{each.false:7}")
    missed, showable = sum(each.missed for each in results), sum(each.showable for each in results)
    print(
        "\nlists of 2.5 s can show an overload of 15 s and more, those of 10 s one of 30 s and more, if a list is lost"
    )
    print(f"overloads over 10 s missed, of those that the lists can show: {missed} of {showable}")
    months = sum(each.days for each in results) * 86_400 / MONTH
    print(f"false alarms per simulated month: {sum(each.false for each in results) / months:.1f}")


if __name__ == "__main__":
    main()
