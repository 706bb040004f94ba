"""Nothing that says whose meter it is leaves the home: neither in diagnostics, a capture or the log, nor in a repair.

Each telegram is heard sound and damaged, from the dialog that sets its meter up to the files for a bug report. Who sets
a meter up sees its number, its model and the address that was typed, and nothing else of what is searched for.
"""

import asyncio
from collections.abc import Iterator
import json
import logging
import random
import re
from typing import Any, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Decoder, Keys, Reading, Rejected
from custom_components.han_port.decoder.anonymise import Names, anonymised, rewritten
from tests.captures import load
from tests.conformance import MISSING
from tests.conformance.telegrams import ITEMS
from tests.decoder.wrapping import ADDRESSES, AUTHENTICATION, ENCRYPTION, LLC, TITLE, seal, with_checksum
from tests.support.flows import answer, begin, choose, network
from tests.support.homes import until
from tests.support.meters import SpeakingMeter
from tools.simulator import axdr
from tools.simulator.hdlc import frame

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "short_patience")

TELEGRAMS = 30
SHOWN_ON_PURPOSE = {"line", "serial", "model"}
"""What the dialog is asked for and what it has found: its reader is the owner."""


class Telegram(NamedTuple):
    """What a meter sends, and what of it says whose it is."""

    sound: bytes
    secrets: set[bytes]
    keys: dict[str, str]


# --- made up -------------------------------------------------------------------------------------------------------


def coded(code: str, value: bytes) -> bytes:
    """Return a value with its code."""
    return axdr.structure(axdr.octet_string(axdr.logical_name(code)), value)


NUMBER, EQUIPMENT, GAS, MESSAGE = b"7359990000000017", b"K8X12Y34", b"\x8a\x17\x00\xfe\x31", b"Hi Ola, pay your bill"
INTEGER, LONG = 87_654_321, 1_234_567_890_123
LIST = (
    b"\x0f"
    + bytes(5)
    + axdr.array(
        coded("1-1:0.2.129", axdr.visible_string("AIDON_V0001")),
        coded("0-0:96.1.0", axdr.visible_string(NUMBER.decode())),
        coded("0-0:96.1.1", axdr.double_long_unsigned(INTEGER)),
        coded("0-0:96.1.2", b"\x15" + LONG.to_bytes(8)),
        coded("0-1:96.1.0", axdr.octet_string(GAS)),
        coded("0-2:96.1.0", axdr.visible_string(EQUIPMENT.decode())),
        coded("0-0:96.13.0", axdr.octet_string(MESSAGE)),
        coded("0-0:42.0.0", axdr.octet_string(b"AID7654321A")),
        axdr.structure(
            axdr.octet_string(axdr.logical_name("1-0:1.7.0")), axdr.double_long_unsigned(1234), axdr.scaler_unit(0, 27)
        ),
    )
)
OF_LIST = {NUMBER, EQUIPMENT, GAS, MESSAGE, b"7654321A", INTEGER.to_bytes(4), LONG.to_bytes(8)}
LINES = (
    "1-3:0.2.8(50)",
    "0-0:96.1.1(4B384547303034303436333935353037)",
    "0-0:96.13.0(4B6A6572652053696D656E)",
    "0-1:24.1.0(003)",
    "0-1:96.1.0(4730303332353635)",
    "0-1:24.2.1(260115140010W)(00981.443*m3)",
    "0-2:96.1.0",
    "(7FL0x2123)",
    "1-0:1.7.0(0001.870*kW)",
)
P1 = b"/ISK5\\2M550E-123456789\r\n\r\n" + "".join(f"{line}\r\n" for line in LINES).encode() + b"!"
OF_P1 = {
    *(b"123456789", b"4B384547303034303436333935353037", b"K8EG004046395507"),
    *(b"4B6A6572652053696D656E", b"Kjere Simen", b"4730303332353635", b"G0032565", b"7FL0x2123"),
}
KEYS = {"encryption_key": ENCRYPTION.hex(), "authentication_key": AUTHENTICATION.hex()}
MADE = {
    "list": Telegram(frame(LLC + LIST, ADDRESSES), OF_LIST, {}),
    "telegram": Telegram(with_checksum(P1), OF_P1, {}),
    "encrypted": Telegram(
        frame(LLC + seal(LIST), ADDRESSES), OF_LIST | {TITLE, TITLE[3:], ENCRYPTION, AUTHENTICATION}, KEYS
    ),
    "encrypted, no key": Telegram(frame(LLC + seal(LIST), ADDRESSES), {TITLE, TITLE[3:]}, {}),
    "by place": Telegram(load("kaifa_no_l2_3p"), {b"6970631400000017"}, {}),
    "unknown": Telegram(
        frame(LLC + b"\x0f" + bytes(5) + axdr.array(*[coded("0-0:96.1.0", axdr.octet_string(GAS))] * 2), ADDRESSES),
        {GAS},
        {},
    ),
}

# --- of the corpus -------------------------------------------------------------------------------------------------

OF_LINE = re.compile(r"[0-9]-[0-9]:(?:96\.(?:1|2|13)|42\.0|0\.0)\.[0-9]+((?:\s*\([^)]*\))+)")
OF_CODE = re.compile(rb"\x09\x06[\x00-\x01].(?:\x60[\x01\x02\x0d]|\x2a\x00).\xff[\x09\x0a\x0c](.)", re.DOTALL)
TITLED = re.compile(rb"[\xdb\xdc]\x08([A-Z]{3}.{5})", re.DOTALL)


def said_by(item: dict[str, Any]) -> Iterator[bytes]:
    """Yield what says whose meter a telegram is of, found in another way than the product finds it."""
    data, expected = bytes.fromhex(item["bytes_hex"]), item["expected"] or {}
    if meter_id := expected.get("meter_id"):
        yield str(meter_id).encode()
    yield from (bytes.fromhex(item[key]) for key in ("key", "auth_key") if item.get(key))
    if item["encrypted"]:
        yield from TITLED.findall(data)
    if item["framing"] != "p1":
        for found in OF_CODE.finditer(data):
            yield data[found.end() : found.end() + found[1][0]]
        return
    for value in OF_LINE.findall(data.decode("latin-1")):
        for text in re.findall(r"\(([^)]*)\)", value):
            yield text.encode()
            if re.fullmatch("(?:[0-9A-F]{2})+", text):
                yield bytes.fromhex(text)


def secrets_of(item: dict[str, Any]) -> set[bytes]:
    """Return the same without what is no number: zeros, the name of a model or list, and the digits of the clock."""
    data, expected = bytes.fromhex(item["bytes_hex"]), item["expected"] or {}
    names = {str(expected.get(name)).encode() for name in ("meter_type", "list_version")}
    said = {each for each in said_by(item) if len(each) > 4 and each.strip(b"\0 0") and each not in names}
    clocks = re.findall(rb"([0-9]+)[SW]\)", data)
    return {each for each in said if each.strip(b"30") and not {each, each.hex().encode()}.intersection(clocks)}


def telegrams() -> Iterator[Any]:
    """Yield telegrams of as many kinds as there are, up to their number."""
    kinds: dict[tuple[str, ...], Any] = {}
    for item in ITEMS:
        keys = {
            field: item[key]
            for field, key in (("encryption_key", "key"), ("authentication_key", "auth_key"))
            if item.get(key)
        }
        kind = (item["vendor"], item["framing"], item["kind"], item["country"])
        if kind not in kinds and (said := secrets_of(item)):
            kinds[kind] = pytest.param(Telegram(bytes.fromhex(item["bytes_hex"]), said, keys), id=item["id"])
    found = [*kinds.values()][:TELEGRAMS]
    yield from found or [pytest.param(None, id="missing", marks=pytest.mark.skip(reason=MISSING))]


# --- what is searched ----------------------------------------------------------------------------------------------


def damaged(sound: bytes) -> list[bytes]:
    """Return a telegram as a line may spoil it: wrong bits, cut short, and with the line ends of a text."""
    third = len(sound) // 3
    flipped = [bytes((*sound[:at], sound[at] ^ 0x01, *sound[at + 1 :])) for at in (third, 2 * third, len(sound) - 4)]
    return [*flipped, sound[: len(sound) // 2], sound[:-4], sound.replace(b"\r\n", b"\n")[:-6]]


def forms_of(secret: bytes) -> Iterator[str]:
    """Yield how a text or number may be written: in hex, as hex that is written in hex, and as it is."""
    yield secret.hex()
    yield secret.hex().encode().hex()
    text = secret.decode("latin-1")
    if text.isprintable() and len(text) > 5:
        yield text
    if text.isdigit() and 5 < len(text.lstrip("0")) < 10:
        yield f"{int(text):08x}"


async def set_up_by_dialog(hass: HomeAssistant, meter: SpeakingMeter, keys: dict[str, str]) -> tuple[ConfigEntry, str]:
    """Set a meter up as its owner does, whatever is found; return the entry, and all that the dialog said."""
    shown = []
    result = await answer(hass, await begin(hass, "network"), network(meter))
    while result["type"] is not FlowResultType.CREATE_ENTRY:
        placeholders = result["description_placeholders"] or {}
        shown.append([text for name, text in placeholders.items() if name not in SHOWN_ON_PURPOSE])
        options = result.get("menu_options") or ()
        if result["step_id"] == "keys":
            result = await answer(hass, result, keys)
        elif result["step_id"] == "found":
            result = await answer(hass, result, {})
        else:
            result = await choose(hass, result, "keys" if keys and "keys" in options else "anyway")
    return result["result"], json.dumps([*shown, result["title"]])


async def captured(hass: HomeAssistant, entry: ConfigEntry, meter: SpeakingMeter, data: bytes) -> str:
    """Return a capture of what a meter sends."""
    asked = {"config_entry_id": entry.entry_id, "seconds": 1}
    task = hass.async_create_task(
        hass.services.async_call(DOMAIN, "capture", asked, blocking=True, return_response=True)
    )
    await until(lambda: entry.runtime_data.feed._taps)
    meter.say(data)
    response = await task
    assert response["bytes"] == len(data)
    return "".join(response["lines"])


async def told_everywhere(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    telegram: Telegram,
) -> dict[str, str]:
    """Set a meter up, hear it sound and damaged, and return all that might leave the home."""
    caplog.set_level(logging.DEBUG, "custom_components.han_port")
    meter.opening = telegram.sound * 3
    entry, dialog = await set_up_by_dialog(hass, meter, telegram.keys)
    meter.opening = b""
    said = b"".join(each + telegram.sound for each in damaged(telegram.sound))
    feed = entry.runtime_data.feed
    await until(lambda: feed.source.bytes_received >= len(telegram.sound) * 3)
    meter.say(said)
    await until(lambda: feed.source.bytes_received >= len(telegram.sound) * 3 + len(said))
    capture = await captured(hass, entry, meter, said)
    assert feed.rejected or feed.decoder.noise  # what is damaged of a message without framing is noise
    diagnostics = await get_diagnostics_for_config_entry(hass, client, entry)
    assert diagnostics["line"]
    raised = [issue for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN]
    ours = [record for record in caplog.records if record.name.startswith("custom_components")]
    meter.hang_up()
    await asyncio.sleep(0)
    return {
        "dialog": dialog,
        "capture": capture,
        "diagnostics": json.dumps(diagnostics),
        "repairs": json.dumps([[issue.data, issue.translation_placeholders] for issue in raised]),
        "log": "\n".join(record.getMessage() for record in ours),
    }


def found_in(said: dict[str, str], telegram: Telegram) -> list[tuple[str, bytes]]:
    """Return where something stands that says whose meter it is."""
    return [
        (place, secret)
        for place, text in said.items()
        for secret in telegram.secrets
        if any(form.lower() in text.lower() for form in forms_of(secret))
    ]


@pytest.mark.parametrize("name", MADE)
async def test_nothing_that_says_whose_meter_it_is_leaves_the_home(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    said = await told_everywhere(hass, meter, hass_client, caplog, MADE[name])
    assert found_in(said, MADE[name]) == []
    assert found_in(said, Telegram(b"", {b"127.0.0.1", str(meter.port).encode()}, {})) == []


@pytest.mark.slow
@pytest.mark.parametrize("telegram", telegrams())
async def test_nothing_that_says_whose_meter_a_telegram_of_the_corpus_is_of_leaves_the_home(
    hass: HomeAssistant,
    meter: SpeakingMeter,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    telegram: Telegram,
) -> None:
    said = await told_everywhere(hass, meter, hass_client, caplog, telegram)
    assert found_in(said, telegram) == []


def spoiled(sound: bytes, chance: random.Random) -> bytes:
    """Return a telegram with wrong bits, and perhaps with a piece lost."""
    data = bytearray(sound)
    for _ in range(chance.choice((1, 1, 2, 5))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    if chance.random() < 0.5:
        del data[(begin := chance.randrange(len(data))) : begin + chance.choice((3, 20, 2000))]
    return bytes(data)


@pytest.mark.slow
@pytest.mark.skipif(not ITEMS, reason=MISSING)
def test_no_damage_by_chance_lets_a_number_through_that_nobody_knows_yet() -> None:
    """A first message may be the damaged one. The chances are the same at each run."""
    chance = random.Random(5)
    leaks = []
    for item in ITEMS:
        telegram = Telegram(bytes.fromhex(item["bytes_hex"]), secrets_of(item), {})
        keys = Keys.parse(item["key"], item.get("auth_key")) if item.get("key") else None
        for data in (telegram.sound, *(spoiled(telegram.sound, chance) for _ in range(10))):
            decoder = Decoder(keys=keys)
            heard = [event for event in (*decoder.receive(data), *decoder.end()) if isinstance(event, Rejected)]
            shown = [*(rewritten(event, keys, Names()) for event in heard), *anonymised(data, keys)]
            leaks += [(item["id"], found) for found in found_in({"shown": "".join(shown)}, telegram)]
    assert leaks == []


@pytest.mark.slow
@pytest.mark.skipif(not ITEMS, reason=MISSING)
def test_every_telegram_without_its_numbers_says_the_same() -> None:
    """Values, maker and list: else nobody could use it. What was encrypted has lost its header, so it is left out."""
    for item in ITEMS:
        data = bytes.fromhex(item["bytes_hex"])
        if not item["encrypted"]:
            lines = (line for line in anonymised(data) if not line.startswith("#"))
            assert said_in(bytes.fromhex("".join(lines))) == said_in(data), item["id"]


def said_in(data: bytes) -> list[Any]:
    """Return what whole messages say, apart from numbers."""
    decoder = Decoder()
    heard = [*decoder.receive(data), *decoder.end()]
    return [(event.values, event.maker, event.list_id) for event in heard if isinstance(event, Reading)]


def test_the_search_would_find_a_secret_in_each_form() -> None:
    """As a text, as hex, as the hex of a gateway that prints hex, and as an integer."""
    telegram = Telegram(b"", {b"12345678"}, {})
    for text in ("a 12345678", "3132333435363738", b"3132333435363738".hex(), "0600BC614E"):
        assert found_in({"log": text}, telegram) == [("log", b"12345678")]
