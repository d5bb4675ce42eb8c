"""Where a page leads: addresses on the running server, or files beside each other in a published site."""

import posixpath
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode

from msgspec import Struct, field

_FILES = (".atom", ".css", ".csv", ".html", ".ics", ".js", ".json", ".svg", ".txt")

Link = Callable[..., str]
"""``link(path, **query)`` → what stands in ``href``; ``path`` is unescaped and begins with a slash."""


def address(path: str, query: Mapping[str, object]) -> str:
    """The address of a page on the server; parameters without a value are left out."""
    given = {name: str(value) for name, value in query.items() if value not in (None, "")}
    escaped = quote(path, safe="/@:+,~")
    return f"{escaped}?{urlencode(given)}" if given else escaped


def live_links(path: str, **query: object) -> str:
    """A link on the running server."""
    return address(path, query)


def file_of(path: str, query: Mapping[str, object] | None = None) -> str:
    """The file of a published site that holds a page, relative to its root."""
    bare = path.strip("/")
    for name, value in sorted((query or {}).items()):
        if value not in (None, ""):
            bare = posixpath.join(bare, f"{name}-{quote(str(value), safe='')}".replace("%", "_"))
    return bare if bare.endswith(_FILES) else posixpath.join(bare, "index.html")


class FileLinks(Struct, kw_only=True):
    """The links of one page of a published site; ``targets`` collects where they lead."""

    here: str
    targets: dict[str, tuple[str, dict[str, object]]] = field(default_factory=dict)

    def __call__(self, path: str, **query: object) -> str:
        """A relative link to the file of another page."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        file = file_of(path, given)
        self.targets[file] = (path, given)
        return quote(posixpath.relpath(file, posixpath.dirname(self.here) or "."))
