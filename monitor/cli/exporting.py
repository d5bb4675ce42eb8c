"""Commands that carry the records out: export, as WARC or as open data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.commands import DONE, Call, command

if TYPE_CHECKING:
    from monitor.model import Source


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    examples = ["export -o open-data", "export ircc-ee-rounds -o rounds --format csv", "export --warc -o all.warc.gz"]
    command(app, "export", examples=examples)(export)


def export(
    call: Call,
    source: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Default: all.")] = None,
    to: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="PATH", help="A new folder, or with --warc a file.")
    ] = None,
    warc: Annotated[
        bool, typer.Option("--warc", help="All that was read of the sources, as one WARC file.", show_default=False)
    ] = False,
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="FORMAT", help="csv, jsonl or sqlite. Default: all three.")
    ] = None,
) -> int:
    """Write facts and events as open data with a dictionary, or everything read as WARC."""
    from monitor.errors import UsageError
    from monitor.publishing.writing import FORMATS

    if to is None:
        raise UsageError("Say where to write: -o FOLDER, or with --warc -o FILE.warc.gz.")
    unknown = sorted(set(formats or ()) - set(FORMATS))
    if unknown or (warc and formats):
        wrong = f"There is no format {unknown[0]!r}" if unknown else "--warc and --format do not go together"
        raise UsageError(f"{wrong}; formats of open data are {', '.join(FORMATS)}.")
    sources = [call.app.get_source(name) for name in source] if source else list(call.app.config.sources.values())
    return _export_warc(call, sources, to) if warc else _publish(call, sources, to, formats or list(FORMATS))


def _publish(call: Call, sources: "list[Source]", to: Path, formats: list[str]) -> int:
    from monitor.publishing.writing import publish

    with call.app.store() as store:
        counts = publish(store, sources, to, formats)
    if call.as_json:
        output.print_json({"folder": str(to), "rows": counts})
    else:
        told = ", ".join(f"{count} {name}" for name, count in counts.items())
        output.line(f"Written to {to}: {told}; DICTIONARY.md says what each column means.")
    return DONE


def _export_warc(call: Call, sources: "list[Source]", to: Path) -> int:
    from itertools import chain

    from monitor.archived import reads_in_order
    from monitor.errors import UsageError
    from storage.warc_writing import write_warc

    urls = {source.id: source.url for source in sources}
    try:
        with call.app.store() as store, to.open("xb") as stream:
            reads = chain.from_iterable(reads_in_order(store, source.id) for source in sources)
            count = write_warc(stream, reads, urls=urls, gzip=to.suffix == ".gz")
    except FileExistsError:
        raise UsageError(f"{to} exists already; an export never overwrites, so name another file.") from None
    except OSError as error:
        raise UsageError(f"{to} cannot be written ({error.strerror}); name another file.") from error
    if call.as_json:
        output.print_json({"file": str(to), "reads": count})
    else:
        output.line(f"Written to {to}: {count} read(s) of {len(sources)} source(s).")
    return DONE
