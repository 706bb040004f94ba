"""How much a register leaves open, and a total that keeps what it knows better."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
import json

import pytest

from custom_components.han_port.analysis.grain import Grain
from custom_components.han_port.analysis.total import Total

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TENS = (1_000.0, 4_730.0, 8_450.0, 12_180.0, 15_900.0, 19_630.0)
"""Registers in whole tens of watt hours."""


def grain_of(*registers: float) -> Grain:
    """Return what was learnt of registers."""
    grain = Grain()
    for register in registers:
        grain.add(register)
    return grain


@pytest.mark.parametrize(
    ("registers", "step"),
    [
        (TENS, 10.0),
        (TENS[:5], 0.0),
        ((*TENS[:5], TENS[4]), 0.0),
        ((*TENS, 19_641.0), 0.0),
        (tuple(20 * register for register in TENS), 200.0),
        ((), 0.0),
    ],
)
def test_the_step_is_what_divides_six_different_registers(registers: tuple[float, ...], step: float) -> None:
    """A register that stands still says nothing new. Behind transformers the step is as many times as large."""
    assert grain_of(*registers).step == step
    assert Grain.from_dict(json.loads(json.dumps(grain_of(*registers).as_dict()))).step == step


@pytest.mark.parametrize(("energy", "kept"), [(990.0, 1_000.0), (1_004.0, 1_004.0), (1_025.0, 1_010.0)])
def test_an_energy_is_kept_within_the_step_and_else_moved_to_its_edge(energy: float, kept: float) -> None:
    assert grain_of(*TENS).kept(energy, 1_000.0) == kept
    assert Grain().kept(energy, 1_000.0) == 1_000.0


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_total_keeps_what_the_power_knows_beyond_the_last_digit(is_restarted: bool) -> None:
    """At 1234 W the register of whole tens says 1230 or 1240 Wh an hour. Once that is known the total grows evenly."""
    total, shown = Total(), []
    for number in range(12):
        for minute in range(60):
            total.update_power(1_234.0, TEN + number * HOUR + timedelta(minutes=minute))
        total.update_power(1_234.0, TEN + (number + 1) * HOUR)
        register = (number + 1) * 1_234 // 10 * 10
        total.update_register(register, TEN + (number + 1) * HOUR, is_often=False)
        if is_restarted:
            total = Total.from_dict(json.loads(json.dumps(total.as_dict())))
        value = total.at()
        assert value is not None
        assert register <= value <= register + 10
        shown.append(value)
    assert shown[:4] == [1_230.0, 2_460.0, 3_700.0, 4_930.0], "a step that is not known is none"
    assert [after - before for before, after in pairwise(shown[5:])] == pytest.approx([1_234.0] * 6)


def test_the_step_of_another_meter_is_learnt_anew() -> None:
    """The new one is met to the watt hour: 10 Wh where the power says 14. Until its first register it is the power."""
    total = Total()
    for number, register in enumerate(TENS):
        total.update_register(register, TEN + number * HOUR, is_often=False)
    assert total.at() == TENS[-1]
    total.start_new_count()
    for hour in (6, 7):
        for minute in range(0, 61, 5):
            total.update_power(14.0, TEN + (hour - 1) * HOUR + timedelta(minutes=minute))
        total.update_register(10.0 * hour, TEN + hour * HOUR, is_often=False)
    assert total.at() == TENS[-1] + 14.0 + 10.0
