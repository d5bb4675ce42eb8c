"""Which of today's facts is which of the known ones: by key, and for rules and migrated draws by what they say."""

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from monitor.changes.kinds import is_scheduled
from monitor.changes.relabelling import NEAR_DAYS, redated, relabelled
from monitor.model import Draw, Fact, FactKind, KnownFact, Rule, digest, to_json
from monitor.pages.headings import naming

SAME_SECTION = 60.0
OTHER_SECTION = 80.0
"""Least likeness (0 to 100) of two wordings of one rule, under the same heading and under another."""
PLACED = frozenset({FactKind.FEE, FactKind.PROCESSING_TIME, FactKind.THRESHOLD, FactKind.DEADLINE})
"""Kinds whose equal labels are told apart by their place once their values differ."""


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
    draws = [(old, new) for old, new in pairs if old.kind == FactKind.DRAW and old.quote != new.quote]
    rule_pairs, rules_added, rules_missing = _align_rules(rules, new_rules, taken=set(before))
    return Alignment(
        pairs=(*pairs, *rule_pairs),
        added=(*added, *rules_added),
        missing=(*missing, *rules_missing),
        echoes=frozenset(
            (
                *_echoes(pairs, added, missing),
                *_told(rules_added, (*added, *(new for _, new in draws))),
                *_told(rules_missing, (*missing, *(old for old, _ in draws))),
                *_reread(rule_pairs, added, missing),
            )
        ),
    )


def _reread(reworded: Sequence[tuple[Fact, Fact]], added: Sequence[Fact], missing: Sequence[Fact]) -> Iterator[str]:
    """The facts that a sentence gives, or no longer gives, only because its words are others: its figures stayed."""
    changed = [(old, new) for old, new in reworded if _compared(old) != _compared(new)]
    same = [(old.quote, new.quote) for old, new in changed if _figures(old.quote) == _figures(new.quote)]
    before, after = {old for old, _ in same}, {new for _, new in same}
    yield from (fact.key for fact in added if fact.kind in PLACED and fact.quote in after)
    yield from (fact.key for fact in missing if fact.kind in PLACED and fact.quote in before)


def _figures(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _told(rules: Sequence[Fact], others: Sequence[Fact]) -> Iterator[str]:
    """The rules whose sentence another fact quotes that came, or went, with it, or a draw that reads otherwise now."""
    quotes = {fact.quote for fact in others}
    told = [fact.quote for fact in others if fact.kind == FactKind.DRAW]
    return (rule.key for rule in rules if rule.quote in quotes or any(rule.quote in quote for quote in told))


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
    for old, new in _migrated(missing, added):
        paired.append((old, _as_told_before(old, new)))
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

    The same place and meaning first, then the same place, the same meaning, the same key.
    """
    left, arrived = _by_label(known), _by_label(today)
    pairs: list[tuple[Fact, Fact]] = []
    for label in left.keys() & arrived.keys():
        olds, news = left[label], arrived[label]
        for same in (_same_fact, _same_path, _same_meaning, _same_key):
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


def _migrated(missing: Sequence[Fact], added: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """Draws under a new key: gone to another place of the page, or corrected in what their key is made of."""
    pairs: list[tuple[Fact, Fact]] = []
    for trait_of in (_result, _group, _all_but_date, _all_but_slip):
        left = [fact for fact in missing if all(fact is not old for old, _ in pairs)]
        arrived = [fact for fact in added if all(fact is not new for _, new in pairs)]
        found = _only_ones(left, arrived, trait_of)
        pairs += found if trait_of is not _all_but_slip else [pair for pair in found if _is_slip(*pair)]
    return pairs


def _as_told_before(old: Fact, new: Fact) -> Fact:
    """The draw of today; where it only went, now or before, to another place of the page, in the words it had there."""
    if not (isinstance(old.value, Draw) and isinstance(new.value, Draw)):
        return new
    if old.path == new.path and old.quote != new.quote:
        return new
    if _result(old.value) != _result(new.value):
        return new
    before = old.value
    kept = replace(new.value, selection=before.selection, score_text=before.score_text, stream=before.stream)
    return replace(new, value=replace(kept, category=before.category, occupations=before.occupations))


def _only_ones(
    missing: Sequence[Fact], added: Sequence[Fact], trait_of: Callable[[Draw], tuple[object, ...] | None]
) -> list[tuple[Fact, Fact]]:
    """The pairs that share a trait with no other draw, neither among those gone nor among those come."""
    arrived = defaultdict(list)
    for fact in added:
        arrived[_trait(fact, trait_of)].append(fact)
    left = defaultdict(list)
    for fact in missing:
        left[_trait(fact, trait_of)].append(fact)
    return [
        (gone[0], arrived[trait][0])
        for trait, gone in left.items()
        if trait is not None and len(gone) == 1 and len(arrived[trait]) == 1
    ]


def _trait(fact: Fact, trait_of: Callable[[Draw], tuple[object, ...] | None]) -> tuple[object, ...] | None:
    draw = fact.value
    if not isinstance(draw, Draw) or draw.number is not None or draw.date is None:
        return None
    return trait_of(draw)


def _result(draw: Draw) -> tuple[object, ...] | None:
    """The same day, result and program: told in a table first, in prose later."""
    if draw.invitations_text is None and draw.score_text is None:
        return None
    return (draw.kind, draw.date, draw.program, draw.score, draw.invitations_text)


def _group(draw: Draw) -> tuple[object, ...] | None:
    """The same day and group, whose selection names another number: "a minimum score of 139 points", now 140."""
    words = re.sub(r"\d+(?:[.,]\d+)*", "#", draw.selection or "")
    return (draw.kind, draw.date, draw.program, draw.stream, draw.category, words)


def _all_but_date(draw: Draw) -> tuple[object, ...] | None:
    """The same draw of another day: a slip of the date put right."""
    if draw.invitations is None or draw.score is None:
        return None
    return (draw.kind, draw.program, draw.stream, draw.category, draw.selection, draw.score, draw.invitations)


def _all_but_slip(draw: Draw) -> tuple[object, ...] | None:
    """The same draw of another day, where a count or score is no number ("<5", "N/A")."""
    if draw.invitations_text is None and draw.score_text is None:
        return None
    result = (draw.score_text, draw.invitations_text)
    return (draw.kind, draw.program, draw.stream, draw.category, draw.selection, *result)


def _is_slip(old: Fact, new: Fact) -> bool:
    """Whether two days are one misspelt: near each other, or alike but for the year or the month."""
    if not (isinstance(old.value, Draw) and isinstance(new.value, Draw) and old.value.date and new.value.date):
        return False
    one, other = old.value.date, new.value.date
    alike = one.day == other.day and (one.month == other.month or one.year == other.year)
    return alike or abs((one - other).days) <= NEAR_DAYS


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
    for fact in list(new):
        candidates = waiting.get(_wording(fact, by_section=by_section))
        if candidates:
            before = candidates.pop(0)
            pairs.append((before, replace(fact, key=before.key)))
            old.remove(before)
            new.remove(fact)
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
            floor = SAME_SECTION if _section(before) == _section(after) else OTHER_SECTION
            likeness = fuzz.ratio(_compared(before), _compared(after), score_cutoff=floor)
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


def _fresh_key(fact: Fact, taken: set[str]) -> str:
    """A lineage key not in use: the wording is back while its old lineage has gone on in other words."""
    stem = fact.key.rpartition("/")[0]
    number = 2
    while (key := f"{stem}/{digest(fact.key, str(number), length=10)}") in taken:
        number += 1
    return key
