"""The decoder, one file for each of its rooms, and properties of the whole.

Hypothesis: `dev` is what everybody runs; `ci` (where CI is set, or by HYPOTHESIS_PROFILE) looks for longer. There is
no deadline in either: a slow machine is no failure.
"""

import os

from hypothesis import settings

settings.register_profile("dev", max_examples=200, deadline=None, print_blob=True)
settings.register_profile("ci", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))
