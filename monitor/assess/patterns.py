"""Decides whether a fact's key fits a guide's fact pattern, and whether a value fits a ``where`` filter."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fnmatch import translate
from functools import lru_cache
from typing import Any

from msgspec import Struct

from monitor.model import VALUE_TYPES, FactKind, JsonObject, KnownFact

_KINDS = {str(kind): kind for kind in FactKind}


class Key(Struct, frozen=True, kw_only=True):
    """The parts of ``<kind>:<source>/<name>[@<place>]``; ``place`` is empty when the key has none."""

    kind: str
    source: str
    name: str
    place: str


@lru_cache(maxsize=8192)
def split_key(key: str) -> Key:
    """The parts of a fact's key."""
    kind, _, rest = key.partition(":")
    source, _, slug = rest.partition("/")
    name, _, place = slug.partition("@")
    return Key(kind=kind, source=source, name=name, place=place)


def pattern_kind(pattern: str) -> FactKind | None:
    """The kind of fact a pattern asks for; None when it names none that exists."""
    kind = pattern.partition(":")[0].strip().lower()
    return _KINDS.get(kind)


def match_pattern(pattern: str, key: str) -> bool:
    """Whether a key fits: kinds equal, and the glob fits what follows ``<kind>:<source>/``, in any letter case.

    A glob with ``/`` must fit ``<source>/<name>``. The key's ``@place`` takes part only if the pattern holds ``@``
    (interface, "Keys").
    """
    kind, _, glob = pattern.partition(":")
    parts = split_key(key)
    if kind.strip().lower() != parts.kind.lower():
        return False
    return _fits(glob.strip(), parts)


def _fits(glob: str, parts: Key) -> bool:
    name = f"{parts.name}@{parts.place}" if "@" in glob and parts.place else parts.name
    return match_glob(glob, f"{parts.source}/{name}" if "/" in glob else name)


def match_glob(glob: str, text: str) -> bool:
    """Whether a shell-style glob fits the whole text, in any letter case."""
    return _compiled(glob.lower()).match(text.lower()) is not None


@lru_cache(maxsize=8192)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob))


@lru_cache(maxsize=8192)
def _word_pattern(word: str) -> re.Pattern[str]:
    # Plural endings count as the same word; longer words (tech, technicians) do not.
    inner = r"\s+".join(re.escape(part) for part in word.lower().split()).replace(r"\*", r"\w*")
    return re.compile(rf"(?<!\w){inner}(?:s|es|['\u2019]s)?(?!\w)")


def find_word(words: Sequence[str], text: str) -> str | None:
    """The first of these words or phrases that stands in the text as whole words, ``*`` for any ending."""
    lowered = text.lower()
    return next((word for word in words if word.strip() and _word_pattern(word).search(lowered)), None)


def unknown_fields(kind: FactKind, where: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in a filter that no value of this kind has."""
    known = VALUE_TYPES[kind].__struct_fields__
    return tuple(name for name in where if name not in known)


def match_where(where: Mapping[str, Any], value: JsonObject) -> bool:
    """Whether a plain value passes every filter: equal, or one of a list, or in a listed field; text may be a glob."""
    return all(name in value and match_field(wanted, value[name]) for name, wanted in where.items())


def filter_facts(
    where: Mapping[str, Any], facts: Iterable[KnownFact], plain: Callable[[KnownFact], JsonObject]
) -> list[KnownFact]:
    """The facts whose value passes every filter; ``plain`` gives the plain value of one."""
    # A filter looks at a field or two, and a thousand draws have a dozen categories: each is compared once.
    decided: dict[tuple[object, ...], bool] = {}
    found = []
    names = tuple(where)
    for item in facts:
        value = item.fact.value
        seen = tuple([getattr(value, name, None) for name in names])
        if seen not in decided:
            decided[seen] = match_where(where, plain(item))
        if decided[seen]:
            found.append(item)
    return found


def match_field(wanted: Any, actual: Any) -> bool:
    """Whether one field is what a filter wants; of two lists, whether they share an element."""
    if type(wanted) is str and type(actual) is str and not _SPECIAL.search(wanted):
        # By far the most common filter, a plain word against another.
        return wanted == actual or wanted.casefold().split() == actual.casefold().split()
    if isinstance(wanted, list | tuple):
        return any(match_field(item, actual) for item in wanted)
    if isinstance(actual, list | tuple):
        return any(match_field(wanted, item) for item in actual)
    if actual is None or isinstance(wanted, bool) or isinstance(actual, bool):
        return wanted is actual
    return _same_scalar(wanted, actual)


def _same_scalar(wanted: Any, actual: Any) -> bool:
    if not _is_code(wanted) and not _is_code(actual):
        left, right = _number(wanted), _number(actual)
        if left is not None and right is not None:
            return left == right
    glob = " ".join(str(wanted).split()).replace("[", "[[]")
    return match_glob(glob, " ".join(str(actual).split()))


_SPECIAL = re.compile(r"[\d*?\[]")
"""What makes a wanted text a glob, a number or a code."""
_SIGNS = frozenset({"-", "+", ".", " "})


def _is_code(item: Any) -> bool:
    # "00012" is a name made of digits, not the number 12.
    return isinstance(item, str) and len(item) > 1 and item.startswith("0") and item.isdigit()


def _number(item: Any) -> Decimal | None:
    if isinstance(item, str) and not (item[:1].isdigit() or item[:1] in _SIGNS):
        return None
    try:
        number = Decimal(str(item))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
