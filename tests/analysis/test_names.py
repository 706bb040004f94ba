"""Names that leave this package: they are kept on disks, shown as states, and translated."""

from enum import StrEnum

import pytest

from custom_components.han_port.analysis.charging import ChargingMode, Limit, Wiring
from custom_components.han_port.analysis.forecast import Status
from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.ratios import Counted
from custom_components.han_port.analysis.rules import Holidays
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.analysis.symptoms import Symptom
from custom_components.han_port.analysis.voltage import Trouble


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (Counted, "current power energy"),
        (Holidays, "any never only"),
        (Limit, "fuse circuit shared tariff target solar waiting charger car mode fail_safe"),
        (ChargingMode, "off solar solar_minimum fast"),
        (SupplySystem, "tn it one_phase"),
        (Origin, "register integrated mixed manual"),
        (Status, "ok warning alarm"),
        (
            Symptom,
            (
                "registers_fell register_jumped current_scale energy_scale no_data not_understood damaged "
                "rewritten intermittent clock_off ratio_suspect no_voltage_transformer"
            ),
        ),
        (Trouble, "undervoltage overvoltage phase_loss neutral_fault"),
        (Wiring, "three_phase l1 l2 l3 l1_l2 l2_l3 l1_l3"),
    ],
)
def test_a_name_that_leaves_this_package_stays_what_it_is(kind: type[StrEnum], names: str) -> None:
    assert [each.value for each in kind] == names.split()
