"""Fixtures shared by all tests."""

from pathlib import Path

import pytest
from program import Program

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
