"""What meters send, as annotated hex: one file for each capture, in the folder of its maker."""

from pathlib import Path
import re

HERE = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in HERE.glob("*/*.hex")))


def load(name: str) -> bytes:
    """Read a capture, found by the name of its file alone; everything after a # is for people."""
    (path,) = HERE.glob(f"*/{name}.hex")
    return bytes.fromhex(re.sub(r"#.*", "", path.read_text(encoding="utf-8")))
