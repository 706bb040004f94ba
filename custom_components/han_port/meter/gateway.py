"""The meters behind one source, and whose a reading is. Today there is one meter: each has an entry of its own."""

from ..const import LOGGER
from ..decoder import Reading
from .identity import in_markdown
from .issues import Issue
from .meter import Meter

ALONE_AFTER = 600.0
"""Seconds without a word of the own meter after which another one is alone on the line."""


class Gateway:
    """One meter, and the readings that are not its.

    If another meter answers instead of it, the house is still the same: its power and currents go on, and guard the
    fuse. Its registers wait until the user has said that the meter was replaced. If both are on the line, the other one
    is a neighbour's, and nothing of it counts.
    """

    def __init__(self, meter: Meter) -> None:
        """Begin with no other meter heard."""
        self.meter = meter
        self._stranger: str | None = None
        """The number of another meter that is on the line now; its short lists do not say whose they are."""
        self._neighbours: set[str] = set()
        """The numbers of other meters beside which the own one was heard."""
        self._heard = 0.0
        """Loop seconds at which the own meter was heard last, by its number."""

    def own(self, reading: Reading, now: float) -> Reading | None:
        """Return what counts of a reading that came at a second of the loop; None if nothing does."""
        number = self.meter.config.number
        if reading.serial and number and reading.serial != number:
            is_neighbour = reading.serial in self._neighbours and now - self._heard < ALONE_AFTER
            if not is_neighbour:
                self._report(number, reading.serial)
            self._stranger = reading.serial
        elif reading.serial:
            self._heard = now
            self.meter.issues.settle(Issue.ANOTHER_METER)
            if self._stranger:
                self._neighbours.add(self._stranger)
            self._stranger = None
        if self._stranger is None:
            return reading
        if self._stranger in self._neighbours and now - self._heard < ALONE_AFTER:
            self.meter.counts["of_another_meter"] += 1
            return None
        return _of_the_house(reading)

    def _report(self, own: str, other: str) -> None:
        if self._stranger != other:
            LOGGER.warning("%s: another meter is on this line now; its registers wait", self.meter.config.title)
            self.meter.issues.settle(Issue.ANOTHER_METER)
        self.meter.issues.raise_(Issue.ANOTHER_METER, {"serial": other}, old=in_markdown(own), new=in_markdown(other))


def _of_the_house(reading: Reading) -> Reading:
    """Return what a reading of another meter says of the house, and nothing of that meter."""
    values = {quantity: value for quantity, value in reading.values.items() if not quantity.is_register}
    return Reading(values, verified=reading.verified, raw=reading.raw)
