"""What is known of a charger: its wiring, and what an ampere of it is."""

import pytest

from custom_components.han_port.analysis.charging import Wiring, watts_per_ampere, wirings_of
from custom_components.han_port.analysis.supply_system import SupplySystem


@pytest.mark.parametrize(
    ("wiring", "system", "watts"),
    [
        (Wiring.THREE_PHASE, SupplySystem.TN, 690.0),
        (Wiring.THREE_PHASE, SupplySystem.IT, 398.37),
        (Wiring.THREE_PHASE, None, 690.0),
        (Wiring.L1, SupplySystem.TN, 230.0),
        (Wiring.L1_L3, SupplySystem.IT, 230.0),
        (Wiring.L1, SupplySystem.ONE_PHASE, 230.0),
    ],
)
def test_an_ampere_is_so_many_watts(wiring: Wiring, system: SupplySystem | None, watts: float) -> None:
    assert watts_per_ampere(wiring.lines, system) == pytest.approx(watts, abs=0.01)


@pytest.mark.parametrize(
    ("wiring", "lines"),
    [
        (Wiring.THREE_PHASE, ((1, 2, 3), (1,), (2,), (3,))),
        (Wiring.L2, ((2,),)),
        (Wiring.L1_L3, ((1, 3),)),
    ],
)
def test_a_car_may_use_one_phase_of_a_charger_of_three(wiring: Wiring, lines: tuple[tuple[int, ...], ...]) -> None:
    assert wirings_of(wiring) == lines
