"""Knowing a page again without reading it: never where what is read of it differs, mostly where nothing does."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import Loopback, Reply
from msgspec.structs import replace
from program import Program

from evaluation.disguises import PAGE, disguised
from monitor.changes.reading import Reading
from monitor.errors import PageError
from monitor.extractors import REVISION
from monitor.glance import glance
from monitor.model import Format, Scope, Snapshot, Source
from monitor.pages import read_page
from monitor.pages.imprint import imprint
from monitor.pages.wording import word_set

PAGES = sorted((Path(__file__).parent / "data").glob("**/*.html"))
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOURCE = Source(id="page", publisher="P", url="https://example.org/page", format=Format.HTML)


HTML = "text/html; charset=utf-8"


def shot(
    text: str | bytes, *, url: str = SOURCE.url, status: int = 200, kind: str = HTML, at: datetime = NOON
) -> Snapshot:
    body = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    return Snapshot(
        source="page", fetched_at=at, status=status, final_url=url, headers={"content-type": kind}, body=body
    )


def known_again(before: str | bytes, after: str | bytes, source: Source = SOURCE, *, kind: str = HTML) -> bool:
    reading = glance(source, shot(after, kind=kind), imprint(shot(before, kind=kind), source, REVISION))
    return isinstance(reading, Reading)


def said(text: str | bytes, source: Source = SOURCE, *, kind: str = HTML) -> object:
    """All that is read of a page but the ids by which a browser jumps to its parts."""
    try:
        page = read_page(shot(text, kind=kind), source)
    except PageError as error:
        return error.code
    return replace(page, blocks=tuple(replace(block, anchor=None) for block in page.blocks))


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


BODY = """<html lang="en"><head><script nonce="1">track(1)</script>
<link rel="stylesheet" href="/site.1.css"><title>T</title></head><body><header>Site</header><main><h1>Fees</h1>
<p>The fee is <b>$100</b>.</p><table><tr><th>A</th><th>B</th></tr><tr><td rowspan="2">x</td><td>1</td></tr>
<tr><td>2</td></tr></table><p class="note">See the list.</p></main></body></html>"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("track(1)", 'track("ab12")'),
        ('nonce="1"', 'nonce="2"'),
        ("/site.1.css", "/site.2.css"),
        ("<h1>", '<h1 class="mt-4" id="wb-cont" data-x="1">'),
        ("<p>The", "<p>\n\n   The"),
        ("The fee is", "The\u00a0fee is"),
        ("<b>$100</b>", '<b class="mt-4" title="now">$100</b>'),
        ("<main>", '<main style="color: red"><!-- 12:01 -->'),
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


def main(content: str, head: str = "") -> str:
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body><main><h1>Fees</h1>{content}</main></body></html>'


FEE = "<p>The application fee is ${}.</p>"
STAMP = "<noscript><small>Updated: May {}, 2026</small></noscript>"
DEEP = "<div>" * 2100
INDEX = '<h2>On this page</h2>{}<ul><li><a href="{}">Fee $100</a></li></ul>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (DEEP + FEE.format(1475), DEEP + FEE.format(1750)),
        (STAMP.format(1), STAMP.format(2)),
        ('<p>a</p><p class="\n alert\n info">b</p>', '<p>a</p><p class="\n alert\n hide">b</p>'),
        ('<p>a</p><p style="color:\nred">b</p>', '<p>a</p><p style="display:\nnone">b</p>'),
        ('<b class="hide">one<b> day</b> $1</b>', '<b><b class="hide">one day</b> $1</b>'),
        ("<p>Fee 1 <small>475</small></p>", "<p>Fee 1<small>475</small></p>"),
        ("<p>1 <b>475</b></p>", "<p>1<b>475</b></p>"),
        ("<p>5 km<sup>2</sup></p>", "<p>5 <b>km</b><sup>2</sup></p>"),
        ("<p>5 km<sup>2</sup></p>", "<p>5 km<script>x</script><sup>2</sup></p>"),
        ("<p><b>Note:</b> a</p>", "<p>Note: a</p>"),
        ('<p><span style="font-weight:bold">Note:</span> a</p>', "<p><span>Note:</span> a</p>"),
        ('<div class="alert"><h2>A</h2><p>b</p></div><p>c</p>', '<div class="quiet"><h2>A</h2><p>b</p></div><p>c</p>'),
        (INDEX.format("", "#a"), INDEX.format("", "/a")),
        (INDEX.format("", "#a"), INDEX.format("<span></span>", "#a")),
        ("<h2><button>Fees $100</button></h2>", "<h2><span><button>Fees $100</button></span></h2>"),
        ('<p><a href="/a">See</a></p>', '<p><a href="/b">See</a></p>'),
        ('<p class="x" <b>The fee is 7</b></p>', '<p class="x" <b>The fee is 8</b></p>'),
    ],
)
def test_a_page_of_which_other_things_are_read_is_not_known_again(before: str, after: str) -> None:
    assert said(main(before)) != said(main(after))
    assert not known_again(main(before), main(after))


@pytest.mark.parametrize("around", ["noscript", 'template shadowrootmode="open"', "svg"])
def test_content_in_what_is_mostly_none_counts(around: str) -> None:
    start, end = f"<html><body><{around}><main>", f"</main></{around.split(maxsplit=1)[0]}></body></html>"
    pages = [f"{start}{FEE.format(fee)}{end}" for fee in (1, 2)]
    assert said(pages[0]) != said(pages[1])
    assert not known_again(*pages)


@pytest.mark.parametrize("selector", ["strong", "sup a", r".w-1\/2", "*"])
def test_what_is_picked_by_name_counts(selector: str) -> None:
    dropping = Source(id="page", publisher="P", url=SOURCE.url, format=Format.HTML, scope=Scope(drop=(selector,)))
    before = main('<p>The fee is <strong class="w-1/2">$100</strong> <sup><a>1</a></sup></p>')
    for old, new in ((r"</?strong[^>]*>", ""), (r"</?a>", ""), (r' class="[^"]*"', "")):
        changed = re.sub(old, new, before)
        assert said(before, dropping) == said(changed, dropping) or not known_again(before, changed, dropping)


def test_another_encoding_is_another_page() -> None:
    before = main("<p>100 €</p>", '<meta charset="windows-1252">')
    after = main("<p>100 €</p>", '<meta charset="utf-8">')
    assert said(before, kind="text/html") != said(after, kind="text/html")
    assert not known_again(before, after, kind="text/html")


def test_a_second_document_in_the_page_counts() -> None:
    pages = [f"<html lang=en><head></head></html><body><main>{FEE.format(fee)}</main></body>" for fee in (1, 2)]
    assert said(pages[0]) != said(pages[1])
    assert not known_again(*pages)


def test_the_words_are_taken_for_known_on_one_day_only() -> None:
    known = imprint(shot(BODY), SOURCE, REVISION)
    look = BODY.replace("track(1)", "track(2)")
    assert isinstance(glance(SOURCE, shot(look), known), Reading)
    assert not isinstance(glance(SOURCE, shot(look, at=NOON + timedelta(days=1)), known), Reading)
    assert isinstance(glance(SOURCE, shot(BODY, at=NOON + timedelta(days=1)), known), Reading)


def test_an_attribute_with_an_odd_name_costs_no_more_than_another() -> None:
    began = time.process_time()
    assert imprint(shot(main(f'<p x$="{"a" * 20_000}">x</p>')), SOURCE, REVISION).words
    assert time.process_time() - began < 1, "the square of its length"


TAGS = word_set("""
    span b strong em a small sup sub p div li ul ol h2 h3 table tr td th caption section script style noscript template
    svg embed source button summary details label del time main nav header aside pre font abbr dl dt dd gcds-link x-y
    center form fieldset figure dialog object iframe title body html
""")
PIECES = (
    *(f"<{end}{tag}>" for tag in sorted(TAGS) for end in ("", "/")),
    *("<br>", "<hr>", "<wbr>", "<img alt=q>", "<!-- c -->", "<?php x?>", "<![CDATA[x]]>", "<", ">", "&lt;", '"', "="),
    *(" ", "\n", "\t", "\xa0", "\u200b", "&nbsp;", "&#10;", "&#2;", "&#8203;", "1", "$", ".", "•", "(", " )", "km"),
    *("The fee is $1,475", " of May 3, 2026 ", "On this page", "Updated: May 3, 2026", " must ", "CRS", " 5 km"),
    *('<a href="#x">', '<a href="/x">', '<base href="/q/">', '<link rel="canonical" href="/c">', "<td <b>"),
    *('<meta name="dcterms.modified" content="2026-01-01">', '<meta name="dcterms.language" content="fra">'),
    *("<p><b>Note:</b> a</p>", "<table><tr><th>A</th><th>B</th></tr><tr><td>x</td><td>$5</td></tr></table>"),
    *('<h2>On this page</h2><ul><li><a href="#a">q</a></li></ul>', '<div class="alert"><h3>T</h3><p>q</p></div>'),
)
ATTRIBUTES = (
    *(f'class="{it}"' for it in ("sr-only", "alert", "a\n hide", "promo", "d-none d-md-block", "")),
    *(f'style="{it}"' for it in ("display:none", "font-weight:bold", "color:red", "visibility:\nhidden")),
    *(f'role="{it}"' for it in ("navigation", 'heading" aria-level="3', "presentation")),
    *('id="wb-dtmd"', "hidden", 'hidden="until-found"', "data-ktc-search-exclude", 'aria-controls="q"', 'tag="h3"'),
    *('colspan="2"', 'rowspan="2"', 'lang="fr"', 'xml:lang="fr"', 'href="#a"', 'href="/b"', 'name="n"', 'title="t"'),
    *('data-x="1"', 'property="dateModified"', 'datetime="2025-05-05"', 'content="2024-04-04"', 'x$="1"', "<b"),
    *('type="a"', 'start="3"', 'value="7"'),
)
LOOKED_AT = (
    SOURCE,
    replace(SOURCE, scope=Scope(drop=(".promo", "strong"))),
    replace(SOURCE, scope=Scope(keep=("main", "body"), drop=("ul", "b a"))),
    replace(SOURCE, marker="time"),
)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """A page of odd pieces, and the same with one to three of them changed."""
    pieces = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=20))
    changed = pieces.copy()
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(changed) - 1))
        way = draw(st.sampled_from(("put in", "take out", "replace", "dress", "swap")))
        if way == "put in":
            changed.insert(place, draw(st.sampled_from(PIECES)))
        elif way == "take out":
            changed[place] = ""
        elif way == "replace":
            changed[place] = draw(st.sampled_from(PIECES))
        elif way == "dress":
            dressed = rf"\g<0> {draw(st.sampled_from(ATTRIBUTES))}".replace("\n", r"\n")
            changed[place] = re.sub(r"^<[a-z][\w-]*", dressed, changed[place])
        else:
            other = draw(st.integers(0, len(changed) - 1))
            changed[place], changed[other] = changed[other], changed[place]
    return main("".join(pieces)), main("".join(changed))


PAGES_EDITED = (edited(), st.sampled_from(LOOKED_AT), st.sampled_from((HTML, "text/html", "text/html; charset=cp1252")))


def is_read_if_it_counts(pages: tuple[str, str], source: Source, kind: str) -> None:
    read = [said(page, source, kind=kind) for page in pages]
    assert read[0] == read[1] or not known_again(*pages, source, kind=kind)


@given(*PAGES_EDITED)
@settings(max_examples=400)
def test_whatever_is_changed_in_a_page_is_read_if_it_counts(pages: tuple[str, str], source: Source, kind: str) -> None:
    is_read_if_it_counts(pages, source, kind)


@pytest.mark.slow
@given(*PAGES_EDITED)
@settings(max_examples=30_000)
def test_thousands_of_changes_are_read_if_they_count(pages: tuple[str, str], source: Source, kind: str) -> None:
    is_read_if_it_counts(pages, source, kind)


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
