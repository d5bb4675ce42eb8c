"""What processes of a cluster share in PostgreSQL: due checks handed out once, and whose turn it is at a host."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from postgres import empty
from storing import at, record

from monitor.errors import StorageError, UsageError
from monitor.sharing import Slot, Turn
from storage.sharing import SharedTables, open_shared
from storage.store import open_store

AGAIN = timedelta(minutes=10)
NOW = at(1)


@pytest.fixture
def url(shared_postgres: str) -> Iterator[str]:
    open_store(shared_postgres).close()
    yield shared_postgres
    empty(shared_postgres)


@pytest.fixture
def shared(url: str) -> Iterator[SharedTables]:
    with open_shared(url) as opened:
        yield opened


class Queue:
    """What was deferred."""

    def __init__(self) -> None:
        self.slots: list[Slot] = []

    def __call__(self, _connection: Any, slots: Sequence[Slot]) -> None:
        self.slots += slots


def slot(source: str, hour: float = 1) -> Slot:
    return Slot(source=source, due=at(hour))


def take(shared: SharedTables, slots: Sequence[Slot], queue: Any, now: datetime = NOW) -> int:
    return shared.take_slots(slots, now, again=now - AGAIN, defer=queue)


def test_a_due_check_is_handed_out_once_until_it_is_due_anew_or_seems_lost(shared: SharedTables):
    queue = Queue()
    assert take(shared, [slot("b"), slot("a")], queue) == 2
    assert [one.source for one in queue.slots] == ["b", "a"]
    assert take(shared, [slot("a"), slot("b"), slot("c")], queue, at(1.1)) == 1
    assert take(shared, [slot("a", 2)], queue, at(2)) == 1
    assert take(shared, [slot("a", 2), slot("b")], queue, at(2)) == 1
    assert [one.source for one in queue.slots] == ["b", "a", "c", "a", "b"]


def test_a_slot_that_came_to_nothing_is_handed_out_again(shared: SharedTables):
    queue = Queue()
    take(shared, [slot("a")], queue)
    shared.free_slots(["a"])
    assert take(shared, [slot("a")], queue) == 1


def test_what_was_handed_out_and_not_read_since_is_known(shared: SharedTables, url: str):
    with open_store(url) as store:
        record(store, 0, "first_seen", body=b"0", source="read", next_due=at(1))
        record(store, 0, "first_seen", body=b"0", source="unread", next_due=at(1))
        take(shared, [slot("read"), slot("unread"), slot("never")], Queue())
        record(store, 1.5, source="read")
    assert sorted(shared.unserved(at(2), limit=9)) == ["never", "unread"]
    assert shared.unserved(at(1), limit=9) == []
    shared.free_slots(["never", "unread"])
    assert shared.unserved(at(2), limit=9) == []


def test_a_slot_whose_job_cannot_be_deferred_is_not_handed_out(shared: SharedTables):
    def fail(_connection: Any, _slots: Sequence[Slot]) -> None:
        raise StorageError("no queue")

    with pytest.raises(StorageError, match="no queue"):
        take(shared, [slot("a")], fail)
    assert take(shared, [slot("a")], Queue()) == 1


def test_schedulers_side_by_side_hand_out_each_check_once(shared: SharedTables):
    queue = Queue()
    names = [f"s{number:03}" for number in range(700)]

    def schedule(turn: int) -> None:
        mine = names if turn % 2 else names[::-1]
        take(shared, [slot(name) for name in mine], queue)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(schedule, range(8)))
    assert sorted(one.source for one in queue.slots) == names


def test_what_is_due_comes_longest_due_first(shared: SharedTables, url: str):
    with open_store(url) as store:
        for name, due in (("a", 3), ("b", 2), ("c", 9)):
            record(store, 0, "first_seen", body=b"0", source=name, next_due=at(due))
    assert shared.overdue(at(4), again=at(3), limit=9) == [slot("b", 2), slot("a", 3)]
    assert shared.overdue(at(4), again=at(3), limit=1) == [slot("b", 2)]
    take(shared, [slot("b", 2)], Queue(), at(4))
    assert shared.overdue(at(4), again=at(3), limit=9) == [slot("a", 3)]
    assert shared.overdue(at(5), again=at(4.5), limit=9) == [slot("b", 2), slot("a", 3)]


def turn(shared: SharedTables, host: str = "h", *, per_host: int = 1, pause: float = 0.0, lease: float = 9) -> Any:
    """A turn, asked for until the host is known."""
    got = shared.take_turn(host, per_host=per_host, pause=pause, lease=lease)
    return shared.take_turn(host, per_host=per_host, pause=pause, lease=lease) if got == 0.0 else got


def test_a_host_is_asked_by_one_at_a_time_with_the_pause_after_each(shared: SharedTables, url: str):
    with open_shared(url) as other:
        first = turn(shared)
        assert isinstance(first, Turn)
        assert turn(other) == pytest.approx(0.5)
        assert isinstance(turn(other, "elsewhere"), Turn)
        shared.end_turn(first, pause=30)
        assert turn(other) == pytest.approx(30, abs=5)


def test_several_at_a_time_where_the_source_says_so(shared: SharedTables):
    turns = [turn(shared, per_host=2) for _ in range(3)]
    assert [isinstance(one, Turn) for one in turns] == [True, True, False]
    shared.end_turn(turns[0], pause=0)
    assert isinstance(turn(shared, per_host=2), Turn)


def test_starts_are_spaced_by_the_pause_too(shared: SharedTables):
    assert isinstance(turn(shared, per_host=5, pause=30), Turn)
    assert turn(shared, per_host=5, pause=30) == pytest.approx(30, abs=5)


def test_the_rest_a_host_asks_for_holds_for_all_and_is_never_shortened(shared: SharedTables, url: str):
    shared.hold_host("h", 100)
    shared.hold_host("h", 1)
    with open_shared(url) as other:
        assert turn(other) == pytest.approx(100, abs=5)


def test_a_turn_whose_holder_was_killed_lapses(shared: SharedTables):
    assert isinstance(turn(shared, lease=0.2), Turn)
    end = time.monotonic() + 5
    while not isinstance(turn(shared), Turn):
        assert time.monotonic() < end


def test_many_who_ask_at_once_get_one_turn(shared: SharedTables):
    turn(shared, "other")
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: turn(shared), range(24)))
    assert sum(isinstance(one, Turn) for one in got) == 1


def test_robots_txt_is_read_once_for_all(shared: SharedTables, url: str):
    assert shared.find_robots("https://a.example:443") is None
    shared.keep_robots("https://a.example:443", "User-agent: *\nDisallow: /\0")
    with open_shared(url) as other:
        found = other.find_robots("https://a.example:443")
    assert found is not None
    assert found.text == "User-agent: *\nDisallow: /"
    assert 0 <= found.age < 60


def test_a_file_is_no_cluster(tmp_path: Path):
    with pytest.raises(UsageError, match="a file of one machine"):
        open_shared(f"sqlite:///{tmp_path / 'kept.db'}")
