"""`scripts/decode` runs this, on a Python that need not have Home Assistant."""

import sys

from tools.standalone import leave_out_home_assistant


def run() -> int:
    """Run the command; return its exit status."""
    leave_out_home_assistant()
    from tools.decode.explain import main  # noqa: PLC0415 - it imports the decoder

    return main()


if __name__ == "__main__":
    sys.exit(run())
