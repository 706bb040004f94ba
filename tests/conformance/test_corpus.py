"""Real telegrams, one decoder for each: everything that can be read is right, and nothing else gives a value."""

from collections import Counter
from collections.abc import Iterable
import json
from typing import Any

import pytest

from custom_components.han_port.decoder import Decoder, Keys, Quantity, Reading
from custom_components.han_port.decoder.quantities import BY_KEY
from tests.decoder.three_ways import comparable, hear, one_by_one

from . import CORPUS, MISSING, UNREAD

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


def is_readable(item: dict[str, Any]) -> bool:
    """Tell whether an item has values that there is a quantity for."""
    return bool(item["expected"] and any(map(quantity_of, item["expected"])))


def decoder_for(item: dict[str, Any]) -> Decoder:
    """Return a decoder with the keys of an item, if it has such."""
    return Decoder(keys=Keys.parse(item["key"], item.get("auth_key")) if item.get("key") else None)


def readings_of(item: dict[str, Any]) -> list[Reading]:
    """Return what an item says."""
    heard = hear(bytes.fromhex(item["bytes_hex"]), decoder=decoder_for(item))
    return [event for event in heard if isinstance(event, Reading)]


def known_fault(item: dict[str, Any]) -> list[pytest.MarkDecorator]:
    """Mark an item that is known to be read wrongly: its test must fail, until the fault is mended."""
    reason = UNREAD.get(item["id"])
    return [pytest.mark.xfail(reason=reason, strict=True)] if reason else []


def each(items: Iterable[dict[str, Any]]) -> pytest.MarkDecorator:
    """Make a test for each item, named after it."""
    found = [pytest.param(item, id=item["id"], marks=known_fault(item)) for item in items]
    return pytest.mark.parametrize("item", found or [pytest.param({}, id="missing")])


def values_of(readings: Iterable[Reading]) -> dict[Quantity, float]:
    """Return all values of an item: a long one may come in several messages."""
    return {quantity: value for reading in readings for quantity, value in reading.values.items()}


@each(item for item in ITEMS if is_readable(item))
def test_every_telegram_is_read_rightly(item: dict[str, Any]) -> None:
    """All values that it is known to carry, and the meter's number."""
    readings = readings_of(item)
    values = values_of(readings)
    for name, expected in item["expected"].items():
        if found := quantity_of(name):
            quantity, factor = found
            assert values[quantity] == pytest.approx(expected * factor, rel=1e-9), name
    if meter_id := item["expected"].get("meter_id"):
        assert [reading.serial for reading in readings] == [str(meter_id)]
    can_be_verified = {True} if item.get("auth_key") else {False, None}
    assert {reading.verified for reading in readings} <= can_be_verified


@each(item for item in ITEMS if item["expected"] is None)
def test_nothing_that_must_be_rejected_gives_a_value(item: dict[str, Any]) -> None:
    """Damaged, tampered with, or encrypted without the right key: not one value may be shown of it."""
    assert readings_of(item) == []


def test_no_telegram_is_heard_otherwise_when_it_is_cut() -> None:
    """Of any country and kind: damaged ones as well."""
    for item in ITEMS:
        data = bytes.fromhex(item["bytes_hex"])
        whole = comparable(hear(data, decoder=decoder_for(item)))
        assert comparable(hear(*one_by_one(data), decoder=decoder_for(item))) == whole, item["id"]


def test_no_telegram_gives_a_wrong_value() -> None:
    """Of any country and kind: what cannot be read is left out, and never guessed."""
    for item in ITEMS:
        if item["id"] in UNREAD:
            continue  # each is tried by itself, above
        values = values_of(readings_of(item))
        for name, expected in (item["expected"] or {}).items():
            found = quantity_of(name)
            if found and found[0] in values:
                assert values[found[0]] == pytest.approx(expected * found[1], rel=1e-7), f"{item['id']}: {name}"


def test_the_corpus_is_whole() -> None:
    """An empty corpus would prove everything."""
    kinds = Counter(
        "readable" if is_readable(item) else "rejected" if item["expected"] is None else "other" for item in ITEMS
    )
    assert kinds["readable"] >= 195
    assert kinds["rejected"] >= 100
    assert len(ITEMS) > 300
