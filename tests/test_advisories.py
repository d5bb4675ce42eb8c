"""One test for each class of advisory known from public page monitors, through the doors that people use."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from alerts import alert, event, fee, item
from browsing import served
from bs4 import BeautifulSoup
from fetching import LOCAL, PUBLIC, Names, Rerouted, fail, source
from loopback import Loopback, Reply
from msgspec.structs import replace
from program import Program

from monitor.app import App
from monitor.model import Format, Snapshot
from monitor.read import read_snapshot
from notifiers.message import render

PUBLIC_ONLY = replace(LOCAL, allow_private=False)
SCRIPT = "<script>alert(1)</script>"
TEMPLATE = "{{ 7*7 }} {% include '/etc/passwd' %} ${7*7}"
ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202e"
PAGE = (
    '<!DOCTYPE html><html lang="en"><head><title>{title}</title></head><body><main><h1>{heading}</h1>{more}'
    "<table><tr><th>Fee</th><th>$CAN</th></tr><tr><td>Application fee</td><td>{fee}</td></tr></table></main></body>"
    "</html>"
)
CONFIG = """\
[fetch]
allow_private = true
respect_robots = false
pause = 0
retries = 0

[[source]]
id = "page"
publisher = "Ministry"
url = "{url}"
format = "html"
extract = ["fees", "rules"]
"""


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


def page(fee: str, title: str = "Fees", more: str = "", heading: str = "Fees") -> Reply:
    body = PAGE.format(fee=fee, title=title, more=more, heading=heading)
    return Reply(body=body.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def attacked(server: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Program:
    """A source whose page was good once, then full of tricks, then an error page with tricks in its title."""
    config = tmp_path / "sources.toml"
    config.write_text(CONFIG.format(url=server.url("/page")))
    stilltrue = Program(capsys=capsys, database=tmp_path / "kept.db", config=config)
    escaped = SCRIPT.replace("<", "&lt;")
    lines = [f"=HYPERLINK(1) {escaped}", f"+1 {TEMPLATE}", f"@SUM(1) {ESCAPES.replace(chr(27), '&#27;')}", "-2+3 cmd"]
    more = "".join(f"<p>{line} must be read.</p>" for line in lines)
    server.script("/page", page("100.00"))
    assert stilltrue("check").code == 0
    server.script("/page", page("200.00", title=f"Fees {escaped} {ESCAPES}", more=more))
    assert stilltrue("check", "--json").json[0]["outcome"] == "changed"
    title = f"404 not found {escaped} {TEMPLATE} {ESCAPES}"
    server.script("/page", page("200.00", title=title, heading=title))
    assert stilltrue("check", "--json").json[0]["problem"]["code"] == "soft_404"
    return stilltrue


def app_of(stilltrue: Program) -> App:
    return App(environ={}, cwd=Path.cwd(), config_file=stilltrue.config, database=f"sqlite:///{stilltrue.database}")


def refused(location: str, server: Loopback, names: Names) -> list[tuple[str, int]]:
    """Where we went when the page led there; the read must have been refused by the gate."""
    server.script("/page", Reply(status=302, headers={"Location": location}))
    network = Rerouted({PUBLIC: server.port, "127.0.0.1": server.port, "10.0.0.1": server.port})
    error = fail(source("http://official.example/page", PUBLIC_ONLY), resolver=names, network=network)
    assert (error.code, error.transient) == ("gate", False)
    return network.dialled


def test_advisory_ssrf_by_redirect(server: Loopback) -> None:
    names = Names(official_example=[PUBLIC])
    names.answers["169.254.169.254"] = ["169.254.169.254"]
    assert refused("http://169.254.169.254/latest/meta-data/", server, names) == [(PUBLIC, 80)]


def test_advisory_ssrf_by_dns_and_rebinding(server: Loopback) -> None:
    names = Names(official_example=[PUBLIC], rebinding_example=[PUBLIC, "127.0.0.1"])
    network = Rerouted({PUBLIC: server.port, "127.0.0.1": server.port})
    server.script(
        "/page", Reply(status=302, headers={"Location": "http://rebinding.example/page", "Connection": "close"})
    )
    error = fail(source("http://rebinding.example/page", PUBLIC_ONLY), resolver=names, network=network)
    assert error.code == "too_many_redirects"
    assert {number for number, _ in network.dialled} == {PUBLIC}
    assert refused("http://rebinding.example/page", server, names) == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "location",
    [
        "http://official.example\\@127.0.0.1/",
        "http://127.0.0.1\\.official.example/",
        "http://official.example:80\\@127.0.0.1:80/",
        "http:\\\\127.0.0.1/",
        "/\\127.0.0.1/",
        "http://official.example#@127.0.0.1\\/",
        "http://127.0.0.1%2f@official.example/",
        "http://127\u30020\u30020\u30021/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://official.example\t@127.0.0.1/",
    ],
)
def test_advisory_ssrf_by_backslash_or_parser_difference(server: Loopback, location: str) -> None:
    raw = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    server.script("/page", Reply(raw=raw))
    network = Rerouted({PUBLIC: server.port, "127.0.0.1": server.port})
    names = Names(official_example=[PUBLIC])
    names.answers["127.0.0.1"] = ["127.0.0.1"]
    error = fail(source("http://official.example/page", PUBLIC_ONLY), resolver=names, network=network)
    assert error.code == "gate"
    assert {number for number, _ in network.dialled} == {PUBLIC}


def test_advisory_file_addresses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "secret.html").write_text("<main>The fee is $1.</main>")
    address = (tmp_path / "secret.html").as_uri()
    config = tmp_path / "sources.toml"
    config.write_text(CONFIG.format(url=address))
    stilltrue = Program(capsys=capsys, database=tmp_path / "kept.db", config=config)
    assert stilltrue("check").code == 2
    config.write_text(CONFIG.format(url="https://official.example/"))
    tried = stilltrue("try", address, "--json").json
    assert (tried["quality"]["problem"]["code"], tried["page"]) == ("gate", None)


def test_advisory_xxe(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    feed = f'<?xml version="1.0"?>{entity}<rss version="2.0"><channel><title>&e;</title></channel></rss>'
    html = f"{entity}<html><body><main><p>Fee &e;</p></main></body></html>"
    for form, body in ((Format.FEED, feed), (Format.HTML, html)):
        wanted = source("http://official.example/page", format=form)
        snapshot = Snapshot(
            source="page",
            fetched_at=event("x").observed_at,
            status=200,
            final_url=wanted.url,
            headers={},
            body=body.encode(),
        )
        read = read_snapshot(wanted, snapshot)
        assert read.page is None or "hunter2" not in f"{read.page.title} {read.page.text}"


def test_advisory_template_injection(attacked: Program) -> None:
    made = event("fee.changed", fee("1", TEMPLATE), fee("2", TEMPLATE), changed=("amount",), subject=TEMPLATE)
    message = render(alert(item(made)))
    for text in (message.plain, BeautifulSoup(message.html, "lxml").get_text()):
        assert "{{ 7*7 }}" in text
        assert "49" not in text
    assert "{{7*7}}" in attacked("cat", "page").out, "pages are kept without the space inside brackets"
    with served(app_of(attacked)) as home:
        events = httpx.get(f"{home}/api/events", timeout=60).json()["events"]
        shown = "".join(httpx.get(f"{home}/events/{one['id']}", timeout=60).text for one in events)
    assert "{{7*7}}" in BeautifulSoup(shown, "lxml").get_text().replace(" ", "")


def test_advisory_path_traversal(attacked: Program, tmp_path: Path) -> None:
    with served(app_of(attacked)) as home:
        host, port = home.removeprefix("http://").split(":")
        for path in (
            "/static/../../../../../../etc/passwd",
            "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
            "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
            "/static//etc/passwd",
            "/static/..\\..\\etc\\passwd",
            "/sources/..%2f..%2fetc%2fpasswd",
        ):
            with socket.create_connection((host, int(port)), 60) as line:
                line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
                answer = b"".join(iter(lambda line=line: line.recv(65_536), b""))
            assert b"root:" not in answer
            assert answer.split(b" ", 2)[1] in {b"404", b"400", b"421"}
    (tmp_path / "guides").mkdir()
    (tmp_path / "guides" / "g.toml").write_text('id = "g"\ntitle = "G"\ntext = "../../../../etc/passwd"\n')
    refused = attacked("verify")
    assert refused.code == 2
    assert "outside the folder" in refused.err


def test_advisory_stored_xss_in_titles_and_errors(attacked: Program) -> None:
    with served(app_of(attacked)) as home:
        events = httpx.get(f"{home}/api/events", timeout=60).json()["events"]
        paths = ["/", "/timeline", "/sources", "/sources/page", *(f"/events/{one['id']}" for one in events)]
        pages = {path: httpx.get(home + path, timeout=60).text for path in paths}
    assert "alert(1)" in "".join(pages.values())
    for path, text in pages.items():
        assert SCRIPT not in text, path
        assert not [tag for tag in BeautifulSoup(text, "lxml")("script") if "alert" in tag.get_text()], path
    made = event("fee.changed", fee("1", SCRIPT), fee("2", SCRIPT), changed=("amount",), subject=SCRIPT)
    assert SCRIPT not in render(alert(item(made))).html


def test_advisory_terminal_escapes(attacked: Program) -> None:
    for command in (["history"], ["facts"], ["status"], ["cat", "page"], ["versions", "page"], ["diff", "page"]):
        answer = attacked(*command)
        for text in (answer.out, answer.err):
            assert not {char for char in text if ord(char) < 32 and char not in "\n\t"}, command
            assert "\u202e" not in text, command
    for one in attacked("history", "--json").json:
        shown = attacked("show", one["id"])
        assert "\x1b" not in shown.out
        assert "\u202e" not in shown.out


def test_advisory_csv_formulas(attacked: Program) -> None:
    import csv  # noqa: PLC0415 - for this test alone

    rows = list(csv.reader(attacked("history", "--csv").out.splitlines()))
    assert len(rows) > 4
    assert any("HYPERLINK" in cell for row in rows for cell in row)
    assert [cell for row in rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}] == []


def test_secrets_are_not_told_with_errors(server: Loopback) -> None:
    server.script("/page", Reply(status=302, headers={"Location": "http://user:hunter2@127.0.0.1/?token=hunter2"}))
    error = fail(source(server.url("/page")))
    assert "hunter2" not in json.dumps([str(error), error.code])
