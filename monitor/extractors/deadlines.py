"""Deadlines: the dates an official page sets, by which something is due or ends and from which something holds.

Lengths of time ("within 30 days of the invitation") have no date and are thresholds.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec.structs import replace

from monitor.extractors import thresholds_labels as names_of
from monitor.extractors.deadlines_prose import find_deadlines
from monitor.extractors.deadlines_tables import find_deadline_cells
from monitor.extractors.declarations import Deadlines
from monitor.extractors.drafts import Draft, to_facts
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.fee_prose import Around, is_fee_heading
from monitor.extractors.grid import CAPTION, HEAD, column_names, head_text
from monitor.extractors.scope import in_scope, is_found, matches_any
from monitor.extractors.sentences import Sentence, by_block_of, is_block_used, is_used, sentences_by_block
from monitor.model import Block, BlockKind, Deadline, FactKind, Page, Source


def read(page: Page, source: Source, declaration: Deadlines, used: frozenset[Span]) -> Extraction:
    """The page's deadlines in reading order, and the dates and rows they stand in."""
    drafts = list(_drafts(page, declaration, used))
    spans = frozenset(span for draft in drafts for span in draft.spans)
    return Extraction(facts=tuple(to_facts(drafts, FactKind.DEADLINE, source.id)), used=spans)


def _drafts(page: Page, declaration: Deadlines, used: frozenset[Span]) -> Iterator[Draft]:
    by_block = sentences_by_block(page)
    groups = by_block_of(used)
    for index, block in enumerate(page.blocks):
        mine = groups.get(index, frozenset())
        if not in_scope(block, declaration.headings) or is_block_used(index, mine):
            continue
        yield from _from_table(block, index, declaration, mine)
        for sentence in by_block.get(index, ()):
            yield from _from_sentence(sentence, declaration, mine)


def _from_sentence(sentence: Sentence, declaration: Deadlines, used: frozenset[Span]) -> Iterator[Draft]:
    if matches_any(sentence.text, declaration.ignore):
        return
    found = find_deadlines(sentence.text, Around(path=sentence.path, lead_in=sentence.lead_in))
    for deadline in found:
        span = sentence.span(deadline.start, deadline.end)
        if is_used(span, used):
            continue
        whole = deadline.whole and sentence.whole and sentence.kind is not BlockKind.HEADING
        words = sentence.text if len(found) == 1 else ""
        yield _draft(
            _declared(deadline.label, words, declaration),
            deadline.date,
            quote=sentence.text,
            path=sentence.path,
            place=names_of.place_of(sentence.path),
            spans=frozenset({Span(block=sentence.block) if whole else span}),
        )


def _from_table(block: Block, index: int, declaration: Deadlines, used: frozenset[Span]) -> Iterator[Draft]:
    yield from _from_heads(block, index, declaration)
    for cell in find_deadline_cells(block.table, declaration.columns) if block.table else ():
        span = Span(block=index, row=cell.row)
        if is_used(span, used) or matches_any(cell.quote, declaration.ignore):
            continue
        yield _draft(
            _declared(cell.label, cell.quote, declaration),
            cell.date,
            quote=cell.quote,
            path=block.path,
            place=cell.section or (block.table.caption if block.table else "") or names_of.place_of(block.path),
            row=True,
            spans=frozenset({span if cell.pure else replace(span, start=cell.start, end=cell.end)}),
        )


def _from_heads(block: Block, index: int, declaration: Deadlines) -> Iterator[Draft]:
    """The dates from which a table or a column of it holds, but for fees, which carry theirs."""
    if block.table is None:
        return
    heads = head_text(block.table)
    names = [(name, HEAD, heads.find(name)) for name in dict.fromkeys(column_names(block.table)) if name]
    for text, row, offset in ((block.table.caption, CAPTION, 0), *names):
        if not text or is_fee_heading(text) or matches_any(text, declaration.ignore):
            continue
        for found in find_deadlines(text, Around(path=block.path)):
            start, end = offset + found.start, offset + found.end
            yield _draft(
                _declared(found.label, text, declaration),
                found.date,
                quote=text,
                path=block.path,
                place=names_of.place_of(block.path),
                spans=frozenset({Span(block=index, row=row, start=start, end=end)}),
            )


def _declared(label: str, words: str, declaration: Deadlines) -> str:
    for text in (label, words):
        for name, pattern in declaration.labels.items():
            if text and is_found(pattern, text):
                return name
    return label


def _draft(label: str, day: date, **where: Any) -> Draft:
    return Draft(value=Deadline(label=label, date=day), label=label, same=day, **where)
