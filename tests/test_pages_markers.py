"""Update stamps in every publisher's shape: read, and never part of the content."""

from datetime import UTC, datetime

import pytest

from monitor.model import Format, Page, Snapshot, Source
from monitor.pages import read_page

CONTENT = "<h1>Title</h1><p>Words that stay.</p>"


def read(body: str, *, marker: str | None = None) -> Page:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    snapshot = Snapshot(
        source="s", fetched_at=when, status=200, final_url="https://a.ca/", headers={}, body=body.encode()
    )
    return read_page(snapshot, Source(id="s", publisher="P", url="https://a.ca/", format=Format.HTML, marker=marker))


def page(stamp: str, *, head: str = "") -> Page:
    return read(f"<html><head>{head}</head><body><main>{CONTENT}{stamp}</main></body></html>")


@pytest.mark.parametrize(
    "stamp",
    [
        '<dl id="wb-dtmd"><dt>Date modified:</dt><dd><time property="dateModified">2026-05-14</time></dd></dl>',
        '<section class="pagedetails"><gcds-date-modified>\n 2026-05-14 </gcds-date-modified></section>',
        "<gcds-date-modified>2026-05-14</gcds-date-modified>",
        '<time property="dateModified" datetime="2026-05-14">May 14</time>',
        "<p>Last updated: <strong>May 14</strong><strong>, 2026</strong><strong>&nbsp;</strong></p>",
        "<p>Last updated: <b>May 14, 2026</b></p>",
        "<p>&nbsp;Last updated:&nbsp;<strong>May 14, 2026</strong></p>",
        "<p>This page was last updated on <strong>May 14, 2026</strong>.</p>",
        "<p>Last updated May 14 2026</p>",
        "<div><small>Updated: May 14, 2026</small></div><div><small>Published: January 02, 2024</small></div>",
        "<div>Updated: May 14, 2026</div>",
        "<p>Date modified: 2026-05-14</p>",
        "<p>Dernière mise à jour : 14 mai 2026</p>",
        "<div><small>Mis à jour : 14 mai 2026</small></div><div><small>Publié : 2 janvier 2024</small></div>",
    ],
)
def test_stamps_are_read_and_leave_the_content(stamp: str) -> None:
    stamped, plain = page(stamp), page("")
    assert stamped.update_marker == "2026-05-14"
    assert stamped.text == plain.text
    assert plain.update_marker is None


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="dcterms.modified" title="W3CDTF" content="2026-05-14"/>',
        '<meta property="article:modified_time" content="2026-05-14T10:00:00-04:00" />',
    ],
)
def test_stamps_in_the_head_are_read(head: str) -> None:
    assert page("", head=head).update_marker == "2026-05-14"


def test_a_stamp_on_the_first_line_of_a_paragraph_goes_and_its_other_lines_stay() -> None:
    stamped = page("<p>Last updated: May 14, 2026<br>We invite <b>people</b>.</p>")
    assert stamped.text == page("<p>We invite <b>people</b>.</p>").text
    assert stamped.update_marker == "2026-05-14"


def test_a_marker_without_a_date_keeps_its_words() -> None:
    assert page("<p>Last updated: spring</p>").update_marker == "spring"


@pytest.mark.parametrize(
    "content",
    [
        "<p>Last updated fees are shown below and were set by the minister.</p>",
        "<p>The list was updated: May 14, 2026 brought two codes.</p>",
        "<p>Published: May 14, 2026</p>",
        "<h2>Occupations list (updated December 2022)</h2>",
        "<p>Pool as of May 6, 2026:</p>",
        "<p><small>Updated: soon</small></p>",
        '<p>Entry of <time datetime="2026-05-14">May 14, 2026</time></p>',
    ],
)
def test_content_that_speaks_of_updates_stays(content: str) -> None:
    words = page(content).text.removeprefix(page("").text).strip("\n# ")
    assert words
    assert page(content).update_marker is None


def test_the_publishers_head_wins_over_words_in_the_text() -> None:
    stamped = page("<p>Last updated: May 1, 2026</p>", head='<meta name="dcterms.modified" content="2026-05-14">')
    assert stamped.update_marker == "2026-05-14"


def test_a_source_can_name_its_own_place() -> None:
    body = f'<html><body><div class="rev">Rev. June 1, 2026</div><main>{CONTENT}</main></body></html>'
    assert read(body).update_marker is None
    assert read(body, marker=".rev").update_marker == "2026-06-01"


def test_only_a_publication_date_is_better_than_none() -> None:
    assert page("<div><small>Published: January 02, 2024</small></div>").update_marker == "2024-01-02"
