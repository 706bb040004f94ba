"""The meters behind one source, and whose a reading is. Today there is one meter: each has an entry of its own."""

from ..const import LOGGER
from ..decoder import Reading
from .identity import in_markdown
from .issues import Issue
from .meter import Meter


class Gateway:
    """One meter, and the readings that are not its."""

    def __init__(self, meter: Meter) -> None:
        """Begin with no other meter heard."""
        self.meter = meter
        self._stranger: str | None = None
        """The number of another meter that is on the line now; its short lists do not say whose they are."""

    def meter_of(self, reading: Reading) -> Meter | None:
        """Return the meter that a reading is of; None if it is another one, whose values are not shown."""
        own = self.meter.config.number
        if reading.serial and own and reading.serial != own:
            self._report(own, reading.serial)
        elif reading.serial:
            self.meter.issues.settle(Issue.ANOTHER_METER)
            self._stranger = None
        return None if self._stranger else self.meter

    def _report(self, own: str, other: str) -> None:
        if self._stranger is None:
            LOGGER.warning("%s: another meter is on this line now; its values are not shown", self.meter.config.title)
        if self._stranger != other:
            self.meter.issues.settle(Issue.ANOTHER_METER)
        self.meter.issues.raise_(Issue.ANOTHER_METER, {"serial": other}, old=in_markdown(own), new=in_markdown(other))
        self._stranger = other
