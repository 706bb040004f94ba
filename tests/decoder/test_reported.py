"""Made-up telegrams of the kinds that people have reported: what each says, in `reported`."""

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.han_port.decoder import Reading
from custom_components.han_port.decoder.quantities import BY_KEY

from .three_ways import comparable, hear, one_by_one

REPORTED = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("reported/*"))}


@pytest.mark.parametrize("name", REPORTED)
def test_what_was_reported_is_read_rightly(name: str) -> None:
    """Each value, and as many messages as there are."""
    data, right = bytes.fromhex(REPORTED[name]["bytes_hex"]), REPORTED[name]["right"]
    heard = hear(data)
    assert comparable(hear(*one_by_one(data))) == comparable(heard)
    readings = [event for event in heard if isinstance(event, Reading)]
    assert len(readings) == right.get("readings", 1)
    values: dict[Any, float] = {}
    for reading in readings:
        values |= reading.values
    for key, expected in right.get("values", {}).items():
        assert values[BY_KEY[key]] == pytest.approx(expected, rel=1e-9), key
    assert {reading.maker.value for reading in readings if reading.maker} >= {*filter(None, [right.get("maker")])}
