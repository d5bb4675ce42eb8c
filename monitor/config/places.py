"""Where things are: the configuration file, the packaged starter, the default database."""

from collections.abc import Mapping
from pathlib import Path

import platformdirs

from monitor.errors import UsageError

_PACKAGE = Path(__file__).parents[1]


def starter_path() -> Path:
    """The packaged starter's sources.toml: inside the installed package, or at the top of a checkout."""
    installed = _PACKAGE / "starter" / "sources.toml"
    return installed if installed.is_file() else _PACKAGE.parent / "sources.toml"


def is_starter(path: Path) -> bool:
    """Whether this file is the packaged starter itself, whose folder is not the user's to write in."""
    return path.resolve() == starter_path().resolve()


def find_config(explicit: Path | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """The file to use: the one asked for, ``$STILLTRUE_CONFIG``, ``./sources.toml``, else the packaged starter.

    Raises UsageError when a file that was asked for is not there.
    """
    if explicit is not None:
        return _existing(cwd / explicit, "--config")
    if named := environ.get("STILLTRUE_CONFIG"):
        return _existing(cwd / named, "$STILLTRUE_CONFIG")
    here = cwd / "sources.toml"
    return here if here.is_file() else starter_path()


def _existing(path: Path, asked_by: str) -> Path:
    if path.is_dir():
        path /= "sources.toml"
    if not path.is_file():
        raise UsageError(f"{asked_by} names {path}, which is not there; `stilltrue init` writes a starter")
    return path


def fingerprint(path: Path) -> tuple[object, ...]:
    """What differs once a file that the configuration at ``path`` is read from is another than before."""
    folder = path.parent / "guides"
    try:
        files = sorted(folder.iterdir())
    except OSError as error:
        return (error.errno, _stamp(path))
    return tuple(map(_stamp, (path, *files)))


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        state = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), state.st_mtime_ns, state.st_size


def default_database_url() -> str:
    """SQLite in the user's data directory."""
    return f"sqlite:///{platformdirs.user_data_path('stilltrue') / 'stilltrue.db'}"


def absolute_database_url(url: str, config: Path) -> str:
    """The address with a relative SQLite path started at the configuration file's folder.

    A relative path in the packaged starter means the user's data directory: nothing is written beside the package.
    """
    scheme, slashes, rest = url.partition(":///")
    path, mark, options = rest.partition("?")
    if not scheme.startswith("sqlite") or not slashes or not path or path.startswith(("/", ":memory:", "file:")):
        return url
    if is_starter(config):
        return default_database_url()
    return f"{scheme}:///{config.resolve().parent / path}{mark}{options}"
