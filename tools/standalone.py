"""The decoder and the analysis on a Python without Home Assistant, which they do not need."""

from pathlib import Path
import sys
from types import ModuleType

PACKAGE = Path(__file__).resolve().parents[1] / "custom_components" / "han_port"


def leave_out_home_assistant() -> None:
    """Let `custom_components.han_port.decoder` and `.analysis` be imported without the integration's `__init__`.

    Only for a program of its own, before it imports any of them: afterwards the integration itself cannot be imported.
    """
    # That `__init__` imports Home Assistant, so an empty package takes its place. The integration's folder on sys.path
    # would do so too, but it has modules called `number`, `event` and `repairs`, and each name would exist twice.
    package = ModuleType("custom_components.han_port")
    package.__path__ = [str(PACKAGE)]
    package.__file__ = str(PACKAGE / "__init__.py")
    sys.modules[package.__name__] = package
