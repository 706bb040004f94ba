"""The time of a Home Assistant under test: its wall clock can be set, and what was heard can be made older."""

from datetime import UTC, datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.han_port import coordinator as coordinator_module
from custom_components.han_port.coordinator import HanPortCoordinator


class Clock:
    """The wall clock, which stands still once it is set; the event loop's clock goes on.

    Freezing time would stop the loop's as well, which no system does when its wall clock is set.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Leave it alone at first."""
        self._monkeypatch = monkeypatch

    def set(self, moment: datetime) -> None:
        """Let it be this moment."""
        self._monkeypatch.setattr(dt_util, "utcnow", lambda: moment)

    def stop(self) -> None:
        """Let it stay what it is: between a reading and what is shown of it, an energy grows with time."""
        self.set(dt_util.utcnow())

    def is_at(self, hour: int, minute: int = 0, second: int = 10, day: int = 15) -> None:
        """Let it be this time (UTC+1) in January 2026; by default of the captures' day, and when hourly lists come."""
        self.set(datetime(2026, 1, day, hour - 1, minute, second, tzinfo=UTC))


def age(coordinator: HanPortCoordinator, seconds: float) -> None:
    """Let seconds pass for what was heard so far: the loop's clock cannot be turned, what is taken for now can."""
    now = coordinator.now
    coordinator.now = lambda: now()._replace(loop=now().loop + seconds)


def look(hass: HomeAssistant) -> None:
    """Let the coordinator look for stale values."""
    # By the system's clock, whatever that of Home Assistant is set to: timers are fired by how far it is ahead of that.
    async_fire_time_changed(hass, datetime.now(UTC) + coordinator_module.CHECK_EVERY * 2)


def fire_timers(hass: HomeAssistant, seconds: float) -> None:
    """Fire the timers that are due within so many seconds (half a second more or less)."""
    async_fire_time_changed(hass, datetime.now(UTC) + timedelta(seconds=seconds))
