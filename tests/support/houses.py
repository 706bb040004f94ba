"""Simulated houses: one whose meter sends what real ones send, and one of which each power is chosen by a test."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self

from tools.simulator.household import House
from tools.simulator.lists import find_model
from tools.simulator.meter import Faults, Meter

EVERY = timedelta(seconds=10)


class AidonHouse:
    """A house with an Aidon that sends its list every 10 s and no shorter one; registers come 10 s after the hour.

    A tenth of the hourly lists are the one before once more, and a hundredth of all lists is lost.
    """

    def __init__(self, start: datetime, length: timedelta, *, seed: int = 0) -> None:
        """Another seed is another house."""
        model = find_model("Aidon")
        maker = replace(model.maker, timetable=replace(model.maker.timetable, power_seconds=None))
        self.truth = House(start, net=model.net, seed=seed)
        house = House(start, net=model.net, seed=seed)  # of its own: to go back in time costs a house much
        faults = Faults(repeated_hour=0.1, lost=0.01, seed=5)
        self.pushes = Meter(replace(model, maker=maker), house, faults=faults).pushes(start + length)


class SteadyHouse:
    """A house whose power stays the same between changes, and a meter that tells it every ten seconds."""

    def __init__(self, begin: datetime, register: float = 1_000.0) -> None:
        """Begin with a register (Wh) and without a power."""
        self.now, self.register, self.watts = begin, register, 0.0

    def until(self, moment: datetime, watts: float, *, dark: bool = False) -> Self:
        """Let time pass at a power; in the dark nothing is heard."""
        self.watts = watts
        while self.now < moment:
            if not dark:
                self.hear()
            self.now += EVERY
            self.register += watts / 360
        return self

    def hear(self) -> None:
        """Hear what the meter tells now."""
        raise NotImplementedError
