"""What happens once: said where it is noticed, heard where it is told."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any


class MeterEvent(StrEnum):
    """What may happen. The values are the types of Home Assistant's events."""

    OUTAGE_ENDED = "outage_ended"
    """The meter speaks again on a line that was there all the time: it, or its reader, had no power."""
    CONNECTION_RESTORED = "connection_restored"
    """The meter speaks again on a line that was gone in between."""
    HOUR_ESTIMATED = "hour_estimated"
    """An hour has only a share of a register over several."""
    NEW_PEAK = "new_peak"
    STEP_CHANGED = "step_changed"
    BUDGET_EXCEEDED = "budget_exceeded"
    """The running period has taken more than its budget."""
    UNDERVOLTAGE = "undervoltage"
    OVERVOLTAGE = "overvoltage"
    PHASE_LOSS = "phase_loss"
    NEUTRAL_FAULT = "neutral_fault"
    VOLTAGE_RESTORED = "voltage_restored"
    OVERLOAD = "overload"
    OVERLOAD_ENDED = "overload_ended"


type Listener = Callable[[MeterEvent, dict[str, Any]], None]


class MeterEvents:
    """Those who want to hear."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Let somebody hear; return what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def report(self, what: MeterEvent, **about: float | str | None) -> None:
        """Tell all who listen."""
        for listener in tuple(self._listeners):
            listener(what, about)
