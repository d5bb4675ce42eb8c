"""How binding a sentence's wording is, in English and French."""

import re

from monitor.extractors.amounts import straight
from monitor.model import Modality
from monitor.pages.wording import has_any

_OPEN = re.compile(
    r"\b(?:(?:do|does|did|will|would) not|don't|doesn't|won't) (?:(?:need|have) to|need (?:an?|any|the|your|proof))\b"
    r"|\bneed not\b"
    r"|\bno longer (?:need|have)s? to\b"
    r"|\b(?:is|are) (?:not|no longer) (?:required|mandatory|necessary)\b"
    r"|\b(?:isn't|aren't) (?:required|mandatory|necessary)\b"
    r"|\b(?:may|might) (?:also |still |then )?(?:be required|be asked|need|have|require)\b"
    r"|\bn(?:e |')(?:est|sont|êtes) (?:pas|plus) (?:tenue?|obligée?|requise?|obligatoire|nécessaire)s?\b",
    re.IGNORECASE,
)
_MUST_NOT = re.compile(
    r"\b(?:must|may|shall|can) (?:not|never|no longer)\b|\bcannot\b|\b(?:mustn't|can't|shan't)\b"
    r"|\b(?:is|are|be) (?:not|no longer|never) (?:eligible|allowed|permitted|authorized|entitled|able)\b"
    r"|\b(?:isn't|aren't) (?:eligible|allowed|permitted|authorized|entitled|able)\b"
    r"|\b(?:prohibited|ineligible|not eligible|do(?:es)? not qualify|don't qualify|doesn't qualify|not permitted)\b"
    r"|\b(?:must|may|shall) (?:neither|under no)\b"
    r"|\bne (?:devez|doit|doivent|pouvez|peut|peuvent) (?:pas|plus|jamais)\b"
    r"|\b(?:interdite?|inadmissible|non admissible)s?\b"
    r"|\bn'(?:est|êtes|sont) (?:pas|plus) (?:admissible|autorisée?)s?\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\bmust\b|\brequired\b|\brequires?\b|\bneed(?:s|ed)? to\b|\bshall\b|\b(?:has|have|had) to\b|\bmandatory\b"
    r"|\b(?:is|are) obliged to\b|\byou(?:'ll| will)? need\b|\bat least\b(?=.*\brequired\b)"
    r"|\b(?:doit|doivent|devez|devra|devront|devrez)\b|\bil faut\b|\b(?:obligatoire|exigée?|requise?|nécessaire)s?\b"
    r"|\b(?:est|sont|êtes) tenue?s? de\b",
    re.IGNORECASE,
)
_SHOULD = re.compile(
    r"\bshould(?:n't)?\b|\brecommend(?:s|ed)?\b|\b(?:is|are) (?:encouraged|advised) to\b"
    r"|\b(?:devriez|devrait|devraient)\b|\brecommand\w+|\b(?:conseillé|encouragé)e?s?\b",
    re.IGNORECASE,
)
_MAY = re.compile(
    r"\bmay\b(?! \d)|\bmight\b|\bMay (?=[a-z])|\b[Cc]an\b|\b(?:is|are) (?:allowed|permitted|eligible|entitled) to\b"
    r"|\b(?:peut|peuvent|pouvez|pourrait|pourraient|pourriez)\b"
)
_STRENGTHS = (
    (_MUST_NOT, Modality.MUST_NOT),
    (_MUST, Modality.MUST),
    (_SHOULD, Modality.SHOULD),
    (_MAY, Modality.MAY),
)

_BINDING = (
    "must",
    "may",
    "shall",
    "shan't",
    "can",
    "might",
    "should",
    "requi",
    "need",
    "has to",
    "have to",
    "had to",
    "mandatory",
    "necessary",
    "oblig",
    "recomm",
    "encourag",
    "advised",
    "eligible",
    "allowed",
    "permitted",
    "authorized",
    "entitled",
    "able",
    "prohibited",
    "qualify",
    "doit",
    "doiv",
    "devez",
    "devr",
    "faut ",
    "peu",
    "pouv",
    "pourr",
    "exig",
    "nécessaire",
    "tenu",
    "interdit",
    "admissible",
    "conseill",
    "autoris",
)
"""One of these stands, in small letters, wherever words oblige; most sentences of a page have none."""


def modality(text: str) -> Modality:
    """The strongest obligation the words express; "not required to" and "may need to" leave it open: may."""
    plain = straight(text)
    if not has_any(plain.lower(), _BINDING):
        return Modality.IS
    rest = _OPEN.sub(" ", plain)
    for pattern, strength in _STRENGTHS:
        if pattern.search(rest):
            return strength
    return Modality.MAY if rest != plain else Modality.IS
