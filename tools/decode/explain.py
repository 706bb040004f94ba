"""Print what bytes of a meter mean: frames, ciphering, the tree of the content, and the reading."""

import argparse
from collections.abc import Iterator
from importlib import import_module
import json
from pathlib import Path
import re
import sys
from typing import Any

from custom_components.han_port.decoder import Decoder, Keys, Reading, Rejected
from custom_components.han_port.decoder.anonymise import anonymised
from custom_components.han_port.decoder.blocks import unwrapped
from custom_components.han_port.decoder.cipher import Ciphering, decipher
from custom_components.han_port.decoder.dlms import CIPHERED, Value, read_notification
from custom_components.han_port.decoder.errors import DecodeError
from custom_components.han_port.decoder.framing import Frame, without_llc
from custom_components.han_port.decoder.framings import FRAMINGS, framing_of
from custom_components.han_port.decoder.messages import MessageStream
from custom_components.han_port.decoder.meters import is_obis, recognise
from custom_components.han_port.decoder.quantities import quantity_of
from custom_components.han_port.decoder.stream import FrameStream

LONGEST_PATH = 4096
"""Characters: to ask whether a longer text names a file is an error."""


class NoCryptographyError(Exception):
    """There is a key, and this Python has nothing to decipher with. The text says so to the user."""


def keys_of(encryption: str | None, authentication: str | None) -> Keys | None:
    """Return the keys, or None if there is no encryption key.

    Raises ValueError for a text that is no key, and NoCryptographyError where it could not be used.
    """
    if not encryption:
        return None
    keys = Keys.parse(encryption, authentication)
    try:
        import_module("custom_components.han_port.decoder.aes")
    except ImportError as error:
        raise NoCryptographyError(
            f"a key needs the Python package cryptography, which {sys.executable} cannot import;"
            " install it, or run scripts/setup."
        ) from error
    return keys


def from_text(data: bytes) -> bytes:
    """Return bytes as they are, or, where they are hex text with blanks and # comments, what it stands for."""
    try:
        text = re.sub(r"#.*", "", data.decode("ascii"))
        return bytes.fromhex(re.sub(r"0x|[\s,:;-]", "", text)) or data
    except ValueError:
        return data


def readings(data: bytes, keys: Keys | None = None) -> list[Reading | Rejected]:
    """Return all that a fresh decoder makes of the bytes of one line."""
    decoder = Decoder(keys=keys)
    return [*decoder.receive(data), *decoder.end()]


def as_json(reading: Reading) -> dict[str, Any]:
    """Return a reading as plain JSON types; values in W, var, V, A, Wh and varh."""
    return {
        "maker": reading.maker and reading.maker.value,
        "list": reading.list_id,
        "model": reading.model,
        "serial": reading.serial,
        "sent_at": reading.sent_at and reading.sent_at.local.isoformat(),
        "values": {quantity.key: value for quantity, value in reading.values.items()},
    }


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one line of `--jsonl`: {"id", "bytes_hex"} -> {"id", "readings", "rejected"}."""
    found = readings(bytes.fromhex(request["bytes_hex"]), keys_of(request.get("key"), request.get("auth_key")))
    return {
        "id": request["id"],
        "readings": [as_json(one) for one in found if isinstance(one, Reading)],
        "rejected": [type(one.error).__name__ for one in found if isinstance(one, Rejected)],
    }


def tree(value: Value, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a content's tree."""
    indent = "  " * depth
    if isinstance(value, (list, tuple)):
        yield f"{indent}{'array' if isinstance(value, list) else 'structure'} of {len(value)}"
        for element in value:
            yield from tree(element, depth + 1)
    elif isinstance(value, bytes) and is_obis(value):
        quantity = quantity_of(value)
        yield f"{indent}{value[0]}-{value[1]}:{value[2]}.{value[3]}.{value[4]}  {quantity.key if quantity else ''}"
    elif isinstance(value, bytes):
        yield f"{indent}{value.hex(' ')}  {value!r}"
    else:
        yield f"{indent}{value!r}"


def framing(found: Frame) -> Iterator[str]:
    """Say in what a content came."""
    row = framing_of(found.raw)
    kind = f"{row.name} {'telegram' if row.name == 'P1' else 'frame'}" if row in FRAMINGS else "message without a frame"
    checked = "its checksum is right" if row in FRAMINGS and found.trusted else "nothing guards it"
    yield f"{kind} of {len(found.raw)} bytes, {checked}"
    yield f"  {found.raw.hex(' ')}"
    inner = unwrapped(found)
    if isinstance(inner, Frame) and inner is not found and inner.part:
        yield f"  block {(inner.part.number or 0) + 1} of a general block transfer{', the last' * inner.part.last}"
    elif found.part and not (found.part.last and found.part.number is None):
        number = "" if found.part.number is None else f" {found.part.number + 1}"
        yield f"  segment{number} of a longer content{', the last' * found.part.last}"


def ciphering(message: Ciphering) -> Iterator[str]:
    """Say how a content is encrypted."""
    title = message.system_title
    said = [
        name
        for name, is_so in (("encrypted", message.is_encrypted), ("authenticated", message.is_authenticated))
        if is_so
    ]
    yield f"  ciphering {message.tag:02X}: {' and '.join(said)} (security {message.security:02X})"
    yield f"  system title {title.hex(' ') or 'empty'} ({title[:3].decode('ascii', 'replace') or 'no letters'})"
    yield f"  invocation counter {message.invocation_counter}, {len(message.text)} bytes of text"


def content(apdu: bytes, keys: Keys | None, flag: str | None = None) -> Iterator[str]:
    """Say what a content holds. Raises DecodeError where it ends to be understood."""
    if apdu[:1] in CIPHERED:
        message = Ciphering.read(apdu)
        yield from ciphering(message)
        clear = decipher(apdu, keys)
        yield f"  deciphered; its authentication tag was {'right' if clear.verified else 'not verified'}"
        yield from content(without_llc(clear.plaintext), keys, message.system_title[:3].decode("ascii", "replace"))
    elif apdu.startswith(b"/"):
        yield from (f"  {line}" for line in apdu.decode("ascii", "replace").splitlines())
    else:
        notification = read_notification(apdu)
        yield f"  data-notification, date-time {notification.sent_at.hex(' ') if notification.sent_at else 'absent'}"
        yield from tree(notification.body, 1)
        seen = recognise(notification, flag)
        yield f"  recognised: {seen.why}; row: {seen.profile.maker.value if seen.profile else 'none'}"


def said(one: Reading | Rejected) -> Iterator[str]:
    """Say what came of a message."""
    if isinstance(one, Rejected):
        yield f"REJECTED: {type(one.error).__name__}: {one.error}"
        return
    yield "READING"
    told = {key: value for key, value in as_json(one).items() if key != "values"}
    yield from (f"  {key:28}{value}" for key, value in told.items() if value is not None)
    yield from (f"  {q.key:28}{value:.12g} {q.unit.symbol}" for q, value in one.values.items())
    yield from (f"  {q.key:28}{value} (left out: {reason.value})" for q, value, reason in one.left_out)
    yield from (f"  {code:28}{value!r} (no name or no scale)" for code, value in one.unnamed.items())


def explained(data: bytes, keys: Keys | None) -> Iterator[str]:
    """Say of all that comes down a line what it is, in order."""
    messages = MessageStream()
    for message in [*messages.receive(data), *messages.end()]:
        if isinstance(message, Frame):
            frames = FrameStream()
            for found in [*frames.receive(message.raw), *frames.end()]:
                yield from framing(found) if isinstance(found, Frame) else ()
        yield from message_explained(message, keys)
    yield f"{len(data)} bytes, of which {messages.frames.noise} were noise"


def message_explained(message: Frame | Rejected, keys: Keys | None) -> Iterator[str]:
    """Say what a message is and what came of it."""
    if isinstance(message, Rejected):
        yield f"REJECTED {len(message.raw)} bytes: {message.error}"
        yield f"  {message.raw.hex(' ')}"
        return
    try:
        yield from content(without_llc(message.content), keys)
    except DecodeError as error:
        yield f"  {error}"
    yield from (line for one in readings(message.raw, keys) for line in said(one))


def main() -> int:
    """Read hex, a file or standard input; return the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/decode", description="Decode the bytes of a meter's HAN port.")
    parser.add_argument("source", nargs="*", help="hex, or a file of bytes or hex; standard input if left out")
    parser.add_argument("--key", help="the encryption key, 32 hex digits")
    parser.add_argument("--auth-key", help="the authentication key, 32 hex digits")
    parser.add_argument("--jsonl", action="store_true", help="one JSON object a line in, one out")
    parser.add_argument(
        "--anonymise", action="store_true", help="print the frames as hex, with other meter numbers and right checksums"
    )
    asked = parser.parse_args()
    try:
        for line in answers() if asked.jsonl else decoded(asked, parser):
            print(line)
    except NoCryptographyError as error:
        sys.stderr.write(f"scripts/decode: {error}\n")
        return 2
    return 0


def answers() -> Iterator[str]:
    """Yield the answer to each line of standard input, as JSON."""
    return (json.dumps(answer(json.loads(line))) for line in filter(str.strip, sys.stdin))


def decoded(asked: argparse.Namespace, parser: argparse.ArgumentParser) -> Iterator[str]:
    """Return the lines that say what the bytes are, or the bytes without the meter's number."""
    try:
        keys = keys_of(asked.key, asked.auth_key)
    except ValueError as error:
        parser.error(str(error))
    text = " ".join(asked.source)
    path = Path(text)
    is_file = bool(asked.source) and len(text) < LONGEST_PATH and path.is_file()
    data = path.read_bytes() if is_file else text.encode() or sys.stdin.buffer.read()
    return anonymised(from_text(data), keys) if asked.anonymise else explained(from_text(data), keys)
