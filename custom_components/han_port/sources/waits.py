"""How long a feed and its line wait, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a feed and its line wait, in seconds. Tests wait for less."""

    pause: float = 3.0
    """Without a byte, after which an open message is read as it is: no meter pauses this long inside a frame."""
    silence: float = 60.0
    """Without a byte, after which a line is reopened. Every known meter sends at least every 15 s."""
    opening: float = 30.0
    """For one attempt to open; handlers of third parties may have no limit."""
    min_backoff: float = 1.0
    """Between the first two attempts to open; it doubles with each."""
    max_backoff: float = 60.0
    look: float = 0.5
    """Between two checks of a line whose serial settings are not known yet."""
    slice: float = 0.1
    """In which bytes are collected; a USB adapter would wake us for every four bytes of a slow line."""
    burst_pause: float = 0.5
    """Without a byte, which ends a burst; pauses inside a frame are shorter."""
    dumb_after: float = 11.0
    """Without a byte, after which other settings are tried. A Kamstrup meter sends every 10 s."""


USUAL_WAITS = Waits()
