"""Every fault that a line can have, all at once, in one real Home Assistant."""

from pathlib import Path

import pytest

from tests.whole.faults.process import FAULTS, HASS, MAY_GROW, run

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(420)]


async def test_every_fault_of_a_line_is_survived_and_leaves_nothing_behind(
    tmp_path: Path, socket_enabled: None
) -> None:
    """Good values are read after each, no other was ever shown, everyone is answered, and all is given back."""
    if not HASS.exists():
        pytest.skip(f"{HASS} is not there: run scripts/setup home")
    report = await run(tmp_path)
    assert {each.fault: each.failure for each in report.outcomes} == dict.fromkeys(FAULTS, "")
    assert report.wrong == []
    assert report.states > 100
    assert report.pongs > 20
    entries = len(FAULTS) + 1  # two of them are on one dead host
    assert report.at_work["objects"] == {"HanPortCoordinator": entries, "Link": entries, "Connection": entries}
    assert report.at_work["ptys"] - report.before["ptys"] == 2
    assert report.growth < MAY_GROW
    assert report.before["objects"] == {}
    assert report.left == {}
    assert report.exit_status == 0
    assert report.errors == []
