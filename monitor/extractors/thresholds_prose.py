"""Which numbers in a sentence are thresholds, and of what."""

import re
from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from monitor.extractors import thresholds_labels as labels
from monitor.extractors import thresholds_windows as windows
from monitor.extractors.amounts import straight
from monitor.extractors.fee_prose import Around, find_fees, is_fee_heading
from monitor.extractors.processing_prose import find_times
from monitor.extractors.thresholds_quantities import PERCENT, TIME_UNITS, Quantity, find_quantities
from monitor.extractors.thresholds_wages import wage_label, without_bound
from monitor.pages.dates import find_dates


class FoundThreshold(Struct, frozen=True, kw_only=True):
    """A threshold in a text; ``start`` and ``end`` are the number's offsets. ``whole``: the text says no more.

    ``apart``: offsets of words between them that the value does not say.
    """

    label: str
    amount: Decimal
    unit: str
    start: int
    end: int
    whole: bool = False
    apart: tuple[int, int] = (0, 0)


_ENTRY = re.compile(
    r"[^\w$]*(?P<label>.*?[\w)+%])\s*(?:-{1,2}|:|=|\||\(|,|\bis worth\b)\s*(?:(?:max(?:imum|\.)?(?: of)?|up to|"
    r"an additional|additional|extra)\s)?(?P<n>\d{1,4})\s*(?:points?|pts)\b(?:\s(?:total|each|"
    r"per ability))?[\s).;*]*",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\W*(?P<n>\d{1,4})\s(?:points?\s)?(?P<label>(?:with|without|for|if)\s[^.;]+)", re.IGNORECASE)
_MAXIMUM = re.compile(
    r"\b(?:max(?:imum|\.)?(?: of)?|up to|to a maximum of)\s:?\s?(?P<n>\d{1,4})\s?(?:points?|"
    r"pts)\b(?:\s(?P<of>for section|per \w+(?: \w+)?|combined))?",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:no longer (?:give|giving|award(?:ing)?|get|receive|earn|count|grant)|(?:are|is|we're|we are|were|was|"
    r"been) remov(?:ing|ed)|eliminat(?:ing|ed))\b",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"\b(?:still|can|gets?|earns?|gains?|receives?|adds?|award\w*|giv(?:es?|ing)|worth)\b", re.IGNORECASE
)
_NO_POINTS = re.compile(
    r"\bno longer (?:give|award|get|receive|earn|grant)s?\b[^.;]{0,30}?\bpoints for (?:an? |the |"
    r"your )?(?P<what>[a-z][\w\s-]{2,60})",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"=|\bfor example,? if\b|\bexample:", re.IGNORECASE)
_MONEY = re.compile(
    r"\b(?:wages?|salar(?:y|ies)|incomes?|earn\w*|revenues?|funds?|net worth|assets?|equity|invest\w*|sales|"
    r"turnover|savings?|remuneration|pay(?! (?:a|the|your) fee)|capital|purchase|gross|balance)\b",
    re.IGNORECASE,
)
_WAGE = re.compile(r"\b(?:wages?|salar(?:y|ies)|pay rates?|rates? of pay)\b", re.IGNORECASE)
_PRICED_ENTRY = re.compile(r"\W*(?P<label>[^:.;$]{3,60}?)(?::|\s-)\s*(?:CAD\s?)?\$\s?[\d,.]+(?:\sCAD)?\W*")
"""A list entry that is a name and a sum: "2 family members: $10"."""
_NOT_MONEY = re.compile(r"\b(?:penalt(?:y|ies)|fine[sd]?|refund\w*|loan|deposit)\b", re.IGNORECASE)
_DEMAND = re.compile(
    r"\b(?:must|need(?:s|ed)?|require[sd]?|requirements?|minimum|maximum|at least|threshold|eligible|qualif\w+|"
    r"limit(?:ed)?)\b",
    re.IGNORECASE,
)
_OF_WORK = re.compile(
    r"^\s(?:of\s)?(?:[\w-]+\s){0,6}?(?:experience|education|study|studies|schooling|residence|residency|instruction|"
    r"work)\b",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"\b(?:scor(?:e|es|ed|ing)|pass(?:ing)? mark)(?:\s(?:of|is|at|least|a|minimum|total|lower|less|than|below|above|"
    r"or|over|more|higher|under|must|be|needs?|to)){0,6}\s$",
    re.IGNORECASE,
)
_SKILL = re.compile(r"requirement|proficien|abilit|skill|language|result", re.IGNORECASE)
_PAPER = re.compile(r"result|test|document|certificate|report|statement|letter|photo", re.IGNORECASE)
_WORK = re.compile(r"work|job|employ|position|experience|stud|course|program|business|week", re.IGNORECASE)
_ASKS = re.compile(
    r"\b(?:must|need|requires?|required|at least|if|when|minimum|maximum|may|can|cannot|should|eligible|has|have)\b",
    re.IGNORECASE,
)
_NOT_NEEDED = re.compile(r"\b(?:does|do|is|are)(?: not|n't) (?:have|need|required?)\b[^.;]*$", re.IGNORECASE)
_ROUND = re.compile(
    r"\breceived (?:an? |the )?(?:\w+ )?(?:invitation|notification)|\b(?:were|was|have been|has been|we) (?:issued|"
    r"invited|sent)\b|\bissued (?:\d|an? |targeted |invit|notif)|\binvitations? (?:to apply )?(?:issued|sent)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(r"(?:inside|outside|elsewhere)\b")
_LIMIT_IS = re.compile(r"\b(?:limit|cap|maximum|minimum|threshold)\s(?:is|of)\s$", re.IGNORECASE)
_OF_CASES = re.compile(
    r"\s?of\s(?:the\s|all\s|complete\s)?(?:time|cases|applications?|requests|files|invitations|nominations|candidates)\b",
    re.IGNORECASE,
)
_AGE = re.compile(r"^\s(?:of age|old)\b|^\sor (?:older|younger)\b", re.IGNORECASE)
_OTHER_POINTS = re.compile(
    r"\b(?:key|main|following|these|decimal|starting|talking|of entry)\s(?:points?)?$", re.IGNORECASE
)


def find_thresholds(sentence: str, around: Around) -> list[FoundThreshold]:
    """The thresholds this sentence states, in reading order.

    Points, language levels, hours, lengths of time, sums of wages, revenue and funds, and counts of people that are
    limits or demands. Not fees, processing times, dates, examples, and points that are no longer given.
    """
    text = straight(sentence)
    gone = _gone(text, around)
    if gone is not None:
        return gone
    entry = _entry(text, around) or _points_first(text, around)
    if entry is not None:
        return [entry]
    if _EXAMPLE.search(text):
        return []
    quantities = find_quantities(text)
    taken = _taken(sentence, text, around)
    found: list[FoundThreshold] = []
    for index, item in enumerate(quantities):
        if any(item.start < end and start < item.end for start, end in taken):
            continue
        start = quantities[index - 1].end if index else 0
        end = quantities[index + 1].start if index + 1 < len(quantities) else len(text)
        if _decides(text, item, around):
            label = _label(text, item, (start, end), around) or _label_of_same(item, found, quantities)
            place = labels.place_in(text[item.end : end]) or labels.place_in(text[: quantities[0].start])
            label = labels.joined(label or labels.nearest(around.path), _unit_word(item.unit), place)
            found.append(_found(label, item))
    return found


def find_maxima(text: str) -> list[FoundThreshold]:
    """What a heading or column name says is the most: "Age (maximum 12 points)" gives "age maximum"."""
    plain = straight(text)
    found = []
    for match in _MAXIMUM.finditer(plain):
        label = labels.joined("maximum", (match["of"] or "").lower())
        found.append(
            FoundThreshold(
                label=label, amount=Decimal(match["n"]), unit="points", start=match.start("n"), end=match.end()
            )
        )
    return found


def is_ended(text: str) -> bool:
    """Whether a paragraph says that points are no longer given; the list it opens says which."""
    plain = straight(text)
    return _GONE.search(plain) is not None and re.search(r"\bpoints?\b", plain, re.IGNORECASE) is not None


def is_given(text: str) -> bool:
    """Whether a paragraph says for what one does get points, whatever the title above it says has ended."""
    return _GIVEN.search(straight(text)) is not None and not is_ended(text)


def _gone(text: str, around: Around) -> list[FoundThreshold] | None:
    """Points that are told to have ended: zero where the sentence says for what, none where it only lists them."""
    match = _NO_POINTS.search(text)
    if match:
        what = labels.after(match["what"]) or labels.nearest(around.path)
        return [
            FoundThreshold(label=what, amount=Decimal(0), unit="points", start=match.start(), end=match.start("what"))
        ]
    return [] if is_ended(text) else None


def _entry(text: str, around: Around) -> FoundThreshold | None:
    """A list entry of a points grid: "CLB 9 or higher - 10 points"; None for a sentence that speaks of points."""
    match = _ENTRY.fullmatch(text)
    if match is None or re.search(r"[.;]\s", match["label"]) or len(match["label"].split()) > len("a b c d e f" * 3):
        return None
    label = labels.row(match["label"])
    if labels.before(f"{label} of") == "" and not re.search(r"[^\W\d_]{2}", label):
        return None
    maximum = re.search(r"max", text[match.end("label") : match.start("n")], re.IGNORECASE)
    above = labels.nearest(around.path[1:])
    name = labels.joined("" if label.startswith(above) else above, label, "maximum" if maximum else "")
    whole = not labels.has_aside(match["label"])
    start, end = match.span("n")
    return FoundThreshold(label=name, amount=Decimal(match["n"]), unit="points", start=start, end=end, whole=whole)


def _points_first(text: str, around: Around) -> FoundThreshold | None:
    """A list entry that begins with its points, opened by "Maximum points for each ability:" or the like."""
    opened = straight(around.lead_in)
    match = _FIRST.match(text)
    if match is None or not re.search(r"\bpoints\b", opened, re.IGNORECASE):
        return None
    most = "maximum" if re.search(r"\bmax", opened, re.IGNORECASE) else ""
    name = labels.joined(labels.nearest(around.path[1:]), labels.row(match["label"]), most)
    start, end = match.span("n")
    return FoundThreshold(label=name, amount=Decimal(match["n"]), unit="points", start=start, end=end)


def _taken(sentence: str, text: str, around: Around) -> list[tuple[int, int]]:
    """The parts of the sentence that are something else: fees, processing times, dates."""
    spans = [(fee.start, fee.end) for fee in find_fees(text, around)]
    heading = around.path[-1] if around.path else ""
    spans += [(time.duration.start, time.duration.end) for time in find_times(sentence, heading, around.lead_in)]
    return spans + [(date.start, date.end) for date in find_dates(text)]


def _decides(text: str, item: Quantity, around: Around) -> bool:  # noqa: PLR0911 - one return a kind of unit
    told = f"{straight(around.lead_in)} {text}"
    if item.unit not in TIME_UNITS and _ROUND.search(told):
        return False
    if item.unit == "points":
        return _OTHER_POINTS.search(text[: item.start]) is None
    if item.unit == "CLB":
        return True
    if item.unit.startswith(("CAD", "USD")):
        return _is_sum(text, item, around)
    if item.unit == PERCENT:
        return _is_share(text, item)
    demanded = _DEMAND.search(told) is not None
    if item.unit.startswith("hours"):
        return item.bound or demanded or text[item.end :].lstrip().startswith("requirement")
    if item.unit in TIME_UNITS:
        return _is_time(text, item, around, demanded=demanded)
    return item.bound and _ASKS.search(told) is not None


def _is_share(text: str, item: Quantity) -> bool:
    """Whether a percentage is a limit, and not how many cases are done in time."""
    limit = item.bound or _LIMIT_IS.search(text[: item.start]) is not None
    return limit and _OF_CASES.match(text[item.end :]) is None


def _is_sum(text: str, item: Quantity, around: Around) -> bool:
    opened = f"{around.lead_in} {' '.join(around.path[-2:])}"
    if _NOT_MONEY.search(text) or (is_fee_heading(opened) and not _MONEY.search(text)):
        return False
    about = _MONEY.search(text) or "/" in item.unit or _MONEY.search(opened)
    if _MONEY.search(opened) and _PRICED_ENTRY.fullmatch(text):
        return True
    if "/" in item.unit and _WAGE.search(text):
        return True
    return item.least or (bool(about) and (item.bound or _DEMAND.search(f"{text} {opened}") is not None))


def _is_time(text: str, item: Quantity, around: Around, *, demanded: bool) -> bool:
    if windows.is_validity(text, item) or windows.is_window(text, item) or windows.is_lookback(text, item):
        return True
    if windows.is_kept(text, item) or windows.find_entry(text, item, around.lead_in, around.path):
        return True
    if _NOT_NEEDED.search(text[: item.start]) or re.search(r"\bover\s$", text[: item.start], re.IGNORECASE):
        return False
    if _AGE.match(text[item.end :]):
        return item.bound or demanded
    of_work = _OF_WORK.match(text[item.end :]) is not None
    return (of_work and demanded) or (item.bound and (item.least or of_work or demanded))


def _label(text: str, item: Quantity, clause: tuple[int, int], around: Around) -> str:
    before, after = text[clause[0] : item.start], text[item.end : clause[1]]
    if item.unit in TIME_UNITS:
        name = _time_label(text, item, before, after, around)
    elif item.unit == "points":
        name = _points_label(text, item, after, around)
    elif item.unit.startswith(("CAD", "USD")):
        name = _money_label(text, item, (before, after), around)
    elif item.unit == "CLB":
        spoken = labels.before(without_bound(before))
        name = spoken if _SKILL.search(spoken) else ""
    elif item.noun:
        name = labels.after(f" {item.noun}")
    elif not after.lstrip(" -").startswith("requirement"):
        spoken = labels.before(without_bound(before))
        name = labels.after(after) or (spoken if _WORK.search(spoken) else "")
    else:
        name = ""
    return name


def _label_of_same(item: Quantity, found: Sequence[FoundThreshold], quantities: Sequence[Quantity]) -> str:
    """The name of an earlier number of the same unit, which this one repeats for another place; without that place."""
    same = [earlier for earlier in found if earlier.unit == item.unit and not item.noun]
    if not same or item is quantities[0]:
        return ""
    return re.sub(r"\s(?:inside|outside)\s.*$", "", same[-1].label)


def _time_label(text: str, item: Quantity, before: str, after: str, around: Around) -> str:
    if windows.is_validity(text, item):
        return windows.validity_label(text, item, around.path)
    if windows.is_lookback(text, item):
        return windows.lookback_label(text, item, around.path)
    if windows.is_window(text, item):
        return windows.window_label(text, item, around.lead_in, around.path)
    if entry := windows.find_entry(text, item, around.lead_in, around.path):
        return entry
    if _AGE.match(after):
        thing = labels.before(without_bound(before))
        return f"{thing} age" if _PAPER.search(thing) else "age"
    return windows.keep_label(text[: item.start]) or labels.after(after) or labels.before(without_bound(before))


def _points_label(text: str, item: Quantity, after: str, around: Around) -> str:
    above, before = labels.nearest(around.path), text[: item.start]
    total = re.search(r"(?P<what>(?:(?!a\b|an\b|the\b)\w+\s)?scores?)\s(?:\w+\s)?out of\s$", before, re.IGNORECASE)
    if total or re.search(r"\bout of\s$", before, re.IGNORECASE):
        return labels.joined(total["what"].lower() if total else above, "maximum")
    purpose = re.match(r"\s?(?:only\s)?(?:for|if|in)\s(?P<what>.+)", after)
    what = labels.after(f" {purpose['what']}") if purpose else ""
    if _MAXIMUM.search(text, max(0, item.start - len("to a maximum of ")), item.end):
        return labels.joined(what or above, "maximum")
    if _SCORE.search(before) or re.match(r"[^.;]{0,25}\bout of\b", after):
        return above if "score" in above.split() else f"{above} score".strip()
    return what or above


def _money_label(text: str, item: Quantity, around_sum: tuple[str, str], around: Around) -> str:
    before, after = around_sum
    if "/" not in item.unit:
        entry = _PRICED_ENTRY.fullmatch(text)
        if entry:
            return labels.row(entry["label"])
        named = labels.after(after)
        return ("" if _PLACED.match(named) else named) or labels.before(without_bound(before))
    return wage_label(text, item, before, around)


def _unit_word(unit: str) -> str:
    thing, _, per = unit.partition("/")
    word = {"hours": "hours", "CLB": "CLB"}.get(thing, "")
    return f"{word} per {per}".strip() if per else word


def _found(label: str, item: Quantity) -> FoundThreshold:
    return FoundThreshold(
        label=label, amount=item.amount, unit=item.unit, start=item.start, end=item.end, apart=item.apart
    )
