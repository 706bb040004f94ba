"""The clock of a meter: its twelve bytes, and the dialects in which makers use them.

The deviation from UTC that a clock states is a claim and not a fact. Aidon says "deviation 0" and keeps UTC+1 all year.
Kamstrup keeps standard time all year and sets the summer-time bit all the same. Kaifa in Norway shows civil time and
says "unspecified". Kaifa in Austria and Iskraemeco tell the truth. So a meter's time is kept as it was sent, together
with the dialect that its maker usually speaks. Only the time at which it was received shows which moment it means.
"""

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, tzinfo
from enum import Enum
from struct import Struct

CLOCK_SIZE = 12
TOLERANCE = timedelta(minutes=10)
"""A dialect fits if the moment that it gives is at most this far from the one at which the list was received."""

_FIELDS = Struct(">HBBBBBBBhB")  # year, month, day, weekday, hour, minute, second, 1/100 s, deviation, status
_DEVIATIONS = range(-14 * 60, 14 * 60 + 1)  # minutes: no zone is further from UTC; 0x8000 means unspecified
_UNSPECIFIED_STATUS = 0xFF
_SUMMER_TIME = 0x80


class Dialect(Enum):
    """How the date and time of a meter are to be understood."""

    CODED = "coded"
    """UTC = local + deviation, as the standard says."""
    STANDARD = "standard"
    """The zone's standard time all year, whatever the deviation and the summer-time bit say."""
    CIVIL = "civil"
    """The zone's civil time, with summer time."""


@dataclass(frozen=True, slots=True)
class MeterClock:
    """A meter's time as it was sent, and the dialect that its maker usually speaks."""

    local: datetime
    """The date and time that the meter shows. Naive, since its zone is the question."""
    deviation: int | None
    """Minutes to add to `local` for UTC; None if the meter does not say."""
    summer: bool | None
    """The summer-time bit; None if the meter does not say."""
    usual_dialect: Dialect = Dialect.CIVIL

    def moments(self, dialect: Dialect, zone: tzinfo) -> tuple[datetime, ...]:
        """Return the moments (UTC) that `local` may mean in a dialect.

        There are two in the hour that is repeated in autumn, and none for CODED if the meter states no deviation.
        """
        if dialect is Dialect.CODED:
            if self.deviation is None:
                return ()
            return ((self.local + timedelta(minutes=self.deviation)).replace(tzinfo=UTC),)
        if dialect is Dialect.STANDARD:
            civil = self.local.replace(tzinfo=zone)
            standard = (civil.utcoffset() or timedelta()) - (civil.dst() or timedelta())
            return ((self.local - standard).replace(tzinfo=UTC),)
        folds = (self.local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return tuple(dict.fromkeys(folds))

    def moment(self, near: datetime, zone: tzinfo, dialect: Dialect | None = None) -> datetime:
        """Return the moment (UTC) that `local` means in a dialect (the usual one if None): of two the nearer."""
        moments = self.moments(dialect or self.usual_dialect, zone) or self.moments(Dialect.CIVIL, zone)
        return min(moments, key=lambda moment: abs(moment - near))

    def dialect(self, near: datetime, zone: tzinfo) -> Dialect | None:
        """Return the first dialect, beginning with the usual one, with a moment within TOLERANCE of `near`, or None."""
        candidates: tuple[Dialect, ...] = (self.usual_dialect, *Dialect)
        for dialect in candidates:
            if any(abs(moment - near) <= TOLERANCE for moment in self.moments(dialect, zone)):
                return dialect
        return None


def read_clock(data: bytes, usual_dialect: Dialect = Dialect.CIVIL) -> MeterClock | None:
    """Read a date-time of IEC 62056-6-2 (12 bytes). Return None if it is incomplete or impossible.

    A meter may leave the day or the hour open. The values of its list are still right, but their hour is unknown.
    """
    if len(data) != CLOCK_SIZE:
        return None
    year, month, day, _, hour, minute, second, _, deviation, status = _FIELDS.unpack(data)
    try:
        local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - see MeterClock.local
    except ValueError:
        return None
    if year in (MINYEAR, MAXYEAR):  # a deviation or zone could lead out of the calendar
        return None
    return MeterClock(
        local,
        deviation if deviation in _DEVIATIONS else None,
        None if status == _UNSPECIFIED_STATUS else bool(status & _SUMMER_TIME),
        usual_dialect,
    )
