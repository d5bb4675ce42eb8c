"""The program's command tree and its global options."""

from collections.abc import Sequence
from typing import Annotated

import typer

from monitor import __version__
from monitor.cli import alerting, asking, exporting, guides, judging, keeping, proving, reading, serving, starting
from monitor.cli.commands import DONE, FAILURE, WRONG_USAGE, ConfigOption, DatabaseOption, JsonOption
from monitor.cli.streams import give_up, say

app = typer.Typer(
    name="stilltrue",
    help="Watches official immigration pages and says which guide assumptions need rechecking.",
    epilog="Start with `stilltrue demo`, then `stilltrue init`, edit, `stilltrue run`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for group in (starting, reading, asking, judging, guides, alerting, serving, keeping, exporting, proving):
    group.register(app)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"stilltrue {__version__}")
        raise typer.Exit


@app.callback()
def global_options(
    ctx: typer.Context,
    config: ConfigOption = None,
    db: DatabaseOption = None,
    as_json: JsonOption = False,
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep what was given before the command for the command to find."""
    ctx.obj = {"config": config, "db": db, "as_json": as_json}


def run(arguments: Sequence[str]) -> int:
    """Run the command line with these arguments; returns the exit code."""
    try:
        app(list(arguments), standalone_mode=True)
    except SystemExit as end:
        return int(end.code or 0) if not isinstance(end.code, str) else WRONG_USAGE
    except OSError as error:  # of the library's own words: help, version, what is wrong with the arguments
        give_up()
        say(f"it cannot be written to standard output: {error.strerror}\n")
        return FAILURE
    return DONE
