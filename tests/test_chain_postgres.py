"""The hash chain and the seals on a real PostgreSQL: what is altered there is found, and nothing else is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import create_engine, delete, insert, select, text
from storing import fill, record

from monitor.model import GENESIS, find_break
from storage import schema
from storage.examining import examine_server
from storage.store import open_store

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
TAMPERING = [
    ("fact", "UPDATE fact SET quote = 'other words'", "altered_rows"),
    ("affect", "DELETE FROM affect", "altered_rows"),
    ("check_", "DELETE FROM check_ WHERE id = (SELECT max(id) FROM check_)", "lost_check"),
    ("snapshot", "UPDATE snapshot SET headers = '{}' WHERE source = 'fees'", "altered_snapshot"),
    ("link", "UPDATE link SET outcome = 'changed' WHERE position = 1", "chain_broken"),
    ("link", "DELETE FROM link WHERE position = 2", "chain_gap"),
    ("root", "DELETE FROM root WHERE day = '2026-05-04'", "root_end"),
    ("root", "UPDATE root SET made_at = made_at + interval '1 second'", "altered_rows"),
    ("seal", "UPDATE seal SET sums = '{}' WHERE scope = 'fees'", "altered_rows"),
]


def codes(url: str) -> set[str]:
    return {flaw.code for flaw in examine_server(url)} - {"orphan_snapshot"}


def test_what_is_altered_on_the_server_is_found(postgres: str) -> None:
    clock = [NOW]
    with open_store(postgres, now=NOW, clock=lambda: clock[0]) as store:
        fill(store, clock)
        assert find_break(store.links("fees"), GENESIS) is None
        assert [(root.day.day, root.sources, root.links) for root in store.roots()] == [(3, 2, 2), (4, 1, 2)]
    assert codes(postgres) == set()
    engine = create_engine(postgres)
    for name, statement, code in TAMPERING:
        table = schema.metadata.tables[name]
        with engine.begin() as raw:
            before = [dict(row) for row in raw.execute(select(table)).mappings()]
            assert raw.execute(text(statement)).rowcount > 0
        assert code in codes(postgres), statement
        with engine.begin() as raw:
            raw.execute(text("SET session_replication_role = replica"))  # whole rows put back, references and all
            raw.execute(delete(table))
            raw.execute(insert(table), before)
    engine.dispose()
    assert codes(postgres) == set()


def test_several_writers_at_once_keep_one_chain_on_the_server(postgres: str) -> None:
    def write(source: str) -> None:
        with open_store(postgres) as store:
            for hour in range(6):
                record(store, hour, "first_seen" if hour == 0 else "unchanged", body=b"same", source=source)
                store.note(source, str(hour))

    open_store(postgres).close()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, ("a", "b", "c")))
    assert codes(postgres) == set()
