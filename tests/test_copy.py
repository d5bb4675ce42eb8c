"""Moving to another database: everything with its ids, checked, or nothing."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import create_engine, text
from storing import affect, alert, at, event, fee, record

from monitor.cli.program import run
from monitor.errors import StorageError, UsageError
from monitor.model import FactKind, Memory, RecheckRequest, Validators, bounded
from monitor.ports import EventQuery
from storage import copying
from storage.copying import copy_database
from storage.holding import hold
from storage.store import SqlStore, open_store


@pytest.fixture
def filled(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'filled.db'}"
    with open_store(url, now=at(0)) as store:
        fill(store)
    return url


def fill(store: SqlStore) -> None:
    record(store, 0, "first_seen", body=b"one" * 300, began=(fee("a", "1475"),), validators=Validators(etag='"1"'))
    for hour in range(1, 12):
        news = event(hour, slug=f"s{hour}")
        record(
            store,
            hour,
            "changed",
            body=b"one" * 300 + b"%d" % hour,
            began=(fee("a", str(hour)),),
            ended=("fee:fees/a",),
            events=(news,),
            affects=(affect(news),),
            rechecks=(RecheckRequest(guide="it-workers", assumption="C44", event=news.id, reasons=(f"{hour} é",)),),
            alerts=(alert(f"alert-{hour}", hour, news),),
            memory=Memory(),
        )
    store.note("kept", "note")


def everything(store: SqlStore) -> list[object]:
    return [
        store.events(EventQuery()),
        store.facts(),
        store.facts(at=at(5.5)),
        store.versions("fees"),
        store.read_states(),
        [(one.fetched_at, one.body) for one in store.snapshots("fees")],
        store.rechecks(),
        store.deliveries(),
        store.notes(""),
        store.get_known("fees"),
    ]


def test_a_copy_on_postgresql_says_the_same_and_goes_on(filled: str, postgres: str):
    copied = copy_database(filled, postgres, at(20))
    assert {one.table: one.rows for one in copied}["check_"] == 12
    with open_store(filled) as old, open_store(postgres) as new:
        assert everything(new) == everything(old)
        for store in (old, new):
            news = event(13)
            record(store, 13, "changed", body=b"next", events=(news,), alerts=(alert("later", 13, news),))
        assert everything(new) == everything(old)
        assert [one.fact.kind for one in new.facts()] == [FactKind.FEE]


def test_and_back_again(filled: str, postgres: str, tmp_path: Path):
    back = f"sqlite:///{tmp_path / 'back.db'}"
    assert copy_database(postgres_copy(filled, postgres), back, at(20))
    with open_store(filled) as old, open_store(back) as new:
        assert everything(new) == everything(old)


def postgres_copy(filled: str, postgres: str) -> str:
    copy_database(filled, postgres, at(20))
    return postgres


def test_the_copy_has_no_flaw(filled: str, postgres: str, capsys: pytest.CaptureFixture[str]):
    config = str(Path(__file__).parents[1] / "sources.toml")
    assert run(["copy", postgres, "--db", filled, "--config", config, "--json"]) == 0
    assert {one["table"] for one in json.loads(capsys.readouterr().out)} >= {"event", "blob", "link", "seal"}
    run(["doctor", "--db", postgres, "--config", config, "--json"])
    found = {one["code"] for one in json.loads(capsys.readouterr().out)}
    assert not found & {"damaged_bytes", "lost_version", "orphan_blob", "orphan_snapshot", "unreadable"}
    assert not {code for code in found if "seal" in code or "link" in code or "chain" in code or "alter" in code}


def test_what_has_rows_is_never_overwritten(filled: str, tmp_path: Path):
    other = f"sqlite:///{tmp_path / 'other.db'}"
    copy_database(filled, other, at(20))
    with pytest.raises(UsageError, match="is not empty"):
        copy_database(filled, other, at(20))
    with pytest.raises(UsageError, match="the same database"):
        copy_database(filled, filled, at(20))


def test_a_database_in_use_is_not_copied(filled: str, tmp_path: Path):
    with hold(filled), pytest.raises(UsageError, match="stop it, copy"):
        copy_database(filled, f"sqlite:///{tmp_path / 'other.db'}", at(20))


def test_a_copy_that_comes_out_differently_is_not_kept(filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "other.db"
    whole = copying._copy_table  # noqa: SLF001 - a fault that no honest database shows

    def lose(table: object, reading: object, writing: object) -> object:
        done = whole(table, reading, writing)  # type: ignore[arg-type]
        if done.table == "fact":
            writing.execute(text("DELETE FROM fact WHERE id = 1"))  # type: ignore[attr-defined]
        return done

    monkeypatch.setattr(copying, "_copy_table", lose)
    with pytest.raises(StorageError, match="fact came out differently"):
        copy_database(filled, f"sqlite:///{target}", at(20))
    engine = create_engine(f"sqlite:///{target}")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM check_")) == 0
    engine.dispose()


def test_what_postgresql_does_not_take_is_left_out_on_the_way_to_it(
    tmp_path: Path, postgres: str, capsys: pytest.CaptureFixture[str]
):
    old, long = f"sqlite:///{tmp_path / 'old.db'}", "a" + "".join(map(str, range(3000)))
    with open_store(old, now=at(0)) as store:
        odd = replace(fee("a", "1475"), quote="A \0fee of $1,475.")
        news = replace(event(1, slug="s1"), subject="A \0fee", key=f"fee:fees/{long}")
        record(store, 0, "first_seen", body=b"one", began=(odd, fee(long, "5")))
        record(store, 1, "changed", body=b"two", events=(news,))
    copy_database(old, postgres, at(20))
    with open_store(postgres) as new:
        first, second = sorted(new.facts(), key=lambda one: len(one.fact.key))
        (told,) = (one.event for one in new.events(EventQuery()))
        assert [first.fact.quote, told.subject] == ["A fee of $1,475.", "A fee"]
        assert second.fact.key == told.key == bounded(f"fee:fees/{long}")
    config = str(Path(__file__).parents[1] / "sources.toml")
    run(["doctor", "--db", postgres, "--config", config, "--json"])
    found = {one["code"] for one in json.loads(capsys.readouterr().out)}
    assert not {code for code in found if "seal" in code or "link" in code or "chain" in code or "alter" in code}
