"""Which rows of a table are processing times: by a column that is named so, or a table that is about nothing else."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from monitor.extractors import labels
from monitor.extractors.amounts import NUMBER, straight
from monitor.extractors.durations import Duration, find_durations, is_no_time, read_duration
from monitor.extractors.grid import column_names, is_band, row_text, turned
from monitor.extractors.processing_prose import is_processing_heading, nearest_heading
from monitor.extractors.scope import matches_any
from monitor.model import Cell, Table
from monitor.pages.dates import find_dates, is_month

_UNIT = re.compile(r"\b(?:(?:business|working|calendar)\s+)?(?:days|weeks|months)\b", re.IGNORECASE)
_NONE = re.compile(r"\W*(?:n\s?/\s?a|not available|suspended|-+)\W*", re.IGNORECASE)
_ELSE = re.compile(
    r"\b(?:fees?|costs?|points?|scor\w+|wages?|experience|languages?|validity|deadlines?|requirements?|eligib\w+|how to"
    r"|apply(?:ing)?|documents?)\b",
    re.IGNORECASE,
)
_BARE = re.compile(rf"\W*(?P<number>{NUMBER})(?:\s*(?:-|to)\s*{NUMBER})?(?![\d.,]*\d|\s*[a-z])", re.IGNORECASE)


class TimeRow(Struct, frozen=True, kw_only=True):
    """A time in a table: its body row, the section row above it; ``duration`` is None where the cell holds none.

    ``row`` None: the table names what is processed along the top, and says no more than these times.
    """

    row: int | None
    label: str
    text: str
    duration: Duration | None
    section: str
    quote: str


def find_time_rows(
    table: Table, path: tuple[str, ...], opened: str = "", declared: Sequence[str] = ()
) -> list[TimeRow]:
    """The processing times of a table, in reading order; empty for a table about points, fees or experience.

    Of columns that are months only the newest counts: what it shows is the time now.

    ``opened``: the paragraph right before the table, which may say what it is about. ``declared``: regexes of the names
    of columns that hold times.
    """
    words = " ".join((table.caption, nearest_heading(path), opened))
    around = _Around(about=_is_about(table, path, opened), words=words, declared=tuple(declared))
    wide = turned(table)
    if wide is not None and any(is_processing_heading(row[0].text) for row in table.rows):
        quote = row_text(table.rows[-1])
        found = [replace(row, row=None, quote=quote) for row in _read_rows(wide, around)]
        if len(found) == len(wide.rows):
            return found
    return _read_rows(table, around)


class _Around(Struct, frozen=True, kw_only=True):
    about: bool
    words: str
    declared: tuple[str, ...]


def _is_about(table: Table, path: tuple[str, ...], opened: str) -> bool:
    """Whether caption, opening words or a heading speak of processing times, and no nearer heading of other things."""
    if is_processing_heading(table.caption) or is_processing_heading(opened):
        return True
    for heading in reversed(path):
        if is_processing_heading(heading) or _ELSE.search(heading):
            return is_processing_heading(heading)
    return False


def _read_rows(table: Table, around: _Around) -> list[TimeRow]:
    names = [straight(name) for name in column_names(table)]
    columns = [column for column, name in enumerate(names) if column and name and matches_any(name, around.declared)]
    columns = columns or [column for column in range(1, len(names)) if _is_time_column(table, names, column, around)]
    months = [column for column in columns if is_month(names[column])]
    newest = max(months, key=lambda column: (_month(names[column]), -column), default=None)
    section, rows = "", []
    for index, row in enumerate(table.rows):
        if is_band(row):
            section = row[0].text
            continue
        shown = [column for column in columns if column not in months or column == newest]
        for label, text, duration in _read_row(row, names, shown, around.words):
            quote = row_text(row)
            rows.append(TimeRow(row=index, label=label, text=text, duration=duration, section=section, quote=quote))
    return rows


def _month(name: str) -> tuple[int, int]:
    day = next(iter(find_dates(f"1 {name}")), None)
    return (day.date.year, day.date.month) if day else (0, 0)


def is_none(text: str) -> bool:
    """Whether a cell of times says that there is none, in the marks that tables use."""
    return _NONE.fullmatch(straight(text)) is not None


def _is_time_column(table: Table, names: list[str], column: int, around: _Around) -> bool:
    about = around.about
    texts = [row[column].text for row in table.rows if not is_band(row) and row[column].text.strip()]
    timed = _UNIT.search(names[column]) or (is_month(names[column]) and _UNIT.search(around.words))
    named = is_processing_heading(names[column]) or (about and timed is not None)
    times = sum(
        1
        for text in texts
        if find_durations(text) or is_no_time(text) or is_none(text) or (named and _BARE.match(straight(text)))
    )
    return (named or about) and times * 2 >= max(len(texts), 1)


def _read_row(
    row: tuple[Cell, ...], names: list[str], columns: list[int], around: str
) -> Iterator[tuple[str, str, Duration | None]]:
    first = {row[column].origin: column for column in reversed(columns)}
    for column in sorted(first.values()):
        text = " ".join(row[column].text.split())
        label = labels.row_label(straight(row[0].text))
        if len(first) > 1:
            label = f"{label} {labels.row_label(names[column])}"
        yield label, text, _duration(text, names[column], around)


def _duration(text: str, name: str, around: str) -> Duration | None:
    unit = _UNIT.search(name) or _UNIT.search(around)
    bare = _BARE.match(straight(text))
    if unit and bare:
        return read_duration(bare[0].strip(), unit[0])
    return next(iter(find_durations(text)), None)
