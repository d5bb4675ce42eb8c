"""Reads a guide's plain text or Markdown as sentences, list items and table rows, each with its line and headings."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from monitor.pages.wording import split_sentences, without_controls

_HEADING = re.compile(r"\s{0,3}(?P<marks>#{1,6})\s+(?P<text>.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"\s{0,3}(?:=+|-{2,})\s*$")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_ITEM = re.compile(r"\s*(?:[-*+•]|(?P<number>\d{1,3})[.)])\s+(?:\[[ xX]\]\s+)?(?P<text>\S.*)")
_QUOTED = re.compile(r"^(?:\s{0,3}>\s?)+")
_RULER = re.compile(r"\s*\|?[\s:|-]*-{2,}[\s:|-]*\|?\s*$")
_BREAK = re.compile(r"\s{0,3}(?:[-*_]\s*){3,}$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FRONT = re.compile(r"\A---\n.*?\n---\s*?(?:\n|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"\*+|`+|~~|(?<!\w)_+|_+(?!\w)|<[^>\n]+>")
_RUN_IN = re.compile(r"(\*\*|__)(?P<text>(?!\s)[^*_]{2,80}?(?:[.:!?]\1|\1[.:]))(?=\s)")
_VERB = re.compile(r"\b(?:is|are|costs?|must|takes?|has|have|needs?|adds?)\b", re.IGNORECASE)
_TITLE_WORDS = 12
_QUESTION_WORDS = 20
_ONLY_DATE = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th)? )?(?:January|February|March|April|May|June|July|August|September|October|November|"
    r"December)(?: \d{1,2})?(?:,? 20\d\d)?|20\d\d-\d\d-\d\d"
)


class Sentence(Struct, frozen=True, kw_only=True):
    """One sentence, list item part or table row as a reader sees it.

    ``line`` and ``last_line`` (from 1) are those of its paragraph's lines that hold it. ``cells`` are a row's cells
    and ``columns`` the names above them. ``opener`` is the sentence that opens the list an item stands in.
    """

    text: str
    line: int
    last_line: int
    headings: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    opener: str = ""
    item: bool = False

    @property
    def is_run_in(self) -> bool:
        """Whether it is the bold head of its own paragraph ("**Fees.** The application ...")."""
        return bool(self.headings) and self.text.rstrip(".:!? ") in self.headings[-1]


class _Block(Struct):
    """Lines that belong together while they are gathered: ``[(line, words)]``."""

    lines: list[tuple[int, str]]
    item: bool = False


def read_guide(text: str) -> list[Sentence]:
    """All sentences and table rows of a guide in reading order; headings stand on them as their place.

    Code blocks, comments and front matter are left out. Works line by line, so plain text is Markdown without marks.
    """
    found: list[Sentence] = []
    headings: list[tuple[int, str]] = []
    opener, run_in = "", ""
    for level, block in _blocks(_without_hidden(text)):
        if level:
            headings = [item for item in headings if item[0] < level] + [(level, _joined(block))]
            opener, run_in = "", ""
            continue
        run_in = _run_in(block) or run_in
        place = tuple(name for _, name in headings) + ((run_in,) if run_in else ())
        rows = _rows(block)
        if rows is not None:
            found += [replace(row, headings=place) for row in rows]
            continue
        sentences = [replace(it, headings=place, opener=opener if block.item else "") for it in _sentences(block)]
        found += sentences
        opener = opener if block.item else _opening(sentences)
    return found


def _without_hidden(text: str) -> list[str]:
    """The lines, those of comments and front matter blank so that line numbers stay."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    blanked = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), plain)
    blanked = _FRONT.sub(lambda match: "\n" * match[0].count("\n"), blanked)
    return [without_controls(line) for line in blanked.split("\n")]


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, _Block]]:
    """(heading level or 0, block) in order; fenced code is skipped."""
    block = _Block([])
    fenced = False
    for number, raw in enumerate(lines, start=1):
        line = _QUOTED.sub("", raw)
        if _FENCE.match(line):
            fenced = not fenced
        heading, item = _HEADING.match(line), _item(line, block)
        if _UNDERLINE.match(line) and _is_title(block):
            yield 1 if "=" in line else 2, block
            block = _Block([])
        elif fenced or _FENCE.match(line) or not line.strip() or _BREAK.match(line):
            yield from _finished(block)
            block = _Block([])
        elif heading:
            yield from _finished(block)
            yield len(heading["marks"]), _Block([(number, heading["text"])])
            block = _Block([])
        elif item or _is_row(line) != _is_table(block):
            yield from _finished(block)
            block = _Block([(number, item["text"] if item else line.strip())], item=item is not None)
        else:
            block.lines.append((number, line.strip()))
    yield from _finished(block)


def _item(line: str, block: _Block) -> re.Match[str] | None:
    """The list item a line opens; a number that only happens to begin a prose line ("476. Then ...") opens none."""
    match = _ITEM.match(line)
    interrupts = match is not None and match["number"] not in {None, "1"} and bool(block.lines) and not block.item
    return None if interrupts else match


def _finished(block: _Block) -> Iterator[tuple[int, _Block]]:
    if block.lines:
        yield (3 if _looks_like_title(block) else 0), block


def _is_title(block: _Block) -> bool:
    return len(block.lines) == 1 and not block.item and not _is_row(block.lines[0][1])


def _looks_like_title(block: _Block) -> bool:
    """Whether a lone short line without a full stop is a title, as plain text has them."""
    text = _bare(block.lines[0][1])
    if not _is_title(block) or len(text.split()) > _TITLE_WORDS or re.search(r"[.!?:;,]$", text):
        return False
    # A line with a sum or a number may well be a note ("The fee is $100"); a title with one has no verb.
    return not (re.search(r":\s|\$", text) or (re.search(r"\d", text) and _VERB.search(text)))


def _is_row(line: str) -> bool:
    return line.lstrip().startswith("|") or (_RULER.fullmatch(line) is not None and "|" in line)


def _is_table(block: _Block) -> bool:
    return bool(block.lines) and _is_row(block.lines[0][1])


def _bare(text: str) -> str:
    """A line as a reader sees it: without emphasis, links, code marks and tags."""
    return " ".join(_MARKS.sub("", _LINK.sub(r"\1", text)).split())


def _run_in(block: _Block) -> str:
    """The bold words or the question that head a paragraph and those after it; empty without, and for a bare date."""
    first = block.lines[0][1]
    whole = _bare(first)
    if not block.item and len(block.lines) == 1 and whole.endswith("?") and len(whole.split()) <= _QUESTION_WORDS:
        return whole
    match = None if block.item else _RUN_IN.match(first)
    head = _bare(match["text"]).rstrip(".:!? ") if match else ""
    return "" if _ONLY_DATE.fullmatch(head) else head


def _joined(block: _Block) -> str:
    return " ".join(_bare(words) for _, words in block.lines)


def _opening(sentences: Sequence[Sentence]) -> str:
    return sentences[-1].text if sentences and sentences[-1].text.endswith(":") else ""


def _sentences(block: _Block) -> list[Sentence]:
    lines = [(number, _bare(words)) for number, words in block.lines]
    starts: list[tuple[int, int]] = []
    offset = 0
    for number, words in lines:
        starts.append((offset, number))
        offset += len(words) + 1
    whole = " ".join(words for _, words in lines)
    found, position = [], 0
    for text in split_sentences(whole):
        start = whole.index(text, position)
        position = start + len(text)
        first, last = (max(line for at, line in starts if at <= edge) for edge in (start, position - 1))
        found.append(Sentence(text=text, line=first, last_line=last, item=block.item))
    return found


def _rows(block: _Block) -> list[Sentence] | None:
    """The body rows of a Markdown table; None when the block is none."""
    if not _is_table(block):
        return None
    ruled = next((index for index, (_, line) in enumerate(block.lines) if _RULER.fullmatch(line)), None)
    columns = _cells(block.lines[ruled - 1][1]) if ruled else ()
    body = [item for index, item in enumerate(block.lines) if ruled is None or index > ruled]
    rows = ((number, _cells(line)) for number, line in body)
    return [
        Sentence(text=" | ".join(filter(None, cells)), line=number, last_line=number, cells=cells, columns=columns)
        for number, cells in rows
        if any(cells)
    ]


def _cells(line: str) -> tuple[str, ...]:
    inner = re.sub(r"^\s*\||(?<!\\)\|\s*$", "", line)
    return tuple(_bare(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", inner))
