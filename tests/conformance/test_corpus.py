"""Real telegrams, one decoder for each: everything that can be read is right, and nothing else gives a value."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from tests.decoder.three_ways import comparable, hear, one_by_one

from . import MISSING, UNREAD
from .telegrams import ITEMS, decoder_for, quantity_of, readings_of, values_of

pytestmark = pytest.mark.skipif(not ITEMS, reason=MISSING)


def is_readable(item: dict[str, Any]) -> bool:
    """Tell whether an item has values that there is a quantity for."""
    return bool(item["expected"] and any(map(quantity_of, item["expected"])))


def known_fault(item: dict[str, Any]) -> list[pytest.MarkDecorator]:
    """Mark an item that is known to be read wrongly: its test must fail, until the fault is mended."""
    reason = UNREAD.get(item["id"])
    return [pytest.mark.xfail(reason=reason, strict=True)] if reason else []


def each(items: Iterable[dict[str, Any]]) -> pytest.MarkDecorator:
    """Make a test for each item, named after it."""
    found = [pytest.param(item, id=item["id"], marks=known_fault(item)) for item in items]
    return pytest.mark.parametrize("item", found or [pytest.param({}, id="missing")])


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
