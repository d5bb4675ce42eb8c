"""Which of today's facts is which of the known ones: by key, and for rules and migrated draws by what they say."""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from monitor.changes.kinds import is_scheduled
from monitor.changes.migration import as_told_before, migrated
from monitor.changes.relabelling import redated, relabelled, unnamed
from monitor.model import Fact, FactKind, KnownFact, Modality, Rule, digest, to_json
from monitor.pages.headings import naming

SAME_SECTION = 60.0
OTHER_SECTION = 80.0
"""Least likeness (0 to 100) of two wordings of one rule, under the same heading and under another."""
FEW_WORDS = 3
PLACED = frozenset({FactKind.FEE, FactKind.PROCESSING_TIME, FactKind.THRESHOLD, FactKind.DEADLINE})
"""Kinds whose equal labels are told apart by their place once their values differ."""
RETOLD = frozenset({FactKind.DRAW, *PLACED})
"""Kinds that tell what their sentence says, so that a new sentence for them is no rule that came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Today's facts sorted by what became of the known ones; every fact carries its lasting key.

    ``pairs``: (known, today) of the same thing, changed or not. ``missing``: known facts not on the page. ``echoes``:
    keys among those added or missing whose value only went from one place to another of the same label, as when one of
    two equal mentions changes, and of sentences that another fact tells: no news.
    """

    pairs: tuple[tuple[Fact, Fact], ...]
    added: tuple[Fact, ...]
    missing: tuple[Fact, ...]
    echoes: frozenset[str] = frozenset()


def align(known: Mapping[str, KnownFact], facts: Sequence[Fact]) -> Alignment:
    """Match today's facts to the known ones. Pure and independent of the order of ``known``."""
    before = {key: item.fact for key, item in known.items()}
    rules, others = _split(before.values(), FactKind.RULE)
    new_rules, new_others = _split(facts, FactKind.RULE)
    pairs, missing, added = _align_keyed(others, new_others)
    rule_pairs, rules_added, rules_missing = _align_rules(rules, new_rules, taken=set(before))
    restated = _restated(rule_pairs, missing, added)
    done = {id(fact) for pair in restated for fact in pair}
    missing, added = ([fact for fact in facts if id(fact) not in done] for facts in (missing, added))
    pairs += restated
    retold = [(old, new) for old, new in pairs if old.kind in RETOLD and old.quote != new.quote]
    return Alignment(
        pairs=(*pairs, *rule_pairs),
        added=(*added, *rules_added),
        missing=(*missing, *rules_missing),
        echoes=frozenset(
            (
                *_echoes(pairs, added, missing),
                *_told(rules_added, added, [new for _, new in retold]),
                *_told(rules_missing, missing, [old for old, _ in retold]),
                *_put_otherwise(rules_missing, rules_added, retold),
                *_only_reworded(restated),
                *_reread(rule_pairs, added, missing),
            )
        ),
    )


def _reread(reworded: Sequence[tuple[Fact, Fact]], added: Sequence[Fact], missing: Sequence[Fact]) -> Iterator[str]:
    """The facts that a sentence gives, or no longer gives, only because its words are others: its figures stayed."""
    for old, new in reworded:
        if _compared(old) != _compared(new) and _figures(old.quote) == _figures(new.quote):
            yield from (fact.key for fact in added if fact.kind in PLACED and _is_of(fact, new))
            yield from (fact.key for fact in missing if fact.kind in PLACED and _is_of(fact, old))


def _is_of(fact: Fact, rule: Fact) -> bool:
    """Whether the fact stands in the rule's words, which name the columns where they are a row."""
    if fact.quote == rule.quote or fact.path != rule.path:
        return fact.quote == rule.quote
    own, whole = (Counter(re.findall(r"\w+", item.quote)) for item in (fact, rule))
    return own <= whole and own.total() > whole.total() / 2


def _figures(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _restated(
    reworded: Sequence[tuple[Fact, Fact]], missing: Sequence[Fact], added: Sequence[Fact]
) -> list[tuple[Fact, Fact]]:
    """(known, today) of what a reworded sentence says by another name and with another number or unit."""
    pairs: list[tuple[Fact, Fact]] = []
    for old_rule, new_rule in reworded:
        gone = [fact for fact in missing if fact.kind in PLACED and _is_of(fact, old_rule)]
        come = [fact for fact in added if fact.kind in PLACED and _is_of(fact, new_rule)]
        scored = [
            (-fuzz.token_set_ratio(_label(old.key), _label(new.key)), i, j)
            for i, old in enumerate(gone)
            for j, new in enumerate(come)
            if old.kind == new.kind
        ]
        for _, i, j in sorted(scored):
            if all(gone[i] is not old and come[j] is not new for old, new in pairs):
                pairs.append((gone[i], come[j]))
    return pairs


def _only_reworded(restated: Sequence[tuple[Fact, Fact]]) -> Iterator[str]:
    """The facts whose number stayed while the sentence took other words, which is the sentence's change."""
    return (new.key for old, new in restated if unnamed(old.value) == unnamed(new.value))


def _put_otherwise(
    missing: Sequence[Fact], added: Sequence[Fact], retold: Sequence[tuple[Fact, Fact]]
) -> Iterator[str]:
    """The rules that only say in quite other words what a fact of theirs tells with both."""
    gone, come = ({rule.quote: rule.key for rule in rules} for rules in (missing, added))
    for old, new in retold:
        if old.quote in gone and new.quote in come and _meaning(old) != _meaning(new):
            yield from (gone[old.quote], come[new.quote])


def _told(rules: Sequence[Fact], others: Sequence[Fact], retold: Sequence[Fact]) -> Iterator[str]:
    """The rules whose sentence another fact quotes that came or went with it, or that has come to be told otherwise.

    ``retold``: facts of a table told in prose now and the like. Where such a sentence also binds, it is a rule as well.
    """
    quotes = {fact.quote for fact in others}
    draws = [fact.quote for fact in (*others, *retold) if fact.kind == FactKind.DRAW]
    figures = {fact.quote for fact in retold}
    for rule in rules:
        states = isinstance(rule.value, Rule) and rule.value.modality is Modality.IS
        if rule.quote in quotes or (states and rule.quote in figures) or any(rule.quote in quote for quote in draws):
            yield rule.key


def _align_keyed(
    known: Sequence[Fact], today: Sequence[Fact]
) -> tuple[list[tuple[Fact, Fact]], list[Fact], list[Fact]]:
    """(pairs, missing, added) of the facts that have a key of their own, each pair under its known key.

    Only what goes by another name now stands under the key of that name.
    """
    paired = _by_place(known, today)
    done = {id(fact) for pair in paired for fact in pair}
    by_key = {fact.key: fact for fact in known if id(fact) not in done}
    paired += [(by_key[fact.key], fact) for fact in today if id(fact) not in done and fact.key in by_key]
    done = {id(fact) for pair in paired for fact in pair}
    missing = [fact for fact in known if id(fact) not in done]
    added = list(
        _with_free_keys([fact for fact in today if id(fact) not in done], {fact.key for fact in known}, paired)
    )
    for old, new in migrated(missing, added):
        paired.append((old, as_told_before(old, new)))
        missing.remove(old)
        added.remove(new)
    renamed = [*relabelled(missing, added), *redated(missing, added)]
    gone = {id(fact) for pair in renamed for fact in pair}
    missing, added = ([fact for fact in facts if id(fact) not in gone] for facts in (missing, added))
    return [*((old, replace(new, key=old.key)) for old, new in paired), *renamed], missing, added


def _echoes(pairs: Sequence[tuple[Fact, Fact]], added: Sequence[Fact], missing: Sequence[Fact]) -> Iterator[str]:
    """The keys under which a value stands now, or stood, that another fact of the same label just left, or took."""
    changed = [(old, new) for old, new in pairs if old.kind in PLACED and _meaning(old) != _meaning(new)]
    left = {(_label(old.key), _meaning(old)) for old, _ in changed}
    taken = {(_label(new.key), _meaning(new)) for _, new in changed}
    yield from (fact.key for fact in added if (_label(fact.key), _meaning(fact)) in left)
    yield from (fact.key for fact in missing if (_label(fact.key), _meaning(fact)) in taken)


def _label(key: str) -> str:
    return key.partition("@")[0]


def _meaning(fact: Fact) -> str:
    return fact.compare if fact.compare is not None else to_json(fact.value)


def _split(facts: Iterable[Fact], kind: FactKind) -> tuple[list[Fact], list[Fact]]:
    chosen: list[Fact] = []
    rest: list[Fact] = []
    for fact in facts:
        (chosen if fact.kind == kind else rest).append(fact)
    return chosen, rest


def _by_place(known: Sequence[Fact], today: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """Pairs of facts whose label stands more than once, then or now: the place in a key depends on the others.

    The same words first, then the same place and meaning, the same place, the same meaning, the same key.
    """
    left, arrived = _by_label(known), _by_label(today)
    pairs: list[tuple[Fact, Fact]] = []
    for label in left.keys() & arrived.keys():
        olds, news = left[label], arrived[label]
        for same in (_same_words, _same_fact, _same_path, _same_meaning, _same_key):
            for new in list(news):
                old = next((old for old in olds if same(old, new)), None)
                if old is not None:
                    pairs.append((old, new))
                    olds.remove(old)
                    news.remove(new)
    return pairs


def _by_label(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind in PLACED and not is_scheduled(fact):
            groups[_label(fact.key)].append(fact)
    return groups


def _same_words(old: Fact, new: Fact) -> bool:
    return old.quote == new.quote and _same_fact(old, new)


def _same_fact(old: Fact, new: Fact) -> bool:
    return _same_path(old, new) and _same_meaning(old, new)


def _same_path(old: Fact, new: Fact) -> bool:
    return naming(old.path) == naming(new.path)


def _same_meaning(old: Fact, new: Fact) -> bool:
    return _meaning(old) == _meaning(new)


def _same_key(old: Fact, new: Fact) -> bool:
    return old.key == new.key


def _with_free_keys(added: Sequence[Fact], taken: Container[str], pairs: Sequence[tuple[Fact, Fact]]) -> Iterator[Fact]:
    """The new facts, those whose key an earlier fact keeps under the key that this one has on the page today."""
    free = {old.key: new.key for old, new in pairs if old.key != new.key and new.key not in taken}
    for fact in added:
        yield replace(fact, key=free.get(fact.key, f"{fact.key}-new")) if fact.key in taken else fact


def _align_rules(
    known: Sequence[Fact], today: Sequence[Fact], *, taken: set[str]
) -> tuple[list[tuple[Fact, Fact]], list[Fact], list[Fact]]:
    """Exact wordings first, same section before others; then the likeliest rewordings, best first."""
    old, new = list(known), list(today)
    pairs = [*_exact(old, new, by_section=True), *_exact(old, new, by_section=False), *_reworded(old, new)]
    added = []
    for fact in new:
        key = fact.key if fact.key not in taken else _fresh_key(fact, taken)
        taken.add(key)
        added.append(replace(fact, key=key))
    return pairs, added, old


def _exact(old: list[Fact], new: list[Fact], *, by_section: bool) -> list[tuple[Fact, Fact]]:
    """Pair equal wordings and take them out of both lists."""
    waiting: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for fact in sorted(old, key=lambda item: item.key):
        waiting[_wording(fact, by_section=by_section)].append(fact)
    pairs = []
    gone: set[int] = set()
    for fact in new:
        candidates = waiting.get(_wording(fact, by_section=by_section))
        if candidates:
            before = candidates.pop(0)
            pairs.append((before, replace(fact, key=before.key)))
            gone |= {id(before), id(fact)}
    old[:] = [fact for fact in old if id(fact) not in gone]
    new[:] = [fact for fact in new if id(fact) not in gone]
    return pairs


def _wording(fact: Fact, *, by_section: bool) -> tuple[str, ...]:
    text = _compared(fact)
    return (_section(fact), text) if by_section else (text,)


def _compared(fact: Fact) -> str:
    return fact.compare if fact.compare is not None else fact.quote


def _section(fact: Fact) -> str:
    return fact.value.section if isinstance(fact.value, Rule) else ""


def _reworded(old: list[Fact], new: list[Fact]) -> list[tuple[Fact, Fact]]:
    """Pair likely rewordings, likeliest first, and take them out of both lists."""
    scored = []
    for i, before in enumerate(old):
        for j, after in enumerate(new):
            together = _section(before) == _section(after)
            floor = SAME_SECTION if together else OTHER_SECTION
            likeness = fuzz.ratio(_compared(before), _compared(after), score_cutoff=floor)
            if not likeness and together and _goes_on(_compared(before), _compared(after)):
                likeness = floor
            if likeness:
                scored.append((-likeness, before.key, i, j))
    pairs = []
    gone_old: set[int] = set()
    gone_new: set[int] = set()
    for _, _, i, j in sorted(scored):
        if i not in gone_old and j not in gone_new:
            gone_old.add(i)
            gone_new.add(j)
            pairs.append((old[i], replace(new[j], key=old[i].key)))
    old[:] = [fact for i, fact in enumerate(old) if i not in gone_old]
    new[:] = [fact for j, fact in enumerate(new) if j not in gone_new]
    return pairs


def _goes_on(one: str, other: str) -> bool:
    """Whether one wording is the other with words put after or before it."""
    short, long = sorted((one, other), key=len)
    return len(short.split()) >= FEW_WORDS and (long.startswith(f"{short} ") or long.endswith(f" {short}"))


def _fresh_key(fact: Fact, taken: set[str]) -> str:
    """A lineage key not in use: the wording is back while its old lineage has gone on in other words."""
    stem = fact.key.rpartition("/")[0]
    number = 2
    while (key := f"{stem}/{digest(fact.key, str(number), length=10)}") in taken:
        number += 1
    return key
