"""Which numbers with a unit a text holds, and where: points, language levels, hours, lengths of time, money, people."""

import re
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from monitor.extractors.amounts import NUMBER, find_money, read_number, straight, tidy


class Quantity(Struct, frozen=True, kw_only=True):
    """A number as written, with its unit; ``text[start:end]`` are its words.

    ``least`` and ``most`` say whether words beside it make it a lower or an upper bound. ``noun`` is the thing that is
    counted, where the unit is people or jobs. ``apart``: words between number and unit that neither says, the "of
    classes" of "15 hours of classes per week" or the "cumulative" of "12 cumulative months".
    """

    amount: Decimal
    unit: str
    start: int
    end: int
    least: bool = False
    most: bool = False
    noun: str = ""
    apart: tuple[int, int] = (0, 0)

    @property
    def bound(self) -> bool:
        """Whether the words beside the number make it a limit."""
        return self.least or self.most


PERCENT = "percent"
TIME_UNITS = frozenset({"days", "business_days", "weeks", "months", "years"})
_N = rf"(?<![\w$€£.,/#-])(?P<n>{NUMBER})"
_POINTS = re.compile(
    rf"{_N}(?:\s?\+)?[\s-](?:(?:additional|bonus|extra|selection(?: factor)?|CRS|SIRS|EOI|total)\s)?(?:points?|pts)\b"
    rf"|\b(?:score|pass(?:ing)? mark|mark)s?\s(?:of|is|:)\s(?:at least\s|"
    rf"a minimum of\s)?(?P<score>\d{{2,4}})\b(?![-.,%]\d|%)"
    r"(?!\spoints?)",
    re.IGNORECASE,
)
_OUT_OF = re.compile(r"\bout of\s(?P<n>\d{2,4})\b(?! points)", re.IGNORECASE)
_ELSEWHERE = re.compile(
    rf"(?:,?\s(?:or|and)|[\s,]*\(|;)\s(?:(?:or|at least|a minimum of)\s)*(?P<n>{NUMBER})(?=\s(?:(?:if|when)\s)?"
    r"(?:inside|outside|within|in|elsewhere|everywhere)\b)|[\s,]*\((?P<aside>\d+)(?=\s(?:inside|outside|within|in|elsewhere)\b)",
    re.IGNORECASE,
)
"""The same demand for another place: "at least 5 full-time workers (3 outside Metro Vancouver)"."""
_CLB = re.compile(
    r"\b(?:CLB/NCLC|CLB|NCLC|canadian language benchmarks?)(?:\s?\((?:CLB|NCLC)\))?(?:/NCLC)?,?\s(?:(?:minimum|"
    r"score|of|or|at|a|is)\s)*(?:levels?\s)?(?:of\s)?(?P<n>\d{1,2})(?![\d.]\d|\d)(?:\slevel\b)?",
    re.IGNORECASE,
)
_HOURS = re.compile(
    rf"{_N}[\s-]hours?\b(?:(?P<apart>(?:\s(?:of\s)?(?!(?:per|a|each|in|every|for|within|after|of)\b)[\w-]+){{0,4}}?)"
    rf"\s?(?:/|\b(?:per|a|an|each|every|in a|in one)\s)\s?(?P<per>week|year|month|day)\b)?",
    re.IGNORECASE,
)
_TIME = re.compile(
    rf"{_N}(?:\s?\+)?[\s-](?:(?P<business>business|working)|calendar|full|"
    r"(?P<apart>consecutive|continuous|academic|cumulative))?[\s-]?"
    r"(?P<unit>day|week|month|year)s?\b",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    rf"{_N}\s(?P<noun>(?:(?!(?:and|or|of|to|in)\b)[a-z][\w-]*\s){{0,3}}?"
    r"(?P<what>employees?|workers?|staff|people|persons?|jobs?|positions?|names|referrals|km|kilometres))\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"{_N}\s?(?:%|per\s?cent\b)", re.IGNORECASE)
_PERCENT_NAME = re.compile(r"%|\bper\s?cent(?:age)?\b", re.IGNORECASE)
_CELL_WORDS = re.compile(
    r"(?:\W|\b(?:at least|minimum|maximum|up to|or|more|higher|above|and|of|full-time)\b)*", re.IGNORECASE
)
_LEVEL = re.compile(
    r"\b(?:scores?|levels?|results?)\s(?:of\s)?(?:at least\s|a minimum of\s)?(?P<n>\d{1,2})\b(?![.,]\d)"
    r"(?=[^.;]{0,90}\b(?:CLB|NCLC|benchmarks?)\b)",
    re.IGNORECASE,
)
_DISTANCE = frozenset({"km", "kilometres"})
_THINGS = frozenset({"job", "jobs", "position", "positions", "names", "referrals"})
_NEAR = 160
_DIGITS = re.compile(r"^[a-z]+\s\((\d+)\)$", re.IGNORECASE)
_PER_HOUR = re.compile(r"\s?(?:CAD\s?)?(?:/|per\s|an\s|each\s)\s?(?:hour|hr|h)\b|\s(?:CAD\s)?hourly\b", re.IGNORECASE)
_PER_YEAR = re.compile(
    r"\s?(?:CAD\s?)?(?:/|per\s|a\s|each\s)\s?(?:year|yr|annum)\b|\s(?:CAD\s)?(?:annually|yearly|annual)\b",
    re.IGNORECASE,
)
_PER_MONTH = re.compile(r"\s?(?:CAD\s?)?(?:/|per\s|a\s|each\s)\s?month\b|\smonthly\b", re.IGNORECASE)
_RATES = ((_PER_HOUR, "/hour"), (_PER_YEAR, "/year"), (_PER_MONTH, "/month"))
_RATE_WORDS = (
    (re.compile(r"\bhour(?:ly)?\b", re.IGNORECASE), "/hour"),
    (re.compile(r"\bannual(?:ly)?\b(?! revenue| sales)|\bper year\b|\byearly\b", re.IGNORECASE), "/year"),
)
_LEAST = re.compile(
    r"\b(?:at least|(?:a )?minimum(?: \w+){0,3} (?:of|is)|(?:a )?minimum(?: of)?|(?:no|not) (?:less|fewer|"
    r"lower) than|more than|exceed(?:s|ing)?|greater than|higher than|equal to or (?:above|over|greater than|"
    r"more than))[\s:(]*(?:(?:a|an|the|CAD|another)\s)*(?:(?:[\w-]+\s){1,3}of\s)?$|\b(?:over|above)\s(?=\$?$)",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"\b(?:at most|(?:a )?max(?:imum|\.)?(?: \w+){0,3} (?:of|is)|(?:a )?maximum(?: of)?|"
    r"(?<!add )(?<!adds )up to(?: and including)?|(?:no|not) (?:more|longer|later|greater|older) than|"
    r"(?<!more or )less than|fewer than|lower than|under(?: the age of)?|below|within)[\s:(]*(?:(?:a|an|the|CAD|"
    r"last|past|previous|total of|first)\s)*$",
    re.IGNORECASE,
)
_RESTATES = re.compile(r"[\s\w,/-]{0,40}?(?:\b(?:or|and)\s|\s?\((?:or\s|that is,?\s|i\.e\.,?\s)?)", re.IGNORECASE)
_LEAST_AFTER = re.compile(
    r"^(?:\s\w+){0,2}?\s?(?:\(?(?:or|and) (?:more|higher|above|over|older|longer|greater|better|up)\b|"
    r"at (?:a )?minimum|\+|of age or (?:older|more)|minimum\b|or higher\b)",
    re.IGNORECASE,
)
_MOST_AFTER = re.compile(
    r"^(?:\s\w+){0,2}?\s?(?:\(?(?:or|and) (?:less|lower|below|under|younger|fewer|shorter)\b|maximum\b)",
    re.IGNORECASE,
)


def find_quantities(text: str) -> list[Quantity]:
    """Every number with a unit, in reading order; where two readings overlap, the one that begins first stays."""
    plain = straight(text)
    found = sorted(_all(plain), key=lambda item: (item.start, -item.end))
    kept: list[Quantity] = []
    for item in found:
        if not kept or item.start >= kept[-1].end:
            kept.append(_inheriting(plain, item, kept))
    return [each for item in kept for each in (item, *_elsewhere(plain, item))]


def read_quantity(text: str, name: str) -> Quantity | None:
    """The level, length of time or share that a cell is, under its column's name; None for a cell of other words."""
    found = [item for item in find_quantities(text) if item.unit in {"CLB", PERCENT} | TIME_UNITS]
    bare = re.fullmatch(r"\W*(?P<n>\d{1,3}(?:\.\d+)?)\W*", text)
    if bare and _PERCENT_NAME.search(name):
        start, end = bare.span("n")
        return Quantity(amount=Decimal(bare["n"]), unit=PERCENT, start=start, end=end)
    if len(found) != 1:
        return None
    rest = f"{text[: found[0].start]} {text[found[0].end :]}"
    return found[0] if _CELL_WORDS.fullmatch(rest) else None


def _elsewhere(text: str, item: Quantity) -> Iterator[Quantity]:
    """The number that stands in for this count of people in another place, without a noun of its own."""
    match = _ELSEWHERE.search(text, item.end, item.end + _NEAR) if item.noun and item.bound else None
    between = text[item.end : match.start()] if match else ""
    if match and not re.search(r"[.;]|\d", between):
        group = "n" if match["n"] else "aside"
        amount = read_number(_DIGITS.sub(r"\1", match[group]))
        if amount is not None:
            yield replace(item, amount=tidy(amount), start=match.start(group), end=match.end(group))


def _inheriting(text: str, item: Quantity, before: list[Quantity]) -> Quantity:
    """The quantity with the limit of the one it restates: "at least 1 year or 1,560 hours (30 hours per week)".

    Or of the same count in another place: "at least 5 employees if inside, or 3 employees if outside".
    """
    if item.bound or not before or not before[-1].bound:
        return item
    between = text[before[-1].end : item.start]
    again = item.noun == before[-1].noun and re.fullmatch(r"[^.;]{0,80}?\b(?:or|and|but)\s", between, re.IGNORECASE)
    if not (again if item.noun else _RESTATES.fullmatch(between)):
        return item
    return replace(item, least=before[-1].least, most=before[-1].most)


def money_unit(text: str, end: int, start: int, currency: str) -> str:
    """CAD, CAD/hour, CAD/year or CAD/month, by the words right after a sum, else by those shortly before it."""
    for pattern, rate in _RATES:
        if pattern.match(text, end):
            return currency + rate
    return currency + rate_of(text[max(0, start - 40) : start])


def rate_of(text: str) -> str:
    """The rate that the words of a column, caption or clause speak of last: "/hour", "/year" or nothing."""
    found = [(match.start(), rate) for pattern, rate in _RATE_WORDS for match in pattern.finditer(text)]
    return max(found)[1] if found else ""


def _all(text: str) -> Iterator[Quantity]:
    for match in _POINTS.finditer(text):
        group = "n" if match["n"] else "score"
        yield from _quantity(text, match, "points", group, least=group == "score")
    for match in _OUT_OF.finditer(text):
        if re.search(r"\b(?:points?|scor\w+|mark)\b", text[: match.start("n")], re.IGNORECASE):
            yield from _quantity(text, match, "points", most=True)
    for match in _CLB.finditer(text):
        yield from _quantity(text, match, "CLB")
    for match in _LEVEL.finditer(text):
        yield from _quantity(text, match, "CLB")
    for match in _PERCENT.finditer(text):
        yield from _quantity(text, match, PERCENT)
    for match in _HOURS.finditer(text):
        yield from _quantity(text, match, f"hours/{match['per'].lower()}" if match["per"] else "hours")
    for match in _TIME.finditer(text):
        unit = match["unit"].lower() + "s"
        yield from _quantity(text, match, "business_days" if match["business"] and unit == "days" else unit)
    for match in _PEOPLE.finditer(text):
        what = match["what"].lower()
        unit = "km" if what in _DISTANCE else "count" if what in _THINGS else "people"
        yield from _quantity(text, match, unit, noun=match["noun"])
    yield from _monies(text)


def _monies(text: str) -> Iterator[Quantity]:
    for money in find_money(text):
        least, most = _bounds(text, money.start, money.end)
        yield Quantity(
            amount=money.amount,
            unit=money_unit(text, money.end, money.start, money.currency),
            start=money.start,
            end=money.end,
            least=least,
            most=most,
        )


def _quantity(
    text: str,
    match: re.Match[str],
    unit: str,
    group: str = "n",
    *,
    noun: str = "",
    least: bool = False,
    most: bool = False,
) -> Iterator[Quantity]:
    amount = read_number(_DIGITS.sub(r"\1", match[group]))
    if amount is None:
        return
    start = match.start(group)
    under, over = _bounds(text, match.start(), match.end())
    yield Quantity(
        amount=tidy(amount),
        unit=unit,
        start=start if unit != "CLB" else match.start(),
        end=match.end("noun") if noun else match.end(),
        least=least or under,
        most=most or over,
        noun=noun,
        apart=match.span("apart") if match.groupdict().get("apart") else (0, 0),
    )


def _bounds(text: str, start: int, end: int) -> tuple[bool, bool]:
    before, after = text[:start], text[end:]
    least = _LEAST.search(before) is not None or _LEAST_AFTER.match(after) is not None
    most = not least and (_MOST.search(before) is not None or _MOST_AFTER.match(after) is not None)
    return least, most
