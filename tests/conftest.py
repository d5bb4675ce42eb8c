"""Fixtures shared by all tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alerts import AT
from browsing import demo
from delivering import Outboxes
from hypothesis import settings
from postgres import NO_SERVER, VARIABLE, empty, new_database
from program import Program

from monitor.model import Alert
from storage.store import SqlStore, open_store

__all__ = ["demo"]

settings.register_profile("any_machine", deadline=None)  # a busy machine is no failure
settings.load_profile("any_machine")

REAL = Path(__file__).parents[2] / "shared" / "real"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real official copies; tests that need it skip where it is absent."""
    if not (REAL / "manifest.jsonl").is_file():
        pytest.skip("no real official copies beside this checkout (../shared/real)")
    return REAL


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL database of the test's own; tests that need it skip where there is none."""
    server = os.environ.get(VARIABLE)
    if not server:
        pytest.skip(NO_SERVER)
    with new_database(server) as url:
        yield url


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[str]:
    """One PostgreSQL database for all tests that leave its tables as they are: making one takes its time."""
    server = os.environ.get(VARIABLE)
    if not server:
        pytest.skip(NO_SERVER)
    with new_database(server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, once a SQLite file and once a PostgreSQL server's."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kept.db'}"
        return
    url = request.getfixturevalue("shared_postgres")
    yield url
    empty(url)


@pytest.fixture
def stilltrue(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Program:
    """The program with a fresh database and the packaged starter's configuration."""
    return Program(capsys=capsys, database=tmp_path / "stilltrue.db", config=Path(__file__).parents[1] / "sources.toml")


@pytest.fixture
def outbox() -> Iterator[Outboxes]:
    """Makes outboxes in memory, each with these alerts due."""
    made: list[SqlStore] = []

    def make(*alerts: Alert) -> SqlStore:
        made.append(open_store("sqlite://", now=AT))
        for each in alerts:
            made[-1].raise_alert(each)
        return made[-1]

    yield make
    for store in made:
        store.close()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Packed bytes carry the time of day; named after their argument instead, a test has one name in every process."""
    return argname if isinstance(val, bytes) and not val.isascii() else None
