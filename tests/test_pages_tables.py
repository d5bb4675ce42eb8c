"""Table elements → full grids with the right header rows."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import BlockKind, Cell, Format, Page, Snapshot, Source, Table
from monitor.pages import read_page


def read(content: str) -> Page:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    body = f"<html><body><main>{content}</main></body></html>".encode()
    snapshot = Snapshot(source="s", fetched_at=when, status=200, final_url="https://a.ca/", headers={}, body=body)
    return read_page(snapshot, Source(id="s", publisher="P", url="https://a.ca/", format=Format.HTML))


def table_of(content: str) -> Table:
    found = [block.table for block in read(content).blocks if block.table is not None]
    assert len(found) == 1
    return found[0]


def words(rows: tuple[tuple[Cell, ...], ...]) -> list[list[str]]:
    return [[cell.text for cell in row] for row in rows]


def test_merged_cells_fill_all_their_slots_and_share_one_origin() -> None:
    table = table_of(
        """<table><tr><th>Date</th><th>Type</th><th>Factor</th><th>Score</th></tr>
        <tr><td rowspan=3>May 6</td><td>Care</td><td>a</td><td>115</td></tr>
        <tr><td rowspan=2>Vets</td><td>b</td><td rowspan=2>100</td></tr><tr><td>c</td></tr>
        <tr><td colspan=2>both</td><td>d</td><td>1</td></tr></table>"""
    )
    assert words(table.header) == [["Date", "Type", "Factor", "Score"]]
    assert words(table.rows) == [
        ["May 6", "Care", "a", "115"],
        ["May 6", "Vets", "b", "100"],
        ["May 6", "Vets", "c", "100"],
        ["both", "both", "d", "1"],
    ]
    assert table.rows[0][0].origin == table.rows[2][0].origin == (1, 0)
    assert table.rows[1][3].origin == table.rows[2][3].origin == (2, 3)
    assert table.rows[3][0].origin == table.rows[3][1].origin == (4, 0)


@pytest.mark.parametrize(
    ("rows", "depth"),
    [
        ("<thead><tr><th>a<th>b</thead><tbody><tr><td>1<td>2</tbody>", 1),
        ("<thead><tr><td>a<td>b</thead><tr><td>1<td>2", 1),
        ("<thead><tr><th>a<th>b</thead>", 1),
        ("<tr><th>a<th>b</tr><tr><td>1<td>2", 1),
        ("<tr><th>a<th>b</tr><tr><th>row<td>2", 1),
        ("<tr><td><strong>a</strong><br><td><span><b>b</b></span></tr><tr><td>1<td>2", 1),
        ("<tr><td><strong>a</strong><td></tr><tr><td>1<td>2", 1),
        ("<tr><td colspan=2><b>Title</b></tr><tr><td><b>a</b><td><b>b</b></tr><tr><td>1<td>2", 2),
        ("<tr><th colspan=2>Title</tr><tr><th>a<th>b</tr><tr><td>1<td>2", 2),
        ("<thead><tr><th rowspan=2>a<th colspan=2>b</tr><tr><th>c<th>d</thead><tr><td>1<td>2<td>3", 2),
        (
            "<tr><td rowspan=2><b>a</b><td colspan=2><b>b</b></tr><tr><td><b>c</b><td><b>d</b></tr><tr><td>1<td>2<td>3",
            2,
        ),
        ("<tr><td><b>a</b><td><b>b</b></tr><tr><td><b>Total</b><td><b>9</b></tr><tr><td>1<td>2", 1),
        ("<tr><td>a<td>b</tr><tr><td>1<td>2", 0),
        ("<tr><td><b>a</b> x<td><b>b</b></tr><tr><td>1<td>2", 0),
        ("<tr><td colspan=2><b>Eligibility</b></tr><tr><td>1<td>2", 0),
        ("<tr><th>Age<td>100</tr><tr><th>Work<td>70", 0),
        ("<tr><td><b>only</b><td><b>row</b></tr>", 0),
    ],
)
def test_header_rows_are_recognised_however_they_are_marked_up(rows: str, depth: int) -> None:
    table = table_of(f"<table>{rows}</table>")
    assert len(table.header) == depth
    assert len({len(row) for row in (*table.header, *table.rows)}) == 1


def test_bold_section_rows_below_the_header_are_body_rows() -> None:
    table = table_of(
        """<table><tr><td><b>Criteria</b><td><b>Stream</b></tr><tr><td colspan=2><b>Eligibility</b></tr>
        <tr><td>Offer<td>Must</tr></table>"""
    )
    assert words(table.header) == [["Criteria", "Stream"]]
    assert words(table.rows) == [["Eligibility", "Eligibility"], ["Offer", "Must"]]


def test_paragraphs_and_items_of_a_cell_stand_on_lines_of_their_own_and_single_breaks_do_not() -> None:
    table = table_of(
        """<table><tr><th>Code<th>Minimum<br>score</tr><tr><td>21211 - A<br><br>21220 - B<td><br><br>50</tr>
        <tr><td><p>x</p><ul><li>y</li></ul><td>z</tr></table>"""
    )
    assert words(table.header) == [["Code", "Minimum score"]]
    assert words(table.rows) == [["21211 - A\n21220 - B", "50"], ["x\ny", "z"]]


def test_text_repeats_a_cell_merged_over_rows_and_not_one_merged_over_columns() -> None:
    page = read(
        """<table><caption>Draws</caption><tr><th>Date<th>A<th>B</tr><tr><td rowspan=2>May 6<td>1<td>2</tr>
        <tr><td colspan=2>3</tr></table>"""
    )
    assert page.blocks[0].text == "Draws\nDate | A | B\nMay 6 | 1 | 2\nMay 6 | 3"
    assert page.blocks[0].table is not None
    assert page.blocks[0].table.caption == "Draws"


def test_repeating_a_date_instead_of_merging_it_is_no_change() -> None:
    head = "<tr><th>Date<th>N</tr>"
    merged = read(f"<table>{head}<tr><td rowspan=2>May 6<td>1</tr><tr><td>2</tr></table>")
    repeated = read(f"<table>{head}<tr><td>May 6<td>1</tr><tr><td>May 6<td>2</tr></table>")
    assert merged.sha256 == repeated.sha256


def test_rows_and_columns_made_only_of_merged_cells_are_left_out() -> None:
    table = table_of(
        "<table><tr><th colspan=100>T</tr><tr><th>a<th>b</tr><tr><td rowspan=2>1<td>2</tr>"
        "<tr></tr><tr><td>3<td>4</tr></table>"
    )
    assert words(table.header) == [["T", "T"], ["a", "b"]]
    assert words(table.rows) == [["1", "2"], ["3", "4"]]


def test_blank_rows_go_and_footers_come_last() -> None:
    table = table_of(
        "<table><tfoot><tr><td>sum<td>3</tfoot><thead><tr><th>a<th>b</thead>"
        "<tr><td>&nbsp;<td></tr><tr><td>1<td>2</table>"
    )
    assert words(table.rows) == [["1", "2"], ["sum", "3"]]
    assert [[cell.origin for cell in row] for row in table.rows] == [[(1, 0), (1, 1)], [(2, 0), (2, 1)]]


def test_hidden_rows_and_cells_are_not_read() -> None:
    table = table_of(
        "<table><tr><th>a<th>b</tr><tr class='hidden'><td>x<td>y</tr>"
        "<tr><td>1<td style='display:none'>no<td>2</tr></table>"
    )
    assert words(table.rows) == [["1", "2"]]


@pytest.mark.parametrize("span", ["colspan='100000'", "rowspan='100000'", "rowspan='0'", "colspan='x'", "colspan='-3'"])
def test_odd_spans_do_not_explode(span: str) -> None:
    table = table_of(f"<table><tr><th>a<th>b</tr><tr><td {span}>1<td>2</tr><tr><td>3</tr></table>")
    assert all(len(row) <= 3 for row in table.rows)
    assert len(table.rows) == 2


def test_a_table_too_large_for_a_grid_is_read_as_lines() -> None:
    page = read("<table><tr>" + "<td>w" * 700 + "</tr>" + "<tr><td>x<td>y</tr>" * 700 + "</table>")
    assert all(block.kind is BlockKind.PARAGRAPH for block in page.blocks)
    assert page.text.count("w") == 700
    assert page.text.count("x | y") == 700


def test_wide_and_tall_spans_together_stay_cheap() -> None:
    rows = "<tr>" + "<td colspan=1000 rowspan=0>s" * 200 + "</tr>" + "<tr><td>x</tr>" * 2000
    assert read(f"<table>{rows}</table>").text.count("x") == 2000


def test_layout_tables_are_read_as_their_content() -> None:
    page = read(
        """<table role="presentation"><tr><td><h2>Left</h2><p>one</p></td><td>two</td></tr></table>
        <table><tr><td><p>boxed</p></td></tr></table>
        <table><tr><td>outer</td><td><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></td></tr></table>"""
    )
    assert [block.text for block in page.blocks] == ["Left", "one", "two", "boxed", "outer", "a | b\n1 | 2"]


def test_links_and_headings_of_a_table_belong_to_its_block() -> None:
    page = read("<h2>Fees</h2><table id='t'><tr><th>a<th>b</tr><tr><td><a href='/x'>x</a><td>1</tr></table>")
    block = page.blocks[1]
    assert (block.path, block.anchor) == (("Fees",), "t")
    assert [(link.text, link.url) for link in block.links] == [("x", "https://a.ca/x")]


spans = st.integers(min_value=0, max_value=4)
cells = st.tuples(spans, spans.filter(bool), st.sampled_from(["td", "th"]))


@given(st.lists(st.lists(cells, min_size=1, max_size=4), min_size=2, max_size=6))
def test_any_spans_give_a_full_grid_with_every_cell(rows: list[list[tuple[int, int, str]]]) -> None:
    number = 0
    lines = []
    for row in rows:
        line = ""
        for height, width, tag in row:
            line += f"<{tag} rowspan={height} colspan={width}>c{number}</{tag}>"
            number += 1
        lines.append(f"<tr>{line}</tr>")
    if number < 2:
        return
    table = table_of(f"<table>{''.join(lines)}</table>")
    grid = (*table.header, *table.rows)
    assert len({len(row) for row in grid}) == 1
    assert {cell.text for row in grid for cell in row} - {""} == {f"c{index}" for index in range(number)}
    for row in grid:
        for cell in row:
            assert grid[cell.origin[0]][cell.origin[1]].origin == cell.origin


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("bcpnp-invitations/2026-05-15.html", [(1, 7, 5), (1, 12, 2), (1, 8, 4)]),
        ("bcpnp-for-workers/2026-04-27.html", [(1, 10, 3), (1, 3, 2), (1, 3, 2)]),
        ("esdc-gts-requirements/2025-11-20.html", [(1, 17, 4)]),
        ("ircc-fsw/2025-10-07.html", [(1, 4, 5), (1, 2, 2), (1, 4, 2), (1, 14, 2), (1, 7, 2)]),
    ],
)
def test_grids_of_real_pages(real: Path, name: str, shapes: list[tuple[int, int, int]]) -> None:
    tables = [block.table for block in read((real / name).read_text(encoding="utf-8")).blocks if block.table]
    assert [(len(table.header), len(table.rows), len(table.rows[0])) for table in tables] == shapes


def test_every_real_points_table_has_its_header(real: Path) -> None:
    page = read((real / "ircc-crs/2025-08-21.html").read_text(encoding="utf-8"))
    tables = [block.table for block in page.blocks if block.table]
    assert len(tables) == 20
    assert all(len(table.header) == 1 for table in tables)
    assert all(len(row) in {2, 3} for table in tables for row in table.rows)
