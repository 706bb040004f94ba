"""A ratio that only a part of the values counts: when it is suspected, and when not."""

import pytest

from custom_components.han_port.analysis.ratio_check import RatioCheck
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.decoder.quantities import Quantity


def heard(
    times: float, *, system: SupplySystem | None = SupplySystem.TN, seconds: int = 3700, watts: float = 2300.0
) -> RatioCheck:
    """Return a check that has heard currents which are so many times what the power says, every ten seconds."""
    check = RatioCheck()
    hear(check, times, system=system, seconds=seconds, watts=watts)
    return check


def hear(
    check: RatioCheck, times: float, *, system: SupplySystem | None, seconds: int, watts: float, begin: int = 0
) -> None:
    values = {Quantity.POWER_IMPORT: watts, Quantity.REACTIVE_POWER_IMPORT: 0.0}
    values |= {Quantity.VOLTAGE_L1: 230.0, Quantity.CURRENT_L1: times * watts / 230.0}
    for now in range(begin, begin + seconds, 10):
        check.update(values, system, now)


@pytest.mark.parametrize(
    ("times", "suspected"),
    [
        (20.0, 20),
        (1 / 20, 20),
        (41.5, 40),
        (3.0, 3),
        (1.0, None),
        (2.0, None),
        (3.4, None),
        (2.6, None),
        (3.14, 3),
        (3.16, None),
    ],
)
def test_a_whole_factor_between_currents_and_powers_is_suspected(times: float, suspected: int | None) -> None:
    """Either way. Twice is what solar cells on one phase can make."""
    expected = round(times) if suspected and times > 1 else suspected
    assert heard(times).suspected == expected


@pytest.mark.parametrize("times", [10.0, 0.01, 1000.0])
def test_a_power_of_ten_is_a_scale_and_no_ratio(times: float) -> None:
    assert heard(times).suspected is None


def test_nothing_is_suspected_in_less_than_an_hour_or_where_it_cannot_be_known() -> None:
    assert heard(20.0, seconds=3500).suspected is None
    assert heard(20.0, system=SupplySystem.IT).suspected is None
    assert heard(20.0, system=None).suspected is None
    assert heard(20.0, watts=49.9).suspected is None
    assert heard(20.0, watts=50.1).suspected == 20


def test_what_was_suspected_is_taken_back_when_currents_and_powers_agree() -> None:
    check = heard(20.0)
    hear(check, 1.0, system=SupplySystem.TN, seconds=3000, watts=2300.0, begin=4000)
    assert check.suspected == 20
    hear(check, 1.0, system=SupplySystem.TN, seconds=800, watts=2300.0, begin=7000)
    assert check.suspected is None


def test_one_reading_that_says_otherwise_begins_the_hour_anew() -> None:
    check = heard(20.0, seconds=3000)
    hear(check, 7.5, system=SupplySystem.TN, seconds=10, watts=2300.0, begin=3000)
    hear(check, 20.0, system=SupplySystem.TN, seconds=3000, watts=2300.0, begin=3010)
    assert check.suspected is None


def test_a_hundred_readings_decide() -> None:
    """However long they take: the hundredth of forty seconds each."""
    check, values = RatioCheck(), {Quantity.POWER_IMPORT: 2300.0, Quantity.REACTIVE_POWER_IMPORT: 0.0}
    values |= {Quantity.VOLTAGE_L1: 230.0, Quantity.CURRENT_L1: 200.0}
    told = []
    for number in range(100):
        check.update(values, SupplySystem.TN, 40.0 * number)
        told.append(check.suspected)
    assert told == [None] * 99 + [20]


def test_an_hour_decides() -> None:
    """However many come in it, and to the second."""
    check = heard(20.0, seconds=3600)
    assert check.suspected is None
    hear(check, 20.0, system=SupplySystem.TN, seconds=10, watts=2300.0, begin=3600)
    assert check.suspected == 20


def test_a_ratio_that_is_no_factor_takes_nothing_back() -> None:
    check = heard(20.0)
    hear(check, 2.5, system=SupplySystem.TN, seconds=4000, watts=2300.0, begin=4000)
    assert check.suspected == 20


@pytest.mark.parametrize("power", [Quantity.POWER_IMPORT, Quantity.REACTIVE_POWER_IMPORT])
def test_powers_that_are_not_all_sent_say_nothing(power: Quantity) -> None:
    """A short list has one of them."""
    check = RatioCheck()
    for now in range(0, 4000, 10):
        check.update({power: 2300.0, Quantity.VOLTAGE_L1: 230.0, Quantity.CURRENT_L1: 200.0}, SupplySystem.TN, now)
    assert check.suspected is None
