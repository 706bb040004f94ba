"""What a meter sent that became no value, kept for a bug report."""

from collections.abc import Mapping

from ..decoder import LeftOut, Quantity, Reading

KEPT_UNNAMED = 200
"""Values without a name that are kept."""


class Oddities:
    """The last of each kind."""

    def __init__(self) -> None:
        """Begin with none."""
        self.unnamed: Mapping[str, object] = {}
        """The last values under an OBIS code without a name."""
        self.left_out: dict[Quantity, LeftOut] = {}
        """The last value of each quantity that was not believed."""

    def update(self, reading: Reading) -> None:
        """Keep what a reading has of it."""
        if reading.unnamed:
            older = [each for each in self.unnamed.items() if each[0] not in reading.unnamed]
            self.unnamed = dict([*older, *reading.unnamed.items()][-KEPT_UNNAMED:])
        self.left_out.update((each.quantity, each) for each in reading.left_out)
