"""Whether a reworded rule asks more of its reader, or less: by its force, its bounds, its negations."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from monitor.model import Fact, Modality, Rule, Strictness, Threshold

_FORCE = {Modality.MAY: 1, Modality.SHOULD: 2, Modality.MUST: 3}
"""How much the modalities that tell somebody to do a thing ask."""

_FORBIDDING = {
    (Modality.MAY, Modality.MUST_NOT): 1,
    (Modality.IS, Modality.MUST_NOT): 1,
    (Modality.SHOULD, Modality.MUST_NOT): 1,
    (Modality.MUST, Modality.MUST_NOT): 1,
    (Modality.MUST_NOT, Modality.MAY): -1,
    (Modality.MUST_NOT, Modality.IS): -1,
    (Modality.IS, Modality.MUST): 1,
    (Modality.IS, Modality.SHOULD): 1,
}
"""Changes of force that no scale orders: a ban said or lifted, a statement that became a duty."""

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*|[$%+<>\u2264\u2265]")
_COUNTED = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
_NUMBERS = {word: number for number, word in enumerate(_COUNTED.split())} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "once": 1,
    "twice": 2,
}
_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
_PLAIN = r"(?<!\bno )(?<!\bnot )(?<!\bnot be )(?<!cannot be )(?<!never be )"
_FLOOR_BEFORE = re.compile(
    r"(?:at least|(?:a )?minimum(?: \w+){0,4}?|(?:no|not) (?:less|fewer|lower|earlier) than"
    rf"|(?:must|should|to|you|and) exceed|over|above|{_PLAIN}(?:more|greater|higher) than|after|\u2265|>)"
    r" (?:of |is |be |an? )?$"
)
_CEILING_BEFORE = re.compile(
    r"(?:at most|(?:a )?maximum(?: \w+){0,4}?|(?:no|not) (?:more|greater|higher|later|longer) than"
    r"|(?:not|never|cannot) (?:be more than|exceed)|up to|within|under|below|\u2264|<"
    rf"|{_PLAIN}(?:less|fewer|lower) than)"
    r" (?:of |is |be |an? |the (?:last |past |previous )?)?$"
)
_FLOOR_AFTER = re.compile(
    r"^ ?(?:\+|(?:\$ )?(?:\w+ ){0,4}?(?:or|and) (?:more|higher|above|over|greater|older|better|longer)\b|minimum\b)"
)
_CEILING_AFTER = re.compile(
    r"^ ?(?:\w+ ){0,4}?(?:or|and) (?:less|fewer|lower|below|under|younger|shorter|earlier)\b|^ ?maximum\b"
)
_PLAIN_CONDITIONS = re.compile(r"(?:less|fewer|lower|more|greater|higher) than |(?:under|below|over|above) $")
_REFUSES = re.compile(
    r"\b(?:not|cannot|can't|never|ineligible|refuse[ds]?|reject(?:ed|s)?|excluded?|disqualified|no longer)\b"
)
_NOT_BOUND = re.compile(r"\b(?:not|no|never|cannot) (?:be )?(?:less|fewer|lower|more|greater|higher|exceed|later)\b")

_STRICT_WORDS = frozenset(
    {"not", "no", "never", "cannot", "can't", "neither", "nor", "only", "ineligible", "mandatory", "required"}
    | {"prohibited", "solely", "exclusively", "both", "all", "every", "refused"}
)
_LOOSE_WORDS = frozenset(
    {"optional", "exempt", "exempted", "waived", "waiver", "recommended", "encouraged", "unless", "except", "either"}
    | {"any"}
)
_FREEING = re.compile(
    r"\b(?:not|no longer|never)(?: \w+)? (?:required?|mandatory|necessary|needed?|oblige\w*|have to|apply|charged?)"
    r"|\b(?:do|does|did|will)(?: not|n't) (?:need|have|require|apply)\b|\bneed not\b|\bno (?:fee|cost|charge|limit)\b"
)


def strictness_between(old: Fact, new: Fact) -> Strictness | None:
    """How a changed fact's words compare: always said of rules, of other numbers where their words say it."""
    if isinstance(old.value, Rule) and isinstance(new.value, Rule):
        return strictness_of(old.value, new.value)
    if not isinstance(new.value, Threshold):
        return None
    before, after = (Rule(section="", text=fact.quote, modality=Modality.IS) for fact in (old, new))
    found = strictness_of(before, after)
    return None if found is Strictness.UNKNOWN else found


def strictness_of(old: Rule, new: Rule) -> Strictness:
    """Whether the new wording is stricter or looser; unknown when nothing says so, or when two things disagree."""
    signs = {sign for sign in _signs(old, new) if sign}
    if signs == {1}:
        return Strictness.STRICTER
    return Strictness.LOOSER if signs == {-1} else Strictness.UNKNOWN


def _signs(old: Rule, new: Rule) -> Iterator[int]:
    """+1 for everything that asks more, -1 for everything that asks less."""
    before, after = _words(old.text), _words(new.text)
    freed = len(_FREEING.findall(" ".join(after))) - len(_FREEING.findall(" ".join(before)))
    force = _force(old.modality, new.modality) if old.modality is not new.modality else 0
    yield force
    if freed:
        # "not required" asks less although a negation came: the words alone would say the opposite.
        yield -1 if freed > 0 else 1
        return
    yield from _numbers(before, after)
    if not force:
        yield from _negations(before, after)


def _force(old: Modality, new: Modality) -> int:
    if old in _FORCE and new in _FORCE:
        return 1 if _FORCE[new] > _FORCE[old] else -1
    return _FORBIDDING.get((old, new), 0)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("\u2019", "'"))


def _negations(before: Sequence[str], after: Sequence[str]) -> Iterator[int]:
    gone, come = _difference(before, after)
    for word in come:
        yield (word in _STRICT_WORDS or word.endswith("n't")) - (word in _LOOSE_WORDS)
    for word in gone:
        yield (word in _LOOSE_WORDS) - (word in _STRICT_WORDS or word.endswith("n't"))
    if (gone, come) in ((["and"], ["or"]), (["or"], ["and"])):
        yield -1 if come == ["or"] else 1


def _difference(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words that went and those that came; a word that only stands elsewhere now is neither."""
    gone: list[str] = []
    come: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += before[i1:i2]
            come += after[j1:j2]
    return [word for word in gone if word not in come], [word for word in come if word not in gone]


def _numbers(before: Sequence[str], after: Sequence[str]) -> Iterator[int]:
    """The direction of each number that moved, where the words around it say which way is harder."""
    olds, news = _amounts(before), _amounts(after)
    if len(olds) != len(news):
        return
    for (i, was, unit), (j, now, other) in zip(olds, news, strict=True):
        if (unit in _DAYS) != (other in _DAYS) or was is None or now is None:
            continue
        moved = now * _DAYS.get(other, 1) - was * _DAYS.get(unit, 1)
        bound = _bound(after, j)
        if moved and bound and bound == _bound(before, i):
            yield bound if moved > 0 else -bound


def _amounts(words: Sequence[str]) -> list[tuple[int, float | None, str]]:
    """(position, number, unit of time behind it) of each number in the words."""
    found: list[tuple[int, float | None, str]] = []
    for place, word in enumerate(words):
        number = _number(word)
        if number is None or (word == "one" and place and words[place - 1] in {"no", "any", "each", "this", "only"}):
            continue
        behind = [following.rstrip("s") for following in words[place + 1 : place + 3]]
        found.append((place, number, next((unit for unit in behind if unit in _DAYS), "")))
    return found


def _number(word: str) -> float | None:
    if word[0].isdigit():
        plain = word.replace(",", "")
        return float(plain) if plain.count(".") <= 1 else None
    return _NUMBERS.get(word)


def _bound(words: Sequence[str], place: int) -> int:
    """+1 where raising the number there asks more (a minimum), -1 for less (a maximum), 0 where nobody says."""
    ahead = " ".join(words[max(place - 8, 0) : place]).removesuffix("$").rstrip() + " "
    behind = " " + " ".join(words[place + 1 : place + 8])
    floor, ceiling = _FLOOR_BEFORE.search(ahead), _CEILING_BEFORE.search(ahead)
    side = bool(floor or _FLOOR_AFTER.search(behind)) - bool(ceiling or _CEILING_AFTER.search(behind))
    found = floor or ceiling
    if found and _PLAIN_CONDITIONS.search(found[0]) and not _NOT_BOUND.search(found[0]):
        # "With less than 12 months you are not eligible" is a minimum said the other way round.
        whole = _NOT_BOUND.sub(" ", " ".join(words))
        return -side if _REFUSES.search(whole) else side
    return side
