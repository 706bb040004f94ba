"""Time is an argument: what readings come to does not depend on when they are handed over."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
import json
import random
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.han_port.decoder import Moment, Quantity, Reading
from custom_components.han_port.meter.config import MeterConfig
from custom_components.han_port.meter.meter import Meter
from tests.support.homes import MakeEntry

START = datetime(2026, 1, 15, 11, 58, tzinfo=UTC)
OPTIONS = {
    "main_fuse": 25,
    "net": "tn",
    "tariff": "no_three_days",
    "charger": {"wiring": "three_phase", "most": 32, "margin": 1, "fail_safe": 6, "keep_budget": True},
}


def readings(seed: int, number: int) -> Iterator[tuple[Reading, Moment]]:
    """Yield readings of a house some seconds apart, with registers now and then, over the end of an hour."""
    chance = random.Random(seed)
    loop, register = 5000.0, 1_000_000.0
    at = Moment(loop, START)
    for _ in range(number):
        seconds = chance.choice((2.0, 2.5, 10.0, 45.0))
        at = Moment(at.loop + seconds, at.utc + timedelta(seconds=seconds))
        currents = [chance.uniform(0, 32) for _ in range(3)]
        voltages = [chance.uniform(200, 255) for _ in range(3)]
        power = sum(i * u for i, u in zip(currents, voltages, strict=True))
        register += power * seconds / 3600
        values: dict[Quantity, float] = {Quantity.POWER_IMPORT: round(power)}
        if chance.random() < 0.8:
            values |= {Quantity[f"CURRENT_L{line}"]: round(each, 1) for line, each in enumerate(currents, 1)}
            values |= {Quantity[f"VOLTAGE_L{line}"]: round(each, 1) for line, each in enumerate(voltages, 1)}
        if chance.random() < 0.1:
            values[Quantity.ENERGY_IMPORT] = round(register)
        yield Reading(values), at


async def meter_of(hass: HomeAssistant, make_entry: MakeEntry) -> Meter:
    """Return a meter that has heard nothing."""
    entry = make_entry("socket://192.0.2.1:1", options=OPTIONS)
    at = Moment(5000.0, START)
    meter = Meter(hass, MeterConfig.of(entry), at, lambda target, _name: target.close())
    meter.told = []  # what happened, with its data
    meter.events.listen(lambda what, about: meter.told.append((what.value, dict(about))))
    await meter.load(at)
    return meter


def all_of(meter: Meter, at: Moment) -> dict[str, Any]:
    """Return all that a meter has come to, as of a moment."""
    capacity, protection = meter.capacity, meter.protection
    assert capacity
    assert protection
    return deepcopy(
        {
            "state": json.loads(json.dumps(meter.state.as_dict(at))),
            "hours": meter.state.hours.finished_as_list(),
            "total": meter.total(Quantity.ENERGY_IMPORT, at.utc),
            "peaks": [peaks.as_dict() for peaks in capacity.peaks],
            "forecast": capacity.forecast(at.utc),
            "budget": capacity.budget(at.utc),
            "available": capacity.available_power(at.utc),
            "status": capacity.status(at.utc),
            "means": [meter.voltage_mean(Quantity[f"VOLTAGE_L{line}"]) for line in (1, 2, 3)],
            "currents": protection.currents,
            "overload": protection.overload,
            "near": protection.is_near,
            "charging": [charger.control.recommended for charger in protection.chargers],
            "events": meter.told,
        }
    )


def hand_over(meter: Meter, heard: Sequence[tuple[Reading, Moment]]) -> None:
    """Give all of them to a meter in one call, as a gateway that gathers does."""
    for reading, at in heard:
        meter.update(reading, at)


@pytest.mark.parametrize("seed", range(20))
async def test_ten_readings_of_ten_moments_are_the_same_in_one_call_and_in_ten(
    hass: HomeAssistant, make_entry: MakeEntry, freezer: FrozenDateTimeFactory, seed: int
) -> None:
    """Energy, means, peaks, guard and events: a batch is neither a burst nor one moment."""
    heard = list(readings(seed, 40))
    one_by_one, in_batches = await meter_of(hass, make_entry), await meter_of(hass, make_entry)
    for reading, at in heard:
        freezer.move_to(at.utc)  # the wall clock goes with them
        one_by_one.update(reading, at)
    freezer.move_to(START + timedelta(days=3))  # and is somewhere else when a batch comes
    for first in range(0, len(heard), 10):
        hand_over(in_batches, heard[first : first + 10])
    at = heard[-1][1]
    assert all_of(in_batches, at) == all_of(one_by_one, at)
    assert in_batches.state.hours.totals[Quantity.ENERGY_IMPORT].integral.sum.energy > 0


async def test_a_batch_over_the_end_of_an_hour_is_booked_on_both(hass: HomeAssistant, make_entry: MakeEntry) -> None:
    """3 kW for a minute before noon and a minute after it: 50 Wh each, though all came at once."""
    meter = await meter_of(hass, make_entry)
    begin = datetime(2026, 1, 15, 11, 59, tzinfo=UTC)
    moments = [Moment(5000.0 + second, begin + timedelta(seconds=second)) for second in range(0, 130, 10)]
    hand_over(meter, [(Reading({Quantity.POWER_IMPORT: 3000.0}), at) for at in moments])
    integral = meter.state.hours.totals[Quantity.ENERGY_IMPORT].integral
    noon = integral.marks[datetime(2026, 1, 15, 12, tzinfo=UTC)]
    assert noon.energy == pytest.approx(50.0)
    assert integral.sum.energy - noon.energy == pytest.approx(50.0)


@pytest.mark.parametrize(("list_id", "energy"), [("AIDON_V0001", 10.0), ("KFM_001", 5.0), (None, 5.0)])
async def test_a_power_is_the_mean_since_the_list_before_where_that_is_known_of_the_list(
    hass: HomeAssistant, make_entry: MakeEntry, list_id: str | None, energy: float
) -> None:
    """3.6 kW after a list of nothing: 10 Wh in ten seconds if that is their mean, and half if it grew in them."""
    meter, at = await meter_of(hass, make_entry), START.replace(hour=13, minute=0)
    for second, values in (
        (0, {Quantity.POWER_IMPORT: 0.0, Quantity.ENERGY_IMPORT: 1_000.0}),
        (10, {Quantity.POWER_IMPORT: 0.0}),
        (20, {Quantity.POWER_IMPORT: 3_600.0}),
    ):
        moment = Moment(6000.0 + second, at + timedelta(seconds=second))
        meter.update(Reading(values, list_id=list_id), moment)
    assert meter.total(Quantity.ENERGY_IMPORT, at + timedelta(seconds=20)) == pytest.approx(1_000.0 + energy)
