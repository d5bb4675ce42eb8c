"""Processing times: how long an official page, table or feed says something takes, and how many wait for it."""

import re
from collections.abc import Iterator

from monitor.extractors import labels
from monitor.extractors.amounts import straight
from monitor.extractors.declarations import ProcessingTimes
from monitor.extractors.drafts import Draft, drawn, to_facts
from monitor.extractors.durations import Duration, find_durations, is_no_time
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.json_leaves import find_leaves
from monitor.extractors.keys import fact_key
from monitor.extractors.processing_prose import find_times, nearest_heading
from monitor.extractors.processing_tables import find_time_rows, is_none
from monitor.extractors.scope import in_scope, matches_any
from monitor.extractors.sentences import Sentence, by_block_of, is_block_used, is_used, sentences_by_block
from monitor.model import Block, BlockKind, Fact, FactKind, Page, Pool, ProcessingTime, Source
from monitor.pages.wording import tidy

_FIGURE = re.compile(r"\d[\d,]*")
_AROUND = re.compile(r"(?:part \d+|about|approximately|around|up to|within|usually|less|more|than|\W)*", re.IGNORECASE)


def read(page: Page, source: Source, declaration: ProcessingTimes, used: frozenset[Span]) -> Extraction:
    """The page's processing times in reading order, and the words and rows they stand in.

    A feed's placeholder or broken value is no fact; "no processing time available" is one without numbers.
    """
    if page.data is not None:
        times = to_facts(drawn(_from_data(page, declaration)), FactKind.PROCESSING_TIME, source.id)
        return Extraction(facts=(*times, *_queues(page, source, declaration)))
    drafts = drawn(_from_blocks(page, declaration, used))
    spans = frozenset(span for draft in drafts for span in draft.spans)
    return Extraction(facts=tuple(to_facts(drafts, FactKind.PROCESSING_TIME, source.id)), used=spans)


def _from_data(page: Page, declaration: ProcessingTimes) -> Iterator[Draft]:
    for leaf in find_leaves(page.data, declaration.values):
        text = tidy(str(leaf.value))
        duration = _whole(text)
        if duration is None and not is_no_time(text):
            continue
        label = labels.declared(leaf.label, "", declaration.labels) or leaf.label
        value = _value(label, text, duration)
        quote, path = f"{leaf.label}: {text}", leaf.path[:-1]
        yield _draft(value, quote=quote, path=path, place="-".join(leaf.path), row=True, spans=frozenset())


def _queues(page: Page, source: Source, declaration: ProcessingTimes) -> Iterator[Fact]:
    """How many people wait for each, which changes with every edition: kept like a pool, no news."""
    for leaf in find_leaves(page.data, declaration.queues):
        text = tidy(str(leaf.value))
        figures = _FIGURE.findall(text)
        if len(figures) == 1:
            count = int(figures[0].replace(",", ""))
            yield Fact(
                key=fact_key(FactKind.POOL, source.id, leaf.label),
                kind=FactKind.POOL,
                source=source.id,
                value=Pool(program=leaf.label, band="people waiting", count=count),
                quote=f"{leaf.label}: {text}",
                path=leaf.path[:-1],
            )


def _whole(text: str) -> Duration | None:
    """The one duration that all of this value is; None for anything with other words in it."""
    found = find_durations(text)
    if len(found) != 1:
        return None
    rest = f"{text[: found[0].start]} {text[found[0].end :]}"
    return found[0] if _AROUND.fullmatch(rest) else None


def _from_blocks(page: Page, declaration: ProcessingTimes, used: frozenset[Span]) -> Iterator[Draft]:
    groups = by_block_of(used)
    sentences = sentences_by_block(page)
    for index, block in enumerate(page.blocks):
        mine = groups.get(index, frozenset())
        if not in_scope(block, declaration.headings) or is_block_used(index, mine):
            continue
        before = page.blocks[index - 1] if index else None
        opened = before.text if before and before.kind is BlockKind.PARAGRAPH else ""
        yield from _from_table(block, index, opened, declaration, mine)
        for sentence in sentences.get(index, ()):
            yield from _from_sentence(sentence, declaration, mine)


def _from_sentence(sentence: Sentence, declaration: ProcessingTimes, used: frozenset[Span]) -> Iterator[Draft]:
    if matches_any(sentence.text, declaration.ignore):
        return
    heading = nearest_heading(sentence.path)
    for found in find_times(sentence.text, heading, sentence.lead_in):
        duration = found.duration
        span = sentence.span(duration.start, duration.end)
        if is_used(span, used):
            continue
        label = labels.declared(found.label, sentence.text, declaration.labels) or labels.one_spelling(found.label)
        value = _value(label, sentence.text[duration.start : duration.end], duration)
        whole = sentence.whole and sentence.kind is not BlockKind.HEADING and _is_entry(sentence.text, duration)
        spans = frozenset({Span(block=sentence.block) if whole else span})
        yield _draft(value, quote=sentence.text, path=sentence.path, place=heading, row=False, spans=spans)


def _is_entry(text: str, duration: Duration) -> bool:
    """Whether the text is no sentence but a list entry such as "Application: 3 months" that says nothing more."""
    before, after = straight(text[: duration.start]), text[duration.end :]
    return re.search(r"[:-]\s*$", before) is not None and labels.subject(before) != "" and not re.search(r"\w", after)


def _from_table(
    block: Block, index: int, opened: str, declaration: ProcessingTimes, used: frozenset[Span]
) -> Iterator[Draft]:
    if block.table is None:
        return
    for row in find_time_rows(block.table, block.path, opened, declaration.columns):
        span = Span(block=index, row=row.row)
        if is_used(span, used) or matches_any(row.quote, declaration.ignore):
            continue
        if row.duration is None and not is_no_time(row.text) and not is_none(row.text):
            continue
        label = labels.declared(row.label, row.quote, declaration.labels) or labels.one_spelling(row.label)
        place = row.section or block.table.caption or (block.path[-1] if block.path else "")
        value = _value(label, row.text, row.duration)
        yield _draft(value, quote=row.quote, path=block.path, place=place, row=True, spans=frozenset({span}))


def _value(label: str, text: str, duration: Duration | None) -> ProcessingTime:
    if duration is None:
        return ProcessingTime(label=label, low=None, high=None, unit=None, text=text)
    return ProcessingTime(label=label, low=duration.low, high=duration.high, unit=duration.unit, text=text)


def _draft(
    value: ProcessingTime, *, quote: str, path: tuple[str, ...], place: str, row: bool, spans: frozenset[Span]
) -> Draft:
    """The draft; two spellings of one length ("3 months", "three months") do not differ."""
    numbers = (value.low, value.high, value.unit)
    compare = " ".join(map(str, numbers)) if value.unit else value.text.casefold()
    return Draft(
        value=value,
        label=value.label,
        same=compare,
        quote=quote,
        path=path,
        place=place,
        row=row,
        spans=spans,
        compare=compare,
    )
