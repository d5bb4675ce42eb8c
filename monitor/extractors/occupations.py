"""Occupations: which NOC codes an official page lists, in tables, bullets, prose and footnotes."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from monitor.extractors.declarations import Occupations
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.keys import fact_key
from monitor.extractors.occupations_codes import NOC, Entry, find_named_codes, read_entry, teer_of, title_after
from monitor.extractors.occupations_lists import list_name
from monitor.extractors.occupations_tables import OccupationRow, find_occupation_rows
from monitor.extractors.scope import in_scope, matches_any
from monitor.extractors.sentences import Sentence, sentences_by_block
from monitor.model import Block, BlockKind, Fact, FactKind, Occupation, Page, Source, slug
from monitor.pages.headings import naming

_EXCEPT = re.compile(
    r"\b(?:except(?:ing)?|exclud\w+|other than|not including|with the exception of|but not)\b[^.;]*$", re.IGNORECASE
)
"""Before a code that its sentence takes out of the list."""


class _Draft(Struct, frozen=True, kw_only=True):
    """A listed occupation before repetitions are counted once."""

    value: Occupation
    quote: str
    path: tuple[str, ...]
    spans: frozenset[Span]


def read(page: Page, source: Source, declaration: Occupations, used: frozenset[Span]) -> Extraction:  # noqa: ARG001 - a code counts whatever else its row says
    """The page's listed occupations, each code once a list, in reading order.

    Used up are rows and items that hold nothing but codes and titles, and codes within other text.
    """
    drafts = list(_drafts(page, declaration))
    kept: dict[tuple[str, str], _Draft] = {}
    for draft in drafts:
        place = (slug(draft.value.list), draft.value.code)
        if place not in kept or (kept[place].value.title is None and draft.value.title):
            kept[place] = draft
    facts = tuple(_to_fact(draft, source.id) for draft in kept.values())
    return Extraction(facts=facts, used=frozenset(span for draft in drafts for span in draft.spans))


def _to_fact(draft: _Draft, source: str) -> Fact:
    key = fact_key(FactKind.OCCUPATION, source, draft.value.list, draft.value.code)
    return Fact(key=key, kind=FactKind.OCCUPATION, source=source, value=draft.value, quote=draft.quote, path=draft.path)


def _drafts(page: Page, declaration: Occupations) -> Iterator[_Draft]:
    by_block = sentences_by_block(page)
    for index, block in enumerate(page.blocks):
        if not in_scope(block, declaration.headings):
            continue
        yield from _from_table(block, index, declaration)
        yield from _from_text(block, by_block.get(index, ()), declaration)


def _from_table(block: Block, index: int, declaration: Occupations) -> Iterator[_Draft]:
    for row in find_occupation_rows(block.table, block.path, declaration.columns) if block.table else ():
        if not matches_any(row.quote, declaration.ignore):
            value = _value(row.code, row.title, row.above, declaration)
            yield _Draft(value=value, quote=row.quote, path=block.path, spans=frozenset(_row_spans(index, row)))


def _row_spans(index: int, row: OccupationRow) -> Iterator[Span]:
    """The whole row if it says no more; else the places of code and title in its text."""
    if row.pure:
        yield Span(block=index, row=row.row)
        return
    for words in filter(None, (row.code, row.title)):
        start = row.quote.find(words)
        if start >= 0:
            yield Span(block=index, row=row.row, start=start, end=start + len(words))


def _from_text(block: Block, sentences: Sequence[Sentence], declaration: Occupations) -> Iterator[_Draft]:
    if not sentences or matches_any(block.text, declaration.ignore):
        return
    entry = read_entry(block.text) if "\n" not in block.text else None
    if entry is not None and block.kind is not BlockKind.HEADING and _counts(entry, sentences[0]):
        opened = sentences[0].lead_in
        value = _value(entry.code, entry.title, tuple(reversed(naming(block.path))), declaration, opened=opened)
        yield _Draft(value=value, quote=block.text, path=block.path, spans=frozenset({Span(block=sentences[0].block)}))
        return
    for sentence in sentences:
        yield from _from_sentence(sentence, block, declaration)


def _from_sentence(sentence: Sentence, block: Block, declaration: Occupations) -> Iterator[_Draft]:
    own = (block.text,) if block.kind is BlockKind.HEADING else ()
    codes = find_named_codes(sentence.text)
    whole = read_entry(sentence.text) if len(codes) == 1 else None
    for found in codes:
        title = whole.title if whole and whole.code == found.code else title_after(sentence.text, found)
        above = (*own, *reversed(naming(block.path)))
        excepted = _EXCEPT.search(sentence.text[: found.start])
        value = _value(found.code, title, above, declaration, opened=excepted[0] if excepted else sentence.lead_in)
        spans = frozenset({sentence.span(found.start, found.end)})
        yield _Draft(value=value, quote=sentence.text, path=block.path, spans=spans)


def _counts(entry: Entry, sentence: Sentence) -> bool:
    """Whether a line of code and title is an occupation: it says NOC itself, or what stands above it does."""
    if entry.named:
        return True
    above = " ".join((*sentence.path, sentence.lead_in))
    return sentence.kind is BlockKind.ITEM and (NOC.search(above) is not None or "occupation" in above.casefold())


def _value(
    code: str, title: str | None, above: tuple[str, ...], declaration: Occupations, *, opened: str = ""
) -> Occupation:
    name = list_name(above, declaration.lists, declaration.list, opened=opened)
    return Occupation(list=name, code=code, title=title, teer=teer_of(code))
