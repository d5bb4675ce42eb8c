"""A pass over many sources records in several processes: the same outcome, nothing lost, nobody left behind."""

import asyncio
import errno
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from loopback import Loopback, Reply, Request
from msgspec.structs import replace
from running import Place, rounds, source
from test_check import NOON, Network, feed

from monitor.beside import FEW, writers_beside
from monitor.board import Board
from monitor.check import UNDER_WAY, WAITING, check_sources
from monitor.errors import FetchError, StorageError
from monitor.model import Assumption, Check, CheckRecord, Guide, Pair, Snapshot, Source, Validators
from monitor.ports import EventQuery, Store
from storage.examining import examine
from storage.store import open_store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="more than one process records on Linux only")
NAMES = [f"s{number:03}" for number in range(FEW + 30)]


@pytest.fixture(autouse=True)
def _three_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2})
    await_other_threads()


def await_other_threads() -> None:
    """Let whatever an earlier pass or test began come to its end, as nothing has begun when a command starts."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(30)
    assert threading.active_count() == 1, threading.enumerate()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/kept.db", now=NOON) as store:
        yield store


def check(
    network: Network, store: Store, *, hours: int = 0, on_check: Callable[[Check], None] = lambda _: None
) -> list[Check]:
    """A pass over all, with as many processes as there are to be."""
    sources = [feed(name) for name in NAMES]
    board = Board(sources={item.id: item for item in sources})
    now = NOON + timedelta(hours=hours)
    await_other_threads()
    with writers_beside(store, board, sources) as beside:
        assert len(beside) == len(multiprocessing.active_children()) == 3
        reading = check_sources(
            sources, fetcher=network, store=store, board=board, clock=lambda: now, on_check=on_check, beside=beside
        )
        done = asyncio.run(reading)
    assert not multiprocessing.active_children()
    return done


def outcomes(checks: list[Check]) -> dict[str, str]:
    assert len(checks) == len({item.source for item in checks})
    return {item.source: item.outcome.value for item in checks}


def everything(store: Store) -> object:
    """What is known of all sources and has happened to them."""
    known = [store.get_known(name) for name in NAMES]
    events = sorted((item.event for item in store.events(EventQuery())), key=lambda event: event.id)
    return [(item.version, item.facts, item.memory) for item in known], events


def test_several_processes_record_what_one_would(kept: Store, tmp_path: Path):
    answers: dict[str, object] = {name: rounds(1, 2) for name in NAMES}
    answers["s005"] = FetchError("away", code="http_503", status=503, retry_after=7.0)
    first, then = Network(answers), Network(answers | {name: rounds(1, 2, 3) for name in NAMES[::3]})
    found = outcomes(check(first, kept))
    assert found == dict.fromkeys(NAMES, "first_seen") | {"s005": "failed"}
    assert set(outcomes(check(then, kept, hours=1)).values()) == {"changed", "unchanged", "failed"}
    assert not list(examine(tmp_path / "kept.db"))
    with open_store(f"sqlite:///{tmp_path}/alone.db", now=NOON) as alone:
        for hours, network in enumerate((first, then)):
            sources = [feed(name) for name in NAMES]
            board = Board(sources={item.id: item for item in sources})
            now = NOON + timedelta(hours=hours)
            asyncio.run(check_sources(sources, fetcher=network, store=alone, board=board, clock=lambda now=now: now))
        assert everything(kept) == everything(alone)


def test_a_process_that_is_killed_leaves_its_work_to_the_others(kept: Store):
    victims = iter(range(1))

    def kill_one(_: Check) -> None:
        for _ in victims:
            victim = multiprocessing.active_children()[0].pid
            assert victim is not None
            os.kill(victim, signal.SIGKILL)

    network = Network({name: rounds(1) for name in NAMES})
    found = outcomes(check(network, kept, on_check=kill_one))
    assert set(found) == set(NAMES)
    assert set(found.values()) <= {"first_seen", "unchanged"}
    assert len(kept.facts()) == len(NAMES)


def test_a_broken_database_is_told_from_there_too(kept: Store):
    here = os.getpid()

    class Broken:
        def __getattr__(self, name: str) -> object:
            if name == "record" and os.getpid() != here:
                raise StorageError("the disk is gone", transient=True)
            return getattr(kept, name)

    with pytest.raises(StorageError, match="the disk is gone") as told:
        check(Network({name: rounds(1) for name in NAMES}), Broken())  # type: ignore[arg-type]
    assert told.value.transient


def test_pages_that_are_compared_are_all_decided_by_one_process(kept: Store, tmp_path: Path):
    journal = tmp_path / "who"
    expected = Assumption(id="A", claim="It is so.", sources=tuple(NAMES[:9]))
    pair = Pair(name="alike", facts={NAMES[20]: "draw:*", NAMES[21]: "draw:*"})

    class Watched:
        def __getattr__(self, name: str) -> object:
            return self.record if name == "record" else getattr(kept, name)

        def record(self, records: list[CheckRecord]) -> None:
            with journal.open("a") as file:
                file.writelines(f"{one.check.source} {os.getpid()}\n" for one in records)
            kept.record(records)

    sources = [feed(name) for name in NAMES]
    guide = Guide(id="g", title="G", assumptions=(expected,))
    board = Board(sources={item.id: item for item in sources}, guides=(guide,), pairs=(pair,))
    store, network = Watched(), Network({name: rounds(1) for name in NAMES})
    with writers_beside(store, board, sources) as beside:  # type: ignore[arg-type]
        reading = check_sources(
            sources,
            fetcher=network,
            store=store,  # type: ignore[arg-type]
            board=board,
            clock=lambda: NOON,
            beside=beside,
        )
        asyncio.run(reading)
    recorded = dict(line.split() for line in journal.read_text().splitlines())
    assert set(recorded) == set(NAMES)
    assert {recorded[name] for name in [*NAMES[:9], *NAMES[20:22]]} == {str(os.getpid())}
    assert len(set(recorded.values())) > 1


def test_few_sources_guides_and_a_database_in_memory_are_left_to_this_process(kept: Store):
    sources = [feed(name) for name in NAMES[:FEW]]
    board = Board(sources={item.id: item for item in sources})
    with writers_beside(kept, board, sources[1:]) as beside:
        assert beside == []
    expected = Assumption(id="A", claim="It is so.", sources=(NAMES[0],))
    guided = replace(board, guides=(Guide(id="g", title="G", assumptions=(expected,)),))
    with writers_beside(kept, guided, sources) as beside:
        assert beside == []
    with open_store("sqlite://", now=NOON) as fleeting, writers_beside(fleeting, board, sources) as beside:
        assert beside == []
        assert fleeting.newest_check() is None


def test_nothing_is_copied_beside_a_running_thread(kept: Store):
    sources, over = [feed(name) for name in NAMES], threading.Event()
    board = Board(sources={item.id: item for item in sources})
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        with writers_beside(kept, board, sources) as beside:
            assert beside == []
    finally:
        over.set()
        thread.join()
    with writers_beside(kept, board, sources) as beside:
        assert len(beside) == 3


@pytest.mark.parametrize("left", [0, 1])
def test_where_no_more_processes_may_be_made_one_records_all(
    kept: Store, left: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    sources, fork, room = [feed(name) for name in NAMES], os.fork, iter(range(left))
    board = Board(sources={item.id: item for item in sources})

    def scarce() -> int:
        if next(room, None) is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fork()

    monkeypatch.setattr(os, "fork", scarce)
    await_other_threads()
    network = Network({name: rounds(1) for name in NAMES})
    with writers_beside(kept, board, sources) as beside:
        assert not [*beside, *multiprocessing.active_children()]
        reading = check_sources(sources, fetcher=network, store=kept, board=board, clock=lambda: NOON, beside=beside)
        assert outcomes(asyncio.run(reading)) == dict.fromkeys(NAMES, "first_seen")
    assert not multiprocessing.active_children()
    assert "Resource temporarily unavailable" in caplog.text


def test_an_error_goes_whole_to_another_process():
    error = FetchError("away", code="http_503", status=503, transient=False, retry_after=7.0)
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own, a line ago
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_what_waits_to_be_recorded_stays_within_bounds(kept: Store):
    sources = [feed(f"s{number}", url=f"https://h{number}.example.org/") for number in range(2 * UNDER_WAY)]
    most = 0

    class Watched(Network):
        async def fetch(self, source: Source, validators: Validators) -> Snapshot | None:
            nonlocal most
            answer = await super().fetch(source, validators)
            most = max(most, len(self.asked) - recorded)
            return answer

    recorded = 0

    def count(_: Check) -> None:
        nonlocal recorded
        recorded += 1

    network = Watched(dict.fromkeys(item.id for item in sources))
    board = Board(sources={item.id: item for item in sources})
    asyncio.run(check_sources(sources, fetcher=network, store=kept, board=board, clock=lambda: NOON, on_check=count))
    assert recorded == len(sources)
    assert most <= UNDER_WAY + 2 * WAITING


def test_a_killed_command_leaves_no_process_behind_and_is_made_good_by_the_next(tmp_path: Path):
    place, draws = Place(tmp_path), [1]

    def answer(_: Request) -> Reply:
        return Reply(body=rounds(*draws), delay=0.01)

    with Loopback() as server:
        for name in NAMES:
            server.answer(f"/{name}", answer)
        place.write(*(source(name, server.url(f"/{name}")) for name in NAMES))
        assert place.call("check").returncode == 0
        draws.append(2)
        running = subprocess.Popen(place.command("check"), **place.options(), stdout=subprocess.DEVNULL)
        asked = len(server.paths())
        while len(server.paths()) < asked + len(NAMES) // 2:
            time.sleep(0.01)
        family = psutil.Process(running.pid).children(recursive=True)
        assert family or os.cpu_count() == 1
        running.kill()
        running.wait()
        _, alive = psutil.wait_procs(family, timeout=30)
        assert not alive
        assert place.call("check").returncode == 0
    events = place.json("history", "--kind", "draw.new", "--limit", "1000")
    assert sorted(item["source"] for item in events if json.dumps(item["new"]).count('"2"')) == NAMES
    told = [item["event"]["source"] for alert in place.told() for item in alert["items"]]
    assert sorted(told) == NAMES
