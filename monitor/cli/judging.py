"""The board: verify, rechecks, recheck."""

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.commands import ATTENTION, DONE, MOST, Call, command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.model import Check, Guide, ReadState, Verdict
    from monitor.ports import Store
    from monitor.web.report import Proof

GuideOption = Annotated[str | None, typer.Option("--guide", metavar="ID", help="Only this guide.")]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    command(app, "verify", examples=["verify", "verify it-workers --at 2026-05-01", "verify --fresh"])(verify)
    command(app, "rechecks", examples=["rechecks", "rechecks --state closed"])(rechecks)
    command(app, "recheck", examples=["recheck 12 --outcome updated --note 'fee is 1,750 now' --by ana"])(recheck)


def verify(
    call: Call,
    guide: Annotated[str | None, typer.Argument(help="A guide's id. Default: all.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Read its sources first.", show_default=False)] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="As it stood then; a date means its end.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Also write an HTML report.")
    ] = None,
) -> int:
    """The board: a verdict for each assumption, with the official words it rests on."""
    import asyncio

    from monitor.board import guide_sources, verify_guides
    from monitor.cli.asking import past
    from monitor.errors import UsageError
    from monitor.reminding import remind
    from monitor.rounds import check_now
    from monitor.shapes import verdict_shape

    app = call.app
    guides = [app.get_guide(guide)] if guide else list(app.config.guides)
    then = past(call, at)
    if fresh and then is not None:
        raise UsageError("--fresh reads the pages now and --at asks about the past; give one of them.")
    checks: list[Check] = []
    with app.store() as store:
        if fresh:
            begun = {source.id for source in app.chosen_sources([])}
            sources = [app.config.sources[name] for name in guide_sources(guides) if name in begun]
            with output.progress("Reading", len(sources)) as step:
                checks = asyncio.run(check_now(app, store, sources, on_check=step))
        now = then or app.clock()
        if then is None and not fresh:  # reading them has asked already
            remind(store, app.board(alerting=True), now)
        verdicts = verify_guides(guides, store=store, board=app.board(alerting=False), now=now, past=then is not None)
        reads = store.read_states(at=then, sources=guide_sources(guides))
        proof = _proof(call, store, guides, now) if report is not None else None
        waiting = len(store.deliveries(state="pending")) if fresh else 0
    if report is not None and proof is not None:
        _write_report(report, call, guides, verdicts, reads, now, proof=proof, fresh=fresh)
    if call.as_json:
        output.print_json([verdict_shape(verdict) for verdict in verdicts])
    else:
        output.print_board(verdicts)
    failed = [check for check in checks if check.has_failed]
    for check in failed:
        _note_unread(check, reads)
    if waiting:
        output.note(f"{waiting} alert(s) wait to be sent; `stilltrue run` or `stilltrue check` sends them.")
    return ATTENTION if failed or any(item.verdict == "contradicted" for item in verdicts) else DONE


def _note_unread(check: "Check", reads: "Mapping[str, ReadState]") -> None:
    from monitor.model import minute

    state = reads.get(check.source)
    read = f"what was last read, {minute(state.last_good_read)}" if state and state.last_good_read else "nothing"
    why = check.problem.message if check.problem else str(check.outcome)
    output.note(f"{check.source} could not be read now: {why} Its verdicts rest on {read}.")


def _proof(call: Call, store: "Store", guides: "Sequence[Guide]", now: "datetime") -> "Proof":
    """How the pages these guides rest on were read since they last changed, and the newest daily root."""
    from monitor.board import guide_sources
    from monitor.stillness import stillness_since_change
    from monitor.web.report import Proof

    sources = [call.app.config.sources[name] for name in guide_sources(guides)]
    stills = [stillness_since_change(store, source, now) for source in sources]
    roots = store.roots()
    return Proof(stills=[still for still in stills if still is not None], root=roots[-1] if roots else None)


def _write_report(
    path: Path,
    call: Call,
    guides: "Sequence[Guide]",
    verdicts: "Sequence[Verdict]",
    reads: "Mapping[str, ReadState]",
    now: "datetime",
    *,
    proof: "Proof",
    fresh: bool,
) -> None:
    from monitor.assess import sentence
    from monitor.errors import UsageError
    from monitor.web.report import Reported, render_report

    reported = [
        Reported(
            guide=guide,
            verdicts=[item for item in verdicts if item.guide == guide.id],
            sentences={item.id: sentence(guide, item) for item in guide.assumptions},
        )
        for guide in guides
    ]
    titles = {name: source.title or name for name, source in call.app.config.sources.items()}
    text = render_report(reported, reads=reads, titles=titles, now=now, proof=proof, fresh=fresh)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}); name another file.") from error
    output.note(f"Report written to {path}.")


def rechecks(
    call: Call,
    guide: GuideOption = None,
    state: Annotated[str, typer.Option(metavar="STATE", help="open, closed or all.", show_default=True)] = "open",
) -> int:
    """The tasks for people: what to look at again, and why."""
    from monitor.errors import UsageError
    from monitor.shapes import recheck_shape

    if state not in {"open", "closed", "all"}:
        raise UsageError(f"There is no recheck state {state!r}; states are open, closed and all.")
    wanted = call.app.get_guide(guide).id if guide else None
    with call.app.store() as store:
        found = store.rechecks(guide=wanted, state=None if state == "all" else state)
    if call.as_json:
        output.print_json([recheck_shape(item) for item in found])
        return DONE
    columns = ("Id", "Guide", "Assumption", "Opened", "State", "Reasons", "Outcome")
    rows = [
        (
            item.id,
            item.guide,
            item.assumption,
            item.opened_at.date(),
            item.state,
            _newest(item.reasons),
            " ".join(filter(None, (item.outcome, item.by and f"by {item.by}", item.note))),
        )
        for item in found
    ]
    output.print_table(columns, rows, empty="Nothing to recheck." if state == "open" else "No recheck fits.")
    return DONE


SHOWN_REASONS = 2


def _newest(reasons: "Sequence[str]") -> str:
    """The newest reasons, and how many came before them; all stand in the JSON."""
    earlier = len(reasons) - SHOWN_REASONS
    shown = "; ".join(reason.removesuffix(".") for reason in reasons[-SHOWN_REASONS:])
    return f"{shown} (+{earlier} earlier)" if earlier > 0 else shown


def recheck(
    call: Call,
    recheck_id: Annotated[int, typer.Argument(metavar="ID", max=MOST, help="The recheck's number.")],
    outcome: Annotated[str, typer.Option(metavar="holds|updated|dropped", help="What you found.")],
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the record.")] = None,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who looked. Default: your login.")] = None,
) -> int:
    """Close a recheck with what you found."""
    from monitor.errors import UsageError
    from monitor.shapes import recheck_shape

    if outcome not in {"holds", "updated", "dropped"}:
        raise UsageError(f"--outcome takes holds, updated or dropped, not {outcome!r}.")
    with call.app.store() as store:
        closed = store.close_recheck(
            recheck_id, outcome=outcome, note=note, by=by or getpass.getuser(), now=call.app.clock()
        )
    if call.as_json:
        output.print_json([recheck_shape(closed)])
    else:
        output.line(f"Closed recheck {closed.id} of {closed.guide}/{closed.assumption}: {closed.outcome}.")
    return DONE
