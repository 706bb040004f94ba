"""Changes what may change at any time: the maker, the ratios, the net, the tariff, the settings of a serial line."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_PORT
from homeassistant.helpers.selector import ObjectSelector
import probatio

from .analysis.fields import RuleError
from .analysis.presets import PRESETS
from .analysis.rules import Rule
from .capacity import rule_of
from .const import CONF_RULE, CONF_TARIFF, CUSTOM
from .forms import METER, SERIAL_LINE, SOCKET, TARIFF, check_options, correction_fields

RULE = probatio.Schema({probatio.Required(CONF_RULE): ObjectSelector()})


class HanPortOptionsFlow(OptionsFlowWithReload):
    """Changes the maker, the ratios, the net, the tariff and the settings of a serial line."""

    def __init__(self) -> None:
        """Begin with nothing answered."""
        self._options: dict[str, Any] = {}

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask; the entry is then loaded anew with the answers."""
        is_network = self.config_entry.data[CONF_PORT].startswith(SOCKET)
        fields = (METER if is_network else SERIAL_LINE | METER) | TARIFF
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
        """Ask for a rule of the user's own; he begins with the one that holds now."""
        errors, text = {}, ""
        if user_input is not None:
            try:
                rule = Rule.from_dict(user_input[CONF_RULE])
            except RuleError as error:
                errors, text = {CONF_RULE: "invalid_rule"}, str(error)
            else:
                return self.async_create_entry(data={**self._options, CONF_RULE: rule.as_dict()})
        before = rule_of(self.hass, self.config_entry.options) or PRESETS["no_three_days"]
        return self.async_show_form(
            step_id="rule",
            data_schema=self.add_suggested_values_to_schema(RULE, user_input or {CONF_RULE: before.as_dict()}),
            errors=errors,
            description_placeholders={"error": text},
        )
