"""What an address names, when two are the same line, and what of it people may see."""

from pathlib import Path

import pytest

from custom_components.han_port.sources.address import Address, Kind, network_url


@pytest.mark.parametrize(
    ("url", "kind", "has_serial_settings"),
    [
        ("/dev/ttyUSB0", Kind.PORT, True),
        ("/dev/serial/by-id/usb-FTDI_FT232R", Kind.PORT, True),
        ("socket://192.0.2.1:3001", Kind.TCP, False),
        ("tcp://192.0.2.1:3001", Kind.TCP, False),
        ("TCP://192.0.2.1:3001", Kind.TCP, False),
        ("rfc2217://192.0.2.1:3001", Kind.REMOTE_PORT, True),
        ("esphome://192.0.2.1/?port_name=HAN", Kind.REMOTE_PORT, True),
    ],
)
def test_only_a_plain_tcp_port_has_no_speed_and_parity(url: str, kind: Kind, has_serial_settings: bool) -> None:
    assert (Address(url).kind, Address(url).has_serial_settings) == (kind, has_serial_settings)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("socket://192.0.2.1:3001", "tcp://192.0.2.1:3001"),
        ("socket://Reader.local:23", "SOCKET://reader.local:23/"),
        ("socket://[FE80::1]:23", "tcp://[fe80::1]:23"),
        ("esphome://Host/?port_name=HAN", "esphome://host/?port_name=HAN"),
    ],
)
def test_a_line_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert Address(one).same_as(Address(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("socket://192.0.2.1:3001", "socket://192.0.2.1:3002"),
        ("socket://192.0.2.1:3001", "socket://192.0.2.2:3001"),
        ("socket://192.0.2.1:3001", "rfc2217://192.0.2.1:3001"),
        ("esphome://host/?port_name=one", "esphome://host/?port_name=two"),
    ],
)
def test_another_host_port_or_protocol_is_another_line(one: str, other: str) -> None:
    assert not Address(one).same_as(Address(other))


def test_a_device_may_have_several_paths(tmp_path: Path) -> None:
    """As /dev/serial/by-id has for /dev/ttyUSB0."""
    (tmp_path / "ttyUSB0").touch()
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    assert Address(str(tmp_path / "by-id")).same_as(Address(str(tmp_path / "ttyUSB0")))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("socket://192.0.2.1:3001", "192.0.2.1:3001"),
        ("tcp://192.0.2.1:3001/", "192.0.2.1:3001"),
        ("socket://[fe80::1]:23", "[fe80::1]:23"),
        ("socket://me:hunter2@reader:23", "reader:23"),
        ("socket://reader", "reader"),
        ("socket://reader:99999", "reader:99999"),
        ("socket://[fe80::1", "[fe80::1"),
        ("esphome://reader/?key=c2VjcmV0&port_name=HAN", "esphome://reader/?key=REDACTED&port_name=HAN"),
    ],
)
def test_what_is_shown_is_short_and_has_no_secret(url: str, shown: str) -> None:
    assert Address(url).shown == shown


@pytest.mark.parametrize(
    ("host", "url"),
    [("reader", "socket://reader:23"), (" fe80::1 ", "socket://[fe80::1]:23"), ("[fe80::1]", "socket://[fe80::1]:23")],
)
def test_host_and_port_become_an_address_and_come_back(host: str, url: str) -> None:
    assert network_url(host, "23") == url
    assert Address(url).host_and_port == (host.strip(" []"), "23")


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "23x", "²"])
def test_what_is_no_tcp_port_makes_no_address(port: str) -> None:
    assert network_url("reader", port) is None


@pytest.mark.parametrize(
    ("text", "is_complete"), [("/dev/ttyUSB0", True), ("tcp://a:1", True), ("ttyUSB0", False), ("3001", False)]
)
def test_a_bare_name_is_no_address(text: str, is_complete: bool) -> None:
    assert Address(text).is_complete is is_complete
