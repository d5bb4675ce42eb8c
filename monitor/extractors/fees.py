"""Fees: what an official page, table or feed says must be paid, for what, and from when."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from monitor.extractors.amounts import find_cell_money, straight
from monitor.extractors.declarations import Fees
from monitor.extractors.drafts import Draft, drawn, to_facts
from monitor.extractors.extraction import Extraction, Span
from monitor.extractors.fee_prose import Around, Found, find_fees, may_state_fees
from monitor.extractors.fee_tables import FeeRow, find_fee_rows
from monitor.extractors.json_leaves import Leaf, find_leaves
from monitor.extractors.labels import declared, one_spelling, subject
from monitor.extractors.scope import in_scope, matches_any
from monitor.extractors.sentences import Sentence, by_block_of, is_block_used, is_used, sentences_by_block
from monitor.model import Block, BlockKind, FactKind, Fee, Page, Source
from monitor.pages.dates import FoundDate, find_dates
from monitor.pages.headings import naming

_SINCE = re.compile(
    r"\b(?:effective|as of|as at|from|starting|beginning|since|in effect|in force|increas\w*|chang\w*)[\s:(,]*"
    r"(?:(?:on|from|as of|date|at|starting|and after)[\s:,]+)*$",
    re.IGNORECASE,
)
_UNTIL = re.compile(r"^[\s,(]*(?:until|till|up to|through|before|to)\s(?:and including\s)?$", re.IGNORECASE)
_ON = re.compile(r"\bon (?:or after )?$", re.IGNORECASE)
_SAME_FEE = re.compile(
    r"\b(?:it|this|that|the) (?:fee |amount )?(?:will|is|was|increas|ris|rose|goes|went|chang)", re.IGNORECASE
)
_A_FEE_OF = re.compile(r"\ban? (?:fee|charge|cost) of $", re.IGNORECASE)
"""Stands for the same as the amount alone: "there is no fee to register", "there is a fee of $300 to register"."""
_CHANGES = re.compile(
    r"\b(?:increas\w+|chang\w+|effect\w*|will be|new|come into force|rise[sn]?|went up|go up)\b", re.IGNORECASE
)


def read(page: Page, source: Source, declaration: Fees, used: frozenset[Span]) -> Extraction:
    """The page's fees in reading order, and the words and rows they stand in."""
    drafts = drawn(_from_blocks(page, declaration, used) if page.data is None else _from_data(page, declaration))
    spans = frozenset(span for draft in drafts for span in draft.spans)
    return Extraction(facts=tuple(to_facts(drafts, FactKind.FEE, source.id)), used=spans)


def find_effective(text: str, start: int = 0) -> FoundDate | None:
    """The date from which a text says an amount holds ("effective April 30, 2026", "increased April 30, 2026").

    ``start``: only dates from there on.
    """
    for found in (day for day in find_dates(text) if day.start >= start):
        before = straight(text[: found.start])
        if _SINCE.search(before) or (_ON.search(before) and _CHANGES.search(text)):
            return found
    return None


def _find_end(text: str, start: int) -> FoundDate | None:
    """The date until which an amount holds, right after it."""
    days = (found for found in find_dates(text) if found.start >= start)
    return next((found for found in days if _UNTIL.search(text[start : found.start])), None)


def _from_data(page: Page, declaration: Fees) -> Iterator[Draft]:
    for leaf in find_leaves(page.data, declaration.amounts):
        money = find_cell_money(straight(str(leaf.value)))
        if money is None:
            continue
        fee = Fee(
            label=declared(leaf.label, "", declaration.labels) or leaf.label,
            amount=money.amount,
            currency=money.currency,
        )
        yield _draft(fee, quote=_leaf_quote(leaf), path=leaf.path[:-1], place="-".join(leaf.path), row=True)


def _leaf_quote(leaf: Leaf) -> str:
    return f"{leaf.label}: {leaf.value}"


def _from_blocks(page: Page, declaration: Fees, used: frozenset[Span]) -> Iterator[Draft]:
    by_block = sentences_by_block(page)
    groups = by_block_of(used)
    for index, block in enumerate(page.blocks):
        mine = groups.get(index, frozenset())
        if not in_scope(block, declaration.headings) or is_block_used(index, mine):
            continue
        if block.table is not None:
            yield from _from_table(block, index, page.title, declaration, mine)
        spoken = ""
        for sentence in by_block.get(index, ()):
            for draft in _from_sentence(sentence, declaration, mine):
                meant = _meant(draft, spoken, sentence.text)
                spoken = meant.label
                yield meant


def _meant(draft: Draft, spoken: str, text: str) -> Draft:
    """The fee of the sentence before where this one calls it no more than "it" or "the fee"."""
    if not spoken or draft.label != "fee" or not isinstance(draft.value, Fee) or not _SAME_FEE.search(text):
        return draft
    return replace(draft, label=spoken, value=replace(draft.value, label=spoken))


def _from_sentence(sentence: Sentence, declaration: Fees, used: frozenset[Span]) -> Iterator[Draft]:
    if matches_any(sentence.text, declaration.ignore) or not may_state_fees(straight(sentence.text)):
        return
    found = find_fees(sentence.text, Around(path=sentence.path, lead_in=sentence.lead_in))
    found = [fee for fee in found if not is_used(sentence.span(fee.start, fee.end), used)]
    if not found:
        return
    above = next(filter(None, map(find_effective, sentence.path[:-2:-1])), None)
    apart = len(found) > 1 and len({fee.label for fee in found}) == 1
    for fee, after in zip(found, (*found[1:], None), strict=True):
        # The same fee at two times: each sum has its own day, which follows it.
        until = after.start if after and apart else len(sentence.text)
        since = find_effective(sentence.text[:until], fee.end if apart else 0)
        effective = since or above
        whole = sentence.text if len(found) == 1 else ""
        yield _draft(
            _fee(fee, whole, effective.date if effective else None, declaration),
            quote=sentence.text,
            path=sentence.path,
            place=next(iter(naming(sentence.path)[::-1]), ""),
            row=False,
            spans=_spans(sentence, fee, since or (_find_end(sentence.text[:until], fee.end) if apart else None)),
        )


def _spans(sentence: Sentence, fee: Found, since: FoundDate | None) -> frozenset[Span]:
    if sentence.whole and sentence.kind is not BlockKind.HEADING and _is_entry(straight(sentence.text), fee):
        return frozenset({Span(block=sentence.block)})
    lead = _A_FEE_OF.search(straight(sentence.text[: fee.start]))
    spans = {sentence.span(lead.start() if lead else fee.start, fee.end)}
    if since:
        spans.add(sentence.span(since.start, since.end))
    return frozenset(spans)


def _is_entry(text: str, fee: Found) -> bool:
    """Whether the text is no sentence but a list entry such as "Application: $10 CAD" that says nothing more."""
    before, after = text[: fee.start], text[fee.end :]
    return re.search(r"[:-]\s*$", before) is not None and subject(before) != "" and not re.search(r"\w", after)


def _from_table(block: Block, index: int, title: str, declaration: Fees, used: frozenset[Span]) -> Iterator[Draft]:
    for row in find_fee_rows(block.table, (title, *block.path), declaration.columns) if block.table else ():
        span = Span(block=index, row=row.row)
        if is_used(span, used) or matches_any(row.quote, declaration.ignore):
            continue
        since = next(filter(None, map(find_effective, (*row.dated, *block.path[-1:]))), None)
        yield _draft(
            _fee(row.found, row.quote, since.date if since else None, declaration),
            quote=row.quote,
            path=block.path,
            place=_place(row, block),
            row=True,
            spans=frozenset({span} if row.note is None else _beside(span, row.note, len(row.quote))),
        )


def _beside(row: Span, note: tuple[int, int], end: int) -> Iterator[Span]:
    """The row but for the note in it, which the rules tell."""
    yield replace(row, start=0, end=note[0])
    yield replace(row, start=note[1], end=end)


def _place(row: FeeRow, block: Block) -> str:
    caption = block.table.caption if block.table else ""
    return row.section or caption or next(iter(naming(block.path)[::-1]), "")


def _fee(found: Found, words: str, effective_on: dt.date | None, declaration: Fees) -> Fee:
    label = declared(found.label, words, declaration.labels) or one_spelling(found.label)
    return Fee(label=label, amount=found.amount, currency=found.currency, effective_on=effective_on)


def _draft(fee: Fee, **where: Any) -> Draft:
    return Draft(value=fee, label=fee.label, same=(fee.amount, fee.currency), **where)
