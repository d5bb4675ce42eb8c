"""Decides how two wordings, two values and two pages stand side by side: word by word, row by row, cell by cell."""

import difflib
from collections.abc import Iterator, Sequence
from itertools import takewhile

from msgspec import Struct

from monitor.changes.wording import Hunk, word_diff
from monitor.model import Block, BlockKind, Event, Json, JsonObject, Page, Table

CELL_BREAK = " | "
"""Between the cells of a table row where it is quoted in one line."""
_ALIKE = 0.5
_CONTEXT = 1
_LONGEST_DIFF = 20_000


class Field(Struct, frozen=True, kw_only=True):
    """One field of a typed value, before and after."""

    name: str
    old: str
    new: str
    changed: bool


class Row(Struct, frozen=True, kw_only=True):
    """One row of a table, before or after or both. ``op`` is equal, insert, delete, replace or gap (rows left out)."""

    op: str
    cells: tuple[tuple[str, bool], ...] = ()
    """Each cell's text and whether it is marked."""


class Passage(Struct, frozen=True, kw_only=True):
    """One place where two pages differ: a wording as hunks, or a table as rows."""

    path: tuple[str, ...]
    hunks: tuple[Hunk, ...] = ()
    caption: str = ""
    rows: tuple[Row, ...] = ()


def compare_words(old: str, new: str) -> tuple[Hunk, ...]:
    """Word by word, unless that would take long; joined, the hunks give both texts back."""
    if len(old) + len(new) > _LONGEST_DIFF:
        return (Hunk(op="replace", old=old, new=new),)
    return tuple(word_diff(old, new))


def compare_quotes(event: Event) -> tuple[tuple[Hunk, ...], tuple[Row, ...]]:
    """The official words before and after; as two table rows as well where they are rows of a table."""
    before, after = event.evidence.quote_before or "", event.evidence.quote_after or ""
    hunks = compare_words(before, after) if before or after else ()
    old, new = before.split(CELL_BREAK), after.split(CELL_BREAK)
    if min(len(old), len(new)) > 1:
        return hunks, tuple(_pair(old, new))
    return hunks, ()


def compare_values(event: Event) -> tuple[Field, ...]:
    """The fields of the old and the new value that say something."""
    old, new = event.old or {}, event.new or {}
    names = dict.fromkeys((*new, *old))
    rows = [_field(name, old, new, two=bool(event.old and event.new)) for name in names]
    return tuple(row for row in rows if row.old or row.new)


def _field(name: str, old: JsonObject, new: JsonObject, *, two: bool) -> Field:
    before, after = _said(old.get(name)), _said(new.get(name))
    return Field(name=name.replace("_", " "), old=before, new=after, changed=two and before != after)


def _said(value: Json) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "; ".join(f"{name.replace('_', ' ')}: {_said(part)}" for name, part in value.items() if part is not None)
    if isinstance(value, list):
        return ", ".join(map(_said, value))
    return str(value)


def compare_pages(old: Page, new: Page) -> Iterator[Passage]:
    """Where one page became the other, in reading order; what stayed is left out."""
    before, after = _blocks(old), _blocks(new)
    keys = [_key(block) for block in before], [_key(block) for block in after]
    head = _alike(*keys)
    tail = min(_alike(*(one[::-1] for one in keys)), min(map(len, keys)) - head)
    before, after = (part[head : len(part) - tail] for part in (before, after))
    gone_keys, come_keys = (one[head : len(one) - tail] for one in keys)
    for op, i, j, k, m in difflib.SequenceMatcher(None, gone_keys, come_keys, autojunk=False).get_opcodes():
        if op == "equal":
            continue
        if old.blocks or new.blocks:
            yield from _replaced(before[i:j], after[k:m])
        else:
            gone, come = ("\n".join(block.text for block in part) for part in (before[i:j], after[k:m]))
            yield Passage(path=(), hunks=compare_words(gone, come))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _blocks(page: Page) -> Sequence[Block]:
    return page.blocks or [Block(kind=BlockKind.PARAGRAPH, text=line) for line in page.text.splitlines()]


def _key(block: Block) -> str:
    return f"{block.kind} {block.text if block.table is None else _flat(block.table)}"


def _flat(table: Table) -> str:
    return "\n".join(CELL_BREAK.join(row) for row in _grid(table))


def _grid(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in (*table.header, *table.rows)]


def _replaced(old: Sequence[Block], new: Sequence[Block]) -> Iterator[Passage]:
    """Pairs what was replaced: each new block with the likest old one before any that is already paired."""
    rest = list(old)
    for block in new:
        partner = _partner(block, rest)
        while partner is not None and rest:
            gone = rest.pop(0)
            if gone is partner:
                break
            yield _passage(gone, None)
        yield _passage(partner, block)
    for gone in rest:
        yield _passage(gone, None)


def _partner(block: Block, old: Sequence[Block]) -> Block | None:
    for other in old:
        if (other.table is None) == (block.table is None) and other.kind == block.kind:
            if block.table is not None:
                return other
            if difflib.SequenceMatcher(None, other.text[:400], block.text[:400]).quick_ratio() > _ALIKE:
                return other
    return None


def _passage(old: Block | None, new: Block | None) -> Passage:
    one = new or old
    assert one is not None  # noqa: S101 - every caller gives one
    if one.table is None:
        words = compare_words(old.text if old else "", new.text if new else "")
        return Passage(path=one.path, hunks=words)
    before = _grid(old.table) if old and old.table else []
    after = _grid(new.table) if new and new.table else []
    return Passage(path=one.path, caption=one.table.caption, rows=tuple(_in_short(compare_rows(before, after))))


def compare_rows(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> list[Row]:
    """How one table became the other, row by row; of a row that changed the cells that differ are marked."""
    keys = [tuple(row) for row in old], [tuple(row) for row in new]
    rows: list[Row] = []
    for op, i, j, k, m in difflib.SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if op == "equal":
            rows += [Row(op="equal", cells=tuple((text, False) for text in row)) for row in new[k:m]]
        else:
            rows += _changed_rows(old[i:j], new[k:m])
    return rows


def _changed_rows(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> Iterator[Row]:
    rest = list(old)
    for row in new:
        partner = next((other for other in rest if _same_subject(other, row)), None)
        if partner is None:
            yield Row(op="insert", cells=tuple((text, True) for text in row))
            continue
        rest.remove(partner)
        yield from _pair(partner, row)
    for row in rest:
        yield Row(op="delete", cells=tuple((text, True) for text in row))


def _same_subject(old: Sequence[str], new: Sequence[str]) -> bool:
    same = sum(one == other for one, other in zip(old, new, strict=False))
    return same * 2 >= max(len(old), len(new), 1) or bool(old and new and old[0] == new[0])


def _pair(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    moved = [one != other for one, other in zip(old, new, strict=False)]
    extra = [True] * abs(len(old) - len(new))
    marks = [*moved, *extra]
    yield Row(op="delete", cells=tuple(zip(old, marks, strict=False)))
    yield Row(op="insert", cells=tuple(zip(new, marks, strict=False)))


def _in_short(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows that differ with their neighbours; stretches that stayed become one gap."""
    near = {
        place + step for place, row in enumerate(rows) if row.op != "equal" for step in range(-_CONTEXT, _CONTEXT + 1)
    } | {0}
    skipped = False
    for place, row in enumerate(rows):
        if place in near:
            yield row
        elif not skipped:
            yield Row(op="gap")
        skipped = place not in near
