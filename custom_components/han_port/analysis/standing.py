"""The step in which a month stands, and the average to keep: also while it has fewer peaks than its rule averages.

The mean of the first peaks says little of the mean of all: on the first of a month it is that of a single hour, and at
midnight there is none. Until the month is complete the step of the last bill holds. Powers are kW.
"""

from dataclasses import dataclass

from .rules import Series
from .tariff import Average, Level, step, step_from


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a series of peaks."""

    series: Series
    current: Average | None
    """That of this month so far."""
    before: Average | None
    """That of last month."""
    billed_kw: float | None = None
    """Where the step on the last bill begins, as the user says; None if he has not."""

    @property
    def held(self) -> Level | None:
        """The step to stay in: this month's once it is complete, else that of the last bill. None: not known."""
        if self.current and self.current.complete:
            return step(self.series, self.current.kw)
        if self.before and self.before.complete:
            return step(self.series, self.before.kw)
        return None if self.billed_kw is None else step_from(self.series, self.billed_kw)

    @property
    def step(self) -> Level | None:
        """The step to show: the one to stay in, or a higher one that the peaks are in already.

        If nothing says which to stay in it is that of the peaks so far, and unknown before the first of all.
        """
        so_far = step(self.series, self.current.kw if self.current else 0.0)
        if held := self.held:
            return so_far if so_far and so_far.index > held.index else held
        return so_far if self.current or self.before else None

    @property
    def target_kw(self) -> float | None:
        """The highest average that costs no more than the last bill; None: there is none, or it is not known."""
        if self.series.steps:
            return self.held.target_kw if self.held else None
        return self.series.allowance_kw or None
