"""Rows and sentences that speak of the same thing by another name: the name changed, nothing came or went."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import product

from msgspec.structs import replace
from rapidfuzz import fuzz

from monitor.model import Deadline, Fact, Fee, Notice, ProcessingTime, Threshold, Value
from monitor.pages.dates import find_dates
from monitor.pages.headings import naming

ALIKE = 78.0
"""Least likeness (0 to 100) of two names of one thing."""
ALIKE_ALONE = 50.0
"""The same where nothing else under the heading has that value, neither among what went nor among what came."""

_MOVED_FROM = re.compile(
    r"\b(?:extended|moved|postponed|changed|delayed|deferred|brought forward)\b[^.;\d]{0,40}\bfrom\s$", re.IGNORECASE
)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
NEAR_DAYS = 10
"""Days further apart are of two things that happen to read alike."""
Labelled = Fee | ProcessingTime | Threshold | Deadline


def relabelled(missing: Sequence[Fact], added: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """(known, today) of facts whose name changed while their value and heading stayed; the likeliest pairs first.

    Then those whose value changed too, where only one under the heading went and came by that name but for its figures
    ("20 to 29 years", "18 to 29 years"), or by those figures and a shorter name ("number of family members 3", "family
    members 3"). Each fact of today stays under its own key, which is made of its name.
    """
    pairs = _alike(missing, added)
    for name_of in (_words, _figures):
        done = {id(fact) for pair in pairs for fact in pair}
        gone, come = (_by(name_of, [fact for fact in facts if id(fact) not in done]) for facts in (missing, added))
        pairs += [
            (olds[0], come[name][0])
            for name, olds in gone.items()
            if len(olds) == len(come.get(name, ())) == 1 and (name_of is _words or _is_shorter(olds[0], come[name][0]))
        ]
    return pairs


def _alike(missing: Sequence[Fact], added: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    gone, come = _by_value(missing), _by_value(added)
    scored = []
    for value in gone.keys() & come.keys():
        alone = len(gone[value]) == len(come[value]) == 1
        least = ALIKE_ALONE if alone else ALIKE
        for i, j in product(gone[value], come[value]):
            likeness = fuzz.ratio(_label(missing[i].value), _label(added[j].value), score_cutoff=least)
            if likeness:
                scored.append((-likeness, missing[i].key, i, j))
    pairs: list[tuple[Fact, Fact]] = []
    done_old: set[int] = set()
    done_new: set[int] = set()
    for _, _, i, j in sorted(scored):
        if i not in done_old and j not in done_new:
            done_old.add(i)
            done_new.add(j)
            pairs.append((missing[i], added[j]))
    return pairs


def redated(missing: Sequence[Fact], added: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """(known, today) of notices whose words stayed while their day moved a little, as feeds stamp a release anew."""
    pairs = []
    for old in missing:
        same = [new for new in added if _is_same_notice(old, new)]
        again = [other for other in missing if same and _is_same_notice(other, same[0])]
        if len(same) == len(again) == 1:
            pairs.append((old, same[0]))
    return pairs


def moved(missing: Sequence[Fact], added: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """(known, today) of deadlines where today's sentence says from which day they were moved."""
    pairs = []
    for new in added:
        days = {found.date for found in find_dates(new.quote) if _MOVED_FROM.search(new.quote[: found.start])}
        olds = [old for old in missing if isinstance(old.value, Deadline) and old.value.date in days]
        if isinstance(new.value, Deadline) and len(olds) == 1 and new.value.date not in days:
            pairs.append((olds[0], new))
    again = Counter(old.key for old, _ in pairs)
    return [pair for pair in pairs if again[pair[0].key] == 1]


def _is_same_notice(old: Fact, new: Fact) -> bool:
    one, other = old.value, new.value
    if not (isinstance(one, Notice) and isinstance(other, Notice)):
        return False
    if not (one.date and other.date and one.text) or (one.title, one.text) != (other.title, other.text):
        return False
    return abs((one.date - other.date).days) <= NEAR_DAYS


def _by_value(facts: Sequence[Fact]) -> dict[tuple[object, ...], list[int]]:
    """The places of the facts that have a name, by their heading and all of their value but the name."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, fact in enumerate(facts):
        value = unnamed(fact.value)
        if value is not None:
            groups[(naming(fact.path), value)].append(place)
    return groups


def _by(name_of: Callable[[str], object], facts: Sequence[Fact]) -> dict[tuple[object, ...], list[Fact]]:
    """The facts by their heading and a part of their name; those whose name has no figure are left out."""
    groups: dict[tuple[object, ...], list[Fact]] = defaultdict(list)
    for fact in facts:
        if _figures(_label(fact.value)):
            name = name_of(_label(fact.value))
            groups[fact.kind, naming(fact.path), name, getattr(fact.value, "unit", None)].append(fact)
    return groups


def _words(label: str) -> str:
    return _FIGURE.sub("#", label)


def _figures(label: str) -> tuple[str, ...]:
    return tuple(_FIGURE.findall(label))


def _is_shorter(old: Fact, new: Fact) -> bool:
    """Whether all words of one name stand in the other."""
    one, other = (set(re.findall(r"\w+", _label(fact.value))) for fact in (old, new))
    return one <= other or other <= one


def unnamed(value: Value) -> Value | None:
    """The value without its name; None for kinds that are not told by a name."""
    if isinstance(value, ProcessingTime):
        return replace(value, label="", text="")
    return replace(value, label="") if isinstance(value, Labelled) else None


def _label(value: Value) -> str:
    return value.label.casefold() if isinstance(value, Labelled) else ""
