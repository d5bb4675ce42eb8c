"""HTML bodies → pages: what stays, what goes, under which headings, with which links."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import PageError
from monitor.model import Block, BlockKind, Format, Link, Page, Scope, Snapshot, Source
from monitor.pages import read_page
from monitor.pages.selectors import find_selector_problem

DATA = Path(__file__).parent / "data" / "pages"
URL = "https://www.example.ca/programs/page.html"


def snapshot(body: str | bytes, *, url: str = URL) -> Snapshot:
    raw = body.encode() if isinstance(body, str) else body
    return Snapshot(
        source="s", fetched_at=datetime(2026, 1, 1, tzinfo=UTC), status=200, final_url=url, headers={}, body=raw
    )


def source(*, keep: tuple[str, ...] = (), drop: tuple[str, ...] = (), marker: str | None = None) -> Source:
    return Source(id="s", publisher="P", url=URL, format=Format.HTML, scope=Scope(keep=keep, drop=drop), marker=marker)


def read(body: str | bytes, *, keep: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> Page:
    return read_page(snapshot(body), source(keep=keep, drop=drop))


def in_main(content: str) -> Page:
    return read(f"<html><body><main>{content}</main></body></html>")


def texts(page: Page) -> list[str]:
    return [block.text for block in page.blocks]


def find(page: Page, text: str) -> Block:
    return next(block for block in page.blocks if block.text == text)


@pytest.mark.parametrize("name", ["canada-points", "welcomebc-rounds", "ontario-updates"])
def test_publisher_shapes_read_as_people_see_them(name: str) -> None:
    page = read((DATA / f"{name}.html").read_bytes())
    assert page.text + "\n" == (DATA / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "title", "marker", "language", "canonical"),
    [
        ("canada-points", "Points grid", "2025-11-06", "en", "https://www.canada.ca/en/harbour/points.html"),
        ("welcomebc-rounds", "Rounds of invitations", "2026-06-02", "en-CA", "https://www.welcomebc.ca/rounds"),
        ("ontario-updates", "2031 OHP Updates", "2031-12-02", "en", "http://www.ontario.ca/page/2031-harbour-updates"),
    ],
)
def test_publisher_shapes_give_title_marker_language_and_canonical_address(
    name: str, title: str, marker: str, language: str, canonical: str
) -> None:
    page = read((DATA / f"{name}.html").read_bytes())
    assert (page.title, page.update_marker, page.language, page.canonical_url) == (title, marker, language, canonical)
    assert page.final_url == URL


def test_headings_of_a_box_rule_only_the_box() -> None:
    page = read((DATA / "canada-points.html").read_bytes())
    assert find(page, "Read the grid below.").path == ("Points grid",)
    assert find(page, "After the breakdown.").path == ("Points grid", "A. Core factors")
    assert find(page, "Port partners.").path == (
        "Points grid",
        "A. Core factors",
        "Breakdown of factors",
        "British Columbia",
    )


def test_a_section_that_holds_only_a_heading_names_what_follows() -> None:
    page = in_main("<section><h2>Fees</h2></section><p>You pay.</p>")
    assert find(page, "You pay.").path == ("Fees",)


def test_two_main_headings_do_not_nest() -> None:
    page = in_main("<h1>Express</h1><h1>Real title</h1><h3>Deep</h3><p>x</p><h2>Up</h2><p>y</p>")
    assert find(page, "x").path == ("Real title", "Deep")
    assert find(page, "y").path == ("Real title", "Up")


def test_nothing_visible_is_lost_and_nothing_comes_twice() -> None:
    page = in_main(
        """bare start <div>in a div<p>para</p>tail of div</div>
        <ul><li>one<ul><li>one-a</li></ul>after one-a</li><li><p>two</p><p>two more</p></li>
        <li>with table <table><tr><th>h1</th><th>h2</th></tr><tr><td>c1</td><td>c2</td></tr></table></li></ul>
        <dl><dt>term</dt><dd>meaning</dd></dl><blockquote>quoted</blockquote>
        <figure><img alt="no text" src="x.png"><figcaption>caption</figcaption></figure>
        <details><summary>Sum</summary>hidden until opened</details>
        line one<br>line two<br><br>own paragraph <label><input type="checkbox">tick me</label> bare end"""
    )
    assert [(block.kind, block.level, block.text) for block in page.blocks if block.kind is not BlockKind.TABLE] == [
        (BlockKind.PARAGRAPH, 0, "bare start"),
        (BlockKind.PARAGRAPH, 0, "in a div"),
        (BlockKind.PARAGRAPH, 0, "para"),
        (BlockKind.PARAGRAPH, 0, "tail of div"),
        (BlockKind.ITEM, 1, "one"),
        (BlockKind.ITEM, 2, "one-a"),
        (BlockKind.PARAGRAPH, 0, "after one-a"),
        (BlockKind.ITEM, 1, "two"),
        (BlockKind.PARAGRAPH, 0, "two more"),
        (BlockKind.ITEM, 1, "with table"),
        (BlockKind.PARAGRAPH, 0, "term"),
        (BlockKind.ITEM, 1, "meaning"),
        (BlockKind.PARAGRAPH, 0, "quoted"),
        (BlockKind.PARAGRAPH, 0, "caption"),
        (BlockKind.HEADING, 1, "Sum"),
        (BlockKind.PARAGRAPH, 0, "hidden until opened"),
        (BlockKind.PARAGRAPH, 0, "line one\nline two"),
        (BlockKind.PARAGRAPH, 0, "own paragraph tick me bare end"),
    ]
    assert "c1 | c2" in page.text


def test_scripts_comments_hidden_parts_and_site_parts_go() -> None:
    page = in_main(
        """<script>var a = "nonce"</script><style>p{}</style><!-- comment --><template><p>tpl</p></template>
        <noscript>enable script</noscript><p hidden>h1</p><p class="hidden">h2</p><p style="display: none">h3</p>
        <nav>nav</nav><ul class="pagination"><li>1</li></ul><form role="search"><label>Find</label></form>
        <button>Share</button><select><option>o</option></select><p>left <span class="sr-only">unseen</span></p>"""
    )
    assert texts(page) == ["left"]


def test_wide_screens_see_what_small_ones_do_not() -> None:
    assert texts(in_main('<p class="d-none d-md-block">wide</p><p class="d-none">never</p>')) == ["wide"]


def test_site_header_and_footer_go_but_those_of_an_article_stay() -> None:
    page = read(
        "<html><body><header>site</header><article><header><h1>Own</h1></header><p>text</p><footer>note</footer>"
        "</article><aside>promo</aside><footer>site</footer></body></html>"
    )
    assert texts(page) == ["Own", "text", "note"]


def test_an_aside_in_the_content_is_content() -> None:
    assert texts(in_main("<article><aside><p>Important: read this.</p></aside></article>")) == ["Important: read this."]


def test_accordion_buttons_name_their_part_and_expand_all_does_not() -> None:
    page = in_main(
        '<button aria-controls="a">Expand all</button><h2><button aria-controls="a">Fees</button></h2><p>none</p>'
    )
    assert texts(page) == ["Fees", "none"]


def test_struck_out_amounts_do_not_stand_beside_the_new_ones() -> None:
    assert texts(in_main("<p>Fee: <s>$1,475</s> <ins>$1,750</ins></p>")) == ["Fee: $1,750"]


def test_a_footnote_mark_does_not_become_part_of_a_number() -> None:
    page = in_main("<p>50<sup>1</sup> points on the 1<sup>st</sup> for 20 m<sup>2</sup></p>")
    assert texts(page) == ["50 [1] points on the 1st for 20 m2"]


def test_spaces_round_tags_entities_and_punctuation_are_as_people_read_them() -> None:
    page = in_main(
        "<p>Program (\n<abbr>OINP</abbr> ) of <strong>May&nbsp;15</strong><strong>, 2026</strong><b>&nbsp;</b>, at "
        "$&nbsp;5 &lt;5 &amp; a\u200bb.</p>"
    )
    assert texts(page) == ["Program (OINP) of May 15, 2026, at $ 5 <5 & ab."]


def test_lead_is_the_bold_text_that_opens_a_block() -> None:
    page = in_main(
        "<p><strong>Please </strong><b>note</b>: all.</p><p>No <b>lead</b></p>"
        "<li><span style='font-weight: 700'>X</span> y</li>"
    )
    assert [block.lead for block in page.blocks] == ["Please note", "", "X"]


def test_anchors_are_ids_but_not_an_editors_leftovers() -> None:
    page = in_main('<h2 id="isPasted">A</h2><h2><span id="b">B</span></h2><h3 id="c">C</h3><p id="d">D</p>')
    assert [block.anchor for block in page.blocks] == [None, "b", "c", "d"]


def test_links_are_absolute_against_the_final_address() -> None:
    page = in_main('<p><a href="../fees.html">fees</a> <a href="#x">here</a> <a href="javascript:x()">no</a></p>')
    assert page.blocks[0].links == (
        Link(text="fees", url="https://www.example.ca/fees.html"),
        Link(text="here", url=f"{URL}#x"),
    )
    assert page.blocks[0].text == "fees here no"


def test_links_follow_a_base_element_and_survive_a_malformed_one() -> None:
    body = '<html><head><base href="https://other.ca/x/"></head><body><p><a href="y">l</a> <a href="http://[z">m</a>'
    assert read(body).blocks[0].links == (Link(text="l", url="https://other.ca/x/y"),)


def test_scope_keeps_outermost_matches_in_page_order_and_drops_inside() -> None:
    body = "<body><div class=b>two<p class=no>x</p></div><div id=a>one<i class=b>in</i></div><p>out</p></body>"
    body = body.replace("<div class=b>", "<div class='b'>")
    assert texts(read(body, keep=("#a", ".b"), drop=(".no",))) == ["two", "onein"]


def test_scope_without_a_match_leaves_nothing() -> None:
    assert read("<body><p>x</p></body>", keep=("main.missing",)).blocks == ()


def test_without_main_the_main_role_or_the_body_is_the_scope() -> None:
    assert texts(read('<body><p>a</p><div role="main"><p>b</p></div></body>')) == ["b"]
    assert texts(read("<body><p>a</p></body>")) == ["a"]


def test_selectors_are_checked_before_they_are_used() -> None:
    assert find_selector_problem("main > .alert:not(.info)") is None
    for selector in ("main >> [", "p:unheard-of", "", "p::before", "p:nth-child(x)"):
        assert "no CSS selector" in (find_selector_problem(selector) or ""), selector


@pytest.mark.parametrize("text", ["On this page", "Sur cette page"])
def test_an_index_of_the_page_goes_but_a_list_with_words_of_its_own_stays(text: str) -> None:
    page = in_main(f"<h2>{text}</h2><ul><li><a href='#f'>Fees</a></li></ul><h2 id='f'>Fees</h2>")
    assert texts(page) == ["Fees"]
    page = in_main(f"<h2>{text}</h2><ul><li><a href='#f'>Fees</a> rose in May</li></ul>")
    assert texts(page) == [text, "Fees rose in May"]


@pytest.mark.parametrize("tag", ["div", "span", "b", "ul", "blockquote", "table", "section"])
def test_very_deep_nesting_is_read_without_recursion(tag: str) -> None:
    body = f"<html><body><main><p>start</p>{f'<{tag}>' * 100_000}middle{f'</{tag}>' * 100_000}<p>end</p></main></body>"
    text = read(body).text
    assert [text.index(word) for word in ("start", "middle", "end")] == sorted(
        text.index(word) for word in ("start", "middle", "end")
    )


def test_nesting_that_cannot_be_flattened_is_an_error_not_a_shorter_page() -> None:
    with pytest.raises(PageError) as caught:
        read(f"<main>{'<x-y>' * 100_000}lost</main>")
    assert caught.value.code == "too_deep"


@pytest.mark.parametrize("body", ["", "   \n", "<!-- only a comment -->", "<!doctype html>"])
def test_a_body_without_elements_is_empty(body: str) -> None:
    with pytest.raises(PageError) as caught:
        read(body)
    assert caught.value.code == "empty_body"


def test_an_encoding_declaration_and_null_bytes_do_no_harm() -> None:
    assert texts(read('<?xml version="1.0" encoding="utf-8"?><html><body><p>caf\u00e9\x00s</p></body></html>')) == [
        "caf\u00e9s"
    ]


def test_typed_bullets_are_items() -> None:
    page = in_main("<p>You need:<br>• a form<br>• a fee<br>Thank you</p>")
    assert [(block.kind, block.text) for block in page.blocks] == [
        (BlockKind.PARAGRAPH, "You need:"),
        (BlockKind.ITEM, "a form"),
        (BlockKind.ITEM, "a fee"),
        (BlockKind.PARAGRAPH, "Thank you"),
    ]


@pytest.mark.parametrize("blank", [" ", "&nbsp;", "\n", "\u200b", "<b> </b>"])
@pytest.mark.parametrize("tag", ["p", "h2", "li", "td"])
def test_a_blank_line_before_the_first_words_is_nothing(tag: str, blank: str) -> None:
    inner = f"<{tag}>{blank}<br><br>The fee is $5.</{tag}>"
    content = {"li": f"<ul>{inner}</ul>", "td": f"<table><tr>{inner}<td>x</td></tr></table>"}.get(tag, inner)
    assert "The fee is $5." in in_main(content).text.replace(" | x", "")
    assert not any(text != text.strip() for text in texts(in_main(content)))


@pytest.mark.parametrize("tag", ["embed", "source", "track"])
def test_what_follows_an_element_without_content_is_read(tag: str) -> None:
    page = in_main(f"<p>Before</p><div><{tag} src='x'><p>The fee is $5.</p></div><p>After</p>")
    assert texts(page) == ["Before", "The fee is $5.", "After"]


WORDS = "On May 15, 2026, the program ( BC PNP ) invited 484 people; see below."


@st.composite
def restyled(draw: st.DrawFn) -> str:
    """The same words with other white space, tags, attributes and comments."""
    parts = []
    for word in WORDS.split(" "):
        attribute = draw(st.sampled_from(["", ' class="x1"', ' data-v="2f"', ' style="color:#123"']))
        tag = draw(st.sampled_from(["", "span", "em", "abbr", "font"]))
        parts.append(f"<{tag}{attribute}>{word}</{tag}>" if tag else word)
        parts.append(draw(st.sampled_from(["", "<!-- n -->", "<script>1</script>", "<b></b>"])))
        parts.append(draw(st.sampled_from([" ", "\n\t ", "&nbsp;", " &nbsp; ", "\u202f", " \u200b"])))
    attribute = draw(st.sampled_from(["", ' id="isPasted"', ' style="text-align:left"']))
    return f"<h1{attribute}>Title</h1>\r\n<p{attribute}>{''.join(parts)}</p>"


@given(restyled())
def test_restyling_is_no_change(content: str) -> None:
    plain = in_main(f"<h1>Title</h1><p>{WORDS}</p>")
    assert in_main(content).sha256 == plain.sha256
    assert "the program (BC PNP) invited 484 people; see below." in plain.text


@given(st.integers(min_value=1, max_value=len("May 15, 2026") - 1))
def test_a_date_split_over_tags_at_any_place_is_whole(at: int) -> None:
    day = "May 15, 2026"
    page = in_main(f"<p>Until <strong>{day[:at]}</strong><strong>{day[at:]}</strong><strong>&nbsp;</strong></p>")
    assert texts(page) == [f"Until {day}"]


SOUP = (
    "word ",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<ul><li>",
    "</li>",
    "<table><tr><td>",
    "</td>",
    "<b>",
    "<br>",
    "&nbsp;",
    "<h2>",
)


@given(st.lists(st.sampled_from(SOUP)))
def test_any_tag_soup_keeps_all_its_words_once(soup: list[str]) -> None:
    numbered = [f"w{index} " if part == "word " else part for index, part in enumerate(soup)]
    page = read(f"<body>x{''.join(numbered)}</body>")
    expected = ["x", *(part.strip() for part in numbered if re.fullmatch(r"w\d+ ", part))]
    assert sorted(re.findall(r"\bx|w\d+", page.text)) == sorted(expected)


@pytest.mark.parametrize("name", ["esdc-gts/2025-11-06", "ircc-crs/2025-08-21", "bcpnp-for-workers/2026-04-27"])
def test_real_pages_hold_no_site_parts(real: Path, name: str) -> None:
    page = read((real / f"{name}.html").read_bytes())
    for words in ("Date modified", "Last updated", "Page details", "Expand All", "On this page", "Skip to", "Menu"):
        assert words not in page.text
    assert page.update_marker == name[-10:]
