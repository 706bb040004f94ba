"""What lists say of the power between them, and not only of their own moment.

A short list has the import alone. While that is something nothing is exported. While it is nothing the house may feed
in, and the next full list says how much:

    import   2000     0     0     0          0     0   500
    export      0     -     -  3000       2000     -     0        (-: a list without)
                      └─ 3000 ────┘       └ 2000 ──┘

And the power of some meters is the mean since the list before. One that holds both import and export hides as much of
one as of the other. If the power went in one step from the mean before to the one after, it is known how much.

Times are UTC, powers W, energies Wh.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from ..decoder.quantities import Quantity
from .stored import finite, moment

MAX_LULL = timedelta(seconds=60)
"""For how long lists of an import of nothing say when an export began, or ended. Chosen, not measured."""
USUAL_PACE = timedelta(seconds=10)
"""Between two lists, until the meter has shown its own."""
MAX_GAP = 2.2
"""Times the usual time between two lists. After a longer one some were lost, and a mean is not that of all of it."""
MAX_GROWTH = 1.1
"""Times the usual time between two lists that it may become from one to the next."""
MAX_GAP_OF_MEANS = timedelta(seconds=15)
"""Between the means that say what one hides."""


class Power(NamedTuple):
    """A power (W) as it goes into the integral of its quantity."""

    quantity: Quantity
    power: float
    at: datetime
    mean_over: timedelta = timedelta()
    """If lists tell means: the time before `at` that it is the mean of."""
    hidden: float = 0.0
    """If they do: what the mean before it hid (Wh)."""


class Net(NamedTuple):
    """Import, or negative export, of a list (W)."""

    power: float
    at: datetime


@dataclass(slots=True)
class Flow:
    """Follows the powers of a meter from list to list."""

    _export: float | None = None
    """W, as it was last known."""
    _lull: tuple[datetime, datetime] | None = None
    """The first and the last list since then that had an import of nothing, and no export."""

    _at: datetime | None = field(default=None, compare=False)
    _pace: timedelta = field(default=USUAL_PACE, compare=False)
    _nets: tuple[Net, ...] = field(default=(), compare=False)
    """The last two in a row. As the pace they are not stored: a few lists say them anew."""

    def update(self, values: Mapping[Quantity, float], now: datetime) -> Iterator[Power]:
        """Update with a list (W); yield what goes into the integrals, of each in the order of time."""
        imported, exported = values.get(Quantity.POWER_IMPORT), values.get(Quantity.POWER_EXPORT)
        if imported is None and exported is None:
            return
        if exported is None and imported:
            exported = 0.0  # a house does not do both
        mean_over, hidden = self._mean_over(now), self._hidden_before(imported, exported, now)
        if imported is not None:
            yield Power(Quantity.POWER_IMPORT, imported, now, mean_over, hidden)
        if exported is not None:
            yield from self._update_export(Power(Quantity.POWER_EXPORT, exported, now, mean_over, hidden))
        elif imported is not None:
            self._lull = (self._lull[0] if self._lull else now), now

    def _mean_over(self, now: datetime) -> timedelta:
        gap = now - self._at if self._at else self._pace
        self._at = now
        if not timedelta() < gap <= MAX_GAP * self._pace:
            return self._pace
        self._pace = min(gap, MAX_GROWTH * self._pace)
        return gap

    def _hidden_before(self, imported: float | None, exported: float | None, now: datetime) -> float:
        if imported is None or exported is None:
            self._nets = ()
            return 0.0
        net = Net(imported or -exported, now)
        before, self._nets = self._nets, (*self._nets[-1:], net)
        return hidden(before[0], before[1], net) if len(before) > 1 else 0.0

    def _update_export(self, now: Power) -> Iterator[Power]:
        before, lull = self._export, self._lull
        self._export, self._lull = now.power, None
        if lull and before is not None and timedelta() < now.at - lull[0] <= MAX_LULL:
            if now.power and not before:
                yield now._replace(at=lull[0])
                now = now._replace(mean_over=now.at - lull[0])
            elif before and not now.power:
                yield now._replace(power=before, at=lull[1])
        yield now

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        return {"export": self._export, "lull": self._lull and [at.isoformat() for at in self._lull]}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        export, lull = state["export"], state["lull"]
        return cls(None if export is None else finite(export), (moment(lull[0]), moment(lull[1])) if lull else None)


def hidden(before: Net, mean: Net, after: Net) -> float:
    """Return what the second of three means hides of import, and of export (Wh), if the power went in one step."""
    lower, higher = sorted((before.power, after.power))
    gaps = mean.at - before.at, after.at - mean.at
    if not (lower < 0 < higher and lower < mean.power < higher and max(gaps) <= MAX_GAP_OF_MEANS):
        return 0.0
    imported = higher * (mean.power - lower) / (higher - lower)
    return (imported - max(0.0, mean.power)) * gaps[0].total_seconds() / 3600
