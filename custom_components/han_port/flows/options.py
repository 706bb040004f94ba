"""The options flow: the meter, the tariff, the main fuse, the charger and the voltage limits."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_NAME
from homeassistant.helpers import entity_registry as er
import probatio

from ..analysis.fields import RuleError
from ..analysis.presets import PRESETS
from ..analysis.rules import Rule, Series
from ..const import (
    CONF_CHARGER,
    CONF_HOLIDAYS,
    CONF_MAIN_FUSE,
    CONF_MORE_CHARGERS,
    CONF_REMOVED,
    CONF_RULE,
    CONF_TARGET,
    CONF_TARIFF,
    CUSTOM,
)
from ..meter.chargers import MAX_CHARGERS, NUMBERS, chargers_of, entered_of, with_charger
from ..meter.config import MeterConfig, rule_of
from ..meter.meter import Meter
from ..meter.tariff import Capacity
from ..sources.address import Address
from .charger_forms import charger_form, check_charger
from .forms import METER, SERIAL_LINE, check_budget, check_limits, check_options, check_terminals, correction_fields
from .option_forms import COUNTED, FUSE, TARIFF, VOLTAGE, fuse_answers, fuse_size
from .rule_form import ANOTHER, as_answers, async_series_form, errors_of, series_of


class HanPortOptionsFlow(OptionsFlowWithReload):
    """Changes the part of the options that the user picks from a menu. The entry is reloaded afterwards."""

    def __init__(self) -> None:
        """Begin without answers."""
        self._changes: dict[str, Any] = {}
        self._series: list[Series] = []
        self._number = 1
        """The number of the charger that is asked about."""

    async def async_step_init(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which part is to be changed. Each charger has a row of its own."""
        options = self.config_entry.options
        names = {f"charger_{number}": each[CONF_NAME] for number, each in options.get(CONF_MORE_CHARGERS, {}).items()}
        rows = [*names]
        if options.get(CONF_CHARGER) and len(chargers_of(options)) < MAX_CHARGERS:
            rows.append("add_charger")
        return self.async_show_menu(
            step_id="init",
            menu_options=["meter", "tariff", "fuse", "charging", *rows, "voltage"],
            description_placeholders=names,
        )

    async def async_step_meter(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what the config flow asked, which values the ratios apply to, and for corrections in force."""
        options = self.config_entry.options
        fields = SERIAL_LINE | METER if Address.stored(self.config_entry.data).has_serial_settings else METER
        schema = probatio.Schema(fields | COUNTED | correction_fields(options))
        errors: dict[str, str] = {}
        if user_input is not None:
            heard = self._meter.data if self._meter else {}
            errors = check_options(user_input) or check_terminals(user_input, heard)
        if user_input is not None and not errors:
            return self._changed(schema, user_input)
        return self.async_show_form(
            step_id="meter",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or options),
            errors=errors,
        )

    async def async_step_tariff(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the capacity tariff."""
        if user_input is None:
            target = {CONF_TARGET: self._capacity.target} if self._capacity else {}  # the number may have changed it
            return self._ask("tariff", TARIFF, {**self.config_entry.options, **target})
        self._changes = {**user_input, CONF_RULE: None}
        return await self.async_step_rule() if user_input[CONF_TARIFF] == CUSTOM else self._tariff_changed()

    def _tariff_changed(self) -> ConfigFlowResult:
        """Store the answers about the tariff. A target holds whatever the number was set to before."""
        if self._capacity:
            self._capacity.target = self._changes.get(CONF_TARGET) or None
        return self._changed(TARIFF, self._changes)

    async def async_step_fuse(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the main fuse."""
        return self._fuse("fuse", user_input) or self._changed(FUSE, self._changes)

    def _fuse(self, step: str, user_input: dict[str, Any] | None) -> ConfigFlowResult | None:
        """Ask for the main fuse, if it has not been told; None once it has."""
        options, errors = self.config_entry.options, {}
        if user_input is not None:
            try:
                self._changes = {**user_input, CONF_MAIN_FUSE: fuse_size(user_input)}
            except ValueError:
                errors[CONF_MAIN_FUSE] = "invalid_fuse"
            else:
                if step == "fuse" or self._changes[CONF_MAIN_FUSE]:
                    return None
                errors[CONF_MAIN_FUSE] = "needs_fuse"
        known = user_input or fuse_answers(options)
        return self.async_show_form(
            step_id=step, data_schema=self.add_suggested_values_to_schema(FUSE, known), errors=errors
        )

    async def async_step_charging(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask about the first charger, and for what holds for all. Without a main fuse ask for that first."""
        if not (self._changes or self.config_entry.options).get(CONF_MAIN_FUSE):
            return await self.async_step_needs_fuse()
        return self._charger(1, "charging", user_input)

    async def async_step_needs_fuse(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the main fuse before a charger."""
        return self._fuse("needs_fuse", user_input) or await self.async_step_charging()

    async def async_step_add_charger(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask about one more charger."""
        self._number = min(set(NUMBERS) - chargers_of(self.config_entry.options).keys())
        return await (self.async_step_charging() if self._number == 1 else self.async_step_charger())

    async def async_step_charger_2(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask about the second charger."""
        self._number = 2
        return await self.async_step_charger()

    async def async_step_charger_3(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask about the third charger."""
        self._number = 3
        return await self.async_step_charger()

    async def async_step_charger(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask about a further charger."""
        return self._charger(self._number, "charger", user_input)

    def _charger(self, number: int, step: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        entry, errors = self.config_entry, {}
        options = {**entry.options, **self._changes}
        config = MeterConfig.of(entry)
        ours = [each.entity_id for each in er.async_entries_for_config_entry(er.async_get(self.hass), entry.entry_id)]
        schema = charger_form(number, config.net, ours, are_several=number > 1 or len(chargers_of(options)) > 1)
        known = entered_of(options, number)
        if user_input is not None:
            after = with_charger(options, number, user_input)
            target = self._capacity.target if self._capacity else after.get(CONF_TARGET)
            budget = check_budget(user_input, rule_of(self.hass, after), target)
            if not (errors := {} if user_input.get(CONF_REMOVED) else check_charger(after, user_input) | budget):
                return self.async_create_entry(data=after)
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, user_input or known),
            errors=errors,
        )

    async def async_step_voltage(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the voltage limits."""
        if user_input is None:
            return self._ask("voltage", VOLTAGE)
        if errors := check_limits(user_input):
            schema = self.add_suggested_values_to_schema(VOLTAGE, user_input)
            return self.async_show_form(step_id="voltage", data_schema=schema, errors=errors)
        return self._changed(VOLTAGE, user_input)

    @property
    def _meter(self) -> Meter | None:
        """The meter, while its entry is loaded."""
        is_loaded = self.config_entry.state is ConfigEntryState.LOADED
        return self.config_entry.runtime_data.meter if is_loaded else None

    @property
    def _capacity(self) -> Capacity | None:
        """The capacity tariff, while it is loaded."""
        return self._meter.capacity if self._meter else None

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
                self._series.append(series_of(user_input, knows_holidays=CONF_HOLIDAYS in self._changes))
            except RuleError as error:
                errors, text = errors_of(error), str(error)
            else:
                if user_input.get(ANOTHER):
                    return await self.async_step_rule()
                rule = Rule(tuple(self._series))
                self._changes[CONF_RULE] = rule.as_dict()
                return self._tariff_changed()
        return self.async_show_form(
            step_id="rule",
            data_schema=self.add_suggested_values_to_schema(await async_series_form(self.hass, number + 1), user_input),
            errors=errors,
            description_placeholders={"error": text, "number": str(number + 1)},
        )
