"""What a row of a table of sensors says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from homeassistant.components.sensor import SensorEntityDescription
from homeassistant.helpers.typing import StateType

from ..coordinator import HanPortCoordinator
from ..decoder import Quantity

HALF_A_MINUTE, A_MINUTE = 3, 6
"""Paces, with the usual update interval of ten seconds."""


@dataclass(frozen=True, kw_only=True)
class HanPortSensorDescription(SensorEntityDescription):
    """One sensor."""

    value: Callable[[HanPortCoordinator], StateType | datetime]
    needs: Quantity | None = None
    """The quantity that a meter must measure to have this sensor, and that must be fresh for it to be available."""
    holds: Callable[[HanPortCoordinator], bool] | None = None
    """Whether there is a value to show, where that is not a matter of that quantity."""
    or_by: Quantity | None = None
    """Another quantity that keeps it available while it is fresh: what a total goes on by."""
    is_slow: bool = False
    """Whether it is shown no more often than the user wants; what needs a quantity always is."""
    pace: int = 1
    """How many update intervals a value is shown at least: what always changes and tells little fills the database."""
    exists: Callable[[HanPortCoordinator], bool] = lambda _: True
    """Whether an entry has this sensor at all, as far as is known by now."""
    total_since: Callable[[HanPortCoordinator], datetime | None] | None = None
    """For a total: when it began."""
    attributes: Callable[[HanPortCoordinator], dict[str, Any]] | None = None
    """What else is told."""
