"""Decides what an assumption for a claim should expect: of a known fact, else of a declared source, else of a person.

Candidates come best first; the drafting judges them and takes the first that the facts can tell something about.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from rapidfuzz import fuzz

from monitor.assess.patterns import split_key
from monitor.extractors.labels import row_label, subject, words_after, words_before
from monitor.model import Expect, FactKind, KnownFact, Occupation, Operator, Watch
from monitor.suggest.choosing import Choice, Shelf, best, candidates
from monitor.suggest.claims import Claim, Form
from monitor.suggest.draws import propose_draws, propose_route
from monitor.suggest.likeness import content
from monitor.suggest.matching import Facts, Match, find_match, occupations_of, occupations_titled
from monitor.suggest.numbers import iso_dates
from monitor.suggest.proposal import Confidence, Proposal
from monitor.suggest.vocabulary import COMMON, OFFICIAL
from monitor.suggest.wording import Wording, find_wording

_ABOUT = re.compile(
    r"\b(?:about|around|up to|within|under|less than|at most|no more than|roughly|nearly|as little)\b", re.IGNORECASE
)
_SAME_TITLE, _OTHER_TITLE = 85, 55
_FAR = 0.2
"""Facts of a publisher that much less likely than the best one are another matter with like words."""
_NEXT = 0.09
"""And its draws stand on a page of its own."""
_FITS = 0.4
"""How well a source's title must fit before a pattern is made up for it."""
_BY_WORDS = frozenset({FactKind.THRESHOLD, FactKind.OCCUPATION, FactKind.RULE, FactKind.DEADLINE, FactKind.FEE})
"""What official words can say where no typed fact does; that a page names a stream does not say that it is open."""
_WATCHED = {
    FactKind.FEE: ("fee",),
    FactKind.PROCESSING_TIME: ("processing_time",),
    FactKind.THRESHOLD: ("threshold", "rule"),
    FactKind.OCCUPATION: ("occupation", "rule"),
    FactKind.STREAM: ("stream", "notice", "rule"),
    FactKind.DRAW: ("draw",),
    FactKind.ALLOCATION: ("allocation", "notice"),
    FactKind.DEADLINE: ("deadline", "notice", "rule"),
    FactKind.RULE: ("rule",),
}


def propose(claim: Claim, shelf: Shelf, facts: Facts, now: datetime) -> Iterator[Proposal]:
    """Ways to write the assumption for a claim, best first; the last one always leaves it to a person."""
    choices = shelf.rank(claim)
    near = [choice for choice in choices if choice.publisher >= max(other.publisher for other in choices) - _FAR]
    if claim.kind == FactKind.DRAW:
        closest = max((choice.publisher for choice in choices), default=0)
        own = [choice for choice in choices if choice.publisher > closest - _NEXT]
        yield from propose_draws(claim, own, facts, now)
    elif claim.kind == FactKind.ALLOCATION:
        yield from _allocations(claim, choices)
    elif claim.kind == FactKind.OCCUPATION:
        yield from _occupations(claim, near if _names_list(claim) else shelf.everywhere(claim), facts)
    else:
        match = find_match(claim, near, facts, shelf)
        if match:
            yield from _of_match(claim, match, facts)
        elif claim.kind == FactKind.STREAM:
            yield from propose_route(claim, near, facts, shelf)
    wording = find_wording(claim, near, facts, shelf) if claim.kind in _BY_WORDS else None
    if wording:
        yield _of_wording(claim, wording)
    yield from _unread(claim, choices, facts)
    yield from _manual(claim, candidates(choices))


def _names_list(claim: Claim) -> bool:
    """Whether a claim speaks of one certain list, so that another publisher's list proves nothing."""
    text = claim.sentence.text
    return claim.form == Form.COUNT or re.search(r"\blists?\b|\bcategory\b|\bon it\b", text, re.IGNORECASE) is not None


def _of_match(claim: Claim, match: Match, facts: Facts) -> Iterator[Proposal]:
    item = match.item
    expected = _compared(claim)
    if claim.kind == FactKind.STREAM:
        expected = _status(claim)
    if expected is None:
        return
    pattern = _pattern(item, facts)
    expect = Expect(fact=pattern, operator=expected[0], operand=expected[1])
    yield Proposal(sources=(item.fact.source,), confidence=Confidence.HIGH, expect=expect)


def _allocations(claim: Claim, choices: Sequence[Choice]) -> Iterator[Proposal]:
    """A yearly quota is known by its year; the publisher's own pages name no other program's."""
    top = next((choice for choice in best(choices, most=4) if choice.reads), None)
    years = [date[:4] for date in iso_dates(claim.sentence.text)]
    if top is not None and years and claim.low is not None:
        expect = Expect(
            fact="allocation:*", where={"year": int(years[-1])}, operator=Operator.EQUALS, operand=plain(claim.low)
        )
        yield Proposal(sources=(top.source.id,), confidence=Confidence.MEDIUM, expect=expect)


def _pattern(item: KnownFact, facts: Facts) -> str:
    """The fact's own name; with its place when another fact of the source has the same name."""
    key = split_key(item.fact.key)
    twins = facts.get((item.fact.source, str(item.fact.kind)), ())
    alone = sum(split_key(other.fact.key).name == key.name for other in twins) == 1
    name = key.name if alone or not key.place else f"{key.name}@{key.place}"
    return f"{item.fact.kind}:{name}"


def _status(claim: Claim) -> tuple[Operator, Any]:
    if claim.form == Form.OPEN:
        return Operator.STATUS, "open"
    return Operator.ONE_OF, ("closed", "paused")


def _compared(claim: Claim) -> tuple[Operator, Any] | None:
    """Operator and operand for the number a claim states; times said roughly or as a limit are an upper bound."""
    low, high = claim.low, claim.high
    if claim.kind == FactKind.PROCESSING_TIME:
        return _compared_time(claim)
    amount = low if low is not None else high
    if amount is None:
        return None
    if low is not None and high is not None and low != high:
        return Operator.BETWEEN, (plain(low), plain(high))
    return Operator.EQUALS, _length(amount, claim) if claim.unit in _TIMES else plain(amount)


_TIMES = frozenset({"minutes", "hours", "days", "business_days", "weeks", "months", "years"})


def _compared_time(claim: Claim) -> tuple[Operator, Any] | None:
    low, high = claim.low, claim.high
    if low is not None and high is not None and low != high:
        return Operator.BETWEEN, (_length(low, claim), _length(high, claim))
    if high is None:
        return (Operator.AT_LEAST, _length(low, claim)) if low is not None else None
    rough = low is None or _ABOUT.search(claim.sentence.text) is not None
    return (Operator.AT_MOST if rough else Operator.EQUALS), _length(high, claim)


def plain(amount: Decimal) -> int | float:
    """An amount as TOML writes it."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _length(amount: Decimal, claim: Claim) -> str:
    said = claim.sentence.text[claim.start : claim.end].lower()
    if claim.unit == "months" and "year" in said:
        amount, words = amount / 12, "years"
    elif claim.unit == "minutes" and "hour" in said:
        amount, words = amount / 60, "hours"
    else:
        words = claim.unit.replace("_", " ")
    return f"{plain(amount)} {words.removesuffix('s') if amount == 1 else words}"


# ── Occupations ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _occupations(claim: Claim, choices: Sequence[Choice], facts: Facts) -> Iterator[Proposal]:
    if claim.form == Form.COUNT:
        yield from _counted_list(claim, choices, facts)
        return
    found = occupations_of(claim.codes, choices, facts)
    if claim.form == Form.TEER:
        yield from _teer(claim, found or occupations_titled(claim.subject, choices, facts))
    elif found and claim.form == Form.LISTED:
        yield _listed(claim, found[0])


def _listed(claim: Claim, item: KnownFact) -> Proposal:
    value = item.fact.value
    official = value.title if isinstance(value, Occupation) and value.title else ""
    where: dict[str, Any] = {"code": claim.codes[0]}
    likeness = fuzz.token_set_ratio(official.lower(), claim.title.lower()) if official and claim.title else 100
    if likeness < _OTHER_TITLE:
        where["title"] = f"{claim.title}*"
    confidence = Confidence.HIGH if likeness >= _SAME_TITLE else Confidence.MEDIUM
    expect = Expect(fact="occupation:*", where=where, operator=Operator.PRESENT, operand=True)
    return Proposal(sources=(item.fact.source,), confidence=confidence, expect=expect)


def _teer(claim: Claim, found: Sequence[KnownFact]) -> Iterator[Proposal]:
    if not found or claim.low is None:
        return
    source = Counter(item.fact.source for item in found).most_common(1)[0][0]
    codes = sorted(
        {it.fact.value.code for it in found if isinstance(it.fact.value, Occupation) and it.fact.source == source}
    )
    if set(claim.codes) - set(codes):
        # Said of all of them: a list that knows only some proves it of none.
        return
    where = {"code": codes if len(codes) > 1 else codes[0]}
    expect = Expect(fact="occupation:*", where=where, operator=Operator.EQUALS, operand=int(claim.low))
    yield Proposal(sources=(source,), confidence=Confidence.HIGH, expect=expect)


def _counted_list(claim: Claim, choices: Sequence[Choice], facts: Facts) -> Iterator[Proposal]:
    spoken = set(content(f"{claim.sentence.text} {claim.topic.near}"))
    for choice in choices:
        known = facts.get((choice.source.id, str(FactKind.OCCUPATION)), ())
        lists = {item.fact.value.list for item in known if isinstance(item.fact.value, Occupation)}
        named = [name for name in lists if (set(content(name)) - COMMON) & spoken]
        if named and claim.low is not None:
            name = max(named, key=lambda name: len(set(content(name)) & spoken))
            where = {"list": name} if len(lists) > 1 else {}
            expect = Expect(fact="occupation:*", where=where, operator=Operator.COUNT, operand=int(claim.low))
            yield Proposal(sources=(choice.source.id,), confidence=Confidence.MEDIUM, expect=expect)
            return


# ── Words, sources not read yet, and persons ──────────────────────────────────────────────────────────────────────────


def _of_wording(claim: Claim, wording: Wording) -> Proposal:
    expect = Expect(phrase=wording.phrase, operator=Operator.PRESENT, operand=True)
    watch = Watch(kinds=_WATCHED[claim.kind])
    source = wording.item.fact.source
    return Proposal(sources=(source,), confidence=Confidence.MEDIUM, expect=expect, watch=watch, firm=True)


def _unread(claim: Claim, choices: Sequence[Choice], facts: Facts) -> Iterator[Proposal]:
    """A pattern made of the guide's own words, for the best source if nothing is known of it yet."""
    closest = max((choice.publisher for choice in choices), default=0) - 0.03
    reading = [choice for choice in choices if choice.reads and choice.publisher >= closest]
    own = [choice for choice in reading if claim.kind in _TYPED and not choice.news]
    top = next((choice for choice in reading if _is_about(choice, claim)), own[0] if own else None)
    if top is None or facts.get((top.source.id, str(claim.kind))):
        return
    words = _label_words(claim)
    expected = _status(claim) if claim.kind == FactKind.STREAM else _compared(claim)
    if words and expected and claim.kind not in {FactKind.RULE, FactKind.OCCUPATION, FactKind.DEADLINE}:
        pattern = f"{claim.kind}:*{'*'.join(words)}*"
        expect = Expect(fact=pattern, operator=expected[0], operand=expected[1])
        yield Proposal(sources=(top.source.id,), confidence=Confidence.MEDIUM, expect=expect)


def _is_about(choice: Choice, claim: Claim) -> bool:
    """Whether a source's title is about the claim; a stream's state stands on its own page or among the news."""
    if claim.kind != FactKind.STREAM:
        return choice.title >= _FITS
    named = set(content(claim.title)) - COMMON
    return choice.news or (bool(named) and named <= set(content(choice.source.title)))


_TYPED = frozenset({FactKind.FEE, FactKind.PROCESSING_TIME})
"""Kinds of fact that few pages of a publisher are read for, so that one that is will do whatever its title."""
_NO_LABEL = frozenset(
    "fee cost point charge regular standard normal usual valid current new first adult year month day hour".split()  # noqa: SIM905 - a table of words
)


def _label_words(claim: Claim) -> list[str]:
    """The words by which an official page would label the number, as its extractors name it; empty when unclear."""
    label = claim.title if claim.kind == FactKind.STREAM else _label(claim)
    publishers = {word for name in claim.topic.publishers for word in content(name)}
    words = [word for word in content(label) if word not in _NO_LABEL and not word.isdigit()]
    kept = [word for word in dict.fromkeys(words) if word not in publishers]
    return kept[:3] if claim.kind == FactKind.FEE or set(kept) - COMMON else []


def _label(claim: Claim) -> str:
    text, cells = claim.subject, claim.sentence.cells
    if cells:
        return row_label(cells[0])
    said = claim.sentence.text[claim.start : claim.end]
    before, after = text[: text.find(said)], text[text.find(said) + len(said) :]
    nouns = list(re.finditer(r"\bfees?\b", before, re.IGNORECASE))
    named = (words_before(before[: nouns[-1].start()]) if nouns else "") or subject(before) or words_after(after)
    terms = " ".join(match[0] for match in OFFICIAL.finditer(before) if match[0].lower() not in COMMON)
    return (
        named
        if set(content(named)) - {word for name in claim.topic.publishers for word in content(name)}
        else (terms or " ".join(match[0] for match in OFFICIAL.finditer(text)))
    )


def _manual(claim: Claim, choices: Sequence[Choice]) -> Iterator[Proposal]:
    if not choices:
        return
    sources = tuple(choice.source.id for choice in choices)
    watch = Watch(kinds=_WATCHED[claim.kind], words=_watch_words(claim))
    yield Proposal(sources=sources, confidence=Confidence.LOW, watch=watch)


def _watch_words(claim: Claim) -> tuple[str, ...]:
    """The names a later change would have to mention: codes, the stream's name, else the longest official term."""
    if claim.codes:
        return claim.codes[:5]
    if claim.title:
        return (claim.title,)
    terms = {match[0].lower() for match in OFFICIAL.finditer(claim.sentence.text)} - COMMON
    return tuple(sorted(terms, key=lambda term: (-len(term), term))[:2])
