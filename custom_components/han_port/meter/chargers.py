"""The chargers of a house: what the user has said of each, what each says of itself, and what they are told."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
import math
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, CONF_NAME, UnitOfElectricCurrent, UnitOfPower
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.unit_conversion import ElectricCurrentConverter, PowerConverter

from ..analysis.charge_control import ChargeControl
from ..analysis.charger_group import ChargerGroup
from ..analysis.charging import MIN_CHARGING_CURRENT, ChargerSettings, ChargingMode, Limit, Situation, Wiring
from ..analysis.supply_system import SupplySystem
from ..const import (
    CONF_CHARGER,
    CONF_CHARGER_ENTITY,
    CONF_CHARGING_MODE,
    CONF_CIRCUIT,
    CONF_FAIL_SAFE,
    CONF_MAIN_FUSE,
    CONF_MARGIN,
    CONF_MAX_CURRENT,
    CONF_MIN_CURRENT,
    CONF_MORE_CHARGERS,
    CONF_PRIORITY,
    CONF_REMOVED,
    CONF_WIRING,
    DOMAIN,
)
from ..decoder import Moment
from .config import MeterConfig, unique_id
from .events import MeterEvent, MeterEvents

MAX_CHARGERS = 3
NUMBERS = range(1, MAX_CHARGERS + 1)
"""What chargers are known by."""
KEYS = (
    "charging_current_recommended",
    "charging_current_estimated",
    "charging_estimate_certainty",
    "charging_limited_by",
    "charging_allowed",
    "charging_mode",
)
"""The keys of the rows about each charger."""
MAX_WORD_AGE = timedelta(minutes=20)
"""What a charger said of itself longer ago counts no more: its cloud may have lost it."""


def chargers_of(options: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Return what the options say of each charger, by its number. A house has at least one: the first."""
    first, more = options.get(CONF_CHARGER, {}), options.get(CONF_MORE_CHARGERS, {})
    chargers = {} if more and first.get(CONF_REMOVED) else {1: first}
    return chargers | {int(number): entered for number, entered in more.items()}


def charger_settings_of(options: Mapping[str, Any], number: int = 1) -> ChargerSettings:
    """Return the settings of a charger, in A.

    The fail-safe current is limited to the charger's maximum and the main fuse; the margin is that of the house.
    """
    entered, usual = chargers_of(options)[number], ChargerSettings()
    maximum = int(entered.get(CONF_MAX_CURRENT, usual.maximum))
    minimum = min(max(int(entered.get(CONF_MIN_CURRENT, usual.minimum)), MIN_CHARGING_CURRENT), maximum)
    fail_safe = min(int(entered.get(CONF_FAIL_SAFE, usual.fail_safe)), maximum, int(options[CONF_MAIN_FUSE]))
    return ChargerSettings(
        Wiring(entered.get(CONF_WIRING, usual.wiring)),
        maximum,
        float(options.get(CONF_CHARGER, {}).get(CONF_MARGIN, usual.margin)),
        fail_safe if fail_safe >= MIN_CHARGING_CURRENT else 0,
        minimum,
        int(entered.get(CONF_PRIORITY, usual.priority)),
    )


def entered_of(options: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    """Return what the user has entered about a charger, there or removed; the first one's holds what all share."""
    first: Mapping[str, Any] = options.get(CONF_CHARGER, {})
    more: Mapping[str, Mapping[str, Any]] = options.get(CONF_MORE_CHARGERS, {})
    return first if number == 1 else more.get(str(number), {})


def with_charger(options: Mapping[str, Any], number: int, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with what was entered about a charger, or without one that is to be removed."""
    kept = {CONF_CHARGING_MODE: mode} if (mode := entered_of(options, number).get(CONF_CHARGING_MODE)) else {}
    entered = {**kept, **{name: value for name, value in entered.items() if value is not False or name != CONF_REMOVED}}
    if number == 1:
        return {**options, CONF_CHARGER: entered}
    more = {other: each for other, each in options.get(CONF_MORE_CHARGERS, {}).items() if other != str(number)}
    if not entered.get(CONF_REMOVED):
        more |= {str(number): entered}
    return {**options, CONF_MORE_CHARGERS: dict(sorted(more.items()))}


def with_mode(options: Mapping[str, Any], number: int, mode: ChargingMode) -> dict[str, Any]:
    """Return the options with another mode of a charger."""
    return with_charger(options, number, {**entered_of(options, number), CONF_CHARGING_MODE: mode.value})


@callback
def async_forget_removed(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove the entities and the devices of chargers that are there no more."""
    gone, config = set(NUMBERS) - chargers_of(entry.options).keys(), MeterConfig.of(entry)
    ids = {unique_id(config.id, key_of(key, number)) for key in KEYS for number in gone}
    entities, devices = er.async_get(hass), dr.async_get(hass)
    for entity in er.async_entries_for_config_entry(entities, config.id):
        if entity.unique_id in ids:
            entities.async_remove(entity.entity_id)
    own = {(DOMAIN, config.device_id(number)) for number in gone - {1}}
    for device in dr.async_entries_for_config_entry(devices, config.id):
        if not own.isdisjoint(device.identifiers):
            devices.async_remove_device(device.id)


def key_of(key: str, number: int) -> str:
    """Return the key of a row about a charger. That of the first one has no number."""
    return key if number == 1 else f"{key}_{number}"


class Charger:
    """One charger."""

    def __init__(self, number: int, options: Mapping[str, Any], fuse: float) -> None:
        """Take what the options say of it. The fuse is in A."""
        entered = chargers_of(options)[number]
        self.number = number
        self.name: str | None = entered.get(CONF_NAME)
        self.entity_id: str | None = entered.get(CONF_CHARGER_ENTITY)
        self.control = ChargeControl(charger_settings_of(options, number), fuse)
        self.control.mode = ChargingMode(entered.get(CONF_CHARGING_MODE, ChargingMode.FAST))
        self.reduced_from: int | None = None
        """What it was told before it was told less; None once it is told as much again."""
        self.reported = self.amperes
        """The recommended current (A) that events were last reported for."""
        self.reason: str = Limit.FAIL_SAFE.value
        """What limited it last, apart from waiting for headroom to last."""
        self.watched: frozenset[int] = frozenset()
        """Those of its lines whose current is measured now."""

    @property
    def amperes(self) -> int:
        """The recommended current (A)."""
        return self.control.recommended.amperes

    @property
    def may_charge(self) -> bool:
        """Whether there is enough for the minimum that a car charges with."""
        return self.amperes >= MIN_CHARGING_CURRENT

    @property
    def watches(self) -> dict[str, list[str]]:
        """Attributes: which of its lines are watched, and whose current is not measured."""
        lines = self.control.settings.wiring.lines
        return {
            "watched": [f"l{line}" for line in lines if line in self.watched],
            "unmeasured": [f"l{line}" for line in lines if line not in self.watched],
        }

    @property
    def limited_by(self) -> str:
        """What limits it: a `Limit`, that of the fuse with its line."""
        recommended = self.control.recommended
        return f"fuse_l{recommended.line}" if recommended.limit is Limit.FUSE else recommended.limit.value

    def witness(self, hass: HomeAssistant, at: Moment, net: SupplySystem | None) -> None:
        """Let its entity be heard, if it has said something in the last minutes: a current or a power."""
        state = hass.states.get(self.entity_id) if self.entity_id else None
        if state is None or at.utc - state.last_reported > MAX_WORD_AGE:
            return
        unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        try:
            value = abs(float(state.state))
        except ValueError:
            return
        if not math.isfinite(value):
            return
        if unit in PowerConverter.VALID_UNITS:
            watts = PowerConverter.convert(value, unit, UnitOfPower.WATT)
            self.control.witness(watts, at.loop, net, is_power=True)
        elif unit in ElectricCurrentConverter.VALID_UNITS:
            amperes = ElectricCurrentConverter.convert(value, unit, UnitOfElectricCurrent.AMPERE)
            self.control.witness(amperes, at.loop, net, is_power=False)


class Chargers:
    """The chargers of one house."""

    def __init__(self, hass: HomeAssistant, options: Mapping[str, Any], events: MeterEvents) -> None:
        """Take the options of an entry that has a fuse."""
        fuse = float(options[CONF_MAIN_FUSE])
        self._by_number = {number: Charger(number, options, fuse) for number in chargers_of(options)}
        circuit = options.get(CONF_CHARGER, {}).get(CONF_CIRCUIT)
        self._group = ChargerGroup([each.control for each in self], circuit or None)
        self._hass, self._events = hass, events

    def __iter__(self) -> Iterator[Charger]:
        """Yield each charger."""
        return iter(self._by_number.values())

    def get(self, number: int) -> Charger | None:
        """Return a charger by its number; None if there is none."""
        return self._by_number.get(number)

    @property
    def currents(self) -> dict[int, int] | None:
        """What all of them may draw together, line -> A; None if there is one only."""
        return self._group.currents if len(self._by_number) > 1 else None

    def update(self, now: Situation, at: Moment) -> None:
        """Update with a list."""
        for charger in self:
            charger.witness(self._hass, at, now.system)
            charger.watched = frozenset(charger.control.settings.wiring.lines).intersection(now.currents)
        self._group.update(now)
        self._report()

    def fail(self, at: Moment) -> None:
        """Nothing is known any more."""
        for charger in self:
            charger.watched = frozenset()
        self._group.fail(at.loop)
        self._report()

    def _report(self) -> None:
        """Report that a charger is told less, or as much as before it was."""
        for charger in self:
            was, charger.reported = charger.reported, charger.amperes
            if charger.limited_by != Limit.WAITING:
                charger.reason = charger.limited_by
            event = None
            if charger.reported < was:
                event, charger.reduced_from = MeterEvent.CHARGING_REDUCED, max(was, charger.reduced_from or 0)
            elif charger.reduced_from is not None and charger.reported >= charger.reduced_from:
                event, charger.reduced_from = MeterEvent.CHARGING_RESTORED, None
            if event:
                about = {"charger": charger.name or charger.number, "from": was, "to": charger.reported}
                self._events.report(event, reason=charger.reason, **about)
