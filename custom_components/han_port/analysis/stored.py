"""Numbers and times out of a store, which a disk may have changed: sound, or a ValueError."""

from datetime import UTC, datetime

MAX_STORED_NUMBER = 1e15
"""No stored number is greater, neither Wh nor seconds. It keeps out what would make others infinite."""


def finite(value: object) -> float:
    """Return a stored number. Raises ValueError if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MAX_STORED_NUMBER:
        raise ValueError(f"no number: {value!r}")
    return float(value)


def moment(value: object) -> datetime:
    """Return a stored time in UTC. Raises ValueError if it is none, or has no offset."""
    if not isinstance(value, str) or (stored := datetime.fromisoformat(value)).utcoffset() is None:
        raise ValueError(f"no moment: {value!r}")
    return stored.astimezone(UTC)
