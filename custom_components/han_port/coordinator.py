"""Joins line, decoder and meter, and says when something is new or stale.

The one join is `_received`: what the line hands over is decoded, taken in and shown in the same call. There is no
queue and no task per message.
"""

from asyncio import TimerHandle
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
import math
from typing import override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_PORT, EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.event import async_track_time_change, async_track_time_interval
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .analysis.freshness import LIVE_FOR
from .analysis.health import Health
from .const import CONF_FOUND_SETTINGS, CONF_SERIAL_NUMBER, CONF_UPDATE_INTERVAL, DOMAIN, LOGGER
from .decoder import CipherError, Decoder, FrameError, Quantity, Reading, Rejected
from .meter.config import UPDATE_INTERVAL
from .meter.events import Happening
from .meter.issues import Doubt
from .meter.meter import Meter
from .sources.errors import LinkError, Reason
from .sources.link import Link
from .sources.settings import keys_of, makers_of, settings_of

CHECK_EVERY = timedelta(seconds=5)
PAUSE = 3.0
"""Seconds. No meter takes a breath this long inside a frame; what is open then will never be completed."""
SILENCE = 60.0
"""Seconds without a byte after which the line is opened anew. Every known meter speaks at least every 15 s."""
OUTAGE = timedelta(minutes=5)
"""A silence that is worth an event."""
KEPT = 20
"""How many of the last messages are kept for a bug report."""
LOCKED_OUT = 3
"""Messages in a row that cannot be deciphered before the user is asked for keys: a single one may be damage."""

type HanPortConfigEntry = ConfigEntry[HanPortCoordinator]


def not_ready(error: LinkError) -> ConfigEntryNotReady:
    """Return the exception that tells the user why the line could not be opened."""
    return ConfigEntryNotReady(
        translation_domain=DOMAIN,
        translation_key=f"cannot_open_{error.reason.value}",
        translation_placeholders={"error": str(error)},
    )


class HanPortCoordinator(DataUpdateCoordinator[Mapping[Quantity, float]]):
    """One meter on one line. `data` is what the meter's `data` is."""

    config_entry: HanPortConfigEntry

    def __init__(self, hass: HomeAssistant, entry: HanPortConfigEntry) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        settings = settings_of(entry.options, entry.data.get(CONF_FOUND_SETTINGS))
        self.link = Link(entry.data[CONF_PORT], settings, self._received, self._line_changed, silence=SILENCE)
        self.keys = keys_of(entry.data)
        self.decoder = Decoder(makers_of(entry.options), self.keys)
        self.rejections: Counter[str] = Counter()
        self.show_for = float(entry.options.get(CONF_UPDATE_INTERVAL, UPDATE_INTERVAL))
        """Seconds that a sensor shows a value at least."""
        self.meter = Meter(hass, entry, self.rejections)
        self.data = self.meter.data
        self.readings = 0
        self.last_reading_at: datetime | None = None
        self.rejected: deque[Rejected] = deque(maxlen=KEPT)
        self.heard: deque[bytes] = deque(maxlen=KEPT)
        """The frames of the last readings."""
        self.health = Health(hass.loop.time())
        self.key_error: str | None = None
        """What was last wrong with the keys, by its translation's key."""
        self.listeners_to_bytes: list[Callable[[bytes], None]] = []
        self._read_at = hass.loop.time()
        """When a message last told something, or might if there were a key for it."""
        self._undeciphered = 0
        self._was_lost = False
        """Whether the line was gone since the last reading, and not only silent."""
        self._pause: TimerHandle | None = None
        self._stale: frozenset[Quantity] = frozenset()

    # --- life -----------------------------------------------------------------------------------------------

    async def async_start(self) -> None:
        """Restore, open the line and begin to listen. Raises ConfigEntryNotReady if it cannot be opened."""
        await self.meter.load()
        self.data = self.meter.data
        try:
            await self.link.open()
        except LinkError as error:
            self._tell_if_held(error)
            self._await_the_end()
            raise not_ready(error) from error
        self._tell_if_held(None)
        self.health = Health(self.hass.loop.time())
        self._task = self.config_entry.async_create_background_task(self.hass, self.link.run(), self.name)
        until_unload = self.config_entry.async_on_unload
        until_unload(async_track_time_interval(self.hass, self._check, CHECK_EVERY))
        until_unload(async_track_time_change(self.hass, self._end_hour, minute=59, second=59))
        until_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, self.meter.save))

    def _await_the_end(self) -> None:
        """Take back what is doubted if the entry is no longer tried: what was never loaded is not unloaded."""
        entry = self.config_entry

        @callback
        def changed() -> None:
            if entry.state is ConfigEntryState.SETUP_RETRY:
                return
            forget()
            if entry.state is ConfigEntryState.NOT_LOADED:
                self.meter.doubts.withdraw()

        forget = entry.async_on_state_change(changed)

    async def async_stop(self) -> None:
        """Close the line so that it can be opened again at once, and store what must not be lost."""
        self._task.cancel()
        await self.link.close()
        self._set_pause(on=False)
        self.meter.doubts.withdraw()
        await self.meter.save()

    @override
    async def _async_update_data(self) -> Mapping[Quantity, float]:
        return self.data  # `homeassistant.update_entity` asks a meter in vain

    # --- the join of line and decoder ---------------------------------------------------------------------------

    @callback
    def _received(self, data: bytes) -> None:
        """Take bytes from the line."""
        for listener in self.listeners_to_bytes:
            listener(data)
        for event in self.decoder.receive(data, self.hass.loop.time()):
            self._take(event)
        self._set_pause(on=True)  # even if nothing is open: behind a pause a message may stand without a frame

    @callback
    def _paused(self, now: float | None = None) -> None:
        self._pause = None
        for event in self.decoder.end(self.hass.loop.time() if now is None else now):
            self._take(event)

    def _set_pause(self, *, on: bool) -> None:
        if self._pause:
            self._pause.cancel()
        self._pause = self.hass.loop.call_later(PAUSE, self._paused) if on else None

    @callback
    def _take(self, event: Reading | Rejected) -> None:
        is_damaged = isinstance(event, Rejected) and isinstance(event.error, FrameError)
        self.health.heard(self.hass.loop.time(), good=not is_damaged)
        if not is_damaged:
            self.link.settle()  # the line is understood, whatever its content is
        if isinstance(event, Rejected):
            self.rejections[type(event.error).__name__] += 1
            # What was handled when it was raised, and where, would keep a connection that is gone in memory.
            event.error.__context__ = event.error.__traceback__ = None
            self.rejected.append(event)
            LOGGER.debug("%s: %s: %s", self.name, event.error, event.raw.hex())
            if isinstance(event.error, CipherError):
                self._read_at = self.hass.loop.time()
                self._locked_out(event.error)
            return
        self._read_at = self.hass.loop.time()
        self._let_in()
        self.heard.append(event.raw)
        if self.meter.is_another(event):
            return
        self.readings += 1
        self._tell_of_silence(dt_util.utcnow())
        self.meter.take(event)
        self.data = self.meter.data
        if not self.last_update_success:
            LOGGER.info("%s is sending again", self.name)
            self.last_update_success = True
        self.async_update_listeners()

    def _tell_of_silence(self, now: datetime) -> None:
        """Take note of the time of a reading; tell of a long silence that it has ended."""
        before, self.last_reading_at = self.last_reading_at, now
        was_lost, self._was_lost = self._was_lost, False
        if before and now - before > OUTAGE:
            self.meter.happenings.tell(
                Happening.CONNECTION_RESTORED if was_lost else Happening.OUTAGE_ENDED,
                start=before.isoformat(),
                end=now.isoformat(),
                minutes=round((now - before).total_seconds() / 60),
            )

    def _locked_out(self, error: CipherError) -> None:
        """Ask the user for keys when several messages in a row could not be deciphered."""
        self._undeciphered += 1
        self.key_error = error.key
        if self._undeciphered >= LOCKED_OUT:  # Home Assistant asks once, but not while the line is being changed
            self.config_entry.async_start_reauth(self.hass)

    def _let_in(self) -> None:
        """Take note that messages can be deciphered; ask for keys no more."""
        if self._undeciphered >= LOCKED_OUT:
            for flow in [*self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH})]:
                self.hass.config_entries.flow.async_abort(flow["flow_id"])
        self._undeciphered, self.key_error = 0, None

    # --- what is shown ---------------------------------------------------------------------------------------

    @property
    def numbers(self) -> tuple[str | None, str | None]:
        """What the meter is known by, which nobody else may be told."""
        return self.config_entry.unique_id, self.config_entry.data.get(CONF_SERIAL_NUMBER)

    @property
    def error_rate(self) -> float | None:
        """Per cent of the last messages that were damaged."""
        return self.health.error_rate(self.hass.loop.time())

    @callback
    def _check(self, _now: datetime) -> None:
        """Look for what has become stale since the last look."""
        stale = frozenset(quantity for quantity in self.data if not self.meter.holds(quantity))
        silent = bool(self.data) and not any(self.meter.holds(q) for q in self.data if not q.is_register)
        if silent and self.last_update_success:
            LOGGER.info("%s: nothing has been read for a while", self.name)
            self.last_update_success = False
        now = self.hass.loop.time()
        if silent and now - (self.link.last_received or 0.0) < LIVE_FOR <= now - self.health.whole_at:
            self.link.unsettle()  # the meter speaks, so it may be another way than before
        self.meter.doubts.look(self.health, now, self._read_at)
        if self.meter.look() or stale != self._stale:
            self._stale = stale
            self.async_update_listeners()

    @callback
    def _end_hour(self, _now: datetime) -> None:
        """Show everything once more before the hour ends: what is shown then is booked on it."""
        show_for, self.show_for, self.meter.looks_ahead = self.show_for, 0.0, True
        self.async_update_listeners()
        self.show_for, self.meter.looks_ahead = show_for, False

    @callback
    def _line_changed(self, error: LinkError | None) -> None:
        LOGGER.info("%s: the line is %s", self.name, f"lost: {error}" if error else "open again")
        if error:
            self._was_lost = self._was_lost or error.reason is not Reason.SILENT
            self._set_pause(on=False)
            self._paused(math.inf)  # the rest of what is open went with the line
        self._tell_if_held(error)
        self.async_update_listeners()

    def _tell_if_held(self, error: LinkError | None) -> None:
        if error and error.reason is Reason.BUSY:
            self.meter.doubts.raise_(Doubt.PORT_HELD, error=str(error))
        else:
            self.meter.doubts.settle(Doubt.PORT_HELD)
