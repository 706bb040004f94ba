"""Finds the parts of a P1 telegram that have a date of their own, such as the registers at the end of the last month.

A Holley sends them as a code alone, then lines like the others in a pair of brackets:

    0-0:98.1.0 CR LF ( CR LF 0-0:1.0.0(220201000000T) CR LF 1-0:1.8.0(00003600.100*kWh) CR LF ) CR LF
"""

import re

# From a bracket that opens at the end of a line, or before a code, to one that closes at the beginning of a line, or
# second at its end; else to the end of the telegram. The line before it may be a code alone.
_BLOCK = re.compile(
    rb"(?:^[0-9][^()\n]*\n)?(?:^[^()\n]*\(\r?\n|^\([0-9]+-[0-9]+:)(?:.*?(?:^\)|\)\))[^\n]*|.*)",
    re.MULTILINE | re.DOTALL,
)
CLOCK_BEGIN = b"0-0:1.0.0("
_CLOCK = re.compile(rb"^0-0:1\.0\.0\(([0-9]{10,12})", re.MULTILINE)
_DATE = re.compile(r"[0-9]{10,14}[A-Z]?")


def current_part(content: bytes) -> bytes:
    """Return a telegram ("/" to "!") without its blocks of a date of their own.

    Such a block is in brackets. Or it begins with a clock that is earlier than the first one: then nobody knows where
    it ends, and nothing after it is current.
    """
    ident, line_end, lines = content[:-1].partition(b"\n")
    lines = _BLOCK.sub(b"", lines)
    clocks = [*_CLOCK.finditer(lines)]
    end = next((each.start() for each in clocks if each[1] < clocks[0][1]), None)
    return ident + line_end + lines[:end] + content[-1:]


def is_date(text: str) -> bool:
    """Return whether a text is a date. Before the value of a line it says that the value is of that time."""
    return bool(_DATE.fullmatch(text))
