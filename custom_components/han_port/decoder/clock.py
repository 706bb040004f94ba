"""The twelve bytes of a meter's clock, and which of its dialects is spoken.

Meters lie about UTC in several ways, so the deviation that a clock carries is a claim and not a fact:
Aidon says "deviation 0" and keeps UTC+1 all year; Kamstrup keeps standard time all year and sets the
summer-time bit all the same; Kaifa in Norway shows civil time and says "unspecified"; Kaifa in Austria and
Iskraemeco tell the truth. A meter's time is therefore kept as it was sent, together with the dialect its
maker is known for, and becomes a moment only beside the time at which it was received.
"""

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, tzinfo
from enum import Enum
from struct import Struct

CLOCK_SIZE = 12
TOLERANCE = timedelta(minutes=10)
"""A dialect fits if it puts a clock that runs this near to the time at which the list came in."""

_FIELDS = Struct(">HBBBBBBBhB")  # year, month, day, weekday, hour, minute, second, 1/100 s, deviation, status
_DEVIATIONS = range(-14 * 60, 14 * 60 + 1)  # no zone is further from UTC; 0x8000 says that it is unspecified
_UNSPECIFIED_STATUS = 0xFF
_SUMMER_TIME = 0x80


class Dialect(Enum):
    """How a meter's hands are to be read."""

    CODED = "coded"
    """UTC = local + deviation, as the standard says."""
    STANDARD = "standard"
    """The zone's standard time all year, whatever the deviation and the summer-time bit say."""
    CIVIL = "civil"
    """The zone's civil time, with summer time."""


@dataclass(frozen=True, slots=True)
class MeterClock:
    """A meter's time as it was sent, and the dialect that its maker is known for."""

    local: datetime
    """What the hands show. Naive: which zone they mean is the question."""
    deviation: int | None
    """Minutes, with UTC = local + deviation; None where the meter does not say."""
    summer: bool | None
    """The summer-time bit; None where the meter does not say."""
    told: Dialect = Dialect.CIVIL

    def moments(self, dialect: Dialect, zone: tzinfo) -> tuple[datetime, ...]:
        """Return the moments (UTC) the hands may mean: two in the hour that autumn repeats, none if unsaid."""
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
        """Return the moment (UTC) in a dialect (the told one if None), the one nearest to `near` of two."""
        moments = self.moments(dialect or self.told, zone) or self.moments(Dialect.CIVIL, zone)
        return min(moments, key=lambda moment: abs(moment - near))

    def dialect(self, near: datetime, zone: tzinfo) -> Dialect | None:
        """Return the dialect that puts the hands within ten minutes of `near`, the told one first, or None."""
        candidates: tuple[Dialect, ...] = (self.told, *Dialect)
        for dialect in candidates:
            if any(abs(moment - near) <= TOLERANCE for moment in self.moments(dialect, zone)):
                return dialect
        return None


def read_clock(data: bytes, told: Dialect = Dialect.CIVIL) -> MeterClock | None:
    """Read a date-time of IEC 62056-6-2 (12 bytes); None where it names no moment at all.

    A day or an hour that the meter leaves open, or that no calendar has, is no moment: the values of such
    a list are still right, only their hour is not known.
    """
    if len(data) != CLOCK_SIZE:
        return None
    year, month, day, _, hour, minute, second, _, deviation, status = _FIELDS.unpack(data)
    try:
        local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - see MeterClock.local
    except ValueError:
        return None
    if year in (MINYEAR, MAXYEAR):  # no room for every deviation and zone
        return None
    return MeterClock(
        local,
        deviation if deviation in _DEVIATIONS else None,
        None if status == _UNSPECIFIED_STATUS else bool(status & _SUMMER_TIME),
        told,
    )
