"""Dry runs: what would be read from an address or a file, with nothing stored."""

import gzip
import mimetypes
import zlib
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from monitor.changes.reading import Reading
from monitor.errors import FetchError, UsageError
from monitor.extractors import EXTRACTORS
from monitor.fetch.client import HttpFetcher
from monitor.model import FetchSettings, Format, Snapshot, Source, Validators
from monitor.read import failed_reading, read_snapshot

DRY_RUN = ("fees", "rules")
"""What is looked for on a page that no source declares: extractors that need no declaration."""


async def try_url(
    url: str, source: Source | None, *, fetcher: HttpFetcher, settings: FetchSettings, now: datetime
) -> Reading:
    """Fetch and read an address, as ``source`` would be read if one is given, else by the general ``settings``."""
    chosen = replace(source, url=url) if source else replace(anonymous(url), fetch=settings)
    async with fetcher:
        try:
            snapshot = await fetcher.fetch(chosen, Validators())
        except FetchError as error:
            return failed_reading(error, now)
    if snapshot is None:
        return failed_reading(FetchError("The server said nothing changed.", code="not_modified_unasked"), now)
    return read_snapshot(chosen, snapshot)


def try_file(path: Path, source: Source | None, *, now: datetime) -> Reading:
    """Read a saved page; raises UsageError when there is no such file."""
    content_type, encoding = mimetypes.guess_type(path.name)
    chosen = source or anonymous(path.name.removesuffix(".gz"))
    try:
        body = _read(path, chosen.fetch.max_bytes, gzipped=encoding == "gzip")
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path}: cannot be read ({reason}); name a saved page or an address.") from error
    snapshot = Snapshot(
        source=chosen.id,
        fetched_at=now,
        status=200,
        final_url=chosen.url,
        headers={"content-type": content_type or _TYPES[chosen.format]},
        body=body,
    )
    return read_snapshot(chosen, snapshot)


def _read(path: Path, limit: int, *, gzipped: bool) -> bytes:
    """The file's bytes, unpacked when its name ends in .gz, up to one byte more than the limit."""
    with gzip.open(path) if gzipped else path.open("rb") as stream:
        return stream.read(limit + 1)


_TYPES = {
    Format.HTML: "text/html",
    Format.JSON: "application/json",
    Format.PDF: "application/pdf",
    Format.FEED: "application/atom+xml",
}


def anonymous(place: str) -> Source:
    """A source for a page that none declares: its format by its name, and extractors that need no settings."""
    path = urlsplit(place).path.lower()
    form = Format.JSON if path.endswith(".json") else Format.HTML
    names = DRY_RUN if form == Format.HTML else ()
    declarations = {name: EXTRACTORS[name].declaration() for name in names}
    return Source(id="try", publisher="", url=place, format=form, declarations=declarations)
