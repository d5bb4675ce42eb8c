"""A guide's own text as HTML with each claim marked where it stands, in passages that carry their claims."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec import Struct

from monitor.assess.quotes import folded, folded_find
from monitor.model import Assumption, Guide, VerdictKind
from monitor.web.words import ORDER, SIGNS

_MARKUP = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


class Passage(Struct, frozen=True, kw_only=True):
    """One block of the text as HTML made by us, and the ids of the claims in it, in reading order."""

    html: str
    claims: tuple[str, ...]


class _Span(Struct, frozen=True):
    start: int
    end: int
    claim: str


def annotate(guide: Guide, verdicts: Mapping[str, VerdictKind]) -> tuple[list[Passage], list[Assumption]]:
    """The text in passages, and the assumptions whose words do not stand in it. The text's own HTML stays text."""
    tokens = _MARKUP.parse(guide.text)
    _soften_headings(tokens)
    waiting = [item for item in guide.assumptions if item.quote]
    passages = []
    for block in _blocks(tokens):
        found = _mark(block, waiting, verdicts)
        waiting = [item for item in waiting if item.id not in found]
        html = _MARKUP.renderer.render(block, _MARKUP.options, {})
        passages.append(Passage(html=html, claims=tuple(found)))
    placed = {claim for passage in passages for claim in passage.claims}
    return passages, [item for item in guide.assumptions if item.id not in placed]


def _soften_headings(tokens: Sequence[Token]) -> None:
    """One level down: the page has a heading of its own above the text."""
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"


def _blocks(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    block: list[Token] = []
    for token in tokens:
        block.append(token)
        if token.level == 0 and token.nesting <= 0:
            yield block
            block = []


def _mark(block: Sequence[Token], waiting: Sequence[Assumption], verdicts: Mapping[str, VerdictKind]) -> list[str]:
    """Marks the waiting claims that stand in a block; returns their ids in reading order."""
    found: list[str] = []
    lines = [token for token in block if token.type == "inline"]
    for token in lines:
        spans = list(_spans(_text(token), [item for item in waiting if item.id not in found]))
        token.children = list(_marked(token.children or [], spans, verdicts))
        found += dict.fromkeys(span.claim for span in sorted(spans, key=lambda span: span.start))
    return [*found, *_mark_rows(block, [item for item in waiting if item.id not in found], verdicts)]


def _text(token: Token) -> str:
    return "".join(_plain(child) for child in token.children or [])


def _plain(child: Token) -> str:
    return " " if child.type in {"softbreak", "hardbreak"} else child.content if child.nesting == 0 else ""


def _spans(text: str, waiting: Sequence[Assumption]) -> Iterator[_Span]:
    whole = folded(text)
    for item in waiting:
        wanted = folded(item.quote or "")
        if wanted and wanted in whole and (at := folded_find(text, wanted)) is not None:
            yield _Span(*at, item.id)


def _mark_rows(
    block: Sequence[Token], waiting: Sequence[Assumption], verdicts: Mapping[str, VerdictKind]
) -> Iterator[str]:
    """A claim whose words stand in several cells of one row: its cells are marked as a whole."""
    rows: list[list[Token]] = []
    for token in block:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows:
            rows[-1].append(token)
    for item in waiting:
        wanted = folded((item.quote or "").replace("|", " "))
        for cells in rows:
            if wanted and wanted in folded(" ".join(map(_text, cells))):
                for place, cell in enumerate(cells):
                    whole = [_Span(0, len(_text(cell)), item.id)]
                    cell.children = list(_marked(cell.children or [], whole, verdicts, named=place == 0))
                yield item.id
                break


def _marked(
    children: Sequence[Token], spans: Sequence[_Span], verdicts: Mapping[str, VerdictKind], *, named: bool = True
) -> Iterator[Token]:
    """The children with their texts cut where claims begin and end; a sign follows where each claim ends."""
    edges = sorted({edge for span in spans for edge in (span.start, span.end)})
    at = 0
    for child in children:
        text = _plain(child)
        if not text or child.type != "text":
            yield child
        else:
            cuts = [at, *(edge for edge in edges if at < edge < at + len(text)), at + len(text)]
            for start, end in pairwise(cuts):
                yield from _piece(text[start - at : end - at], start, end, spans, verdicts, named=named)
        at += len(text)


def _piece(
    text: str, start: int, end: int, spans: Sequence[_Span], verdicts: Mapping[str, VerdictKind], *, named: bool
) -> Iterator[Token]:
    over = [span for span in spans if span.start <= start and end <= span.end]
    if not over:
        yield Token(type="text", tag="", nesting=0, content=text)
        return
    worst = min((verdicts[span.claim] for span in over), key=ORDER.index)
    begins = [span.claim for span in over if span.start == start]
    attrs: dict[str, str | int | float] = {"class": f"claim {worst}"}
    if named and begins:
        attrs["id"] = begins[0]
    yield Token(type="mark_open", tag="mark", nesting=1, attrs=attrs)
    yield Token(type="text", tag="", nesting=0, content=text)
    yield Token(type="mark_close", tag="mark", nesting=-1)
    if named:
        for span in over:
            if span.end == end:
                yield from _reference(span.claim, verdicts[span.claim])


def _reference(claim: str, verdict: VerdictKind) -> Iterator[Token]:
    sign, words = SIGNS[verdict]
    attrs: dict[str, str | int | float] = {
        "href": f"#note-{claim}",
        "class": f"ref {verdict}",
        "aria-label": f"{claim}: {words}",
    }
    yield Token(type="link_open", tag="a", nesting=1, attrs=attrs)
    yield Token(type="text", tag="", nesting=0, content=f"{sign} {claim}")
    yield Token(type="link_close", tag="a", nesting=-1)
