"""The hash chain: what each link of it says, how links and daily roots are joined, and whether they still are. Pure.

Everything is hashed as canonical JSON (keys sorted, no spaces, UTF-8), so that anybody can follow it with a few lines
of any language.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from monitor.model.identity import content_sha256, stamp

GENESIS = "0" * 64
"""What stands for the digest before the first link and the first root."""


class LinkKind(StrEnum):
    """What a link records."""

    CHECK = "check"
    """A read, at the time it was recorded."""
    LATE = "late"
    """An older page, filed in its place afterwards."""
    BACKFILLED = "backfilled"
    """A read of the time before there was a chain, linked when the database was upgraded."""
    REDERIVED = "rederived"
    """All that is derived was derived again from the stored bytes."""
    SWEPT = "swept"
    """Bytes whose time of keeping was over were removed; their digests stay in ``detail``."""


READS = frozenset({LinkKind.CHECK, LinkKind.LATE, LinkKind.BACKFILLED})
"""The kinds that stand for one check each."""


class ChainLink(Struct, frozen=True, kw_only=True):
    """One line of a source's chain, in the order of recording, positions from 1.

    ``content`` is the SHA-256 of what was recorded (``read_content`` or ``detail_content``), ``outcome`` what was
    concluded then, ``day`` the day whose root covers it, ``digest`` the SHA-256 over all of it and the link before.
    """

    source: str
    position: int
    recorded_at: datetime
    day: date
    kind: LinkKind
    content: str
    checked_at: datetime | None = None
    outcome: str | None = None
    snapshot: str | None = None
    detail: str | None = None
    digest: str = ""


class Root(Struct, frozen=True, kw_only=True):
    """One digest over the ends of all chains that grew on a day, and over the root before it."""

    day: date
    made_at: datetime
    sources: int
    links: int
    digest: str


class ChainHead(Struct, frozen=True, kw_only=True):
    """Where a source's chain ends."""

    source: str
    position: int
    digest: str


def canonical(data: object) -> str:
    """Plain data as canonical JSON."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_content(
    *,
    checked_at: datetime,
    sha256: str | None = None,
    status: int | None = None,
    final_url: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> str:
    """The digest of one read: when it was made and the SHA-256 of the body (None: no body came).

    Status, address and headers are those of an answer that was kept; None for the others.
    """
    said = {
        "checked_at": stamp(checked_at),
        "final_url": final_url,
        "headers": None if headers is None else dict(headers),
        "sha256": sha256,
        "status": status,
    }
    return content_sha256(canonical(said))


def detail_content(detail: str) -> str:
    """The digest of what a link that is no read says."""
    return content_sha256(detail)


def link_digest(link: ChainLink, previous: str) -> str:
    """The digest of a link behind one with the digest ``previous`` (GENESIS for the first)."""
    return content_sha256(canonical({**link_plain(link), "previous": previous}))


def link_plain(link: ChainLink) -> dict[str, object]:
    """What of a link is hashed, as plain data."""
    return {
        "source": link.source,
        "position": link.position,
        "recorded_at": stamp(link.recorded_at),
        "day": link.day.isoformat(),
        "kind": str(link.kind),
        "checked_at": stamp(link.checked_at) if link.checked_at else None,
        "outcome": link.outcome,
        "snapshot": link.snapshot,
        "content": link.content,
        "detail": link.detail,
    }


def root_digest(day: date, heads: Iterable[ChainHead], previous: str) -> str:
    """The digest over the ends of the chains that grew on a day, behind the root ``previous``."""
    ends = [[head.source, head.position, head.digest] for head in sorted(heads, key=lambda head: head.source)]
    return content_sha256(canonical({"day": day.isoformat(), "heads": ends, "previous": previous}))


def find_break(links: Sequence[ChainLink], previous: str = GENESIS) -> ChainLink | None:
    """The first link that is not joined to the one before it; None when all are. ``previous`` stands before them."""
    expected = links[0].position if links else 0
    for link in links:
        if link.position != expected or link.digest != link_digest(link, previous):
            return link
        expected, previous = link.position + 1, link.digest
    return None
