"""The form of a charger, and what contradicts in its answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.const import CONF_NAME, UnitOfElectricCurrent, UnitOfPower
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    EntityWithDeviceFilterSelectorConfig,
    TextSelector,
)
import probatio

from ..analysis.charging import MIN_CHARGING_CURRENT, ChargerSettings, Wiring
from ..analysis.supply_system import SupplySystem
from ..const import (
    CONF_CHARGER,
    CONF_CHARGER_ENTITY,
    CONF_CIRCUIT,
    CONF_FAIL_SAFE,
    CONF_KEEP_BUDGET,
    CONF_MAIN_FUSE,
    CONF_MARGIN,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    CONF_PRIORITY,
    CONF_REMOVED,
    CONF_WIRING,
)
from ..meter.chargers import MAX_CHARGERS
from .forms import choice_field, number_field

_AMPERE = UnitOfElectricCurrent.AMPERE
_USUAL = ChargerSettings()


def charger_form(
    number: int, system: SupplySystem | None, ours: Iterable[str], *, are_several: bool
) -> probatio.Schema:
    """Return the form of a charger.

    Only what its supply system allows is offered. `ours`: the entities that cannot be its own word, as they are ours.
    """
    fields: dict[probatio.Marker, Any] = {probatio.Required(CONF_NAME): TextSelector()} if number > 1 else {}
    fields |= _own_fields(system, ours)
    if are_several:
        fields[probatio.Required(CONF_MIN_CURRENT, default=_USUAL.minimum)] = number_field(
            MIN_CHARGING_CURRENT, 32, 1, _AMPERE
        )
        fields[probatio.Required(CONF_PRIORITY, default=_USUAL.priority)] = number_field(1, MAX_CHARGERS, 1)
    if number == 1:
        fields |= _common_fields(are_several=are_several)
    if are_several:
        fields[probatio.Required(CONF_REMOVED, default=False)] = BooleanSelector()
    return probatio.Schema(fields)


def _common_fields(*, are_several: bool) -> dict[probatio.Marker, Any]:
    """Return the fields of what holds for all chargers."""
    fields: dict[probatio.Marker, Any] = {
        probatio.Required(CONF_MARGIN, default=_USUAL.margin): number_field(0, 20, 0.5, _AMPERE),
        probatio.Required(CONF_KEEP_BUDGET, default=False): BooleanSelector(),
    }
    if are_several:
        fields[probatio.Optional(CONF_CIRCUIT)] = number_field(MIN_CHARGING_CURRENT, 200, 1, _AMPERE)
    return fields


def _own_fields(system: SupplySystem | None, ours: Iterable[str]) -> dict[probatio.Marker, Any]:
    wirings = [wiring.value for wiring in Wiring if wiring.fits(system)]
    said = EntityWithDeviceFilterSelectorConfig(
        domain="sensor",
        device_class=["current", "power"],
        unit_of_measurement=[*UnitOfElectricCurrent, *UnitOfPower],
    )
    return {
        probatio.Required(CONF_WIRING, default=wirings[0]): choice_field(wirings, CONF_WIRING),
        probatio.Required(CONF_MAX_CURRENT, default=_USUAL.maximum): number_field(MIN_CHARGING_CURRENT, 80, 1, _AMPERE),
        probatio.Required(CONF_FAIL_SAFE, default=_USUAL.fail_safe): number_field(0, 32, 1, _AMPERE),
        probatio.Optional(CONF_CHARGER_ENTITY): EntitySelector(
            EntitySelectorConfig(domain="sensor", filter=[said], exclude_entities=[*ours])
        ),
    }


def check_charger(options: Mapping[str, Any], entered: Mapping[str, Any]) -> dict[str, str]:
    """Return what contradicts in the answers about a charger: field -> key of the error's text.

    `options`: all that will be stored, with the main fuse and what holds for all chargers.
    """
    errors, common = {}, options.get(CONF_CHARGER, {})
    fuse, margin = float(options[CONF_MAIN_FUSE]), float(common.get(CONF_MARGIN, _USUAL.margin))
    maximum = entered.get(CONF_MAX_CURRENT, _USUAL.maximum)
    minimum = entered.get(CONF_MIN_CURRENT, _USUAL.minimum)
    if entered.get(CONF_FAIL_SAFE, 0) > min(maximum, fuse):
        errors[CONF_FAIL_SAFE] = "fail_safe_too_high"
    if fuse - margin < MIN_CHARGING_CURRENT:
        errors[CONF_MARGIN if CONF_MARGIN in entered else "base"] = "margin_leaves_nothing"
    elif minimum > min(maximum, fuse - margin):
        errors.setdefault(CONF_MIN_CURRENT if CONF_MIN_CURRENT in entered else "base", "minimum_too_high")
    if minimum > (common.get(CONF_CIRCUIT) or minimum):
        errors[CONF_CIRCUIT if CONF_CIRCUIT in entered else "base"] = "circuit_too_small"
    return errors
