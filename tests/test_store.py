"""Recording checks and asking what is known: through the public store, on real SQLite files."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import create_engine, func, select
from storing import START, URL, at, event, fact, fee, make, record

from monitor.errors import ConflictError, StorageError, UsageError
from monitor.model import (
    Absence,
    Draw,
    EventState,
    FactKind,
    Fee,
    Known,
    Memory,
    Occupation,
    Problem,
    Rule,
    Stream,
    Validators,
    Value,
    content_sha256,
    snapshot_id,
)
from monitor.model.facts import Modality, StreamStatus
from storage import schema
from storage.store import SqlStore, open_store


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    with open_store(database_url, now=START) as opened:
        yield opened


def spans(store: SqlStore, **asked: Any) -> dict[str, tuple[Any, ...]]:
    known = store.facts(**asked)
    return {one.fact.key.split("/")[1]: (one.fact.value, one.first_seen, one.last_seen) for one in known}


def test_a_source_never_read_is_blank(store: SqlStore) -> None:
    assert store.get_known("fees") == Known(source="fees")
    assert store.read_states() == {}
    assert store.facts() == []
    assert store.find_version("fees") is None


def test_everything_recorded_comes_back(store: SqlStore) -> None:
    values: list[tuple[FactKind, Value]] = [
        (FactKind.DRAW, Draw(number="91a", date=date(2018, 5, 30), occupations=("21231", "21232"), score=None)),
        (FactKind.FEE, Fee(label="Application", amount=Decimal("1475.50"), effective_on=date(2026, 4, 30))),
        (FactKind.OCCUPATION, Occupation(list="tech", code="21231", title="Engineers", teer=1)),
        (FactKind.RULE, Rule(section="Who", text="You must\u00a0apply — “now”", modality=Modality.MUST)),
        (FactKind.STREAM, Stream(name="Tech", status=StreamStatus.CLOSED)),
    ]
    facts = tuple(fact(kind.value, value, kind=kind) for kind, value in values)
    validators = Validators(etag='"abc"', last_modified="Fri, 01 May 2026 09:00:00 GMT")
    first = record(
        store, 0, "first_seen", body=b"one", began=facts, validators=validators, settings_hash="s1", next_due=at(1)
    )
    known = store.get_known("fees")
    assert {key: one.fact for key, one in known.facts.items()} == {one.key: one for one in facts}
    assert {(one.first_seen, one.last_seen, one.superseded_by) for one in known.facts.values()} == {
        (at(0), at(0), None)
    }
    assert known.version == first.version
    assert known.validators == validators
    assert (known.revision, known.settings_hash, known.last_good_read, known.last_check) == (1, "s1", at(0), at(0))
    assert list(store.snapshots("fees")) == [first.snapshot]


def test_an_unchanged_read_confirms_all_facts(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"one", began=(fee("a", "1"), fee("b", "2")))
    record(store, 5)
    record(store, 6, "blocked", problem=Problem(code="captcha", message="A captcha page came; wait."))
    assert {last_seen for _, _, last_seen in spans(store).values()} == {at(5)}


def test_a_changed_fact_has_two_spans(store: SqlStore) -> None:
    old, new = fee("a", "1475"), fee("a", "1750")
    record(store, 0, "first_seen", body=b"one", began=(old, fee("b", "2")))
    record(store, 3)
    second = record(store, 9, "changed", body=b"two", began=(new,), ended=(old.key,))
    assert second.version is not None
    assert spans(store)["a"] == (new.value, at(9), at(9))
    assert spans(store, at=at(9))["a"] == (new.value, at(9), at(9))
    assert spans(store, at=at(8.9))["a"] == (old.value, at(0), at(3))
    assert spans(store, at=at(1))["a"] == (old.value, at(0), at(0))
    assert spans(store, at=at(-1)) == {}
    assert spans(store, at=at(20))["b"] == (fee("b", "2").value, at(0), at(9))
    (ended,) = (one for one in store.facts(at=at(8)) if one.fact.key == old.key)
    assert ended.superseded_by == second.version.id


def test_a_missing_fact_was_last_seen_before_its_absence(store: SqlStore) -> None:
    gone = fee("gone", "3")
    record(store, 0, "first_seen", body=b"one", began=(gone, fee("kept", "4")))
    record(store, 2)
    missing = Memory(absences={gone.key: Absence(since=at(4), reads=1, event="e1")})
    record(store, 4, "changed", body=b"two", memory=missing)
    record(store, 6, memory=missing)
    assert spans(store)["gone"][2] == at(2)
    assert spans(store)["kept"][2] == at(6)
    assert spans(store, at=at(5))["gone"][2] == at(2)
    assert store.get_known("fees").memory == missing
    record(store, 10, memory=Memory(), ended=(gone.key,))
    assert "gone" not in spans(store)
    assert spans(store, at=at(9))["gone"] == (gone.value, at(0), at(2))


def test_facts_are_filtered_and_ordered_by_source_and_key(store: SqlStore) -> None:
    draw = fact("9", Draw(number="9"), kind=FactKind.DRAW, source="rounds")
    record(store, 1, "first_seen", body=b"r", source="rounds", began=(draw,))
    record(store, 0, "first_seen", body=b"f", began=(fee("b", "1"), fee("a", "1")))
    keys = [one.fact.key for one in store.facts()]
    assert keys == ["fee:fees/a", "fee:fees/b", "draw:rounds/9"]
    assert [one.fact.key for one in store.facts(kind=FactKind.DRAW)] == ["draw:rounds/9"]
    assert [one.fact.key for one in store.facts(sources=["rounds"], at=at(1))] == ["draw:rounds/9"]
    assert [one.fact.key for one in store.facts(kind=FactKind.DRAW, at=at(0))] == []


def test_counters_are_kept_for_every_moment(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"one", next_due=at(1))
    for hour, outcome in [(1, "unchanged"), (2, "not_modified"), (3, "failed"), (4, "restamped"), (5, "moved")]:
        problem = Problem(code="timeout", message="No answer in 30 s.") if outcome == "failed" else None
        record(store, hour, outcome, problem=problem)
    record(store, 6, "changed", body=b"two")
    record(store, 7)
    now = store.read_states()["fees"]
    assert (now.checks, now.reads_since_change, now.last_change, now.last_good_read) == (8, 1, at(6), at(7))
    assert (now.health, now.url, now.next_due) == ("ok", URL, at(1))
    then = store.read_states(at=at(5.5))["fees"]
    assert (then.checks, then.reads_since_change, then.last_change, then.last_good_read) == (6, 4, at(0), at(5))
    failing = store.read_states(at=at(3))["fees"]
    assert (failing.health, failing.problem, failing.last_good_read) == ("failing", "No answer in 30 s.", at(2))
    assert failing.reads_since_change == 2
    assert store.read_states(at=at(-1)) == {}


@pytest.mark.parametrize(
    ("outcome", "health"),
    [("blocked", "blocked"), ("failed", "failing"), ("layout_changed", "layout_changed"), ("stale_copy", "stale")],
)
def test_a_bad_read_shows_in_health_and_keeps_the_last_good_state(store: SqlStore, outcome: str, health: str) -> None:
    good = Validators(etag='"good"')
    record(store, 0, "first_seen", body=b"one", began=(fee("a", "1"),), validators=good)
    record(store, 1, outcome, body=b"captcha", validators=Validators(etag='"captcha"'))
    known = store.get_known("fees")
    assert store.read_states()["fees"].health == health
    assert (known.last_good_read, known.last_check, known.validators) == (at(0), at(1), good)
    assert list(known.facts) == ["fee:fees/a"]


def test_versions_and_twins(store: SqlStore) -> None:
    made = [
        record(store, hour, outcome, body=body).version
        for hour, outcome, body in [
            (0, "first_seen", b"A"),
            (1, "changed", b"B"),
            (2, "changed", b"A"),
            (3, "changed", b"C"),
        ]
    ]
    assert store.versions("fees") == made[::-1]
    assert store.find_version("fees") == made[3]
    assert store.find_version("fees", at=at(1.5)) == made[1]
    assert store.find_version("fees", at=at(-1)) is None
    assert store.get_known("fees", sha256=content_sha256(b"A")).twin == made[2]
    assert store.get_known("fees", sha256=content_sha256(b"C")).twin is None
    assert store.get_known("fees", sha256=content_sha256(b"D")).twin is None


def test_versions_of_one_moment_stand_in_the_order_recorded(store: SqlStore) -> None:
    first = record(store, 0, "first_seen", body=b"A").version
    second = record(store, 0, "changed", body=b"B").version
    assert store.versions("fees") == [second, first]


def test_snapshots_come_oldest_first_and_equal_times_by_digest(store: SqlStore) -> None:
    bodies = sorted((b"x", b"y"), key=content_sha256)
    record(store, 2, "first_seen", body=b"last")
    record(store, 1, body=bodies[1])
    record(store, 1, body=bodies[0])
    assert [one.body for one in store.snapshots("fees")] == [*bodies, b"last"]


def test_a_snapshot_is_found_by_its_id(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"")
    assert store.get_snapshot(snapshot_id("fees", at(0), b"")).body == b""
    with pytest.raises(UsageError, match="no snapshot"):
        store.get_snapshot("0" * 16)


def kept_bytes(url: str) -> int:
    """What the stored bytes take up."""
    engine = create_engine(url)
    with engine.connect() as connection:
        size = connection.scalar(select(func.sum(func.length(schema.blob.c.zstd))))
    engine.dispose()
    return int(size or 0)


def test_equal_bytes_are_kept_once(store: SqlStore, database_url: str) -> None:
    body = bytes(range(256)) * 400 + b"".join(content_sha256(str(n)).encode() for n in range(20_000))
    for hour in range(10):
        record(store, hour, "unchanged" if hour else "first_seen", body=body)
    store.close()
    assert kept_bytes(database_url) < len(body)
    assert [one.body for one in store.snapshots("fees")] == [body] * 10


def test_a_read_is_known_by_its_digest_whether_its_bytes_are_kept_or_not(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"kept")
    same = make(1, "unchanged", revision=1)
    store.record([replace(same, check=replace(same.check, body=content_sha256(b"same words")))])
    assert store.has_read("fees", at(0), content_sha256(b"kept"))
    assert store.has_read("fees", at(1), content_sha256(b"same words"))
    assert not store.has_read("fees", at(1), content_sha256(b"kept"))
    assert not store.has_read("fees", at(2), content_sha256(b"same words"))
    assert not store.has_read("other", at(0), content_sha256(b"kept"))


def test_checks_without_bytes_are_listed(store: SqlStore) -> None:
    problem = Problem(code="timeout", message="No answer.")
    record(store, 0, "first_seen", body=b"one")
    failed = record(store, 1, "failed", problem=problem).check
    same = record(store, 2, "not_modified").check
    assert store.failed_checks("fees") == [failed, same]
    assert store.failed_checks("other") == []


def test_a_second_writer_is_refused_and_writes_nothing(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"one")
    mine, theirs = make(1, "unchanged", revision=1), make(1, "changed", body=b"two", revision=1)
    store.record([mine])
    with pytest.raises(ConflictError, match="fees"):
        store.record([make(5, "first_seen", source="other", body=b"o"), theirs])
    assert list(store.read_states()) == ["fees"]
    assert store.read_states()["fees"].checks == 2
    with pytest.raises(ConflictError):
        store.record([make(9, "first_seen", body=b"x", revision=0)])


def test_several_checks_of_one_source_go_in_one_transaction(store: SqlStore) -> None:
    store.record([make(0, "first_seen", body=b"one", began=(fee("a", "1"),)), make(1, "unchanged", revision=1)])
    assert store.read_states()["fees"].checks == 2
    assert store.get_known("fees").revision == 2


def test_a_fact_that_begins_twice_is_a_loud_error_that_leaves_nothing(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"one", began=(fee("a", "1"),))
    with pytest.raises(StorageError, match=r"(?i)the database .* failed: .*unique"):
        record(store, 1, "changed", body=b"two", began=(fee("a", "2"),))
    assert spans(store)["a"][0] == fee("a", "1").value
    assert store.read_states()["fees"].checks == 1


def test_what_a_record_leaves_blank_stays(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"one", settings_hash="s1", next_due=at(1), validators=Validators(etag='"1"'))
    record(store, 1, "not_modified")
    known = store.get_known("fees")
    assert (known.settings_hash, known.validators.etag) == ("s1", '"1"')
    assert store.read_states()["fees"].next_due == at(1)
    record(store, 2, body=b"two", validators=Validators())
    assert store.get_known("fees").validators == Validators()


def test_pending_events_settle(store: SqlStore) -> None:
    waiting = event(1, "fee.removed", state=EventState.PROVISIONAL)
    record(store, 0, "first_seen", body=b"one")
    record(store, 1, "changed", body=b"two", events=(waiting,))
    assert store.get_known("fees").pending == {waiting.id: waiting}
    settled = replace(waiting, state=EventState.CONFIRMED, confirmed_at=at(8))
    record(store, 8, settled=(settled,))
    assert store.get_known("fees").pending == {}
    found = store.find_event(waiting.id[:6])
    assert found is not None
    assert found.event == settled


def test_times_keep_their_zone_and_microseconds_and_naive_ones_are_refused(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"one")
    assert store.read_states()["fees"].last_check == START
    with pytest.raises(Exception, match="without a zone"):
        store.facts(at=datetime(2026, 5, 1))  # noqa: DTZ001 - the naive time is the point
