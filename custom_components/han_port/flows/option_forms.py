"""Schemas of the options that the config flow does not ask for: tariff, main fuse, charger, voltage limits."""

from types import MappingProxyType

from homeassistant.const import UnitOfElectricCurrent, UnitOfElectricPotential
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from ..analysis.charging import MIN_CHARGING_CURRENT, Wiring
from ..analysis.presets import PRESETS
from ..analysis.ratios import Counted
from ..analysis.voltage import Limits
from ..const import (
    AUTOMATIC,
    CONF_CHARGER_ENTITY,
    CONF_CT_COUNTS,
    CONF_FAIL_SAFE,
    CONF_HOLIDAYS,
    CONF_KEEP_BUDGET,
    CONF_MAIN_FUSE,
    CONF_MARGIN,
    CONF_MAX_CURRENT,
    CONF_MAX_VOLTAGE,
    CONF_MIN_VOLTAGE,
    CONF_STATISTICS,
    CONF_TARIFF,
    CONF_USE_ESTIMATE,
    CONF_WIRING,
    CUSTOM,
    NO_TARIFF,
)
from .forms import number_field

_AMPERE, _VOLT = UnitOfElectricCurrent.AMPERE, UnitOfElectricPotential.VOLT

COUNTED = MappingProxyType(
    {
        probatio.Required(CONF_CT_COUNTS, default=[each.value for each in Counted]): SelectSelector(
            SelectSelectorConfig(
                options=[each.value for each in Counted],
                multiple=True,
                translation_key=CONF_CT_COUNTS,
                mode=SelectSelectorMode.LIST,
            )
        )
    }
)
TARIFF = probatio.Schema(
    {
        probatio.Required(CONF_TARIFF, default=AUTOMATIC): SelectSelector(
            SelectSelectorConfig(
                options=[AUTOMATIC, NO_TARIFF, *PRESETS, CUSTOM],
                translation_key=CONF_TARIFF,
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
        probatio.Optional(CONF_HOLIDAYS): EntitySelector(EntitySelectorConfig(domain="calendar")),
        probatio.Required(CONF_STATISTICS, default=False): BooleanSelector(),
    }
)
FUSE = probatio.Schema(
    {
        probatio.Required(CONF_MAIN_FUSE, default=0): number_field(0, 2000, 1, _AMPERE),
        probatio.Required(CONF_USE_ESTIMATE, default=False): BooleanSelector(),
    }
)
CHARGING = probatio.Schema(
    {
        probatio.Required(CONF_WIRING, default=Wiring.THREE_PHASE.value): SelectSelector(
            SelectSelectorConfig(
                options=[wiring.value for wiring in Wiring],
                translation_key=CONF_WIRING,
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
        probatio.Required(CONF_MAX_CURRENT, default=32): number_field(MIN_CHARGING_CURRENT, 80, 1, _AMPERE),
        probatio.Required(CONF_MARGIN, default=1): number_field(0, 20, 0.5, _AMPERE),
        probatio.Required(CONF_FAIL_SAFE, default=MIN_CHARGING_CURRENT): number_field(0, 32, 1, _AMPERE),
        probatio.Optional(CONF_CHARGER_ENTITY): EntitySelector(
            EntitySelectorConfig(domain=["sensor", "number"], device_class=["current", "power"])
        ),
        probatio.Required(CONF_KEEP_BUDGET, default=False): BooleanSelector(),
    }
)
VOLTAGE = probatio.Schema(
    {
        probatio.Required(CONF_MIN_VOLTAGE, default=Limits().low): number_field(100, 229, 0.5, _VOLT),
        probatio.Required(CONF_MAX_VOLTAGE, default=Limits().high): number_field(231, 400, 0.5, _VOLT),
    }
)
