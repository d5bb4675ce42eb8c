"""Made-up pages and the real copies as Pages, for tests of extractors."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from monitor.model import Format, Page, Snapshot, Source
from monitor.pages import read_page

DATA = Path(__file__).parent / "data"


def a_source(source: str = "page", *, form: Format = Format.HTML, **declarations: object) -> Source:
    return Source(id=source, publisher="A", url="https://example.org/p", format=form, declarations=declarations)


def page_of(body: str | bytes, source: Source | None = None, *, fetched_at: datetime | None = None) -> Page:
    source = source or a_source()
    kinds = {Format.HTML: "text/html; charset=utf-8", Format.JSON: "application/json"}
    snapshot = Snapshot(
        source=source.id,
        fetched_at=fetched_at or datetime(2026, 6, 1, tzinfo=UTC),
        status=200,
        final_url=source.url,
        headers={"content-type": kinds[source.format]},
        body=body.encode() if isinstance(body, str) else body,
    )
    return read_page(snapshot, source)


def main_of(inner: str) -> Page:
    return page_of(
        f'<!doctype html><html lang="en"><head><title>T</title></head><body><main>{inner}</main></body></html>'
    )


def page_file(path: Path) -> Page:
    form = Format.JSON if path.suffix == ".json" else Format.HTML
    return page_of(path.read_bytes(), a_source(form=form))


def real_pages(real: Path, *sources: str) -> Iterator[tuple[str, Page]]:
    """(file, page) of each real copy of these sources, oldest first."""
    lines = [json.loads(line) for line in (real / "manifest.jsonl").read_text().splitlines()]
    for line in sorted(lines, key=lambda line: line["fetched_at"]):
        if line["source"] in sources and line["bytes"] > 1:
            body = (real / line["file"]).read_bytes()
            form = Format.JSON if "json" in line["content_type"] else Format.HTML
            source = Source(id=line["source"], publisher="A", url=line["url"], format=form)
            yield line["file"], page_of(gzip.decompress(body) if line.get("encoding") == "gzip" else body, source)
