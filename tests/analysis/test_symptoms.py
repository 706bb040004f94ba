"""What looks wrong with a meter or its line, and when it does not any more."""

from datetime import timedelta

import pytest

from custom_components.han_port.analysis.freshness import LIVE_FOR
from custom_components.han_port.analysis.health import Health
from custom_components.han_port.analysis.ratios import Counted, Ratios
from custom_components.han_port.analysis.register_check import Suspects
from custom_components.han_port.analysis.supply_system import SupplySystem
from custom_components.han_port.analysis.symptoms import NO_DATA_AFTER, Finding, Symptom, Symptoms
from custom_components.han_port.decoder.quantities import Quantity, Unit

UNCORRECTED = {Unit.AMPERE: 0, Unit.WATT_HOUR: 0}
BARE = Ratios()


def found(findings: list[Finding], symptom: Symptom) -> Finding:
    """Return what was found of one symptom."""
    (finding,) = [each for each in findings if each.symptom is symptom]
    return finding


def is_present(symptoms: Symptoms, symptom: Symptom, health: Health, now: float, read_at: float | None = None) -> bool:
    """Return whether a symptom of the line is present at a second; all is understood if nothing else is said."""
    return found(symptoms.update_line(health, now, now if read_at is None else read_at), symptom).is_present


# --- the scale -----------------------------------------------------------------------------------------------------


def of_currents(amperes: float) -> dict[Quantity, float]:
    """Return 2300 W, which are 10 A."""
    powers = (Quantity.POWER_IMPORT, Quantity.POWER_EXPORT, Quantity.REACTIVE_POWER_IMPORT)
    return {
        **dict(zip(powers, (2300.0, 0.0, 0.0), strict=True)),
        Quantity.VOLTAGE_L1: 230.0,
        Quantity.CURRENT_L1: amperes,
    }


def of_ten_minutes(
    symptoms: Symptoms, amperes: float, corrections: dict[Unit, int] = UNCORRECTED, ratios: Ratios = BARE
) -> list[Finding]:
    """Return what is found last in ten minutes of readings."""
    findings: list[Finding] = []
    for number in range(62):
        findings = symptoms.update_scale(of_currents(amperes), corrections, ratios, 10.0 * number)
    return findings


def of_registers(step: float, ratios: Ratios = BARE) -> list[Finding]:
    """Return what is found in three hours of 3 kW, in which the register grows by so many Wh an hour."""
    symptoms, findings = Symptoms(), []
    for number in range(3 * 360 + 1):
        values = {Quantity.POWER_IMPORT: 3000.0}
        if number % 360 == 0:
            values[Quantity.ENERGY_IMPORT] = 1e6 + step * number / 360
        findings = symptoms.update_scale(values, UNCORRECTED, ratios, 10.0 * number)
    return findings


def test_currents_that_are_right_are_no_symptom() -> None:
    assert of_ten_minutes(Symptoms(), 10.0) == []


def test_currents_in_another_scale_are_found_with_the_factor_that_mends_them() -> None:
    symptoms = Symptoms()
    finding = Finding(Symptom.CURRENT_SCALE, is_present=True, texts={"factor": "10"}, data={"factor": "10"})
    assert of_ten_minutes(symptoms, 1.0) == [finding]
    assert symptoms.update_scale(of_currents(10.0), UNCORRECTED, BARE, 1000.0) == [finding], "it is never taken back"


def test_registers_in_another_scale_are_found() -> None:
    expected = Finding(Symptom.ENERGY_SCALE, is_present=True, texts={"factor": "0.1"}, data={"factor": "0.1"})
    assert of_registers(30_000.0) == [expected]
    assert of_registers(30_000.0, Ratios(current=10.0)) == [expected], "whatever the ratio of the transformers is"
    assert of_registers(3_000.0) == []


@pytest.mark.parametrize(
    ("amperes", "correction", "offered"),
    [
        (1.0, 2, "1000"),
        (1.0, 3, None),
        (100.0, -2, "0.001"),
        (100.0, -3, None),
        (1.0, -1, "1"),
        (100.0, 1, "1"),
    ],
)
def test_a_correction_counts_the_one_before_and_no_meter_is_off_by_more_than_a_thousand(
    amperes: float, correction: int, offered: str | None
) -> None:
    findings = of_ten_minutes(Symptoms(), amperes, {**UNCORRECTED, Unit.AMPERE: correction})
    assert [finding.data["factor"] for finding in findings] == ([] if offered is None else [offered])


def test_a_factor_that_could_be_the_ratio_of_the_transformers_is_not_reported() -> None:
    """The meter may have counted it in its powers alone. Of registers nothing of the kind is known."""
    assert of_ten_minutes(Symptoms(), 1.0, ratios=Ratios(current=10.0)) == []
    assert of_ten_minutes(Symptoms(), 1.0, ratios=Ratios(current=100.0)) != []


def test_what_a_meter_has_counted_of_the_transformers_is_taken_off_before_it_is_compared() -> None:
    """It sends primary powers and secondary currents, and the user has said so: nothing is wrong."""
    counted = Ratios(current=100.0, counted=frozenset({Counted.CURRENT}))
    assert of_ten_minutes(Symptoms(), 0.1, ratios=counted) == []


@pytest.mark.parametrize(
    ("volts", "ratio", "is_found"),
    [(231.0, 100.0, True), (150.1, 2.0, True), (110.0, 200.0, False), (63.5, 200.0, False), (231.0, 1.0, False)],
)
def test_the_mains_at_the_terminals_leaves_no_place_for_a_voltage_transformer(
    volts: float, ratio: float, is_found: bool
) -> None:
    values = {Quantity.VOLTAGE_L1: 0.0, Quantity.VOLTAGE_L3: volts}
    texts = {"voltage": f"{volts:.0f}", "factor": f"{ratio:g}"}
    right = [Finding(Symptom.NO_VOLTAGE_TRANSFORMER, is_present=True, texts=texts)] if is_found else []
    assert Symptoms().update_scale(values, UNCORRECTED, Ratios(voltage=ratio), 0.0) == right


# --- the ratio -----------------------------------------------------------------------------------------------------


def test_currents_that_are_a_whole_factor_off_are_found_until_they_agree() -> None:
    symptoms = Symptoms()

    def of_an_hour(amperes: float, begin: float) -> Finding:
        findings: list[Finding] = []
        for number in range(370):
            findings = symptoms.update_ratio(of_currents(amperes), SupplySystem.TN, begin + 10.0 * number)
        return found(findings, Symptom.RATIO_SUSPECT)

    assert not symptoms.update_ratio(of_currents(200.0), SupplySystem.TN, 0.0)[0].is_present
    assert of_an_hour(200.0, 10.0) == Finding(Symptom.RATIO_SUSPECT, is_present=True, texts={"factor": "20"})
    assert not of_an_hour(10.0, 4000.0).is_present


def test_without_a_neutral_no_ratio_is_found() -> None:
    symptoms = Symptoms()
    for number in range(400):
        (finding,) = symptoms.update_ratio(of_currents(200.0), SupplySystem.IT, 10.0 * number)
        assert not finding.is_present


# --- registers -------------------------------------------------------------------------------------------


def test_registers_are_asked_about_once_somebody_has_to_decide() -> None:
    """Until then nothing is said, so what was found before stays; one list without a suspect takes it back."""
    symptoms = Symptoms()
    fell, jumped = (
        Suspects(fallen=frozenset((Quantity.ENERGY_IMPORT,))),
        Suspects(jumped=frozenset((Quantity.ENERGY_IMPORT,))),
    )
    assert symptoms.update_registers(fell, is_asked=False, kwh=0.0) == []
    assert symptoms.update_registers(fell, is_asked=True, kwh=0.0) == [
        Finding(Symptom.REGISTERS_FELL, is_present=True),
        Finding(Symptom.REGISTER_JUMPED, is_present=False, texts={"energy": "0.0"}),
    ]
    assert symptoms.update_registers(jumped, is_asked=True, kwh=102.04) == [
        Finding(Symptom.REGISTERS_FELL, is_present=False),
        Finding(Symptom.REGISTER_JUMPED, is_present=True, texts={"energy": "102.0"}),
    ]
    gone = symptoms.update_registers(Suspects(), is_asked=False, kwh=0.0)
    assert [finding.is_present for finding in gone] == [False, False]


# --- the line ------------------------------------------------------------------------------------------------------


def test_ten_minutes_without_a_message_are_silence() -> None:
    symptoms, health = Symptoms(), Health(100.0)
    assert not is_present(symptoms, Symptom.NO_DATA, health, 100.0 + NO_DATA_AFTER - 1)
    assert is_present(symptoms, Symptom.NO_DATA, health, 100.0 + NO_DATA_AFTER)
    health.update(1000.0, good=False)
    assert not is_present(symptoms, Symptom.NO_DATA, health, 1000.0)


@pytest.mark.parametrize(
    ("read_ago", "whole_ago", "expected"),
    [
        (NO_DATA_AFTER, 0.0, True),
        (NO_DATA_AFTER - 1, 0.0, False),
        (NO_DATA_AFTER, LIVE_FOR - 1, True),
        (NO_DATA_AFTER, LIVE_FOR, False),
    ],
)
def test_ten_minutes_of_whole_messages_that_cannot_be_read_are_not_understood(
    read_ago: float, whole_ago: float, *, expected: bool
) -> None:
    """Where no message is whole it is silence, or damage."""
    health, now = Health(0.0), 5000.0
    health.update(now - whole_ago, good=True)
    assert is_present(Symptoms(), Symptom.NOT_UNDERSTOOD, health, now, now - read_ago) is expected


def damaged(percent: float) -> Health:
    """Return the health of a line that has sent a thousand messages in a hundred seconds, some of them damaged."""
    health = Health(0.0)
    for number in range(1000):
        health.update(number / 10, good=number >= 10 * percent)
    return health


def test_damaged_messages_are_many_above_ten_per_cent_and_few_again_at_five() -> None:
    """Else it would come and go with every message."""
    symptoms = Symptoms()
    rates = (10, 10.1, 10, 5.1, 5, 10, 11)
    said = [is_present(symptoms, Symptom.DAMAGED, damaged(each), 100.0) for each in rates]
    assert said == [False, True, True, True, False, False, True]
    rate = found(symptoms.update_line(damaged(12), 100.0, 100.0), Symptom.DAMAGED).texts
    assert rate == {"rate": "12"}


@pytest.mark.parametrize(("before", "expected"), [((), False), ((Symptom.DAMAGED,), True), (("damaged",), True)])
def test_what_was_present_before_takes_more_to_go(before: tuple[str, ...], *, expected: bool) -> None:
    """The entry was loaded anew, and what it said of the line is still there."""
    assert is_present(Symptoms(before), Symptom.DAMAGED, damaged(7), 100.0) is expected


def silent(times: int, seconds: float) -> tuple[Health, float]:
    """Return the health of a line with so many silences, and when the last one ended."""
    health = Health(0.0)
    for number in range(times):
        health.update((number + 1) * seconds, good=True)
    return health, times * seconds


@pytest.mark.parametrize(
    ("times", "seconds", "expected"), [(3, 121.0, True), (3, 120.0, False), (2, 400.0, False), (12, 31.0, True)]
)
def test_a_line_is_intermittent_with_three_silences_that_take_more_than_a_tenth_of_an_hour(
    times: int, seconds: float, *, expected: bool
) -> None:
    health, now = silent(times, seconds)
    finding = found(Symptoms().update_line(health, now, now), Symptom.INTERMITTENT)
    assert finding.is_present is expected
    assert finding.texts == {"silences": str(times), "share": f"{times * seconds / 36:.0f}"}


def test_an_intermittent_line_is_steady_again_at_a_twentieth() -> None:
    symptoms = Symptoms()
    said = []
    for seconds in (70.0, 121.0, 70.0, 61.0, 60.0, 70.0):
        health, now = silent(3, seconds)
        said.append(is_present(symptoms, Symptom.INTERMITTENT, health, now))
    assert said == [False, True, True, True, False, False]


# --- the meter's clock ---------------------------------------------------------------------------------------------


def test_a_clock_is_off_that_is_so_three_times_in_a_row() -> None:
    """A single old list is a repeated one, and no wrong clock."""
    symptoms, health, said = Symptoms(), Health(0.0), []
    for minutes in (-60, 0, -7, -7, -7, 8, 5, -5.1, -5.1, -5.1, -5):
        symptoms.update_clock(timedelta(minutes=minutes))
        finding = found(symptoms.update_line(health, 0.0, 0.0), Symptom.CLOCK_OFF)
        said.append(finding.texts["minutes"] if finding.is_present else None)
    assert said == [None, None, None, None, "-7", "+8", None, None, None, "-5", None]


def test_how_far_a_clock_is_off_is_given_in_minutes() -> None:
    symptoms = Symptoms()
    for number in range(1, 4):
        symptoms.update_clock(timedelta(hours=2, seconds=20))
        finding = found(symptoms.update_line(Health(0.0), 0.0, 0.0), Symptom.CLOCK_OFF)
        assert (finding.is_present, finding.texts) == (number == 3, {"minutes": "+120"})


def test_a_line_on_which_all_is_well_has_no_symptom() -> None:
    assert not any(finding.is_present for finding in Symptoms().update_line(Health(0.0), 0.0, 0.0))
