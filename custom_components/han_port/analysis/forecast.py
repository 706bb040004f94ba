"""The running hour, or quarter: its energy so far, and its mean power if the power of now goes on.

Time without data counts with the mean power of the rest. Times are UTC, powers W, energies Wh.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .integral import MAX_GAP_BETWEEN_POWERS, NOTHING, Integral, Sum
from .periods import period_start

POWER_WINDOW = timedelta(seconds=120)
"""The power of now is the mean of this time, so that a kettle hardly moves the forecast. Chosen, not measured."""
BAND_WINDOW = timedelta(minutes=10)
"""The band of the forecast lies between the lowest and the highest power of now in this time. Chosen, not measured."""
MAX_READING_AGE = timedelta(seconds=60)
"""There is no forecast if the last reading is older. Chosen: the slowest common meter sends every 15 s."""
MIN_TIME_LEFT = timedelta(seconds=60)
"""The rest of an energy is divided by this time at least: in the last seconds it would be a huge power. Chosen."""
MIN_HEARD = 0.5
"""Part of the time since a period began that must be known for its energy to be more than an estimate. Chosen."""
WARNING_MARGIN = 500.0
"""W. There is a warning if the forecast is less than this below the budget. Chosen, not measured."""


class Status(StrEnum):
    """Whether the forecast keeps the budget. The values are shown as states."""

    OK = "ok"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a period will be when it is over."""

    start: datetime
    so_far: float
    """Wh since its start."""
    mean: float
    """W: the mean power of the whole period."""
    low: float
    high: float
    """W: the same if the rest has the lowest, or the highest, power of the last minutes."""
    power: float
    """W: the power of now."""
    left: timedelta
    length: timedelta
    export: float = 0.0
    """W: the power of now that is given to the grid."""
    covered: float = 1.0
    """Part of the time since its start in which the power was known."""

    @property
    def is_estimated(self) -> bool:
        """Whether most of what was used so far is inferred from the rest."""
        return self.covered < MIN_HEARD

    def remaining(self, budget: float) -> float:
        """Return the energy (Wh) that is left of a budget (mean power of the period, W)."""
        return max(0.0, budget * self.length.total_seconds() / 3600 - self.so_far)

    def available(self, budget: float) -> float:
        """Return by how much (W) the power may rise until the end to keep a budget (W); negative: must fall.

        What is exported now can be used before anything is taken from the grid.
        """
        rest = max(self.left, MIN_TIME_LEFT).total_seconds() / 3600
        return (budget * self.length.total_seconds() / 3600 - self.so_far) / rest - (self.power - self.export)

    def status(self, budget: float) -> Status:
        """Return whether it keeps a budget (W)."""
        if self.mean <= budget - WARNING_MARGIN:
            return Status.OK
        return Status.WARNING if self.mean <= budget else Status.ALARM


class Running:
    """Follows the power from reading to reading."""

    def __init__(self, length: timedelta) -> None:
        """Begin without a power. A period is an hour or a quarter of an hour long."""
        self.length = length
        self._sums: deque[tuple[datetime, float, float]] = deque()
        """Moments, and the energies (Wh) that had been imported and exported until then."""
        self._means: deque[tuple[datetime, float]] = deque()

    def update(self, integral: Integral, now: datetime, exported: Integral | None = None) -> None:
        """Update with a reading that has just been added to the integral, and to that of what is exported."""
        if self._sums and not timedelta() <= now - self._sums[-1][0] <= MAX_GAP_BETWEEN_POWERS:
            self._sums.clear()
            self._means.clear()
        self._sums.append((now, integral.sum.energy, exported.sum.energy if exported else 0.0))
        while self._sums[0][0] < now - POWER_WINDOW and len(self._sums) > 2:  # noqa: PLR2004 - a mean needs two
            self._sums.popleft()
        if powers := self._powers():
            self._means.append((now, powers[0]))
        while self._means and self._means[0][0] < now - BAND_WINDOW:
            self._means.popleft()

    def _powers(self) -> tuple[float, float] | None:
        """Return the mean import and export (W) of the window; None if it has no length."""
        (begin, *before), (end, *after) = self._sums[0], self._sums[-1]
        seconds = (end - begin).total_seconds()
        if seconds <= 0:
            return None
        imported, exported = ((new - old) / seconds * 3600 for old, new in zip(before, after, strict=True))
        return imported, exported

    def forecast(self, integral: Integral, now: datetime) -> Forecast | None:
        """Return the forecast of the running period; None if too little is known."""
        if not self._means or now - self._sums[-1][0] > MAX_READING_AGE:
            return None
        start = period_start(now, self.length)
        known, elapsed = integral.extrapolated(now).since(integral.marks.get(start, NOTHING)), now - start
        so_far = _filled(known, elapsed)
        covered = known.covered / elapsed.total_seconds() if elapsed else 1.0
        left = start + self.length - now
        powers = [mean for _, mean in self._means]

        def mean(power: float) -> float:
            return (so_far * 3600 + power * left.total_seconds()) / self.length.total_seconds()

        power, (_, export) = powers[-1], self._powers() or (0.0, 0.0)
        low, high = mean(min(powers)), mean(max(powers))
        return Forecast(start, so_far, mean(power), low, high, power, left, self.length, export, covered)


def _filled(known: Sum, elapsed: timedelta) -> float:
    """Return the energy (Wh) of a time of which a part is known."""
    seconds = elapsed.total_seconds()
    return known.energy * seconds / known.covered if known.covered else 0.0
