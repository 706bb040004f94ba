"""Energy in its right hour."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
import json
import math
from typing import override
from zoneinfo import ZoneInfo

import pytest

from custom_components.han_port.analysis.hour import KEEP_HOURS_FOR, FinishedHour, Hours
from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.periods import HOUR
from custom_components.han_port.analysis.snapshot import Snapshot
from custom_components.han_port.decoder.clock import Dialect, read_clock
from custom_components.han_port.decoder.quantities import Quantity
from tests.support.houses import SteadyHouse
from tools.simulator import axdr

OSLO = ZoneInfo("Europe/Oslo")
TEN = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
IMPORT, EXPORT = Quantity.ENERGY_IMPORT, Quantity.ENERGY_EXPORT
POWER = Quantity.POWER_IMPORT

type Told = tuple[datetime, str, float]


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a time of the day on which all of this happens; hours may go on into the next days."""
    return TEN.replace(hour=0) + timedelta(hours=hour, minutes=minute, seconds=second)


class Home(SteadyHouse):
    """A house of which the hours are told."""

    def __init__(self, begin: datetime, register: float = 1_000.0) -> None:
        super().__init__(begin, register)
        self.hours = Hours()
        self.told: list[Told] = []

    @override
    def hear(self) -> None:
        self._hear({POWER: self.watts})

    def list_of(self, hour: datetime, register: float | None = None) -> None:
        """Let the hourly list come now, with the clock of an hour and the register as it was then."""
        value = self.register - self.watts * (self.now - hour).total_seconds() / 3600 if register is None else register
        self._hear({POWER: self.watts, IMPORT: value}, hour)

    def _hear(self, values: dict[Quantity, float], clock: datetime | None = None) -> None:
        for hour in self.hours.update(values, self.now, clock):
            self.told.append((hour.start, hour.origin.value, round(hour.energy[IMPORT], 6)))

    @property
    def total(self) -> float | None:
        return self.hours.totals[IMPORT].at(self.now)


# --- the ordinary hour ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [0, 10, 50, 110, 290])
def test_an_hour_takes_what_its_two_registers_differ_by(late: int) -> None:
    """However late the list comes: first its power tells what it took, then its register."""
    home = Home(at(9, 59, 30))
    for hour, watts in ((10, 1_800.0), (11, 3_600.0), (12, 3_600.0)):
        home.until(at(hour, 0, late), watts)
        home.list_of(at(hour))
        home.watts = watts
    home.until(at(12, 5), 3_600.0)
    assert home.told[-1] == (at(11), "register", 3_600.0)
    assert home.hours.finished[at(10)].origin is Origin.REGISTER


def test_the_total_between_two_registers_is_the_register_and_the_power_since_the_hour() -> None:
    home = Home(at(9, 59, 30))
    home.until(at(10, 0, 10), 3_600.0)
    assert home.total is None, "there was no register yet"
    home.list_of(at(10))
    assert home.total == pytest.approx(1_040.0), "thirty seconds before the hour and ten after it"
    home.until(at(10, 30), 3_600.0)
    home.until(at(10, 59, 50), 7_200.0)
    home.list_of(at(10, 59, 50))
    assert home.total == pytest.approx(home.register, abs=6)


def test_a_total_that_was_too_high_stands_still_until_the_truth_has_caught_up() -> None:
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 3_600.0)
    home.list_of(at(10), 1_000.0)
    home.until(at(11, 0, 10), 3_600.0)
    assert home.total == pytest.approx(4_610.0)
    home.list_of(at(11), 4_500.0)
    assert home.total == pytest.approx(4_610.0)
    home.until(at(11, 1, 40), 3_600.0)
    assert home.total == pytest.approx(4_610.0)
    home.until(at(11, 1, 50), 3_600.0)
    assert home.total == pytest.approx(4_610.0)
    home.until(at(11, 2, 10), 3_600.0)
    assert home.total == pytest.approx(4_620.0, abs=11)


def test_import_and_export_have_their_own_energy() -> None:
    hours = Hours()
    for moment, imported, exported in ((at(10), 1_000.0, 50.0), (at(11), 1_200.0, 55.0)):
        hours.update({IMPORT: imported, EXPORT: exported}, moment + timedelta(seconds=10), moment)
    assert hours.finished == {at(10): FinishedHour(at(10), {IMPORT: 200.0, EXPORT: 5.0}, Origin.REGISTER)}


def test_a_short_list_with_import_says_that_nothing_is_exported() -> None:
    hours = Hours()
    hours.update({POWER: 500.0, Quantity.POWER_EXPORT: 0.0, EXPORT: 70.0}, at(10), at(10))
    for second in range(10, 300, 10):
        hours.update({POWER: 500.0}, at(10, 0, second), None)
    assert hours.totals[EXPORT].at(at(10, 5)) == 70.0


# --- the hours that are not ordinary -------------------------------------------------------------------------------


def test_a_repeated_list_is_not_counted_and_the_next_is_shared_by_power() -> None:
    """Some Aidon meters send the list of the hour before once more, clock and all: the doubled hour is no peak."""
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 1_000.0)
    home.list_of(at(10), 1_000.0)
    home.until(at(11, 0, 10), 1_000.0)
    home.list_of(at(10), 1_000.0)
    home.until(at(12, 0, 10), 3_000.0)
    home.list_of(at(12), 5_000.0)
    first, second = home.hours.finished.values()
    assert (first.origin, first.energy[IMPORT]) == (Origin.MIXED, pytest.approx(1_000.0, abs=5))
    assert (second.origin, second.energy[IMPORT]) == (Origin.MIXED, pytest.approx(3_000.0, abs=5))
    assert first.energy[IMPORT] + second.energy[IMPORT] == pytest.approx(4_000.0)
    assert home.told[0] == (at(10), "integrated", pytest.approx(1_000.0))


def test_hours_are_told_in_their_order_though_the_first_reading_of_an_hour_has_the_register() -> None:
    """The list of 11:00 was lost, and that of 12:00 comes first: sums are added up in the order that is told."""
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 2_000.0)
    home.list_of(at(10), 1_000.0)
    home.until(at(12), 2_000.0)
    home.told.clear()
    home.list_of(at(12), 5_000.0)
    assert [(start, origin) for start, origin, _ in home.told] == [(at(10), "mixed"), (at(11), "mixed")]


def test_a_register_over_hours_in_the_dark_is_shared_out_over_the_dark() -> None:
    """From 11:00 to 13:00 nothing was heard; what the hour before took is known."""
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 2_000.0)
    home.list_of(at(10), 1_000.0)
    home.until(at(11), 2_000.0)
    home.until(at(13), 500.0, dark=True)
    home.until(at(14, 0, 10), 2_000.0)
    home.list_of(at(14), 1_000.0 + 2_000 + 1_000 + 2_000)
    shared = [each.energy[IMPORT] for each in home.hours.finished.values()]
    assert shared == pytest.approx([2_000, 500, 500, 2_000], abs=10)
    assert sum(shared) == pytest.approx(5_000)
    assert home.hours.finished[at(12)].origin is not Origin.REGISTER


def test_three_days_without_power_share_out_what_little_there_was() -> None:
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 2_000.0)
    home.list_of(at(10), 1_000.0)
    home.until(at(10 + 72), 0.0, dark=True)
    home.now = at(10 + 72, 0, 10)
    home.list_of(at(10 + 72), 1_072.0)
    energies = [round(each.energy[IMPORT], 2) for each in home.hours.finished.values()]
    assert len(energies) == 72
    assert sum(energies) == pytest.approx(72.0, abs=0.4)
    assert max(energies) < 7.0, "the ten seconds that were heard count for themselves, the rest is even"


def test_nothing_is_invented_where_no_register_follows() -> None:
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 2_000.0)
    home.list_of(at(10), 1_000.0)
    home.until(at(12, 0, 10), 2_000.0, dark=True)
    home.until(at(12, 30), 2_000.0)
    assert home.hours.finished == {}


def test_an_hour_of_which_a_tenth_is_missing_is_still_known_by_its_power() -> None:
    home = Home(at(9, 59, 50))
    home.until(at(10, 54, 10), 2_000.0)
    home.until(at(11), 2_000.0, dark=True)
    home.until(at(11, 1), 2_000.0)
    assert home.told == [(at(10), "integrated", pytest.approx(1_800.0, abs=12))]
    home.until(at(11, 50), 2_000.0)
    home.until(at(12, 0, 10), 2_000.0, dark=True)
    home.until(at(12, 1), 2_000.0)
    assert len(home.told) == 1, "of the second hour more than a tenth was missing"


def test_a_register_that_fell_finishes_no_hour() -> None:
    hours = Hours()
    hours.update({IMPORT: 1_000.0}, at(10, 0, 10), at(10))
    hours.update({IMPORT: 10.0}, at(11, 0, 10), at(11))
    assert hours.finished == {at(10): FinishedHour(at(10), {}, Origin.REGISTER)} or hours.finished == {}


def test_a_clock_that_is_off_by_hours_is_not_believed() -> None:
    """The repair tells the user; the hours go by our own clock."""
    hours = Hours()
    for hour in (10, 11):
        hours.update({IMPORT: 1_000.0 * hour}, at(hour, 0, 10), at(hour + 5))
    assert [*hours.finished] == [at(10)]


def test_a_list_in_the_middle_of_an_hour_corrects_the_total_and_no_hour() -> None:
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 2_000.0)
    home.list_of(at(10), 1_000.0)
    home.until(at(10, 15, 10), 2_000.0)
    home.list_of(at(10, 15, 10), 1_700.0)
    assert home.total == pytest.approx(1_700.0)
    assert home.hours.snapshot == Snapshot(at(10), {IMPORT: 1_000.0})


# --- meters that send their registers all the time -----------------------------------------------------------------


def often(begin: datetime, end: datetime, period: int = 10, start: float = 0.0) -> Iterable[tuple[datetime, float]]:
    """Yield the registers of 3600 W."""
    seconds = int((end - begin).total_seconds())
    return ((begin + timedelta(seconds=past), start + past) for past in range(0, seconds + 1, period))


@pytest.mark.parametrize("period", [1, 7, 10, 60])
def test_registers_that_come_all_the_time_are_the_total_and_give_exact_hours(period: int) -> None:
    """An hour begins between two of them. The first hour has no beginning, though we came shortly after it."""
    hours = Hours()
    for moment, register in often(at(9, 1, 3), at(12, 30), period):
        hours.update({IMPORT: register, POWER: 3_600.0}, moment, moment)
    told = {start: (each.origin, round(each.energy[IMPORT], 6)) for start, each in hours.finished.items()}
    by_power = {start: each for start, each in told.items() if each[0] is Origin.INTEGRATED}
    assert {start: each for start, each in told.items() if start not in by_power} == {
        at(10): (Origin.REGISTER, 3_600.0),
        at(11): (Origin.REGISTER, 3_600.0),
    }
    last = max(register for _, register in often(at(9, 1, 3), at(12, 30), period))
    assert hours.totals[IMPORT].at() == last
    since_nine = (at(12, 30, 5) - at(9, 1, 3)).total_seconds()
    assert hours.totals[IMPORT].at(at(12, 30, 5)) == since_nine  # 1 Wh a second, and by the power since the last


def test_a_gap_over_the_hour_is_reckoned_and_says_so() -> None:
    hours = Hours()
    for moment, register in [*often(at(9, 30), at(10, 50)), *often(at(11, 20), at(13), 10, 6_600.0)]:
        hours.update({IMPORT: register}, moment, moment)
    assert {start: (each.origin, round(each.energy[IMPORT])) for start, each in hours.finished.items()} == {
        at(10): (Origin.MIXED, 3_600),
        at(11): (Origin.MIXED, 3_600),
        at(12): (Origin.REGISTER, 3_600),
    }


def quarters_of(readings: Iterable[tuple[datetime, float]], restart_at: datetime | None = None) -> list[Told]:
    """Return the quarters that registers finish; the state may be stored and brought back on the way."""
    hours, told = Hours(), []
    for moment, register in readings:
        if restart_at and moment >= restart_at:
            hours, restart_at = restored(hours), None
        hours.update({IMPORT: register, POWER: 100.0}, moment, moment)
        known = [each for each in hours.quarters if IMPORT in each.energy]
        told += [(each.start, each.origin.value, round(each.energy[IMPORT], 6)) for each in known]
    return told


@pytest.mark.parametrize("restart_at", [None, at(9, 40, 1), at(9, 45)], ids=["running", "restart within", "at its end"])
def test_registers_that_come_all_the_time_give_exact_quarters(restart_at: datetime | None) -> None:
    """Whatever the power says, which is 100 W here: a quarter begins and ends between two of them."""
    first = list(often(at(9, 1, 3), at(9, 40)))
    second = [(at(9, 40) + 7 * (moment - at(9, 1, 3)), 2_340.0 + 3 * register) for moment, register in first]
    told = quarters_of([*first, *second[:60]], restart_at)
    assert told[0] == (at(9, 15), "register", 900.0)
    assert told[1] == (at(9, 30), "register", pytest.approx(2_340.0 - 1_737.0 + 900 / 7, abs=1e-3))


def test_quarters_over_a_gap_are_reckoned_and_say_so() -> None:
    told = quarters_of([*often(at(9), at(9, 20)), *often(at(9, 40), at(10, 30), 10, 2_400.0)])
    assert told == [
        (at(9, 15), "mixed", 900.0),
        (at(9, 30), "mixed", 900.0),
        (at(9, 45), "register", 900.0),
        (at(10), "register", 900.0),
        (at(10, 15), "register", 900.0),
    ]


def test_a_meter_that_begins_lower_finishes_no_quarter() -> None:
    told = quarters_of([*often(at(9), at(9, 40), 10, 50_000.0), *often(at(9, 40, 10), at(10, 10))])
    assert [start for start, _, _ in told] == [at(9, 15), at(9, 45)]


def test_a_few_registers_in_a_row_do_not_make_an_hourly_meter_another_one() -> None:
    """Some meters say their hourly list twice."""
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 3_600.0)
    for hour in (10, 11, 12):
        home.until(at(hour, 0, 10), 3_600.0)
        home.list_of(at(hour))
        home.now += timedelta(seconds=5)
        home.list_of(at(hour), home.register - home.watts * 10 / 3600)
        home.now -= timedelta(seconds=5)
    home.until(at(12, 30), 3_600.0)
    assert home.total == pytest.approx(home.register, abs=12)
    assert home.told[-1] == (at(11), "register", 3_600.0)


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
    hours = Hours()
    for number in range(length + 1):
        moment = midnight + number * HOUR
        clock = read_clock(axdr.clock(moment, spoken), told)
        assert clock is not None
        received = moment + timedelta(seconds=12)
        hours.update({IMPORT: 1_000.0 * number + number**2}, received, clock.moment(received, OSLO))
    assert [(start, each.energy[IMPORT]) for start, each in hours.finished.items()] == [
        (midnight + number * HOUR, 1_001.0 + 2 * number) for number in range(length)
    ]


# --- what is kept --------------------------------------------------------------------------------------------------


def restored(hours: Hours) -> Hours:
    """Return what a file brings back."""
    state, finished = json.loads(json.dumps([hours.as_dict(), hours.finished_as_list()]))
    return Hours.from_dict(state, finished)


def test_the_state_survives_a_restart() -> None:
    home = Home(at(9, 59, 50))
    assert restored(home.hours) == home.hours
    for hour in (10, 11, 12):
        home.until(at(hour, 0, 10), 1_000.0 * hour)
        home.list_of(at(hour))
        assert restored(home.hours) == home.hours
    home.until(at(12, 20), 3_000.0)
    before, home.hours = home.total, restored(home.hours)
    assert home.total == before
    home.until(at(12, 24), 3_000.0, dark=True)
    home.until(at(13, 0, 10), 3_000.0)
    home.list_of(at(13))
    assert home.told[-1] == (at(12), "register", 3_025.0)


def test_a_stored_quantity_that_is_no_longer_known_is_left_out() -> None:
    """A file of another version must not keep the home from starting."""
    hours = Hours()
    hours.update({IMPORT: 1_000.0}, at(10, 0, 10), at(10))
    state = hours.as_dict()
    state["stand"][1]["energy_of_yore"] = 5.0
    assert Hours.from_dict(state) == hours


def test_two_months_are_kept() -> None:
    hours = Hours()
    for hour in range(24 * 70):
        hours.update({IMPORT: 1_000.0 * hour}, at(hour, 0, 10), at(hour))
    assert len(hours.finished) == KEEP_HOURS_FOR // HOUR - 1


def test_another_meter_goes_on_where_the_old_one_ended() -> None:
    """No jump is booked, neither up nor down."""
    home = Home(at(9, 59, 50), 50_000.0)
    home.until(at(10, 0, 10), 3_600.0)
    home.list_of(at(10))
    home.until(at(10, 30), 3_600.0)
    before = home.total
    home.hours.start_new_count()
    assert home.total == before
    home.register = 7.0
    home.until(at(11, 0, 10), 3_600.0)
    assert before is not None
    assert home.total == pytest.approx(before + 1_810.0), "by the power, until its first register comes"
    home.list_of(at(11))
    home.until(at(11, 30), 3_600.0)
    assert home.total == pytest.approx(before + 3_600.0)
    assert told_by(home.hours)[10] == ("integrated", 3_600)
    home.until(at(12, 0, 10), 3_600.0)
    home.list_of(at(12))
    assert told_by(home.hours)[11] == ("register", 3_600)
    assert home.total == pytest.approx(before + 5_410.0)


PLACES = (
    ("totals", "energy_import", "offset"),
    ("totals", "energy_import", "integral", "sum", 0),
    ("stand", 1, "energy_import"),
    ("last", 0),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: str(place[-1]))
@pytest.mark.parametrize("odd", ["1000", None, True, [], {}, 1e16, float("nan"), float("inf")])
def test_what_is_no_number_where_one_was_stored_is_told_at_once(odd: object, place: tuple[str | int, ...]) -> None:
    """Not when the next message comes: then the meter would have fallen silent."""
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 2_000.0)
    home.list_of(at(10))
    state = json.loads(json.dumps(home.hours.as_dict()))
    holder = state
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = odd
    with pytest.raises(ValueError, match=r"no (number|moment)|isoformat"):
        Hours.from_dict(state)


def test_a_stand_that_is_of_no_full_hour_divides_nothing() -> None:
    """A store of somebody else's making."""
    home = Home(at(9, 59, 50))
    home.until(at(10, 0, 10), 2_000.0)
    home.list_of(at(10))
    state = home.hours.as_dict()
    state["stand"][0] = at(10, 30).isoformat()
    home.hours = Hours.from_dict(state)
    home.until(at(11, 0, 10), 2_000.0)
    home.list_of(at(11))
    assert [told for told in home.told if told[1] == "register"] == []


# --- to the second, and to the last watt hour ----------------------------------------------------------------------

EXPORTED = Quantity.POWER_EXPORT


def test_export_is_what_is_said_and_nothing_while_import_alone_is_said() -> None:
    """A short list with an import of nothing says when an export began that is said next: 20 s of 3600 W here."""
    hours = Hours()
    export = hours.totals[EXPORT]
    hours.update({POWER: 0.0, EXPORTED: 3_600.0, EXPORT: 70.0}, at(10), at(10))
    hours.update({POWER: 360.0}, at(10, 0, 10), None)
    assert export.at() == pytest.approx(75.0)
    hours.update({POWER: 0.0}, at(10, 0, 20), None)
    hours.update({POWER: 0.0, EXPORTED: 3_600.0}, at(10, 0, 30), None)
    assert export.at() == pytest.approx(90.0)


@pytest.mark.parametrize(
    ("now", "clock", "hour"),
    [
        (at(10, 55), at(11), at(11)),
        (at(10, 54, 59), at(11), None),
        (at(10, 5), None, at(10)),
        (at(10, 4) + timedelta(microseconds=1), None, at(10)),
        (at(10, 5, 1), None, None),
        (at(11, 10), at(10), at(10)),
        (at(11, 10, 1), at(10), None),
        (at(10, 20), at(10, 5), at(10)),
        (at(10, 20), at(10, 5) + timedelta(microseconds=1), None),
    ],
)
def test_a_register_is_of_the_hour_that_the_clock_names(now: datetime, clock: datetime | None, hour: datetime) -> None:
    """Up to five minutes behind it. A clock five minutes ahead or 70 behind is still believed."""
    hours = Hours()
    hours.update({IMPORT: 1_000.0}, now, clock)
    assert hours.snapshot == (Snapshot(hour, {IMPORT: 1_000.0}) if hour else None)


def test_a_list_that_comes_before_its_hour_is_not_made_an_estimate_afterwards() -> None:
    """Of a meter whose clock is some seconds ahead: when the hour is over, its energy is known already."""
    home = Home(at(9, 59, 30))
    home.until(at(10, 0, 10), 3_600.0)
    home.list_of(at(10))
    home.until(at(10, 59, 50), 3_600.0)
    home.list_of(at(11))
    home.until(at(11, 1), 7_200.0)
    assert home.told[-1] == (at(10), "register", 3_600.0)
    assert home.hours.finished[at(10)].origin is Origin.REGISTER


def test_a_second_look_at_the_same_hour_changes_nothing() -> None:
    """A register without a clock that comes twice: the hour begins with the first."""
    hours = Hours()
    for moment, register in ((at(10, 0, 10), 1_000.0), (at(10, 4), 1_003.0), (at(11, 0, 10), 2_000.0)):
        hours.update({IMPORT: register}, moment, None)
    assert hours.finished == {at(10): FinishedHour(at(10), {IMPORT: 1_000.0}, Origin.REGISTER)}


def test_an_hour_of_nothing_is_an_hour() -> None:
    """A register that stands still has taken 0 Wh. One that was not there before says nothing yet."""
    hours = Hours()
    hours.update({IMPORT: 1_000.0}, at(10, 0, 10), at(10))
    hours.update({IMPORT: 1_000.0, EXPORT: 50.0}, at(11, 0, 10), at(11))
    hours.update({IMPORT: 1_200.0, EXPORT: 40.0}, at(12, 0, 10), at(12))
    assert [hour.energy for hour in hours.finished.values()] == [{IMPORT: 0.0}, {IMPORT: 200.0}]


@pytest.mark.parametrize(("apart", "count"), [(timedelta(days=31), 744), (timedelta(days=31, hours=1), 0)])
def test_a_register_is_shared_out_over_a_month_at_most(apart: timedelta, count: int) -> None:
    """After more time nobody knows what it was for."""
    hours = Hours()
    hours.update({IMPORT: 1_000.0}, at(10), at(10))
    hours.update({IMPORT: 1_744.0}, at(10) + apart, at(10) + apart)
    assert [hour.energy[IMPORT] for hour in hours.finished.values()] == [1.0] * count


def shared(powers: Iterable[tuple[datetime, float]], energy: float, end: datetime) -> list[float]:
    """Return over which hours since ten o'clock an energy is shared out, where these powers were told."""
    hours = Hours()
    for moment, watts in sorted([*powers, (at(10), math.inf)]):
        hours.update({IMPORT: 0.0} if watts == math.inf else {POWER: watts}, moment, moment)
    finished = hours.update({IMPORT: energy}, end, end)
    return [hour.energy[IMPORT] for hour in finished if hour.origin is Origin.MIXED]


def every_minute(begin: datetime, end: datetime, watts: float) -> list[tuple[datetime, float]]:
    """Tell a power from a time to another, both included."""
    minutes = int((end - begin).total_seconds()) // 60
    return [(begin + timedelta(minutes=minute), watts) for minute in range(minutes + 1)]


@pytest.mark.parametrize(
    ("powers", "energy", "end", "expected"),
    [
        pytest.param([], 3_000.0, at(13), [1_000.0] * 3, id="nothing known"),
        pytest.param(every_minute(at(9, 59), at(12), 0.0), 10.0, at(12), [5.0, 5.0], id="no power and yet energy"),
        pytest.param(
            [*every_minute(at(10, 50), at(11, 30), 3_600.0), *every_minute(at(12), at(13), 3_600.0)],
            10_800.0,
            at(13),
            [3_600.0, 3_600.0, 3_600.0],
            id="what was dark takes what is left by its length",
        ),
        pytest.param(
            every_minute(at(9, 59), at(11), 3_600.0), 3_000.0, at(12), [3_000.0, 0.0], id="more told than taken"
        ),
        pytest.param(every_minute(at(9, 59), at(11), 3_600.0), 4_000.0, at(12), [3_600.0, 400.0], id="one hour dark"),
    ],
)
def test_an_energy_is_shared_out_by_what_is_known(
    powers: list[tuple[datetime, float]], energy: float, end: datetime, expected: list[float]
) -> None:
    """What the power tells, and the rest over the unknown time; no hour has less than nothing."""
    assert shared(powers, energy, end) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_registers_come_often_from_the_eleventh_in_a_row_on() -> None:
    """Ten gaps of two minutes at most; a longer one before that begins the row anew, and one after it does not."""
    hours = Hours()
    total = hours.totals[IMPORT]

    def tell(now: datetime) -> bool:
        """Tell a register and a power of 3600 W, and return whether the total is the register for ten seconds."""
        hours.update({IMPORT: 1_000.0, POWER: 3_600.0}, now, None)
        hours.update({POWER: 3_600.0}, now + timedelta(seconds=10), None)
        return total.at() == 1_000.0

    now = at(10)
    gaps = [*[10] * 9, 121, *[120] * 9]
    for gap in [0, *gaps]:
        now += timedelta(seconds=gap)
        assert not tell(now), "the total goes on by the power"
        assert hours.snapshot is not None
        assert hours.as_dict()["in_row"] < 10
    total.shown = None
    now += timedelta(seconds=120)
    assert tell(now)
    assert hours.snapshot is None
    assert hours.as_dict()["in_row"] == 10
    assert not hours.tells_quarters
    now += timedelta(minutes=16)
    assert tell(now)
    assert hours.as_dict()["in_row"] == 10
    assert hours.tells_quarters


# --- a clock that was wrong ----------------------------------------------------------------------------------------


def told_by(hours: Hours) -> dict[int, tuple[str, float]]:
    """Return origin and energy of the finished hours, by hours since the day began."""
    return {
        (start - at(0)) // HOUR: (hour.origin.value, round(hour.energy[IMPORT]))
        for start, hour in hours.finished.items()
    }


@pytest.mark.parametrize(("days", "count"), [(1, 1), (-1, 1), (40, 1), (1, 5), (-1, 5)])
def test_hours_of_a_clock_that_was_wrong_are_those_of_the_meters_when_it_is_right(days: int, count: int) -> None:
    """What the meter counted meanwhile is shared out over the hours that were, and not over those that never were.

    After two hours it is believed, and once it is right again it is not believed to have been.
    """
    home, ahead = Home(at(9, 59, 30)), timedelta(days=days)
    for hour in (10, 11):
        home.until(at(hour, 0, 10), 3_000.0)
        home.list_of(at(hour))
    home.until(at(11, 30), 3_000.0)
    home.now += ahead
    last = 11 + count
    for hour in range(12, last + 1):
        home.until(at(hour, 0, 10) + ahead, 3_000.0)
        home.list_of(at(hour), 1_000.0 + (hour - 10) * 3_000.0 + 25.0)
        assert home.total == pytest.approx(home.register, abs=17)
    home.until(at(last, 30) + ahead, 3_000.0)
    home.now -= ahead
    for hour in (last + 1, last + 2):
        home.until(at(hour, 0, 10), 3_000.0)
        home.list_of(at(hour))
    told = {hour: told for hour, told in told_by(home.hours).items() if 10 <= hour < 40}
    assert told == {
        10: ("register", 3_000),
        **dict.fromkeys(range(11, last + 1), ("mixed", 3_000)),
        last + 1: ("register", 3_000),
    }


@pytest.mark.parametrize(("days", "count"), [(1, 1), (-1, 1), (1, 5)])
def test_registers_in_every_list_go_on_after_a_clock_that_was_wrong(days: int, count: int) -> None:
    """As those that come once an hour. Each list has the meter's clock."""
    home = Home(at(9, 59, 30))

    def every_list_until(moment: datetime, ahead: timedelta) -> None:
        home.now += ahead
        while home.now < moment + ahead:
            home._hear({POWER: 3_600.0, IMPORT: home.register}, home.now - ahead)
            if home.now - ahead > at(10, 10):
                assert home.total == pytest.approx(home.register, abs=1)
            home.now += timedelta(seconds=10)
            home.register += 10
        home.now -= ahead

    last = 11 + count
    every_list_until(at(11, 30), timedelta())
    every_list_until(at(last, 30), timedelta(days=days))
    every_list_until(at(last + 3), timedelta())
    told = {hour: told for hour, told in told_by(home.hours).items() if 11 <= hour < 40}
    assert told == {**dict.fromkeys(range(11, last + 1), ("mixed", 3_600)), last + 1: ("register", 3_600)}


def test_a_clock_that_is_set_back_by_an_hour_takes_nothing_away() -> None:
    """So much is said of some meters' and computers' summer time; the same hours are looked at once more."""
    home = Home(at(9, 59, 30))
    for hour in (10, 11, 12):
        home.until(at(hour, 0, 10), 3_000.0)
        home.list_of(at(hour))
    home.now -= timedelta(hours=1)
    home.until(at(11, 30), 3_000.0)
    home.list_of(at(11))
    assert told_by(home.hours) == {10: ("register", 3_000), 11: ("register", 3_000)}


def test_what_a_computer_hears_before_it_has_asked_for_the_time_makes_no_peak() -> None:
    """It was off from 11:17 to 13:41, and then its clock went on where it had stopped until it was set right.

    The energy of that time would all be of the hour from eleven. A restart lies between.
    """
    hours, register = Hours(), 1_000.0

    def every_list(begin: datetime, count: int, behind: timedelta) -> None:
        nonlocal register
        for number in range(count):
            moment = begin + timedelta(seconds=10 * number)
            hours.update({POWER: 3_600.0, IMPORT: register}, moment - behind, moment)
            register += 10

    every_list(at(10), 77 * 6, timedelta())
    hours = Hours.from_dict(json.loads(json.dumps(hours.as_dict())), hours.finished_as_list())
    register += 3_600 * 2.4
    every_list(at(13, 41), 6, timedelta(hours=2, minutes=24))
    every_list(at(13, 42), 80 * 6, timedelta())
    assert told_by(hours) == {
        11: ("mixed", 3_600),
        12: ("mixed", 3_600),
        13: ("mixed", 3_600),
        14: ("register", 3_600),
    }


def test_a_meter_whose_clock_goes_wrong_is_not_doubted_for_ever() -> None:
    """After two hours ours counts, as for a meter that has none."""
    hours = Hours()
    for number in range(8 * 360):
        now = at(8) + timedelta(seconds=10 * number)
        wrong = now >= at(10, 30)
        clock = datetime(2000, 1, 1, tzinfo=UTC) if wrong else now
        hours.update({POWER: 3_600.0, IMPORT: 1_000.0 + 10 * number}, now, clock)
    assert told_by(hours) == {
        9: ("register", 3_600),
        10: ("mixed", 3_600),
        11: ("mixed", 3_600),
        12: ("mixed", 3_600),
        13: ("register", 3_600),
        14: ("register", 3_600),
    }


@pytest.mark.parametrize(("ours", "meters"), [((1, 1), (0, -5)), ((5, 1), (0, 0))])
def test_a_clock_that_leaps_a_second_time_is_not_doubted_any_longer(
    ours: tuple[int, int], meters: tuple[int, int]
) -> None:
    """Nobody could tell by two such clocks how long it has been, so ours counts from then on."""
    hours = Hours()

    def every_list(begin: datetime, end: datetime, ours: int, meters: int) -> None:
        for number in range((end - begin) // timedelta(seconds=10)):
            moment = begin + timedelta(seconds=10 * number)
            values = {POWER: 3_600.0, IMPORT: 1_000.0 + (moment - at(8)).total_seconds()}
            hours.update(values, moment + timedelta(days=ours), moment + timedelta(days=meters))

    every_list(at(8), at(10, 30), 0, 0)
    every_list(at(10, 30), at(10, 40), ours[0], meters[0])
    every_list(at(10, 40), at(13, 30), ours[1], meters[1])
    told = {hour: told for hour, told in told_by(hours).items() if hour > 24 + 10}
    assert told == {24 + 11: ("register", 3_600), 24 + 12: ("register", 3_600)}


def test_hours_that_a_wrong_clock_dates_are_none_and_take_none_away() -> None:
    """It was seventy days ahead for an hour and a half, of which one of its hours was known by power."""
    home, ahead = Home(at(9, 59, 30)), timedelta(days=70)
    for hour in (10, 11):
        home.until(at(hour, 0, 10), 3_000.0)
        home.list_of(at(hour))
    home.until(at(11, 50), 3_000.0)
    home.now += ahead
    for hour in (12, 13):
        home.until(at(hour, 0, 10) + ahead, 3_000.0)
        home.list_of(at(hour), 1_000.0 + (hour - 10) * 3_000.0 + 25.0)
    home.until(at(13, 20) + ahead, 3_000.0)
    home.now -= ahead
    home.until(at(14, 0, 10), 3_000.0)
    home.list_of(at(14))
    assert told_by(home.hours) == {10: ("register", 3_000), **dict.fromkeys((11, 12, 13), ("mixed", 3_000))}


def test_a_meter_with_registers_once_an_hour_may_follow_one_that_tells_them_all_the_time() -> None:
    """Else each of its hours would be an estimate, and its total stand still for an hour."""
    home = Home(at(9, 30))
    while home.now < at(10, 30):
        home._hear({POWER: 3_600.0, IMPORT: home.register})
        home.now += timedelta(seconds=10)
        home.register += 10
    home.hours.start_new_count()
    home.register = 7.0
    for hour in (11, 12, 13):
        home.until(at(hour, 0, 10), 3_600.0)
        home.list_of(at(hour))
    assert {hour: told for hour, told in told_by(home.hours).items() if hour > 10} == {
        11: ("register", 3_600),
        12: ("register", 3_600),
    }
    before = home.total
    home.until(at(13, 30), 3_600.0)
    assert before is not None
    assert home.total == pytest.approx(before + 1_790, abs=20)


def test_what_was_reckoned_is_in_another_scale_when_a_ratio_is_corrected() -> None:
    """Registers and powers may count the transformers each in their own way. The totals go on from where they are."""
    home = Home(at(9, 59, 30))
    for hour in (10, 11):
        home.until(at(hour, 0, 10), 3_600.0)
        home.list_of(at(hour))
    home.until(at(12, 30), 1_800.0)
    assert home.total == 7_337.5
    home.hours.rescale(10.0, 2.0)
    assert told_by(home.hours) == {10: ("register", 36_000), 11: ("integrated", 3_615)}
    home.until(at(13, 0, 10), 3_600.0)
    assert told_by(home.hours)[12] == ("integrated", 3_600)
    assert home.total == 9_152.5, "by the power alone: which register goes on here is not known yet"
    home.list_of(at(13), 500_000.0)
    home.until(at(14, 0, 10), 3_600.0)
    home.list_of(at(14), 503_600.0)
    assert home.total == pytest.approx(9_152.5 + 3_600)
    assert told_by(home.hours)[13] == ("register", 3_600)


def test_registers_of_another_meter_have_to_come_all_the_time_anew() -> None:
    """Ten shortly one after the other, as at the beginning; then quarters of an hour are known by them."""
    hours = Hours()

    def every_list(begin: datetime, count: int) -> None:
        for number in range(count):
            now = begin + timedelta(seconds=10 * number)
            hours.update({POWER: 3_600.0, IMPORT: 1_000.0 + 10 * number}, now, now)

    every_list(at(9, 10), 200)
    assert hours.tells_quarters
    hours.start_new_count()
    every_list(at(9, 58, 30), 9)
    every_list(at(10, 0), 1)
    assert not hours.tells_quarters
    every_list(at(10, 0, 10), 90)
    assert hours.tells_quarters


# --- back from a clock that was ahead ------------------------------------------------------------------------------


def ahead_by(*days: int) -> Hours:
    """Return hours of two true lists, and of one list for each number of days by which our clock was ahead."""
    hours = Hours()
    for hour in (10, 11):
        hours.update({IMPORT: 1_000.0 * hour}, at(hour, 0, 10), at(hour))
    for each in days:
        hours.update({IMPORT: 11_500.0 + each}, at(12, 0, 10) + timedelta(days=each), None)
    return hours


def test_what_a_clock_that_was_ahead_has_dated_is_forgotten_from_the_last_true_hour_on() -> None:
    hours = ahead_by(3)
    assert len(hours.finished) == 1 + 3 * 24 + 1
    hours.update({POWER: 1_000.0}, at(13, 30), at(13, 30))
    assert told_by(hours) == {10: ("register", 1_000)}
    hours.update({IMPORT: 14_000.0}, at(14, 0, 10), at(14))
    assert told_by(hours) == {10: ("register", 1_000), **dict.fromkeys((11, 12, 13), ("mixed", 1_000))}


def test_a_clock_that_is_set_back_to_the_last_true_hour_goes_on_from_it() -> None:
    hours = ahead_by(3)
    hours.update({POWER: 1_000.0}, at(11), at(11))
    assert hours.snapshot == Snapshot(at(11), {IMPORT: 11_000.0})


def test_behind_two_gaps_of_a_clock_that_was_ahead_the_hours_begin_anew() -> None:
    """The snapshot before the second gap was dated by that clock too."""
    hours = ahead_by(3, 7)
    hours.update({IMPORT: 12_000.0}, at(12, 0, 10), at(12))
    assert hours.snapshot == Snapshot(at(12), {IMPORT: 12_000.0})
    hours.update({IMPORT: 13_000.0}, at(13, 0, 10), at(13))
    assert told_by(hours)[12] == ("register", 1_000)


def test_registers_that_begin_to_come_often_while_nothing_is_taken_make_the_next_hour() -> None:
    """Our clock was set back by ten minutes, so the total knows them already; the hour must know them too."""
    hours = Hours()
    hours.update({IMPORT: 1_000.0}, at(11, 0, 10), None)
    for number in range(71 * 6):
        now = at(10, 50) + timedelta(seconds=10 * number)
        hours.update({IMPORT: 1_000.0 + 10 * max(0, number - 60)}, now, None)
    assert told_by(hours) == {11: ("register", 3_600)}


def test_hours_begin_anew_if_our_clock_was_ahead_from_the_first_register_on() -> None:
    hours = Hours()
    hours.update({IMPORT: 1_000.0}, at(12, 0, 10) + timedelta(days=3), None)
    for hour in (13, 14):
        hours.update({IMPORT: 1_000.0 * hour}, at(hour, 0, 10), at(hour))
    assert told_by(hours) == {13: ("register", 1_000)}


def test_a_clock_that_is_an_hour_behind_and_runs_is_dated_by_arrival() -> None:
    """Each list says an hour too little. From the second on its registers are those of our own hours."""
    hours, ten = Hours(), datetime(2026, 1, 15, 10, tzinfo=UTC)
    late, behind = timedelta(seconds=10), timedelta(hours=1)
    found = {}
    for number in range(5):
        hour = ten + number * behind
        values = {Quantity.ENERGY_IMPORT: 1000.0 * number * (number + 1)}
        found |= {each.start: each for each in hours.update(values, hour + late, hour - behind)}
    assert [found[ten + number * behind].energy[Quantity.ENERGY_IMPORT] for number in (1, 2, 3)] == [4000, 6000, 8000]
