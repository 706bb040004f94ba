"""Fields of stored data: of the right type, or an error."""

from datetime import UTC, datetime
import math

import pytest

from custom_components.han_port.analysis.fields import MOST, RuleError, finite, integers, moment


@pytest.mark.parametrize("value", [0, -1, 2.5, MOST, -MOST])
def test_a_number_is_itself(value: float) -> None:
    assert finite(value) == value
    assert type(finite(value)) is float


@pytest.mark.parametrize(
    "value", [True, "1", None, [1.0], math.nan, math.inf, -math.inf, 1.1 * MOST, -1.1 * MOST, 10**400]
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


@pytest.mark.parametrize("values", [5, None, "", "5", {5: 5}, {}, [5, True], [5.0]])
def test_whole_numbers_are_a_list_of_them(values: object) -> None:
    with pytest.raises(RuleError, match="months: must be whole numbers"):
        integers({"months": values}, "months", (1, 2))


def test_whole_numbers_that_are_left_out_are_the_usual_ones() -> None:
    assert integers({}, "months", (1, 2)) == (1, 2)
    assert integers({"months": [5]}, "months", (1, 2)) == (5,)
