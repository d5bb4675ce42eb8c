"""Fixtures shared by all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alerts import AT
from browsing import demo
from delivering import Outboxes
from program import Program

from monitor.model import Alert
from storage.store import SqlStore, open_store

__all__ = ["demo"]

REAL = Path(__file__).parents[2] / "shared" / "real"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real official copies; tests that need it skip where it is absent."""
    if not (REAL / "manifest.jsonl").is_file():
        pytest.skip("no real official copies beside this checkout (../shared/real)")
    return REAL


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
