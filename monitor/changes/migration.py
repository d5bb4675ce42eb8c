"""Draws told in another place or under another key: the same round, gone from a table to prose or put right."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from monitor.changes.relabelling import NEAR_DAYS
from monitor.model import Draw, Fact


def migrated(missing: Sequence[Fact], added: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """Draws under a new key: gone to another place of the page, or corrected in what their key is made of."""
    pairs: list[tuple[Fact, Fact]] = []
    for trait_of in (_result, _group, _all_but_date, _all_but_slip):
        left = [fact for fact in missing if all(fact is not old for old, _ in pairs)]
        arrived = [fact for fact in added if all(fact is not new for _, new in pairs)]
        found = _only_ones(left, arrived, trait_of)
        pairs += found if trait_of is not _all_but_slip else [pair for pair in found if _is_slip(*pair)]
    return pairs


def as_told_before(old: Fact, new: Fact) -> Fact:
    """The draw of today; where it only went, now or before, to another place of the page, in the words it had there."""
    if not (isinstance(old.value, Draw) and isinstance(new.value, Draw)):
        return new
    if old.path == new.path and old.quote != new.quote:
        return new
    if _result(old.value) != _result(new.value):
        return new
    before = old.value
    kept = replace(new.value, selection=before.selection, score_text=before.score_text, stream=before.stream)
    return replace(new, value=replace(kept, category=before.category, occupations=before.occupations))


def _only_ones(
    missing: Sequence[Fact], added: Sequence[Fact], trait_of: Callable[[Draw], tuple[object, ...] | None]
) -> list[tuple[Fact, Fact]]:
    """The pairs that share a trait with no other draw, neither among those gone nor among those come."""
    arrived = defaultdict(list)
    for fact in added:
        arrived[_trait(fact, trait_of)].append(fact)
    left = defaultdict(list)
    for fact in missing:
        left[_trait(fact, trait_of)].append(fact)
    return [
        (gone[0], arrived[trait][0])
        for trait, gone in left.items()
        if trait is not None and len(gone) == 1 and len(arrived[trait]) == 1
    ]


def _trait(fact: Fact, trait_of: Callable[[Draw], tuple[object, ...] | None]) -> tuple[object, ...] | None:
    draw = fact.value
    if not isinstance(draw, Draw) or draw.number is not None or draw.date is None:
        return None
    return trait_of(draw)


def _result(draw: Draw) -> tuple[object, ...] | None:
    """The same day, result and program: told in a table first, in prose later."""
    if draw.invitations_text is None and draw.score_text is None:
        return None
    return (draw.kind, draw.date, draw.program, draw.score, draw.invitations_text)


def _group(draw: Draw) -> tuple[object, ...] | None:
    """The same day and group, whose selection names another number: "a minimum score of 139 points", now 140."""
    words = re.sub(r"\d+(?:[.,]\d+)*", "#", draw.selection or "")
    return (draw.kind, draw.date, draw.program, draw.stream, draw.category, words)


def _all_but_date(draw: Draw) -> tuple[object, ...] | None:
    """The same draw of another day: a slip of the date put right."""
    if draw.invitations is None or draw.score is None:
        return None
    return (draw.kind, draw.program, draw.stream, draw.category, draw.selection, draw.score, draw.invitations)


def _all_but_slip(draw: Draw) -> tuple[object, ...] | None:
    """The same draw of another day, where a count or score is no number ("<5", "N/A")."""
    if draw.invitations_text is None and draw.score_text is None:
        return None
    result = (draw.score_text, draw.invitations_text)
    return (draw.kind, draw.program, draw.stream, draw.category, draw.selection, *result)


def _is_slip(old: Fact, new: Fact) -> bool:
    """Whether two days are one misspelt: near each other, or alike but for the year or the month."""
    if not (isinstance(old.value, Draw) and isinstance(new.value, Draw) and old.value.date and new.value.date):
        return False
    one, other = old.value.date, new.value.date
    alike = one.day == other.day and (one.month == other.month or one.year == other.year)
    return alike or abs((one - other).days) <= NEAR_DAYS
