"""The queue of a cluster: its tables, jobs deferred once in our own transaction, what is due, and who may work."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from postgres import empty
from program import Program
from running import Place, rounds, source
from storing import at, record

from monitor.board import Board
from monitor.cli.program import run
from monitor.cluster import queue
from monitor.cluster.scheduling import NEVER_READ, Scheduler, by_turns
from monitor.cluster.steady import Back, Connection, GivenBack
from monitor.config import Config, load_config
from monitor.errors import ServedError, StorageError
from monitor.fetched import Fetched, record_fetched
from monitor.model import Snapshot, Validators
from monitor.recording import is_served
from monitor.sharing import Slot
from storage.sharing import open_shared
from storage.store import SqlStore, open_store


@pytest.fixture
def url(shared_postgres: str) -> Iterator[str]:
    open_store(shared_postgres).close()
    queue.install_queue(libpq(shared_postgres))
    yield shared_postgres
    empty(shared_postgres)
    with psycopg.connect(libpq(shared_postgres)) as connection:
        connection.execute("TRUNCATE stilltrue_queue.procrastinate_jobs, stilltrue_queue.procrastinate_workers CASCADE")


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with open_store(url) as opened:
        yield opened


def libpq(url: str) -> str:
    return url.replace("+psycopg", "")


def waiting(url: str) -> list[tuple[str, str]]:
    """The jobs in the queue, in the order they are taken: task and lock."""
    query = "SELECT task_name, lock FROM stilltrue_queue.procrastinate_jobs ORDER BY priority DESC, id"
    with psycopg.connect(libpq(url)) as connection:
        return connection.execute(query).fetchall()


def slots(*names: str, hour: float = 1) -> list[Slot]:
    return [Slot(source=name, due=at(hour)) for name in names]


def test_the_queue_is_made_once_and_brought_up_to_date(postgres: str, monkeypatch: pytest.MonkeyPatch):
    for _ in range(2):
        queue.install_queue(libpq(postgres))
    known = queue.migrations()
    step = {"99.00.00_01_later.sql": "CREATE TABLE later (id INTEGER); COMMENT ON TABLE later IS '100%';"}
    monkeypatch.setattr(queue, "migrations", lambda: {**known, **step})
    queue.install_queue(libpq(postgres))
    with psycopg.connect(libpq(postgres)) as connection:
        assert connection.execute("SELECT to_regclass('stilltrue_queue.later')").fetchone() == (
            "stilltrue_queue.later",
        )
        assert connection.execute("SELECT count(*) FROM stilltrue_queue.applied").fetchone() == (len(known) + 1,)
    monkeypatch.undo()
    with pytest.raises(StorageError, match="newer Procrastinate"):
        queue.install_queue(libpq(postgres))


def test_a_taken_lock_spoils_neither_the_other_jobs_nor_our_transaction(url: str):
    app = queue.open_app(libpq(url))
    with psycopg.connect(libpq(url)) as mine, psycopg.connect(libpq(url)) as theirs:
        wanted = [queue.check_job(slot) for slot in slots("a", "b", "c")]
        assert queue.defer(app, theirs, wanted[1:2]) == 1
        theirs.commit()
        mine.execute("INSERT INTO public.meta (key, value) VALUES ('mine', 'kept')")
        # Not seen when asked for what waits, there when deferred: as from a node that was quicker.
        assert queue.defer(app, mine, [wanted[0], wanted[0], wanted[1], wanted[2]]) == 2
        mine.commit()
        assert mine.execute("SELECT value FROM public.meta WHERE key = 'mine'").fetchone() == ("kept",)
    assert sorted(waiting(url)) == [("check", "a"), ("check", "b"), ("check", "c")]


def test_a_transaction_that_is_rolled_back_leaves_no_job(url: str):
    app = queue.open_app(libpq(url))
    with psycopg.connect(libpq(url)) as connection:
        queue.defer(app, connection, [queue.check_job(slot) for slot in slots("a")])
        connection.rollback()
    assert waiting(url) == []


def test_deliveries_go_before_checks_one_a_channel(url: str):
    app = queue.open_app(libpq(url))
    queue.defer_now(app, libpq(url), [queue.check_job(slot) for slot in slots("a")])
    assert queue.defer_now(app, libpq(url), [queue.deliver_job("editors")]) == 1
    assert queue.defer_now(app, libpq(url), [queue.deliver_job("editors")]) == 0
    assert waiting(url) == [("deliver", "deliver:editors"), ("check", "a")]


def configured(folder: Path, *sources: str) -> Config:
    place = Place(folder, environ={})
    place.write(*sources)
    text = place.config.read_text().replace('"sqlite:///kept.db"', '"postgresql://x/y"\ncluster = true')
    place.config.write_text(text)
    return load_config(place.config, now=at(0).date(), environ={})


def test_nodes_hand_out_each_due_check_once_and_again_when_it_is_due_again(url: str, store: SqlStore, tmp_path: Path):
    config = configured(tmp_path, *(source(name, f"http://{name}.example/", every="30d") for name in "abc"))
    sources = list(config.sources.values())
    record(store, 0, "first_seen", body=b"0", source="b", next_due=at(0.6))
    with open_shared(url) as shared:
        app = queue.open_app(libpq(url))
        nodes = [Scheduler(app, libpq(url), shared, store) for _ in range(2)]
        assert [node.schedule(config, sources, at(0.5)) for node in nodes] == [2, 0]
        assert [node.schedule(config, sources, at(0.61)) for node in nodes] == [1, 0]
        assert sorted(waiting(url)) == [("check", "a"), ("check", "b"), ("check", "c")]
        record(store, 0.61, source="b", next_due=at(0.7))
        assert nodes[0].schedule(config, sources, at(0.65)) == 0
        assert nodes[0].schedule(config, sources, at(0.71)) == 1
        assert "no worker is at work" in nodes[0].troubles(at(2))[0].message


def test_a_check_whose_job_is_gone_is_handed_out_again_in_a_minute(url: str, store: SqlStore, tmp_path: Path):
    config = configured(tmp_path, source("a", "http://a.example/", every="30d"))
    sources = list(config.sources.values())
    with open_shared(url) as shared:
        node = Scheduler(queue.open_app(libpq(url)), libpq(url), shared, store)
        assert node.schedule(config, sources, at(0)) == 1
        assert node.schedule(config, sources, at(0.02)) == 0
        with psycopg.connect(libpq(url)) as connection:
            connection.execute("TRUNCATE stilltrue_queue.procrastinate_jobs CASCADE")
        assert node.schedule(config, sources, at(0.04)) == 1
    assert waiting(url) == [("check", "a")]


def test_no_host_keeps_the_workers_from_the_others(tmp_path: Path):
    pages = [source(f"big-{n}", f"http://big.example/{n}") for n in range(3)]
    config = configured(tmp_path, *pages, source("small", "http://small.example/"))
    turns = by_turns(slots("big-0", "big-1", "big-2", "small"), config.sources)
    assert [slot.source for slot in turns] == ["big-0", "small", "big-1", "big-2"]


def test_a_slot_is_served_by_a_check_made_since_but_not_by_one_of_a_clock_that_ran_ahead():
    assert not is_served(NEVER_READ, None, at(1))
    assert is_served(NEVER_READ, at(0), at(1))
    assert not is_served(at(1), at(0), at(2))
    assert not is_served(at(1), at(9), at(2))
    # A worker that was taken for dead comes with an older read than the one that took over.
    assert is_served(at(1), at(2.001), at(2))


def test_a_cluster_needs_a_server_and_a_worker_a_cluster(stilltrue: Program, tmp_path: Path):
    Place(tmp_path).write(source("a", "http://a.example/"), monitor="cluster = true")
    refused = Program(stilltrue.capsys, tmp_path / "kept.db", tmp_path / "sources.toml")("status")
    assert refused.code == 2
    assert "sources.toml:4: a cluster shares one server" in refused.err
    alone = stilltrue("worker")
    assert alone.code == 2
    assert "cluster = true" in alone.err


def test_a_cancelled_attempt_to_connect_hangs_up():
    async def attempt() -> bytes:
        asked, left = asyncio.Event(), asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(1)
            asked.set()
            left.set_result(await reader.read())
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            connecting = asyncio.create_task(Connection.connect(f"host=127.0.0.1 port={port} user=x dbname=x"))
            await asked.wait()
            connecting.cancel()
            await asyncio.wait([connecting])
            # The task is still remembered, as Procrastinate does until all its jobs have ended.
            return await asyncio.wait_for(left, 10)

    assert asyncio.run(attempt())


def test_what_is_given_back_waits_longer_each_time_and_what_fails_does_not_come_back():
    def wait(error: BaseException, attempts: int) -> float | None:
        job = queue.deliver_job("editors").evolve(attempts=attempts)
        decision = Back().get_retry_decision(exception=error, job=job)
        return decision and decision.retry_at and (decision.retry_at - datetime.now(UTC)).total_seconds()

    assert wait(ValueError(), 0) is None
    assert 4 < (wait(GivenBack(), 0) or 0) <= 15
    assert 35 < (wait(GivenBack(), 9) or 0) <= 120
    assert 63 < (wait(GivenBack(60.0), 9) or 0) <= 75


def works(url: str) -> None:
    """A worker gives a sign of life."""
    with psycopg.connect(libpq(url)) as connection:
        connection.execute("INSERT INTO stilltrue_queue.procrastinate_workers DEFAULT VALUES")


def test_all_nodes_say_the_same_of_the_fleet_and_only_of_declared_sources(url: str, store: SqlStore, tmp_path: Path):
    config = configured(tmp_path, *(source(name, f"http://{name}.example/", every="30d") for name in "ab"))
    sources = list(config.sources.values())
    record(store, 0, "first_seen", body=b"0", source="removed", next_due=at(0.1))
    record(store, 0, "first_seen", body=b"0", source="a", next_due=at(2))
    with open_shared(url) as shared:
        app = queue.open_app(libpq(url))
        nodes = [Scheduler(app, libpq(url), shared, store) for _ in range(2)]
        assert sum(node.schedule(config, sources, at(2.1)) for node in nodes) == 2
        alone = [node.troubles(at(2.2 + n)) for n, node in enumerate(nodes)]
        assert [(one.code, one.since) for (one,) in alone] == [("no_worker", at(2.2))] * 2
        works(url)
        assert [node.troubles(at(2.3)) for node in nodes] == [[], []]
        late = [node.troubles(at(4 + n)) for n, node in enumerate(nodes)]
        assert [(one.code, one.since) for (one,) in late] == [("queue_behind", at(4))] * 2
        assert nodes[0].troubles(at(2.3)) == []
        assert nodes[1].troubles(at(6))[0].since == at(6)


def test_a_check_by_a_clock_a_little_behind_counts_for_when_it_was_due(store: SqlStore, tmp_path: Path):
    config = configured(tmp_path, source("a", "http://a.example/", every="1h"))
    feed = Snapshot(source="a", fetched_at=at(1), status=200, final_url="http://a.example/", headers={}, body=rounds(1))
    read = Fetched(source=config.sources["a"], answer=feed, at=at(0.9999), validators=Validators(), elapsed_ms=1)
    board = Board(sources=config.sources)
    assert record_fetched(read, store, board, due=at(1)).checked_at == at(1)
    with pytest.raises(ServedError):
        record_fetched(read, store, board, due=at(1))


def test_the_doctor_tells_of_jobs_that_nobody_takes_or_ends(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = configured(tmp_path, source("a", "http://a.example/"))
    monkeypatch.setenv("EDITORS", "console://")

    def found() -> dict[str, str]:
        capsys.readouterr()
        run(["doctor", "--json", "--db", url, "--config", str(config.path)])
        return {item["code"]: item["message"] for item in json.loads(capsys.readouterr().out)}

    app = queue.open_app(libpq(url))
    assert "no_worker" not in found()
    queue.defer_now(app, libpq(url), [queue.check_job(slot) for slot in slots("a", "b")])
    assert "2 job(s) wait" in found()["no_worker"]
    works(url)
    with psycopg.connect(queue.as_worker(libpq(url))) as connection:
        connection.execute("SELECT procrastinate_fetch_job_v2('{checks}', max(id)) FROM procrastinate_workers")
        connection.execute("UPDATE procrastinate_events SET at = at - interval '2 hours'")
    assert "A job for a has been in hand" in found()["stuck_job"]
    assert "no_worker" not in found()
