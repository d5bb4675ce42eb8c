"""How facts are named: their keys."""

from monitor.model import FactKind, slug


def fact_key(kind: FactKind, source: str, *parts: str | None, place: str | None = None) -> str:
    """``<kind>:<source>/<slug>[@<place-slug>]``; parts that are None or empty are left out."""
    name = "-".join(filter(None, (slug(part) for part in parts if part)))
    suffix = f"@{slug(place)}" if place else ""
    return f"{kind}:{source}/{name}{suffix}"
