"""When each maker sends what, and what may go wrong on the way."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from tools.simulator.household import House
from tools.simulator.lists import ListKind, Model, encode, find_model
from tools.simulator.meter import SOUND, Faults, Meter, Push

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
POWER, SNAPSHOT, HOURLY = ListKind
ANY_MAKER = pytest.mark.parametrize("maker", ["Aidon", "Embriq", "Kaifa", "Kamstrup"])


def pushes(model: Model, hours: float = 1, *, faults: Faults = SOUND, hourly_second: float | None = None) -> list[Push]:
    house = House(START, net=model.net, seed=1)
    meter = Meter(model, house, faults=faults, hourly_second=hourly_second)
    return list(meter.pushes(until=START + hours * HOUR))


def second_of_hour(push: Push) -> float:
    return push.moment.minute * 60 + push.moment.second + push.moment.microsecond / 1e6


@pytest.mark.parametrize(
    ("maker", "expected"),
    [
        ("Aidon", {POWER: 1080, SNAPSHOT: 359, HOURLY: 1}),
        ("Embriq", {POWER: 1080, SNAPSHOT: 359, HOURLY: 1}),
        ("Kaifa", {POWER: 1440, SNAPSHOT: 359, HOURLY: 1}),
        ("Kamstrup", {SNAPSHOT: 360, HOURLY: 1}),
    ],
)
def test_an_hour_has_so_many_lists_of_each_kind(maker: str, expected: dict[ListKind, int]) -> None:
    assert Counter(push.which for push in pushes(find_model(maker))) == expected


@pytest.mark.parametrize(
    ("maker", "kind", "seconds"),
    [
        ("Aidon", POWER, [2.5, 5, 7.5, 12.5, 15, 17.5]),
        ("Aidon", SNAPSHOT, [0, 20, 30, 40]),
        ("Aidon", HOURLY, [10]),
        ("Kaifa", POWER, [2, 4, 6, 8, 12, 14, 16, 18]),
        ("Kaifa", SNAPSHOT, [0, 20, 30, 40]),
        ("Kaifa", HOURLY, [10]),
        ("Kamstrup", SNAPSHOT, [0, 10, 20, 30]),
        ("Kamstrup", HOURLY, [5]),
    ],
)
def test_each_list_has_its_seconds(maker: str, kind: ListKind, seconds: list[float]) -> None:
    sent = [second_of_hour(push) for push in pushes(find_model(maker)) if push.which is kind]
    assert sent[: len(seconds)] == seconds


@pytest.mark.parametrize("second", [25, 35, 55])
def test_the_hourly_list_of_a_kamstrup_may_come_later(second: float) -> None:
    (hourly,) = (push for push in pushes(find_model("Kamstrup"), hourly_second=second) if push.which is HOURLY)
    assert second_of_hour(hourly) == second
    assert hourly.clock == hourly.moment


@ANY_MAKER
def test_the_hourly_list_is_what_its_maker_says_of_the_full_hour(maker: str) -> None:
    """Aidon and Kaifa tell the full hour; only Aidon's clock admits it. Kamstrup tells this very second."""
    model = find_model(maker)
    hourly = next(push for push in pushes(model) if push.which is HOURLY)
    measured_at = hourly.moment if maker == "Kamstrup" else START
    clock = START if maker in {"Aidon", "Embriq"} else hourly.moment
    assert hourly.supply.moment == measured_at
    assert hourly.clock == clock
    assert hourly.frame == encode(model, hourly.supply, clock, HOURLY)


@ANY_MAKER
def test_pushes_come_in_order_and_go_on_after_the_hour(maker: str) -> None:
    sent = pushes(find_model(maker), hours=2.1)
    assert all(before.moment < after.moment for before, after in pairwise(sent))
    assert [push.which for push in sent].count(HOURLY) == 3


def test_a_meter_may_be_tapped_in_the_middle_of_an_hour() -> None:
    start = START + timedelta(minutes=59, seconds=55)
    meter = Meter(find_model("Aidon"), House(START), start)
    moments = [(moment - start).total_seconds() for moment, _ in islice(meter, 4)]
    assert moments == [0, 2.5, 5, 7.5]


def test_the_night_when_summer_time_ends_has_no_gap_and_no_repetition() -> None:
    start = datetime(2026, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/Oslo"))
    meter = Meter(find_model("Kamstrup"), House(start))
    sent = list(meter.pushes(until=start.astimezone(UTC) + 3 * HOUR))
    gaps = {(after.moment - before.moment).total_seconds() for before, after in pairwise(sent)}
    assert gaps == {5, 10}


def test_without_faults_every_frame_reaches_the_line() -> None:
    assert all(push.line == push.frame for push in pushes(find_model("Kaifa")))


def test_a_repeated_hour_is_the_last_one_byte_for_byte_and_the_next_is_right_again() -> None:
    hourly = [
        push for push in pushes(find_model("Aidon"), hours=4, faults=Faults(repeated_hour=1)) if push.which is HOURLY
    ]
    frames = [push.line for push in hourly]
    assert frames[0] == frames[1]
    assert len(set(frames)) == 2
    assert [push.clock.hour for push in hourly] == [12, 12, 14, 14]
    assert [push.moment.hour for push in hourly] == [12, 13, 14, 15]


def test_lost_frames_leave_nothing_on_the_line() -> None:
    sent = pushes(find_model("Kaifa"), faults=Faults(lost=0.1, seed=3))
    lost = [push for push in sent if not push.line]
    assert 0.05 < len(lost) / len(sent) < 0.15
    house = House(START, seed=1)
    spoken = Meter(find_model("Kaifa"), house, faults=Faults(lost=1))
    assert next((push for push in islice(spoken.pushes(), 50) if push.line), None) is None


def test_a_flipped_frame_differs_in_one_bit() -> None:
    for push in pushes(find_model("Kaifa"), 0.1, faults=Faults(flipped=1)):
        difference = int.from_bytes(push.frame, "big") ^ int.from_bytes(push.line, "big")
        assert difference.bit_count() == 1
        assert not push.is_sound


def test_noise_comes_before_a_frame_and_leaves_it_sound() -> None:
    sent = pushes(find_model("Kaifa"), 0.1, faults=Faults(noise=1))
    assert all(push.line.endswith(push.frame) and push.line != push.frame for push in sent)
    assert all(push.is_sound for push in sent)


def test_faults_are_the_same_for_the_same_seed() -> None:
    faults = Faults(lost=0.1, flipped=0.1, noise=0.2, seed=7)
    model = find_model("Aidon")
    assert pushes(model, 0.2, faults=faults) == pushes(model, 0.2, faults=faults)
