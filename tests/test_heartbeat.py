from pathlib import Path

import pytest
from loopback import Loopback, Reply

from monitor.app import App
from monitor.errors import ConfigError
from monitor.heartbeat import beat_now

CONFIG = """
[monitor]
heartbeat = "${BEAT}"

[fetch]
allow_private = true

[[source]]
id = "one"
publisher = "IRCC"
url = "https://example.org/one"
format = "html"
"""


def beat_once(folder: Path, environ: dict[str, str], config: str = CONFIG) -> str | None:
    file = folder / "sources.toml"
    file.write_text(config)
    return beat_now(App(environ=environ, cwd=folder, config_file=file))


def test_the_address_is_called(tmp_path: Path) -> None:
    with Loopback() as server:
        server.script("/s3cr3t", Reply())
        assert beat_once(tmp_path, {"BEAT": server.url("/s3cr3t")}) is None
        assert server.paths(robots=True) == ["/s3cr3t"]


def test_what_goes_wrong_is_said_without_the_address(tmp_path: Path) -> None:
    with Loopback() as server:
        server.script("/s3cr3t", Reply(status=404))
        said = beat_once(tmp_path, {"BEAT": server.url("/s3cr3t")})
    assert said == "the heartbeat was not taken: 127.0.0.1 answered 404"
    gone = beat_once(tmp_path, {"BEAT": server.url("/s3cr3t")})
    assert gone == "the heartbeat was not taken: connect"


def test_it_passes_the_gate_as_every_page_does(tmp_path: Path) -> None:
    with Loopback() as server:
        config = CONFIG.replace("allow_private = true", "")
        assert beat_once(tmp_path, {"BEAT": server.url("/s3cr3t")}, config) == "the heartbeat was not taken: gate"
        assert server.requests == []


def test_without_an_address_nothing_is_called(tmp_path: Path) -> None:
    assert beat_once(tmp_path, {}, CONFIG.replace('heartbeat = "${BEAT}"', "")) is None


@pytest.mark.parametrize(
    ("environ", "says"), [({}, "the environment has no BEAT"), ({"BEAT": "ftp://s3cr3t"}, "is no web address")]
)
def test_an_address_that_cannot_be_used_is_a_problem_of_the_configuration(
    tmp_path: Path, environ: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says) as raised:
        beat_once(tmp_path, environ)
    assert "s3cr3t" not in str(raised.value)
