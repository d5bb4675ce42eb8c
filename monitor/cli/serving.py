"""What keeps running: the daemon and the local pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from monitor.cli import output
from monitor.cli.commands import DONE, MOST, Call, command
from monitor.cli.streams import out
from monitor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.app import App

DEFAULT_PORT = 8765
SLICE = 50
"""Events a page of the timeline holds."""


def register(app: typer.Typer) -> None:
    """Add these commands to the program."""
    command(app, "run", examples=["run", "run --config /etc/stilltrue/sources.toml"])(run)
    command(app, "worker", examples=["worker", "worker --jobs 64"])(worker)
    command(app, "serve", examples=["serve", "serve --port 9000", "serve --host 0.0.0.0 --name monitor.example.org"])(
        serve
    )
    command(app, "site", examples=["site -o public", "site -o public --base-url https://monitor.example.org"])(site)


def run(call: Call) -> int:
    """Run in the foreground: read what is due, send what is waiting, until told to stop.

    With `cluster = true` under [monitor] it hands all that to workers, and may run on several machines.
    """
    if call.app.config.cluster:
        with _cluster_installed():
            from monitor.cluster.node import run_node
        return run_node(call.app)
    from monitor.daemon import run_daemon

    return run_daemon(call.app)


def worker(
    call: Call,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Jobs in hand at a time; default: eight for each [fetch] concurrency."),
    ] = None,
    stalled_after: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=1, help="A worker silent for so long is taken for dead; the same for all of them."
        ),
    ] = 30.0,
) -> int:
    """Take checks, deliveries and reminders from the queue of a cluster, until told to stop.

    As many as you like, on any machine with the same sources.toml and guides.
    """
    if not call.app.config.cluster:
        raise UsageError(f"Set `cluster = true` under [monitor] in {call.app.config.path}: workers serve a cluster.")
    with _cluster_installed():
        from monitor.cluster.worker import run_worker
    return run_worker(call.app, most_jobs=jobs, stalled_after=stalled_after)


@contextmanager
def _cluster_installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageError(f"A cluster needs {error.name}; run: pip install 'stilltrue[cluster]'") from error


def serve(
    call: Call,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where to listen; other machines need the token in STILLTRUE_WEB_TOKEN.",
            show_default=True,
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="0 takes any free one.", show_default=True)
    ] = DEFAULT_PORT,
    name: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A host name to answer to besides; may be given again.")
    ] = None,
) -> int:
    """Show the local pages in a browser: what needs attention, guides, events, draws, sources."""
    serve_pages(call.app, host=host, port=port, also_known_as=name or ())
    return DONE


def site(
    call: Call,
    folder: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write: empty, or ours.")],
    base_url: Annotated[
        str, typer.Option(metavar="URL", help="The address the site will stand at, for links in feeds.")
    ] = "",
    events: Annotated[
        int,
        typer.Option(metavar="N", min=1, max=MOST, help="The timeline reaches so many events back.", show_default=True),
    ] = 1000,
) -> int:
    """Write the same pages as static files to publish; nobody can close a recheck there."""
    from monitor.web.desk import Desk
    from monitor.web.site import publish

    if base_url and not (base_url.startswith(("http://", "https://")) and urlsplit(base_url).hostname):
        raise UsageError(f"--base-url {base_url} is no web address; it must start with https:// or http://")
    with call.app.store() as store:
        desk = Desk(app=call.app, store=store, live=False, most_slices=-(-events // SLICE))
        done = publish(desk, folder, base=base_url)
    for dead in done.dead:
        output.note(f"left out {dead}")
    if call.as_json:
        output.print_json({"written": done.written, "removed": done.removed, "left_out": list(done.dead)})
    else:
        removed = f", removed {done.removed} that are gone" if done.removed else ""
        output.line(f"Wrote {done.written} files to {folder}{removed}. Open {folder / 'index.html'}.")
    return DONE


def serve_pages(app: "App", *, host: str = "127.0.0.1", port: int, also_known_as: "Sequence[str]" = ()) -> None:
    """Serve until stopped, saying where."""
    from monitor.web.serving import serve

    def started(address: str) -> None:
        output.line(f"Serving on {address} (Ctrl-C stops)")
        out.flush()

    serve(app, host=host, port=port, also_known_as=also_known_as, started=started)
