"""Stable identities: hashes of what a thing is, so that the same thing read again has the same name."""

import hashlib
import re
import unicodedata
from datetime import UTC, date, datetime

LONGEST_KEY = 1000
"""Bytes of the key of a fact or an event at most."""

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_MARKS = re.compile(r"[\u2010-\u2027\u2030-\u205e\u2212]")
"""Dashes, quotes and the like beyond ASCII: they part words as their plain forms do."""


def digest(*parts: str, length: int = 16) -> str:
    """The first ``length`` hex digits of the SHA-256 over the parts, separated so that no two lists collide."""
    joined = "\x00".join([part.replace("\x00", "") for part in parts])
    return hashlib.sha256(joined.encode()).hexdigest()[:length]


def content_sha256(content: bytes | str) -> str:
    """The full SHA-256 of some content, in hex."""
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(raw).hexdigest()


def stamp(moment: datetime) -> str:
    """A moment as ISO 8601 UTC with ``Z``, to the second or finer if it has a fraction."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def minute(moment: datetime) -> str:
    """A moment as people read it: ``2026-11-29 21:14 UTC``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def say_day(day: date) -> str:
    """A day as people write it: 28 May 2026."""
    return f"{day.day} {day:%B %Y}"


def say_moment(moment: datetime) -> str:
    """A moment to the minute, its zone named."""
    moment = moment.astimezone(UTC)
    return f"{say_day(moment.date())}, {moment:%H:%M} UTC"


def event_id(source: str, kind: str, key: str | None, first_read: datetime) -> str:
    """An event's id: source, kind, key and the time of the read that first showed it."""
    return digest("event", source, kind, key or "", stamp(first_read))


def version_id(source: str, seen_at: datetime, sha256: str) -> str:
    """A version's id: source, time seen and the digest of its content."""
    return digest("version", source, stamp(seen_at), sha256)


def snapshot_id(source: str, fetched_at: datetime, body: bytes) -> str:
    """A snapshot's id: source, time fetched and the digest of its bytes."""
    return digest("snapshot", source, stamp(fetched_at), content_sha256(body))


def bounded(key: str) -> str:
    """The key; of one longer than ``LONGEST_KEY`` bytes its beginning and a digest of the whole.

    A key stands in indexes, and an entry of PostgreSQL's has room for 2,700 bytes.
    """
    whole = key.encode()
    if len(whole) <= LONGEST_KEY:
        return key
    tail = f"~{digest(key)}"
    return whole[: LONGEST_KEY - len(tail)].decode(errors="ignore") + tail


def slug(text: str) -> str:
    """The text as lower-case ASCII words joined by hyphens; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", _MARKS.sub("-", text)).encode("ascii", "ignore").decode().lower()
    return _NOT_WORD.sub("-", plain).strip("-")
