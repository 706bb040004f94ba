"""A meter whose clock is off by seconds or minutes, and says so in each list."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.han_port.analysis.clock_lead import ClockLead
from custom_components.han_port.analysis.hour import Hours
from custom_components.han_port.decoder.quantities import Quantity

TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
IMPORT, POWER = Quantity.ENERGY_IMPORT, Quantity.POWER_IMPORT


def lead_after(*leads: float) -> float:
    """Return how many seconds the hours of a meter are early, after lists with a clock so many seconds ahead."""
    lead = ClockLead()
    for number, seconds in enumerate(leads):
        now = TEN + timedelta(seconds=10 * number)
        lead.add(now + timedelta(seconds=seconds), now)
    lead = ClockLead.from_list(json.loads(json.dumps(lead.as_list())))
    return lead.of_hours.total_seconds()


@pytest.mark.parametrize(
    ("leads", "seconds"),
    [
        ((-90.0,) * 5, -90.0),
        ((-90.0,) * 4, 0.0),
        ((-93.0, -90.5, -91.0, -97.0, -92.0), -90.5),
        ((-60.0, *(-90.0,) * 30), -90.0),
        ((0.0,) * 5 + (-90.0,) * 5, -90.0),
        ((0.0,) * 5 + (-90.0,) * 4, 0.0),
        ((1.9,) * 5, 0.0),
        ((2.0,) * 5, 2.0),
        ((-3_510.0,) * 5, 90.0),
        ((3_690.0,) * 5, 90.0),
        ((-7_200.0,) * 5, 0.0),
        ((), 0.0),
    ],
)
def test_the_hours_of_a_meter_are_early_by_what_its_clock_is_ahead(leads: tuple[float, ...], seconds: float) -> None:
    """The list that took the shortest counts, of the last thirty; whole hours do not."""
    assert lead_after(*leads) == seconds


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("lead", [-3_690, -90, -20, 0, 20, 90, 3_690])
def test_a_register_is_right_at_the_full_hour_of_the_meters_clock(lead: int, is_restarted: bool) -> None:
    """1 kW until a minute before the hour by ours, then 4 kW: the total is right when the second register comes.

    Of a clock that is more than an hour behind nobody knows at the first one that it runs.
    """
    hours, ahead = Hours(), timedelta(seconds=lead)
    found: list[float] = []

    def energy(at: datetime) -> float:
        whole, rest = divmod(at - TEN, HOUR)
        return 2_000.0 + 1_050 * whole + rest.total_seconds() / 3.6 + max(0.0, rest.total_seconds() - 3_540) * 3 / 3.6

    for second in range(0, 4 * 3_600 + 240, 2):
        now = TEN - timedelta(seconds=120) + timedelta(seconds=second)
        clock = now + ahead
        values = {POWER: 4_000.0 if (now - TEN) % HOUR >= timedelta(minutes=59) else 1_000.0}
        if clock > TEN + 2 * HOUR and (clock - TEN) % HOUR == timedelta(seconds=10):
            at = now - timedelta(seconds=10)
            values[IMPORT] = energy(at)
            if is_restarted:
                hours = Hours.from_dict(json.loads(json.dumps(hours.as_dict())))
        hours.update(values, now, clock)
        if IMPORT in values:
            total = hours.totals[IMPORT].at(now)
            assert total is not None
            found.append(total - energy(now))
    assert found[1] == pytest.approx(0.0, abs=12 if is_restarted else 0.1)


def test_a_repeated_list_is_an_old_one_though_the_lead_has_changed() -> None:
    """Its register was right at the hour before, and is no energy of this one."""
    hours = Hours()
    for second in range(-120, 2 * 3_600, 10):
        now = TEN + timedelta(seconds=second)
        lead = timedelta(seconds=-20 if second < 3_700 else -21)
        is_hourly = second > 0 and second % 3_600 == 30
        values = {POWER: 3_600.0} | ({IMPORT: 5_000.0} if is_hourly else {})
        hours.update(values, now, TEN + timedelta(seconds=10) if is_hourly else now + lead)
    assert hours.totals[IMPORT].at() == pytest.approx(5_000.0 + 7_190.0 - 20.0, abs=0.1)
