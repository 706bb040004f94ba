"""What a three-wire meter leaves out.

A meter in an IT system needs two measuring elements only. What it sends for the phase that it does not measure is its
maker's choice: nothing (Aidon leaves out the current of L2), a voltage of 0 (Kaifa MA304H3E), or a voltage and a
current of 0 (Landis+Gyr E350). Such a zero is not a measurement.
"""

from collections.abc import Iterable, Mapping

from ..decoder.quantities import PHASES, Quantity
from .supply_system import SupplySystem


class Measured:
    """The quantities that a meter has been seen to measure.

    The same zero also means a phase that has failed. History tells them apart: a voltage that was there before and is 0
    now is a fault and is shown; one that has never been there is not measured.
    """

    def __init__(self, seen: Iterable[Quantity] = ()) -> None:
        """Begin with what was seen before a restart."""
        self.seen = set(seen)

    def of(self, values: Mapping[Quantity, float], system: SupplySystem | None = None) -> dict[Quantity, float]:
        """Return the values that are measurements, and remember them as seen.

        In an IT system an L2 current that has only ever been 0 is treated as not measured. If the system is unknown,
        the 0 is passed on but not recorded as seen.
        """
        kept = dict(values)
        if system is SupplySystem.IT and kept.get(Quantity.CURRENT_L2) == 0 and Quantity.CURRENT_L2 not in self.seen:
            del kept[Quantity.CURRENT_L2]
        for phase in PHASES:
            if kept.get(phase.voltage) == 0 and phase.voltage not in self.seen:
                del kept[phase.voltage]
                if kept.get(phase.current) == 0 and phase.current not in self.seen:
                    del kept[phase.current]
        has_neutral = system is not None and system.has_neutral
        self.seen.update(each for each in kept if each is not Quantity.CURRENT_L2 or kept[each] or has_neutral)
        return kept
