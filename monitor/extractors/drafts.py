"""From labelled values to facts: equal labels told apart, repetitions counted once."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from monitor.errors import PageError
from monitor.extractors.extraction import Span
from monitor.extractors.keys import fact_key
from monitor.model import Fact, FactKind, Value, slug

MOST_DRAFTS = 5_000
"""The fullest official page seen has some hundreds."""


class Draft(Struct, frozen=True, kw_only=True):
    """A value before it has a key. ``same``: what makes two mentions one. ``row``: it stands in a table or feed.

    ``place`` tells it from others of the same label; ``spans`` are what it uses of the page.
    """

    value: Value
    label: str
    same: Hashable
    quote: str
    path: tuple[str, ...] = ()
    place: str = ""
    row: bool = False
    spans: frozenset[Span] = frozenset()
    compare: str | None = None


def drawn(drafts: Iterable[Draft]) -> list[Draft]:
    """All of them; raises PageError ``too_many`` for more than a page of people's making has."""
    found = list(islice(drafts, MOST_DRAFTS + 1))
    if len(found) > MOST_DRAFTS:
        raise PageError(f"More than {MOST_DRAFTS:,} values of one kind stand on the page.", code="too_many")
    return found


def to_facts(drafts: Sequence[Draft], kind: FactKind, source: str) -> Iterator[Fact]:
    """The facts of these drafts, in their order, each under a key of its own."""
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(_name(draft, kind), []).append(draft)
    places = {id(draft): place for group in groups.values() for draft, place in _told_apart(group)}
    for draft in drafts:
        if id(draft) in places:
            key = fact_key(kind, source, _name(draft, kind), place=places[id(draft)])
            yield Fact(
                key=key,
                kind=kind,
                source=source,
                value=draft.value,
                quote=draft.quote,
                path=draft.path,
                compare=draft.compare,
            )


def _name(draft: Draft, kind: FactKind) -> str:
    return slug(draft.label) or slug(kind)


def _told_apart(group: Sequence[Draft]) -> list[tuple[Draft, str | None]]:
    """The drafts of one label that stay, each with the place that tells it from the others.

    Rows of different sections are different things even while their values agree. A sentence that repeats what was
    told before is no second fact; the first one keeps the plain name, so that it stays when others come and go.
    """
    kept: list[Draft] = []
    seen: set[Hashable] = set()
    for draft in sorted(group, key=lambda draft: not draft.row):
        if ((draft.same, draft.place) if draft.row else draft.same) not in seen:
            kept.append(draft)
            seen |= {draft.same, (draft.same, draft.place)}
    rows_apart = len({draft.place for draft in kept if draft.row}) > 1
    taken: Counter[str] = Counter()
    result: list[tuple[Draft, str | None]] = []
    for index, draft in enumerate(kept):
        if not index and not (rows_apart and draft.row):
            result.append((draft, None))
            continue
        place = slug(draft.place) or "other"
        taken[place] += 1
        result.append((draft, place if taken[place] == 1 else f"{place}-{taken[place]}"))
    return result
