"""Which draws belong together: the series whose rhythm and cutoff are followed."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from monitor.model import Draw, DrawKind, KnownFact, slug

GENERAL = "general"
_PARTS = ("program", "stream", "category")


class Series(Struct, frozen=True, kw_only=True):
    """Draws of one sort, oldest first. ``fields``: what they have in common; None stands for "of any"."""

    fields: Mapping[str, str | None]
    draws: tuple[KnownFact, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The days of its draws, each once."""
        return tuple(dict.fromkeys(day_of(item) for item in self.draws))

    @property
    def name(self) -> str:
        """Its lasting name, made of the parts that name it; ``draws`` for all draws of a source."""
        kind = self.fields["kind"]
        parts = [kind if kind != DrawKind.INVITATION else "", *(self.fields.get(part) for part in _PARTS)]
        return "-".join(filter(None, (slug(part or "") for part in parts))) or "draws"

    @property
    def title(self) -> str:
        """What people would call it."""
        return ", ".join(part for name in _PARTS if (part := self.fields.get(name))) or "draws of any kind"


def series_of(facts: Iterable[KnownFact], *, until: date) -> list[Series]:
    """The series that these facts make up: of a stream, a category, a program, and of any kind.

    Draws without a day, or dated after ``until``, count nowhere. Series of the very same draws are one.
    """
    draws = sorted(
        (item for item in facts if isinstance(item.fact.value, Draw) and item.fact.value.date is not None),
        key=lambda item: (day_of(item), item.fact.key),
    )
    groups: dict[tuple[tuple[str, str | None], ...], list[KnownFact]] = {}
    for item in draws:
        if day_of(item) <= until:
            for fields in _memberships(draw_of(item)):
                groups.setdefault(tuple(fields.items()), []).append(item)
    return _merged([Series(fields=dict(fields), draws=tuple(items)) for fields, items in groups.items()])


def draw_of(item: KnownFact) -> Draw:
    """The fact's value, which is a draw."""
    value = item.fact.value
    if not isinstance(value, Draw):
        raise TypeError(item.fact.key)
    return value


def day_of(item: KnownFact) -> date:
    """The day of a dated draw."""
    return draw_of(item).date or date.min


def names_stream(draw: Draw) -> bool:
    """Whether the stream is one of its own: a numbered round carries a free name there, which says its category."""
    return draw.stream is not None and (draw.number is None or draw.category is None)


def _memberships(draw: Draw) -> list[dict[str, str | None]]:
    """The fields of each series a draw counts in, the widest first. A stream's "general" draws are no category."""
    kind: dict[str, str | None] = {"kind": str(draw.kind)}
    every: dict[str, str | None] = {"stream": None, "category": None}
    program = {"program": draw.program}
    found = [{**kind, "program": None, **every}]
    if draw.program:
        found.append({**kind, **program, **every})
    if names_stream(draw):
        found.append({**kind, **program, "stream": draw.stream})
    if draw.category and not (draw.category == GENERAL and names_stream(draw)):
        found.append({**kind, **program, "category": draw.category})
    return found


def _merged(found: Iterable[Series]) -> list[Series]:
    """Series of the same draws as one, which carries what each of them says."""
    merged: dict[tuple[str, ...], Series] = {}
    for one in found:
        keys = tuple(item.fact.key for item in one.draws)
        before = merged.get(keys)
        more = {name: part for name, part in one.fields.items() if part}
        fields = {**before.fields, **more} if before else one.fields
        merged[keys] = Series(fields=fields, draws=one.draws)
    return list(merged.values())
