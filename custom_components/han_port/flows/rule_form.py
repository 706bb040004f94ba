"""The form for the user's own tariff: a series of peaks with its windows, steps and prices.

The form has texts where a rule has numbers, and omits fields that are empty.
"""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TimeSelector,
)
from homeassistant.helpers.translation import async_get_translations
import probatio

from ..analysis.fields import RuleError
from ..analysis.rules import MAX_PEAKS, MONTHS, PERIODS, WEEKDAYS, Holidays, Series, Window
from ..const import DOMAIN
from .forms import choice_field, number_field

ANOTHER = "another"
"""The field that asks whether the tariff has one more series."""
_NUMBERS = ("months", "weekdays")
_TEXTS = f"component.{DOMAIN}.selector"

type Texts = Mapping[str, str]


def _labelled(options: list[str], key: str, texts: Texts, *, several: bool = False) -> SelectSelector:
    """Return a choice for the form of a list's item. Its options carry labels: the frontend does not translate them."""
    labels = [SelectOptionDict(value=each, label=texts.get(f"{_TEXTS}.{key}.options.{each}", each)) for each in options]
    return SelectSelector(SelectSelectorConfig(options=labels, multiple=several, mode=SelectSelectorMode.DROPDOWN))


def _field(selector: Selector[Any], *, required: bool = False) -> ObjectSelectorField:
    return ObjectSelectorField(selector=selector, required=required)


def _several(label: str, description: str, key: str, fields: dict[str, ObjectSelectorField]) -> ObjectSelector:
    return ObjectSelector(
        ObjectSelectorConfig(
            fields=fields, multiple=True, label_field=label, description_field=description, translation_key=key
        )
    )


_POWER, _PRICE = number_field(0, 1000, 0.01, "kW"), number_field(0, 1_000_000, 0.01)


async def async_series_form(hass: HomeAssistant) -> probatio.Schema:
    """Return the form that asks for a series of peaks."""
    texts = await async_get_translations(hass, hass.config.language, "selector", [DOMAIN])
    months = _labelled([str(month) for month in MONTHS], "month", texts, several=True)
    window = {
        "weight": _field(number_field(0, 10, 0.01), required=True),
        "begins": _field(TimeSelector()),
        "ends": _field(TimeSelector()),
        "weekdays": _field(_labelled([str(day) for day in WEEKDAYS], "weekday", texts, several=True)),
        "months": _field(months),
        "holidays": _field(_labelled([each.value for each in Holidays], "holidays", texts)),
    }
    step = {"from_kw": _field(_POWER, required=True), "price": _field(_PRICE)}
    per_kw = {"per_kw": _field(_PRICE, required=True), "months": _field(months)}
    return probatio.Schema(
        {
            probatio.Required("peaks"): number_field(1, MAX_PEAKS, 1),
            probatio.Required("one_per_day"): BooleanSelector(),
            probatio.Required("period"): choice_field([str(minutes) for minutes in PERIODS], "period"),
            probatio.Optional("windows"): _several("weight", "begins", "window", window),
            probatio.Optional("steps"): _several("from_kw", "price", "step", step),
            probatio.Required("threshold_belongs_to_higher"): BooleanSelector(),
            probatio.Optional("prices"): _several("per_kw", "months", "price", per_kw),
            probatio.Required("allowance_kw"): _POWER,
            probatio.Required("minimum_kw"): _POWER,
            probatio.Required(ANOTHER): BooleanSelector(),
        }
    )


def as_answers(series: Series, *, another: bool) -> dict[str, Any]:
    """Return a series as answers of the form."""
    answers = series.as_dict()
    answers["period"] = str(answers["period"])
    for name in ("windows", "prices"):
        answers[name] = [_with(each, str) for each in answers[name]]
    answers["steps"] = [{key: value for key, value in step.items() if value is not None} for step in answers["steps"]]
    return answers | {ANOTHER: another}


def series_of(answers: Mapping[str, Any]) -> Series:
    """Return the series that the answers describe. Raises RuleError if they are not valid."""
    fields = {key: value for key, value in answers.items() if key != ANOTHER}
    fields["peaks"], fields["period"] = int(fields["peaks"]), int(fields["period"])
    for name in ("windows", "prices"):
        fields[name] = [_with(each, int) for each in fields.get(name) or ()]
    fields["steps"] = fields.get("steps") or ()
    series = Series.from_dict(fields)
    _check(series)
    return series


def _check(series: Series) -> None:
    """Refuse what can be computed and nobody means. Raises RuleError."""
    if len({step.price is None for step in series.steps}) > 1:
        raise RuleError("steps.price", "either all have one or none has")
    if series.windows and not any(window.weight for window in series.windows):
        raise RuleError("windows", "at least one must count")
    for number, window in enumerate(series.windows):
        if any(_hides(earlier, window) for earlier in series.windows[:number]):
            raise RuleError("windows", "one before holds whenever this does")


def _hides(first: Window, second: Window) -> bool:
    """Return whether a window that lasts all day leaves nothing to one behind it."""
    return (
        first.begins == first.ends
        and first.holidays in (Holidays.ANY, second.holidays)
        and set(first.months) >= set(second.months)
        and set(first.weekdays) >= set(second.weekdays)
    )


def errors_of(error: RuleError) -> dict[str, str]:
    """Return the field that an error is shown at -> the key of its text: one of its own, or one that quotes it."""
    field = error.field.split("[")[0].split(".")[0]
    own = {
        "steps": "invalid_steps",
        "steps.price": "invalid_step_prices",
        "prices": "invalid_prices",
        "windows": "invalid_windows",
    }
    return {field: own.get(error.field, "invalid_rule")}


def _with(item: Mapping[str, Any], kind: type[str | int]) -> dict[str, Any]:
    """Return an item without its empty fields, and with its months and weekdays as texts or as numbers."""
    kept = {key: value for key, value in item.items() if value not in (None, "", [])}
    return kept | {name: [kind(each) for each in kept[name]] for name in _NUMBERS if name in kept}
