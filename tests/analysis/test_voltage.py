"""What phase voltages give away, and above all what they do not."""

from collections.abc import Iterable
import math
import random

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.han_port.analysis.phases import Measured
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.analysis.voltage import Change, Limits, Trouble, VoltageWatch, unbalance
from custom_components.han_port.decoder.quantities import Quantity

VOLTAGES = (Quantity.VOLTAGE_L1, Quantity.VOLTAGE_L2, Quantity.VOLTAGE_L3)
START = 5000.0
HEALTHY = (230.0, 231.0, 229.0)
UNDER, OVER, LOSS, NEUTRAL = Trouble.UNDERVOLTAGE, Trouble.OVERVOLTAGE, Trouble.PHASE_LOSS, Trouble.NEUTRAL_FAULT

type Volts = tuple[float | None, ...]


class WatchedMeter:
    """A meter, and the watch that hears it by way of what tells which values are measured."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        system: SupplySystem | None = SupplySystem.TN,
        seen: Iterable[Quantity] = (),
        every: float = 10.0,
    ) -> None:
        self.watch = VoltageWatch(limits or Limits())
        self.measured = Measured(seen)
        self.system = system
        self.every = every
        self.now = START - every

    def say(self, *volts: float | None) -> list[Change]:
        """Send one reading, an interval after the one before. None is a voltage that is not sent."""
        self.now += self.every
        return self.hear(self.now, volts)

    def hear(self, now: float, volts: Volts) -> list[Change]:
        sent = {quantity: each for quantity, each in zip(VOLTAGES, volts, strict=False) if each is not None}
        values = self.measured.of({Quantity.POWER_IMPORT: 1500.0} | sent, self.system)
        return self.watch.update(values, now, self.system, self.measured.seen)

    def stay(self, seconds: float, *volts: float | None) -> list[tuple[Trouble, bool]]:
        """Send the same for some time. Return what began and what ended."""
        changes = [change for _ in range(round(seconds / self.every)) for change in self.say(*volts)]
        return [(change.trouble, change.began) for change in changes]


def settled(volts: Volts = HEALTHY, **how: object) -> WatchedMeter:
    """Return a home of which all is well and known."""
    home = WatchedMeter(**how)  # type: ignore[arg-type]  # whatever a home takes
    assert home.stay(180, *volts) == []
    return home


# ---- means of a minute


@pytest.mark.parametrize(
    ("volts", "trouble"), [(206.9, UNDER), (207.0, None), (230.0, None), (253.0, None), (253.1, OVER)]
)
@pytest.mark.parametrize("phase", [1, 2, 3])
def test_a_mean_beyond_a_limit_is_trouble_and_one_at_the_limit_is_not(
    volts: float, trouble: Trouble | None, phase: int
) -> None:
    home = settled()
    bad = tuple(volts if number == phase else 230.0 for number in (1, 2, 3))
    assert home.stay(120, *bad) == ([(trouble, True)] if trouble else [])
    assert home.watch.mean(VOLTAGES[phase - 1]) == pytest.approx(volts)
    assert list(home.watch.found) == ([trouble] if trouble else [])
    if trouble:
        found = home.watch.found[trouble]
        assert (found.trouble, found.phases, found.reason) == (trouble, (phase,), "mean")
        assert found.values == {phase: pytest.approx(volts)}
        assert found.since == START + 180


def test_the_limits_are_the_users() -> None:
    home = settled(limits=Limits(low=200.0, high=240.0))
    assert home.stay(120, 205.0, 230.0, 230.0) == []
    assert home.stay(120, 199.0, 230.0, 230.0) == [(UNDER, True)]
    assert home.stay(120, 230.0, 230.0, 241.0) == [(UNDER, False), (OVER, True)]


@pytest.mark.parametrize(("bad", "not_yet", "good"), [(200.0, 208.0, 208.1), (260.0, 252.0, 251.9)])
def test_a_mean_must_be_back_by_a_volt(bad: float, not_yet: float, good: float) -> None:
    home = settled()
    trouble = UNDER if bad < 230 else OVER
    assert home.stay(120, bad, 230.0, 230.0) == [(trouble, True)]
    assert home.stay(600, not_yet, 230.0, 230.0) == []
    assert trouble in home.watch.found
    assert home.stay(90, good, 230.0, 230.0) == [(trouble, False)]
    assert home.watch.found == {}


def test_one_mean_needs_three_values_and_forty_seconds() -> None:
    home = WatchedMeter(every=15.0)
    home.stay(30, *HEALTHY)  # after the second a phase is known, and its mean begins
    means = []
    for volts in (240.0, 241.0, 242.0, 243.0):
        home.say(volts, *HEALTHY[1:])
        means.append(home.watch.mean(Quantity.VOLTAGE_L1))
    assert means == [None, None, None, 241.5]
    home.every = 25.0
    home.stay(75, 250.0, *HEALTHY[1:])
    assert home.watch.mean(Quantity.VOLTAGE_L1) == 250.0
    home.every = 59.0
    home.stay(236, 250.0, *HEALTHY[1:])
    assert home.watch.mean(Quantity.VOLTAGE_L1) is None


def test_a_mean_is_that_of_the_last_minute() -> None:
    home = settled()
    home.stay(60, 220.0, 221.0, 222.0)
    assert home.watch.mean(Quantity.VOLTAGE_L1) == pytest.approx((230 + 6 * 220) / 7)
    home.stay(10, 220.0, 221.0, 222.0)
    assert [home.watch.mean(quantity) for quantity in VOLTAGES] == [220.0, 221.0, 222.0]
    assert home.watch.mean(Quantity.POWER_IMPORT) is None


def test_a_short_dip_is_no_undervoltage() -> None:
    """20 s at 195 V: the mean of the minute is 220 V."""
    home = settled()
    assert home.stay(20, 195.0, 231.0, 229.0) == []
    assert home.stay(120, *HEALTHY) == []


def test_a_trouble_that_spreads_is_one_trouble() -> None:
    home = settled()
    home.stay(120, 200.0, 230.0, 230.0)
    first = home.watch.found[UNDER]
    assert home.stay(120, 199.0, 201.0, 230.0) == []
    assert home.watch.found[UNDER].phases == (1, 2)
    assert home.watch.found[UNDER].since == first.since
    assert home.watch.found[UNDER].values[1] == first.values[1]
    assert home.stay(120, 230.0, 201.0, 230.0) == []
    assert home.watch.found[UNDER].phases == (2,)
    assert home.stay(120, *HEALTHY) == [(UNDER, False)]
    assert home.watch.counts == {UNDER: 1}


def test_a_change_tells_what_was_found() -> None:
    home = settled()
    assert home.say(0.0, 231.0, 229.0) == []
    [began] = home.say(1.0, 231.0, 229.0)
    assert began == Change(LOSS, began=True, found=home.watch.found[LOSS])
    assert (began.found.since, began.found.values, began.found.reason) == (START + 180, {1: 1.0}, "below_half")
    home.say(*HEALTHY)
    assert home.say(*HEALTHY) == [Change(LOSS, began=False, found=began.found)]


def test_it_is_counted_how_often_a_trouble_began() -> None:
    home = settled()
    for _ in range(3):
        home.stay(50, 0.0, 231.0, 229.0)
        home.stay(120, *HEALTHY)
    home.stay(120, 260.0, 231.0, 229.0)
    assert home.watch.counts == {LOSS: 3, OVER: 1}


# ---- a phase that is lost


@pytest.mark.parametrize("phase", [1, 2, 3])
@pytest.mark.parametrize(("volts", "lost"), [(0.0, True), (114.9, True), (115.0, False)])
def test_below_half_of_the_voltage_a_phase_is_lost(phase: int, volts: float, lost: bool) -> None:
    home = settled()
    bad = tuple(volts if number == phase else 230.0 for number in (1, 2, 3))
    assert home.say(*bad) == []
    assert [change.trouble for change in home.say(*bad)] == ([LOSS] if lost else [NEUTRAL])
    if lost:
        assert home.watch.found[LOSS].phases == (phase,)


def test_one_reading_without_a_phase_is_no_loss() -> None:
    home = settled()
    for _ in range(5):
        assert home.say(230.0, 0.0, 229.0) == []
        assert home.stay(70, *HEALTHY) == []


def test_a_phase_is_back_after_two_readings_above_four_fifths() -> None:
    home = settled(system=SupplySystem.IT)
    assert home.stay(30, 230.0, 0.0, 229.0) == [(LOSS, True)]
    assert home.stay(300, 230.0, 184.0, 229.0) == []
    assert home.say(230.0, 184.1, 229.0) == []
    assert home.say(230.0, 184.0, 229.0) == []
    assert home.say(230.0, 184.1, 229.0) == []
    assert [change.trouble for change in home.say(230.0, 230.0, 229.0)] == [LOSS]
    assert home.watch.found == {}


@pytest.mark.parametrize("between", [0.0, 60.0, 140.0])
def test_a_lost_phase_has_no_undervoltage_too(between: float) -> None:
    """Neither while it is lost, nor by what of it is left in the mean when it is back."""
    home = settled(system=SupplySystem.IT)
    changes = home.stay(30, 230.0, 0.0, 229.0) + home.stay(300, 230.0, between, 229.0)
    changes += home.stay(300, *HEALTHY)
    assert changes == [(LOSS, True), (LOSS, False)]


def test_a_lost_phase_has_a_mean_again_when_it_is_back() -> None:
    home = settled()
    home.stay(20, 230.0, 0.0, 229.0)
    assert home.watch.mean(Quantity.VOLTAGE_L2) is None
    home.stay(70, 230.0, 225.0, 229.0)
    assert home.watch.mean(Quantity.VOLTAGE_L2) == 225.0


@pytest.mark.parametrize(("volts", "trouble"), [(200.0, UNDER), (260.0, OVER)])
def test_a_loss_takes_the_place_of_a_wrong_voltage(volts: float, trouble: Trouble) -> None:
    home = settled()
    assert home.stay(120, 230.0, volts, 229.0) == [(trouble, True)]
    assert home.say(230.0, 0.0, 229.0) == []
    assert home.stay(300, 230.0, 0.0, 229.0) == [(LOSS, True), (trouble, False)]


def test_a_phase_that_comes_and_goes_is_an_undervoltage() -> None:
    """Never two readings in a row, and yet a mean of 115 V: a loose contact."""
    home = settled()
    assert [pair for _ in range(6) for pair in home.stay(10, 230.0, 0.0, 229.0) + home.stay(10, *HEALTHY)] == [
        (UNDER, True)
    ]


def test_a_phase_that_was_never_there_is_not_lost() -> None:
    """The habit of Kaifa's and Landis+Gyr's three-wire meters."""
    home = WatchedMeter(system=SupplySystem.IT)
    assert home.stay(3600, 230.0, 0.0, 229.0) == []
    assert home.watch.mean(Quantity.VOLTAGE_L2) is None


def test_zeros_that_are_told_of_a_phase_never_seen_are_no_loss() -> None:
    """The same, if nobody had left them out before."""
    watch = VoltageWatch(Limits())
    values = dict(zip(VOLTAGES, (230.0, 0.0, 229.0), strict=True))
    for second in range(0, 600, 10):
        assert watch.update(values, float(second), SupplySystem.IT, set()) == []


def test_a_terminal_that_shows_a_few_volts_is_no_lost_phase() -> None:
    """Nothing is connected to it. What it shows is measured, so it counts as seen."""
    home = WatchedMeter()
    assert home.stay(600, 230.0, 3.0, 0.0) == []
    assert home.stay(600, 230.0, 0.0, 0.0) == []
    assert Quantity.VOLTAGE_L2 in home.measured.seen


@pytest.mark.parametrize(("volts", "is_known"), [(150.0, False), (150.1, True)])
def test_a_phase_has_been_there_above_150_volts(volts: float, is_known: bool) -> None:
    home = WatchedMeter()
    home.stay(120, 230.0, volts, 229.0)
    home.stay(20, 230.0, 0.0, 229.0)
    assert (LOSS in home.watch.found) is is_known


def test_one_damaged_reading_does_not_make_a_phase_known() -> None:
    home = WatchedMeter()
    assert home.stay(120, 230.0, 0.0, 229.0) == []
    assert home.say(230.0, 230.0, 229.0) == []
    assert home.stay(600, 230.0, 0.0, 229.0) == []


def test_a_phase_that_was_lost_in_between_two_lives_is_found() -> None:
    home = WatchedMeter(seen=VOLTAGES)
    assert home.stay(60, 230.0, 0.0, 229.0) == []
    assert [change.trouble for change in home.say(230.0, 0.0, 229.0)] == [LOSS]
    assert home.watch.found[LOSS].since == START
    home.stay(20, *HEALTHY)
    assert home.watch.found == {}


def test_a_message_of_zeros_is_of_a_dead_meter() -> None:
    """It neither is a loss, nor ends one, nor enters a mean."""
    home = settled()
    assert home.stay(300, 0.0, 0.0, 0.0) == []
    home = settled()
    assert home.stay(20, 230.0, 0.0, 229.0) == [(LOSS, True)]
    assert home.stay(300, 0.0, 0.0, 0.0) == []
    assert list(home.watch.found) == [LOSS]
    home = settled()
    assert home.stay(30, 0.0, 0.0, 0.0) == []
    assert home.stay(10, *HEALTHY) == []
    assert home.watch.mean(Quantity.VOLTAGE_L1) == 230.0


def test_a_meter_of_one_phase_loses_none() -> None:
    home = settled((230.0, None, None), system=SupplySystem.ONE_PHASE)
    assert home.stay(120, 0.0, None, None) == []
    assert home.stay(120, 230.0) == []
    assert home.stay(120, 260.0) == [(OVER, True)]


def test_in_an_it_system_a_line_that_fails_takes_two_voltages() -> None:
    home = settled(system=SupplySystem.IT)
    assert home.stay(20, 110.0, 231.0, 112.0) == [(LOSS, True)]
    assert home.watch.found[LOSS].phases == (1, 3)
    assert home.watch.found[LOSS].values == {1: 110.0, 3: 112.0}


# ---- the neutral


@pytest.mark.parametrize(
    ("volts", "reason"),
    [
        ((280.0, 190.0, 230.0), "opposite"),
        ((253.1, 206.9, 230.0), "opposite"),
        ((206.0, 246.1, 230.0), "spread"),
        ((253.0, 230.0, 206.9), "spread"),
        ((254.0, 230.0, 207.0), "spread"),
        ((206.0, 246.0, 230.0), None),
    ],
)
def test_phases_that_part_from_each_other_point_at_the_neutral(volts: Volts, reason: str | None) -> None:
    home = settled()
    assert home.say(*volts) == []
    assert [change.trouble for change in home.say(*volts)] == ([NEUTRAL] if reason else [])
    if reason:
        found = home.watch.found[NEUTRAL]
        assert (found.reason, found.phases, found.since) == (reason, (1, 2, 3), START + 180)
        assert found.values == dict(zip((1, 2, 3), volts, strict=True))


def test_opposite_sides_must_be_those_of_both_readings() -> None:
    home = settled()
    home.say(250.0, 205.0, 230.0)
    home.say(280.0, 190.0, 230.0)
    assert home.watch.found[NEUTRAL].reason == "spread"


def test_the_limits_of_the_user_are_none_of_the_neutral() -> None:
    home = settled(limits=Limits(low=180.0, high=290.0))
    home.stay(20, 254.0, 206.0, 230.0)
    assert home.watch.found[NEUTRAL].reason == "opposite"


@pytest.mark.parametrize("system", [SupplySystem.IT, SupplySystem.ONE_PHASE, None])
def test_without_a_neutral_none_is_broken(system: SupplySystem | None) -> None:
    home = settled(system=system)
    assert home.stay(30, 280.0, 190.0, 230.0) == []


def test_of_two_voltages_nothing_is_said_about_the_neutral() -> None:
    home = settled((230.0, None, 230.0))
    assert home.stay(30, 250.0, None, 205.0) == []


def test_one_reading_says_nothing_about_the_neutral() -> None:
    home = settled()
    for _ in range(5):
        assert home.stay(10, 250.0, 205.0, 230.0) == []
        assert home.stay(70, *HEALTHY) == []


def test_a_lost_phase_is_no_broken_neutral() -> None:
    home = settled()
    assert home.say(230.0, 130.0, 229.0) == []  # it is about to go
    assert home.stay(300, 230.0, 0.0, 229.0) == [(LOSS, True)]
    assert home.stay(300, *HEALTHY) == [(LOSS, False)]
    assert home.watch.counts == {LOSS: 1}


def test_a_neutral_is_whole_after_a_minute_without_a_sign() -> None:
    home = settled()
    assert home.stay(20, 250.0, 205.0, 230.0) == [(NEUTRAL, True)]
    assert home.stay(60, *HEALTHY) == []
    assert home.stay(10, 250.0, 205.0, 230.0) == []
    assert home.stay(60, *HEALTHY) == []
    assert home.stay(10, *HEALTHY) == [(NEUTRAL, False)]


@pytest.mark.parametrize(("high", "ends"), [(250.0, [(NEUTRAL, False)]), (250.1, [])])
def test_forty_volts_between_the_phases_are_no_sign(high: float, ends: list[tuple[Trouble, bool]]) -> None:
    home = settled()
    assert home.stay(20, 280.0, 190.0, 230.0) == [(NEUTRAL, True)]
    home.stay(10, 230.0, 230.0, 230.0)
    assert home.stay(80, high, 210.0, 230.0) == ends


def test_a_minute_without_a_sign_has_three_readings() -> None:
    home = settled(every=60.0, volts=HEALTHY)
    assert home.stay(120, 250.0, 205.0, 230.0) == [(NEUTRAL, True)]
    assert home.stay(120, *HEALTHY) == []
    assert home.stay(60, *HEALTHY) == [(NEUTRAL, False)]


def test_a_lost_phase_does_not_make_a_neutral_whole() -> None:
    home = settled()
    home.stay(20, 250.0, 205.0, 230.0)
    assert home.stay(300, 230.0, 0.0, 229.0) == [(LOSS, True)]
    assert home.stay(300, 110.0, 112.0, 114.0) == []
    assert set(home.watch.found) == {NEUTRAL, LOSS}


# ---- no alarm from …


@pytest.mark.parametrize("volts", [(200.0, 200.0, 200.0), (260.0, 260.0, 260.0), (250.0, 209.0, 230.0)])
def test_in_its_first_minute_it_says_nothing(volts: Volts) -> None:
    home = WatchedMeter()
    assert home.stay(60, *volts) == []
    assert len(home.stay(60, *volts)) == 1


def test_zeros_of_the_first_minute_are_no_undervoltage_after_it() -> None:
    """A phase that is switched on 40 s after the meter. It was seen in an earlier life."""
    home = WatchedMeter(seen=VOLTAGES)
    assert home.stay(40, 230.0, 0.0, 229.0) == []
    assert home.stay(300, *HEALTHY) == []


@pytest.mark.parametrize("absurd", [0.0, 1000.0, 65.5, 2.3])
@pytest.mark.parametrize("every", [2.5, 10.0, 20.0])
def test_one_absurd_reading_raises_nothing_and_ends_nothing(absurd: float, every: float) -> None:
    home = settled(every=every)
    assert home.stay(every, absurd, 231.0, 229.0) == []
    assert home.stay(120, *HEALTHY) == []
    for bad, trouble in ((206.0, UNDER), (254.0, OVER)):
        assert home.stay(180, bad, 230.0, 230.0) == [(trouble, True)]
        assert home.stay(every, absurd, 230.0, 230.0) == []
        assert home.stay(120, bad, 230.0, 230.0) == []
        assert home.stay(180, *HEALTHY) == [(trouble, False)]


@pytest.mark.parametrize("usual", [57.7, 63.5, 110.0])
def test_behind_voltage_transformers_it_says_nothing(usual: float) -> None:
    home = WatchedMeter()
    assert home.stay(600, usual, usual, usual) == []
    assert home.stay(600, usual, 0.0, usual) == []
    assert home.say(1000.0, usual, usual) == []
    assert home.stay(600, usual, 149.0, usual) == []
    assert home.watch.mean(Quantity.VOLTAGE_L1) == pytest.approx(usual)


def test_not_even_of_phases_that_were_seen_in_an_earlier_life() -> None:
    home = WatchedMeter(seen=VOLTAGES)
    assert home.stay(600, 57.7, 0.0, 57.7) == []


def test_readings_without_voltages_do_not_count() -> None:
    """They come between those of the long list, and neither part nor join them."""
    home = settled()
    assert home.say(230.0, 0.0, 229.0) == []
    home.every = 2.5
    assert home.stay(7.5, None, None, None) == []
    assert [change.trouble for change in home.say(230.0, 0.0, 229.0)] == [LOSS]
    assert home.stay(55, None, None, None) == []
    assert list(home.watch.found) == [LOSS]


@pytest.mark.parametrize("volts", [(230.0, 0.0, 229.0), (250.0, 205.0, 230.0)])
@pytest.mark.parametrize(("gap", "begins"), [(60.0, 1), (60.1, 0)])
def test_readings_before_a_gap_and_after_it_are_not_in_a_row(volts: Volts, gap: float, begins: int) -> None:
    home = settled()
    home.say(*volts)
    assert len(home.hear(home.now + gap, volts)) == begins


def test_good_readings_before_a_gap_and_after_it_are_not_in_a_row_either() -> None:
    home = settled()
    home.stay(20, 230.0, 0.0, 229.0)
    home.say(*HEALTHY)
    home.now += 61.0
    assert home.say(*HEALTHY) == []
    assert home.stay(10, *HEALTHY) == [(LOSS, False)]


def test_two_damaged_readings_far_from_each_other_do_not_make_a_phase_known() -> None:
    home = WatchedMeter()
    home.say(*HEALTHY[:1], 0.0, 229.0)
    for _ in range(2):
        home.now += 61.0
        assert home.say(*HEALTHY) == []
    assert home.stay(600, 230.0, 0.0, 229.0) == []


def test_a_mean_begins_anew_after_a_gap() -> None:
    home = settled()
    home.stay(60, 240.0, 231.0, 229.0)
    home.now += 61.0
    home.stay(40, 220.0, 231.0, 229.0)
    assert home.watch.mean(Quantity.VOLTAGE_L1) is None
    home.stay(10, 220.0, 231.0, 229.0)
    assert home.watch.mean(Quantity.VOLTAGE_L1) == 220.0


def test_what_one_phase_does_not_send_for_a_minute_is_forgotten_of_it() -> None:
    home = settled()
    home.say(230.0, 0.0, 229.0)
    home.stay(60, 230.0, None, 229.0)
    assert home.say(230.0, 0.0, 229.0) == []
    assert home.watch.mean(Quantity.VOLTAGE_L1) == 230.0


def test_to_forget_is_to_begin_anew() -> None:
    home = settled()
    home.say(0.0, 231.0, 229.0)
    home.watch.forget(home.now)
    assert home.watch.mean(Quantity.VOLTAGE_L1) is None
    assert home.say(0.0, 231.0, 229.0) == []
    assert [change.trouble for change in home.say(0.0, 231.0, 229.0)] == [LOSS]
    home = settled()
    home.say(250.0, 205.0, 230.0)
    home.watch.forget(home.now)
    assert home.say(250.0, 205.0, 230.0) == []


def test_what_was_forgotten_does_not_come_late() -> None:
    home = settled()
    home.watch.forget(home.now + 20.0)
    for late in (10.0, 12.0):
        assert home.hear(home.now + late, (0.0, 231.0, 229.0)) == []
    for late in (14.0, 16.0):
        assert home.hear(home.now + late, (250.0, 205.0, 230.0)) == []


@pytest.mark.parametrize(
    ("trouble", "volts"),
    [(UNDER, (200.0, 231.0, 229.0)), (LOSS, (0.0, 231.0, 229.0)), (NEUTRAL, (250.0, 206.0, 230.0))],
)
def test_a_gap_ends_no_trouble_and_good_values_after_it_do(trouble: Trouble, volts: Volts) -> None:
    home = settled()
    assert home.stay(70 if trouble is UNDER else 20, *volts) == [(trouble, True)]
    home.watch.forget(home.now)
    home.now += 3600.0
    assert home.say(*HEALTHY) == []
    assert list(home.watch.found) == [trouble]
    assert home.stay(70, *HEALTHY) == [(trouble, False)]


# ---- time


def test_the_same_moment_twice_is_one_reading() -> None:
    for volts in ((230.0, 0.0, 229.0), (250.0, 205.0, 230.0)):
        home = settled()
        home.say(*volts)
        assert home.hear(home.now, volts) == []
        assert home.hear(home.now - 5.0, volts) == []
        assert len(home.say(*volts)) == 1


def test_a_clock_that_steps_back_deafens_nobody() -> None:
    home = settled()
    home.now = 0.0
    assert home.stay(10, 0.0, 231.0, 229.0) == []
    assert home.stay(10, 0.0, 231.0, 229.0) == [(LOSS, True)]
    assert home.stay(120, 260.0, 231.0, 229.0) == [(LOSS, False), (OVER, True)]


def test_a_clock_that_steps_back_at_the_start_does_not_end_the_first_minute() -> None:
    home = WatchedMeter()
    home.say(*HEALTHY)
    home.now = 0.0
    assert home.stay(60, 260.0, 231.0, 229.0) == []
    assert home.stay(10, 260.0, 231.0, 229.0) == [(OVER, True)]


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.tuples(*[st.none() | st.floats(0, 1000)] * 3)), max_size=80))
@settings(max_examples=200, deadline=None)
def test_no_order_of_times_breaks_it(readings: list[tuple[float, Volts]]) -> None:
    home = WatchedMeter()
    for now, volts in readings:
        for change in home.hear(now, volts):
            assert (change.trouble in home.watch.found) is change.began
    for found in home.watch.found.values():
        assert found.phases == tuple(sorted(found.values)) != ()
        assert home.watch.counts[found.trouble] >= 1


def test_what_is_kept_is_bounded() -> None:
    """A hundred readings a second, and a mean that is right all the same."""
    home = WatchedMeter(every=0.01)
    home.stay(130, *HEALTHY)
    phase = home.watch._phases[1]
    assert len(phase._values) <= 121
    assert phase.mean == 230.0


# ---- by chance


def about(chance: random.Random, volts: Volts, noise: float) -> Volts:
    return tuple(None if each is None else max(0.0, round(each + chance.uniform(-noise, noise), 1)) for each in volts)


@pytest.mark.slow
@given(
    st.integers(0),
    st.sampled_from([2.5, 10.0]),
    st.sampled_from([SupplySystem.TN, SupplySystem.IT, None]),
    st.booleans(),
)
@settings(max_examples=10, deadline=None)
def test_a_healthy_day_raises_nothing(seed: int, every: float, system: SupplySystem | None, three_wires: bool) -> None:
    """Noise, drift, silences, and now and then a reading that is absurd in one phase or in all."""
    chance = random.Random(seed)
    home = WatchedMeter(every=every, system=system)
    volts = [230.0, 230.0, 230.0]
    absurd_after = START
    while home.now < START + 86_400:
        volts = [min(245.0, max(215.0, each + chance.uniform(-1, 1))) for each in volts]
        said = list(about(chance, tuple(volts), 3.0))
        said[1] = 0.0 if three_wires else said[1]
        if chance.random() < 0.002:
            home.now += chance.uniform(1.0, 600.0)
        if chance.random() < 0.05 and home.now > absurd_after:
            absurd_after = home.now + 75.0
            for number in chance.choice(((0,), (1,), (2,), (0, 1, 2))):
                said[number] = chance.choice((0.0, 2.3, 100.0, 150.1, 400.0, 1000.0))
        assert home.say(*said) == []
    assert home.watch.counts == {}


CASES = {
    # What is sent, how many readings find it (None: two minutes of them), and in how many seconds it ends.
    UNDER: ((200.0, 226.0, 225.0), None, 120.0),
    OVER: ((258.0, 233.0, 232.0), None, 120.0),
    LOSS: ((20.0, 231.0, 229.0), 2, 20.0),
    NEUTRAL: ((290.0, 190.0, 230.0), 2, 70.0),
}


@pytest.mark.parametrize("trouble", Trouble)
@given(st.integers(0), st.sampled_from([2.5, 10.0]), st.permutations([0, 1, 2]))
@settings(max_examples=40, deadline=None)
def test_a_trouble_at_any_time_is_found_in_time_and_ends(
    trouble: Trouble, seed: int, every: float, order: list[int]
) -> None:
    chance = random.Random(seed)
    volts, readings, end = CASES[trouble]
    bad = tuple(volts[number] for number in order)
    home = WatchedMeter(every=every)
    for _ in range(chance.randint(round(70 / every), 200)):
        assert home.say(*about(chance, HEALTHY, 3.0)) == []
    home.now += chance.uniform(0.0, 20.0)
    began = home.now
    changes = []
    for _ in range(readings or round(120 / every)):
        changes += home.say(*about(chance, bad, 3.0))
    assert [(change.trouble, change.began) for change in changes] == [(trouble, True)]
    found = changes[0].found
    assert began <= found.since <= began + 120
    assert found.phases == ((1, 2, 3) if trouble is NEUTRAL else (order.index(0) + 1,))
    for _ in range(round(end / every)):
        changes += home.say(*about(chance, HEALTHY, 3.0))
    assert [(change.trouble, change.began) for change in changes] == [(trouble, True), (trouble, False)]
    assert home.watch.found == {}
    assert home.watch.counts == {trouble: 1}


# ---- unbalance


@pytest.mark.parametrize(
    ("lines", "per_cent"),
    [
        ((230.0, 230.0, 230.0), 0.0),
        ((230.0, 230.0, 0.0), 100.0),
        ((400.0, 230.0, 170.0), 100.0),
        ((228.0, 231.0, 237.0), 2.28),
        ((3.0, 4.0, 5.0), 30.34),
    ],
)
def test_the_unbalance_of_three_line_voltages(lines: tuple[float, ...], per_cent: float) -> None:
    assert unbalance(lines) == pytest.approx(per_cent, abs=0.02)


@given(st.floats(100, 300), st.floats(0, 0.9), st.floats(0, 2 * math.pi))
def test_the_unbalance_is_negative_sequence_by_positive(volts: float, ratio: float, angle: float) -> None:
    """The voltages are made of both sequences here, and the formula has to find what they were made of."""
    turn = complex(-0.5, math.sqrt(0.75))
    negative = ratio * volts * complex(math.cos(angle), math.sin(angle))
    lines = [abs(volts * turn**-number + negative * turn**number) for number in range(3)]
    assert unbalance(lines) == pytest.approx(100 * ratio, abs=0.001)


@pytest.mark.parametrize(
    "lines", [(), (230.0,), (230.0, 231.0), (230.0,) * 4, (0.0, 0.0, 0.0), (1e-100,) * 3, (400.0, 100.0, 100.0)]
)
def test_where_no_triangle_is_there_is_no_unbalance(lines: tuple[float, ...]) -> None:
    assert unbalance(lines) is None


# ---- to the reading


@pytest.mark.parametrize(("limit", "beyond", "trouble"), [(253.0, 254.0, OVER), (207.0, 206.0, UNDER)])
def test_trouble_is_there_since_the_first_value_beyond_the_limit(limit: float, beyond: float, trouble: Trouble) -> None:
    home = settled()
    assert home.stay(120, limit, 230.0, 230.0) == []
    first = home.now + home.every
    assert home.stay(60, beyond, 230.0, 230.0) == [(trouble, True)]
    assert home.watch.found[trouble].since == first


@pytest.mark.parametrize(
    ("before", "beyond", "trouble"), [(252.0, 258.5, OVER), (252.0, 257.5, None), (208.0, 201.5, UNDER)]
)
def test_of_a_mean_one_reading_is_left_out_and_two_are_not(
    before: float, beyond: float, trouble: Trouble | None
) -> None:
    home = settled((before, 230.0, 230.0))
    assert home.say(beyond, 230.0, 230.0) == []
    assert home.stay(10, beyond, 230.0, 230.0) == ([(trouble, True)] if trouble else [])


def test_a_lost_phase_hides_nothing_of_the_others() -> None:
    home = settled()
    assert home.stay(60, 50.0, 230.0, 230.0) == [(LOSS, True)]
    assert home.watch.mean(VOLTAGES[0]) is None
    assert home.stay(120, 50.0, 200.0, 230.0) == [(UNDER, True)]
    assert home.watch.found[UNDER].phases == (2,)
    assert home.watch.found[LOSS].phases == (1,)
    assert home.watch.mean(VOLTAGES[1]) == pytest.approx(200.0)


def test_what_is_left_of_a_trouble_is_that_of_the_phases_that_still_have_it() -> None:
    home = settled()
    assert home.stay(120, 260.0, 261.0, 230.0) == [(OVER, True)]
    assert home.watch.found[OVER].phases == (1, 2)
    assert home.stay(120, 230.0, 261.0, 230.0) == []
    assert (home.watch.found[OVER].phases, list(home.watch.found[OVER].values)) == ((2,), [2])
    home = settled()
    home.stay(120, 261.0, 260.0, 230.0)
    for _ in range(12):
        home.say(261.0, 230.0, 230.0)
        assert home.watch.found[OVER].phases == tuple(sorted(home.watch.found[OVER].values))
    assert home.watch.found[OVER].phases == (1,)


def test_three_equal_voltages_have_no_unbalance() -> None:
    """Not even those of which rounding makes a triangle that is more than equal."""
    assert unbalance([221.9] * 3) == pytest.approx(0.0, abs=1e-6)
