"""Changes what may change at any time: the maker, the ratios, the settings of a serial line."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import CONF_PORT
import probatio

from .forms import METER, SERIAL_LINE, SOCKET, check_options, correction_fields


class HanPortOptionsFlow(OptionsFlowWithReload):
    """Changes the maker, the ratios and the settings of a serial line."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask; the entry is then loaded anew with the answers."""
        is_network = self.config_entry.data[CONF_PORT].startswith(SOCKET)
        fields = METER if is_network else SERIAL_LINE | METER
        schema = probatio.Schema(fields | correction_fields(self.config_entry.options))
        errors: dict[str, str] = {}
        if user_input is not None and not (errors := check_options(user_input)):
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or self.config_entry.options),
            errors=errors,
        )
