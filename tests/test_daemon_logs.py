"""What may be logged: everything but secrets."""

from pathlib import Path

import pytest
from storing import at

from monitor.config import load_config
from monitor.daemon.logs import Blotter, secrets_of

TOKEN = "T0ken-of-some-length"


@pytest.fixture
def blotter(tmp_path: Path) -> Blotter:
    config = tmp_path / "sources.toml"
    config.write_text(
        '[monitor]\ndatabase = "postgresql+psycopg://me:pa55word@db.example.org/kept"\n'
        '[[channel]]\nname = "a"\nurl = "${ONE}"\n[[channel]]\nname = "b"\nurl = "slack://${TWO}/x"\n'
    )
    environ = {"ONE": f"https://hooks.example.org/services/{TOKEN}?x=1", "TWO": "short-one", "OTHER": "kept as it is"}
    loaded = load_config(config, now=at(0).date(), environ=environ)
    return Blotter(secrets_of(loaded, environ))


@pytest.mark.parametrize(
    "said",
    [
        f"POST https://hooks.example.org/services/{TOKEN}?x=1 failed",
        f"the path /services/{TOKEN} is unknown",
        "connecting as short-one",
        "FATAL: no route for postgresql+psycopg://me:pa55word@db.example.org/kept",
        "password pa55word refused",
        "https://anybody:whatever@elsewhere.example.org/",
    ],
)
def test_secrets_are_blotted_out_wherever_they_stand(blotter: Blotter, said: str):
    entry = {"event": said, "nested": {"list": [said, 3]}, "error": ValueError(said), "exception": f"Traceback\n{said}"}
    shown = str(blotter(None, "error", entry))
    for secret in (TOKEN, "short-one", "pa55word", "whatever"):
        assert secret not in shown
    assert "***" in shown


def test_everything_else_is_logged_as_it_is(blotter: Blotter):
    entry = {"event": "read", "count": 3, "share": 0.5, "none": None, "other": "kept as it is"}
    assert blotter(None, "info", dict(entry)) == entry
