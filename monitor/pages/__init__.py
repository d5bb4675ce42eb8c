"""Snapshot → Page: which reader takes which format."""

from monitor.model import Format, Page, Snapshot, Source


def read_page(snapshot: Snapshot, source: Source) -> Page:
    """The canonical content of a snapshot. Raises PageError when the bytes are not a page of the source's format.

    Readers are imported when there is something to read: most checks find that nothing changed without one.
    """
    match source.format:
        case Format.HTML:
            from monitor.pages.html_page import read_html as read
        case Format.JSON:
            from monitor.pages.json_page import read_json as read
        case Format.PDF:
            from monitor.pages.pdf_page import read_pdf as read
        case Format.FEED:
            from monitor.pages.feed_page import read_feed as read
    return read(snapshot, source)
