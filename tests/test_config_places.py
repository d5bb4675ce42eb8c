from datetime import date
from pathlib import Path

import pytest
from configfiles import EXTRACTORS

from monitor.config import default_database_url, find_config, load_config, places, starter_path
from monitor.errors import UsageError


def test_the_file_asked_for_comes_first(tmp_path: Path) -> None:
    asked, named = tmp_path / "a.toml", tmp_path / "b.toml"
    for path in (asked, named, tmp_path / "sources.toml"):
        path.touch()
    environ = {"STILLTRUE_CONFIG": str(named)}
    assert find_config(asked, environ, tmp_path) == asked
    assert find_config(Path("a.toml"), environ, tmp_path) == asked
    assert find_config(None, environ, tmp_path) == named
    assert find_config(None, {}, tmp_path) == tmp_path / "sources.toml"
    assert find_config(tmp_path, {}, tmp_path / "elsewhere") == tmp_path / "sources.toml"


def test_without_any_file_it_is_the_packaged_starter(tmp_path: Path) -> None:
    assert find_config(None, {"STILLTRUE_CONFIG": ""}, tmp_path) == starter_path()
    assert starter_path().is_file()


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--config"):
        find_config(tmp_path / "none.toml", {}, tmp_path)
    with pytest.raises(UsageError, match="STILLTRUE_CONFIG"):
        find_config(None, {"STILLTRUE_CONFIG": "none.toml"}, tmp_path)


def test_the_starter_itself_never_gets_a_database_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "sources.toml"
    path.write_text('[monitor]\ndatabase = "sqlite:///x.db"\n')
    monkeypatch.setattr(places, "starter_path", lambda: path)
    config = load_config(path, environ={}, now=date(2026, 1, 1), extractors=EXTRACTORS)
    assert config.database == default_database_url()
