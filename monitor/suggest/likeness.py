"""How alike a guide's words and an official label are: content words, abbreviations spelled out, endings off."""

import re
from collections.abc import Collection
from functools import lru_cache

from rapidfuzz import fuzz

from monitor.model import slug
from monitor.pages.wording import word_set

_STOP = word_set("""
    a an the of for to in on at by from with without and or as is are was were be been being has have had do
    does did will would can could may might must should need needs this that these those it its they them their
    you your we our he she his her if when while than then so but not no nor only also about up out over under
    each every any all some most more less least own one there here what which who whose how now still already
    yet just very per after before since until during through into within between because such same both either
    other another via get gets got make makes made take takes took give gives gave ask asks want wants cost
    costs bring brings add adds
""")
_SPELLED = {
    "gts": "global talent stream",
    "lmia": "labour market impact assessment",
    "crs": "comprehensive ranking system",
    "cec": "canadian experience class",
    "fsw": "federal skilled worker",
    "fst": "federal skilled trade",
    "fswp": "federal skilled worker program",
    "fstp": "federal skilled trade program",
    "pnp": "provincial nominee program",
    "rprf": "right permanent residence",
    "pr": "permanent residence",
    "pgwp": "post graduation work permit",
    "eca": "educational credential assessment",
    "gss": "global skill strategy",
    "noi": "notification interest",
    "ita": "invitation apply",
    "eoi": "expression interest",
    "hcp": "human capital priority",
    "resident": "residence",
    "nominated": "nomination",
    "nominee": "nominee nomination",
    "registering": "registration",
    "register": "registration",
    "applying": "application",
    "apply": "application",
    "applicant": "applicant application",
    "salary": "wage",
    "sibling": "brother sister",
    "single": "one",
}
_ALIKE = 88


@lru_cache(maxsize=16384)
def content(text: str) -> tuple[str, ...]:
    """The content words in order, singular, abbreviations spelled out; numbers stay."""
    found: list[str] = []
    for word in slug(re.sub(r"['\u2019]s?\b", "", text)).split("-"):
        single = _singular(word)
        spelled = _SPELLED.get(word) or _SPELLED.get(single)
        found += spelled.split() if spelled else [single]
    return tuple(word for word in found if word and word not in _STOP)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):  # noqa: PLR2004 - "ties"
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word  # noqa: PLR2004 - "gas"


def coverage(wanted: Collection[str], spoken: Collection[str], around: Collection[str] = ()) -> float:
    """0 to 1: the share of ``wanted`` words that were spoken; one that only stands around counts half."""
    if not wanted:
        return 0.0
    return sum(1.0 if _among(word, spoken) else 0.5 * _among(word, around) for word in wanted) / len(wanted)


def _among(word: str, spoken: Collection[str]) -> bool:
    if word in spoken:
        return True
    if len(word) < 5 or word.isdigit():  # noqa: PLR2004 - short words are alike by chance
        return False
    return any(len(other) > 4 and fuzz.ratio(word, other) >= _ALIKE for other in spoken)  # noqa: PLR2004 - same


def set_ratio(left: str, right: str) -> float:
    """0 to 1: how alike two texts are when only their sets of content words count."""
    return fuzz.token_set_ratio(" ".join(content(left)), " ".join(content(right))) / 100
