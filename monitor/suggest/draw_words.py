"""What a guide's sentence says of draws: that they are held, how often, with which score, for how many."""

import re
from collections.abc import Sequence

from msgspec import Struct

from monitor.suggest.numbers import ANY_NUMBER, DATED, iso_dates, number
from monitor.suggest.sentences import Sentence

_PEOPLE = r"candidates?|people|persons?|applicants?|workers?|registrants?|profiles?|invitations?|ITAs?|notifications?"


class DrawSaid(Struct, frozen=True, kw_only=True):
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


_DRAW = (
    r"(?:draws?|rounds?(?: of invitations)?|invitation rounds?|notifications?(?: of interest| (?:to|were))|"
    r"NOIs?|ITAs?|invitations (?:went|were (?:sent|issued)|have been|in that)|no invitations|"
    r"(?:lowest|highest) (?:[\w-]+ )?(?:scores?|cut-?offs?))"
)
_NOUN = re.compile(rf"\b{_DRAW}\b", re.IGNORECASE)
_HOLDS = re.compile(
    r"\b(?:holds?|held|holding|runs?|ran|run|conducts?|conducted|issues?|issued|sends?|sent|went out|going out|seen|"
    r"has seen|gone out|happens?|happened|takes? place|took place|targets?|targeted|there (?:are|were|is|was|"
    r"have been|has been)|"
    r"comes?|came|followed|moved|(?:had|has|have) (?:a|an|its|their|another|one|two|three)|(?:is|are|was|were) (?:rare|"
    r"frequent|common|regular)|continues?|stopped|stops|ended|been drawn|(?:been )?asking for|taken place|"
    r"(?:is|are|was|were) (?:dead|gone|over|history)|(?:there's|there has|hasn't|has not|haven't|"
    r"have not) been (?:no|one|any|an?)|"
    r"accepted|were enough|was enough|sufficed|"
    r"have it easiest)\b",
    re.IGNORECASE,
)
_INVITES = re.compile(
    r"\b(?:was|were) (?:\w+ )?selected\b(?=[^.;]*\bpoints?\b)|\b(?:invites?|"
    r"(?<!\ban )(?<!\bthe )(?<!each )(?<!every )invited|"
    r"draws(?= (?:[\w-]+ ){0,2}(?:candidates|workers|occupations|trades|people|professionals|"
    r"graduates|applicants|from)\b)|drew|drawn|picks?|picked|selects?|"
    r"(?<!in )(?<!or )(?<!of )(?<!and )(?<!from )selected|"
    r"pulls?|pulled|chosen|nominates?)\b"
    r"(?=[^.;]*\b(?:candidates?|workers?|occupations?|graduates?|people|category|categories|trades?|pool|streams?|"
    r"pillar|professionals?|applicants?|nurses?|teachers?|engineers?|registrants?|under|by)\b)|\b(?:is|are|were|"
    r"been) (?:\w+ )?invited\b|\b(?:got|received) (?:their |an? |the )?(?:letters?|invitations?)\b|\b(?:people|"
    r"candidates|builders|nurses|workers) (?:got in|made it)\b|\b(?:has|"
    r"have) (?:\w+ )?been drawn\b",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"\b(?:scores?|cut-?offs?(?: scores?)?|minimum|stopped at|as low as|down to|low as|threshold|mark)\b"
    r"(?:[^.;\d$]{0,60}?)(?P<n>[1-9]\d{1,2})\b(?!\s*(?:%|days|weeks|months|hours|candidates|people|invitations|"
    r"out of))",
    re.IGNORECASE,
)
_AT_SCORE = re.compile(
    r"\b(?:with|at|from|of)\s+(?:at least\s+|a minimum of\s+)?(?P<n>\d{2,3})\s+(?:points?|CRS)\b|"
    r"\bat (?P<m>[3-8]\d\d)\b|\b(?:asked for|needed|required|took)\s+(?P<k>\d{2,3})\s+points"
    r"|\b(?:between|below|above|under|over)\s+(?P<b>[3-9]\d\d)\b"
    r"(?!\s+(?:people|candidates|invitations))",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    rf"\b(?:invited|took|drew|had|went to|there were|issued|sent|sending|inviting|for|to)\s+(?:about |around |"
    rf"almost |nearly |"
    rf"over )?(?P<n>{ANY_NUMBER})\s+"
    rf"(?:[\w-]+\s+){{0,2}}?(?:{_PEOPLE})\b|(?P<m>{ANY_NUMBER})\s+(?:[\w-]+\s+){{0,2}}?(?:{_PEOPLE})\s+(?:were|"
    rf"was) (?:invited|"
    r"issued|sent|drawn)\b",
    re.IGNORECASE,
)
_TELLS_LAST = re.compile(r"\b(?:draws?|rounds?)\b.*\b(?:since|last one|last was)\b", re.IGNORECASE)
_CLOSED_AT = re.compile(
    r"\b(?:closed|stopped|ended|bottomed out|went down|went|dropped|fell|came down|landed)(?: \w+)? (?:at|"
    r"to) (?P<n>[1-9]\d\d)\b"
    r"(?! (?:people|candidates|invitations|points? for))",
    re.IGNORECASE,
)
_PAST_SCORE = re.compile(
    r"\b(?:needed|took|asked for|was|were|got in with|stood at|"
    r"minimum was)\s+(?:at (?:least )?)?(?P<n>[1-9]\d{1,2})(?: points)?(?=\s*(?:[.,;(]|$))",
    re.IGNORECASE,
)
"""What was needed in a draw just spoken of."""
_WERE_INVITED = re.compile(r"\b(?:was|were) (?:\w+ )?(?:invited|drawn)\b", re.IGNORECASE)
_SERIES = re.compile(
    r"(?:The |Only )?(?:Provincial [Nn]ominees?|Canadian [Ee]xperience|French|STEM|Trades?|Health\w*|"
    r"Education|Physicians?|"
    r"Category)\b"
)
"""What a table or text of draws names its series by."""
_ENOUGH = re.compile(
    r"\binvit\w+\b[^.;]*\b(?:at least|earning|above|paid)\b[^.;]*\$|"
    r"\b(?:was|were) (?:enough|sufficient)\b|\bsufficed\b|\b(?:asked for|needed|required|took|invited)\b[^.;]*\$",
    re.IGNORECASE,
)
"""That a wage or score sufficed in a draw."""
_NEWEST = re.compile(r"\b(?:last|latest|most recent|newest|most recently)\b", re.IGNORECASE)
_LAPSED = re.compile(
    r"\b(?:no longer|not been|stopped|ended|none|never|until (?:\w+ )?(?:20\d\d)|no (?:[\w-]+ ){0,3}(?:draws?|rounds?)|"
    r"ceased|dead|has not|have not)\b",
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
_TERM = re.compile(
    rf"\b(?:ha(?:ve|s)|gets?|within|takes?)\s+(?:\w+\s+)?{ANY_NUMBER}\s+(?:[\w-]+\s)?(?:days?|weeks?|months?)\b",
    re.IGNORECASE,
)
"""How long the invited have, which no draw tells."""
_BACK = re.compile(
    r"^(?:(?:a|another|the) (?:second|third|fourth|further|next|other|new) one|it|its|they|the|these|those|this|"
    r"that|such|in|about|around|some|only|both|none)\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    rf"(?P<n>{ANY_NUMBER})\s+(?:such\s+|[\w-]+\s+)?(?:draws|rounds)\b|"
    rf"\bheld\s+(?P<m>{ANY_NUMBER})\s+times\b(?!\s+(?:a|per|each|every)\b)",
    re.IGNORECASE,
)
_SUCH = re.compile(r"^(?:such|these|those|both)\b", re.IGNORECASE)
_DAYS = {"week": 7, "month": 31, "year": 366}
_TIMES = {"once": 1, "twice": 2, "several times": 2, "two or three times": 2, "three times": 3, "four times": 4}


_NONE_SINCE = re.compile(r"\b(?:has|have) (?:had|seen) (?:none|no (?:more|other))\b[^.;]*\bsince\b", re.IGNORECASE)
"""After a sentence on draws: that some have had none for a while."""


_SCORE_COLUMN = re.compile(r"\b(?:scores?|CRS|points|cut-?offs?|minimum|lowest|last)\b", re.IGNORECASE)
_DATE_COLUMN = re.compile(r"\b(?:date|day|when)\b", re.IGNORECASE)
_COUNT_COLUMN = re.compile(r"\b(?:invit\w+|issued|ITAs?|people|candidates|how many|number|size)\b", re.IGNORECASE)


def are_of_draws(columns: Sequence[str]) -> bool:
    """Whether a table with these columns lists draws: one for the day, one for how many were invited."""
    return any(_DATE_COLUMN.search(name) for name in columns) and any("invit" in name.lower() for name in columns)


def read_row(row: Sentence) -> DrawSaid | None:
    """The draw a table row states, by its columns' names; None when it has neither a score nor a count."""
    named = list(zip(row.columns, row.cells, strict=False))
    score = next((cell for name, cell in named if _SCORE_COLUMN.search(name) and cell.isdigit()), None)
    counts = (cell for name, cell in named if _COUNT_COLUMN.search(name) and not _SCORE_COLUMN.search(name))
    count = next((found for cell in counts if (found := _whole(cell)) is not None), None)
    if score is None and count is None:
        return None
    start = row.text.rfind(score) if score else 0
    return DrawSaid(
        start=start,
        end=start + len(score or row.text),
        score=int(score) if score else None,
        invitations=count,
        dates=tuple(iso_dates(row.text)),
    )


def is_enough(text: str) -> bool:
    """Whether a sentence says what wage sufficed in a draw, so that its sum is no requirement of its own."""
    return _ENOUGH.search(text) is not None and (speaks_of_draws(text) or "invit" in text)


def tells_last(text: str) -> bool:
    """Whether it says when there was a draw last, so that a code in it only tells whose."""
    return _TELLS_LAST.search(text) is not None


def are_invited(text: str) -> bool:
    """Whether it says that some were invited, so that the codes in it belong to a draw."""
    return _WERE_INVITED.search(text) is not None and not _is_passive_wish(text)


def speaks_of_draws(text: str) -> bool:
    """Whether a text names draws or rounds."""
    return _NOUN.search(text) is not None


def find_draw(text: str, *, carried: bool) -> DrawSaid | None:
    """What a sentence says of draws; ``carried``: the sentence before it spoke of one, so "it" may mean it."""
    noun = _NOUN.search(text)
    if noun is None and _TERM.search(text):
        return None
    if _TELLS.search(text) and not _SCORE.search(text):
        return None
    back = carried and (_BACK.match(text) or _SERIES.match(text)) is not None
    score = _scored(text) if noun or back or _INVITES.search(text) else None
    closed = _CLOSED_AT.search(text) or (_PAST_SCORE.search(text) if carried else None)
    score = score or (closed.span("n") if closed else None)
    counted = _COUNTED.search(text) if noun or back or "invit" in text.lower() else None
    lapsed = _NONE_SINCE.search(text) if carried else None
    holds = (
        lapsed
        or ((_HOLDS.search(text) or _ENOUGH.search(text)) if noun else None)
        or (_ENOUGH.search(text) if "invit" in text else None)
        or _INVITES.search(text)
    )
    wish = holds is not None and noun is None and _is_passive_wish(text)
    newest = _NEWEST.search(text) is not None
    dated = (back or newest) and noun is not None and DATED.search(text) is not None
    if not dated and (wish or not (score or counted or holds)):
        return None
    said = counted.span("n" if counted["n"] else "m") if counted else None
    verb = holds or noun
    deciding = score or said or (verb.span() if verb else (0, 0))
    return DrawSaid(
        start=deciding[0],
        end=deciding[1],
        score=int(text[score[0] : score[1]]) if score else None,
        invitations=_whole(counted["n"] or counted["m"]) if counted else None,
        dates=tuple(iso_dates(text)),
        newest=newest or (back and not DATED.search(text)),
        ended=_LAPSED.search(text) is not None and score is None and not (counted and not noun),
        every=_every(text),
        times=_times(text),
        back=back or (noun is not None and _SUCH.match(text) is not None),
    )


def _is_passive_wish(text: str) -> bool:
    """Whether it speaks of the reader's chances ("you can no longer be selected"): a rule, not a draw."""
    return (
        re.search(
            r"\b(?:whoever|anyone|those|everyone) (?:who )?(?:was|were|are|is)(?: already)? invited\b|"
            r"\blines? (?:is|are) drawn\b|"
            r"\b(?:if|once|when|after) (?:\w+ ){0,2}(?:(?:were|are|was|is|have been|has been) )?invited\b|"
            r"\b(?:may|can|could) nominate\b|"
            r"\b(?:you|they) (?:can|may|will|could|must)\b|"
            r"\b(?:can|may|could|must)(?: \w+)? be (?:selected|invited|drawn)\b|\byou (?:are|get|need|have)\b|\b(?:to|"
            r"not) be (?:selected|invited)",
            text,
            re.IGNORECASE,
        )
        is not None
    )


def _scored(text: str) -> tuple[int, int] | None:
    for pattern in (_SCORE, _AT_SCORE):
        for match in pattern.finditer(text):
            group = next(name for name, found in match.groupdict().items() if found)
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
