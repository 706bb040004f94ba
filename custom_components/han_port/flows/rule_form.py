"""The form for the user's own tariff: a series of peaks with its windows, steps and prices.

The form has texts where a rule has numbers, and omits fields that are empty.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import product
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
from ..analysis.rules import MAX_PEAKS, MAX_SERIES, MONTHS, PERIODS, WEEKDAYS, Holidays, Series
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


async def async_series_form(hass: HomeAssistant, number: int = 1) -> probatio.Schema:
    """Return the form that asks for a series of peaks, the nth from 1. After the last one no other is offered."""
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
    another = {probatio.Required(ANOTHER): BooleanSelector()} if number < MAX_SERIES else {}
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
        }
        | another
    )


def as_answers(series: Series, *, another: bool) -> dict[str, Any]:
    """Return a series as answers of the form."""
    answers = series.as_dict()
    answers["period"] = str(answers["period"])
    for name in ("windows", "prices"):
        answers[name] = [_with(each, str) for each in answers[name]]
    answers["steps"] = [{key: value for key, value in step.items() if value is not None} for step in answers["steps"]]
    return answers | {ANOTHER: another}


def series_of(answers: Mapping[str, Any], *, knows_holidays: bool = True) -> Series:
    """Return the series that the answers describe. Raises RuleError if they are not valid.

    `knows_holidays`: whether a calendar says which days are public holidays. Without one, no day is.
    """
    fields = {key: value for key, value in answers.items() if key != ANOTHER}
    fields["peaks"], fields["period"] = int(fields["peaks"]), int(fields["period"])
    for name in ("windows", "prices"):
        fields[name] = [_with(each, int) for each in fields.get(name) or ()]
    fields["steps"] = fields.get("steps") or ()
    series = Series.from_dict(fields)
    _check(series, knows_holidays=knows_holidays)
    return series


def _check(series: Series, *, knows_holidays: bool) -> None:
    """Refuse what can be computed and nobody means. Raises RuleError."""
    if len({step.price is None for step in series.steps}) > 1:
        raise RuleError("steps.price", "either all have one or none has")
    if series.windows and not any(window.weight for window in series.windows):
        raise RuleError("windows", "at least one must count")
    if _windows_in_use(series, knows_holidays=knows_holidays) < set(range(len(series.windows))):
        raise RuleError("windows", "one never holds, or others before it do whenever it does")


def _windows_in_use(series: Series, *, knows_holidays: bool) -> set[int]:
    """Return the windows, by their place, that are the first to hold some period of the year."""
    used = set()
    for month, day, number in product(MONTHS, WEEKDAYS, range(timedelta(days=1) // series.period)):
        # The first week of a month has each weekday once.
        local = datetime(2026, month, day) + number * series.period  # noqa: DTZ001 - windows are in local time
        for holidays in (frozenset[date](), frozenset({local.date()}))[: 1 + knows_holidays]:
            used.add(next((place for place, each in enumerate(series.windows) if each.holds(local, holidays)), -1))
    return used - {-1}


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
