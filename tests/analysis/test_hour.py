"""Energy in its right hour."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
import json
from zoneinfo import ZoneInfo

import pytest

from custom_components.han_port.analysis.hour import HOUR, LATEST, FinishedHour, Hours, Stand
from custom_components.han_port.decoder.clock import Dialect, read_clock
from custom_components.han_port.decoder.quantities import Quantity
from tests.simulator import axdr

OSLO = ZoneInfo("Europe/Oslo")
TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
IMPORT, EXPORT = Quantity.ENERGY_IMPORT, Quantity.ENERGY_EXPORT


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a time of the day on which all of this happens."""
    return TEN.replace(hour=hour, minute=minute, second=second)


def fed(*stands: tuple[datetime, float]) -> Hours:
    """Return what follows from registers of import alone."""
    hours = Hours()
    for moment, value in stands:
        hours.take({IMPORT: value}, moment)
    return hours


def energies(stands: Iterable[tuple[datetime, float]]) -> list[tuple[datetime, float]]:
    """Return the hours that are finished one after the other."""
    hours, finished = Hours(), []
    for moment, value in stands:
        before = hours.finished
        hours.take({IMPORT: value}, moment)
        if hours.finished and hours.finished is not before:
            finished.append((hours.finished.start, hours.finished.energy[IMPORT]))
    return finished


# --- the ordinary hour ---------------------------------------------------------------------------------------------


def test_an_hour_takes_what_its_two_stands_differ_by() -> None:
    """The stand sent just after 11:00 is that of 11:00, and the energy is that of the hour from 10:00."""
    hours = fed((at(10), 1_000.0), (at(11), 3_500.0))
    assert hours.finished == FinishedHour(at(10), {IMPORT: 2_500.0})
    assert hours.stand == Stand(at(11), {IMPORT: 3_500.0})


def test_the_first_stand_finishes_nothing() -> None:
    """Nobody knows what the register was an hour ago."""
    hours = fed((at(10), 1_000.0))
    assert hours.finished is None
    assert hours.stand == Stand(at(10), {IMPORT: 1_000.0})


def test_an_hour_without_consumption_is_an_hour() -> None:
    """Zero is a reading, and the hour has its energy: none."""
    assert fed((at(10), 1_000.0), (at(11), 1_000.0)).finished == FinishedHour(at(10), {IMPORT: 0.0})


def test_every_register_has_its_own_energy() -> None:
    """Import and export of the same hour; what was not there before has none yet, what is gone has none any more."""
    hours = Hours()
    hours.take({IMPORT: 1_000.0, EXPORT: 50.0}, at(10))
    hours.take({IMPORT: 1_200.0, EXPORT: 50.0, Quantity.REACTIVE_ENERGY_IMPORT: 7.0}, at(11))
    assert hours.finished == FinishedHour(at(10), {IMPORT: 200.0, EXPORT: 0.0})
    hours.take({IMPORT: 1_300.0}, at(12))
    assert hours.finished == FinishedHour(at(11), {IMPORT: 100.0})


def test_what_the_caller_changes_later_does_not_change_a_stand() -> None:
    """The registers are copied: they are kept for an hour."""
    registers = {IMPORT: 1_000.0}
    hours = Hours()
    hours.take(registers, at(10))
    registers[IMPORT] = 0.0
    hours.take({IMPORT: 1_100.0}, at(11))
    assert hours.finished == FinishedHour(at(10), {IMPORT: 100.0})


@pytest.mark.parametrize("second", [0, 5, 10, 25, 35, 55, 300])
def test_a_list_that_comes_late_belongs_to_its_hour(second: int) -> None:
    """Kamstrup sends 5 to 55 seconds after the hour, and its clock says so; Kaifa's says ten seconds."""
    late = timedelta(seconds=second)
    hours = fed((at(10) + late, 1_000.0), (at(11) + late, 1_600.0))
    assert hours.finished == FinishedHour(at(10), {IMPORT: 600.0})
    assert hours.stand == Stand(at(11), {IMPORT: 1_600.0})


def test_a_stand_later_than_five_minutes_is_no_stand_of_the_hour() -> None:
    """What was used in those minutes would be missing from one hour and too much in the other."""
    assert timedelta(minutes=5) == LATEST
    hours = fed((at(10), 1_000.0), (at(11, 5, 1), 1_600.0))
    assert (hours.stand, hours.finished) == (None, None)
    assert energies([(at(10), 1_000.0), (at(11, 5, 1), 1_600.0), (at(12), 2_000.0), (at(13), 2_100.0)]) == [
        (at(12), 100.0)
    ]


# --- hours that are repeated or missing ----------------------------------------------------------------------------


def test_a_repeated_list_is_not_counted_twice() -> None:
    """Aidon now and then sends the list of the hour before again, clock and all."""
    hours = fed((at(16), 1_000.0), (at(17), 1_500.0), (at(17), 1_500.0))
    assert hours.finished == FinishedHour(at(16), {IMPORT: 500.0})


def test_the_hour_after_a_repeated_list_has_no_energy_of_its_own() -> None:
    """The next list covers two hours. A false peak of a month would come of it: 5000 Wh were no hour's."""
    stands = [(at(16), 1_000.0), (at(17), 1_500.0), (at(17), 1_500.0), (at(19), 6_500.0), (at(20), 6_600.0)]
    assert energies(stands) == [(at(16), 500.0), (at(19), 100.0)]
    assert fed(*stands[:4]).finished is None
    assert fed(*stands[:4]).stand == Stand(at(19), {IMPORT: 6_500.0})


def test_a_missed_list_leaves_two_hours_without_energy() -> None:
    """Nothing is spread over hours that were not measured."""
    stands = [(at(10), 0.0), (at(11), 100.0), (at(13), 400.0), (at(14), 500.0)]
    assert energies(stands) == [(at(10), 100.0), (at(13), 100.0)]
    assert fed(*stands[:3]).finished is None


def test_a_gap_of_a_day_is_no_hour() -> None:
    """The same hour of the next day does not follow."""
    assert fed((at(10), 0.0), (at(11) + timedelta(days=1), 9_000.0)).finished is None
    assert fed((at(10), 0.0), (at(10) + timedelta(days=1), 9_000.0)).finished is None


def test_a_clock_that_was_set_back_starts_anew() -> None:
    """The hour it goes through again is measured with the stands it then has; what was before is forgotten."""
    stands = [(at(10), 0.0), (at(11), 100.0), (at(10), 150.0), (at(11), 300.0)]
    assert fed(*stands[:3]).finished is None
    assert fed(*stands[:3]).stand == Stand(at(10), {IMPORT: 150.0})
    assert energies(stands) == [(at(10), 100.0), (at(10), 150.0)]


def test_a_clock_that_was_set_back_into_an_hour_waits_for_the_next() -> None:
    """By two minutes, from 11:01 to 10:59: the stand of 11:00 comes once more, and has none before it."""
    stands = [(at(10), 0.0), (at(11), 100.0), (at(10, 59), 101.0), (at(11), 102.0), (at(12), 202.0)]
    hours = fed(*stands[:3])
    assert (hours.stand, hours.finished) == (None, None)
    assert energies(stands) == [(at(10), 100.0), (at(11), 100.0)]


def test_a_clock_that_jumps_ahead_starts_anew() -> None:
    """And goes on from there."""
    stands = [(at(10), 0.0), (at(15), 1.0), (at(16), 11.0)]
    assert energies(stands) == [(at(15), 10.0)]


# --- meters that send their registers all the time -----------------------------------------------------------------


def test_registers_every_ten_seconds_give_the_same_hours() -> None:
    """Only the first after a full hour counts. A day from 09:20 on, one watt-hour every ten seconds."""
    begin = at(9, 20)
    stands = [(begin + timedelta(seconds=10 * number), float(number)) for number in range(6 * 60 * 4)]
    assert energies(stands) == [(at(10), 360.0), (at(11), 360.0), (at(12), 360.0)]


def test_a_restart_inside_an_hour_waits_for_the_next() -> None:
    """The stand at the hour was missed, so the hour has no beginning."""
    hours = fed((at(10, 20), 1_000.0), (at(10, 20, 10), 1_001.0))
    assert (hours.stand, hours.finished) == (None, None)
    hours.take({IMPORT: 1_100.0}, at(11))
    assert (hours.stand, hours.finished) == (Stand(at(11), {IMPORT: 1_100.0}), None)


def test_a_finished_hour_is_shown_until_the_next_is() -> None:
    """Later looks at the same hour change nothing."""
    hours = fed((at(10), 0.0), (at(11), 100.0), (at(11, 0, 10), 101.0), (at(11, 59, 50), 180.0))
    assert hours.finished == FinishedHour(at(10), {IMPORT: 100.0})
    assert hours.stand == Stand(at(11), {IMPORT: 100.0})


def test_a_line_that_was_away_over_the_hour_loses_both_hours() -> None:
    """From 10:50 to 11:20: neither the hour before nor the one after has two stands."""
    stands = [(at(10), 0.0), (at(10, 50), 50.0), (at(11, 20), 80.0), (at(12), 120.0), (at(13), 180.0)]
    assert energies(stands) == [(at(12), 60.0)]


# --- days of another length ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "length"),
    [(date(2026, 1, 15), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
    ids=["ordinary", "spring", "autumn"],
)
@pytest.mark.parametrize(
    ("spoken", "told"),
    [
        (axdr.Clock.AIDON, Dialect.STANDARD),
        (axdr.Clock.KAIFA, Dialect.CODED),
        (axdr.Clock.KAMSTRUP, Dialect.STANDARD),
        (axdr.Clock.TRUE, Dialect.CODED),
    ],
    ids=lambda value: value.name,
)
def test_a_day_has_as_many_hours_as_it_has(day: date, length: int, spoken: axdr.Clock, told: Dialect) -> None:
    """23, 24 or 25, each with its own energy, from meters whose hands show any of the dialects."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=OSLO).astimezone(UTC)
    after = day + timedelta(days=1)
    assert datetime(after.year, after.month, after.day, tzinfo=OSLO).astimezone(UTC) - midnight == length * HOUR
    stands = []
    for number in range(length + 1):
        moment = midnight + number * HOUR
        clock = read_clock(axdr.clock(moment, spoken), told)
        assert clock is not None
        stands.append((clock.moment(moment + timedelta(seconds=12), OSLO), 1_000.0 * number + number**2))
    assert energies(stands) == [(midnight + number * HOUR, 1_001.0 + 2 * number) for number in range(length)]


# --- over a restart ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hours",
    [
        Hours(),
        fed((at(10), 1_000.0)),
        fed((at(10), 1_000.0), (at(11), 1_234.5)),
        fed((at(10), 1_000.0), (at(11), 1_234.5), (at(12, 30), 1_300.0)),
    ],
    ids=["nothing", "a-stand", "an-hour", "a-missed-hour"],
)
def test_the_state_survives_a_restart(hours: Hours) -> None:
    """By way of a file, so in plain JSON types."""
    assert Hours.from_dict(json.loads(json.dumps(hours.as_dict()))) == hours


def test_an_hour_is_finished_by_a_stand_from_before_a_restart() -> None:
    """Home Assistant was away for ten minutes; the meter's registers were not."""
    restored = Hours.from_dict(fed((at(10), 1_000.0)).as_dict())
    restored.take({IMPORT: 1_700.0}, at(11))
    assert restored.finished == FinishedHour(at(10), {IMPORT: 700.0})


def test_a_stored_quantity_that_is_no_longer_known_is_left_out() -> None:
    """A file of another version must not keep the home from starting."""
    state = fed((at(10), 1_000.0), (at(11), 1_100.0)).as_dict()
    state["stand"][1]["energy_of_yore"] = 5.0
    state["finished"][1]["energy_of_yore"] = 5.0
    assert Hours.from_dict(state) == fed((at(10), 1_000.0), (at(11), 1_100.0))
