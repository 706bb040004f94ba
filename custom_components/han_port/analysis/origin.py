"""Where the energy of an hour, or of a quarter of an hour, comes from."""

from enum import StrEnum


class Origin(StrEnum):
    """Where an energy comes from. The values are stored, and shown as an attribute."""

    REGISTER = "register"
    """The meter's own registers."""
    INTEGRATED = "integrated"
    """The integral of its power: the register is still to come, or was lost."""
    MIXED = "mixed"
    """Registers several periods apart, split by the power of each period, or evenly where that is not known."""
    MANUAL = "manual"
    """The user, who has it from the grid company."""
