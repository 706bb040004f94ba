"""The single telegrams of the corpus, and what each is known to say."""

from collections.abc import Iterable
import json
from typing import Any

from custom_components.han_port.decoder import Decoder, Keys, Quantity, Reading
from custom_components.han_port.decoder.quantities import BY_KEY
from tests.decoder.three_ways import hear

from . import CORPUS

TELEGRAMS = CORPUS / "telegrams.jsonl"
ITEMS: list[dict[str, Any]] = (
    [json.loads(line) for line in TELEGRAMS.read_text(encoding="utf-8").splitlines() if line.strip()]
    if TELEGRAMS.exists()
    else []
)


def quantity_of(name: str) -> tuple[Quantity, int] | None:
    """Return the quantity that a name of the corpus stands for, and what its values are to be multiplied by."""
    *words, unit = name.split("_")
    key = "_".join(words).removeprefix("active_")
    quantity = BY_KEY.get(key)
    return (quantity, 1000 if unit in ("kwh", "kvarh") else 1) if quantity else None


def decoder_for(item: dict[str, Any]) -> Decoder:
    """Return a decoder with the keys of an item, if it has such."""
    return Decoder(keys=Keys.parse(item["key"], item.get("auth_key")) if item.get("key") else None)


def readings_of(item: dict[str, Any]) -> list[Reading]:
    """Return what an item says."""
    heard = hear(bytes.fromhex(item["bytes_hex"]), decoder=decoder_for(item))
    return [event for event in heard if isinstance(event, Reading)]


def values_of(readings: Iterable[Reading]) -> dict[Quantity, float]:
    """Return all values of an item: a long one may come in several messages."""
    return {quantity: value for reading in readings for quantity, value in reading.values.items()}
