"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

REAL = Path(__file__).parents[2] / "shared" / "real"


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real official copies; tests that need it skip where it is absent."""
    if not (REAL / "manifest.jsonl").is_file():
        pytest.skip("no real official copies beside this checkout (../shared/real)")
    return REAL
