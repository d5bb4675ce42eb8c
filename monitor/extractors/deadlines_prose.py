"""Which dates in a sentence are deadlines or days from which something holds, and of what."""

import re
from datetime import date

from msgspec import Struct

from monitor.extractors.amounts import find_money, straight
from monitor.extractors.fee_prose import Around
from monitor.extractors.labels import one_spelling
from monitor.extractors.thresholds_labels import heading, nearest
from monitor.pages.dates import FoundDate, find_dates


class FoundDeadline(Struct, frozen=True, kw_only=True):
    """A date that binds; ``start`` and ``end`` are its offsets. ``whole``: the text says no more than it."""

    label: str
    date: date
    start: int
    end: int
    whole: bool = False


_END = (
    r"by|until|till|before|no later than|not later than|on or before|up to(?: and including)?|through|prior to|"
    r"deadline(?: is| of| (?:to|for|of) [^.;:]{2,90}? (?:is|was|will be)(?: \w+ to)?)?|"
    r"clos(?:es?|ed|ing)(?: date)?(?: is)?|end(?:s|ed)?|expir(?:es?|ed|y)(?: date)?|due(?: date)?|"
    r"last day(?: \w+){0,3}(?: is)?|cut-?off(?: date)?(?: is)?|extended(?: from \w+)? to|"
    r"d'ici le|au plus tard le|avant le|jusqu'au|date limite(?: est)? (?:le|du|au)"
)
_BEGIN = (
    r"as of|as at|effective(?: date| as)?|start(?:s|ed|ing)?|begin(?:s|ning)?|began|from|since|after|on or after|"
    r"in (?:effect|force)|(?:tak(?:es?|ing)|took|com(?:es?|ing)|came|went|go(?:es)?) (?:in)?(?:to )?(?:effect|"
    r"force)|re-?open(?:s|ed|ing)?|open(?:s|ed|ing)?|launch(?:es|ed)?|takes? place|implemented|"
    r"depuis le|à (?:compter|partir) du|dès le|en vigueur (?:le|depuis le|à compter du)|après le"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_CLOCK = r"midnight|noon|end of day|\d{1,2}(?::\d\d)?\s?[ap]\.?m\.?|[A-Z]{2,4}T?"
_LINK = rf"[\s:,(]*(?:(?:on|from|as of|of|date|at|by|starting|is|the|until|{_CLOCK}|{_DAY})[\s:,(]+)*$"
_ENDS = re.compile(rf"\b(?P<cue>{_END}){_LINK}", re.IGNORECASE)
_BEGINS = re.compile(rf"\b(?P<cue>{_BEGIN}){_LINK}", re.IGNORECASE)
_ON = re.compile(r"\bon[\s:,]*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day[\s,]*)?$", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s$|\bbetween\s[^.;]{4,25}\sand\s$", re.IGNORECASE)
_MOVED = re.compile(r"\b(?:extended|moved|postponed|changed|delayed)\sfrom\s$", re.IGNORECASE)
_SIDE = re.compile(
    r",?\s(?:or|and)\s(?:(?P<later>later|after|onwards?|beyond)|earlier|before)\b(?! (?:that|the) date)",
    re.IGNORECASE,
)
_TO = re.compile(r"\s?(?:-|to|and|until)\s?$", re.IGNORECASE)
_TOLD = re.compile(
    r"\b(?:will|shall|to be|takes? (?:place|effect)|comes? into|opens?|closes?|ends?|expires?|begins?|starts?|"
    r"launch(?:es)?|increas(?:es?|ing)|increased|chang(?:es?|ing)|changed|rises?|is due|are due|scheduled|resumes?|"
    r"removed|repealed|close|(?:is|are|was|were) (?:closing|opening|ending|closed|opened|removed|revoked|"
    r"amended))\b",
    re.IGNORECASE,
)
_BINDS = re.compile(
    r"\b(?:will|must|shall|may|can|cannot|can't|no longer|need(?:s|ed)?|require[sd]?|requirements?|new|remov\w+|"
    r"chang\w+|increas\w+|decreas\w+|open\w*|clos\w+|end(?:s|ed)?|appl(?:y|ies|ications?)|accept\w*|eligible|"
    r"ineligible|effect\w*|force|amend\w+|paus\w+|suspend\w+|replac\w+|fees?|amounts?|wage|valid|introduc\w+|"
    r"implement\w+|updat\w+ (?:wages?|amounts?|form)|have to|should)\b",
    re.IGNORECASE,
)
_STAMP = re.compile(
    r"\b(?:(?:last |date |page )?(?:updated|modified|published|posted|reviewed|retrieved|accessed|revised|archived)|"
    r"copyright|issue date|date issued|publication date|news release|version)\b[\s:(]*(?:on|by|of)?[\s:]*$",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:issued|announced|invited|held|conducted|published|received|made|signed|filed|posted|met|launched|sent|"
    r"drew|nominated|submitted|created|born|granted)\b[^.;]{0,60}\bon[\s:,]*$",
    re.IGNORECASE,
)
_STATISTIC = re.compile(
    r"\b(?:table|chart|graph|figures?|data|number of|count|breakdown|break down|statistics|pool|results|"
    r"list(?:ed)? (?:below|here)|there (?:are|were)|total of)\b",
    re.IGNORECASE,
)
_FOLLOW = re.compile(r"[.;()]|:\s*$|\s-\s|,\s(?=(?:and|but|or|so|which|who|where|if|when)\b)", re.IGNORECASE)
_CUT = re.compile(r"[.;:()]|\s-\s|,\s(?=(?:and|but|or|so|which|who|where|if|when|we|you|the|it|they)\b)", re.IGNORECASE)
_EDGE = re.compile(
    r"^(?:\W|\b(?:and|but|or|so|please note|note|that|the|a|an|(?:we|you|they|it)(?:'(?:re|ll|ve|s))?|if|your|our|"
    r"it|this|these|is|are|will|have|has|who|which|also|all|any|please|be|been|on|of|to|must)\b)+|(?:\W|\b(?:and|or|"
    r"the|a|an|is|are|will|be|was|were|on|from|by|until|till|before|of|at|as|to|that|in|after|since|starting|"
    r"beginning|effective|no later than|through|between|for|has|have|had|been|up|including|or before|"
    r"prior|must|may|can|should)\b)+$",
    re.IGNORECASE,
)
_TIME = re.compile(rf"\b\d{{1,2}}(?::\d\d)?\s?[ap]\.?m\b\.?|\b{_DAY}\b", re.IGNORECASE)
_STATUS = re.compile(
    r"\b(?:streams?|categor(?:y|ies)|pilots?|programs?|initiatives?)\b[^.;]{0,60}\b(?:is|are|was|were|has been|"
    r"have been)\s(?:(?:now|currently|temporarily)\s)?(?:closed|paused|suspended|open)\W*$"
    r"|\b(?:is|are|was|were|has been|have been)\s(?:(?:now|currently|temporarily)\s)?(?:closed|paused|suspended)\W*$",
    re.IGNORECASE,
)
"""What streams tell: since when one is closed is no date by which anybody must act."""
_YEAR = re.compile(r"\b(?:19|20)\d\d(?:-\d\d(?:\d\d)?)?\b")
_WORDS = 9


def find_deadlines(sentence: str, around: Around) -> list[FoundDeadline]:
    """The dates this sentence sets: by which something is due or ends, and from which something holds or opens.

    Not the stamps of publication, the days of rounds and other past events, and those that figures are told for.
    """
    text = straight(sentence)
    dates = find_dates(text)
    found = []
    for index, day in enumerate(dates):
        cue = _cue(text, day, dates[index - 1] if index else None)
        if cue and not _is_stamp(text, day):
            label = _label(text, day, dates, around)
            found.append((cue, label, day))
    several = len({label for _, label, _ in found}) < len(found)
    return [
        FoundDeadline(
            label=f"{label} {cue}" if several else label,
            date=day.date,
            start=day.start,
            end=day.end,
            whole=_is_whole(text, day),
        )
        for cue, label, day in found
    ]


def _cue(text: str, day: FoundDate, earlier: FoundDate | None) -> str:  # noqa: PLR0911 - one return a wording
    """The side of the date: "until" for an end, "from" for a beginning, empty for a date that binds nothing."""
    before = text[: day.start]
    if _MOVED.search(before):
        return ""
    if earlier is not None and _TO.fullmatch(text, earlier.end, day.start):
        moved = _MOVED.search(text[: earlier.start]) is not None
        return "until" if moved or _cue(text, earlier, None) else ""
    if side := _SIDE.match(text, day.end):
        return "from" if side["later"] else "until"
    if _BETWEEN.search(before):
        return "from" if before.lower().rstrip().endswith("between") else "until"
    ends, begins = _ENDS.search(before), _BEGINS.search(before)
    if ends and not (begins and begins.start() > ends.start()):
        return "until" if not _STATISTIC.search(before) else ""
    if begins:
        return "from" if _holds(text, day, begins) else ""
    planned = _ON.search(before) and not _PAST.search(before) and _TOLD.search(before[-80:])
    changed = re.search(r"\b(?:increased|changed|updated wages?)[\s:,(]*$", before, re.IGNORECASE)
    return "from" if planned or changed else ""


def _holds(text: str, day: FoundDate, begins: re.Match[str]) -> bool:
    """Whether "as of", "from" and the like tell from when something holds, and not for when figures are told."""
    if _STATUS.search(text[: begins.start()]):
        return False
    loose = begins["cue"].lower() in {"as of", "as at", "from", "since", "after"}
    if not loose:
        return True
    rest = f"{text[: begins.start()]} {text[day.end :]}"
    if begins["cue"].lower() == "from" and re.match(r"\s?(?:-|to|until|through)\s", text[day.end :]):
        return not _PAST.search(f"{text[: begins.start()]} on ")
    if not re.search(r"\w", _EDGE.sub("", text[: begins.start()])):
        return _BINDS.search(rest) is not None
    if re.search(r"\b(?:received|issued|dated|letter|obtained)\s*$", text[: begins.start()], re.IGNORECASE):
        return False
    return _BINDS.search(rest) is not None and not _STATISTIC.search(rest)


def _is_stamp(text: str, day: FoundDate) -> bool:
    return _STAMP.search(text[: day.start]) is not None


def _is_whole(text: str, day: FoundDate) -> bool:
    """Whether the text is a label and its date, "Closing date: June 1, 2026", and no sentence."""
    before = text[: day.start]
    return (
        re.search(r":\s*$", before) is not None and len(before.split()) <= _WORDS and not text[day.end :].strip(" .)")
    )


def _label(text: str, day: FoundDate, dates: tuple[FoundDate, ...], around: Around) -> str:
    """The words beside the date: those that lead up to it, else those that follow, without years and sums."""
    earlier = max((other.end for other in dates if other.end <= day.start), default=0)
    before, after = _without_figures(text[earlier : day.start]), _without_figures(text[day.end :])
    if not re.search(r"[a-z]{3}", _EDGE.sub("", before), re.IGNORECASE):
        before = _without_figures(text[: day.start])
    lead = _lead(before)
    follow = _trim(_FOLLOW.split(after.lstrip(" ,:)-"))[0], last=False)
    if len(lead.split()) > 1 or (lead and re.match(r"[\s,]*(?:and|or|to|until|-)\b|\W*$", after)):
        return lead
    above = heading(around.path[-1]) if around.path else ""
    return follow or lead or above or nearest(around.path) or "deadline"


def _lead(before: str) -> str:
    pieces = [piece for part in _CUT.split(before.rstrip(" ,:(-")) if (piece := _trim(part, last=True))]
    if len(pieces) > 1 and len(pieces[-1].split()) == 1:
        return f"{pieces[-2]} {pieces[-1]}"
    return pieces[-1] if pieces else ""


def _without_figures(text: str) -> str:
    spans = [(found.start, found.end) for found in find_dates(text)]
    spans += [(money.start, money.end) for money in find_money(text)]
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return _YEAR.sub(" ", _TIME.sub(" ", text))


def _trim(text: str, *, last: bool) -> str:
    words = _EDGE.sub("", " ".join(text.split())).split()
    words = words[-_WORDS:] if last else words[:_WORDS]
    return one_spelling(_EDGE.sub("", " ".join(words)))
