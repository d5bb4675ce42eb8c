"""Standard output and error in whatever state they are: closed, full, left by their reader, or of few letters."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from monitor.errors import OutputError

_MODES = (os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)
"""A closed standard output still refuses what is written; a closed standard error takes it and keeps it to itself."""


def prepare() -> None:
    """Stand in for streams that were closed, else the next file opened would take their place; fit letters to them."""
    for number, mode in enumerate(_MODES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


class _Out:
    """Standard output; what it refuses is an OutputError, so that no other failure is taken for it."""

    def write(self, text: str) -> int:
        with _refusals():
            return sys.stdout.write(text)

    def write_bytes(self, body: bytes) -> None:
        with _refusals():
            sys.stdout.flush()
            sys.stdout.buffer.write(body)

    def flush(self) -> None:
        with _refusals():
            sys.stdout.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stdout, name)


out = _Out()


def out_file() -> IO[str]:
    """The same for whoever wants a file."""
    return cast("IO[str]", out)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        give_up()
        raise OutputError("nobody reads the answer any more", is_left=True) from None
    except OSError as error:
        give_up()
        message = f"the answer cannot be written to standard output: {error.strerror}; whatever was recorded is kept"
        raise OutputError(message) from None


def give_up() -> None:
    """Send what waits to be written, and all that follows, nowhere; else it would fail once more at the end."""
    _silence(sys.stdout)


def say(text: str) -> None:
    """Write to standard error; when it takes nothing there is nobody left to tell."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def _silence(stream: IO[str]) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
