"""Which of today's facts is which of the known ones: by key, and for rules and migrated draws by what they say."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from rapidfuzz import fuzz

from monitor.changes import echoes, entries, rows
from monitor.changes.echoes import label, meaning, wording
from monitor.changes.entries import Pair
from monitor.changes.kinds import PLACED, RETOLD, is_scheduled
from monitor.changes.migration import as_told_before, migrated
from monitor.changes.relabelling import moved, redated, relabelled
from monitor.model import Fact, FactKind, KnownFact, Rule, digest
from monitor.pages.headings import naming

SAME_SECTION = 60.0
OTHER_SECTION = 80.0
"""Least likeness (0 to 100) of two wordings of one rule, under the same heading and under another."""
FEW_WORDS = 3


class Alignment(Struct, frozen=True, kw_only=True):
    """Today's facts sorted by what became of the known ones; every fact carries its lasting key.

    ``pairs``: (known, today) of the same thing, changed or not; the known fact twice if nothing of it changed.
    ``missing``: known facts not on the page. ``echoes``: keys among those added or missing whose value only went from
    one place to another of the same label, as when one of two equal mentions changes, and of sentences that another
    fact tells: no news.
    """

    pairs: tuple[Pair, ...]
    added: tuple[Fact, ...]
    missing: tuple[Fact, ...]
    echoes: frozenset[str] = frozenset()

    @property
    def differing(self) -> list[Pair]:
        """Those of the pairs whose fact today is not in every word and figure the known one."""
        return _differing(self.pairs)


def align(known: Mapping[str, KnownFact], facts: Sequence[Fact]) -> Alignment:
    """Match today's facts to the known ones. Pure and independent of the order of ``known``."""
    before = {key: item.fact for key, item in known.items()}
    rules, others = _split(before.values(), FactKind.RULE)
    new_rules, new_others = _split(facts, FactKind.RULE)
    pairs, missing, added = _align_keyed(others, new_others)
    rule_pairs, rules_added, rules_missing = _align_rules(rules, new_rules, taken=set(before))
    restated = echoes.restated(rule_pairs, missing, added)
    standing = entries.standing(missing, before.values(), facts)
    missing, added = _without([*restated, *standing], missing, added)
    pairs = entries.with_unread_words([*pairs, *restated, *standing], before.values(), facts)
    retold = [(old, new) for old, new in pairs if old.kind in RETOLD and old.quote != new.quote]
    put_otherwise = echoes.put_otherwise(rules_missing, rules_added, retold)
    rules_missing, rules_added = _without(put_otherwise, rules_missing, rules_added)
    rule_pairs += [(old, _as_known(old, new)) for old, new in put_otherwise]
    edits = _differing(rule_pairs)
    told = {
        *echoes.told(rules_added, added, [new for _, new in retold]),
        *echoes.told(rules_missing, missing, [old for old, _ in retold]),
    }
    reworded = [(old, new) for old, new in edits if wording(old) != wording(new)]
    rules_told = (
        [*(rule for rule in rules_missing if rule.key not in told), *(old for old, _ in reworded)],
        [*(rule for rule in rules_added if rule.key not in told), *(new for _, new in reworded)],
    )
    return Alignment(
        pairs=(*pairs, *rule_pairs),
        added=(*added, *rules_added),
        missing=(*missing, *rules_missing),
        echoes=frozenset(
            (
                *echoes.swapped(pairs, added, missing),
                *told,
                *echoes.gathered(rules_added, missing),
                *echoes.gathered(rules_missing, added),
                *echoes.of_known_words(added, rules_missing, missing),
                *echoes.of_unread(standing, rule_pairs, added),
                *echoes.told_by_rules(pairs, *rules_told),
                *echoes.named_elsewhere(pairs, *rules_told),
                *echoes.only_reworded([*restated, *echoes.renamed_by(edits, pairs)]),
                *echoes.only_reworded(rows.named_by_codes(pairs, (*added, *missing))),
                *rows.told_by_figures((*rules_added, *rules_missing), (*added, *missing)),
                *rows.valued(edits, added, missing),
                *rows.moved_with_fees(edits, pairs),
                *echoes.reread(edits, added, missing),
            )
        ),
    )


def first_facts(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The facts of a page of which nothing is known: what ``align`` would add, without looking for what it was."""
    rules, others = _split(facts, FactKind.RULE)
    return (*others, *_with_lasting_keys(rules, set()))


def _as_known(old: Fact, new: Fact) -> Fact:
    """Today's fact under its known key; the known one itself where they say the same in the same words and place."""
    if (old.value, old.quote, old.path, old.compare) == (new.value, new.quote, new.path, new.compare):
        return old
    return replace(new, key=old.key)


def _differing(pairs: Iterable[Pair]) -> list[Pair]:
    return [(old, new) for old, new in pairs if old is not new]


def _without(pairs: Sequence[Pair], known: Sequence[Fact], today: Sequence[Fact]) -> tuple[list[Fact], list[Fact]]:
    """(known, today) less what these pairs hold."""
    done = {id(fact) for pair in pairs for fact in pair}
    return [fact for fact in known if id(fact) not in done], [fact for fact in today if id(fact) not in done]


def _align_keyed(known: Sequence[Fact], today: Sequence[Fact]) -> tuple[list[Pair], list[Fact], list[Fact]]:
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
    renamed = [*relabelled(missing, added), *redated(missing, added), *moved(missing, added)]
    gone = {id(fact) for pair in renamed for fact in pair}
    missing, added = ([fact for fact in facts if id(fact) not in gone] for facts in (missing, added))
    return [*((old, _as_known(old, new)) for old, new in paired), *renamed], missing, added


def _split(facts: Iterable[Fact], kind: FactKind) -> tuple[list[Fact], list[Fact]]:
    chosen: list[Fact] = []
    rest: list[Fact] = []
    for fact in facts:
        (chosen if fact.kind == kind else rest).append(fact)
    return chosen, rest


def _by_place(known: Sequence[Fact], today: Sequence[Fact]) -> list[Pair]:
    """Pairs of facts whose label stands more than once, then or now: the place in a key depends on the others.

    The same words first, then the same place and meaning, the same place, the same meaning, the same key.
    """
    left, arrived = _by_label(known), _by_label(today)
    pairs: list[Pair] = []
    for name in left.keys() & arrived.keys():
        olds, news = left[name], arrived[name]
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
            groups[label(fact.key)].append(fact)
    return groups


def _same_words(old: Fact, new: Fact) -> bool:
    return old.quote == new.quote and _same_fact(old, new)


def _same_fact(old: Fact, new: Fact) -> bool:
    return _same_path(old, new) and _same_meaning(old, new)


def _same_path(old: Fact, new: Fact) -> bool:
    return naming(old.path) == naming(new.path)


def _same_meaning(old: Fact, new: Fact) -> bool:
    return meaning(old) == meaning(new)


def _same_key(old: Fact, new: Fact) -> bool:
    return old.key == new.key


def _with_free_keys(added: Sequence[Fact], taken: Container[str], pairs: Sequence[Pair]) -> Iterator[Fact]:
    """The new facts, those whose key an earlier fact keeps under the key that this one has on the page today."""
    free = {old.key: new.key for old, new in pairs if old.key != new.key and new.key not in taken}
    for fact in added:
        yield replace(fact, key=free.get(fact.key, f"{fact.key}-new")) if fact.key in taken else fact


def _align_rules(
    known: Sequence[Fact], today: Sequence[Fact], *, taken: set[str]
) -> tuple[list[Pair], list[Fact], list[Fact]]:
    """Exact wordings first, same section before others; then the likeliest rewordings, best first."""
    old, new = list(known), list(today)
    pairs = [*_exact(old, new, by_section=True), *_exact(old, new, by_section=False), *_reworded(old, new)]
    return pairs, _with_lasting_keys(new, taken), old


def _with_lasting_keys(rules: Sequence[Fact], taken: set[str]) -> list[Fact]:
    """Rules never seen before, each under a key that none has and none of those ``taken`` is."""
    kept = []
    for fact in rules:
        key = fact.key if fact.key not in taken else _fresh_key(fact, taken)
        taken.add(key)
        kept.append(fact if key == fact.key else replace(fact, key=key))
    return kept


def _exact(old: list[Fact], new: list[Fact], *, by_section: bool) -> list[Pair]:
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
            pairs.append((before, _as_known(before, fact)))
            gone |= {id(before), id(fact)}
    old[:] = [fact for fact in old if id(fact) not in gone]
    new[:] = [fact for fact in new if id(fact) not in gone]
    return pairs


def _wording(fact: Fact, *, by_section: bool) -> tuple[str, ...]:
    text = wording(fact)
    return (_section(fact), text) if by_section else (text,)


def _section(fact: Fact) -> str:
    return fact.value.section if isinstance(fact.value, Rule) else ""


def _reworded(old: list[Fact], new: list[Fact]) -> list[Pair]:
    """Pair likely rewordings, likeliest first, and take them out of both lists."""
    scored = []
    for i, before in enumerate(old):
        for j, after in enumerate(new):
            together = _section(before) == _section(after)
            floor = SAME_SECTION if together else OTHER_SECTION
            likeness = fuzz.ratio(wording(before), wording(after), score_cutoff=floor)
            if not likeness and together and _goes_on(wording(before), wording(after)):
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
