"""Print what bytes of a meter mean: frames, the tree of their content, and the reading. `scripts/decode` runs this."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import re
import sys
from typing import Any

from custom_components.han_port.decoder import Decoder, Reading, Rejected
from custom_components.han_port.decoder.bare import without_llc
from custom_components.han_port.decoder.dlms import Value, read_notification
from custom_components.han_port.decoder.errors import DecodeError
from custom_components.han_port.decoder.framing import Frame
from custom_components.han_port.decoder.meters import is_obis
from custom_components.han_port.decoder.quantities import quantity_of
from custom_components.han_port.decoder.stream import FrameStream


def from_text(data: bytes) -> bytes:
    """Return bytes as they are, or, where they are hex text with blanks and # comments, what it stands for."""
    try:
        text = re.sub(r"#.*", "", data.decode("ascii"))
        return bytes.fromhex(re.sub(r"0x|[\s,:;-]", "", text)) or data
    except ValueError:
        return data


def readings(data: bytes) -> list[Reading | Rejected]:
    """Return all that a fresh decoder makes of the bytes of one line."""
    decoder = Decoder()
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
    found = readings(bytes.fromhex(request["bytes_hex"]))
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


@dataclass(frozen=True)
class _Print:
    """One thing that came down the line, told at length."""

    found: Frame | Rejected

    def __str__(self) -> str:
        if isinstance(self.found, Rejected):
            return f"REJECTED {len(self.found.raw)} bytes: {self.found.error}\n  {self.found.raw.hex(' ')}"
        lines = [f"FRAME of {len(self.found.raw)} bytes", f"  {self.found.raw.hex(' ')}"]
        try:
            notification = read_notification(without_llc(self.found.content))
            lines += tree(notification.body, 1)
        except DecodeError as error:
            lines.append(f"  {error}")
        for one in readings(self.found.raw):
            lines.append("READING" if isinstance(one, Reading) else f"REJECTED: {one.error}")
            if isinstance(one, Reading):
                told = {key: value for key, value in as_json(one).items() if key != "values"}
                lines += [f"  {key:28}{value}" for key, value in told.items() if value is not None]
                lines += [f"  {q.key:28}{value:g} {q.unit.symbol}" for q, value in one.values.items()]
                lines += [f"  {code:28}{value!r} (no name or no scale)" for code, value in one.unnamed.items()]
        return "\n".join(lines)


def main() -> None:
    """Read hex, a file or standard input."""
    parser = argparse.ArgumentParser(prog="scripts/decode", description="Decode the bytes of a meter's HAN port.")
    parser.add_argument("source", nargs="*", help="hex, or a file of bytes or hex; standard input if left out")
    parser.add_argument("--jsonl", action="store_true", help="one JSON object a line in, one out")
    asked = parser.parse_args()
    if asked.jsonl:
        for line in filter(str.strip, sys.stdin):
            print(json.dumps(answer(json.loads(line))))
        return
    text = " ".join(asked.source)
    path = Path(text)
    is_file = bool(asked.source) and len(text) < 4096 and path.is_file()
    data = path.read_bytes() if is_file else text.encode() or sys.stdin.buffer.read()
    data = from_text(data)
    stream = FrameStream()
    for found in [*stream.receive(data), *stream.end()]:
        print(_Print(found))
    print(f"{len(data)} bytes, of which {stream.noise} were noise")


if __name__ == "__main__":
    main()
