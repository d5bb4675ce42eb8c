"""How found draws and pool bands become facts: one key each, unique on a page and stable when rows come above."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from monitor.extractors.keys import fact_key
from monitor.model import Draw, Fact, FactKind, Pool, slug


class Found(Struct, frozen=True, kw_only=True):
    """A draw or pool band with its words, the headings above it, and its place: block and row or offset.

    ``said``: all that prose says of a draw, as it is compared: what its fields do not carry may change too.
    """

    value: Draw | Pool
    quote: str
    path: tuple[str, ...] = ()
    at: tuple[int, int] = (0, 0)
    said: str | None = None


def to_facts(found: Iterable[Found], source: str) -> tuple[Fact, ...]:
    """The facts in page order; what stands twice with the same value (index and body, a copied table) counts once."""
    ordered = sorted(found, key=lambda item: item.at)
    facts = _distinct([_fact(item, source) for item in ordered])
    names = _unique_keys(facts)
    return tuple(fact if fact.key == key else replace(fact, key=key) for fact, key in zip(facts, names, strict=True))


def _fact(item: Found, source: str) -> Fact:
    value = item.value
    if isinstance(value, Pool):
        key, kind = fact_key(FactKind.POOL, source, value.band), FactKind.POOL
    else:
        key, kind = _draw_key(value, source), FactKind.DRAW
    return Fact(key=key, kind=kind, source=source, value=value, quote=item.quote, path=item.path, compare=item.said)


def _draw_key(draw: Draw, source: str) -> str:
    if draw.number:
        return fact_key(FactKind.DRAW, source, draw.number)
    day = draw.date.isoformat() if draw.date else None
    parts = filter(None, (draw.program, draw.stream, draw.category, draw.selection))
    return fact_key(FactKind.DRAW, source, day, *{slug(part): part for part in parts}.values())


def _distinct(facts: Sequence[Fact]) -> list[Fact]:
    by_key: dict[str, list[Fact]] = defaultdict(list)
    kept = []
    for fact in facts:
        if all(other.value != fact.value for other in by_key[fact.key]):
            by_key[fact.key].append(fact)
            kept.append(fact)
    return kept


def _unique_keys(facts: Sequence[Fact]) -> list[str]:
    """Pages grow at the top, so the lowest of equal keys stays bare; those above it name their heading, then count."""
    taken: set[str] = set()
    keys = [fact.key for fact in facts]
    for index in range(len(facts) - 1, -1, -1):
        keys[index] = _free_key(facts[index], taken)
        taken.add(keys[index])
    return keys


def _free_key(fact: Fact, taken: set[str]) -> str:
    if fact.key not in taken:
        return fact.key
    placed = f"{fact.key}@{slug(fact.path[-1]) or 'page'}" if fact.path else f"{fact.key}@page"
    if placed not in taken:
        return placed
    return next(key for number in range(2, len(taken) + 3) if (key := f"{placed}-{number}") not in taken)
