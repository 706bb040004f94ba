"""What a bug report says, and what it must not say."""

import json

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import get_diagnostics_for_config_entry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.han_port.const import DOMAIN
from custom_components.han_port.decoder import Decoder, Quantity, Reading
from tests.captures import NAMES, load
from tests.decoder.wrapping import with_checksum
from tests.support.frames import reframed
from tests.support.homes import MakeEntry, set_up, until
from tests.support.meters import SpeakingMeter
from tools.simulator import axdr
from tools.simulator.hdlc import frame

KEY = "000102030405060708090a0b0c0d0e0f"
SERIAL = "7359990000000017"
UNKNOWN = axdr.array(
    axdr.structure(
        axdr.octet_string(axdr.logical_name("1-0:1.7.0")), axdr.double_long_unsigned(1234), axdr.scaler_unit(0, 27)
    ),
    axdr.structure(
        axdr.octet_string(axdr.logical_name("1-0:99.7.0")), axdr.double_long_unsigned(815), axdr.scaler_unit(-1, 33)
    ),
    axdr.structure(
        axdr.octet_string(axdr.logical_name("0-0:96.99.0")), axdr.visible_string(SERIAL), axdr.scaler_unit(0, 255)
    ),
    axdr.structure(axdr.octet_string(axdr.logical_name("1-0:98.7.0")), axdr.long(-7)),
    axdr.structure(
        axdr.octet_string(axdr.logical_name("1-0:1.8.0")),
        axdr.double_long_unsigned(0xFFFF_FFFF),
        axdr.scaler_unit(0, 30),
    ),
    axdr.structure(
        axdr.octet_string(axdr.logical_name("1-0:32.7.0")), axdr.long_unsigned(6553), axdr.scaler_unit(0, 35)
    ),
)


@pytest.fixture
def entry(meter: SpeakingMeter, make_entry: MakeEntry) -> MockConfigEntry:
    """An entry with all that is secret."""
    return make_entry(meter.url, unique_id=SERIAL, serial_number=SERIAL, encryption_key=KEY, authentication_key=KEY)


async def test_diagnostics_tell_what_was_read_and_rejected_and_nobodys_number(
    hass: HomeAssistant, meter: SpeakingMeter, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """What has no name is there by its code: that is how a new quantity is found."""
    await set_up(hass, entry)
    long, damaged = load("aidon_no_l2_4w"), bytearray(load("aidon_no_l2_4w"))
    damaged[100] ^= 1
    unknown = frame(b"\xe6\xe7\x00\x0f\x40\x00\x00\x00\x00" + UNKNOWN, bytes.fromhex("410883"))
    meter.say(long, bytes(damaged), unknown)
    await until(lambda: entry.runtime_data.readings >= 2)
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    line = told["line"]
    assert isinstance(line, dict)
    assert line["readings"] == 2
    assert line["bytes"] == len(long) * 2 + len(unknown)
    assert line["rejections"] == {"FrameError": 1, "not_available": 1, "out_of_bounds": 1}
    assert line["left_out"] == {
        "energy_import": {"value": 0xFFFF_FFFF, "reason": "not_available"},
        "voltage_l1": {"value": 6553.0, "reason": "out_of_bounds"},
    }
    ((rejected),) = line["rejected"]
    assert (rejected["error"], rejected["why"]) == ("FrameError", "HDLC frame checksum (FCS) is wrong")
    assert len(bytes.fromhex(rejected["hex"])) == len(long)
    frames = ["".join(lines) for lines in line["frames"]]
    replayed = [one for frame in frames for one in Decoder().receive(bytes.fromhex(frame))]
    assert [one.values[Quantity.POWER_IMPORT] for one in replayed if isinstance(one, Reading)] == [3210.0, 1234.0]
    assert line["values"]["power_import"] == 1234.0
    assert line["unnamed"] == {"1-0:99.7.0": [815, -1, 33], "0-0:96.99.0": f"str of {len(SERIAL)}", "1-0:98.7.0": -7}
    text = json.dumps(told)
    for secret in (SERIAL, SERIAL.encode().hex(), KEY, str(meter.port), "127.0.0.1"):
        assert secret.lower() not in text.lower(), secret
    assert told["options"] == dict(entry.options)


async def test_diagnostics_of_an_entry_that_is_not_loaded_tell_what_is_stored(
    hass: HomeAssistant, meter: SpeakingMeter, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    """The line that cannot be opened is the one that is reported."""
    await meter.go_away()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    told = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert told["line"] is None
    assert told["data"] == dict.fromkeys(entry.data, "**REDACTED**")


@pytest.mark.slow
async def test_no_meters_number_is_in_its_diagnostics(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, hass_client: ClientSessionGenerator
) -> None:
    """In no list of any maker, whole or damaged, as text, as hex or as an integer, nor in an encrypted one's header."""
    for name in NAMES:
        data = load(name)
        entry = make_entry(meter.url)
        await set_up(hass, entry)
        connections = meter.connections
        meter.say(data, *(data[:cut] for cut in (len(data) // 2, len(data) - 4)), data)
        await until(lambda: entry.runtime_data.readings + len(entry.runtime_data.feed.rejected) >= 3)  # noqa: B023 - awaited in the same turn
        text = json.dumps(await get_diagnostics_for_config_entry(hass, hass_client, entry)).lower()
        serial = entry.data.get("serial_number")
        assert await hass.config_entries.async_remove(entry.entry_id)
        assert connections == meter.connections
        for secret in filter(None, (serial, serial and serial.encode().hex(), "4b464d1020000001", "5341473500000001")):
            assert secret not in text, (name, secret)
        if serial and serial.isdecimal() and int(serial) < 1 << 32:
            assert f"06{int(serial):08x}" not in text, name


@pytest.mark.usefixtures("unloaded_at_the_end")
@pytest.mark.parametrize("number", ["SAG1030055555", "LGF-5E360-77", "9A-77777-K"])
async def test_no_number_of_a_p1_meter_is_in_its_diagnostics_whatever_its_form(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, hass_client: ClientSessionGenerator, number: str
) -> None:
    text = f"/KAM5\r\n\r\n0-0:96.1.0({number})\r\n1-0:1.7.0(0001.870*kW)\r\n!".encode()
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(with_checksum(text))
    await until(lambda: entry.runtime_data.readings >= 1)
    assert entry.data["serial_number"] == number
    told = json.dumps(await get_diagnostics_for_config_entry(hass, hass_client, entry)).lower()
    assert number.encode().hex() not in told
    assert number.lower() not in told


@pytest.mark.usefixtures("unloaded_at_the_end")
async def test_a_number_that_stands_as_an_integer_under_an_unknown_code_is_told_nobody(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, hass_client: ClientSessionGenerator
) -> None:
    entry = make_entry(meter.url, unique_id="77712345", serial_number="77712345")
    await set_up(hass, entry)
    content = axdr.array(
        axdr.structure(
            axdr.octet_string(axdr.logical_name("1-0:1.7.0")), axdr.double_long_unsigned(1234), axdr.scaler_unit(0, 27)
        ),
        axdr.structure(axdr.octet_string(axdr.logical_name("0-0:96.99.0")), axdr.double_long_unsigned(77712345)),
    )
    said = frame(b"\xe6\xe7\x00\x0f\x40\x00\x00\x00\x00" + content, bytes.fromhex("410883"))
    meter.say(said)
    await until(lambda: entry.runtime_data.readings >= 1)
    told = json.dumps(await get_diagnostics_for_config_entry(hass, hass_client, entry)).lower()
    assert f"{77712345:08x}" not in told
    assert "77712345" not in told
    capture = hass.async_create_task(
        hass.services.async_call(
            DOMAIN, "capture", {"config_entry_id": entry.entry_id, "seconds": 1}, blocking=True, return_response=True
        )
    )
    await until(lambda: entry.runtime_data.feed._taps)
    meter.say(said)
    lines = "".join((await capture)["lines"]).lower()
    assert lines
    assert f"{77712345:08x}" not in lines


@pytest.mark.usefixtures("unloaded_at_the_end")
async def test_a_number_with_letters_is_told_nobody(
    hass: HomeAssistant, meter: SpeakingMeter, make_entry: MakeEntry, hass_client: ClientSessionGenerator
) -> None:
    number = b"SAG1A2B3C4D5E6F7"
    damaged = bytearray(renamed := reframed(load("aidon_no_l2_4w"), (b"7359990000000017", number)))
    damaged[20] ^= 1
    entry = make_entry(meter.url)
    await set_up(hass, entry)
    meter.say(renamed, bytes(damaged))
    await until(lambda: entry.runtime_data.feed.rejected)
    assert entry.data["serial_number"] == number.decode()
    told = json.dumps(await get_diagnostics_for_config_entry(hass, hass_client, entry)).lower()
    assert number.hex() not in told
