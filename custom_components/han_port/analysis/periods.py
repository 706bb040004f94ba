"""The periods that energy is counted in: hours and quarters of an hour."""

from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
AT_HAND = timedelta(seconds=2)


def period_start(moment: datetime, length: timedelta) -> datetime:
    """Return when the hour, or quarter of an hour, began that a moment is in. No time zone shifts its quarters."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour + (moment - hour) // length * length


def end_at_hand(now: datetime) -> datetime:
    """Return the end of the running quarter of an hour if it is a moment away, else `now`: a timer may come late."""
    end = period_start(now, QUARTER) + QUARTER
    return end if end - now <= AT_HAND else now
