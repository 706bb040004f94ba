"""What real meters sent. It is data of many people, so it is no part of this repository.

It is looked for in HAN_PORT_CORPUS, else beside the repository; where it is not, its tests are skipped and say so.
"""

import os
from pathlib import Path

CORPUS = Path(os.environ.get("HAN_PORT_CORPUS", Path(__file__).parents[2].parent / "shared" / "corpus"))
MISSING = "the corpus of real telegrams is not here: set HAN_PORT_CORPUS"
