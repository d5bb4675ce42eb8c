"""What a command prints: one JSON document for programs, tables and plain lines for people."""

import csv
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")


def clean(text: object) -> str:
    """Remote text made safe for a terminal: no escape sequences, control or bidirectional override characters."""
    plain = _CONTROL.sub("", "" if text is None else str(text))
    return "".join(char for char in plain if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def console(*, stderr: bool = False) -> "Console":
    """A console that styles only on a terminal and never reads markup in what it is given."""
    from rich.console import Console  # noqa: PLC0415 - rich is loaded only when something is drawn

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 160
    return Console(stderr=stderr, highlight=False, markup=False, soft_wrap=not stream.isatty(), width=width)


def note(text: str) -> None:
    """A line for people on standard error: progress, summaries, hints."""
    sys.stderr.write(clean(text) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table on a terminal, tab-separated lines in a pipe; ``empty`` is said when there are no rows."""
    listed = [[clean(cell) for cell in row] for row in rows]
    if not listed:
        note(empty)
        return
    if not sys.stdout.isatty():
        writer = csv.writer(sys.stdout, dialect="excel-tab", lineterminator="\n")
        writer.writerow([name.lower().replace(" ", "_") for name in columns])
        writer.writerows([cell.replace("\n", " ") for cell in row] for row in listed)
        return
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - only when drawn
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in listed:
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    console().print(table)


STYLES = {
    "holds": "green",
    "ok": "green",
    "sent": "green",
    "contradicted": "bold red",
    "dead": "bold red",
    "blocked": "yellow",
    "failing": "red",
    "failed": "red",
    "layout_changed": "yellow",
    "stale": "yellow",
    "stale_copy": "yellow",
    "unknown": "yellow",
    "manual": "cyan",
    "urgent": "bold red",
    "changed": "bold",
    "open": "yellow",
}


@contextmanager
def progress(label: str, total: int) -> Iterator["Step"]:
    """A progress bar on standard error while on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield Step(None, None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        yield Step(bar, bar.add_task(label, total=total))


class Step:
    """Moves a progress bar on by one."""

    def __init__(self, bar: "Progress | None", task: "TaskID | None") -> None:
        self._bar, self._task = bar, task

    def __call__(self, *_: object) -> None:
        """One step done; takes and ignores whatever a callback is given."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)
