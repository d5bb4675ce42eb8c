"""Which rows of a table are processing times: by a column that is named so, or a table that is about nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.extractors import labels
from monitor.extractors.amounts import NUMBER, straight
from monitor.extractors.durations import Duration, find_durations, is_no_time, read_duration
from monitor.extractors.grid import column_names, is_band, row_text
from monitor.extractors.processing_prose import is_processing_heading
from monitor.model import Cell, Table

_UNIT = re.compile(r"\b(?:(?:business|working|calendar)\s+)?(?:days|weeks|months)\b", re.IGNORECASE)
_BARE = re.compile(rf"\W*(?P<number>{NUMBER})(?:\s*(?:-|to)\s*{NUMBER})?(?![\d.,]*\d|\s*[a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRow:
    """A time in a table: its body row, the section row above it; ``duration`` is None where the cell holds none."""

    row: int
    label: str
    text: str
    duration: Duration | None
    section: str
    quote: str


def find_time_rows(table: Table, path: tuple[str, ...]) -> list[TimeRow]:
    """The processing times of a table, in reading order; empty for a table about points, fees or experience."""
    names = [straight(name) for name in column_names(table)]
    about = is_processing_heading(table.caption) or is_processing_heading(path[-1] if path else "")
    columns = [column for column in range(1, len(names)) if _is_time_column(table, names, column, about=about)]
    around = " ".join((table.caption, *path[-1:]))
    section, rows = "", []
    for index, row in enumerate(table.rows):
        if is_band(row):
            section = row[0].text
            continue
        for label, text, duration in _read_row(row, names, columns, around):
            quote = row_text(row)
            rows.append(TimeRow(row=index, label=label, text=text, duration=duration, section=section, quote=quote))
    return rows


def _is_time_column(table: Table, names: list[str], column: int, *, about: bool) -> bool:
    texts = [row[column].text for row in table.rows if not is_band(row) and row[column].text.strip()]
    named = is_processing_heading(names[column]) or (about and _UNIT.search(names[column]) is not None)
    times = sum(
        1 for text in texts if find_durations(text) or is_no_time(text) or (named and _BARE.match(straight(text)))
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
