"""Which rows of a table are fees: by a column of money, or by a row that names itself a fee."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from monitor.extractors import labels
from monitor.extractors.amounts import DEFAULT_CURRENCY, find_cell_money, find_money, straight, tidy
from monitor.extractors.fee_prose import Around, Found, find_fees, is_fee_heading, is_not_fee, may_be_free
from monitor.extractors.grid import column_names, is_band, row_text
from monitor.extractors.scope import matches_any
from monitor.model import Cell, Table
from monitor.pages.dates import find_dates

_ZERO = re.compile(r"(?:no (?:fee|charge|cost)s?|free(?: of charge)?|nil|none|\$?0(?:\.00)?)\W*", re.IGNORECASE)
_MONEY_HEADER = re.compile(
    r"\$|\bcad\b|\bcan\b|\bamounts?\b|\bdollars?\b|\bprices?\b|\btotals?\b|\bpay\b", re.IGNORECASE
)
_DOLLARS = re.compile(r"\W*\$\s?CAN\b\W*|\W*\bCAN\s?\$\W*", re.IGNORECASE)
"""The head of IRCC's fee columns, which needs no other word of fees."""
_OTHER = re.compile(
    r"\b(?:points?|scores?|hours?|hourly|annual|yearly|family (?:members?|size|units?)|size of (?:your |the )?family|"
    r"number of (?:family|people|persons|members)|minimum|thresholds?|funds?|money you|levels?|CLB|NCLC|IELTS|"
    r"CELPIP|wages?|salar(?:y|ies)|(?:low-)?incomes?|earnings?|revenues?|net worth|assets|investments?|savings|tuition|"
    r"penalt(?:y|ies)|fines|living)\b",
    re.IGNORECASE,
)
"""What else a table of sums may be about. A fee is also asked of investors or with a deposit, so those say nothing."""
_TIMES = re.compile(r"\b(?:processing times?|days|weeks|months)\b", re.IGNORECASE)
_HOLDS = re.compile(
    r"[\s(,]*\b(?:(?:in effect|effective|starting|beginning|as of|from|since|until|before|after|on)\s+)+$",
    re.IGNORECASE,
)
_PARTS = re.compile(r"(?<=\w)[\s:,]+(?P<note>[A-Z]\w+(?: [\w-]+){0,5}? fee \(\$)")
_LATER = re.compile(
    r"\s*[(,;]?\s*(?:CAD\s?)?\$?(?P<n>\d[\d,]*(?:\.\d\d)?)(?:\sCAD)?,?\s*"
    r"(?:as of|effective(?: on)?|from|starting|beginning|on)\s+",
    re.IGNORECASE,
)
_OPENED = len("CAD $")
_CENTS = re.compile(r"\W*\d{1,3}(?:,?\d{3})*\.\d{2}(?![\d%])")
_OPENING = re.compile(r"\W*(?:CAD|USD|US|CA)?\W*\d", re.IGNORECASE)
Row = tuple[Cell, ...]


class FeeRow(Struct, frozen=True, kw_only=True):
    """A fee in a table: its body row, the section row above it, and the texts that may say from when.

    ``note``: where the row's text, the quote, says what its amount is made of: no words of the fee's own.
    """

    row: int
    found: Found
    section: str
    quote: str
    dated: tuple[str, ...]
    note: tuple[int, int] | None = None


def find_fee_rows(table: Table, path: tuple[str, ...], declared: Sequence[str] = ()) -> list[FeeRow]:
    """The fees of a table, in reading order; empty for a table about points, wages, funds or times.

    ``path``: the page's title and the headings above the table, outermost first. ``declared``: regexes of the names of
    columns that hold fees.
    """
    names = [straight(name) for name in _column_names(table)]
    about = _about(table, names, path)
    columns = [column for column, name in enumerate(names) if column and name and matches_any(name, declared)]
    columns = columns or [
        column for column in range(1, len(names)) if _is_fee_column(table, names, column, about=about)
    ]
    repeated = _repeated_labels(table, columns)
    section, rows = "", []
    for index, row in enumerate(table.rows):
        if is_band(row):
            section = row[0].text
            continue
        chosen = columns or _fee_cells(row)
        for column, found in _read_row(row, names, chosen, repeated, bare=bool(columns)):
            dated = (_beside(row[column].text, found), row[0].text, names[column], section, table.caption)
            note = _note(row, column)
            rows.append(FeeRow(row=index, found=found, section=section, quote=row_text(row), dated=dated, note=note))
    return rows


def _column_names(table: Table) -> list[str]:
    """The header's names, else those of a first row that names a column of money without being marked as a header."""
    first = table.rows[0] if table.rows and not table.header else ()
    heads = [cell.text for cell in first]
    if any(_names_money(head) for head in heads[1:]) and not any(re.search(r"\d", head) for head in heads):
        return heads
    return column_names(table)


def _names_money(name: str) -> bool:
    return is_fee_heading(name) or _MONEY_HEADER.search(straight(name)) is not None


def _about(table: Table, names: list[str], path: tuple[str, ...]) -> bool:
    """Whether the table is about fees: by its caption, its columns or the nearest of its headings that says so.

    A nearer word of wages, funds or points ends the search, and so do rows that mostly speak of them.
    """
    if is_not_fee(table.caption):
        return False
    if any(map(is_fee_heading, (table.caption, *path[-1:], *names))):
        return True
    said = [straight(row[0].text) for row in table.rows if row]
    heads = (straight(table.caption), *names)
    if (
        any(map(_is_other, heads))
        or any(map(is_not_fee, names))
        or _mostly(said, lambda text: bool(_OTHER.search(text)))
    ):
        return False
    for heading in map(straight, reversed(path)):
        if is_fee_heading(heading) or _is_other(heading):
            return is_fee_heading(heading)
    return any(map(_DOLLARS.fullmatch, names))


def _is_other(text: str) -> bool:
    return _OTHER.search(text) is not None or _TIMES.search(text) is not None


def _is_fee_column(table: Table, names: list[str], column: int, *, about: bool) -> bool:
    name = names[column]
    if is_not_fee(name):
        return False
    texts = [row[column].text.strip() for row in table.rows if not is_band(row) and row[column].text.strip()]
    if is_fee_heading(name) or (about and _MONEY_HEADER.search(name)):
        texts = [text for text in texts if straight(text) != name]
        return _mostly(texts, lambda text: _ZERO.fullmatch(text) is not None or _OPENING.match(text) is not None)
    return about and _mostly(texts, lambda text: _is_price(text, bare=not _is_other(name)))


def _is_price(text: str, *, bare: bool) -> bool:
    """Whether a cell opens with a sum; in a column that names nothing else "155.00" is one, "155" may be anything."""
    if _ZERO.fullmatch(text) is not None or _starts_with_money(text):
        return True
    return bare and _CENTS.match(text) is not None


def _mostly(texts: list[str], matches: Callable[[str], bool]) -> bool:
    return bool(texts) and sum(map(matches, texts)) * 2 >= len(texts)


def _starts_with_money(text: str) -> bool:
    first = next(iter(find_money(straight(text))), None)
    return first is not None and not first.rate and first.start <= 1


def _fee_cells(row: Row) -> list[int]:
    """The columns after the label in a row that calls itself a fee: "Registration fee | $300 | $300"."""
    if not row or not is_fee_heading(row[0].text):
        return []
    return [column for column in range(1, len(row)) if row[column].origin != row[0].origin]


def _read_row(
    row: Row, names: list[str], columns: list[int], repeated: frozenset[str], *, bare: bool
) -> Iterator[tuple[int, Found]]:
    first = {row[column].origin: column for column in reversed(columns)}
    label = _row_label(row, columns, repeated)
    for column in sorted(first.values()):
        ending = labels.row_label(_undated(names[column])) if len(first) > 1 else ""
        name = label if ending.lower() in {"", "fee", "fees", "$can"} else f"{label} {ending}"
        for found in _read_cell(row[column].text, name, bare=bare):
            yield column, found


def _note(row: Row, column: int) -> tuple[int, int] | None:
    """Where a label tells the parts of its amount: "Processing fee ($950) and right of permanent residence fee …"."""
    label = straight(" ".join(row[0].text.split()))
    note = _PARTS.search(label) if column and len(find_money(label)) > 1 else None
    return (note.start("note"), len(label)) if note else None


def _undated(name: str) -> str:
    """A column's name without the days from and until which its sums hold, which are no part of what they are for."""
    for day in reversed(find_dates(name)):
        before = _HOLDS.sub("", name[: day.start])
        name = before + name[day.end :].lstrip(" ),") if before != name[: day.start] else name
    return name


def _row_label(row: Row, columns: list[int], repeated: frozenset[str]) -> str:
    label = labels.row_label(straight(row[0].text))
    if label not in repeated or not columns:
        return label
    between = {row[column].origin: row[column].text for column in range(1, columns[0])}
    parts = [labels.row_label(straight(text)) for origin, text in between.items() if origin != row[0].origin]
    return " ".join([label, *filter(None, parts)])


def _repeated_labels(table: Table, columns: list[int]) -> frozenset[str]:
    """The first-column labels that stand in several rows, so that further columns must tell them apart."""
    counts = Counter(labels.row_label(straight(row[0].text)) for row in table.rows if columns and not is_band(row))
    return frozenset(label for label, count in counts.items() if count > 1)


def _read_cell(text: str, label: str, *, bare: bool) -> list[Found]:
    plain = straight(text)
    if _ZERO.fullmatch(plain.strip()):
        return [Found(label=label, amount=Decimal(0), currency=DEFAULT_CURRENCY, start=0, end=len(text))]
    monies = find_money(plain)
    parts = find_fees(plain, Around(lead_in=f"{label} fee")) if len(monies) > 1 or may_be_free(plain) else []
    if len(parts) > 1 and len({part.label for part in parts}) == len(parts):
        return parts
    money = find_cell_money(plain) if bare else next(iter(monies), None)
    if money is None or money.rate:
        return []
    first = Found(label=label, amount=money.amount, currency=money.currency, start=money.start, end=money.end)
    return [first, *_later(plain, first)]


def _later(text: str, first: Found) -> Iterator[Found]:
    """What the same will be from a day on: "155 (160 as of December 1, 2026)"."""
    match = _LATER.match(text, first.end)
    if match and any(day.start == match.end() for day in find_dates(text)):
        amount = tidy(Decimal(match["n"].replace(",", "")))
        yield replace(first, amount=amount, start=match.start("n"), end=match.end("n"))


def _beside(text: str, found: Found) -> str:
    """The words of a cell that say from when this amount holds: not those of what it will be."""
    match = _LATER.match(straight(text), found.end)
    return text[: match.start("n")] if match else text[found.start :] if found.start > _OPENED else text
