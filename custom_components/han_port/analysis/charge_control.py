"""Decides what a charger may draw, from the belief about what it draws: down at once, up after a minute, off rarely.

A reading may come too late to see what a recommendation has done, so nothing is repeated before its time: what a
charger draws is asked of the observer, and a fall that is under way is in the lines still.

Currents are A, primary; times are seconds of one clock that never steps.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
import math

from .charging import (
    ALONE,
    BY_THE_SUN,
    Allowance,
    ChargerSettings,
    ChargingMode,
    Limit,
    Others,
    Recommendation,
    Situation,
    watts_per_ampere,
    wirings_of,
)
from .headroom import Headrooms, Surplus, allowed, headrooms, quantile
from .observer import Observer
from .supply_system import SupplySystem

RISE_AFTER = 60.0
"""Seconds for which there must have been headroom before the recommendation rises, and a small fall is followed."""
MAX_START_WAIT = 240.0
"""Maximum time (s) that a paused car waits for headroom: the wait doubles after each short charge."""
SHORT_CHARGE, LONG_CHARGE = 600.0, 1800.0
"""Seconds below which a charge was short, and above which the wait is the usual one again."""
MAX_STARTS = 6
"""Starts in an hour."""
STUCK_AFTER = 300.0
"""Seconds without a change after which the median is asked: if nothing moves, nothing is learned."""
MAX_HOLD, HOLD_TIMES = 300.0, 1.13
"""Seconds for which 6 A may be held above the fuse, and up to how many times the fuse: it bears that for an hour."""
RISE_QUANTILE, FALL_QUANTILE, SMALL_FALL_QUANTILE = 0.15, 0.35, 0.65
"""Quantiles of the headroom: for a rise, for a fall above the fuse, and for a fall below it."""
IS_UNUSED = 0.05
"""Probability of a line up to which the charger is taken not to draw from it."""
IS_IDLE = 0.8
"""Probability from which the charger is taken to draw nothing."""
IS_CERTAIN = 0.7
"""Probability of a current from which it shows that the charger has followed."""
MIN_DELAY, USUAL_DELAY, MAX_DELAY = 2.0, 20.0, 120.0
"""Seconds that a charger takes to follow: limits, and what is supposed before it is learned."""
PROBE_AFTER, PROBE_STEP = 120.0, 3
"""Seconds after which a charger that seems to have stopped by itself is asked to draw so many A less."""


class ChargeControl:
    """Recommends a current for one charger."""

    def __init__(self, settings: ChargerSettings, fuse: float) -> None:
        """Begin with nothing known: the fail-safe value."""
        self.settings, self.fuse = settings, fuse
        self.mode, self.surplus = ChargingMode.FAST, Surplus(settings.minimum)
        self.observer = Observer(wirings_of(settings.wiring), settings.maximum)
        self.recommended = Recommendation(settings.fail_safe, Limit.FAIL_SAFE)
        self.delay = USUAL_DELAY
        """Seconds that this charger takes to follow, as learned."""
        self._ups: deque[tuple[float, float]] = deque()
        self.changed_at = self._fell_at = self._began = -math.inf
        self._lower_since: float | None = None
        self._above_since: float | None = None
        self._charging_since: float | None = None
        self._wait = RISE_AFTER
        self._starts: deque[float] = deque()
        self._at: float | None = None
        self._interval = 10.0
        self._waits_to_follow: tuple[int, float] | None = None
        self._stopped_at: float | None = None

    # --- readings ----------------------------------------------------------------------------------------------

    def witness(self, value: float, at: float, system: SupplySystem | None, *, is_power: bool) -> None:
        """Weigh what the charger says of itself: a current (A) or a power (W)."""
        amperes = dict.fromkeys(wirings_of(self.settings.wiring), value)
        if is_power:
            amperes = {lines: value / watts_per_ampere(lines, system) for lines in amperes}
        self.observer.witness(value, amperes, at)

    def observe(self, now: Situation) -> None:
        """Learn from a list what the charger draws."""
        if self._at is None:
            self.observer.command(0 if self.mode is ChargingMode.OFF else self.recommended.amperes, now.at)
            self._began = now.at
        elif now.at > self._at:
            self._interval = min(max(now.at - self._at, 1.0), 30.0)
        self._at = now.at
        was_idle = self.is_idle
        self.observer.update(now.currents, now.at)
        self._learn_delay(now.at)
        self._note_stop(was_idle, now.at)

    def decide(self, now: Situation, others: Others = ALONE) -> None:
        """Recommend a current for a list that was observed."""
        lines = [line for line in self.settings.wiring.lines if line in now.currents or line in now.bounds]
        if not lines:
            self.fail(now.at)
        elif self.mode is ChargingMode.OFF:
            self._say(0, now.at)
            self.recommended = Recommendation(0, Limit.MODE)
            self._ups.clear()
        else:
            self._decide_by([line for line in lines if self.observer.uses(line) > IS_UNUSED] or lines, now, others)

    def _decide_by(self, lines: Sequence[int], now: Situation, others: Others) -> None:
        """Recommend a current by the lines that the charger may draw from."""
        known = now.limits
        drawn = {line: known[line] for line in lines}
        line = max(drawn, key=lambda each: drawn[each])
        if drawn[line] <= self.fuse:
            self._above_since = None
        elif self._above_since is None:
            self._above_since = now.at
        excess = max(current - others.reliefs.get(each, 0.0) for each, current in drawn.items()) - self.fuse
        is_charging = self.recommended.amperes > 0
        by_sun = self.surplus.allowances(self.mode, now, self.observer.most_likely, is_charging=is_charging)
        allowances = (*now.allowances, *by_sun)
        left = headrooms(self.observer.cells, now, allowances, others, self.usable)
        self._decide(left or [(self.settings.fail_safe, 1.0)], excess, now.at, others)
        self.recommended = self._with_limit(now, allowances, others, line)

    def fail(self, at: float) -> None:
        """Nothing is known any more: a paused car is not started, and none draws more than the fail-safe value."""
        self.recommended = Recommendation(self.recommended.amperes, Limit.FAIL_SAFE)
        self._say(min(self.recommended.amperes, self.settings.fail_safe), at)
        self._ups.clear()

    # --- what it is limited by ---------------------------------------------------------------------------------

    @property
    def usable(self) -> float:
        """The part of the fuse that may be used (A)."""
        return self.fuse - self.settings.margin

    @property
    def is_idle(self) -> bool:
        """Whether the charger seems to draw nothing."""
        return self.observer.idle > IS_IDLE

    def is_following(self, at: float) -> bool:
        """Return whether the charger may still be about to do what it was told last."""
        return at - self.changed_at <= self.delay + self._interval

    def _with_limit(self, now: Situation, allowances: Sequence[Allowance], others: Others, line: int) -> Recommendation:
        """Return what is recommended with what limits it, given the charger's most loaded line."""
        said, cell = self.recommended.amperes, self.observer.most_likely
        if self.takes_less(now.at):
            return Recommendation(said, Limit.CAR)
        rise = now.rise_per_ampere(line, cell.lines) or 1  # it may not draw from its most loaded line
        limits = [((self.usable - now.limits[line]) / rise + cell.current, Limit.FUSE)]
        if others.share is not None:  # of what is left for all: what the others draw is no matter of the fuse
            limits, line = [(others.share, others.limit)], others.line or line
        limits += [(allowed(each, cell, now.system), each.limit) for each in allowances]
        lowest, limit = min(limits, key=lambda each: each[0])
        if said < self.settings.maximum and math.floor(lowest + 1e-6) > max(said, self.settings.minimum - 1):
            return Recommendation(said, Limit.WAITING)
        limit = Limit.CHARGER if lowest >= self.settings.maximum else limit
        return Recommendation(said, limit, line if limit is Limit.FUSE else None)

    def takes_less(self, at: float) -> bool:
        """Return whether for some time the car has taken clearly less than it was offered."""
        much_less = self.recommended.amperes - self.observer.current >= 2  # noqa: PLR2004 - a car stays a little below
        return (
            much_less and at - max(self.changed_at, self._began) > STUCK_AFTER and self.observer.certainty > IS_CERTAIN
        )

    # --- deciding ----------------------------------------------------------------------------------------------

    def _decide(self, left: Headrooms, excess: float, at: float, others: Others) -> None:
        stuck = at - self.changed_at > STUCK_AFTER
        up = min(quantile(left, 0.5 if stuck else RISE_QUANTILE), self.settings.maximum, self.usable)
        if others.share is not None:
            up, left = min(up, others.share), [(others.share, 1.0)]
        self._ups.append((at, up))
        while self._ups[0][0] < at - MAX_START_WAIT - self._interval:
            self._ups.popleft()
        said = self.recommended.amperes
        # What is not exported costs money, but breaks no fuse: there the likely current is enough.
        small_fall = 0.5 if self.mode in BY_THE_SUN else SMALL_FALL_QUANTILE
        if excess > 0 and said:
            self._fall(quantile(left, FALL_QUANTILE), excess, at)
        elif said and self._is_lower(lower := quantile(left, small_fall), at):
            self._say(self._whole(lower), at)
        elif not self._probe(at) and others.may_rise:
            self._rise(at)

    def _fall(self, headroom: float, excess: float, at: float) -> None:
        """Fall at once. 6 A are held for a while where the fuse bears it."""
        said, since_fall = self.recommended.amperes, at - self._fell_at
        wanted = min(said, self._whole(headroom))
        if wanted < self.settings.minimum:
            wanted = self._hold_or_pause(excess, at)
        elif wanted == said and since_fall > self.delay + self._interval:
            # It should have helped by now: the belief is wrong, or the charger does not obey.
            is_much = excess > (HOLD_TIMES - 1) * self.fuse
            wanted = self.settings.minimum if said > self.settings.minimum else 0 if is_much else said
        if wanted < said:
            self._fell_at = at
            self._say(wanted, at)

    def _hold_or_pause(self, excess: float, at: float) -> int:
        """Return 6 A while the fuse bears that, else 0. Once the last fall has had its time, the lines decide."""
        held = at - self._above_since if self._above_since is not None else 0.0
        house = self.fuse + excess - self.observer.current
        bears = house + self.settings.minimum <= HOLD_TIMES * self.fuse
        if self.recommended.amperes <= self.settings.minimum and at - self._fell_at > self.delay + self._interval:
            bears = bears and excess <= (HOLD_TIMES - 1) * self.fuse
        is_there = not self.is_idle
        return self.settings.minimum if bears and held < MAX_HOLD and is_there else 0

    def _is_lower(self, headroom: float, at: float) -> bool:
        """Return whether for a minute there has been less headroom (A) than is recommended."""
        if headroom >= self.recommended.amperes - 0.5:
            self._lower_since = None
            return False
        self._lower_since = self._lower_since if self._lower_since is not None else at
        return at - self._lower_since >= RISE_AFTER

    def _rise(self, at: float) -> None:
        """Rise to the smallest headroom of the last minute; start again after a wait that grows with short charges."""
        said = self.recommended.amperes
        wait = RISE_AFTER if said else self._wait
        if at - max(self.changed_at, self._ups[0][0]) < wait - self._interval / 2 and math.isfinite(self.changed_at):
            return
        recent = [up for when, up in self._ups if when > at - wait - self._interval / 2]
        if self._ups[0][0] > at - wait + self._interval:
            return  # not heard for long enough
        lowest = math.floor(min(recent) + 1e-6)
        if lowest < max(said + 1, self.settings.minimum):
            return
        if not said:
            while self._starts and self._starts[0] < at - 3600.0:
                self._starts.popleft()
            if len(self._starts) >= MAX_STARTS:
                return
            self._starts.append(at)
        self._say(lowest, at)

    def _say(self, amperes: int, at: float) -> None:
        before = self.recommended.amperes
        self.recommended = replace(self.recommended, amperes=amperes)
        if amperes == before:
            return
        self.observer.command(amperes, at)
        self.changed_at, self._lower_since = at, None
        if abs(amperes - before) >= 2:  # noqa: PLR2004 - a smaller step is lost in the noise of a house
            self._waits_to_follow = amperes, at
        if amperes and not before:
            self._charging_since = at
        elif before and not amperes:
            self._note_end_of_charge(at)

    def _note_end_of_charge(self, at: float) -> None:
        lasted = at - self._charging_since if self._charging_since is not None else math.inf
        if lasted < SHORT_CHARGE:
            self._wait = min(2 * self._wait, MAX_START_WAIT)
        elif lasted > LONG_CHARGE:
            self._wait = RISE_AFTER

    def _whole(self, headroom: float) -> int:
        whole = math.floor(min(headroom, self.settings.maximum) + 1e-6)
        return whole if whole >= self.settings.minimum else 0

    # --- what is learned of the charger --------------------------------------------------------------------------

    def _learn_delay(self, at: float) -> None:
        if self._waits_to_follow is None:
            return
        amperes, since = self._waits_to_follow
        if at - since > MAX_DELAY:
            self._waits_to_follow = None
        elif abs(self.observer.current - amperes) <= 1 and self.observer.certainty > IS_CERTAIN:
            later = max(at - since, MIN_DELAY) - self.delay
            self.delay = min(self.delay + later * (0.3 if later > 0 else 0.1), MAX_DELAY)  # one that was lost is rare
            self._waits_to_follow = None

    def _note_stop(self, was_idle: bool, at: float) -> None:  # noqa: FBT001 - read as "note a stop, if it was not idle"
        is_idle = self.is_idle
        if is_idle and not was_idle and self.recommended.amperes and at - self.changed_at > self.delay:
            self._stopped_at = at
        elif not is_idle:
            self._stopped_at = None

    def _probe(self, at: float) -> bool:
        """Ask for less once: what looked like the car's end may have been a kettle's. Return whether it was asked."""
        said = self.recommended.amperes
        if self._stopped_at is None or at - self._stopped_at < PROBE_AFTER or said <= self.settings.minimum:
            return False
        self._stopped_at = None
        self._say(max(self.settings.minimum, said - PROBE_STEP), at)
        return True
