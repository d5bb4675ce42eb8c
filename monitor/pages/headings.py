"""Which of the headings above a text name what it is about: the page numbers of a document do not."""

import re

_PAGE = re.compile(r"Page \d+")


def page_heading(number: int) -> str:
    """The outermost heading of all that stands on this page of a document."""
    return f"Page {number}"


def naming(path: tuple[str, ...]) -> tuple[str, ...]:
    """The headings without the page number: a section goes on under it when pages are put in before."""
    return path[1:] if path and _PAGE.fullmatch(path[0]) else path
