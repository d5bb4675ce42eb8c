"""What a command prints: one JSON document for programs, tables and plain lines for people."""

from __future__ import annotations

import csv
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.cli.streams import out, out_file, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.text import Text

    from monitor.changes.wording import Hunk
    from monitor.model import Affect, Event, Verdict, Version

_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")


def clean(text: object) -> str:
    """Remote text made safe for a terminal: no escape sequences, control or bidirectional override characters.

    A time is told by the minute, nothing by nothing.
    """
    plain = _CONTROL.sub("", _worded(text))
    return "".join(char for char in plain if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"})


def _worded(value: object) -> str:
    if isinstance(value, datetime):
        from monitor.model import minute

        return minute(value)
    return "" if value is None else str(value)


def print_json(document: object) -> None:
    """One JSON document on standard output, escaped where that has not all letters."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(document), indent=1).decode()
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text), indent=1)
    out.write(text + "\n")


def console(*, stderr: bool = False) -> Console:
    """A console that styles only on a terminal and never reads markup in what it is given."""
    from rich.console import Console

    stream = sys.stderr if stderr else out_file()
    width = None if stream.isatty() else 160
    return Console(file=stream, highlight=False, markup=False, soft_wrap=not stream.isatty(), width=width)


def note(text: str) -> None:
    """A line for people on standard error: progress, summaries, hints."""
    say(clean(text) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """A table on a terminal, tab-separated lines in a pipe; ``empty`` is said when there are no rows."""
    listed = [[clean(cell) for cell in row] for row in rows]
    if not listed:
        note(empty)
        return
    if not sys.stdout.isatty():
        out.write("\t".join(name.lower().replace(" ", "_") for name in columns) + "\n")
        for row in listed:
            out.write("\t".join(" ".join(cell.split()) for cell in row) + "\n")
        return
    from monitor.cli.tables import draw

    draw(console(), columns, listed)


@contextmanager
def progress(label: str, total: int) -> Iterator[Step]:
    """A progress bar on standard error while on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield Step(None, None)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        yield Step(bar, bar.add_task(label, total=total))


class Step:
    """Moves a progress bar on by one."""

    def __init__(self, bar: Progress | None, task: TaskID | None) -> None:
        self._bar, self._task = bar, task

    def __call__(self, *_: object) -> None:
        """One step done; takes and ignores whatever a callback is given."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Comma-separated values, times as in JSON, in which no cell is a formula to a spreadsheet."""
    from monitor.model import stamp

    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([name.lower().replace(" ", "_") for name in columns])
    writer.writerows(
        [stamp(cell) if isinstance(cell, datetime) else _inert(clean(cell)) for cell in row] for row in rows
    )


def _inert(cell: str) -> str:
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def brief(value: Mapping[str, object] | None, fields: Sequence[str]) -> str:
    """A value in one line: the fields that changed, or the ones people look for first."""
    if not value:
        return ""
    names = [name for name in fields if name in value] or [name for name in HEADLINE_FIELDS if value.get(name)]
    return "; ".join(f"{name} {_told(value[name])}" for name in (names or value))


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "not stated" if value is None else str(value)


HEADLINE_FIELDS = ("date", "invitations_text", "score_text", "amount", "text", "status", "code", "message", "count")


def print_event(event: Event, affects: Sequence[Affect], hunks: Sequence[Hunk]) -> None:
    """One event in full, for people."""
    screen = console()
    lines = [
        ("Kind", event.kind),
        ("Subject", f"{event.publisher}: {event.subject}"),
        ("Key", event.key),
        ("Observed", event.observed_at),
        ("Confirmed", event.confirmed_at),
        ("Occurred", event.occurred_on),
        ("In force", event.effective_on),
        ("State", f"{event.state}, {event.severity}, cause {event.cause}"),
        ("Old", brief(event.old, event.changed)),
        ("New", brief(event.new, event.changed)),
        ("Strictness", strictness(event)),
        ("Told in", event.part_of),
        ("Address", event.evidence.url),
    ]
    if sys.stdout.isatty():
        from monitor.cli.tables import draw_block

        draw_block(screen, [(label, clean(value)) for label, value in lines], indent=11)
    else:
        for label, value in lines:
            if value:
                line(f"{label:<10} {clean(value)}")
    if any(hunk.old or hunk.new for hunk in hunks):
        screen.print()
        screen.print(marked(hunks), soft_wrap=True)
    for affect in affects:
        screen.print()
        screen.print(f"Touches {affect.guide}/{affect.assumption} ({affect.verdict}): {clean(affect.reason)}")


def strictness(event: Event) -> str | None:
    """Whether a rule asks more now, with its old and new force; None where nothing can be said of it."""
    if event.strictness is None:
        return None
    forces = [str(side["modality"]) for side in (event.old, event.new) if side and side.get("modality")]
    return f"{event.strictness} ({' → '.join(forces)})" if forces else str(event.strictness)


def marked(hunks: Sequence[Hunk]) -> Text:
    """A word diff: struck out and inserted words, by sign as well as by colour."""
    from rich.text import Text

    text = Text()
    for hunk in hunks:
        if hunk.op == "equal":
            text.append(clean(hunk.new))
            continue
        if hunk.old:
            text.append(f"[-{clean(hunk.old)}-]", style="red strike")
        if hunk.new:
            text.append(f"{{+{clean(hunk.new)}+}}", style="bold green")
    return text


def print_hunks(older: Version, newer: Version, hunks: Sequence[Hunk]) -> None:
    """The differences of two versions of a page, block by block."""
    from monitor.changes.wording import word_diff
    from monitor.model import minute

    screen = console()
    screen.print(f"--- {minute(older.seen_at)} {older.id}")
    screen.print(f"+++ {minute(newer.seen_at)} {newer.id}")
    for hunk in hunks:
        screen.print()
        if hunk.path:
            screen.print("@ " + clean(" > ".join(hunk.path)), style="cyan")
        screen.print(marked(word_diff(hunk.old, hunk.new)), soft_wrap=True)
    if not hunks:
        screen.print("No difference.")


def line(text: str) -> None:
    """A line for people on standard output."""
    out.write(clean(text) + "\n")


def print_board(verdicts: Sequence[Verdict]) -> None:
    """The board: contradicted first, then what nobody can say, then the rest in the guide's order."""
    columns = ("Verdict", "Guide", "Claim", "Expected", "Found", "Source", "Read", "Reads", "Recheck")
    rows = [
        (
            item.verdict,
            item.guide,
            f"{item.assumption} {item.claim}",
            item.expected,
            item.found,
            item.source,
            item.last_good_read.date() if item.last_good_read else "never",
            item.reads_since_change,
            " ".join(map(str, item.open_rechecks)),
        )
        for item in sorted(verdicts, key=lambda item: BOARD_ORDER.index(item.verdict))
    ]
    print_table(columns, rows, empty="No guide has an assumption yet.")
    if not verdicts:
        return
    counts = {kind: sum(item.verdict == kind for item in verdicts) for kind in BOARD_ORDER}
    note(", ".join(f"{count} {kind}" for kind, count in counts.items() if count) + ".")


BOARD_ORDER = ("contradicted", "unknown", "stale", "manual", "holds")
