"""Capacity tariffs once more, by brute force and in another way, to hold the engine against.

Nothing of the engine is used: rules are plain JSON, moments are seconds since 1970, powers are whole watts, local time
is made of the law on summer time, and weights are counted in quarters, so that every comparison is one of integers.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any

type Powers = Mapping[int, float]
"""Watts of each period, by the second at which it began."""


@cache
def changes(year: int) -> tuple[datetime, datetime]:
    """Return when summer time begins and ends in Europe: at 01:00 UTC on the last Sundays of March and October."""
    march, october = datetime(year, 3, 31, 1, tzinfo=UTC), datetime(year, 10, 31, 1, tzinfo=UTC)
    while march.strftime("%A") != "Sunday":
        march -= timedelta(days=1)
    while october.strftime("%A") != "Sunday":
        october -= timedelta(days=1)
    return march, october


@cache
def local(second: int, east: int) -> datetime:
    """Return the clock on the wall (labelled UTC), where winter time is so many hours ahead of UTC."""
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    begin, end = changes(utc.year)
    return utc + timedelta(hours=east + (1 if begin <= utc < end else 0))


@cache
def minutes(clock: str) -> int:
    """Return the minute of the day."""
    hour, minute, *_ = clock.split(":")
    return int(hour) * 60 + int(minute)


def quarters(series: Mapping[str, Any], second: int, east: int, holidays: set[str]) -> int:
    """Return the weight of a period, times four."""
    if series["windows"] == []:
        return 4
    wall = local(second, east)
    now, today = wall.hour * 60 + wall.minute, wall.toordinal()  # the first day of all was a Monday
    off = str(wall)[:10] in holidays
    for window in series["windows"]:
        begin, end = minutes(window["begins"]), minutes(window["ends"])
        if (
            (now - begin) % 1440 < ((end - begin) % 1440 or 1440)
            and (today % 7 or 7) in window["weekdays"]
            and wall.month in window["months"]
            and window["holidays"] in ("any", "only" if off else "never")
        ):
            return int(window["weight"] * 4)
    return 0


def peaks(series: Mapping[str, Any], powers: Powers, east: int, holidays: set[str]) -> list[tuple[int, float, int]]:
    """Return second, watts and weight (times four) of each peak: take the highest, strike it out, look again."""
    left = [
        (second, watts, weight)
        for second, watts in powers.items()
        if (weight := quarters(series, second, east, holidays))
    ]
    found: list[tuple[int, float, int]] = []
    while left and len(found) < series["peaks"]:
        top = max(watts * weight for _, watts, weight in left)
        best = min(entry for entry in left if entry[1] * entry[2] == top)
        found.append(best)
        if series["one_per_day"]:
            day = local(best[0], east).date()
            left = [entry for entry in left if local(entry[0], east).date() != day]
        else:
            left.remove(best)
    return found


def mean(found: list[tuple[int, float, int]]) -> Fraction | None:
    """Return the average in watts."""
    return (
        sum((Fraction(watts) * weight for _, watts, weight in found), Fraction()) / (4 * len(found)) if found else None
    )


def step(series: Mapping[str, Any], watts: Fraction) -> int:
    """Return the number of the step, walking down from the top."""
    for index in reversed(range(len(series["steps"]))):
        threshold = Fraction(series["steps"][index]["from_kw"]) * 1000
        if watts > threshold or (watts == threshold and series["threshold_belongs_to_higher"]):
            return index
    return 0


def budget(
    series: Mapping[str, Any], powers: Powers, second: int, target: float, east: int, holidays: set[str]
) -> float | None:
    """Return how many watts a period may have, by trying: halve the distance between enough and too much."""

    def fits(watts: float) -> bool:
        after = mean(peaks(series, {**powers, second: watts}, east, holidays))
        return after is None or after <= limit + Fraction(1, 10**6)

    limit = Fraction(target)
    least = mean(peaks(series, {**powers, second: 0}, east, holidays))
    limit = max(limit, least or limit)
    low, high = 0.0, 1_000_000.0
    if fits(high):
        return None
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
