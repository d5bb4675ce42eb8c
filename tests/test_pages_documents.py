"""PDF documents and RSS or Atom feeds as pages."""

import io
from datetime import UTC, datetime

import pytest
from reportlab.pdfgen.canvas import Canvas

from monitor.errors import PageError
from monitor.model import BlockKind, Format, Page, Snapshot, Source
from monitor.pages import read_page
from monitor.read import read_snapshot

GUIDE = [
    [
        "Program Guide",
        "Skilled Worker",
        "You must have a job offer that is full-time and",
        "indeterminate.",
        "Page 1",
    ],
    ["Program Guide", "Fees", "The application fee is $1,750 CAD.", "• You must pay online.", "Page 2"],
    ["Program Guide", "Scoring", "A wage of $70 per hour earns 55 points.", "Page 3"],
    ["Program Guide", "Ineligible", "Occupations in the arts are not eligible.", "Page 4"],
    ["Program Guide", "Contact", "Write to the program.", "Page 5"],
]


def pdf(pages: list[list[str]]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for lines in pages:
        for row, line in enumerate(lines):
            canvas.drawString(72, 760 - 16 * row, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def read(body: bytes, form: Format, content_type: str) -> Page:
    source = Source(id="s", publisher="P", url="https://example.org/x", format=form, title="A source")
    moment = datetime(2026, 6, 1, tzinfo=UTC)
    headers = {"content-type": content_type}
    snapshot = Snapshot(source="s", fetched_at=moment, status=200, final_url=source.url, headers=headers, body=body)
    assert read_snapshot(source, snapshot).quality.outcome in {"ok", "failed", "layout_changed"}
    return read_page(snapshot, source)


@pytest.fixture(scope="module")
def guide() -> Page:
    return read(pdf(GUIDE), Format.PDF, "application/pdf")


def test_a_pdf_is_paragraphs_under_their_page_and_heading(guide: Page):
    words = {(block.kind, block.text): block.path for block in guide.blocks}
    sentence = "You must have a job offer that is full-time and indeterminate."
    assert words[BlockKind.PARAGRAPH, sentence] == ("Page 1", "Skilled Worker")
    assert words[BlockKind.ITEM, "You must pay online."] == ("Page 2", "Fees")


def test_running_heads_and_page_numbers_are_left_out(guide: Page):
    assert "Program Guide" not in guide.text
    assert "Page" not in guide.text


def test_an_edited_sentence_of_a_pdf_is_the_only_difference(guide: Page):
    edited = [[line.replace("$70", "$62") for line in lines] for lines in GUIDE]
    other = read(pdf(edited), Format.PDF, "application/pdf")
    before, after = guide.text.splitlines(), other.text.splitlines()
    differing = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert differing == [("A wage of $70 per hour earns 55 points.", "A wage of $62 per hour earns 55 points.")]


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7 broken", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF", b"plain words"]
)
def test_a_broken_pdf_is_a_page_error(body: bytes):
    with pytest.raises(PageError) as caught:
        read(body, Format.PDF, "application/pdf")
    assert caught.value.code in {"pdf_unreadable", "not_pdf"}


ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><updated>2026-06-03T12:00:00Z</updated>
<entry><id>a</id><title>Older &amp; quieter</title><published>2026-06-01T09:00:00Z</published>
<link href="https://example.org/a"/>
<summary type="html">&lt;p&gt;Fees &lt;b&gt;rise&lt;/b&gt; on June 30.&lt;/p&gt;</summary></entry>
<entry><id>b</id><title>Newer</title><published>2026-06-03T09:00:00Z</published>
<link href="javascript:alert(1)"/><summary>&lt;script&gt;alert(1)&lt;/script&gt;Words.</summary></entry>
</feed>"""

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><title>One</title><pubDate>Wed, 03 Jun 2026 09:00:00 GMT</pubDate><link>https://example.org/1</link>
<description>Some words.</description></item></channel></rss>"""


def test_a_feed_is_its_entries_newest_first():
    page = read(ATOM.encode(), Format.FEED, "application/atom+xml")
    titles = [block.text for block in page.blocks if block.level == 3]
    assert titles == ["Newer", "Older & quieter"]
    (words,) = (block for block in page.blocks if block.text.startswith("Fees"))
    assert (words.text, words.path) == ("Fees rise on June 30.", ("2026-06-01", "Older & quieter"))
    assert page.update_marker == "2026-06-03"


def test_a_feeds_markup_and_scripts_are_no_words_and_no_links():
    page = read(ATOM.encode(), Format.FEED, "application/atom+xml")
    assert "alert" not in page.text
    assert [link.url for block in page.blocks for link in block.links] == ["https://example.org/a"]


def test_rss_is_read_too():
    page = read(RSS.encode(), Format.FEED, "application/rss+xml")
    assert "Some words." in page.text
    assert "2026-06-03" in page.text


def test_entities_of_a_feed_are_not_expanded_without_end():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    start = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
    bomb = f'{start}<rss version="2.0"><channel><title>&l11;</title></channel></rss>'
    try:
        page = read(bomb.encode(), Format.FEED, "application/rss+xml")
    except PageError:
        return
    assert len(page.text) + len(page.title) < 1_000_000


def test_what_is_no_feed_is_a_page_error():
    with pytest.raises(PageError) as caught:
        read(b"<html><body>Sorry</body></html>", Format.FEED, "application/atom+xml")
    assert caught.value.code == "not_feed"
