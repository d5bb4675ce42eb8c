"""The command line as a process of an ordinary user, whom modes and full devices stop, whoever runs the tests."""

import contextlib
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

HERE = Path(__file__).parent
_WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")

Done: TypeAlias = subprocess.CompletedProcess[str]


def ordinary(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Done:
    """Run ``stilltrue`` in this folder to its end; root gives up its right to read and write everything."""
    command = [sys.executable, "-m", "monitor", *arguments]
    if os.geteuid() == 0:
        if shutil.which(_WITHOUT_RIGHTS[0]) is None:
            pytest.skip("no setpriv, without which root may do everything")
        command = [*_WITHOUT_RIGHTS, *command]
    return _run(command, folder, environ)


def shell(folder: Path, line: str, environ: Mapping[str, str] | None = None) -> Done:
    """Run a line of bash in this folder, in which ``stilltrue`` is the program."""
    function = f"stilltrue() {{ '{sys.executable}' -m monitor \"$@\"; }}"
    return _run(["/bin/bash", "-c", f"{function}; set -o pipefail; {line}"], folder, environ)


def on_terminal(folder: Path, width: int, *arguments: str) -> list[str]:
    """The lines that ``stilltrue`` shows on a terminal of this width, without their colours."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "monitor", *arguments]
    size = {"COLUMNS": str(width), "LINES": "40", "TERM": "xterm"}
    process = subprocess.Popen(
        command, cwd=folder, env=_environ(folder, size), stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
    )
    os.close(theirs)
    told = b""
    with contextlib.suppress(OSError):  # how the end of a terminal reads
        while more := os.read(ours, 65536):
            told += more
    process.wait()
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m", "", told.decode()).replace("\r", "").split("\n")


def _run(command: list[str], folder: Path, environ: Mapping[str, str] | None) -> Done:
    options = {"cwd": folder, "env": _environ(folder, environ or {}), "capture_output": True, "text": True}
    return subprocess.run(command, **options, timeout=60, check=False)


def _environ(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(HERE.parent), **more}
