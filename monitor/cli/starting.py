"""First steps: demo and init."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.commands import DONE, Call, command
from monitor.cli.serving import DEFAULT_PORT


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    command(app, "demo", examples=["demo", "demo --serve", "demo --keep demo-data", "demo --json"])(demo)
    command(app, "init", examples=["init", "init my-monitor"])(init)


def demo(
    call: Call,
    serve: Annotated[
        bool, typer.Option("--serve", help="Show the outcome in a browser afterwards.", show_default=False)
    ] = False,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, show_default=True)] = DEFAULT_PORT,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep its database and configuration there.")
    ] = None,
) -> int:
    """Replay bundled pages through the real pipeline into a throw-away database."""
    from monitor.cli.demonstration import show

    return show(call, serve_on=port if serve else None, keep=keep)


def init(
    call: Call,
    directory: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write.", show_default=False)] = Path(),
) -> int:
    """Write a starter sources.toml, guides and .env.example; never overwrites."""
    from monitor.starting import write_starter

    written, kept = write_starter(directory)
    if call.as_json:
        output.print_json({"written": [str(path) for path in written], "kept": [str(path) for path in kept]})
        return DONE
    for path in written:
        output.line(f"wrote {path}")
    for path in kept:
        output.line(f"kept  {path} (already there)")
    output.note(f"Next: edit {directory / 'sources.toml'}, then `stilltrue lint` and `stilltrue run` there.")
    return DONE
