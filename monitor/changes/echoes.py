"""What of an alignment is no news of its own, because another difference tells it: one edit, one event."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from monitor.changes.entries import Pair, sentences_of
from monitor.changes.kinds import PLACED, only_states
from monitor.changes.relabelling import unnamed
from monitor.changes.wording import plain_words
from monitor.model import Draw, Fact, FactKind, Notice, to_json


def meaning(fact: Fact) -> str:
    """What a fact says, as two versions of it are compared."""
    return fact.compare if fact.compare is not None else to_json(fact.value)


def wording(rule: Fact) -> str:
    """The words of a rule, as two versions of it are compared."""
    return rule.compare if rule.compare is not None else rule.quote


def label(key: str) -> str:
    """A key without the place that tells equal labels apart."""
    return key.partition("@")[0]


def swapped(pairs: Sequence[Pair], added: Sequence[Fact], missing: Sequence[Fact]) -> Iterator[str]:
    """The keys under which a value stands now, or stood, that another fact of the same label just left, or took."""
    changed = [(old, new) for old, new in pairs if old.kind in PLACED and meaning(old) != meaning(new)]
    left = {(label(old.key), meaning(old)) for old, _ in changed}
    taken = {(label(new.key), meaning(new)) for _, new in changed}
    yield from (fact.key for fact in added if (label(fact.key), meaning(fact)) in left)
    yield from (fact.key for fact in missing if (label(fact.key), meaning(fact)) in taken)


def told(rules: Sequence[Fact], others: Sequence[Fact], retold: Sequence[Fact]) -> Iterator[str]:
    """The rules whose sentence another fact quotes that came or went with it, or that has come to be told otherwise.

    ``retold``: facts of a table told in prose now and the like. Where such a sentence also binds, it is a rule as well.
    """
    quotes = {fact.quote for fact in others}
    draws = [fact.quote for fact in (*others, *retold) if fact.kind == FactKind.DRAW]
    figures = {fact.quote for fact in retold}
    for rule in rules:
        is_figure = only_states(rule) and rule.quote in figures
        if rule.quote in quotes or is_figure or any(rule.quote in quote for quote in draws):
            yield rule.key


def of_known_words(notices: Sequence[Fact], rules: Sequence[Fact], draws: Sequence[Fact]) -> Iterator[str]:
    """The notices that say nothing but what rules said that went: the entry of a draw that went with its sentence."""
    said = {plain_words(rule.quote) for rule in rules}
    titles = {heading for draw in draws if draw.kind == FactKind.DRAW for heading in draw.path}
    for notice in notices:
        words = [plain_words(sentence) for sentence in sentences_of(notice)]
        if isinstance(notice.value, Notice) and said.issuperset(words) and (words or notice.value.title in titles):
            yield notice.key


def gathered(rules: Sequence[Fact], notices: Sequence[Fact]) -> Iterator[str]:
    """The rules that came, or went, only because a notice that went, or came, owns their words."""
    said = {
        plain_words(sentence)
        for notice in notices
        if isinstance(notice.value, Notice)
        for sentence in sentences_of(notice)
    }
    yield from (rule.key for rule in rules if said and plain_words(rule.quote) in said)


def of_unread(standing: Sequence[Pair], reworded: Sequence[Pair], added: Sequence[Fact]) -> Iterator[str]:
    """What comes of an entry that tells its draw in no words we read: the draw tells it, or a rule that changed."""
    ruled = {new.quote for _, new in reworded}
    yield from (new.key for _, new in standing if new.quote in ruled)
    quotes = {new.quote for _, new in standing}
    notices = (fact for fact in added if isinstance(fact.value, Notice))
    yield from (notice.key for notice in notices if not quotes.isdisjoint(sentences_of(notice)))


def told_by_rules(pairs: Sequence[Pair], missing: Sequence[Fact], added: Sequence[Fact]) -> Iterator[str]:
    """The draws whose prose is only less or more because of a sentence of their entry that a rule tells.

    ``missing`` and ``added``: the rules that went, came, or were reworded.
    """
    for old, new in pairs:
        if isinstance(new.value, Draw) and old.value == new.value and old.compare != new.compare:
            # By the title alone: the pages keep the ranks of days and titles apart no better than this.
            beside = [[rule for rule in rules if set(rule.path[-1:]) & set(new.path)] for rules in (missing, added)]
            gone, come = ({word for rule in rules for word in _words(rule.quote)} for rules in beside)
            come |= _words(old.quote)
            before, after = _words(meaning(old)), _words(meaning(new))
            if any(beside) and before - after <= gone and after - before <= come:
                yield new.key


def named_elsewhere(pairs: Sequence[Pair], missing: Sequence[Fact], added: Sequence[Fact]) -> Iterator[str]:
    """The facts whose own words stayed and are read otherwise since others beside them came, went or changed.

    ``missing`` and ``added``: the rules that tell those. Words that change a unit or a currency are the fact's to tell.
    """
    for old, new in pairs:
        if old.kind not in PLACED or meaning(old) == meaning(new) or (old.quote, old.path) != (new.quote, new.path):
            continue
        if any(
            getattr(old.value, name, None) != getattr(new.value, name, None) for name in ("unit", "currency", "date")
        ):
            continue
        gone, come = ([rule for rule in rules if rule.path == new.path] for rules in (missing, added))
        own = _words(" ".join((new.quote, *new.path)))
        before, after = (_words(fact.key.partition("/")[2].replace("-", " ")) - own for fact in (old, new))
        told_before, told_after = ({word for rule in rules for word in _words(rule.quote)} for rules in (gone, come))
        if (gone or come) and before - after <= told_before and after - before <= told_after:
            yield new.key


def _words(text: str) -> set[str]:
    return set(plain_words(text).split())


def reread(reworded: Sequence[Pair], added: Sequence[Fact], missing: Sequence[Fact]) -> Iterator[str]:
    """The facts that a sentence gives, or no longer gives, only because its words are others: its figures stayed."""
    for old, new in reworded:
        if wording(old) != wording(new) and _figures(old.quote) == _figures(new.quote):
            yield from (fact.key for fact in added if fact.kind in PLACED and _is_of(fact, new))
            yield from (fact.key for fact in missing if fact.kind in PLACED and _is_of(fact, old))


def only_reworded(pairs: Sequence[Pair]) -> Iterator[str]:
    """The facts whose number stayed while the sentence took other words, which is the sentence's change."""
    return (new.key for old, new in pairs if unnamed(old.value) == unnamed(new.value) is not None)


def renamed_by(reworded: Sequence[Pair], pairs: Sequence[Pair]) -> list[Pair]:
    """The facts with another name because the sentence, or the notice, that they stand in has changed."""
    rules = {(old.quote, new.quote) for old, new in reworded if wording(old) != wording(new)}
    notices = [(old.quote, new.quote) for old, new in pairs if old.kind == FactKind.NOTICE and old.quote != new.quote]
    return [
        (old, new)
        for old, new in pairs
        if old.kind in PLACED
        and old.quote != new.quote
        and ((old.quote, new.quote) in rules or any(old.quote in one and new.quote in two for one, two in notices))
    ]


def restated(reworded: Sequence[Pair], missing: Sequence[Fact], added: Sequence[Fact]) -> list[Pair]:
    """(known, today) of what a reworded sentence says by another name and with another number or unit."""
    pairs: list[Pair] = []
    missing, added = ([fact for fact in facts if fact.kind in PLACED] for facts in (missing, added))
    for old_rule, new_rule in reworded if missing and added else ():
        gone = [fact for fact in missing if _is_of(fact, old_rule)]
        come = [fact for fact in added if _is_of(fact, new_rule)]
        scored = [
            (-fuzz.token_set_ratio(label(old.key), label(new.key)), i, j)
            for i, old in enumerate(gone)
            for j, new in enumerate(come)
            if old.kind == new.kind
        ]
        for _, i, j in sorted(scored):
            if all(gone[i] is not old and come[j] is not new for old, new in pairs):
                pairs.append((gone[i], come[j]))
    return pairs


def put_otherwise(missing: Sequence[Fact], added: Sequence[Fact], retold: Sequence[Pair]) -> list[Pair]:
    """(known, today) of the rules that say in quite other words what a fact of theirs tells with both values."""
    gone, come = ({rule.quote: rule for rule in rules} for rules in (missing, added))
    pairs: list[Pair] = []
    for old, new in retold:
        if old.quote in gone and new.quote in come and meaning(old) != meaning(new):
            pairs.append((gone.pop(old.quote), come.pop(new.quote)))
    return pairs


def _is_of(fact: Fact, rule: Fact) -> bool:
    """Whether the fact stands in the rule's words, which name the columns where they are a row."""
    if fact.quote == rule.quote or fact.path != rule.path:
        return fact.quote == rule.quote
    own, whole = (Counter(re.findall(r"\w+", item.quote)) for item in (fact, rule))
    return own <= whole and own.total() > whole.total() / 2


def _figures(text: str) -> list[str]:
    return re.findall(r"\d+", text)
