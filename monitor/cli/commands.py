"""How a command is declared: with the global options, the opened program, and our exit codes."""

import functools
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.output import note
from monitor.cli.streams import out

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.ports import Notifier

DONE, ATTENTION, WRONG_USAGE, FAILURE = 0, 1, 2, 3
MOST = 2**31 - 1
"""The largest number that every database takes."""

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="PATH", help="The sources.toml to use.", show_default=False),
]
DatabaseOption = Annotated[
    str | None, typer.Option("--db", metavar="URL", help="The database to use.", show_default=False)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.", show_default=False)]

_GLOBALS = {"config": (ConfigOption, None), "db": (DatabaseOption, None), "as_json": (JsonOption, False)}


class Call:
    """What a command is given besides its own arguments: the program, and whether to print JSON."""

    def __init__(self, app: "App", *, as_json: bool) -> None:
        self.app, self.as_json = app, as_json

    def channels(self) -> "dict[str, Notifier]":
        """The configured channels; what is printed as a channel stays out of the JSON document."""
        return self.app.notifiers(stream=sys.stderr if self.as_json else None)


Command = Callable[..., int | None]


def command(group: typer.Typer, name: str, *, examples: Sequence[str] = ()) -> Callable[[Command], Command]:
    """Registers a function ``(call, **arguments) -> exit code`` as a command that also takes the global options."""

    def register(function: Command) -> Command:
        epilog = "Examples: " + "; ".join(f"stilltrue {line}" for line in examples) if examples else None
        group.command(name, epilog=epilog)(_with_globals(function))
        return function

    return register


def default_command(group: typer.Typer) -> Callable[[Command], Command]:
    """Registers what a group of commands does when it is called by its own name."""

    def register(function: Command) -> Command:
        group.callback(invoke_without_command=True)(_with_globals(function))
        return function

    return register


def _with_globals(function: Command) -> Callable[..., None]:
    @functools.wraps(function)
    def invoke(ctx: typer.Context, **arguments: Any) -> None:
        given = {option: arguments.pop(option) for option in _GLOBALS}
        inherited = ctx.find_root().obj or {}
        chosen = {option: given[option] or inherited.get(option) for option in _GLOBALS}
        if ctx.invoked_subcommand is not None:
            ctx.find_root().obj = chosen
            return
        raise typer.Exit(_run(function, chosen, arguments))

    own = list(inspect.signature(function).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("ctx", keyword, annotation=typer.Context),
        *(item.replace(kind=keyword) for item in own),
        *(inspect.Parameter(name, keyword, default=it[1], annotation=it[0]) for name, it in _GLOBALS.items()),
    ]
    invoke.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    invoke.__annotations__ = {item.name: item.annotation for item in parameters}
    return invoke


def _run(function: Command, chosen: dict[str, Any], arguments: dict[str, Any]) -> int:
    """Run a command; every error becomes a message and an exit code here and nowhere else."""
    from monitor.app import App
    from monitor.errors import ConfigError, OutputError, StilltrueError, UsageError

    app = App(environ=os.environ, cwd=Path.cwd(), config_file=chosen["config"], database=chosen["db"])
    try:
        code = function(Call(app, as_json=bool(chosen["as_json"])), **arguments) or DONE
        out.flush()
    except ConfigError as error:
        for finding in error.findings:
            note(str(finding))
        note(f"{len(error.findings)} problem(s) in the configuration; nothing was started.")
        return WRONG_USAGE
    except OutputError as error:
        if error.is_left:
            return DONE
        note(str(error))
        return FAILURE
    except StilltrueError as error:
        note(str(error))
        return WRONG_USAGE if isinstance(error, UsageError) else FAILURE
    except Exception:  # noqa: BLE001 - the outermost boundary: a bug is shown whole and ends the run
        note(traceback.format_exc().rstrip())
        note("This is a bug in stilltrue; what is stored is whole.")
        return FAILURE
    return code
