"""Meters' clocks: what their hands mean in summer, in winter and when the hour changes."""

from datetime import UTC, datetime, timedelta
from struct import Struct
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.han_port.decoder.clock import TOLERANCE, Dialect, MeterClock, read_clock
from custom_components.han_port.decoder.profiles import PROFILES
from tools.simulator import axdr

OSLO = ZoneInfo("Europe/Oslo")
HELSINKI = ZoneInfo("Europe/Helsinki")
WINTER = datetime(2026, 1, 15, 13, 0, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
SPRING_FORWARD = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
FALL_BACK = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
UNSPECIFIED = -0x8000
FIELDS = Struct(">HBBBBBBBhB")


def hands(text: str, deviation: int = UNSPECIFIED, status: int = 0, weekday: int = 4, hundredths: int = 0xFF) -> bytes:
    """Write the twelve bytes of a clock that shows this local time."""
    local = datetime.fromisoformat(text)
    parts = (local.year, local.month, local.day, weekday, local.hour, local.minute, local.second)
    return FIELDS.pack(*parts, hundredths, deviation, status)


def clock(text: str, told: Dialect, deviation: int = UNSPECIFIED, status: int = 0) -> MeterClock:
    """Return a clock that shows this local time."""
    read = read_clock(hands(text, deviation, status), told)
    assert read is not None
    return read


# --- reading -------------------------------------------------------------------------------------------------------


def test_the_fields_are_kept_as_they_were_sent() -> None:
    """What they mean is decided beside the time at which they came."""
    read = read_clock(hands("2026-07-15T13:14:15", -120, 0x80), Dialect.CODED)
    assert read == MeterClock(datetime(2026, 7, 15, 13, 14, 15), -120, True, Dialect.CODED)  # noqa: DTZ001 - what a meter says has no zone
    assert read_clock(hands("2026-01-15T13:14:15", 0, 0)) == MeterClock(
        datetime(2026, 1, 15, 13, 14, 15),  # noqa: DTZ001 - a meter's hands have no zone
        0,
        summer=False,
        usual_dialect=Dialect.CIVIL,
    )


def test_what_is_unspecified_is_none() -> None:
    """0x8000 for the deviation and 0xFF for the status. Zero is a claim, and something else."""
    read = read_clock(hands("2026-01-15T13:14:15", UNSPECIFIED, 0xFF))
    assert read is not None
    assert read.deviation is None
    assert read.summer is None


def test_a_deviation_further_than_any_zone_is_none() -> None:
    """Fourteen hours is the furthest. Two bytes say up to 22 days, which no clock means."""
    for deviation in (-840, -839, 0, 839, 840):
        read = read_clock(hands("2026-01-15T13:14:15", deviation))
        assert read is not None
        assert read.deviation == deviation
    for deviation in (-0x8000, -841, 841, 0x7FFF):
        read = read_clock(hands("2026-01-15T13:14:15", deviation))
        assert read is not None
        assert read.deviation is None


@pytest.mark.parametrize("weekday", [0, 1, 7, 0xFF])
@pytest.mark.parametrize("hundredths", [0, 50, 0xFF])
def test_weekday_and_hundredths_are_not_looked_at(weekday: int, hundredths: int) -> None:
    """Aidon sends 0 for every day of the week, and the date says it better."""
    read = read_clock(hands("2026-01-15T13:14:15", weekday=weekday, hundredths=hundredths))
    assert read is not None
    assert read.local == datetime(2026, 1, 15, 13, 14, 15)  # noqa: DTZ001 - what a meter says has no zone


def test_the_other_bits_of_the_status_say_nothing_of_summer() -> None:
    """Sagemcom says "doubtful" (2) all winter."""
    for status in (0x00, 0x01, 0x02, 0x0F, 0x7F):
        read = read_clock(hands("2026-01-15T13:14:15", status=status))
        assert read is not None
        assert read.summer is False


@pytest.mark.parametrize(
    "data",
    [
        "",
        "07EA010F040E000AFF8000",
        "07EA010F040E000AFF80000000",
        "FFFFFFFFFFFFFFFFFFFFFFFF",
        "000000000000000000000000",
        "0000010F040E000AFF800000",
        "07EA000F040E000AFF800000",
        "07EA0D0F040E000AFF800000",
        "07EA0100040E000AFF800000",
        "07EA021E040E000AFF800000",
        "07EAFDFE040E000AFF800000",
        "07EA010FFF18000AFF800000",
        "07EA010F04FFFFFFFF800000",
        "07EA010F040E3C0AFF800000",
        "07EA010F040E003CFF800000",
        "000101010100000000FFC400",
        "270F0C1F05173B3B00FFC400",
    ],
    ids=lambda data: data or "nothing",
)
def test_what_names_no_moment_is_no_clock(data: str) -> None:
    """Fields left open (0xFF), the 30th of February, hour 24; and the edges of the calendar, which no zone survives."""
    assert read_clock(bytes.fromhex(data)) is None


def test_a_deviation_that_leads_out_of_the_calendar_does_no_harm() -> None:
    """The field reaches 22 days. Whatever twelve bytes come, asking for their moment is safe."""
    for data in (hands("0001-01-04T00:00:00", -32_000), hands("9999-12-29T00:00:00", 32_000)):
        read = read_clock(data, Dialect.CODED)
        if read is not None:
            assert read.moment(WINTER, OSLO).tzinfo is UTC


@given(
    st.binary(min_size=12, max_size=12)
    | st.builds(
        FIELDS.pack,
        st.integers(2000, 2100),
        st.integers(0, 14),
        st.integers(0, 33),
        st.integers(0, 255),
        st.integers(0, 25),
        st.integers(0, 61),
        st.integers(0, 61),
        st.integers(0, 255),
        st.integers(-0x8000, 0x7FFF),
        st.integers(0, 255),
    )
)
def test_any_twelve_bytes_are_a_clock_or_none(data: bytes) -> None:
    """And every clock has a moment in every dialect, even if it is the wrong one."""
    read = read_clock(data)
    if read is not None:
        for dialect in Dialect:
            assert read.moment(WINTER, OSLO, dialect).tzinfo is UTC
        assert read.dialect(WINTER, HELSINKI) in (None, *Dialect)


# --- what meters really send ---------------------------------------------------------------------------------------

TABLE = [
    # source, dialect, hands in winter, deviation, status, hands in summer, deviation, status
    ("Aidon NO", Dialect.STANDARD, "14:00:00", 0, 0x00, "13:00:00", 0, 0x00),
    ("Aidon NO, older", Dialect.STANDARD, "14:00:00", UNSPECIFIED, 0xFF, "13:00:00", UNSPECIFIED, 0xFF),
    ("Kamstrup", Dialect.STANDARD, "14:00:00", UNSPECIFIED, 0x00, "13:00:00", UNSPECIFIED, 0x80),
    ("Kaifa NO", Dialect.CODED, "14:00:00", UNSPECIFIED, 0x00, "14:00:00", UNSPECIFIED, 0x00),
    ("Kaifa SE", Dialect.CODED, "14:00:00", -60, 0x00, "13:00:00", -60, 0x00),
    ("Kaifa AT, Iskraemeco", Dialect.CODED, "14:00:00", -60, 0x00, "14:00:00", -120, 0x80),
    ("Sagemcom AT", Dialect.CODED, "14:00:00", -60, 0x02, "14:00:00", -120, 0x82),
    ("unspecified, civil", Dialect.CIVIL, "14:00:00", UNSPECIFIED, 0xFF, "14:00:00", UNSPECIFIED, 0xFF),
]


@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_every_dialect_means_the_same_moment(row: tuple[str, Dialect, str, int, int, str, int, int]) -> None:
    """13:00 UTC in January and 12:00 UTC in July, whatever the meter says of its deviation."""
    _, dialect, winter, winter_deviation, winter_status, summer, summer_deviation, summer_status = row
    read = clock(f"2026-01-15T{winter}", dialect, winter_deviation, winter_status)
    assert read.moment(WINTER + timedelta(seconds=11), OSLO) == WINTER
    assert read.dialect(WINTER + timedelta(seconds=11), OSLO) is (
        dialect if read.moments(dialect, OSLO) else Dialect.STANDARD
    )
    read = clock(f"2026-07-15T{summer}", dialect, summer_deviation, summer_status)
    assert read.moment(SUMMER + timedelta(seconds=11), OSLO) == SUMMER


def test_every_maker_is_read_in_the_dialect_it_speaks() -> None:
    """What the profiles say must be what the table above was seen to be."""
    assert {profile.list_id or profile.flag: profile.clock for profile in PROFILES} == {
        "AIDON_V0001": Dialect.STANDARD,
        "EMBRIQ_V1_1": Dialect.STANDARD,
        "KFM_001": Dialect.CODED,
        "Kamstrup_V0001": Dialect.STANDARD,
        "LGZ": Dialect.CIVIL,
        "ISK": Dialect.CODED,
        "EGD": Dialect.CODED,
    }


def test_a_deviation_counts_from_local_time_to_utc() -> None:
    """UTC = local + deviation, so it is negative east of Greenwich. Some libraries have the other sign."""
    read = clock("2026-01-15T14:00:00", Dialect.CODED, -60)
    assert read.moments(Dialect.CODED, OSLO) == (WINTER,)
    read = clock("2026-01-15T12:00:00", Dialect.CODED, 60)
    assert read.moments(Dialect.CODED, OSLO) == (WINTER,)


def test_standard_time_is_that_of_the_homes_zone() -> None:
    """In Finland it is UTC+2, and a meter there does not change to summer time either."""
    read = clock("2026-07-15T14:00:00", Dialect.STANDARD)
    assert read.moments(Dialect.STANDARD, HELSINKI) == (SUMMER,)
    assert read.moments(Dialect.STANDARD, OSLO) == (SUMMER + timedelta(hours=1),)
    assert read.moments(Dialect.STANDARD, UTC) == (SUMMER + timedelta(hours=2),)


# --- when the hour changes -----------------------------------------------------------------------------------------

SPOKEN = [
    (axdr.Clock.AIDON, Dialect.STANDARD),
    (axdr.Clock.AIDON_OLDER, Dialect.STANDARD),
    (axdr.Clock.KAMSTRUP, Dialect.STANDARD),
    (axdr.Clock.KAIFA, Dialect.CODED),
    (axdr.Clock.KAIFA, Dialect.CIVIL),
    (axdr.Clock.KAIFA_SE, Dialect.CODED),
    (axdr.Clock.TRUE, Dialect.CODED),
    (axdr.Clock.TRUE, Dialect.CIVIL),
]


@pytest.mark.parametrize(("spoken", "told"), SPOKEN)
@pytest.mark.parametrize("change", [SPRING_FORWARD, FALL_BACK], ids=["spring", "autumn"])
def test_no_clock_loses_an_hour_when_the_hour_changes(change: datetime, spoken: axdr.Clock, told: Dialect) -> None:
    """Every ten minutes of six hours around the change, received 15 seconds late."""
    for minutes in range(-180, 181, 10):
        moment = change + timedelta(minutes=minutes)
        read = read_clock(axdr.clock(moment, spoken), told)
        assert read is not None
        assert read.moment(moment + timedelta(seconds=15), OSLO) == moment


def test_hands_in_the_hour_that_autumn_repeats_mean_two_moments() -> None:
    """02:30 comes twice. When it was received says which."""
    read = clock("2026-10-25T02:30:00", Dialect.CIVIL)
    first, second = FALL_BACK - timedelta(minutes=30), FALL_BACK + timedelta(minutes=30)
    assert read.moments(Dialect.CIVIL, OSLO) == (first, second)
    assert read.moment(first + timedelta(seconds=9), OSLO) == first
    assert read.moment(second + timedelta(seconds=9), OSLO) == second
    assert read.dialect(first, OSLO) is Dialect.CIVIL
    assert read.dialect(second, OSLO) is Dialect.CIVIL


def test_hands_on_any_other_day_mean_one_moment() -> None:
    """The two folds are the same then."""
    assert clock("2026-10-25T03:30:00", Dialect.CIVIL).moments(Dialect.CIVIL, OSLO) == (
        FALL_BACK + timedelta(minutes=90),
    )


# --- finding the dialect -------------------------------------------------------------------------------------------


def test_the_dialect_that_the_maker_is_known_for_is_believed_first() -> None:
    """In winter standard and civil time are the same: nothing else can tell."""
    for told in (Dialect.STANDARD, Dialect.CIVIL):
        assert clock("2026-01-15T14:00:00", told).dialect(WINTER, OSLO) is told


def test_a_dialect_that_does_not_fit_gives_way_to_one_that_does() -> None:
    """A firmware may differ from what its maker is known for. The first of those that fit is taken."""
    assert clock("2026-07-15T13:00:00", Dialect.CIVIL).dialect(SUMMER, OSLO) is Dialect.STANDARD
    assert clock("2026-07-15T14:00:00", Dialect.STANDARD).dialect(SUMMER, OSLO) is Dialect.CIVIL
    assert clock("2026-07-15T14:00:00", Dialect.STANDARD, -120).dialect(SUMMER, OSLO) is Dialect.CODED
    assert clock("2026-07-15T13:00:00", Dialect.CODED, 0).dialect(SUMMER, OSLO) is Dialect.STANDARD


@pytest.mark.parametrize("off", [timedelta(seconds=-600), timedelta(seconds=600)])
def test_a_clock_may_be_ten_minutes_off(off: timedelta) -> None:
    """A line delays, and clocks go wrong. Half an hour would be another zone's time."""
    assert timedelta(minutes=10) == TOLERANCE
    read = clock("2026-07-15T14:00:00", Dialect.CIVIL)
    assert read.dialect(SUMMER + off, OSLO) is Dialect.CIVIL
    assert read.dialect(SUMMER + off * 1.01, OSLO) is None


def test_a_wrong_clock_speaks_no_dialect() -> None:
    """Its registers' hours are not known then, and the caller must know that."""
    read = clock("2026-07-15T17:40:00", Dialect.STANDARD, -60)
    assert read.dialect(SUMMER, OSLO) is None
    assert read.moment(SUMMER, OSLO) == SUMMER + timedelta(hours=4, minutes=40)


def test_a_known_dialect_is_used_instead_of_the_told_one() -> None:
    """A momentary list has shown it; the hourly list, whose clock may be an old one, is read in it."""
    read = clock("2026-07-15T14:00:00", Dialect.STANDARD)
    assert read.moment(SUMMER, OSLO) == SUMMER + timedelta(hours=1)
    assert read.moment(SUMMER, OSLO, Dialect.CIVIL) == SUMMER


def test_a_clock_without_a_deviation_is_civil_where_it_was_to_be_coded() -> None:
    """Kaifa in Norway, of the same list as Kaifa in Sweden, which says its deviation."""
    read = clock("2026-07-15T14:00:00", Dialect.CODED)
    assert read.moments(Dialect.CODED, OSLO) == ()
    assert read.moment(SUMMER, OSLO) == SUMMER
    assert read.dialect(SUMMER, OSLO) is Dialect.CIVIL
