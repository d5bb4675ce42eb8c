"""The exceptions we raise on purpose.

StilltrueError
├── ConfigError           problems in sources.toml or a guide, all of them at once   (exit 2)
├── UsageError            an unknown id, a time that cannot be read                  (exit 2)
├── FetchError            one read failed: status, code, transient                   (recorded on the check)
├── PageError             bytes that are not the page they should be: code           (recorded on the check)
├── StorageError          the database cannot be used                                (exit 3)
│   └── ConflictError     another writer recorded this source first: decide again
├── OutputError           what a command answers cannot be printed: is_left          (exit 3, or 0)
├── ServedError           another worker has made this due check                     (nothing is recorded)
└── DeliveryError         one send failed: permanent, maybe_accepted                 (recorded on the delivery)
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct


class Finding(Struct, frozen=True, kw_only=True):
    """One problem in a file: where it stands, a stable code, and a sentence with the way out."""

    file: str
    line: int | None
    code: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


class StilltrueError(Exception):
    """The root of every error we raise on purpose; goes whole from one process to another."""

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.args, dict(self.__dict__))


def _again(kind: type[StilltrueError], args: Sequence[object], state: Mapping[str, object]) -> StilltrueError:
    made = kind.__new__(kind, *args)
    made.__dict__.update(state)
    return made


class ConfigError(StilltrueError):
    """The configuration cannot be used; ``findings`` lists every problem."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class UsageError(StilltrueError):
    """What was asked for does not exist or cannot be read."""


class FetchError(StilltrueError):
    """One read failed. ``status`` is the last HTTP status, ``transient`` says whether trying later may help."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int | None = None,
        transient: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.transient = transient
        self.retry_after = retry_after


class PageError(StilltrueError):
    """Bytes that are not the page they should be."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class StorageError(StilltrueError):
    """The database cannot be used: missing, unreadable, newer than this program, full.

    ``transient``: another process keeps it locked; the same may work later. ``refused``: the database is well, but
    takes no such value as it was given, now or later.
    """

    def __init__(self, message: str, *, transient: bool = False, refused: bool = False) -> None:
        super().__init__(message)
        self.transient = transient
        self.refused = refused


class ConflictError(StorageError):
    """Another writer recorded this source between our look and our write."""


class OutputError(StilltrueError):
    """Standard output takes nothing more. ``is_left``: whoever read it has seen enough, as ``head`` does."""

    def __init__(self, message: str, *, is_left: bool = False) -> None:
        super().__init__(message)
        self.is_left = is_left


class ServedError(StilltrueError):
    """The due check was made by another worker, who took this one for dead."""


class DeliveryError(StilltrueError):
    """One send failed. ``maybe_accepted``: the receiver may have taken it before we lost contact."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        maybe_accepted: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.maybe_accepted = maybe_accepted
        self.retry_after = retry_after
