"""The open tables on disk: CSV without formulas, JSON Lines, SQLite for Datasette, and their dictionary."""

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from monitor.errors import UsageError
from monitor.model import Source
from monitor.ports import Store
from monitor.publishing.tables import TABLES, Cell, Column, OpenTable, Row

FORMATS = ("csv", "jsonl", "sqlite")
DATABASE = "open-data.db"
METADATA = "metadata.json"
DICTIONARY = "DICTIONARY.md"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LICENCE = "Facts and short quotes from official pages; the content of the pages belongs to their publishers."


def publish(store: Store, sources: Sequence[Source], folder: Path, formats: Sequence[str]) -> dict[str, int]:
    """Write the tables of these sources into a folder that is new or empty; returns the rows by table.

    Raises UsageError for a folder that holds something already, or cannot be made.
    """
    _make_empty(folder)
    tables = {table.name: list(table.rows(store, sources)) for table in TABLES}
    for table in TABLES:
        rows = tables[table.name]
        if "csv" in formats:
            _write_csv(folder / f"{table.name}.csv", table, rows)
        if "jsonl" in formats:
            _write_jsonl(folder / f"{table.name}.jsonl", rows)
    if "sqlite" in formats:
        _write_sqlite(folder / DATABASE, tables)
        text = json.dumps(datasette_metadata(), indent=1, ensure_ascii=False)
        (folder / METADATA).write_text(text + "\n", encoding="utf-8")
    (folder / DICTIONARY).write_text(dictionary(), encoding="utf-8")
    return {name: len(rows) for name, rows in tables.items()}


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"{folder} holds something already; name a new or empty folder.")
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"{folder} is a file; name a folder for the tables.") from None
    except OSError as error:
        raise UsageError(f"{folder} cannot be made ({error.strerror}); name another folder.") from error


def _write_csv(path: Path, table: OpenTable, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        writer.writerows([inert(_text(row[column.name])) for column in table.columns] for row in rows)


def inert(text: str) -> str:
    """A cell that a spreadsheet shows as it is: what could begin a formula is put behind an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(int(cell))
    return str(cell) if isinstance(cell, str | int) else json.dumps(cell, ensure_ascii=False, sort_keys=True)


def _write_jsonl(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write_sqlite(path: Path, tables: dict[str, list[Row]]) -> None:
    """Plain tables with keys, links, indexes and a full-text index over the official words."""
    with closing(sqlite3.connect(path)) as database:
        for table in TABLES:
            database.execute(_create(table))
            names = [column.name for column in table.columns]
            marks = ", ".join("?" * len(names))
            database.executemany(
                f'INSERT INTO "{table.name}" VALUES ({marks})',  # noqa: S608 - our own constants
                (tuple(_stored(row[name]) for name in names) for row in tables[table.name]),
            )
            for name in table.links:
                database.execute(f'CREATE INDEX "{table.name}_{name}" ON "{table.name}" ("{name}")')
        database.execute('CREATE INDEX "facts_key" ON "facts" ("key")')
        database.execute('CREATE INDEX "events_observed_at" ON "events" ("observed_at")')
        database.execute('CREATE VIRTUAL TABLE "facts_fts" USING fts5("key", "quote", content="facts")')
        database.execute("INSERT INTO facts_fts(facts_fts) VALUES ('rebuild')")
        database.commit()
        database.execute("VACUUM")


def _create(table: OpenTable) -> str:
    def line(column: Column) -> str:
        kind = "TEXT" if column.kind == "JSON" else column.kind
        refers = f' REFERENCES "{table.links[column.name]}" ("id")' if column.name in table.links else ""
        return f'"{column.name}" {kind}{" PRIMARY KEY" if column.name == table.key else ""}{refers}'

    return f'CREATE TABLE "{table.name}" ({", ".join(map(line, table.columns))})'


def _stored(cell: Cell) -> str | int | None:
    if isinstance(cell, bool):
        return int(cell)
    if cell is None or isinstance(cell, str | int):
        return cell
    return json.dumps(cell, ensure_ascii=False, sort_keys=True)


def datasette_metadata() -> dict[str, object]:
    """What Datasette shows beside the tables: `datasette open-data.db --metadata metadata.json`."""
    tables = {
        table.name: {
            "description": table.meaning,
            "columns": {column.name: column.meaning for column in table.columns},
            **({"sort_desc": "observed_at"} if table.name == "events" else {}),
        }
        for table in TABLES
    }
    return {
        "title": "Official pages, read by stilltrue",
        "description": _LICENCE,
        "databases": {DATABASE.removesuffix(".db"): {"tables": tables}},
    }


def dictionary() -> str:
    """The data dictionary as Markdown."""
    return "\n".join(_dictionary_lines()) + "\n"


def _dictionary_lines() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield f"{_LICENCE} Times are ISO 8601 in UTC, dates `YYYY-MM-DD`; money is a decimal string; JSON columns hold"
    yield "JSON text. In the CSV files a cell that a spreadsheet could take for a formula begins with an apostrophe."
    for table in TABLES:
        yield from ("", f"## {table.name}", "", table.meaning, "", "| column | type | meaning |", "|---|---|---|")
        for column in table.columns:
            refers = f" → `{table.links[column.name]}.id`" if column.name in table.links else ""
            key = " (primary key)" if column.name == table.key else ""
            yield f"| `{column.name}` | {column.kind}{refers}{key} | {column.meaning} |"
