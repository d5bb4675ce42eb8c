"""Ordinary mistakes end in a sentence that says what is in the way, and a code: never in a traceback."""

from pathlib import Path

import pytest
from mistaken import ordinary

SOURCES = """\
[monitor]
database = "sqlite:///kept.db"

[[source]]
id = "fees"
publisher = "IRCC"
url = "https://www.example.org/fees.html"
format = "html"
"""
GUIDE = """\
id = "workers"
title = "Workers"

[[assumption]]
id = "A1"
claim = "The fee is 100."
sources = ["fees"]
expect = { fact = "fee:*", equals = 100 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(SOURCES)
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "workers.toml").write_text(GUIDE)
    return tmp_path


@pytest.mark.parametrize(("command", "code"), [("lint", 1), ("verify", 2), ("check", 2), ("status", 2), ("doctor", 1)])
def test_a_guides_folder_that_may_not_be_read_is_told_and_stops_what_needs_it(folder: Path, command: str, code: int):
    (folder / "guides").chmod(0)
    done = ordinary(folder, command)
    (folder / "guides").chmod(0o700)
    assert str(folder / "guides") in done.stdout + done.stderr
    assert "Permission denied" in done.stdout + done.stderr
    assert done.returncode == code


def test_guides_that_are_no_folder_or_lead_nowhere_are_told(folder: Path):
    (folder / "guides").rename(folder / "kept")
    (folder / "guides").write_text("")
    assert "Not a directory" in ordinary(folder, "verify").stderr
    (folder / "guides").unlink()
    (folder / "guides").symlink_to(folder / "nowhere")
    assert "No such file" in ordinary(folder, "verify").stderr
    (folder / "guides").unlink()
    assert ordinary(folder, "lint").returncode == 0
