"""Events of one meter, passed from the code that detects them to the event entities."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any


class MeterEvent(StrEnum):
    """An event. The values are the event types in Home Assistant."""

    OUTAGE_ENDED = "outage_ended"
    """The meter sends again on a line that was open all the time: it, or its reader, had no power."""
    CONNECTION_RESTORED = "connection_restored"
    """The meter sends again on a line that had been lost."""
    HOUR_ESTIMATED = "hour_estimated"
    """An hour's energy is only a share of a register's difference over several hours."""
    NEW_PEAK = "new_peak"
    STEP_CHANGED = "step_changed"
    BUDGET_EXCEEDED = "budget_exceeded"
    """The running period has used more than its budget."""
    UNDERVOLTAGE = "undervoltage"
    OVERVOLTAGE = "overvoltage"
    PHASE_LOSS = "phase_loss"
    NEUTRAL_FAULT = "neutral_fault"
    VOLTAGE_RESTORED = "voltage_restored"
    OVERLOAD = "overload"
    OVERLOAD_ENDED = "overload_ended"
    CHARGING_REDUCED = "charging_reduced"
    """A charger is told to draw less than before."""
    CHARGING_RESTORED = "charging_restored"
    """A charger may draw as much again as before it was told to draw less."""


type Listener = Callable[[MeterEvent, dict[str, Any]], None]


class MeterEvents:
    """The listeners to the events of one meter."""

    def __init__(self) -> None:
        """Begin without listeners."""
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; return what removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def report(self, what: MeterEvent, **about: float | str | None) -> None:
        """Call all listeners with an event and its data."""
        for listener in tuple(self._listeners):
            listener(what, about)
