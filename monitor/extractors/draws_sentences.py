"""What one official sentence says of a draw: that invitations went out, how many, from which score, to which group."""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from monitor.extractors.amounts import NUMBER, read_number
from monitor.extractors.draws_values import read_count, read_score
from monitor.extractors.modality import modality
from monitor.model import DrawKind, Modality
from monitor.pages.dates import find_dates
from monitor.pages.wording import has_any, split_sentences

_WHAT = r"invitations?(?: to apply)?|notifications? of interest|notifications|NOIs?|ITAs?"
_SAID_TO_GO_OUT = ("invit", "notification", "noi", "ita")
"""One of these stands, in small letters, in every sentence that reports a round."""
_PEOPLE = r"candidates|registrants|applicants|people|individuals|workers|graduates|entrepreneurs|foreign nationals"
_FEW = r"(?:fewer|less) than (?:\d+|five|ten)|up to \d+|<\s?\d+"
_N = rf"(?<![\w.,$/-])(?:{_FEW}|{NUMBER})(?![\w%-]|[.,]\d)"
_SENT = re.compile(
    rf"(?<!\bare )(?<!\bbe )(?<!\bis )(?<!\bnot )\b(?:issued|sent)\b(?P<mid>[^.;]{{0,80}}?)\b(?P<what>{_WHAT})\b",
    re.IGNORECASE,
)
_WERE_SENT = re.compile(
    rf"(?:(?P<n>{_N})\s+(?:[\w-]+\s+){{0,4}}?)?\b(?P<what>{_WHAT})\b[^.;]{{0,60}}?"
    r"\b(?:were|was|have been)\s+(?:issued|sent)\b",
    re.IGNORECASE,
)
_INVITED = re.compile(rf"\binvited\s+(?P<n>{_N})\s+(?:[\w-]+\s+){{0,4}}?(?:{_PEOPLE})\b", re.IGNORECASE)
_BARE = re.compile(rf"(?P<n>{_N})\s+(?:targeted\s+)?(?P<what>{_WHAT})\b", re.IGNORECASE)
_TO_PEOPLE = re.compile(rf"\bto\s+(?:a total of\s+)?(?P<n>{_N})\s+(?:[\w-]+\s+){{0,4}}?(?:{_PEOPLE})\b", re.IGNORECASE)
_NUMBERED = re.compile(_N, re.IGNORECASE)
_NO_DRAW = re.compile(
    r"^In 20\d\d\b|\b(?:in|during|for) 20\d\d\W*$|\b(?:so far|to date|year-to-date|in error|if you|have not|did not)\b|"
    r"\bsince (?:\w+ )?(?:20\d\d|the (?:start|launch))|\b(?:throughout|during|over) the year\b|"
    r"\b(?:last|past|previous) year\b|"
    r"\b(?:will|may|can|would) (?:be|have)(?: been)? (?:issued|sent|invited|received)\b|"
    r"\b(?:who|you) (?:were|was|have been) (?:issued|sent|invited)\b",
    re.IGNORECASE,
)
_AMOUNT = r"\d{1,4}"
_DASH = r"[-\u2010-\u2015\u2212]"
_RANGE = (
    rf"between {_AMOUNT} ?(?:and|to|{_DASH}) ?{_AMOUNT}|{_AMOUNT} ?(?:{_DASH}|(?:up )?to) ?{_AMOUNT}|"
    rf"(?:(?:at|equal to) or )?(?:above|over|(?:higher|greater|more) than(?: or equal to)?) {_AMOUNT}|"
    rf"no (?:lower|less) than {_AMOUNT}|"
    rf"{_AMOUNT}(?: points?)? (?:and|or) (?:above|higher|more|over|greater|up)|{_AMOUNT}\+|"
    rf"(?:at least|a minimum of) {_AMOUNT}|{_AMOUNT}(?![\d,.]*\d)"
)
_SCORE = re.compile(
    r"\bscores?\b(?: (?:ranges?|ranged|ranging|points?|cut-?offs?|thresholds?|of|that|was|were|is|in|from|within|the"
    r"|invited|accepted|required|needed|drawn|among|candidates))*"
    rf":? (?P<score>{_RANGE})(?! ?%)|"
    rf"\bscores?\b[^.;:\d]{{1,60}}? rang(?:es?|ed|ing)(?: from)? (?P<ranged>{_RANGE})(?! ?%)|"
    rf"(?P<min>\b(?:a )?minimum(?: of)? {_AMOUNT}|(?:at least )?\b{_AMOUNT}) points"
    r"(?P<up> (?:or|and) (?:more|above|higher))?",
    re.IGNORECASE,
)
_SCORES = ("score", " points")
"""One of these stands, in small letters, in every wording of a score."""
_ABOUT_INVITED = re.compile(
    r"invit|notif|\bNOI|\bITA|received|candidates|minimum|at least|lowest|\brange|cut-?off|\bCRS\b", re.IGNORECASE
)
_ABOUT_TESTS = re.compile(r"\bCLB\b|\bNCLC\b|language|IELTS|\btests?\b|benchmark|reading|writing", re.IGNORECASE)
_COUNTED = re.compile(rf"\((?P<n>{_N})\s+(?:{_PEOPLE}|{_WHAT})\)", re.IGNORECASE)
_COUNT_FIRST = re.compile(
    rf"\W*(?P<n>{_N})\s+(?:{_PEOPLE})\s+(?P<rest>(?:with|who|having|had|based|whose)\b.+)$", re.IGNORECASE | re.DOTALL
)
_SHARE = re.compile(rf"(?P<n>{_N})\s+(?:went\s+)?(?:to|for)\s+(?=(?P<rest>(?:{_PEOPLE})\b))", re.IGNORECASE)
_SCORED = re.compile(r"\s*\([^()]*\bscores?\b[^()]*\)", re.IGNORECASE)
_LAST_AND = re.compile(r"[\s,;]+(?:and\s*)?$")
_LEADING = re.compile(r"^(?:.*:)?[\s,;.\u2013-]*(?:(?:and|or)\b[\s,]*)?", re.IGNORECASE | re.DOTALL)
_ONE_CODE = re.compile(
    r"\bNOCs? (?:code )?(?P<code>\d{4,5}) ?[-\u2013\u2014:] ?(?P<title>[A-Z][^.,;:()]*?)"
    r"(?=\s+(?:under|for|who|with|in the|and (?:a|who|have))\b|[.,;:(]|$)"
)


class Sentence(Struct, frozen=True, kw_only=True):
    """A sentence of a block; ``start`` and ``end`` are its offsets in the block's text."""

    text: str
    start: int
    end: int


class Issued(Struct, frozen=True, kw_only=True):
    """That invitations or notifications went out; ``count_text`` as written, None where no number is given."""

    kind: DrawKind
    count_text: str | None = None


class Counted(Struct, frozen=True, kw_only=True):
    """One of several groups told apart by their counts: "A minimum score of 138 points (232 candidates)"."""

    text: str
    count_text: str
    score_text: str | None


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a block's text with their places."""
    position = 0
    for sentence in split_sentences(text):
        start = text.find(sentence, position)
        position = start + len(sentence)
        yield Sentence(text=sentence, start=start, end=position)


def figures(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each day and figure, all that a draw takes of a sentence that also binds a reader."""
    yield from ((day.start, day.end) for day in find_dates(text))
    yield from (match.span() for match in re.finditer(r"\d[\d,]*(?:\.\d+)?", text))


def own_words(text: str) -> str:
    """The words that no rule tells as well: of a sentence that also binds a reader only its figures."""
    return " ".join(
        sentence.text
        if modality(sentence.text) is Modality.IS
        else " ".join(sentence.text[start:end] for start, end in figures(sentence.text))
        for sentence in sentences(text)
    )


def find_issued(text: str, *, listed: bool = False) -> Issued | None:
    """That the sentence reports a round; ``listed`` takes a bare count ("680 invitations for …") of a list item too.

    Rules, totals of a year and hypothetical invitations are none.
    """
    if not has_any(text.lower(), _SAID_TO_GO_OUT):
        return None
    for pattern in (_SENT, _WERE_SENT, _INVITED, *((_BARE,) if listed else ())):
        match = pattern.search(text)
        if match:
            if _NO_DRAW.search(text):
                return None
            return Issued(kind=_kind(match), count_text=_count_text(match, text))
    return None


def _kind(match: re.Match[str]) -> DrawKind:
    what = match.groupdict().get("what") or "invitation"
    return DrawKind.NOTIFICATION if what.lower().startswith("no") else DrawKind.INVITATION


def _count_text(match: re.Match[str], text: str) -> str | None:
    groups = match.groupdict()
    if groups.get("n"):
        return str(groups["n"])
    inside = _NUMBERED.findall(groups.get("mid") or "")
    people = _TO_PEOPLE.search(text, match.end("what")) if groups.get("what") else None
    return inside[-1] if inside else people["n"] if people else None


def kind_of_receipt(text: str) -> DrawKind | None:
    """Whether the sentence speaks of having received an invitation or a notification; None for neither."""
    if re.search(r"\bnotif|\bNOI", text, re.IGNORECASE):
        return DrawKind.NOTIFICATION
    return DrawKind.INVITATION if re.search(r"\binvit|\bITA", text, re.IGNORECASE) else None


def to_count(text: str | None) -> int | None:
    """The exact number of a count phrase in digits or words; None for "fewer than five"."""
    if text is None or re.match(_FEW, text, re.IGNORECASE):
        return None
    number = read_number(text)
    return int(number) if number is not None and number == int(number) else read_count(text)


def find_scores(text: str) -> tuple[str, ...]:
    """The wording of each score range an invited candidate had: ``48 and above``, ``405-435``, ``138``."""
    if not has_any(text.lower(), _SCORES) or _ABOUT_TESTS.search(text) or not _ABOUT_INVITED.search(text):
        return ()
    return tuple(dict.fromkeys(_wording(match) for match in _SCORE.finditer(text)))


def _wording(match: re.Match[str]) -> str:
    stated = match["score"] or match["ranged"]
    if stated:
        return re.sub(r" points?", "", stated)
    return re.sub(r"(?:a )?minimum (?:of )?", "", match["min"], flags=re.IGNORECASE) + (match["up"] or "")


def lowest(score_text: str | None) -> int | None:
    """The lowest score of a wording."""
    return read_score(score_text) if score_text else None


def split_counted(text: str) -> tuple[Counted, ...]:
    """The groups of a text that each carry their count, "… (N candidates)" or "N candidates with …", by themselves."""
    opening = _COUNT_FIRST.match(text)
    if opening:
        return (_counted(opening["rest"], opening["n"]),)
    groups, position = [], 0
    for match in _COUNTED.finditer(text):
        groups.append(_counted(text[position : match.start()], match["n"]))
        position = match.end()
    return tuple(groups)


def split_issued(text: str) -> tuple[Counted, ...]:
    """The parts of a sentence that each open with a count of invitations, if there are several."""
    counts = list(_BARE.finditer(text))
    if len(counts) < 2 or not find_issued(text):  # noqa: PLR2004 - several
        return ()
    ends = [*(match.start() for match in counts[1:]), len(text)]
    parts = [text[match.end() : end] for match, end in zip(counts, ends, strict=True)]
    return tuple(
        replace(_counted(part, match["n"]), score_text=next(iter(find_scores(f"{match['what']} {part}")), None))
        for match, part in zip(counts, parts, strict=True)
    )


def split_shared(text: str) -> tuple[Counted, ...]:
    """The groups that share the count of a sentence: "320 invitations: 200 to candidates in … and 120 to …"."""
    counts = list(_SHARE.finditer(text))
    issued = find_issued(text) if len(counts) > 1 else None
    whole = to_count(issued.count_text) if issued else None
    shares = [to_count(match["n"]) for match in counts]
    if whole is None or any(share is None or share >= whole for share in shares):
        return ()
    ends = [*(match.start() for match in counts[1:]), len(text)]
    parts = [text[match.start("rest") : end] for match, end in zip(counts, ends, strict=True)]
    return tuple(
        replace(
            _counted(_LAST_AND.sub("", _SCORED.sub("", part)), match["n"]),
            score_text=next(iter(find_scores(f"invited candidates {part}")), None),
        )
        for match, part in zip(counts, parts, strict=True)
    )


def _counted(text: str, count: str) -> Counted:
    bare = _LEADING.sub("", text).strip(" ,;.")
    scores = find_scores(bare)
    return Counted(text=bare, count_text=count, score_text=scores[0] if scores else None)


def find_occupations(text: str) -> tuple[tuple[str, str], ...]:
    """(code, title) of each occupation that the words single out ("NOC 42202 - Early childhood educators …")."""
    return tuple(dict.fromkeys((match["code"], match["title"].strip()) for match in _ONE_CODE.finditer(text)))
