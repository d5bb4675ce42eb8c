"""What a source's chain says of its past: which reads it knows, which bodies went, which copies were made. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from monitor.model import READS, ChainLink, LinkKind, from_json, from_plain, read_content, stamp

Key = tuple[datetime | None, str]
"""A check by its time and what was recorded of it."""


class Checked(Protocol):
    """Of a row of checks, what the chain knows."""

    @property
    def checked_at(self) -> datetime:
        """When it was made."""
        ...

    @property
    def snapshot(self) -> str | None:
        """The bytes kept."""
        ...

    @property
    def body(self) -> str | None:
        """The SHA-256 of bytes not kept."""
        ...


class Entry(Struct, frozen=True, kw_only=True):
    """What a new link is to say."""

    kind: LinkKind
    content: str
    checked_at: datetime | None = None
    outcome: str | None = None
    snapshot: str | None = None
    detail: str | None = None


class Past(Struct, frozen=True, kw_only=True):
    """A source's chain, looked through.

    ``swept``: the digest of each body that went, by snapshot id. ``copied``: when a read was made that later got a copy
    of the bytes it was like, by the copy's snapshot id.
    """

    reads: tuple[ChainLink, ...]
    swept: Mapping[str, str]
    copied: Mapping[str, str]

    @classmethod
    def of(cls, links: Iterable[ChainLink]) -> "Past":
        """What these links say; raises ValueError for damaged ones."""
        every = list(links)
        return cls(
            reads=tuple(link for link in every if link.kind in READS),
            swept=_listed(every, LinkKind.SWEPT, "snapshots"),
            copied=_listed(every, LinkKind.REDERIVED, "copied"),
        )

    @property
    def contents(self) -> Mapping[str, str]:
        """What was recorded of each read whose bytes were kept, by snapshot id."""
        return {link.snapshot: link.content for link in self.reads if link.snapshot is not None}

    @property
    def expected(self) -> Counter[Key]:
        """The checks that must be there."""
        copies = frozenset(self.copied.values())
        return Counter(self._key_of(link, copies) for link in self.reads)

    def _key_of(self, link: ChainLink, copies: Collection[str]) -> Key:
        if link.snapshot is not None and link.snapshot in self.swept:
            return link.checked_at, self.swept[link.snapshot]
        if link.snapshot is None and link.checked_at and stamp(link.checked_at) in copies:
            return link.checked_at, "copied"
        return link.checked_at, link.content

    def keys(self, checks: Iterable[Checked]) -> Counter[Key]:
        """These checks by the same names."""
        contents, copies = self.contents, frozenset(self.copied.values())
        gone = {(link.checked_at, self.swept.get(link.snapshot or "")) for link in self.reads}
        found: Counter[Key] = Counter()
        for check in checks:
            if check.snapshot is not None and check.snapshot in contents:
                found[check.checked_at, contents[check.snapshot]] += 1
            elif check.body is not None and (check.checked_at, check.body) in gone:
                found[check.checked_at, check.body] += 1
            elif stamp(check.checked_at) in copies:
                found[check.checked_at, "copied"] += 1
            else:
                found[check.checked_at, read_content(checked_at=check.checked_at, sha256=check.body)] += 1
        return found


def _listed(links: Iterable[ChainLink], kind: LinkKind, name: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for link in links:
        if link.kind is kind:
            told = from_json(link.detail or "{}", dict[str, object]).get(name, [])
            pairs.update(from_plain(told, list[tuple[str, str]]))
    return pairs
