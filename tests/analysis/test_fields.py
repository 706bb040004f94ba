"""Fields of a rule: of the right type, or an error."""

import pytest

from custom_components.han_port.analysis.fields import RuleError, integers


@pytest.mark.parametrize("values", [5, None, "", "5", {5: 5}, {}, [5, True], [5.0]])
def test_whole_numbers_are_a_list_of_them(values: object) -> None:
    with pytest.raises(RuleError, match="months: must be whole numbers"):
        integers({"months": values}, "months", (1, 2))


def test_whole_numbers_that_are_left_out_are_the_usual_ones() -> None:
    assert integers({}, "months", (1, 2)) == (1, 2)
    assert integers({"months": [5]}, "months", (1, 2)) == (5,)
