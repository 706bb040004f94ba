"""Changes what may change at any time: the maker, the ratios, the net, the tariff, the settings of a serial line."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_PORT
import probatio

from .analysis.fields import RuleError
from .analysis.presets import PRESETS
from .analysis.rules import Rule, Series
from .capacity import rule_of
from .const import CONF_RULE, CONF_TARIFF, CUSTOM
from .forms import METER, SERIAL_LINE, SOCKET, SUPPLY, TARIFF, check_options, correction_fields
from .rule_form import ANOTHER, as_answers, async_series_form, errors_of, series_of


class HanPortOptionsFlow(OptionsFlowWithReload):
    """Changes the maker, the ratios, the net, the tariff and the settings of a serial line."""

    def __init__(self) -> None:
        """Begin with nothing answered."""
        self._options: dict[str, Any] = {}
        self._series: list[Series] = []

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask; the entry is then loaded anew with the answers."""
        is_network = self.config_entry.data[CONF_PORT].startswith(SOCKET)
        fields = (METER if is_network else SERIAL_LINE | METER) | TARIFF | SUPPLY
        schema = probatio.Schema(fields | correction_fields(self.config_entry.options))
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := check_options(user_input)):
            if user_input[CONF_TARIFF] != CUSTOM:
                return self.async_create_entry(data=user_input)
            self._options = user_input
            return await self.async_step_rule()
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or self.config_entry.options),
            errors=errors,
        )

    async def async_step_rule(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a rule of the user's own, a series of peaks after another; he begins with the one that holds now."""
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
                return self.async_create_entry(data={**self._options, CONF_RULE: rule.as_dict()})
        return self.async_show_form(
            step_id="rule",
            data_schema=self.add_suggested_values_to_schema(await async_series_form(self.hass), user_input),
            errors=errors,
            description_placeholders={"error": text, "number": str(number + 1)},
        )
