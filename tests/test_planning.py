"""When which source is read: on time, once, and a backlog evenly, whatever the clock and the machine do."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from monitor.daemon.planning import Planner, due_at
from monitor.model import Format, Schedule, Source
from monitor.ports import Due
from monitor.schedule import grace, latest_due, next_due, slowed_due

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
STEP = timedelta(seconds=2)


def source(name: str = "a", *, every: str = "30m", **schedule: object) -> Source:
    spans = {"m": "minutes", "h": "hours", "s": "seconds"}
    chosen = Schedule(**schedule) if schedule else Schedule(every=timedelta(**{spans[every[-1]]: int(every[:-1])}))
    return Source(id=name, publisher="P", url=f"https://{name}.example.org/", format=Format.HTML, schedule=chosen)


class World:
    """Sources, what is stored of them, and a planner; a read takes no time and always works."""

    def __init__(self, *sources: Source) -> None:
        self.sources = list(sources)
        self.dues: dict[str, Due] = {}
        self.reads: list[tuple[datetime, str]] = []
        self.planner = Planner()

    def restart(self) -> None:
        self.planner = Planner()

    def run(self, start: datetime, end: datetime, *, step: timedelta = STEP) -> None:
        now = start
        while now < end:
            self.tick(now)
            now += step

    def tick(self, now: datetime) -> None:
        for chosen in self.planner.take(self.sources, self.dues, now):
            self.reads.append((now, chosen.id))
            due = next_due(chosen.schedule, now, source_id=chosen.id)
            self.dues[chosen.id] = Due(next_due=due, last_check=now)

    def firsts(self) -> dict[str, datetime]:
        """When each source was first read."""
        return {name: moment for moment, name in reversed(self.reads)}

    def times(self, name: str = "a") -> list[datetime]:
        return [moment for moment, read in self.reads if read == name]


def test_an_interval_is_kept_without_drift():
    world = World(source())
    world.run(NOON, NOON + timedelta(hours=6))
    gaps = {later - earlier for earlier, later in zip(world.times()[1:], world.times()[2:], strict=False)}
    assert len(world.times()) == 13
    assert gaps == {timedelta(minutes=30)}


def test_after_a_night_asleep_every_source_is_read_once_and_evenly_within_its_grace():
    sources = [source(f"s{number}", every="30m" if number % 2 else "6h") for number in range(60)]
    world = World(*sources)
    world.run(NOON, NOON + timedelta(minutes=5))
    world.reads.clear()
    morning = NOON + timedelta(hours=14)
    world.run(morning, morning + timedelta(minutes=5))
    firsts = world.firsts()
    assert len(firsts) == 60
    starts = [moment - morning for moment in firsts.values()]
    on_schedule = sum(due.next_due <= morning + timedelta(minutes=30) for due in world.dues.values())
    assert len(world.reads) - 60 < on_schedule / 4
    assert max(starts) <= min(grace(item.schedule, NOON, source_id=item.id) for item in sources)
    assert max(starts) > timedelta(seconds=50)
    busiest = max(starts.count(start) for start in starts)
    assert busiest <= 3


def test_many_overdue_sources_still_start_within_their_grace():
    sources = [source(f"s{number}", every="5m") for number in range(300)]
    world = World(*sources)
    world.run(NOON, NOON + timedelta(seconds=70))
    assert len(world.firsts()) == 300
    assert max(world.firsts().values()) - NOON <= timedelta(seconds=60)


def test_a_restart_repeats_no_read_and_forgets_none():
    world = World(source("a"), source("b", every="1h"))
    world.run(NOON, NOON + timedelta(hours=1, minutes=1))
    read = list(world.reads)
    world.restart()
    world.run(NOON + timedelta(hours=1, minutes=1), NOON + timedelta(hours=1, minutes=2))
    assert world.reads == read
    world.run(NOON + timedelta(hours=1, minutes=2), NOON + timedelta(hours=2))
    assert len(world.times("b")) == 3 - (len(read) - len(world.times("a")) == 3)


@pytest.mark.parametrize(
    ("start", "days"),
    [
        (datetime(2026, 3, 7, 20, tzinfo=UTC), 3),  # the night of 8 March has no 02:30 in Toronto
        (datetime(2026, 10, 31, 20, tzinfo=UTC), 3),  # the night of 1 November has 01:30 twice
    ],
)
@pytest.mark.parametrize("line", ["30 2 * * *", "30 1 * * *", "0 0 * * *"])
def test_nights_when_the_clocks_change_skip_no_day_and_double_none(start: datetime, days: int, line: str):
    world = World(source(cron=(line,), timezone="America/Toronto"))
    world.dues["a"] = Due(next_due=next_due(world.sources[0].schedule, start, source_id="a"), last_check=start)
    world.run(start, start + timedelta(days=days), step=timedelta(seconds=20))
    dates = [moment.astimezone(ZoneInfo("America/Toronto")).date() for moment in world.times()]
    assert len(dates) == days
    assert len(set(dates)) == days


def test_jitter_about_midnight_reads_a_daily_page_once_a_day():
    world = World(source(cron=("0 0 * * *",)))
    midnight = datetime(2026, 5, 5, tzinfo=UTC)
    world.dues["a"] = Due(next_due=midnight, last_check=NOON)
    for seconds in (-3, -1, 1, 0, 2, 1, 3):  # the clock is nudged to and fro
        world.tick(midnight + timedelta(seconds=seconds))
    assert len(world.times()) == 1


def test_a_clock_set_forward_reads_once_and_goes_on():
    world = World(source())
    world.run(NOON, NOON + timedelta(minutes=40))
    world.reads.clear()
    later = NOON + timedelta(days=3)
    world.run(later, later + timedelta(hours=2))
    assert len(world.times()) == 5


def test_a_clock_set_back_stops_no_source():
    world = World(source())
    future = NOON + timedelta(days=2000)
    world.run(future, future + timedelta(minutes=1))
    world.reads.clear()
    world.run(NOON, NOON + timedelta(hours=2))
    assert 4 <= len(world.times()) <= 5


def test_a_denser_schedule_counts_at_once():
    daily, dense = source(every="24h"), source(every="30m")
    world = World(daily)
    world.run(NOON, NOON + timedelta(minutes=1))
    world.sources = [dense]
    world.run(NOON + timedelta(minutes=1), NOON + timedelta(hours=3))
    assert len(world.times()) == 7


def test_a_source_being_read_or_gone_from_the_configuration_is_not_taken():
    planner, one, other = Planner(), source("a"), source("b")
    assert planner.take([one, other], {}, NOON, busy={"a"}) == [other]
    assert planner.take([other], {"b": Due(next_due=NOON + STEP, last_check=NOON)}, NOON + STEP) == [other]


def test_a_read_that_left_no_trace_is_not_repeated_at_every_tick():
    planner = Planner()
    taken = [planner.take([source()], {}, NOON + number * STEP) for number in range(40)]
    assert sum(map(len, taken)) == 2


def test_a_failing_source_is_slowed_to_once_a_day_and_never_given_up():
    item = source(every="30m")
    waits = []
    for failures in range(1, 20):
        due = slowed_due(item.schedule, NOON, source_id="a", failures=failures)
        assert due is not None
        waits.append(due - NOON)
        stored = Due(next_due=due, last_check=NOON, health="failing")
        assert due_at(item, stored, NOON) == due
        assert due_at(item, replace(stored, health="ok"), NOON) <= NOON + timedelta(minutes=30)
    assert waits == sorted(waits)
    assert waits[0] <= timedelta(minutes=30)
    assert waits[2] > timedelta(minutes=90)
    assert timedelta(hours=23, minutes=30) < waits[-1] <= timedelta(days=1)


@pytest.mark.parametrize("failures", [1, 5, 30])
def test_a_slowed_source_keeps_to_its_own_hours(failures: int):
    office = Schedule(cron=("0 7-17 * * mon-fri",), timezone="America/Vancouver")
    friday = datetime(2026, 5, 9, 0, 0, 1, tzinfo=UTC)
    due = slowed_due(office, friday, source_id="a", failures=failures)
    assert due == datetime(2026, 5, 11, 14, 0, tzinfo=UTC)


def test_a_server_that_asks_for_rest_is_heeded_up_to_a_day():
    item = source(every="30m")
    hour = slowed_due(item.schedule, NOON, source_id="a", failures=1, rest=timedelta(hours=1))
    year = slowed_due(item.schedule, NOON, source_id="a", failures=1, rest=timedelta(days=365))
    assert hour is not None
    assert timedelta(hours=1) <= hour - NOON <= timedelta(hours=1, minutes=30)
    assert year == latest_due(item.schedule, NOON, source_id="a")


@pytest.mark.parametrize(("every", "expected"), [("30s", 60), ("10m", 60), ("30m", 180), ("6h", 2160), ("24h", 8640)])
def test_grace_is_a_minute_or_a_tenth_of_the_interval(every: str, expected: int):
    assert grace(source(every=every).schedule, NOON, source_id="a") == timedelta(seconds=expected)
