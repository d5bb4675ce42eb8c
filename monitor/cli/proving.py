"""Commands that prove: evidence and its check."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.commands import ATTENTION, DONE, Call, command, default_command

if TYPE_CHECKING:
    from monitor.evidence.dossier import Dossier


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    help_text = (
        "A dated proof pack that stands on its own. Examples: stilltrue evidence --event 3f2a -o fee.zip; "
        "stilltrue evidence --assumption it-workers/C35 --since 2026-01-01 -o c35.zip; "
        "stilltrue evidence --source esdc-gts --at 2026-05-01 -o page.zip"
    )
    group = typer.Typer(rich_markup_mode=None, help=help_text)
    default_command(group)(evidence)
    command(group, "check", examples=["evidence check fee.zip"])(check)
    app.add_typer(group, name="evidence")


def evidence(
    call: Call,
    event: Annotated[str | None, typer.Option(metavar="ID", help="The change to prove.")] = None,
    assumption: Annotated[str | None, typer.Option(metavar="[GUIDE/]ID", help="The assumption to prove.")] = None,
    source: Annotated[str | None, typer.Option(metavar="ID", help="The page to prove.")] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="The page as it stood then. Default: now.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Of an assumption: prove how its pages were read from then on.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Up to then. Default: now.")] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="PDF and PNG of the pages, if there is a Chromium.")
    ] = True,
    to: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="The zip to write.")] = None,
) -> int:
    """Write a zip that proves a change, an assumption or a page: bytes, words, verdict, chain, and how to check it."""
    from monitor.cli.asking import moment, past
    from monitor.errors import UsageError
    from monitor.evidence.gathering import gather_assumption, gather_event, gather_page
    from monitor.evidence.packing import write_pack

    if sum(item is not None for item in (event, assumption, source)) != 1 or to is None:
        raise UsageError("Name one of --event, --assumption and --source, and where to write: -o FILE.zip.")
    if (at and not source) or ((since or until) and not assumption):
        raise UsageError("--at goes with --source, --since and --until with --assumption.")
    app = call.app
    with app.store() as store:
        if event is not None:
            dossier = gather_event(app, store, event)
        elif source is not None:
            then = past(call, at) or app.clock()
            dossier = gather_page(app, store, app.get_source(source), then)
        else:
            guide, item = app.get_assumption(assumption or "")
            begin, end = moment(call, since), moment(call, until, end_of_day=True)
            if begin and begin >= (end or app.clock()):
                raise UsageError("--since must be before --until, and before now.")
            dossier = gather_assumption(app, store, guide, item, since=begin, until=end)
        files = _files(call, dossier, pictures=pictures)
    size = write_pack(to, files)
    if call.as_json:
        output.print_json({"file": str(to), "bytes": size, "files": sorted(files)})
    else:
        output.line(f"Written to {to}: {len(files)} files, {size} bytes. Begin with index.html in it.")
    return DONE


def _files(call: Call, dossier: "Dossier", *, pictures: bool) -> dict[str, bytes]:
    import os

    from monitor.evidence.packing import SUMMARY, describe, dossier_files, with_manifest
    from monitor.evidence.picturing import picture
    from monitor.fetch.browser import find_chromium
    from monitor.web.evidence import render_evidence
    from monitor.web.showing import can_render, render_safely

    files = dossier_files(dossier)
    chromium = find_chromium(os.environ) if pictures else None
    made: set[str] = set()
    for exhibit in dossier.exhibits if chromium else ():
        if not can_render(call.app.get_source(exhibit.source).format):
            continue
        shown = picture(render_safely(exhibit.snapshot, exhibit.title), str(chromium))
        for suffix, content in (("pdf", shown.pdf), ("png", shown.png)):
            if content is not None:
                files[f"{exhibit.name}.{suffix}"] = content
                made.add(f"{exhibit.name}.{suffix}")
    if pictures and chromium is None:
        output.note("There is no Chromium here: the pack has no PDF and PNG of the pages.")
    told = {name: describe(name) for name in sorted(files)}
    files[SUMMARY] = render_evidence(dossier, pictures=frozenset(made), files=told).encode()
    return with_manifest(dossier, files)


def check(
    call: Call, file: Annotated[Path, typer.Argument(metavar="FILE", help="A pack, or the folder it was unpacked to.")]
) -> int:
    """Check a pack offline: every file, the zip itself, the chain, the stored pages."""
    from monitor.evidence.checking import check_pack
    from monitor.model import to_plain

    found = check_pack(file)
    if call.as_json:
        output.print_json([to_plain(item) for item in found])
    else:
        rows = [(item.code, item.subject, item.message) for item in found]
        output.print_table(("Code", "Subject", "Message"), rows, empty="Everything is as it was made.")
    return ATTENTION if any(item.severity == "error" for item in found) else DONE
