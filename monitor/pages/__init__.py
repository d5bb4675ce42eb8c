"""Snapshot → Page: which reader takes which format, and whether what was read may be believed."""

from collections.abc import Callable

from monitor.model import Format, Page, Snapshot, Source
from monitor.pages.feed_page import read_feed
from monitor.pages.html_page import find_selector_problem, read_html
from monitor.pages.json_page import read_json
from monitor.pages.pdf_page import read_pdf
from monitor.pages.quality import assess_page, assess_quality

__all__ = ["READERS", "assess_page", "assess_quality", "find_selector_problem", "read_page"]

READERS: dict[Format, Callable[[Snapshot, Source], Page]] = {
    Format.HTML: read_html,
    Format.JSON: read_json,
    Format.PDF: read_pdf,
    Format.FEED: read_feed,
}


def read_page(snapshot: Snapshot, source: Source) -> Page:
    """The canonical content of a snapshot. Raises PageError when the bytes are not a page of the source's format."""
    return READERS[source.format](snapshot, source)
