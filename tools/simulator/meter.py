"""A meter's timetable: which list goes out when, and what may happen to it on its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING

from .lists import ListKind, Model, Timetable, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .household import House, Supply

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Faults:
    """How often something goes wrong, each from 0 to 1.

    `repeated_hour`: the hourly list is that of the hour before, byte for byte, but never twice in a row
    (Aidon). `lost`: a frame is not sent. `flipped`: one bit of a frame is wrong. `noise`: random bytes come
    before a frame.
    """

    repeated_hour: float = 0.0
    lost: float = 0.0
    flipped: float = 0.0
    noise: float = 0.0
    seed: int = 0


SOUND = Faults()
LONGEST_NOISE = 40


@dataclass(frozen=True)
class Push:
    """One list on its way: what the meter meant, and what comes down the line of it."""

    moment: datetime
    which: ListKind
    clock: datetime
    supply: Supply
    frame: bytes
    line: bytes

    @property
    def is_sound(self) -> bool:
        return self.frame in self.line


def plan_hour(timetable: Timetable) -> list[tuple[float, ListKind]]:
    """Plan the seconds after a full hour; of lists that fall on the same one, the longer is sent."""
    plan: dict[float, ListKind] = {}
    if timetable.power_seconds:
        plan |= _every(timetable.power_seconds, ListKind.POWER)
    plan |= _every(timetable.snapshot_seconds, ListKind.SNAPSHOT)
    if timetable.hourly_second is not None:
        plan[timetable.hourly_second] = ListKind.HOURLY
    return sorted(plan.items(), key=itemgetter(0))


def _every(period: float, which: ListKind) -> dict[float, ListKind]:
    return {number * period: which for number in range(int(3600 / period))}


class Meter:
    """A meter that pushes lists about a house, from a moment on and for ever."""

    def __init__(
        self,
        model: Model,
        house: House,
        start: datetime | None = None,
        *,
        hourly_second: float | None = None,
        faults: Faults = SOUND,
    ) -> None:
        """Begin at the start of the house unless told otherwise; `hourly_second` moves the hourly list."""
        self.model = model
        self.house = house
        # A zone with summer time would add hours by the wall clock.
        self.start = (start or house.start).astimezone(UTC)
        self.timetable = model.maker.timetable
        if hourly_second is not None:
            self.timetable = replace(self.timetable, hourly_second=hourly_second)
        self.faults = faults

    def __iter__(self) -> Iterator[tuple[datetime, bytes]]:
        """Yield what comes down the line, in order."""
        for push in self.pushes():
            if push.line:
                yield push.moment, push.line

    def pushes(self, until: datetime | None = None) -> Iterator[Push]:
        """Yield every push before a moment, lost ones too, together with the truth behind it."""
        rng = Random(self.faults.seed)
        last_hour: Push | None = None
        for push in self._sound_pushes():
            if until is not None and push.moment >= until:
                return
            sent = push
            if push.which is ListKind.HOURLY:
                sent = self._repeat(push, last_hour, rng)
                last_hour = push if sent is push else None
            yield replace(sent, line=self._spoil(sent.frame, rng))

    def _sound_pushes(self) -> Iterator[Push]:
        plan = plan_hour(self.timetable)
        first_hour = self.start.replace(minute=0, second=0, microsecond=0)
        for number in count():
            hour = first_hour + number * HOUR
            at_full_hour = self.house.at(max(hour, self.start))
            for second, which in plan:
                moment = hour + timedelta(seconds=second)
                if moment >= self.start:
                    yield self._push(moment, which, hour, at_full_hour)

    def _push(self, moment: datetime, which: ListKind, hour: datetime, at_full_hour: Supply) -> Push:
        hourly = which is ListKind.HOURLY
        supply = at_full_hour if hourly and self.timetable.frozen else self.house.at(moment)
        clock = hour if hourly and self.timetable.clock_is_frozen else moment
        frame = encode(self.model, supply, clock, which)
        return Push(moment, which, clock, supply, frame, frame)

    def _repeat(self, push: Push, last_hour: Push | None, rng: Random) -> Push:
        if last_hour is None or rng.random() >= self.faults.repeated_hour:
            return push
        return replace(last_hour, moment=push.moment)

    def _spoil(self, frame: bytes, rng: Random) -> bytes:
        noise = rng.randbytes(rng.randint(1, LONGEST_NOISE)) if rng.random() < self.faults.noise else b""
        if rng.random() < self.faults.lost:
            return noise
        if rng.random() < self.faults.flipped:
            spoilt = bytearray(frame)
            spoilt[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
            frame = bytes(spoilt)
        return noise + frame
