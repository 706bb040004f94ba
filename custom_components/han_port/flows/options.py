"""The options flow: the meter, the tariff, the main fuse, the charger and the voltage limits."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
import probatio

from ..analysis.fields import RuleError
from ..analysis.presets import PRESETS
from ..analysis.rules import Rule, Series
from ..const import CONF_CHARGER, CONF_MAIN_FUSE, CONF_RULE, CONF_TARIFF, CUSTOM
from ..meter.tariff import rule_of
from ..sources.address import Address
from .forms import METER, SERIAL_LINE, check_options, correction_fields
from .option_forms import CHARGING, COUNTED, FUSE, TARIFF, VOLTAGE
from .rule_form import ANOTHER, as_answers, async_series_form, errors_of, series_of

NOTHING = probatio.Schema({})


class HanPortOptionsFlow(OptionsFlowWithReload):
    """Changes the part of the options that the user picks from a menu. The entry is reloaded afterwards."""

    def __init__(self) -> None:
        """Begin without answers."""
        self._changes: dict[str, Any] = {}
        self._series: list[Series] = []

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which part is to be changed."""
        charging = ["charging"] if self.config_entry.options.get(CONF_MAIN_FUSE) else []
        return self.async_show_menu(step_id="init", menu_options=["meter", "tariff", "fuse", *charging, "voltage"])

    async def async_step_meter(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what the config flow asked, which values the ratios apply to, and for corrections in force."""
        options = self.config_entry.options
        fields = SERIAL_LINE | METER if Address.stored(self.config_entry.data).has_serial_settings else METER
        schema = probatio.Schema(fields | COUNTED | correction_fields(options))
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := check_options(user_input)):
            return self._changed(schema, user_input)
        return self.async_show_form(
            step_id="meter",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or options),
            errors=errors,
        )

    async def async_step_tariff(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the capacity tariff."""
        if user_input is None:
            return self._ask("tariff", TARIFF)
        self._changes = {**user_input, CONF_RULE: None}
        return (
            await self.async_step_rule() if user_input[CONF_TARIFF] == CUSTOM else self._changed(TARIFF, self._changes)
        )

    async def async_step_fuse(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the main fuse."""
        return self._ask("fuse", FUSE) if user_input is None else self._changed(FUSE, user_input)

    async def async_step_charging(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the charger settings."""
        if user_input is None:
            return self._ask("charging", CHARGING, self.config_entry.options.get(CONF_CHARGER))
        return self._changed(NOTHING, {CONF_CHARGER: user_input})

    async def async_step_voltage(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the voltage limits."""
        return self._ask("voltage", VOLTAGE) if user_input is None else self._changed(VOLTAGE, user_input)

    def _ask(self, step: str, schema: probatio.Schema, known: Mapping[str, Any] | None = None) -> ConfigFlowResult:
        known = self.config_entry.options if known is None else known
        return self.async_show_form(step_id=step, data_schema=self.add_suggested_values_to_schema(schema, known))

    def _changed(self, schema: probatio.Schema, answers: Mapping[str, Any]) -> ConfigFlowResult:
        """Store the answers and keep all other options. An option is deleted if its answer is empty or None."""
        asked = {str(field) for field in schema.schema} | answers.keys()
        kept = {name: value for name, value in self.config_entry.options.items() if name not in asked}
        return self.async_create_entry(data=kept | {name: each for name, each in answers.items() if each is not None})

    async def async_step_rule(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the user's own rule, one series of peaks at a time. The rule in force is filled in."""
        before = (rule_of(self.hass, self.config_entry.options) or PRESETS["no_three_days"]).series
        number, errors, text = len(self._series), {}, ""
        if user_input is None:
            old = before[number] if number < len(before) else Series()
            user_input = as_answers(old, another=number + 1 < len(before))
        else:
            try:
                self._series.append(series_of(user_input))
            except RuleError as error:
                errors, text = errors_of(error), str(error)
            else:
                if user_input[ANOTHER]:
                    return await self.async_step_rule()
                rule = Rule(tuple(self._series))
                return self._changed(TARIFF, {**self._changes, CONF_RULE: rule.as_dict()})
        return self.async_show_form(
            step_id="rule",
            data_schema=self.add_suggested_values_to_schema(await async_series_form(self.hass), user_input),
            errors=errors,
            description_placeholders={"error": text, "number": str(number + 1)},
        )
