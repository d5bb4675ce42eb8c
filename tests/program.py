"""The command line as a user calls it, run in this process."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from monitor.cli.program import run


class Answer(Struct, frozen=True):
    """What one call printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)


class Program(Struct, frozen=True):
    """Calls ``stilltrue`` with one database and, if given, one configuration."""

    capsys: pytest.CaptureFixture[str]
    database: Path
    config: Path | None = None

    def __call__(self, *arguments: str | Path) -> Answer:
        """Run a command; the global options are put behind it."""
        chosen = ["--config", str(self.config)] if self.config else []
        self.capsys.readouterr()
        code = run([*map(str, arguments), "--db", f"sqlite:///{self.database}", *chosen])
        printed = self.capsys.readouterr()
        return Answer(code=code, out=printed.out, err=printed.err)
