"""What new draws say beyond themselves: a cutoff that jumped, and a category that was never seen before."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from rapidfuzz import fuzz

from monitor.changes.reading import Reader
from monitor.changes.series import names_stream
from monitor.model import Draw, Event, Evidence, Fact, FactKind, JsonObject, KnownFact, event_id, slug, value_to_plain

CRS_JUMP = 25
"""Points by which a cutoff on the Comprehensive Ranking System must move to be worth telling (issue: "Silence")."""
OTHER_JUMP = 10
"""The same for the provinces' own scales, which end near 200 or 100."""
CRS_SCALE = 300
"""A source that ever showed a cutoff of this many points counts on the CRS (up to 1,200)."""
SPREAD = 0.9
"""A jump is beyond the series' own spread when it exceeds this share of its recent steps."""
RECENT = 24
BULK = 5
"""This many draws at once are a catching-up: of each series only the newest is compared."""
SAME_WORD = 80.0

Line = tuple[object, ...]

_FILLERS = frozenset(["occupation", "profession", "draw", "round", "the", "of", "for", "and", "with", "in", "related"])
_VERSION = re.compile(r"\(?\b(?:version\W*\d+|(?:19|20)\d\d)(?:\W*(?:version)?\W*\d+)?\)?", re.IGNORECASE)


def shifts(reader: Reader, known: Mapping[str, KnownFact], arrived: Sequence[Fact]) -> list[Event]:
    """A draw.shift for each new draw whose cutoff left the spread of its series; ``known`` is as before this read."""
    scored = [fact for fact in arrived if _scored(fact)]
    if not scored:
        return []
    before = [item.fact for item in known.values() if _scored(item.fact)]
    least = _least_jump(before)
    lines = _by_line(before)
    bulk = sum(isinstance(fact.value, Draw) for fact in arrived) >= BULK
    found = []
    for line, facts in _by_line(scored).items():
        newest = max((_day(fact) for fact in lines.get(line, ())), default=None)
        late = [fact for fact in _one_a_day(facts) if newest is not None and _day(fact) > newest]
        whole = _one_a_day([*lines.get(line, ()), *late])
        for fact in late[-1:] if bulk else late:
            event = _shift(reader, [one for one in whole if _day(one) <= _day(fact)], least, known)
            found += [event] if event else []
    return found


def _scored(fact: Fact) -> bool:
    return isinstance(fact.value, Draw) and fact.value.score is not None and fact.value.date is not None


def _score(fact: Fact) -> int:
    return (fact.value.score if isinstance(fact.value, Draw) else None) or 0


def _day(fact: Fact) -> date:
    return (fact.value.date if isinstance(fact.value, Draw) else None) or date.min


def _least_jump(facts: Iterable[Fact]) -> int:
    return CRS_JUMP if max((_score(fact) for fact in facts), default=0) >= CRS_SCALE else OTHER_JUMP


def _by_line(facts: Iterable[Fact]) -> dict[Line, list[Fact]]:
    """Draws whose cutoffs compare: of one kind, program, stream and category."""
    lines: dict[Line, list[Fact]] = defaultdict(list)
    for fact in facts:
        if isinstance(draw := fact.value, Draw):
            lines[draw.kind, draw.program, draw.stream if names_stream(draw) else None, draw.category].append(fact)
    return lines


def _one_a_day(facts: Sequence[Fact]) -> list[Fact]:
    """In order of days, without days on which several cutoffs held side by side: none of them is "the" cutoff."""
    days = Counter(_day(fact) for fact in facts)
    return sorted((fact for fact in facts if days[_day(fact)] == 1), key=_day)


def _shift(reader: Reader, line: Sequence[Fact], least: int, known: Mapping[str, KnownFact]) -> Event | None:
    """The event of the newest draw of a line, if it jumped; ``line`` is in order of days."""
    if len(line) < 2:  # noqa: PLR2004 - a jump needs two
        return None
    before, after = line[-2], line[-1]
    jump = _score(after) - _score(before)
    steps = sorted(abs(_score(two) - _score(one)) for one, two in pairwise(line[-RECENT - 2 : -1]))
    usual = steps[math.ceil(SPREAD * len(steps)) - 1] if steps else None
    if abs(jump) < least or (usual is not None and abs(jump) <= usual):
        return None
    return Event(
        id=event_id(reader.source.id, "draw.shift", after.key, reader.now),
        kind="draw.shift",
        source=reader.source.id,
        publisher=reader.source.publisher,
        subject=f"Cutoff {_score(before)} → {_score(after)}: {_title(after)}",
        key=after.key,
        observed_at=reader.now,
        old=_side(before),
        new={**_side(after), "change": jump, "usual_change": usual},
        changed=("score",),
        confirmed_at=reader.now,
        occurred_on=_day(after),
        evidence=Evidence(
            before=known[before.key].version if before.key in known else reader.after,
            after=reader.after,
            quote_before=before.quote,
            quote_after=after.quote,
            url=reader.url,
        ),
    )


def _side(fact: Fact) -> JsonObject:
    plain = value_to_plain(fact.value)
    return {name: plain[name] for name in ("kind", "program", "stream", "category", "number", "date", "score")}


def _title(fact: Fact) -> str:
    draw = fact.value
    if not isinstance(draw, Draw):
        return fact.key
    return ", ".join(filter(None, (draw.program, draw.stream if names_stream(draw) else None, draw.category)))


def new_categories(
    reader: Reader, known: Mapping[str, KnownFact], arrived: Sequence[Fact], amended: Sequence[Fact]
) -> list[Event]:
    """A draw.category for each category (of draws without one: each stream) that no draw of the source had before.

    A known name in other words is none: other spellings, and a name that known draws (``amended``) were given in this
    very read. A source with no draws yet has nothing to compare with.
    """
    news: dict[str, Fact] = {}
    for fact in sorted(arrived, key=_day):
        if isinstance(fact.value, Draw) and (name := _name(fact.value)):
            news.setdefault(name, fact)
    if not news:
        return []
    before = [item.fact.value for item in known.values() if isinstance(item.fact.value, Draw)]
    now = [*before, *(fact.value for fact in amended if isinstance(fact.value, Draw))]
    names = {name for draw in now if (name := _name(draw))}
    strange = {name: fact for name, fact in news.items() if name not in names}
    if not strange or not before:
        return []
    spellings = {words for draw in now for words in _spellings(draw)}
    return [
        _category(reader, name, fact)
        for name, fact in strange.items()
        if isinstance(fact.value, Draw)
        and not any(_same(one, other) for one in _spellings(fact.value) for other in spellings)
    ]


def _name(draw: Draw) -> str | None:
    return draw.category or draw.stream


def _spellings(draw: Draw) -> set[tuple[str, ...]]:
    """The words of the category and of the free name it was read from, without fillers, years and versions."""
    texts = [draw.category, None if names_stream(draw) and draw.category else draw.stream]
    return {words for text in texts if text and (words := _words(text))}


def _words(text: str) -> tuple[str, ...]:
    plain = re.findall(r"[^\W_]+", _VERSION.sub(" ", text.replace("_", " ")).lower())
    singular = (word[:-1] if len(word) > 3 and word.endswith("s") else word for word in plain)  # noqa: PLR2004 - "gas"
    return tuple(word for word in singular if word not in _FILLERS)


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    if "".join(one) == "".join(other):
        return True
    return len(one) == len(other) and all(
        fuzz.ratio(left, right) >= SAME_WORD for left, right in zip(sorted(one), sorted(other), strict=True)
    )


def _category(reader: Reader, name: str, fact: Fact) -> Event:
    key = f"{FactKind.DRAW}:{reader.source.id}/category-{slug(name)}"
    draw = fact.value
    return Event(
        id=event_id(reader.source.id, "draw.category", key, reader.now),
        kind="draw.category",
        source=reader.source.id,
        publisher=reader.source.publisher,
        subject=f"First draw of its kind: {draw.stream or name}" if isinstance(draw, Draw) else name,
        key=key,
        observed_at=reader.now,
        new={**_side(fact), "invitations": draw.invitations if isinstance(draw, Draw) else None},
        confirmed_at=reader.now,
        occurred_on=_day(fact),
        evidence=Evidence(after=reader.after, quote_after=fact.quote, url=reader.url),
    )
