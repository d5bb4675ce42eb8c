"""Which official list an occupation stands on: what the source declares, else the caption or heading above it."""

import re
from collections.abc import Mapping, Sequence

from monitor.extractors.amounts import straight
from monitor.extractors.labels import one_spelling
from monitor.extractors.scope import is_found

_ASIDE = re.compile(
    r"\((?=[^()]*(?:\b(?:19|20)\d\d\b|version|updated|as of|effective|noc\b|max|note|see\b))[^()]*\)|\b(?:(?:as of|"
    r"effective|updated|in effect)\b.*$)|[*†‡§]+",
    re.IGNORECASE,
)
_EDITION = re.compile(r"[\s,-]*\b(?:(?:19|20)\d\d(?:-\d+)?|version \d+)\b[\s-]*", re.IGNORECASE)
_LEADING = re.compile(r"^(?:(?:the|list of|see|table \d+|appendix \w+)[\s:.-]+)+", re.IGNORECASE)
_EXCLUDED = re.compile(
    r"\b(?:ineligible|not (?:be )?(?:eligible|included|accepted|including)|exclud\w+|except(?:ing|ion)?|"
    r"other than|but not)\b",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"(?:(?:the|list|lists|table|of|all|for|eligible|occupations?|jobs?|noc|nocs|codes?|and|titles?|details?|notes?|"
    r"requirements?|eligibility|overview|see|full|following|which|who|below|available|national|occupational|"
    r"classification|teer|what|are|included?|\d+)[\s:,.()/-]*)+",
    re.IGNORECASE,
)


def list_name(above: Sequence[str], declared: Mapping[str, str], fallback: str, *, opened: str = "") -> str:
    """The list's name, given the texts above it, nearest first: a declared one if a text fits its pattern.

    ``opened`` are the words that open the list itself: those of a list of exclusions make a list of its own.
    Else the source's only list (``fallback``), else the nearest text that says more than "eligible occupations",
    without dates, years and versions, so that a new edition is the same list.
    """
    stated = next((name for name, pattern in declared.items() if opened and is_found(pattern, straight(opened))), "")
    if stated:
        return stated
    found = _named(above, declared) or fallback
    if not found:
        names = list(filter(None, map(_clean, above)))
        found = next((name for name in names if not _GENERIC.fullmatch(name)), names[0] if names else "occupations")
    return f"{found} excluded" if _EXCLUDED.search(opened) and not _EXCLUDED.search(found) else found


def _named(above: Sequence[str], declared: Mapping[str, str]) -> str:
    for text in filter(None, above):
        for name, pattern in declared.items():
            if is_found(pattern, straight(text)):
                return name
    return ""


def _clean(text: str) -> str:
    bare = _EDITION.sub(" ", _ASIDE.sub(" ", straight(text).split("\n")[0]))
    return one_spelling(_LEADING.sub("", " ".join(bare.split())).strip(" :;,.-"))
