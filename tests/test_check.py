"""Reading sources now: conditional requests, faults of servers and of ours, one writer."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from loopback import Loopback, Reply
from msgspec import Struct, field
from msgspec.structs import replace
from program import Program
from running import Place, rounds, source

from monitor.board import Board
from monitor.check import check_sources
from monitor.errors import FetchError, StorageError
from monitor.extractors import EXTRACTORS, draws
from monitor.fetched import not_before
from monitor.model import Format, Schedule, Snapshot, Source, Validators
from monitor.ports import EventQuery, Store
from storage.store import open_store

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def feed(name: str, **more: object) -> Source:
    settings = EXTRACTORS["draws"].declaration()
    made = Source(
        id=name,
        publisher="P",
        url=f"https://example.org/{name}",
        format=Format.JSON,
        declarations={"draws": settings},
        schedule=Schedule(every=timedelta(hours=1)),
    )
    return replace(made, **more)


class Network(Struct):
    """A fetcher with an answer for each source: bytes, an error to raise, or None for "not modified"."""

    answers: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    final_url: str | None = None
    asked: list[tuple[str, Validators]] = field(default_factory=list)

    async def fetch(self, source: Source, validators: Validators) -> Snapshot | None:
        self.asked.append((source.id, validators))
        await asyncio.sleep(0)
        answer = self.answers[source.id]
        if isinstance(answer, BaseException):
            raise answer
        if answer is None:
            return None
        assert isinstance(answer, bytes)
        return Snapshot(
            source=source.id,
            fetched_at=NOON,
            status=200,
            final_url=self.final_url or source.url,
            headers={"content-type": "application/json", **self.headers},
            body=answer,
        )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"sqlite:///{tmp_path}/kept.db", now=NOON) as opened:
        yield opened


def check(network: Network, store: Store, *sources: Source, hours: float = 0) -> list[tuple[str, str, str | None]]:
    board = Board(sources={item.id: item for item in sources})
    now = NOON + timedelta(hours=hours)
    done = asyncio.run(check_sources(sources, fetcher=network, store=store, board=board, clock=lambda: now))
    return [(item.source, item.outcome.value, item.problem.code if item.problem else None) for item in done]


def test_what_the_server_gave_is_asked_with_again(store: Store):
    network = Network({"a": rounds(1)}, headers={"etag": '"v1"'})
    assert check(network, store, feed("a")) == [("a", "first_seen", None)]
    network.answers = {"a": None}
    assert check(network, store, feed("a"), hours=1) == [("a", "not_modified", None)]
    assert check(network, store, feed("a"), hours=2) == [("a", "not_modified", None)]
    assert [asked.etag for _, asked in network.asked] == [None, '"v1"', '"v1"']


class Slower(Network):
    """Says "not modified" of what it was asked for, after another reader has recorded a newer page."""

    store: Store | None = None

    async def fetch(self, source: Source, validators: Validators) -> Snapshot | None:
        assert self.store is not None
        assert validators == Validators(etag='"v1"')
        newer = Network({"a": rounds(1, 2)}, headers={"etag": '"v2"'})
        assert await asyncio.to_thread(check, newer, self.store, source, hours=1) == [("a", "changed", None)]
        return None


def test_not_modified_confirms_the_page_that_was_asked_for_and_no_newer_one(store: Store) -> None:
    source = feed("a")
    check(Network({"a": rounds(1)}, headers={"etag": '"v1"'}), store, source)
    assert check(Slower(store=store), store, source, hours=1.1) == [("a", "stale_copy", "older_copy")]
    after = store.last_reads(["a"])["a"]
    assert after.validators == Validators(etag='"v2"')
    assert store.get_known("a").last_good_read == NOON + timedelta(hours=1)
    otherwise = replace(source, settings_hash="other")  # derived again, all that was read means the same
    assert check(Network({"a": None}), store, otherwise, hours=2) == [("a", "not_modified", None)]
    assert [item.outcome.value for item in store.failed_checks("a")] == ["stale_copy", "not_modified"]
    assert {told.event.kind for told in store.events(EventQuery())} == {"draw.new"}


def test_not_modified_still_confirms_what_was_derived_again_meanwhile(store: Store) -> None:
    """The last read brought other validators with the same words; what is derived again knows nothing of them."""
    check(Network({"a": rounds(1)}, headers={"etag": '"v1"'}), store, feed("a"))
    again = Network({"a": rounds(1)}, headers={"etag": '"v2"'})
    assert check(again, store, feed("a"), hours=1) == [("a", "unchanged", None)]
    otherwise = feed("a", settings_hash="other")
    assert check(Network({"a": None}), store, otherwise, hours=2) == [("a", "not_modified", None)]
    assert store.last_reads(["a"])["a"].validators == Validators(etag='"v2"')


def test_validators_of_a_redirects_target_are_never_sent_to_the_first_address(store: Store):
    network = Network({"a": rounds(1)}, headers={"etag": '"other"'}, final_url="https://elsewhere.example.org/a")
    check(network, store, feed("a"))
    check(network, store, feed("a"), hours=1)
    assert [asked for _, asked in network.asked] == [Validators(), Validators()]


def test_validators_of_an_address_are_never_sent_to_another_that_the_configuration_names_now(store: Store):
    network = Network({"a": rounds(1)}, headers={"etag": '"v1"'})
    check(network, store, feed("a"))
    check(network, store, feed("a", url="https://example.org/moved"), hours=1)
    assert network.asked[-1] == ("a", Validators())


def test_a_fault_of_ours_spoils_one_read_and_keeps_its_bytes(store: Store, caplog: pytest.LogCaptureFixture):
    broken = feed("broken", declarations={"draws": "no settings at all"})
    network = Network({"broken": rounds(1), "fine": rounds(1)})
    found = check(network, store, broken, feed("fine"))
    assert sorted(found) == [("broken", "failed", "bug"), ("fine", "first_seen", None)]
    assert "Traceback" in caplog.text
    assert [shot.body for shot in store.snapshots("broken")] == [rounds(1)]
    assert check(network, store, feed("broken"), hours=1) == [("broken", "first_seen", None)]


def test_a_fault_of_ours_in_the_fetcher_spoils_one_read(store: Store, caplog: pytest.LogCaptureFixture):
    network = Network({"broken": ZeroDivisionError("surprise"), "fine": rounds(1)})
    assert ("broken", "failed", "bug") in check(network, store, feed("broken"), feed("fine"))
    assert "surprise" in caplog.text


def test_a_broken_database_stops_loudly(store: Store):
    class Broken:
        def __getattr__(self, name: str) -> object:
            if name == "record":
                raise StorageError("the disk is gone")
            return getattr(store, name)

    with pytest.raises(StorageError, match="the disk is gone"):
        check(Network({"a": rounds(1)}), Broken(), feed("a"))  # type: ignore[arg-type]


def test_a_crowd_of_reads_lets_those_already_under_way_go_on(store: Store):
    crowd = [feed(f"s{number}") for number in range(500)]

    class Watched(Network):
        begun: int = 0

        async def fetch(self, source: Source, validators: Validators) -> Snapshot | None:
            first = not self.asked
            answer = await super().fetch(source, validators)
            if first:
                self.begun = len(self.asked)
            return answer

    network = Watched(answers={source.id: None for source in crowd})
    assert len(check(network, store, *crowd)) == len(crowd)
    assert network.begun < len(crowd) / 2


def test_one_thread_writes(store: Store):
    writers = set()

    class Watched:
        def __getattr__(self, name: str) -> object:
            if name == "record":
                writers.add(threading.current_thread().name)
            return getattr(store, name)

    names = [f"s{number}" for number in range(40)]
    check(Network(dict.fromkeys(names, rounds(1))), Watched(), *map(feed, names))  # type: ignore[arg-type]
    assert len(writers) == 1
    assert "writer" in writers.pop()


def test_the_time_and_the_reason_of_a_failure_are_kept(store: Store):
    check(Network({"a": FetchError("away", code="connect")}), store, feed("a"))
    (kept,) = store.failed_checks("a")
    assert kept.checked_at == NOON
    assert kept.problem is not None
    assert kept.problem.code == "connect"


def test_a_failing_source_is_due_again_ever_later_and_a_good_read_ends_that(store: Store):
    network = Network({"a": FetchError("away", code="connect")})
    waits = []
    for hour in range(4):
        check(network, store, feed("a"), hours=hour)
        due = store.dues()["a"].next_due
        assert due is not None
        waits.append(due - (NOON + timedelta(hours=hour)))
    hours = [round(wait / timedelta(hours=1)) for wait in waits]
    assert hours == sorted(hours)
    assert hours[-1] >= 7
    network.answers = {"a": rounds(1)}
    check(network, store, feed("a"), hours=5)
    due = store.dues()["a"].next_due
    assert due is not None
    assert due - (NOON + timedelta(hours=5)) <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(5, 5), (0, 0.000001), (-3600, 0.000001), (-90000, -90000)],
)
def test_a_clock_set_back_a_little_never_orders_reads_wrongly(seconds: float, expected: float):
    found = not_before(NOON, NOON + timedelta(seconds=seconds))
    assert (found - NOON).total_seconds() == expected
    assert not_before(None, NOON) == NOON


def test_the_command_reports_a_fault_of_ours_after_reading_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    place = Place(tmp_path)
    monkeypatch.setenv("EDITORS", "console://")
    with Loopback() as server:
        server.script("/broken", Reply(body=b'{"rounds": [{"drawNumber": "1", "boom": 1}]}'))
        server.script("/fine", Reply(body=rounds(1)))
        place.write(source("broken", server.url("/broken")), source("fine", server.url("/fine")))
        read = draws.read

        def spoilt(page: object, item: Source, *rest: object) -> object:
            if item.id == "broken":
                raise RuntimeError("boom")
            return read(page, item, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr("monitor.extractors.draws.read", spoilt)
        answer = Program(capsys=capsys, database=place.database, config=place.config)("check", "--json")
    assert answer.code == 3
    found = {item["source"]: (item["problem"] or {}).get("code") for item in json.loads(answer.out)}
    assert found == {"broken": "bug", "fine": None}
