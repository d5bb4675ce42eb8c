"""Pages that scripts fill, in the system's own Chromium with the gate as its only way out."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetching import LOCAL, OTHER_PUBLIC, PUBLIC, Names, Rerouted, fail, get, source, without_waits
from loopback import Loopback, Reply, Request
from msgspec.structs import replace

from monitor.fetch.browser import RENDERED, find_missing
from monitor.model import FetchSettings, Source

psutil = pytest.importorskip("psutil", reason="the extra stilltrue[browser] is not installed")
if missing := find_missing():
    pytest.skip(missing, allow_module_level=True)

slow = pytest.mark.slow
"""For `make browser`: each starts a browser, three seconds of processor time; the others are in `make test`."""
SHOWN = replace(LOCAL, timeout=60.0)
HTML = {"Content-Type": "text/html; charset=utf-8"}
SHELL = b"""<!DOCTYPE html><html lang="en"><head><title>Draws</title></head><body><main id="here">Loading</main>
<img src="/pixel.png"><script>
fetch("/draws.json").then(r => r.json()).then(d => {
  document.getElementById("here").innerHTML = `<h1>${d.title}</h1><p class="filled">The fee is $${d.fee}.</p>`;
});
</script></body></html>"""


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running, without_waits():
        yield running


def page(url: str, settings: FetchSettings = SHOWN, **more: object) -> Source:
    return source(url, settings, browser=True, **more)


def script(code: str) -> Reply:
    return Reply(headers=HTML, body=f"<html><body><main>Page</main><script>{code}</script></body></html>".encode())


@pytest.fixture(autouse=True)
def profiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the browsers of this test have their profiles, for others may run beside; a short path, as they need."""
    with tempfile.TemporaryDirectory(prefix="shown-") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def left(profiles: Path) -> list[str]:
    """The profiles of this test's browsers that are still there, and the processes that use them."""
    found = [path.name for path in profiles.iterdir()]
    for process in psutil.process_iter(["cmdline", "status"]):
        words = " ".join(process.info["cmdline"] or ())
        if str(profiles) in words and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(words[:80])
    return found


def test_the_snapshot_holds_what_the_scripts_have_made(server: Loopback, profiles: Path) -> None:
    server.script("/page", Reply(headers={**HTML, "ETag": '"1"', "Set-Cookie": "session=secret"}, body=SHELL))
    server.script("/draws.json", Reply(headers={"Content-Type": "application/json"}, body=b'{"title":"Fees","fee":7}'))
    snapshot = get(page(server.url("/page#part"), wait_for="p.filled"))
    assert b'<p class="filled">The fee is $7.</p>' in snapshot.body
    assert (snapshot.status, snapshot.final_url) == (200, server.url("/page#part"))
    assert snapshot.headers["content-type"] == "text/html; charset=utf-8"
    assert snapshot.headers[RENDERED].startswith("chromium/")
    assert "set-cookie" not in snapshot.headers
    assert server.paths() == ["/page", "/draws.json"]
    sent = server.seen("/page")[0].headers
    assert sent["user-agent"] == "stilltrue/1.2.3 (+desk@example.org)"
    assert sent["accept-language"].startswith("en")
    assert not {"cookie", "authorization", "proxy-connection"} & sent.keys()
    assert left(profiles) == []


@slow
def test_every_visit_is_the_first(server: Loopback) -> None:
    body = b"<html><body><main><script>document.write(document.cookie + localStorage.length);"
    body += b"document.cookie='a=1;max-age=999';localStorage.b='2'</script></main></body></html>"
    server.script("/page", Reply(headers=HTML, body=body))
    first, second = get(page(server.url("/page"))), get(page(server.url("/page")))
    assert first.body == second.body
    assert "cookie" not in server.seen("/page")[1].headers


def test_a_page_reaches_no_private_place_and_no_host_that_is_not_allowed(server: Loopback) -> None:
    wanted = ["http://inside.example/a", "http://169.254.169.254/b", "http://other.example/c", "http://127.0.0.1/d"]
    wanted += ["https://inside.example/e", "ws://inside.example/f", "http://[::1]/g", "http://localhost/h"]
    asks = ";".join(f"x('{url}')" for url in wanted)
    server.script(
        "/page",
        script(
            "let n=0; const done=()=>{ if(++n==8) document.body.className='asked' };"
            "const x=u=>u.startsWith('ws')?(new WebSocket(u)).onerror=done:"
            f"fetch(u,{{mode:'no-cors'}}).then(done,done);{asks}"
        ),
    )
    for path in "abcdefgh":
        server.script(f"/{path}", Reply(body=b"secret"))
    names = Names(
        official_example=[PUBLIC], inside_example=["10.0.0.1"], other_example=[OTHER_PUBLIC], localhost=["127.0.0.1"]
    )
    numbers = (PUBLIC, OTHER_PUBLIC, "10.0.0.1", "127.0.0.1", "169.254.169.254", "::1")
    network = Rerouted(dict.fromkeys(numbers, server.port))
    settings = replace(SHOWN, allow_private=False, allowed_hosts=("official.example",))
    names.answers |= {number: [number] for number in numbers}
    snapshot = get(page("http://official.example/page", settings, wait_for=".asked"), resolver=names, network=network)
    assert snapshot.final_url == "http://official.example/page"
    assert {number for number, _ in network.dialled} == {PUBLIC}
    assert server.paths() == ["/page"]


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://inside.example/there", "gate"),
        ("http://169.254.169.254/latest/meta-data/", "gate"),
        ("file:///etc/passwd", "gate"),
    ],
)
@slow
def test_it_is_not_led_astray(server: Loopback, location: str, code: str) -> None:
    server.script("/page", Reply(status=302, headers={"Location": location}))
    names = Names(official_example=[PUBLIC], inside_example=["10.0.0.1"])
    names.answers["169.254.169.254"] = ["169.254.169.254"]
    network = Rerouted({PUBLIC: server.port, "10.0.0.1": server.port})
    settings = replace(SHOWN, allow_private=False)
    error = fail(page("http://official.example/page", settings), resolver=names, network=network)
    assert error.code == code
    assert server.paths() == ["/page"]


@slow
def test_the_checked_address_is_dialled_for_https_too_and_certificates_are_checked() -> None:
    trustme = pytest.importorskip("trustme")
    import ssl  # noqa: PLC0415 - for this test alone

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("official.example").configure_cert(tls)
    with Loopback(tls=tls) as server:
        names = Names(official_example=[PUBLIC, "127.0.0.1"])
        network = Rerouted({PUBLIC: server.port, "127.0.0.1": server.port})
        settings = replace(SHOWN, allow_private=False)
        error = fail(page("https://official.example/page", settings), resolver=names, network=network)
    assert (error.code, error.transient) == ("tls", False)
    assert set(network.dialled) == {(PUBLIC, 443)}
    assert server.paths() == []


@slow
def test_redirects_are_counted(server: Loopback) -> None:
    def next_one(request: Request) -> Reply:
        number = int(request.path[1:])
        if number % 2:
            return script(f"location.href='/{number + 1}'")
        return Reply(status=302, headers={"Location": f"/{number + 1}"})

    for number in range(30):
        server.answer(f"/{number}", next_one)
    assert fail(page(server.url("/0"))).code == "too_many_redirects"
    assert len(server.paths()) <= 9


@slow
def test_a_page_that_moved_is_told_by_its_address(server: Loopback) -> None:
    server.script("/old", Reply(status=301, headers={"Location": "/new"}))
    server.script("/new", Reply(headers=HTML, body=b"<html><body><main>Here</main></body></html>"))
    assert get(page(server.url("/old"))).final_url == server.url("/new")


@pytest.mark.parametrize(
    "reply",
    [
        script("while(true){}"),
        pytest.param(Reply(delay=20.0), marks=slow),
        pytest.param(Reply(headers=HTML, chunks=tuple(b"<p>x</p>" for _ in range(400)), gap=0.05), marks=slow),
    ],
)
def test_a_page_that_does_not_end_is_killed(server: Loopback, profiles: Path, reply: Reply) -> None:
    server.script("/page", reply)
    began = time.monotonic()
    error = fail(page(server.url("/page"), replace(SHOWN, timeout=3.0)))
    assert (error.code, error.transient) == ("timeout", True)
    assert time.monotonic() - began < 30
    assert left(profiles) == []


@slow
def test_bytes_are_capped_over_all_that_a_page_asks_for(server: Loopback) -> None:
    server.script("/page", script("for(let n=0;n<9;n++)fetch('/part'+n)"))
    for number in range(9):
        server.script(f"/part{number}", Reply(body=b"x" * 40_000))
    error = fail(page(server.url("/page"), replace(SHOWN, max_bytes=100_000)))
    assert (error.code, error.transient) == ("too_large", False)


def test_a_document_that_grows_beyond_the_cap_is_refused(server: Loopback) -> None:
    server.script("/page", script("document.querySelector('main').textContent='x'.repeat(300000)"))
    assert fail(page(server.url("/page"), replace(SHOWN, max_bytes=200_000))).code == "too_large"


@slow
def test_what_is_waited_for_and_never_comes_is_said(server: Loopback) -> None:
    server.script("/page", script(""))
    error = fail(page(server.url("/page"), replace(SHOWN, timeout=15.0), wait_for="table.draws"))
    assert error.code == "render"
    assert "table.draws" in str(error)


@slow
def test_statuses_count_as_for_a_plain_read(server: Loopback) -> None:
    server.script("/page", Reply(status=503, headers={**HTML, "Retry-After": "99"}, body=b"<p>down</p>"))
    error = fail(page(server.url("/page")))
    assert (error.code, error.status, error.retry_after) == ("http_503", 503, 99.0)
    server.script("/gone", Reply(status=404, headers=HTML, body=b"<html><body>gone</body></html>"))
    assert get(page(server.url("/gone"))).status == 404


def test_robots_txt_counts_for_a_browser_too(server: Loopback) -> None:
    server.script("/robots.txt", Reply(body=b"User-agent: *\nDisallow: /page"))
    server.script("/page", script(""))
    assert fail(page(server.url("/page"), replace(SHOWN, respect_robots=True))).code == "robots"
    assert server.paths() == []


@slow
def test_a_fetch_given_up_leaves_no_process(server: Loopback, profiles: Path) -> None:
    from fetching import fetcher  # noqa: PLC0415 - for this test alone

    from monitor.model import Validators  # noqa: PLC0415 - same

    server.script("/page", Reply(hang=True, length=999, headers=HTML))

    async def give_up() -> None:
        async with fetcher() as client:
            task = asyncio.create_task(client.fetch(page(server.url("/page")), Validators()))
            while not server.seen("/page"):  # noqa: ASYNC110 - the server lives in another thread
                await asyncio.sleep(0.05)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(give_up())
    assert left(profiles) == []
