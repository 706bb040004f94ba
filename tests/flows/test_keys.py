"""Keys as letters and web pages have them: read, tried on messages, put right where swapped, and added later."""

from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port.flows.keys import KeyTextError, Trial, messages_of, read_keys
from tests.captures import load
from tests.decoder.wrapping import ADDRESSES, AUTHENTICATION, ENCRYPTION, KEYS, LLC, TAGGED, UNTAGGED, seal
from tests.support.flows import KEYS as GIVEN, STORED_KEYS, answer, begin, choose, network, readable, suggested
from tests.support.frames import AIDON_2, ENCRYPTED
from tests.support.homes import MakeEntry, hears, set_up, state, until
from tests.support.meters import SpeakingMeter
from tools.simulator.hdlc import frame

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "short_patience")

ONE, TWO = ENCRYPTION.hex().upper(), AUTHENTICATION.hex()
SPACED, OF_FOUR = ENCRYPTION.hex(" "), AUTHENTICATION.hex("-", 4)
AIDON = load("aidon_no_l2_4w")
APDU = AIDON[AIDON.index(LLC) + len(LLC) : -3]


def given(encryption: str = "", authentication: str = "") -> dict[str, str]:
    """Return what is typed into the two fields; an empty one is not there."""
    fields = {"encryption_key": encryption, "authentication_key": authentication}
    return {field: text for field, text in fields.items() if text}


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        given(ONE, TWO),
        given(SPACED, OF_FOUR),
        given(f"Krypteringsnøgle (GPK60): {ONE}", f"Autentificeringsnøgle (GPK61): {TWO}"),
        given(f"Krypteringsnøkkel: {SPACED}", f"Autentiseringsnøkkel: {OF_FOUR}"),
        given(f"GPK60:{ONE}", f"GPK61:{TWO}"),
        given(f"GPK 60:{SPACED}", f"GPK-61 = {TWO}."),
        given(f"Encryption key (AES-128): 0x{ONE}", f"Authentication key (AES-128): 0x{TWO}"),
        given(f"Krypteringsnyckel\t{ONE}", f"Autentiseringsnyckel\t{TWO}"),
        given(f"EK: {SPACED.replace(' ', chr(0xA0))}", f"AK: {OF_FOUR.replace('-', chr(0x2013))}"),
        given(f"Salausavain: {SPACED};", f"Todennusavain: {TWO};"),
        given(f"Målernr. 12345678, krypteringsnøgle {ONE}", f"Målernr. 12345678, autentificeringsnøgle {TWO}"),
        # Both in one field: in lines, in one line, or glued together, as a field of one line makes them.
        given(f"{ONE} {TWO}"),
        given(f"{SPACED} {AUTHENTICATION.hex(' ')}"),
        given(f"{ONE}{TWO}"),
        given(f"Krypteringsnøgle (GPK60): {ONE}\r\nAutentificeringsnøgle (GPK61): {TWO}"),
        given(f"Krypteringsnøgle (GPK60): {ONE}Autentificeringsnøgle (GPK61): {TWO}"),
        given(f"Krypteringsnøgle (GPK60): {SPACED}Autentificeringsnøgle (GPK61): {OF_FOUR}"),
        given(f"Encryption: {', '.join(f'0x{each:02x}' for each in ENCRYPTION)}; authentication: {TWO}"),
        # In the wrong place or order, but named.
        given(f"GPK61: {TWO}", f"GPK60: {ONE}"),
        given(f"GPK61: {TWO}, GPK60: {ONE}"),
        given(f"GPK61: {TWO}", ONE),
        given("", f"GPK60: {ONE} GPK61: {TWO}"),
        given(*[f"GPK60: {ONE} GPK61: {TWO}"] * 2),
    ],
    ids=range(23),
)
def test_two_keys_are_read_as_the_mail_has_them(typed: dict[str, str]) -> None:
    assert read_keys(typed) == KEYS


@pytest.mark.parametrize("typed", [ONE, f"GPK60: {ONE}", f"Key 1: {SPACED}", f"Die Schlüssel 12: {ONE}, 7"])
def test_one_key_is_the_encryption_key(typed: str) -> None:
    assert read_keys(given(typed)) == read_keys(given("", typed)) == Trial.of(KEYS, []).keys.__class__(ENCRYPTION)


@pytest.mark.parametrize(
    ("typed", "field", "digits"),
    [
        (given(), "encryption_key", 0),
        (given("   "), "encryption_key", 0),
        (given("GPK60"), "encryption_key", 0),
        (given(ONE[:-1]), "encryption_key", 31),
        (given(f"Krypteringsnøgle (GPK60): {ONE[:-1]}"), "encryption_key", 31),
        (given(SPACED[:-3]), "encryption_key", 30),
        (given(f"Krypteringsnøgle (GPK60): {SPACED} 10"), "encryption_key", 34),
        (given(f"Key: {ONE}1"), "encryption_key", 33),
        (given(f"{ONE[:-1]}O"), "encryption_key", 31),
        (given(f"{ONE} {TWO[:-1]}"), "encryption_key", 31),
        (given(f"GPK60: {ONE} GPK61: {TWO[:-1]}"), "encryption_key", 31),
        (given(f"a: {ONE} b: {TWO} c: {ONE}"), "encryption_key", 1),
        (given(ONE, TWO[:-1]), "authentication_key", 31),
        (given(ONE, f"GPK61: {TWO[2:]}"), "authentication_key", 30),
        (given(ONE, "none"), "authentication_key", 0),
    ],
)
def test_what_is_no_key_is_counted_and_shown_in_no_text(typed: dict[str, str], field: str, digits: int) -> None:
    with pytest.raises(KeyTextError) as refused:
        read_keys(typed)
    assert (refused.value.field, refused.value.digits) == (field, digits)
    assert str(refused.value) == f"{field}: {digits} hex digits"


def test_a_key_in_use_stays_where_nothing_is_typed() -> None:
    """And both do if nothing is typed at all."""
    in_use = {"encryption_key": ONE, "authentication_key": None}
    assert read_keys(given("", TWO), in_use) == KEYS
    assert read_keys(given(f"GPK61: {TWO}"), in_use) == KEYS
    assert read_keys(given(TWO), in_use | {"authentication_key": TWO}).encryption == AUTHENTICATION
    assert read_keys({}, in_use | {"authentication_key": TWO}) == KEYS


# --- trying --------------------------------------------------------------------------------------------------------


def sealed(security: int = TAGGED) -> bytes:
    """Return an Aidon's list in a frame, encrypted."""
    return frame(LLC + seal(APDU, security=security), ADDRESSES)


@pytest.mark.parametrize("security", [TAGGED, UNTAGGED])
def test_swapped_keys_are_put_right_by_a_message(security: int) -> None:
    """With a tag the message proves it; without one it is whole only if it is so."""
    swapped = read_keys(given(TWO, ONE))
    assert Trial.of(KEYS, [sealed(security)]) == Trial(KEYS)
    assert Trial.of(swapped, [sealed(security)]) == Trial(KEYS, swapped=True)


def test_keys_are_swapped_only_if_a_message_says_so() -> None:
    wrong = read_keys(given("ab" * 16, "cd" * 16))
    assert Trial.of(wrong, [sealed()]) == Trial(wrong, "wrong_key")
    assert Trial.of(read_keys(given("ab" * 16)), [sealed()]).error == "wrong_key"
    assert Trial.of(read_keys(given(ONE, "cd" * 16)), [sealed()]).error == "wrong_authentication_key"


def test_one_message_that_the_keys_open_is_enough() -> None:
    """The others may be damaged inside. An unknown list in an opened message says nothing against the keys."""
    unknown = frame(LLC + seal(b"\x0f" + bytes(5) + b"\x02\x01\x11\x05"), ADDRESSES)
    tampered = frame(LLC + seal(APDU)[:-1] + b"?", ADDRESSES)
    assert Trial.of(KEYS, [tampered]).error == "wrong_authentication_key"
    assert Trial.of(KEYS, [tampered, sealed()]) == Trial(KEYS)
    assert Trial.of(KEYS, [unknown]) == Trial(KEYS)


@pytest.mark.parametrize("messages", [[], [AIDON_2], [sealed()[:60]]])
def test_keys_are_not_tried_where_no_whole_message_is_encrypted(messages: list[bytes]) -> None:
    assert Trial.of(KEYS, messages) == Trial(KEYS, tried=False)


# --- in the set-up -------------------------------------------------------------------------------------------------


async def asked(hass: HomeAssistant, meter: SpeakingMeter) -> Any:
    """Begin to set up a meter that encrypts; return the form that asks for its keys."""
    meter.opening = ENCRYPTED * 2
    result = await answer(hass, await begin(hass, "network"), network(meter))
    return readable(await choose(hass, result, "keys"))


async def test_what_was_typed_stays_in_the_form_with_what_is_wrong_and_how_many_digits_there_are(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    form = await asked(hass, meter)
    for typed, errors, count in (
        (given(ONE[:-1], TWO), {"encryption_key": "invalid_key"}, "31"),
        (given(ONE, TWO + "0"), {"authentication_key": "invalid_key"}, "33"),
        (given("ab" * 16, TWO), {"base": "wrong_key"}, "0"),
        (given(ONE, "ab" * 16), {"base": "wrong_authentication_key"}, "0"),
    ):
        form = await answer(hass, form, typed)
        assert (form["step_id"], form["errors"]) == ("keys", errors)
        assert suggested(form) == typed
        assert form["description_placeholders"]["count"] == count


@pytest.mark.parametrize(
    ("typed", "stored", "errors"),
    [
        (given(f"Krypteringsnøgle (GPK60): {ONE}Autentificeringsnøgle (GPK61): {TWO}"), STORED_KEYS, {}),
        (given(TWO, ONE), STORED_KEYS, {"base": "keys_swapped"}),
        (given(ONE), STORED_KEYS | {"authentication_key": None}, {"base": "not_verified"}),
    ],
    ids=["the whole mail in one field", "swapped", "one alone"],
)
async def test_found_says_what_must_be_known_of_the_keys(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    typed: dict[str, str],
    stored: dict[str, str | None],
    errors: dict[str, str],
) -> None:
    result = await answer(hass, await asked(hass, meter), typed)
    assert (result["step_id"], result["errors"]) == ("found", errors)
    result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert {key: result["result"].data[key] for key in stored} == stored


async def test_a_key_for_a_meter_that_does_not_encrypt_any_more_is_no_matter(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    """Nothing is to be verified there."""
    form = await asked(hass, meter)
    flow = hass.config_entries.flow._progress[form["flow_id"]]
    flow._probe.rejected.clear()
    meter.opening = AIDON_2
    result = await answer(hass, form, given(ONE))
    assert (result["step_id"], result["errors"]) == ("found", {})


# --- when they are renewed -----------------------------------------------------------------------------------------


async def locked(hass: HomeAssistant, meter: SpeakingMeter, entry: MockConfigEntry) -> Any:
    """Let an entry hear messages that it cannot open, and return the form that asks for keys."""
    await set_up(hass, entry)
    meter.say(ENCRYPTED * 3)
    await until(hass.config_entries.flow.async_progress)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    return readable(await hass.config_entries.flow.async_configure(flow["flow_id"]))


async def test_a_second_wrong_key_is_told_in_the_form_and_changes_nothing(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    entry = make_entry(meter.url, encryption_key="ab" * 16, authentication_key="ab" * 16)
    form = await locked(hass, meter, entry)
    before = dict(entry.data)
    for typed, errors in (
        (given("cd" * 16, TWO), {"base": "wrong_key"}),
        (given(ONE, "cd" * 16), {"base": "wrong_authentication_key"}),
        (given(ONE, TWO[:-1]), {"authentication_key": "invalid_key"}),
    ):
        form = await answer(hass, form, typed)
        assert (form["step_id"], form["errors"], suggested(form)) == ("reauth_confirm", errors, typed)
        assert dict(entry.data) == before
    done = await answer(hass, form, GIVEN)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert entry.data.items() >= STORED_KEYS.items()


async def test_new_keys_that_are_swapped_are_put_right(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    entry = make_entry(meter.url)
    done = await answer(hass, await locked(hass, meter, entry), given(TWO, ONE))
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "keys_swapped")
    assert entry.data.items() >= STORED_KEYS.items()


async def test_keys_that_cannot_be_tried_are_stored_and_not_said_to_be_in_use(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """The entry was unloaded meanwhile, so no message is at hand."""
    entry = make_entry(meter.url)
    form = await locked(hass, meter, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    form = readable(await hass.config_entries.flow.async_configure(form["flow_id"]))
    assert form["errors"] == {}
    done = await answer(hass, form, GIVEN)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "keys_not_tried")
    assert entry.data.items() >= STORED_KEYS.items()


# --- added later ---------------------------------------------------------------------------------------------------


async def reconfigured(hass: HomeAssistant, entry: Any) -> Any:
    """Begin to change an entry; return the menu."""
    menu = readable(await entry.start_reconfigure_flow(hass))
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "reconfigure")
    return menu


async def test_the_second_key_is_added_later_and_verified_at_once(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    entry = make_entry(meter.url, encryption_key=STORED_KEYS["encryption_key"])
    await set_up(hass, entry)
    await hears(entry, meter, ENCRYPTED)
    assert state(hass, entry, "encryption") == "unverified"
    menu = await reconfigured(hass, entry)
    assert menu["menu_options"] == ["serial", "network", "change_keys"]
    form = readable(await choose(hass, menu, "change_keys"))
    form = await answer(hass, form, given("", "ab" * 16))
    assert (form["step_id"], form["errors"]) == ("change_keys", {"base": "wrong_authentication_key"})
    assert suggested(form) == {"encryption_key": None, "authentication_key": "ab" * 16}
    done = await answer(hass, form, given("", f"Autentificeringsnøgle (GPK61): {TWO}"))
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    assert entry.data.items() >= STORED_KEYS.items()
    await until(lambda: meter.connections >= 2)
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    await hears(entry, meter, ENCRYPTED)
    assert state(hass, entry, "encryption") == "verified"


async def test_keys_are_tried_on_the_messages_that_the_present_ones_do_not_open(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Those that were read before the grid company renewed the keys would fit the old ones."""
    entry = make_entry(meter.url, **STORED_KEYS)
    await set_up(hass, entry)
    await hears(entry, meter, ENCRYPTED)
    feed = entry.runtime_data.feed
    assert messages_of(feed, are_open=True) == [ENCRYPTED]
    renewed = bytearray(ENCRYPTED)
    meter.say(frame(LLC + seal(APDU)[:-20] + bytes(20), ADDRESSES), bytes(renewed[:50]))
    await until(lambda: entry.runtime_data.key_error)
    assert len(messages_of(feed, are_open=False)) == 1
    form = readable(await choose(hass, await reconfigured(hass, entry), "change_keys"))
    form = await answer(hass, form, {})
    assert form["errors"] == {"base": "wrong_key"}


async def test_an_entry_without_a_key_is_not_asked_for_another(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """A meter that begins to encrypt is asked about by itself."""
    menu = await reconfigured(hass, make_entry(meter.url))
    assert menu["menu_options"] == ["serial", "network"]


async def test_who_moves_a_meter_whose_keys_are_old_is_asked_for_new_ones_with_the_reason(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """The keys that the entry has are tried first."""
    entry = make_entry(meter.url, **STORED_KEYS | {"encryption_key": "ab" * 16})
    meter.opening = ENCRYPTED * 2
    form = readable(await choose(hass, await reconfigured(hass, entry), "network"))
    form = await answer(hass, form, network(meter))
    assert (form["step_id"], form["errors"]) == ("keys", {"base": "wrong_key"})
    result = await answer(hass, form, GIVEN)
    assert (result["step_id"], result["errors"]) == ("found", {})
    await answer(hass, result, {})
    assert entry.data.items() >= STORED_KEYS.items()
    await hass.async_block_till_done()
