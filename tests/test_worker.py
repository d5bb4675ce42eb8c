"""Workers as processes: what they do when a job, a page, the queue or another machine fails."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import rounds
from working import Cluster, working

REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
    CREATE TRIGGER refuse BEFORE DELETE ON stilltrue_queue.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION refuse()
"""
UNREADABLE = """
    SET search_path = stilltrue_queue;
    INSERT INTO procrastinate_jobs (queue_name, task_name, args)
    VALUES ('checks', 'check', '{"source": "a", "due": "never"}')
"""


@pytest.fixture
def cluster(postgres: str, tmp_path: Path) -> Iterator[Cluster]:
    with working(tmp_path, postgres) as made:
        yield made


def test_a_job_whose_end_could_not_be_noted_gives_its_lock_back(cluster: Cluster):
    cluster.declare(cluster.page("a"))
    cluster.node()
    worker = cluster.worker()
    worker.wait_for("read", source="a")
    cluster.ask(REFUSE)
    worker.wait_for("job_end_not_noted")
    cluster.ask("DROP FUNCTION refuse CASCADE")
    worker.wait_for("read", seconds=20, source="a")


def test_a_fault_in_a_job_is_logged_with_its_trace(cluster: Cluster):
    cluster.declare(cluster.page("a", every="30d"))
    cluster.node()
    worker = cluster.worker()
    worker.wait_for("read", source="a")
    cluster.ask(UNREADABLE)
    logged = worker.wait_for("job_failed", seconds=20, source="a")
    assert "ValueError" in logged["exception"]


def test_what_the_database_does_not_take_is_the_page_s_failure(cluster: Cluster):
    nul = rounds(1, 2).replace(b'"General"', b'"General \\u0000 and"')
    long = rounds(1, 2).replace(b'"drawNumber": "2"', b'"drawNumber": "%s"' % "".join(map(str, range(3000))).encode())
    assert nul != rounds(1, 2) != long
    cluster.declare(cluster.page("nul", body=nul), cluster.page("long", body=long), cluster.page("plain"))
    cluster.node()
    worker = cluster.worker()
    for name in ("nul", "long"):
        assert worker.find("read", source=name)["outcome"] == "first_seen"
    worker.wait_for("read", source="plain")
    worker.wait_for("read", source="plain")
    assert worker.process.poll() is None
    facts = {fact["source"] for fact in cluster.place.json("facts")}
    assert facts == {"nul", "long", "plain"}


def test_a_slow_host_does_not_keep_a_worker_from_the_others(cluster: Cluster):
    slow = [cluster.page(f"slow{n}", host="localhost", every="30d") for n in range(30)]
    cluster.declare(*slow, cluster.page("quick", every="1s"), pause=4.0)
    cluster.node()
    worker = cluster.worker("--jobs", "16")
    # Beyond its first read each waits for the host's pause alone, not for the 29 pages of the other host.
    for _ in range(3):
        worker.wait_for("read", seconds=15, source="quick")


def test_a_worker_reloads_on_sighup(cluster: Cluster):
    cluster.declare(cluster.page("a", every="30d"))
    cluster.node()
    worker = cluster.worker()
    worker.process.send_signal(signal.SIGHUP)
    worker.wait_for("config_loaded", seconds=20)
    assert worker.process.poll() is None


def test_a_database_that_a_worker_uses_is_not_copied(cluster: Cluster):
    cluster.declare(cluster.page("a", every="30d"))
    worker = cluster.worker()
    refused = cluster.place.call("copy", f"sqlite:///{cluster.folder / 'copy.db'}")
    assert (refused.returncode, "stop it, copy" in refused.stderr) == (2, True)
    assert worker.stop()[0] == 0
    assert cluster.place.call("copy", f"sqlite:///{cluster.folder / 'copy.db'}").returncode == 0


def test_a_node_tells_by_itself_that_there_is_no_worker(cluster: Cluster):
    cluster.declare(cluster.page("a", every="30d"))
    node = cluster.node()
    node.wait_for("trouble", seconds=150, code="no_worker")
    node.wait_for("delivery", state="sent")
    (told,) = cluster.place.told()
    assert "no worker is at work" in json.dumps(told)
