"""The sums of one cell of a table of thresholds: a floor alone, a range, one a level or a rate."""

import re
from decimal import Decimal

from msgspec import Struct

from monitor.extractors.amounts import Money, find_cell_money, find_money, mask, tidy
from monitor.extractors.thresholds_quantities import money_unit

_RANGE_END = re.compile(r"\s?(?:-|to)\s?(?P<n>\d[\d,]*(?:\.\d{1,2})?)(?![\w%.,]*\d)")
_ASIDE_WORDS = 4


class CellValue(Struct, frozen=True, kw_only=True):
    """A number of a cell; ``aside`` tells a further one from the first: "up to", "low"."""

    amount: Decimal
    unit: str
    start: int
    end: int
    aside: str = ""


def find_sums(text: str, unit: str, rate: str) -> list[CellValue]:
    """The sums of a cell in a column of this unit; ``rate`` ("/hour") is what the table's words say they are by.

    Empty where the cell does not open with one.
    """
    first = find_cell_money(text)
    if first is None or first.start > len("equal to or higher than "):
        return []
    found: list[CellValue] = []
    for money in (first, *_further(text, first)):
        own = money_unit(text, money.end, money.start, money.currency)
        own = own if "/" in own else f"{money.currency}{rate}"
        name = unit if "/" in unit else own
        same = [value for value in found if value.unit == name]
        aside = _aside(text, same[-1].end, money, len(same) + 1) if same else ""
        found.append(CellValue(amount=money.amount, unit=name, start=money.start, end=money.end, aside=aside))
    return found


def _further(text: str, first: Money) -> list[Money]:
    """The sums after the first one of a cell; the end of a range need not repeat the sign: "$36.60 to 40"."""
    further = [money for money in find_money(text) if money.start >= first.end]
    bare = _RANGE_END.match(text, first.end)
    if bare and not any(money.start == bare.start("n") for money in further):
        amount = tidy(Decimal(bare["n"].replace(",", "")))
        end = Money(amount=amount, currency=first.currency, start=bare.start("n"), end=bare.end("n"))
        return [end, *further]
    return further


def _aside(text: str, after: int, money: Money, number: int) -> str:
    """What sets a further sum apart: that it ends a range, its words in brackets or before it, else its place."""
    between, bracket = text[after : money.start], re.match(r"\s*\(([^()]{2,30})\)", text[money.end :])
    if re.fullmatch(r"\s*(?:-|to|and|up to)\s*", between):
        return "up to"
    words = bracket[1] if bracket else re.sub(r"\([^)]*\)|\b(?:and|or|per \w+)\b|[^\w\s-]", " ", between)
    return " ".join(words.split()[:_ASIDE_WORDS]).casefold() or f"sum {number}"


def only_sums(text: str) -> bool:
    """Whether a cell holds sums and no words."""
    money = find_cell_money(text)
    if money is None:
        return False
    rest = mask(text, [(found.start, found.end) for found in (money, *_further(text, money))], " ")
    return not re.search(r"[a-z]{3}|\d", rest.replace("CAD", ""))
