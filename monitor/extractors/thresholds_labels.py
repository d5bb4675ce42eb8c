"""What a threshold is called: the words of its row, or the noun phrase of its sentence, without what changes with it.

Texts come in with plain quotes and hyphens (``straight``).
"""

import re

from monitor.extractors.amounts import straight
from monitor.extractors.labels import one_spelling
from monitor.pages.dates import parse_date
from monitor.pages.headings import naming


def _any(words: str) -> str:
    return "|".join(words.split())


_DROPPED = re.compile(r"\((?:[^()]|\([^()]*\))*\)")
_MARKS = re.compile(r"[*†‡§]+|\[\d+\]")
_NUMBERED = r"(?:step|part|section|table|factor|appendix)\s\w{1,3}\b|[A-Z]|\d{1,2}"
_STEP = re.compile(rf"^(?:{_NUMBERED})(?:[.:)]|\s-)\s*", re.IGNORECASE)
_DATED = re.compile(r"\s*[-,(]?\s*\b(?:as of|effective|updated|in effect)\b.*$", re.IGNORECASE)
_SAYS_LITTLE = _any(r"""
    scoring the how points? scores? grid table factors? criteri\w+ requirements? minimum maximum eligibility who can
    apply overview notes? details? additional breakdown of for and general please description items? you must to
    what need category categories important your total is per
""")
_GENERIC = re.compile(rf"(?:(?:{_SAYS_LITTLE}|situation \d)[\s:,/-]*)+", re.IGNORECASE)
_ENDS_PHRASE = _any(r"""
    that which who whose when where while if unless because since so over during within before after prior from to
    by with without at on you we they it beginning starting issued already long is are was were will must may can
    should has have had and or but as per under until accepted required plus than for through
""")
_MORE_OF_IT = r"(?:continuous|cumulative|paid|permanent|skilled|related|full-time|part-time|non-seasonal)\b"
_STOP = re.compile(
    rf"[.;:()=…\"]|,(?!\s?\d|\s{_MORE_OF_IT})|\s-\s|\b(?:in (?:the )?(?:last|past|previous)|{_ENDS_PHRASE})\b",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^[\s,)]*(?:(?:total|full|worth|of|in|the|a|an|your|their|paid\sto)\s)*", re.IGNORECASE)
_NO_NOUNS = _any(r"""
    must should need(?:s|ed)? require[sd]? meets? have has had been be demonstrate show earn get gain(?:ed)?
    obtain(?:ed)? is are was were will can may means? (?<!job\s)offer(?:s|ed)? pays? makes? include[sd]? achiev\w+
    score[sd]? reach work(?=\s(?:above|over|more|less|up)) adds? long hours? done \w+'(?:ve|re|ll|d) worked count
    ensure above below over while hold held complet\w+ accumulat\w+ amounts? to you we they it that this who which
    your their our at with a an the of in on by for and or least minimum maximum total up than less more no not only
    also still then if when where as from within into between either any all each i\.e e\.g
""")
_VERBS = re.compile(rf"\b(?:{_NO_NOUNS})\b", re.IGNORECASE)
_NAME = r"[A-Z][\w.'-]*(?:\s(?:of\s|and\s)?[A-Z][\w.'-]*)*"
_REGION = r"(?:Area|Region(?:al)?|District|Vancouver|Toronto|GTA|City|Island|Valley|County|North\w*|Interior|CMA)"
_PLACE = re.compile(
    rf"\b(?:(?P<side>inside|outside)\s(?:of\s)?(?:the\s)?(?P<name>{_NAME})"
    rf"|(?:in|within)\s(?:the\s)?(?P<region>(?:[A-Z][\w.'-]*\s)*{_REGION}\b))"
)
_EVERYWHERE = re.compile(
    r"(?:Canada|Canadian|Ontario|British Columbia|B\.?C\.?|Quebec|English|French|NOC|TEER|CLB|NCLC|IRCC|Express|"
    r"Employer|My|Job|Category|Schedule|Part|Section|Table|Appendix|The|OINP|PNP)\b.*"
)
_ARTICLES = frozenset({"a", "an", "the", "your"})
_DETERMINERS = _ARTICLES | {"our", "their", "its", "this", "that", "these", "those", "any", "all", "for", "of", "in"}
_MOST_WORDS = 10
_ASIDE_WORDS = 8
_NEAR = len(" must have at least ")


def heading(text: str) -> str:
    """A heading's own words without asides, numbering and dates; empty when it says only "Requirements" or the like."""
    bare = _DATED.sub("", _STEP.sub("", _DROPPED.sub(" ", straight(text).split("\n")[0]).strip()))
    words = re.sub(r"^(?:points? )?breakdown of ", "", clean(bare).strip(" :-"), flags=re.IGNORECASE)
    return "" if _GENERIC.fullmatch(words) or parse_date(words) else one_spelling(words)


def nearest(path: tuple[str, ...]) -> str:
    """The nearest heading that says something, the page's own title last; empty when there is none."""
    return next(filter(None, map(heading, reversed(naming(path)))), "")


def place_of(path: tuple[str, ...]) -> str:
    """The nearest heading without asides and sums: what tells equal labels apart, and stays when a number changes."""
    named = [one_spelling(clean(_DROPPED.sub(" ", _STEP.sub("", straight(text))))) for text in reversed(naming(path))]
    return next(filter(None, named), "")


def row(text: str) -> str:
    """The first line of a label cell without footnote marks and long asides; a short aside belongs to the label."""
    first = re.sub(r"^for\s", "", straight(text).split("\n")[0], flags=re.IGNORECASE)
    return _named(
        _DROPPED.sub(lambda aside: aside[0] if _is_short(aside[0]) else " ", first) if "(" in first else first
    )


def column(text: str) -> str:
    """A column's name without asides and footnote marks."""
    return _named(_DROPPED.sub(" ", straight(text)))


def has_aside(text: str) -> bool:
    """Whether a label cell says more than its label: a long aside in brackets, a footnote, further lines."""
    plain = straight(text)
    asides = any(not _is_short(aside[0]) for aside in _DROPPED.finditer(plain))
    return "\n" in plain.strip() or asides or re.search(r"[*†‡]\s?\w", plain) is not None


def _is_short(aside: str) -> bool:
    return len(aside.split()) <= _ASIDE_WORDS and not re.search(r"\bmax", aside, re.IGNORECASE)


def _named(text: str) -> str:
    words = " ".join(_MARKS.sub(" ", text).split()).strip(" ,;:.-")
    return one_spelling(re.sub(r"^(?:your|the|a|an)\s", "", words, flags=re.IGNORECASE))


def after(text: str) -> str:
    """The noun phrase that follows a number: "of paid work experience in the field" gives "paid work experience"."""
    lead = _LEAD.match(text)
    rest = text[lead.end() :] if lead else text
    stop = _STOP.search(rest)
    return _phrase((rest[: stop.start()] if stop else rest).split())


def before(text: str) -> str:
    """The noun phrase that ends right before a number: "the language requirement of" gives "language requirement"."""
    clause = re.split(r"[.;:,()=\"]|\s-\s", text)[-1]
    start, phrase, end = 0, "", 0
    for verb in [*_VERBS.finditer(clause), None]:
        piece = clause[start : verb.start() if verb else len(clause)]
        if piece.strip(" -'"):
            phrase, end = piece, start + len(piece.rstrip())
        start = verb.end() if verb else 0
    return _phrase(phrase.split()[-_MOST_WORDS:]) if len(clause.rstrip()) - end <= _NEAR else ""


def place_in(text: str) -> str:
    """The smaller region a condition speaks of ("outside Greater Toronto Area"); empty for none or a whole province."""
    for match in _PLACE.finditer(text):
        name = match["name"] or match["region"]
        if not _EVERYWHERE.match(name):
            return f"{match['side'] or 'inside'} {clean(name)}"
    return ""


def clean(text: str) -> str:
    """The words without articles, determiners in front, footnote marks and doubled spaces."""
    words = _MARKS.sub(" ", text).split()
    while words and words[0].lower() in _DETERMINERS:
        words.pop(0)
    return " ".join(word for word in words if word.lower() not in _ARTICLES).strip(" ,;:.-(")


def joined(*parts: str) -> str:
    """The parts as one label; a part whose words already stand in those before it is left out."""
    label = ""
    for part in filter(None, parts):
        if f" {part.lower()} " not in f" {label.lower()} ":
            label = f"{label} {part}".strip()
    return label


def _phrase(words: list[str]) -> str:
    short = re.sub(r"(?:\s(?:in|of|for|on|your|one))+$", "", clean(" ".join(words[:_MOST_WORDS])), flags=re.IGNORECASE)
    return one_spelling(short) if re.search(r"[^\W\d_]{3}", short) else ""
