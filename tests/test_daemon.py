"""`stilltrue run` as people and systemd see it: a process, its log, its signals, its database."""

import json
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from loopback import Loopback, Reply
from program import Program
from running import Place, rounds, source


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_what_is_due_is_read_told_and_asked_about_from_beside(server: Loopback, place: Place):
    server.script("/a", Reply(body=rounds(1)), Reply(body=rounds(1, 2)))
    place.write(source("a", server.url("/a")), monitor='listen = "127.0.0.1:0"')
    with place.running() as daemon:
        port = daemon.wait_for("started")["listening"]
        daemon.wait_for("read", outcome="first_seen")
        daemon.wait_for("read", outcome="changed", events=1)
        daemon.wait_for("delivery", state="sent")
        checks = place.json("check", "a")
        assert [check["outcome"] for check in checks] == ["unchanged"]
        assert [event["kind"] for event in place.json("history")] == ["draw.new"]
        health = json.loads(ask(port, "/healthz"))
        metrics = ask(port, "/metrics").decode()
        assert status_of(port, "/healthz", Host="attacker.example") == 403
        assert status_of(port, "/nowhere") == 404
        code, seconds = daemon.stop()
    assert (code, health["status"]) == (0, "ok")
    assert seconds < 5
    assert 'stilltrue_checks_total{outcome="first_seen",source="a"} 1.0' in metrics
    assert 'stilltrue_deliveries{state="sent"} 1.0' in metrics
    assert [told["items"][0]["event"]["kind"] for told in place.told()] == ["draw.new"]
    assert [entry for entry in daemon.log if entry["event"] == "trouble"] == []
    assert [row["state"] for row in place.json("alerts")] == ["sent"]


def test_a_healthy_daemon_calls_the_heartbeats_address(server: Loopback, place: Place):
    server.script("/a", Reply(body=rounds(1)))
    server.script("/beat", Reply(body=b"ok"))
    place.write(source("a", server.url("/a"), every="1h"), monitor=f'heartbeat = "{server.url("/beat")}"')
    with place.running() as daemon:
        daemon.wait_for("started")
        wait_until(lambda: server.seen("/beat"))


def ask(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return bytes(answer.read())


def status_of(port: int, path: str, **headers: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return int(error.code)


def test_told_to_stop_while_a_server_stalls_it_ends_within_ten_seconds_and_loses_nothing(
    server: Loopback, place: Place
):
    server.script("/stalls", Reply(body=b"{", length=1000, hang=True))
    server.script("/works", Reply(body=rounds(1)))
    place.write(source("stalls", server.url("/stalls")), source("works", server.url("/works"), every="1h"))
    with place.running() as daemon:
        daemon.wait_for("read", source="works")
        wait_until(lambda: server.seen("/stalls"))
        code, seconds = daemon.stop()
        assert daemon.log[-1]["event"] == "stopped"
    assert code == 0
    assert seconds < 10
    assert {item["id"]: item["checks"] for item in place.json("status")} == {"stalls": 0, "works": 1}
    server.script("/stalls", Reply(body=rounds(1)))
    with place.running() as daemon:
        daemon.wait_for("read", source="stalls", outcome="first_seen")
        assert not [entry for entry in daemon.log if entry.get("source") == "works"]


def test_told_to_stop_while_another_program_holds_the_database_it_ends_within_ten_seconds(
    server: Loopback, place: Place
):
    draws = [1]
    server.answer("/a", lambda _: Reply(body=rounds(*draws)))
    place.write(source("a", server.url("/a"), every="1s"))
    with place.running() as daemon:
        daemon.wait_for("read", outcome="first_seen")
        with closing(sqlite3.connect(place.database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            draws.append(2)
            before = len(server.seen("/a"))
            wait_until(lambda: len(server.seen("/a")) > before)
            code, seconds = daemon.stop()
    assert (code, daemon.log[-1]["event"]) == (0, "stopped")
    assert seconds < 10
    with place.running() as daemon:
        daemon.wait_for("read", outcome="changed", events=1)


def wait_until(happened: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_killed_at_any_moment_every_change_is_told_once(server: Loopback, place: Place):
    draws = [1]
    server.answer("/a", lambda _: Reply(body=rounds(*draws)))
    place.write(source("a", server.url("/a"), every="1s"))
    for number in range(2, 5):
        with place.running() as daemon:
            daemon.wait_for("read", source="a")
            draws.append(number)
            daemon.wait_for("read", outcome="changed", events=1)
            daemon.stop(signal.SIGKILL)
    with place.running() as daemon:
        daemon.wait_for("read", source="a")
        wait_until(lambda: len(place.told()) >= 3)
        daemon.stop()
    told = [(item["items"][0]["event"]["new"]["number"], item["maybe_duplicate"]) for item in place.told()]
    assert {number for number, _ in told} == {"2", "3", "4"}
    assert sorted(number for number, again in told if not again) == sorted({n for n, again in told if not again})


def test_a_second_daemon_on_the_same_database_is_refused_and_the_lock_dies_with_the_first(
    server: Loopback, place: Place
):
    server.script("/a", Reply(body=rounds(1)))
    place.write(source("a", server.url("/a"), every="1h"))
    with place.running() as daemon:
        daemon.wait_for("started")
        second = place.call("run")
        assert second.returncode == 2
        assert "Another `stilltrue run`" in second.stderr
        assert str(daemon.process.pid) in second.stderr
        assert len(second.stderr.splitlines()) == 1
        daemon.stop(signal.SIGKILL)
    with place.running() as daemon:
        daemon.wait_for("started")
        assert daemon.stop()[0] == 0


def test_told_to_stop_while_it_takes_up_its_waiting_it_stops(server: Loopback, place: Place):
    server.script("/a", Reply(body=rounds(1)))
    place.write(source("a", server.url("/a"), every="1h"))
    with place.running(program="signalled") as daemon:
        daemon.wait_for("started")
        assert daemon.stop()[0] == 0


def test_a_new_configuration_counts_and_a_broken_one_leaves_the_old_in_force(server: Loopback, place: Place):
    server.script("/a", Reply(body=rounds(1)))
    server.script("/b", Reply(body=rounds(1)))
    place.write(source("a", server.url("/a"), every="1h"), monitor='listen = "127.0.0.1:0"')
    before = place.config.read_text()
    with place.running() as daemon:
        port = daemon.wait_for("started")["listening"]
        daemon.wait_for("read", source="a")
        place.config.write_text(before.replace('every = "1h"', 'evry = "1h"'))
        assert "evry" in daemon.wait_for("config_rejected")["problem"]
        daemon.find("trouble", code="config_rejected")
        assert status_of(port, "/healthz") == 503
        daemon.wait_for("delivery", state="sent")
        place.config.write_text(before + source("b", server.url("/b"), every="1h"))
        daemon.wait_for("config_loaded", sources=2)
        daemon.wait_for("read", source="b", outcome="first_seen")
        daemon.find("trouble_over", code="config_rejected")
        assert status_of(port, "/healthz") == 200
        assert daemon.stop()[0] == 0
    assert ["trouble" in told["subject"] for told in place.told()] == [True]


def test_guides_that_vanish_are_counted_and_a_folder_that_cannot_be_read_leaves_the_old_in_force(
    server: Loopback, place: Place
):
    server.script("/a", Reply(body=rounds(1)))
    place.write(source("a", server.url("/a"), every="1h"))
    guides = place.folder / "guides"
    guides.mkdir()
    claim = '[[assumption]]\nid = "A1"\nclaim = "There are draws."\n'
    (guides / "workers.toml").write_text('id = "workers"\ntitle = "Workers"\n' + claim)
    with place.running() as daemon:
        daemon.wait_for("read", source="a")
        guides.rename(place.folder / "kept")
        guides.write_text("")
        assert str(guides) in daemon.wait_for("config_rejected", code="unreadable_folder")["problem"]
        guides.unlink()
        daemon.wait_for("config_loaded", guides=0, assumptions=0)
        (place.folder / "kept").rename(guides)
        daemon.wait_for("config_loaded", guides=1, assumptions=1)
        assert daemon.stop()[0] == 0


def test_a_signal_loads_it_anew_though_no_file_looks_changed(server: Loopback, place: Place):
    server.script("/a", Reply(body=rounds(1)))
    place.write(source("a", server.url("/a"), every="1h"))
    with place.running() as daemon:
        daemon.wait_for("read", source="a")
        for _ in range(200):
            daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for("config_loaded", sources=1)
        assert daemon.stop()[0] == 0


def test_the_database_cannot_change_while_running(server: Loopback, place: Place):
    server.script("/a", Reply(body=rounds(1)))
    place.write(source("a", server.url("/a"), every="1h"))
    with place.running() as daemon:
        daemon.wait_for("started")
        place.config.write_text(place.config.read_text().replace("kept.db", "other.db"))
        assert "restart" in daemon.wait_for("config_rejected", code="needs_restart")["problem"]
    assert not (place.folder / "other.db").exists()


def test_a_server_that_asks_for_rest_gets_it_and_one_that_fails_is_asked_ever_more_rarely(
    server: Loopback, place: Place
):
    server.script("/busy", Reply(status=503, headers={"Retry-After": "3600"}))
    server.script("/gone", Reply(status=500))
    place.write(source("busy", server.url("/busy")), source("gone", server.url("/gone", host="localhost"), every="2s"))
    with place.running() as daemon:
        daemon.wait_for("read", source="busy", problem="http_503")
        reads = [daemon.wait_for("read", source="gone") for _ in range(3)]
    waits = [moment(later) - moment(earlier) for earlier, later in pairwise(reads)]
    assert waits[1] > waits[0] + 0.9
    assert len(server.seen("/busy")) == 1
    status = {item["id"]: item for item in place.json("status")}
    assert status["gone"]["failures"] == 3
    assert "500" in place.call("status").stdout
    assert "tried again" in place.call("status").stdout
    (check,) = [item for item in place.json("status") if item["id"] == "busy"]
    assert moment({"timestamp": check["next_due"]}) - time.time() > 3000


def moment(entry: dict[str, str]) -> float:
    return datetime.fromisoformat(entry["timestamp"]).timestamp()


def test_secrets_reach_no_log(server: Loopback, place: Place):
    server.script("/a", Reply(body=rounds(1)), Reply(body=rounds(1, 2)))
    refused = f"jsons://hook:s3cr3t-t0ken@127.0.0.1:{free_port()}/a-very-secret-path"
    place.write(source("a", server.url("/a")))
    place.environ = {"EDITORS": refused}
    with place.running() as daemon:
        failed = daemon.wait_for("delivery", channel="editors")
        daemon.stop()
        log = json.dumps(daemon.log)
    assert failed["state"] == "retrying"
    assert "s3cr3t" not in log
    assert "very-secret-path" not in log


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_systemd_hears_that_it_is_ready_alive_and_stopping(server: Loopback, place: Place):
    server.script("/a", Reply(body=rounds(1)))
    place.write(source("a", server.url("/a"), every="1h"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(place.folder / "notify"))
        ear.settimeout(15)
        place.environ = {"NOTIFY_SOCKET": str(place.folder / "notify"), "WATCHDOG_USEC": "1000000"}
        with place.running() as daemon:
            assert ear.recv(4096).startswith(b"READY=1")
            assert ear.recv(4096) == b"WATCHDOG=1"
            daemon.stop()
            heard = [ear.recv(4096)]
            while heard[-1] != b"STOPPING=1":
                heard.append(ear.recv(4096))
    assert set(heard) <= {b"WATCHDOG=1", b"STOPPING=1"}


def test_a_disk_that_is_full_ends_it_cleanly_and_nothing_recorded_is_lost(server: Loopback, place: Place):
    bodies = iter(rounds(*range(1, 30 * step)) for step in range(1, 200))
    server.answer("/a", lambda _: Reply(body=next(bodies)))
    place.write(source("a", server.url("/a"), every="1s"))
    small = 700_000
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (small, small))  # noqa: E731 - runs in the child
    with place.running(preexec_fn=limit) as daemon:
        failure = daemon.wait_for("stopping", seconds=60)
        code = daemon.process.wait(20)
        daemon.drain()
    assert code == 3
    assert "database" in failure["error"]
    recorded = [entry for entry in daemon.log if entry["event"] == "read"]
    (state,) = place.json("status")
    assert state["checks"] == len(recorded) > 0
    assert [item for item in place.json("doctor") if item["severity"] == "error"] == []


def test_a_read_only_database_is_refused_before_anything_starts(
    server: Loopback, place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("EDITORS", "console://")
    place.write(source("a", server.url("/a"), every="1h"))
    server.script("/a", Reply(body=rounds(1)))
    stilltrue = Program(capsys=capsys, database=place.database, config=place.config)
    assert stilltrue("check").code == 0
    read_only = f"sqlite:///file:{place.database}?mode=ro&uri=true"
    refused = place.call("run", "--db", read_only)
    assert refused.returncode == 3
    assert "read-only" in refused.stderr
    beside = Program(capsys=capsys, database=Path(f"file:{place.database}?mode=ro&uri=true"), config=place.config)
    assert beside("history").code == 0
    checked = beside("check")
    assert checked.code == 3
    assert "read-only" in checked.err
    assert "Traceback" not in checked.err
    assert len(server.paths()) == 2


def test_a_port_in_use_is_said_and_nothing_starts(place: Place):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        place.write(source("a", "http://127.0.0.1:9/a"), monitor=f'listen = "127.0.0.1:{port}"')
        refused = place.call("run")
    assert refused.returncode == 2
    assert f"127.0.0.1:{port}" in refused.stderr


@pytest.mark.parametrize("address", ["0.0.0.0:9464", "example.org:80", "127.0.0.1", "127.0.0.1:99999", ":9464"])
def test_health_is_served_to_this_machine_only(place: Place, capsys: pytest.CaptureFixture[str], address: str):
    place.write(source("a", "http://127.0.0.1:9/a"), monitor=f'listen = "{address}"')
    refused = Program(capsys=capsys, database=place.database, config=place.config)("status")
    assert refused.code == 2
    assert '"listen"' in refused.err


def test_the_unit_is_one_that_systemd_accepts(tmp_path: Path):
    unit = Path(__file__).parents[1] / "deploy" / "stilltrue.service"
    text = unit.read_text()
    assert "Type=notify" in text
    assert "WatchdogSec=" in text
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze here")
    alone, with_browser = tmp_path / "alone" / unit.name, tmp_path / "browser" / unit.name
    for copy in (alone, with_browser):
        copy.parent.mkdir()
        shutil.copy(unit, copy)
    drop_in = with_browser.parent / f"{unit.name}.d"
    drop_in.mkdir()
    shutil.copy(unit.with_name("browser.conf"), drop_in)
    for copy in (alone, with_browser):
        done = subprocess.run([analyze, "verify", "--man=no", copy], capture_output=True, text=True, check=False)
        said = done.stderr.splitlines()
        assert [line for line in said if "stilltrue.service" in line and "executable" not in line] == []
