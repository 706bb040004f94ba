"""What the forms refuse, each with a text of its own."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.han_port.analysis.fields import RuleError
from custom_components.han_port.analysis.presets import PRESETS
from custom_components.han_port.analysis.rules import Series
from custom_components.han_port.flows.forms import check_budget
from custom_components.han_port.flows.rule_form import as_answers, errors_of, series_of
from tests.support.flows import options_form
from tests.support.frames import AIDON_2
from tests.support.homes import OPTIONS, MakeEntry, hears, set_up
from tests.support.meters import SpeakingMeter

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "read_at_once")

ALL = ["current", "power", "energy"]


@pytest.mark.parametrize(
    ("answers", "errors"),
    [
        ({"ct_ratio": "5:100"}, {"ct_ratio": "ratio_below_one"}),
        ({"vt_ratio": "100:22000"}, {"vt_ratio": "ratio_below_one"}),
        ({"ct_ratio": "0.5", "vt_ratio": "x"}, {"ct_ratio": "ratio_below_one", "vt_ratio": "invalid_vt_ratio"}),
        ({"vt_ratio": "100"}, {"vt_ratio": "no_voltage_transformer"}),
        ({"ct_ratio": "100:5", "ct_counts": []}, {"ct_counts": "nothing_counted"}),
    ],
)
async def test_a_ratio_that_no_house_has_is_refused(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, answers: dict[str, Any], errors: dict[str, str]
) -> None:
    """The meter tells 230 V at its terminals."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    await hears(entry, meter, AIDON_2)
    form = await options_form(hass, entry, "meter")
    form = await hass.config_entries.options.async_configure(form["flow_id"], OPTIONS | {"ct_counts": ALL} | answers)
    assert (form["type"], form["errors"]) == (FlowResultType.FORM, errors)


@pytest.mark.parametrize(
    ("low", "high", "errors"),
    [
        (229, 253, {"least_voltage": "limit_too_near"}),
        (207, 231, {"greatest_voltage": "limit_too_near"}),
        (219, 241, {"least_voltage": "limit_too_near", "greatest_voltage": "limit_too_near"}),
        (218.5, 241.5, None),
    ],
)
async def test_voltage_limits_leave_a_twentieth_on_each_side(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    low: float,
    high: float,
    errors: dict[str, str] | None,
) -> None:
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    form = await options_form(hass, entry, "voltage")
    answers = {"least_voltage": low, "greatest_voltage": high}
    form = await hass.config_entries.options.async_configure(form["flow_id"], answers)
    assert form.get("errors") == errors
    assert (form["type"] is FlowResultType.CREATE_ENTRY) is (errors is None)


DAY = {"weight": 1, "begins": "06:00:00", "ends": "22:00:00"}
NIGHT = {"weight": 0.5, "begins": "22:00:00", "ends": "06:00:00"}
ALWAYS = {"weight": 1}


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"steps": [{"from_kw": 0, "price": 125}, {"from_kw": 5}]}, {"steps": "invalid_step_prices"}),
        ({"windows": [{"weight": 0}]}, {"windows": "invalid_windows"}),
        ({"windows": [ALWAYS, NIGHT]}, {"windows": "invalid_windows"}),
        (
            {"windows": [{"weight": 0, "weekdays": ["6", "7"]}, NIGHT | {"weekdays": ["7"]}]},
            {"windows": "invalid_windows"},
        ),
        ({"windows": [DAY, DAY | {"begins": "08:00:00", "ends": "10:00:00"}]}, {"windows": "invalid_windows"}),
        ({"windows": [DAY, NIGHT, ALWAYS]}, {"windows": "invalid_windows"}),
        ({"windows": [{"weight": 1, "begins": "08:10:00", "ends": "08:50:00"}]}, {"windows": "invalid_windows"}),
        (
            {"windows": [ALWAYS | {"weekdays": ["1", "2", "3"]}, NIGHT | {"weekdays": ["3"], "holidays": "only"}]},
            {"windows": "invalid_windows"},
        ),
    ],
)
def test_a_tariff_that_nobody_means_is_refused(changes: dict[str, Any], errors: dict[str, str]) -> None:
    with pytest.raises(RuleError) as caught:
        series_of(as_answers(Series(), another=False) | changes)
    assert errors_of(caught.value) == errors


@pytest.mark.parametrize(
    "windows",
    [
        [NIGHT, ALWAYS],
        [NIGHT, DAY],
        [ALWAYS | {"holidays": "never"}, NIGHT],
        [ALWAYS | {"months": ["1"]}, NIGHT],
        [DAY, DAY | {"ends": "22:10:00"}],
    ],
)
def test_a_window_behind_one_that_holds_at_some_times_is_kept(windows: list[dict[str, Any]]) -> None:
    assert len(series_of(as_answers(Series(), another=False) | {"windows": windows}).windows) == 2


@pytest.mark.parametrize("windows", [[ALWAYS | {"holidays": "only"}], [ALWAYS | {"holidays": "never"}, NIGHT]])
def test_a_window_of_holidays_needs_a_calendar(windows: list[dict[str, Any]]) -> None:
    """Without one no day is a holiday, so the window would never hold."""
    answers = as_answers(Series(), another=False) | {"windows": windows}
    assert len(series_of(answers, knows_holidays=True).windows) == len(windows)
    with pytest.raises(RuleError) as caught:
        series_of(answers, knows_holidays=False)
    assert errors_of(caught.value) == {"windows": "invalid_windows"}


@pytest.mark.parametrize(
    ("tariff", "target", "keeps", "is_refused"),
    [
        (None, None, True, True),
        ("se_goteborg", None, True, True),
        ("se_goteborg", 5.0, True, False),
        ("se_goteborg", None, False, False),
        ("fi_60min_8kw", None, True, False),
        ("no_three_days", None, True, False),
    ],
)
def test_a_budget_that_nobody_set_cannot_be_kept(
    tariff: str | None, target: float | None, keeps: bool, is_refused: bool
) -> None:
    errors = check_budget({"keep_budget": keeps}, PRESETS[tariff] if tariff else None, target)
    assert errors == ({"keep_budget": "no_budget"} if is_refused else {})
