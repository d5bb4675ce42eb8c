"""The daemon's command."""

import typer

from monitor.cli.commands import Call, command


def register(app: typer.Typer) -> None:
    """Add this command to the program."""
    command(app, "run", examples=["run", "--config /etc/stilltrue/sources.toml run"])(run)


def run(call: Call) -> int:
    """Run in the foreground: read what is due, send what is waiting, until told to stop."""
    from monitor.daemon import run_daemon

    return run_daemon(call.app)
