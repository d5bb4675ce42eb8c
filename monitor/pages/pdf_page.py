"""A PDF → Page: paragraphs and list items under their page number, read in a limited process."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence

from monitor.errors import PageError
from monitor.model import Block, BlockKind, Json, Page, Snapshot, Source, content_sha256
from monitor.pages.headings import page_heading
from monitor.pages.rendering import render_blocks
from monitor.pages.wording import tidy

SECONDS = 90
RUNNING_SHARE = 0.5
"""A first or last line that stands on more than this share of the pages is a running head or foot."""
FEW_PAGES = 4
EDGE_LINES = 2

_BULLET = re.compile(r"^\s*(?:[•●▪◦·*\u2013\x7f\x95\uf0a7\uf0b7-]|\(?[a-z0-9]{1,2}[.)])\s+", re.IGNORECASE)
_HEADING = re.compile(r"^(?:\d+(?:\.\d+)*\.?\s+)?[A-Z][^.;:!?]{2,80}$")
_HYPHEN = re.compile(r"(?<=[a-z])-$")
_DIGITS = re.compile(r"\d+")


def read_pdf(snapshot: Snapshot, source: Source) -> Page:
    """The text of a PDF. Raises PageError ``not_pdf`` or ``pdf_unreadable``.

    Headings are lines in the shape of one; every block's path starts with "Page N".
    """
    document = _extract(snapshot.body)
    blocks = tuple(_blocks(document["pages"]))
    text = render_blocks(blocks)
    return Page(
        title=tidy(document["title"]) or source.title,
        final_url=snapshot.final_url,
        canonical_url=None,
        language=None,
        update_marker=document["modified"],
        blocks=blocks,
        text=text,
        sha256=content_sha256(text),
    )


def _extract(body: bytes) -> Json:
    if not body.lstrip().startswith(b"%PDF-"):
        raise PageError("The body is no PDF.", code="not_pdf")
    command = [sys.executable, "-m", "monitor.pages.pdf_text"]
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 - our own module, its input is data
    except subprocess.TimeoutExpired:
        raise PageError(f"The PDF took longer than {SECONDS} s to read.", code="pdf_unreadable") from None
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["it passed the limits"]
        raise PageError(f"The PDF cannot be read: {reason[0][:200]}", code="pdf_unreadable")
    return json.loads(done.stdout)


def _blocks(pages: Sequence[str]) -> Iterator[Block]:
    lines_of = [[tidy(line) for line in page.splitlines()] for page in pages]
    running = _running_lines(lines_of)
    section: tuple[str, ...] = ()
    for number, lines in enumerate(lines_of, start=1):
        kept = [line for line in lines if _DIGITS.sub("#", line) not in running]
        for block in _page_blocks(kept, page_heading(number), section):
            section = (block.text,) if block.kind is BlockKind.HEADING else section
            yield block


def _running_lines(pages: Sequence[Sequence[str]]) -> set[str]:
    """First and last lines that most pages share, numbers apart."""
    if len(pages) < FEW_PAGES:
        return set()
    counts: Counter[str] = Counter()
    for lines in pages:
        filled = [line for line in lines if line]
        counts.update({_DIGITS.sub("#", line) for line in (*filled[:EDGE_LINES], *filled[-EDGE_LINES:])})
    return {line for line, count in counts.items() if count > RUNNING_SHARE * len(pages)}


def _page_blocks(lines: Sequence[str], place: str, section: tuple[str, ...]) -> Iterator[Block]:
    """The blocks of a page; ``section`` is the heading under which the page before it ended."""
    path: tuple[str, ...] = (place, *section)
    for kind, text in _merged(lines):
        if kind is BlockKind.HEADING:
            yield Block(kind=kind, text=text, path=(place,), level=2)
            path = (place, text)
        else:
            yield Block(kind=kind, text=text, path=path, level=int(kind is BlockKind.ITEM))


def _merged(lines: Sequence[str]) -> Iterator[tuple[BlockKind, str]]:
    """Lines joined to paragraphs and items; a line that ends no sentence goes on in the next."""
    kind, parts = BlockKind.PARAGRAPH, list[str]()
    for line in (*lines, ""):
        bullet = _BULLET.match(line)
        if parts and (not line or bullet or _ends(parts, line)):
            yield _classified(kind, parts)
            kind, parts = BlockKind.PARAGRAPH, []
        if bullet:
            kind, parts = BlockKind.ITEM, [line[bullet.end() :]]
        elif line:
            parts.append(line)


def _ends(parts: Sequence[str], following: str) -> bool:
    """Whether nothing of the next line belongs to these: a sentence is over, or a heading stands alone."""
    if parts[-1].endswith((".", ":", "!", "?")):
        return True
    return len(parts) == 1 and bool(_HEADING.match(parts[0])) and not following[:1].islower()


def _classified(kind: BlockKind, parts: Sequence[str]) -> tuple[BlockKind, str]:
    text = ""
    for part in parts:
        text = _HYPHEN.sub("", text) + part if _HYPHEN.search(text) else f"{text} {part}".strip()
    is_heading = kind is BlockKind.PARAGRAPH and len(parts) == 1 and _HEADING.match(text)
    return (BlockKind.HEADING if is_heading else kind), text
