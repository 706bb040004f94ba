"""Joins line, decoder and analysis: keeps the latest value of each quantity, and says when one is stale.

The one join is `_received`: what the line hands over is decoded, taken in and shown in the same call. There is no
queue and no task per message.
"""

from asyncio import TimerHandle
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PORT, EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .analysis.phases import Measured
from .const import (
    CONF_FOUND_SETTINGS,
    CONF_LIST_ID,
    CONF_METER_MAKER,
    CONF_MODEL,
    CONF_QUANTITIES,
    CONF_SERIAL_NUMBER,
    DOMAIN,
    LOGGER,
)
from .decoder import Decoder, FrameError, Quantity, Reading, Rejected, hourly_quantities
from .decoder.clock import Dialect
from .decoder.quantities import BY_KEY
from .link import Link
from .link_error import LinkError
from .memory import Memory
from .settings import makers_of, ratios_of, settings_of

CHECK_EVERY = timedelta(seconds=5)
PAUSE = 3.0
"""Seconds. No meter takes a breath this long inside a frame; what is open then will never be completed."""
SILENCE = 60.0
"""Seconds without a byte after which the line is opened anew. Every known meter speaks at least every 15 s."""
KEPT_REJECTED = 20

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
        self.decoder = Decoder(makers_of(options))
        self.ratios = ratios_of(options)
        self.measured = Measured(BY_KEY[key] for key in entry.data.get(CONF_QUANTITIES, ()) if key in BY_KEY)
        self.memory = Memory(hass, entry.entry_id)
        self.readings = 0
        self.last_reading_at: datetime | None = None
        self.rejections: Counter[str] = Counter()
        self.rejected: deque[Rejected] = deque(maxlen=KEPT_REJECTED)
        self._pause: TimerHandle | None = None
        self._stale: frozenset[Quantity] = frozenset()
        self._stranger: str | None = None
        self._dialect: Dialect | None = None

    # --- life -----------------------------------------------------------------------------------------------

    async def async_start(self) -> None:
        """Restore, open the line and begin to listen. Raises ConfigEntryNotReady if it cannot be opened."""
        await self.memory.load()
        self.data = self.memory.values
        try:
            await self.link.open()
        except LinkError as error:
            raise not_ready(error) from error
        self._task = self.config_entry.async_create_background_task(self.hass, self.link.run(), self.name)
        until_unload = self.config_entry.async_on_unload
        until_unload(async_track_time_interval(self.hass, self._check, CHECK_EVERY))
        until_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, self.memory.save))

    async def async_stop(self) -> None:
        """Close the line so that it can be opened again at once, and store what must not be lost."""
        self._task.cancel()
        await self.link.close()
        self._set_pause(on=False)
        await self.memory.save()

    @override
    async def _async_update_data(self) -> Mapping[Quantity, float]:
        return self.data  # `homeassistant.update_entity` asks a meter in vain

    # --- the join of line and decoder ---------------------------------------------------------------------------

    @callback
    def _received(self, data: bytes) -> None:
        """Take bytes from the line."""
        for event in self.decoder.receive(data):
            self._take(event)
        self._set_pause(on=self.decoder.pending > 0)

    @callback
    def _paused(self) -> None:
        self._pause = None
        for event in self.decoder.end():
            self._take(event)

    def _set_pause(self, *, on: bool) -> None:
        if self._pause:
            self._pause.cancel()
        self._pause = self.hass.loop.call_later(PAUSE, self._paused) if on else None

    @callback
    def _take(self, event: Reading | Rejected) -> None:
        if isinstance(event, Reading) or not isinstance(event.error, FrameError):
            self.link.settle()  # the line is understood, whatever its content is
        if isinstance(event, Rejected):
            self.rejections[type(event.error).__name__] += 1
            self.rejected.append(event)
            LOGGER.debug("%s: %s: %s", self.name, event.error, event.raw.hex())
            return
        if self._is_stranger(event):
            return
        now, received = self.hass.loop.time(), dt_util.utcnow()
        self.readings += 1
        self.last_reading_at = received
        values = self._without_backward_steps(self.measured.of(event.values))
        self.data = self.memory.values = {**self.data, **values}
        self.memory.freshness.hear(values, now)
        self._take_hour(event, values, received)
        self._learn(event)
        if not self.last_update_success:
            LOGGER.info("%s is sending again", self.name)
            self.last_update_success = True
        self.async_update_listeners()

    def _take_hour(self, reading: Reading, values: Mapping[Quantity, float], received: datetime) -> None:
        """Give registers to their hour, by the meter's clock.

        A momentary list's clock runs, so it shows which dialect the meter speaks. A register's clock may be an old
        one (some meters repeat lists), so it is read in the dialect that is known, never bent to the time of day.
        """
        if not (clock := reading.sent_at):
            return
        zone, before = dt_util.get_default_time_zone(), self.memory.hours.stand
        if registers := {quantity: value for quantity, value in values.items() if quantity.is_register}:
            self.memory.hours.take(registers, clock.moment(received, zone, self._dialect))
        else:
            self._dialect = clock.dialect(received, zone)
        if self.memory.hours.stand is not before:
            self.memory.save_soon()

    def _without_backward_steps(self, values: dict[Quantity, float]) -> dict[Quantity, float]:
        """Leave out a register that is less than it was: a meter's total only grows."""
        for quantity in [quantity for quantity in values if quantity.is_register]:
            if values[quantity] < self.data.get(quantity, 0.0):
                self.rejections["stepped_back"] += 1
                if self.rejections["stepped_back"] == 1:
                    LOGGER.warning(
                        "%s: %s is less than it was; it is not shown until it is more", self.name, quantity.key
                    )
                del values[quantity]
        return values

    def _is_stranger(self, reading: Reading) -> bool:
        """Tell whether another meter is on the line than the one this entry is for; its values are not shown."""
        own = self.config_entry.unique_id
        if reading.serial and own and reading.serial != own:
            if self._stranger is None:
                LOGGER.warning("%s: another meter is on this line now; its values are not shown", self.name)
            self._stranger = reading.serial
        elif reading.serial:
            self._stranger = None
        return self._stranger is not None

    # --- what was learned, and what is kept -------------------------------------------------------------------

    def _learn(self, reading: Reading) -> None:
        """Keep with the entry what the meter is, so that after a restart all is there before its first byte."""
        entry, data = self.config_entry, dict(self.config_entry.data)
        self.measured.seen.update(hourly_quantities(reading.list_id))
        if len(self.measured.seen) != len(data.get(CONF_QUANTITIES, ())):
            data[CONF_QUANTITIES] = [quantity.key for quantity in Quantity if quantity in self.measured.seen]
        if reading.list_id:
            data |= {
                CONF_LIST_ID: reading.list_id,
                CONF_MODEL: reading.model or data.get(CONF_MODEL),
                CONF_SERIAL_NUMBER: reading.serial or data.get(CONF_SERIAL_NUMBER),
                CONF_METER_MAKER: reading.maker.value if reading.maker else data.get(CONF_METER_MAKER),
            }
        if data == entry.data:
            return
        self.hass.config_entries.async_update_entry(entry, data=data)
        if reading.serial and entry.unique_id is None:
            self._name_entry(reading.serial)
        registry = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
            registry.async_update_device(
                device.id,
                manufacturer=data.get(CONF_METER_MAKER),
                model=data.get(CONF_MODEL),
                serial_number=data.get(CONF_SERIAL_NUMBER),
                sw_version=data.get(CONF_LIST_ID),
            )

    def _name_entry(self, serial: str) -> None:
        """Give an entry that was set up blindly the id of the meter that has now named itself."""
        others = self.hass.config_entries.async_entries(DOMAIN)
        if serial not in {other.unique_id for other in others}:
            self.hass.config_entries.async_update_entry(self.config_entry, unique_id=serial)

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

    @callback
    def _check(self, _now: datetime) -> None:
        """Look for what has become stale since the last look."""
        stale = frozenset(quantity for quantity in self.data if not self.holds(quantity))
        silent = bool(self.data) and not any(self.holds(q) for q in self.data if not q.is_register)
        if silent and self.last_update_success:
            LOGGER.info("%s: nothing has been read for a while", self.name)
            self.last_update_success = False
        if stale != self._stale:
            self._stale = stale
            self.async_update_listeners()

    @callback
    def _line_changed(self, error: LinkError | None) -> None:
        LOGGER.info("%s: the line is %s", self.name, f"lost: {error}" if error else "open again")
        if error:
            self._set_pause(on=False)
            self._paused()  # the rest of what is open went with the line
