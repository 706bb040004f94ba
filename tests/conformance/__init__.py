"""What real meters sent. It is data of many people, so it is no part of this repository.

It is looked for in HAN_PORT_CORPUS, else beside the repository; where it is not, its tests are skipped and say so.
"""

import os
from pathlib import Path

CORPUS = Path(os.environ.get("HAN_PORT_CORPUS", Path(__file__).parents[2].parent / "shared" / "corpus"))
MISSING = "the corpus of real telegrams is not here: set HAN_PORT_CORPUS"

UNREAD = {
    "new-cy-lg-e450-mbus-short": "its long list comes twice, and the meter's number with each",
}
"""Telegrams that are not read rightly yet, and what is special about them. One that is read must be taken from here."""
