"""Thresholds: the numbers that decide, in points grids, wage and funds tables, lists and rules."""

from collections.abc import Iterator
from decimal import Decimal

from monitor.extractors import thresholds_labels as labels
from monitor.extractors.declarations import Thresholds
from monitor.extractors.drafts import Draft, drawn, to_facts
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.fee_prose import Around
from monitor.extractors.scope import in_scope, is_found, matches_any
from monitor.extractors.sentences import Sentence, by_block_of, is_block_used, is_used, sentences_by_block
from monitor.extractors.thresholds_prose import FoundThreshold, find_maxima, find_thresholds, is_ended, is_given
from monitor.extractors.thresholds_tables import CellThreshold, find_cell_thresholds
from monitor.model import Block, BlockKind, FactKind, Page, Source, Threshold, slug


def read(page: Page, source: Source, declaration: Thresholds, used: frozenset[Span]) -> Extraction:
    """The page's thresholds in reading order, and the words and rows they stand in."""
    drafts = [draft for draft in drawn(_drafts(page, declaration, used)) if _is_wanted(draft, declaration)]
    spans = frozenset(span for draft in drafts for span in draft.spans)
    return Extraction(facts=tuple(to_facts(drafts, FactKind.THRESHOLD, source.id)), used=spans)


def _is_wanted(draft: Draft, declaration: Thresholds) -> bool:
    value = draft.value
    return not declaration.units or (isinstance(value, Threshold) and value.unit in declaration.units)


def _drafts(page: Page, declaration: Thresholds, used: frozenset[Span]) -> Iterator[Draft]:
    by_block = sentences_by_block(page)
    groups = by_block_of(used)
    ended = headed = False
    for index, block in enumerate(page.blocks):
        if block.kind is not BlockKind.ITEM:
            headed = is_ended(block.text) if _is_title(block) else headed and not is_given(block.text)
            ended = headed or is_ended(block.text)
        elif ended and "point" in block.text:
            continue
        mine = groups.get(index, frozenset())
        if not in_scope(block, declaration.headings) or is_block_used(index, mine):
            continue
        if block.table is not None:
            yield from _from_table(block, index, declaration, mine)
        elif block.kind is BlockKind.HEADING:
            yield from _from_heading(block, declaration)
        for sentence in by_block.get(index, ()):
            if block.kind is not BlockKind.HEADING:
                yield from _from_sentence(sentence, declaration, mine)


def _is_title(block: Block) -> bool:
    """Whether the text names what follows: a heading, or a paragraph that is no sentence."""
    return block.kind is BlockKind.HEADING or not block.text.rstrip().endswith((".", ":", ";", "!", "?"))


def _from_heading(block: Block, declaration: Thresholds) -> Iterator[Draft]:
    if matches_any(block.text, declaration.ignore):
        return
    for found in find_maxima(block.text):
        name = labels.joined(labels.heading(block.text) or labels.nearest(block.path), found.label)
        value = _value(name, found.amount, found.unit, block.text, declaration)
        yield _draft(
            value, quote=block.text, path=block.path, place=labels.place_of((*block.path, block.text)), row=False
        )


def _from_sentence(sentence: Sentence, declaration: Thresholds, used: frozenset[Span]) -> Iterator[Draft]:
    if matches_any(sentence.text, declaration.ignore):
        return
    thresholds = find_thresholds(sentence.text, Around(path=sentence.path, lead_in=sentence.lead_in))
    told_apart = len({found.unit for found in thresholds}) == len(thresholds)
    for found in thresholds:
        span = sentence.span(found.start, found.end)
        if is_used(span, used):
            continue
        value = _value(found.label, found.amount, found.unit, sentence.text if told_apart else "", declaration)
        yield _draft(
            value,
            quote=sentence.text,
            path=sentence.path,
            place=labels.place_of(sentence.path),
            row=found.whole,
            spans=_spans(sentence, found),
        )


def _spans(sentence: Sentence, found: FoundThreshold) -> frozenset[Span]:
    if found.whole and sentence.whole:
        return frozenset({Span(block=sentence.block)})
    return frozenset(sentence.span(start, end) for start, end in _said(found))


def _said(found: FoundThreshold | CellThreshold) -> list[tuple[int, int]]:
    """The words that the value says, from the number to its unit; what stands between is the rule's."""
    start, end = found.apart
    return [(found.start, start), (end, found.end)] if start < end else [(found.start, found.end)]


def _from_table(block: Block, index: int, declaration: Thresholds, used: frozenset[Span]) -> Iterator[Draft]:
    for cell in find_cell_thresholds(block.table, block.path, declaration.columns) if block.table else ():
        row = Span(block=index, row=cell.row)
        if (cell.row is not None and is_used(row, used)) or matches_any(cell.quote, declaration.ignore):
            continue
        value = _value(cell.label, cell.amount, cell.unit, cell.quote, declaration)
        yield _draft(
            value, quote=cell.quote, path=block.path, place=cell.place, row=True, spans=_cell_spans(index, cell)
        )


def _cell_spans(index: int, cell: CellThreshold) -> frozenset[Span]:
    """The whole table or row if it says no more; else the number's place in the row's text: told once."""
    if cell.row is None:
        return frozenset({Span(block=index)}) if cell.is_table else frozenset()
    if cell.pure:
        return frozenset({Span(block=index, row=cell.row)})
    return frozenset(Span(block=index, row=cell.row, start=start, end=end) for start, end in _said(cell))


def _value(label: str, amount: Decimal, unit: str, words: str, declaration: Thresholds) -> Threshold:
    return Threshold(label=_declared(label, words, unit, declaration) or label or unit, amount=amount, unit=unit)


def _declared(label: str, words: str, unit: str, declaration: Thresholds) -> str:
    """The declared name that fits, with its rate, so that the hourly and the yearly form of one floor stay two."""
    for text in (label, words):
        for name, pattern in declaration.labels.items():
            if text and is_found(pattern, text):
                _, _, rate = unit.partition("/")
                return f"{name} per {rate}" if rate else name
    return ""


def _draft(
    value: Threshold, *, quote: str, path: tuple[str, ...], place: str, row: bool, spans: frozenset[Span] = frozenset()
) -> Draft:
    # A number that stands under several headings can change under one of them alone.
    same = (value.amount, value.unit, slug(place))
    return Draft(value=value, label=value.label, same=same, quote=quote, path=path, place=place, row=row, spans=spans)
