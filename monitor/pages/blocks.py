"""A walk over the content → blocks in reading order, each under its headings, nothing lost and nothing twice."""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from lxml.html import HtmlElement
from msgspec import Struct

from monitor.model import Block, BlockKind, Link
from monitor.pages.inline import Paragraph, Run
from monitor.pages.rendering import render_table
from monitor.pages.tables import is_layout, read_table
from monitor.pages.walk import HEADINGS, REGION_CLASSES, REGION_TAGS, is_block, sections_around, walk

_BULLETS = "•●▪◦·"
_LISTS = frozenset({"ul", "ol", "menu", "dir", "dl"})
_TO_TOP = frozenset(
    {"back to top", "return to top", "top of page", "back to top of page", "haut de la page", "retour en haut"}
)
_NOISE_IDS = frozenset({"isPasted"})
"""Left behind by an editor on whatever was pasted: names nothing."""
_TITLE_ATTRIBUTES = {"gcds-details": "details-title", "gcds-notice": "notice-title", "gcds-alert": "heading"}
_DEEPEST = 6


class _Place(Struct):
    """What the text inside an element becomes: a heading, or a list item first and paragraphs after it."""

    element: HtmlElement
    kind: BlockKind
    level: int = 0
    used: bool = False


class _Region(NamedTuple):
    """An element whose headings rule nothing beyond its end, unless they are all it holds."""

    element: HtmlElement
    path: tuple[tuple[int, str], ...]
    contents: int


def read_blocks(roots: Sequence[HtmlElement], *, base: str, dropped: Container[HtmlElement]) -> tuple[Block, ...]:
    """The blocks of these elements, in their order, without ``dropped`` ones; ``base`` makes links absolute."""
    reader = _Reader(base, dropped)
    for root in roots:
        reader.read(root)
    return tuple(reader.blocks)


class _Reader:
    """Builds the blocks; holds what is open while walking."""

    def __init__(self, base: str, dropped: Container[HtmlElement]) -> None:
        self.blocks: list[Block] = []
        self._base = base
        self._dropped = dropped
        self._run = Run(base)
        self.add = self._run.add
        self._path: tuple[tuple[int, str], ...] = ()
        self._headings: tuple[str, ...] = ()
        self._places: list[_Place] = []
        self._regions: list[_Region] = []
        self._depth = 0
        self._contents = 0
        self._anchor: str | None = None

    def read(self, root: HtmlElement) -> None:
        """Add the blocks of one tree."""
        walk(root, self._dropped, self, sections=sections_around(root))
        self._flush()

    def open(self, element: HtmlElement, tag: str, attributes: Mapping[str, str]) -> bool:
        """An element opens; tables are read by themselves."""
        if not is_block(tag):
            self._run.open(element, tag, attributes)
            if attributes:
                self._note_anchor(tag, attributes)
            return True
        self._end_line()
        if attributes:
            self._note_anchor(tag, attributes)
        if tag == "table" and not self._in_heading and not is_layout(element):
            self._add_table(element)
            return False
        self._enter(element, tag, attributes)
        return True

    def close(self, element: HtmlElement, tag: str) -> None:
        """An element closes."""
        if not is_block(tag):
            self._run.close(element, tag)
            return
        self._end_line()
        if self._places and self._places[-1].element is element:
            self._flush()
            self._places.pop()
        if self._regions and self._regions[-1].element is element:
            self._end_region()
        self._depth -= tag in _LISTS

    def _enter(self, element: HtmlElement, tag: str, attributes: Mapping[str, str]) -> None:
        self._depth += tag in _LISTS
        if tag in REGION_TAGS or not REGION_CLASSES.isdisjoint((attributes.get("class") or "").split()):
            self._regions.append(_Region(element, self._path, self._contents))
        level = self._heading_level(element, tag, attributes)
        if level:
            self._places.append(_Place(element, BlockKind.HEADING, level))
        elif tag in {"li", "dd"}:
            self._places.append(_Place(element, BlockKind.ITEM, max(self._depth, 1)))
        title = attributes.get(_TITLE_ATTRIBUTES.get(tag, ""))
        if title:
            self._add_heading(min(self._level + 1, _DEEPEST), title.strip(), element)

    def _end_region(self) -> None:
        region = self._regions.pop()
        if self._contents > region.contents:
            self._set_path(region.path)

    def _set_path(self, path: tuple[tuple[int, str], ...]) -> None:
        if path is not self._path:
            self._path, self._headings = path, tuple([text for _, text in path])

    def _heading_level(self, element: HtmlElement, tag: str, attributes: Mapping[str, str]) -> int:
        """1 to 6 for a heading, else 0. A summary without a heading inside is one: it names what opens."""
        if tag in HEADINGS:
            return int(tag[1])
        if self._in_heading:
            return 0
        if tag == "gcds-heading":
            return _rank((attributes.get("tag") or "")[-1:])
        if attributes.get("role") == "heading":
            return _rank(attributes.get("aria-level") or "")
        if tag == "summary" and next(element.iterdescendants(*HEADINGS), None) is None:
            return min(self._level + 1, _DEEPEST)
        return 0

    @property
    def _in_heading(self) -> bool:
        return bool(self._places) and self._places[-1].kind is BlockKind.HEADING

    @property
    def _level(self) -> int:
        return self._path[-1][0] if self._path else 0

    def _note_anchor(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = attributes.get("id") or (attributes.get("name") if tag == "a" else None)
        if name and name not in _NOISE_IDS and self._run.is_blank:
            self._anchor = name

    def _end_line(self) -> None:
        if self._in_heading:
            self._run.break_line()
        else:
            self._flush()

    def _flush(self) -> None:
        if not self._run.pieces:
            return
        paragraphs = self._run.take()
        if self._in_heading:
            place = self._places[-1]
            text = " ".join(line for part in paragraphs for line in part.lines)
            self._add_heading(place.level, text, place.element)
        else:
            for part in paragraphs:
                self._add_paragraph(part)

    def _add_heading(self, level: int, text: str, element: HtmlElement) -> None:
        if not text:
            return
        above = [heading for heading in self._path if heading[0] < level]
        self._set_path(tuple(above))
        anchor = element.get("id") or self._anchor
        self._append(BlockKind.HEADING, text, level=level, anchor=None if anchor in _NOISE_IDS else anchor)
        self._set_path((*self._path, (level, text)))

    def _add_paragraph(self, part: Paragraph) -> None:
        links, lead = part.links, part.lead
        for text, is_bullet in _split_bullets(part.lines):
            if text.strip(" .^↑").lower() in _TO_TOP:
                continue
            place = self._places[-1] if self._places else None
            if place and not place.used:
                place.used = True
                self._append(place.kind, text, level=place.level, lead=lead, links=links)
            elif is_bullet:
                self._append(BlockKind.ITEM, text, level=self._depth + 1, lead=lead, links=links)
            else:
                self._append(BlockKind.PARAGRAPH, text, lead=lead, links=links)
            self._contents += 1
            lead, links = "", ()

    def _add_table(self, element: HtmlElement) -> None:
        reading = read_table(element, base=self._base, dropped=self._dropped)
        self._contents += 1
        if reading.table is None:
            for line in reading.lines:
                self._append(BlockKind.PARAGRAPH, line)
        elif reading.table.header or reading.table.rows or reading.table.caption:
            table = reading.table
            self.blocks.append(
                Block(
                    kind=BlockKind.TABLE,
                    text=render_table(table),
                    path=self._headings,
                    anchor=self._anchor,
                    table=table,
                    links=reading.links,
                )
            )
            self._anchor = None

    def _append(
        self,
        kind: BlockKind,
        text: str,
        *,
        level: int = 0,
        lead: str = "",
        links: tuple[Link, ...] = (),
        anchor: str | None = None,
    ) -> None:
        self.blocks.append(
            Block(
                kind=kind,
                text=text,
                path=self._headings,
                level=level,
                lead=lead,
                anchor=anchor or self._anchor,
                links=links,
            )
        )
        self._anchor = None


def _rank(text: str) -> int:
    return int(text) if len(text) == 1 and text in "123456" else 2


def _split_bullets(lines: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """(text, whether it is a typed bullet): lines under one another stay together, a typed bullet stands alone."""
    plain: list[str] = []
    for line in lines:
        if line[0] not in _BULLETS:
            plain.append(line)
            continue
        if plain:
            yield "\n".join(plain), False
            plain = []
        if line.lstrip(_BULLETS).strip():
            yield line.lstrip(_BULLETS).strip(), True
    if plain:
        yield "\n".join(plain), False
