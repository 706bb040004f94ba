"""What a user sees of a meter: every sensor with its name, class, unit and digits."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.han_port.decoder import Moment
from custom_components.han_port.entity import HanPortEntity, HanPortRowEntity
from tests.captures import load
from tests.support.clock import Clock
from tests.support.homes import MakeEntry, entity, set_up, state, until
from tests.support.meters import SpeakingMeter

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end")

HEAD = {"power", "power_import", "power_export"}
REACTIVE = {"reactive_power_import", "reactive_power_export"}
ENERGY = {f"energy_{way}{of}" for way in ("import", "export") for of in ("", "_register", "_last_hour")}
REACTIVE_ENERGY = {"reactive_energy_import", "reactive_energy_export"}
ABOUT = {"meter_number", "meter_model", "net_type"}
RARE = {"meter_list", "last_message", "frame_error_rate", "clock_offset"}
DERIVED = {"reactive_power", "apparent_power", "power_factor_calculated", "quadrant"}
ALWAYS = HEAD | DERIVED | REACTIVE | ENERGY | REACTIVE_ENERGY | ABOUT | RARE


def phases(*numbers: int, of: tuple[str, ...] = ("current", "voltage")) -> set[str]:
    """Return the keys of these phases."""
    return {f"{name}_l{number}" for name in of for number in numbers}


def means(*numbers: int) -> set[str]:
    """Return what follows from the voltages of these phases, and from their currents."""
    found = {f"voltage_l{number}_mean" for number in numbers}
    return found | ({"phase_imbalance"} if 3 in numbers else set()) | ({"voltage_spread"} if 2 in numbers else set())


async def heard(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, *names: str, **options: Any
) -> MockConfigEntry:
    """Return an entry that has heard these captures."""
    entry = make_entry(meter.url, **options)
    await set_up(hass, entry)
    meter.say(*map(load, names))
    await until(lambda: entry.runtime_data.readings >= len(names))
    await hass.async_block_till_done()
    return entry


def keys(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the keys of all sensors of an entry."""
    entries = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {found.unique_id.removeprefix(f"{entry.entry_id}_") for found in entries if found.domain == "sensor"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("aidon_no_l2_4w", "aidon_no_l3_4w"), ALWAYS | phases(1, 2, 3) | means(1, 2, 3)),
        (
            ("aidon_no_l2_3w",),
            (ALWAYS | phases(1, 2, 3) | means(1, 2, 3) | {"current_l2_estimated", "voltage_unbalance"})
            - {"current_l2"},
        ),
        (("aidon_no_l2_1p",), ALWAYS | phases(1) | means(1) | {"apparent_power_l1"}),
        (("kaifa_no_l2_3p", "kaifa_no_l1"), ALWAYS | phases(1, 2, 3) | means(1, 2, 3)),
        (("kaifa_no_l2_it", "kaifa_no_l3_3p"), (ALWAYS | phases(1, 2, 3) | means(1, 3)) - {"voltage_l2"}),
        (("kaifa_no_l2_1p", "kaifa_no_l3_1p"), ALWAYS | phases(1) | means(1) | {"apparent_power_l1"}),
        (("kamstrup_no_l1", "kamstrup_no_l2"), ALWAYS | phases(1, 2, 3) | means(1, 2, 3)),
        (("kamstrup_no_l1_1p", "kamstrup_no_l2_1p"), ALWAYS | phases(1) | means(1) | {"apparent_power_l1"}),
        (
            ("embriq_no_l2",),
            (ALWAYS - ENERGY - REACTIVE_ENERGY | phases(1, 3) | means(1, 3))
            | {"current_l2_estimated", "voltage_l2_calculated"},
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
async def test_each_meter_has_the_sensors_it_measures_and_no_others(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, names: tuple[str, ...], expected: set[str]
) -> None:
    """What it leaves out or sends as an eternal zero is no entity; what comes hourly is one from the start."""
    entry = await heard(hass, meter, make_entry, *names)
    assert keys(hass, entry) == expected


async def test_a_list_1_alone_has_a_power_and_nothing_else(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """It is not even known who made the meter."""
    entry = await heard(hass, meter, make_entry, "aidon_no_l1")
    assert keys(hass, entry) == {"power", "power_import"} | ABOUT | RARE
    assert state(hass, entry, "power") == "2148.0"


async def test_what_is_rarely_wanted_is_disabled_and_what_others_look_for_is_not(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Load balancers find power, currents and voltages by their keys and need them enabled."""
    entry = await heard(hass, meter, make_entry, "aidon_no_l2_4w")
    entries = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    disabled = {found.unique_id.removeprefix(f"{entry.entry_id}_") for found in entries if found.disabled}
    registers = {"energy_import_register", "energy_export_register"}
    assert disabled == REACTIVE | REACTIVE_ENERGY | RARE | DERIVED | means(1, 2, 3) | registers


@pytest.mark.parametrize(
    ("names", "key", "value", "unit"),
    [
        (("aidon_no_l2_4w",), "power", "3210.0", "W"),
        (("aidon_no_l2_4w",), "current_l3", "8.1", "A"),
        (("aidon_no_l2_3w",), "current_l3", "-7.4", "A"),
        (("aidon_no_l2_4w",), "voltage_l2", "231.2", "V"),
        (("aidon_no_l3_4w",), "energy_import", "12345.67", "kWh"),
        (("kaifa_no_l2_3p",), "current_l3", "10.001", "A"),
        (("kaifa_no_l2_3p",), "power", "3105.0", "W"),
        (("kaifa_no_l3_3p",), "energy_import", "12345.678", "kWh"),
        (("kamstrup_no_l1",), "current_l1", "5.37", "A"),
        (("kamstrup_no_l1",), "voltage_l3", "229.0", "V"),
        (("kamstrup_no_l2",), "energy_import", "12345.67", "kWh"),
        (("embriq_no_l2",), "current_l1", "8.12", "A"),
        (("embriq_no_l2",), "meter_number", "1000017", None),
        (("embriq_no_l2",), "meter_model", "ZFF1", None),
    ],
)
async def test_values_come_out_in_the_units_people_use(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    names: tuple[str, ...],
    key: str,
    value: str,
    unit: str | None,
    clock: Clock,
) -> None:
    """Whatever the maker's own: mA, 0.01 A, 10 Wh."""
    clock.stop()
    entry = await heard(hass, meter, make_entry, *names)
    shown = hass.states.get(entity(hass, entry, key) or "")
    assert shown
    assert (shown.state, shown.attributes.get("unit_of_measurement")) == (value, unit)


async def test_all_sensors_of_a_meter_look_as_they_are_meant(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    make_entry: MakeEntry,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    """Names, classes, units, digits and categories of every row, as a user finds them."""
    clock.stop()
    monkeypatch.setattr(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default", property(lambda _self: True)
    )
    per_phase = [
        f"{kind}_{way}_l{n}" for kind in ("power", "reactive_power") for way in ("import", "export") for n in (1, 2, 3)
    ]
    entry = await heard(hass, meter, make_entry, "aidon_no_l3_4w", quantities=per_phase)
    found_all = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    entries = [found for found in found_all if found.domain == "sensor"]
    assert len(entries) == 47
    for found in sorted(entries, key=lambda entry: entry.entity_id):
        shown = hass.states.get(found.entity_id)
        assert shown
        attributes = dict(shown.attributes)
        value = "a time" if found.translation_key in ("last_message", "clock_offset") else shown.state
        assert {"value": value, "category": found.entity_category, **attributes} == snapshot(name=found.entity_id)


async def test_a_value_is_shown_for_the_time_that_the_user_has_chosen(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """The database keeps each change, and some meters tell the power every two seconds."""
    entry = await heard(hass, meter, make_entry, "aidon_no_l1", options={"update_interval": 300})
    assert state(hass, entry, "power_import") == "2148.0"
    meter.say(load("aidon_no_l2_4w"))
    await until(lambda: entry.runtime_data.readings >= 2)
    assert state(hass, entry, "power_import") == "2148.0", "its time is not over"
    assert state(hass, entry, "current_l3") == "8.1", "nothing was shown before, so nothing is held back"

    entry.runtime_data.show_for = 0.0  # the time is over
    meter.say(load("aidon_no_l3_4w"))
    await until(lambda: state(hass, entry, "power_import") == "3210.0")


async def test_only_what_a_reading_may_change_is_asked(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power every 2.5 seconds must not wake the voltages, the peaks of the month, or what the meter is called."""
    entry = await heard(hass, meter, make_entry, "aidon_no_l3_4w", options={"main_fuse": 25, "tariff": "no_three_days"})
    asked: list[str] = []
    update = HanPortEntity.is_known
    of_rows = HanPortRowEntity.is_known

    def count(entity: HanPortEntity, at: Moment) -> bool:
        asked.append(entity.entity_description.key)
        return (of_rows if isinstance(entity, HanPortRowEntity) else update)(entity, at)

    monkeypatch.setattr(HanPortEntity, "is_known", count)
    monkeypatch.setattr(HanPortRowEntity, "is_known", count)
    meter.say(load("aidon_no_l1"))
    await until(lambda: state(hass, entry, "power") == "2148.0")
    shown = len(er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id))
    assert sorted(asked) == [
        "available_power",
        "energy_import",
        "energy_import_last_hour",
        "energy_this_hour",
        "hour_budget",
        "hour_forecast",
        "hour_remaining_energy",
        "hour_status",
        "power",
        "power_import",
    ]
    assert shown - len(asked) > 40
    asked.clear()
    entry.runtime_data.async_update_listeners()
    assert len(asked) > 40, "all are asked when anything may have changed"


async def test_what_is_stale_is_taken_away_at_once(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await heard(hass, meter, make_entry, "aidon_no_l1", options={"update_interval": 300})
    monkeypatch.setattr("custom_components.han_port.analysis.freshness.LIVE_FOR", -1.0)
    entry.runtime_data._check(dt_util.utcnow())
    assert state(hass, entry, "power_import") == "unavailable"


@pytest.mark.parametrize(
    ("name", "chosen", "shown"),
    [
        ("aidon_no_l2_1p", "automatic", "one_phase"),
        ("aidon_no_l2_3w", "automatic", "it"),
        ("aidon_no_l2_4w", "automatic", "unknown"),
        ("aidon_no_l2_4w", "tn", "tn"),
        ("aidon_no_l2_3w", "tn", "tn"),
    ],
)
async def test_the_net_is_what_the_user_says_or_what_the_readings_say(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, name: str, chosen: str, shown: str
) -> None:
    """Of a meter that sends all currents it takes more than one reading."""
    entry = await heard(hass, meter, make_entry, name, options={"net": chosen})
    assert state(hass, entry, "net_type") == shown
    found = {"one_phase": "one_phase", "it": "it"}.get(shown, "it" if "3w" in name else None)
    assert entry.data.get("found_net") == found
