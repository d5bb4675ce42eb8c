"""Whatever bytes a server sends: a page, a judgement or a PageError, never another exception."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from monitor.errors import PageError
from monitor.model import Format, Guards, Page, Snapshot, Source
from monitor.pages import read_page
from monitor.pages.quality import assess_page, assess_quality

TAGS = "a b p br sup table tr td th caption ul li h1 h2 details summary main nav small time base meta title svg x-y"
PARTS = [
    *(f"<{tag}>" for tag in TAGS.split()),
    *(f"</{tag}>" for tag in TAGS.split()),
    *("<td rowspan=0 colspan=9>", '<a href="http://[">', '<base href="//[x">', '<meta charset="utf-7">'),
    *("<!--", "-->", "<![CDATA[", "<?php", "&#0;", "&#x110000;", "&nbsp;", "&bogus;", "Last updated:", "May 1, 2026"),
    *('{"a":', "[1,", "}", "NaN", "#N/A", "\x00", "\ud7ff", "\ufffe", "\u200b", "\U0001f600", "<", ">", '"', "="),
    *(
        '<p style="display:none">',
        "<script>",
        "</script>",
        "<title>Access Denied",
        "<select>",
        "<frameset>",
        "<plaintext>",
    ),
]
BODIES = st.binary(max_size=200) | st.lists(st.sampled_from(PARTS)).map(lambda parts: "".join(parts).encode())
TYPES = ("", "text/html", "application/json; charset=utf-16", "text/html; charset=shift_jis", "text/html; charset=")


@given(BODIES, st.sampled_from([Format.HTML, Format.JSON]), st.sampled_from(TYPES))
@example(b"\xff\xfe\x00", Format.HTML, "")
@example("<p>\x85\x1c\x1d\x1e</p>".encode(), Format.HTML, "text/html")
def test_only_page_errors_come_out(body: bytes, format_: Format, content_type: str) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    headers = {"content-type": content_type}
    snapshot = Snapshot(source="s", fetched_at=when, status=200, final_url="https://a.ca/", headers=headers, body=body)
    source = Source(
        id="s",
        publisher="P",
        url="https://a.ca/",
        format=format_,
        guards=Guards(must_contain=("x",), language="en"),
    )
    assess_quality(snapshot, source)
    try:
        page = read_page(snapshot, source)
    except PageError:
        return
    assert isinstance(page, Page)
    page.text.encode()
    assert read_page(snapshot, source) == page
    assess_page(page, source)
