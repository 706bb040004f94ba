"""A simulated house whose meter sends what real ones send, and what it really took, to compare with."""

from dataclasses import replace
from datetime import datetime, timedelta

from tools.simulator.household import House
from tools.simulator.lists import find_model
from tools.simulator.meter import Faults, Meter


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
