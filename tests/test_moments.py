from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.errors import UsageError
from monitor.moments import parse_moment

NOW = datetime(2026, 3, 31, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01T14:30Z", datetime(2026, 5, 1, 14, 30, tzinfo=UTC)),
        ("2026-05-01 14:30", datetime(2026, 5, 1, 14, 30, tzinfo=UTC)),
        ("2026-05-01 14:30 UTC", datetime(2026, 5, 1, 14, 30, tzinfo=UTC)),
        ("2026-05-01T14:30:05-07:00", datetime(2026, 5, 1, 21, 30, 5, tzinfo=UTC)),
        ("now", NOW),
        ("today", datetime(2026, 3, 31, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 3, 30, tzinfo=UTC)),
        ("3 days ago", NOW - timedelta(days=3)),
        (" 1  day  ago ", NOW - timedelta(days=1)),
        ("an hour ago", NOW - timedelta(hours=1)),
        ("2 weeks", NOW - timedelta(weeks=2)),
        ("90d", NOW - timedelta(days=90)),
        ("15 min ago", NOW - timedelta(minutes=15)),
        ("1 month ago", datetime(2026, 2, 28, 18, 30, tzinfo=UTC)),
        ("3 months ago", datetime(2025, 12, 31, 18, 30, tzinfo=UTC)),
        ("2 years ago", datetime(2024, 3, 31, 18, 30, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


def test_a_bare_date_can_mean_its_end() -> None:
    end = parse_moment("2026-05-01", NOW, end_of_day=True)
    assert datetime(2026, 5, 2, tzinfo=UTC) - end == timedelta(microseconds=1)
    assert parse_moment("2026-05-01T10:00Z", NOW, end_of_day=True).hour == 10


def test_results_are_utc_whatever_zone_now_has() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=9)))
    assert parse_moment("today", east) == datetime(2026, 3, 31, tzinfo=UTC)
    assert parse_moment("1 hour ago", east).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "soon", "3 moons ago", "2026-13-01", "2026-02-30", "99999999 years ago", "9999999999 days ago", "-3d"]
)
def test_what_means_no_time_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        parse_moment(text, NOW)
