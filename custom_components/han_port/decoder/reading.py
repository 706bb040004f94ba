"""What the decoder returns: a reading, or bytes that it had to reject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from .clock import MeterClock
from .errors import DecodeError
from .quantities import Quantity


class Moment(NamedTuple):
    """A point in time, by two clocks."""

    loop: float
    """Seconds of a clock that only goes forward: it says how long ago something was."""
    utc: datetime
    """The wall clock, which may be set: it says in which hour something was."""


MAX_NAME_SIZE = 64
"""Characters of what a meter calls itself. The longest that is known has 34."""


def one_line(text: str | None) -> str | None:
    """Return what a meter calls itself as one line of printable characters, not too long; None if nothing is left.

    A meter, or whoever is on its line, may send anything: line ends, control characters, a whole page.
    """
    if text is None or (text.isprintable() and len(text) <= MAX_NAME_SIZE):
        return text
    printable = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(printable.split())[:MAX_NAME_SIZE].rstrip() or None


class Maker(Enum):
    """Maker of a meter, by the usual name."""

    AIDON = "Aidon"
    KAIFA = "Kaifa"
    KAMSTRUP = "Kamstrup"
    LANDIS_GYR = "Landis+Gyr"
    ISKRAEMECO = "Iskraemeco"
    SAGEMCOM = "Sagemcom"


class Reason(Enum):
    """Why a value was left out of a reading."""

    NOT_AVAILABLE = "not_available"
    """The meter sent the pattern that stands for "no value"."""
    OUT_OF_BOUNDS = "out_of_bounds"
    """No meter of a house can measure it (see `Unit`)."""
    CONTRADICTORY = "contradictory"
    """The same quantity came twice with different values."""


class LeftOut(NamedTuple):
    """A value that came with a right checksum and is not believed."""

    quantity: Quantity
    value: float | str
    """In the unit of the quantity. As it was sent, if it is not available; as text, if it is no finite number."""
    reason: Reason


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of one list.

    None means "not sent": the shortest lists of meters hold a power and nothing else. A zero is a value.
    """

    values: Mapping[Quantity, float]
    """In the unit of the quantity (W, var, V, A, Wh, varh): secondary values, as the meter sent them."""
    maker: Maker | None = None
    list_id: str | None = None
    """Name and version of the list, such as AIDON_V0001 (OBIS 0.2.129)."""
    model: str | None = None
    serial: str | None = None
    """The number of the meter, or of the metering point if the meter sends that instead."""
    sent_at: MeterClock | None = None
    verified: bool | None = None
    """Whether the authentication tag of an encrypted message was verified; None if it was not encrypted."""
    is_checked: bool = True
    """Whether a checksum or a tag showed that it is as the meter sent it. Some meters send neither."""
    unnamed: Mapping[str, object] = field(default_factory=dict)
    """Other values by OBIS code, as text: the code has no name here, or the scale of its value is not known."""
    left_out: tuple[LeftOut, ...] = ()
    """Values that are not believed, in the order in which that was found."""
    raw: bytes = field(default=b"", compare=False, repr=False)
    """The frames that brought it, as they came."""

    def __post_init__(self) -> None:
        """Make what the meter calls itself fit to be shown, whoever made the reading."""
        for name in ("list_id", "model", "serial"):
            text = getattr(self, name)
            if text is not (shown := one_line(text)):
                object.__setattr__(self, name, shown)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bytes that gave no reading, and the reason."""

    error: DecodeError
    raw: bytes
