"""Which elements are not content: scripts, hidden parts, and what the publishers' sites put round every page."""

import re
from collections.abc import Mapping

from lxml.html import HtmlElement

from monitor.pages.wording import word_set

_NEVER = (
    word_set("""
        script style noscript template svg iframe frame object embed canvas audio video map head link meta title base
        nav input select textarea datalist option progress meter dialog menu portal param source track
    """)
    | word_set("del s strike")  # struck-out words no longer hold: what stands beside them counts
    | word_set("""
        gcds-breadcrumbs gcds-header gcds-footer gcds-top-nav gcds-side-nav gcds-nav-group gcds-lang-toggle gcds-search
        gcds-signature gcds-sr-only gcds-icon gcds-pagination gcds-stepper gcds-verify-banner gcds-date-modified
    """)  # components of the Canadian design system that hold no content
)
_ROLES = word_set("navigation banner contentinfo search dialog alertdialog menu menubar tooltip complementary")
_UNSEEN = word_set("""
    hidden hide d-none wb-inv sr-only visually-hidden show-for-sr screen-reader-text element-invisible
""")
_FOR_LISTENERS = word_set("wb-inv sr-only visually-hidden show-for-sr screen-reader-text element-invisible")
_CANADA = word_set("""
    pagedetails pager gc-subway wb-share fn-rtn gc-pg-hlpfl gc-contextual global-header global-footer gc-prtts
""")
_BRITISH_COLUMBIA = word_set("breadcrumb sidebar sidebar-content accordion-control zeynep backToTopBtn")
_ONTARIO = word_set("breadcrumbs breadcrumb-container toc__wrapper ontario-back-to-top header__container")
_ANYWHERE = word_set("""
    pagination skip-link skip-links back-to-top page-feedback feedback-form share-links social-share
    addtoany_share_icons modal cookie-banner cookie-consent language-switcher-language-url
""")
MARKED_CLASSES = _UNSEEN | _CANADA | _BRITISH_COLUMBIA | _ONTARIO | _ANYWHERE
MARKED_IDS = word_set("""
    wb-dtmd wb-bc wb-info wb-bnr wb-srch wb-lng wb-sm wb-glb-mn wb-tphp wb-skip backToTop back-to-top-button
    block-breadcrumbs block-loginbannerblock ontario-login-banner google_translate_element
""")
HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MARKING = frozenset({"class", "hidden", "id", "role", "style", "data-ktc-search-exclude"})
"""Attributes that may mark an element as no content."""
_SHOWN_AGAIN = re.compile(r"\bd-(?:\w+-)?(?:block|flex|inline|inline-block|grid|table|table-cell)\b")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption"})
_EXPAND = re.compile(r"\s*(?:expand|collapse|open|close|show|hide)\s+all\b|.*\btout\b", re.IGNORECASE)

SECTIONING = word_set("main article section aside details blockquote td li dialog figure")
"""A header, footer or aside inside one of these belongs to it, not to the site (HTML Standard, 4.3.8 and 4.3.9)."""


def is_chrome(element: HtmlElement, tag: str, attributes: Mapping[str, str], *, sectioned: bool) -> bool:
    """Whether a reader of the page's content skips this element. ``sectioned``: it stands in a SECTIONING element."""
    if tag in _NEVER:
        return True
    if tag in {"header", "footer", "aside"} and not sectioned:
        return True
    if tag == "button":
        return _is_plain_button(element)
    return not _MARKING.isdisjoint(attributes) and _is_marked(tag, attributes)


def _is_marked(tag: str, attributes: Mapping[str, str]) -> bool:
    get = attributes.get
    classes = (get("class") or "").split()
    if not MARKED_CLASSES.isdisjoint(classes) and not _is_still_shown(classes, tag):
        return True
    if (get("hidden") or "") != "until-found" and "hidden" in attributes:
        return True
    return (
        (get("id") or "") in MARKED_IDS
        or (get("role") or "").lower() in _ROLES
        or "data-ktc-search-exclude" in attributes
        or bool(HIDING.search(get("style") or ""))
    )


def _is_still_shown(classes: list[str], tag: str) -> bool:
    """Bootstrap shows ``d-none d-md-block`` on wide screens; a heading or caption for screen readers names content."""
    hits = MARKED_CLASSES.intersection(classes)
    if hits == {"d-none"}:
        return bool(_SHOWN_AGAIN.search(" ".join(classes)))
    return tag in _HEADINGS and hits <= _FOR_LISTENERS


def _is_plain_button(button: HtmlElement) -> bool:
    """A button is chrome unless it is the label of an accordion part, in a heading or by what it controls."""
    parent = button.getparent()
    if parent is not None and parent.tag in {"h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt"}:
        return False
    return "aria-controls" not in button.attrib or bool(_EXPAND.match(button.text_content()))
