"""The tables agree with each other: quantities, sensors, makers, profiles, languages, icons."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.components.sensor import SensorStateClass
from homeassistant.components.sensor.const import DEVICE_CLASS_STATE_CLASSES, DEVICE_CLASS_UNITS
from homeassistant.const import PERCENTAGE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import ObjectSelector, SelectSelector
import pytest

from custom_components import han_port
from custom_components.han_port.binary_sensor import BINARY_SENSORS
from custom_components.han_port.decoder.profiles import PROFILES
from custom_components.han_port.decoder.quantities import Quantity, Unit
from custom_components.han_port.decoder.reading import Maker
from custom_components.han_port.flows import forms, rule_form
from custom_components.han_port.meter.chargers import KEYS, NUMBERS, key_of
from custom_components.han_port.select import SELECTS
from custom_components.han_port.sensor import SENSORS
from custom_components.han_port.sensor.description import HanPortSensorDescription
from custom_components.han_port.sources.errors import Reason

ROOT = Path(han_port.__file__).parent
REPOSITORY = ROOT.parent.parent
LANGUAGES = ("en", "nb", "nn", "sv", "da", "fi")


def load(name: str) -> Any:
    """Read one of the integration's files of plain data."""
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


TRANSLATIONS: dict[str, Any] = {language: load(f"translations/{language}.json") for language in LANGUAGES}
ENGLISH = TRANSLATIONS["en"]


def strings(tree: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a translation with the path to it."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from strings(value, f"{path}.{key}" if path else key)
    else:
        assert isinstance(tree, str), path
        yield path, tree


by_language = pytest.mark.parametrize("language", LANGUAGES)

# --- sensors -------------------------------------------------------------------------------------------------------


def test_every_quantity_has_one_sensor() -> None:
    """Under its own key, and with itself as what it needs: else a value that is measured could not be seen."""
    for quantity in Quantity:
        assert [row.needs for row in SENSORS if row.key == quantity.key] == [quantity]


def test_no_two_sensors_have_the_same_key() -> None:
    """The second would not be set up."""
    keys = [row.key for row in SENSORS]
    assert len(keys) == len(set(keys)) >= len(Quantity)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", key) for key in keys)


def test_every_sensor_is_translated_under_its_key() -> None:
    """One name for one thing: the entity's id, its name and its icon all hang on it."""
    assert {row.key: row.translation_key for row in SENSORS} == {row.key: name_of(row) for row in SENSORS}


def name_of(row: HanPortSensorDescription[Any]) -> str:
    """Return under which key a row has its name: a further charger's is that of the first, on another device."""
    return row.key if row.charger == 1 else row.key.removesuffix(f"_{row.charger}")


def test_the_rows_of_a_further_charger_are_those_that_are_removed_with_it() -> None:
    rows = (*SENSORS, *BINARY_SENSORS, *SELECTS)
    for number in NUMBERS[1:]:
        keys = {row.key for row in rows if row.charger == number}
        assert keys == {key_of(key, number) for key in KEYS}


def test_home_assistant_accepts_every_sensors_class_unit_and_state_class() -> None:
    """By its own tables. A combination that it refuses costs the statistics, and with them the energy dashboard."""
    share, count = (PERCENTAGE, SensorStateClass.MEASUREMENT), (None, SensorStateClass.TOTAL_INCREASING)
    for row in SENSORS:
        if row.device_class is None:
            assert (row.native_unit_of_measurement, row.state_class) in (share, count, (None, None)), row.key
            continue
        units = DEVICE_CLASS_UNITS.get(row.device_class, {None})
        assert row.native_unit_of_measurement in units, row.key
        assert row.suggested_unit_of_measurement in {None, *units}, row.key
        assert row.state_class in {None, *DEVICE_CLASS_STATE_CLASSES.get(row.device_class, ())}, row.key


def test_what_is_measured_has_statistics() -> None:
    """Two peers leave the classes out, so that power and energy of them have no history."""
    measured = [(row, row.needs) for row in SENSORS if row.needs is not None and row.needs.unit is not Unit.COUNT]
    assert {quantity for _, quantity in measured} == {each for each in Quantity if each.unit is not Unit.COUNT}
    for row, quantity in measured:
        assert row.device_class is not None, row.key
        if row.state_class is SensorStateClass.TOTAL:
            assert row.total_since is not None, row.key
            continue
        counts = SensorStateClass.TOTAL_INCREASING if quantity.is_register else SensorStateClass.MEASUREMENT
        assert row.state_class is counts, row.key
        assert (row.native_unit_of_measurement or "") == quantity.unit.symbol, row.key


# --- makers and profiles -------------------------------------------------------------------------------------------


def test_no_two_profiles_are_for_the_same_list() -> None:
    """A list says its name, and that is what it is found by."""
    list_ids = [(profile.list_id, profile.flag) for profile in PROFILES]
    assert len(list_ids) == len(set(list_ids))


def maker_selectors() -> Iterator[SelectSelector]:
    """Yield the fields in which the user chooses a maker, from all forms that ask for it."""
    for schema in (forms.SERIAL, forms.NETWORK):
        for advanced in schema.schema.values():
            if isinstance(advanced, section):
                yield from (
                    field
                    for field in advanced.schema.schema.values()
                    if isinstance(field, SelectSelector) and field.config.get("translation_key") == "maker"
                )


def test_every_maker_can_be_chosen() -> None:
    """And named in every language, beside "automatic" and "other"."""
    expected = {maker.name.lower() for maker in Maker} | {"automatic", "other"}
    selectors = list(maker_selectors())
    assert len(selectors) == 2
    for selector in selectors:
        assert set(selector.config["options"]) == expected
        assert len(selector.config["options"]) == len(expected)
    for language in LANGUAGES:
        assert set(TRANSLATIONS[language]["selector"]["maker"]["options"]) == expected


# --- languages -----------------------------------------------------------------------------------------------------


def test_the_languages_are_those_of_the_meters_countries() -> None:
    """By the codes that Home Assistant knows: a peer has `no` and `se`, which are none."""
    assert {path.stem for path in (ROOT / "translations").glob("*.json")} == set(LANGUAGES)


@by_language
def test_every_sensor_has_a_name(language: str) -> None:
    """And no name is left over from a sensor that is gone."""
    assert set(TRANSLATIONS[language]["entity"]["sensor"]) == {name_of(row) for row in SENSORS}
    assert all(entry["name"] for entry in TRANSLATIONS[language]["entity"]["sensor"].values())


@by_language
def test_no_two_sensors_have_the_same_name(language: str) -> None:
    """They could not be told apart, and their entity ids would be numbered."""
    names = [entry["name"] for entry in TRANSLATIONS[language]["entity"]["sensor"].values()]
    assert len(names) == len(set(names))


@by_language
def test_every_language_says_the_same(language: str) -> None:
    """A missing key is shown as a blank or in English, a key too many by nobody."""
    assert [path for path, _ in strings(TRANSLATIONS[language])] == [path for path, _ in strings(ENGLISH)]


@by_language
def test_every_language_fills_in_the_same_placeholders(language: str) -> None:
    """An unknown {one} makes Home Assistant show the English text, or none."""
    placeholders = {path: sorted(re.findall(r"\{(\w*)\}", text)) for path, text in strings(TRANSLATIONS[language])}
    assert placeholders == {path: sorted(re.findall(r"\{(\w*)\}", text)) for path, text in strings(ENGLISH)}


@by_language
def test_no_text_is_blank_or_padded(language: str) -> None:
    """A blank is worse than a missing key, which falls back to English."""
    for path, text in strings(TRANSLATIONS[language]):
        assert text, path
        assert text == text.strip(), path
        assert "  " not in text, path


@by_language
async def test_every_field_of_a_list_in_the_tariffs_form_is_named_and_explained(
    hass: HomeAssistant, language: str
) -> None:
    """The frontend shows both beside the field, and the bare key of one that has none."""
    form = await rule_form.async_series_form(hass)
    lists = [field.config for field in form.schema.values() if isinstance(field, ObjectSelector)]
    asked = {each["translation_key"]: set(each["fields"]) for each in lists}
    assert {key: len(fields) for key, fields in asked.items()} == {"window": 6, "step": 2, "price": 2}
    for key, fields in asked.items():
        texts = TRANSLATIONS[language]["selector"][key]["fields"]
        assert set(texts) == fields
        for field, text in texts.items():
            assert set(text) == {"name", "description"}, field
            assert all(each.strip() for each in text.values()), field


@by_language
def test_every_reason_that_a_line_cannot_be_opened_is_explained(language: str) -> None:
    """In the dialog and in the log."""
    expected = {f"cannot_open_{reason}" for reason in Reason}
    errors = TRANSLATIONS[language]["config"]["error"]
    assert {key for key in errors if key.startswith("cannot_open")} == expected
    assert {key for key in TRANSLATIONS[language]["exceptions"] if key.startswith("cannot_open")} == expected


@by_language
def test_who_has_chosen_a_maker_is_told_to_try_automatic_wherever_a_list_is_not_known(language: str) -> None:
    """That it was another maker's would be his own doing, and no new software of the meter."""
    texts = TRANSLATIONS[language]
    automatic = texts["selector"]["maker"]["options"]["automatic"][:8].lower()
    assert automatic in texts["config"]["step"]["unknown_list"]["description"]
    assert automatic in texts["issues"]["not_understood"]["description"]


def test_the_other_languages_are_translated() -> None:
    """A copy of the English file would pass everything above. Names of makers and the like are the same everywhere."""
    english = dict(strings(ENGLISH))
    for language in LANGUAGES[1:]:
        texts = dict(strings(TRANSLATIONS[language]))
        same = [path for path, text in texts.items() if text == english[path]]
        assert len(same) < len(english) / 4, (language, same)


# --- icons and manifest --------------------------------------------------------------------------------------------


def test_icons_are_of_known_sensors() -> None:
    """And drawn by the set that Home Assistant has."""
    icons = load("icons.json")["entity"]["sensor"]
    assert set(icons) <= {row.key for row in SENSORS}
    assert all(re.fullmatch(r"mdi:[a-z0-9-]+", icon["default"]) for icon in icons.values())


def test_every_sensor_without_a_device_class_has_an_icon() -> None:
    """The others get theirs from the class; these would have an eye."""
    without = {row.translation_key for row in SENSORS if row.device_class is None}
    assert without
    assert without <= load("icons.json")["entity"]["sensor"].keys()


def test_the_manifest_is_in_order() -> None:
    """Domain, name, then the alphabet: the order that hassfest asks for."""
    manifest = load("manifest.json")
    assert list(manifest) == ["domain", "name", *sorted(manifest.keys() - {"domain", "name"})]
    assert manifest["domain"] == "han_port" == ROOT.name
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])


def test_the_repository_has_one_manifest() -> None:
    """hassfest and HACS look for it in every folder, and refuse a repository with a second one."""
    found = []
    for folder, folders, files in REPOSITORY.walk():
        folders[:] = [name for name in folders if not name.startswith(".")]  # environments, caches
        found += [folder / name for name in files if name == "manifest.json"]
    assert found == [ROOT / "manifest.json"]
