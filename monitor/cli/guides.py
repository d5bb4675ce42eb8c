"""Work on guides: drafting assumptions from a guide's text."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.commands import DONE, Call, command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.app import App
    from monitor.config import Config
    from monitor.suggest import Suggestion


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    group = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Work on guides: draft their assumptions.")
    command(group, "suggest", examples=["guide suggest moving.md", "guide suggest moving.txt --at 2026-05-01 --json"])(
        suggest
    )
    app.add_typer(group, name="guide")


def suggest(
    call: Call,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A guide's text: Markdown or plain text, in UTF-8.")],
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Judged as it stood then.")] = None,
) -> int:
    """Draft assumptions for a guide's checkable claims, judged by what is known now; nothing is stored.

    Prints TOML to paste into guides/NAME.toml. Opinions and advice are left out. Read each draft before you keep it.
    """
    from monitor.cli.asking import past
    from monitor.suggest import suggestion_shape, write_toml

    found = _suggest(call.app, _read(file), past(call, at))
    if call.as_json:
        output.print_json([suggestion_shape(item) for item in found])
    elif found:
        output.line(write_toml(found).rstrip())
    _summary(file, found)
    return DONE


def _read(file: Path) -> str:
    from monitor.errors import UsageError

    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8; save it as UTF-8.") from error


def _suggest(app: "App", text: str, at: "datetime | None") -> "list[Suggestion]":
    """The drafts, judged by all facts in the database."""
    from monitor.assess.judging import make_ground
    from monitor.board import PageTexts
    from monitor.suggest import suggest as draft

    config, board = app.config, app.board(alerting=False)
    with app.store() as store:
        ground = make_ground(
            store.facts(at=at),
            store.read_states(at=at),
            at or app.clock(),
            page_texts=PageTexts(config.sources, store, {}, at=at),
            kinds_read=board.kinds_read,
        )
        return draft(text, sources=config.sources, ground=ground, families=_families(config))


def _families(config: "Config") -> "Mapping[str, str]":
    """For each source that is one year of a page declared as ``x-{year}``, that name."""
    years: dict[tuple[str | int, ...], list[str]] = {}
    for name, table in config.tables.items():
        years.setdefault(table, []).append(name)
    several = (name for group in years.values() if len(group) > 1 for name in group)
    return {name: re.sub(r"(.*)20\d\d", r"\1{year}", name, count=1) for name in several}


def _summary(file: Path, found: "Sequence[Suggestion]") -> None:
    against = sum(item.verdict.verdict == "contradicted" for item in found)
    told = sum(item.verdict.verdict in {"holds", "contradicted", "stale"} for item in found)
    if found:
        decided = f"the facts known now decide {told} of them, {against} against the guide"
        output.note(f"{len(found)} claim(s) found in {file}; {decided}.")
    else:
        output.note(f"No checkable claim was found in {file}.")
