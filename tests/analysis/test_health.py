"""How well a line works, in figures."""

import math

import pytest

from custom_components.han_port.analysis.health import MIN_MESSAGES, MIN_SILENCE, SILENCE_WINDOW, Health


def test_the_share_of_damaged_messages_is_that_of_the_last_quarter_of_an_hour() -> None:
    """What was before is forgotten."""
    health = Health(0.0)
    for second in range(0, 900, 10):
        health.update(float(second), good=False)
    assert health.error_rate(890.0) == 100.0
    for second in range(900, 1800, 10):
        health.update(float(second), good=second % 100 != 0)
    assert health.error_rate(1790.0) == pytest.approx(10.0)
    assert health.error_rate(1790.0 + 900.0) is None


def test_a_few_messages_say_nothing_about_their_share() -> None:
    """One damaged message of two at the beginning is no trouble."""
    health = Health(0.0)
    for number in range(MIN_MESSAGES - 1):
        health.update(float(number), good=number % 2 == 0)
    assert health.error_rate(MIN_MESSAGES) is None
    health.update(float(MIN_MESSAGES), good=False)
    assert health.error_rate(MIN_MESSAGES) == 50.0


def test_silences_of_the_last_hour_are_counted_with_their_length() -> None:
    """Three of two minutes each are a tenth of an hour. A pause between two messages is none."""
    health, now = Health(0.0), 0.0
    for _ in range(3):
        for _ in range(100):
            now += 10.0
            health.update(now, good=True)
        now += 120.0
        health.update(now, good=True)
    assert health.silences(now) == (3, pytest.approx(10.0))
    assert health.silences(now + 3600.0) == (0, 0.0)
    health.update(now + MIN_SILENCE, good=True)
    assert health.silences(now + MIN_SILENCE)[0] == 3


def test_more_than_half_a_minute_is_a_silence() -> None:
    health = Health(0.0)
    health.update(30.0, good=True)
    assert health.silences(30.0) == (0, 0.0)
    health.update(60.1, good=True)
    assert health.silences(60.1) == (1, pytest.approx(100 * 30.1 / 3600))


def test_a_silence_longer_than_an_hour_takes_all_of_it_and_no_more() -> None:
    """A week without a meter is not a hundred and sixty hours of this one."""
    health = Health(0.0)
    health.update(7 * 86_400.0, good=True)
    assert health.silences(7 * 86_400.0) == (1, 100.0)
    health.update(7 * 86_400.0 + 120.0, good=True)
    assert health.silences(7 * 86_400.0 + 120.0) == (2, 100.0)


def test_the_present_silence_is_told() -> None:
    """From the beginning, too: a line may never have spoken."""
    health = Health(100.0)
    assert health.silent_for(160.0) == 60.0
    health.update(170.0, good=False)
    assert health.silent_for(180.0) == 10.0


def test_what_is_kept_is_bounded() -> None:
    """A line runs for years."""
    health = Health(0.0)
    for minute in range(10_000):
        health.update(60.0 * minute, good=True)
    assert len(health._minutes) == SILENCE_WINDOW


def test_a_damaged_message_is_none_that_came_whole() -> None:
    health = Health(0.0)
    assert health.whole_at == -math.inf
    health.update(10.0, good=True)
    health.update(20.0, good=False)
    assert health.whole_at == 10.0
