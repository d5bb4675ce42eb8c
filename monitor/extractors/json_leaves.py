"""Which values of a JSON document dotted key globs name, and what their stars stand for."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct

from monitor.model import Json


class Leaf(Struct, frozen=True, kw_only=True):
    """A scalar in a document: its keys from the top, and those of them that stood for a glob, joined by a slash."""

    path: tuple[str, ...]
    label: str
    value: str | int | float | bool


def find_leaves(data: Json, patterns: Sequence[str]) -> Iterator[Leaf]:
    """The scalars whose keys fit a pattern such as ``*.en``, in document order; the first pattern that fits counts.

    A pattern has as many dotted parts as the value has keys; ``*`` in a part stands for anything.
    """
    split = [tuple(pattern.split(".")) for pattern in patterns]
    for path, value in _scalars(data, ()):
        for pattern in split:
            if len(pattern) == len(path) and all(map(fnmatchcase, path, pattern)):
                starred = [key for key, part in zip(path, pattern, strict=True) if "*" in part]
                yield Leaf(path=path, label="/".join(starred or path), value=value)
                break


def _scalars(data: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str | int | float | bool]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _scalars(value, (*path, str(key)))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _scalars(value, (*path, str(index)))
    elif data is not None:
        yield path, data
