"""An event loop whose time passes only while there is nothing to do.

Whenever all tasks wait, no socket has anything to read and no thread is at work, the clock is set to the next timer. So
every timer, time-out and pause runs as it does in a house, in the right order, and only the waiting is left out. Home
Assistant's wall clock follows.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
import selectors
import time
from typing import Any, override

from homeassistant import util
from homeassistant.helpers import entity, event, update_coordinator
from homeassistant.util import dt as dt_util

AWAKE = 100_000.0
"""Seconds on the loop's clock at first: a computer has been on for some time when Home Assistant starts."""
LOOK = 0.01
"""Seconds between two looks at threads."""
FINEST = 1e-6
"""Seconds between two moments that a `datetime` can tell apart."""


class _Selector(selectors.DefaultSelector):
    """Waits for sockets as usual while a thread is at work, else only looks, and lets the clock leap."""

    def __init__(self) -> None:
        super().__init__()
        self.now = AWAKE
        self.at_work = 0

    @override
    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0)
        if found or (timeout is not None and timeout <= 0):
            return found
        if self.at_work or timeout is None:
            return super().select(LOOK)
        self.now += timeout
        return []


class FastLoop(asyncio.SelectorEventLoop):
    """The loop."""

    def __init__(self) -> None:
        """Begin."""
        self._clock = _Selector()
        super().__init__(self._clock)
        self._clock_resolution = FINEST

    @override
    def time(self) -> float:
        """Return the seconds on the clock."""
        return self._clock.now

    @override
    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Run something in a thread; time stands still until it is done."""
        self._clock.at_work += 1
        try:
            future = super().run_in_executor(executor, func, *args)
        except BaseException:
            self._clock.at_work -= 1
            raise
        future.add_done_callback(self._is_done)
        return future

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for the threads, which takes no time."""
        self._clock.at_work += 1
        await super().shutdown_default_executor(timeout)
        self._clock.at_work -= 1

    def _is_done(self, _future: asyncio.Future[Any]) -> None:
        self._clock.at_work -= 1


class WallClock:
    """The wall clock of a loop: `start` is when the loop's began."""

    def __init__(self, loop: FastLoop, start: datetime) -> None:
        """Follow the loop."""
        self._loop, self._start = loop, start
        self._stamp = start.timestamp()

    def utcnow(self) -> datetime:
        """Return the time."""
        return self._start + timedelta(seconds=self._loop.time() - AWAKE)

    def now(self, time_zone: tzinfo | None = None) -> datetime:
        """Return the time in a zone, or in the home's."""
        return self.utcnow().astimezone(time_zone or dt_util.get_default_time_zone())

    def timestamp(self) -> float:
        """Return the seconds since 1970."""
        return self._stamp + self._loop.time() - AWAKE

    async def until(self, moment: datetime) -> None:
        """Wait for a moment."""
        if (seconds := (moment - self.utcnow()).total_seconds()) > 0:
            await asyncio.sleep(seconds)

    def hang_up(self) -> None:
        """Be the clock of this process, for good: Home Assistant asks for the time under all of these names."""
        time.time = self.timestamp
        dt_util.utcnow = util.utcnow = update_coordinator.utcnow = event.time_tracker_utcnow = self.utcnow
        dt_util.now = self.now
        event.time_tracker_timestamp = entity.timer = self.timestamp


def run_fast[T](start: datetime, life: Callable[[WallClock], Any]) -> T:
    """Run a coroutine from a moment on, as fast as the computer can."""
    with asyncio.Runner(loop_factory=FastLoop) as runner:
        clock = WallClock(runner.get_loop(), start.astimezone(UTC))
        clock.hang_up()
        return runner.run(life(clock))
