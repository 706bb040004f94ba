"""Power as one signed number."""

import pytest

from custom_components.han_port.analysis.power import signed


@pytest.mark.parametrize(
    ("power_import", "power_export", "expected"),
    [
        (2148.0, 0.0, 2148.0),
        (0.0, 1500.0, -1500.0),
        (0.0, 0.0, 0.0),
        (2148.0, None, 2148.0),
        (0.0, None, 0.0),
        (None, 1500.0, None),
        (None, None, None),
        (300.0, 1500.0, 300.0),
    ],
)
def test_export_is_negative(power_import: float | None, power_export: float | None, expected: float | None) -> None:
    """One of the two is zero. If both are not, the export is from the list before and is over."""
    assert signed(power_import, power_export) == expected


def test_nothing_is_not_a_negative_nothing() -> None:
    """A state of "-0.0" looks like a fault."""
    assert str(signed(0.0, 0.0)) == "0.0"
    assert str(signed(0.0, None)) == "0.0"
