"""What lists say of the power between them, and not only of their own moment.

A short list has the import alone. While that is something nothing is exported. While it is nothing the house may feed
in, and the next full list says how much:

    import   2000     0     0     0          0     0   500
    export      0     -     -  3000       2000     -     0        (-: a list without)
                      └─ 3000 ────┘       └ 2000 ──┘

Times are UTC, powers W.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from ..decoder.quantities import Quantity
from .stored import finite, moment

MAX_LULL = timedelta(seconds=60)
"""For how long lists of an import of nothing say when an export began, or ended. Chosen, not measured."""


class Power(NamedTuple):
    """A power (W) as it goes into the integral of its quantity."""

    quantity: Quantity
    power: float
    at: datetime


@dataclass(slots=True)
class Flow:
    """Follows the powers of a meter from list to list."""

    _export: float | None = None
    """W, as it was last known."""
    _lull: tuple[datetime, datetime] | None = None
    """The first and the last list since then that had an import of nothing, and no export."""

    def update(self, values: Mapping[Quantity, float], now: datetime) -> Iterator[Power]:
        """Update with a list (W); yield what goes into the integrals, of each in the order of time."""
        imported, exported = values.get(Quantity.POWER_IMPORT), values.get(Quantity.POWER_EXPORT)
        if imported is not None:
            yield Power(Quantity.POWER_IMPORT, imported, now)
        if exported is None and imported:
            exported = 0.0  # a house does not do both
        if exported is not None:
            yield from self._update_export(exported, now)
        elif imported is not None:
            self._lull = (self._lull[0] if self._lull else now), now

    def _update_export(self, power: float, now: datetime) -> Iterator[Power]:
        before, lull = self._export, self._lull
        self._export, self._lull = power, None
        if lull and before is not None and timedelta() < now - lull[0] <= MAX_LULL:
            if power and not before:
                yield Power(Quantity.POWER_EXPORT, power, lull[0])
            elif before and not power:
                yield Power(Quantity.POWER_EXPORT, before, lull[1])
        yield Power(Quantity.POWER_EXPORT, power, now)

    def as_dict(self) -> dict[str, Any]:
        """Return the state as plain JSON types."""
        return {"export": self._export, "lull": self._lull and [at.isoformat() for at in self._lull]}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return what `as_dict` wrote."""
        export, lull = state["export"], state["lull"]
        return cls(None if export is None else finite(export), (moment(lull[0]), moment(lull[1])) if lull else None)
