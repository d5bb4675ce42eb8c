from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Schedule
from monitor.schedule import check_cron, has_started, next_due

ZONES = ("America/Vancouver", "America/Toronto", "America/St_Johns", "Australia/Lord_Howe", "UTC", "Africa/Cairo")


def fires(schedule: Schedule, start: datetime, end: datetime, source_id: str = "s") -> list[datetime]:
    found = []
    due = next_due(schedule, start, source_id=source_id)
    while due is not None and due < end:
        found.append(due)
        due = next_due(schedule, due, source_id=source_id)
    return found


def cron(*lines: str, timezone: str = "UTC", starts: date | None = None) -> Schedule:
    return Schedule(cron=lines, timezone=timezone, starts=starts)


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("line", "weekdays"),
    [
        ("0 0 * * 0", {6}),
        ("0 0 * * 7", {6}),
        ("0 0 * * sun", {6}),
        ("0 0 * * 1", {0}),
        ("0 0 * * 1-5", {0, 1, 2, 3, 4}),
        ("0 0 * * mon-fri", {0, 1, 2, 3, 4}),
        ("0 0 * * MON,Wed", {0, 2}),
        ("0 0 * * 5-7", {4, 5, 6}),
        ("0 0 * * sat-sun", {5, 6}),
        ("0 0 * * sun-tue", {6, 0, 1}),
        ("0 0 * * */2", {6, 1, 3, 5}),
        ("0 0 * * 1-5/2", {0, 2, 4}),
        ("0 0 * * 0,6", {5, 6}),
    ],
)
def test_weekdays_are_those_of_crontab(line: str, weekdays: set[int]) -> None:
    days = fires(cron(line), utc(2026, 3, 1), utc(2026, 3, 29))
    assert {day.weekday() for day in days} == weekdays


def test_several_lines_fire_at_the_earliest() -> None:
    schedule = cron("30 9 * * *", "0 8 * * mon", "0 8 * * mon")
    assert fires(schedule, utc(2026, 3, 1), utc(2026, 3, 3)) == [
        utc(2026, 3, 1, 9, 30),
        utc(2026, 3, 2, 8),
        utc(2026, 3, 2, 9, 30),
    ]


def test_lists_ranges_and_steps() -> None:
    schedule = cron("*/30 14-15,20 * * *", timezone="UTC")
    times = [moment.strftime("%H:%M") for moment in fires(schedule, utc(2026, 3, 1), utc(2026, 3, 2))]
    assert times == ["14:00", "14:30", "15:00", "15:30", "20:00", "20:30"]


def test_day_of_month_and_weekday_together_mean_either() -> None:
    days = fires(cron("0 0 15 * fri"), utc(2026, 5, 1, 1), utc(2026, 5, 23))
    assert [day.day for day in days] == [8, 15, 22]
    days = fires(cron("0 0 13 * fri"), utc(2026, 5, 1, 1), utc(2026, 5, 16))
    assert [day.day for day in days] == [8, 13, 15]


def test_due_is_strictly_later() -> None:
    assert next_due(cron("0 8 * * *"), utc(2026, 3, 1, 8), source_id="s") == utc(2026, 3, 2, 8)


def test_no_schedule_is_never_due() -> None:
    assert next_due(Schedule(), utc(2026, 3, 1), source_id="s") is None


def test_nothing_is_due_before_it_starts() -> None:
    schedule = cron("0 6 * * *", timezone="America/Toronto", starts=date(2026, 12, 1))
    assert next_due(schedule, utc(2026, 3, 1), source_id="s") == utc(2026, 12, 1, 11)
    assert next_due(schedule, utc(2026, 12, 5), source_id="s") == utc(2026, 12, 5, 11)
    hourly = Schedule(every=timedelta(hours=1), timezone="America/Toronto", starts=date(2026, 12, 1))
    due = next_due(hourly, utc(2026, 3, 1), source_id="s")
    assert due is not None
    assert utc(2026, 12, 1, 5) <= due < utc(2026, 12, 1, 6)


def test_a_schedule_starts_on_its_local_day() -> None:
    schedule = cron("0 6 * * *", timezone="America/Toronto", starts=date(2026, 12, 1))
    assert not has_started(schedule, utc(2026, 12, 1, 4, 59))
    assert has_started(schedule, utc(2026, 12, 1, 5))
    assert has_started(cron("0 6 * * *"), utc(2026, 1, 1))


def test_midnight_of_the_first_day_counts() -> None:
    schedule = cron("0 0 * * *", timezone="UTC", starts=date(2026, 12, 1))
    assert next_due(schedule, utc(2026, 3, 1), source_id="s") == utc(2026, 12, 1)


def test_a_skipped_time_fires_as_much_later() -> None:
    schedule = cron("30 2 * * *", timezone="America/Vancouver")
    due = next_due(schedule, utc(2025, 3, 9, 9), source_id="s")
    assert due is not None
    assert local(due, "America/Vancouver") == datetime(2025, 3, 9, 3, 30)  # noqa: DTZ001 - a wall-clock time


def test_a_repeated_time_fires_the_first_time() -> None:
    schedule = cron("30 1 * * *", timezone="America/Toronto")
    assert fires(schedule, utc(2025, 11, 2), utc(2025, 11, 4)) == [utc(2025, 11, 2, 5, 30), utc(2025, 11, 3, 6, 30)]


def test_an_every_hour_line_follows_elapsed_time_through_a_repeated_hour() -> None:
    schedule = cron("*/30 * * * *", timezone="America/Toronto")
    found = fires(schedule, utc(2025, 11, 2, 4, 59), utc(2025, 11, 2, 8))
    assert found == [utc(2025, 11, 2, 5) + number * timedelta(minutes=30) for number in range(6)]


def test_an_every_hour_line_follows_elapsed_time_over_a_skipped_hour() -> None:
    schedule = cron("0 * * * *", timezone="America/Toronto")
    found = fires(schedule, utc(2025, 3, 9, 5, 59), utc(2025, 3, 9, 10))
    assert found == [utc(2025, 3, 9, hour) for hour in (6, 7, 8, 9)]


@settings(max_examples=60)
@given(
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    year=st.integers(2024, 2027),
    month=st.sampled_from([3, 4, 9, 10, 11]),
)
def test_a_fixed_hour_line_fires_once_per_local_date(zone: str, hour: int, minute: int, year: int, month: int) -> None:
    start = datetime.combine(date(year, month, 1), time(), ZoneInfo(zone))
    end = datetime.combine(date(year, month, 30), time(), ZoneInfo(zone))
    schedule = cron(f"{minute} {hour} * * *", timezone=zone)
    found = fires(schedule, start.astimezone(UTC) - timedelta(microseconds=1), end.astimezone(UTC))
    per_day = Counter(local(moment, zone).date() for moment in found)
    assert per_day == Counter(date(year, month, day) for day in range(1, 30))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [date(2025, 3, 9), date(2025, 11, 2), date(2025, 4, 6), date(2025, 10, 5)])
def test_an_every_hour_line_fires_at_each_matching_minute(zone: str, day: date) -> None:
    start = datetime.combine(day, time(), UTC) - timedelta(days=1)
    moments = [start + timedelta(minutes=minute) for minute in range(3 * 24 * 60)]
    expected = [m for m in moments if local(m, zone).hour % 2 == 0 and local(m, zone).minute in {0, 20, 40}]
    schedule = cron("*/20 */2 * * *", timezone=zone)
    assert fires(schedule, start - timedelta(seconds=1), start + timedelta(days=3)) == expected


NIGHTS = st.sampled_from([date(2025, month, day) for month, day in ((3, 9), (11, 2), (4, 6), (10, 5), (4, 25))])
LINES = st.sampled_from(
    ["*/15 * * * *", "0 */2 * * *", "5,35 0-3 * * *", "30 1 * * mon-fri", "*/20 1-2 * * 0", "0 0 * * *"]
)


@settings(max_examples=100)
@given(
    zone=st.sampled_from(ZONES),
    line=LINES,
    night=NIGHTS,
    minutes=st.integers(0, 2880),
    later=st.integers(0, 600),
)
def test_due_never_goes_back_and_skips_nothing(zone: str, line: str, night: date, minutes: int, later: int) -> None:
    """Asking from any moment gives the first of all instants found by trying every minute's asking moment."""
    schedule = cron(line, timezone=zone)
    after = datetime.combine(night, time(), UTC) - timedelta(days=1) + timedelta(minutes=minutes)
    due = next_due(schedule, after, source_id="s")
    assert due is not None
    assert due > after
    between = after + timedelta(minutes=later)
    again = next_due(schedule, between, source_id="s")
    assert again is not None
    assert again == due if between < due else again > due


@given(minutes=st.integers(1, 60 * 24 * 30), source_id=st.text(max_size=8), at=st.datetimes(timezones=st.just(UTC)))
def test_intervals_stand_on_a_grid_of_their_own(minutes: int, source_id: str, at: datetime) -> None:
    if not datetime(1971, 1, 1, tzinfo=UTC) < at < datetime(2200, 1, 1, tzinfo=UTC):
        at = datetime(2026, 1, 1, tzinfo=UTC)
    every = timedelta(minutes=minutes)
    schedule = Schedule(every=every)
    due = next_due(schedule, at, source_id=source_id)
    assert due is not None
    assert at < due <= at + every
    assert next_due(schedule, due, source_id=source_id) == due + every


def test_equal_intervals_are_spread() -> None:
    schedule = Schedule(every=timedelta(hours=1))
    due = {next_due(schedule, utc(2026, 1, 1), source_id=f"source-{number}") for number in range(50)}
    assert len(due) > 40


def test_equal_intervals_are_the_same_after_a_restart() -> None:
    due = next_due(Schedule(every=timedelta(hours=1)), utc(2026, 1, 1), source_id="ircc-fees")
    assert due == utc(2026, 1, 1, 0, 13, 50)


@pytest.mark.parametrize("line", ["0 7-17 * * mon-fri", "*/30 14-23 * * 1-5", "0 0 29 2 *", "5/15 * 1 jan-mar *"])
def test_good_lines(line: str) -> None:
    assert check_cron(line) is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 7 * *", "4 fields"),
        ("60 7 * * *", "60"),
        ("0 24 * * *", "24"),
        ("0 7 * * 8", "weekday"),
        ("0 7 * * xyz", "weekday"),
        ("0 7 * foo *", "foo"),
        ("0 7 ? * *", "?"),
        ("0 0 30 2 *", "never fires"),
        ("0 5-3 * * *", "5-3"),
        ("*/0 * * * *", "*/0"),
        ("0 0 last * *", "last"),
        ("0 0 * * mon/0", "step"),
        ("", "five"),
        ("@daily", "five"),
    ],
)
def test_bad_lines_say_what_is_wrong(line: str, words: str) -> None:
    problem = check_cron(line)
    assert problem is not None
    assert words in problem
