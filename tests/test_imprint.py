"""Knowing a page again without reading it: never where its text or stamp differs, mostly where nothing does."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from loopback import Loopback, Reply
from program import Program

from evaluation.disguises import PAGE, disguised
from monitor.changes.reading import Reading
from monitor.extractors import REVISION
from monitor.glance import glance
from monitor.model import Format, Scope, Snapshot, Source
from monitor.pages import read_page
from monitor.pages.imprint import imprint

PAGES = sorted((Path(__file__).parent / "data").glob("**/*.html"))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOURCE = Source(id="page", publisher="P", url="https://example.org/page", format=Format.HTML)


def shot(text: str, *, url: str = SOURCE.url, status: int = 200) -> Snapshot:
    headers = {"content-type": "text/html; charset=utf-8"}
    return Snapshot(source="page", fetched_at=NOON, status=status, final_url=url, headers=headers, body=text.encode())


def known_again(before: str, after: str, source: Source = SOURCE) -> bool:
    reading = glance(source, shot(after), imprint(shot(before), source, REVISION))
    return isinstance(reading, Reading)


def said(text: str, source: Source = SOURCE) -> tuple[str, str | None]:
    page = read_page(shot(text), source)
    return page.text, page.update_marker


def test_there_are_pages_to_try() -> None:
    assert len(PAGES) > 20


@pytest.mark.parametrize("path", PAGES[::4], ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_page_is_known_again_only_if_it_says_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    random = Random(path.name)  # noqa: S311 - the same cases on every run
    before = said(text)
    for way in PAGE:
        changed = disguised(text, (way,), random)
        if known_again(text, changed):
            assert said(changed) == before, way


BODY = """<html lang="en"><head><title>T</title></head><body><header>Site</header><main><h1>Fees</h1>
<p>The fee is <b>$100</b>.</p><table><tr><th>A</th><th>B</th></tr><tr><td rowspan="2">x</td><td>1</td></tr>
<tr><td>2</td></tr></table><p class="note">See the list.</p></main></body></html>"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<title>", '<script nonce="ab12">track("ab12")</script><title>'),
        ("<h1>", '<h1 class="mt-4" id="wb-cont" data-x="1">'),
        ("<p>The", "<p>\n\n   The"),
        ("The fee is", "The\u00a0fee is"),
        ("<b>$100</b>", "<b>$1</b><span>00</span>"),
        ("<main>", '<main style="color: red"><!-- 12:01 -->'),
        ("<p class", "<style>p { margin: 0 }</style><p class"),
    ],
)
def test_cosmetics_leave_the_imprint(old: str, new: str) -> None:
    assert known_again(BODY, BODY.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("$100", "$110"),
        ('rowspan="2"', 'rowspan="1"'),
        ("<p class", "<p hidden class"),
        ('class="note"', 'class="note d-none"'),
        ("<b>$100</b>", '<b style="display: none">$100</b>'),
        ("<b>$100</b>", '<b><span class="wb-inv">$</span>100</b>'),
        ("<b>$100</b>", "<del>$100</del>"),
        ("<h1>Fees</h1>", "<p>Fees</p>"),
        ("</main>", '<time property="dateModified">2026-05-01</time></main>'),
        ("<title>", '<meta name="dcterms.modified" content="2026-05-01"><title>'),
        ("See the list.", "See the new list."),
    ],
)
def test_what_may_change_the_words_or_the_stamp_changes_the_imprint(old: str, new: str) -> None:
    assert old in BODY
    assert not known_again(BODY, BODY.replace(old, new))


def test_what_is_picked_by_class_counts() -> None:
    dropping = Source(
        id="page", publisher="P", url=SOURCE.url, format=Format.HTML, scope=Scope(keep=("main",), drop=(".promo",))
    )
    changed = BODY.replace('class="note"', 'class="note promo"')
    assert known_again(BODY, changed)
    assert not known_again(BODY, changed, dropping)


def test_another_address_or_status_is_another_page() -> None:
    known = imprint(shot(BODY), SOURCE, REVISION)
    assert glance(SOURCE, shot(BODY, url="https://example.org/other"), known) is None
    assert not isinstance(glance(SOURCE, shot(BODY, status=503), known), Reading)
    assert glance(SOURCE, shot(BODY), None) is None


CONFIG = """
[monitor]
database = "sqlite:///kept.db"
[fetch]
pause = 0.0
allow_private = true
[confirm]
reads = 2
hours = 0
[[source]]
id = "fees"
publisher = "P"
url = "{url}"
format = "html"
extract = ["fees"]
"""


def page(*fees: int, look: str = "") -> Reply:
    rows = "".join(f"<tr><td>Application {fee}</td><td>${fee}</td></tr>" for fee in fees)
    text = f"<html><body{look}><main><h1>Fees</h1><table><tr><th>Type</th><th>Fee</th></tr>{rows}</table></main></body>"
    return Reply(headers={"Content-Type": "text/html"}, body=f"{text}</html>".encode())


def test_a_glance_counts_for_what_is_missing_as_a_reading_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Loopback() as server:
        looks = [f' data-look="{number}"' for number in range(3)]
        replies = [page(100, 200, 300), *(page(100, 200, look=look) for look in looks)]
        server.script("/fees", *replies)
        (tmp_path / "sources.toml").write_text(CONFIG.format(url=server.url("/fees")))
        program = Program(capsys=capsys, database=tmp_path / "kept.db", config=tmp_path / "sources.toml")
        outcomes = [program("check", "--json").json[0]["outcome"] for _ in replies]
    assert outcomes == ["first_seen", "changed", "unchanged", "unchanged"]
    (removed,) = program("history", "--kind", "fee.removed", "--json").json
    assert removed["state"] == "confirmed"
    assert [item["checks"] for item in program("status", "--json").json] == [4]
    assert program("doctor", "--json").code == 0


def test_many_unchanged_pages_are_one_transaction_and_each_is_chained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Loopback() as server:
        config = CONFIG.split("[[source]]", maxsplit=1)[0].replace("pause = 0.0", "pause = 0.0\nper_host = 8")
        for number in range(20):
            server.script(f"/{number}", page(100 + number), page(100 + number), page(100 + number, look=" id='x'"))
            address = server.url(f"/{number}")
            config += f'[[source]]\nid = "s{number}"\npublisher = "P"\nurl = "{address}"\nformat = "html"\n'
            config += 'extract = ["fees"]\n'
        (tmp_path / "sources.toml").write_text(config)
        program = Program(capsys=capsys, database=tmp_path / "kept.db", config=tmp_path / "sources.toml")
        outcomes = [{check["outcome"] for check in program("check", "--json").json} for _ in range(3)]
    assert outcomes == [{"first_seen"}, {"unchanged"}, {"unchanged"}]
    assert {(item["checks"], item["reads_since_change"]) for item in program("status", "--json").json} == {(3, 2)}
    assert program("doctor", "--json").code == 0
