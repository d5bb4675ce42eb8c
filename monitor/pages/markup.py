"""The words of a piece of HTML that stands as a value in a feed or a JSON document."""

import re

from lxml import html

from monitor.pages.html_limits import ensure_parsable
from monitor.pages.wording import tidy

_BLOCK_END = re.compile(r"(?=</(?:p|li|tr|t[dh]|div|h[1-6]|dd|dt)\s*>|<br\b)", re.IGNORECASE)


def plain_words(markup: str) -> str:
    """The text on one line, scripts and styles left out; raises PageError for markup that takes too long to parse."""
    if "<" not in markup:
        return tidy(markup)
    ensure_parsable(markup)
    root = html.fromstring(f"<div>{_BLOCK_END.sub(' ', markup)}</div>")
    for element in list(root.iter("script", "style")):
        element.drop_tree()
    return tidy(str(root.text_content()))
