"""The lines of the loops, as phasors: their sums, their powers, and what is left of a fuse, by hand."""

import math
from random import Random

import pytest

from custom_components.han_port.analysis.charging import ChargerSettings, Wiring, bounds_of_unmeasured
from custom_components.han_port.analysis.electricity import current_l2
from custom_components.han_port.analysis.fuse import line_currents
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.decoder import Quantity
from tests.support.charging import run, run_several
from tests.support.charging_houses import constant
from tests.support.charging_leads import Place
from tests.support.grid import TN, Grid, together
from tools.simulator.charger import ChargerKind

IT = Grid(SupplySystem.IT)
LAGGING = (40.0, 10.0, 25.0)


def sizes(
    grid: Grid, amperes: tuple[float, float, float], lines: tuple[int, ...] = (), own: float = 0.0
) -> list[float]:
    """Return what each line draws of a house and a charger (A)."""
    charger = {line: unit * own for line, unit in grid.of_charger(lines).items()} if lines else {}
    return [abs(each) for each in together([grid.of_house(amperes), charger]).values()]


def test_a_balanced_house_draws_so_much_in_each_line() -> None:
    for grid in (TN, IT):
        assert sizes(grid, (9.0, 9.0, 9.0)) == pytest.approx([9.0, 9.0, 9.0])


def test_without_a_neutral_the_three_currents_add_up_to_zero() -> None:
    grid = Grid(SupplySystem.IT, LAGGING)
    currents = together([grid.of_house((3.0, 11.0, 6.0)), {1: 0j}])
    assert abs(sum(currents.values())) == pytest.approx(0.0, abs=1e-9)


def test_a_charger_between_two_lines_draws_from_these_alone() -> None:
    assert sizes(IT, (0.0, 0.0, 0.0), (1, 3), 16.0) == pytest.approx([16.0, 0.0, 16.0])


def test_two_chargers_between_other_lines_add_up_in_the_common_one_by_their_angle() -> None:
    """Two loads of 10 A at 60 degrees to each other: 17.3 A in the line that both draw from."""
    flows = [{line: 10 * unit for line, unit in IT.of_charger(lines).items()} for lines in ((1, 2), (1, 3))]
    assert [abs(each) for each in together(flows).values()] == pytest.approx([10 * math.sqrt(3), 10.0, 10.0])


@pytest.mark.parametrize(("grid", "factor"), [(TN, 3.0), (IT, math.sqrt(3))])
def test_power_follows_from_the_lines(grid: Grid, factor: float) -> None:
    power = grid.power(grid.of_house((10.0, 10.0, 10.0)))
    assert (power.real, power.imag) == (pytest.approx(factor * 2300), pytest.approx(0.0, abs=1e-6))


def test_what_lags_draws_reactive_power() -> None:
    """Cosine of 60 degrees: half of it is active."""
    power = Grid(lags=(60.0, 60.0, 60.0)).power(Grid(lags=(60.0, 60.0, 60.0)).of_house((10.0, 10.0, 10.0)))
    assert power.real == pytest.approx(3450)
    assert power.imag == pytest.approx(6900 * math.sqrt(3) / 2)


@pytest.mark.parametrize("grid", [TN, Grid(lags=LAGGING), IT, Grid(SupplySystem.IT, LAGGING)])
@pytest.mark.parametrize("lines", [(1, 2, 3), (1, 3), (1, 2)])
def test_what_is_left_fills_a_line_to_the_limit_and_none_beyond(grid: Grid, lines: tuple[int, ...]) -> None:
    house = (9.0, 3.0, 14.0)
    left = grid.left(grid.of_house(house), lines, 24.0)
    drawn = dict(enumerate(sizes(grid, house, lines, left), 1))
    assert max(drawn[line] for line in lines) == pytest.approx(24.0)


def test_in_phase_what_is_left_is_the_difference() -> None:
    assert TN.left(TN.of_house((9.0, 3.0, -2.0)), (1, 2, 3), 24.0) == pytest.approx(15.0)
    assert TN.left(TN.of_house((9.0, 3.0, -2.0)), (3,), 24.0) == pytest.approx(26.0)


def test_the_meter_of_an_it_system_leaves_l2_out_and_its_bound_is_never_below_the_truth() -> None:
    chance = Random(1)
    for _ in range(300):
        grid = Grid(SupplySystem.IT, tuple(chance.uniform(-30, 40) for _ in range(3)))  # type: ignore[arg-type]
        house = grid.of_house((chance.uniform(0, 20), chance.uniform(0, 20), chance.uniform(0, 20)))
        values = grid.values(house, chance)
        assert Quantity.CURRENT_L2 not in values
        assert current_l2(values, SupplySystem.IT) is None or min(abs(house[1]), abs(house[3])) > 0
        bounds = bounds_of_unmeasured(values, line_currents(values, SupplySystem.IT), SupplySystem.IT)
        assert bounds[2] >= abs(house[2]) - 0.2, "0.1 A of noise in each of the two others"


def test_the_meter_of_a_tn_system_tells_which_line_exports() -> None:
    house = TN.of_house((9.0, -3.0, 5.0))
    assert line_currents(TN.values(house, Random(1)), SupplySystem.TN) == {
        line: pytest.approx(amperes, abs=0.15) for line, amperes in ((1, 9.0), (2, -3.0), (3, 5.0))
    }


@pytest.mark.parametrize("house", [3.0, 6.0, 18.0])
def test_a_charger_between_two_measured_lines_settles_in_an_it_system(house: float) -> None:
    """At an angle to the house's currents its own adds less than its size."""
    result = run(constant(house), ChargerKind(lines=(1, 3)), wiring=Wiring.L1_L3, grid=IT)
    assert result.said == math.floor(IT.left(IT.of_house((house,) * 3), (1, 3), 24.0))
    assert (result.changes_after(600), result.starts, result.above) == (0, 1, 0)


@pytest.mark.parametrize(("house", "said"), [(0.0, 12), (3.0, 9), (6.0, 6), (9.0, 0)])
def test_a_three_phase_charger_settles_where_l2_is_not_measured(house: float, said: int) -> None:
    """Each of its amperes counts in L1 and in L3, and so twice in what L2 may draw: half of 24 A, less the house."""
    result = run(constant(house), ChargerKind(), grid=IT)
    assert (result.said, result.changes_after(600)) == (said, 0)
    assert result.starts <= 1


def test_chargers_between_other_lines_share_what_l2_may_draw() -> None:
    """3 A of the house twice, 6 A once and 7 A twice: 2 A above 24, as the two are 60 degrees apart in L1."""
    places = [Place(ChargerKind(lines=each.lines), ChargerSettings(each)) for each in (Wiring.L1_L3, Wiring.L1_L2)]
    assert [result.said for result in run_several(constant(3.0), places, grid=IT)] == [7, 6]


def test_two_three_phase_chargers_share_what_l2_may_draw() -> None:
    assert [result.said for result in run_several(constant(0.0), [Place(), Place()], grid=IT)] == [6, 6]
