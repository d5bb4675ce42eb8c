"""How guides write sums, points, levels, counts, lengths of time and dates: patterns and their readers."""

import re
from decimal import Decimal
from typing import NamedTuple

from monitor.extractors.amounts import NUMBER, read_number

ANY_NUMBER = rf"(?<![\w.,$/-])(?:{NUMBER})(?![\w%]|[.,]\d)"
"""A regex for one number in digits or words, not part of a longer one."""
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = (
    rf"(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+20\d\d)?|\d{{1,2}}\s+{_MONTH}(?:\s+20\d\d)?|{_MONTH},?\s+20\d\d|"
    r"20\d\d-\d\d-\d\d)"
)

FUNDS = re.compile(
    r"\b(?:funds|savings|settlement|bank|wages?|salary|salaries|earn\w*|net worth|invest\w*|floor|revenue|turnover|"
    r"income|below|assets|insurance|penalt(?:y|ies)|living costs|threshold|line|to show|must show|prove|settle|"
    r"floors)\b",
    re.IGNORECASE,
)
PAID = re.compile(r"\b(?:pays?|paid|costs?|charges?|charged|fee (?:is|was|of))\s+(?:\w+\s+)?$", re.IGNORECASE)
"""Right before a sum: that it is paid, whatever else the sentence speaks of."""
FEE = re.compile(r"\b(?:fees?|costs?|charges?|charged|pays?|paid|prices?|dollars for)\b", re.IGNORECASE)
_OTHERS_PRICE = re.compile(
    r"\b(?:lawyers?|consultants?|medicals?(?: exams?)?|doctors?|hairdressers?|private|members?|retainers?|"
    r"packages?|clinics?|"
    r"translat\w+|couriers?|flights?|tuition|rents?|courses?|movers?|banks? charges?|"
    r"(?:language|English|French) (?:test|exam) (?:was|costs?|is)|IELTS|CELPIP|TEF|TCF|PTE)\b",
    re.IGNORECASE,
)
"""What somebody else than a government takes money for."""
FREE = re.compile(
    r"\b(?:free of charge|(?:(?:is|are)|it's|'s) free(?=[.,;]|$| to\b)|free to (?:register|apply|join)|"
    r"no (?:fee|charge|cost)s?\b|costs? nothing|"
    r"without (?:a fee|charge))",
    re.IGNORECASE,
)
PROCESSING = re.compile(
    r"\b(?:process(?:ed|ing|es)?|decid\w+|decisions?|within|takes?|took|taking|taken|turnaround|waiting|waits?|"
    r"timelines?|promis(?:es|ed)|target|business days|came|arrived|issued in|says?|told|service|"
    r"finali[sz]ed|officially|said|standard|done in|answer(?:s|ed)?|on average|queue)\b",
    re.IGNORECASE,
)
TAKES = re.compile(r"\b(?:it|that|this|these|they|which)(?: \w+)? (?:takes?|took)\b", re.IGNORECASE)
"""That something takes its time, right after it was named."""
CLASSES = re.compile(r"Canadian Experience Class|Skilled Worker|Skilled Trades", re.IGNORECASE)
"""Names that hold words of requirements."""
OFFICE_NEEDS = re.compile(
    r"\b(?:IRCC|ESDC|Service Canada|the (?:province|office|department|program))\b[^.;]{0,30}\b(?:needs?|"
    r"wants)\b",
    re.IGNORECASE,
)
WAITING = re.compile(
    r"\b(?:how long (?!do (?:i|you|we) have|is|are)|processing|service times?|average|waiting|waits?|"
    r"turnaround|timelines?|"
    r"queues?|times? to decide|decisions?)\b",
    re.IGNORECASE,
)
"""Table heads and headings over lengths of time that are waited."""
TERM_OF = re.compile(
    r"\b(?:reply|respond|life|profiles?|in the pool|once invited|after (?:the|an|your) invitation|(?:time|days|"
    r"weeks) to (?:apply|submit|"
    r"upload|accept|reply|file)|your time|have to (?:apply|submit|upload|file)|hours of work|work in Canada|"
    r"work experience|skilled work|"
    r"of experience|enough|older than|valid|expir\w+|lapses?|good for|validity)\b",
    re.IGNORECASE,
)
"""What a length of time is a term or a requirement of, whatever table it stands in."""
REQUIREMENT = re.compile(
    r"\b(?:valid(?:ity)?|experience|at least|minimum|maximum|at most|no more than|up to|within \w+ (?:\w+ )?(?:of|"
    r"after)"
    r"|within the last|have \w+ (?:\w+ )?(?:days|weeks|months) (?:\w+ ){0,6}?to|get \w+ (?:\w+ )?(?:days|weeks|months)|"
    r"stays?|(?<!processing )lasts?(?= (?:for )?[\w-]+ (?:days|weeks|months|years)\b)|capped|limit\w*|expires?|"
    r"opens|needs?|must|requir\w+|wants|asks for|"
    r"ha(?:ve|s) \w+ (?:\w+ )?(?:days|weeks|months)|good for|"
    r"has to be|have to be|used within|apply within|submit\w* within|keep)\b",
    re.IGNORECASE,
)
ALLOCATION = re.compile(
    rf"(?!20\d\d\b)(?P<n>{ANY_NUMBER})\s+(?:(?:provincial|new|nominee|nomination|PNP|PR)\s+)*(?:nominations?|"
    rf"nomination (?:spaces?|spots?|"
    rf"certificates?)|spaces?|spots?|places|seats|allocations?)\b|\b(?:allocation|quota|cap|ceiling)\b[^.;]{{0,30}}?\b(?P<m>{ANY_NUMBER})|"
    rf"\bnominate (?:up to )?(?P<k>{ANY_NUMBER}) (?:people|workers|candidates|applicants)\b",
    re.IGNORECASE,
)
LEVEL = re.compile(
    r"\b(?:CLB|NCLC|Canadian Language Benchmark)(?:\s+(?:level\s+)?)(?P<n>1[0-2]|[1-9])\b", re.IGNORECASE
)
COUNT = re.compile(
    rf"\b(?:cover(?:s|ed)?|list(?:s|ed)?|include[sd]?|holds?|held|contain(?:s|ed)?|count(?:s|ed)?|comprise[sd]?|"
    rf"takes? in|took in|has|had|have|needs?|requires?|employs?|and|consist(?:s|ed)? of|name[sd]?|"
    rf"there are|made up of|divided into)\s+(?:\w+\s+){{0,2}}?(?P<n>{ANY_NUMBER})\s+(?:[\w-]+\s+){{0,3}}?"
    r"(?P<what>occupations?|NOC codes?|codes?|jobs|categories|programs?|streams?|partners?|unit groups?|"
    r"pillars?|workers|employees|staff)\b",
    re.IGNORECASE,
)
THERE_ARE = re.compile(
    rf"(?P<n>{ANY_NUMBER})\s+(?:[\w-]+\s+){{0,3}}?(?P<what>occupations|NOC codes|codes|employees|"
    rf"workers)\s+(?:are|were|is|remain)\b",
    re.IGNORECASE,
)
CODES = re.compile(r"occupation|code|job|unit group", re.IGNORECASE)
TEER = re.compile(
    r"\b(?:is|are|be|as|in|under|to|of|so|and|belongs?|counts? as)\s+(?:\w+\s+)?(?P<teer>TEER\s*(?:level\s*|"
    r"category\s*)?"
    r"(?P<n>[0-5]))\b(?!\s*(?:and|or|,|to|-)\s*(?:TEER\s*)?\d)",
    re.IGNORECASE,
)
TEERS = re.compile(r"\bTEERs? \d(?:\s*(?:,|and|or|to|-)\s*\d)+", re.IGNORECASE)
ALL_OF_THEM = re.compile(r"\ball\b(?:\s+(?:of\s+)?(?:the|these|those|them|\w+))", re.IGNORECASE)
MEMBER = re.compile(
    r"\b(?:is|are|was|were)(?: (?:not|still|now|also|no longer|never|both|all))*(?: (?:in|on|part of|"
    r"listed in|listed under|"
    r"under)) (?:the|that|this|its|their) (?:[\w-]+ ){0,4}?(?:categor(?:y|ies)|lists?)\b|"
    r"\b(?:categor(?:y|ies)|lists?|draws for \w+)\b(?: \w+){0,3} (?:never|no longer|does not|"
    r"do not)? ?(?:lists?|listed|includes?|"
    r"included|covers?|covered|names?|named) [a-z]",
    re.IGNORECASE,
)
"""That some occupation is in a list."""
CHANGED = re.compile(
    r"\b(?:was|were|has been|have been|got) (?:\w+ )?(?:removed|added|dropped|taken off|struck|abolished|introduced|"
    r"replaced|renamed|cut|raised|lowered)\b",
    re.IGNORECASE,
)
OBLIGES = re.compile(
    r"\b(?:must(?: not)?|cannot|can't|may not|not allowed|never|no longer|is not|are not|isn't|aren't|"
    r"do(?:es)? not|don't|"
    r"doesn't|need not|needs? no|has to|have to|required|only (?:if|for|when|after)|exempt)\b",
    re.IGNORECASE,
)
"""That a clause orders, forbids or frees of something."""
ASKED_ON_A_DAY = re.compile(
    r"\b(?:on|in) (?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|"
    r"December)\b"
    r"[^.;]*\b(?:needed|asked for|wanted|took|was|were|had been)\b[^.;]*(?:\$|points)",
    re.IGNORECASE,
)
"""That so much was asked for on a day, as in a draw."""
FROM_TO = re.compile(r"\bfrom\s+(?:CAD\s?)?\$?[\d,.]+\s+to\b", re.IGNORECASE)
_ARTICLE = re.compile(
    r"\b((?:in|about|around|within|than|takes?|took|lasts?|for|over|up to)\s)a(?=\s(?:day|week|month|year)\b)",
    re.IGNORECASE,
)
IN_SPAN = re.compile(
    r"\b(?:last|past|previous|preceding|every|each|per|of|over the|in the|within|within the|to|or)\W+$", re.IGNORECASE
)
"""Before a length that is only the span in which another one lies, or the other end of its range."""
TERM = re.compile(
    r"(?:keep|apply|submit|upload|send|provide|complete|finish|reply|register|reply|respond|answer|pay|renew|adverti[sz]e|report|file|appeal)\b[^.;]*?\b(?:within|for|"
    rf"for at least|at least|no later than|not later than)\s+(?:{ANY_NUMBER})\s+(?:[\w-]+\s)?"
    r"(?:days?|weeks?|months?|years?)\b",
    re.IGNORECASE,
)
EVERY = re.compile(r"\b(?:every|each|per)\W+$", re.IGNORECASE)
"""Before a length that only says how often something happens."""
AGO = re.compile(r"\W*(?:ago|earlier|later|before that|old\b)", re.IGNORECASE)
DATED = re.compile(rf"\b(?P<date>{_DATE})\b")
YEAR_SAID = re.compile(r"\b(?:19|20)\d\d\b")
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
    rf"(?P<n>{ANY_NUMBER})(?:\s*(?:-|to)\s*(?P<high>{ANY_NUMBER}))?\s+(?:[\w-]+\s+){{0,3}}?points?\b"
    rf"|\bpass mark (?:of|is)\s+(?P<mark>{ANY_NUMBER})|\bbrings?(?: up to)? (?P<bare>\d{{1,3}})(?=[.;,]|$)"
    rf"|\bscored? (?:of|at least|of at least) (?P<score>\d{{2,3}})\b|(?P<out>{ANY_NUMBER}) out of (?:\d+)\b"
    r"|\b(?:up to )?(?P<more>\d{1,3}) more(?=[.;,]|$)"
    rf"|\bpoints? (?:\w+ ){{0,2}}?(?:up )?to (?P<top>{ANY_NUMBER})|"
    rf"\bbrings? (?P<extra>{ANY_NUMBER}) (?:extra|additional)\b",
    re.IGNORECASE,
)
_BARE_POINTS = re.compile(
    r"\b(?:gives?|gave|adds?|added|add up to|brings?|brought|worth|earns?|earned|would be|"
    r"up to)\s+(?:up to\s+)?(?P<n>\d{1,3})"
    r"(?=[.;,]|$|\s+(?:by itself|alone|if|for|with|more|extra|or)\b)|\b(?:is|'s|are|"
    r"was)\s+(?P<is>[1-6]?\d{1,2})(?=[.;,]|$|\s+more\b)",
    re.IGNORECASE,
)
"""Points whose word is left out, in a text that speaks of points."""
EARNS = re.compile(
    r"\b(?:master's|bachelor's|degrees?|diplomas?|doctorate|PhD|sisters?|brothers?|siblings?|foreign experience|"
    r"Canadian experience|years of experience|nomination)\b",
    re.IGNORECASE,
)
"""What CRS points are given for."""
OWN_SCORE = re.compile(
    r"\b(?:my|our|his|her|your) (?:own )?(?:score|total)\b|\b(?:entered|got in|sat|were|"
    r"was) (?:the pool )?(?:at|with) \d{3}\b|"
    r"\b(?:end(?:ed)? up|altogether|in all(?=,|\.| (?:i|we|it))|makes? a total)\b",
    re.IGNORECASE,
)
"""What one person scored, which no page tells."""
_NO_POINTS = re.compile(r"\bno(?:\s+\w+){0,3}\s+points\b", re.IGNORECASE)


def number(text: str | None) -> Decimal | None:
    """The number in digits or words; None when there is none."""
    return read_number(text) if text else None


def is_others_price(text: str) -> bool:
    """Whether the money in a sentence goes to somebody else than a government."""
    return _OTHERS_PRICE.search(text) is not None and not re.search(r"\bfees?\b", text, re.IGNORECASE)


def find_points(text: str, *, carried: bool = False) -> list[Points]:
    """The points a sentence gives to things: "25 points, or 50 with good English" are two; "no points" is zero.

    ``carried``: the words before it spoke of points, so that "French adds 50" is about them too.
    """
    match = _POINTS.search(text)
    if match is None and carried:
        return [_bare_points(found) for found in _BARE_POINTS.finditer(text)]
    if match is None:
        none = _NO_POINTS.search(text)
        return [Points(none.span(), Decimal(0), Decimal(0))] if none else []
    first = _points_of(match)
    if first is None:
        return []
    later = [other for found in _POINTS.finditer(text, match.end()) if (other := _points_of(found)) is not None]
    bare = (found for found in _MORE_POINTS.finditer(text, match.end()) if not DATED.search(found[0]))
    later += [_bare_points(found) for found in bare]
    starts = {first.span[0]: first} | {other.span[0]: other for other in later}
    return [starts[start] for start in sorted(starts)]


_MORE_POINTS = re.compile(
    r"(?:\b(?:up to|or|another|brings?|adds?|gives?|and)\s+)(?P<n>\d{1,3})"
    r"(?=\s*(?:[.;,]|$)|\s+(?:if|for|when|with|at)\b)",
    re.IGNORECASE,
)
"""A number after points were spoken of, whose word is left out."""


def _bare_points(match: re.Match[str]) -> Points:
    group = "n" if match["n"] else "is"
    return Points(match.span(group), Decimal(match[group]), Decimal(match[group]))


def _points_of(match: re.Match[str]) -> Points | None:
    group = next(name for name in ("n", "mark", "bare", "score", "out", "more", "top", "extra") if match[name])
    low = number(match[group])
    if low is None:
        return None
    return Points((match.start(group), match.end()), low, number(match["high"]) or low)


def counted_articles(text: str) -> str:
    """The text with "about a month" as "about 1 month"; as long as before, so offsets stay right."""
    return _ARTICLE.sub(r"\g<1>1", text)


def rate_after(text: str, end: int) -> str:
    """``/hour``, ``/year`` or nothing, by the words after a sum."""
    found = re.match(
        r"\s?(?:CAD\s?)?(?:/|per|an|a|each|every)?\s?(hour|hr|h|year|yr|annum|week|month|day|annual|hourly|yearly)",
        text[end:],
        re.IGNORECASE,
    )
    unit = (found[1] if found else "").lower()
    if unit.startswith("h"):
        return "/hour"
    return "/year" if unit.startswith(("y", "a")) else f"/{unit}" if unit else ""


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
