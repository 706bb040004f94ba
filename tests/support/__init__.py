"""What several test modules use: far ends of a line, homes, dialogs, frames. No test is in here, and no fixture."""

import pytest

# Without this a failed assert in here says no more than that it failed.
pytest.register_assert_rewrite(f"{__name__}.flows", f"{__name__}.homes")
