"""CSS selectors, compiled once each."""

from functools import lru_cache

from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector


def find_selector_problem(selector: str) -> str | None:
    """What is wrong with a CSS selector of ``scope``; None when it can be used."""
    try:
        compiled(selector)
    except (SelectorError, etree.XPathError) as error:
        return f"{selector!r} is no CSS selector we can use: {error}"
    return None


@lru_cache(maxsize=1024)
def compiled(selector: str) -> CSSSelector:
    """What finds the elements; raises SelectorError and XPathError."""
    return CSSSelector(selector, translator="html")
