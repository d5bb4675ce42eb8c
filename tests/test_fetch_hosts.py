"""Where a read may be led: allowed hosts, and the neighbours of a private one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from configfiles import MINIMAL, ConfigFolder
from fetching import LOCAL, OTHER_PUBLIC, PUBLIC, Names, Rerouted, fail, get, source, without_waits
from loopback import Loopback, Reply
from msgspec.structs import replace

from monitor.errors import ConfigError
from monitor.fetch.hosts import is_listed

PUBLIC_ONLY = replace(LOCAL, allow_private=False)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running, without_waits():
        yield running


def led_to(server: Loopback, location: str, *allowed: str) -> dict[str, object]:
    server.script("/page", Reply(status=302, headers={"Location": location}))
    server.script("/there", Reply(body=b"there"))
    names = Names(www_official_example=[PUBLIC], new_official_example=[OTHER_PUBLIC], evil_example=[OTHER_PUBLIC])
    network = Rerouted({PUBLIC: server.port, OTHER_PUBLIC: server.port})
    wanted = source("http://www.official.example/page", replace(PUBLIC_ONLY, allowed_hosts=allowed))
    return {"wanted": wanted, "resolver": names, "network": network}


@pytest.mark.parametrize(
    ("location", "allowed"),
    [
        ("/there", ("other.example",)),
        ("http://WWW.Official.Example/there", ("other.example",)),
        ("http://new.official.example/there", ("new.official.example",)),
        ("http://new.official.example/there", ("*.official.example",)),
        ("http://new.official.example/there", ()),
    ],
)
def test_a_redirect_to_an_allowed_host_is_followed(server: Loopback, location: str, allowed: tuple[str, ...]) -> None:
    assert get(**led_to(server, location, *allowed)).body == b"there"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("location", "allowed"),
    [
        ("http://evil.example/there", ("new.official.example",)),
        ("http://new.official.example.evil.example/there", ("new.official.example",)),
        ("http://xofficial.example/there", ("*.official.example",)),
        ("http://official.example/there", ("*.official.example",)),
        ("http://new.official.example@evil.example/there", ("new.official.example",)),
        ("http://evil.example\\.new.official.example/there", ("new.official.example",)),
    ],
)
def test_a_redirect_to_any_other_host_is_refused(server: Loopback, location: str, allowed: tuple[str, ...]) -> None:
    error = fail(**led_to(server, location, *allowed))  # type: ignore[arg-type]
    assert (error.code, error.transient) == ("gate", False)
    assert server.paths() == ["/page"]


def test_a_private_page_does_not_lead_to_its_neighbours(server: Loopback) -> None:
    server.script("/page", Reply(status=302, headers={"Location": server.url("/admin", host="127.0.0.2")}))
    server.script("/admin", Reply(body=b"the neighbour"))
    error = fail(source(server.url("/page")))
    assert (error.code, server.paths()) == ("gate", ["/page"])
    network = Rerouted({"127.0.0.1": server.port, "127.0.0.2": server.port})
    listed = source(server.url("/page"), replace(LOCAL, allowed_hosts=("127.0.0.2",)))
    assert get(listed, network=network).body == b"the neighbour"


@pytest.mark.parametrize(
    ("host", "patterns", "listed"),
    [
        ("a.example", ("a.example",), True),
        ("A.example.", ("a.example",), True),
        ("b.a.example", ("a.example",), False),
        ("c.b.a.example", ("*.a.example",), True),
        ("::1", ("::1",), True),
        ("a.example", (), False),
    ],
)
def test_hosts_are_compared_whole(host: str, patterns: tuple[str, ...], listed: bool) -> None:
    assert is_listed(host, patterns) is listed


def test_allowed_hosts_stand_in_the_file(tmp_path: Path) -> None:
    folder = ConfigFolder(root=tmp_path)
    config = folder.load(MINIMAL + 'allowed_hosts = ["B.example", "*.c.example"]\n')
    assert config.sources["one"].fetch.allowed_hosts == ("b.example", "*.c.example")
    for wrong in ("https://b.example/", "b.example:80", "*", "a b", ""):
        with pytest.raises(ConfigError, match="is no host"):
            folder.load(MINIMAL + f'allowed_hosts = ["{wrong}"]\n')
