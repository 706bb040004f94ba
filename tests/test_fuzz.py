"""That changed bytes, state and options can still be tried: `scripts/fuzz` does so for as long as one likes."""

from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_a_moment_of_changed_inputs_finds_nothing() -> None:
    """In a process of its own: it watches which code is reached, as the measuring of coverage does."""
    told = subprocess.run(
        [sys.executable, "-m", "tools.fuzz", "--seconds", "0.5", "--seed", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "findings" in told.stdout, told.stderr
    assert told.stdout.endswith(": 0 findings\n"), told.stdout
