"""A source and its decoder: pauses, taps, counts, moments; and a source that nobody has written yet."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import ClassVar

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.han_port import sources
from custom_components.han_port.decoder import FrameError, Moment, Quantity, Reading, Rejected
from custom_components.han_port.sources import Change, Clock, Hear
from custom_components.han_port.sources.address import Address
from custom_components.han_port.sources.errors import Reason, SourceError
from custom_components.han_port.sources.feed import KEPT_MESSAGES, Feed, Waits
from custom_components.han_port.sources.settings import LineSettings
from tests.support.frames import AIDON_1, AIDON_2
from tests.support.homes import MakeEntry, state, until
from tests.support.links import now

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


class ListSource:
    """A source of the bytes in a list: what a new kind of source has to be, and no more."""

    pieces: ClassVar[list[bytes]] = []
    refuses: ClassVar[bool] = False

    def __init__(self, line: LineSettings, received: Hear, changed: Change, *, clock: Clock, waits: Waits) -> None:
        self.received, self.changed, self.clock = received, changed, clock
        self.bytes_received = self.connections = self.settled = 0
        self.longest_gap = 0.0
        self.last_received: float | None = None
        self.connected = False
        self.serial_settings_text = ""

    async def open(self) -> None:
        if self.refuses:
            raise SourceError(Reason.NOT_FOUND, "the list is empty")
        self.connected = True
        self.connections += 1

    async def run(self) -> None:
        await self.open()
        for piece in self.pieces:
            self.say(piece)
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.connected = False

    def settle(self) -> None:
        self.settled += 1

    def unsettle(self) -> None:
        self.settled = 0

    def say(self, data: bytes, at: Moment | None = None) -> None:
        self.bytes_received += len(data)
        self.last_received = (at or self.clock()).loop
        self.received(data, at or self.clock())


@pytest.fixture(autouse=True)
def lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `list://` be read from the list: a line in the table of `sources` would do that."""
    monkeypatch.setattr(sources, "SOURCES", MappingProxyType({"list": ListSource}))
    monkeypatch.setattr(ListSource, "pieces", [])
    monkeypatch.setattr(ListSource, "refuses", False)


class Listener:
    """Whoever owns a feed."""

    def __init__(self, **waits: float) -> None:
        self.events: list[tuple[Reading | Rejected, Moment]] = []
        self.changes: list[SourceError | None] = []
        line = LineSettings(Address("list://"))
        self.feed = Feed(line, self.heard, self.changes.append, clock=now, waits=Waits(**waits))

    def heard(self, event: Reading | Rejected, at: Moment) -> None:
        self.events.append((event, at))

    @property
    def powers(self) -> list[float]:
        return [event.values[Quantity.POWER_IMPORT] for event, _ in self.events if isinstance(event, Reading)]


async def test_a_source_that_nobody_has_written_yet_is_set_up_like_any_other(
    hass: HomeAssistant, make_entry: MakeEntry
) -> None:
    """Coordinator, meter and sensors need to know nothing of it."""
    ListSource.pieces = [AIDON_2[:50], AIDON_2[50:] + AIDON_1]
    entry = make_entry("list://")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: state(hass, entry, "power") == "2148.0")
    assert state(hass, entry, "current_l3") == "8.1"
    source = entry.runtime_data.feed.source
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not source.connected


async def test_a_new_source_that_cannot_be_opened_is_tried_again(hass: HomeAssistant, make_entry: MakeEntry) -> None:
    ListSource.refuses = True
    entry = make_entry("list://")
    await hass.config_entries.async_setup(entry.entry_id)
    assert (entry.state, entry.reason) == (
        ConfigEntryState.SETUP_RETRY,
        "There is no such port or host (the list is empty). Is the reader plugged in, and the name right?",
    )
    await hass.config_entries.async_unload(entry.entry_id)


async def test_each_reading_comes_with_the_moment_of_its_last_byte() -> None:
    """Whatever the time is when it is handed over."""
    listener = Listener()
    for number, piece in enumerate((AIDON_1[:20], AIDON_1[20:] + AIDON_1[:5], AIDON_1[5:])):
        listener.feed.feed(piece, Moment(100.0 + number, START + timedelta(seconds=number)))
    assert listener.powers == [2148.0, 2148.0]
    later = [Moment(100.0 + seconds, START + timedelta(seconds=seconds)) for seconds in (1, 2)]
    assert [at for _, at in listener.events] == later
    await listener.feed.close()


async def test_what_a_pause_completes_has_the_moment_before_the_pause() -> None:
    """A bare message is over when nothing follows; its values are as old as its bytes."""
    listener = Listener(pause=0.02)
    at = Moment(100.0, START)
    listener.feed.feed(AIDON_1[9:-3], at)  # without HDLC around it
    assert listener.events == []
    await until(lambda: listener.events)
    assert (listener.powers, listener.events[0][1]) == ([2148.0], at)


async def test_the_rest_of_what_is_open_goes_with_the_source() -> None:
    """It is counted, and never joined with what comes after."""
    listener = Listener()
    source: ListSource = listener.feed.source  # type: ignore[assignment]  # the table of this test makes it
    source.say(AIDON_2[:60])
    source.changed(SourceError(Reason.LOST, "gone"))
    assert isinstance(listener.events[0][0].error, FrameError)
    assert listener.changes[0].reason is Reason.LOST
    source.say(AIDON_2[60:] + AIDON_1)
    assert listener.powers == [2148.0]
    await listener.feed.close()


async def test_taps_get_the_bytes_as_they_came_until_they_are_taken_off() -> None:
    listener, first, second = Listener(), bytearray(), bytearray()
    remove: Callable[[], None] = listener.feed.tap(first.extend)
    listener.feed.tap(second.extend)
    listener.feed.feed(b"abc", now())
    remove()
    remove()
    listener.feed.feed(b"def", now())
    assert (first, second) == (b"abc", b"abcdef")
    await listener.feed.close()


async def test_what_is_understood_settles_the_source_and_what_is_damaged_does_not() -> None:
    listener = Listener()
    source: ListSource = listener.feed.source  # type: ignore[assignment]  # see above
    source.say(AIDON_1[:40] + b"!" + AIDON_1[41:] + b"\x00" * 100)
    listener.feed._end(None)
    assert (source.settled, listener.feed.rejections) == (0, {"FrameError": 1})
    source.say(AIDON_1)
    assert source.settled == 1
    await listener.feed.close()


async def test_the_last_messages_are_kept_and_no_more() -> None:
    """For a bug report, however long the line runs."""
    listener = Listener()
    for _ in range(KEPT_MESSAGES + 5):
        listener.feed.feed(AIDON_1, now())
    assert list(listener.feed.frames) == [AIDON_1] * KEPT_MESSAGES
    await listener.feed.close()


async def test_bytes_without_a_whole_message_are_not_understood() -> None:
    """A silent line is another matter: nothing is known of its settings."""
    listener, loop = Listener(), asyncio.get_running_loop()
    source: ListSource = listener.feed.source  # type: ignore[assignment]  # see above
    assert not listener.feed.is_not_understood(loop.time(), 30.0)
    source.say(b"rubbish")
    assert listener.feed.is_not_understood(loop.time(), 30.0)
    source.say(AIDON_1)
    assert not listener.feed.is_not_understood(loop.time(), 30.0)
    assert not listener.feed.is_not_understood(loop.time() + 60.0, 30.0), "it is silent now"
    await listener.feed.close()


def test_the_table_of_sources_cannot_be_changed_by_chance() -> None:
    table: Mapping[str, object] = sources.SOURCES
    with pytest.raises(TypeError):
        table["x"] = ListSource  # type: ignore[index]  # that is the point
