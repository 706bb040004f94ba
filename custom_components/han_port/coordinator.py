"""Joins line, decoder and analysis: keeps the latest value of each quantity, and says when one is stale.

The one join is `_received`: what the line hands over is decoded, taken in and shown in the same call. There is no
queue and no task per message.
"""

from asyncio import TimerHandle
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
import math
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT, EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .analysis.freshness import LIVE_FOR
from .analysis.health import Health
from .analysis.phases import Measured
from .analysis.ratios import corrected
from .const import CONF_FOUND_SETTINGS, CONF_QUANTITIES, DOMAIN, LOGGER
from .decoder import CipherError, Decoder, FrameError, Quantity, Reading, Rejected, hourly_quantities
from .decoder.clock import Dialect
from .decoder.quantities import BY_KEY
from .doubts import Doubt, Doubts
from .learned import learn
from .link import Link
from .link_error import LinkError, Reason
from .memory import Memory
from .settings import corrections_of, keys_of, makers_of, ratios_of, settings_of

CHECK_EVERY = timedelta(seconds=5)
PAUSE = 3.0
"""Seconds. No meter takes a breath this long inside a frame; what is open then will never be completed."""
SILENCE = 60.0
"""Seconds without a byte after which the line is opened anew. Every known meter speaks at least every 15 s."""
KEPT, KEPT_UNNAMED = 20, 200
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
    """One meter on one line.

    `data` holds the latest value of each quantity at the meter's terminals, in the quantity's unit; `value` is the
    same behind the transformers' ratios and only while it is fresh, and is what entities show.
    """

    config_entry: HanPortConfigEntry

    def __init__(self, hass: HomeAssistant, entry: HanPortConfigEntry) -> None:
        """Prepare; nothing is opened yet."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        options = entry.options
        self.data = {}
        settings = settings_of(options, entry.data.get(CONF_FOUND_SETTINGS))
        self.link = Link(entry.data[CONF_PORT], settings, self._received, self._line_changed, silence=SILENCE)
        self.keys = keys_of(entry.data)
        self.decoder = Decoder(makers_of(options), self.keys)
        self.ratios = ratios_of(options)
        self.corrections = corrections_of(options)
        self.measured = Measured(BY_KEY[key] for key in entry.data.get(CONF_QUANTITIES, ()) if key in BY_KEY)
        self.memory = Memory(hass, entry.entry_id)
        self.readings = 0
        self.last_reading_at: datetime | None = None
        self.rejections: Counter[str] = Counter()
        self.rejected: deque[Rejected] = deque(maxlen=KEPT)
        self.heard: deque[bytes] = deque(maxlen=KEPT)
        """The frames of the last readings."""
        self._pause: TimerHandle | None = None
        self._stale: frozenset[Quantity] = frozenset()
        self.listeners_to_bytes: list[Callable[[bytes], None]] = []
        self.unnamed: Mapping[str, object] = {}
        """What the last list held under an OBIS code without a name."""
        self.doubts = Doubts(hass, entry)
        self.health = Health(hass.loop.time())
        self.clock_offset: timedelta | None = None
        """How far the meter's clock is ahead of ours, as far as its lists tell."""
        self._stranger: str | None = None
        self._undeciphered = 0
        self.key_error: str | None = None
        """What was last wrong with the keys, by its translation's key."""
        self.verified: bool | None = None
        """Whether the last message's authentication tag was verified; None if it was not encrypted."""
        self._dialect: Dialect | None = None

    # --- life -----------------------------------------------------------------------------------------------

    async def async_start(self) -> None:
        """Restore, open the line and begin to listen. Raises ConfigEntryNotReady if it cannot be opened."""
        await self.memory.load()
        self.data = self.memory.values
        try:
            await self.link.open()
        except LinkError as error:
            self._tell_if_held(error)
            raise not_ready(error) from error
        self._tell_if_held(None)
        self.health = Health(self.hass.loop.time())
        self._task = self.config_entry.async_create_background_task(self.hass, self.link.run(), self.name)
        until_unload = self.config_entry.async_on_unload
        until_unload(async_track_time_interval(self.hass, self._check, CHECK_EVERY))
        until_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, self.memory.save))

    async def async_stop(self) -> None:
        """Close the line so that it can be opened again at once, and store what must not be lost."""
        self._task.cancel()
        await self.link.close()
        self._set_pause(on=False)
        self.doubts.settle(*Doubt)
        await self.memory.save()

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
            self.rejected.append(event)
            LOGGER.debug("%s: %s: %s", self.name, event.error, event.raw.hex())
            if isinstance(event.error, CipherError):
                self._locked_out(event.error)
            return
        self._undeciphered, self.key_error = 0, None
        self.heard.append(event.raw)
        if self._is_stranger(event):
            return
        now, received = self.hass.loop.time(), dt_util.utcnow()
        self.readings += 1
        self.last_reading_at = received
        self.verified = event.verified
        if event.unnamed:
            older = [each for each in self.unnamed.items() if each[0] not in event.unnamed]
            self.unnamed = dict([*older, *event.unnamed.items()][-KEPT_UNNAMED:])
        values = corrected(self.measured.of(event.values), self.corrections)
        self.doubts.check_scale(values, self.corrections, now)
        values = self._without_backward_steps(values)
        self.data = self.memory.values = {**self.data, **values}
        self.memory.freshness.hear(values, now)
        self._take_hour(event, values, received)
        self._learn(event)
        if not self.last_update_success:
            LOGGER.info("%s is sending again", self.name)
            self.last_update_success = True
        self.async_update_listeners()

    def _locked_out(self, error: CipherError) -> None:
        """Ask the user for keys when several messages in a row could not be deciphered."""
        self._undeciphered += 1
        self.key_error = error.key
        if self._undeciphered == LOCKED_OUT:
            self.config_entry.async_start_reauth(self.hass)

    def _take_hour(self, reading: Reading, values: Mapping[Quantity, float], received: datetime) -> None:
        """Give registers to their hour, by the meter's clock.

        A clock that runs shows which dialect the meter speaks. An hourly list's may be an old one (some meters repeat
        lists), so it is read in the dialect that is known, never bent to the time of day.
        """
        if not (clock := reading.sent_at):
            return
        zone, before = dt_util.get_default_time_zone(), self.memory.hours.stand
        registers = {quantity: value for quantity, value in values.items() if quantity.is_register}
        if not registers or clock.local.minute:
            self._dialect = clock.dialect(received, zone)
        if registers:
            self.memory.hours.take(registers, clock.moment(received, zone, self._dialect))
        if Quantity.POWER_IMPORT in values:
            self.clock_offset = clock.moment(received, zone, self._dialect) - received
            self.doubts.check_clock(self.clock_offset)
        if self.memory.hours.stand is not before:
            self.memory.save_soon()

    def _without_backward_steps(self, values: dict[Quantity, float]) -> dict[Quantity, float]:
        """Leave out a register that is less than it was: a meter's total only grows, or the meter is another one."""
        registers = [quantity for quantity in values if quantity.is_register]
        fallen = [quantity for quantity in registers if values[quantity] < self.data.get(quantity, 0.0)]
        for quantity in fallen:
            LOGGER.debug("%s: %s is less than it was, and is not shown", self.name, quantity.key)
            del values[quantity]
            self.rejections["stepped_back"] += 1
        if registers:
            self.doubts.check_registers(fell=bool(fallen))
        return values

    def _is_stranger(self, reading: Reading) -> bool:
        """Tell whether another meter is on the line than the one this entry is for; its values are not shown."""
        own = self.config_entry.unique_id
        if reading.serial and own and reading.serial != own:
            if self._stranger is None:
                LOGGER.warning("%s: another meter is on this line now; its values are not shown", self.name)
            if self._stranger != reading.serial:
                self.doubts.settle(Doubt.ANOTHER_METER)
            self.doubts.raise_(Doubt.ANOTHER_METER, {"serial": reading.serial}, old=own, new=reading.serial)
            self._stranger = reading.serial
        elif reading.serial:
            self.doubts.settle(Doubt.ANOTHER_METER)
            self._stranger = None
        return self._stranger is not None

    def _learn(self, reading: Reading) -> None:
        """Keep what the meter has said of itself."""
        self.measured.seen.update(hourly_quantities(reading.list_id))
        learn(self.hass, self.config_entry, reading, self.measured.seen)

    # --- what is shown ---------------------------------------------------------------------------------------

    def holds(self, quantity: Quantity) -> bool:
        """Tell whether there is a value of a quantity that is fresh enough to be shown."""
        return quantity in self.data and self.memory.freshness.holds(quantity, self.hass.loop.time())

    def scaled(self, quantity: Quantity, value: float) -> float:
        """Return a value at the meter's terminals as it is in front of the transformers."""
        factor = self.ratios.of(quantity)
        return value if factor == 1 else round(value * factor, 6)  # no digits that only binary fractions bring

    def value(self, quantity: Quantity) -> float | None:
        """Return the latest value of a quantity in its unit, behind the ratios; None if there is no fresh one."""
        return self.scaled(quantity, self.data[quantity]) if self.holds(quantity) else None

    @property
    def error_rate(self) -> float | None:
        """Per cent of the last messages that were damaged."""
        return self.health.error_rate(self.hass.loop.time())

    @callback
    def _check(self, _now: datetime) -> None:
        """Look for what has become stale since the last look."""
        stale = frozenset(quantity for quantity in self.data if not self.holds(quantity))
        silent = bool(self.data) and not any(self.holds(q) for q in self.data if not q.is_register)
        if silent and self.last_update_success:
            LOGGER.info("%s: nothing has been read for a while", self.name)
            self.last_update_success = False
        if silent and self.hass.loop.time() - (self.link.last_received or 0.0) < LIVE_FOR:
            self.link.unsettle()  # the meter speaks, so it may be another way than before
        self.doubts.look(self.health, self.hass.loop.time())
        if stale != self._stale:
            self._stale = stale
            self.async_update_listeners()

    @callback
    def _line_changed(self, error: LinkError | None) -> None:
        LOGGER.info("%s: the line is %s", self.name, f"lost: {error}" if error else "open again")
        if error:
            self._set_pause(on=False)
            self._paused(math.inf)  # the rest of what is open went with the line
        self._tell_if_held(error)
        self.async_update_listeners()

    def _tell_if_held(self, error: LinkError | None) -> None:
        if error and error.reason is Reason.BUSY:
            self.doubts.raise_(Doubt.PORT_HELD, error=str(error))
        else:
            self.doubts.settle(Doubt.PORT_HELD)
