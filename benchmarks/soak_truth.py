"""What a simulated meter has said, and what its house has really used: what a soak is held against.

Nothing of the integration is asked: values come from the house behind the meter, rounded as its lists have them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tools.simulator.abroad import MODELS_ABROAD
from tools.simulator.household import House, Supply
from tools.simulator.lists import MODELS, QUANTITIES, ListKind, Model, find_model
from tools.simulator.meter import Push

HOUR = timedelta(hours=1)
SEED = 7
FRESH = 60.0
"""Seconds for which a value may be shown after it was said, and those that a restart takes."""
EXACT = 1e-6
MOMENTARY = frozenset(
    ("power", "power_import", "power_export", *(f"{what}_l{n}" for what in ("current", "voltage") for n in (1, 2, 3)))
)
"""The keys of what is held against what the meter has said."""


@dataclass(frozen=True)
class Kind:
    """A meter, and how finely its lists tell what it measures."""

    maker: str
    amperes: int
    """Digits after the point."""
    volts: int
    register: int
    """Wh that its register counts in."""
    signed: bool = False
    """Whether the current of a phase that gives is below zero."""

    @property
    def model(self) -> Model:
        """The meter of the simulator."""
        return find_model(self.maker, models=MODELS + MODELS_ABROAD)

    @property
    def tells_registers_always(self) -> bool:
        """Whether each list has the registers, and not only one in an hour."""
        return self.model.maker.timetable.hourly_second is None


KINDS = {
    kind.maker: kind
    for kind in (
        # Norway
        Kind("Aidon", 1, 1, 10, signed=True),
        Kind("Kaifa", 3, 1, 1),
        Kind("Kamstrup", 2, 0, 10),
        Kind("Embriq", 2, 1, 10, signed=True),
        # Sweden
        Kind("P1", 1, 1, 1),
        Kind("Aidon-SE", 1, 1, 1, signed=True),
        Kind("Kaifa-SE", 3, 1, 1),
        # Denmark, encrypted
        Kind("Kamstrup-DK", 2, 0, 10),
        # Finland has P1 ports too; from here on it is Austria and its neighbours, some of them encrypted
        Kind("Kaifa-AT", 2, 1, 1),
        Kind("Landis-Gyr", 2, 0, 1),
        Kind("Sagemcom-AT", 2, 1, 1),
        Kind("P1-Polish", 1, 1, 1),
    )
}
"""By maker."""


class Truth:
    """The house once more, at the full hours and at registers."""

    def __init__(self, kind: Kind, start: datetime) -> None:
        """Begin with the meter."""
        self.kind, self._start = kind, start
        self._house = House(start, net=kind.model.net, seed=SEED)
        self._hours = [self._house.at(start).energy_import]

    def at(self, moment: datetime) -> float:
        """Return the imported energy (Wh) of a moment; only ever a later one than before."""
        while (hour := self._start + len(self._hours) * HOUR) <= moment:
            self._hours.append(self._house.at(hour).energy_import)
        return self._house.at(moment).energy_import

    def hours(self) -> Iterator[tuple[datetime, float]]:
        """Yield the start and the energy (Wh) of each hour that is over."""
        for number, (before, after) in enumerate(pairwise(self._hours)):
            yield self._start + number * HOUR, after - before


def tells_the_truth(push: Push) -> bool:
    """Tell whether the values of a list are undamaged.

    So they are in a telegram in whose checksum a wrong bit has made a small letter of a capital, which is read as well.
    """
    if push.frame.startswith(b"/"):
        return push.line.partition(b"!")[0] == push.frame.partition(b"!")[0]
    return push.is_sound


class Said:
    """When the meter has last said which number, in whole steps of its lists."""

    def __init__(self, kind: Kind) -> None:
        """Begin with nothing."""
        self._kind = kind
        self._said: dict[str, dict[int, float]] = {}

    def _digits(self, key: str) -> int:
        return {"c": self._kind.amperes, "v": self._kind.volts}.get(key[0], 0)

    def _values(self, supply: Supply, which: ListKind) -> Iterator[tuple[str, float]]:
        yield "power_import", supply.active_import
        yield "power", supply.active_power
        if which is ListKind.POWER:
            return
        yield "power_export", supply.active_export
        for phase in (1, 2, 3):
            amperes = QUANTITIES[f"I{phase}"].measure(supply)
            yield f"current_l{phase}", amperes if self._kind.signed else abs(amperes)
            yield f"voltage_l{phase}", QUANTITIES[f"U{phase}"].measure(supply)

    def take(self, push: Push, now: float) -> None:
        """Take a list whose values come down the line undamaged."""
        for key, value in self._values(push.supply, push.which):
            self._said.setdefault(key, {})[round(value * 10 ** self._digits(key))] = now

    def holds(self, key: str, shown: str, now: float) -> bool:
        """Tell whether a state shows what was said a moment ago."""
        steps = float(shown) * 10 ** self._digits(key)
        last = self._said.get(key, {}).get(round(steps))
        return last is not None and abs(steps - round(steps)) < EXACT and now - last <= FRESH

    def forget(self, now: float) -> None:
        """Forget what was said long ago."""
        for key, values in self._said.items():
            self._said[key] = {steps: last for steps, last in values.items() if now - last <= FRESH}
