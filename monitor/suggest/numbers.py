"""How guides write scores, counts, levels, dates, codes, draws and the state of a stream: patterns and their readers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from monitor.extractors.amounts import NUMBER, read_number
from monitor.extractors.occupations_codes import FoundCode, clean_title, find_codes, find_named_codes, read_entry
from monitor.suggest.sentences import Sentence

_N = rf"(?<![\w.,$/-])(?:{NUMBER})(?![\w%]|[.,]\d)"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = rf"(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+20\d\d)?|\d{{1,2}}\s+{_MONTH}(?:\s+20\d\d)?|{_MONTH},?\s+20\d\d|20\d\d-\d\d-\d\d)"
_PEOPLE = r"candidates?|people|persons?|applicants?|workers?|registrants?|profiles?|invitations?|ITAs?|notifications?"

FUNDS = re.compile(
    r"\b(?:funds|savings|settlement|bank|wages?|salary|salaries|earn\w*|net worth|invest\w*|floor|revenue|turnover|income|below|assets)\b",
    re.IGNORECASE,
)
FEE = re.compile(r"\b(?:fees?|costs?|charges?|charged|pays?|paid|prices?|dollars for)\b", re.IGNORECASE)
FREE = re.compile(
    r"\b(?:free of charge|no (?:fee|charge|cost)s?\b|costs? nothing|without (?:a fee|charge))", re.IGNORECASE
)
PROCESSING = re.compile(
    r"\b(?:process(?:ed|ing|es)?|decid\w+|decisions?|within|takes?|took|taking|taken|turnaround|waiting|waits?|timelines?|"
    r"finali[sz]ed|standard|done in|answered?|on average|queue)\b",
    re.IGNORECASE,
)
REQUIREMENT = re.compile(
    r"\b(?:valid(?:ity)?|experience|at least|minimum|maximum|at most|no more than|up to|within \w+ (?:\w+ )?(?:of|after)"
    r"|within the last|have \w+ (?:\w+ )?(?:days|weeks|months) (?:\w+ ){0,6}?to|get \w+ (?:\w+ )?(?:days|weeks|months)|"
    r"stays?|capped|limit\w*|expires?|opens|needs?|must|requir\w+|wants|asks for|have \d+ (?:\w+ )?(?:days|weeks)|"
    r"has to be|have to be|used within|apply within|submit\w* within|keep)\b",
    re.IGNORECASE,
)
ALLOCATION = re.compile(
    rf"(?!20\d\d\b)(?P<n>{_N})\s+(?:(?:provincial|new|nominee|nomination|PNP|PR)\s+)*(?:nominations?|nomination (?:spaces?|spots?|"
    rf"certificates?)|spaces?|spots?|allocations?)\b|\b(?:allocation|quota)\b[^.;]{{0,30}}?\b(?P<m>{_N})",
    re.IGNORECASE,
)
LEVEL = re.compile(
    r"\b(?:CLB|NCLC|Canadian Language Benchmark)(?:\s+(?:level\s+)?)(?P<n>1[0-2]|[1-9])\b", re.IGNORECASE
)
COUNT = re.compile(
    rf"\b(?:covers?|lists?|lists|includes?|holds?|contains?|counts?|comprises?|takes? in|has|have|consists? of|names?|"
    rf"there are|made up of|divided into)\s+(?:\w+\s+){{0,2}}?(?P<n>{_N})\s+(?:[\w-]+\s+){{0,3}}?"
    r"(?P<what>occupations?|NOC codes?|codes?|jobs|categories|programs?|streams?|partners?|unit groups?|pillars?)\b",
    re.IGNORECASE,
)
THERE_ARE = re.compile(
    rf"(?P<n>{_N})\s+(?:[\w-]+\s+){{0,3}}?(?P<what>occupations|NOC codes|codes)\s+(?:are|were|is|remain)\b",
    re.IGNORECASE,
)
CODES = re.compile(r"occupation|code|job|unit group", re.IGNORECASE)
TEER = re.compile(
    r"\b(?:is|are|be|as|in|under|to|of|belongs?|count as)\s+(?:\w+\s+)?(?P<teer>TEER\s*(?:level\s*|category\s*)?"
    r"(?P<n>[0-5]))\b(?!\s*(?:and|or|,|to|-)\s*\d)",
    re.IGNORECASE,
)
ALL_OF_THEM = re.compile(r"\ball\b(?:\s+(?:of\s+)?(?:the|these|those|them|\w+))", re.IGNORECASE)
CHANGED = re.compile(
    r"\b(?:was|were|has been|have been|got) (?:\w+ )?(?:removed|added|dropped|taken off|struck|abolished|introduced|"
    r"replaced|renamed|cut|raised|lowered)\b",
    re.IGNORECASE,
)
AGO = re.compile(r"\W*(?:ago|earlier|later|before that|old\b)", re.IGNORECASE)
DATED = re.compile(rf"\b(?P<date>{_DATE})\b")
EFFECT = re.compile(
    r"\b(?:since|from|until|effective|as of|by|before|on|rises?|rose|changes?|changed|increases?|begins?|starts?|ends?|"
    r"deadline|closes?|takes effect|in force)\b",
    re.IGNORECASE,
)
REFERS_BACK = re.compile(
    r"^(?:the|it|its|they|their|these|those|this|that|such|both|no|you|there|work|here)\b", re.IGNORECASE
)
CONDITIONAL = re.compile(
    r"^(?:if|when|once|whether)\b[^,]*,\s*(?:look|check|ask|start|choose|wait|try|make|keep)\b", re.IGNORECASE
)


class Points(NamedTuple):
    """A number of points said in a sentence."""

    span: tuple[int, int]
    low: Decimal
    high: Decimal


_POINTS = re.compile(
    rf"(?P<n>{_N})(?:\s*(?:-|to)\s*(?P<high>{_N}))?\s+(?:[\w-]+\s+){{0,3}}?points?\b"
    rf"|\bpass mark (?:of|is)\s+(?P<mark>{_N})|\bbrings?(?: up to)? (?P<bare>\d{{1,3}})(?=[.;,]|$)"
    rf"|\bscored? (?:of|at least) (?P<score>\d{{2,3}})\b|(?P<out>{_N}) out of (?:\d+)\b"
    r"|\b(?:up to )?(?P<more>\d{1,3}) more(?=[.;,]|$)",
    re.IGNORECASE,
)
_NO_POINTS = re.compile(r"\bno(?:\s+\w+){0,3}\s+points\b", re.IGNORECASE)


def number(text: str | None) -> Decimal | None:
    """The number in digits or words; None when there is none."""
    return read_number(text) if text else None


def find_points(text: str) -> Points | None:
    """The points a sentence gives to something; "no points" is zero."""
    match = _POINTS.search(text)
    if match is None:
        none = _NO_POINTS.search(text)
        return Points(none.span(), Decimal(0), Decimal(0)) if none else None
    group = next(name for name in ("n", "mark", "bare", "score", "out", "more") if match[name])
    low = number(match[group])
    if low is None:
        return None
    return Points((match.start(group), match.end()), low, number(match["high"]) or low)


def rate_after(text: str, end: int) -> str:
    """ "/hour", "per year" as it stands after a sum."""
    found = re.match(
        r"\s?(?:CAD\s?)?(?:/|per|an|a|each|every)?\s?(hour|hr|h|year|yr|annum|week|month|day|annual|hourly|yearly)",
        text[end:],
        re.IGNORECASE,
    )
    unit = (found[1] if found else "").lower()
    if unit.startswith("h"):
        return "/hour"
    return "/year" if unit.startswith(("y", "a")) else f"/{unit}" if unit else ""


# ── Codes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

_CODE_COLUMN = re.compile(r"\b(?:NOC|code|unit group)\b", re.IGNORECASE)
_REMOVED = re.compile(
    r"\b(?:taken off|removed|dropped|no longer (?:on|listed)|struck|deleted|not (?:on|listed|eligible)|ineligible|(?:is|are) not(?=\W*$))\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"^\W*(?:[-:(]\s*)?(?P<title>[A-Z][^).;|]*?)(?:\)|[.;|]|$|,\s*NOC|\s+(?:and|or)\s+NOC)")


_SAID_CODE = re.compile(
    r"(?:\b(?:codes?|occupations?|unit groups?|NOCs?)\s+#?|\()(?P<code>\d[0-5]\d{3})(?![\w,.]\d)", re.IGNORECASE
)


def prose_codes(text: str) -> list[FoundCode]:
    """The codes that prose names: after "NOC" with all that are listed from there, or after "code"."""
    named = find_named_codes(text)
    spans = {code.start for code in named}
    more = (
        FoundCode(code=match["code"], start=match.start("code"), end=match.end()) for match in _SAID_CODE.finditer(text)
    )
    return sorted([*named, *(code for code in more if code.start not in spans)], key=lambda code: code.start)


def listed_codes(sentence: Sentence, text: str) -> list[FoundCode]:
    """The codes of a table row with a code column, or of a list item or row that is one occupation."""
    if sentence.cells:
        column = any(_CODE_COLUMN.search(name) for name in sentence.columns)
        codes = find_codes(text)
        return codes if column or (codes and read_entry(text.replace(" | ", " - "))) else []
    if not sentence.item:
        return []
    entry = read_entry(text)
    return [code for code in find_codes(text) if code.code == entry.code] if entry else []


def title_beside(text: str, code: FoundCode, end: int, cells: Sequence[str]) -> str:
    """The occupation's title beside its code; empty when none stands there."""
    if cells:
        others = [cell for cell in cells if code.code not in cell and re.match(r"[A-Za-z]", cell)]
        return clean_title(others[0]) or "" if others else ""
    entry = read_entry(text)
    if entry is not None and entry.code == code.code:
        return entry.title or ""
    after = _TITLE.match(text[code.end : end])
    if after:
        return clean_title(after["title"]) or ""
    before = re.search(r"([A-Z][\w ,/()-]*?)\s*\((?:NOC\s*)?(?:code\s*)?$", text[: code.start])
    return clean_title(before[1]) or "" if before else ""


def is_removed(text: str) -> bool:
    """Whether the sentence says that an occupation is off a list."""
    return _REMOVED.search(text) is not None


# ── Draws ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawSaid:
    """What a sentence says of draws. ``dates`` are years, ``YYYY-MM`` or days; ``newest`` means the latest draw.

    ``every`` is how many days the sentence says lie between two; ``ended`` that there have been none since; ``back``
    that it goes on about the draw of the sentence before; ``times`` how many there were.
    """

    start: int
    end: int
    score: int | None = None
    invitations: int | None = None
    dates: tuple[str, ...] = ()
    newest: bool = False
    ended: bool = False
    every: int | None = None
    back: bool = False
    times: int | None = None


_DRAW = r"(?:draws?|rounds?(?: of invitations)?|invitation rounds?|notifications? of interest|NOIs?|ITAs?)"
_NOUN = re.compile(rf"\b{_DRAW}\b", re.IGNORECASE)
_HOLDS = re.compile(
    r"\b(?:holds?|held|holding|runs?|ran|run|conducts?|conducted|issues?|issued|sends?|sent|went out|going out|seen|"
    r"has seen|gone out|happens?|happened|takes? place|took place|targets?|targeted|there (?:are|were|is|was|have been|has been)|"
    r"continues?|stopped|stops|ended)\b",
    re.IGNORECASE,
)
_INVITES = re.compile(
    r"\b(?:invites?|invited|draws(?= (?:[\w-]+ ){0,2}(?:candidates|workers|occupations|trades|people|professionals|"
    r"graduates|applicants|from)\b)|drew|drawn|picks?|picked|selects?|(?<!in )(?<!or )(?<!of )(?<!and )(?<!from )selected|"
    r"pulls?|pulled|chosen|nominates?)\b"
    r"(?=[^.;]*\b(?:candidates?|workers?|occupations?|graduates?|people|category|categories|trades?|pool|streams?|"
    r"pillar|professionals?|applicants?|nurses?|teachers?|engineers?|registrants?|under|by)\b)|\b(?:is|are|were|been) (?:\w+ )?invited\b",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"\b(?:scores?|cut-?offs?(?: scores?)?|minimum|stopped at|as low as|down to|low as|threshold|mark)\b"
    r"(?:[^.;\d$]{0,40}?)(?P<n>\d{2,3})\b(?!\s*(?:%|days|weeks|months|hours|candidates|people|invitations|out of))",
    re.IGNORECASE,
)
_AT_SCORE = re.compile(
    r"\b(?:with|at|from|of)\s+(?:at least\s+|a minimum of\s+)?(?P<n>\d{2,3})\s+(?:points?|CRS)\b|\bat (?P<m>[3-8]\d\d)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"\b(?:invited|went to|issued|sent|sending|inviting|for|to)\s+(?:about |around |almost |nearly |over )?(?P<n>{_N})\s+"
    rf"(?:[\w-]+\s+){{0,2}}?(?:{_PEOPLE})\b|(?P<m>{_N})\s+(?:[\w-]+\s+){{0,2}}?(?:{_PEOPLE})\s+(?:were|was) (?:invited|"
    r"issued|sent|drawn)\b",
    re.IGNORECASE,
)
_NEWEST = re.compile(r"\b(?:last|latest|most recent|newest|most recently)\b", re.IGNORECASE)
_LAPSED = re.compile(
    r"\b(?:no longer|not been|stopped|ended|none|never|until (?:\w+ )?(?:20\d\d)|no (?:[\w-]+ ){0,3}(?:draws?|rounds?)|"
    r"ceased|has not|have not)\b",
    re.IGNORECASE,
)
_OFTEN = re.compile(
    r"\b(?:(?P<times>once|twice|several times|two or three times|three times|four times) (?:a|per|each|every) "
    r"(?P<unit>week|month|year)|every (?P<n>\w+ )?(?P<span>week|month)s?|(?P<ly>weekly|monthly|biweekly))\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:announc\w+|advance|notice|tend to|guarantee\w*|far (?:smaller|larger)|compared)\b", re.IGNORECASE
)
_BACK = re.compile(r"^(?:it|its|they|the|these|those|this|that|such|in|about|around|some|only|both)\b", re.IGNORECASE)
_HOW_MANY = re.compile(
    rf"(?P<n>{_N})\s+(?:such\s+|[\w-]+\s+)?(?:draws|rounds)\b|\bheld\s+(?P<m>{_N})\s+times\b(?!\s+(?:a|per|each|every)\b)",
    re.IGNORECASE,
)
_SUCH = re.compile(r"^(?:such|these|those|both)\b", re.IGNORECASE)
_DAYS = {"week": 7, "month": 31, "year": 366}
_TIMES = {"once": 1, "twice": 2, "several times": 2, "two or three times": 2, "three times": 3, "four times": 4}


def speaks_of_draws(text: str) -> bool:
    """Whether a text names draws or rounds."""
    return _NOUN.search(text) is not None


def find_draw(text: str, *, carried: bool) -> DrawSaid | None:
    """What a sentence says of draws; ``carried``: the sentence before it spoke of one, so "it" may mean it."""
    noun = _NOUN.search(text)
    if _TELLS.search(text) and not _SCORE.search(text):
        return None
    back = carried and _BACK.match(text) is not None
    score = _scored(text) if noun or back or _INVITES.search(text) else None
    counted = _COUNTED.search(text) if noun or back or "invit" in text.lower() else None
    holds = (_HOLDS.search(text) if noun else None) or _INVITES.search(text)
    if (holds and _is_passive_wish(text) and not noun) or not (score or counted or holds):
        if not (back and noun and DATED.search(text)):
            return None
    deciding = (
        score
        or (counted.span("n" if counted["n"] else "m") if counted else None)
        or (holds or noun or re.match("", text)).span()
    )  # type: ignore[union-attr]
    return DrawSaid(
        start=deciding[0],
        end=deciding[1],
        score=int(text[score[0] : score[1]]) if score else None,
        invitations=_whole(counted["n"] or counted["m"]) if counted else None,
        dates=tuple(iso_dates(text)),
        newest=_NEWEST.search(text) is not None or (back and not DATED.search(text)),
        ended=_LAPSED.search(text) is not None and score is None and not (counted and not noun),
        every=_every(text),
        times=_times(text),
        back=back or (noun is not None and _SUCH.match(text) is not None),
    )


def _is_passive_wish(text: str) -> bool:
    """ "You can no longer be selected": a rule about the reader, not a draw."""
    return (
        re.search(
            r"\b(?:you|they) (?:can|may|will|could|must)\b|\b(?:to|not) be (?:selected|invited)", text, re.IGNORECASE
        )
        is not None
    )


def _scored(text: str) -> tuple[int, int] | None:
    for pattern in (_SCORE, _AT_SCORE):
        for match in pattern.finditer(text):
            group = "n" if match["n"] else "m"
            if not re.search(r"\b(?:CLB|NCLC|TEER|IELTS)\W*$", text[: match.start(group)]):
                return match.span(group)
    return None


def _whole(text: str) -> int | None:
    found = number(text)
    return int(found) if found is not None else None


def _times(text: str) -> int | None:
    match = _HOW_MANY.search(text)
    return _whole(match["n"] or match["m"]) if match else None


def _every(text: str) -> int | None:
    match = _OFTEN.search(text)
    if match is None:
        return None
    if match["times"]:
        return _DAYS[match["unit"].lower()] // _TIMES[match["times"].lower()]
    if match["ly"]:
        return {"weekly": 7, "biweekly": 14, "monthly": 31}[match["ly"].lower()]
    return int(_DAYS[match["span"].lower()] * (number((match["n"] or "1").strip()) or 1))


_YEAR = re.compile(r"\b(20[12]\d)\b")
_DAY = re.compile(rf"\b(?P<month>{_MONTH})\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>20\d\d)\b")
_DAY_FIRST = re.compile(rf"\b(?P<day>\d{{1,2}})\s+(?P<month>{_MONTH})\s+(?P<year>20\d\d)\b")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


def iso_dates(text: str) -> list[str]:
    """The dates said, as ``2026-10-01``, ``2026-10`` or ``2026``, in no double."""
    found = [match[0] for match in re.finditer(r"\b20\d\d-\d\d-\d\d\b", text)]
    for pattern in (_DAY_FIRST, _DAY):
        for match in pattern.finditer(text):
            month = f"{match['year']}-{_MONTHS.index(match['month'].lower()) + 1:02}"
            found.append(f"{month}-{int(match['day']):02}" if match["day"] else month)
        text = pattern.sub(" ", text)
    return list(dict.fromkeys(found or _YEAR.findall(text)))


# ── Streams ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class Status(NamedTuple):
    """Where and how a sentence says that a program or stream is open or closed; ``weak`` when only "has" or "runs"."""

    start: int
    end: int
    closed: bool
    weak: bool
    name: str


_STREAM = re.compile(
    r"\b(?:streams?|programs?|pilots?|categor(?:y|ies)|pathways?|routes?|pillars?|intakes?|class)\b|\b(?:International "
    r"Post-?Graduate|Human Capital Priorities|Entrepreneur Immigration|Skills Immigration)\b",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\b(?:clos(?:e|es|ed)|shut(?: down)?|paus(?:e|es|ed)|suspend(?:s|ed)?|end(?:s|ed)?|no longer (?:takes?|accepts?|"
    r"open|exists?|available|runs?|part)|remov(?:es|ed)|replac(?:es|ed)|folded|merged|abolished|discontinued|"
    r"never (?:opened|launched)|retired|cancelled|same end|stopped (?:taking|accepting)|gone)\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:open(?:s|ed)?(?: again)?|reopen(?:s|ed)|launch(?:es|ed)|introduc(?:es|ed)|still (?:takes?|accepts?|exists?)|"
    r"exists?|remains?|in its place stands?|stands in its place|accept(?:s|ing) applications|creat(?:es|ed)|set up|"
    r"runs|offers|has (?:its own|had|an?|two|three|four|five|several|multiple|dedicated)|have (?:had )?an?|operates?|"
    r"there (?:is|are)|now have)\b",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(?:has|have|runs|offers|operates?|there)\b", re.IGNORECASE)
_NAME = re.compile(
    r"(?P<name>(?:(?:[A-Z][\w'-]*:?)(?:\s+(?=\w)|(?=\W)))(?:(?:[A-Z][\w'-]*:?|of|and|for)\s+){0,6}?)"
    r"(?:streams?|programs?|pilots?|categor(?:y|ies)|pathways?|routes?|pillars?)\b"
)
_LEADING = re.compile(r"^(?:(?:The|In|Its|Their|Both|This|That|Ontario's|British Columbia's|BC's|For|Our|A|An)\s+)+")


def find_status(text: str, *, carried: bool) -> Status | None:
    """That a program or stream is open or closed; ``carried``: the sentence before spoke of one."""
    noun = _STREAM.search(text)
    if noun is None and not (carried and REFERS_BACK.match(text)):
        return None
    closed, opened = _CLOSED.search(text), _OPEN.search(text)
    deciding = closed or opened
    if deciding is None or _is_about_reader(text) or re.search(r"\b(?:NOC|TEER)\b", text):
        return None
    weak = closed is None and opened is not None and _WEAK.match(opened[0]) is not None
    return Status(deciding.start(), deciding.end(), closed is not None, weak, stream_name(text))


def _is_about_reader(text: str) -> bool:
    return re.search(r"\b(?:you|they) (?:can|must|need|may|have|could|will)\b", text, re.IGNORECASE) is not None


def stream_name(text: str) -> str:
    """The proper name before "stream", "program" or "category"; empty when there is none."""
    match = _NAME.search(text)
    name = _LEADING.sub("", match["name"]).strip(" '") if match else ""
    return name.removesuffix("'s")
