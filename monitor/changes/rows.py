"""Rows of tables told by their figures: the rule that such a row is too comes, or goes, with them and is no news."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from monitor.changes.entries import Pair
from monitor.changes.kinds import PLACED, only_states
from monitor.model import Fact, FactKind, to_json

_FIGURE = re.compile(r"\d[\d,.]*")
_WORD = re.compile(r"\w+")
Rows = dict[tuple[tuple[str, ...], str], list[Fact]]


def told_by_figures(rules: Sequence[Fact], facts: Sequence[Fact]) -> Iterator[str]:
    """The keys of those rules that are the row of one of these facts, which came or went with a figure in it.

    "Region: North; Place: Town; Wage: $31" where the wage is new; "Occupation: Welders; Wage: Prevailing wage" where a
    sum took the place of the words. A row that also binds a reader is a rule all the same.
    """
    rows = _by_row(fact for fact in facts if fact.kind in PLACED or fact.kind == FactKind.OCCUPATION)
    for rule in rules:
        if only_states(rule) and _is_row_of(rows, rule):
            yield rule.key


def valued(rules: Sequence[Pair], added: Sequence[Fact], missing: Sequence[Fact]) -> Iterator[str]:
    """The keys of rows in which a figure took the place of words, or words that of a figure, and that is all."""
    come, gone = (_by_row(fact for fact in facts if fact.kind in PLACED) for facts in (added, missing))
    for old, new in rules if come or gone else ():
        one, two = (set(_WORD.findall(fact.compare or fact.quote)) for fact in (old, new))
        if only_states(new) and ((two < one and _is_row_of(come, new)) or (one < two and _is_row_of(gone, old))):
            yield new.key


def named_by_codes(pairs: Sequence[Pair], facts: Sequence[Fact]) -> list[Pair]:
    """The figures with another name because their row names other occupations now, which is told of those."""
    quotes = {fact.quote for fact in facts if fact.kind == FactKind.OCCUPATION}
    return [(old, new) for old, new in pairs if old.kind in PLACED and not quotes.isdisjoint({old.quote, new.quote})]


def moved_with_fees(rules: Sequence[Pair], pairs: Sequence[Pair]) -> Iterator[str]:
    """The keys of rows of which a fee has another amount now, and which only say what that is made of.

    "Processing fee ($950) and right of permanent residence fee ($575)" beside 1,525: the amount tells it.
    """
    rows = _by_row(new for old, new in pairs if old.kind == FactKind.FEE and to_json(old.value) != to_json(new.value))
    for old, new in rules if rows else ():
        if _wording(old) == _wording(new) and _is_row_of(rows, new):
            yield new.key


def _by_row(facts: Iterable[Fact]) -> Rows:
    """The facts by their headings and the word that their row begins with."""
    rows: Rows = defaultdict(list)
    for fact in facts:
        rows[fact.path, _first_word(fact.quote)].append(fact)
    return rows


def _first_word(text: str) -> str:
    found = _WORD.search(text)
    return found[0] if found else ""


def _wording(rule: Fact) -> str:
    return _FIGURE.sub("#", rule.quote)


def _is_row_of(rows: Rows, rule: Fact) -> bool:
    """Whether one of the facts is the rule's row: its first cell, and no words that are not in the rule's."""
    name, _, rest = rule.quote.partition("; ")
    first = " ".join(name.partition(": ")[2].split())
    if not rest or not first:
        return False
    said = set(_WORD.findall(rest))
    return any(
        fact.quote.startswith(first)
        and {word for word in _WORD.findall(fact.quote[len(first) :]) if not word.isdigit()} <= said
        for fact in rows.get((rule.path, _first_word(first)), ())
    )
