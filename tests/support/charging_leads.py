"""Who leads the chargers of a loop: the product, or the product's rules with the charger's current known.

Currents are A, times simulated seconds.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
import math
from typing import Protocol

from custom_components.han_port.analysis.charge_control import ChargeControl
from custom_components.han_port.analysis.charger_group import ChargerGroup
from custom_components.han_port.analysis.charging import (
    ChargerSettings,
    ChargingMode,
    Recommendation,
    Situation,
    wirings_of,
)
from custom_components.han_port.analysis.observer import Cell, Observer
from custom_components.han_port.analysis.supply_system import SupplySystem
from tools.simulator.charger import ChargerKind, SimulatedCharger


@dataclass(frozen=True)
class Place:
    """One of several chargers, and what the user says of it."""

    kind: ChargerKind = field(default_factory=ChargerKind)
    settings: ChargerSettings = field(default_factory=ChargerSettings)
    mode: ChargingMode = ChargingMode.FAST
    entity: str = "none"
    arrives: int = 0
    """Second at which its car comes."""


class Control(Protocol):
    """What recommends a current for one charger."""

    recommended: Recommendation

    def witness(self, value: float, at: float, system: SupplySystem | None, *, is_power: bool) -> None:
        """Weigh what the charger says of itself (A or W)."""


class Group(Protocol):
    """What leads all chargers of a house."""

    @property
    def controls(self) -> Sequence[Control]:
        """That of each charger."""

    def update(self, now: Situation) -> None:
        """Update with a list."""

    def fail(self, at: float) -> None:
        """Nothing is known any more."""


type Lead = Callable[[Sequence[Place], Sequence[SimulatedCharger], float, float | None], Group]
"""Makes a group of places with their chargers, for a fuse and a circuit (A)."""


def by_product(
    places: Sequence[Place], _chargers: Sequence[SimulatedCharger], fuse: float, circuit: float | None
) -> ChargerGroup:
    """Return what a user of the product has."""
    controls = [ChargeControl(place.settings, fuse) for place in places]
    for control, place in zip(controls, places, strict=True):
        control.mode = place.mode
    return ChargerGroup(controls, circuit)


def by_knowledge(
    places: Sequence[Place], chargers: Sequence[SimulatedCharger], fuse: float, circuit: float | None
) -> ChargerGroup:
    """Return the same rules, which know what each charger draws and in which lines."""
    group = by_product(places, chargers, fuse, circuit)
    for control, charger in zip(group.controls, chargers, strict=True):
        control.observer = KnowingObserver(control.settings, charger)
    return group


class KnowingObserver(Observer):
    """Sees the charger itself."""

    def __init__(self, settings: ChargerSettings, charger: SimulatedCharger) -> None:
        """Look at a charger."""
        super().__init__(wirings_of(settings.wiring), settings.maximum)
        self._charger = charger
        self._seen = 0

    def update(self, currents: Mapping[int, float], at: float) -> None:
        """See what is drawn: whole A, as a car stays a little below what it is offered."""
        self._seen = math.ceil(self._charger.current)

    def witness(self, value: float, amperes: Mapping[tuple[int, ...], float], at: float) -> None:
        """Learn nothing from what the charger says."""

    @property
    def cells(self) -> Iterator[tuple[Cell, float]]:
        """The one state that it is in."""
        yield Cell(self._charger.kind.lines, self._seen), 1.0

    @property
    def current(self) -> float:
        """What is drawn (A)."""
        return float(self._seen)

    @property
    def idle(self) -> float:
        """Whether nothing is drawn, as a probability."""
        return float(self._seen == 0)

    def uses(self, line: int) -> float:
        """Return whether the charger draws from a line, as a probability."""
        return float(line in self._charger.kind.lines)
