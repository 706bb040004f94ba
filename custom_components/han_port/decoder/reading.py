"""What one message of a meter said."""

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


class Maker(Enum):
    """Who made the meter, by the name that people know."""

    AIDON = "Aidon"
    KAIFA = "Kaifa"
    KAMSTRUP = "Kamstrup"
    LANDIS_GYR = "Landis+Gyr"
    ISKRAEMECO = "Iskraemeco"
    SAGEMCOM = "Sagemcom"


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of one list.

    None means "not sent": a meter's shortest list is a power and nothing else. A zero is a reading.
    """

    values: Mapping[Quantity, float]
    """In the unit of the quantity (W, var, V, A, Wh, varh), as measured at the meter's terminals."""
    maker: Maker | None = None
    list_id: str | None = None
    """The list's own name and version, such as AIDON_V0001 (OBIS 0.2.129)."""
    model: str | None = None
    serial: str | None = None
    """The meter's number, or the number of the metering point where the meter sends that."""
    sent_at: MeterClock | None = None
    verified: bool | None = None
    """Whether an encrypted message's authentication tag was verified; None if the message was not encrypted."""
    unnamed: Mapping[str, object] = field(default_factory=dict)
    """What came under an OBIS code (as text) that has no name here, or a name but no known scale."""
    raw: bytes = field(default=b"", compare=False, repr=False)
    """The frames that brought it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Bytes that gave no reading, and why."""

    error: DecodeError
    raw: bytes
