"""Where the energy of an hour, or of a quarter of one, is from."""

from enum import StrEnum


class Origin(StrEnum):
    """Where an energy is from."""

    REGISTER = "register"
    """The meter's own registers."""
    INTEGRATED = "integrated"
    """Its power: the register is still to come, or was lost."""
    MIXED = "mixed"
    """A register over several periods, shared out by their power, or in equal parts where that is unknown."""
    MANUAL = "manual"
    """The user, who has it from a bill."""
