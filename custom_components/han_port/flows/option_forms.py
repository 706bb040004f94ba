"""Schemas of the options that the config flow does not ask for: tariff, main fuse, voltage limits."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from homeassistant.const import UnitOfElectricPotential, UnitOfPower
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from ..analysis.fuse import MAX_FUSE
from ..analysis.presets import PRESETS, USUAL_STEPS
from ..analysis.ratios import Counted
from ..analysis.voltage import Limits
from ..const import (
    AUTOMATIC,
    CONF_BILL_STEP,
    CONF_CT_COUNTS,
    CONF_HOLIDAYS,
    CONF_MAIN_FUSE,
    CONF_MAX_VOLTAGE,
    CONF_MIN_VOLTAGE,
    CONF_PRICE_PER_KW,
    CONF_STATISTICS,
    CONF_TARGET,
    CONF_TARIFF,
    CONF_USE_ESTIMATE,
    CUSTOM,
    NO_TARIFF,
    NOT_KNOWN,
)
from .forms import choice_field, number_field

FUSE_SIZES = (16, 20, 25, 32, 35, 40, 50, 63, 80, 100)
"""A, as they are printed on fuses. Another one can be typed."""
_VOLT = UnitOfElectricPotential.VOLT

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
        probatio.Required(CONF_TARIFF, default=AUTOMATIC): choice_field(
            [AUTOMATIC, NO_TARIFF, *PRESETS, CUSTOM], CONF_TARIFF
        ),
        probatio.Required(CONF_BILL_STEP, default=NOT_KNOWN): choice_field(
            [NOT_KNOWN, *(f"{each.from_kw:g}" for each in USUAL_STEPS)], CONF_BILL_STEP
        ),
        probatio.Optional(CONF_TARGET): number_field(0, 1000, 0.1, UnitOfPower.KILO_WATT),
        probatio.Optional(CONF_PRICE_PER_KW): number_field(0, 1_000_000, 0.01),
        probatio.Optional(CONF_HOLIDAYS): EntitySelector(EntitySelectorConfig(domain="calendar")),
        probatio.Required(CONF_STATISTICS, default=False): BooleanSelector(),
    }
)
FUSE = probatio.Schema(
    {
        probatio.Optional(CONF_MAIN_FUSE): SelectSelector(
            SelectSelectorConfig(
                options=[SelectOptionDict(value=str(size), label=f"{size} A") for size in FUSE_SIZES],
                custom_value=True,
                mode=SelectSelectorMode.DROPDOWN,
            )
        ),
        probatio.Required(CONF_USE_ESTIMATE, default=False): BooleanSelector(),
    }
)
VOLTAGE = probatio.Schema(
    {
        probatio.Required(CONF_MIN_VOLTAGE, default=Limits().low): number_field(100, 229, 0.5, _VOLT),
        probatio.Required(CONF_MAX_VOLTAGE, default=Limits().high): number_field(231, 400, 0.5, _VOLT),
    }
)


def fuse_size(answers: Mapping[str, Any]) -> float:
    """Return the size (A) of the fuse that was chosen or typed; 0 if none was. Raises ValueError."""
    text = str(answers.get(CONF_MAIN_FUSE, "")).strip().removesuffix("A").replace(",", ".")
    size = float(text or 0)
    if not 0 <= size <= MAX_FUSE:
        raise ValueError(text)
    return size


def fuse_answers(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of the form that lead to these options."""
    size = float(options.get(CONF_MAIN_FUSE) or 0)
    return {**options, CONF_MAIN_FUSE: f"{size:g}" if size else None}
