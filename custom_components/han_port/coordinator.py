"""Home Assistant's life of one entry: starts its feed, gives readings to its meter, shows what is new or stale, stops.

What the feed hands over is taken in and shown in the same call. There is no queue and no task per message.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.event import async_call_later, async_track_time_change, async_track_time_interval
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .analysis.freshness import LIVE_FOR
from .analysis.hour import POWERS
from .analysis.periods import end_at_hand
from .const import CONF_SERIAL_NUMBER, CONF_UPDATE_INTERVAL, DOMAIN, LOGGER
from .decoder import CipherError, Moment, Quantity, Reading, Rejected
from .decoder.masking import Masked
from .meter.config import UPDATE_INTERVAL, MeterConfig, unique_id
from .meter.events import MeterEvent
from .meter.gateway import Gateway
from .meter.heard import take_over
from .meter.identity import async_store
from .meter.issues import Issue
from .meter.meter import Meter
from .meter.state import Input, Topic
from .sources.errors import Reason, SourceError
from .sources.feed import Feed, Waits
from .sources.settings import LineSettings

__all__ = ["HanPortConfigEntry", "HanPortCoordinator", "Input", "Moment", "Topic", "unique_id"]

WAITS = Waits()
CHECK_EVERY = timedelta(seconds=5)
OUTAGE = timedelta(minutes=5)
"""A silence that is worth an event."""
UNDECIPHERED_BEFORE_ASKING = 3
"""Messages in a row that cannot be deciphered before the user is asked for keys: a single one may be damage."""

type HanPortConfigEntry = ConfigEntry[HanPortCoordinator]
type Reader = Callable[[Moment, bool], None]
"""What shows something as of a moment, and at once if it must not wait."""


def not_ready(error: SourceError) -> ConfigEntryNotReady:
    """Return the exception that tells the user why the line could not be opened. Home Assistant logs it."""
    return ConfigEntryNotReady(
        translation_domain=DOMAIN,
        translation_key=f"cannot_open_{error.reason.value}",
        translation_placeholders={"error": error.logged},
    )


class HanPortCoordinator(DataUpdateCoordinator[Mapping[Quantity, float]]):
    """One meter on one line. `data` is what the meter's `data` is."""

    config_entry: HanPortConfigEntry

    def __init__(self, hass: HomeAssistant, entry: HanPortConfigEntry) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        line = LineSettings.of(entry.data, entry.options)
        clock = lambda: self.now()  # noqa: E731, PLW0108 - tests replace what is now
        self.feed = Feed(line, self._heard, self._line_changed, clock=clock, waits=WAITS)
        self.show_for = float(entry.options.get(CONF_UPDATE_INTERVAL, UPDATE_INTERVAL))
        """Minimum time (s) for which a sensor shows a value."""
        self.meter = Meter(hass, MeterConfig.of(entry), self.now(), self._start_task)
        self.gateway = Gateway(self.meter)
        self.data = self.meter.data
        self.readings = self._undeciphered = 0
        self.last_reading_at: datetime | None = None
        self.key_error: str | None = None
        """What was last wrong with the keys, by its translation's key."""
        self._read_at = hass.loop.time()
        """Loop seconds of the last message that was decoded, or that only lacked a key."""
        self._task: asyncio.Task[None] | None = None
        self._was_lost = False
        """Whether the line was gone since the last reading, and not only silent."""
        self._stop_waiting: CALLBACK_TYPE = lambda: None
        """Ends the wait for a look that comes between the usual ones."""
        self._stale: frozenset[Quantity] = frozenset()
        self._readers: dict[Input | None, dict[int, Reader]] = defaultdict(dict)
        """What a reading may change -> who shows it, by a number; None -> all."""
        self._reader_numbers = count()
        self.shown_as_of = self.now()
        """The moment as of which things were shown last."""

    # --- life -----------------------------------------------------------------------------------------------

    async def async_start(self) -> None:
        """Restore, open the line and begin to listen.

        Raises ConfigEntryNotReady if it cannot be opened, unless there is a tariff or a main fuse: what these say is
        always there. Then the line is tried again as one that is lost later.
        """
        await self.meter.load(self.now(), take_over(self.hass, self.feed.line.address.url))
        try:
            await self.feed.open()
        except SourceError as error:
            if not (self.meter.capacity or self.meter.protection):
                self._report_if_held(error)
                self._await_the_end()
                raise not_ready(error) from error
        else:
            self._report_if_held(None)
        self._task = self.config_entry.async_create_background_task(self.hass, self.feed.run(), self.name)
        until_unload = self.config_entry.async_on_unload
        until_unload(async_track_time_interval(self.hass, self._check, CHECK_EVERY))
        until_unload(lambda: self._stop_waiting())  # noqa: PLW0108 - each wait has another one
        until_unload(async_track_time_change(self.hass, self._end_quarter, minute=(14, 29, 44, 59), second=59))
        until_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, self._save))

    async def _save(self, _event: Event) -> None:
        await self.meter.save()

    def _start_task(self, target: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return self.config_entry.async_create_task(self.hass, target, name)

    def _await_the_end(self) -> None:
        """Withdraw the issues if the entry is no longer tried: an entry that was never loaded is not unloaded."""
        entry = self.config_entry

        @callback
        def changed() -> None:
            if entry.state is ConfigEntryState.SETUP_RETRY:
                return
            forget()
            if entry.state is ConfigEntryState.NOT_LOADED:
                self.meter.issues.withdraw()

        forget = entry.async_on_state_change(changed)

    async def async_stop(self) -> None:
        """Close the line so that it can be opened again at once, and store the state."""
        if self._task:
            self._task.cancel()
        await self.feed.close()
        self.meter.issues.withdraw()
        await self.meter.save()

    @override
    async def _async_update_data(self) -> Mapping[Quantity, float]:
        return self.data  # a meter cannot be asked (`homeassistant.update_entity`)

    # --- what the feed hands over ------------------------------------------------------------------------------

    def now(self) -> Moment:
        """Return the moment that is now."""
        return Moment(self.hass.loop.time(), dt_util.utcnow())

    @callback
    def _heard(self, event: Reading | Rejected, at: Moment) -> None:
        if isinstance(event, Rejected):
            LOGGER.debug("%s: %s: %s", self.name, event.error, Masked(event.raw, *self.numbers))
            if isinstance(event.error, CipherError):
                self._read_at = at.loop
                self._ask_for_keys(event.error)
            return
        self._read_at = at.loop
        self._stop_asking_for_keys()
        if (reading := self.gateway.own(event, at.loop)) is None:
            return
        self.readings += 1
        self._report_silence(at.utc)
        changed = self.meter.update(reading, at)
        if Topic.IDENTITY in changed:
            self._store_identity()
        self._stale = self._stale.difference(changed)
        if was_silent := not self.last_update_success:
            LOGGER.info("%s is sending again", self.name)
            self.last_update_success = True
        self.async_show(at, None if was_silent or self.readings == 1 else changed)

    def _store_identity(self) -> None:
        """Store what the meter has said of itself; name the entry after it if that had no meter yet."""
        async_store(self.hass, self.config_entry, self.meter.config.identity)
        self.meter.rename(self.config_entry.unique_id)

    def _report_silence(self, now: datetime) -> None:
        """Note the time of a reading; report the end of a long silence."""
        before, self.last_reading_at = self.last_reading_at, now
        was_lost, self._was_lost = self._was_lost, False
        if before and now - before > OUTAGE:
            what = MeterEvent.CONNECTION_RESTORED if was_lost else MeterEvent.OUTAGE_ENDED
            minutes = round((now - before).total_seconds() / 60)
            self.meter.events.report(what, start=before.isoformat(), end=now.isoformat(), minutes=minutes)

    def _ask_for_keys(self, error: CipherError) -> None:
        """Ask the user for keys when several messages in a row could not be deciphered."""
        self._undeciphered, self.key_error = self._undeciphered + 1, error.key
        # Home Assistant asks once, but not while the line is being changed.
        if self._undeciphered >= UNDECIPHERED_BEFORE_ASKING:
            self.config_entry.async_start_reauth(self.hass)

    def _stop_asking_for_keys(self) -> None:
        """Note that messages can be deciphered; stop asking for keys."""
        if self._undeciphered >= UNDECIPHERED_BEFORE_ASKING:
            for flow in [*self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})]:
                self.hass.config_entries.flow.async_abort(flow["flow_id"])
        self._undeciphered, self.key_error = 0, None

    # --- what is shown ---------------------------------------------------------------------------------------

    @property
    def numbers(self) -> tuple[str | None, str | None]:
        """The meter's numbers, which must not leave this home."""
        return self.config_entry.unique_id, self.config_entry.data.get(CONF_SERIAL_NUMBER)

    @property
    def rejections(self) -> Counter[str]:
        """What was wrong with messages and values -> how often."""
        return self.feed.rejections + self.meter.counts

    @property
    def is_flowing(self) -> bool:
        """Whether the meter is heard."""
        return bool(self.data) and self.last_update_success and self.feed.source.connected

    @callback
    def async_add_reader(self, reader: Reader, reads: Iterable[Input]) -> Callable[[], None]:
        """Let somebody show what changes with these; return what ends it. Now and then all are asked."""
        number, topics = next(self._reader_numbers), (None, *reads)
        for topic in topics:
            self._readers[topic][number] = reader

        def remove() -> None:
            for topic in topics:
                del self._readers[topic][number]

        return remove

    @callback
    def async_show(self, at: Moment, changed: Iterable[Input] | None = None, *, at_once: bool = False) -> None:
        """Let those who read what has changed, or all, show it as of a moment; at once, even if shown just now."""
        self.shown_as_of = at
        asked: dict[int, Reader] = {}
        for topic in (None,) if changed is None else changed:
            asked |= self._readers.get(topic, {})
        for reader in asked.values():
            try:
                reader(at, at_once)
            except Exception:  # noqa: BLE001 - it must not cost the others
                LOGGER.exception("%s: %r cannot be shown", self.name, reader)

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Show all as of now, when time alone may have changed something: a month may have turned since."""
        self.meter.look(self.now())
        super().async_update_listeners()

    @callback
    def _check(self, _now: datetime) -> None:
        """Look for values that have gone stale since the last look."""
        at = self.now()
        stale = frozenset(quantity for quantity in self.data if not self.meter.is_fresh(quantity, at.loop))
        silent = bool(self.data) and all(quantity in stale for quantity in self.data if not quantity.is_register)
        if silent and self.last_update_success:
            LOGGER.info("%s: nothing has been read for a while", self.name)
            self.last_update_success = False
        if silent and self.feed.is_not_understood(at.loop, LIVE_FOR):
            self.feed.source.unsettle()  # the meter speaks, so it may be with other settings than before
        self.meter.issues.look(self.feed.health, at.loop, self._read_at)
        if self.meter.look(at) or stale != self._stale:
            self._stale = stale
            self.async_show(at)
        # The chargers' fail-safe value is due on the second. A meter that is heard is never so close to it.
        if 0 < (left := self.meter.state.silent_at - at.loop) < 2 * CHECK_EVERY.total_seconds():
            self._stop_waiting()
            self._stop_waiting = async_call_later(self.hass, left, self._check)

    @callback
    def _end_quarter(self, _now: datetime) -> None:
        """Show the totals as of the quarter's end, when prices may change; before an hour's, all the rest as of now."""
        at = self.now()
        ahead = at._replace(utc=end_at_hand(at.utc))
        self.async_show(ahead, POWERS, at_once=True)
        if not ahead.utc.minute:
            self.async_show(at, at_once=True)

    @callback
    def _line_changed(self, error: SourceError | None) -> None:
        LOGGER.info("%s: the line is %s", self.name, f"lost: {error.logged}" if error else "open again")
        self._was_lost |= error is not None and error.reason is not Reason.SILENT
        self._report_if_held(error)
        self.async_update_listeners()

    def _report_if_held(self, error: SourceError | None) -> None:
        if error and error.reason is Reason.BUSY:
            self.meter.issues.raise_(Issue.PORT_HELD, error=str(error))
        else:
            self.meter.issues.settle(Issue.PORT_HELD)
