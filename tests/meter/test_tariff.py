"""The capacity tariff of a real entry: hours from its registers, peaks, the budget, and what the user corrects."""

from datetime import UTC, date, datetime, timedelta
import itertools
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Quantity
from custom_components.han_port.meter import tariff
from custom_components.han_port.meter.events import MeterEvent
from tests.captures import load
from tests.decoder.wrapping import with_checksum
from tests.support.clock import Clock, look
from tests.support.day import Day
from tests.support.flows import options_form, suggested
from tests.support.frames import AIDON_1
from tests.support.homes import MakeEntry, entity, set_up, state, until
from tests.support.meters import SpeakingMeter

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "read_at_once")

NORWAY = {"tariff": "no_three_days"}


ANY_TIME = {
    "weight": 1.0,
    "begins": "20:00:00",
    "ends": "20:00:00",
    "months": [str(month) for month in range(1, 13)],
    "weekdays": [str(day) for day in range(1, 8)],
    "holidays": "any",
}
"""A window that holds always, as the form shows it again."""


def kam5(watt_hours: int) -> bytes:
    """Return a P1 telegram with a register."""
    told = load("p1_se_kam5").replace(b"00012345.678", f"{watt_hours / 1000:012.3f}".encode())
    body = told[: told.index(b"!") + 1]
    return with_checksum(body)


@pytest.fixture
def day(meter: SpeakingMeter, clock: Clock) -> Day:
    return Day(meter, clock)


@pytest.fixture
async def entry(hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day) -> MockConfigEntry:
    """A meter with Norway's tariff, that has seen an hour of 6 and one of 2 kWh."""
    day.is_at(13)
    made = make_entry(meter.url, options=NORWAY | {"bill_step": "5"})
    await set_up(hass, made)
    for hour, register in ((14, 1_000_000), (15, 1_000_600), (16, 1_000_800)):
        await day.takes(made, hour, register)
    return made


async def act(hass: HomeAssistant, action: str, entry: MockConfigEntry, **data: Any) -> Any:
    """Call an action, and return its response where it has one."""
    with_response = action in ("get_hours", "import_hours", "recalculate")
    return await hass.services.async_call(
        DOMAIN, action, {"config_entry_id": entry.entry_id, **data}, blocking=True, return_response=with_response
    )


async def test_the_highest_hour_of_the_day_is_its_peak(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert state(hass, entry, "tariff_peak_average") == "6.0"
    assert state(hass, entry, "tariff_peak_1") == "6.0"
    assert state(hass, entry, "tariff_peak_2") == "unknown", "another hour of the same day is none"
    assert state(hass, entry, "tariff_step") == "5–10 kW"
    assert state(hass, entry, "tariff_step_limit") == "10"
    peak = hass.states.get(entity(hass, entry, "tariff_peak_1") or "")
    assert peak is not None
    assert peak.attributes["start"] == datetime(2026, 1, 15, 13, tzinfo=UTC)
    assert peak.attributes["source"] == "register"
    average = hass.states.get(entity(hass, entry, "tariff_peak_average") or "")
    assert average is not None
    assert average.attributes["complete"] is False
    assert average.attributes["peaks"] == [
        {"start": datetime(2026, 1, 15, 13, tzinfo=UTC), "kw": 6.0, "weight": 1.0, "source": "register"}
    ]
    assert state(hass, entry, "tariff_fee") is None, "the user gave no prices"
    assert state(hass, entry, "tariff_peak_average_2") is None, "there is one series only"


async def test_the_budget_keeps_the_month_in_its_step_or_at_the_users_target(
    hass: HomeAssistant, entry: MockConfigEntry, day: Day
) -> None:
    """The worked example: with 5.1 and 5.6 on other days and a target of 5, 4.3 kW are left for a third."""
    assert state(hass, entry, "hour_budget") == "9.99"
    await act(hass, "remove_peak", entry, start="2026-01-15T14:00:00")
    await act(hass, "remove_peak", entry, start="2026-01-15T15:00:00")
    await act(hass, "set_peak", entry, start="2026-01-10T17:00:00", kw=5.1)
    await act(hass, "set_peak", entry, start="2026-01-12T08:00:00", kw=5.6)
    assert state(hass, entry, "tariff_peak_average") == "5.35"
    registry = er.async_get(hass)
    target = registry.async_get_entity_id("number", DOMAIN, f"{entry.entry_id}_tariff_target")
    await hass.services.async_call("number", "set_value", {"entity_id": target, "value": 5}, blocking=True)
    await hass.async_block_till_done()
    assert state(hass, entry, "hour_budget") == "4.3"
    await hass.services.async_call("number", "set_value", {"entity_id": target, "value": 0}, blocking=True)
    await hass.async_block_till_done()
    assert state(hass, entry, "hour_budget") == "9.99", "with 0 the step is kept, and two low peaks promise nothing"


async def test_the_running_hour_is_forecast_from_the_power_of_now(
    hass: HomeAssistant, entry: MockConfigEntry, day: Day
) -> None:
    for minute in range(1, 31):
        for second in (10, 40):
            day.is_at(16, minute, second)
            await day.says(entry, AIDON_1)  # 2148 W
    day.is_at(16, 30, 40)
    entry.runtime_data.async_update_listeners()
    assert float(state(hass, entry, "energy_this_hour") or 0) == pytest.approx(1.108, abs=0.002)
    assert float(state(hass, entry, "hour_forecast") or 0) == pytest.approx(2.148, abs=0.02)
    assert state(hass, entry, "hour_status") == "ok"
    assert float(state(hass, entry, "hour_remaining_energy") or 0) == pytest.approx(9.99 - 1.108, abs=0.002)
    assert float(state(hass, entry, "available_power") or 0) == pytest.approx(
        (9990 - 1108) / (29.33 / 60) - 2148, rel=0.01
    )
    day.is_at(16, 32, 40)
    entry.runtime_data.async_update_listeners()
    assert state(hass, entry, "hour_forecast") == "unknown", "nothing was heard for two minutes"


async def test_the_first_hour_of_a_month_is_not_held_to_the_lowest_step(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day, clock: Clock
) -> None:
    """December ended in the step of 5 to 10 kW, and at 00:20 the house takes 2.1 kW."""
    clock.set(datetime(2025, 12, 31, 22, 30, tzinfo=UTC))
    entry = make_entry(meter.url, options=NORWAY)
    await set_up(hass, entry)
    for number, kw in ((3, 7.2), (10, 7.9), (17, 8.1)):
        await act(hass, "set_peak", entry, start=f"2025-12-{number:02}T18:00:00", kw=kw)
    told = heard(entry, "new_peak", "step_changed", "budget_exceeded")
    for minute in range(21):
        clock.set(datetime(2025, 12, 31, 23, minute, tzinfo=UTC))
        await day.says(entry, AIDON_1)  # 2148 W
    entry.runtime_data.async_update_listeners()
    assert float(state(hass, entry, "tariff_peak_previous_month") or 0) == pytest.approx(7.733, abs=0.001)
    assert (state(hass, entry, "hour_budget"), state(hass, entry, "hour_status")) == ("9.99", "ok")
    assert state(hass, entry, "tariff_step") == "5–10 kW"
    assert float(state(hass, entry, "available_power") or 0) > 7_800
    assert told == []


@pytest.mark.parametrize(
    ("options", "step", "budget", "status"),
    [
        (NORWAY, "unknown", "unknown", "unknown"),
        (NORWAY | {"bill_step": "not_known"}, "unknown", "unknown", "unknown"),
        (NORWAY | {"bill_step": "10"}, "10–15 kW", "14.99", "ok"),
        ({"tariff": "se_goteborg"}, None, "unknown", "unknown"),
        ({"tariff": "be_15min"}, None, "unknown", "unknown"),
        ({"tariff": "fi_60min_8kw"}, None, "8.0", "ok"),
    ],
)
async def test_a_house_that_is_new_is_held_to_what_is_known_alone(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    day: Day,
    options: dict[str, Any],
    step: str | None,
    budget: str,
    status: str,
) -> None:
    day.is_at(13, 0, 0)
    entry = make_entry(meter.url, options=options)
    await set_up(hass, entry)
    told = heard(entry, "new_peak", "step_changed", "budget_exceeded")
    for second in (0, 10, 20):
        day.is_at(13, 0, second)
        await day.says(entry, AIDON_1)
    entry.runtime_data.async_update_listeners()
    shown = [state(hass, entry, key) for key in ("tariff_step", "hour_budget", "hour_status")]
    assert shown == [step, budget, status]
    assert told == []


async def test_the_budget_is_that_of_the_series_that_allows_least(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    """Karlstad in winter: any hour had 9 kW already, but no working hour more than 3."""
    day.is_at(13)
    entry = make_entry(meter.url, options={"tariff": "se_karlstad"})
    await set_up(hass, entry)
    await act(hass, "set_peak", entry, start="2026-01-10T20:00:00", kw=9.0)  # a Saturday
    await act(hass, "set_peak", entry, start="2026-01-12T08:00:00", kw=3.0)
    capacity = entry.runtime_data.meter.capacity
    capacity.target = 5.0
    assert capacity.budget(datetime(2026, 1, 15, 12, tzinfo=UTC)) == 5.0, "a Thursday at one"
    assert capacity.budget(datetime(2026, 1, 15, 19, tzinfo=UTC)) == 9.0, "in the evening the first counts alone"


async def test_a_month_that_turns_in_silence_has_turned(
    hass: HomeAssistant, entry: MockConfigEntry, clock: Clock
) -> None:
    """The reader is unplugged in January; by 3 February its peaks are those of the last month, unasked."""
    await act(hass, "remove_peak", entry, start="2026-01-15T14:00:00")
    await act(hass, "remove_peak", entry, start="2026-01-15T15:00:00")
    await act(hass, "set_peak", entry, start="2026-01-10T17:00:00", kw=7.5)
    look(hass)
    await hass.async_block_till_done()
    clock.set(datetime(2026, 2, 3, 12, tzinfo=UTC))
    look(hass)
    await hass.async_block_till_done()
    keys = ("tariff_peak_average", "tariff_peak_1", "tariff_peak_previous_month", "tariff_step")
    assert [state(hass, entry, key) for key in keys] == ["unknown", "unknown", "7.5", "5–10 kW"], "the bill's step"


async def test_whatever_makes_all_be_shown_notices_a_month_that_has_turned(
    hass: HomeAssistant, entry: MockConfigEntry, clock: Clock
) -> None:
    """Such as a line that is lost, before the next look."""
    assert state(hass, entry, "tariff_peak_average") == "6.0"
    clock.set(datetime(2026, 2, 3, 12, tzinfo=UTC))
    entry.runtime_data.async_update_listeners()
    assert [state(hass, entry, f"tariff_peak_{key}") for key in ("average", "previous_month")] == ["unknown", "6.0"]


async def test_a_month_without_a_bill_begins_in_its_lowest_step(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day, clock: Clock
) -> None:
    """One peak of three was known of January: that is no step to stay in, so nothing is asked of February."""
    day.is_at(13)
    entry = make_entry(meter.url, options=NORWAY)
    await set_up(hass, entry)
    await act(hass, "set_peak", entry, start="2026-01-10T17:00:00", kw=7.5)
    look(hass)
    clock.set(datetime(2026, 2, 3, 12, tzinfo=UTC))
    look(hass)
    await hass.async_block_till_done()
    keys = ("tariff_peak_average", "tariff_peak_1", "tariff_peak_previous_month", "tariff_step", "hour_budget")
    assert [state(hass, entry, key) for key in keys] == ["unknown", "unknown", "7.5", "0–2 kW", "unknown"]


async def test_an_hour_of_which_little_was_heard_is_marked_and_says_nothing_of_its_budget(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    """The meter is heard from 13:20 on: most of the hour is inferred until 13:40, at 2148 W of 500."""
    day.is_at(13, 20)
    entry = make_entry(meter.url, options=NORWAY)
    await set_up(hass, entry)
    entry.runtime_data.meter.capacity.target = 0.5
    told = heard(entry, "budget_exceeded")
    keys = ("energy_this_hour", "hour_forecast", "hour_remaining_energy", "available_power", "hour_status")
    for minute in range(20, 43):
        day.is_at(13, minute)
        await day.says(entry, AIDON_1)
        about = {key: hass.states.get(entity(hass, entry, key) or "") for key in keys}
        marks = {shown.attributes.get("estimated") for shown in about.values() if shown}
        assert marks == ({None} if minute == 20 else {minute <= 40}), minute
        band = about["hour_forecast"].attributes.get("low") if about["hour_forecast"] else None
        assert (band is not None) is (minute > 40), minute
        assert bool(told) is (minute > 40), minute


@pytest.mark.parametrize("tariff", ["no_three_days", "be_15min"])
async def test_a_new_period_is_shown_at_once(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day, tariff: str
) -> None:
    """Values that change all the time are shown each half minute or minute, but not over the end of a period."""
    day.is_at(13, 50)
    entry = make_entry(meter.url, options={"tariff": tariff, "bill_step": "5", "update_interval": 10})
    await set_up(hass, entry)
    entry.runtime_data.meter.capacity.target = 3.0
    for minute in range(50, 60):
        for second in range(0, 60, 10):
            day.is_at(13, minute, second)
            await day.says(entry, AIDON_1)  # 2148 W
    assert float(state(hass, entry, "energy_this_hour") or 0) > 0.15, "as of a minute ago at most"
    day.is_at(14, 0, 5)
    await day.says(entry, AIDON_1)
    assert float(state(hass, entry, "energy_this_hour") or 9) == pytest.approx(2.148 * 5 / 3600, abs=0.001)
    assert float(state(hass, entry, "available_power") or 9e9) == pytest.approx(3000 - 2148, abs=15)
    remaining = 3.0 * (1 if tariff == "no_three_days" else 0.25) - 0.003
    assert float(state(hass, entry, "hour_remaining_energy") or 9) == pytest.approx(remaining, abs=0.001)


async def test_peaks_target_and_hours_survive_a_restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    entry.runtime_data.meter.capacity.target = 7.5
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, entry, "tariff_peak_average") == "6.0"
    assert entry.runtime_data.meter.capacity.target == 7.5
    assert len(entry.runtime_data.meter.state.hours.finished) == 2


async def test_the_finished_hours_can_be_asked_for(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    hours = (await act(hass, "get_hours", entry))["hours"]
    assert hours[0] == {
        "start": "2026-01-15T14:00:00+01:00",
        "end": "2026-01-15T15:00:00+01:00",
        "source": "register",
        "energy_import_kwh": 6.0,
        "energy_export_kwh": 0.0,
    }
    assert [hour["energy_import_kwh"] for hour in hours] == [6.0, 2.0]
    later = await act(hass, "get_hours", entry, start="2026-01-15T15:00:00", end="2026-01-15T16:00:00")
    assert [hour["energy_import_kwh"] for hour in later["hours"]] == [2.0]


TABLE = """Fra;Til;KWH 60 Forbruk;Kvalitet
01.01.2026 17:00;01.01.2026 18:00;8,25;Målt
02.01.2026 17:00;02.01.2026 18:00;7,5;Målt
03.11.2025 17:00;03.11.2025 18:00;9,5;Målt
"""


async def test_hours_from_the_grid_company_fill_the_month(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Who installs this on the fifteenth has had two weeks of peaks already."""
    told = await act(hass, "import_hours", entry, table=TABLE)
    assert told == {
        "taken": 2,
        "column": "KWH 60 Forbruk",
        "unit": ["kWh"],
        "unit_is_assumed": False,
        "minutes": 60,
        "first": "2025-11-03T17:00:00+01:00",
        "last": "2026-01-02T17:00:00+01:00",
        "count": 3,
        "estimated": 0,
        "left_out": {"other_months_or_not_over": 1},
    }
    assert state(hass, entry, "tariff_peak_average") == "7.25"
    assert [state(hass, entry, f"tariff_peak_{number}") for number in (1, 2, 3)] == ["8.25", "7.5", "6.0"]


@pytest.mark.parametrize(
    ("action", "data", "reason"),
    [
        ("set_peak", {"start": "2025-11-30T17:00:00", "kw": 5}, "no_such_period"),
        ("remove_peak", {"start": "2026-01-02T17:00:00"}, "no_such_period"),
        ("import_hours", {"table": "nothing of that kind"}, "no_hours_in_table"),
        ("recalculate", {}, "no_recorder"),
    ],
)
async def test_what_cannot_be_done_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, action: str, data: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, entry, **data)
    assert caught.value.translation_key == reason


@pytest.mark.parametrize(("country", "has_one"), [("NO", True), ("SE", False)])
async def test_a_home_in_norway_has_its_tariff_unasked(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, country: str, has_one: bool
) -> None:
    hass.config.country = country
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    assert (state(hass, entry, "tariff_peak_average") is not None) is has_one
    if not has_one:
        with pytest.raises(ServiceValidationError) as caught:
            await act(hass, "set_peak", entry, start="2026-01-10T17:00:00", kw=5)
        assert caught.value.translation_key == "no_tariff"


async def test_a_user_builds_his_own_tariff(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """He begins with the one that holds, and is told what is wrong with his."""
    configure = hass.config_entries.options.async_configure
    form = await options_form(hass, entry, "tariff")
    form = await configure(form["flow_id"], {"tariff": "custom", "hourly_statistics": False})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "rule")
    own = suggested(form)
    assert (own["peaks"], own["one_per_day"], own["period"], own["another"]) == (3, True, "60", False)
    assert own["steps"][2] == {"from_kw": 5}
    own["steps"] = [{"from_kw": 3, "price": 100}]
    form = await configure(form["flow_id"], own)
    assert form["errors"] == {"steps": "invalid_steps"}
    assert suggested(form)["steps"] == own["steps"], "nothing has to be typed again"
    window = {"weight": 1, "begins": "20:00:00", "ends": "20:00:00"}
    steps = [{"from_kw": 0, "price": 100}, {"from_kw": 4, "price": 250.5}]
    own |= {"steps": steps, "windows": [window], "another": True}
    form = await configure(form["flow_id"], own)
    assert form["description_placeholders"]["number"] == "2"
    assert "another" not in suggested(form), "there are entities of two"
    second = suggested(form) | {"peaks": 1, "period": "15", "prices": [{"per_kw": 10, "months": ["1", "12"]}]}
    form = await configure(form["flow_id"], second | {"steps": steps})
    assert form["errors"] == {"prices": "invalid_prices"}
    done = await configure(form["flow_id"], second)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert state(hass, entry, "tariff_step") == "4– kW"
    assert state(hass, entry, "tariff_step_limit") == "unknown"
    assert state(hass, entry, "tariff_fee") == "250.5"
    assert state(hass, entry, "tariff_peak_average_2") == "unknown", "no quarter has been heard yet"
    assert entry.options["rule"]["series"][1]["prices"] == [{"per_kw": 10.0, "months": [1, 12]}]
    form = await options_form(hass, entry, "tariff")
    form = await configure(form["flow_id"], {"tariff": "custom", "hourly_statistics": False})
    assert suggested(form) == {**own, "windows": [ANY_TIME], "prices": []}
    form = await configure(form["flow_id"], suggested(form))
    assert suggested(form)["prices"] == [{"per_kw": 10.0, "months": ["1", "12"]}]


@pytest.mark.parametrize(
    ("currency", "series", "fee"),
    [
        ("NOK", {"steps": [{"from_kw": 0, "price": 125}, {"from_kw": 5, "price": 240}]}, "240.0"),
        ("SEK", {"prices": [{"per_kw": 50}]}, "375.0"),
        ("EUR", {"prices": [{"per_kw": 4}], "allowance_kw": 5.0}, "10.0"),
    ],
)
async def test_a_fee_says_in_which_currency(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    day: Day,
    currency: str,
    series: dict[str, Any],
    fee: str,
) -> None:
    """Of 7.5 kW, in each series."""
    day.is_at(13)
    await hass.config.async_update(currency=currency)
    entry = make_entry(meter.url, options={"tariff": "custom", "rule": {"series": [series, series]}})
    await set_up(hass, entry)
    await act(hass, "set_peak", entry, start="2026-01-10T17:00:00", kw=7.5)
    for key in ("tariff_fee", "tariff_fee_2"):
        shown = hass.states.get(entity(hass, entry, key) or "")
        assert shown
        assert (shown.state, shown.attributes["unit_of_measurement"]) == (fee, currency)


async def test_target_and_price_are_asked_with_the_tariff(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    """A rule without steps has neither, so it had no budget and no fee for ever. Göteborg has such a rule."""
    day.is_at(13, 0, 0)
    entry = make_entry(meter.url, options={"tariff": "none"})
    await set_up(hass, entry)
    configure = hass.config_entries.options.async_configure
    form = await options_form(hass, entry, "tariff")
    assert suggested(form)["target"] is None
    answers = {"tariff": "se_goteborg", "hourly_statistics": False, "target": 6.0, "price_per_kw": 50}
    meter.connected.clear()
    await configure(form["flow_id"], answers)
    await hass.async_block_till_done()
    await meter.connected.wait()
    await act(hass, "set_peak", entry, start="2026-01-10T17:00:00", kw=5.0)
    assert (state(hass, entry, "hour_budget"), state(hass, entry, "tariff_fee")) == ("6.0", "250.0")
    number = er.async_get(hass).async_get_entity_id("number", DOMAIN, f"{entry.entry_id}_tariff_target")
    await hass.services.async_call("number", "set_value", {"entity_id": number, "value": 5}, blocking=True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, entry, "hour_budget") == "5.0", "what was said last holds, over a restart too"
    form = await options_form(hass, entry, "tariff")
    assert (suggested(form)["target"], suggested(form)["price_per_kw"]) == (5.0, 50)
    await configure(form["flow_id"], answers)
    await hass.async_block_till_done()
    assert state(hass, entry, "hour_budget") == "6.0"
    form = await options_form(hass, entry, "tariff")
    await configure(form["flow_id"], {"tariff": "se_goteborg", "hourly_statistics": False})
    await hass.async_block_till_done()
    assert state(hass, entry, "hour_budget") == "unknown"


async def quarters_until(last: int, hass: HomeAssistant, entry: MockConfigEntry, day: Day) -> MockConfigEntry:
    """Let a meter tell its register at two o'clock, and its power each minute until the last."""
    day.is_at(13, 59, 50)
    await set_up(hass, entry)
    await day.says(entry, AIDON_1)
    await day.takes(entry, 14, 1_000_000)
    for minute in range(1, last + 1):
        day.is_at(14, minute)
        await day.says(entry, AIDON_1)
    return entry


async def test_quarters_are_known_by_their_power_and_corrected_by_the_hours_register(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    """Belgium bills the highest quarter of an hour."""
    entry = await quarters_until(59, hass, make_entry(meter.url, options={"tariff": "be_15min"}), day)
    assert float(state(hass, entry, "tariff_peak_1") or 0) == pytest.approx(2.148, abs=0.06)
    day.is_at(14, 59, 50)
    await day.says(entry, AIDON_1)
    await day.takes(entry, 15, 1_000_400)
    peak = hass.states.get(entity(hass, entry, "tariff_peak_1") or "")
    assert peak is not None
    assert float(peak.state) == pytest.approx(4.0, abs=0.15), "the register says nearly twice as much"
    assert peak.attributes["source"] == "mixed"


async def test_a_silence_over_three_quarters_does_not_give_their_energy_to_the_fourth(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    """At 2.148 kW all the time, of which only a quarter of an hour and the register are heard."""
    entry = await quarters_until(16, hass, make_entry(meter.url, options={"tariff": "be_15min"}), day)
    day.is_at(14, 59, 50)
    await day.says(entry, AIDON_1)
    await day.takes(entry, 15, 1_000_215)
    assert [peak.kw for peak in entry.runtime_data.meter.capacity.peaks[0].current] == [pytest.approx(2.148, abs=0.1)]


async def test_a_meter_that_tells_its_registers_all_the_time_has_exact_quarters(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    """Its telegrams say 1.87 kW; by its registers it took 5 kW in one quarter and 2 kW in the next."""
    day.is_at(13, 44)
    entry = make_entry(meter.url, options={"tariff": "be_15min"})
    await set_up(hass, entry)
    register = 12_345_678.0
    for minute in range(-16, 32):
        day.is_at(14 + minute // 60, minute % 60, 0)
        await day.says(entry, kam5(round(register)))
        register += (5_000 if 0 <= minute < 15 else 2_000) / 60
    highest = entry.runtime_data.meter.capacity.peaks[0].current[0]
    assert (highest.start, highest.kw, highest.origin.value) == (
        datetime(2026, 1, 15, 13, tzinfo=UTC),
        pytest.approx(5.0, abs=0.01),
        "register",
    )
    assert float(state(hass, entry, "tariff_peak_1") or 0) == pytest.approx(5.0, abs=0.01)


# --- what happens once ---------------------------------------------------------------------------------------------


def happened(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> dict[str, Any]:
    """Return what an event entity has told last."""
    entity_id = er.async_get(hass).async_get_entity_id("event", DOMAIN, f"{entry.entry_id}_{key}")
    shown = hass.states.get(entity_id or "")
    assert shown is not None
    kept = ("event_types", "friendly_name", "icon", "device_class")
    return {name: value for name, value in shown.attributes.items() if name not in kept}


def heard(entry: MockConfigEntry, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a list to which is added what is told from now on."""
    told: list[tuple[str, dict[str, Any]]] = []

    def listen(what: MeterEvent, about: dict[str, Any]) -> None:
        if what.value in kinds:
            told.append((what.value, about))

    entry.runtime_data.meter.events.listen(listen)
    return told


async def test_a_new_peak_and_another_step_are_told(hass: HomeAssistant, entry: MockConfigEntry, day: Day) -> None:
    assert happened(hass, entry, "tariff")["event_type"] == "new_peak", "the step is that of the last bill"
    told = heard(entry, "new_peak", "step_changed", "budget_exceeded")
    await day.takes(entry, 17, 1_000_900)
    assert told == [], "an hour of 1 kWh is no peak"
    await day.takes(entry, 18, 1_002_000)
    assert told == [
        ("new_peak", {"series": 1, "start": "2026-01-15T16:00:00+00:00", "kw": 11.0}),
        ("step_changed", {"series": 1, "lower_kw": 10, "upper_kw": 15}),
    ]
    assert happened(hass, entry, "tariff") == {
        "event_type": "step_changed",
        "series": 1,
        "lower_kw": 10,
        "upper_kw": 15,
    }


async def test_a_budget_that_is_exceeded_is_told_once_an_hour(
    hass: HomeAssistant, entry: MockConfigEntry, day: Day
) -> None:
    entry.runtime_data.meter.capacity.target = 1.0
    await act(hass, "remove_peak", entry, start="2026-01-15T14:00:00")
    await act(hass, "remove_peak", entry, start="2026-01-15T15:00:00")
    told = heard(entry, "new_peak", "step_changed", "budget_exceeded")
    for minute in range(1, 60):
        day.is_at(16, minute)
        await day.says(entry, AIDON_1)
        assert bool(told) is (minute >= 28), minute
    assert told == [("budget_exceeded", {"start": "2026-01-15T15:00:00+00:00", "budget_kw": 1.0})]


async def test_a_budget_that_is_exceeded_is_told_once_though_the_entry_is_loaded_anew_in_between(
    hass: HomeAssistant, entry: MockConfigEntry, day: Day
) -> None:
    entry.runtime_data.meter.capacity.target = 0.1
    await act(hass, "remove_peak", entry, start="2026-01-15T14:00:00")
    await act(hass, "remove_peak", entry, start="2026-01-15T15:00:00")
    told = heard(entry, "budget_exceeded")
    for minute in range(1, 10):
        day.is_at(16, minute)
        await day.says(entry, AIDON_1)
    assert len(told) == 1
    day.meter.connected.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await day.meter.connected.wait()
    again = heard(entry, "budget_exceeded")
    for minute in range(10, 20):
        day.is_at(16, minute)
        await day.says(entry, AIDON_1)
    assert again == []


async def test_an_hour_that_is_shared_out_is_told(hass: HomeAssistant, entry: MockConfigEntry, day: Day) -> None:
    """The list of 17:00 was lost."""
    told = heard(entry, "hour_estimated")
    await day.takes(entry, 18, 1_001_000)
    assert [about["start"] for _, about in told] == [
        "2026-01-15T15:00:00+00:00",
        "2026-01-15T16:00:00+00:00",
    ]


async def test_a_silence_is_told_when_it_has_ended_and_whether_the_line_was_there(
    hass: HomeAssistant, entry: MockConfigEntry, day: Day, meter: SpeakingMeter
) -> None:
    """A house without power and a gateway without power are two things."""
    day.is_at(16, 20)
    await day.says(entry, AIDON_1)
    assert happened(hass, entry, "supply") == {
        "event_type": "outage_ended",
        "start": "2026-01-15T15:00:10+00:00",
        "end": "2026-01-15T15:20:10+00:00",
        "minutes": 20,
    }
    await meter.go_away()
    await until(lambda: not entry.runtime_data.feed.source.connected)
    day.is_at(16, 40)
    await meter.start()
    await until(lambda: meter.writers)
    await day.says(entry, AIDON_1)
    assert happened(hass, entry, "supply")["event_type"] == "connection_restored"
    day.is_at(16, 44)
    await day.says(entry, AIDON_1)
    assert happened(hass, entry, "supply")["minutes"] == 20, "four minutes are no outage"


async def test_holidays_are_those_of_the_chosen_calendar(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    """Where a tariff does not count them, an hour of one is no peak."""
    hass.config.components.add("calendar")

    async def get_events(_call: ServiceCall) -> Any:
        days = [{"start": "2026-01-15", "end": "2026-01-16"}, {"start": "2026-01-06T10:00:00", "end": "2026-01-06"}]
        return {"calendar.holidays": {"events": days}}

    hass.services.async_register("calendar", "get_events", get_events, supports_response=SupportsResponse.ONLY)
    day.is_at(13)
    entry = make_entry(meter.url, options={"tariff": "se_malarenergi", "holidays": "calendar.holidays"})
    await set_up(hass, entry)
    for hour, register in ((14, 1_000_000), (15, 1_000_600)):
        await day.takes(entry, hour, register)
    assert state(hass, entry, "tariff_peak_average") == "unknown", "the fifteenth is a holiday"
    (peaks,) = entry.runtime_data.meter.capacity.peaks
    assert peaks.holidays == {date(2026, 1, 15), date(2026, 1, 6)}
    peaks.set_holidays([])
    assert peaks.current[0].kw == 6.0


async def test_a_calendar_that_is_not_there_is_told_and_no_obstacle(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, caplog: pytest.LogCaptureFixture
) -> None:
    entry = make_entry(meter.url, options={"tariff": "se_malarenergi", "holidays": "calendar.gone"})
    await set_up(hass, entry)
    assert "the calendar of holidays cannot be read" in caplog.text


@pytest.mark.parametrize("stored", [{"hours": {"stand": None}}, {"values": 1}, {"values": {}, "hours": {}}, []])
async def test_a_memory_that_cannot_be_read_is_no_obstacle(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stored: Any,
) -> None:
    """A file of another version, or one that a power cut has spoilt."""
    entry = make_entry(meter.url, options=NORWAY)
    far = {"minutes": 60, "periods": [[10**14, 2.0, "register"]]}
    for name, data in (("", stored), (".peaks", {"series": [far]})):
        key = f"{DOMAIN}.{entry.entry_id}{name}"
        hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": data}
    await set_up(hass, entry)
    assert ("so all but the hours begins anew" in caplog.text) is bool(stored)
    assert "so they begin anew" in caplog.text
    meter.say(AIDON_1)
    await until(lambda: state(hass, entry, "power_import") == "2148.0")


@pytest.mark.parametrize("other", ["none", "be_15min"])
async def test_a_tariff_that_is_tried_and_taken_back_costs_no_hour_that_was_imported(
    hass: HomeAssistant, entry: MockConfigEntry, other: str
) -> None:
    """Without a tariff there are no peaks, and one of quarters has others: those of hours are there again after it."""
    await act(hass, "set_peak", entry, start="2026-01-10T17:00:00", kw=7.5)
    options = dict(entry.options)
    for chosen in (other, options["tariff"]):
        hass.config_entries.async_update_entry(entry, options={**options, "tariff": chosen})
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    assert state(hass, entry, "tariff_peak_1") == "7.5"
    assert state(hass, entry, "tariff_peak_2") == "6.0"


async def test_what_the_user_has_corrected_stays_so_over_a_restart(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The false peak of a month must not come back with what the meter's hours are kept as."""
    await act(hass, "remove_peak", entry, start="2026-01-15T14:00:00")
    await act(hass, "set_peak", entry, start="2026-01-15T15:00:00", kw=1.5)
    assert state(hass, entry, "tariff_peak_1") == "1.5"
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, entry, "tariff_peak_1") == "1.5"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [({}, {"energy_factor": "0.1"}), ({"ct_ratio": "10"}, {"ct_ratio": "1"}), ({"vt_ratio": "10"}, {})],
)
async def test_what_was_reckoned_in_a_scale_that_the_user_corrects_is_no_peak_of_the_month(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    day: Day,
    wrong: dict[str, str],
    right: dict[str, str],
) -> None:
    """Ten times too much was shown for an hour and twenty minutes. What the user himself has said stays."""
    day.is_at(13)
    entry = make_entry(meter.url, options={**NORWAY, **wrong})
    await set_up(hass, entry)
    wrongly = 1_000 if wrong else 10_000
    await day.takes(entry, 14, 100 * wrongly)
    await day.takes(entry, 15, 100 * wrongly + wrongly * 6 // 100)
    await act(hass, "set_peak", entry, start="2026-01-14T10:00:00+01:00", kw=1.0)
    for minute in range(1, 21):
        day.is_at(15, minute)
        await day.says(entry, AIDON_1)
    by_user = state(hass, entry, "tariff_peak_2")
    for _ in range(2):
        hass.config_entries.async_update_entry(entry, options={**NORWAY, **right})
        meter.connected.clear()
        assert await hass.config_entries.async_reload(entry.entry_id)
        await meter.connected.wait()
    peaks = entry.runtime_data.meter.capacity.peaks[0].current
    assert [(peak.kw, peak.origin.value) for peak in peaks] == [(1.0, "manual"), (pytest.approx(0.6), "register")]
    assert by_user == "1.0"
    for minute in range(20, 60):
        day.is_at(15, minute)
        await day.says(entry, AIDON_1)
    day.is_at(16, 0, 1)
    await day.says(entry, AIDON_1)
    peaks = entry.runtime_data.meter.capacity.peaks[0].current
    assert (peaks[0].kw, peaks[0].origin.value) == (pytest.approx(2.148, abs=0.02), "integrated")


async def test_a_correction_that_the_user_takes_back_makes_no_peak(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    """From then on registers are ten times what they were, and nothing of that was taken in an hour.

    The hour before took ten times what was said.
    """
    day.is_at(13)
    entry = make_entry(meter.url, options={**NORWAY, "energy_factor": "0.1"})
    await set_up(hass, entry)
    await day.takes(entry, 14, 1_000_000)
    await day.takes(entry, 15, 1_000_600)
    assert state(hass, entry, "energy_import") == "1000.609", "and 3.2 kW since, for ten seconds"
    hass.config_entries.async_update_entry(entry, options={**NORWAY, "energy_factor": "1"})
    meter.connected.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await meter.connected.wait()
    await day.takes(entry, 16, 1_000_800)
    await day.takes(entry, 17, 1_001_000)
    await hass.async_block_till_done()
    assert state(hass, entry, "tariff_peak_1") == "6.0"
    assert entry.runtime_data.meter.total(Quantity.ENERGY_IMPORT, entry.runtime_data.now().utc) == 1_002_618, (
        "ten seconds of 3.2 kW, twice"
    )


async def test_hours_to_come_are_no_peaks_of_nothing(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Some tables hold the whole month, with zeros from today on; three of those would be the lowest step."""
    table = "14.01.2026 17:00;4,0\n" + "\n".join(f"{day}.01.2026 17:00;0,0" for day in range(16, 32))
    told = await act(hass, "import_hours", entry, table=table)
    assert state(hass, entry, "tariff_peak_average") == "5.0"
    assert told["taken"] == 1


async def test_an_hour_that_is_not_over_is_no_peak_yet(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """A table may have a part of it, and what is set by hand counts more than what is measured."""
    begun = dt_util.as_local(dt_util.utcnow()).replace(minute=0, second=0, microsecond=0)
    rows = {begun - timedelta(hours=1): "7,0", begun: "9,0"}
    table = "\n".join(f"{start:%d.%m.%Y %H:%M};{energy}" for start, energy in rows.items())
    assert (await act(hass, "import_hours", entry, table=table))["taken"] == 1
    assert state(hass, entry, "tariff_peak_average") == "7.0"


async def test_a_target_that_is_set_again_and_again_is_written_all_the_same(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by an automation each second: a power cut would take all that has not been written since the start."""
    monkeypatch.setattr(tariff, "SAVE_AFTER", 0.1)
    target = er.async_get(hass).async_get_entity_id("number", DOMAIN, f"{entry.entry_id}_tariff_target")
    await entry.runtime_data.meter.save()
    del hass_storage[key := f"{DOMAIN}.{entry.entry_id}.peaks"]
    values = (5.0 + number / 1000 for number in itertools.count())

    def is_written() -> bool:
        about = {"entity_id": target, "value": next(values)}
        hass.async_create_task(hass.services.async_call("number", "set_value", about))
        return key in hass_storage

    await until(is_written, 5.0)
    assert hass_storage[key]["data"]["target"] >= 5.0


@pytest.mark.parametrize(("action", "data"), [("import_hours", {"table": "2026-01-15T10:00;5"}), ("recalculate", {})])
async def test_hours_for_a_tariff_of_quarters_are_refused_for_what_they_are(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, action: str, data: dict[str, Any], day: Day
) -> None:
    """They are of this month, and no answer may say that they are not."""
    day.is_at(13)
    entry = make_entry(meter.url, options={"tariff": "be_15min"})
    await set_up(hass, entry)
    with pytest.raises(ServiceValidationError) as caught:
        await act(hass, action, entry, **data)
    assert caught.value.translation_key == "tariff_of_quarters"


async def test_a_peak_is_removed_by_any_moment_of_its_hour(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """As it is set by any."""
    await act(hass, "set_peak", entry, start="2026-01-15T14:20:00", kw=7.5)
    assert state(hass, entry, "tariff_peak_1") == "7.5"
    await act(hass, "remove_peak", entry, start="2026-01-15T14:20:00")
    assert state(hass, entry, "tariff_peak_1") == "2.0"


async def test_holidays_are_known_over_a_restart_though_the_calendar_is_not_there_yet(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, day: Day
) -> None:
    hass.config.components.add("calendar")

    async def get_events(_call: ServiceCall) -> Any:
        return {"calendar.holidays": {"events": [{"start": "2026-01-15", "end": "2026-01-16"}]}}

    hass.services.async_register("calendar", "get_events", get_events, supports_response=SupportsResponse.ONLY)
    day.is_at(13)
    entry = make_entry(meter.url, options={"tariff": "se_malarenergi", "holidays": "calendar.holidays"})
    await set_up(hass, entry)
    for hour, register in ((14, 1_000_000), (15, 1_000_600)):
        await day.takes(entry, hour, register)
    hass.services.async_remove("calendar", "get_events")
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert state(hass, entry, "tariff_peak_average") == "unknown", "the fifteenth is a holiday"


async def test_what_the_user_has_corrected_counts_in_each_series_of_another_tariff(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """In Karlstad a second peak is that of winter's working days, such as the 14th of January."""
    await act(hass, "set_peak", entry, start="2026-01-14T10:00:00", kw=9.0)
    await act(hass, "remove_peak", entry, start="2026-01-15T14:00:00")
    for chosen in ("se_karlstad", "no_three_days", "se_karlstad"):
        hass.config_entries.async_update_entry(entry, options={"tariff": chosen})
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    told = [[peak.kw for peak in peaks.current] for peaks in entry.runtime_data.meter.capacity.peaks]
    assert told == [[9.0], [9.0]]
