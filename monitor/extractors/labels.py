"""What a fee or a time is called: the noun phrase of a sentence or row, without what changes with the amount.

Texts come in with plain quotes and hyphens (``straight``).
"""

import re
from collections.abc import Mapping

from monitor.extractors.amounts import find_money
from monitor.extractors.scope import is_found
from monitor.pages.headings import naming
from monitor.pages.remembering import remember_short


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EMPTY = _words(
    "the a an your our their its this that these those any all no non-refundable nonrefundable additional separate new "
    "current total applicable one-time following standard required prescribed same mandatory estimated "
    "le la les un une des du"
)
_STOP = _words(
    "pay pays paid paying be is are was were has have had will must may can could should would to with and or plus in "
    "on at from by if as than when that which who where include includes including charge charges charged cost costs "
    "costing need needs increase increases increased increasing change changes there for of amount sum payment you we "
    "i it they not only about each per every up receive collect collects require requires set sets into under refund "
    "one refunds effective starting because since before after"
)
_GLUE = {
    "of": _words("right renewal restoration replacement review certificate verification proof extension change"),
    "for": _words("request requests application applications"),
}
_TOKEN = re.compile(r"[\w'&/-]+(?:\.\w+\.?)*|[^\w\s]")
_PHRASE_END = re.compile(
    r"[,;:.()$…\[\]]|\s-\s|\b(?:is|are|was|were|will|must|may|can|should|when|if|that|which|who|before|after|at|on|by|as|"
    r"and|or|because|unless|has|have|through|increased|effective|starting|depending|you|we|plus|remains|sont|est)\b"
)
_CLAUSE_END = re.compile(r"[,;:.()$]|\b(?:and|or|plus)\b")
_NOT_A_NAME = re.compile(
    r"\b(?:you|it|there|we|they|this|that|pays?|paying|must|will|if|who|when|[a-z]+ing to)\b", re.IGNORECASE
)
_ACTIONS = (
    (
        re.compile(r"^(?:request|requesting|ask for|apply for) (?:an? )?(?:review|reconsideration).*"),
        "request for review",
    ),
    (re.compile(r"^(?:submit|submitting) (?:your |an |the )?(?:online )?application\b"), "application"),
    (re.compile(r"^appl(?:y|ying)$"), "application"),
    (re.compile(r"^appl(?:y|ying)(?: for| to)?\b"), "application"),
    (re.compile(r"^(?:register|registering)\b"), "registration"),
    (re.compile(r"^(?:renew|renewing)\b"), "renewal of"),
    (re.compile(r"^(?:extend|extending)\b"), "extension of"),
    (re.compile(r"^(?:replace|replacing)\b"), "replacement of"),
)
_COMPLEMENT = re.compile(r"^[\s,(]*(?P<link>for|to|of|de|pour)\s+(?P<rest>[^\W\d].*)", re.IGNORECASE | re.DOTALL)
_PER = re.compile(r"\b(?:per|each|every)\s+(?P<unit>[a-z][\w-]*(?:\s(?:member|children|child)\b)?)", re.IGNORECASE)
_QUALIFIER = re.compile(
    r"^[\s,(]*(?P<words>(?:inside|outside|within|in|for|if|with|without|when|where|as)\b.*)", re.IGNORECASE | re.DOTALL
)
_NOTE = re.compile(
    r"[.;*-]?\s+(?:this (?:amount|fee|includes)|includes?\b|note\b|what's this|see\b|for more|learn"
    r"|you (?:must|need|can)|(?:fee )?(?:increased?|effective|as of|starting|since)\b)",
    re.IGNORECASE,
)
_DATED_ASIDE = re.compile(
    r"\s*\((?:fee )?(?:increased?|decreased?|changed?|chang(?:es|ing)|updated?|revised|new|effective|as of|starting"
    r"|since|until|before|from)\b[^()]*\d{4}[^()]*\)",
    re.IGNORECASE,
)
"""Since when the amount holds: no part of what it is for, and gone a year later."""
_LAST_FEE = re.compile(r"[\s(-]*\b(?:fees?|costs?)[\s).:*]*$", re.IGNORECASE)
_MOST_WORDS = 8


def words_before(text: str) -> str:
    """The noun phrase that ends this text, which stands right before the word "fee"; empty when there is none."""
    tokens = _TOKEN.findall(text)
    phrase: list[str] = []
    while tokens and len(phrase) < _MOST_WORDS and _belongs(tokens):
        phrase.insert(0, tokens.pop())
    return clean(" ".join(phrase))


def words_after(text: str) -> str:
    """What the fee is for, from the text right after "fee" or after the amount: "for …", "to …", "of …"."""
    match = _COMPLEMENT.match(text)
    if match is None or _PER.match(match["rest"]):
        return ""
    phrase = _phrase(match["rest"])
    return clean(_nominal(phrase) if match["link"].lower() == "to" else phrase)


def unit_after(text: str) -> str:
    """The unit, such as "per person", within the first words after the amount; empty when there is none."""
    match = _PER.search(" ".join(text.split()[:5]))
    return f"per {match['unit'].lower()}" if match else ""


def qualifier_after(text: str) -> str:
    """The condition that tells one of several amounts from the others: "inside the GTA" gives "inside GTA"."""
    match = _QUALIFIER.match(text)
    return clean(" ".join(_CLAUSE_END.split(match["words"])[0].split()[:_MOST_WORDS])) if match else ""


def subject(text: str) -> str:
    """A short name that stands before an amount ("Application: $10", "Registration costs $10"); else empty."""
    name = re.sub(r"(?:[\s:=-]|\b(?:is|are|costs?|of|will be|currently|now|at|offered)\b)+$", "", text).strip()
    if not 0 < len(name.split()) <= _MOST_WORDS or re.search(r"[,;:.](?:\s|$)", name) or _NOT_A_NAME.search(name):
        return ""
    label = row_label(name)
    return "" if re.match(r"(?:fees?|costs?|charges?|prices?)\b", label, re.IGNORECASE) else label


@remember_short(256)
def row_label(cell: str) -> str:
    """The label cell of a row without sums, footnote marks, notes and the closing word "fee"."""
    text = _DATED_ASIDE.sub("", _without_sums(cell))
    note = _NOTE.search(text, 1) if text else None
    text = text[: note.start()] if note else text
    short = _LAST_FEE.sub("", text)
    return clean(short if short.count("(") == short.count(")") else text) or clean(text)


def heading_label(path: tuple[str, ...]) -> str:
    """What the nearest heading about fees says the fee is for, else the nearest short heading; may be empty."""
    path = naming(path)
    for heading in reversed(path):
        noun = re.search(r"\b(?:fees?|costs?)\b", heading, re.IGNORECASE)
        label = words_before(heading[: noun.start()]) or words_after(heading[noun.end() :]) if noun else ""
        if label:
            return label
    last = row_label(path[-1]) if path else ""
    return "" if re.fullmatch(r"(?:fees?|costs?)?", last, re.IGNORECASE) or len(last.split()) > _MOST_WORDS else last


def clean(text: str) -> str:
    """The words without determiners in front and inside, footnote marks, and doubled spaces."""
    words = re.sub(r"[*†‡§]+|\[\d+\]", " ", text).split()
    while words and words[0].lower() in _EMPTY:
        words.pop(0)
    kept = [word for word in words if word.lower() not in {"a", "an", "the", "your"}]
    return " ".join(kept).strip(" ,;:.-(")


def one_spelling(label: str) -> str:
    """The label in lower case but for acronyms, so that "Application" in a table and in a sentence are one name."""
    return " ".join(word if len(word) > 1 and word.isupper() else word.lower() for word in label.split())


def _belongs(tokens: list[str]) -> bool:
    word = tokens[-1].lower()
    if word in _GLUE and len(tokens) > 1:
        return tokens[-2].lower() in _GLUE[word]
    return re.match(r"[^\W\d]", word) is not None and word not in _STOP


def _phrase(text: str) -> str:
    end = _PHRASE_END.search(text)
    words = (text[: end.start()] if end else text).split()[:_MOST_WORDS]
    stop = next((index for index, word in enumerate(words) if index and word.lower() in {"to", "from", "with"}), None)
    return " ".join(words[:stop])


def _nominal(phrase: str) -> str:
    plain = phrase.lower()
    for pattern, name in _ACTIONS:
        match = pattern.match(plain)
        if match:
            return f"{name}{plain[match.end() :]}" if name.endswith(" of") else name
    return plain


def _without_sums(text: str) -> str:
    text = re.sub(r"\((?:[^()]*\$[^()]*)\)", " ", text)
    for money in reversed(find_money(text)):
        text = f"{text[: money.start]} {text[money.end :]}"
    return " ".join(text.split())


def declared(label: str, words: str, given: Mapping[str, str]) -> str | None:
    """The declared label whose pattern is found in the found label, else in its words; None when none fits."""
    for text in (label, words):
        for name, pattern in given.items():
            if text and is_found(pattern, text):
                return name
    return None
