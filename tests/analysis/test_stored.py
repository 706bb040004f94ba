"""Numbers and times out of a store: sound, or an error."""

from datetime import UTC, datetime
import math

import pytest

from custom_components.han_port.analysis.stored import MAX_STORED_NUMBER, finite, moment


@pytest.mark.parametrize("value", [0, -1, 2.5, MAX_STORED_NUMBER, -MAX_STORED_NUMBER])
def test_a_number_is_itself(value: float) -> None:
    assert finite(value) == value
    assert type(finite(value)) is float


@pytest.mark.parametrize(
    "value",
    [True, "1", None, [1.0], math.nan, math.inf, -math.inf, 1.1 * MAX_STORED_NUMBER, -1.1 * MAX_STORED_NUMBER, 10**400],
)
def test_what_is_no_number_or_too_far_from_zero_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no number"):
        finite(value)


def test_a_moment_has_an_offset() -> None:
    assert moment("2026-01-15T12:00:00+02:00") == datetime(2026, 1, 15, 10, tzinfo=UTC)
    assert moment("2026-01-15T12:00:00+02:00").tzinfo is UTC
    for value in ("2026-01-15T12:00:00", 1768471200, None):
        with pytest.raises(ValueError, match="no moment"):
            moment(value)
