"""The same pages as files to publish: starts at the first page and follows every link of ours."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path, PurePosixPath

from msgspec import Struct
from starlette.routing import compile_path

from monitor.errors import UsageError
from monitor.model import slug
from monitor.web.desk import Answer, Asked, Desk, MissingError
from monitor.web.links import FileLinks, file_of
from monitor.web.pages import PAGES, Show

MARKER = ".stilltrue-site.json"
"""Lists what we wrote, so that the next run removes what is gone and never touches a file of somebody else."""


class Published(Struct, frozen=True, kw_only=True):
    """How many files were written and removed, and the links that led nowhere."""

    written: int
    removed: int
    dead: tuple[str, ...]


def publish(desk: Desk, folder: Path, *, base: str = "", on_file: Callable[[], object] = lambda: None) -> Published:
    """Write the pages below ``folder``; ``base`` is the address they will stand at, for feeds.

    Raises UsageError for a folder that holds anything we did not write.
    """
    before = _own_files(folder)
    written: set[str] = set()
    dead: list[str] = []
    waiting: deque[tuple[str, Mapping[str, object]]] = deque((path, {}) for path in ("/", *_feeds(desk)))
    known = {file_of(path) for path, _ in waiting}
    while waiting:
        path, query = waiting.popleft()
        file = file_of(path, query)
        links = FileLinks(here=file)
        try:
            answer = _make(desk, path, query, links, base)
        except MissingError as error:
            dead.append(f"{path}: {error}")
            continue
        _write(folder / file, answer.content)
        written.add(file)
        on_file()
        for target, place in links.targets.items():
            if target not in known:
                known.add(target)
                waiting.append(place)
    gone = before - written
    for file in gone:
        (folder / file).unlink(missing_ok=True)
    _write(folder / MARKER, json.dumps(sorted(written), indent=0))
    return Published(written=len(written), removed=len(gone), dead=tuple(dead))


def _feeds(desk: Desk) -> list[str]:
    return ["/feeds/all.atom", *(f"/feeds/publisher/{slug(name)}.atom" for name in desk.publishers), "/calendar.ics"]


def _make(desk: Desk, path: str, query: Mapping[str, object], links: FileLinks, base: str) -> Answer:
    if path.startswith("/static/"):
        return Answer(content=(files("monitor.web") / "static" / path.removeprefix("/static/")).read_bytes())
    show, params = _find_page(path)
    given = {name: str(value) for name, value in query.items()}
    return show(desk, Asked(path=path, params=params, query=given, link=links, base=base.rstrip("/")))


def _find_page(path: str) -> tuple[Show, Mapping[str, str]]:
    for pattern, show in PAGES.items():
        matched = compile_path(pattern)[0].match(path)
        if matched is not None:
            return show, matched.groupdict()
    raise MissingError("there is no such page")


def _own_files(folder: Path) -> set[str]:
    try:
        if not folder.exists() or not any(folder.iterdir()):
            return set()
    except OSError as error:
        raise UsageError(f"{folder} cannot be used: {error.strerror}; name an empty folder") from error
    marker = folder / MARKER
    if not marker.is_file():
        raise UsageError(f"{folder} holds files that are not ours; name an empty folder, or one this command wrote")
    try:
        listed = json.loads(marker.read_text(encoding="utf-8"))
        return {name for name in listed if _is_inside(name)}
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(f"{marker} is damaged: {error}; remove the folder and publish again") from error


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _write(path: Path, content: str | bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name another folder") from error
