"""How the demo is shown: each read in a line, the alerts it led to, and the board at the end."""

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from monitor.cli import output
from monitor.cli.commands import DONE, Call
from monitor.cli.serving import serve_pages

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.demo import Outcome
    from monitor.model import Affect, Alert, Verdict

_WIDEST = 150
_CLAIM_SHARE = 0.55
_SHOWN = 4
"""An alert without an event names so many sentences; the rest are counted."""
_FOOTER = "WHEN YOU HAVE LOOKED"
_STYLES = {"contradicted": "bold red", "unknown": "yellow", "stale": "yellow", "manual": "cyan", "holds": "green"}


def show(call: Call, *, serve_on: int | None = None, keep: "Path | None" = None) -> int:
    """Play the demo and print what came of it; then show it in a browser when a port is given."""
    from monitor.demo import played

    if not call.as_json:
        output.note("Replaying two years of made-up official pages through the real pipeline ...")
    with played(keep) as (app, outcome):
        if call.as_json:
            _print_json(outcome)
        else:
            _print_story(outcome)
            _print_board(outcome.board)
        if serve_on is not None:
            serve_pages(app, port=serve_on)
    if keep is not None:
        output.note(f"Kept in {keep}; try: stilltrue --config {keep / 'sources.toml'} --db {app.database} verify")
        output.note("Its story ends in June 2026; from today's point of view its sources are overdue.")
    return DONE


def _print_json(outcome: "Outcome") -> None:
    from monitor.shapes import event_shape, verdict_shape

    events = [event_shape(item.event, item.affects) for item in reversed(outcome.events)]
    output.print_json({"events": events, "board": [verdict_shape(item) for item in outcome.board]})


def _print_story(outcome: "Outcome") -> None:
    explained = False
    for step, check, alerts in outcome.told:
        _print(f"{step.at:%Y-%m-%d %H:%M}  {step.source:<21}  {check.outcome:<10}  {step.what}", hanging=18)
        for alert in alerts:
            subject, *body = list(_told(alert, explained=explained))
            output.console().print(f"\n    ALERT  {output.clean(subject)}", style="bold")
            explained = explained or _FOOTER in body
            while body and not body[-1].strip():
                body.pop()
            for line in [*body, ""]:
                _print(f"    {line}".rstrip())


def _print(text: str, *, hanging: int | None = None) -> None:
    """A line, on a terminal broken between words; addresses stay whole, to be clicked."""
    indent = len(text) - len(text.lstrip(" *")) if hanging is None else hanging
    if not sys.stdout.isatty() or text.lstrip().startswith("http"):
        output.line(text)
        return
    broken = textwrap.wrap(
        text, _width(), subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )
    output.line("\n".join(broken))


def _told(alert: "Alert", *, explained: bool) -> Iterator[str]:
    """The lines of an alert as people get it; what time or a first sight brought up only in short."""
    from notifiers.message import render

    lines = render(alert).plain.splitlines()
    if all(item.event is None for item in alert.items):
        yield lines[0]
        yield from _in_short(alert)
        return
    yield from lines[: lines.index(_FOOTER)] if explained and _FOOTER in lines else lines


def _in_short(alert: "Alert") -> Iterator[str]:
    width = _width() - 4
    named = [(affect, item.sentences.get(affect.assumption, "")) for item in alert.items for affect in item.affects]
    for affect, sentence in named[:_SHOWN]:
        yield _cut(f"* {affect.assumption} {_quoted(sentence)}", width)
        yield _cut(f"       {_reason(affect)}", width)
    if rest := [affect.assumption for affect, _ in named[_SHOWN:]]:
        yield _cut(f"* and {len(rest)} more: {' '.join(rest)}", width)


def _quoted(sentence: str) -> str:
    return f'"{sentence}"' if sentence else ""


def _reason(affect: "Affect") -> str:
    return " ".join(affect.reason.split())


def _print_board(verdicts: Sequence["Verdict"]) -> None:
    screen = output.console()
    screen.print("\nThe board: what still holds of the guide", style="bold")
    for kind in output.BOARD_ORDER:
        rows = [item for item in verdicts if item.verdict == kind]
        if rows:
            screen.print(f"\n{kind} ({len(rows)})", style=_STYLES[kind])
        for item in rows:
            output.line(_row(item, _width()))
    output.note("\nYour own guide next: stilltrue init, stilltrue check, stilltrue verify.")


def _row(verdict: "Verdict", width: int) -> str:
    if not verdict.found:
        return _cut(f"  {verdict.assumption:<4}  {verdict.claim}", width)
    claimed = int((width - 8) * _CLAIM_SHARE)
    claim = _cut(verdict.claim, claimed)
    return f"  {verdict.assumption:<4}  {claim:<{claimed}}  {_cut(verdict.found, width - claimed - 10)}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 1)].rstrip() + "\u2026"


def _width() -> int:
    return min(shutil.get_terminal_size(fallback=(_WIDEST, 24)).columns, _WIDEST)
