"""How facts are named: slugs and keys."""

import re
import unicodedata

from monitor.model import FactKind

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_MARKS = re.compile(r"[\u2010-\u2027\u2030-\u205e\u2212]")
"""Dashes, quotes and the like beyond ASCII: they part words as their plain forms do."""


def slug(text: str) -> str:
    """The text as lower-case ASCII words joined by hyphens; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", _MARKS.sub("-", text)).encode("ascii", "ignore").decode().lower()
    return _NOT_WORD.sub("-", plain).strip("-")


def fact_key(kind: FactKind, source: str, *parts: str | None, place: str | None = None) -> str:
    """``<kind>:<source>/<slug>[@<place-slug>]``; parts that are None or empty are left out."""
    name = "-".join(filter(None, (slug(part) for part in parts if part)))
    suffix = f"@{slug(place)}" if place else ""
    return f"{kind}:{source}/{name}{suffix}"
