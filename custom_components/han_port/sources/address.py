"""The address of a line: a device's path, or a URL that serialx opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
import os
from typing import Any
from urllib.parse import urlsplit

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from .errors import redact

_PLAIN_TCP = ("socket", "tcp")


class Kind(Enum):
    """What is at an address."""

    PORT = auto()
    """A serial port of this machine, by its path."""
    TCP = auto()
    """A TCP port. Speed and parity are set at the far end."""
    REMOTE_PORT = auto()
    """A serial port behind a protocol that sets its speed and parity: RFC 2217, an ESPHome proxy."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address as an entry stores it and a user types it."""

    url: str

    @classmethod
    def stored(cls, data: Mapping[str, Any]) -> Address:
        """Return the address in an entry's data."""
        return cls(data[CONF_PORT])

    @classmethod
    def tcp(cls, host: str, port: int) -> Address:
        """Return the address of a TCP port. An IPv6 host may be in brackets or not."""
        host = host.strip()
        return cls(
            f"socket://[{host}]:{port}" if ":" in host and not host.startswith("[") else f"socket://{host}:{port}"
        )

    @property
    def scheme(self) -> str:
        """The part before `://`, in lower case; empty for a path."""
        scheme, separator, _ = self.url.partition("://")
        return scheme.lower() if separator else ""

    @property
    def kind(self) -> Kind:
        """What is at this address."""
        if not self.scheme:
            return Kind.PORT
        return Kind.TCP if self.scheme in _PLAIN_TCP else Kind.REMOTE_PORT

    @property
    def has_serial_settings(self) -> bool:
        """Whether HAN Port sets speed and parity."""
        return self.kind is not Kind.TCP

    @property
    def is_complete(self) -> bool:
        """Whether it is a full path or a URL: a bare name or number is neither."""
        return self.kind is not Kind.PORT or self.url.startswith("/")

    @property
    def host_and_port(self) -> tuple[str, str]:
        """The host and the TCP port as texts; each empty if it is missing."""
        try:
            url = urlsplit(self.url)
            return url.hostname or "", str(url.port or "")
        except ValueError:  # an unpaired bracket, or a port that is not a number
            return self.url.partition("://")[2], ""

    @property
    def shown(self) -> str:
        """The address for people to read, without passwords and keys. For a TCP port, host and port alone."""
        if self.kind is Kind.TCP:
            host, port = self.host_and_port
            return f"[{host}]:{port}" if ":" in host and port else f"{host}:{port}".removesuffix(":")
        return redact(self.url, self.url)

    def line(self) -> str:
        """Return a text that is the same for all addresses of a line. May read the disk, for a device's other paths."""
        match self.kind:
            case Kind.PORT:
                return os.path.realpath(self.url)
            case Kind.TCP:
                return "tcp {}:{}".format(*self.host_and_port)
            case Kind.REMOTE_PORT:
                return self.url.casefold()

    def same_as(self, other: Address) -> bool:
        """Return whether both addresses lead to the same line. May read the disk."""
        return self.line() == other.line()


def network_url(host: str, port: str) -> str | None:
    """Return the URL of a TCP port that a user typed into two fields; None if the port is not valid."""
    if not (port.isdecimal() and 0 < int(port) < 65536):  # noqa: PLR2004 - ports have sixteen bits
        return None
    return Address.tcp(host, int(port)).url


async def same_line_entry(hass: HomeAssistant, url: str) -> ConfigEntry | None:
    """Return the entry that already reads the line with this address."""
    entries, address = hass.config_entries.async_entries(DOMAIN), Address(url)

    def find() -> ConfigEntry | None:
        line = address.line()
        return next((entry for entry in entries if Address.stored(entry.data).line() == line), None)

    return await hass.async_add_executor_job(find)
