"""Snapshot → Page: which reader takes which format, and whether what was read may be believed."""

from collections.abc import Callable

from monitor.errors import PageError
from monitor.model import Format, Page, Snapshot, Source
from monitor.pages.html_page import find_selector_problem, read_html
from monitor.pages.json_page import read_json
from monitor.pages.quality import assess_page, assess_quality

__all__ = ["READERS", "assess_page", "assess_quality", "find_selector_problem", "read_page"]

READERS: dict[Format, Callable[[Snapshot, Source], Page]] = {
    Format.HTML: read_html,
    Format.JSON: read_json,
}


def read_page(snapshot: Snapshot, source: Source) -> Page:
    """The canonical content of a snapshot. Raises PageError when the bytes are not a page of the source's format."""
    reader = READERS.get(source.format)
    if reader is None:
        raise PageError(f"Pages of format {source.format} cannot be read yet.", code="unsupported_format")
    return reader(snapshot, source)
