"""Commands that keep an installation sound: backup, doctor."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.commands import ATTENTION, DONE, Call, command
from monitor.errors import StilltrueError

if TYPE_CHECKING:
    from monitor.doctor import Diagnosis


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    command(app, "backup", examples=["backup /var/backups/stilltrue-2026-05-01.db"])(backup)
    command(
        app,
        "copy",
        examples=["copy postgresql+psycopg://stilltrue@db.example.org/stilltrue", "copy sqlite:///moved.db"],
    )(copy)
    command(app, "doctor", examples=["doctor", "doctor --json"])(doctor)


def backup(
    call: Call, file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy to make; never overwritten.")]
) -> int:
    """Copy the database consistently, also while the daemon runs; the copy is checked before it gets its name."""
    with call.app.store() as store:
        size = store.backup(file)
    message = f"Copied to {file}: {size} bytes, checked."
    if call.as_json:
        output.print_json([{"code": "copied", "subject": str(file), "message": message, "severity": "info"}])
    else:
        output.line(message)
    return DONE


def copy(
    call: Call, target: Annotated[str, typer.Argument(metavar="URL", help="The empty database to copy everything to.")]
) -> int:
    """Move to another database, such as from a SQLite file to PostgreSQL: every row with its id and its history.

    All or nothing: the copy is read back and compared before it counts. Stop `stilltrue run` first.
    """
    copied = call.app.copy_database(target)
    if call.as_json:
        from monitor.model import to_plain

        output.print_json([to_plain(one) for one in copied])
        return DONE
    output.print_table(("Table", "Rows"), [(one.table, str(one.rows)) for one in copied if one.rows], empty="No rows.")
    output.line(f"{sum(one.rows for one in copied)} rows copied and compared. Now name the new address as `database`.")
    return DONE


def doctor(
    call: Call,
    root: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="Also say whether a root or link noted elsewhere still stands.")
    ] = None,
) -> int:
    """Look everything over: database, hash chain, configuration, channels, clock, disk. Changes nothing."""
    from monitor.doctor import diagnose
    from monitor.model import to_plain

    found = [*diagnose(call.app, root=root), *_of_queue(call)]
    errors = sum(item.severity == "error" for item in found)
    if call.as_json:
        output.print_json([to_plain(item) for item in found])
    else:
        rows = [(item.severity, item.code, item.subject, item.message) for item in found]
        output.print_table(("Severity", "Code", "Subject", "Message"), rows, empty="Nothing is wrong.")
        if found:
            output.note(f"{errors} problem(s), {len(found) - errors} to know of.")
    return ATTENTION if errors else DONE


def _of_queue(call: Call) -> "list[Diagnosis]":
    """What is wrong with the queue of a cluster."""
    try:
        if not call.app.config.cluster:
            return []
        from monitor.cluster.examining import examine_queue
    except (StilltrueError, ModuleNotFoundError):
        return []  # both are told where they matter
    return list(examine_queue(call.app))
