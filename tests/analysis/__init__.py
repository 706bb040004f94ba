"""Readings over time, one file for each question that is asked of them."""

import pytest

# Without this a failed assert in there says no more than that it failed.
pytest.register_assert_rewrite(f"{__name__}.tariff_by_chance")
