"""Commands that read pages: lint, try, check, import."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from monitor.cli import output
from monitor.cli.commands import ATTENTION, DONE, FAILURE, Call, command

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.errors import Finding
    from monitor.model import Check, ReadState, Source, VerdictKind

    Verdicts = Mapping[tuple[str, str], VerdictKind]


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    command(app, "lint", examples=["lint", "lint --live"])(lint)
    command(app, "try", examples=["try page.html --as bcpnp-for-workers", "try https://example.org/fees"])(try_page)
    command(app, "check", examples=["check", "check ircc-ee-rounds", "check --due"])(check)
    command(app, "import", examples=["import saved/manifest.jsonl", "import captures.warc.gz"])(import_pages)
    command(app, "reextract", examples=["reextract --dry-run", "reextract bcpnp-for-workers"])(reextract_sources)


def lint(
    call: Call,
    live: Annotated[
        bool, typer.Option("--live", help="Also fetch each source twice and compare.", show_default=False)
    ] = False,
) -> int:
    """Check the configuration and the guides, offline unless --live."""
    from monitor.config import lint_config
    from monitor.errors import ConfigError
    from monitor.shapes import problem_shape

    findings: list[Finding] = []
    try:
        findings += lint_config(call.app.config, today=call.app.clock().date())
        findings += [*call.app.lint_channels(), *call.app.lint_browser()]
        findings += _unmatched(call.app)
        findings += _lint_live(call) if live else []
    except ConfigError as error:
        findings += error.findings
    if call.as_json:
        output.print_json([problem_shape(finding) for finding in findings])
    else:
        for finding in findings:
            output.line(f"{finding} [{finding.code}]")
        output.note(f"{len(findings)} problem(s)." if findings else "No problem found.")
    return ATTENTION if findings else DONE


def _unmatched(app: "App") -> "list[Finding]":
    """What the facts known say of the guides; nothing, and a note, where they cannot be looked up."""
    from monitor.errors import StorageError
    from monitor.unmatched import find_unmatched

    try:
        return find_unmatched(app)
    except StorageError as error:
        output.note(f"Whether a fact fits each assumption was not looked up: {error}")
        return []


def _lint_live(call: Call) -> "list[Finding]":
    import asyncio

    from monitor.comparing import compare_live

    sources = call.app.chosen_sources([])
    with output.progress("Reading twice", len(sources)) as step:
        return asyncio.run(compare_live(sources, fetcher=call.app.fetcher(), config=call.app.config, on_source=step))


def try_page(
    call: Call,
    page: Annotated[str, typer.Argument(metavar="URL|FILE", help="An address, or a saved page.")],
    as_source: Annotated[
        str | None, typer.Option("--as", metavar="SOURCE", help="Read it as this source would be.")
    ] = None,
) -> int:
    """A dry run: what would be read from this page. Nothing is stored."""
    import asyncio

    from monitor.errors import UsageError
    from monitor.shapes import found_fact_shape, page_shape, quality_shape
    from monitor.trying import try_file, try_url

    source = call.app.get_source(as_source) if as_source else None
    if "://" in page:
        try:
            urlsplit(page)
        except ValueError as error:
            raise UsageError(f"That is no web address: {error}.") from None
        settings, now = call.app.config.fetch, call.app.clock()
        reading = asyncio.run(try_url(page, source, fetcher=call.app.fetcher(), settings=settings, now=now))
    else:
        reading = try_file(Path(page), source, now=call.app.clock())
    if call.as_json:
        shape = page_shape(reading.page) if reading.page else None
        facts = [found_fact_shape(fact) for fact in reading.facts]
        output.print_json({"quality": quality_shape(reading.quality), "page": shape, "facts": facts})
        return DONE
    problem = reading.quality.problem
    output.line(f"Quality: {reading.quality.outcome}" + (f" ({problem.code}: {problem.message})" if problem else ""))
    if reading.page is not None:
        output.line(f"Title: {reading.page.title}\nUpdated: {reading.page.update_marker or 'not stated'}")
    rows = [(fact.kind, fact.key.partition("/")[2], fact.quote) for fact in reading.facts]
    output.print_table(("Kind", "Key", "Official words"), rows, empty="No fact was found.")
    return DONE


def check(
    call: Call,
    source: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Default: all.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only sources that are due.", show_default=False)] = False,
) -> int:
    """Read sources now: store, detect, assess, deliver."""
    import asyncio

    from monitor.beside import writers_beside
    from monitor.rounds import check_now, deliver_now, raise_due

    app = call.app
    sources = app.chosen_sources(source or [])
    channels = call.channels()
    with app.store() as store:
        if due:
            states = store.read_states()
            sources = [item for item in sources if _is_due(item, states, call)]
        before = store.verdicts()
        copies = writers_beside(store, app.board(alerting=True), sources)
        with copies as beside, output.progress("Reading", len(sources)) as step:
            checks = asyncio.run(check_now(app, store, sources, beside=beside, on_check=step))
        raise_due(app, store)
        results = deliver_now(app, store, channels)
        worse = _newly_contradicted(before, store.verdicts())
    _print_checks(call, checks, [])
    dead = sum(result.state == "dead" for result in results)
    _summary(checks, worse, dead)
    if _met_bug(checks):
        return FAILURE
    return ATTENTION if worse or dead or _failed(checks) else DONE


def _met_bug(checks: "Sequence[Check]") -> bool:
    if not checks:
        return False
    from monitor.fetched import BUG

    return any(item.problem and item.problem.code == BUG for item in checks)


def _is_due(source: "Source", states: "Mapping[str, ReadState]", call: Call) -> bool:
    state = states.get(source.id)
    return state is None or state.next_due is None or state.next_due <= call.app.clock()


def import_pages(
    call: Call,
    path: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Manifests (.jsonl) of saved pages, and WARC files.")
    ],
    alerts: Annotated[bool, typer.Option("--alerts", help="Also deliver alerts.", show_default=False)] = False,
) -> int:
    """Replay saved pages, oldest first, each at its own time.

    A manifest's files stand relative to it; an absolute path, or one with `..`, is followed too. Ordinary files only.

    Of WARC files, also of web archives, the captures of a source's address are taken; http or https, `www.` and a last
    slash do not matter.
    """
    from monitor.archived import read_archives
    from monitor.moments import LONGEST_AHEAD
    from monitor.replay import replay
    from monitor.rounds import deliver_now
    from monitor.saved import in_order, read_manifests, split_by_time
    from monitor.shapes import unreadable_shape
    from storage.warc_reading import is_warc

    app = call.app
    channels = call.channels() if alerts else {}
    archives = [one for one in path if is_warc(one)]
    pages, problems = read_manifests([one for one in path if one not in archives])
    archived = read_archives(archives, app.config.sources)
    pages, late = split_by_time(in_order([*pages, *archived.pages]), app.clock() + LONGEST_AHEAD)
    problems = [*problems, *archived.unreadable, *late]
    with app.store() as store:
        before = store.verdicts()
        with output.progress("Importing", len(pages)) as step:
            result = replay(pages, store=store, board=app.board(alerting=alerts), on_page=step)
        results = deliver_now(app, store, channels) if alerts else []
        worse = _newly_contradicted(before, store.verdicts())
    unreadable = [*problems, *result.unreadable]
    _print_checks(call, result.checks, [unreadable_shape(item) for item in unreadable])
    for said in archived.notes:
        output.note(said)
    if result.known:
        output.note(f"{result.known} page(s) were imported before; nothing changed for them.")
    if not call.as_json:
        for item in unreadable:
            output.note(item.message)
    dead = sum(item.state == "dead" for item in results)
    _summary(result.checks, worse, dead)
    return ATTENTION if worse or dead or unreadable or _failed(result.checks) else DONE


def reextract_sources(
    call: Call,
    source: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Default: all ever read.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would come out.", show_default=False)
    ] = False,
) -> int:
    """Read stored pages again with today's extractors; tells nobody."""
    from monitor.reextract import reextract
    from monitor.shapes import reextraction_shape

    app = call.app
    with app.store() as store:
        read = store.read_states()
        sources = [item for item in app.chosen_sources(source or []) if source or item.id in read]
        board = app.board(alerting=False)
        with output.progress("Reading again", len(sources)) as step:
            results = []
            for item in sources:
                results.append(reextract(item, store, board, dry_run=dry_run))
                step()
    if call.as_json:
        output.print_json([reextraction_shape(result) for result in results])
        return DONE
    rows = [
        (sign, event.observed_at, result.source, event.kind, event.subject, event.id)
        for result in results
        for sign, events in (
            ("appears", result.appear),
            ("vanishes", result.vanish),
            ("differs", [new for _, new in result.differ]),
        )
        for event in events
    ]
    output.print_table(("", "Observed", "Source", "Kind", "Subject", "Event"), rows, empty="No past event differs.")
    checks = sum(result.checks for result in results)
    output.note(f"{checks} read(s) of {len(results)} source(s) {'compared' if dry_run else 'derived again'}.")
    return DONE


def _print_checks(call: Call, checks: "Sequence[Check]", more: Sequence[dict[str, object]]) -> None:
    from monitor.shapes import check_shape

    if call.as_json:
        output.print_json([*(check_shape(item) for item in checks), *more])
        return
    rows = [(item.checked_at, item.source, item.outcome, len(item.events) or "", _why(item)) for item in checks]
    output.print_table(("Read", "Source", "Outcome", "Events", "Problem"), rows, empty="Nothing was read.")


def _why(check: "Check") -> str:
    return f"{check.problem.code}: {check.problem.message}" if check.problem else ""


def _summary(checks: "Sequence[Check]", worse: int, dead: int) -> None:
    failed = _failed(checks)
    events = sum(len(item.events) for item in checks)
    parts = [f"{len(checks)} read(s), {events} event(s)"]
    parts += [f"{failed} not read well"] if failed else []
    parts += [f"{worse} assumption(s) newly contradicted"] if worse else []
    parts += [f"{dead} alert(s) could not be delivered"] if dead else []
    output.note("; ".join(parts) + ".")


def _failed(checks: "Sequence[Check]") -> int:
    return sum(check.has_failed for check in checks)


def _newly_contradicted(before: "Verdicts", after: "Verdicts") -> int:
    return sum(kind == "contradicted" and before.get(key) != kind for key, kind in after.items())
