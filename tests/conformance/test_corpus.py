"""Real telegrams, one decoder for each: everything that can be read is right, and nothing else gives a value."""

from collections import Counter
from collections.abc import Iterable
import json
from typing import Any

import pytest

from custom_components.han_port.decoder import Quantity, Reading
from custom_components.han_port.decoder.quantities import BY_KEY
from tests.decoder.three_ways import comparable, hear, one_by_one

from . import CORPUS, MISSING

TELEGRAMS = CORPUS / "telegrams.jsonl"
ITEMS: list[dict[str, Any]] = (
    [json.loads(line) for line in TELEGRAMS.read_text(encoding="utf-8").splitlines() if line.strip()]
    if TELEGRAMS.exists()
    else []
)
pytestmark = pytest.mark.skipif(not ITEMS, reason=MISSING)


def quantity_of(name: str) -> tuple[Quantity, int] | None:
    """Return the quantity that a name of the corpus stands for, and what its values are to be multiplied by."""
    *words, unit = name.split("_")
    key = "_".join(words).removeprefix("active_")
    quantity = BY_KEY.get(key)
    return (quantity, 1000 if unit in ("kwh", "kvarh") else 1) if quantity else None


IN_PIECES = {"amsf-lg-lng-gbt", "node-dlms-aidon-example-2-segmented"}
"""Blocks and segments: they cannot be joined yet."""


def is_plain(item: dict[str, Any]) -> bool:
    """Tell whether an item is what this decoder is for: sound, not encrypted, in one piece, with values."""
    readable = item["expected"] and any(map(quantity_of, item["expected"]))
    return bool(readable) and not item["encrypted"] and item["id"] not in IN_PIECES


def each(items: Iterable[dict[str, Any]]) -> pytest.MarkDecorator:
    """Make a test for each item, named after it."""
    found = [pytest.param(item, id=item["id"]) for item in items]
    return pytest.mark.parametrize("item", found or [pytest.param({}, id="missing")])


def values_of(readings: Iterable[Reading]) -> dict[Quantity, float]:
    """Return all values of an item: a long one may come in several messages."""
    return {quantity: value for reading in readings for quantity, value in reading.values.items()}


@each(item for item in ITEMS if is_plain(item))
def test_every_plain_telegram_is_read_rightly(item: dict[str, Any]) -> None:
    """All values that it is known to carry, and the meter's number."""
    readings = [event for event in hear(bytes.fromhex(item["bytes_hex"])) if isinstance(event, Reading)]
    values = values_of(readings)
    for name, expected in item["expected"].items():
        if found := quantity_of(name):
            quantity, factor = found
            assert values[quantity] == pytest.approx(expected * factor, rel=1e-9), name
    if meter_id := item["expected"].get("meter_id"):
        assert [reading.serial for reading in readings] == [str(meter_id)]


@each(item for item in ITEMS if item["expected"] is None)
def test_nothing_that_must_be_rejected_gives_a_value(item: dict[str, Any]) -> None:
    """Damaged, tampered with, or encrypted without the right key: not one value may be shown of it."""
    assert [event for event in hear(bytes.fromhex(item["bytes_hex"])) if isinstance(event, Reading)] == []


def test_no_telegram_is_heard_otherwise_when_it_is_cut() -> None:
    """Of any country and kind: those that cannot be read yet as well."""
    for item in ITEMS:
        data = bytes.fromhex(item["bytes_hex"])
        assert comparable(hear(*one_by_one(data))) == comparable(hear(data)), item["id"]


def test_no_telegram_gives_a_wrong_value() -> None:
    """Of any country and kind: what cannot be read yet is left out, and never guessed."""
    for item in ITEMS:
        values = values_of(e for e in hear(bytes.fromhex(item["bytes_hex"])) if isinstance(e, Reading))
        for name, expected in (item["expected"] or {}).items():
            found = quantity_of(name)
            if found and found[0] in values:
                assert values[found[0]] == pytest.approx(expected * found[1], rel=1e-7), f"{item['id']}: {name}"


def test_the_corpus_is_whole() -> None:
    """An empty corpus would prove everything."""
    kinds = Counter(
        "plain" if is_plain(item) else "rejected" if item["expected"] is None else "other" for item in ITEMS
    )
    assert kinds["plain"] >= 130
    assert kinds["rejected"] >= 100
    assert len(ITEMS) > 300
