"""What pages make of guides, quotes and counts, without a browser."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from monitor.model import Assumption, Block, BlockKind, Cell, Draw, DrawKind, Guide, Page, ReadState, Table, VerdictKind
from monitor.web.annotating import annotate
from monitor.web.charts import OTHER, lines_of, rhythm, silences_of
from monitor.web.differences import compare_pages, compare_rows
from monitor.web.links import FileLinks, file_of, live_links
from monitor.web.pages.draws import _cell
from monitor.web.pages.sources import tell_counts
from monitor.web.tasks import health_of
from monitor.web.words import ago
from notifiers.headline import say_reason

NOW = datetime(2026, 6, 26, 18, 45, tzinfo=UTC)


def annotated(text: str, *quotes: str) -> tuple[str, list[str]]:
    claims = tuple(Assumption(id=f"C{place}", claim="c", quote=quote) for place, quote in enumerate(quotes, start=1))
    guide = Guide(id="g", title="G", assumptions=claims, text=text)
    passages, unplaced = annotate(guide, dict.fromkeys((item.id for item in claims), VerdictKind.CONTRADICTED))
    return "".join(passage.html for passage in passages), [item.id for item in unplaced]


def test_a_claim_is_marked_through_links_and_emphasis():
    html, unplaced = annotated("It **costs** [100 dollars](https://x.example) a year.", "costs 100 dollars")
    assert unplaced == []
    assert html.count('class="claim contradicted"') == 3
    assert html.count('id="C1"') == 1
    assert '<a href="#note-C1" class="ref contradicted" aria-label="C1: contradicted">✗ C1</a>' in html


def test_a_claim_over_the_cells_of_a_row_is_marked_in_each():
    html, unplaced = annotated("| a | b |\n| --- | --- |\n| 21220 | Cybersecurity |", "21220 | Cybersecurity")
    assert unplaced == []
    assert html.count("<mark") == 2


def test_claims_that_overlap_each_keep_their_reference():
    html, unplaced = annotated("The fee is 100 dollars in 2026.", "fee is 100", "100 dollars")
    assert unplaced == []
    assert "✗ C1" in html
    assert "✗ C2" in html


def test_words_that_are_not_there_are_left_over_and_markup_of_the_text_stays_text():
    html, unplaced = annotated("<script>alert(1)</script> [x](javascript:alert(1))", "not there")
    assert unplaced == ["C1"]
    assert "<script" not in html
    assert "href" not in html


def table(*rows: tuple[str, ...]) -> Table:
    grid = tuple(tuple(Cell(text, (r, c)) for c, text in enumerate(row)) for r, row in enumerate(rows))
    return Table(header=grid[:1], rows=grid[1:])


def page(*blocks: Block) -> Page:
    return Page(
        title="t",
        final_url="https://x.example",
        canonical_url=None,
        language="en",
        update_marker=None,
        blocks=blocks,
        text="",
        sha256="",
    )


def test_rows_are_paired_by_what_they_are_about():
    rows = compare_rows([["Fee", "$"], ["A", "1"], ["B", "2"]], [["Fee", "$"], ["B", "3"], ["C", "4"]])
    assert [(row.op, [text for text, marked in row.cells if marked]) for row in rows] == [
        ("equal", []),
        ("delete", ["2"]),
        ("insert", ["3"]),
        ("insert", ["C", "4"]),
        ("delete", ["A", "1"]),
    ]


def test_pages_are_compared_block_by_block_with_tables_as_tables():
    same = Block(kind=BlockKind.PARAGRAPH, text="The same words stay.")
    old = page(same, Block(kind=BlockKind.TABLE, text="", path=("Fees",), table=table(("F", "$"), ("A", "1"))))
    new = page(same, Block(kind=BlockKind.TABLE, text="", path=("Fees",), table=table(("F", "$"), ("A", "2"))))
    (passage,) = compare_pages(old, new)
    assert passage.path == ("Fees",)
    assert [row.op for row in passage.rows] == ["equal", "delete", "insert"]


def test_pages_of_lines_are_compared_in_stretches():
    old, new = (replace(page(), text=text) for text in ("[\n1\n2\n]", "[\n1\n3\n4\n]"))
    (passage,) = compare_pages(old, new)
    assert "".join(hunk.old for hunk in passage.hunks) == "2"
    assert "".join(hunk.new for hunk in passage.hunks) == "3\n4"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"unchanged": 306, "changed": 4, "blocked": 2}, "Read 312 times, changed 4 times, blocked twice"),
        ({"first_seen": 1}, "Read once"),
        ({}, "Not read yet"),
    ],
)
def test_checks_are_told_in_a_sentence(counts: dict[str, int], said: str):
    assert tell_counts(counts) == said


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_cell_is_a_formula(cell: str):
    assert _cell(cell) == f"'{cell}"


def test_a_silence_begins_where_the_rhythm_breaks():
    days = [date(2026, 1, 1), date(2026, 1, 15), date(2026, 1, 29), date(2026, 2, 12), date(2026, 5, 30)]
    assert list(silences_of(days, date(2026, 6, 2))) == [(date(2026, 2, 12), date(2026, 5, 30))]


def test_what_was_not_read_is_not_silent():
    days = [date(2026, 1, 1) + timedelta(days=14 * place) for place in range(6)]
    draws = [Draw(kind=DrawKind.INVITATION, date=day, category="tech", program="p") for day in days]
    (line,) = lines_of(draws)
    assert "silent" not in str(rhythm([line], since=days[0], until=days[-1] + timedelta(days=10)))
    assert "silent for 90 days" in str(rhythm([line], since=days[0], until=days[-1] + timedelta(days=90)))
    rare = replace(line, name=OTHER)
    assert "silent" not in str(rhythm([rare], since=days[0], until=days[-1] + timedelta(days=90)))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("watched: fee.changed on s: application (1475 → 1750)", "Fee changed on The page: application (1475 → 1750)"),
        ("watched: source.blocked of s", "Source blocks us on The page"),
        ("watched: new draws on other", "New draws on other"),
        (
            "draw.silence of a fact it rests on (draw:*, category = tech): No draw (tech) for 563 days",
            "Draws have gone silent, which it rests on: No draw (tech) for 563 days",
        ),
        ("rule.changed on a page it rests on: Part 1", "Rule changed, on a page it rests on: Part 1"),
        (
            "rule.removed in the words it rests on (“two weeks”): Part 1",
            "Rule removed, in the words it rests on (“two weeks”): Part 1",
        ),
        ("now contradicted: Found 3 months.", "Now contradicted: Found 3 months."),
    ],
)
def test_reasons_speak_of_pages_by_their_titles(reason: str, said: str):
    assert say_reason(reason, {"s": "The page"}) == said


@pytest.mark.parametrize(
    ("health", "due", "said"),
    [("ok", 1, "ok"), ("ok", 25, "overdue"), ("blocked", 25, "blocked"), (None, 0, "never")],
)
def test_a_source_that_nobody_reads_does_not_read_well(health: str | None, due: int, said: str):
    unread = dict.fromkeys(("version", "last_good_read", "last_change", "last_check"))
    due_at = NOW - timedelta(hours=due)
    read = dict(unread, source="s", url="", checks=1, reads_since_change=0, health=health, next_due=due_at)
    state = ReadState(**read) if health else None
    assert health_of(state, NOW) == said


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (datetime(2026, 6, 26, 18, 44, 30, tzinfo=UTC), "just now"),
        (datetime(2026, 6, 26, 15, 0, tzinfo=UTC), "3 hours ago"),
        (datetime(2024, 6, 1, tzinfo=UTC), "2 years ago"),
        (date(2026, 6, 27), "tomorrow"),
        (date(2026, 7, 6), "in 10 days"),
    ],
)
def test_times_are_told_in_one_unit(then: datetime | date, said: str):
    assert ago(then, NOW) == said


def test_links_lead_to_the_same_page_served_or_published():
    assert live_links("/timeline", kind="fee", q="") == "/timeline?kind=fee"
    links = FileLinks(here=file_of("/guides/it-workers"))
    assert links("/") == "../../index.html"
    assert links("/feeds/all.atom") == "../../feeds/all.atom"
    assert links("/timeline", after="ab12") == "../../timeline/after-ab12/index.html"
    assert set(links.targets) == {"index.html", "feeds/all.atom", "timeline/after-ab12/index.html"}
