"""Setting a meter up, with every way in which that can go wrong on the wire."""

import asyncio
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.han_port.flows import probe
from custom_components.han_port.sources.feed import Waits
from tests.captures import load
from tests.support.flows import (
    KEYS,
    METER,
    SERIAL,
    STORED_KEYS,
    answer,
    begin,
    choose,
    listened,
    network,
    options_form,
    readable,
    reconfigure,
    suggested,
)
from tests.support.frames import AIDON_1, AIDON_2, ENCRYPTED
from tests.support.homes import MakeEntry, set_up, state, until
from tests.support.links import link_to
from tests.support.meters import PtyMeter, SpeakingMeter, repeating
from tools.simulator import axdr
from tools.simulator.hdlc import frame

pytestmark = pytest.mark.usefixtures("unloaded_at_the_end", "short_patience")

KAIFA_2 = load("kaifa_no_l2_3p")
P1 = load("p1_se_kam5")
UNCHECKED = P1[: P1.index(b"!")] + b"!\r\n"


def by_telnet(data: bytes) -> bytes:
    """Write as Telnet does: FF is doubled, and a CR is followed by NUL."""
    return data.replace(b"\xff", b"\xff\xff").replace(b"\r", b"\r\x00")


def with_parity(data: bytes) -> bytes:
    """Write 7 bits and an eighth, so that the number of ones is even."""
    return bytes(byte | (byte.bit_count() & 1) << 7 for byte in data)


async def test_a_network_meter_is_found_and_named(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    """Its short list comes first and does not say who speaks; the flow waits for the long one."""
    meter.opening = AIDON_1 + AIDON_2
    result = await answer(hass, await begin(hass, "network"), network(meter, ct_ratio="100:5", update_interval=0))
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "found")
    assert result["description_placeholders"] == {
        "maker": "Aidon",
        "model": "6534",
        "serial": "7359990000000017",
        "power": "3210 W",
        "line": meter.url.removeprefix("socket://"),
    }
    result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Aidon 6534"
    entry = result["result"]
    assert entry.unique_id == "7359990000000017"
    assert entry.options == METER | {"ct_ratio": "100:5", "update_interval": 0}
    assert entry.data["port"] == meter.url
    assert entry.data["model"] == "6534"
    # Registers are known to come, once an hour: their entities are there from the first minute on.
    assert {"power_import", "voltage_l3", "energy_import"} <= set(entry.data["quantities"])
    await until(lambda: state(hass, entry, "power") == "64200.0")


async def test_what_a_meter_calls_itself_is_shown_as_it_is_and_not_as_markdown(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    """Whoever is on the line could put a link, a picture or a heading into the dialog, and lines into the log."""
    kind, number = "[me](http://a.b)<img src=x>", "12\n# 34 **bold**"
    content = axdr.array(
        axdr.structure(axdr.octet_string(axdr.logical_name("0-0:96.1.0")), axdr.visible_string(number)),
        axdr.structure(axdr.octet_string(axdr.logical_name("0-0:96.1.7")), axdr.visible_string(kind)),
        axdr.structure(
            axdr.octet_string(axdr.logical_name("1-0:1.7.0")), axdr.double_long_unsigned(1234), axdr.scaler_unit(0, 27)
        ),
    )
    meter.opening = frame(b"\xe6\xe7\x00\x0f\x40\x00\x00\x00\x00" + content, bytes.fromhex("410883"))
    result = await answer(hass, await begin(hass, "network"), network(meter))
    shown = result["description_placeholders"]
    assert (shown["model"], shown["serial"]) == (
        r"\[me\]\(http\:\/\/a\.b\)\<img src\=x\>",
        r"12 \# 34 \*\*bold\*\*",
    )
    result = await answer(hass, result, {})
    assert result["title"] == "me http a b img src x"
    assert result["result"].unique_id == "12 # 34 **bold**"


async def test_a_tcp_address_given_as_a_port_is_the_same_line(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    """That is where other URLs are typed. It has no speed and no parity, and a gateway often has one place only."""
    meter.opening = AIDON_2
    url = meter.url.replace("socket://", "tcp://")
    result = await answer(hass, await begin(hass, "serial"), {"port": url, "advanced": SERIAL})
    assert result["description_placeholders"]["line"] == f"127.0.0.1:{meter.port}"
    entry = (await answer(hass, result, {}))["result"]
    assert entry.data["port"] == url
    assert "found_settings" not in entry.data
    fields = (await options_form(hass, entry, "meter"))["data_schema"].schema
    assert "serial_settings" not in {str(field) for field in fields}
    again = await answer(hass, await begin(hass, "network"), network(meter))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "line_already_configured")


async def test_what_was_heard_in_the_dialog_is_shown_at_once(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    """Nobody wants to wait for the next long list to see the currents that were heard a moment ago."""
    meter.opening = AIDON_2
    result = await answer(hass, await begin(hass, "network"), network(meter))
    meter.opening = b""
    entry = (await answer(hass, result, {}))["result"]
    assert state(hass, entry, "current_l3") == "8.1"
    assert state(hass, entry, "power") == "3210.0"
    assert entry.runtime_data.readings == 0


async def test_a_serial_meter_is_found_and_named(hass: HomeAssistant, pty_meter: PtyMeter) -> None:
    """The settings at which it was understood are kept, so that the next start need not search."""
    async with repeating(pty_meter, KAIFA_2):
        result = await answer(hass, await begin(hass, "serial"), {"port": pty_meter.url, "advanced": SERIAL})
    assert result["step_id"] == "found"
    assert result["description_placeholders"]["maker"] == "Kaifa"
    assert result["description_placeholders"]["line"] == f"{pty_meter.url} 2400 8E1"
    result = await answer(hass, result, {})
    assert result["result"].data["found_settings"] == "2400 8E1"
    assert result["result"].state is ConfigEntryState.LOADED


async def test_speed_and_parity_are_found_by_trying(
    hass: HomeAssistant, pty_meter: PtyMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that make no sense, and then a pause: the next settings are tried. The second ones are right here."""
    monkeypatch.setattr(probe, "WAITS", Waits(pause=0.1, burst_pause=0.05, look=0.05))
    monkeypatch.setattr(probe, "PATIENCE", 5)
    form = await begin(hass, "serial")
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"port": pty_meter.url, "advanced": SERIAL | {"serial_settings": "automatic"}}
    )
    flow: Any = hass.config_entries.flow._progress[form["flow_id"]]
    await until(lambda: flow._probe.feed.source.connected)
    await asyncio.sleep(0.1)  # what is under way already when a line is opened is not judged
    pty_meter.say(b"\x13\x2b\x80\xe0\x38\x0a")
    await until(lambda: flow._probe.serial_settings_text == "2400 8N1")
    async with repeating(pty_meter, AIDON_2):
        result = await listened(hass, result)
    assert result["description_placeholders"]["line"] == f"{pty_meter.url} 2400 8N1"
    result = await answer(hass, result, {})
    assert result["result"].data["found_settings"] == "2400 8N1"


async def test_a_host_that_refuses_is_told_and_can_be_mended(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    """The form comes back, filled in, with the reason; the right answer then leads on."""
    form = await begin(hass, "network")
    result = await answer(hass, form, {"host": "127.0.0.1", "port": "1", "advanced": METER})
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "network")
    assert result["errors"] == {"base": "cannot_open_refused"}
    assert result["description_placeholders"]["error"]
    meter.opening = AIDON_2
    result = await answer(hass, result, network(meter))
    assert result["step_id"] == "found"


async def test_a_gateway_that_hangs_up_at_once_is_not_called_a_silent_meter(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    """Many serve one reader at a time, and so refuse the next one."""

    meter.closes_at_once = True
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert (result["step_id"], result["errors"]) == ("network", {"base": "cannot_open_lost"})


async def test_a_port_that_does_not_exist_or_is_held_is_told(hass: HomeAssistant, pty_meter: PtyMeter) -> None:
    """A busy port is the work of another program, and the user is told to look for it."""
    result = await answer(hass, await begin(hass, "serial"), {"port": "/dev/ttyNone", "advanced": SERIAL})
    assert result["errors"] == {"base": "cannot_open_not_found"}
    other = link_to(pty_meter.url)
    await other.open()
    result = await answer(hass, result, {"port": pty_meter.url, "advanced": SERIAL})
    assert result["errors"] == {"base": "cannot_open_busy"}
    await other.close()
    async with repeating(pty_meter, KAIFA_2):
        result = await answer(hass, result, {"port": pty_meter.url, "advanced": SERIAL})
    assert result["step_id"] == "found"


@pytest.mark.parametrize(
    ("opening", "step"),
    [
        pytest.param(b"", "no_bytes", id="silence"),
        pytest.param(bytes(range(200)) * 3, "no_frames", id="garbage"),
        pytest.param(bytes(90) + b"\xff" * 9, "no_data", id="a line at rest"),
        pytest.param(AIDON_2.replace(b"\x09", b"\x08") * 3, "damaged", id="a bad cable"),
        pytest.param(AIDON_2.replace(b"\n", b"\r\n") * 3, "text_mode", id="a reader that writes DOS line ends"),
        pytest.param(P1.replace(b"\r\n", b"\n") * 3, "text_mode", id="a reader that writes Unix line ends"),
        pytest.param(
            (AIDON_1 * 3 + AIDON_2.replace(b"\n", b"\r\n")) * 2, "text_mode", id="only the short list gets through"
        ),
        pytest.param(P1.replace(b"\n", b"") * 3, "text_mode", id="a reader that drops the line feed"),
        pytest.param(b"\xff\xfb\x03\xff\xfb\x00" + by_telnet(AIDON_2) * 3, "telnet", id="a gateway that speaks Telnet"),
        pytest.param(by_telnet(AIDON_2) * 3, "telnet", id="a gateway that has spoken Telnet for long"),
        pytest.param(with_parity(P1) * 3, "seven_bits", id="seven bits and even parity"),
        pytest.param(UNCHECKED, "no_checksum", id="one message without a checksum"),
    ],
)
async def test_what_is_wrong_with_a_line_is_explained(
    hass: HomeAssistant, meter: SpeakingMeter, opening: bytes, step: str
) -> None:
    """Not one "timeout" for all: silence, garbage and encryption are different troubles, with different cures."""
    meter.opening = opening
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, step)
    assert result["menu_options"] == ["listen", "network", "anyway"]
    assert result["description_placeholders"]["bytes"] == str(len(opening))

    meter.opening = AIDON_2
    result = await listened(hass, await choose(hass, result, "listen"))
    assert result["step_id"] == "found"


@pytest.mark.parametrize(
    ("country", "opening", "words"),
    [
        ("NO", b"", "HAN-porten på strømmåleren min blir åpnet"),
        ("SE", b"", "kundporten (HAN/P1) på min elmätare öppnas"),
        ("DK", b"", "GPK60 og GPK61"),
        ("FI", b"", "avaamaan sähkömittarini asiakasportin"),
        ("DE", b"", "Please open the customer port"),
        ("NO", ENCRYPTED, "krypteringsnøkkelen"),
        ("DK", ENCRYPTED, "GPK60 (kryptering)"),
        ("DE", ENCRYPTED, "send me the encryption key"),
    ],
)
async def test_the_request_to_the_grid_company_is_in_the_language_of_the_country(
    hass: HomeAssistant, meter: SpeakingMeter, country: str, opening: bytes, words: str
) -> None:
    hass.config.country = country
    meter.opening = opening
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert words in result["description_placeholders"]["request"]


async def test_a_meter_without_checksums_is_found_and_the_user_is_told(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    """Three of its messages agree; that one digit is right nobody knows."""
    meter.opening = b"".join(UNCHECKED.replace(b"0001.870", b"0001.87%d" % number) for number in range(3))
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert (result["step_id"], result["errors"]) == ("found", {"base": "not_checked"})
    assert result["description_placeholders"]["power"] == "1872 W"


async def test_whole_messages_of_an_unknown_kind_are_not_taken_for_a_reader_that_changes_bytes(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    meter.opening = frame(b"\xe6\xe7\x00\xc2\x01\x02\x03", bytes.fromhex("410883")) * 3
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert result["step_id"] == "unknown_list"


async def test_a_list_of_another_maker_than_the_chosen_is_explained(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    """A Kaifa list does not explain itself: with another maker chosen, nobody knows what its values are."""
    meter.opening = KAIFA_2
    result = await answer(hass, await begin(hass, "network"), network(meter, maker="aidon"))
    assert result["step_id"] == "unknown_list"
    result = await choose(hass, result, "network")
    assert result["step_id"] == "network"
    result = await answer(hass, result, network(meter))
    assert result["step_id"] == "found"


async def test_a_silent_line_can_be_set_up_anyway_and_learns_its_meter_later(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    """The grid company may take three days to open the port; nobody wants to come back for it."""
    result = await answer(hass, await begin(hass, "network"), network(meter))
    result = await choose(hass, result, "anyway")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert (entry.title, entry.unique_id) == ("HAN Port", None)
    await until(lambda: meter.connections >= 2)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") == "3210.0")
    assert entry.unique_id == "7359990000000017"


async def test_a_meter_that_names_itself_never_is_found_without_a_number(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    """Patience ends with a power and nothing else: that is a meter all the same."""
    meter.opening = AIDON_1
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert result["step_id"] == "found"
    assert result["description_placeholders"]["serial"] == "–"
    assert result["description_placeholders"]["power"] == "2148 W"
    result = await answer(hass, result, {})
    assert (result["title"], result["result"].unique_id) == ("HAN Port", None)


async def test_a_meter_that_has_no_number_is_found_when_it_has_said_all_twice(
    hass: HomeAssistant, meter: SpeakingMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Swedish telegram: maker, values, and no number however long one waits."""
    monkeypatch.setattr(probe, "PATIENCE", 8)
    meter.opening = load("p1_se_e360") * 2
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert result["step_id"] == "found"
    assert result["description_placeholders"]["maker"] == "Landis+Gyr"
    assert result["description_placeholders"]["serial"] == "–"
    assert result["description_placeholders"]["power"] == "1870 W"
    result = await answer(hass, result, {})
    assert (result["title"], result["result"].unique_id) == ("Landis+Gyr E360", None)
    entry = result["result"]
    await until(lambda: state(hass, entry, "energy_import") == "12345.678")


async def test_a_message_without_framing_is_found_when_the_line_pauses(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    """Some gateways pass the APDU alone."""
    meter.opening = AIDON_2[9:-3]
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert result["step_id"] == "found"


async def test_the_same_meter_twice_is_refused(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """On whichever line it is heard."""
    make_entry("socket://192.0.2.1:1", unique_id="7359990000000017")
    meter.opening = AIDON_2
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_the_same_line_twice_is_refused(
    hass: HomeAssistant, meter: SpeakingMeter, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """Before it is opened, and under any of a device's names: a serial port has one reader."""
    make_entry(meter.url)
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "line_already_configured")

    make_entry(pty_meter.url)
    same = str(pty_meter.path.resolve())
    result = await answer(hass, await begin(hass, "serial"), {"port": same, "advanced": SERIAL})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "line_already_configured")


@pytest.mark.parametrize(
    ("advanced", "error"),
    [
        ({"ct_ratio": "many"}, "invalid_ct_ratio"),
        ({"ct_ratio": "100:0"}, "invalid_ct_ratio"),
        ({"vt_ratio": "-1"}, "invalid_vt_ratio"),
        ({"ct_ratio": "5:100"}, "ratio_below_one"),
        ({"vt_ratio": "100:22000"}, "ratio_below_one"),
        ({"serial_settings": "fast"}, "invalid_serial_settings"),
    ],
)
async def test_what_is_typed_wrongly_is_told_before_anything_is_opened(
    hass: HomeAssistant, pty_meter: PtyMeter, advanced: dict[str, str], error: str
) -> None:
    """The text of the error says how to write it."""
    form = await begin(hass, "serial")
    result = await answer(hass, form, {"port": pty_meter.url, "advanced": SERIAL | advanced})
    assert result["errors"] == {"base": error}
    async with repeating(pty_meter, KAIFA_2):
        result = await answer(hass, result, {"port": pty_meter.url, "advanced": SERIAL})
    assert result["step_id"] == "found"


async def test_a_voltage_ratio_is_refused_once_the_mains_is_heard_at_the_terminals(
    hass: HomeAssistant, meter: SpeakingMeter
) -> None:
    """230 V times 100 would be saved as 23 000. The form comes back as it was filled in."""
    meter.opening = AIDON_2
    line = {"host": "127.0.0.1", "port": str(meter.port)}
    form = await begin(hass, "network")
    result = await listened(hass, await answer(hass, form, {**line, "advanced": METER | {"vt_ratio": "100"}}))
    assert (result["step_id"], result["errors"]) == ("network", {"base": "no_voltage_transformer"})
    advanced = result["data_schema"].schema["advanced"].schema
    assert suggested({"data_schema": advanced})["vt_ratio"] == "100"
    result = await listened(hass, await answer(hass, result, {**line, "advanced": METER}))
    assert result["step_id"] == "found"


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "8.1"])
async def test_a_tcp_port_that_is_none_is_told(hass: HomeAssistant, meter: SpeakingMeter, port: str) -> None:
    """The form comes back; nothing was opened."""
    form = await begin(hass, "network")
    result = await answer(hass, form, {"host": "127.0.0.1", "port": port, "advanced": METER})
    assert result["errors"] == {"port": "invalid_port"}
    meter.opening = AIDON_2
    assert (await answer(hass, result, network(meter)))["step_id"] == "found"


async def test_an_ipv6_address_becomes_a_url(hass: HomeAssistant, socket_enabled: None) -> None:
    """Its colons need brackets."""
    result = await answer(hass, await begin(hass, "network"), {"host": "::1", "port": "1", "advanced": METER})
    assert result["errors"]["base"].startswith("cannot_open_")
    flow: Any = hass.config_entries.flow._progress[result["flow_id"]]
    assert flow._url == "socket://[::1]:1"


async def test_closing_the_dialog_frees_the_line(hass: HomeAssistant, pty_meter: PtyMeter) -> None:
    """Whoever gives up must be able to try again at once."""
    form = await begin(hass, "serial")
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"port": pty_meter.url, "advanced": SERIAL}
    )
    assert result["type"] is FlowResultType.SHOW_PROGRESS
    flow: Any = hass.config_entries.flow._progress[form["flow_id"]]
    await until(lambda: flow._probe.feed.source.connected)
    hass.config_entries.flow.async_abort(result["flow_id"])
    await until(flow._listening.done)
    async with repeating(pty_meter, KAIFA_2):
        result = await answer(hass, await begin(hass, "serial"), {"port": pty_meter.url, "advanced": SERIAL})
    assert result["step_id"] == "found"


async def test_the_wait_tells_what_is_heard(
    hass: HomeAssistant, meter: SpeakingMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes and good messages so far: a user at the cabinet sees at once that something comes."""
    monkeypatch.setattr(probe, "PATIENCE", 5)
    meter.opening = AIDON_1
    form = await begin(hass, "network")
    result = await hass.config_entries.flow.async_configure(form["flow_id"], network(meter))
    assert result["description_placeholders"]["bytes"] == "0"
    async with asyncio.timeout(3):
        while result["description_placeholders"]["bytes"] != "44":
            await asyncio.sleep(0.06)
            result = await hass.config_entries.flow.async_configure(form["flow_id"])
    assert result["description_placeholders"]["frames"] == "1"
    meter.say(AIDON_2)
    assert (await listened(hass, result))["step_id"] == "found"


async def test_options_change_the_meter_without_a_restart(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """A wrong ratio is told, a right one holds from the next message on."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    result = await options_form(hass, entry, "meter")
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "meter")
    assert "serial_settings" not in result["data_schema"].schema
    result = await hass.config_entries.options.async_configure(result["flow_id"], METER | {"ct_ratio": "x"})
    assert result["errors"] == {"ct_ratio": "invalid_ct_ratio"}
    result = await hass.config_entries.options.async_configure(result["flow_id"], METER | {"ct_ratio": "50:1"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: meter.connections >= 2)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "current_l1") == "235.0")


async def test_options_of_a_serial_line_hold_its_speed(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """A network line has none."""
    entry = make_entry(pty_meter.url, options=SERIAL)
    await set_up(hass, entry)
    result = await options_form(hass, entry, "meter")
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], SERIAL | {"serial_settings": "9600 8E1"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    assert entry.runtime_data.feed.source.serial_settings_text == "9600 8E1"


# --- meters that encrypt -------------------------------------------------------------------------------------------


async def test_a_meter_that_encrypts_is_found_with_its_keys(hass: HomeAssistant, meter: SpeakingMeter) -> None:
    """They are taken as people paste them, asked for again with the reason when they do not fit, and stored once."""
    meter.opening = ENCRYPTED * 2
    result = await answer(hass, await begin(hass, "network"), network(meter))
    assert (result["type"], result["step_id"]) == (FlowResultType.MENU, "encrypted")
    assert result["menu_options"] == ["keys", "listen", "network", "anyway"]
    result = readable(await choose(hass, result, "keys"))
    assert result["errors"] == {}
    for given, errors in (
        ({"encryption_key": "00 01"}, {"encryption_key": "invalid_key"}),
        (KEYS | {"authentication_key": "GPK61"}, {"authentication_key": "invalid_key"}),
        (KEYS | {"encryption_key": "ff" * 16}, {"base": "wrong_key"}),
        (KEYS | {"authentication_key": "ff" * 16}, {"base": "wrong_authentication_key"}),
    ):
        result = await answer(hass, result, given)
        assert (result["step_id"], result["errors"]) == ("keys", errors)
    result = await answer(hass, result, KEYS)
    assert result["step_id"] == "found"
    assert result["description_placeholders"]["power"] == "1234 W"
    result = await answer(hass, result, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert {key: entry.data[key] for key in KEYS} == STORED_KEYS
    await until(lambda: state(hass, entry, "power") == "1234.0")
    assert state(hass, entry, "encryption") == "verified"


async def test_the_settings_that_were_found_are_kept_when_a_key_is_asked_for(
    hass: HomeAssistant, pty_meter: PtyMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The messages that were heard before are read with the key at once, and the line is not opened for that."""
    monkeypatch.setattr(probe, "WAITS", Waits(pause=0.1, dumb_after=0.2))
    monkeypatch.setattr(probe, "PATIENCE", 5.0)
    form = await begin(hass, "serial")
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"port": pty_meter.url, "advanced": SERIAL | {"serial_settings": "automatic"}}
    )
    flow = hass.config_entries.flow._progress[form["flow_id"]]
    await until(lambda: flow._serial_settings_text() != "2400 8E1")
    async with repeating(pty_meter, ENCRYPTED):
        result = await listened(hass, result)
    found = flow._serial_settings_text()
    assert result["step_id"] == "encrypted"
    result = await answer(hass, await choose(hass, result, "keys"), KEYS)
    assert result["step_id"] == "found"
    assert result["description_placeholders"]["line"].endswith(found)


async def test_without_an_authentication_key_the_user_sees_that_nothing_is_verified(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """The values are there, and so is the doubt."""
    entry = make_entry(meter.url, encryption_key=STORED_KEYS["encryption_key"])
    await set_up(hass, entry)
    assert state(hass, entry, "encryption") == "unknown", "nothing has been heard yet"
    meter.say(ENCRYPTED)
    await until(lambda: state(hass, entry, "encryption") == "unverified")
    assert state(hass, entry, "power") == "1234.0"


async def test_a_meter_that_does_not_encrypt_has_no_entity_about_it(
    hass: HomeAssistant, aidon: MockConfigEntry
) -> None:
    """It would be "none" for ever."""
    assert state(hass, aidon, "encryption") is None


@pytest.mark.parametrize(
    ("before", "error"),
    [
        pytest.param({}, "missing_key", id="it-begins-to-encrypt"),
        pytest.param(STORED_KEYS | {"encryption_key": "ab" * 16}, "wrong_key", id="keys-are-renewed"),
        pytest.param(STORED_KEYS | {"authentication_key": "ab" * 16}, "wrong_authentication_key", id="one-is-wrong"),
    ],
)
async def test_keys_that_do_not_fit_any_more_are_asked_for(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, before: dict[str, str], error: str
) -> None:
    """Once, after three messages, with the reason; the entry, its entities and their ids stay."""
    entry = make_entry(meter.url, **before)
    await set_up(hass, entry)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "power") == "3210.0")
    meter.say(ENCRYPTED, ENCRYPTED)
    await until(lambda: len(entry.runtime_data.feed.rejected) >= 2)
    assert hass.config_entries.flow.async_progress() == []
    meter.say(ENCRYPTED, ENCRYPTED, ENCRYPTED, ENCRYPTED)
    await until(hass.config_entries.flow.async_progress)
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    form = readable(await hass.config_entries.flow.async_configure(flow["flow_id"]))
    assert (form["step_id"], form["errors"]) == ("reauth_confirm", {"base": error})
    form = await hass.config_entries.flow.async_configure(flow["flow_id"], {"encryption_key": "no key"})
    assert form["errors"] == {"encryption_key": "invalid_key"}
    done = readable(await hass.config_entries.flow.async_configure(flow["flow_id"], KEYS))
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await until(lambda: meter.connections >= 2)
    meter.say(ENCRYPTED)
    await until(lambda: state(hass, entry, "power") == "1234.0")
    assert {key: entry.data[key] for key in KEYS} == STORED_KEYS
    assert hass.config_entries.flow.async_progress() == []


async def test_keys_are_no_longer_asked_for_once_the_meter_is_read_again(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """As when a cable was in the wrong socket for a while."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(ENCRYPTED * 3)
    await until(hass.config_entries.flow.async_progress)
    meter.say(AIDON_2)
    await until(lambda: entry.runtime_data.readings >= 1)
    await hass.async_block_till_done()
    assert not hass.config_entries.flow.async_progress()


# --- the line of an entry that is there ----------------------------------------------------------------------------


async def test_a_tcp_address_given_as_a_port_is_asked_for_as_host_and_port(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """As any other TCP line when it is set up again."""
    form = await reconfigure(hass, make_entry(meter.url.replace("socket://", "TCP://")), "network")
    assert (suggested(form)["host"], suggested(form)["port"]) == ("127.0.0.1", str(meter.port))


async def test_a_meter_is_moved_to_another_line_and_keeps_all_that_is_known(
    hass: HomeAssistant, meter: SpeakingMeter, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """From a gateway to a port: entities, their ids and the entry's title stay."""
    entry = make_entry(meter.url, options={"ct_ratio": "50:1"})
    await set_up(hass, entry)
    meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "current_l1") == "235.0")
    known = {key: value for key, value in entry.data.items() if key != "port"}
    form = await reconfigure(hass, entry, "serial")
    async with repeating(pty_meter, AIDON_2):
        result = await answer(hass, form, {"port": pty_meter.url, "advanced": SERIAL | {"ct_ratio": "20"}})
    assert result["step_id"] == "found"
    result = await answer(hass, result, {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await hass.async_block_till_done()
    assert entry.data == known | {"port": pty_meter.url, "found_settings": "2400 8E1"}
    assert (entry.title, entry.unique_id) == ("Meter", "7359990000000017")
    pty_meter.say(AIDON_2)
    await until(lambda: state(hass, entry, "current_l1") == "94.0")


@pytest.mark.parametrize("way", ["serial", "network"])
async def test_a_meter_that_is_moved_is_asked_with_the_settings_that_hold_whatever_the_way(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, way: str
) -> None:
    """They are folded away: who moves a reader from a port to the network must not lose the ratio unseen."""
    entry = make_entry(meter.url, options={"ct_ratio": "50:1", "net": "it"})
    form = await reconfigure(hass, entry, way)
    asked = next(each for field, each in form["data_schema"].schema.items() if str(field) == "advanced")
    told = {str(field): (field.description or {}).get("suggested_value") for field in asked.schema.schema}
    assert told.items() >= {"ct_ratio": "50:1", "net": "it", "update_interval": 0}.items()


async def test_the_same_line_can_be_listened_to_with_other_settings(
    hass: HomeAssistant, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """A port has one reader, so the entry lets go of it for as long as the dialog is open."""
    entry = make_entry(pty_meter.url, options=SERIAL)
    await set_up(hass, entry)
    form = await reconfigure(hass, entry, "serial")
    assert suggested(form)["port"] == pty_meter.url
    async with repeating(pty_meter, AIDON_2):
        result = await answer(hass, form, {"port": pty_meter.url, "advanced": SERIAL | {"serial_settings": "9600 8E1"}})
    assert result["step_id"] == "found"
    assert entry.state is ConfigEntryState.NOT_LOADED
    await answer(hass, result, {})
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    assert entry.runtime_data.feed.source.serial_settings_text == "9600 8E1"


async def test_closing_the_dialog_gives_the_line_back(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """Whatever has been heard until then."""
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    form = await reconfigure(hass, entry, "network")
    assert suggested(form) | {"advanced": None} == {"host": "127.0.0.1", "port": str(meter.port), "advanced": None}
    meter.opening = AIDON_2
    result = await answer(hass, form, network(meter))
    assert result["step_id"] == "found"
    hass.config_entries.flow.async_abort(result["flow_id"])
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    await until(lambda: state(hass, entry, "power") == "3210.0")


async def test_a_dialog_that_is_closed_after_its_entry_was_removed_ends_without_an_error(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, caplog: pytest.LogCaptureFixture
) -> None:
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    form = await reconfigure(hass, entry, "network")
    meter.opening = AIDON_2
    result = await answer(hass, form, network(meter))
    assert result["step_id"] == "found"
    await hass.config_entries.async_remove(entry.entry_id)
    hass.config_entries.flow.async_abort(result["flow_id"])
    await hass.async_block_till_done()
    assert [word.getMessage() for word in caplog.records if word.levelname == "ERROR"] == []


async def test_another_meter_does_not_take_the_place_of_an_entrys_own(
    hass: HomeAssistant, meter: SpeakingMeter, pty_meter: PtyMeter, make_entry: MakeEntry
) -> None:
    """That is for the repair to ask, when its own line speaks of another meter."""
    entry = make_entry(meter.url, unique_id="7359990000000017")
    await set_up(hass, entry)
    form = await reconfigure(hass, entry, "serial")
    async with repeating(pty_meter, KAIFA_2):
        result = await answer(hass, form, {"port": pty_meter.url, "advanced": SERIAL})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "another_meter")
    assert entry.data["port"] == meter.url
    assert entry.state is ConfigEntryState.LOADED


async def test_a_meter_can_be_moved_to_a_line_that_is_still_silent(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry
) -> None:
    """But not to one that another entry reads."""
    entry, other = make_entry("socket://127.0.0.1:1"), make_entry("socket://127.0.0.1:2")
    form = await reconfigure(hass, entry, "network")
    result = await answer(hass, form, {"host": "127.0.0.1", "port": "2", "advanced": METER})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "line_already_configured")
    form = await reconfigure(hass, entry, "network")
    result = await answer(hass, form, network(meter))
    assert result["step_id"] == "no_bytes"
    result = readable(await choose(hass, result, "anyway"))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert (entry.data["port"], other.data["port"]) == (meter.url, "socket://127.0.0.1:2")
    await until(lambda: entry.state is ConfigEntryState.LOADED)
