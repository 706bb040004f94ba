"""Why a line could not be opened, or was lost, by what the user can do about it."""

from enum import StrEnum
import errno
import re
import socket
from types import MappingProxyType
from typing import Self
from urllib.parse import unquote_plus

from serialx.common import UnknownUriScheme


class Reason(StrEnum):
    """Why a line could not be opened, or was lost. The user has to do something else about each."""

    NOT_FOUND = "not_found"  # no such device, or the host's name cannot be resolved
    BUSY = "busy"  # another program has the port open
    NOT_ALLOWED = "not_allowed"
    REFUSED = "refused"  # the host is there, but nothing listens on this TCP port
    UNREACHABLE = "unreachable"  # no answer from the host, or no route to it
    BAD_ADDRESS = "bad_address"  # not a valid URL, or not a serial port
    LOST = "lost"  # was open, then unplugged, reset, or closed by the far end
    SILENT = "silent"  # is open, but no byte has come for too long
    OTHER = "other"


_REASONS = MappingProxyType(
    {
        **dict.fromkeys((errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR), Reason.NOT_FOUND),
        **dict.fromkeys((errno.EACCES, errno.EPERM), Reason.NOT_ALLOWED),
        **dict.fromkeys((errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH), Reason.UNREACHABLE),
        **dict.fromkeys((errno.EIO, errno.EPIPE, errno.ECONNRESET, errno.ECONNABORTED), Reason.LOST),
        **dict.fromkeys((errno.ENOTTY, errno.EISDIR), Reason.BAD_ADDRESS),
        errno.EBUSY: Reason.BUSY,
        errno.ECONNREFUSED: Reason.REFUSED,
    }
)


class SourceError(Exception):
    """A line that could not be opened, or was lost. Its text is the original one without the secrets of the URL."""

    def __init__(self, reason: Reason, text: str, logged: str | None = None) -> None:
        """Keep the reason beside the text, and the text as it may be logged: without the host."""
        super().__init__(text)
        self.reason, self.logged = reason, text if logged is None else logged

    @classmethod
    def of(cls, error: Exception, url: str, otherwise: Reason = Reason.OTHER) -> Self:
        """Return the SourceError for any error. Raise it `from None`: a printed cause would reveal the secrets."""
        text = redact(str(error) or type(error).__name__, url)
        return cls(_reason(error) or otherwise, text, _without_host(text, url))


def _reason(error: Exception) -> Reason | None:
    """Return what an error of serialx, the system or a third party means; None if that is unknown."""
    if isinstance(error, socket.gaierror):
        return Reason.NOT_FOUND
    if isinstance(error, (ValueError, UnknownUriScheme)):
        return Reason.BAD_ADDRESS
    # For a host with several addresses asyncio joins the texts of all errors into one error without a number.
    match = re.search(r"\[Errno (\d+)\]", str(error))
    number = getattr(error, "errno", None) or (int(match[1]) if match else 0)
    if not number and isinstance(error, (TimeoutError, ConnectionError)):
        return Reason.UNREACHABLE
    return _REASONS.get(number)


_PEER = re.compile(r"\('[^']*'((?:, [0-9]+)+)\)")
"""How Python writes the address of a host: ('192.168.1.20', 2000)."""


def _without_host(text: str, url: str) -> str:
    """Return a text without the host of a URL: logs go into bug reports."""
    server = re.split("[/?#]", url.partition("://")[2])[0].rpartition("@")[2]
    host = (server.rpartition(":")[0] or server).strip("[]")
    if host:
        text = re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", "REDACTED", text)
    return _PEER.sub(r"('REDACTED'\1)", text)


def redact(text: str, url: str) -> str:
    """Return a text without the secrets of a URL: its password, and its query except `port_...` (a port's name).

    Only versions of serialx after 1.11 can do this, and only for the secrets it knows by name.
    """
    base, _, query = url.partition("#")[0].partition("?")
    pairs = [pair.partition("=") for pair in query.split("&")]
    user = base.partition("://")[2].partition("/")[0].rpartition("@")[0]
    secrets = {value for name, _, value in pairs if not name.startswith("port_")} | {user.partition(":")[2]}
    for secret in sorted(secrets | set(map(unquote_plus, secrets)), key=len, reverse=True):
        text = text.replace(secret, "REDACTED") if secret else text
    return text
