"""One series of peaks, from period to period."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from custom_components.han_port.analysis.origin import Origin
from custom_components.han_port.analysis.peaks import Peaks
from custom_components.han_port.analysis.rules import Series
from custom_components.han_port.analysis.tariff import Period


def test_a_time_zone_that_is_put_right_weighs_what_is_known_anew() -> None:
    """Two hours of one day by the right zone were of two days by the wrong one: the higher alone is a peak."""
    now, series = datetime(2026, 1, 16, 12, tzinfo=UTC), Series()
    peaks = Peaks.at(now, series, ZoneInfo("UTC"))
    for day, hour, kw in ((15, 23, 5.0), (16, 9, 4.0)):
        assert peaks.add(Period(datetime(2026, 1, day, hour, tzinfo=UTC), kw, Origin.REGISTER))
    assert [peak.kw for peak in peaks.current] == [5.0, 4.0]
    peaks.move_to(ZoneInfo("Europe/Oslo"), now)
    assert [peak.kw for peak in peaks.current] == [5.0]
