"""Finds official words that say what a claim says, when no typed fact does, and the short phrase to expect of them."""

import re
from collections.abc import Sequence

from msgspec import Struct

from monitor.assess.quotes import folded
from monitor.model import FactKind, KnownFact
from monitor.pages.wording import split_sentences, word_set
from monitor.suggest.choosing import Choice, Shelf
from monitor.suggest.claims import Claim, Form
from monitor.suggest.likeness import content, coverage
from monitor.suggest.matching import Facts
from monitor.suggest.vocabulary import is_negated

_KINDS = (
    FactKind.RULE,
    FactKind.NOTICE,
    FactKind.THRESHOLD,
    FactKind.OCCUPATION,
    FactKind.DEADLINE,
)
_WITH_NUMBER, _WITHOUT = 0.6, 0.72
_LEAST_WORDS = 3
_PHRASE_WORDS = 7
_LEAST_HITS = 2
_CODED = frozenset({Form.LISTED, Form.UNLISTED})
_GENERIC = word_set("program stream category application candidate official occupation")


class Wording(Struct, frozen=True, kw_only=True):
    """Official words like a claim's: where, how alike (0 to 1), and a phrase of them that decides."""

    item: KnownFact
    score: float
    phrase: str


def find_wording(claim: Claim, choices: Sequence[Choice], facts: Facts, shelf: Shelf) -> Wording | None:
    """The official sentence that says the same as the claim; None unless nearly all of its words stand there.

    A claim with a number needs that number; one without must be negated exactly when the official words are, for "can
    be selected without an offer" shares its words with the rule that says the opposite.
    """
    said = [word for word in content(claim.subject) if not word.isdigit() and word not in _GENERIC]
    anchor = _anchor(claim)
    if len(set(said)) < _LEAST_WORDS and not anchor:
        return None
    best: Wording | None = None
    for choice in choices:
        if not shelf.fits_title(choice.source.id, claim):
            continue
        for kind in _KINDS:
            for item in facts.get((choice.source.id, str(kind)), ()):
                found = _compare(claim, said, anchor, item)
                if found and (best is None or found.score > best.score):
                    best = found
    return best


def _anchor(claim: Claim) -> str | None:
    """The number or code as it would stand on the page; None when the claim holds none."""
    if claim.codes and claim.form in _CODED:
        return claim.codes[0]
    if claim.form in {Form.AMOUNT, Form.COUNT}:
        return claim.sentence.text[claim.start : claim.end].strip()
    return None


def _compare(claim: Claim, said: Sequence[str], anchor: str | None, item: KnownFact) -> Wording | None:
    """The likest sentence of an official text; a long text holds any word somewhere, so sentences count one by one."""
    place = content(" ".join(item.fact.path[-2:]))
    found = (_compare_sentence(claim, said, anchor, text, place) for text in split_sentences(item.fact.quote))
    best = max(filter(None, found), default=None)
    return Wording(item=item, score=best[0], phrase=best[1]) if best else None


def _compare_sentence(
    claim: Claim, said: Sequence[str], anchor: str | None, text: str, place: Sequence[str]
) -> tuple[float, str] | None:
    at = _find(text, anchor) if anchor else None
    if (anchor and at is None) or (anchor is None and is_negated(claim.sentence.text) != is_negated(text)):
        return None
    score = coverage(set(said), content(text), place)
    if score < (_WITH_NUMBER if anchor else _WITHOUT):
        return None
    if at is not None and claim.form in _CODED:
        return score, text[at[0] : at[1]]
    phrase = _phrase(text, at, set(said))
    return (score, phrase) if phrase else None


def _find(quote: str, anchor: str) -> tuple[int, int] | None:
    pattern = r"\s+".join(re.escape(part) for part in folded(anchor).split())
    match = re.search(rf"(?<![\w.,]){pattern}(?!\w|[.,]\d)", quote, re.IGNORECASE)
    return match.span() if match else None


def _phrase(quote: str, at: tuple[int, int] | None, said: set[str]) -> str:
    """Up to seven words of the official text side by side, around the number, with most of the claim's words."""
    spans = [match.span() for match in re.finditer(r"\S+", quote)]
    windows = []
    for first in range(len(spans)):
        for last in range(first + 1, min(first + _PHRASE_WORDS, len(spans))):
            start, end = spans[first][0], spans[last][1]
            inside = quote[start:end]
            if (at is None or (start <= at[0] and at[1] <= end)) and not re.search(r"[;:|•.]\s", inside):
                hits = len(set(content(inside)) & said)
                windows.append((hits, -(last - first), inside.strip(" .,;:()")))
    hits, _, phrase = max(windows, default=(0, 0, ""))
    return phrase if hits >= (_LEAST_HITS if at else _LEAST_WORDS) else ""
